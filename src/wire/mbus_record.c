#include "wire/mbus_internal.h"

/* Data records (EN 13757-3 §6): DIF, DIFEs, VIF, VIFEs, data. */

enum {
    EXTENSION = 0x80,
    DIF_MAKER = 0x0f,
    DIF_MORE = 0x1f,
    DIF_FILLER = 0x2f,
    VIF_FB = 0x7b,
    VIF_PLAIN = 0x7c,
    VIF_FD = 0x7d,
    VIF_EF = 0x6f,
    VIF_MAKER = 0x7f,
};

typedef struct cursor {
    const uint8_t *p;
    size_t at, len;
    const char *what; /* what is wrong, where `take_…` fails */
} cursor;

static bool ends(cursor *c, const char *what)
{
    c->what = what;
    return false;
}

static bool take_dib(cursor *c, ohm_mbus_record *r)
{
    uint8_t byte = c->p[c->at++];
    r->storage = byte >> 6 & 1;
    r->function = byte >> 4 & 3;
    for (unsigned k = 0; (byte & EXTENSION) != 0; k++) {
        if (k == OHM_MBUS_EXTENSIONS_MAX)
            return ends(c, "more than 10 DIFEs");
        if (c->at == c->len)
            return ends(c, "the data end inside a DIF");
        byte = c->p[c->at++];
        r->storage |= (uint64_t)(byte & 0xfu) << (1 + 4 * k);
        r->tariff |= (uint32_t)(byte >> 4 & 3u) << (2 * k);
        r->subunit |= (uint16_t)((byte >> 6 & 1u) << k);
        r->flags |= OHM_MBUS_EXTENDED;
    }
    return true;
}

/* VIFE after VIFE: what they do to the value, and what they only say. */
static void apply(ohm_mbus_vife row, ohm_mbus_scaling *s, ohm_mbus_record *r)
{
    static const int16_t milli[] = { 1, 10, 100, 1000 };
    switch ((ohm_mbus_vife_kind)row.kind) {
    case OHM_MBUS_VIFE_SCALE:
        s->exponent += row.exponent;
        return;
    case OHM_MBUS_VIFE_ADD:
        s->add_milli += milli[row.exponent + 3];
        return;
    case OHM_MBUS_VIFE_POSITIVE:
        r->flags |= OHM_MBUS_IMPORT;
        return;
    case OHM_MBUS_VIFE_NEGATIVE:
        r->flags |= OHM_MBUS_EXPORT;
        return;
    case OHM_MBUS_VIFE_PHASE:
        r->phase = (uint8_t)row.exponent;
        return;
    case OHM_MBUS_VIFE_UNSIGNED:
        s->coding = OHM_MBUS_UNSIGNED;
        return;
    case OHM_MBUS_VIFE_BITS:
        s->coding = OHM_MBUS_BITS;
        return;
    case OHM_MBUS_VIFE_ERROR:
        r->flags |= OHM_MBUS_INVALID;
        break;
    case OHM_MBUS_VIFE_MAKER:
        r->flags |= OHM_MBUS_MAKERS;
        break;
    case OHM_MBUS_VIFE_MORE:
    case OHM_MBUS_VIFE_FINE:
        return;
    case OHM_MBUS_VIFE_NOTE:
    case OHM_MBUS_VIFE_FUTURE:
    case OHM_MBUS_VIFE_DATE:
        break;
    }
    r->flags |= OHM_MBUS_QUALIFIED;
}

/* The bytes behind a VIF that says so: its own extension first, then combinable ones. `codes` of
 * them were VIFs and are counted among the ten. */
static bool take_vifes(cursor *c, unsigned count, ohm_mbus_scaling *s, ohm_mbus_record *r)
{
    bool second = false, own = r->vif->measure == OHM_MBUS_MAKER;
    uint8_t byte = EXTENSION;
    for (; (byte & EXTENSION) != 0; count++) {
        if (count == OHM_MBUS_EXTENSIONS_MAX)
            return ends(c, "more than 10 VIFEs");
        if (c->at == c->len)
            return ends(c, "the data end inside a VIF");
        byte = c->p[c->at++];
        if (own)
            continue;
        ohm_mbus_vife row = ohm_mbus_vife_of(byte & 0x7f, second);
        second = !second && row.kind == OHM_MBUS_VIFE_MORE;
        own = row.kind == OHM_MBUS_VIFE_MAKER;
        apply(row, s, r);
    }
    return true;
}

