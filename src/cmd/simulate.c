/* ohmstead simulate: a house with all that goes wrong in it, years in seconds, from one seed. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/number.h"
#include "cmd/cmd.h"
#include "cmd/lab.h"
#include "cmd/options.h"
#include "cmd/verbs.h"
#include "cmd/world_build.h"
#include "engine/codec.h"

enum { DAYS_MAX = 36525, WORLDS_MAX = 100000, LINE_MAX_BYTES = 1024 };

typedef struct request {
    const char *file, *seed_text, *days_text, *worlds_text, *trace;
    int64_t seed, days, worlds;
    bool json, print, calm;
} request;

static bool read_number(const char *text, int64_t most, int64_t *out)
{
    return !text ||
           (ohm_number_int(ohm_span_text(text), out) == OHM_OK && *out >= 1 && *out <= most);
}

static int print_json(const request *q, int64_t seed, const ohm_world_result *r)
{
    char line[LINE_MAX_BYTES];
    size_t len = 0;
    ohm_json j;
    ohm_json_init(&j, line, sizeof line);
    ohm_json_object(&j);
    ohm_json_key_str(&j, "file", q->file);
    ohm_json_key_int(&j, "seed", seed);
    ohm_json_key_int(&j, "days", q->days);
    ohm_json_key_str(&j, "broken", r->broken);
    ohm_json_key_time(&j, "broken_at", r->broken ? r->broken_ms : OHM_NO_MS);
    ohm_json_key_int(&j, "events", (int64_t)r->events);
    ohm_json_key_int(&j, "faults", (int64_t)r->faults);
    ohm_json_key_int(&j, "starts", (int64_t)r->starts);
    ohm_json_key_int(&j, "commands", (int64_t)r->commands);
    ohm_json_key_int(&j, "switchings", (int64_t)r->switchings);
    ohm_json_key_int(&j, "sheds_by_power", (int64_t)r->sheds_by_power);
    ohm_json_key_int(&j, "sheds_by_grid", (int64_t)r->sheds_by_grid);
    ohm_json_key_int(&j, "trips", (int64_t)r->trips);
    ohm_json_key_int(&j, "overrun_s", r->overrun_s);
    ohm_json_key_int(&j, "import_wh", r->import_wh);
    ohm_json_end(&j);
    if (ohm_json_finish(&j, &len) != OHM_OK)
        return ohm_cmd_fail("answer", "is longer than it can be", NULL);
    (void)fwrite(line, 1, len, stdout);
    (void)putchar('\n');
    return OHM_EXIT_OK;
}

static void print_text(const request *q, int64_t seed, const ohm_world_result *r)
{
    printf("seed %" PRId64 ": %" PRId64 " day%s, %" PRIu64 " events, %" PRIu64 " faults, %" PRIu64
           " starts, %" PRIu64 " commands\n",
           seed, q->days, q->days == 1 ? "" : "s", r->events, r->faults, r->starts, r->commands);
    printf("  %" PRIu64 " switchings (%" PRIu64 " sheds for a limit or breaker, %" PRIu64
           " for the grid), %" PRIu64 " trips that nothing could have prevented\n",
           r->switchings, r->sheds_by_power, r->sheds_by_grid, r->trips);
    printf("  %" PRId64 " kWh drawn, %" PRId64 " s beyond the breaker's rating\n",
           r->import_wh / 1000, r->overrun_s);
}

/* The command that shows it again, and last the invariant's name. */
static int say_broken(const request *q, const ohm_world_config *config, int64_t seed,
                      const ohm_world_result *r)
{
    char at[OHM_RFC3339_MAX];
    (void)ohm_rfc3339_write(r->broken_ms, at);
    int64_t days = (r->broken_ms - config->start_ms) / (24 * (int64_t)OHM_HOUR_MS) + 1;
    (void)fprintf(stderr,
                  "ohmstead: %s: broken at %s (to see it again: ohmstead simulate --world %s "
                  "--seed %" PRId64 " --days %" PRId64 ")\n%s\n",
                  q->file, at, q->file, seed, days, r->broken);
    return OHM_EXIT_FAILED;
}

/* As the journal of a daemon has it. */
static void print_action(void *ctx, const ohm_action *action)
{
    char json[OHM_ACTION_JSON_MAX];
    size_t len = 0;
    if (ohm_action_json(action, ctx, json, sizeof json, &len) == OHM_OK)
        printf("%.*s\n", (int)len, json);
}

/* --- the minutes ---------------------------------------------------------------------------- */

typedef struct trace {
    FILE *out;
    const ohm_engine_config *config;
} trace;

static bool trace_open(trace *t, const request *q, const ohm_engine_config *config)
{
    *t = (trace){ .config = config };
    if (!q->trace)
        return true;
    t->out = fopen(q->trace, "w");
    if (!t->out)
        return false;
    (void)fprintf(t->out, "time,base_1_w,base_2_w,base_3_w");
    for (uint16_t i = 0; i < config->loads_count; i++) {
        const char *id = config->loads[i].id;
        (void)fprintf(t->out, ",%s_wants_s,%s_served_s,%s_switched", id, id, id);
    }
    (void)fputc('\n', t->out);
    return true;
}

