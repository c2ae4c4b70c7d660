#include "wire/mbus_internal.h"

/* The application layer of one telegram (EN 13757-3 §5): what CI announces, and the header. */

enum {
    SHORT_HEADER = 4,
    LONG_HEADER = 12,
    FIXED_LEN = 16,
    CI_DLMS_LAST = 0x1f, /* 00h to 1Fh: DLMS (EN 13757-1) */
    RESPONSE_MASK = 0xcf,
    RESPONSE = 0x08, /* RSP_UD, with or without ACD and DFC */
    MODE = 0x1f,     /* of the upper byte of the configuration field */
};

typedef struct ci_row {
    uint8_t ci, header, body;
    bool msb_first;
} ci_row;

static const ci_row *ci_of(uint8_t ci)
{
    static const ci_row rows[] = {
        { 0x6e, SHORT_HEADER, OHM_MBUS_ERROR, false },
        { 0x6f, LONG_HEADER, OHM_MBUS_ERROR, false },
        { 0x70, 0, OHM_MBUS_ERROR, false },
        { 0x71, 0, OHM_MBUS_ALARM, false },
        { 0x72, LONG_HEADER, OHM_MBUS_RECORDS, false },
        { 0x73, FIXED_LEN, OHM_MBUS_FIXED, false },
        { 0x74, SHORT_HEADER, OHM_MBUS_ALARM, false },
        { 0x75, LONG_HEADER, OHM_MBUS_ALARM, false },
        { 0x76, LONG_HEADER, OHM_MBUS_RECORDS, true },
        { 0x77, FIXED_LEN, OHM_MBUS_FIXED, true },
        { 0x78, 0, OHM_MBUS_RECORDS, false },
        { 0x7a, SHORT_HEADER, OHM_MBUS_RECORDS, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].ci == ci)
            return &rows[i];
    return NULL;
}

static const char *why_not(uint8_t ci)
{
    if (ci <= CI_DLMS_LAST)
        return "this is a DLMS push: use --protocol dlms";
    if (ci == 0x69 || ci == 0x6a || ci == 0x6b || ci == 0x79 || ci == 0x7b)
        return "a compact frame, whose format was sent earlier";
    if (ci >= 0x50 && ci <= 0x5f)
        return "a frame of the master, not a meter's answer";
    return "a CI field that announces nothing known";
}

/* Copies `n` bytes least significant first. */
static void turn(const uint8_t *from, size_t n, bool msb_first, uint8_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = from[msb_first ? n - 1 - i : i];
}

static void put_hex(uint8_t byte, char *out)
{
    static const char digits[] = "0123456789abcdef";
    out[0] = digits[byte >> 4];
    out[1] = digits[byte & 0xf];
}

/* The identification number: BCD, but some meters have hex digits in it; it is a name. */
static void take_id(const uint8_t lsb_first[static 4], ohm_mbus_message *m)
{
    m->has_id = true;
    for (size_t i = 0; i < 4; i++) {
        m->secondary[i] = lsb_first[3 - i];
        put_hex(lsb_first[3 - i], m->id + 2 * i);
    }
    m->id[8] = 0;
}

static void take_maker(const uint8_t lsb_first[static 2], ohm_mbus_message *m)
{
    unsigned code = ohm_le16(lsb_first);
    m->has_maker = true;
    for (unsigned i = 0; i < 3; i++)
        m->manufacturer[i] = (char)('@' + (code >> (10 - 5 * i) & 0x1f));
    m->manufacturer[3] = 0;
    m->secondary[4] = lsb_first[0];
    m->secondary[5] = lsb_first[1];
}

static void take_short(const uint8_t *p, ohm_mbus_message *m)
{
    uint8_t signature[2];
    turn(p + 2, 2, m->msb_first, signature);
    m->has_access = true;
    m->access = p[0];
    m->status = p[1];
    m->signature = ohm_le16(signature);
}

static void take_long(const uint8_t *p, ohm_mbus_message *m)
{
    uint8_t field[4];
    turn(p, 4, m->msb_first, field);
    take_id(field, m);
    turn(p + 4, 2, m->msb_first, field);
    take_maker(field, m);
    m->version = m->secondary[6] = p[6];
    m->medium = m->secondary[7] = p[7];
    m->has_medium = true;
    take_short(p + 8, m);
}

/* One counter of the fixed data structure: BCD, or binary by bit 0 of the status. */
static void take_counter(ohm_mbus_message *m, size_t at, const ohm_mbus_vif *unit, bool historic)
{
    enum { BINARY = 0x01, AT_A_DATE = 0x02 };
    uint8_t field[4];
    turn(m->data + at, 4, m->msb_first, field);
    ohm_mbus_record *r = &m->records[m->records_count++];
    *r = (ohm_mbus_record){
        .vif = unit,
        .exponent = unit->exponent,
        .storage = historic,
        .function = (m->status & AT_A_DATE) != 0 ? OHM_MBUS_STORED : OHM_MBUS_ACTUAL,
        .kind = unit->coding == OHM_MBUS_BYTES ? OHM_MBUS_HEX : OHM_MBUS_COUNTER,
        .at = (uint8_t)at,
        .raw_at = (uint8_t)at,
        .raw_len = 4,
    };
    if (r->kind == OHM_MBUS_HEX)
        return;
    if ((m->status & BINARY) != 0)
        r->mantissa = ohm_mbus_signed(field, 4);
    else if (!ohm_mbus_bcd(field, 4, &r->mantissa))
        r->flags |= OHM_MBUS_INVALID;
}

