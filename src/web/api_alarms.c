/* What the detectors found, and what people say of it. */
#include <stdlib.h>

#include "base/number.h"
#include "web/api.h"
#include "web/auth.h"
#include "web/inner.h"

/* Takes the text. */
void ohm_reply_text(ohm_exchange *x, char *text, size_t len)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
    if (!response)
        free(text);
    else
        (void)MHD_add_response_header(response, "Content-Type", "application/json");
    ohm_reply(x, MHD_HTTP_OK, response, OHM_NO_STORE);
}

static void reply(ohm_exchange *x, const ohm_alarms_ask *asked)
{
    const ohm_web_options *o = &x->web->options;
    char *text = NULL;
    size_t len = 0;
    ohm_code code = o->alarms ? o->alarms(o->ctx, asked, &text, &len) : OHM_UNKNOWN;
    if (code == OHM_OK)
        ohm_reply_text(x, text, len);
    else
        ohm_reply_fault(x, code == OHM_UNKNOWN ? OHM_FAULT_ALARM : OHM_FAULT_BUSY, x->params[0]);
}

void ohm_api_alarms(ohm_exchange *x)
{
    static const char *const words[] = { "all", "open", "past" };
    ohm_alarms_ask asked = { .which = OHM_ALARMS_ALL };
    const char *which = ohm_target_query(&x->target, "state");
    int known = -1;
    for (int i = 0; which && i < 3; i++)
        known = strcmp(which, words[i]) == 0 ? i : known;
    if (x->target.pairs_count != (which != NULL) || (which && known < 0)) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, which ? "state" : x->target.keys[0]);
        return;
    }
    if (known >= 0)
        asked.which = (ohm_alarms_which)known;
    reply(x, &asked);
}

/* The number in the address; 0: there is none, which was answered. */
static uint32_t id_of(ohm_exchange *x)
{
    int64_t id;
    if (x->target.pairs_count)
        ohm_reply_fault(x, OHM_FAULT_QUERY, x->target.keys[0]);
    else if (ohm_number_int(ohm_span_text(x->params[0]), &id) != OHM_OK || id < 1 ||
             id > UINT32_MAX)
        ohm_reply_fault(x, OHM_FAULT_ALARM, NULL);
    else
        return (uint32_t)id;
    return 0;
}

void ohm_api_alarm(ohm_exchange *x)
{
    const ohm_alarms_ask asked = { .id = id_of(x) };
    if (asked.id)
        reply(x, &asked);
}

static void act(ohm_exchange *x, ohm_alarm_act what, const char *event)
{
    const ohm_web_options *o = &x->web->options;
    const ohm_alarms_ask asked = { .id = id_of(x) };
    if (!asked.id)
        return;
    ohm_code code = o->alarm_do ? o->alarm_do(o->ctx, asked.id, what, x->who.actor) : OHM_UNKNOWN;
    if (code == OHM_OK) {
        ohm_auth_audit(x, event, x->params[0]);
        reply(x, &asked);
        return;
    }
    ohm_reply_fault(x,
                    code == OHM_UNKNOWN   ? OHM_FAULT_ALARM
                    : code == OHM_TOO_BIG ? OHM_FAULT_FULL
                                          : OHM_FAULT_NO_ANSWER,
                    NULL);
}

void ohm_api_alarm_acknowledge(ohm_exchange *x)
{
    act(x, OHM_ALARM_ACKNOWLEDGE, "web_alarm_acknowledged");
}

void ohm_api_alarm_teach(ohm_exchange *x)
{
    act(x, OHM_ALARM_TEACH, "web_alarm_taught");
}

void ohm_api_alarm_unteach(ohm_exchange *x)
{
    act(x, OHM_ALARM_UNTEACH, "web_alarm_untaught");
}
