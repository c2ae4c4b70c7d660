/* The site's contract, written in the page: read, checked, kept, and given up again. */
#include <stdio.h>
#include <stdlib.h>

#include "web/api.h"
#include "web/auth.h"
#include "web/body.h"
#include "web/inner.h"
#include "web/written.h"

static void write_date(ohm_json *json, const char *key, ohm_date date)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%04d-%02u-%02u", date.year, date.month, date.day);
    ohm_json_key_str(json, key, text);
}

static void write_rows(ohm_json *json, const ohm_contract *c)
{
    ohm_json_key(json, "rows");
    ohm_json_array(json);
    for (uint8_t i = 0; i < c->rows_count; i++) {
        const ohm_price_row *row = &c->rows[i];
        ohm_json_object(json);
        write_date(json, "from", row->from);
        ohm_json_key_bool(json, "verified", !row->unverified);
        ohm_json_key_decimal(json, "subscription_eur_per_year", row->subscription_ueur_per_year,
                             -6);
        ohm_json_key(json, "eur_per_kwh");
        ohm_json_object(json);
        for (uint8_t p = 0; p < c->periods_count; p++)
            if (row->ueur_per_kwh[p] != OHM_NO_PRICE)
                ohm_json_key_decimal(json, c->periods[p].id, row->ueur_per_kwh[p], -6);
        ohm_json_end(json);
        ohm_json_end(json);
    }
    ohm_json_end(json);
}

static void write_written(ohm_json *json, const void *ctx)
{
    const ohm_written *w = ctx;
    ohm_json_object(json);
    ohm_json_key_str(json, "source",
                     w->is_written     ? "page"
                     : w->has_contract ? "configuration"
                                       : NULL);
    if (w->has_contract) {
        ohm_json_key_str(json, "name", w->contract.name);
        ohm_json_key_decimal(json, "power_kva", w->contract.subscribed_va, -3);
        write_rows(json, &w->contract);
    }
    if (w->yaml)
        ohm_json_key_span(json, "yaml", ohm_span_of(w->yaml, w->yaml_len));
    else
        ohm_json_key_null(json, "yaml");
    ohm_json_end(json);
}

/* Answers with the contract as it is now. */
static void reply_written(ohm_exchange *x)
{
    const ohm_web_options *options = &x->web->options;
    ohm_written *w = calloc(1, sizeof *w);
    if (!w)
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
    else if (ohm_failed(options->contract_read(options->ctx, w)))
        ohm_reply_fault(x, OHM_FAULT_STORE, NULL);
    else
        ohm_reply_json(x, MHD_HTTP_OK, write_written, w);
    if (w)
        free(w->yaml);
    free(w);
}

static bool has_desk(ohm_exchange *x)
{
    if (x->web->options.contract_read && x->web->options.contract_write)
        return true;
    ohm_reply_fault(x, OHM_FAULT_CONTRACT, NULL);
    return false;
}

void ohm_api_contract(ohm_exchange *x)
{
    if (has_desk(x))
        reply_written(x);
}

static void reply_outcome(ohm_exchange *x, ohm_code code, const char *why)
{
    if (code == OHM_NO_MEMORY)
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
    else if (code == OHM_IO)
        ohm_reply_fault(x, OHM_FAULT_STORE, NULL);
    else
        ohm_reply_fault_lines(x, OHM_FAULT_BAD_CONTRACT, "/yaml", why);
}

/* The YAML of the body; kept if it is good and `kept` says so. */
static bool take(ohm_exchange *x, bool kept)
{
    static const char *const members[] = { "yaml", NULL };
    const ohm_web_options *options = &x->web->options;
    json_t *body = has_desk(x) ? ohm_body_read(x, members) : NULL;
    const char *yaml = body ? ohm_body_text(x, body, "yaml", OHM_CONTRACT_YAML_MAX) : NULL;
    char why[OHM_CONTRACT_WHY_MAX];
    ohm_code code = OHM_OK;
    if (yaml)
        code = options->contract_write(options->ctx, ohm_span_text(yaml),
                                       kept ? x->who.actor : NULL, why);
    if (code != OHM_OK)
        reply_outcome(x, code, why);
    json_decref(body);
    return yaml && code == OHM_OK;
}

void ohm_api_contract_put(ohm_exchange *x)
{
    if (!take(x, true))
        return;
    ohm_auth_audit(x, "web_contract_written", "contract");
    reply_written(x);
}

void ohm_api_contract_check(ohm_exchange *x)
{
    if (take(x, false))
        ohm_reply_empty(x, MHD_HTTP_NO_CONTENT);
}

void ohm_api_contract_delete(ohm_exchange *x)
{
    const ohm_web_options *options = &x->web->options;
    char why[OHM_CONTRACT_WHY_MAX];
    if (!has_desk(x))
        return;
    ohm_code code = options->contract_write(options->ctx, ohm_span_of("", 0), x->who.actor, why);
    if (code != OHM_OK) {
        reply_outcome(x, code, why);
        return;
    }
    ohm_auth_audit(x, "web_contract_removed", "contract");
    reply_written(x);
}
