/* Readings that a mirror of the site's has (store/remote.h), for `ohmstead export --source`. */
#ifndef OHM_CMD_EXPORT_REMOTE_H
#define OHM_CMD_EXPORT_REMOTE_H

#include "cmd/series_pick.h"
#include "config/site.h"

typedef struct ohm_export_remote {
    const ohm_site *site;
    const char *source; /* a mirror's id */
    const ohm_series_pick *pick;
    ohm_interval range;
    int64_t step_ms;                                          /* 0: each reading */
    void (*series)(void *ctx, const ohm_series_info *series); /* what the next rows are of */
    bool (*slice)(void *ctx, const ohm_slice *slice);         /* false: no more of it */
    void *ctx;
} ohm_export_remote;

/* Both print what is wrong, and return the exit status. */
int ohm_export_remote_run(const ohm_export_remote *asked);
int ohm_export_remote_list(const ohm_export_remote *asked);

#endif
