#include "wire/crc16.h"
#include "wire/sml.h"

/* Type-length fields (SML 1.04, "binary encoding"): bit 7 says that another length byte follows,
 * bits 6 to 4 the type; the length counts its own bytes, or a list's entries. No recursion: what
 * is passed over is counted. */
enum {
    TYPE_OCTETS = 0,
    TYPE_BOOL = 4,
    TYPE_INTEGER = 5,
    TYPE_UNSIGNED = 6,
    TYPE_LIST = 7,
    LENGTH_BYTES_MAX = 4,
    INTEGER_LEN = 8,
    MESSAGE_FIELDS = 6,
    LIST_FIELDS = 7,
    ENTRY_FIELDS = 7,
    GET_LIST_RESPONSE = 0x0701,
    TIME_INDEX = 1,
    TIME_UTC = 2,
    TIME_LOCAL = 3, /* {UTC, offset, season offset} */
    LOCAL_FIELDS = 3,
};

typedef struct field {
    uint8_t type;
    size_t count;   /* of a list: its entries */
    ohm_span bytes; /* of anything else: its content */
} field;

typedef struct reader {
    ohm_span file;
    size_t at;
} reader;

/* The next field; of a list only its head. */
static ohm_code take(reader *r, field *out)
{
    if (r->at >= r->file.len)
        return OHM_BAD_FORMAT;
    const uint8_t *p = r->file.ptr + r->at;
    size_t left = r->file.len - r->at, length = p[0] & 0x0f, head = 1;
    uint8_t type = p[0] >> 4 & 7;
    while (p[head - 1] & 0x80) {
        if (head >= left || head == LENGTH_BYTES_MAX || (p[head] & 0x70) != 0)
            return OHM_BAD_FORMAT;
        length = length << 4 | (p[head++] & 0x0f);
    }
    bool known = type == TYPE_OCTETS || (type >= TYPE_BOOL && type <= TYPE_LIST);
    size_t size = type == TYPE_LIST ? head : length;
    if (!known || size < head || size > left)
        return OHM_BAD_FORMAT;
    *out = (field){ .type = type, .count = type == TYPE_LIST ? length : 0 };
    if (type != TYPE_LIST)
        out->bytes = ohm_span_part(r->file, r->at + head, size - head);
    r->at += size;
    return OHM_OK;
}

/* What is left of a list whose head was taken: its fields and theirs. Every field is a byte at
 * least, so there are no more of them than bytes. */
static ohm_code pass(reader *r, size_t fields)
{
    while (fields > 0) {
        field f;
        if (fields > r->file.len - r->at || take(r, &f) != OHM_OK)
            return OHM_BAD_FORMAT;
        fields += f.count;
        fields--;
    }
    return OHM_OK;
}

static bool is_absent(const field *f)
{
    return f->type == TYPE_OCTETS && f->bytes.len == 0;
}

/* Integers of any length: what does not fit in 64 bits must be leading zeros (or ones). */
static bool unsigned_of(const field *f, uint64_t *out)
{
    uint64_t v = 0;
    if (f->type != TYPE_UNSIGNED || f->bytes.len == 0)
        return false;
    for (size_t i = 0; i < f->bytes.len; i++) {
        if (v >> 56 != 0)
            return false;
        v = v << 8 | f->bytes.ptr[i];
    }
    *out = v;
    return true;
}

static bool integer_of(const field *f, int64_t *out)
{
    size_t len = f->bytes.len;
    if (f->type != TYPE_INTEGER || len == 0)
        return false;
    const uint8_t *p = f->bytes.ptr;
    uint8_t sign = p[0] & 0x80 ? 0xff : 0;
    for (; len > INTEGER_LEN; p++, len--)
        if (p[0] != sign || (p[1] & 0x80) != (sign & 0x80))
            return false;
    uint64_t v = sign ? UINT64_MAX : 0;
    for (size_t i = 0; i < len; i++)
        v = v << 8 | p[i];
    *out = (int64_t)v;
    return true;
}

/* A field that must be an unsigned number. */
static ohm_code take_number(reader *r, uint64_t max, uint64_t *out)
{
    field f;
    ohm_code code = take(r, &f);
    return code == OHM_OK && unsigned_of(&f, out) && *out <= max ? OHM_OK : OHM_BAD_FORMAT;
}

static ohm_code take_list(reader *r, size_t fields)
{
    field f;
    ohm_code code = take(r, &f);
    return code == OHM_OK && f.type == TYPE_LIST && f.count == fields ? OHM_OK : OHM_BAD_FORMAT;
}

static ohm_code take_octets(reader *r, ohm_span *out)
{
    field f;
    if (take(r, &f) != OHM_OK || f.type != TYPE_OCTETS)
        return OHM_BAD_FORMAT;
    *out = f.bytes;
    return OHM_OK;
}

/* SML_Time: absent; {1, index}, {2, UTC} or {3, {UTC, offset, season}}; Holley sends the index
 * without its list. */
