#include "wire/readout.h"

enum {
    DIGITS_MAX = 15, /* more of them without a unit are a name, not a number */
    RAW_DIGITS_MAX = 18,
    MANUFACTURER_LEN = 3,
    HEAT = 6, /* EN 1434-3: 6.8 is heat, 9.21 the meter's number */
    HEAT_METER = 9,
    DEL = 0x7f, /* fills the time before a line */
};

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static ohm_span trimmed(ohm_span s)
{
    while (s.len > 0 && s.ptr[0] == ' ')
        s = ohm_span_part(s, 1, s.len - 1);
    while (s.len > 0 && s.ptr[s.len - 1] == ' ')
        s.len--;
    return s;
}

ohm_code ohm_readout_ident_parse(ohm_span line, ohm_readout_ident *out)
{
    if (line.len < 2 + MANUFACTURER_LEN || line.ptr[0] != '/')
        return OHM_BAD_FORMAT;
    for (int i = 1; i <= MANUFACTURER_LEN; i++)
        if (!is_letter(line.ptr[i]))
            return OHM_BAD_FORMAT;
    size_t head = 2 + MANUFACTURER_LEN;
    *out = (ohm_readout_ident){
        .manufacturer = ohm_span_part(line, 1, MANUFACTURER_LEN),
        .baud = (char)line.ptr[1 + MANUFACTURER_LEN],
        .id = ohm_span_part(line, head, line.len - head),
    };
    return OHM_OK;
}

/* --- brackets ----------------------------------------------------------------------------------
 */

void ohm_readout_split(ohm_span bracket, ohm_span *value, ohm_span *unit)
{
    const uint8_t *star = bracket.len ? memchr(bracket.ptr, '*', bracket.len) : NULL;
    size_t at = star ? (size_t)(star - bracket.ptr) : bracket.len;
    *value = ohm_span_part(bracket, 0, at);
    *unit = star ? ohm_span_part(bracket, at + 1, bracket.len - at - 1) : ohm_span_of(NULL, 0);
}

ohm_code ohm_readout_number(ohm_span text, int64_t *ret_raw, int *ret_scaler)
{
    ohm_span s = trimmed(text);
    int64_t raw = 0;
    int decimals = 0, digits = 0;
    bool negative = s.len > 0 && s.ptr[0] == '-', point = false;
    size_t i = s.len > 0 && (s.ptr[0] == '-' || s.ptr[0] == '+') ? 1 : 0;
    for (; i < s.len; i++) {
        if ((s.ptr[i] == '.' || s.ptr[i] == ',') && !point && digits > 0) {
            point = true;
            continue;
        }
        if (!is_digit(s.ptr[i]) || (raw != 0 && digits >= RAW_DIGITS_MAX))
            return OHM_UNKNOWN;
        digits += raw != 0 || digits == 0 || s.ptr[i] != '0' || point;
        raw = raw * 10 + (s.ptr[i] - '0');
        decimals += point;
        if (decimals > RAW_DIGITS_MAX)
            return OHM_UNKNOWN;
    }
    if (digits == 0 || (point && decimals == 0))
        return OHM_UNKNOWN;
    *ret_raw = negative ? -raw : raw;
    *ret_scaler = -decimals;
    return OHM_OK;
}

