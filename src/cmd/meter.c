/* ohmstead meter: what is remembered of a meter between two runs, and forgetting it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/verbs.h"
#include "host/paths.h"
#include "store/reader.h"
#include "store/store.h"

#define KEY_PREFIX "meter." /* and the meter's id, as the daemon keeps them */

typedef struct meter_options {
    const char *action, *id, *state;
    bool demo;
} meter_options;

static bool print_key(void *ctx, const char *key)
{
    (void)ctx;
    puts(key + strlen(KEY_PREFIX));
    return true;
}

static int list(const char *path)
{
    ohm_reader *reader = NULL;
    ohm_err err = ohm_reader_open(path, &reader);
    if (!ohm_failed(err))
        err = ohm_reader_keys(reader, KEY_PREFIX, print_key, NULL);
    ohm_reader_close(reader);
    if (ohm_failed(err))
        return ohm_cmd_fail(path, err.what, NULL);
    return fflush(stdout) ? ohm_cmd_fail("meter", "standard output can't be written", NULL)
                          : OHM_EXIT_OK;
}

/* What is stored under `key` is there: forgets it. */
static ohm_err forget(const char *path, const char *key, ohm_store *store)
{
    ohm_reader *reader = NULL;
    uint8_t *bytes = NULL;
    size_t len = 0;
    OHM_TRY(ohm_reader_open(path, &reader));
    ohm_err err = ohm_reader_get(reader, key, &bytes, &len);
    ohm_reader_close(reader);
    free(bytes);
    OHM_TRY(err);
    return ohm_store_put_wait(store, key, (ohm_span){ NULL, 0 });
}

/* A running daemon holds the counters in memory and would write them again: it must not run. */
static int reset(const char *path, const char *id)
{
    char key[OHM_STORE_KEY_MAX];
    ohm_store *store = NULL;
    const ohm_store_options options = { .path = path, .exclusive = true };
    if (snprintf(key, sizeof key, KEY_PREFIX "%s", id) >= (int)sizeof key)
        return ohm_cmd_usage("meter", "no meter has so long a name:", id);
    ohm_err err = ohm_store_open(&options, &store);
    if (err.code == OHM_BUSY)
        return ohm_cmd_fail(path, "ohmstead is running on this state folder",
                            "stop it, run this again, and start it");
    if (!ohm_failed(err))
        err = forget(path, key, store);
    ohm_store_close(store);
    if (err.code == OHM_UNKNOWN)
        return ohm_cmd_fail(id, "nothing is remembered of a meter of this name",
                            "'ohmstead meter list' names them");
    return ohm_failed(err) ? ohm_cmd_fail(path, err.what, NULL) : OHM_EXIT_OK;
}

static int run(const meter_options *o)
{
    char state_dir[OHM_PATH_MAX], path[OHM_PATH_MAX];
    bool is_reset = strcmp(o->action, "reset") == 0;
    if (!is_reset && strcmp(o->action, "list") != 0)
        return ohm_cmd_usage("meter", "the action is not list or reset:", o->action);
    if (is_reset != (o->id != NULL))
        return ohm_cmd_usage("meter", o->id ? "takes no name:" : "the name is missing", o->id);
    if (o->state && o->demo)
        return ohm_cmd_usage("meter", "--state and --demo exclude each other", NULL);
    ohm_err err = ohm_ok();
    if (!o->state)
        err = ohm_path_state(o->demo, state_dir);
    else if (snprintf(state_dir, sizeof state_dir, "%s", o->state) >= (int)sizeof state_dir)
        err = ohm_fail(OHM_TOO_BIG, 0, "the path is too long");
    if (!ohm_failed(err))
        err = ohm_path_join(state_dir, OHM_STORE_FILE, path);
    if (ohm_failed(err))
        return ohm_cmd_fail("meter", err.what, "--state DIR names another folder");
    return is_reset ? reset(path, o->id) : list(path);
}

int ohm_cmd_meter(int argc, char **argv)
{
    meter_options o = { .action = NULL };
    const ohm_option table[] = {
        { "--state", "DIR", &o.state, NULL, "where readings and counters are kept" },
        { "--demo", NULL, NULL, &o.demo, "the meters of the demo house" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "meter",
        .arguments = "list, or reset NAME",
        .about =
            "What is remembered of a meter between two runs: the counters that keep old messages\n"
            "from being believed. 'reset' forgets them, after a change of meter or of its "
            "counter;\n"
            "the daemon must not be running.\n"
            "\n" OHM_STATE_ABOUT,
        .options = table,
        .arguments_min = 1,
        .arguments_max = 2,
    };
    const char *arguments[2] = { NULL, NULL };
    int status, count = ohm_options_read(&verb, argc, argv, arguments, &status);
    if (count < 0)
        return status;
    o.action = arguments[0];
    o.id = count > 1 ? arguments[1] : NULL;
    return run(&o);
}
