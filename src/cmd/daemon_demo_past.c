/* The months before the demo's first day, so that a visitor finds bills, forecasts and alarms as a
 * site has them: the same house, lived on a worker beside the daemon, and stored as an import is.
 * Three things went wrong in it; what is told of them is what the ordinary detection finds. Of its
 * last four weeks the zone's twin is told what it would have counted. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/daemon_demo.h"
#include "cmd/twin_past.h"
#include "host/fault_stack.h"
#include "host/log.h"
#include "store/history.h"

enum {
    DAYS = 120, /* slow changes are told after 84 */
    TWIN_DAYS = 28,
    EVERY_MS = 15 * OHM_MINUTE_MS,
    SAMPLES_MAX = (DAYS + 1) * 24 * 4, /* a day may have 25 hours */
};

static const char mark_key[] = "demo.past";

/* The main meter's totals; powers are the mean of the quarter of an hour. */
static const ohm_quantity_id kept[] = {
    OHM_Q_POWER_IMPORT,     OHM_Q_POWER_EXPORT,     OHM_Q_ENERGY_IMPORT,
    OHM_Q_ENERGY_IMPORT_T1, OHM_Q_ENERGY_IMPORT_T2, OHM_Q_ENERGY_EXPORT,
};
enum { KEPT = sizeof kept / sizeof *kept };
_Static_assert((int)KEPT *SAMPLES_MAX <= OHM_HISTORY_POINTS_MAX, "one call");

/* What the house does not do by itself: on those days before the demo's first one, in those local
 * hours. */
typedef struct mishap {
    int first_day, last_day, from_hour, to_hour;
    int more_w; /* drawn; 0: the meter is not heard */
} mishap;
static const mishap mishaps[] = {
    { 31, 19, 0, 24, 140 }, /* an old freezer, until it was replaced */
    { 12, 12, 9, 16, 0 },   /* the reading head had fallen off */
    { 5, 4, 21, 24, 1800 }, /* the workshop's heater, left on for two nights */
    { 4, 3, 0, 7, 1800 },
};

struct ohm_demo_past {
    uv_work_t work;
    ohm_daemon *daemon;
    char path[OHM_PATH_MAX];
    char key[KEPT][OHM_SERIES_KEY_MAX];
    ohm_tz tz;
    ohm_house first; /* as the first day's midnight finds it: the registers lead to there */
    ohm_ms start_ms; /* of this run */
    ohm_twin_past twin;
    ohm_err err;
    ohm_history_counts counts;
    atomic_bool stop;
    bool busy, gone; /* gone: nobody waits, it frees itself */
};

/* The mishap of an instant; NULL: none. */
static const mishap *mishap_at(const ohm_demo_past *p, ohm_ms at_ms)
{
    ohm_civil at = ohm_civil_from_utc(&p->tz, at_ms);
    ohm_civil first = ohm_civil_from_utc(&p->tz, p->first.time_ms);
    int day = (int)(ohm_days_from_date(first.date) - ohm_days_from_date(at.date));
    for (size_t i = 0; i < sizeof mishaps / sizeof *mishaps; i++) {
        const mishap *m = &mishaps[i];
        if (day <= m->first_day && day >= m->last_day && at.hour >= m->from_hour &&
            at.hour < m->to_hour)
            return m;
    }
    return NULL;
}

/* What the zone's twin would have seen, a minute at a time. */
static void see(void *ctx, const ohm_house *h)
{
    ohm_demo_past *p = ctx;
    const ohm_twin_now now = { .indoor_c = h->indoor_c,
                               .outdoor_c = h->outdoor_c,
                               .heat_w = h->load_w[OHM_HOUSE_HEATING],
                               .sun_w = h->solar_w };
    ohm_twin_add(&p->twin, h->time_ms, OHM_DEMO_SAMPLE_MS, &now);
}

/* The registers of `kept`, in mJ, from the first one on. */
enum { REGISTERS = 4, REGISTERS_FROM = KEPT - REGISTERS };

static void registers_of(const ohm_house *h, int64_t out[static REGISTERS])
{
    const int64_t mj[REGISTERS] = { h->import_mj, h->import_t1_mj, h->import_t2_mj, h->export_mj };
    for (int i = 0; i < REGISTERS; i++)
        out[i] = mj[i];
}

/* A quarter of an hour of it; what it draws more counts in the rate that is in force. */
static void live_on(ohm_demo_past *p, ohm_house *h, const mishap *m)
{
    static const bool all[OHM_HOUSE_LOADS] = { true, true, true, true };
    bool off_peak = h->off_peak;
    bool seen = h->time_ms >= p->first.time_ms - TWIN_DAYS * 24 * (ohm_ms)OHM_HOUR_MS;
    if (seen)
        ohm_house_live(h, &p->tz, h->time_ms + EVERY_MS, OHM_DEMO_SAMPLE_MS, see, p);
    else
        ohm_house_step(h, &p->tz, h->time_ms + EVERY_MS, all);
    int64_t more_mj = m ? (int64_t)m->more_w * EVERY_MS : 0;
    h->import_mj += more_mj;
    *(off_peak ? &h->import_t2_mj : &h->import_t1_mj) += more_mj;
}

