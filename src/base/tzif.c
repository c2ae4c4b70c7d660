/* TZif files (RFC 8536, versions 1 to 4): bytes to ohm_tz. */
#include "base/civil.h"

enum {
    HEADER_LEN = 44,
    TYPE_LEN = 6,
    OFFSET_S_MAX = 26 * 3600, /* RFC 8536 §3.2: offsets lie within -25 h and 26 h */
};

/* The counts of a header, and the size of its times in bytes. */
typedef struct block {
    uint32_t isut, isstd, leap, times, types, chars;
    unsigned time_len;
} block;

static ohm_err read_header(ohm_span tzif, size_t at, block *out, uint8_t *ret_version)
{
    if (at > tzif.len || tzif.len - at < HEADER_LEN)
        return ohm_fail(OHM_BAD_FORMAT, (uint32_t)tzif.len, "the zone file is cut short");
    const uint8_t *p = tzif.ptr + at;
    if (memcmp(p, "TZif", 4) != 0)
        return ohm_fail(OHM_BAD_FORMAT, (uint32_t)at, "this is not a TZif zone file");
    if (p[4] != 0 && (p[4] < '2' || p[4] > '4'))
        return ohm_fail(OHM_UNSUPPORTED, (uint32_t)at + 4, "the TZif version is not known");
    *ret_version = p[4];
    *out = (block){ .isut = ohm_be32(p + 20),
                    .isstd = ohm_be32(p + 24),
                    .leap = ohm_be32(p + 28),
                    .times = ohm_be32(p + 32),
                    .types = ohm_be32(p + 36),
                    .chars = ohm_be32(p + 40),
                    .time_len = 4 };
    return ohm_ok();
}

/* The bytes of a block; counts are 32 bits, so 64 bits can't overflow. */
static uint64_t block_len(const block *b)
{
    return (uint64_t)b->times * (b->time_len + 1) + (uint64_t)b->types * TYPE_LEN + b->chars +
           (uint64_t)b->leap * (b->time_len + 4) + b->isstd + b->isut;
}

static int64_t read_time(const uint8_t *p, unsigned len)
{
    return len == 4 ? (int32_t)ohm_be32(p) : (int64_t)ohm_be64(p);
}

static ohm_err read_types(const uint8_t *p, uint32_t at, const block *b, ohm_tz *tz)
{
    if (b->types == 0)
        return ohm_fail(OHM_BAD_FORMAT, at, "the zone has no local time type");
    if (b->types > OHM_TZ_TYPES_MAX)
        return ohm_fail(OHM_TOO_BIG, at, "the zone has too many local time types");
    tz->types_count = (uint8_t)b->types;
    for (uint32_t i = 0; i < b->types; i++, p += TYPE_LEN, at += TYPE_LEN) {
        int32_t offset_s = (int32_t)ohm_be32(p);
        if (offset_s <= -OFFSET_S_MAX || offset_s >= OFFSET_S_MAX)
            return ohm_fail(OHM_RANGE, at, "an offset from UTC is out of range");
        if (p[4] > 1 || p[5] >= b->chars)
            return ohm_fail(OHM_BAD_FORMAT, at, "a local time type is malformed");
        tz->type_offset_s[i] = offset_s;
        tz->type_is_dst[i] = p[4];
    }
    return ohm_ok();
}

static ohm_err read_transitions(const uint8_t *p, uint32_t at, const block *b, ohm_tz *tz)
{
    if (b->times > OHM_TZ_TRANSITIONS_MAX)
        return ohm_fail(OHM_TOO_BIG, at, "the zone has too many transitions");
    tz->transitions_count = (uint16_t)b->times;
    const uint8_t *types = p + (size_t)b->times * b->time_len;
    for (uint32_t i = 0; i < b->times; i++, p += b->time_len, at += b->time_len) {
        tz->transition_s[i] = read_time(p, b->time_len);
        tz->transition_type[i] = types[i];
        if (i > 0 && tz->transition_s[i] <= tz->transition_s[i - 1])
            return ohm_fail(OHM_BAD_FORMAT, at, "the transitions are not in order");
        if (types[i] >= b->types)
            return ohm_fail(OHM_BAD_FORMAT, at, "a transition names no local time type");
    }
    return ohm_ok();
}

/* --- the footer: a POSIX TZ string, "CET-1CEST,M3.5.0,M10.5.0/3" ---------------------------- */

/* A cursor over the footer. `failed` sticks; reading on after a failure is harmless. */
typedef struct cursor {
    const uint8_t *p, *end;
    bool failed;
} cursor;

static bool accept(cursor *c, char wanted)
{
    if (c->failed || c->p == c->end || *c->p != (uint8_t)wanted)
        return false;
    c->p++;
    return true;
}

static void expect(cursor *c, char wanted)
{
    if (!accept(c, wanted))
        c->failed = true;
}

static int32_t read_number(cursor *c, int32_t min, int32_t max)
{
    int32_t value = 0;
    const uint8_t *from = c->p;
    while (c->p < c->end && *c->p >= '0' && *c->p <= '9' && value <= max)
        value = value * 10 + (*c->p++ - '0');
    if (c->p == from || value < min || value > max)
        c->failed = true;
    return value;
}

