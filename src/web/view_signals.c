#include "web/view_signals.h"

#include "grid/segments.h"
#include "grid/tempo.h"

static const char *const topics[OHM_TOPICS_COUNT] = {
    [OHM_TOPIC_TENSION] = "tension", [OHM_TOPIC_COLOUR] = "colour",
    [OHM_TOPIC_EJP] = "ejp",         [OHM_TOPIC_DEMAND_RESPONSE] = "demand_response",
    [OHM_TOPIC_PRICE] = "price",     [OHM_TOPIC_CO2] = "co2",
    [OHM_TOPIC_WEATHER] = "weather", [OHM_TOPIC_PV] = "pv",
    [OHM_TOPIC_EVENT] = "event",     [OHM_TOPIC_OTHER] = "other",
};
static const char *const ranks[] = { [OHM_RANK_METER] = "meter",
                                     [OHM_RANK_OPERATOR] = "operator",
                                     [OHM_RANK_SUPPLIER] = "supplier",
                                     [OHM_RANK_PUBLIC] = "public" };
static const char *const states[] = {
    [OHM_SIGNAL_NONE] = "none", [OHM_SIGNAL_FRESH] = "fresh", [OHM_SIGNAL_STALE] = "stale"
};

static ohm_segments segments_of(const ohm_view *view, const ohm_view_signal *signal)
{
    return (ohm_segments){ view->segments + signal->first, signal->count };
}

static const char *source_name(const ohm_view_signal *signal)
{
    return signal->from_meter ? "meter" : ohm_source_of(signal->source)->name;
}

/* Levels and measures as numbers, colours as words. */
static void write_value(ohm_json *json, const ohm_segment *segment, ohm_segment_unit unit)
{
    const char *name = unit == OHM_UNIT_COLOUR ? ohm_colour_name(segment->mantissa) : NULL;
    if (name)
        ohm_json_str(json, name);
    else
        ohm_json_decimal(json, segment->mantissa, segment->exponent);
}

static void key_value(ohm_json *json, const char *key, const ohm_segment *segment,
                      ohm_segment_unit unit)
{
    ohm_json_key(json, key);
    if (segment)
        write_value(json, segment, unit);
    else
        ohm_json_null(json);
}

static void key_text(ohm_json *json, const char *key, const char *text)
{
    ohm_json_key_str(json, key, text[0] ? text : NULL);
}

static void write_signal(ohm_json *json, const ohm_view *view, const ohm_view_signal *signal)
{
    ohm_segments segments = segments_of(view, signal);
    ohm_json_object(json);
    ohm_json_key_str(json, "id", signal->id);
    ohm_json_key_str(json, "source", source_name(signal));
    ohm_json_key_str(json, "topic", topics[signal->topic]);
    ohm_json_key_str(json, "rank", ranks[signal->rank]);
    key_text(json, "series", signal->series);
    ohm_json_key_str(json, "unit", ohm_segment_unit_name(signal->unit));
    ohm_json_key_str(json, "state", states[signal->state]);
    key_text(json, "error", signal->error);
    ohm_json_key_time(json, "made", signal->made_ms);
    ohm_json_key_time(json, "fetched", signal->fetched_ms);
    ohm_json_key_time(json, "asked", signal->asked_ms);
    ohm_json_key_time(json, "next", signal->next_ms);
    ohm_json_key(json, "age_s");
    if (signal->fetched_ms == OHM_NO_MS)
        ohm_json_null(json);
    else
        ohm_json_int(json, (view->time_ms - signal->fetched_ms) / OHM_SECOND_MS);
    key_value(json, "now", ohm_segments_at(segments, view->time_ms), signal->unit);
    ohm_json_key(json, "segments");
    ohm_json_array(json);
    for (size_t i = 0; i < segments.count; i++) {
        ohm_json_object(json);
        ohm_json_key_time(json, "from", segments.items[i].when.from_ms);
        ohm_json_key_time(json, "to", segments.items[i].when.to_ms);
        key_value(json, "value", &segments.items[i], signal->unit);
        ohm_json_end(json);
    }
    ohm_json_end(json);
    ohm_json_end(json);
}

