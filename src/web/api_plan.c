/* The plan of the coming day, as the daemon tells it. */
#include "web/api.h"
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