static bool is_alpha(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* The name of a local time: three letters or more, or anything harmless in angle brackets. */
static void skip_name(cursor *c)
{
    bool quoted = accept(c, '<');
    const uint8_t *from = c->p;
    while (c->p < c->end && (is_alpha(*c->p) || (quoted && *c->p != '>' && *c->p > ' ')))
        c->p++;
    if (c->p - from < 3)
        c->failed = true;
    if (quoted)
        expect(c, '>');
}

/* [+-]hh[:mm[:ss]] in seconds. */
static int32_t read_hms(cursor *c, int32_t hours_max)
{
    bool negative = accept(c, '-');
    if (!negative)
        (void)accept(c, '+');
    int32_t s = read_number(c, 0, hours_max) * 3600;
    if (accept(c, ':')) {
        s += read_number(c, 0, 59) * 60;
        if (accept(c, ':'))
            s += read_number(c, 0, 59);
    }
    return negative ? -s : s;
}

static ohm_tz_rule read_rule(cursor *c)
{
    ohm_tz_rule rule = { .kind = 'N', .time_s = 2 * 3600 };
    if (accept(c, 'M')) {
        rule.kind = 'M';
        rule.month = (uint8_t)read_number(c, 1, 12);
        expect(c, '.');
        rule.week = (uint8_t)read_number(c, 1, 5);
        expect(c, '.');
        rule.weekday = (uint8_t)read_number(c, 0, 6);
    } else if (accept(c, 'J')) {
        rule.kind = 'J';
        rule.day = (int16_t)read_number(c, 1, 365);
    } else {
        rule.day = (int16_t)read_number(c, 0, 365);
    }
    if (accept(c, '/'))
        rule.time_s = read_hms(c, 167);
    return rule;
}

static ohm_err read_footer(ohm_span text, uint32_t at, ohm_tz *tz)
{
    if (text.len == 0)
        return ohm_ok(); /* no rule: the last type lasts for ever */
    cursor c = { text.ptr, text.ptr + text.len, false };
    skip_name(&c);
    tz->rule_std_s = -read_hms(&c, 25); /* POSIX counts westwards */
    tz->rule_dst_s = tz->rule_std_s + 3600;
    tz->has_rule = true;
    tz->rule_has_dst = !c.failed && c.p < c.end;
    if (tz->rule_has_dst) {
        skip_name(&c);
        if (c.p < c.end && *c.p != ',')
            tz->rule_dst_s = -read_hms(&c, 25);
        expect(&c, ',');
        tz->rule_to_dst = read_rule(&c);
        expect(&c, ',');
        tz->rule_to_std = read_rule(&c);
    }
    if (c.failed || c.p != c.end)
        return ohm_fail(OHM_BAD_FORMAT, at + (uint32_t)(c.p - text.ptr),
                        "the rule at the end of the zone file is malformed");
    if (tz->rule_std_s <= -OFFSET_S_MAX || tz->rule_std_s >= OFFSET_S_MAX ||
        tz->rule_dst_s <= -OFFSET_S_MAX || tz->rule_dst_s >= OFFSET_S_MAX)
        return ohm_fail(OHM_RANGE, at, "an offset from UTC is out of range");
    return ohm_ok();
}

/* "\n" rule "\n" after the block of a version 2 file. */
static ohm_err find_footer(ohm_span tzif, size_t at, ohm_tz *tz)
{
    if (at >= tzif.len || tzif.ptr[at] != '\n')
        return ohm_fail(OHM_BAD_FORMAT, (uint32_t)at, "the rule at the end is missing");
    at++;
    ohm_span rest = ohm_span_part(tzif, at, tzif.len - at);
    const uint8_t *end = rest.len ? memchr(rest.ptr, '\n', rest.len) : NULL;
    if (!end)
        return ohm_fail(OHM_BAD_FORMAT, (uint32_t)tzif.len, "the zone file is cut short");
    return read_footer(ohm_span_of(rest.ptr, (size_t)(end - rest.ptr)), (uint32_t)at, tz);
}

ohm_err ohm_tz_parse(ohm_span tzif, const char *name, ohm_tz *out)
{
    if (tzif.len > UINT32_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "the zone file is too big");
    if (strlen(name) >= OHM_TZ_NAME_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "the zone's name is too long");

    block b;
    uint8_t version;
    size_t at = 0;
    OHM_TRY(read_header(tzif, 0, &b, &version));
    if (version >= '2') { /* the same again with 64-bit times; the first block is for old readers */
        uint64_t second = HEADER_LEN + block_len(&b);
        if (second > tzif.len)
            return ohm_fail(OHM_BAD_FORMAT, (uint32_t)tzif.len, "the zone file is cut short");
        at = (size_t)second;
        OHM_TRY(read_header(tzif, at, &b, &version));
        b.time_len = 8;
    }
    at += HEADER_LEN;
    uint64_t length = block_len(&b);
    if (length > tzif.len - at)
        return ohm_fail(OHM_BAD_FORMAT, (uint32_t)tzif.len, "the zone file is cut short");
    if (b.leap != 0)
        return ohm_fail(OHM_UNSUPPORTED, (uint32_t)at, "a zone that counts leap seconds");

    ohm_tz tz;
    memset(&tz, 0, sizeof tz); /* padding too: a zone may be compared and stored as bytes */
    memcpy(tz.name, name, strlen(name));
    size_t types_at = at + (size_t)b.times * (b.time_len + 1);
    OHM_TRY(read_types(tzif.ptr + types_at, (uint32_t)types_at, &b, &tz));
    OHM_TRY(read_transitions(tzif.ptr + at, (uint32_t)at, &b, &tz));
    if (version >= '2')
        OHM_TRY(find_footer(tzif, at + (size_t)length, &tz));
    *out = tz;
    return ohm_ok();
}

void ohm_tz_utc(ohm_tz *out)
{
    memset(out, 0, sizeof *out);
    memcpy(out->name, "UTC", 4);
    out->types_count = 1;
}