int ohm_view_best_signal(const ohm_view *view, ohm_topic topic, ohm_ms at_ms)
{
    int best = -1;
    for (int i = 0; i < view->signals_count; i++) {
        const ohm_view_signal *signal = &view->signals[i];
        if (signal->topic != topic || !ohm_segments_at(segments_of(view, signal), at_ms))
            continue;
        const ohm_view_signal *held = best < 0 ? NULL : &view->signals[best];
        bool fresher = held && signal->state == OHM_SIGNAL_FRESH && held->state == OHM_SIGNAL_STALE;
        bool staler = held && signal->state == OHM_SIGNAL_STALE && held->state == OHM_SIGNAL_FRESH;
        if (!held || fresher || (!staler && signal->rank < held->rank))
            best = i;
    }
    return best;
}

/* A day's colour with who tells it; what is assumed where nobody does is marked. */
static void write_colour(ohm_json *json, const ohm_view *view, const char *key, ohm_ms at_ms,
                         bool assume)
{
    int best = ohm_view_best_signal(view, OHM_TOPIC_COLOUR, at_ms);
    ohm_json_key(json, key);
    ohm_json_object(json);
    if (best >= 0) {
        const ohm_view_signal *signal = &view->signals[best];
        key_value(json, "colour", ohm_segments_at(segments_of(view, signal), at_ms), signal->unit);
        ohm_json_key_str(json, "source", source_name(signal));
        ohm_json_key_str(json, "state", states[signal->state]);
    } else {
        const char *assumed = ohm_colour_name(ohm_tempo_assumed(&view->tz, view->time_ms));
        ohm_json_key_str(json, "colour", assume ? assumed : NULL);
        ohm_json_key_null(json, "source");
        ohm_json_key_str(json, "state", "none");
    }
    ohm_json_end(json);
}

static void write_used(ohm_json *json, const ohm_view *view)
{
    const ohm_view_signal *most = NULL; /* whoever tells the most of the season */
    for (int i = 0; i < view->signals_count; i++) {
        const ohm_view_signal *s = &view->signals[i];
        if (s->topic == OHM_TOPIC_COLOUR && !s->from_meter &&
            (!most || s->used[OHM_COLOUR_BLUE] > most->used[OHM_COLOUR_BLUE]))
            most = s;
    }
    ohm_json_key(json, "season");
    if (!most || most->used[OHM_COLOUR_BLUE] == 0) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    ohm_json_key_str(json, "source", source_name(most));
    ohm_json_key_int(json, "blue_days", most->used[OHM_COLOUR_BLUE]);
    ohm_json_key_int(json, "white_days", most->used[OHM_COLOUR_WHITE]);
    ohm_json_key_int(json, "red_days", most->used[OHM_COLOUR_RED]);
    ohm_json_key_int(json, "white_days_max", OHM_TEMPO_WHITE_DAYS);
    ohm_json_key_int(json, "red_days_max", OHM_TEMPO_RED_DAYS);
    ohm_json_end(json);
}

static void write_tempo(ohm_json *json, const ohm_view *view)
{
    bool told = false;
    for (int i = 0; i < view->signals_count; i++)
        told = told || view->signals[i].topic == OHM_TOPIC_COLOUR;
    ohm_json_key(json, "tempo");
    if (!told) {
        ohm_json_null(json);
        return;
    }
    ohm_date today = ohm_tempo_date(&view->tz, view->time_ms);
    ohm_ms tomorrow_ms = ohm_tempo_day(&view->tz, today).to_ms;
    ohm_json_object(json);
    write_colour(json, view, "today", view->time_ms, true);
    write_colour(json, view, "tomorrow", tomorrow_ms, false);
    write_used(json, view);
    ohm_json_end(json);
}

void ohm_view_write_signals(ohm_json *json, const ohm_view *view)
{
    ohm_json_object(json);
    ohm_json_key_time(json, "time", view->time_ms);
    write_tempo(json, view);
    ohm_json_key(json, "signals");
    ohm_json_array(json);
    for (int i = 0; i < view->signals_count; i++)
        write_signal(json, view, &view->signals[i]);
    ohm_json_end(json);
    ohm_json_end(json);
}
