/* What only several registers together show: a main meter against its sub-meters, and phases that
 * were exchanged. The others are read hour by hour beside the register that is watched. */
#include <math.h>
#include <stdlib.h>

#include "cmd/daemon_watch.h"

enum { PHASES = 3, CURRENTS = 1 /* the second of `phases` below */ };
static const double nominal_v = 230;   /* of a phase: its current is told as a power */
static const double night_share = 0.1; /* of what panels give they draw that at most */

struct ohm_watch_beside {
    bool feeds_in; /* the main meter, at times: what is made behind it has to be measured too */
    double sum_wh[OHM_WATCH_BESIDE_MAX]; /* of each register, so far */
    ohm_leftover residue;
    ohm_swap swap;
};

/* An hour's values by the place of the register in job->beside; NAN: not known. */
typedef struct reading_of {
    ohm_watch_job *job;
    ohm_interval range;
    int part;
} reading_of;

static int hours_of(ohm_interval range)
{
    return (int)((range.to_ms - range.from_ms) / OHM_HOUR_MS);
}

static bool take_hour(void *ctx, const ohm_slice *slice)
{
    const reading_of *r = ctx;
    int hour = (int)((slice->from_ms - r->range.from_ms) / OHM_HOUR_MS);
    if (hour >= 0 && hour < hours_of(r->range))
        r->job->beside_w[r->part * hours_of(r->range) + hour] =
            ohm_watch_power_of(r->job->beside[r->part].quantity, slice);
    return !r->job->cancelled;
}

ohm_err ohm_watch_beside_read(ohm_watch_job *job, ohm_reader *reader, ohm_interval range)
{
    int hours = hours_of(range);
    free(job->beside_w);
    job->beside_w = NULL;
    job->beside_range = range;
    if (job->beside_count == 0 || hours <= 0)
        return ohm_ok();
    size_t cells = (size_t)job->beside_count * (size_t)hours;
    job->beside_w = malloc(cells * sizeof *job->beside_w);
    if (!job->beside_w)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    for (size_t i = 0; i < cells; i++)
        job->beside_w[i] = NAN;
    for (int part = 0; part < job->beside_count; part++) {
        reading_of r = { job, range, part };
        OHM_TRY(ohm_watch_read_hours(job, reader, job->beside[part].key, range, take_hour, &r));
    }
    return ohm_ok();
}

static double value_of(const ohm_watch_job *job, int part, ohm_ms hour_ms)
{
    int hours = hours_of(job->beside_range);
    int hour = (int)((hour_ms - job->beside_range.from_ms) / OHM_HOUR_MS);
    bool there = job->beside_w && hour_ms >= job->beside_range.from_ms && hour < hours;
    return there ? job->beside_w[part * hours + hour] : NAN;
}

/* The sum of what those of a role draw, less what they feed in; NAN: one of them is not known. */
static double sum_of(const ohm_watch_job *job, ohm_watch_role draws, ohm_watch_role feeds,
                     ohm_ms hour_ms)
{
    double sum = 0;
    for (int i = 0; i < job->beside_count; i++) {
        double w = job->beside[i].role == draws   ? value_of(job, i, hour_ms)
                   : job->beside[i].role == feeds ? -value_of(job, i, hour_ms)
                                                  : 0;
        sum += w;
    }
    return sum;
}

static int count_of(const ohm_watch_job *job, ohm_watch_role role)
{
    int count = 0;
    for (int i = 0; i < job->beside_count; i++)
        count += job->beside[i].role == role;
    return count;
}

static int find_role(const ohm_watch_job *job, ohm_watch_role role, int meter)
{
    for (int i = 0; i < job->beside_count; i++)
        if (job->beside[i].role == role && job->beside[i].meter == meter)
            return i;
    return -1;
}

/* What meters beside the main one make, W: of those that drew little of what they fed in so far.
 * NAN: one of them is not known. `ret_makers` counts them. */
static double made_w(const ohm_watch_job *job, ohm_ms hour_ms, int *ret_makers)
{
    ohm_watch_beside *b = job->series->beside;
    double made = 0;
    *ret_makers = 0;
    for (int i = 0; i < job->beside_count; i++) {
        double w = value_of(job, i, hour_ms);
        b->sum_wh[i] += isfinite(w) ? w : 0;
    }
    for (int i = 0; i < job->beside_count; i++) {
        if (job->beside[i].role != OHM_WATCH_BESIDE_EXPORT)
            continue;
        int draws = find_role(job, OHM_WATCH_BESIDE, job->beside[i].meter);
        if (!(b->sum_wh[i] > 0) || (draws >= 0 && b->sum_wh[draws] > night_share * b->sum_wh[i]))
            continue;
        made += value_of(job, i, hour_ms) - (draws >= 0 ? value_of(job, draws, hour_ms) : 0);
        ++*ret_makers;
    }
    return made;
}