static void print_minute(void *ctx, const ohm_world_minute *m)
{
    const trace *t = ctx;
    char at[OHM_RFC3339_MAX];
    (void)ohm_rfc3339_write(m->utc_ms, at);
    (void)fprintf(t->out, "%s", at);
    for (int p = 0; p < 3; p++)
        (void)fprintf(t->out, ",%" PRId64, m->base_mj[p] / OHM_MINUTE_MS);
    for (uint16_t i = 0; i < t->config->loads_count; i++)
        (void)fprintf(t->out, ",%" PRId64 ",%" PRId64 ",%u", m->wants_ms[i] / OHM_SECOND_MS,
                      m->served_ms[i] / OHM_SECOND_MS, m->switched[i]);
    (void)fputc('\n', t->out);
}

static bool trace_close(const trace *t)
{
    return !t->out || fclose(t->out) == 0;
}

static int run_one(const request *q, ohm_world_config *config, int64_t seed)
{
    ohm_world *world = NULL;
    trace minutes;
    ohm_err err = ohm_world_new(config, (uint64_t)seed, &world);
    if (ohm_failed(err))
        return ohm_cmd_fail(q->file, err.what, NULL);
    if (!trace_open(&minutes, q, &config->engine)) {
        ohm_world_free(world);
        return ohm_cmd_fail(q->trace, "can't be written", "another place");
    }
    if (q->print)
        ohm_world_listen(world, print_action, &config->engine);
    if (minutes.out)
        ohm_world_trace(world, print_minute, &minutes);
    ohm_world_run(world, q->days);
    const ohm_world_result *r = ohm_world_result_of(world);
    int status = OHM_EXIT_OK;
    if (q->json)
        status = print_json(q, seed, r);
    else
        print_text(q, seed, r);
    (void)fflush(stdout);
    if (r->broken)
        status = say_broken(q, config, seed, r);
    ohm_world_free(world);
    if (!trace_close(&minutes))
        status = ohm_cmd_fail(q->trace, "can't be written", "room on the disk");
    return status;
}

static int run(const request *q)
{
    ohm_world_config config;
    if (ohm_world_build(q->file, &config) != OHM_OK)
        return OHM_EXIT_FAILED;
    if (q->calm) {
        config.faults = (ohm_world_faults){ 0 };
        config.tense_days = 0;
        config.unasked = true;
    }
    bool terminal = isatty(STDERR_FILENO) != 0;
    int status = OHM_EXIT_OK;
    for (int64_t i = 0; i < q->worlds && status == OHM_EXIT_OK; i++) {
        if (terminal && q->worlds > 1)
            (void)fprintf(stderr, "\rworld %" PRId64 " of %" PRId64 " ", i + 1, q->worlds);
        status = run_one(q, &config, q->seed + i);
    }
    return status;
}

/* --start asks for the laboratory. */
static bool is_lab(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--start") || !strncmp(argv[i], "--start=", 8))
            return true;
    return false;
}

int ohm_cmd_simulate(int argc, char **argv)
{
    if (is_lab(argc, argv))
        return ohm_cmd_lab(argc, argv);
    request q = { .seed = 1, .days = 365, .worlds = 1 };
    const ohm_option options[] = {
        { "--world", "FILE", &q.file, NULL, "the house, its people, and what goes wrong" },
        { "--seed", "N", &q.seed_text, NULL, "where all chance comes from (1)" },
        { "--days", "D", &q.days_text, NULL, "how long (365)" },
        { "--worlds", "K", &q.worlds_text, NULL, "so many, with the seeds from N on (1)" },
        { "--calm", NULL, NULL, &q.calm, "nothing goes wrong, no tense hour, nobody orders" },
        { "--trace", "FILE", &q.trace, NULL, "each minute of the (last) world, as CSV" },
        { "--json", NULL, NULL, &q.json, "what happened as a JSON object, a line a world" },
        { "--print", NULL, NULL, &q.print, "each action, a JSON object a line" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "simulate",
        .arguments = "",
        .about = "Runs the engine that sheds in a simulated house: appliances, a tank, heated\n"
                 "zones, a car, people, a meter with its breaker, relays, the grid, clocks, a\n"
                 "disk, and faults of each, all from one seed. After every event what must never\n"
                 "happen is looked for; if it did, the exit status is 1 and the invariant's name\n"
                 "the last line on stderr. tests/world/house.yaml is such a world.\n"
                 "With --start DAY it is the laboratory: what days in a house cost under\n"
                 "controllers, contracts and batteries (ohmstead simulate --start=? --help).",
        .options = options,
    };
    int status;
    if (ohm_options_read(&verb, argc, argv, NULL, &status) < 0)
        return status;
    if (!q.file)
        return ohm_cmd_usage("simulate", "--world FILE is missing", NULL);
    if (!read_number(q.seed_text, INT64_MAX - WORLDS_MAX, &q.seed))
        return ohm_cmd_usage("simulate", "not a seed (from 1 on):", q.seed_text);
    if (!read_number(q.days_text, DAYS_MAX, &q.days))
        return ohm_cmd_usage("simulate", "not a number of days (1 to 36525):", q.days_text);
    if (!read_number(q.worlds_text, WORLDS_MAX, &q.worlds))
        return ohm_cmd_usage("simulate", "not a number of worlds:", q.worlds_text);
    return run(&q);
}
