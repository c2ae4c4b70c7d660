/* The plan of the coming day, as the daemon tells it. */
#include "web/api.h"
#include "web/body.h"
#include "web/inner.h"

static void write_none(ohm_json *json, const void *ctx)
{
    ohm_json_object(json);
    ohm_json_key_str(json, "state", ctx);
    ohm_json_key_null(json, "error");
    ohm_json_end(json);
}

void ohm_api_plan(ohm_exchange *x)
{
    const ohm_web_options *o = &x->web->options;
    char *text = NULL;
    size_t len = 0;
    if (x->target.pairs_count) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, x->target.keys[0]);
        return;
    }
    ohm_code code = o->plan ? o->plan(o->ctx, &text, &len) : OHM_UNKNOWN;
    if (code == OHM_UNKNOWN || code == OHM_MORE) {
        ohm_reply_json(x, MHD_HTTP_OK, write_none, code == OHM_MORE ? "starting" : "off");
        return;
    }
    if (code == OHM_OK)
        ohm_reply_text(x, text, len);
    else
        ohm_reply_fault(x, OHM_FAULT_BUSY, NULL);
}

static void car_done(ohm_exchange *x, ohm_code code, const char *what)
{
    if (code == OHM_OK) {
        ohm_auth_audit(x, what, "car");
        ohm_reply_empty(x, MHD_HTTP_NO_CONTENT);
    } else {
        ohm_reply_fault(x,
                        code == OHM_UNKNOWN ? OHM_FAULT_NO_CAR
                        : code == OHM_RANGE ? OHM_FAULT_CAR
                                            : OHM_FAULT_STORE,
                        NULL);
    }
}

void ohm_api_car_put(ohm_exchange *x)
{
    static const char *const members[] = { "need_kwh", "ready", "daily", NULL };
    const ohm_web_options *o = &x->web->options;
    json_t *body = ohm_body_read(x, members);
    ohm_day_wish wish = { .there = true };
    if (!body)
        return;
    const json_t *need = json_object_get(body, "need_kwh"), *daily = json_object_get(body, "daily");
    double kwh = json_is_number(need) ? json_number_value(need) : -1;
    if (!(kwh >= 0 && kwh * 1000 <= (double)OHM_WISH_WH_MAX)) {
        ohm_body_fault(x, OHM_FAULT_CAR, "need_kwh");
    } else if (daily && !json_is_boolean(daily)) {
        ohm_body_fault(x, OHM_FAULT_MEMBER, "daily");
    } else if (ohm_body_time(x, body, "ready", &wish.ready_ms)) {
        wish.need_wh = (int64_t)(kwh * 1000 + 0.5);
        wish.daily = json_is_true(daily);
        car_done(x, o->car_ask ? o->car_ask(o->ctx, &wish) : OHM_UNKNOWN, "web_car_asked");
    }
    json_decref(body);
}

void ohm_api_car_delete(ohm_exchange *x)
{
    const ohm_web_options *o = &x->web->options;
    car_done(x, o->car_ask ? o->car_ask(o->ctx, NULL) : OHM_UNKNOWN, "web_car_cleared");
}