/* The true VIF of an extension table; *byte is it afterwards. */
static bool take_extended(cursor *c, uint8_t *byte, unsigned *count, ohm_mbus_record *r)
{
    ohm_mbus_table table = (*byte & 0x7f) == VIF_FB ? OHM_MBUS_FB : OHM_MBUS_FD;
    bool reserved = (*byte & 0x7f) == VIF_EF;
    for (;;) {
        if (c->at == c->len)
            return ends(c, "the data end inside a VIF");
        *byte = c->p[c->at++];
        ++*count;
        if (table != OHM_MBUS_FD || *byte != (VIF_FD | EXTENSION) || reserved)
            break;
        table = OHM_MBUS_FD_FD;
    }
    r->vif = reserved ? &ohm_mbus_reserved : ohm_mbus_vif_of(table, *byte & 0x7f);
    return true;
}

static bool take_vib(cursor *c, ohm_mbus_scaling *s, ohm_mbus_record *r)
{
    if (c->at == c->len)
        return ends(c, "the data end before a VIF");
    uint8_t byte = c->p[c->at++];
    uint8_t code = byte & 0x7f;
    unsigned count = 0;
    if (code == VIF_PLAIN) {
        if (c->at == c->len || c->p[c->at] > c->len - c->at - 1)
            return ends(c, "the data end inside a unit in plain text");
        r->vif = &ohm_mbus_plain_unit;
        r->unit_len = c->p[c->at];
        c->at += 1u + r->unit_len;
    } else if (byte == (VIF_FB | EXTENSION) || byte == (VIF_FD | EXTENSION) ||
               byte == (VIF_EF | EXTENSION)) {
        if (!take_extended(c, &byte, &count, r))
            return false;
    } else {
        r->vif = ohm_mbus_vif_of(OHM_MBUS_PRIMARY, code);
    }
    *s = (ohm_mbus_scaling){ r->vif->exponent, 0, r->vif->coding };
    return (byte & EXTENSION) == 0 || take_vifes(c, count, s, r);
}

/* The length of variable data (§6.3.3, table 5). */
static bool lvar_length(uint8_t lvar, size_t *len)
{
    if (lvar < OHM_MBUS_LVAR_POSITIVE)
        *len = lvar;
    else if (lvar <= 0xc9 || (lvar >= OHM_MBUS_LVAR_NEGATIVE && lvar <= 0xd9))
        *len = lvar & 0xfu; /* bytes: two digits each */
    else if (lvar >= OHM_MBUS_LVAR_BINARY && lvar <= 0xef)
        *len = lvar & 0xfu;
    else if (lvar >= 0xf0 && lvar <= 0xf4)
        *len = 4u * (lvar - 0xecu);
    else if (lvar == 0xf5 || lvar == 0xf6)
        *len = lvar == 0xf5 ? 48 : 64;
    else
        return false;
    return true;
}

static bool take_data(cursor *c, uint8_t field, ohm_mbus_record *r)
{
    /* Of data fields 0 to Eh; 8, a selection, is a request and carries none. */
    static const uint8_t lengths[] = { 0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, 0, 6 };
    size_t len = lengths[field];
    if (field == OHM_MBUS_LVAR_FIELD) {
        if (c->at == c->len)
            return ends(c, "the data end before a length");
        r->lvar = c->p[c->at++];
        if (!lvar_length(r->lvar, &len))
            return ends(c, "data of a reserved length code");
        if (r->lvar >= OHM_MBUS_LVAR_NEGATIVE && r->lvar < OHM_MBUS_LVAR_BINARY)
            r->flags |= OHM_MBUS_NEGATED;
    }
    if (len > c->len - c->at)
        return ends(c, "the data end inside a value");
    r->raw_at = (uint8_t)c->at;
    r->raw_len = (uint8_t)len;
    c->at += len;
    return true;
}

/* Everything behind DIF 0Fh and 1Fh belongs to the manufacturer (§6.5). */
static void take_block(cursor *c, uint8_t dif, ohm_mbus_record *r)
{
    r->vif = &ohm_mbus_no_meaning;
    r->function = dif == DIF_MORE ? OHM_MBUS_MORE_BLOCK : OHM_MBUS_MAKER_BLOCK;
    r->kind = OHM_MBUS_HEX;
    r->at = (uint8_t)c->at++;
    r->dib_len = 1;
    r->raw_at = (uint8_t)c->at;
    r->raw_len = (uint8_t)(c->len - c->at);
    c->at = c->len;
}

