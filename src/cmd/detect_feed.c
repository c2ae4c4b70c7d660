#include "cmd/detect_feed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "inout/name.h"

enum { STEPS_MAX = 20000000, DAY_MS = 86400000, STEP_MIN_MS = 300000 };

#define BIT(type) (1u << (type))

/* What is told of one column of each kind. */
static const struct {
    const char *name;
    unsigned types;
} kinds[OHM_FEED_KINDS] = {
    [OHM_FEED_LOAD] = { "load", ~0u },
    [OHM_FEED_PV] = { "pv", ~OHM_DETECT_OF_LOADS },
    [OHM_FEED_MACHINE] = { "machine", ~OHM_DETECT_OF_LOADS },
    [OHM_FEED_WATER] = { "water",
                         BIT(OHM_DETECT_GAP) | BIT(OHM_DETECT_STUCK) | BIT(OHM_DETECT_ROLLBACK) },
    [OHM_FEED_GAS] = { "gas",
                       BIT(OHM_DETECT_GAP) | BIT(OHM_DETECT_STUCK) | BIT(OHM_DETECT_ROLLBACK) },
};

ohm_feed_kind ohm_feed_kind_of(const char *name)
{
    int kind = 0;
    while (kind < OHM_FEED_KINDS && strcmp(kinds[kind].name, name) != 0)
        kind++;
    return (ohm_feed_kind)kind;
}

/* --- columns --------------------------------------------------------------------------------- */

static int find(const ohm_columns *columns, const char *path, const char *name,
                const ohm_column **out)
{
    *out = ohm_columns_take(columns, path, name);
    return *out ? OHM_EXIT_OK : OHM_EXIT_FAILED;
}

/* Names between commas, `most` of them. */
static int find_all(const ohm_columns *columns, const char *path, const char *names, int most,
                    const ohm_column **out, int *ret_count)
{
    *ret_count = 0;
    for (const char *at = names; at && *at;) {
        char name[OHM_FEED_NAMES_BYTES];
        size_t len = strcspn(at, ",");
        if (len >= sizeof name || *ret_count == most)
            return ohm_cmd_usage("detect", "too many columns:", names);
        memcpy(name, at, len);
        name[len] = '\0';
        int status = find(columns, path, name, &out[(*ret_count)++]);
        if (status != OHM_EXIT_OK)
            return status;
        at += len + (at[len] == ',');
    }
    return OHM_EXIT_OK;
}

/* What a value of a column is in W (of a name without a unit: W); energy is that of a row. */
static double watts_of(const char *name, ohm_ms row_ms)
{
    char folded[OHM_NAME_MAX];
    size_t len = ohm_name_fold(ohm_span_text(name), folded, sizeof folded);
    double an_hour = row_ms > 0 ? (double)OHM_HOUR_MS / (double)row_ms : 1;
    if (len >= 4 && strcmp(folded + len - 4, "_kwh") == 0)
        return 1000 * an_hour;
    if (len >= 3 && strcmp(folded + len - 3, "_wh") == 0)
        return an_hour;
    return ohm_columns_cut_unit(folded);
}

static void take_units(ohm_feed *f, ohm_ms row_ms)
{
    double own = watts_of(f->of->name, row_ms);
    for (int i = 0; i < f->parts_count; i++)
        f->parts_unit[i] = watts_of(f->parts[i]->name, row_ms) / own;
}

