/* Mirrors: the site's readings in a time-series engine that others look at (VictoriaMetrics,
 * InfluxDB 1 and 2), beside the store and never instead of it (docs/mirrors.md).
 *
 * A mirror is a thread with its own reader of the store and its own HTTP client. It keeps no copy
 * of readings: what it owes is a small record in the store (store/mirror_todo.h), so the engine
 * may be away for a week and gets everything when it is back, each reading once:
 *
 *   - InfluxDB overwrites a point that is sent again, so sending again is harmless;
 *   - VictoriaMetrics would keep both (and of different values revert to the larger one), so
 *     whatever may be there already is compared with what is there, and only what is missing is
 *     sent. A value that was corrected since starts a new revision of its series (tag rev="1"…),
 *     and the old one is deleted.
 *
 * Readings of suspect quality stay at home. Energy and money come from the ledger, never from an
 * engine. */
#ifndef OHM_STORE_MIRROR_H
#define OHM_STORE_MIRROR_H

#include "base/err.h"
#include "base/reading.h"
#include "store/store.h"

enum {
    OHM_MIRROR_ID_MAX = 32,
    OHM_MIRROR_URL_MAX = 512,
    OHM_MIRROR_AUTH_MAX = 512,
    OHM_MIRROR_BUCKET_MAX = 64,
    OHM_MIRROR_DETAIL_MAX = 192,
    OHM_MIRROR_EVERY_MS = 60 * OHM_SECOND_MS,
};

typedef enum ohm_mirror_kind {
    OHM_MIRROR_VICTORIAMETRICS,
    OHM_MIRROR_INFLUXDB1,
    OHM_MIRROR_INFLUXDB2,
    OHM_MIRROR_KINDS_COUNT
} ohm_mirror_kind;

typedef struct ohm_mirror_config {
    char id[OHM_MIRROR_ID_MAX]; /* names its record in the store */
    ohm_mirror_kind kind;
    char write_url[OHM_MIRROR_URL_MAX];      /* whole, with its query */
    char read_url[OHM_MIRROR_URL_MAX];       /* VictoriaMetrics: what "/api/v1/…" is added to */
    char delete_url[OHM_MIRROR_URL_MAX];     /* the same for deletions; "" = read_url */
    char query_url[OHM_MIRROR_URL_MAX];      /* InfluxDB: where questions go, with its query */
    char bucket[OHM_MIRROR_BUCKET_MAX];      /* InfluxDB 2: what they are about */
    char authorization[OHM_MIRROR_AUTH_MAX]; /* the value of the header; "" = none */
    int64_t every_ms;                        /* 0 = OHM_MIRROR_EVERY_MS */
    bool single_field;                       /* VictoriaMetrics runs with -influxSkipSingleField */
} ohm_mirror_config;

typedef enum ohm_mirror_state {
    OHM_MIRROR_STARTING, /* nothing was sent yet */
    OHM_MIRROR_OK,
    OHM_MIRROR_OFFLINE, /* no connection, no answer, or 5xx */
    OHM_MIRROR_DENIED,  /* 401, 403 */
    OHM_MIRROR_REFUSED, /* the engine does not take what it is sent */
    OHM_MIRROR_STORE,   /* our own store can't be read */
    OHM_MIRROR_STATES_COUNT
} ohm_mirror_state;

typedef struct ohm_mirror_status {
    ohm_mirror_state state;
    char detail[OHM_MIRROR_DETAIL_MAX]; /* a sentence; "" when all is well */
    uint64_t sent;                      /* readings, since the start */
    uint64_t already;                   /* found there, not sent again */
    uint64_t refused;                   /* readings that the engine will not take */
    uint64_t corrections;               /* series that began a new revision */
    ohm_ms sent_ms;                     /* when something was taken last; OHM_NO_MS */
    ohm_ms owed_ms;                     /* the oldest reading not sent; OHM_NO_MS: none */
} ohm_mirror_status;

typedef struct ohm_mirror ohm_mirror;

/* `store` and `store_path` outlive the mirror. Devices: `keys[i]` is "site/zone/device" of the
 * index i, NULL: none; devices that the store knows beside these are mirrored too. */
OHM_MUST_CHECK ohm_err ohm_mirror_new(const ohm_mirror_config *config, ohm_store *store,
                                      const char *store_path, const char *const *keys,
                                      uint16_t keys_count, ohm_mirror **ret_mirror);
/* Stops and waits for the thread, at most for one request being given up. NULL is allowed. */
void ohm_mirror_free(ohm_mirror *mirror);

/* Gives a frame to the store and notes it for all mirrors, as one step: a frame that is in the
 * store is owed. The result is the store's. */
OHM_MUST_CHECK ohm_code ohm_mirrors_frame(ohm_mirror *const *mirrors, uint16_t count,
                                          ohm_store *store, const ohm_frame *frame);

/* Any thread. */
void ohm_mirror_status_of(ohm_mirror *mirror, ohm_mirror_status *out);

/* Asks for a try now, as after a change of the network. */
void ohm_mirror_wake(ohm_mirror *mirror);

/* "victoriametrics", "influxdb1", "influxdb2"; "ok", "offline", … */
const char *ohm_mirror_kind_name(ohm_mirror_kind kind);
const char *ohm_mirror_state_name(ohm_mirror_state state);

#endif
