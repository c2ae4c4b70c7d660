#include "engine/fields.h"

#include "engine/state.h"

/* Of a number: bytes in memory and on the wire, and whether it has a sign. */
static const struct form {
    uint8_t memory, wire;
    bool is_signed;
} forms[] = {
    [OHM_FIELD_BOOL] = { sizeof(bool), 1, false },
    [OHM_FIELD_CODE] = { sizeof(ohm_cause), 1, false },
    [OHM_FIELD_U8] = { 1, 1, false },
    [OHM_FIELD_U16] = { 2, 2, false },
    [OHM_FIELD_I16] = { 2, 2, true },
    [OHM_FIELD_I32] = { 4, 4, true },
    [OHM_FIELD_I64] = { 8, 8, true },
    [OHM_FIELD_U64] = { 8, 8, false },
    [OHM_FIELD_SPAN] = { 8, 8, true },
    [OHM_FIELD_TIME] = { 8, 8, true },
};

_Static_assert(sizeof(ohm_cause) == 4, "enums are four bytes wherever ohmstead runs");
_Static_assert(sizeof(bool) == 1, "a bool is one byte wherever ohmstead runs");

void ohm_codec_write(ohm_codec *codec, uint8_t *out, size_t cap)
{
    *codec = (ohm_codec){ .cap = cap, .version = OHM_FORM, .err = ohm_ok() };
    codec->out = out;
}

void ohm_codec_read(ohm_codec *codec, ohm_span in)
{
    *codec = (ohm_codec){ .in = in, .version = OHM_FORM, .err = ohm_ok() };
}

bool ohm_codec_failed(const ohm_codec *codec)
{
    return ohm_failed(codec->err);
}

void ohm_codec_fail(ohm_codec *codec, ohm_code code, const char *what)
{
    if (!ohm_codec_failed(codec))
        codec->err = ohm_fail(code, (uint32_t)codec->pos, what);
}

/* --- bytes -------------------------------------------------------------------------------- */

static void put_bytes(ohm_codec *codec, const void *bytes, size_t n)
{
    if (!ohm_codec_failed(codec) && n > codec->cap - codec->pos)
        ohm_codec_fail(codec, OHM_TOO_BIG, "the buffer is too small");
    if (ohm_codec_failed(codec))
        return;
    if (n > 0)
        memcpy(codec->out + codec->pos, bytes, n);
    codec->pos += n;
}

static const uint8_t *get_bytes(ohm_codec *codec, size_t n)
{
    if (!ohm_codec_failed(codec) && n > codec->in.len - codec->pos)
        ohm_codec_fail(codec, OHM_BAD_FORMAT, "the bytes end too early");
    if (ohm_codec_failed(codec))
        return NULL;
    const uint8_t *bytes = codec->in.ptr + codec->pos;
    codec->pos += n;
    return bytes;
}

static void put_number(ohm_codec *codec, uint64_t value, unsigned n)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < n; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    put_bytes(codec, bytes, n);
}

