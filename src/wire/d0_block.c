#include "wire/d0.h"

enum {
    PROFILE_HEAD = 4, /* time, status, period, channels */
    PERIOD_MIN_MAX = 1440,
    DATE_LEN = 6,
};

static const uint8_t obis_time[OHM_OBIS_LEN] = { 1, 0, 0, 9, 1, 255 };
static const uint8_t obis_date[OHM_OBIS_LEN] = { 1, 0, 0, 9, 2, 255 };
static const uint8_t obis_clock[][OHM_OBIS_LEN] = { { 1, 0, 0, 9, 4, 255 },
                                                    { 0, 0, 1, 0, 0, 255 } };
static const uint8_t obis_ids[][OHM_OBIS_LEN] = {
    { 1, 0, 96, 1, 0, 255 }, { 0, 0, 96, 1, 0, 255 }, { 1, 0, 96, 1, 255, 255 },
    { 1, 0, 0, 0, 0, 255 },  { 1, 0, 0, 0, 9, 255 },
};

uint32_t ohm_d0_baud(char z, bool *mode_b)
{
    static const uint32_t bauds[] = { 300, 600, 1200, 2400, 4800, 9600, 19200 };
    *mode_b = z >= 'A' && z <= 'F';
    if (*mode_b)
        return bauds[z - 'A' + 1];
    return z >= '0' && z <= '6' ? bauds[z - '0'] : 0;
}

/* The digits of a date or a time, with a season's digit in front where there are seven. */
static size_t digits_of(const ohm_readout *r, const ohm_readout_set *set, uint8_t *out, size_t max)
{
    size_t n = 0;
    ohm_span text = set && set->count == 1 ? r->values[set->first] : ohm_span_of(NULL, 0);
    for (size_t i = 0; i < text.len; i++) {
        bool digit = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        if (!digit && text.ptr[i] != ':' && text.ptr[i] != '-' && text.ptr[i] != '.')
            return 0;
        if (digit && n == max)
            return 0;
        if (digit)
            out[n++] = text.ptr[i];
    }
    return n;
}

/* 0.9.2 is the date and 0.9.1 the time (IEC 62056-61); 0.9.4 both. */
static void set_time(ohm_d0_message *m)
{
    uint8_t date[DATE_LEN + 1], time[DATE_LEN + 1], both[2 * DATE_LEN + 1];
    const ohm_readout *r = &m->readout;
    m->time = (ohm_readout_time){ .present = false };
    for (size_t i = 0; i < sizeof obis_clock / sizeof *obis_clock && !m->time.present; i++) {
        const ohm_readout_set *set = ohm_readout_find(r, obis_clock[i]);
        if (set && set->count == 1)
            (void)!ohm_readout_stamp_parse(r->values[set->first], &m->time);
    }
    size_t date_len = digits_of(r, ohm_readout_find(r, obis_date), date, sizeof date);
    size_t time_len = digits_of(r, ohm_readout_find(r, obis_time), time, sizeof time);
    if (m->time.present || date_len < DATE_LEN || time_len < DATE_LEN)
        return;
    size_t season = time_len > DATE_LEN;
    if (season)
        both[0] = time[0];
    memcpy(both + season, date + (date_len - DATE_LEN), DATE_LEN);
    memcpy(both + season + DATE_LEN, time + season, DATE_LEN);
    (void)!ohm_readout_stamp_parse(ohm_span_of(both, season + 2 * DATE_LEN), &m->time);
}

static void set_id(ohm_d0_message *m)
{
    m->id[0] = '\0';
    for (size_t i = 0; i < sizeof obis_ids / sizeof *obis_ids && !m->id[0]; i++) {
        const ohm_readout_set *set = ohm_readout_find(&m->readout, obis_ids[i]);
        ohm_span text = set ? m->readout.values[set->first] : ohm_span_of(NULL, 0);
        size_t n = 0;
        for (size_t k = 0; k < text.len && n < OHM_D0_ID_MAX - 1; k++)
            if (text.ptr[k] > ' ' && text.ptr[k] < 0x7f)
                m->id[n++] = (char)text.ptr[k];
        m->id[n] = '\0';
    }
}

ohm_code ohm_d0_read(ohm_span ident, ohm_span block, ohm_d0_message *m, const char **what)
{
    while (ident.len > 0 && ident.ptr[ident.len - 1] == '\r')
        ident.len--;
    *what = "a readout without an identification";
    if (ohm_readout_ident_parse(ident, &m->ident) != OHM_OK)
        return OHM_BAD_FORMAT;
    ohm_code code = ohm_readout_parse(block, &m->readout, what);
    if (code != OHM_OK)
        return code;
    *what = "a readout without data";
    if (m->readout.count == 0)
        return OHM_BAD_FORMAT;
    set_time(m);
    set_id(m);
    return OHM_OK;
}

static ohm_code small_number(ohm_span text, int64_t most, uint16_t *out)
{
    int64_t raw = 0;
    int scaler = 0;
    if (ohm_readout_number(text, &raw, &scaler) != OHM_OK || scaler != 0 || raw < 1 || raw > most)
        return OHM_UNKNOWN;
    *out = (uint16_t)raw;
    return OHM_OK;
}

ohm_code ohm_d0_profile_parse(const ohm_readout *r, const ohm_readout_set *set, ohm_d0_profile *out)
{
    const ohm_span *values = &r->values[set->first];
    ohm_d0_profile p = { .rows = 0 };
    if (set->address.len < 2 || memcmp(set->address.ptr, "P.", 2) != 0 ||
        set->count < PROFILE_HEAD || ohm_readout_stamp_parse(values[0], &p.time) != OHM_OK ||
        small_number(values[2], PERIOD_MIN_MAX, &p.period_min) != OHM_OK ||
        small_number(values[3], OHM_D0_CHANNELS_MAX, &p.channels) != OHM_OK)
        return OHM_UNKNOWN;
    unsigned head = PROFILE_HEAD + 2u * p.channels;
    if (set->count < head || (set->count - head) % p.channels != 0)
        return OHM_UNKNOWN;
    p.status = values[1];
    for (int i = 0; i < p.channels; i++) {
        p.channel[i].code = values[PROFILE_HEAD + 2 * i];
        p.channel[i].unit = values[PROFILE_HEAD + 2 * i + 1];
    }
    p.rows = (uint16_t)((set->count - head) / p.channels);
    p.first = (uint16_t)(set->first + head);
    *out = p;
    return OHM_OK;
}
