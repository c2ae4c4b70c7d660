#include "web/bill_question.h"

#include "web/command.h"

#include <stdio.h>
#include <stdlib.h>

#include "tariff/csv.h"
#include "web/inner.h"

_Static_assert(sizeof(ohm_bill_query) <= OHM_HISTORY_QUERY_MAX, "a question fits its queue");

/* --- what is asked ---------------------------------------------------------------------------- */

bool ohm_bill_keys(ohm_exchange *x, const char *const *keys)
{
    for (int i = 0; i < x->target.pairs_count; i++) {
        bool known = false;
        for (int k = 0; keys[k] && !known; k++)
            known = !strcmp(x->target.keys[i], keys[k]);
        if (!known) {
            ohm_reply_fault(x, OHM_FAULT_QUERY, x->target.keys[i]);
            return false;
        }
    }
    return true;
}

bool ohm_bill_time(ohm_exchange *x, const ohm_view *view, const char *key, ohm_ms *io_ms)
{
    const char *text = ohm_target_query(&x->target, key);
    if (!text || ohm_csv_time(ohm_span_text(text), &view->tz, OHM_NO_MS, io_ms) == OHM_OK)
        return true;
    ohm_reply_fault(x, OHM_FAULT_QUERY, key);
    return false;
}

/* Who is asked about: the main meter. */
bool ohm_bill_prepare(ohm_exchange *x, ohm_bill_query *q, const ohm_view **ret_view)
{
    const ohm_view *view = ohm_web_view(x->web);
    if (!view) {
        ohm_reply_fault(x, OHM_FAULT_STARTING, NULL);
        return false;
    }
    if (!x->web->options.tariffs || view->main_meter >= view->meters_count) {
        ohm_reply_fault(x, OHM_FAULT_SERIES, NULL);
        return false;
    }
    const ohm_view_meter *meter = &view->meters[view->main_meter];
    q->tariffs = x->web->options.tariffs;
    q->own = x->web->options.contract_own;
    q->ahead = x->web->options.uses_ahead;
    q->ctx = x->web->options.ctx;
    q->now_ms = view->time_ms;
    (void)snprintf(q->device, sizeof q->device, "%s/%s/%s", view->site_id, meter->zone,
                   meter->device);
    *ret_view = view;
    return true;
}

bool ohm_bill_range(ohm_exchange *x, ohm_bill_query *q)
{
    if (q->range.to_ms > q->now_ms)
        q->range.to_ms = q->now_ms;
    if (q->range.from_ms < q->range.to_ms &&
        q->range.to_ms - q->range.from_ms <= OHM_BILL_YEARS_MAX * INT64_C(366) * 24 * OHM_HOUR_MS)
        return true;
    ohm_reply_fault(x, OHM_FAULT_QUERY, "from");
    return false;
}

bool ohm_bill_contract_name(ohm_exchange *x, ohm_bill_query *q)
{
    const char *contract = ohm_target_query(&x->target, "contract");
    if (contract && strlen(contract) >= sizeof q->contract) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, "contract");
        return false;
    }
    (void)snprintf(q->contract, sizeof q->contract, "%s", contract ? contract : "");
    return true;
}

/* --- running -------------------------------------------------------------------------------- */

static const ohm_contract *contract_named(const ohm_bill_work *w, const char *name)
{
    const ohm_web_tariffs *tariffs = w->tariffs;
    if (!name[0])
        return w->own;
    for (size_t i = 0; i < tariffs->count; i++)
        if (!strcmp(tariffs->others[i].name, name))
            return &tariffs->others[i].contract;
    return NULL;
}

void ohm_bill_close(ohm_bill_work *w)
{
    ohm_uses_free(&w->uses);
    ohm_spots_free(&w->spots);
    free(w->codes_bytes);
    free(w->own);
    free(w->bill);
}

/* The site's contract, as it is now. */
static ohm_code read_own(ohm_bill_work *w)
{
    ohm_contract *own = malloc(sizeof *own);
    if (!own)
        return OHM_NO_MEMORY;
    bool has = w->q->own ? w->q->own(w->q->ctx, own) == OHM_OK : w->tariffs->has_own;
    if (has && !w->q->own)
        *own = w->tariffs->own;
    if (has)
        w->own = own;
    else
        free(own);
    return OHM_OK;
}

/* The calendars as they are now. */
static ohm_code read_codes(ohm_bill_work *w, ohm_reader *reader)
{
    const ohm_day_codes *shipped = &w->tariffs->codes;
    size_t count = shipped->count;
    w->codes_bytes = malloc(2 * count);
    if (!w->codes_bytes)
        return OHM_NO_MEMORY;
    memcpy(w->codes_bytes, shipped->codes, count);
    memcpy(w->codes_bytes + count, shipped->also, count);
    w->codes = *shipped;
    w->codes.codes = w->codes_bytes;
    w->codes.also = w->codes_bytes + count;
    ohm_err err = ohm_codes_lay(reader, OHM_CALENDAR_TEMPO, w->codes_bytes);
    if (!ohm_failed(err))
        err = ohm_codes_lay(reader, OHM_CALENDAR_EJP, w->codes_bytes + count);
    return err.code;
}

ohm_code ohm_bill_open_contract(ohm_bill_work *w, ohm_reader *reader, const ohm_bill_query *q,
                                ohm_interval range)
{
    *w = (ohm_bill_work){ .q = q, .tariffs = q->tariffs(q->ctx), .bill = malloc(sizeof *w->bill) };
    if (!w->tariffs || !w->bill)
        return OHM_NO_MEMORY;
    ohm_code code = read_own(w);
    if (code == OHM_OK)
        code = read_codes(w, reader);
    if (code != OHM_OK)
        return code;
    w->contract = contract_named(w, q->contract);
    bool spot = w->contract && w->contract->spot_period != OHM_NO_PERIOD;
    if (spot)
        code = ohm_spots_read(reader, range, &w->spots).code;
    return code;
}

