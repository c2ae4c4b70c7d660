/* Prices of the day-ahead markets, in EUR/MWh: Energy-Charts, Nord Pool, aWATTar, Tibber. A null
 * is an hour without a price; zero and negative prices are prices. Prices in another currency
 * are refused: nothing here knows a rate of exchange. */
#include <string.h>

#include "fetch/answer_parts.h"
#include "fetch/json_body.h"

enum {
    KWH_TO_MWH = 3,        /* EUR/kWh × 10^3 are EUR/MWh */
    EPOCH_MAX = 253402300, /* thousands of seconds: the year 9999 */
};

/* A unit as services write it: "EUR / MWh", "Eur/MWh", "EUR/MWh". */
static bool is_eur_per_mwh(ohm_span text)
{
    static const char want[] = "eur/mwh";
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c == ' ')
            continue;
        if (c >= 'A' && c <= 'Z')
            c = (uint8_t)(c - 'A' + 'a');
        if (len == sizeof want - 1 || c != (uint8_t)want[len])
            return false;
        len++;
    }
    return len == sizeof want - 1;
}

static ohm_err check_unit(ohm_answer_reading *b, const json_t *unit)
{
    if (!unit || json_is_null(unit))
        return ohm_ok();
    if (!json_is_string(unit) || !is_eur_per_mwh(ohm_answer_text(unit)))
        return ohm_answer_quote_json(b, unit,
                                     ohm_fail(OHM_UNSUPPORTED, 0, "the prices are not in EUR/MWh"));
    return ohm_ok();
}

static ohm_err check_currency(ohm_answer_reading *b, const json_t *currency)
{
    if (!currency || json_is_null(currency))
        return ohm_ok();
    if (!json_is_string(currency) || !ohm_span_is(ohm_answer_text(currency), "EUR"))
        return ohm_answer_quote_json(b, currency,
                                     ohm_fail(OHM_UNSUPPORTED, 0, "the prices are not in EUR"));
    return ohm_ok();
}

/* One price over an interval; its end may be open. A null is an interval without one. */
static ohm_err add_price(ohm_answer_reading *b, ohm_interval when, const json_t *price, int shift)
{
    ohm_draft draft = { .segment = { .when = when } };
    ohm_code code = ohm_answer_decimal(price, shift, &draft.segment);
    draft.known = code == OHM_OK;
    if (code != OHM_OK && code != OHM_UNKNOWN)
        return ohm_answer_at(b, when.from_ms, ohm_fail(code, 0, "a price is not a number"));
    return ohm_answer_add(b, draft);
}

/* --- Energy-Charts ------------------------------------------------------------------------- */

/* {"unix_seconds":[…],"price":[…],"unit":"EUR / MWh"}: two lists side by side. */
ohm_err ohm_answer_energy_charts(json_t *root, ohm_answer_reading *b)
{
    const json_t *times = ohm_answer_array(root, "unix_seconds");
    const json_t *prices = ohm_answer_array(root, "price");
    if (!times || !prices)
        return ohm_answer_refuse_error(b, root, "the body has no unix_seconds and price");
    OHM_TRY(check_unit(b, json_object_get(root, "unit")));
    if (json_array_size(times) != json_array_size(prices))
        return ohm_fail(OHM_BAD_FORMAT, 0, "there are not as many prices as times");
    for (size_t i = 0; i < json_array_size(times); i++) {
        const json_t *time = json_array_get(times, i);
        int64_t s = json_is_integer(time) ? json_integer_value(time) : -1;
        if (s < 0 || s / 1000 > EPOCH_MAX)
            return ohm_fail(OHM_BAD_FORMAT, 0, "a time is not in seconds since 1970");
        OHM_TRY(add_price(b, (ohm_interval){ s * OHM_SECOND_MS, OHM_NO_MS },
                          json_array_get(prices, i), 0));
    }
    return ohm_ok();
}

#define MARKET_MS_MIN INT64_C(946684800000) /* 2000-01-01 */

/* --- aWATTar ------------------------------------------------------------------------------- */

