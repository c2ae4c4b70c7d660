/* The signals' fetchers on the loop thread. libcurl is not touched unless a source is there. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/daemon.h"
#include "cmd/daemon_plan.h"
#include "fetch/fetcher.h"
#include "fetch/pv_own.h"
#include "fetch/subscriber.h"
#include "grid/ecowatt.h"
#include "grid/schedule.h"
#include "grid/tempo.h"
#include "host/clock.h"
#include "host/random.h"
#include "host/tzdata.h"

enum { FETCHERS_MAX = OHM_SITE_SIGNALS_MAX + 1 };
#define NIGHT_MS (24 * OHM_HOUR_MS) /* none is longer here */

/* One source. Of a weather forecast the radiation is shown beside the temperature. What its last
 * run kept of its schedule is read before the loop runs, for the first tick. */
typedef struct source {
    ohm_daemon_grid *grid;
    ohm_fetcher *fetcher; /* one of the two */
    ohm_subscriber *topic;
    ohm_ms came_ms; /* of the topic's message that was kept last */
    ohm_source source;
    char name[OHM_FETCH_NAME_MAX];
    ohm_answer radiation;
    ohm_answer capacity; /* of OpenADR: what the site may import, W */
    ohm_pv_plant plant;  /* peak_w 0: no panels are told */
    ohm_answer panels;   /* what they will make */
    uint8_t *schedule;
    size_t schedule_len;
    ohm_err schedule_err;
    bool schedule_read;
} source;

struct ohm_daemon_grid {
    ohm_daemon *daemon;
    ohm_http *http;
    ohm_reader *reader; /* while the sources start; NULL afterwards */
    uv_poll_t on_answer;
    bool polling;
    /* The commits of what the fetchers keep: asked for here, answered on the writer's thread. */
    unsigned puts;
    _Atomic unsigned commits;
    _Atomic int commit_code; /* ohm_code of the last one */
    ohm_tz *tz;              /* of France and of its neighbours' markets, wherever the site is */
    int count;
    source sources[FETCHERS_MAX];
};

static void schedule_key(const source *s, char out[static OHM_STORE_KEY_MAX])
{
    (void)snprintf(out, OHM_STORE_KEY_MAX, "%s/schedule", s->name);
}

/* Asked at the start of a run only, the schedules at its first tick: on the loop nothing is read
 * from the disk. */
static ohm_err get_state(void *ctx, const char *key, uint8_t **ret_bytes, size_t *ret_len)
{
    const ohm_daemon *d = ctx;
    if (d->grid->reader)
        return ohm_reader_get(d->grid->reader, key, ret_bytes, ret_len);
    for (int i = 0; i < d->grid->count; i++) {
        source *s = &d->grid->sources[i];
        char own[OHM_STORE_KEY_MAX];
        schedule_key(s, own);
        if (!s->schedule_read || strcmp(key, own) != 0)
            continue;
        s->schedule_read = false; /* it is the asker's now */
        *ret_bytes = s->schedule;
        *ret_len = s->schedule_len;
        s->schedule = NULL;
        return s->schedule_err;
    }
    return ohm_fail(OHM_BUSY, 0, "what was kept is read at the start only");
}

static void read_schedule(ohm_daemon_grid *grid, source *s)
{
    char key[OHM_STORE_KEY_MAX];
    schedule_key(s, key);
    s->schedule_err = ohm_reader_get(grid->reader, key, &s->schedule, &s->schedule_len);
    s->schedule_read = true;
}

/* On the writer's thread. A failed commit is the store's to report (on_store_health). */
static void committed(void *ctx, ohm_err result)
{
    ohm_daemon_grid *grid = ctx;
    atomic_store(&grid->commit_code, (int)result.code);
    atomic_fetch_add(&grid->commits, 1);
}

static ohm_code put_state(void *ctx, const char *key, ohm_span value)
{
    ohm_daemon *d = ctx;
    ohm_code code = ohm_store_put(d->store, key, value);
    if (code == OHM_OK)
        code = ohm_store_commit(d->store, committed, d->grid);
    d->grid->puts += code == OHM_OK;
    return code;
}