/* OHM_NO_KEY: there is no such contract. */
ohm_code ohm_bill_open(ohm_bill_work *w, ohm_reader *reader, const ohm_bill_query *q,
                       ohm_interval range, const atomic_bool *stop)
{
    ohm_code code = ohm_bill_open_contract(w, reader, q, range);
    if (code != OHM_OK)
        return code;
    const ohm_uses_query uses = {
        .device = q->device,
        .range = range,
        .contract = q->cut ? w->contract : NULL,
        .tz = &w->tariffs->tz,
        .codes = &w->codes,
        .stop = stop,
    };
    code = ohm_uses_read(reader, &uses, &w->uses);
    return code == OHM_OK && q->cut ? ohm_uses_by_period(reader, &uses, &w->uses) : code;
}

ohm_bill_request ohm_bill_ask(const ohm_bill_work *w, ohm_interval period)
{
    return (ohm_bill_request){
        .contract = w->contract,
        .tz = &w->tariffs->tz,
        .codes = &w->codes,
        .spots = w->spots.list.items,
        .spots_count = w->spots.list.count,
        .period = period,
        .uses = w->uses.items,
        .uses_count = w->uses.count,
        .basis = w->uses.basis,
    };
}

ohm_code ohm_bill_finish(ohm_json *json, char *bytes, char **ret_json, size_t *ret_len)
{
    ohm_code code = ohm_json_finish(json, ret_len);
    assert(code == OHM_OK);
    (void)code;
    *ret_json = bytes;
    return OHM_OK;
}

const char *ohm_bill_fault_word(ohm_code code)
{
    return code == OHM_RANGE ? "no_price" : code == OHM_GAP ? "not_known" : "too_large";
}

void ohm_bill_cents(ohm_json *json, const char *key, int64_t cents)
{
    ohm_json_key_decimal(json, key, cents, -2);
}

void ohm_bill_say_fault(const ohm_bill_work *w, ohm_err err, char **ret_text, size_t *ret_len)
{
    enum { CAP = 192 };
    char at[OHM_LOCAL_MAX];
    char *text = w->bill->fault_ms == OHM_NO_MS ? NULL : malloc(CAP);
    if (!text)
        return;
    ohm_local_write(&w->tariffs->tz, w->bill->fault_ms, at);
    int n = snprintf(text, CAP, "%s: %s", at, err.what);
    *ret_text = text;
    *ret_len = n < 0 ? 0 : n < CAP ? (size_t)n : CAP - 1;
}

/* --- answers ------------------------------------------------------------------------------------
 */

/* The time, and the reason in the reader's language. */
static void reply_where(ohm_exchange *x, ohm_fault fault)
{
    static const char *const words[][2] = {
        { "the contract has no price yet", "le contrat n’a pas encore de prix" },
        { "no spot price is known", "aucun prix du marché n’est connu" },
        { "the colour of the day is not known", "la couleur du jour n’est pas connue" },
        { "reactive energy is not measured", "l’énergie réactive n’est pas mesurée" },
        { "the power drawn is not measured", "la puissance appelée n’est pas mesurée" },
        { "too many prices for one bill", "trop de prix pour une seule facture" },
        { "too many lines for one bill", "trop de lignes pour une seule facture" },
    };
    char line[192];
    const char *what = strstr(x->answer, ": ");
    const char *say = what ? what + 2 : "";
    for (size_t i = 0; x->french && i < sizeof words / sizeof *words; i++)
        if (!strcmp(say, words[i][0]))
            say = words[i][1];
    (void)snprintf(line, sizeof line, "%.*s%s", what ? (int)(what + 2 - x->answer) : 0, x->answer,
                   say);
    ohm_reply_fault_lines(x, fault, "from", line);
}

void ohm_bill_answered(ohm_exchange *x, ohm_code outcome)
{
    if (outcome == OHM_OK) {
        struct MHD_Response *response =
            MHD_create_response_from_buffer(x->answer_len, x->answer, MHD_RESPMEM_MUST_FREE);
        if (response) {
            x->answer = NULL;
            (void)MHD_add_response_header(response, "Content-Type", "application/json");
            ohm_reply(x, MHD_HTTP_OK, response, OHM_NO_STORE);
            return;
        }
        outcome = OHM_NO_MEMORY;
    }
    ohm_fault fault = OHM_FAULT_STORE;
    if (outcome == OHM_UNKNOWN)
        fault = OHM_FAULT_SERIES;
    else if (outcome == OHM_MORE)
        fault = OHM_FAULT_SLOW;
    else if (outcome == OHM_NO_KEY)
        fault = OHM_FAULT_CONTRACT;
    else if (outcome == OHM_RANGE || outcome == OHM_GAP || outcome == OHM_TOO_BIG)
        fault = OHM_FAULT_PRICE;
    else if (outcome == OHM_END)
        fault = OHM_FAULT_FEW_DAYS;
    else if (outcome == OHM_CONFLICT)
        fault = OHM_FAULT_REGISTER;
    if (fault == OHM_FAULT_PRICE && x->answer)
        reply_where(x, fault);
    else
        ohm_reply_fault(x, fault, NULL);
}

void ohm_bill_send(ohm_exchange *x, ohm_history_answer *run, const ohm_bill_query *q)
{
    enum { SHORT_DAYS = 100 };
    bool years = q->range.to_ms - q->range.from_ms > SHORT_DAYS * INT64_C(24) * OHM_HOUR_MS;
    (years ? ohm_years_send : ohm_history_send)(x, run, q, sizeof *q, ohm_bill_answered);
}
