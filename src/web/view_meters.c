/* The meters of a view as JSON. */
#include "web/view_json.h"

static const char *const qualities[] = {
    [OHM_QUALITY_GOOD] = "good",
    [OHM_QUALITY_UNAUTHENTICATED] = "unauthenticated",
    [OHM_QUALITY_SUSPECT] = "suspect",
    [OHM_QUALITY_ESTIMATED] = "estimated",
};

/* Text that may be empty, for "not known". */
static void key_text(ohm_json *json, const char *key, const char *text)
{
    ohm_json_key_str(json, key, text[0] ? text : NULL);
}

void ohm_view_write_counters(ohm_json *json, const ohm_meter_counters *counters)
{
    ohm_json_object(json);
    ohm_json_key_int(json, "bytes", (int64_t)counters->bytes);
    ohm_json_key_int(json, "frames", (int64_t)counters->frames);
    ohm_json_key_int(json, "messages", (int64_t)counters->messages);
    ohm_json_key_int(json, "bad_fcs", (int64_t)counters->bad_fcs);
    ohm_json_key_int(json, "gaps", (int64_t)counters->gaps);
    ohm_json_key_int(json, "tag_failures", (int64_t)counters->tag_failures);
    ohm_json_key_int(json, "replays", (int64_t)counters->replays);
    ohm_json_key_int(json, "unknown_layout", (int64_t)counters->unknown_layout);
    ohm_json_key_int(json, "no_key", (int64_t)counters->no_key);
    ohm_json_key_int(json, "bytes_skipped", (int64_t)counters->bytes_skipped);
    ohm_json_key_int(json, "reconnects", (int64_t)counters->reconnects);
    ohm_json_key_int(json, "requests", (int64_t)counters->requests);
    ohm_json_key_int(json, "timeouts", (int64_t)counters->timeouts);
    ohm_json_key_int(json, "late", (int64_t)counters->late);
    ohm_json_key_int(json, "refused", (int64_t)counters->refused);
    ohm_json_end(json);
}

static void write_value(ohm_json *json, const ohm_view_value *value)
{
    const ohm_quantity *quantity = ohm_quantity_get((ohm_quantity_id)value->quantity);
    ohm_json_object(json);
    ohm_json_key_str(json, "quantity", quantity->name);
    ohm_json_key_str(json, "unit", quantity->unit);
    ohm_json_key_decimal(json, "value", value->value, -(int)quantity->decimals);
    ohm_json_key_time(json, "time", value->time_ms);
    ohm_json_key_str(json, "quality", qualities[value->quality]);
    ohm_json_end(json);
}

/* "" where there is none: `place` counts from 1. */
static const char *name_at(const ohm_view *view, uint16_t place)
{
    return place > 0 && place <= view->meters_count ? view->meters[place - 1].device : "";
}

void ohm_view_write_meter(ohm_json *json, const ohm_view *view, uint16_t index, bool whole)
{
    const ohm_view_meter *meter = &view->meters[index];
    int values = meter->values_count;
    if (!whole && values > OHM_VIEW_BRIEF_VALUES)
        values = OHM_VIEW_BRIEF_VALUES;
    ohm_json_object(json);
    ohm_json_key_str(json, "device", meter->device);
    ohm_json_key_str(json, "zone", meter->zone);
    ohm_json_key_str(json, "name", meter->name);
    ohm_json_key_bool(json, "main", index == view->main_meter);
    key_text(json, "source_of", name_at(view, meter->source_of));
    key_text(json, "part_of", name_at(view, meter->part_of));
    ohm_json_key_str(json, "protocol", meter->status.protocol);
    ohm_json_key_str(json, "state", ohm_meter_state_code(meter->status.state));
    bool clock_set = !(view->problems & OHM_PROBLEM_CLOCK_UNSET);
    ohm_json_key_time(json, "last_time", clock_set ? meter->last_ms : OHM_NO_MS);
    if (meter->last_ms == OHM_NO_MS)
        ohm_json_key_null(json, "age_s");
    else if (meter->last_ms > view->time_ms)
        ohm_json_key_int(json, "age_s", 0);
    else
        ohm_json_key_int(json, "age_s", (view->time_ms - meter->last_ms) / OHM_SECOND_MS);
    ohm_json_key_int(json, "stale_after_s", meter->stale_after_ms / OHM_SECOND_MS);
    if (meter->status.clock_off_s)
        ohm_json_key_int(json, "clock_off_s", meter->status.clock_off_s);
    else
        ohm_json_key_null(json, "clock_off_s");
    key_text(json, "meter_id", meter->status.meter_id);
    key_text(json, "profile", meter->status.profile);
    ohm_json_key_bool(json, "authenticated", meter->status.authenticated);
    ohm_json_key(json, "values");
    ohm_json_array(json);
    for (int i = 0; i < values; i++)
        write_value(json, ohm_view_values(view, meter) + i);
    ohm_json_end(json);
    ohm_json_key_bool(json, "whole", whole);
    ohm_json_key(json, "disagreements");
    ohm_json_array(json);
    for (int i = 0; i < meter->disagreements_count; i++)
        ohm_json_str(json, ohm_quantity_get((ohm_quantity_id)meter->disagreements[i])->name);
    ohm_json_end(json);
    ohm_json_key(json, "counters");
    if (whole) {
        ohm_view_write_counters(json, &meter->status.counters);
    } else {
        ohm_json_object(json);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}