static ohm_err read_epoch(ohm_answer_reading *b, const json_t *entry, const char *key, ohm_ms *out)
{
    int64_t ms = 0;
    /* Seconds would be of 1970: no market was there. */
    ohm_code code = ohm_json_body_int(entry, key, MARKET_MS_MIN, EPOCH_MAX * (int64_t)1000000, &ms);
    if (code != OHM_OK)
        return ohm_answer_quote(
            b, ohm_span_text(key),
            ohm_fail(OHM_BAD_FORMAT, 0, "a time is not in milliseconds since 1970"));
    *out = ms;
    return ohm_ok();
}

ohm_err ohm_answer_awattar(json_t *root, ohm_answer_reading *b)
{
    const json_t *data = ohm_answer_array(root, "data");
    if (!data)
        return ohm_answer_refuse_error(b, root, "the body has no data");
    for (size_t i = 0; i < json_array_size(data); i++) {
        const json_t *entry = json_array_get(data, i);
        ohm_interval when;
        OHM_TRY(read_epoch(b, entry, "start_timestamp", &when.from_ms));
        OHM_TRY(read_epoch(b, entry, "end_timestamp", &when.to_ms));
        OHM_TRY(check_unit(b, json_object_get(entry, "unit")));
        OHM_TRY(add_price(b, when, json_object_get(entry, "marketprice"), 0));
    }
    return ohm_ok();
}

/* --- Nord Pool ----------------------------------------------------------------------------- */

/* The area that is asked for; else France; else the only one there is. */
static ohm_err pick_area(ohm_answer_reading *b, const json_t *root, const char **ret_area)
{
    const json_t *areas = ohm_answer_array(root, "deliveryAreas");
    const char *asked = b->options->series;
    size_t count = json_array_size(areas);
    const char *only = count == 1 ? json_string_value(json_array_get(areas, 0)) : NULL;
    for (size_t i = 0; !asked && i < count; i++)
        if (json_is_string(json_array_get(areas, i)) &&
            ohm_span_is(ohm_answer_text(json_array_get(areas, i)), "FR"))
            only = "FR";
    bool there = !asked || count == 0;
    for (size_t i = 0; !there && i < count; i++)
        there = ohm_span_is(ohm_answer_text(json_array_get(areas, i)), asked);
    if (!there)
        return ohm_answer_quote(b, ohm_span_text(asked),
                                ohm_fail(OHM_UNKNOWN, 0, "the body is of other areas than"));
    *ret_area = asked ? asked : only;
    if (!*ret_area && count > 1)
        return ohm_fail(OHM_UNKNOWN, 0, "the body has several areas: choose one (--series)");
    return ohm_ok();
}

static ohm_err read_delivery(ohm_answer_reading *b, json_t *entry, const char *area)
{
    const json_t *start = json_object_get(entry, "deliveryStart");
    const json_t *end = json_object_get(entry, "deliveryEnd");
    json_t *prices = json_object_get(entry, "entryPerArea");
    ohm_interval when;
    if (!json_is_string(start) || !json_is_string(end) ||
        ohm_answer_time(ohm_answer_text(start), NULL, &when.from_ms) != OHM_OK ||
        ohm_answer_time(ohm_answer_text(end), NULL, &when.to_ms) != OHM_OK)
        return ohm_answer_quote_json(
            b, start, ohm_fail(OHM_BAD_FORMAT, 0, "a deliveryStart or deliveryEnd is not a time"));
    if (!json_is_object(prices))
        return ohm_answer_at(b, when.from_ms,
                             ohm_fail(OHM_BAD_FORMAT, 0, "a delivery has no entryPerArea"));
    const json_t *price =
        area ? json_object_get(prices, area) : json_object_iter_value(json_object_iter(prices));
    return add_price(b, when, price, 0);
}

ohm_err ohm_answer_nordpool(json_t *root, ohm_answer_reading *b)
{
    const json_t *entries = ohm_answer_array(root, "multiAreaEntries");
    const char *area = NULL;
    if (!entries)
        return ohm_answer_refuse_error(b, root, "the body has no multiAreaEntries");
    OHM_TRY(check_currency(b, json_object_get(root, "currency")));
    OHM_TRY(pick_area(b, root, &area));
    const json_t *updated = json_object_get(root, "updatedAt");
    if (json_is_string(updated))
        ohm_answer_made(b, ohm_answer_text(updated));
    for (size_t i = 0; i < json_array_size(entries); i++)
        OHM_TRY(read_delivery(b, json_array_get(entries, i), area));
    return ohm_ok();
}

