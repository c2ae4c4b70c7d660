/* ohmstead simulate: a house with all that goes wrong in it, years in seconds, from one seed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "cmd/cmd.h"
#include "cmd/lab.h"
#include "cmd/options.h"
#include "cmd/verbs.h"
#include "cmd/world_build.h"
#include "cmd/world_sweep.h"
#include "engine/codec.h"
#include "host/random.h"

enum { DAYS_MAX = 36525, YEAR_DAYS = 365, WORLDS_MAX = 100000 };

/* So many to choose from that none comes twice, and short enough to be typed. */
static const uint64_t seeds_many = UINT64_C(1) << 48;

typedef struct request {
    const char *files[OHM_WORLD_FILES_MAX];
    int files_count;
    const char *seed_text, *days_text, *years_text, *worlds_text, *trace;
    int64_t seed, days, worlds;
    bool json, print, calm, counts;
} request;

static bool read_number(const char *text, int64_t most, int64_t *out)
{
    return !text ||
           (ohm_number_int(ohm_span_text(text), out) == OHM_OK && *out >= 1 && *out <= most);
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
    const char *path; /* NULL: none */
    bool print;       /* the actions */
    FILE *out;
    ohm_engine_config *config;
} trace;

static bool trace_open(trace *t)
{
    t->out = fopen(t->path, "w");
    if (!t->out)
        return false;
    (void)fprintf(t->out, "time,base_1_w,base_2_w,base_3_w");
    for (uint16_t i = 0; i < t->config->loads_count; i++) {
        const char *id = t->config->loads[i].id;
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

/* Of the one world that runs. */
static bool begin(void *ctx, ohm_world *world)
{
    trace *t = ctx;
    if (t->path && !trace_open(t)) {
        (void)ohm_cmd_fail(t->path, "can't be written", "another place");
        return false;
    }
    if (t->print)
        ohm_world_listen(world, print_action, t->config);
    if (t->out)
        ohm_world_trace(world, print_minute, t);
    return true;
}

static bool end(void *ctx)
{
    const trace *t = ctx;
    if (!t->out || fclose(t->out) == 0)
        return true;
    (void)ohm_cmd_fail(t->path, "can't be written", "room on the disk");
    return false;
}

/* --- what is asked -------------------------------------------------------------------------- */

static int read_numbers(request *q)
{
    int64_t years = 1;
    if (q->years_text && q->days_text)
        return ohm_cmd_usage("simulate", "--years and --days exclude each other", NULL);
    if (!read_number(q->years_text, DAYS_MAX / YEAR_DAYS, &years))
        return ohm_cmd_usage("simulate", "not a number of years (1 to 100):", q->years_text);
    q->days = years * YEAR_DAYS;
    if (!read_number(q->days_text, DAYS_MAX, &q->days))
        return ohm_cmd_usage("simulate", "not a number of days (1 to 36525):", q->days_text);
    q->worlds = q->files_count;
    if (!read_number(q->worlds_text, WORLDS_MAX, &q->worlds))
        return ohm_cmd_usage("simulate", "not a number of worlds (1 to 100000):", q->worlds_text);
    if (q->worlds < q->files_count)
        return ohm_cmd_usage("simulate", "fewer worlds than files:", q->worlds_text);
    uint64_t chance;
    ohm_random(&chance, sizeof chance);
    q->seed = (int64_t)(chance % seeds_many) + 1;
    if (!read_number(q->seed_text, INT64_MAX - WORLDS_MAX, &q->seed))
        return ohm_cmd_usage("simulate", "not a seed (from 1 on):", q->seed_text);
    if (q->worlds > 1 && (q->trace || q->print))
        return ohm_cmd_usage("simulate", "is of one world:", q->trace ? "--trace" : "--print");
    return OHM_EXIT_OK;
}

static int run(const request *q)
{
    int status = OHM_EXIT_OK;
    ohm_world_config *configs = calloc((size_t)q->files_count, sizeof *configs);
    if (!configs)
        return ohm_cmd_fail("simulate", "out of memory", NULL);
    for (int i = 0; i < q->files_count && status == OHM_EXIT_OK; i++) {
        if (ohm_world_build(q->files[i], &configs[i]) != OHM_OK)
            status = OHM_EXIT_FAILED;
        if (!q->calm)
            continue;
        configs[i].faults = (ohm_world_faults){ 0 };
        configs[i].tense_days = 0;
        configs[i].unasked = true;
    }
    trace minutes = { .path = q->trace, .print = q->print, .config = &configs[0].engine };
    const ohm_world_sweep sweep = { .files = q->files,
                                    .files_count = q->files_count,
                                    .configs = configs,
                                    .seed = q->seed,
                                    .days = q->days,
                                    .worlds = q->worlds,
                                    .json = q->json,
                                    .each = q->worlds == 1,
                                    .counts = q->counts,
                                    .begin = begin,
                                    .end = end,
                                    .ctx = &minutes };
    if (status == OHM_EXIT_OK)
        status = ohm_world_sweep_run(&sweep);
    free(configs);
    return status;
}

/* What only the laboratory has asks for it. */
static bool is_lab(int argc, char **argv)
{
    static const char *const its[] = { "--start", "--end",    "--mode", "--weather", "--tariff",
                                       "--vary",  "--out",    "--html", "--output",  "--load",
                                       "--plan",  "--device", "--reset" };
    for (int i = 1; i < argc; i++)
        for (size_t k = 0; k < sizeof its / sizeof *its; k++)
            if (!strncmp(argv[i], its[k], strlen(its[k])) &&
                (argv[i][strlen(its[k])] == '\0' || argv[i][strlen(its[k])] == '='))
                return true;
    return false;
}

int ohm_cmd_simulate(int argc, char **argv)
{
    if (is_lab(argc, argv))
        return ohm_cmd_lab(argc, argv);
    request q = { 0 };
    const ohm_option_list lists[] = {
        { "--world", "FILE", q.files, OHM_WORLD_FILES_MAX, &q.files_count,
          "a house, its people, and what goes wrong; several take turns" },
        { 0 },
    };
    const ohm_option options[] = {
        { "--worlds", "K", &q.worlds_text, NULL, "so many, on all cores (one of each file)" },
        { "--seed", "N", &q.seed_text, NULL, "of the first; the next have N + 1, … (fresh ones)" },
        { "--days", "D", &q.days_text, NULL, "how long (365)" },
        { "--years", "Y", &q.years_text, NULL, "the same, in years of 365 days" },
        { "--calm", NULL, NULL, &q.calm, "nothing goes wrong, no tense hour, nobody orders" },
        { "--trace", "FILE", &q.trace, NULL, "each minute of one world, as CSV" },
        { "--faults", NULL, NULL, &q.counts, "what happened how often in a world-year" },
        { "--json", NULL, NULL, &q.json, "a JSON object a world, and one of all of them" },
        { "--print", NULL, NULL, &q.print, "each action of one world, a JSON object a line" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "simulate",
        .arguments = "",
        .about = "Runs the engine that sheds in a simulated house: appliances, a tank, heated\n"
                 "zones, a car, people, a meter with its breaker, relays, the grid, clocks, a\n"
                 "disk, and faults of each, all from one seed. After every event what must never\n"
                 "happen is looked for; if it did, the exit status is 1 and the invariant's name\n"
                 "the last line on stderr, after the command that shows it again. Without --seed\n"
                 "the seeds are ones that nobody has seen, and are told. Ctrl-C ends it with what\n"
                 "was done so far. tests/world/house.yaml is such a world.\n"
                 "With --start DAY it is the laboratory: what days in a house cost under\n"
                 "controllers, contracts and batteries (ohmstead simulate --start=? --help).",
        .options = options,
        .lists = lists,
    };
    int status;
    if (ohm_options_read(&verb, argc, argv, NULL, &status) < 0)
        return status;
    if (q.files_count == 0)
        return ohm_cmd_usage("simulate", "--world FILE is missing", NULL);
    status = read_numbers(&q);
    return status == OHM_EXIT_OK ? run(&q) : status;
}
