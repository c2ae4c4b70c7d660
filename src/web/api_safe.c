/* What ended the daemon before, and leaving the safe mode. */
#include <stdlib.h>

#include "web/api.h"
#include "web/auth.h"
#include "web/inner.h"

void ohm_api_safe(ohm_exchange *x)
{
    const ohm_web_options *o = &x->web->options;
    char *text = NULL;
    size_t len = 0;
    if (!o->safe_read) {
        ohm_reply_fault(x, OHM_FAULT_NOT_FOUND, NULL);
        return;
    }
    if (o->safe_read(o->ctx, &text, &len) != OHM_OK) {
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
        return;
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
    if (!response)
        free(text);
    else
        (void)MHD_add_response_header(response, "Content-Type", "application/json");
    ohm_reply(x, MHD_HTTP_OK, response, OHM_NO_STORE);
}

/* It is left once this has been answered: within seconds, by a new start. */
void ohm_api_safe_leave(ohm_exchange *x)
{
    const ohm_web_options *o = &x->web->options;
    ohm_code code = o->safe_leave ? o->safe_leave(o->ctx) : OHM_CONFLICT;
    if (code == OHM_OK) {
        ohm_auth_audit(x, "web_safe_mode_left", "safe_mode");
        ohm_api_safe(x);
        return;
    }
    ohm_reply_fault(x, code == OHM_CONFLICT ? OHM_FAULT_NOT_SAFE : OHM_FAULT_STORE, NULL);
}
