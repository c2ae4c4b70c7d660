#include "web/last_bill.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "web/body.h"

#define REGISTER_KWH_MAX 1e9

void ohm_last_bill_write(ohm_json *json, const ohm_last_bill *last)
{
    char date[16];
    (void)snprintf(date, sizeof date, "%04d-%02u-%02u", last->date.year, last->date.month,
                   last->date.day);
    ohm_json_object(json);
    ohm_json_key_str(json, "date", date);
    if (last->has_register)
        ohm_json_key_decimal(json, "register_kwh", last->register_wh, -3);
    else
        ohm_json_key_null(json, "register_kwh");
    ohm_json_end(json);
}

/* "2026-10-14" */
static bool read_date(const char *text, ohm_date *out)
{
    static const uint8_t at[8] = { 0, 1, 2, 3, 5, 6, 8, 9 };
    unsigned digits[8];
    if (!text || strlen(text) != 10 || text[4] != '-' || text[7] != '-')
        return false;
    for (int i = 0; i < 8; i++) {
        digits[i] = (unsigned)(text[at[i]] - '0');
        if (digits[i] > 9)
            return false;
    }
    unsigned year = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3];
    unsigned month = digits[4] * 10 + digits[5], day = digits[6] * 10 + digits[7];
    *out = (ohm_date){ (int16_t)year, (uint8_t)month, (uint8_t)day };
    return year >= 2000 && ohm_date_valid((int)year, (int)month, (int)day);
}

ohm_code ohm_last_bill_parse(ohm_span bytes, ohm_last_bill *out, const char **ret_member)
{
    ohm_last_bill last = { .has_register = false };
    json_t *body = ohm_body_parse(bytes);
    const json_t *value = json_object_get(body, "register_kwh");
    const char *fault = NULL;
    if (!read_date(json_string_value(json_object_get(body, "date")), &last.date))
        fault = "date";
    last.has_register = value && !json_is_null(value);
    if (last.has_register) {
        double kwh = json_is_number(value) ? json_number_value(value) : -1;
        if (!(kwh >= 0 && kwh <= REGISTER_KWH_MAX))
            fault = fault ? fault : "register_kwh";
        else
            last.register_wh = (int64_t)llround(kwh * 1000);
    }
    json_decref(body);
    if (ret_member)
        *ret_member = fault;
    if (fault)
        return OHM_BAD_FORMAT;
    *out = last;
    return OHM_OK;
}

ohm_code ohm_last_bill_load(ohm_reader *reader, ohm_last_bill *out)
{
    uint8_t *bytes;
    size_t len;
    ohm_err err = ohm_reader_get(reader, OHM_LAST_BILL_KEY, &bytes, &len);
    if (ohm_failed(err))
        return err.code;
    ohm_code code = len ? ohm_last_bill_parse(ohm_span_of(bytes, len), out, NULL) : OHM_UNKNOWN;
    free(bytes);
    return code;
}