/* Zero-extended. */
static uint64_t get_number(ohm_codec *codec, unsigned n)
{
    const uint8_t *bytes = get_bytes(codec, n);
    uint64_t value = 0;
    for (unsigned i = 0; bytes && i < n; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

/* --- numbers in memory -------------------------------------------------------------------- */

static uint64_t load(const uint8_t *at, unsigned n)
{
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    switch (n) {
    case 1:
        memcpy(&u8, at, 1);
        return u8;
    case 2:
        memcpy(&u16, at, 2);
        return u16;
    case 4:
        memcpy(&u32, at, 4);
        return u32;
    default:
        assert(n == 8);
        memcpy(&u64, at, 8);
        return u64;
    }
}

static void save(uint8_t *at, unsigned n, uint64_t value)
{
    uint8_t u8 = (uint8_t)value;
    uint16_t u16 = (uint16_t)value;
    uint32_t u32 = (uint32_t)value;
    switch (n) {
    case 1:
        memcpy(at, &u8, 1);
        return;
    case 2:
        memcpy(at, &u16, 2);
        return;
    case 4:
        memcpy(at, &u32, 4);
        return;
    default:
        assert(n == 8);
        memcpy(at, &value, 8);
    }
}

/* As a signed number, for limits and for showing. */
static int64_t number_of(const ohm_field *field, uint64_t raw)
{
    const struct form *form = &forms[field->type];
    if (!form->is_signed || form->memory == 8)
        return (int64_t)raw;
    uint64_t sign = UINT64_C(1) << (8 * form->memory - 1);
    return (int64_t)((raw ^ sign) - sign);
}

static bool in_limits(const ohm_field *field, uint64_t raw)
{
    switch (field->type) {
    case OHM_FIELD_BOOL:
        return raw <= 1;
    case OHM_FIELD_CODE:
        return raw < field->limit;
    case OHM_FIELD_SPAN:
        return ohm_time_ok((int64_t)raw);
    case OHM_FIELD_TIME:
        return (int64_t)raw == OHM_NO_MS || ohm_time_ok((int64_t)raw);
    case OHM_FIELD_U8:
    case OHM_FIELD_U16:
    case OHM_FIELD_I16:
    case OHM_FIELD_I32:
    case OHM_FIELD_I64:
    case OHM_FIELD_U64:
        return field->limit == 0 || raw < field->limit;
    case OHM_FIELD_TEXT:
    case OHM_FIELD_LIST:
    case OHM_FIELD_MORE:
    case OHM_FIELD_ROW:
        break;
    }
    return false;
}

/* --- the walk ----------------------------------------------------------------------------- */

static bool has_items(const ohm_field *field)
{
    return field->items != NULL;
}

static uint32_t count_of(const ohm_field *field, const uint8_t *base)
{
    if (field->type == OHM_FIELD_ROW)
        return field->limit;
    return (uint32_t)load(base + field->count_offset, field->count_is_byte ? 1 : 2);
}

static void put_field(ohm_codec *codec, const ohm_field *field, const uint8_t *base)
{
    const uint8_t *at = base + field->offset;
    if (field->type == OHM_FIELD_TEXT) {
        const uint8_t *end = memchr(at, '\0', field->limit);
        assert(end);
        put_number(codec, (uint64_t)(end - at), 1);
        put_bytes(codec, at, (size_t)(end - at));
        return;
    }
    if (has_items(field)) {
        uint32_t count = count_of(field, base);
        assert(count <= field->limit);
        if (field->type == OHM_FIELD_LIST)
            put_number(codec, count, 2);
        for (uint32_t i = 0; i < count; i++)
            ohm_fields_put(codec, field->items, at + (size_t)i * field->item_size);
        return;
    }
    uint64_t raw = load(at, forms[field->type].memory);
    assert(in_limits(field, raw));
    put_number(codec, raw, forms[field->type].wire);
}

void ohm_fields_put(ohm_codec *codec, const ohm_fields *table, const void *value)
{
    for (uint32_t i = 0; i < table->count; i++)
        if (table->fields[i].since <= codec->version)
            put_field(codec, &table->fields[i], value);
}

static void get_text(ohm_codec *codec, const ohm_field *field, uint8_t *at)
{
    size_t len = (size_t)get_number(codec, 1);
    if (len >= field->limit)
        ohm_codec_fail(codec, OHM_TOO_BIG, "a text is too long");
    const uint8_t *bytes = get_bytes(codec, len);
    if (bytes && len > 0 && memchr(bytes, '\0', len))
        ohm_codec_fail(codec, OHM_BAD_FORMAT, "a text holds a zero byte");
    if (!ohm_codec_failed(codec) && bytes && len > 0)
        memcpy(at, bytes, len);
}

static void get_items(ohm_codec *codec, const ohm_field *field, uint8_t *base)
{
    if (field->type == OHM_FIELD_LIST) {
        uint64_t wanted = get_number(codec, 2);
        if (wanted > field->limit)
            ohm_codec_fail(codec, OHM_TOO_BIG, "a list is too long");
        if (ohm_codec_failed(codec))
            return;
        save(base + field->count_offset, field->count_is_byte ? 1 : 2, wanted);
    }
    uint32_t count = count_of(field, base);
    uint8_t *at = base + field->offset;
    for (uint32_t i = 0; i < count && !ohm_codec_failed(codec); i++)
        ohm_fields_get(codec, field->items, at + (size_t)i * field->item_size);
}

static void get_field(ohm_codec *codec, const ohm_field *field, uint8_t *base)
{
    uint8_t *at = base + field->offset;
    if (field->type == OHM_FIELD_TEXT) {
        get_text(codec, field, at);
        return;
    }
    if (has_items(field)) {
        get_items(codec, field, base);
        return;
    }
    uint64_t raw = get_number(codec, forms[field->type].wire);
    if (!in_limits(field, raw))
        ohm_codec_fail(codec, OHM_RANGE, "a value is out of its range");
    if (!ohm_codec_failed(codec))
        save(at, forms[field->type].memory, raw);
}

void ohm_fields_get(ohm_codec *codec, const ohm_fields *table, void *value)
{
    for (uint32_t i = 0; i < table->count && !ohm_codec_failed(codec); i++)
        if (table->fields[i].since <= codec->version)
            get_field(codec, &table->fields[i], value);
}

const ohm_field *ohm_fields_compare(const ohm_fields *table, const void *a, const void *b,
                                    int64_t *ret_a, int64_t *ret_b)
{
    for (uint32_t i = 0; i < table->count; i++) {
        const ohm_field *field = &table->fields[i];
        const uint8_t *at_a = (const uint8_t *)a + field->offset;
        const uint8_t *at_b = (const uint8_t *)b + field->offset;
        assert(!has_items(field));
        bool text = field->type == OHM_FIELD_TEXT;
        size_t size = text ? field->limit : forms[field->type].memory;
        if (memcmp(at_a, at_b, size) == 0)
            continue;
        *ret_a = text ? 0 : number_of(field, load(at_a, forms[field->type].memory));
        *ret_b = text ? 0 : number_of(field, load(at_b, forms[field->type].memory));
        return field;
    }
    return NULL;
}
