/* The limits of power, as the API says them. */
#include "web/view_json.h"

int ohm_view_find_limit(const ohm_view *view, const char *id)
{
    int index = 0;
    for (int i = 0; i < view->limits_count; i++) {
        if (view->limits[i].main)
            continue;
        if (!strcmp(view->limits[i].id, id))
            return index;
        index++;
    }
    return -1;
}

const char *ohm_view_limit_id(const ohm_view *view, uint16_t limit)
{
    if (limit == OHM_LIMIT_MAIN)
        return "main";
    for (uint16_t i = 0; i < view->limits_count; i++) {
        if (view->limits[i].main)
            continue;
        if (limit == 0)
            return view->limits[i].id;
        limit--;
    }
    return NULL;
}

/* Negative: not known. */
static void key_known(ohm_json *json, const char *key, int32_t value)
{
    if (value < 0)
        ohm_json_key_null(json, key);
    else
        ohm_json_key_int(json, key, value);
}

static const char *source_of(const ohm_view_limit *l)
{
    if (l->main)
        return l->by_meter ? "meter" : "contract";
    return l->ordered ? "order" : "configuration";
}

static void write_limit(ohm_json *json, const ohm_view_limit *l)
{
    ohm_json_object(json);
    ohm_json_key_str(json, "id", l->id);
    ohm_json_key_str(json, "kind", l->main ? "main" : ohm_limit_kind_name(l->kind));
    if (l->phase)
        ohm_json_key_int(json, "phase", l->phase);
    else
        ohm_json_key_null(json, "phase");
    ohm_json_key_str(json, "meter", l->meter);
    if (l->va >= 0)
        ohm_json_key_int(json, "va", l->va);
    else
        ohm_json_key_null(json, "va");
    ohm_json_key_str(json, "source", source_of(l));
    key_known(json, "configured_va", l->configured_va > 0 ? l->configured_va : -1);
    key_known(json, "ecowatt_level", l->ecowatt_level > 0 ? l->ecowatt_level : -1);
    ohm_json_key_bool(json, "in_force", l->in_force);
    ohm_json_key_bool(json, "ordered", l->ordered);
    ohm_json_key_time(json, "until", l->until_ms);
    key_known(json, "measured_va", l->measured_va);
    key_known(json, "trip_s", l->trip_s);
    ohm_json_end(json);
}

void ohm_view_write_limits(ohm_json *json, const ohm_view *view)
{
    ohm_json_array(json);
    for (int i = 0; i < view->limits_count; i++)
        write_limit(json, &view->limits[i]);
    ohm_json_end(json);
}