static ohm_code kept_state(void *ctx)
{
    const ohm_daemon *d = ctx;
    if (atomic_load(&d->grid->commits) != d->grid->puts)
        return OHM_MORE;
    return (ohm_code)atomic_load(&d->grid->commit_code);
}

/* The engine's loads go by Ecowatt's levels; everything else is shown. */
static void feed_levels(ohm_daemon *d, const ohm_answer *hand, ohm_ms fetched_ms)
{
    ohm_signal_set *set = malloc(sizeof *set);
    const ohm_segments levels = { hand->segments, hand->count };
    if (set && ohm_ecowatt_from_segments(levels, hand->made_ms, fetched_ms, set) == OHM_OK)
        ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_SIGNAL, .signal = set });
    free(set);
}

static ohm_segments segments_of(const ohm_answer *answer)
{
    return (ohm_segments){ answer->segments, answer->count };
}

/* What the panels make of the weather that is in hand. */
static void forecast_panels(source *s, const ohm_fetcher *fetcher, const ohm_answer *temperature)
{
    ohm_answer direct = { .made_ms = OHM_NO_MS }, diffuse = direct;
    ohm_answer_release(&s->panels);
    s->panels = direct;
    if (s->plant.peak_w <= 0 ||
        ohm_fetcher_read(fetcher, "direct_normal_irradiance", &direct) != OHM_OK)
        return;
    if (ohm_fetcher_read(fetcher, "diffuse_radiation", &diffuse) == OHM_OK &&
        ohm_pv_forecast(&s->plant, segments_of(&direct), segments_of(&diffuse),
                        segments_of(temperature), &s->panels) != OHM_OK)
        s->panels = (ohm_answer){ .made_ms = OHM_NO_MS };
    ohm_answer_release(&diffuse);
    ohm_answer_release(&direct);
}

static void on_signal(void *ctx, const ohm_fetcher *fetcher)
{
    source *s = ctx;
    ohm_ms fetched_ms;
    const ohm_answer *hand = ohm_fetcher_hand(fetcher, &fetched_ms);
    ohm_daemon_codes_signal(s->grid->daemon, s->source, s->name, s->grid->tz, hand);
    if (s->source == OHM_SOURCE_ECOWATT)
        feed_levels(s->grid->daemon, hand, fetched_ms);
    if (s->source == OHM_SOURCE_OPENADR) {
        ohm_answer_release(&s->capacity);
        if (ohm_fetcher_read(fetcher, "IMPORT_CAPACITY_LIMIT", &s->capacity) != OHM_OK)
            s->capacity = (ohm_answer){ .made_ms = OHM_NO_MS };
    }
    if (s->source != OHM_SOURCE_OPEN_METEO)
        return;
    ohm_answer_release(&s->radiation);
    if (ohm_fetcher_read(fetcher, "shortwave_radiation", &s->radiation) != OHM_OK)
        s->radiation = (ohm_answer){ .made_ms = OHM_NO_MS };
    forecast_panels(s, fetcher, hand);
}

static void on_status(void *ctx, const ohm_fetch_status *status)
{
    source *s = ctx;
    ohm_daemon *d = s->grid->daemon;
    if (s->source == OHM_SOURCE_ECOWATT)
        (void)snprintf(d->ecowatt_error, sizeof d->ecowatt_error, "%s", status->error);
}

static ohm_code measure(void *ctx, ohm_ven_reading *readings, size_t count)
{
    const source *s = ctx;
    return ohm_daemon_measure_read(s->grid->daemon, readings, count);
}

static void on_answer(uv_poll_t *poll, int status, int events)
{
    (void)events;
    ohm_daemon_grid *grid = poll->data;
    if (status != 0)
        return;
    ohm_http_dispatch(grid->http);
    ohm_daemon_grid_tick(grid->daemon);
}

