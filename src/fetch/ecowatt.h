/* The Ecowatt fetcher: asks RTE when it may, and hands over what it learns as a signal set.
 *
 * It runs on the loop thread, by its ticks alone: answers that ohm_http_dispatch delivers wait
 * for the next tick, which brings the clocks. At start the last good body is taken from the
 * state, so that a restart neither forgets nor asks; a call is sent once the time of
 * it is kept there, so that not even a crash makes the next call come early.
 *
 * What goes wrong is in the status, in a code and a sentence, and never touches what is known:
 * that serves until its last hour ends. The token lives in memory only and is wiped; neither it
 * nor the secret is ever logged. While the wall clock is not set nothing is asked: the hours of
 * an answer could not be told from yesterday's, nor a certificate from an expired one. */
#ifndef OHM_FETCH_ECOWATT_H
#define OHM_FETCH_ECOWATT_H

#include "fetch/fetch.h"
#include "grid/ecowatt.h"
#include "link/http.h"

#define OHM_ECOWATT_URL "https://digital.iservices.rte-france.com"

typedef struct ohm_ecowatt_options {
    ohm_http *http; /* borrowed, and outlives the fetcher */
    ohm_fetch_state state;
    const ohm_tz *tz;      /* of the grid's hours (Europe/Paris); copied */
    const char *url;       /* base address, NULL or "" for OHM_ECOWATT_URL; copied */
    const char *client_id; /* copied, and wiped at the end */
    const char *client_secret;
    int64_t every_ms; /* 0: hourly; never below 15 minutes */
    /* Both run inside ohm_ecowatt_tick (on_signals also inside ohm_ecowatt_new). */
    void (*on_signals)(void *ctx, const ohm_signal_set *set);
    void (*on_status)(void *ctx, const ohm_fetch_status *status); /* on changes; may be NULL */
    void *ctx;
} ohm_ecowatt_options;

typedef struct ohm_ecowatt ohm_ecowatt;

/* OHM_BAD_FORMAT: the address or the id is not one that credentials may go to. `now_ms` is not
 * trusted before a tick says so. */
OHM_MUST_CHECK ohm_err ohm_ecowatt_new(const ohm_ecowatt_options *options, ohm_mono_ms now,
                                       ohm_ecowatt **ret_ecowatt);
/* NULL is allowed. */
void ohm_ecowatt_free(ohm_ecowatt *ecowatt);

/* Call about once a second, and after ohm_http_dispatch if answers shall not wait for that long.
 * `clock_set`: the wall clock can be trusted. */
void ohm_ecowatt_tick(ohm_ecowatt *ecowatt, ohm_ms now_ms, ohm_mono_ms now, bool clock_set);

const ohm_fetch_status *ohm_ecowatt_status_of(const ohm_ecowatt *ecowatt);

#endif