static const struct {
    const char *text;
    uint8_t code;
    int scaler;
    bool any_case; /* DSMR's own examples write "kwh" */
} units[] = {
    { "kWh", OHM_UNIT_WH, 3, true },
    { "Wh", OHM_UNIT_WH, 0, true },
    { "MWh", OHM_UNIT_WH, 6, false },
    { "GWh", OHM_UNIT_WH, 9, true },
    { "kW", OHM_UNIT_W, 3, true },
    { "W", OHM_UNIT_W, 0, true },
    { "MW", OHM_UNIT_W, 6, false },
    { "kvarh", OHM_UNIT_VARH, 3, true },
    { "varh", OHM_UNIT_VARH, 0, true },
    { "Mvarh", OHM_UNIT_VARH, 6, false },
    { "kvar", OHM_UNIT_VAR, 3, true },
    { "var", OHM_UNIT_VAR, 0, true },
    { "Mvar", OHM_UNIT_VAR, 6, false },
    { "kVAh", OHM_UNIT_VAH, 3, true },
    { "VAh", OHM_UNIT_VAH, 0, true },
    { "kVA", OHM_UNIT_VA, 3, true },
    { "VA", OHM_UNIT_VA, 0, true },
    { "MVA", OHM_UNIT_VA, 6, false },
    { "V", OHM_UNIT_V, 0, true },
    { "kV", OHM_UNIT_V, 3, true },
    { "mV", OHM_UNIT_V, -3, false },
    { "A", OHM_UNIT_A, 0, true },
    { "mA", OHM_UNIT_A, -3, false },
    { "kA", OHM_UNIT_A, 3, true },
    { "Hz", OHM_UNIT_HZ, 0, true },
    { "m3", OHM_UNIT_M3, 0, false },
    { "dm3", OHM_UNIT_M3, -3, false },
    { "l", OHM_UNIT_M3, -3, false },
    { "GJ", OHM_UNIT_JOULE, 9, true },
    { "MJ", OHM_UNIT_JOULE, 6, false },
    { "kJ", OHM_UNIT_JOULE, 3, true },
    { "J", OHM_UNIT_JOULE, 0, false },
    { "s", OHM_UNIT_SECOND, 0, false },
    { "min", OHM_UNIT_MINUTE, 0, false },
    { "h", OHM_UNIT_HOUR, 0, false },
    { "C", OHM_UNIT_CELSIUS, 0, false },
    { "Deg", OHM_UNIT_DEGREE, 0, true },
    { "m3/h", OHM_UNIT_M3_PER_H, 0, false },
    { "m3ph", OHM_UNIT_M3_PER_H, 0, false },
};

static bool same_letters(ohm_span a, const char *b)
{
    if (a.len != strlen(b))
        return false;
    for (size_t i = 0; i < a.len; i++)
        if ((a.ptr[i] | 0x20) != ((uint8_t)b[i] | 0x20))
            return false;
    return true;
}

bool ohm_readout_unit(ohm_span unit, uint8_t *code, int *scaler)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        bool same = units[i].any_case ? same_letters(unit, units[i].text)
                                      : ohm_span_is(unit, units[i].text);
        if (!same)
            continue;
        *code = units[i].code;
        *scaler = units[i].scaler;
        return true;
    }
    return false;
}

static uint8_t two_digits(const uint8_t *p)
{
    return (uint8_t)((p[0] - '0') * 10 + (p[1] - '0'));
}

/* YYMMDDhhmm[ss] */
static ohm_code read_digits(ohm_span text, ohm_civil *out)
{
    const uint8_t *p = text.ptr;
    for (size_t i = 0; i < text.len; i++)
        if (!is_digit(p[i]))
            return OHM_UNKNOWN;
    ohm_civil local = {
        .date = { (int16_t)(2000 + two_digits(p)), two_digits(p + 2), two_digits(p + 4) },
        .hour = two_digits(p + 6),
        .minute = two_digits(p + 8),
        .second = text.len == OHM_READOUT_TIME_LEN ? two_digits(p + 10) : 0,
    };
    if (!ohm_date_valid(local.date.year, local.date.month, local.date.day) || local.hour > 23 ||
        local.minute > 59 || local.second > 59)
        return OHM_UNKNOWN;
    *out = local;
    return OHM_OK;
}

ohm_code ohm_readout_time_parse(ohm_span text, ohm_readout_time *out)
{
    ohm_readout_time time = { .present = true, .season = OHM_READOUT_UNSAID };
    if (text.len == OHM_READOUT_TIME_LEN + 1) {
        uint8_t letter = text.ptr[--text.len];
        if (letter != 'S' && letter != 'W')
            return OHM_UNKNOWN;
        time.season = letter == 'S' ? OHM_READOUT_SUMMER : OHM_READOUT_WINTER;
    }
    if (text.len != OHM_READOUT_TIME_LEN || read_digits(text, &time.local) != OHM_OK)
        return OHM_UNKNOWN;
    *out = time;
    return OHM_OK;
}

