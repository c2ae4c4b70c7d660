/* What the watching says: to the plan and the rules on the loop, to the web as JSON. */
#include <math.h>
#include <stdlib.h>

#include "base/json.h"
#include "cmd/daemon_watch.h"

enum {
    LIST_ROW_MAX = 640,
    LIST_HEAD = 256,
    NUMBER_MAX = 16,
    FORECAST_HEAD = 1024,
    ENOUGH_DAYS = 28, /* for the four-week mean */
};

/* --- on the loop ------------------------------------------------------------------------------ */

/* "zone/device/quantity" at the end of a key: is it this device's? */
static bool is_device(const char *key, const char *device_id)
{
    const char *end = strrchr(key, '/');
    size_t len = strlen(device_id);
    return end && (size_t)(end - key) > len && end[-(ptrdiff_t)len - 1] == '/' &&
           !strncmp(end - len, device_id, len);
}

static const ohm_watched *find(const ohm_daemon_watch *w, const char *device_id,
                               ohm_quantity_id quantity)
{
    for (int i = 0; i < w->count; i++) {
        const ohm_watched *s = w->series[i];
        bool mine = device_id ? is_device(s->key, device_id)
                              : !strncmp(s->key, w->main_key, strlen(w->main_key));
        if (mine &&
            (quantity == OHM_Q_NONE ? ohm_watch_is_drawn(s->quantity) : s->quantity == quantity))
            return s;
    }
    return NULL;
}

/* What is said of a register, by its finest steps. */
typedef struct said_steps {
    const ohm_watch_said_days *of;
    int an_hour;
    const float *mean;
    const float (*decile)[OHM_FORECAST_DECILES];
} said_steps;

static said_steps hours_said(const ohm_watched *s)
{
    return (said_steps){ &s->said, 1, s->said.mean,
                         (const float(*)[OHM_FORECAST_DECILES])s->said.decile };
}

static said_steps finest_said(const ohm_watched *s)
{
    const ohm_watch_said_quarters *q = s->said_quarters;
    return q ? (said_steps){ &s->said, OHM_WATCH_QUARTERS / OHM_WATCH_SLOTS, q->mean,
                             (const float(*)[OHM_FORECAST_DECILES])q->decile }
             : hours_said(s);
}

/* -1: nothing is said of then. */
static int place_of(const said_steps *said, const ohm_tz *tz, ohm_ms at_ms)
{
    ohm_civil at = ohm_civil_from_utc(tz, at_ms);
    int64_t day = ohm_days_from_date(at.date) - said->of->first_day;
    int step = at.hour * said->an_hour + at.minute * said->an_hour / 60;
    return said->of->there && day >= 0 && day < OHM_WATCH_DAYS
               ? (int)day * OHM_WATCH_SLOTS * said->an_hour + step
               : -1;
}

static bool said_at(const ohm_daemon *d, const ohm_watched *s, ohm_ms at_ms,
                    ohm_forecast_value *out)
{
    if (!s)
        return false;
    const said_steps said = finest_said(s);
    int at = place_of(&said, &d->config->tz, at_ms);
    if (at < 0 || !isfinite(said.mean[at]))
        return false;
    out->mean = (double)said.mean[at];
    for (int k = 0; k < OHM_FORECAST_DECILES; k++)
        out->decile[k] = (double)said.decile[at][k];
    return true;
}

bool ohm_daemon_forecast_at(const ohm_daemon *d, const char *device_id, ohm_quantity_id quantity,
                            ohm_ms at_ms, ohm_forecast_value *out)
{
    return d->watch && said_at(d, find(d->watch, device_id, quantity), at_ms, out);
}

bool ohm_daemon_solar_at(const ohm_daemon *d, ohm_ms at_ms, int days, ohm_forecast_value *out)
{
    const ohm_daemon_watch *w = d->watch;
    for (int i = 0; w && i < w->count; i++) {
        const ohm_watched *s = w->series[i];
        if (s->said.there && s->said.solar && !s->is_main && s->said.days >= days)
            return said_at(d, s, at_ms, out);
    }
    return false;
}

const ohm_closed_days *ohm_daemon_holidays(const ohm_daemon *d)
{
    return d->watch ? &d->watch->holidays : NULL;
}