/* What the panels give and the house takes at once passes no meter but theirs: it belongs to the
 * whole. Where the main meter feeds in, and neither one of its parts nor a meter beside it makes
 * anything, what is left over says nothing. */
static void step_residue(const ohm_watch_job *job, const ohm_detect_reading *main,
                         ohm_detect_news *told)
{
    ohm_watch_beside *b = job->series->beside;
    ohm_detect_reading whole = *main;
    whole.value += sum_of(job, OHM_WATCH_ROLES, OHM_WATCH_MAIN_EXPORT, main->time_ms);
    double parts = sum_of(job, OHM_WATCH_PART, OHM_WATCH_PART_EXPORT, main->time_ms);
    int makers;
    b->feeds_in = b->feeds_in || main->value - whole.value > 0;
    whole.value += made_w(job, main->time_ms, &makers);
    if (!b->feeds_in || count_of(job, OHM_WATCH_PART_EXPORT) > 0 || makers > 0)
        ohm_residue_step(&b->residue, &whole, parts, OHM_WATCH_SLOTS, told);
}

static void step_swap(const ohm_watch_job *job, const ohm_detect_reading *r, ohm_detect_news *told)
{
    double of[PHASES] = { NAN, NAN, NAN };
    for (int i = 0; i < job->beside_count; i++)
        for (int phase = 0; phase < PHASES; phase++)
            if (job->beside[i].role == (ohm_watch_role)(OHM_WATCH_PHASE_1 + phase))
                of[phase] = value_of(job, i, r->time_ms) *
                            (job->beside[i].rank == CURRENTS ? nominal_v : 1);
    ohm_swap_step(&job->series->beside->swap, r, of, OHM_WATCH_SLOTS, told);
}

void ohm_watch_beside_step(ohm_watch_job *job, const ohm_detect_reading *r, ohm_ms told_ms)
{
    ohm_detect_news told = { .count = 0 };
    if (!job->series->beside)
        return;
    if (count_of(job, OHM_WATCH_PART) > 0) {
        step_residue(job, r, &told);
        ohm_watch_news_take(job, &told, told_ms);
    }
    told.count = 0;
    if (count_of(job, OHM_WATCH_PHASE_1) > 0) {
        step_swap(job, r, &told);
        ohm_watch_news_take(job, &told, told_ms);
    }
}

bool ohm_watch_beside_begin(ohm_watch_job *job)
{
    ohm_watched *s = job->series;
    s->open &= ~(1u << OHM_DETECT_RESIDUE | 1u << OHM_DETECT_PHASE_SWAP);
    free(s->beside);
    s->beside = job->beside_count > 0 ? calloc(1, sizeof *s->beside) : NULL;
    s->beside_sum = job->beside_sum;
    return s->beside || job->beside_count == 0;
}

/* --- who stands beside whom ------------------------------------------------------------------- */

/* "site/zone/device/quantity": the device, and how much of the key stands before the quantity. */
static size_t device_of(const char *key, const char **ret_id, size_t *ret_id_len)
{
    const char *end = strrchr(key, '/'), *id = end;
    while (id > key && id[-1] != '/')
        id--;
    *ret_id = id;
    *ret_id_len = (size_t)(end - id);
    return (size_t)(end - key) + 1;
}

static bool is_device(const ohm_watch_job *job, int meter, const char *id, size_t len)
{
    const char *own = job->daemon->devices[meter].id;
    return strlen(own) == len && !strncmp(own, id, len);
}

/* Whether a device is a sub-meter of another one; a rest is what is compared, no part. Devices are
 * what they are from the start on: the worker may look. */
static bool is_part(const ohm_watch_job *job, int meter, const char *main, size_t main_len)
{
    int of = job->daemon->devices[meter].place.part_of;
    return of >= 0 && is_device(job, of, main, main_len) && !ohm_daemon_rest_of(job->daemon, meter);
}

/* Whether a device stands beside the site's main meter: it is measured by none of the others. */
static bool is_beside(const ohm_watch_job *job, int meter, const char *main, size_t main_len)
{
    const ohm_meter_place *place = &job->daemon->devices[meter].place;
    return job->series->is_main && !is_device(job, meter, main, main_len) && place->part_of < 0 &&
           place->source_of < 0 && !ohm_daemon_rest_of(job->daemon, meter);
}

/* Of which meter of the site a key is; -1: of none. */
static int meter_of(const ohm_watch_job *job, const char *key)
{
    const char *id;
    size_t len;
    (void)device_of(key, &id, &len);
    for (int i = 0; i < job->daemon->site->meters_count; i++)
        if (is_device(job, i, id, len))
            return i;
    return -1;
}

