/* What a fetcher needs of the process around it: a place to remember things, and words for how
 * it is doing. */
#ifndef OHM_FETCH_FETCH_H
#define OHM_FETCH_FETCH_H

#include "base/err.h"
#include "base/span.h"
#include "base/time.h"

/* Small named values that survive a restart; the store provides it. */
typedef struct ohm_fetch_state {
    void *ctx;
    /* A copy in malloc'ed memory that the caller frees. OHM_UNKNOWN: no such value. */
    ohm_err (*get)(void *ctx, const char *key, uint8_t **ret_bytes, size_t *ret_len);
    /* Keeps a copy. A refusal (OHM_BUSY) is reported, not repeated. */
    ohm_code (*put)(void *ctx, const char *key, ohm_span value);
    /* What became of everything put so far: OHM_OK, it is on the disk; OHM_MORE, not yet; else why
     * not. NULL: what put took is kept. */
    ohm_code (*kept)(void *ctx);
} ohm_fetch_state;

enum { OHM_FETCH_ERROR_MAX = 32, OHM_FETCH_DETAIL_MAX = 192 };

/* How a source is doing. */
typedef struct ohm_fetch_status {
    char error[OHM_FETCH_ERROR_MAX];   /* "" or a code: "http_403", "bad_body", "offline"... */
    char detail[OHM_FETCH_DETAIL_MAX]; /* the same in a sentence, with what to do */
    ohm_ms asked_ms;                   /* of the last call; OHM_NO_MS */
    ohm_ms next_ms;                    /* of the next, as planned; OHM_NO_MS while a call is under
                                          way or the wall clock is not set */
    uint32_t calls;                    /* since the start */
} ohm_fetch_status;

#endif