/* --- to the web ------------------------------------------------------------------------------- */

static void put_w(ohm_json *json, float w)
{
    if (isfinite(w) && fabsf(w) < 1e12F)
        ohm_json_decimal(json, llround((double)w * 10), -1);
    else
        ohm_json_null(json);
}

static void put_key_w(ohm_json *json, const char *key, float w)
{
    ohm_json_key(json, key);
    put_w(json, w);
}

/* By what the yield of panels is judged; NULL: of no panels, or by their own past alone. */
static const char *light_of(const ohm_watch_said_days *said)
{
    return !said->there || !said->solar        ? NULL
           : said->light == OHM_LIGHT_FORECAST ? "forecast"
           : said->light == OHM_LIGHT_CLEAR    ? "clear_sky"
                                               : NULL;
}

/* Why it is no good forecast, if it is not. */
static const char *lacking(const ohm_watch_said_days *said)
{
    if (!said->there)
        return "learning";
    return said->days < ENOUGH_DAYS ? "history" : NULL;
}

static void put_head(ohm_json *json, const ohm_watched *s)
{
    ohm_json_key_str(json, "register", s->key);
    ohm_json_key_str(json, "kind", s->said.solar ? "solar" : "load");
    ohm_json_key_str(json, "unit", "W");
    ohm_json_key_bool(json, "weather", s->said.there && s->said.weather);
    ohm_json_key_str(json, "light", light_of(&s->said));
    ohm_json_key_int(json, "days_learnt", s->said.there ? s->said.days : 0);
    ohm_json_key_str(json, "lacking", lacking(&s->said));
    if (s->said.there)
        ohm_json_key_time(json, "made", s->said.made_ms);
    else
        ohm_json_key_null(json, "made");
    put_key_w(json, "error_w", s->said.there ? s->said.error_w : NAN);
    put_key_w(json, "simple_error_w", s->said.there ? s->said.simple_w : NAN);
}

/* The steps of the three days as the clock shows them, each with where it stands in the tables. */
enum { STEPS_MAX = OHM_WATCH_DAYS * (OHM_WATCH_QUARTERS + OHM_WATCH_QUARTERS / OHM_WATCH_SLOTS) };
typedef struct steps {
    int count;
    ohm_ms from_ms, step_ms;
    int place[STEPS_MAX];
} steps;

static void list_steps(const said_steps *said, const ohm_tz *tz, steps *out)
{
    ohm_date first = ohm_date_from_days(said->of->first_day);
    ohm_date last = ohm_date_from_days(said->of->first_day + OHM_WATCH_DAYS - 1);
    ohm_ms to_ms = ohm_date_interval(tz, last).to_ms;
    out->from_ms = ohm_date_interval(tz, first).from_ms;
    out->step_ms = OHM_HOUR_MS / said->an_hour;
    out->count = 0;
    for (ohm_ms at = out->from_ms; at < to_ms; at += out->step_ms)
        if (out->count < STEPS_MAX)
            out->place[out->count++] = place_of(said, tz, at);
}

