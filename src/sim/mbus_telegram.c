#include "sim/mbus_telegram.h"

#include "base/civil.h"
#include "wire/mbus_cipher.h"

enum {
    RSP_UD = 0x08,
    CI_VARIABLE = 0x72,
    CI_ERROR = 0x70,
    BUSY = 8,
    HOUR_MS = 3600000,
};

typedef struct writer {
    uint8_t bytes[OHM_MBUS_DATA_MAX];
    size_t len;
} writer;

static void put(writer *w, uint8_t byte)
{
    assert(w->len < sizeof w->bytes);
    w->bytes[w->len++] = byte;
}

/* `head` is DIF, DIFEs, VIF and VIFEs; `n` bytes of the value, least significant first. */
static void put_int(writer *w, ohm_span head, int64_t value, unsigned n)
{
    for (size_t i = 0; i < head.len; i++)
        put(w, head.ptr[i]);
    for (unsigned i = 0; i < n; i++)
        put(w, (uint8_t)((uint64_t)value >> (8 * i)));
}

static void put_bcd(writer *w, ohm_span head, int64_t value, unsigned n)
{
    put_int(w, head, 0, 0);
    for (unsigned i = 0; i < n; i++, value /= 100)
        put(w, (uint8_t)(value / 10 % 10 << 4 | value % 10));
}

