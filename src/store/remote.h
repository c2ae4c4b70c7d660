/* Questions to a time-series engine (store/mirror.h says which): readings of other sites, or older
 * than what this machine holds. What an engine answers is for charts: energy and money come from
 * the registers at their site, because engines lose the digits of a float, book the energy of a
 * gap in one hour and count a glitch twice (docs/mirrors.md).
 *
 * A call asks over HTTP and waits, so it belongs to a thread that may wait; it keeps nothing. The
 * engine's body is not trusted: bounded, checked, and refused whole when it is not what was asked.
 *
 * Sources: docs.victoriametrics.com, "Prometheus querying API usage", "MetricsQL" (aggr_over_time;
 * a window is (t - d, t]) and "How to export CSV data"; docs.influxdata.com, "InfluxDB v1 HTTP
 * API reference" (/query) and "InfluxQL reference"; "InfluxDB v2 API" (/api/v2/query) and
 * "Annotated CSV". */
#ifndef OHM_STORE_REMOTE_H
#define OHM_STORE_REMOTE_H

#include "store/mirror.h"
#include "store/query.h"

enum { OHM_REMOTE_TIMEOUT_MS = 30000 };

typedef struct ohm_remote_query {
    const ohm_mirror_config *engine; /* of the site that is asked for */
    const char *series_key;
    ohm_interval range;
    int64_t step_ms;   /* 0: each reading */
    uint32_t rows_max; /* 0 = OHM_BUCKETS_MAX */
    /* Asked now and then; true ends the question with OHM_BUSY. May be NULL. */
    bool (*cancelled)(void *ctx);
    void *cancelled_ctx;
} ohm_remote_query;

/* Each step in order, the empty ones (count 0) included, with count, first, last, min, max and mean
 * (of a gauge the mean of its readings, else the last one); or each reading as a step of its own.
 * The last step is whole, whatever the end of the range. OHM_RANGE: the range or the step is none;
 * OHM_TOO_BIG: more than rows_max rows, or an answer of megabytes; OHM_DENIED: the engine wants
 * another password; OHM_BAD_FORMAT: what it answers does not read; OHM_BUSY: cancelled; OHM_IO: it
 * does not answer. A series that the engine does not know has no readings. */
OHM_MUST_CHECK ohm_err ohm_remote_range(const ohm_remote_query *query,
                                        bool (*row)(void *ctx, const ohm_slice *slice), void *ctx);

/* May it be part of a question? False: something in it ends the strings of query languages, and no
 * site, device or series has such a name. */
bool ohm_remote_is_plain(const char *text);

/* Each series that the engine has, once, by key; `site` NULL: of every site. Of `query` the engine
 * and `cancelled` count. */
OHM_MUST_CHECK ohm_err ohm_remote_series(const ohm_remote_query *query, const char *site,
                                         bool (*row)(void *ctx, const ohm_series_info *info),
                                         void *ctx);

#endif
