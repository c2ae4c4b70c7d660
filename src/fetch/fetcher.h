/* The fetcher of a source: asks when it may, and hands over what it learns.
 *
 * It runs on the loop thread, by its ticks alone: answers that ohm_http_dispatch delivers wait
 * for the next tick, which brings the clocks. At start the last good body is taken from the
 * state, so that a restart neither forgets nor asks; a call is sent once the time of it is kept
 * there, so that not even a crash makes the next call come early (grid/schedule.h).
 *
 * What goes wrong is in the status, in a code and a sentence, and never touches what is known:
 * that serves until its last segment ends. Tokens live in memory only and are wiped; neither they
 * nor a secret nor an address is ever logged. While the wall clock is not set nothing is asked:
 * the hours of an answer could not be told from yesterday's, nor a certificate from an expired
 * one. */
#ifndef OHM_FETCH_FETCHER_H
#define OHM_FETCH_FETCHER_H

#include "fetch/answer.h"
#include "fetch/ask.h"
#include "fetch/fetch.h"
#include "fetch/ven.h"

enum {
    OHM_FETCH_NAME_MAX = 48,
    OHM_FETCH_BODY_MAX = 256 << 10, /* a season of colours has 55 kB */
};

typedef struct ohm_fetcher ohm_fetcher;

typedef struct ohm_fetcher_options {
    ohm_http *http; /* borrowed, and outlives the fetcher */
    ohm_fetch_state state;
    const char *name;   /* of what is kept, unique: "tempo", "open-meteo" */
    const ohm_ask *ask; /* copied, and wiped at the end */
    const ohm_tz *tz;   /* of the source's days (Europe/Paris); copied */
    int64_t every_ms;   /* 0: as usual (grid/schedule.h); never below the source's gap */
    /* All run inside ohm_fetcher_tick. */
    void (*on_answer)(void *ctx, const ohm_fetcher *fetcher);     /* something new is in hand */
    void (*on_status)(void *ctx, const ohm_fetch_status *status); /* on changes; may be NULL */
    ohm_ven_measure *measure; /* of a VEN's reports; NULL: it makes none */
    void *ctx;
} ohm_fetcher_options;

/* OHM_BAD_FORMAT, OHM_NO_KEY: what is configured is not enough, or no place for a secret. `now_ms`
 * is not trusted before a tick says so. */
OHM_MUST_CHECK ohm_err ohm_fetcher_new(const ohm_fetcher_options *options, ohm_mono_ms now,
                                       ohm_fetcher **ret_fetcher);
/* NULL is allowed. */
void ohm_fetcher_free(ohm_fetcher *fetcher);

/* Call about once a second, and after ohm_http_dispatch if answers shall not wait for that long.
 * `clock_set`: the wall clock can be trusted. */
void ohm_fetcher_tick(ohm_fetcher *fetcher, ohm_ms now_ms, ohm_mono_ms now, bool clock_set);

const ohm_fetch_status *ohm_fetcher_status_of(const ohm_fetcher *fetcher);

/* What is known, and when it came (OHM_NO_MS: nothing did). Lives until the next tick. */
const ohm_answer *ohm_fetcher_hand(const ohm_fetcher *fetcher, ohm_ms *ret_fetched_ms);

/* Another series of the newest good body. OHM_UNKNOWN: there is none. */
OHM_MUST_CHECK ohm_code ohm_fetcher_read(const ohm_fetcher *fetcher, const char *series,
                                         ohm_answer *out);

/* A status that is no answer, in words: what it means and what to do. `token`: of the question
 * for a token. */
const char *ohm_fetch_words(ohm_source source, int status, bool token);

#endif
