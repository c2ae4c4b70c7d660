/* Zones of a view, as JSON. */
#include <math.h>

#include "web/view_json.h"

static void key_cc(ohm_json *json, const char *key, bool known, int32_t cc)
{
    if (known)
        ohm_json_key_decimal(json, key, cc, -2);
    else
        ohm_json_key_null(json, key);
}

static void write_schedule(ohm_json *json, const ohm_heat_zone *zone)
{
    ohm_json_key(json, "schedule");
    ohm_json_array(json);
    for (int i = 0; i < zone->times_count; i++) {
        ohm_json_object(json);
        ohm_json_key_int(json, "minute", zone->times[i].minute);
        ohm_json_key(json, "weekdays");
        ohm_json_array(json);
        for (int day = 0; day < 7; day++)
            if (zone->times[i].weekdays >> day & 1)
                ohm_json_int(json, day + 1);
        ohm_json_end(json);
        key_cc(json, "set_c", true, zone->times[i].set_cc);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

static void write_override(ohm_json *json, const ohm_heat_state *state)
{
    if (!state->overridden) {
        ohm_json_key_null(json, "override");
        return;
    }
    ohm_json_key(json, "override");
    ohm_json_object(json);
    key_cc(json, "set_c", true, state->override_cc);
    ohm_json_key_time(json, "until", state->override_end_ms);
    ohm_json_end(json);
}

static void key_figure(ohm_json *json, const char *key, double value, int exponent)
{
    double scale = exponent == -2 ? 100 : 1;
    if (isfinite(value))
        ohm_json_key_decimal(json, key, llround(value * scale), exponent);
    else
        ohm_json_key_null(json, key);
}

static void write_twin(ohm_json *json, const ohm_view_twin *twin)
{
    static const char *const states[] = { [OHM_VIEW_TWIN_NONE] = "none",
                                          [OHM_VIEW_TWIN_CONFIGURED] = "configured",
                                          [OHM_VIEW_TWIN_LEARNT] = "learnt" };
    bool known = twin->state != OHM_VIEW_TWIN_NONE, learnt = twin->state == OHM_VIEW_TWIN_LEARNT;
    ohm_json_key(json, "twin");
    ohm_json_object(json);
    ohm_json_key_str(json, "state", states[twin->state]);
    ohm_json_key_str(json, "lacks", twin->lacks[0] ? twin->lacks : NULL);
    key_figure(json, "days", twin->days, -2);
    key_figure(json, "loss_w_per_k", known ? twin->loss_w_per_k : (double)NAN, 0);
    key_figure(json, "loss_low_w_per_k", learnt ? twin->loss_low : (double)NAN, 0);
    key_figure(json, "loss_high_w_per_k", learnt ? twin->loss_high : (double)NAN, 0);
    key_figure(json, "store_wh_per_k", known ? twin->store_wh_per_k : (double)NAN, 0);
    key_figure(json, "error_k", learnt ? twin->error_k : (double)NAN, -2);
    ohm_json_key_time(json, "made", twin->made_ms);
    ohm_json_end(json);
}

void ohm_view_write_zone(ohm_json *json, const ohm_view *view, uint16_t index)
{
    static const char *const asks[OHM_WARMTHS_COUNT] = {
        [OHM_WARMTH_NONE] = NULL,   [OHM_WARMTH_REST] = "rest", [OHM_WARMTH_HEAT] = "heat",
        [OHM_WARMTH_COLD] = "cold", [OHM_WARMTH_HOT] = "hot",   [OHM_WARMTH_FROST] = "frost",
    };
    const ohm_heat_zone *zone = &view->zones[index];
    const ohm_heat_state *state = &view->zone_states[index];
    ohm_civil local = ohm_civil_from_utc(&view->tz, view->time_ms);
    int32_t due_cc = ohm_heat_set_at(zone, (uint8_t)(ohm_date_weekday(local.date) - 1),
                                     (uint16_t)(local.hour * 60 + local.minute));
    ohm_json_object(json);
    ohm_json_key_str(json, "id", zone->id);
    ohm_json_key_str(json, "name", zone->name);
    ohm_json_key_str(json, "sensor",
                     zone->device < view->meters_count ? view->meters[zone->device].device : NULL);
    ohm_json_key_str(json, "state", state->known ? "ok" : state->lost ? "silent" : "starting");
    key_cc(json, "temperature_c", state->known, state->air_cc);
    key_cc(json, "set_c", state->has_set, state->set_cc);
    key_cc(json, "scheduled_c", true, due_cc);
    ohm_json_key_str(json, "asks", asks[view->load_states[zone->loads[0]].warmth]);
    ohm_json_key(json, "loads");
    ohm_json_array(json);
    for (int i = 0; i < zone->loads_count; i++)
        ohm_json_str(json, view->loads[zone->loads[i]].id);
    ohm_json_end(json);
    write_override(json, state);
    write_schedule(json, zone);
    key_cc(json, "frost_c", true, zone->frost_cc);
    key_cc(json, "hysteresis_k", true, zone->hysteresis_cc);
    key_cc(json, "below_k", true, zone->below_cc);
    key_cc(json, "above_k", true, zone->above_cc);
    ohm_json_key_str(json, "when_silent", zone->stale_fed ? "fed" : "shed");
    write_twin(json, &view->zone_twins[index]);
    ohm_json_end(json);
}

void ohm_view_write_zones(ohm_json *json, const ohm_view *view)
{
    ohm_json_object(json);
    ohm_json_key(json, "items");
    ohm_json_array(json);
    for (uint16_t i = 0; i < view->zones_count; i++)
        ohm_view_write_zone(json, view, i);
    ohm_json_end(json);
    ohm_json_end(json);
}
