/* The daemon watches its registers: a forecast and a detector for each, fed with the hours of the
 * store on a worker, one register a turn, never on the loop. A long turn has a second for itself;
 * of short ones up to eight follow one another.
 *
 * The first 64, the main meter's before all, stay in memory and are stepped every hour; of the
 * others the state is in the store, and they are stepped once a day. A state that is not there, is
 * another version's, or whose past was changed is learnt anew from the readings, in bites. */
#include <stdlib.h>

#include "cmd/daemon_watch.h"
#include "host/clock.h"
#include "host/fault_stack.h"
#include "host/file.h"
#include "host/log.h"

enum {
    LATE_MS = 5 * 60000,   /* after an hour, or a day, its readings are committed */
    AGAIN_MS = 10 * 60000, /* an hour that is not whole is looked at again */
    LIST_MS = 3600000,
    FAILED_MS = 60000,
    TURN_MS = 900, /* the tick is a second's */
    SHORT_MS = 60,
    BURST = 8,
    BEGUN_MS = -1, /* due before all that has not begun */
    FRENCH_FROM = 1990,
    FRENCH_TO = 2100,
};

/* --- registers -------------------------------------------------------------------------------- */

static bool is_main(const ohm_daemon_watch *w, const char *key)
{
    return !strncmp(key, w->main_key, strlen(w->main_key));
}

static void watched_free(ohm_watched *s)
{
    free(s->beside);
    free(s->cycles);
    free(s->said_quarters);
    free(s->state);
    free(s);
}

static void drop(ohm_daemon_watch *w, int at)
{
    ohm_watched *s = w->series[at];
    pthread_mutex_lock(&w->lock);
    w->count--;
    for (int i = at; i < w->count; i++)
        w->series[i] = w->series[i + 1];
    pthread_mutex_unlock(&w->lock);
    watched_free(s);
}

static bool is_known(const ohm_daemon_watch *w, const char *key)
{
    for (int i = 0; i < w->count; i++)
        if (!strcmp(w->series[i]->key, key))
            return true;
    return false;
}

/* The machine that a register of what is drawn feeds alone: "site/zone/device/quantity". */
static ohm_site_machine machine_of(const ohm_daemon_watch *w, const ohm_watched *s)
{
    const ohm_daemon *d = w->daemon;
    const char *end = strrchr(s->key, '/');
    for (uint16_t i = 0; i < d->site->meters_count && s->kind == OHM_WATCH_DRAWN; i++) {
        size_t len = strlen(d->devices[i].id);
        if (end && (size_t)(end - s->key) > len && end[-(ptrdiff_t)len - 1] == '/' &&
            !strncmp(end - len, d->devices[i].id, len))
            return d->devices[i].machine;
    }
    return OHM_MACHINE_NONE;
}

static void add(ohm_daemon_watch *w, const ohm_series_info *info)
{
    ohm_watched *s = w->count < OHM_WATCH_SERIES_MAX ? calloc(1, sizeof *s) : NULL;
    if (!s)
        return; /* seen again with the next list */
    memcpy(s->key, info->key, sizeof s->key);
    s->quantity = info->quantity;
    s->kind = ohm_watch_kind_of(info->quantity);
    s->machine = machine_of(w, s);
    s->is_main = is_main(w, s->key);
    s->through_ms = OHM_NO_MS;
    int at = w->count;
    if (s->is_main)
        for (at = 0; at < w->count && is_main(w, w->series[at]->key); at++) {
        }
    pthread_mutex_lock(&w->lock);
    for (int i = w->count; i > at; i--)
        w->series[i] = w->series[i - 1];
    w->series[at] = s;
    w->count++;
    pthread_mutex_unlock(&w->lock);
}

/* Registers that are not there any more were erased or renamed: nothing of them stays. */
static void reconcile(ohm_daemon_watch *w, const ohm_watch_job *job)
{
    for (int i = w->count - 1; i >= 0; i--) {
        bool there = false;
        for (int k = 0; k < job->found_count && !there; k++)
            there = !strcmp(job->found[k].key, w->series[i]->key);
        if (!there)
            drop(w, i);
    }
    for (int k = 0; k < job->found_count; k++)
        if (!is_known(w, job->found[k].key))
            add(w, &job->found[k]);
    for (int i = 0; i < job->stale_count; i++)
        if (ohm_store_put(w->daemon->store, job->stale[i], (ohm_span){ NULL, 0 }) != OHM_OK)
            break; /* with the next list */
    ohm_daemon_alarms_listed(w->alarms, job);
    if (job->cut > w->cut)
        ohm_log(OHM_LOG_WARNING, "registers not watched count=%d most=%d", job->cut,
                OHM_WATCH_SERIES_MAX);
    w->cut = job->cut;
    w->listed_ms = job->now_ms;
}

