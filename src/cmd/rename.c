/* ohmstead rename: what a meter measured under another name, alone or together with what that
 * name has already. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/series_pick.h"
#include "cmd/verbs.h"
#include "host/paths.h"
#include "store/history.h"
#include "store/store.h"

enum { KEY_PARTS = 4, DEVICE_PARTS = 3 }; /* "site/zone/device/quantity" */

typedef struct request {
    const char *names[2]; /* from, to: two devices or two series */
    const char *state;
    bool demo, merge, dry_run, replace;
    char store[OHM_PATH_MAX];
} request;

static int parts_of(const char *name)
{
    int parts = 1;
    for (; *name; name++)
        parts += *name == '/';
    return parts;
}

/* The new name of a series; false: too long. */
static bool new_name(const request *q, const char *key, char *out, size_t cap)
{
    const char *rest = parts_of(q->names[0]) == DEVICE_PARTS ? key + strlen(q->names[0]) : "";
    int len = snprintf(out, cap, "%s%s", q->names[1], rest);
    return len > 0 && (size_t)len < cap;
}

static ohm_err move_one(const request *q, ohm_history *history, const char *key,
                        ohm_history_counts *counts)
{
    char to[OHM_SERIES_KEY_MAX];
    if (!new_name(q, key, to, sizeof to))
        return ohm_fail(OHM_TOO_BIG, 0, "the new name is too long");
    ohm_err err = ohm_history_rename(history, key, to);
    bool taken = err.code == OHM_CONFLICT && q->merge;
    if (taken)
        err = ohm_history_merge(history, key, to, counts);
    if (!ohm_failed(err))
        printf("%s -> %s%s\n", key, to, taken ? " (merged)" : "");
    return err;
}

static int move_all(const request *q, const ohm_series_list *list)
{
    const ohm_history_options options = {
        .path = q->store,
        .conflict = q->replace ? OHM_CONFLICT_REPLACE : OHM_CONFLICT_KEEP,
        .dry_run = q->dry_run,
    };
    ohm_history *history = NULL;
    ohm_history_counts counts = { 0 };
    ohm_err err = ohm_history_open(&options, &history);
    for (size_t i = 0; i < list->count && !ohm_failed(err); i++) {
        err = move_one(q, history, list->extents[i].info.key, &counts);
        if (ohm_failed(err))
            (void)fprintf(stderr, "ohmstead rename: at %s\n", list->extents[i].info.key);
    }
    ohm_history_close(history);
    if (ohm_failed(err))
        return ohm_cmd_fail("rename", err.what,
                            err.code == OHM_CONFLICT
                                ? "--merge adds the readings to those of that name"
                                : "what is renamed stays so: the same words go on");
    if (counts.added || counts.same || counts.conflicts)
        printf("%" PRIu64 " readings were added, %" PRIu64 " were there already, and for %" PRIu64
               " instants %s is kept\n",
               counts.added, counts.same, counts.conflicts, q->replace ? q->names[0] : q->names[1]);
    if (q->dry_run)
        printf("nothing was changed: --dry-run\n");
    return fflush(stdout) == 0 ? OHM_EXIT_OK : ohm_cmd_fail("standard output", "write error", NULL);
}

static int run(request *q)
{
    int parts = parts_of(q->names[0]);
    if (parts != parts_of(q->names[1]) || (parts != DEVICE_PARTS && parts != KEY_PARTS))
        return ohm_cmd_usage(
            "rename",
            "two devices, SITE/ZONE/DEVICE, or two series with their quantity:", q->names[1]);
    ohm_series_pick pick = { 0 };
    if (parts == DEVICE_PARTS)
        pick.device = q->names[0];
    else
        pick.keys[pick.keys_count++] = q->names[0];
    int status = ohm_state_file("rename", q->state, q->demo, q->store);
    if (status != OHM_EXIT_OK)
        return status;
    ohm_reader *reader = NULL;
    ohm_series_list list = { 0 };
    ohm_err err = ohm_reader_open(q->store, &reader);
    if (!ohm_failed(err))
        err = ohm_series_list_read(reader, &pick, &list);
    ohm_reader_close(reader);
    if (ohm_failed(err))
        status = ohm_cmd_fail(q->store, err.what, "--state DIR names another folder");
    else if (list.count == 0)
        status = ohm_cmd_fail(q->names[0], "there is no such series",
                              "ohmstead export --list names them");
    else
        status = move_all(q, &list);
    ohm_series_list_free(&list);
    return status;
}

int ohm_cmd_rename(int argc, char **argv)
{
    request q = { 0 };
    const ohm_option options[] = {
        { "--merge", NULL, NULL, &q.merge, "add to the readings that the new name has already" },
        { "--replace", NULL, NULL, &q.replace, "of two values for an instant the moved one stays" },
        { "--dry-run", NULL, NULL, &q.dry_run, "say what would come of it; change nothing" },
        { "--state", "DIR", &q.state, NULL, "another state folder than the site's" },
        { "--demo", NULL, NULL, &q.demo, "the state folder of the demo house" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "rename",
        .arguments = "FROM TO",
        .about =
            "Gives the readings of a device (SITE/ZONE/DEVICE) or of a series\n"
            "(SITE/ZONE/DEVICE/QUANTITY) another name: after a meter, a zone or the site was\n"
            "named anew in the configuration, its history goes on. With --merge the new name\n"
            "may have readings already. Works beside a running daemon, which writes under the\n"
            "names of its configuration: change that, too.\n"
            "\n" OHM_STATE_ABOUT,
        .arguments_min = 2,
        .arguments_max = 2,
        .options = options,
    };
    int status;
    if (ohm_options_read(&verb, argc, argv, q.names, &status) < 0)
        return status;
    return run(&q);
}
