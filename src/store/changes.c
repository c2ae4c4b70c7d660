#include "store/changes.h"

#include "base/number.h"
#include "store/text.h"

enum { KEY_END = 128 };

static bool read_line(ohm_span line, ohm_change *out)
{
    ohm_span number, from, to;
    if (!ohm_text_cut(&line, ' ', &number) || !ohm_text_cut(&line, ' ', &from) ||
        !ohm_text_cut(&line, ' ', &to) || ohm_number_int(number, &out->number) != OHM_OK ||
        ohm_number_int(from, &out->range.from_ms) != OHM_OK ||
        ohm_number_int(to, &out->range.to_ms) != OHM_OK)
        return false;
    out->device_key = line;
    return out->number > 0 && out->number < INT64_MAX && line.len > 0 && line.len < KEY_END &&
           out->range.from_ms < out->range.to_ms;
}

bool ohm_changes_next(ohm_span *text, ohm_change *out)
{
    ohm_span line;
    while (ohm_text_cut(text, '\n', &line))
        if (read_line(line, out))
            return true;
    return false;
}

static size_t put_number(char *out, int64_t number)
{
    char digits[24];
    size_t at = sizeof digits;
    bool negative = number < 0;
    uint64_t rest = negative ? 0 - (uint64_t)number : (uint64_t)number;
    do
        digits[--at] = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (negative)
        digits[--at] = '-';
    memcpy(out, digits + at, sizeof digits - at);
    return sizeof digits - at;
}

static size_t put_line(char *out, const ohm_change *change)
{
    size_t len = put_number(out, change->number);
    out[len++] = ' ';
    len += put_number(out + len, change->range.from_ms);
    out[len++] = ' ';
    len += put_number(out + len, change->range.to_ms);
    out[len++] = ' ';
    memcpy(out + len, change->device_key.ptr, change->device_key.len);
    len += change->device_key.len;
    out[len++] = '\n';
    return len;
}

size_t ohm_changes_add(ohm_span had, ohm_span device_key, ohm_interval range, char *out)
{
    assert(device_key.len > 0 && device_key.len < KEY_END);
    size_t len = 0;
    ohm_change change, now = { 1, device_key, range };
    while (ohm_changes_next(&had, &change)) {
        if (change.number >= now.number)
            now.number = change.number + 1;
        if (!ohm_span_equal(change.device_key, device_key)) {
            len += put_line(out + len, &change);
            continue;
        }
        if (change.range.from_ms < now.range.from_ms)
            now.range.from_ms = change.range.from_ms;
        if (change.range.to_ms > now.range.to_ms)
            now.range.to_ms = change.range.to_ms;
    }
    return len + put_line(out + len, &now);
}