static int take_columns(ohm_feed *f, const char *path, const ohm_columns *columns)
{
    const ohm_feed_words *w = f->words;
    int count, status = find(columns, path, w->column, &f->of);
    const char *why = status == OHM_EXIT_OK ? ohm_columns_is_register(columns, f->of) : NULL;
    if (why)
        return ohm_cmd_fail(path, why, w->column);
    if (status == OHM_EXIT_OK && w->phases) {
        status = find_all(columns, path, w->phases, 3, f->phases, &count);
        if (status == OHM_EXIT_OK && count != 3)
            return ohm_cmd_usage("detect", "--phases takes three columns, not", w->phases);
    }
    if (status == OHM_EXIT_OK)
        status = find_all(columns, path, w->sub, OHM_FEED_PARTS_MAX, f->parts, &f->parts_count);
    if (status == OHM_EXIT_OK && w->irradiance)
        status = find(columns, path, w->irradiance, &f->light);
    if (status == OHM_EXIT_OK && w->temperature)
        status = find(columns, path, w->temperature, &f->outdoor);
    f->yield.kind = f->light         ? OHM_LIGHT_MEASURED
                    : f->plane.known ? OHM_LIGHT_CLEAR
                                     : OHM_LIGHT_NONE;
    return status;
}

/* Rows finer than five minutes are put together. */
static int take_step(ohm_feed *f, const char *path, const ohm_columns *columns)
{
    ohm_ms step_ms = ohm_columns_step_ms(columns);
    if (step_ms <= 0)
        return ohm_cmd_fail(path, "has too few rows to have a step", NULL);
    step_ms = step_ms < STEP_MIN_MS ? STEP_MIN_MS : step_ms;
    if (f->step_ms != 0 && step_ms != f->step_ms)
        return ohm_cmd_fail(path, "has another step than the history", NULL);
    take_units(f, ohm_columns_step_ms(columns));
    f->step_ms = step_ms;
    f->table.slots = (int)(DAY_MS / step_ms);
    if (DAY_MS % step_ms != 0 || ohm_detect_size(f->table.slots) == 0)
        return ohm_cmd_fail(path, "has steps that an hour is no multiple of, or longer ones",
                            "1 s to 60 min: 1, 5, 10, 15, 20, 30 min...");
    return OHM_EXIT_OK;
}

/* --- steps ----------------------------------------------------------------------------------- */

/* The rows of a step: [from, to), and how many there should be. */
typedef struct rows {
    size_t from, to;
    double whole;
} rows;

/* Their mean; NAN where fewer than half were measured. */
static double mean_of(const ohm_column *of, const rows *r)
{
    double sum = 0;
    int count = 0;
    for (size_t i = r->from; of && i < r->to; i++) {
        sum += isnan(of->values[i]) ? 0 : of->values[i];
        count += !isnan(of->values[i]);
    }
    return count > 0 && 2 * count >= r->whole ? sum / count : NAN;
}

static void tell(const ohm_feed *f, const ohm_detect_news *news, unsigned types)
{
    for (int i = 0; i < news->count; i++)
        if (news->alarm[i].end_ms != OHM_NO_MS && (types & BIT(news->alarm[i].type)) != 0)
            f->tell(f->to, &news->alarm[i]);
}

static void more(ohm_feed *f, const ohm_detect_reading *r, const rows *of)
{
    ohm_detect_news news;
    int slots = f->table.slots;
    if (f->words->phases) {
        const double phases[3] = { mean_of(f->phases[0], of), mean_of(f->phases[1], of),
                                   mean_of(f->phases[2], of) };
        ohm_swap_step(&f->swap, r, phases, slots, &news);
        tell(f, &news, ~0u);
    }
    if (f->parts_count > 0) {
        double parts = 0;
        for (int i = 0; i < f->parts_count; i++)
            parts += mean_of(f->parts[i], of) * f->parts_unit[i];
        ohm_residue_step(&f->residue, r, parts, slots, &news);
        tell(f, &news, ~0u);
    }
    if (f->kind == OHM_FEED_PV) {
        double light = f->light         ? mean_of(f->light, of)
                       : f->plane.known ? ohm_site_plane_clear(&f->plane, r->time_ms, f->step_ms)
                                        : NAN;
        if (f->light && f->plane.known)
            light = ohm_site_plane_light(&f->plane, r->time_ms, f->step_ms, light);
        ohm_yield_step(&f->yield, r, light, slots, &news);
        tell(f, &news, ~0u);
    } else if (f->kind == OHM_FEED_WATER || f->kind == OHM_FEED_GAS) {
        ohm_leak_step(&f->leak, r, slots, &news);
        tell(f, &news, ~0u);
    } else if (f->kind == OHM_FEED_MACHINE) {
        ohm_cycles_step(&f->cycles, r, mean_of(f->outdoor, of), slots, &news);
        tell(f, &news, ~0u);
    }
}

