/* ohmstead safe: what ended the daemon when nobody asked it to, leaving the safe mode, and bringing
 * the outputs where they are safe when nobody is left who would. */
#include <stdio.h>
#include <stdlib.h>

#include "base/civil.h"
#include "cmd/abort_record.h"
#include "cmd/cmd.h"
#include "cmd/daemon.h"
#include "cmd/options.h"
#include "cmd/outputs.h"
#include "cmd/verbs.h"
#include "config/schema.h"
#include "host/file.h"
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

/* An end that nobody saw (a daemon and its supervisor killed at once) is in no record yet. */
static void print_outputs(const char *folder)
{
    ohm_outputs_said said;
    if (ohm_failed(ohm_outputs_look(folder, &said)) || said.word == OHM_OUTPUTS_FREE)
        return;
    puts(said.word == OHM_OUTPUTS_PARTLY
             ? "one of the outputs could not be brought to its fail-safe state: --restore tries "
               "again"
             : "a daemon has the outputs; if none runs, nobody saw its end: the next start writes "
               "it down, or --restore");
}

static int print(const char *folder, const ohm_abort_record *r, bool json)
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
        printf("mode %s, %u abort%s so far\n", ohm_run_mode_name(r->mode), r->total,
               r->total == 1 ? "" : "s");
        for (int i = 0; i < r->count; i++)
            print_abort(&r->items[i]);
        print_outputs(folder);
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

/* What the last daemon took; the file only where that was not kept, which is said. */
static ohm_err find_config(const char *folder, const ohm_outputs *o, const char *config,
                           uint8_t **ret_yaml, size_t *ret_len)
{
    if (!ohm_failed(ohm_outputs_kept(folder, o->said.config, ret_yaml, ret_len))) {
        puts("by the configuration that the last daemon took");
        return ohm_ok();
    }
    OHM_TRY(ohm_file_read(config, OHM_SCHEMA_BYTES_MAX, ret_yaml, ret_len));
    printf("by %s as it is now: what the last daemon took was not kept\n", config);
    return ohm_ok();
}

/* After its end by whoever: a service manager runs it each time (ExecStopPost=), and mostly there
 * is nothing left to do. */
static int restore(const char *folder, const char *config)
{
    ohm_outputs o;
    uint8_t *yaml = NULL;
    size_t len = 0;
    ohm_err err = ohm_outputs_take(folder, false, &o);
    if (err.code == OHM_UNKNOWN || err.code == OHM_BUSY) {
        puts(err.code == OHM_BUSY ? "a daemon has the outputs: nothing to restore"
                                  : "no daemon ever had outputs here: nothing to restore");
        return OHM_EXIT_OK;
    }
    if (ohm_failed(err))
        return ohm_cmd_fail(folder, err.what, "the user of the daemon may do it");
    if (o.said.word == OHM_OUTPUTS_FREE) {
        ohm_outputs_drop(&o);
        puts("the outputs are in their fail-safe states: nothing to restore");
        return OHM_EXIT_OK;
    }
    err = find_config(folder, &o, config, &yaml, &len);
    if (ohm_failed(err)) {
        ohm_outputs_drop(&o);
        return ohm_cmd_fail(config, err.what, "nothing was switched");
    }
    ohm_abort_outputs outputs = ohm_outputs_restore(&o, ohm_span_of(yaml, len), config);
    ohm_outputs_note_end(folder, &o, outputs, NULL);
    ohm_outputs_drop(&o);
    free(yaml);
    printf("the last daemon did not let go of its outputs: %s\n", ohm_abort_outputs_name(outputs));
    return outputs == OHM_ABORT_OUTPUTS_PARTLY ? OHM_EXIT_FAILED : OHM_EXIT_OK;
}

int ohm_cmd_safe(int argc, char **argv)
{
    const char *state = NULL, *config = NULL;
    bool demo = false, leaves = false, restores = false, json = false;
    const ohm_option table[] = {
        { "--leave", NULL, NULL, &leaves, "leave the safe mode: the next run is an ordinary one" },
        { "--restore", NULL, NULL, &restores,
          "bring the outputs to their fail-safe states if the last daemon did not" },
        { "--config", "FILE", &config, NULL,
          "with --restore: the site's configuration (YAML), if the daemon's own was not kept" },
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
            "mode (docs/supervisor.md); leaves that, or does what a supervisor did not live to "
            "do.\n\n" OHM_STATE_ABOUT,
        .options = table,
    };
    int status;
    if (ohm_options_read(&verb, argc, argv, NULL, &status) < 0)
        return status;
    if (demo && state)
        return ohm_cmd_usage("safe", "--demo and --state exclude each other", NULL);
    if (restores != (config != NULL) || (restores && (leaves || demo)))
        return ohm_cmd_usage("safe", "--restore takes --config FILE, and goes alone", NULL);
    char folder[OHM_PATH_MAX];
    const ohm_daemon_options where = { .state_dir = state, .config = demo ? NULL : "" };
    ohm_abort_record record;
    if (!ohm_daemon_find_state(&where, folder))
        return ohm_cmd_fail("safe", "no folder for the state", "give one with --state DIR");
    if (restores)
        return restore(folder, config);
    ohm_err err = ohm_aborts_read(folder, &record);
    if (ohm_failed(err))
        return ohm_cmd_fail(folder, err.what,
                            err.code == OHM_BAD_FORMAT
                                ? "the daemon puts it aside at its next start"
                                : "is the disk sound? The page leaves the safe mode all the same");
    return leaves ? leave(folder, &record) : print(folder, &record, json);
}
