#include "analysis/keep.h"

#include <math.h>

#include "base/time.h"

static const int64_t time_limit_ms = INT64_C(1) << 52;

void ohm_keep_write(ohm_keep *k, uint8_t *out, size_t cap)
{
    *k = (ohm_keep){ .out = out, .cap = cap, .err = ohm_ok() };
}

void ohm_keep_read(ohm_keep *k, ohm_span in)
{
    *k = (ohm_keep){ .in = in, .reads = true, .err = ohm_ok() };
}

void ohm_keep_fail(ohm_keep *k, ohm_code code, const char *what)
{
    if (!ohm_failed(k->err))
        k->err = ohm_fail(code, (uint32_t)k->pos, what);
}

/* Whether so many bytes can be read here. */
static bool there(ohm_keep *k, size_t count)
{
    if (ohm_failed(k->err))
        return false;
    if (count <= k->in.len - k->pos)
        return true;
    ohm_keep_fail(k, OHM_MORE, "the bytes end too early");
    return false;
}

void ohm_keep_bytes(ohm_keep *k, uint8_t *bytes, size_t count)
{
    if (k->reads) {
        if (!there(k, count))
            return;
        memcpy(bytes, k->in.ptr + k->pos, count);
    } else if (k->pos <= k->cap && count <= k->cap - k->pos) {
        memcpy(k->out + k->pos, bytes, count);
    }
    k->pos += count;
}

/* `size` bytes, the highest first. */
static uint64_t number(ohm_keep *k, uint64_t value, size_t size)
{
    uint8_t bytes[8] = { 0 };
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> 8 * (size - 1 - i));
    ohm_keep_bytes(k, bytes, size);
    value = 0;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)bytes[i] << 8 * (size - 1 - i);
    return value;
}

void ohm_keep_long(ohm_keep *k, int64_t *value, int64_t least, int64_t most)
{
    int64_t read = (int64_t)number(k, (uint64_t)*value, 8);
    if (!k->reads || ohm_failed(k->err))
        return;
    if (read < least || read > most)
        ohm_keep_fail(k, OHM_RANGE, "a number is out of its range");
    else
        *value = read;
}

void ohm_keep_int(ohm_keep *k, int *value, int least, int most)
{
    int64_t read = *value;
    ohm_keep_long(k, &read, least, most);
    *value = (int)read;
}

void ohm_keep_flag(ohm_keep *k, bool *value)
{
    uint8_t byte = *value;
    ohm_keep_bytes(k, &byte, 1);
    if (byte > 1)
        ohm_keep_fail(k, OHM_RANGE, "a flag is neither 0 nor 1");
    *value = byte == 1;
}

void ohm_keep_day(ohm_keep *k, int64_t *day)
{
    ohm_keep_long(k, day, -OHM_KEEP_DAYS, OHM_KEEP_DAYS);
}

bool ohm_keep_is_time(int64_t time_ms)
{
    return time_ms >= -time_limit_ms && time_ms <= time_limit_ms;
}

void ohm_keep_time(ohm_keep *k, int64_t *time_ms)
{
    bool none = *time_ms == OHM_NO_MS;
    ohm_keep_flag(k, &none);
    if (none)
        *time_ms = OHM_NO_MS;
    else if (k->reads && *time_ms == OHM_NO_MS)
        *time_ms = 0;
    if (!none)
        ohm_keep_long(k, time_ms, -time_limit_ms, time_limit_ms);
}

/* Where `size` bytes of numbers lie, to be read or written; NULL: there is no room, or nothing. */
static uint8_t *written(ohm_keep *k, size_t size)
{
    bool fits = !k->reads && k->pos <= k->cap && size <= k->cap - k->pos;
    return fits ? k->out + k->pos : NULL;
}

static const uint8_t *to_be_read(ohm_keep *k, size_t size)
{
    return k->reads && there(k, size) ? k->in.ptr + k->pos : NULL;
}

void ohm_keep_doubles(ohm_keep *k, double *of, size_t count)
{
    uint8_t *out = written(k, count * sizeof *of);
    const uint8_t *in = to_be_read(k, count * sizeof *of);
    for (size_t i = 0; out && i < count; i++) {
        double value = isnan(of[i]) ? NAN : of[i];
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        for (size_t b = 0; b < sizeof bits; b++)
            out[i * sizeof bits + b] = (uint8_t)(bits >> 8 * (sizeof bits - 1 - b));
    }
    for (size_t i = 0; in && i < count; i++) {
        uint64_t bits = ohm_be64(in + i * sizeof bits);
        memcpy(&of[i], &bits, sizeof bits);
    }
    k->pos += in || !k->reads ? count * sizeof *of : 0;
}

void ohm_keep_floats(ohm_keep *k, float *of, size_t count)
{
    uint8_t *out = written(k, count * sizeof *of);
    const uint8_t *in = to_be_read(k, count * sizeof *of);
    for (size_t i = 0; out && i < count; i++) {
        float value = isnan(of[i]) ? (float)NAN : of[i];
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        for (size_t b = 0; b < sizeof bits; b++)
            out[i * sizeof bits + b] = (uint8_t)(bits >> 8 * (sizeof bits - 1 - b));
    }
    for (size_t i = 0; in && i < count; i++) {
        uint32_t bits = ohm_be32(in + i * sizeof bits);
        memcpy(&of[i], &bits, sizeof bits);
    }
    k->pos += in || !k->reads ? count * sizeof *of : 0;
}

void ohm_keep_same(ohm_keep *k, int value)
{
    int read = value;
    ohm_keep_int(k, &read, -OHM_KEEP_COUNT_MAX, OHM_KEEP_COUNT_MAX);
    if (read != value)
        ohm_keep_fail(k, OHM_CONFLICT, "these bytes are of another version, or other options");
}

ohm_err ohm_keep_end(ohm_keep *k)
{
    if (k->reads && k->pos < k->in.len)
        ohm_keep_fail(k, OHM_BAD_FORMAT, "bytes are left over");
    if (!k->reads && k->pos > k->cap)
        ohm_keep_fail(k, OHM_TOO_BIG, "the room is too small");
    return k->err;
}