static const ohm_answer *hand_of(const source *s, ohm_ms *ret_fetched_ms)
{
    return s->topic ? ohm_subscriber_hand(s->topic, ret_fetched_ms)
                    : ohm_fetcher_hand(s->fetcher, ret_fetched_ms);
}

static ohm_err start_topic(ohm_daemon_grid *grid, const char *name, const ohm_ask *ask,
                           int64_t every_s)
{
    source *s = &grid->sources[grid->count];
    *s = (source){ .grid = grid,
                   .source = ask->source,
                   .radiation.made_ms = OHM_NO_MS,
                   .capacity.made_ms = OHM_NO_MS,
                   .panels.made_ms = OHM_NO_MS };
    (void)snprintf(s->name, sizeof s->name, "%s", name);
    const ohm_subscriber_options options = {
        .loop = &grid->daemon->loop,
        .state = { grid->daemon, get_state, put_state, kept_state },
        .name = s->name,
        .ask = ask,
        .tz = grid->tz,
        .every_ms = every_s * OHM_SECOND_MS,
        .now_ms = ohm_clock_utc(),
    };
    OHM_TRY(ohm_subscriber_new(&options, &s->topic));
    grid->count++;
    return ohm_ok();
}

static ohm_err start_source(ohm_daemon_grid *grid, const char *name, const ohm_ask *ask,
                            int64_t every_s)
{
    source *s = &grid->sources[grid->count];
    *s = (source){ .grid = grid,
                   .source = ask->source,
                   .radiation.made_ms = OHM_NO_MS,
                   .capacity.made_ms = OHM_NO_MS,
                   .panels.made_ms = OHM_NO_MS };
    s->plant =
        (ohm_pv_plant){ (double)ask->latitude_e4 / 1e4, (double)ask->longitude_e4 / 1e4,
                        (double)ask->tilt_deg, (double)ask->azimuth_deg, (double)ask->power_w };
    (void)snprintf(s->name, sizeof s->name, "%s", name);
    const ohm_fetcher_options options = {
        .http = grid->http,
        .state = { grid->daemon, get_state, put_state, kept_state },
        .name = s->name,
        .ask = ask,
        .tz = grid->tz,
        .every_ms = every_s * OHM_SECOND_MS,
        .on_answer = on_signal,
        .on_status = on_status,
        .measure = measure,
        .ctx = s,
    };
    OHM_TRY(ohm_fetcher_new(&options, ohm_clock_mono(), &s->fetcher));
    read_schedule(grid, s);
    grid->count++;
    return ohm_ok();
}

static ohm_err start_sources(ohm_daemon_grid *grid)
{
    const ohm_site *site = grid->daemon->site;
    ohm_ask ask;
    ohm_err err = ohm_ok();
    if (site->has_ecowatt) {
        err = ohm_build_ecowatt(site, &ask);
        if (!ohm_failed(err))
            err = start_source(grid, "ecowatt", &ask, site->ecowatt_every_s);
    }
    for (int i = 0; i < site->signals_count && !ohm_failed(err); i++) {
        err = ohm_build_signal(&site->signals[i], &ask);
        if (!ohm_failed(err))
            err = (ohm_ask_is_topic(&ask) ? start_topic : start_source)(
                grid, site->signals[i].id, &ask, site->signals[i].every_s);
    }
    ohm_wipe(&ask, sizeof ask);
    return err;
}

ohm_err ohm_daemon_grid_start(ohm_daemon *d)
{
    if (!d->site->has_ecowatt && d->site->signals_count == 0)
        return ohm_ok();
    ohm_daemon_grid *grid = calloc(1, sizeof *grid);
    if (!grid)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    d->grid = grid;
    grid->daemon = d;
    grid->tz = malloc(sizeof *grid->tz);
    if (!grid->tz)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    OHM_TRY(ohm_tzdata_load("Europe/Paris", grid->tz));
    OHM_TRY(ohm_http_new(NULL, &grid->http));
    (void)uv_poll_init(&d->loop, &grid->on_answer, ohm_http_fd(grid->http));
    grid->on_answer.data = grid;
    grid->polling = true;
    (void)uv_poll_start(&grid->on_answer, UV_READABLE, on_answer);
    OHM_TRY(ohm_reader_open(d->store_path, &grid->reader));
    ohm_err err = start_sources(grid);
    ohm_reader_close(grid->reader);
    grid->reader = NULL;
    return err;
}

