/* What the files fetcher*.c share. For them only. */
#ifndef OHM_FETCH_FETCHER_OWN_H
#define OHM_FETCH_FETCHER_OWN_H

#include "fetch/fetcher.h"
#include "fetch/ven.h"
#include "grid/schedule.h"

enum { BEARER_MAX = OHM_TOKEN_MAX + 32 };

/* KEEPING: the time of the call is on its way to the disk. MEASURING: a VEN waits for what the site
 * measured. */
typedef enum phase { IDLE, KEEPING, ASKING_TOKEN, ASKING_BODY, MEASURING } phase;

/* An answer that waits for the next tick. */
typedef struct waiting {
    bool here;
    ohm_http_result result;
    const char *what;
    int status;
    int64_t retry_after_s;
    uint8_t *body;
    size_t body_len;
} waiting;

struct ohm_fetcher {
    ohm_http *http;
    ohm_fetch_state state;
    ohm_tz tz;
    ohm_ask ask;
    char name[OHM_FETCH_NAME_MAX];
    char url[OHM_HTTP_URL_MAX]; /* of the request under way */
    char post[OHM_ASK_BODY_MAX];
    ohm_ven *ven; /* of OpenADR; else NULL */
    char basic[OHM_BASIC_MAX];
    char bearer[BEARER_MAX]; /* "" = no token */
    ohm_mono_ms bearer_until;
    void (*on_answer)(void *ctx, const ohm_fetcher *fetcher);
    void (*on_status)(void *ctx, const ohm_fetch_status *status);
    void *ctx;

    phase phase;
    ohm_code kept; /* in KEEPING: whether the state took the time of the call */
    uint64_t request;
    waiting answer;
    bool ticked;   /* the restored set was handed over */
    bool restored; /* the schedule was taken from the state */
    ohm_schedule schedule;
    ohm_answer hand;   /* what is known; its memory is ours */
    ohm_ms fetched_ms; /* when that came */
    uint8_t *body;     /* the newest of it, as it came */
    size_t body_len;
    ohm_fetch_status status;
};

ohm_code ohm_fetcher_keep_schedule(ohm_fetcher *e, ohm_ms now_ms, ohm_mono_ms now);
void ohm_fetcher_restore_schedule(ohm_fetcher *e, ohm_ms now_ms, ohm_mono_ms now);
OHM_MUST_CHECK ohm_code ohm_fetcher_read_body(const ohm_fetcher *e, ohm_span body,
                                              const char *series, ohm_ms came_ms, ohm_answer *out,
                                              ohm_refusal *ret_why);
/* The body becomes ours. */
OHM_MUST_CHECK bool ohm_fetcher_take_body(ohm_fetcher *e, ohm_span body);
void ohm_fetcher_keep_body(ohm_fetcher *e);
void ohm_fetcher_restore_body(ohm_fetcher *e);
void ohm_fetcher_keep_ven(ohm_fetcher *e);
void ohm_fetcher_restore_ven(ohm_fetcher *e);

#endif