ohm_code ohm_readout_stamp_parse(ohm_span text, ohm_readout_time *out)
{
    static const uint8_t seasons[] = { OHM_READOUT_WINTER, OHM_READOUT_SUMMER, OHM_READOUT_UTC };
    ohm_readout_time time = { .present = true, .season = OHM_READOUT_UNSAID };
    if (ohm_readout_time_parse(text, out) == OHM_OK)
        return OHM_OK;
    if (text.len == OHM_READOUT_TIME_LEN + 1 || text.len == OHM_READOUT_TIME_LEN - 1) {
        if (text.ptr[0] < '0' || text.ptr[0] > '2')
            return OHM_UNKNOWN;
        time.season = seasons[text.ptr[0] - '0'];
        text = ohm_span_part(text, 1, text.len - 1);
    }
    bool whole = text.len == OHM_READOUT_TIME_LEN || text.len == OHM_READOUT_TIME_LEN - 2;
    if (!whole || read_digits(text, &time.local) != OHM_OK)
        return OHM_UNKNOWN;
    *out = time;
    return OHM_OK;
}

/* --- what a set means --------------------------------------------------------------------------
 */

/* A group of a reduced code: a number to 255, or a letter of IEC 62056-61. */
static bool read_group(ohm_span s, size_t *at, uint8_t *value, bool *letter)
{
    static const struct {
        uint8_t letter, value;
    } letters[] = { { 'C', 96 }, { 'F', 97 }, { 'L', 98 }, { 'P', 99 } };
    unsigned v = 0;
    size_t from = *at;
    *letter = false;
    for (size_t i = 0; *at < s.len && i < sizeof letters / sizeof *letters; i++) {
        if (s.ptr[*at] == letters[i].letter) {
            *value = letters[i].value;
            *letter = true;
            (*at)++;
            return true;
        }
    }
    while (*at < s.len && *at - from < 3 && is_digit(s.ptr[*at]))
        v = v * 10 + (unsigned)(s.ptr[(*at)++] - '0');
    *value = (uint8_t)v;
    return *at > from && v <= UINT8_MAX;
}

/* How an address is built. */
typedef enum form { FORM_OTHER, FORM_OBIS, FORM_REDUCED, FORM_OLDER } form;

/* C.D[.E][*F]; group D of two that begin with a letter ends there: "C.1", "F.F". */
static form read_reduced(ohm_span a, uint8_t *obis)
{
    uint8_t groups[3] = { 0 };
    bool letters[3] = { false };
    size_t at = 0, n = 0;
    for (; n < 3; n++) {
        if (n > 0 && (at >= a.len || a.ptr[at] != '.'))
            break;
        at += n > 0;
        if (!read_group(a, &at, &groups[n], &letters[n]))
            return FORM_OTHER;
    }
    uint8_t last = 255;
    bool dummy;
    if (at < a.len && (a.ptr[at] == '*' || a.ptr[at] == '&')) {
        at++;
        if (!read_group(a, &at, &last, &dummy) || dummy)
            return FORM_OTHER;
    }
    if (at != a.len || n < 2)
        return FORM_OTHER;
    if (n == 2 && !letters[0])
        return groups[0] == HEAT || groups[0] == HEAT_METER ? FORM_OLDER : FORM_OTHER;
    const uint8_t full[OHM_OBIS_LEN] = { 1, 0, groups[0], groups[1], groups[2], last };
    memcpy(obis, full, sizeof full);
    return FORM_REDUCED;
}