/* --- turns ------------------------------------------------------------------------------------ */

static bool stays(const ohm_daemon_watch *w, const ohm_watched *s)
{
    for (int i = 0; i < w->count && i < OHM_WATCH_KEPT_MAX; i++)
        if (w->series[i] == s)
            return true;
    return false;
}

static ohm_ms next_due(const ohm_daemon_watch *w, const ohm_watch_job *job)
{
    ohm_ms now_ms = job->now_ms;
    if (job->more)
        return BEGUN_MS; /* it holds a state: through with it before another one begins */
    if (job->waits)
        return now_ms + AGAIN_MS;
    if (stays(w, job->series))
        return job->series->through_ms + OHM_HOUR_MS + LATE_MS;
    return ohm_civil_day(job->tz, now_ms).to_ms + 2 * OHM_HOUR_MS;
}

/* All that was told before was looked at. */
static void tell_judged(const ohm_daemon_watch *w)
{
    ohm_ms judged_ms = INT64_MAX;
    for (int i = 0; i < w->count; i++) {
        if (!w->series[i]->caught_up)
            return;
        if (w->series[i]->through_ms < judged_ms)
            judged_ms = w->series[i]->through_ms;
    }
    if (judged_ms != INT64_MAX)
        ohm_daemon_alarms_judged(w->alarms, judged_ms);
}

static void committed(void *ctx, ohm_err result)
{
    (void)ctx;
    (void)result; /* a disk that refuses is told by on_health */
}

/* At once: a state is large, and would lie in the store's queue for a minute. */
static void save(ohm_daemon *d, ohm_watched *s, const ohm_watch_job *job)
{
    if (ohm_store_put(d->store, job->saved_key, ohm_span_of(job->saved, job->saved_len)) != OHM_OK)
        s->saved_ms = 0; /* with the next hour */
    else if (ohm_store_commit(d->store, committed, NULL) != OHM_OK)
        ohm_log(OHM_LOG_DEBUG, "watch: a state goes with the next commit");
}

static void take_series(ohm_daemon_watch *w, ohm_watch_job *job)
{
    ohm_daemon *d = w->daemon;
    ohm_watched *s = job->series;
    ohm_daemon_alarms_take(w->alarms, job, job->now_ms);
    if (job->code != OHM_OK) {
        if (job->code != OHM_UNKNOWN && job->code != OHM_BUSY)
            ohm_log(OHM_LOG_WARNING, "register not watched which=%s why=%s", s->key,
                    ohm_code_name(job->code));
        s->due_ms = job->now_ms + FAILED_MS;
        w->listed_ms = job->code == OHM_UNKNOWN ? OHM_NO_MS : w->listed_ms;
        return;
    }
    s->due_ms = next_due(w, job);
    s->caught_up = !job->more;
    s->anew = s->anew && job->more;
    if (job->said.there) {
        pthread_mutex_lock(&w->lock);
        s->said = job->said;
        free(s->said_quarters);
        s->said_quarters = job->said_quarters;
        job->said_quarters = NULL;
        pthread_mutex_unlock(&w->lock);
    }
    if (job->saved)
        save(d, s, job);
    tell_judged(w);
}

static void job_free(ohm_watch_job *job)
{
    if (job) {
        free(job->found);
        free(job->asked);
        free(job->taught);
        free(job->saved);
        free(job->beside_w);
        free(job->quarters_w);
        free(job->said_quarters);
        free(job);
    }
}

static void work(uv_work_t *request)
{
    ohm_daemon_watch *w = request->data;
    ohm_mono_ms begun = ohm_clock_mono();
    ohm_fault_stack();
    ohm_watch_work(w->job);
    w->job->took_ms = ohm_mono_since(ohm_clock_mono(), begun);
}

static void turn(ohm_daemon_watch *w);

