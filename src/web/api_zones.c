/* Zones that are heated: what each is, wants and does; a set point by hand, until an end. */
#include "web/api.h"
#include "web/body.h"
#include "web/command.h"
#include "web/inner.h"
#include "web/view_json.h"

#define AHEAD_MS_MAX (INT64_C(31) * 24 * OHM_HOUR_MS)
enum { MINUTES_MAX = 31 * 24 * 60 };

static const ohm_view *view_of(ohm_exchange *x)
{
    const ohm_view *view = ohm_web_view(x->web);
    if (!view)
        ohm_reply_fault(x, OHM_FAULT_STARTING, NULL);
    return view;
}

/* The zone of the path; -1: answered. */
static int zone_of(ohm_exchange *x, const ohm_view *view)
{
    for (int i = 0; i < view->zones_count; i++)
        if (!strcmp(x->params[0], view->zones[i].id)) {
            x->user = i;
            return i;
        }
    ohm_reply_fault(x, OHM_FAULT_ZONE, NULL);
    return -1;
}

static void write_zones(ohm_json *json, const void *view)
{
    ohm_view_write_zones(json, view);
}

typedef struct zone_of_view {
    const ohm_view *view;
    uint16_t zone;
} zone_of_view;

static void write_zone(ohm_json *json, const void *ctx)
{
    const zone_of_view *z = ctx;
    ohm_view_write_zone(json, z->view, z->zone);
}

void ohm_api_zones(ohm_exchange *x)
{
    const ohm_view *view = view_of(x);
    if (view)
        ohm_reply_json(x, MHD_HTTP_OK, write_zones, view);
}

static void set_done(ohm_exchange *x, ohm_code outcome)
{
    zone_of_view z = { ohm_web_view(x->web), (uint16_t)x->user };
    if (outcome == OHM_OK && z.zone < z.view->zones_count)
        ohm_reply_json(x, MHD_HTTP_OK, write_zone, &z);
    else if (outcome == OHM_RANGE)
        ohm_reply_fault(x, OHM_FAULT_SET, NULL);
    else
        ohm_reply_outcome(x, outcome);
}

/* The end, as an instant or as minutes from now. */
static bool read_end(ohm_exchange *x, const json_t *body, ohm_ms now_ms, ohm_ms *out)
{
    bool has_minutes = json_object_get(body, "minutes") != NULL;
    int64_t minutes = 0;
    if (has_minutes == (json_object_get(body, "until") != NULL)) {
        ohm_body_fault(x, OHM_FAULT_SET, "until");
        return false;
    }
    if (has_minutes) {
        if (!ohm_body_int(x, body, "minutes", 1, MINUTES_MAX, &minutes))
            return false;
        *out = now_ms + minutes * OHM_MINUTE_MS;
        return true;
    }
    if (!ohm_body_time(x, body, "until", out))
        return false;
    if (*out - now_ms >= OHM_MINUTE_MS && *out - now_ms <= AHEAD_MS_MAX)
        return true;
    ohm_body_fault(x, OHM_FAULT_SET, "until");
    return false;
}

/* A number of degrees, to the tenth. */
static bool read_set(ohm_exchange *x, const json_t *body, int32_t *ret_cc)
{
    const json_t *value = json_object_get(body, "set_c");
    double set_c = json_is_number(value) ? json_number_value(value) : -1;
    if (!(set_c * 100 >= OHM_HEAT_SET_CC_MIN && set_c * 100 <= OHM_HEAT_SET_CC_MAX)) {
        ohm_body_fault(x, OHM_FAULT_SET, "set_c");
        return false;
    }
    *ret_cc = (int32_t)(set_c * 10 + 0.5) * 10;
    return true;
}

void ohm_api_zone_put(ohm_exchange *x)
{
    static const char *const members[] = { "set_c", "until", "minutes", NULL };
    const ohm_view *view = view_of(x);
    int zone = view ? zone_of(x, view) : -1;
    json_t *body = zone < 0 ? NULL : ohm_body_read(x, members);
    if (!body)
        return;
    ohm_command command = { .kind = OHM_COMMAND_ZONE, .zone = (uint16_t)zone };
    if (read_set(x, body, &command.set_cc) && read_end(x, body, view->time_ms, &command.until_ms))
        ohm_command_send(x, &command, set_done);
    json_decref(body);
}

void ohm_api_zone_delete(ohm_exchange *x)
{
    const ohm_view *view = view_of(x);
    int zone = view ? zone_of(x, view) : -1;
    if (zone < 0)
        return;
    ohm_command command = { .kind = OHM_COMMAND_ZONE_CLEAR, .zone = (uint16_t)zone };
    ohm_command_send(x, &command, set_done);
}