/* A-B:C.D.E, with *F, and as DSMR 4 once has it with .F */
static form read_address(ohm_span a, uint8_t *obis)
{
    uint8_t padded[OHM_READOUT_ADDRESS_MAX];
    if (ohm_obis_parse(a, obis) == OHM_OK)
        return FORM_OBIS;
    size_t dots = 0, last = 0;
    for (size_t i = 0; i < a.len; i++) {
        if (a.ptr[i] == '.') {
            dots++;
            last = i;
        }
    }
    if (dots == 3 && a.len <= sizeof padded) {
        memcpy(padded, a.ptr, a.len);
        padded[last] = '*';
        if (ohm_obis_parse(ohm_span_of(padded, a.len), obis) == OHM_OK)
            return FORM_OBIS;
    }
    return read_reduced(a, obis);
}

static void set_number(ohm_readout_set *set, ohm_span value, ohm_span unit)
{
    uint8_t code = OHM_UNIT_UNKNOWN;
    int64_t raw = 0;
    int scaler = 0, unit_scaler = 0;
    if (ohm_readout_number(value, &raw, &scaler) != OHM_OK)
        return;
    (void)ohm_readout_unit(unit, &code, &unit_scaler);
    set->has_number = true;
    set->raw = raw;
    set->scaler = (int8_t)(scaler + unit_scaler);
    set->unit = code;
}

/* Identifications and messages stay text, even if they are all digits. */
static bool is_name(const ohm_readout_set *set)
{
    const uint8_t *o = set->obis;
    bool name = (o[2] == 96 && (o[3] == 1 || o[3] == 13)) || (o[2] == 0 && o[3] == 0);
    return set->has_obis && name;
}

/* The number with a unit, where there is one, and the time beside it: (time)(value*unit) in P1,
 * (value*unit)(time) in readouts. More of them are a log. */
static void understand(ohm_readout *r, ohm_readout_set *set)
{
    ohm_span value, unit, first = { NULL, 0 }, first_unit = { NULL, 0 };
    int with_unit = 0;
    for (int i = 0; i < set->count; i++) {
        ohm_span bracket = r->values[set->first + i];
        ohm_readout_split(bracket, &value, &unit);
        if (unit.len > 0 && with_unit++ == 0) {
            first = value;
            first_unit = unit;
        }
    }
    if (with_unit == 1 && set->count <= 2) {
        set_number(set, first, first_unit);
        for (int i = 0; i < set->count; i++)
            if (ohm_readout_stamp_parse(r->values[set->first + i], &set->time) == OHM_OK)
                break;
    } else if (set->count == 1 && with_unit == 0) {
        value = trimmed(r->values[set->first]);
        if (!is_name(set) && ohm_readout_time_parse(value, &set->time) != OHM_OK &&
            value.len <= DIGITS_MAX)
            set_number(set, value, first_unit);
    }
}

/* --- a block -----------------------------------------------------------------------------------
 */

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\r' || c == '\n' || c == '\t' || c == DEL || c == 0;
}

static ohm_code add_set(ohm_readout *r, ohm_span address)
{
    if (r->count == OHM_READOUT_SETS_MAX)
        return OHM_TOO_BIG;
    r->sets[r->count++] = (ohm_readout_set){ .address = address, .first = r->values_count };
    return OHM_OK;
}

/* The bracket at *at, which is at its "(". */
static ohm_code add_value(ohm_readout *r, ohm_span block, size_t *at)
{
    const uint8_t *from = block.ptr + *at + 1;
    const uint8_t *end = memchr(from, ')', block.len - *at - 1);
    if (!end)
        return OHM_BAD_FORMAT;
    for (const uint8_t *p = from; p < end; p++)
        if (*p < ' ' || *p == '(' || *p == DEL)
            return OHM_BAD_FORMAT;
    if (r->values_count == OHM_READOUT_VALUES_MAX)
        return OHM_TOO_BIG;
    r->values[r->values_count++] = ohm_span_of(from, (size_t)(end - from));
    r->sets[r->count - 1].count++;
    *at = (size_t)(end - block.ptr) + 1;
    return OHM_OK;
}

/* The address at *at, up to its "(". */
static ohm_code read_set_address(ohm_span block, size_t *at, ohm_span *out)
{
    size_t from = *at;
    while (*at < block.len && block.ptr[*at] != '(') {
        uint8_t c = block.ptr[*at];
        if (c <= ' ' || c >= DEL || c == ')' || *at - from == OHM_READOUT_ADDRESS_MAX)
            return OHM_BAD_FORMAT;
        (*at)++;
    }
    *out = ohm_span_part(block, from, *at - from);
    return *at < block.len ? OHM_OK : OHM_BAD_FORMAT;
}