static void worked(uv_work_t *request, int status)
{
    ohm_daemon_watch *w = request->data;
    ohm_watch_job *job = w->job;
    w->job = NULL;
    if (status != 0 || job->cancelled || w->daemon->stopping) {
        job_free(job);
        return;
    }
    if (job->task == OHM_WATCH_SERIES)
        take_series(w, job);
    else if (job->code == OHM_OK)
        reconcile(w, job);
    else
        w->listed_ms = job->now_ms - LIST_MS + FAILED_MS;
    bool brief = job->took_ms < SHORT_MS;
    job_free(job);
    if (brief && w->burst++ < BURST)
        turn(w);
}

/* Quarter-hours are asked for, and this one has them or may have. */
static bool may_have_quarters(const ohm_daemon_watch *w, const ohm_watched *s)
{
    const ohm_site *site = w->daemon->site;
    int count = 0;
    for (int i = 0; i < w->count; i++)
        count += w->series[i]->quarters;
    return !strcmp(ohm_site_forecast_steps[site->forecast_step], "15m") && s && stays(w, s) &&
           (s->quarters || count < OHM_WATCH_QUARTERS_MAX);
}

static void begin(ohm_daemon_watch *w, ohm_watch_task task, ohm_watched *series, ohm_ms now_ms)
{
    ohm_daemon *d = w->daemon;
    ohm_watch_job *job = calloc(1, sizeof *job);
    if (!job)
        return; /* in a second */
    job->task = task;
    job->tz = &d->config->tz;
    job->daemon = d;
    job->holidays = &w->holidays;
    job->now_ms = now_ms;
    job->series = series;
    job->keep = series && stays(w, series);
    job->with_quarters = may_have_quarters(w, series);
    job->with_weather = ohm_watch_weather_helps(w);
    job->weather = w->weather;
    job->said_day = OHM_WATCH_NO_DAY;
    ohm_watch_plane_of(d->site, &job->plane);
    (void)snprintf(job->store_path, sizeof job->store_path, "%s", d->store_path);
    (void)snprintf(job->site, sizeof job->site, "%s", d->site->id);
    (void)snprintf(job->main_key, sizeof job->main_key, "%s", w->main_key);
    job->zone = ohm_watch_hash(d->site->timezone);
    bool ready = task == OHM_WATCH_SERIES && ohm_daemon_alarms_normal(w->alarms, job);
    if (task == OHM_WATCH_LIST) {
        job->found = calloc(OHM_WATCH_SERIES_MAX, sizeof *job->found);
        ready = job->found && ohm_daemon_alarms_ask(w->alarms, job);
    }
    w->job = job;
    w->work.data = w;
    if (!ready || uv_queue_work(&d->loop, &w->work, work, worked) != 0) {
        job_free(job);
        w->job = NULL;
    }
}

/* Whose turn it is; NULL: nobody's. Who was due first goes first. */
static ohm_watched *next_series(const ohm_daemon_watch *w, ohm_ms now_ms)
{
    ohm_watched *next = NULL;
    for (int i = 0; i < w->count; i++)
        if (w->series[i]->due_ms <= now_ms && (!next || w->series[i]->due_ms < next->due_ms))
            next = w->series[i];
    return next;
}

/* The wall clock went back: what is due later than it can be is due now. */
static void watch_clock(ohm_daemon_watch *w, ohm_ms now_ms)
{
    ohm_ms most_ms = now_ms + 2 * 24 * OHM_HOUR_MS;
    ohm_daemon_alarms_clock(w->alarms, now_ms); /* the book may be of before a restart */
    if (w->listed_ms > now_ms)
        w->listed_ms = OHM_NO_MS;
    for (int i = 0; i < w->count; i++) {
        ohm_watched *s = w->series[i];
        if (s->through_ms != OHM_NO_MS && s->through_ms > now_ms) {
            s->due_ms = now_ms; /* its job sees that it is ahead, and learns anew */
        } else if (s->due_ms > most_ms) {
            s->due_ms = now_ms;
        }
    }
}

/* What people called normal is learnt now, not in an hour or a day. */
static void hear(ohm_daemon_watch *w, ohm_ms now_ms)
{
    char series[OHM_ALARM_SERIES_MAX];
    while (ohm_daemon_alarms_answered(w->alarms, series))
        for (int i = 0; i < w->count; i++)
            if (!strcmp(w->series[i]->key, series) && w->series[i]->due_ms > now_ms)
                w->series[i]->due_ms = now_ms;
}

