/* A virtual end node's talk with its VTN (OpenADR 3.0 and 3.1), beside the token: who it is
 * (/vens), what it stands for (/resources), which program it follows (/programs), what is asked of
 * it
 * (/events, page by page), and what it answers (/reports). Text only: what to ask next, what became
 * of it. The requests are the fetcher's, and so is the pace: one round a call.
 *
 *     ohm_ven_begin ─► ohm_ven_next ─► ASK: the request ─► ohm_ven_take ─► true: next again
 *                                  ├─► WAIT: the site's readings are on their way; next, later
 *                                  └─► END:  ohm_ven_note says what did not go well
 *
 * Nothing is made at the VTN twice: a VEN and a resource of our name are taken as they are, and a
 * report is looked for before it is sent, whatever was forgotten by a crash. What a VTN refuses
 * beside events (a registration, a report) never keeps the events from being read. Who says no name
 * for the node is not registered; readings leave the house only where `reports` is set. */
#ifndef OHM_FETCH_VEN_H
#define OHM_FETCH_VEN_H

#include "fetch/ask.h"

enum {
    OHM_VEN_READINGS_MAX = 1024, /* intervals of a report */
    OHM_VEN_ANSWER_MAX = 256 << 10,
    OHM_VEN_RECORD_MAX = 64 << 10,
};

/* What the site imported over an interval. */
typedef struct ohm_ven_reading {
    ohm_interval when;
    int64_t wh;
    bool known, estimated;
    bool waits; /* nothing is stored behind its end yet: it may be known later */
} ohm_ven_reading;

/* OHM_MORE: they are being read, ask again later; anything else but OHM_OK: none is to be had. */
typedef ohm_code ohm_ven_measure(void *ctx, ohm_ven_reading *readings, size_t count);

typedef enum ohm_ven_step { OHM_VEN_ASK, OHM_VEN_WAIT, OHM_VEN_END } ohm_ven_step;

typedef struct ohm_ven_question {
    char url[OHM_HTTP_URL_MAX];
    const char *post; /* lives until the next call; NULL: it is a GET */
} ohm_ven_question;

typedef struct ohm_ven ohm_ven;

/* `ask` is borrowed and outlives it. `measure` may be NULL: then no report is made. */
OHM_MUST_CHECK ohm_ven *ohm_ven_new(const ohm_ask *ask, ohm_ven_measure *measure, void *ctx);
void ohm_ven_free(ohm_ven *ven);

/* What survives a restart, as text; the caller frees it. NULL: no memory. */
char *ohm_ven_save(ohm_ven *ven);
/* What does not read, or was of another name or address, is a first start. */
void ohm_ven_restore(ohm_ven *ven, ohm_span record);
/* Something to keep has changed since the last ohm_ven_save. */
bool ohm_ven_is_changed(const ohm_ven *ven);

void ohm_ven_begin(ohm_ven *ven);
OHM_MUST_CHECK ohm_code ohm_ven_next(ohm_ven *ven, ohm_ms now_ms, ohm_ven_step *ret_step,
                                     ohm_ven_question *out);
/* False: the round is over, and its status is what the call came to. */
OHM_MUST_CHECK bool ohm_ven_take(ohm_ven *ven, int status, ohm_span body, ohm_ms now_ms);
/* All pages of events in one list, once the last has come; else NULL. It is the caller's. */
char *ohm_ven_events(ohm_ven *ven);

/* What went wrong beside the events, in a code and a sentence; "" and "". */
const char *ohm_ven_note(const ohm_ven *ven, const char **ret_words);

#endif