static ohm_code read_sets(ohm_span block, ohm_readout *r)
{
    for (size_t at = 0; at < block.len;) {
        if (is_space(block.ptr[at])) {
            at++;
            continue;
        }
        /* A "(" at the beginning of a line goes on with the set before. */
        if (block.ptr[at] != '(' || r->count == 0) {
            ohm_span address;
            ohm_code code = read_set_address(block, &at, &address);
            if (code == OHM_OK && address.len == 0)
                code = OHM_BAD_FORMAT;
            if (code == OHM_OK)
                code = add_set(r, address);
            if (code != OHM_OK)
                return code;
        }
        ohm_code code = add_value(r, block, &at);
        if (code != OHM_OK)
            return code;
    }
    return OHM_OK;
}

ohm_code ohm_readout_parse(ohm_span block, ohm_readout *out, const char **what)
{
    bool older = false;
    form forms[OHM_READOUT_SETS_MAX] = { FORM_OTHER };
    out->count = out->values_count = 0;
    ohm_code code = read_sets(block, out);
    if (code == OHM_TOO_BIG)
        *what = "more data sets than a readout may have";
    else if (code != OHM_OK)
        *what = "a line that is no data set";
    if (code != OHM_OK)
        return code;
    for (int i = 0; i < out->count; i++) {
        forms[i] = read_address(out->sets[i].address, out->sets[i].obis);
        older = older || forms[i] == FORM_OLDER;
    }
    for (int i = 0; i < out->count; i++) {
        ohm_readout_set *set = &out->sets[i];
        set->has_obis = forms[i] == FORM_OBIS || (forms[i] == FORM_REDUCED && !older);
        understand(out, set);
        if (set->has_obis)
            set->quantity = (uint16_t)ohm_obis_quantity(set->obis);
    }
    return OHM_OK;
}

const ohm_readout_set *ohm_readout_find(const ohm_readout *readout,
                                        const uint8_t obis[static OHM_OBIS_LEN])
{
    for (int i = 0; i < readout->count; i++)
        if (readout->sets[i].has_obis && !memcmp(readout->sets[i].obis, obis, OHM_OBIS_LEN))
            return &readout->sets[i];
    return NULL;
}

/* Joules as Wh: the registers of heat meters. */
static ohm_code quantise_joules(const ohm_readout_set *set, int64_t *out)
{
    enum { JOULES_PER_WH = 3600 };
    int64_t joules = set->raw;
    if (set->scaler < 0)
        return OHM_UNKNOWN;
    for (int i = 0; i < set->scaler; i++)
        if (__builtin_mul_overflow(joules, 10, &joules))
            return OHM_RANGE;
    *out = joules / JOULES_PER_WH;
    return OHM_OK;
}

ohm_code ohm_readout_quantise(const ohm_readout_set *set, int64_t *out)
{
    ohm_quantity_id id = (ohm_quantity_id)set->quantity;
    const ohm_quantity *quantity = ohm_quantity_get(id);
    if (id == OHM_Q_NONE || quantity->kind == OHM_TEXT || !set->has_number)
        return OHM_UNKNOWN;
    bool heat = id == OHM_Q_HEAT_ENERGY || id == OHM_Q_COOLING_ENERGY;
    if (heat && set->unit == OHM_UNIT_JOULE)
        return quantise_joules(set, out);
    const char *unit = set->unit == OHM_UNIT_M3 ? "m^3" : ohm_dlms_unit_text(set->unit);
    bool same = quantity->kind == OHM_STATE ? set->unit == OHM_UNIT_UNKNOWN
                                            : unit && !strcmp(unit, quantity->unit);
    return same ? ohm_quantity_quantise(id, set->raw, set->scaler, out) : OHM_UNKNOWN;
}
