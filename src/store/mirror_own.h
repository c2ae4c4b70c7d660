/* What the parts of a mirror share: its one struct. All of it belongs to the mirror's thread, save
 * what is under `lock`. */
#ifndef OHM_STORE_MIRROR_OWN_H
#define OHM_STORE_MIRROR_OWN_H

#include <pthread.h>

#include "store/mirror.h"
#include "store/mirror_ask.h"
#include "store/mirror_line.h"
#include "store/mirror_todo.h"
#include "store/reader.h"

enum {
    OHM_MIRROR_BATCH_LINES = 5000,
    OHM_MIRROR_BATCH_BYTES = 512 << 10,
    OHM_MIRROR_SERIES_MAX = 20000,
};

/* A series of a device that is mirrored. */
typedef struct ohm_mirrored {
    uint16_t device;
    uint16_t quantity;
    uint32_t revision;
} ohm_mirrored;

/* How a request ended. */
typedef enum ohm_mirror_end {
    OHM_MIRROR_TAKEN,
    OHM_MIRROR_UNSEEN, /* nobody saw it: safe to send again as it is */
    OHM_MIRROR_UNSURE, /* some of it may be there */
    OHM_MIRROR_STOPPED,
} ohm_mirror_end;

struct ohm_mirror {
    ohm_mirror_config config;
    ohm_store *store;
    char store_path[4096];
    pthread_t thread;
    int wake_fd; /* readable once we are to stop */

    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stop, hurry;
    int64_t changes_seen; /* of store/changes.h */
    ohm_mirror_todo todo;
    ohm_mirror_status status;
    uint16_t series_count;
    ohm_mirrored series[OHM_MIRROR_SERIES_MAX];
    bool known[OHM_DEVICES_MAX][OHM_QUANTITIES_COUNT]; /* which series are in the list */

    ohm_reader *reader;
    ohm_mirror_ask ask;
    ohm_ms compare_before_ms[OHM_DEVICES_MAX]; /* what is older may be there already */
    char lines[OHM_MIRROR_BATCH_BYTES];
    size_t lines_len;
    uint32_t lines_count;
    uint32_t posts;        /* sent since the flight began */
    bool was_away;         /* the engine did not answer, or not well */
    int64_t retry_after_s; /* what the engine asked for; -1 */
};

/* mirror_record.c: under the lock. What can't be kept now is kept with the next change. */
void ohm_mirror_save(ohm_mirror *mirror);
/* Reads what an earlier run kept; the series are in the list already. */
OHM_MUST_CHECK ohm_err ohm_mirror_restore(ohm_mirror *mirror);

/* mirror_send.c: sends the lines that are collected, and empties them. Lines that the engine
 * refuses for themselves are counted and left out. Sets the status. */
ohm_mirror_end ohm_mirror_send_lines(ohm_mirror *mirror);
/* Says how the mirror is, with a sentence. */
void ohm_mirror_say(ohm_mirror *mirror, ohm_mirror_state state, const char *detail);
/* What an answer that is no success means; sets the status. */
ohm_mirror_end ohm_mirror_failed(ohm_mirror *mirror, const ohm_mirror_answer *answer);

/* mirror_compare.c: what VictoriaMetrics has of a series. */
typedef struct ohm_mirror_point {
    ohm_ms time_ms;
    int64_t value;
} ohm_mirror_point;

typedef struct ohm_mirror_there {
    size_t count, at;
    bool differs;             /* a value that is not ours, or one that we have no reading for */
    ohm_mirror_point *points; /* ascending; malloc'ed */
} ohm_mirror_there;

/* The points of [from, to). */
ohm_mirror_end ohm_mirror_there_get(ohm_mirror *mirror, const ohm_mirrored *series,
                                    ohm_interval range, ohm_mirror_there *out);
void ohm_mirror_there_free(ohm_mirror_there *there);
/* Is our reading there? Readings are asked for in order of time. */
bool ohm_mirror_there_has(ohm_mirror_there *there, ohm_ms time_ms, int64_t value);
/* Whether anything is left that is not ours; at the end. */
bool ohm_mirror_there_more(const ohm_mirror_there *there);
/* Deletes every revision of a series but its present one. */
ohm_mirror_end ohm_mirror_there_delete(ohm_mirror *mirror, const ohm_mirrored *series);

/* The body of an export: "time,value" lines. Allocates out->points. OHM_BAD_FORMAT with the number
 * of the line. */
OHM_MUST_CHECK ohm_err ohm_mirror_there_parse(ohm_span body, ohm_quantity_id quantity,
                                              ohm_mirror_there *out);

#endif
