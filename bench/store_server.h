/* What the contenders that are servers share: who runs where, what it has taken from the machine,
 * and HTTP to it. scripts/bench_store.py starts them and says where in the environment:
 * OHM_BENCH_<NAME>="PID<tab>URL<tab>FOLDER". */
#ifndef OHM_BENCH_STORE_SERVER_H
#define OHM_BENCH_STORE_SERVER_H

#include <sys/types.h>

#include "store_bench.h"

struct server {
    pid_t pid;
    char url[200];    /* of PostgreSQL libpq's words */
    char folder[300]; /* of its data */
};

/* False: it was not started, `*why` says so. */
bool server_find(const char *variable, server *out, const char **why);

/* Of its process and those that it started. */
double server_cpu_s(const server *s);
double server_written_bytes(const server *s);
double server_peak_mb(const server *s);
/* What its data take on the disk, once they take the same for five seconds, a minute at most. */
double server_bytes(const server *s);

/* Growing text, for requests and answers. */
typedef struct text {
    char *bytes;
    size_t len, cap;
} text;

void text_add(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* POSTs the body, or GETs if it is NULL; the answer replaces what `answer` had. Ends the benchmark
 * when that fails. One connection is kept. */
void server_ask(const server *s, const char *path, const text *body, text *answer);

/* A frame's values as a line of InfluxDB's protocol, times in milliseconds; a series' points as
 * one line each. */
void line_frame(text *out, const char *table, unsigned device, const ohm_frame *frame);
void line_points(text *out, const char *table, int series, const ohm_point *points, size_t count);

#endif
