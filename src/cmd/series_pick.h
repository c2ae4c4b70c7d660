/* Which series a verb is about, and where the store is. */
#ifndef OHM_CMD_SERIES_PICK_H
#define OHM_CMD_SERIES_PICK_H

#include "host/file.h"
#include "store/query.h"

enum { OHM_SERIES_PICK_MAX = 256 };

/* Nothing of it: all. Several: what any of them means. */
typedef struct ohm_series_pick {
    const char *keys[OHM_SERIES_PICK_MAX]; /* '*' stands for anything */
    int keys_count;
    const char *device; /* "site/zone/device" */
    const char *zone;   /* "site/zone" */
} ohm_series_pick;

bool ohm_series_pick_any(const ohm_series_pick *pick);
bool ohm_series_pick_has(const ohm_series_pick *pick, const char *key);

typedef struct ohm_series_list {
    ohm_extent *extents;
    size_t count, cap;
    bool no_memory;
} ohm_series_list;

OHM_MUST_CHECK ohm_err ohm_series_list_read(ohm_reader *reader, const ohm_series_pick *pick,
                                            ohm_series_list *list);
void ohm_series_list_free(ohm_series_list *list);

/* From when to when, by --from and --to (NULL: since ever, for ever); dates are of the zone. Prints
 * what is wrong and returns the exit status. */
int ohm_pick_range(const char *verb, const char *from, const char *to, const ohm_tz *tz,
                   ohm_interval *out);

/* The store's file, by --state and --demo. Prints what is wrong and returns the exit status. */
int ohm_state_file(const char *verb, const char *state, bool demo,
                   char ret_path[static OHM_PATH_MAX]);

#endif