/* The past has changed: all of it is looked at now. */
static void look_again(ohm_daemon_watch *w, ohm_ms now_ms)
{
    w->soon = false;
    w->listed_ms = OHM_NO_MS;
    for (int i = 0; i < w->count; i++)
        if (w->series[i]->due_ms > now_ms)
            w->series[i]->due_ms = now_ms;
}

static void turn(ohm_daemon_watch *w)
{
    ohm_ms now_ms = ohm_clock_utc();
    if (!ohm_clock_plausible(now_ms))
        return;
    if (w->soon)
        look_again(w, now_ms);
    watch_clock(w, now_ms);
    hear(w, now_ms);
    ohm_watch_weather_tick(w, now_ms);
    if (w->listed_ms == OHM_NO_MS || now_ms - w->listed_ms >= LIST_MS) {
        begin(w, OHM_WATCH_LIST, NULL, now_ms);
        return;
    }
    ohm_watched *series = next_series(w, now_ms);
    if (series)
        begin(w, OHM_WATCH_SERIES, series, now_ms);
}

void ohm_daemon_watch_tick(ohm_daemon *d)
{
    ohm_daemon_watch *w = d->watch;
    ohm_mono_ms mono = ohm_clock_mono();
    if (!w || w->job || d->stopping || ohm_mono_since(mono, w->turned) < TURN_MS)
        return;
    w->turned = mono;
    w->burst = 0;
    turn(w);
}

void ohm_daemon_watch_soon(ohm_daemon *d)
{
    if (d->watch)
        d->watch->soon = true;
}

/* --- its life --------------------------------------------------------------------------------- */

/* `check` reads the file as well; one that went away since is told, and nothing else. */
static void know_holidays(ohm_daemon_watch *w)
{
    const ohm_site *site = w->daemon->site;
    uint8_t *bytes = NULL;
    size_t len = 0;
    if (site->closures[0]) {
        ohm_err err = ohm_file_read(site->closures, OHM_CLOSURES_BYTES_MAX, &bytes, &len);
        if (!ohm_failed(err))
            err = ohm_holidays_parse(ohm_span_of(bytes, len), &w->holidays);
        if (ohm_failed(err))
            ohm_log(OHM_LOG_ERROR, "closures not readable file=%s why=\"%s\"", site->closures,
                    err.what);
        free(bytes);
    }
    bool french = !strcmp(ohm_site_holidays[site->holidays], "fr");
    for (int year = FRENCH_FROM; french && year < FRENCH_TO; year++)
        if (ohm_failed(ohm_holidays_french(year, &w->holidays)))
            break; /* a list of thousands of days is the site's own */
}

ohm_err ohm_daemon_watch_start(ohm_daemon *d, ohm_reader *reader)
{
    ohm_daemon_watch *w = calloc(1, sizeof *w);
    if (!w)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    w->daemon = d;
    w->listed_ms = OHM_NO_MS;
    const ohm_daemon_device *main = &d->devices[d->config->main_device];
    (void)snprintf(w->main_key, sizeof w->main_key, "%s/%s/%s/", d->site->id, main->zone, main->id);
    know_holidays(w);
    ohm_err err = ohm_watch_weather_start(w, reader, ohm_clock_utc());
    if (!ohm_failed(err))
        err = ohm_daemon_alarms_start(d, reader, &w->alarms);
    if (ohm_failed(err) || pthread_mutex_init(&w->lock, NULL)) {
        ohm_daemon_alarms_free(w->alarms);
        free(w);
        return ohm_failed(err) ? err : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    }
    d->watch = w;
    return ohm_ok();
}

void ohm_daemon_watch_cancel(ohm_daemon *d)
{
    if (d->watch && d->watch->job)
        d->watch->job->cancelled = true;
}

void ohm_daemon_watch_free(ohm_daemon *d)
{
    ohm_daemon_watch *w = d->watch;
    if (!w)
        return;
    assert(!w->job); /* the loop has ended, and waited for it */
    for (int i = 0; i < w->count; i++) {
        watched_free(w->series[i]);
    }
    ohm_daemon_alarms_free(w->alarms);
    pthread_mutex_destroy(&w->lock);
    free(w);
    d->watch = NULL;
}
