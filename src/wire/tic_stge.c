#include "wire/tic_stge.h"

static const struct {
    uint8_t shift, width;
} fields[OHM_STGE_FIELDS_COUNT] = {
    [OHM_STGE_CONTACT] = { 0, 1 },
    [OHM_STGE_BREAKER] = { 1, 3 },
    [OHM_STGE_COVER] = { 4, 1 },
    [OHM_STGE_OVERVOLTAGE] = { 6, 1 },
    [OHM_STGE_OVERRUN] = { 7, 1 },
    [OHM_STGE_PRODUCER] = { 8, 1 },
    [OHM_STGE_INJECTING] = { 9, 1 },
    [OHM_STGE_TARIFF] = { 10, 4 },
    [OHM_STGE_DISTRIBUTOR_TARIFF] = { 14, 2 },
    [OHM_STGE_CLOCK_DEGRADED] = { 16, 1 },
    [OHM_STGE_STANDARD_MODE] = { 17, 1 },
    [OHM_STGE_EURIDIS] = { 19, 2 },
    [OHM_STGE_PLC] = { 21, 2 },
    [OHM_STGE_PLC_SYNCHRONISED] = { 23, 1 },
    [OHM_STGE_TEMPO_TODAY] = { 24, 2 },
    [OHM_STGE_TEMPO_TOMORROW] = { 26, 2 },
    [OHM_STGE_PEAK_NOTICE] = { 28, 2 },
    [OHM_STGE_PEAK] = { 30, 2 },
};

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

ohm_code ohm_tic_stge_parse(ohm_span text, ohm_tic_stge *out)
{
    uint32_t bits = 0;
    if (text.len != 8)
        return OHM_BAD_FORMAT;
    for (size_t i = 0; i < text.len; i++) {
        int digit = digit_of(text.ptr[i]);
        if (digit < 0)
            return OHM_BAD_FORMAT;
        bits = bits << 4 | (uint32_t)digit;
    }
    out->bits = bits;
    return OHM_OK;
}

static uint32_t mask_of(ohm_stge_field field)
{
    assert((unsigned)field < OHM_STGE_FIELDS_COUNT);
    return (UINT32_C(1) << fields[field].width) - 1;
}

unsigned ohm_tic_stge_get(const ohm_tic_stge *stge, ohm_stge_field field)
{
    return stge->bits >> fields[field].shift & mask_of(field);
}

ohm_tic_stge ohm_tic_stge_with(ohm_tic_stge stge, ohm_stge_field field, unsigned value)
{
    uint32_t mask = mask_of(field);
    assert(value <= mask);
    unsigned shift = fields[field].shift;
    return (ohm_tic_stge){ (stge.bits & ~(mask << shift)) | value << shift };
}

/* The name of a code, NULL where the standard has none. */
static const char *name_of(const char *const names[], size_t count, unsigned value)
{
    return value < count ? names[value] : NULL;
}

const char *ohm_tic_breaker_name(unsigned value)
{
    static const char *const names[] = {
        "closed",       "open_overpower",          "open_overvoltage",         "open_shedding",
        "open_ordered", "open_overheat_high_load", "open_overheat_normal_load"
    };
    return name_of(names, sizeof names / sizeof *names, value);
}

const char *ohm_tic_euridis_name(unsigned value)
{
    static const char *const names[] = { "off", "unsecured", NULL, "secured" };
    return name_of(names, sizeof names / sizeof *names, value);
}

const char *ohm_tic_plc_name(unsigned value)
{
    static const char *const names[] = { "new_unlocked", "new_locked", "registered" };
    return name_of(names, sizeof names / sizeof *names, value);
}