/* EN 1434-3:1997 §5.3: identification, access number, status, medium and units, two counters.
 * The upper bits of the two unit bytes are the medium. */
static void take_fixed(ohm_mbus_message *m)
{
    enum { UNITS = 6, FIRST = 8, SECOND = 12, SAME_BUT_HISTORIC = 0x3e };
    uint8_t field[4], units[2];
    turn(m->data, 4, m->msb_first, field);
    take_id(field, m);
    m->has_access = true;
    m->access = m->data[4];
    m->status = m->data[5];
    turn(m->data + UNITS, 2, m->msb_first, units);
    m->has_medium = true;
    m->medium = (uint8_t)(units[0] >> 6 | units[1] >> 6 << 2);
    uint8_t first = units[0] & 0x3f, second = units[1] & 0x3f;
    bool historic = second == SAME_BUT_HISTORIC;
    take_counter(m, FIRST, ohm_mbus_fixed_unit(first), false);
    take_counter(m, SECOND, ohm_mbus_fixed_unit(historic ? first : second), historic);
}

/* Is it what makers put there before the field had modes: a signature? One published readout
 * (libmbus, example_data_01, an Aquametro) has 27h B6h; no standard ever had its mode, 22. */
static bool old_signature(const ohm_mbus_message *m, unsigned mode)
{
    enum { MODES_END = 16 };
    return mode >= MODES_END && m->has_maker && !memcmp(m->manufacturer, "AMT", 3);
}

/* Every security mode but 0 enciphers as many blocks as the configuration field says (EN 13757-7
 * §7.6); records that are plain all the same begin with two fillers. */
static ohm_code check_plain(const ohm_mbus_message *m, size_t from, ohm_mbus_reject *reject)
{
    enum { FILLER = 0x2f, MODE_CBC = 5, MODE_DERIVED = 7 };
    unsigned mode = m->signature >> 8 & MODE;
    unsigned blocks = m->signature >> 4 & 0xf;
    bool plain = m->data_len >= from + 2 && m->data[from] == FILLER && m->data[from + 1] == FILLER;
    if (mode == 0 || blocks == 0 || plain || old_signature(m, mode))
        return OHM_OK;
    if (mode == MODE_CBC || mode == MODE_DERIVED)
        return ohm_mbus_refuse(reject, OHM_MBUS_AT_HEADER, from, OHM_NO_KEY,
                               "an encrypted telegram, and no key is configured");
    return ohm_mbus_refuse(reject, OHM_MBUS_AT_CIPHER, from, OHM_UNSUPPORTED,
                           "enciphered by a mode that is not known here (5 and 7 are)");
}

static ohm_code take_records(ohm_mbus_message *m, size_t from, ohm_mbus_reject *reject)
{
    ohm_code code = m->has_access ? check_plain(m, from, reject) : OHM_OK;
    return code == OHM_OK ? ohm_mbus_records(m, from, reject) : code;
}

ohm_code ohm_mbus_parse(uint8_t control, uint8_t address, uint8_t ci, ohm_span data,
                        ohm_mbus_message *out, ohm_mbus_reject *reject)
{
    assert(data.len <= OHM_MBUS_DATA_MAX);
    const ci_row *row = ci_of(ci);
    if (!row || (control & RESPONSE_MASK) != RESPONSE)
        return ohm_mbus_refuse(reject, OHM_MBUS_AT_HEADER, 0, OHM_UNSUPPORTED,
                               row ? "a frame of the master, not a meter's answer" : why_not(ci));
    if (data.len < row->header)
        return ohm_mbus_refuse(reject, OHM_MBUS_AT_HEADER, 0, OHM_BAD_FORMAT,
                               "shorter than its header");
    if (row->body == OHM_MBUS_FIXED && data.len != FIXED_LEN)
        return ohm_mbus_refuse(reject, OHM_MBUS_AT_HEADER, 0, OHM_BAD_FORMAT,
                               "a fixed data structure that has not 16 bytes");
    memset(out, 0, offsetof(ohm_mbus_message, records));
    out->control = control;
    out->address = address;
    out->ci = ci;
    out->body = row->body;
    out->msb_first = row->msb_first;
    out->data = data.ptr;
    out->data_len = (uint16_t)data.len;
    if (row->body == OHM_MBUS_FIXED) {
        take_fixed(out);
        return OHM_OK;
    }
    if (row->header == LONG_HEADER)
        take_long(data.ptr, out);
    else if (row->header == SHORT_HEADER)
        take_short(data.ptr, out);
    if (row->body == OHM_MBUS_RECORDS)
        return take_records(out, row->header, reject);
    out->has_code = data.len > row->header;
    out->code = out->has_code ? data.ptr[row->header] : 0;
    return OHM_OK;
}