static ohm_code take_time(reader *r, ohm_sml_time *out)
{
    field f;
    uint64_t tag = 0, seconds = 0;
    *out = (ohm_sml_time){ .clock = OHM_SML_NO_TIME };
    if (take(r, &f) != OHM_OK)
        return OHM_BAD_FORMAT;
    if (is_absent(&f))
        return OHM_OK;
    if (f.type == TYPE_UNSIGNED && unsigned_of(&f, &seconds) && seconds <= UINT32_MAX) {
        *out = (ohm_sml_time){ OHM_SML_INDEX, (uint32_t)seconds };
        return OHM_OK;
    }
    if (f.type != TYPE_LIST || f.count != 2 || take_number(r, TIME_LOCAL, &tag) != OHM_OK ||
        tag < TIME_INDEX)
        return OHM_BAD_FORMAT;
    if (tag == TIME_LOCAL && take_list(r, LOCAL_FIELDS) != OHM_OK)
        return OHM_BAD_FORMAT;
    if (take_number(r, UINT32_MAX, &seconds) != OHM_OK)
        return OHM_BAD_FORMAT;
    *out = (ohm_sml_time){ tag == TIME_INDEX ? OHM_SML_INDEX : OHM_SML_UTC, (uint32_t)seconds };
    return tag == TIME_LOCAL ? pass(r, LOCAL_FIELDS - 1) : OHM_OK;
}

/* --- a list's entries --------------------------------------------------------------------------
 */

static ohm_code take_value(reader *r, ohm_sml_value *v)
{
    field f;
    size_t from = r->at;
    uint64_t number = 0;
    if (take(r, &f) != OHM_OK)
        return OHM_BAD_FORMAT;
    if (f.type == TYPE_LIST) {
        v->kind = OHM_SML_LIST;
        if (pass(r, f.count) != OHM_OK)
            return OHM_BAD_FORMAT;
        v->bytes = ohm_span_part(r->file, from, r->at - from);
        return OHM_OK;
    }
    if (is_absent(&f)) {
        v->kind = OHM_SML_NULL;
    } else if (f.type == TYPE_OCTETS) {
        v->kind = OHM_SML_OCTETS;
        v->bytes = f.bytes;
    } else if (f.type == TYPE_BOOL && f.bytes.len == 1) {
        v->kind = OHM_SML_BOOL;
        v->raw = f.bytes.ptr[0] != 0;
    } else if (unsigned_of(&f, &number)) {
        v->kind = OHM_SML_UNSIGNED;
        v->raw = (int64_t)number;
        v->huge = number > INT64_MAX;
    } else if (integer_of(&f, &v->raw)) {
        v->kind = OHM_SML_INTEGER;
    } else {
        return OHM_BAD_FORMAT;
    }
    return OHM_OK;
}

/* Status, unit and scaler may each be absent. */
static ohm_code take_optional(reader *r, bool *present, uint64_t *number)
{
    field f;
    if (take(r, &f) != OHM_OK)
        return OHM_BAD_FORMAT;
    *present = !is_absent(&f);
    return *present && !unsigned_of(&f, number) ? OHM_BAD_FORMAT : OHM_OK;
}

static ohm_code take_scaler(reader *r, ohm_sml_value *v)
{
    field f;
    int64_t scaler = 0;
    if (take(r, &f) != OHM_OK)
        return OHM_BAD_FORMAT;
    if (is_absent(&f))
        return OHM_OK;
    if (!integer_of(&f, &scaler) || scaler < INT8_MIN || scaler > INT8_MAX)
        return OHM_BAD_FORMAT;
    v->scaler = (int8_t)scaler;
    v->has_scaler = true;
    return OHM_OK;
}

/* SML_ListEntry: {OBIS, status, time, unit, scaler, value, signature}. */
static ohm_code take_entry(reader *r, ohm_sml_value *v)
{
    ohm_span name;
    bool has_unit = false;
    uint64_t unit = 0;
    *v = (ohm_sml_value){ .kind = OHM_SML_NULL };
    if (take_list(r, ENTRY_FIELDS) != OHM_OK || take_octets(r, &name) != OHM_OK ||
        name.len != OHM_OBIS_LEN)
        return OHM_BAD_FORMAT;
    memcpy(v->obis, name.ptr, OHM_OBIS_LEN);
    if (take_optional(r, &v->has_status, &v->status) != OHM_OK ||
        take_time(r, &v->time) != OHM_OK || take_optional(r, &has_unit, &unit) != OHM_OK ||
        unit > UINT8_MAX || take_scaler(r, v) != OHM_OK || take_value(r, v) != OHM_OK)
        return OHM_BAD_FORMAT;
    v->unit = (uint8_t)unit;
    v->quantity = (uint16_t)ohm_obis_quantity(v->obis);
    return pass(r, 1);
}

