/* What if: loads at other hours. */
#include "base/number.h"
#include "tariff/whatif.h"

static bool in_window(uint16_t from, uint16_t to, unsigned minute)
{
    bool after = minute >= from, before = minute < to;
    return from < to ? after && before : after || before;
}

/* What one step can give or take at a power, mWh. */
static int64_t room_of(const ohm_use *use, int64_t power_w)
{
    return power_w * (use->to_ms - use->from_ms) / 3600;
}

/* Moves within the uses first..last of one local day. */
static int64_t shift_day(ohm_use *uses, const unsigned *minutes, size_t count,
                         const ohm_shift *shift)
{
    int64_t taken = 0, room = 0, most = shift->daily_wh ? shift->daily_wh * 1000 : INT64_MAX;
    for (size_t i = 0; i < count; i++)
        if (in_window(shift->to_minute, shift->to_end_minute, minutes[i]) &&
            uses[i].import_mwh != OHM_NO_USE)
            room += room_of(&uses[i], shift->power_w);
    most = most < room ? most : room;
    for (size_t i = 0; i < count && taken < most; i++) {
        bool source = in_window(shift->from_minute, shift->from_end_minute, minutes[i]) &&
                      !in_window(shift->to_minute, shift->to_end_minute, minutes[i]);
        if (!source || uses[i].import_mwh == OHM_NO_USE)
            continue;
        int64_t part = room_of(&uses[i], shift->power_w);
        part = part < uses[i].import_mwh ? part : uses[i].import_mwh;
        part = part < most - taken ? part : most - taken;
        uses[i].import_mwh -= part;
        taken += part;
    }
    int64_t left = taken;
    for (size_t i = 0; i < count && left > 0; i++) {
        if (!in_window(shift->to_minute, shift->to_end_minute, minutes[i]) ||
            uses[i].import_mwh == OHM_NO_USE)
            continue;
        int64_t part = room_of(&uses[i], shift->power_w);
        part = part < left ? part : left;
        uses[i].import_mwh += part;
        left -= part;
    }
    assert(left == 0); /* no more was taken than there is room for */
    return taken;
}

int64_t ohm_uses_shift(ohm_use *uses, size_t count, const ohm_tz *tz, const ohm_shift *shift)
{
    enum { DAY_STEPS_MAX = 25 * 60 }; /* of a minute, on the longest day */
    unsigned minutes[DAY_STEPS_MAX];
    int64_t moved = 0;
    assert(shift->power_w > 0 && shift->power_w < 1000000000);
    for (size_t first = 0, next; first < count; first = next) {
        ohm_interval day = ohm_civil_day(tz, uses[first].from_ms);
        for (next = first; next < count && uses[next].from_ms < day.to_ms; next++) {
            if (next - first == DAY_STEPS_MAX)
                break;
            ohm_civil local = ohm_civil_from_utc(tz, uses[next].from_ms);
            minutes[next - first] = local.hour * 60U + local.minute;
        }
        moved += shift_day(uses + first, minutes, next - first, shift);
    }
    return moved;
}

/* --- how people write it ---------------------------------------------------------------------- */

/* What stands before the first `sign`; the rest, if there is one, behind it. */
static ohm_span cut(ohm_span *rest, char sign)
{
    const uint8_t *at = rest->len ? memchr(rest->ptr, sign, rest->len) : NULL;
    ohm_span front = *rest;
    if (!at) {
        *rest = ohm_span_of(NULL, 0);
        return front;
    }
    front.len = (size_t)(at - rest->ptr);
    *rest = ohm_span_part(*rest, front.len + 1, rest->len - front.len - 1);
    return front;
}

/* "06:30", to 24:00 */
static bool read_minute(ohm_span text, uint16_t *out)
{
    if (text.len != 5 || text.ptr[2] != ':')
        return false;
    unsigned digits[4];
    static const uint8_t at[4] = { 0, 1, 3, 4 };
    for (int i = 0; i < 4; i++) {
        digits[i] = (unsigned)(text.ptr[at[i]] - '0');
        if (digits[i] > 9)
            return false;
    }
    unsigned minutes = (digits[0] * 10 + digits[1]) * 60 + digits[2] * 10 + digits[3];
    *out = (uint16_t)minutes;
    return digits[2] < 6 && minutes <= OHM_DAY_MINUTES;
}

static bool is_name(ohm_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';
        if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c < 0x80)
            return false;
    }
    return text.len > 0 && text.len < OHM_SHIFT_NAME_MAX;
}

ohm_code ohm_shift_read(ohm_span text, ohm_named_shift *out)
{
    ohm_named_shift named = { .load = "" };
    ohm_span rest = text, load = cut(&rest, '@'), hours = cut(&rest, '/');
    ohm_span power = load, name = cut(&power, ':'), to = hours, from = cut(&to, '-');
    ohm_shift *s = &named.shift;
    if (!is_name(name) || !read_minute(from, &s->to_minute) || !read_minute(to, &s->to_end_minute))
        return OHM_BAD_FORMAT;
    if ((power.ptr && ohm_number_int(power, &s->power_w) != OHM_OK) ||
        (rest.ptr && ohm_number_scaled(rest, 3, &s->daily_wh) != OHM_OK))
        return OHM_BAD_FORMAT;
    bool whole_day = s->to_minute % OHM_DAY_MINUTES == s->to_end_minute % OHM_DAY_MINUTES;
    if (whole_day || s->power_w < 0 || s->power_w > OHM_SHIFT_W_MAX || s->daily_wh < 0 ||
        s->daily_wh > INT64_C(24) * OHM_SHIFT_W_MAX || (power.ptr && !s->power_w))
        return OHM_RANGE;
    memcpy(named.load, name.ptr, name.len);
    s->from_minute = s->to_end_minute % OHM_DAY_MINUTES; /* all the others */
    s->from_end_minute = s->to_minute ? s->to_minute : OHM_DAY_MINUTES;
    *out = named;
    return OHM_OK;
}

ohm_code ohm_shifts_read(ohm_span text, ohm_named_shift out[static OHM_SHIFTS_MAX],
                         unsigned *ret_count)
{
    unsigned count = 0;
    for (ohm_span rest = text; rest.ptr || count == 0; count++) {
        ohm_span one = cut(&rest, ',');
        if (count == OHM_SHIFTS_MAX)
            return OHM_TOO_BIG;
        ohm_code code = ohm_shift_read(one, &out[count]);
        if (code != OHM_OK)
            return code;
    }
    *ret_count = count;
    return OHM_OK;
}