static void step(ohm_feed *f, ohm_ms time_ms, const rows *of)
{
    ohm_detect_news news;
    ohm_detect_reading reading = { .time_ms = time_ms, .value = mean_of(f->of, of) };
    reading.day = ohm_day_table_place(&f->table, time_ms, &reading.slot);
    f->steps++;
    f->measured += isfinite(reading.value);
    ohm_detect_outdoor(f->detect, mean_of(f->outdoor, of));
    ohm_detect_step(f->detect, &reading, &news);
    tell(f, &news, kinds[f->kind].types);
    more(f, &reading, of);
}

/* Every step between the first row and the last: one without a row was not measured. */
static int all_steps(ohm_feed *f, const char *path, const ohm_columns *columns, ohm_ms end_ms)
{
    ohm_ms file_ms = ohm_columns_step_ms(columns), first_ms = columns->time_ms[0];
    if (file_ms < f->step_ms)
        first_ms -= ((first_ms % f->step_ms) + f->step_ms) % f->step_ms;
    first_ms = f->next_ms == OHM_NO_MS ? first_ms : f->next_ms;
    ohm_ms last_ms = columns->time_ms[columns->rows - 1];
    if ((last_ms - first_ms) / f->step_ms > STEPS_MAX)
        return ohm_cmd_fail(path, "has too long a gap", "is a time wrong?");
    rows of = { 0, 0, (double)f->step_ms / (double)file_ms };
    for (ohm_ms at = first_ms; at <= last_ms && at < end_ms; at += f->step_ms) {
        for (of.from = of.to; of.from < columns->rows && columns->time_ms[of.from] < at;)
            of.from++;
        for (of.to = of.from; of.to < columns->rows && columns->time_ms[of.to] < at + f->step_ms;)
            of.to++;
        step(f, at, &of);
        f->next_ms = at + f->step_ms;
    }
    return OHM_EXIT_OK;
}

int ohm_feed_file(ohm_feed *f, const char *path, const ohm_columns *columns, ohm_ms end_ms)
{
    int status = take_columns(f, path, columns);
    if (status == OHM_EXIT_OK)
        status = take_step(f, path, columns);
    if (status == OHM_EXIT_OK && !f->detect) {
        void *memory = malloc(ohm_detect_size(f->table.slots));
        if (!memory)
            return ohm_cmd_fail("detect", "out of memory", NULL);
        f->detect = ohm_detect_create(f->table.slots, memory);
    }
    return status == OHM_EXIT_OK ? all_steps(f, path, columns, end_ms) : status;
}

void ohm_feed_end(ohm_feed *f)
{
    ohm_told *const told[] = { &f->residue.over,
                               &f->residue.off,
                               &f->yield.told,
                               &f->leak.slow,
                               &f->leak.burst,
                               &f->cycles.told[OHM_CYCLE_MEAN],
                               &f->cycles.told[OHM_CYCLE_POWER],
                               &f->cycles.told[OHM_CYCLE_STARTS] };
    ohm_detect_news news;
    ohm_detect_end(f->detect, f->next_ms, &news);
    tell(f, &news, kinds[f->kind].types);
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        ohm_told_end(told[i], f->next_ms, &news);
        tell(f, &news, ~0u);
    }
}

double ohm_feed_unit(const ohm_feed *f)
{
    if (f->kind == OHM_FEED_WATER || f->kind == OHM_FEED_GAS)
        return (double)f->table.slots / 24;
    return watts_of(f->words->column, f->step_ms) / 1000;
}
