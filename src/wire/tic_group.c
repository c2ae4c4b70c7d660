#include "wire/tic_group.h"

enum { SP = 0x20, HT = 0x09 };

uint8_t ohm_tic_checksum(ohm_span bytes)
{
    unsigned sum = 0;
    for (size_t i = 0; i < bytes.len; i++)
        sum += bytes.ptr[i];
    return (uint8_t)((sum & 0x3f) + 0x20);
}

static ohm_code bad(ohm_tic_fault *fault, ohm_code code, const char *what)
{
    *fault = (ohm_tic_fault){ .what = what };
    return code;
}

static bool printable(ohm_span s, uint8_t from)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < from || s.ptr[i] > 0x7e)
            return false;
    return true;
}

static size_t find(ohm_span s, uint8_t c)
{
    const uint8_t *at = s.len ? memchr(s.ptr, c, s.len) : NULL;
    return at ? (size_t)(at - s.ptr) : s.len;
}

/* The season and the shape; any digits where there is no season. */
static bool looks_dated(ohm_span date)
{
    if (date.len != OHM_TIC_DATE_LEN || !memchr("HEhe ", date.ptr[0], 5))
        return false;
    for (size_t i = 1; i < date.len; i++)
        if (date.ptr[i] < '0' || date.ptr[i] > '9')
            return false;
    return true;
}

/* label [HT date] HT value. */
static ohm_code parse_standard(ohm_span kept, ohm_tic_group *out, ohm_tic_fault *fault)
{
    size_t label_len = find(kept, HT);
    if (label_len == kept.len)
        return bad(fault, OHM_BAD_FORMAT, "a group without a value");
    ohm_span rest = ohm_span_part(kept, label_len + 1, kept.len - label_len - 1);
    size_t date_len = find(rest, HT);
    if (date_len == rest.len) {
        date_len = 0;
    } else {
        if (!looks_dated(ohm_span_part(rest, 0, date_len)))
            return bad(fault, OHM_BAD_FORMAT, "a group of three fields without a date");
        rest = ohm_span_part(rest, date_len + 1, rest.len - date_len - 1);
    }
    if (!printable(rest, SP))
        return bad(fault, OHM_BAD_FORMAT, "a group with bytes that are no text");
    out->label_len = (uint8_t)label_len;
    out->date_len = (uint8_t)date_len;
    out->text_len = (uint8_t)rest.len;
    return OHM_OK;
}

/* label SP value; the value may hold spaces. */
static ohm_code parse_historic(ohm_span kept, ohm_tic_group *out, ohm_tic_fault *fault)
{
    size_t label_len = find(kept, SP);
    if (label_len + 1 >= kept.len)
        return bad(fault, OHM_BAD_FORMAT, "a group without a value");
    if (!printable(kept, SP))
        return bad(fault, OHM_BAD_FORMAT, "a group with bytes that are no text");
    out->label_len = (uint8_t)label_len;
    out->date_len = 0;
    out->text_len = (uint8_t)(kept.len - label_len - 1);
    return OHM_OK;
}

ohm_code ohm_tic_group_parse(ohm_span body, ohm_tic_group *out, ohm_tic_fault *fault)
{
    assert(body.len <= OHM_TIC_GROUP_MAX);
    if (body.len < 4)
        return bad(fault, OHM_BAD_FORMAT, "a group too short for label, value and checksum");
    /* The checksum may itself be a space: count from the end. */
    size_t len = body.len - 2;
    uint8_t separator = body.ptr[len];
    if (separator != SP && separator != HT)
        return bad(fault, OHM_BAD_FORMAT, "a group whose checksum is not one byte");
    bool standard = separator == HT;
    uint8_t sum = ohm_tic_checksum(ohm_span_part(body, 0, len + (standard ? 1 : 0)));
    if (sum != body.ptr[len + 1]) {
        *fault = (ohm_tic_fault){ "a checksum does not match", (char)sum };
        return OHM_BAD_CHECKSUM;
    }
    ohm_span kept = ohm_span_part(body, 0, len);
    ohm_tic_group group = {
        .mode = standard ? OHM_TIC_STANDARD : OHM_TIC_HISTORIC,
        .len = (uint8_t)len,
    };
    ohm_code code =
        standard ? parse_standard(kept, &group, fault) : parse_historic(kept, &group, fault);
    if (code != OHM_OK)
        return code;
    if (group.label_len == 0 || group.label_len > OHM_TIC_LABEL_MAX ||
        !printable(ohm_span_part(kept, 0, group.label_len), SP + 1))
        return bad(fault, OHM_BAD_FORMAT, "a group without a label");
    *out = group;
    return OHM_OK;
}

static unsigned two(const uint8_t *p)
{
    return 10u * (p[0] - '0') + (p[1] - '0');
}

bool ohm_tic_date_parse(ohm_span date, ohm_ms *ret_ms, bool *ret_degraded)
{
    if (!looks_dated(date))
        return false;
    const uint8_t *p = date.ptr;
    unsigned month = two(p + 3), day = two(p + 5);
    unsigned hour = two(p + 7), minute = two(p + 9), second = two(p + 11);
    int year = 2000 + (int)two(p + 1);
    *ret_ms = OHM_NO_MS;
    *ret_degraded = p[0] == 'h' || p[0] == 'e';
    if (p[0] == ' ' || !ohm_date_valid(year, (int)month, (int)day) || hour > 23 || minute > 59 ||
        second > 59)
        return true;
    ohm_date civil = { (int16_t)year, (uint8_t)month, (uint8_t)day };
    int64_t local_s = ohm_days_from_date(civil) * 86400 + hour * 3600 + minute * 60 + second;
    int64_t offset_s = (p[0] | 0x20) == 'h' ? 3600 : 7200;
    *ret_ms = (local_s - offset_s) * 1000;
    return true;
}