/* The house until the first day; returns how many samples `points` has of each of `kept`. */
static size_t live(ohm_demo_past *p, ohm_point (*points)[SAMPLES_MAX])
{
    ohm_house h;
    int64_t before[REGISTERS], now[REGISTERS], end[REGISTERS];
    size_t n = 0;
    ohm_ms noon_ms = p->first.time_ms + 12 * OHM_HOUR_MS - DAYS * 24 * (ohm_ms)OHM_HOUR_MS;
    ohm_house_init(&h, p->first.seed, ohm_civil_day(&p->tz, noon_ms).from_ms);
    registers_of(&h, before);
    while (h.time_ms < p->first.time_ms && n < SAMPLES_MAX && !atomic_load(&p->stop)) {
        const mishap *m = mishap_at(p, h.time_ms);
        live_on(p, &h, m);
        registers_of(&h, now);
        int64_t drawn_w = (now[0] - before[0]) / EVERY_MS;
        int64_t fed_w = (now[REGISTERS - 1] - before[REGISTERS - 1]) / EVERY_MS;
        registers_of(&h, before);
        if (m && m->more_w == 0)
            continue;
        const int64_t values[KEPT] = { drawn_w, fed_w, now[0], now[1], now[2], now[3] };
        for (int i = 0; i < KEPT; i++)
            points[i][n] = (ohm_point){ h.time_ms, values[i], OHM_QUALITY_GOOD };
        n++;
    }
    /* The first day begins with what its house says: the past leads there, without its last
     * reading, which is that one. */
    registers_of(&p->first, end);
    for (size_t k = 0; k < n; k++)
        for (int i = 0; i < REGISTERS; i++) {
            int64_t *mj = &points[REGISTERS_FROM + i][k].value;
            *mj = ohm_house_wh(end[i] - (now[i] - *mj));
        }
    return n > 0 && !atomic_load(&p->stop) ? n - 1 : 0;
}

static ohm_err store(ohm_demo_past *p, ohm_point (*points)[SAMPLES_MAX], size_t n)
{
    ohm_history_run runs[KEPT];
    ohm_history *history;
    const ohm_history_options options = { .path = p->path };
    for (int i = 0; i < KEPT; i++)
        runs[i] = (ohm_history_run){ p->key[i], points[i], n };
    OHM_TRY(ohm_history_open(&options, &history));
    ohm_err err = ohm_history_add(history, runs, KEPT, mark_key, "made", &p->counts);
    ohm_history_close(history);
    return err;
}

/* A demo has one past, however often it is started. */
static bool is_there(const ohm_demo_past *p)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    ohm_reader *reader;
    bool there = ohm_failed(ohm_reader_open(p->path, &reader));
    if (!there) {
        there = !ohm_failed(ohm_reader_get(reader, mark_key, &bytes, &len));
        ohm_reader_close(reader);
    }
    free(bytes);
    return there;
}

static void work(uv_work_t *request)
{
    ohm_demo_past *p = request->data;
    ohm_fault_stack();
    p->err = ohm_ok();
    if (is_there(p))
        return;
    ohm_house today = p->first;
    ohm_point(*points)[SAMPLES_MAX] = malloc(KEPT * sizeof *points);
    if (!points)
        p->err = ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    size_t n = points ? live(p, points) : 0;
    if (n > 0)
        p->err = store(p, points, n);
    free(points);
    if (!ohm_failed(p->err) && !atomic_load(&p->stop))
        ohm_house_live(&today, &p->tz, p->start_ms, OHM_DEMO_SAMPLE_MS, see, p);
}

static void worked(uv_work_t *request, int status)
{
    ohm_demo_past *p = request->data;
    p->busy = false;
    if (status == 0 && ohm_failed(p->err))
        ohm_log(OHM_LOG_WARNING, "demo: its past is not stored why=\"%s\"", p->err.what);
    if (p->gone)
        free(p);
    else if (status == 0 && p->counts.added > 0) {
        ohm_daemon_watch_soon(p->daemon);
        ohm_daemon_twins_past(p->daemon, 0, &p->twin);
    }
}

void ohm_demo_past_start(ohm_daemon *d, const ohm_house *first, ohm_ms start_ms)
{
    ohm_demo_past *p = calloc(1, sizeof *p);
    if (!p) {
        ohm_log(OHM_LOG_WARNING, "demo: its past is not made: out of memory");
        return;
    }
    const ohm_daemon_device *main = &d->devices[d->config->main_device];
    (void)snprintf(p->path, sizeof p->path, "%s", d->store_path);
    for (int i = 0; i < KEPT; i++)
        (void)snprintf(p->key[i], sizeof p->key[i], "%s/%s/%s/%s", d->site->id, main->zone,
                       main->id, ohm_quantity_get(kept[i])->name);
    p->tz = d->config->tz;
    p->first = *first;
    p->start_ms = start_ms;
    p->work.data = p;
    p->daemon = d;
    d->demo_past = p;
    p->busy = uv_queue_work(&d->loop, &p->work, work, worked) == 0;
}

void ohm_demo_past_stop(ohm_daemon *d)
{
    ohm_demo_past *p = d->demo_past;
    d->demo_past = NULL;
    if (!p)
        return;
    atomic_store(&p->stop, true);
    p->gone = p->busy;
    if (!p->busy)
        free(p);
}
