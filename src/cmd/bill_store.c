#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/bill.h"
#include "cmd/cmd.h"
#include "host/file.h"
#include "host/paths.h"
#include "store/reader.h"
#include "store/store.h"
#include "web/uses.h"

/* The series of the main meter: the one of a device called main, or the first. */
typedef struct search {
    char device[OHM_SERIES_KEY_MAX]; /* without the quantity */
    unsigned found;
} search;

static bool look(void *ctx, const ohm_series_info *info)
{
    search *s = ctx;
    if (info->quantity != OHM_Q_ENERGY_IMPORT)
        return true;
    bool is_main = strstr(info->key, "/main/") != NULL;
    if (!s->found++ || is_main) {
        memcpy(s->device, info->key, sizeof s->device);
        *strrchr(s->device, '/') = '\0'; /* keys have four parts */
    }
    return !is_main;
}

static int read_store(ohm_bill_job *job, ohm_reader *reader, const char *path)
{
    search s = { .found = 0 };
    ohm_uses uses;
    ohm_err err = ohm_reader_series(reader, look, &s);
    if (ohm_failed(err))
        return ohm_cmd_fail(path, err.what, NULL);
    if (!s.found)
        return ohm_cmd_fail(path, "no register of energy is stored there", NULL);
    ohm_code code = ohm_uses_read(reader, s.device, job->period, NULL, &uses);
    if (code != OHM_OK)
        return ohm_cmd_fail(path, ohm_code_text(code), s.device);
    job->uses = uses.items;
    job->uses_count = uses.count;
    if (!job->uses_count)
        return ohm_cmd_fail(path, "nothing is stored for that time", s.device);
    return OHM_EXIT_OK;
}

int ohm_bill_from_store(ohm_bill_job *job)
{
    char state[OHM_PATH_MAX], path[OHM_PATH_MAX];
    if (job->o->state && job->o->demo)
        return ohm_cmd_usage("bill", "--state and --demo exclude each other", NULL);
    ohm_err err = job->o->state ? ohm_ok() : ohm_path_state(job->o->demo, state);
    if (ohm_failed(err))
        return ohm_cmd_fail("the state folder", err.what, "name it with --state");
    const char *folder = job->o->state ? job->o->state : state;
    err = ohm_path_join(folder, OHM_STORE_FILE, path);
    if (ohm_failed(err))
        return ohm_cmd_fail(folder, err.what, NULL);
    ohm_reader *reader = NULL;
    err = ohm_reader_open(path, &reader);
    if (ohm_failed(err))
        return ohm_cmd_fail(path, err.what, NULL);
    int status = read_store(job, reader, path);
    ohm_reader_close(reader);
    return status;
}