/* SML_GetList.Res: {client, server, list name, sensor time, entries, signature, gateway time}. */
static ohm_code take_get_list(reader *r, ohm_sml_message *out)
{
    field entries;
    out->count = 0;
    if (take_list(r, LIST_FIELDS) != OHM_OK || pass(r, 1) != OHM_OK ||
        take_octets(r, &out->server_id) != OHM_OK || take_octets(r, &out->list_name) != OHM_OK ||
        take_time(r, &out->sensor_time) != OHM_OK || take(r, &entries) != OHM_OK ||
        entries.type != TYPE_LIST)
        return OHM_BAD_FORMAT;
    if (entries.count > OHM_SML_VALUES_MAX)
        return OHM_TOO_BIG;
    for (size_t i = 0; i < entries.count; i++)
        if (take_entry(r, &out->values[out->count++]) != OHM_OK)
            return OHM_BAD_FORMAT;
    ohm_sml_server_text(out->server_id, out->id);
    return pass(r, 2);
}

/* --- a message ---------------------------------------------------------------------------------
 */

/* The CRC field covers the message up to itself. A high byte of zero may be left out. */
static ohm_code check_crc(reader *r, size_t from)
{
    uint64_t sent = 0;
    const uint8_t *bytes = r->file.ptr + from;
    size_t covered = r->at - from;
    if (take_number(r, UINT16_MAX, &sent) != OHM_OK)
        return OHM_BAD_FORMAT;
    uint16_t straight = (uint16_t)sent, swapped = (uint16_t)(sent << 8 | sent >> 8);
    uint16_t crc = ohm_crc16(bytes, covered);
    if (crc != swapped && crc != straight)
        crc = ohm_crc16_update(0, bytes, covered); /* Kermit */
    return crc == swapped || crc == straight ? OHM_OK : OHM_BAD_CHECKSUM;
}

ohm_code ohm_sml_read_message(ohm_span file, size_t at, size_t *used, ohm_sml_message *out,
                              const char **what)
{
    reader r = { file, at };
    uint64_t tag = 0;
    while (r.at < file.len && file.ptr[r.at] == 0) /* padding that nobody counted */
        r.at++;
    if (r.at == file.len) {
        *used = r.at - at;
        return OHM_END;
    }
    *what = "an SML message that does not follow its format";
    size_t from = r.at;
    if (take_list(&r, MESSAGE_FIELDS) != OHM_OK || pass(&r, 3) != OHM_OK ||
        take_list(&r, 2) != OHM_OK || take_number(&r, UINT32_MAX, &tag) != OHM_OK)
        return OHM_BAD_FORMAT;
    bool wanted = tag == GET_LIST_RESPONSE;
    ohm_code code = wanted ? take_get_list(&r, out) : pass(&r, 1);
    if (code == OHM_TOO_BIG)
        *what = "more entries than an SML list may have";
    if (code != OHM_OK)
        return code;
    code = check_crc(&r, from);
    if (code == OHM_BAD_CHECKSUM)
        *what = "the checksum of an SML message is wrong";
    if (code != OHM_OK)
        return code;
    if (r.at >= file.len || file.ptr[r.at] != 0)
        return OHM_BAD_FORMAT;
    *used = r.at + 1 - at;
    return wanted ? OHM_OK : OHM_MORE;
}

static const char hex[] = "0123456789abcdef";

/* 0A, medium, three letters, block, number; the first byte is the length, or was 09. */
static bool din_text(ohm_span id, char *out)
{
    enum { ID_LEN = 10, NUMBER_MAX = 99999999, TEXT_LEN = 14 };
    if (id.len != ID_LEN || (id.ptr[0] != 0x0a && id.ptr[0] != 0x09) || id.ptr[1] > 9)
        return false;
    for (int i = 2; i < 5; i++)
        if (id.ptr[i] < 'A' || id.ptr[i] > 'Z')
            return false;
    uint32_t number = ohm_be32(id.ptr + 6);
    if (number > NUMBER_MAX)
        return false;
    out[0] = (char)('0' + id.ptr[1]);
    memcpy(out + 1, id.ptr + 2, 3);
    out[4] = "0123456789ABCDEF"[id.ptr[5] >> 4];
    out[5] = "0123456789ABCDEF"[id.ptr[5] & 0x0f];
    for (int i = TEXT_LEN - 1; i >= 6; i--, number /= 10)
        out[i] = (char)('0' + number % 10);
    out[TEXT_LEN] = '\0';
    return true;
}

void ohm_sml_server_text(ohm_span id, char out[static OHM_SML_ID_MAX])
{
    size_t n = id.len < OHM_SML_ID_MAX ? id.len : OHM_SML_ID_MAX - 1;
    bool text = true;
    if (din_text(id, out))
        return;
    for (size_t i = 0; i < n; i++)
        text = text && id.ptr[i] >= ' ' && id.ptr[i] < 0x7f;
    if (!text && n > OHM_SML_ID_MAX / 2)
        n = OHM_SML_ID_MAX / 2;
    for (size_t i = 0; i < n; i++) {
        if (text) {
            out[i] = (char)id.ptr[i];
            continue;
        }
        out[2 * i] = hex[id.ptr[i] >> 4];
        out[2 * i + 1] = hex[id.ptr[i] & 0x0f];
    }
    out[text ? n : 2 * n] = '\0';
}