/* What a broker brought since the last time is kept, as what was fetched is. */
static void tick_topic(source *s)
{
    ohm_daemon *d = s->grid->daemon;
    ohm_ms came_ms = OHM_NO_MS;
    ohm_subscriber_tick(s->topic, ohm_clock_utc(), ohm_clock_mono(), d->clock_set);
    const ohm_answer *hand = ohm_subscriber_hand(s->topic, &came_ms);
    if (came_ms == OHM_NO_MS || came_ms == s->came_ms)
        return;
    s->came_ms = came_ms;
    ohm_daemon_codes_signal(d, s->source, s->name, s->grid->tz, hand);
}

void ohm_daemon_grid_tick(ohm_daemon *d)
{
    for (int i = 0; d->grid && i < d->grid->count; i++)
        if (d->grid->sources[i].fetcher)
            ohm_fetcher_tick(d->grid->sources[i].fetcher, ohm_clock_utc(), ohm_clock_mono(),
                             d->clock_set);
    for (int i = 0; d->grid && i < d->grid->count; i++)
        if (d->grid->sources[i].topic)
            tick_topic(&d->grid->sources[i]);
}

void ohm_daemon_grid_stop(ohm_daemon *d)
{
    ohm_daemon_grid *grid = d->grid;
    if (!grid)
        return;
    if (grid->polling)
        uv_close((uv_handle_t *)&grid->on_answer, NULL);
    for (int i = 0; i < grid->count; i++) {
        ohm_fetcher_free(grid->sources[i].fetcher);
        ohm_subscriber_free(grid->sources[i].topic);
        ohm_answer_release(&grid->sources[i].radiation);
        ohm_answer_release(&grid->sources[i].capacity);
        ohm_answer_release(&grid->sources[i].panels);
        free(grid->sources[i].schedule);
        grid->sources[i].schedule = NULL;
        grid->sources[i].fetcher = NULL;
        grid->sources[i].topic = NULL;
    }
    grid->count = 0;
    ohm_daemon_measure_stop(d);
    ohm_http_free(grid->http);
    grid->http = NULL;
    /* The poll handle is the loop's until that has closed it: ohm_daemon_grid_free comes after. */
}

void ohm_daemon_grid_free(ohm_daemon *d)
{
    if (d->grid)
        free(d->grid->tz);
    free(d->grid);
    d->grid = NULL;
}

const ohm_segment *ohm_daemon_spot_at(const ohm_daemon *d, ohm_ms at_ms)
{
    const ohm_segment *best = NULL;
    ohm_rank rank = OHM_RANK_PUBLIC;
    for (int i = 0; d->grid && i < d->grid->count; i++) {
        const source *s = &d->grid->sources[i];
        const ohm_source_row *row = ohm_source_of(s->source);
        const ohm_answer *hand = hand_of(s, NULL);
        if (!ohm_daemon_is_market(s->source, hand->unit) || (best && row->rank >= rank))
            continue;
        const ohm_segment *at =
            ohm_segments_at((ohm_segments){ hand->segments, hand->count }, at_ms);
        best = at ? at : best;
        rank = at ? row->rank : rank;
    }
    return best;
}

const ohm_segment *ohm_daemon_outdoor_at(const ohm_daemon *d, ohm_ms at_ms)
{
    for (int i = 0; d->grid && i < d->grid->count; i++) {
        const source *s = &d->grid->sources[i];
        const ohm_answer *hand = hand_of(s, NULL);
        const ohm_segment *at =
            s->source != OHM_SOURCE_OPEN_METEO
                ? NULL
                : ohm_segments_at((ohm_segments){ hand->segments, hand->count }, at_ms);
        if (at)
            return at;
    }
    return NULL;
}

