#include "wire/crc16_arc.h"
#include "wire/p1.h"

enum {
    CRC_DIGITS = 4,
    OLD_BRACKETS = 7, /* of 0-n:24.3.0: time, four numbers, code, unit; then the value */
};

static const uint8_t obis_time[OHM_OBIS_LEN] = { 0, 0, 1, 0, 0, 255 };
static const uint8_t obis_version[OHM_OBIS_LEN] = { 1, 3, 0, 2, 8, 255 };
static const uint8_t obis_belgium[OHM_OBIS_LEN] = { 0, 0, 96, 1, 4, 255 };
static const uint8_t obis_message_code[OHM_OBIS_LEN] = { 0, 0, 96, 13, 1, 255 };
static const uint8_t obis_ids[][OHM_OBIS_LEN] = {
    { 0, 0, 96, 1, 1, 255 },
    { 0, 0, 96, 1, 0, 255 },
    { 0, 0, 42, 0, 0, 255 },
};

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* --- the identification, which is hex of text ---------------------------------------------------
 */

static void set_id(ohm_span hex, char out[static OHM_P1_ID_MAX])
{
    size_t n = hex.len / 2;
    bool text = hex.len % 2 == 0 && n > 0 && n < OHM_P1_ID_MAX;
    for (size_t i = 0; text && i < n; i++) {
        int high = hex_digit(hex.ptr[2 * i]), low = hex_digit(hex.ptr[2 * i + 1]);
        int c = high * 16 + low;
        text = high >= 0 && low >= 0 && c >= ' ' && c < 0x7f;
        out[i] = (char)c;
    }
    if (!text) {
        n = hex.len < OHM_P1_ID_MAX ? hex.len : OHM_P1_ID_MAX - 1;
        for (size_t i = 0; i < n; i++)
            out[i] = hex.ptr[i] < 0x7f ? (char)hex.ptr[i] : '?';
    }
    out[n] = '\0';
}

/* --- the meters on the bus ----------------------------------------------------------------------
 */

static uint16_t quantity_of_kind(int64_t kind)
{
    static const struct {
        uint8_t kind;
        uint16_t quantity;
    } kinds[] = {
        { 3, OHM_Q_GAS_VOLUME },    { 4, OHM_Q_HEAT_ENERGY },     { 6, OHM_Q_HOT_WATER_VOLUME },
        { 7, OHM_Q_WATER_VOLUME },  { 10, OHM_Q_COOLING_ENERGY }, { 11, OHM_Q_COOLING_ENERGY },
        { 12, OHM_Q_HEAT_ENERGY },  { 13, OHM_Q_HEAT_ENERGY },    { 21, OHM_Q_HOT_WATER_VOLUME },
        { 22, OHM_Q_WATER_VOLUME },
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].kind == kind)
            return kinds[i].quantity;
    return OHM_Q_NONE;
}

/* DSMR 2 and 3: (time)(status)(…)(…)(code)(unit) and the value on the next line. */
static void understand_old(const ohm_readout *r, ohm_readout_set *set)
{
    const ohm_span *values = &r->values[set->first];
    uint8_t code = OHM_UNIT_UNKNOWN;
    int64_t raw = 0;
    int scaler = 0, unit_scaler = 0;
    if (set->count != OLD_BRACKETS || !ohm_readout_unit(values[5], &code, &unit_scaler) ||
        ohm_readout_number(values[6], &raw, &scaler) != OHM_OK)
        return;
    (void)!ohm_readout_time_parse(values[0], &set->time);
    set->has_number = true;
    set->raw = raw;
    set->scaler = (int8_t)(scaler + unit_scaler);
    set->unit = code;
}

static bool is_register(const ohm_readout_set *set)
{
    const uint8_t *o = set->obis;
    return set->has_obis && o[0] == 0 && o[1] > 0 && o[2] == 24 &&
           ((o[3] == 2 && (o[4] == 1 || o[4] == 3)) || (o[3] == 3 && o[4] == 0));
}

static bool is_later(const ohm_civil *a, const ohm_civil *b)
{
    int64_t days = ohm_days_from_date(a->date) - ohm_days_from_date(b->date);
    int seconds = (a->hour - b->hour) * 3600 + (a->minute - b->minute) * 60 + a->second - b->second;
    return days != 0 ? days > 0 : seconds > 0;
}

/* A meter that was replaced stays on its channel: of two of a kind the later one speaks. */
static void claim(ohm_readout *r, ohm_readout_set *set, uint16_t quantity)
{
    for (int i = 0; i < r->count; i++) {
        ohm_readout_set *other = &r->sets[i];
        if (other->quantity != quantity || other == set)
            continue;
        bool later = set->time.present &&
                     (!other->time.present || is_later(&set->time.local, &other->time.local));
        if (!later)
            return;
        other->quantity = OHM_Q_NONE;
    }
    set->quantity = quantity;
}

static void name_others(ohm_readout *r)
{
    for (int i = 0; i < r->count; i++) {
        ohm_readout_set *set = &r->sets[i];
        if (!is_register(set))
            continue;
        if (set->obis[3] == 3)
            understand_old(r, set);
        const uint8_t kind_code[OHM_OBIS_LEN] = { 0, set->obis[1], 24, 1, 0, 255 };
        const ohm_readout_set *kind = ohm_readout_find(r, kind_code);
        uint16_t quantity = kind && kind->has_number ? quantity_of_kind(kind->raw) : OHM_Q_NONE;
        if (quantity != OHM_Q_NONE && set->has_number)
            claim(r, set, quantity);
    }
}

/* --- the telegram ------------------------------------------------------------------------------
 */

