/* ohmstead safe: what ended the daemon when nobody asked it to, and leaving the safe mode. */
#include <stdio.h>
#include <stdlib.h>

#include "base/civil.h"
#include "cmd/abort_record.h"
#include "cmd/cmd.h"
#include "cmd/daemon.h"
#include "cmd/options.h"
#include "cmd/verbs.h"
#include "host/paths.h"

static void print_abort(const ohm_abort *a)
{
    char when[OHM_RFC3339_MAX], name[16];
    (void)ohm_rfc3339_write(a->utc_ms, when);
    ohm_abort_signal_name(a->signal, name);
    printf("%s  %-7s %-8s ran %u s, mode %s, outputs %s, build %.12s\n", when,
           ohm_abort_cause_name(a->cause), name, a->ran_s, ohm_run_mode_name(a->mode),
           ohm_abort_outputs_name(a->outputs), a->build[0] ? a->build : "unknown");
    for (int i = 0; i < a->events_count; i++)
        printf("    %u ms before: %s\n", a->events[i].before_ms,
               ohm_abort_event_name(&a->events[i]));
}

static int print(const ohm_abort_record *r, bool json)
{
    if (json) {
        char text[OHM_ABORTS_JSON_MAX];
        size_t len = 0;
        ohm_json j;
        ohm_json_init(&j, text, sizeof text);
        ohm_aborts_write(&j, r);
        if (ohm_json_finish(&j, &len) != OHM_OK)
            return ohm_cmd_fail("safe", "the report is too long", NULL);
        printf("%.*s\n", (int)len, text);
    } else {
        printf("mode %s, %u aborts so far\n", ohm_run_mode_name(r->mode), r->total);
        for (int i = 0; i < r->count; i++)
            print_abort(&r->items[i]);
    }
    return fflush(stdout) ? ohm_cmd_fail("safe", "standard output can't be written", NULL)
                          : OHM_EXIT_OK;
}

static int leave(const char *folder, const ohm_abort_record *r)
{
    if (r->mode == OHM_RUN_NORMAL)
        return ohm_cmd_fail("safe", "there is no safe mode to leave", NULL);
    ohm_err err = ohm_safe_leave(folder);
    if (ohm_failed(err))
        return ohm_cmd_fail(folder, err.what, "the user of the daemon may do it");
    puts("left: a daemon that runs starts again within seconds");
    return OHM_EXIT_OK;
}

int ohm_cmd_safe(int argc, char **argv)
{
    const char *state = NULL;
    bool demo = false, leaves = false, json = false;
    const ohm_option table[] = {
        { "--leave", NULL, NULL, &leaves, "leave the safe mode: the next run is an ordinary one" },
        { "--state", "DIR", &state, NULL, "another state folder than the site's" },
        { "--demo", NULL, NULL, &demo, "the state folder of the demo house" },
        { "--json", NULL, NULL, &json, "as one JSON object" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "safe",
        .arguments = "",
        .about =
            "Tells what ended the daemon when nobody asked it to, and whether it runs in safe\n"
            "mode (docs/supervisor.md); leaves that.\n\n" OHM_STATE_ABOUT,
        .options = table,
    };
    int status;
    if (ohm_options_read(&verb, argc, argv, NULL, &status) < 0)
        return status;
    if (demo && state)
        return ohm_cmd_usage("safe", "--demo and --state exclude each other", NULL);
    char folder[OHM_PATH_MAX];
    const ohm_daemon_options where = { .state_dir = state, .config = demo ? NULL : "" };
    ohm_abort_record record;
    if (!ohm_daemon_find_state(&where, folder))
        return ohm_cmd_fail("safe", "no folder for the state", "give one with --state DIR");
    ohm_err err = ohm_aborts_read(folder, &record);
    if (ohm_failed(err))
        return ohm_cmd_fail(folder, err.what, "the daemon puts it aside at its next start");
    return leaves ? leave(folder, &record) : print(&record, json);
}