/* --- Tibber -------------------------------------------------------------------------------- */

static ohm_err read_tibber_entry(ohm_answer_reading *b, const json_t *entry)
{
    const char *series = b->options->series ? b->options->series : "total";
    const json_t *start = json_object_get(entry, "startsAt");
    ohm_interval when = { 0, OHM_NO_MS };
    if (json_is_null(entry))
        return ohm_ok();
    if (!json_is_string(start) ||
        ohm_answer_time(ohm_answer_text(start), NULL, &when.from_ms) != OHM_OK)
        return ohm_answer_quote_json(b, start,
                                     ohm_fail(OHM_BAD_FORMAT, 0, "a startsAt is not a time"));
    OHM_TRY(check_currency(b, json_object_get(entry, "currency")));
    return add_price(b, when, json_object_get(entry, series), KWH_TO_MWH);
}

static ohm_err read_tibber_list(ohm_answer_reading *b, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        OHM_TRY(read_tibber_entry(b, json_array_get(list, i)));
    return ohm_ok();
}

/* priceInfo{today,tomorrow}, priceInfo{range{nodes}} and priceInfoRange{nodes}, whatever was asked
 * for. An hour that several of them tell is one hour. */
static ohm_err read_subscription(ohm_answer_reading *b, const json_t *subscription, bool *ret_found)
{
    const json_t *info = ohm_answer_object(subscription, "priceInfo");
    const json_t *lists[] = { ohm_answer_array(info, "today"), ohm_answer_array(info, "tomorrow"),
                              ohm_answer_array(ohm_answer_object(info, "range"), "nodes"),
                              ohm_answer_array(ohm_answer_object(subscription, "priceInfoRange"),
                                               "nodes") };
    const json_t *current = ohm_answer_object(info, "current");
    OHM_TRY(check_currency(b, json_object_get(current, "currency")));
    bool listed = false;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        listed = listed || lists[i];
        OHM_TRY(read_tibber_list(b, lists[i]));
    }
    if (!listed && json_object_get(current, "startsAt"))
        OHM_TRY(read_tibber_entry(b, current));
    *ret_found = listed || json_object_get(current, "startsAt");
    return ohm_ok();
}

/* Of several homes the first that has prices. An answer with errors is refused even when it has
 * data as well: what is missing from it can't be told from what there is not. */
ohm_err ohm_answer_tibber(json_t *root, ohm_answer_reading *b)
{
    const json_t *errors = ohm_answer_array(root, "errors");
    if (json_array_size(errors) > 0)
        return ohm_answer_quote_json(b, json_object_get(json_array_get(errors, 0), "message"),
                                     ohm_fail(OHM_DENIED, 0, "the service answered with an error"));
    const json_t *viewer = ohm_answer_object(ohm_answer_object(root, "data"), "viewer");
    const json_t *homes = ohm_answer_array(viewer, "homes");
    const json_t *home = ohm_answer_object(viewer, "home");
    if (!viewer)
        return ohm_answer_refuse_error(b, root, "the body has no data.viewer");
    if (b->options->series && strcmp(b->options->series, "total") != 0 &&
        strcmp(b->options->series, "energy") != 0 && strcmp(b->options->series, "tax") != 0)
        return ohm_fail(OHM_UNKNOWN, 0, "the series is not total, energy or tax");
    bool found = false;
    if (home)
        OHM_TRY(read_subscription(b, ohm_answer_object(home, "currentSubscription"), &found));
    for (size_t i = 0; !found && i < json_array_size(homes); i++)
        OHM_TRY(read_subscription(
            b, ohm_answer_object(json_array_get(homes, i), "currentSubscription"), &found));
    return found ? ohm_ok() : ohm_fail(OHM_BAD_FORMAT, 0, "no home of the body has prices");
}