#define HEAD(...)                                                                                  \
    ohm_span_of((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

/* Type F. */
static void put_clock(writer *w, int64_t now_ms)
{
    ohm_tz utc;
    ohm_tz_utc(&utc);
    ohm_civil c = ohm_civil_from_utc(&utc, now_ms);
    unsigned year = (unsigned)c.date.year % 100;
    put_int(w, HEAD(0x04, 0x6d), 0, 0);
    put(w, c.minute);
    put(w, c.hour);
    put(w, (uint8_t)(c.date.day | (year & 7) << 5));
    put(w, (uint8_t)(c.date.month | year >> 3 << 4));
}

/* A number of 0 to 999 that belongs to the meter. */
static int64_t flavour(const ohm_sim_mbus_meter *m)
{
    return m->identity[3] * 10 % 1000 + m->identity[2] % 10;
}

int64_t ohm_sim_mbus_register(const ohm_sim_mbus_meter *m, int64_t now_ms)
{
    int64_t hours = now_ms / HOUR_MS, part_ms = now_ms % HOUR_MS;
    int64_t per_hour = 100 + flavour(m);
    return hours % 100000 * per_hour + part_ms * per_hour / HOUR_MS;
}

static void put_electricity(writer *w, const ohm_sim_mbus_meter *m, int64_t now_ms)
{
    int64_t power = 100 + flavour(m);
    put_int(w, HEAD(0x04, 0x03), ohm_sim_mbus_register(m, now_ms), 4);
    put_int(w, HEAD(0x84, 0x10, 0x03), ohm_sim_mbus_register(m, now_ms) / 3, 4);
    put_int(w, HEAD(0x02, 0x2b), power, 2);
    put_int(w, HEAD(0x02, 0xfd, 0x48), 2300 + flavour(m) % 50, 2);
    put_int(w, HEAD(0x03, 0xfd, 0x59), power * 1000 / 230, 3);
    put_int(w, HEAD(0x02, 0xfb, 0x2d), 5000, 2);
    put_int(w, HEAD(0x02, 0xfd, 0xba, 0x73), 987, 2);
}

static void put_water(writer *w, const ohm_sim_mbus_meter *m, int64_t now_ms)
{
    put_bcd(w, HEAD(0x0c, 0x13), ohm_sim_mbus_register(m, now_ms), 4);
    put_int(w, HEAD(0x02, 0x3b), 100 + flavour(m), 2);
    put_int(w, HEAD(0x42, 0x6c), 0x1cdf, 2);
    put_bcd(w, HEAD(0x4c, 0x13), ohm_sim_mbus_register(m, now_ms) / 2, 4);
}

static void put_heat(writer *w, const ohm_sim_mbus_meter *m, int64_t now_ms)
{
    put_bcd(w, HEAD(0x0c, 0x06), ohm_sim_mbus_register(m, now_ms) / 1000, 4);
    put_bcd(w, HEAD(0x0c, 0x14), ohm_sim_mbus_register(m, now_ms) / 100, 4);
    put_bcd(w, HEAD(0x0b, 0x2d), 12 + flavour(m) % 10, 3);
    put_bcd(w, HEAD(0x0a, 0x5a), 654, 2);
    put_bcd(w, HEAD(0x0a, 0x5e), 402, 2);
    put_bcd(w, HEAD(0x0b, 0x61), 2520, 3);
}

static void put_gas(writer *w, const ohm_sim_mbus_meter *m, int64_t now_ms)
{
    put_bcd(w, HEAD(0x0e, 0x14), ohm_sim_mbus_register(m, now_ms) / 10, 6);
}

/* Telegrams behind the first: months past, ten at a time. */
static void put_months(writer *w, const ohm_sim_mbus_meter *m, int64_t now_ms)
{
    for (unsigned i = 0; i < 10; i++) {
        unsigned storage = 10u * m->at + i;
        uint8_t dif = (uint8_t)(0x84 | (storage & 1) << 6);
        uint8_t dife = (uint8_t)(0x80 | (storage >> 1 & 0xf)), last = (uint8_t)(storage >> 5 & 0xf);
        uint8_t vif = m->kind == OHM_SIM_MBUS_WATER || m->kind == OHM_SIM_MBUS_GAS ? 0x13 : 0x03;
        put_int(w, HEAD(dif, dife, last, vif), ohm_sim_mbus_register(m, now_ms) / (2 + storage), 4);
    }
}

static void put_header(writer *w, const ohm_sim_mbus_meter *m)
{
    for (size_t i = 0; i < 4; i++)
        put(w, m->identity[3 - i]);
    for (size_t i = 4; i < 8; i++)
        put(w, m->identity[i]);
    put(w, m->access);
    put_int(w, HEAD(0x00), 0, 2); /* status, signature */
}

/* The same under the meter's key; its clock, registers and months fit 15 blocks. */
static size_t put_enciphered(const ohm_sim_mbus_meter *m, uint8_t control, const writer *w,
                             uint8_t out[static OHM_MBUS_LONG_MAX])
{
    const ohm_mbus_security how = { .mode = 5 };
    uint8_t data[OHM_MBUS_DATA_MAX + 1];
    size_t len = 0;
    ohm_code code = ohm_mbus_encipher(m->cipher, &how, ohm_span_of(w->bytes, w->len), data, &len);
    assert(code == OHM_OK);
    (void)code;
    return ohm_mbus_put_long(control, m->primary, data[0], ohm_span_of(data + 1, len - 1), out);
}

size_t ohm_sim_mbus_telegram(const ohm_sim_mbus_meter *m, int64_t now_ms,
                             uint8_t out[static OHM_MBUS_LONG_MAX])
{
    static void (*const bodies[])(writer *, const ohm_sim_mbus_meter *, int64_t) = {
        put_electricity,
        put_water,
        put_heat,
        put_gas,
    };
    static const uint8_t busy = BUSY;
    uint8_t control = (uint8_t)(RSP_UD | (m->alarm ? OHM_MBUS_ACD : 0));
    writer w = { .len = 0 };
    if (m->busy)
        return ohm_mbus_put_long(RSP_UD, m->primary, CI_ERROR, ohm_span_of(&busy, 1), out);
    put_header(&w, m);
    if (m->at == 0) {
        put_clock(&w, now_ms);
        bodies[m->kind](&w, m, now_ms);
    } else {
        put_months(&w, m, now_ms);
    }
    if (m->telegrams > 1)
        put(&w, m->at + 1 < m->telegrams ? 0x1f : 0x0f);
    if (m->cipher)
        return put_enciphered(m, control, &w, out);
    return ohm_mbus_put_long(control, m->primary, CI_VARIABLE, ohm_span_of(w.bytes, w.len), out);
}