/* Of two registers of one role and meter the better one stays. */
static void offer(ohm_watch_job *job, const ohm_series_info *info, ohm_watch_role role, int meter,
                  int rank)
{
    ohm_watch_part *part = NULL;
    for (int i = 0; i < job->beside_count && !part; i++)
        if (job->beside[i].role == role && job->beside[i].meter == meter)
            part = &job->beside[i];
    if (part && part->rank <= rank)
        return;
    if (!part && job->beside_count == OHM_WATCH_BESIDE_MAX)
        return; /* some meter lacks then, and nothing is compared */
    if (!part)
        part = &job->beside[job->beside_count++];
    *part =
        (ohm_watch_part){ .quantity = info->quantity, .role = role, .meter = meter, .rank = rank };
    memcpy(part->key, info->key, sizeof part->key);
}

static const ohm_quantity_id phases[][PHASES] = {
    { OHM_Q_POWER_L1, OHM_Q_POWER_L2, OHM_Q_POWER_L3 },
    { OHM_Q_CURRENT_L1, OHM_Q_CURRENT_L2, OHM_Q_CURRENT_L3 },
};

static bool take_series(void *ctx, const ohm_series_info *info)
{
    ohm_watch_job *job = ctx;
    const char *own = job->series->key, *main;
    size_t main_len, prefix = device_of(own, &main, &main_len);
    int drawn = ohm_watch_rank(info->quantity, OHM_WATCH_DRAWN),
        fed_in = ohm_watch_rank(info->quantity, OHM_WATCH_FED_IN);
    if (strncmp(info->key, own, prefix) == 0 && !strchr(info->key + prefix, '/')) {
        for (int kind = 0; kind < 2; kind++)
            for (int phase = 0; phase < PHASES; phase++)
                if (info->quantity == phases[kind][phase])
                    offer(job, info, (ohm_watch_role)(OHM_WATCH_PHASE_1 + phase), -1, kind);
        if (fed_in >= 0 && job->series->quantity != OHM_Q_POWER)
            offer(job, info, OHM_WATCH_MAIN_EXPORT, -1, fed_in);
        return true;
    }
    int meter = drawn >= 0 || fed_in >= 0 ? meter_of(job, info->key) : -1;
    int rank = drawn >= 0 ? drawn : fed_in;
    if (meter >= 0 && is_part(job, meter, main, main_len))
        offer(job, info, drawn >= 0 ? OHM_WATCH_PART : OHM_WATCH_PART_EXPORT, meter, rank);
    else if (meter >= 0 && is_beside(job, meter, main, main_len))
        offer(job, info, drawn >= 0 ? OHM_WATCH_BESIDE : OHM_WATCH_BESIDE_EXPORT, meter, rank);
    return !job->cancelled;
}

static void remove_roles(ohm_watch_job *job, ohm_watch_role from, ohm_watch_role to)
{
    int kept = 0;
    for (int i = 0; i < job->beside_count; i++)
        if (job->beside[i].role < from || job->beside[i].role > to)
            job->beside[kept++] = job->beside[i];
    job->beside_count = kept;
}

/* Every sub-meter of the device has a register that counts what it draws. */
static bool are_all_there(const ohm_watch_job *job)
{
    const char *main;
    size_t main_len;
    int there = count_of(job, OHM_WATCH_PART), wanted = 0;
    (void)device_of(job->series->key, &main, &main_len);
    for (int i = 0; i < job->daemon->site->meters_count; i++)
        wanted += is_part(job, i, main, main_len);
    return wanted > 0 && there == wanted;
}

ohm_err ohm_watch_beside_find(ohm_watch_job *job, ohm_reader *reader)
{
    job->beside_count = 0;
    job->beside_sum = 0;
    if (!ohm_watch_is_drawn(job->series->quantity))
        return ohm_ok();
    OHM_TRY(ohm_reader_series(reader, take_series, job));
    if (!are_all_there(job))
        remove_roles(job, OHM_WATCH_MAIN_EXPORT, OHM_WATCH_BESIDE_EXPORT);
    if (count_of(job, OHM_WATCH_PHASE_1) + count_of(job, OHM_WATCH_PHASE_2) +
            count_of(job, OHM_WATCH_PHASE_3) !=
        PHASES)
        remove_roles(job, OHM_WATCH_PHASE_1, OHM_WATCH_PHASE_3);
    for (int i = 0; i < job->beside_count; i++)
        job->beside_sum = job->beside_sum * 31 + ohm_watch_hash(job->beside[i].key);
    return ohm_ok();
}