static bool take_record(cursor *c, bool msb_first, ohm_mbus_record *r)
{
    uint8_t dif = c->p[c->at];
    ohm_mbus_scaling scaling;
    *r = (ohm_mbus_record){ .at = (uint8_t)c->at };
    if (dif == DIF_MAKER || dif == DIF_MORE) {
        take_block(c, dif, r);
        return true;
    }
    uint8_t field = dif & OHM_MBUS_DATA_FIELD;
    if (field == OHM_MBUS_DATA_FIELD)
        return ends(c, "a reserved DIF");
    if (!take_dib(c, r))
        return false;
    r->dib_len = (uint8_t)(c->at - r->at);
    if (!take_vib(c, &scaling, r))
        return false;
    r->vib_len = (uint8_t)(c->at - r->at - r->dib_len);
    if (!take_data(c, field, r))
        return false;
    ohm_mbus_value(field, c->p + r->raw_at, msb_first, &scaling, r);
    return true;
}

ohm_code ohm_mbus_records(ohm_mbus_message *m, size_t from, ohm_mbus_reject *reject)
{
    cursor c = { m->data, from, m->data_len, NULL };
    while (c.at < c.len) {
        if (c.p[c.at] == DIF_FILLER) {
            c.at++;
            continue;
        }
        if (m->records_count == OHM_MBUS_RECORDS_MAX)
            return ohm_mbus_refuse(reject, OHM_MBUS_AT_RECORD, c.at, OHM_TOO_BIG,
                                   "more records than a telegram holds");
        ohm_mbus_record *r = &m->records[m->records_count];
        size_t start = c.at;
        if (!take_record(&c, m->msb_first, r))
            return ohm_mbus_refuse(reject, OHM_MBUS_AT_RECORD, start, OHM_BAD_FORMAT, c.what);
        m->more_follows |= r->function == OHM_MBUS_MORE_BLOCK;
        m->records_count++;
    }
    return OHM_OK;
}

/* --- after the fact --------------------------------------------------------------------------- */

/* Where the combinable VIFEs of a VIB begin; its length when there are none. */
static size_t first_vife(ohm_span vib, const ohm_mbus_record *r)
{
    if (vib.len == 0)
        return 0;
    uint8_t code = vib.ptr[0] & 0x7f;
    if (code == VIF_PLAIN)
        return 2u + r->unit_len;
    if (vib.len == 1 || (code != VIF_FB && code != VIF_FD && code != VIF_EF))
        return code == VIF_MAKER ? vib.len : 1;
    bool twice = code == VIF_FD && vib.ptr[1] == (VIF_FD | EXTENSION) && vib.len > 2;
    return twice ? 3 : 2;
}

bool ohm_mbus_vifes(const ohm_mbus_message *m, const ohm_mbus_record *r, size_t *at,
                    ohm_mbus_vife *vife, uint8_t *code)
{
    ohm_span vib = ohm_mbus_vib(m, r);
    if (*at == 0)
        *at = first_vife(vib, r);
    if (*at >= vib.len)
        return false;
    *code = vib.ptr[(*at)++] & 0x7f;
    *vife = ohm_mbus_vife_of(*code, false);
    if (vife->kind == OHM_MBUS_VIFE_MORE && *at < vib.len) {
        *code = vib.ptr[(*at)++] & 0x7f;
        *vife = ohm_mbus_vife_of(*code, true);
    }
    if (vife->kind == OHM_MBUS_VIFE_MAKER)
        *at = vib.len;
    return true;
}

bool ohm_mbus_moment(const ohm_mbus_message *m, const ohm_mbus_record *r, ohm_mbus_record *out)
{
    size_t at = 0, n = r->raw_len;
    ohm_mbus_vife vife;
    uint8_t code;
    bool dated = false;
    while (!dated && ohm_mbus_vifes(m, r, &at, &vife, &code))
        dated = vife.kind == OHM_MBUS_VIFE_DATE;
    bool sized = n == 2 || n == 3 || n == 4 || n == 6;
    if (!dated || r->kind != OHM_MBUS_INTEGER || !sized)
        return false;
    uint8_t turned[8];
    ohm_span raw = ohm_mbus_raw(m, r);
    for (size_t i = 0; i < n; i++)
        turned[i] = raw.ptr[m->msb_first ? n - 1 - i : i];
    *out = *r;
    out->flags &= (uint8_t)~OHM_MBUS_INVALID;
    ohm_mbus_time(turned, n, out);
    return true;
}
