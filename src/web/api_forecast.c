/* What registers will do in the next two days, as the daemon's watching says. */
#include <stdlib.h>

#include "web/api.h"
#include "web/inner.h"

static void write_state(ohm_json *json, const void *ctx)
{
    ohm_json_object(json);
    ohm_json_key_str(json, "state", ctx);
    ohm_json_end(json);
}

void ohm_api_forecast(ohm_exchange *x)
{
    const ohm_web_options *o = &x->web->options;
    const char *series = ohm_target_query(&x->target, "register");
    char *text = NULL;
    size_t len = 0;
    if (x->target.pairs_count != (series != NULL)) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, x->target.keys[0]);
        return;
    }
    if (!o->forecast) {
        ohm_reply_json(x, MHD_HTTP_OK, write_state, "off");
        return;
    }
    ohm_code code = o->forecast(o->ctx, series, &text, &len);
    if (code == OHM_OK)
        ohm_reply_text(x, text, len);
    else if (code == OHM_MORE)
        ohm_reply_json(x, MHD_HTTP_OK, write_state, "learning");
    else
        ohm_reply_fault(x, code == OHM_UNKNOWN ? OHM_FAULT_SERIES : OHM_FAULT_BUSY, NULL);
}