static void put_forecast(ohm_json *json, const ohm_watched *s, const ohm_tz *tz)
{
    const said_steps said = finest_said(s);
    steps list;
    list_steps(&said, tz, &list);
    ohm_json_object(json);
    ohm_json_key_str(json, "state", "said");
    put_head(json, s);
    ohm_json_key_time(json, "from", list.from_ms);
    ohm_json_key_int(json, "step_s", list.step_ms / OHM_SECOND_MS);
    ohm_json_key(json, "mean");
    ohm_json_array(json);
    for (int i = 0; i < list.count; i++)
        put_w(json, list.place[i] < 0 ? NAN : said.mean[list.place[i]]);
    ohm_json_end(json);
    for (int k = 0; k < OHM_FORECAST_DECILES; k++) {
        char key[] = "q10";
        key[1] = (char)('1' + k);
        ohm_json_key(json, key);
        ohm_json_array(json);
        for (int i = 0; i < list.count; i++)
            put_w(json, list.place[i] < 0 ? NAN : said.decile[list.place[i]][k]);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

static void put_list(ohm_json *json, const ohm_daemon_watch *w)
{
    ohm_json_object(json);
    ohm_json_key_str(json, "state", "said");
    ohm_json_key(json, "registers");
    ohm_json_array(json);
    for (int i = 0; i < w->count; i++) {
        if (ohm_watch_is_water(w->series[i]->kind))
            continue; /* it is not forecast */
        ohm_json_object(json);
        put_head(json, w->series[i]);
        ohm_json_end(json);
    }
    ohm_json_end(json);
    ohm_json_end(json);
}

static const ohm_watched *named(const ohm_daemon_watch *w, const char *key)
{
    for (int i = 0; i < w->count; i++)
        if (!strcmp(w->series[i]->key, key) && !ohm_watch_is_water(w->series[i]->kind))
            return w->series[i];
    return NULL;
}

ohm_code ohm_daemon_forecast_read(void *daemon, const char *series, char **ret_text,
                                  size_t *ret_len)
{
    const ohm_daemon *d = daemon;
    ohm_daemon_watch *w = d->watch;
    ohm_json json;
    pthread_mutex_lock(&w->lock);
    const ohm_watched *s = series ? named(w, series) : NULL;
    ohm_code code = !series || (s && s->said.there) ? OHM_OK : s ? OHM_MORE : OHM_UNKNOWN;
    size_t cap = s ? FORECAST_HEAD + (size_t)NUMBER_MAX * (OHM_FORECAST_DECILES + 1) * STEPS_MAX
                   : LIST_HEAD + (size_t)LIST_ROW_MAX * (size_t)w->count;
    char *text = code == OHM_OK ? malloc(cap) : NULL;
    if (code == OHM_OK && !text)
        code = OHM_NO_MEMORY;
    if (text) {
        ohm_json_init(&json, text, cap);
        if (s)
            put_forecast(&json, s, &d->config->tz);
        else
            put_list(&json, w);
        code = ohm_json_finish(&json, ret_len);
    }
    pthread_mutex_unlock(&w->lock);
    if (code == OHM_OK)
        *ret_text = text;
    else
        free(text);
    return code;
}

size_t ohm_daemon_uses_ahead(void *daemon, const char *device, ohm_use *out, size_t cap)
{
    const ohm_daemon *d = daemon;
    ohm_daemon_watch *w = d->watch;
    size_t len = strlen(device), count = 0;
    const ohm_watched *s = NULL;
    steps list = { .count = 0 };
    pthread_mutex_lock(&w->lock);
    for (int i = 0; i < w->count && !s; i++) {
        const ohm_watched *one = w->series[i];
        bool mine = !strncmp(one->key, device, len) && one->key[len] == '/';
        s = mine && ohm_watch_is_drawn(one->quantity) ? one : NULL;
    }
    if (s && !lacking(&s->said)) {
        const said_steps said = hours_said(s);
        list_steps(&said, &d->config->tz, &list);
    }
    for (int i = 0; i < list.count && count < cap; i++) {
        double mean_w = list.place[i] < 0 ? (double)NAN : (double)s->said.mean[list.place[i]];
        if (!isfinite(mean_w) || fabs(mean_w) > 1e9)
            break; /* the days before are whole */
        ohm_ms from_ms = list.from_ms + i * OHM_HOUR_MS;
        out[count++] = (ohm_use){ .from_ms = from_ms,
                                  .to_ms = from_ms + OHM_HOUR_MS,
                                  .import_mwh = llround(fmax(mean_w, 0) * 1000),
                                  .export_mwh = OHM_NO_USE,
                                  .reactive_mvarh = OHM_NO_USE,
                                  .va = OHM_NO_USE,
                                  .flags = OHM_USE_ESTIMATED };
    }
    pthread_mutex_unlock(&w->lock);
    return count;
}

ohm_code ohm_daemon_alarms_read(void *daemon, const ohm_alarms_ask *asked, char **ret_text,
                                size_t *ret_len)
{
    const ohm_daemon *d = daemon;
    return ohm_daemon_alarms_json(d->watch->alarms, asked, ret_text, ret_len);
}

ohm_code ohm_daemon_alarm_do(void *daemon, uint32_t id, ohm_alarm_act act, const char *actor)
{
    const ohm_daemon *d = daemon;
    return ohm_daemon_alarms_do(d->watch->alarms, id, act, actor);
}