const ohm_segment *ohm_daemon_radiation_at(const ohm_daemon *d, ohm_ms at_ms)
{
    for (int i = 0; d->grid && i < d->grid->count; i++) {
        const ohm_segment *at = ohm_segments_at(segments_of(&d->grid->sources[i].radiation), at_ms);
        if (at)
            return at;
    }
    return NULL;
}

bool ohm_daemon_has_weather(const ohm_daemon *d)
{
    for (int i = 0; d->grid && i < d->grid->count; i++)
        if (d->grid->sources[i].source == OHM_SOURCE_OPEN_METEO)
            return true;
    return false;
}

double ohm_daemon_panels_w(const ohm_daemon *d, ohm_ms at_ms)
{
    double watts = NAN;
    for (int i = 0; d->grid && i < d->grid->count; i++) {
        const source *s = &d->grid->sources[i];
        bool service = ohm_source_of(s->source)->topic == OHM_TOPIC_PV;
        const ohm_answer *said = service ? hand_of(s, NULL) : &s->panels;
        const ohm_segments all = { said->segments, said->count };
        const ohm_segment *at = ohm_segments_at(all, at_ms);
        if (at)
            return ohm_day_number(at);
        if (ohm_segments_near(all, at_ms, NIGHT_MS))
            watts = 0;
    }
    return watts;
}

bool ohm_daemon_has_panels(const ohm_daemon *d)
{
    for (int i = 0; d->grid && i < d->grid->count; i++) {
        const source *s = &d->grid->sources[i];
        if (ohm_source_of(s->source)->topic == OHM_TOPIC_PV || s->plant.peak_w > 0)
            return true;
    }
    return false;
}

const ohm_segment *ohm_daemon_co2_at(const ohm_daemon *d, ohm_ms at_ms)
{
    for (int i = 0; d->grid && i < d->grid->count; i++) {
        const ohm_answer *hand = hand_of(&d->grid->sources[i], NULL);
        const ohm_segment *at =
            hand->unit != OHM_UNIT_G_PER_KWH
                ? NULL
                : ohm_segments_at((ohm_segments){ hand->segments, hand->count }, at_ms);
        if (at)
            return at;
    }
    return NULL;
}

const ohm_segment *ohm_daemon_capacity_at(const ohm_daemon *d, const char *id, ohm_ms at_ms)
{
    for (int i = 0; d->grid && i < d->grid->count; i++) {
        const source *s = &d->grid->sources[i];
        const ohm_answer *said = s->source == OHM_SOURCE_OPENADR ? &s->capacity : hand_of(s, NULL);
        if (strcmp(s->name, id) == 0)
            return said->unit == OHM_UNIT_W ? ohm_segments_at(segments_of(said), at_ms) : NULL;
    }
    return NULL;
}

/* --- what the web shows --------------------------------------------------------------------- */

/* The segments that are not long over, as far as there is room. */
static void view_segments(ohm_view *v, ohm_view_signal *out, const ohm_answer *answer)
{
    enum { PAST_MS = 24 * OHM_HOUR_MS };
    out->first = v->segments_count;
    for (size_t i = 0; i < answer->count; i++) {
        const ohm_segment *segment = &answer->segments[i];
        if (segment->when.to_ms <= v->time_ms - PAST_MS)
            continue;
        if (v->segments_count == OHM_VIEW_SEGMENTS_MAX ||
            out->count == OHM_VIEW_SIGNAL_SEGMENTS_MAX)
            break;
        v->segments[v->segments_count++] = *segment;
        out->count++;
    }
}

