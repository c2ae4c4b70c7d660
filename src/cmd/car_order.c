#include "cmd/car_order.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

enum { PERCENT = 100 };

static ohm_err check_names(json_t *root)
{
    static const struct {
        const char *name;
        bool number, text, truth, null;
    } members[] = {
        { "need_kwh", .number = true, .null = true },
        { "soc", .number = true },
        { "target_soc", .number = true },
        { "capacity_kwh", .number = true },
        { "ready", .text = true },
        { "daily", .truth = true },
    };
    const char *name;
    json_t *value;
    json_object_foreach(root, name, value)
    {
        size_t i = 0, count = sizeof members / sizeof *members;
        while (i < count && strcmp(name, members[i].name) != 0)
            i++;
        if (i == count)
            return ohm_fail(OHM_UNKNOWN, 0, "has a member that is not known");
        if (!(members[i].number && json_is_number(value)) &&
            !(members[i].text && json_is_string(value)) &&
            !(members[i].truth && json_is_boolean(value)) &&
            !(members[i].null && json_is_null(value)))
            return ohm_fail(OHM_BAD_FORMAT, 0, "has a member of another type");
    }
    return ohm_ok();
}

static double number_of(const json_t *root, const char *name)
{
    const json_t *value = json_object_get(root, name);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* The energy itself, or what lacks of the state of charge that is wanted. */
static ohm_err read_need(const json_t *root, int64_t *ret_wh)
{
    double kwh = number_of(root, "need_kwh"), soc = number_of(root, "soc");
    double target = number_of(root, "target_soc"), capacity = number_of(root, "capacity_kwh");
    int of_soc = !isnan(soc) + !isnan(target) + !isnan(capacity);
    if (isnan(kwh) ? of_soc != 3 : of_soc != 0)
        return ohm_fail(OHM_CONFLICT, 0, "says need_kwh, or soc, target_soc and capacity_kwh");
    if (isnan(kwh)) {
        if (!(soc >= 0 && soc <= PERCENT && target >= 0 && target <= PERCENT && capacity > 0))
            return ohm_fail(OHM_RANGE, 0, "has a state of charge out of range");
        kwh = target > soc ? (target - soc) / PERCENT * capacity : 0;
    }
    if (!(kwh >= 0 && kwh * 1000 <= (double)OHM_WISH_WH_MAX))
        return ohm_fail(OHM_RANGE, 0, "wants an energy out of range");
    *ret_wh = llround(kwh * 1000);
    return ohm_ok();
}

/* "07:00" or "07:00:00"; -1 if it is none. */
static int minute_of(const char *text)
{
    size_t len = strlen(text);
    if ((len != 5 && len != 8) || text[2] != ':' || (len == 8 && strcmp(text + 5, ":00") != 0))
        return -1;
    for (int i = 0; i < 5; i++)
        if (i != 2 && (text[i] < '0' || text[i] > '9'))
            return -1;
    int hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
    return hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

/* The next time that clocks of the site show it. */
static ohm_ms next_at(const ohm_tz *tz, ohm_ms now_ms, int minute)
{
    int64_t today = ohm_days_from_date(ohm_civil_from_utc(tz, now_ms).date);
    ohm_ms first_ms = now_ms, last_ms;
    for (int day = 0; day < 2 && first_ms <= now_ms; day++) {
        const ohm_civil local = { .date = ohm_date_from_days(today + day),
                                  .hour = (uint8_t)(minute / 60),
                                  .minute = (uint8_t)(minute % 60) };
        (void)ohm_civil_to_utc(tz, local, &first_ms, &last_ms);
    }
    return first_ms;
}

static ohm_err read_object(json_t *root, const ohm_tz *tz, ohm_ms now_ms, ohm_day_wish *out)
{
    OHM_TRY(check_names(root));
    if (json_is_null(json_object_get(root, "need_kwh"))) {
        *out = (ohm_day_wish){ .there = false };
        return ohm_ok();
    }
    ohm_day_wish wish = { .there = true,
                          .daily = json_is_true(json_object_get(root, "daily")),
                          .asked_ms = now_ms };
    OHM_TRY(read_need(root, &wish.need_wh));
    const char *ready = json_string_value(json_object_get(root, "ready"));
    if (!ready)
        return ohm_fail(OHM_BAD_FORMAT, 0, "says nothing of when it is to be ready");
    int minute = minute_of(ready);
    if (minute >= 0)
        wish.ready_ms = next_at(tz, now_ms, minute);
    else if (ohm_failed(ohm_rfc3339_parse(ohm_span_text(ready), &wish.ready_ms)))
        return ohm_fail(OHM_BAD_FORMAT, 0, "is to be ready at no time that can be read");
    if (!ohm_day_wish_ok(&wish, now_ms))
        return ohm_fail(OHM_RANGE, 0, "is to be ready in the past, or after two days");
    *out = wish;
    return ohm_ok();
}

ohm_err ohm_car_order_read(ohm_span payload, const ohm_tz *tz, ohm_ms now_ms, ohm_day_wish *out)
{
    json_error_t error;
    json_t *root = payload.len == 0 ? NULL
                                    : json_loadb((const char *)payload.ptr, payload.len,
                                                 JSON_REJECT_DUPLICATES, &error);
    if (!root)
        return ohm_fail(OHM_BAD_FORMAT, 0, "is not JSON");
    ohm_err err = json_is_object(root) ? read_object(root, tz, now_ms, out)
                                       : ohm_fail(OHM_BAD_FORMAT, 0, "is not an object");
    json_decref(root);
    return err;
}
