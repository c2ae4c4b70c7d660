#include "cmd/limit_order.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

#include "control/limit.h"

static const int64_t week_ms = 7 * 24 * (int64_t)OHM_HOUR_MS;

/* A number of the object; NAN if there is none. `ret_null`: it is there, and null. */
static double number_of(const json_t *root, const char *name, bool *ret_null)
{
    const json_t *value = json_object_get(root, name);
    *ret_null = *ret_null || json_is_null(value);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static ohm_err check_names(json_t *root)
{
    static const char *const names[] = { "va", "w", "active", "minutes", "duration_s" };
    const char *name;
    json_t *value;
    json_object_foreach(root, name, value)
    {
        bool known = false;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            known = known || strcmp(name, names[i]) == 0;
        if (!known)
            return ohm_fail(OHM_UNKNOWN, 0, "has a member that is not known");
        bool active = strcmp(name, "active") == 0;
        if (active ? !json_is_boolean(value) : !json_is_number(value) && !json_is_null(value))
            return ohm_fail(OHM_BAD_FORMAT, 0, "has a member of another type");
    }
    return ohm_ok();
}

static ohm_err read_object(json_t *root, ohm_limit_order *out)
{
    bool taken_back = json_is_false(json_object_get(root, "active")), no_end = false;
    OHM_TRY(check_names(root));
    double va = number_of(root, "va", &taken_back), w = number_of(root, "w", &taken_back);
    double minutes = number_of(root, "minutes", &no_end);
    double seconds = number_of(root, "duration_s", &no_end);
    if (taken_back) {
        *out = (ohm_limit_order){ .limits = false };
        return ohm_ok();
    }
    if (isnan(va) == isnan(w) || (!isnan(minutes) && !isnan(seconds)))
        return ohm_fail(OHM_CONFLICT, 0, "says one of va and w, and one duration at most");
    double power = isnan(va) ? w : va;
    if (!(power >= 0) || power > OHM_LIMIT_VA_MAX)
        return ohm_fail(OHM_RANGE, 0, "has a power out of range");
    double ms = !isnan(minutes)   ? minutes * OHM_MINUTE_MS
                : !isnan(seconds) ? seconds * OHM_SECOND_MS
                                  : OHM_LIMIT_ORDER_MS;
    if (!(ms >= OHM_SECOND_MS) || ms > (double)week_ms)
        return ohm_fail(OHM_RANGE, 0, "holds for a second to a week");
    *out = (ohm_limit_order){ .limits = true, .va = (int32_t)power, .duration_ms = (int64_t)ms };
    return ohm_ok();
}

ohm_err ohm_limit_order_read(ohm_span payload, ohm_limit_order *out)
{
    json_error_t error;
    json_t *root = payload.len == 0 ? NULL
                                    : json_loadb((const char *)payload.ptr, payload.len,
                                                 JSON_REJECT_DUPLICATES, &error);
    if (!root)
        return ohm_fail(OHM_BAD_FORMAT, 0, "is not JSON");
    ohm_err err = json_is_object(root) ? read_object(root, out)
                                       : ohm_fail(OHM_BAD_FORMAT, 0, "is not an object");
    json_decref(root);
    return err;
}