static ohm_view_signal *add_signal(ohm_view *v, const source *s, const ohm_answer *answer)
{
    if (v->signals_count == OHM_VIEW_SIGNALS_MAX)
        return NULL;
    ohm_view_signal *out = &v->signals[v->signals_count++];
    const ohm_fetch_status *status =
        s->topic ? ohm_subscriber_status_of(s->topic) : ohm_fetcher_status_of(s->fetcher);
    *out = (ohm_view_signal){ .source = s->source,
                              .topic = ohm_source_of(s->source)->topic,
                              .rank = ohm_source_of(s->source)->rank,
                              .unit = answer->count ? answer->unit : OHM_UNIT_OTHER,
                              .made_ms = answer->made_ms,
                              .asked_ms = status->asked_ms,
                              .next_ms = status->next_ms };
    (void)hand_of(s, &out->fetched_ms);
    (void)snprintf(out->id, sizeof out->id, "%s", s->name);
    (void)snprintf(out->error, sizeof out->error, "%s", status->error);
    out->state = ohm_segments_state((ohm_segments){ answer->segments, answer->count },
                                    out->fetched_ms, ohm_pace_stale_ms(s->source), v->time_ms);
    if (answer->unit == OHM_UNIT_COLOUR)
        ohm_tempo_used((ohm_segments){ answer->segments, answer->count }, &v->tz, v->time_ms,
                       out->used);
    view_segments(v, out, answer);
    return out;
}

/* What a Linky says of Tempo, as a source of its own: today's colour and, once told, tomorrow's. */
static void view_meter_colours(const ohm_daemon *d, ohm_view *v)
{
    ohm_segment days[2];
    ohm_date today = ohm_tempo_date(&v->tz, v->time_ms);
    for (int i = 0; i < v->meters_count && d->clock_set; i++) {
        const ohm_view_meter *m = &v->meters[i];
        ohm_colour colours[2] = { OHM_COLOUR_UNKNOWN, OHM_COLOUR_UNKNOWN };
        ohm_ms seen_ms = OHM_NO_MS;
        for (int k = 0; k < m->values_count; k++) {
            const ohm_view_value *said = ohm_view_values(v, m) + k;
            if (said->quantity != OHM_Q_TEMPO_TODAY && said->quantity != OHM_Q_TEMPO_TOMORROW)
                continue;
            colours[said->quantity == OHM_Q_TEMPO_TOMORROW] = (ohm_colour)said->value;
            seen_ms = v->time_ms - said->age_ms;
        }
        size_t count = ohm_tempo_told(&v->tz, today, colours[0], colours[1], days);
        if (count == 0 || v->signals_count == OHM_VIEW_SIGNALS_MAX)
            continue;
        const ohm_answer answer = { .segments = days, .count = count };
        ohm_view_signal *out = &v->signals[v->signals_count++];
        *out = (ohm_view_signal){ .from_meter = true,
                                  .topic = OHM_TOPIC_COLOUR,
                                  .rank = OHM_RANK_METER,
                                  .unit = OHM_UNIT_COLOUR,
                                  .made_ms = seen_ms,
                                  .fetched_ms = seen_ms,
                                  .asked_ms = OHM_NO_MS,
                                  .next_ms = OHM_NO_MS };
        (void)snprintf(out->id, sizeof out->id, "%s", m->device);
        out->state = ohm_segments_state((ohm_segments){ days, count }, seen_ms, m->stale_after_ms,
                                        v->time_ms);
        view_segments(v, out, &answer);
    }
}

void ohm_daemon_view_signals(const ohm_daemon *d, ohm_view *v)
{
    view_meter_colours(d, v);
    for (int i = 0; d->grid && i < d->grid->count; i++) {
        const source *s = &d->grid->sources[i];
        ohm_view_signal *out = add_signal(v, s, hand_of(s, NULL));
        if (out && s->source == OHM_SOURCE_OPEN_METEO) {
            (void)snprintf(out->series, sizeof out->series, "temperature_2m");
            out = add_signal(v, s, &s->radiation);
            if (out)
                (void)snprintf(out->series, sizeof out->series, "shortwave_radiation");
        }
        out = s->panels.count ? add_signal(v, s, &s->panels) : NULL;
        if (out) {
            out->topic = OHM_TOPIC_PV;
            (void)snprintf(out->series, sizeof out->series, "pv");
        }
    }
}
