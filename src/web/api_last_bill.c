/* When the last bill came, told by who got it. */
#include "web/api.h"
#include "web/auth.h"
#include "web/body.h"
#include "web/inner.h"
#include "web/last_bill.h"

static void write_last(ohm_json *json, const void *ctx)
{
    ohm_last_bill_write(json, ctx);
}

void ohm_api_last_bill(ohm_exchange *x)
{
    ohm_last_bill last;
    ohm_reader *reader = ohm_web_reader(x->web);
    ohm_code code = reader ? ohm_last_bill_load(reader, &last) : OHM_IO;
    if (code == OHM_OK)
        ohm_reply_json(x, MHD_HTTP_OK, write_last, &last);
    else
        ohm_reply_fault(x, code == OHM_UNKNOWN ? OHM_FAULT_LAST_BILL : OHM_FAULT_STORE, NULL);
}

static bool put(ohm_exchange *x, ohm_span value)
{
    const ohm_web_options *options = &x->web->options;
    if (options->put_state &&
        !ohm_failed(options->put_state(options->ctx, OHM_LAST_BILL_KEY, value)))
        return true;
    ohm_reply_fault(x, OHM_FAULT_STORE, NULL);
    return false;
}

void ohm_api_last_bill_put(ohm_exchange *x)
{
    static const char *const members[] = { "date", "register_kwh", NULL };
    const ohm_view *view = ohm_web_view(x->web);
    json_t *body = ohm_body_read(x, members);
    if (!body)
        return;
    json_decref(body);
    ohm_last_bill last;
    const char *fault;
    if (ohm_last_bill_parse(ohm_span_of(x->body, x->body_len), &last, &fault) != OHM_OK) {
        ohm_body_fault(x, OHM_FAULT_MEMBER, fault);
        return;
    }
    if (view && ohm_date_interval(&view->tz, last.date).from_ms > view->time_ms) {
        ohm_body_fault(x, OHM_FAULT_MEMBER, "date"); /* of the future */
        return;
    }
    char text[OHM_LAST_BILL_BYTES_MAX];
    size_t len;
    ohm_json json;
    ohm_json_init(&json, text, sizeof text);
    ohm_last_bill_write(&json, &last);
    ohm_code code = ohm_json_finish(&json, &len);
    assert(code == OHM_OK);
    (void)code;
    if (!put(x, ohm_span_of(text, len)))
        return;
    ohm_auth_audit(x, "web_last_bill_told", "last_bill");
    ohm_reply_json(x, MHD_HTTP_OK, write_last, &last);
}

void ohm_api_last_bill_delete(ohm_exchange *x)
{
    if (!put(x, ohm_span_of("", 0)))
        return;
    ohm_auth_audit(x, "web_last_bill_removed", "last_bill");
    ohm_reply_empty(x, MHD_HTTP_NO_CONTENT);
}