/* The CRC's digits behind "!": how many, up to four, and their value. */
static size_t read_crc(ohm_span after, uint16_t *crc)
{
    size_t n = 0;
    unsigned v = 0;
    while (n < CRC_DIGITS && n < after.len && hex_digit(after.ptr[n]) >= 0)
        v = v << 4 | (unsigned)hex_digit(after.ptr[n++]);
    *crc = (uint16_t)v;
    return n;
}

/* Whether it ends as it should; `bang` is the place of "!", or the end where it lacks. */
static ohm_code check(ohm_span telegram, size_t bang, ohm_p1_message *m, const char **what)
{
    m->checked = false;
    if (bang == telegram.len)
        return OHM_OK;
    uint16_t sent = 0;
    ohm_span after = ohm_span_part(telegram, bang + 1, telegram.len - bang - 1);
    size_t digits = read_crc(after, &sent);
    bool ends = digits == after.len || digits == CRC_DIGITS || after.ptr[digits] == '\r' ||
                after.ptr[digits] == '\n' || after.ptr[digits] == '/';
    *what = "the checksum of a telegram is wrong";
    if (!ends)
        return OHM_BAD_CHECKSUM;
    if (digits == 0)
        return OHM_OK;
    if (sent != ohm_crc16_arc_update(0, telegram.ptr, bang + 1))
        return OHM_BAD_CHECKSUM;
    m->checked = true;
    return OHM_OK;
}

/* What every telegram of DSMR 2 and 3 has, and none that came with a checksum but DSMR 4, which
 * says its version: the code of a message, or the gas meter's line (P1 companion standard 2.2 and
 * 3.0, table of the P1 telegram). */
static bool is_old(const ohm_readout *r, bool *gas)
{
    bool code = ohm_readout_find(r, obis_message_code) != NULL;
    *gas = false;
    for (int i = 0; i < r->count && !*gas; i++) {
        const uint8_t *o = r->sets[i].obis;
        *gas = r->sets[i].has_obis && o[0] == 0 && o[2] == 24 && o[3] == 3 && o[4] == 0;
    }
    return code || *gas;
}

/* A telegram without a checksum: is it one that never had any? Another protocol's readout is told
 * from it by its addresses, A-B:C.D.E. */
static ohm_code check_old(const ohm_p1_message *m, unsigned trust, bool ended, const char **what)
{
    const ohm_readout *r = &m->readout;
    bool gas = false, old = is_old(r, &gas);
    *what = "a telegram without its checksum, which this meter has sent before";
    if (trust & OHM_P1_HAS_CRC)
        return OHM_BAD_CHECKSUM;
    /* Their clock came with the checksum, but not in every country's meters. */
    *what = "a telegram of DSMR 4 or later without its checksum";
    if (ohm_readout_find(r, obis_version) || ohm_readout_find(r, obis_belgium) ||
        ((!ended || !gas) && ohm_readout_find(r, obis_time)))
        return OHM_BAD_CHECKSUM;
    *what = "a readout of IEC 62056-21, not a telegram of P1";
    for (int i = 0; i < r->count; i++) {
        ohm_span a = r->sets[i].address;
        if (!memchr(a.ptr, ':', a.len) || memchr(a.ptr, '*', a.len))
            return OHM_UNSUPPORTED;
    }
    if (r->count == 0)
        return OHM_UNSUPPORTED;
    *what = "a telegram without a checksum that is not of DSMR 2 or 3";
    return old ? OHM_OK : OHM_BAD_CHECKSUM;
}

/* The "!" that begins a line; the end where there is none. */
static size_t find_bang(ohm_span telegram)
{
    for (size_t i = 1; i < telegram.len; i++)
        if (telegram.ptr[i] == '!' && telegram.ptr[i - 1] == '\n')
            return i;
    return telegram.len;
}

ohm_code ohm_p1_read_telegram(ohm_span telegram, unsigned trust, ohm_p1_message *m,
                              const char **what)
{
    const uint8_t *line_end = memchr(telegram.ptr, '\n', telegram.len);
    size_t bang = find_bang(telegram), ident_len = 0, body = 0;
    *what = "a telegram that does not follow its format";
    if (!line_end || (bang == telegram.len && !(trust & OHM_P1_CUT)))
        return OHM_BAD_FORMAT;
    body = (size_t)(line_end - telegram.ptr) + 1;
    ident_len = body - 1;
    while (ident_len > 0 && telegram.ptr[ident_len - 1] == '\r')
        ident_len--;
    ohm_code code = check(telegram, bang, m, what);
    if (code != OHM_OK)
        return code;
    *what = "a telegram that does not follow its format";
    if (ohm_readout_ident_parse(ohm_span_part(telegram, 0, ident_len), &m->ident) != OHM_OK)
        return OHM_BAD_FORMAT;
    code = ohm_readout_parse(ohm_span_part(telegram, body, bang - body), &m->readout, what);
    if (code == OHM_OK && !m->checked && !(trust & OHM_P1_PROVEN))
        code = check_old(m, trust, bang + 1 < telegram.len, what);
    if (code != OHM_OK)
        return code;
    name_others(&m->readout);
    const ohm_readout_set *time = ohm_readout_find(&m->readout, obis_time);
    m->time = time ? time->time : (ohm_readout_time){ .present = false };
    m->id[0] = '\0';
    for (size_t i = 0; i < sizeof obis_ids / sizeof *obis_ids && !m->id[0]; i++) {
        const ohm_readout_set *set = ohm_readout_find(&m->readout, obis_ids[i]);
        if (set && set->count > 0)
            set_id(m->readout.values[set->first], m->id);
    }
    return OHM_OK;
}
