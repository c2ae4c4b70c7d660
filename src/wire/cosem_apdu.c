#include "wire/cosem_apdu.h"

#include "wire/axdr.h"

enum {
    NORMAL = 1,
    NEXT_OR_BLOCK = 2,
    WITH_LIST = 3,
    ACCESS_RANGE = 1,
    ACCESS_ENTRIES = 2,
    COUNTER_WRONG = 6, /* service-error of an exception: invocation-counter-error */
    BLOCK_HEAD = 9,    /* of a GET answer, before a block's length */
};

/* --- requests -----------------------------------------------------------------------------------
 */

static void put_head(ohm_writer *w, uint8_t tag, uint8_t form, uint8_t invoke)
{
    ohm_put_u8(w, tag);
    ohm_put_u8(w, form);
    ohm_put_u8(w, invoke);
}

static void put_ref(ohm_writer *w, const ohm_cosem_ref *ref)
{
    ohm_put_u16(w, ref->class_id);
    ohm_put_bytes(w, ohm_span_of(ref->obis, OHM_OBIS_LEN));
    ohm_put_u8(w, (uint8_t)ref->index);
}

/* An OPTIONAL: 00, or 01 and what there is. */
static void put_optional(ohm_writer *w, ohm_span bytes)
{
    ohm_put_u8(w, bytes.len > 0);
    ohm_put_bytes(w, bytes);
}

void ohm_cosem_put_get(ohm_writer *w, uint8_t invoke, const ohm_cosem_ref *ref, ohm_span access)
{
    put_head(w, OHM_COSEM_GET_REQUEST, NORMAL, invoke);
    put_ref(w, ref);
    put_optional(w, access);
}

void ohm_cosem_put_get_list(ohm_writer *w, uint8_t invoke, const ohm_cosem_ref *refs, size_t count)
{
    assert(count <= OHM_COSEM_LIST_MAX);
    put_head(w, OHM_COSEM_GET_REQUEST, WITH_LIST, invoke);
    ohm_axdr_put_length(w, count);
    for (size_t i = 0; i < count; i++) {
        put_ref(w, &refs[i]);
        ohm_put_u8(w, 0);
    }
}

void ohm_cosem_put_get_next(ohm_writer *w, uint8_t invoke, uint32_t block)
{
    put_head(w, OHM_COSEM_GET_REQUEST, NEXT_OR_BLOCK, invoke);
    ohm_put_u32(w, block);
}

void ohm_cosem_put_set(ohm_writer *w, uint8_t invoke, const ohm_cosem_ref *ref, ohm_span value)
{
    put_head(w, OHM_COSEM_SET_REQUEST, NORMAL, invoke);
    put_ref(w, ref);
    ohm_put_u8(w, 0);
    ohm_put_bytes(w, value);
}

void ohm_cosem_put_action(ohm_writer *w, uint8_t invoke, const ohm_cosem_ref *ref,
                          ohm_span argument)
{
    put_head(w, OHM_COSEM_ACTION_REQUEST, NORMAL, invoke);
    put_ref(w, ref);
    put_optional(w, argument);
}

void ohm_cosem_put_range(ohm_writer *w, const ohm_cosem_ref *clock,
                         const uint8_t from[static OHM_DLMS_TIME_LEN],
                         const uint8_t to[static OHM_DLMS_TIME_LEN])
{
    ohm_put_u8(w, ACCESS_RANGE);
    ohm_axdr_put_structure(w, 4);
    ohm_axdr_put_structure(w, 4);
    ohm_axdr_put_u16(w, clock->class_id);
    ohm_axdr_put_obis(w, clock->obis);
    ohm_axdr_put_i8(w, clock->index);
    ohm_axdr_put_u16(w, 0);
    ohm_axdr_put_octets(w, ohm_span_of(from, OHM_DLMS_TIME_LEN));
    ohm_axdr_put_octets(w, ohm_span_of(to, OHM_DLMS_TIME_LEN));
    ohm_axdr_put_array(w, 0); /* every column */
}

void ohm_cosem_put_entries(ohm_writer *w, uint32_t from, uint32_t to)
{
    ohm_put_u8(w, ACCESS_ENTRIES);
    ohm_axdr_put_structure(w, 4);
    ohm_axdr_put_u32(w, from);
    ohm_axdr_put_u32(w, to);
    ohm_axdr_put_u16(w, 1); /* every column */
    ohm_axdr_put_u16(w, 0);
}

/* --- answers ------------------------------------------------------------------------------------
 */

/* One whole item at *pos; what follows it is nobody's. */
static ohm_code take_item(ohm_span bytes, size_t *pos, ohm_span *item)
{
    ohm_axdr c = { bytes.ptr, bytes.len, *pos };
    if (ohm_axdr_skip(&c) != OHM_OK)
        return OHM_BAD_FORMAT;
    *item = ohm_span_part(bytes, *pos, c.pos - *pos);
    *pos = c.pos;
    return OHM_OK;
}

/* Get-data-result: 00 and an item, or 01 and an error. */
static ohm_code take_result(ohm_span bytes, size_t *pos, uint8_t *error, ohm_span *value)
{
    *error = 0;
    *value = (ohm_span){ NULL, 0 };
    if (bytes.len - *pos < 2 || bytes.ptr[*pos] > 1)
        return OHM_BAD_FORMAT;
    bool failed = bytes.ptr[(*pos)++] == 1;
    if (!failed)
        return take_item(bytes, pos, value);
    *error = bytes.ptr[(*pos)++];
    return *error == 0 ? OHM_BAD_FORMAT : OHM_OK; /* a failure that succeeded */
}

/* last, number, then 00 length data or 01 error. Some meters repeat the whole head of the
 * answer inside the block: it is passed over when it is the same to the byte. */
static ohm_code parse_block(ohm_span apdu, ohm_cosem_answer *out)
{
    ohm_axdr c = { apdu.ptr, apdu.len, BLOCK_HEAD };
    size_t len = 0;
    if (apdu.len < BLOCK_HEAD + 1 || apdu.ptr[8] > 1)
        return OHM_BAD_FORMAT;
    out->form = OHM_COSEM_BLOCK;
    out->last = apdu.ptr[3] != 0;
    out->block = ohm_be32(apdu.ptr + 4);
    if (apdu.ptr[8] == 1) {
        out->error = apdu.ptr[9];
        return out->error == 0 ? OHM_BAD_FORMAT : OHM_OK;
    }
    if (ohm_axdr_length(&c, &len) != OHM_OK || len > c.len - c.pos)
        return OHM_BAD_FORMAT;
    out->data = ohm_span_part(apdu, c.pos, len);
    ohm_axdr inner = { out->data.ptr, out->data.len, BLOCK_HEAD };
    if (len > BLOCK_HEAD && memcmp(out->data.ptr, apdu.ptr, BLOCK_HEAD) == 0 &&
        ohm_axdr_length(&inner, &len) == OHM_OK && len == inner.len - inner.pos)
        out->data = ohm_span_part(out->data, inner.pos, len);
    return OHM_OK;
}

static ohm_code parse_get(ohm_span apdu, ohm_cosem_answer *out)
{
    size_t pos = 3;
    switch (apdu.ptr[1]) {
    case NORMAL:
        out->form = OHM_COSEM_RESULT;
        return take_result(apdu, &pos, &out->error, &out->data);
    case NEXT_OR_BLOCK:
        return parse_block(apdu, out);
    case WITH_LIST:
        out->form = OHM_COSEM_LIST;
        out->data = ohm_span_part(apdu, pos, apdu.len - pos);
        return OHM_OK;
    default:
        return OHM_BAD_FORMAT;
    }
}

/* result, then 00, or 01 and a Get-data-result: what the method returns. */
static ohm_code parse_action(ohm_span apdu, ohm_cosem_answer *out)
{
    size_t pos = 5;
    uint8_t error = 0;
    if (apdu.ptr[1] != NORMAL || apdu.len < 4)
        return OHM_BAD_FORMAT;
    out->form = OHM_COSEM_RESULT;
    out->error = apdu.ptr[3];
    if (apdu.len < 5 || apdu.ptr[4] == 0)
        return OHM_OK;
    ohm_code code = take_result(apdu, &pos, &error, &out->data);
    if (code == OHM_OK && out->error == 0)
        out->error = error;
    return code;
}

static ohm_code parse_refusal(ohm_span apdu, ohm_cosem_answer *out)
{
    out->form = OHM_COSEM_REFUSED;
    out->invoke = 0;
    if (apdu.len < 3)
        return OHM_BAD_FORMAT;
    out->state = apdu.ptr[1];
    out->error = apdu.ptr[2];
    if (out->service == OHM_COSEM_EXCEPTION && out->error == COUNTER_WRONG && apdu.len >= 7) {
        out->has_counter = true;
        out->counter = ohm_be32(apdu.ptr + 3);
    }
    return OHM_OK;
}

bool ohm_cosem_is_notification(ohm_span apdu)
{
    /* data-, event-, glo- and ded-event-notification; general-glo, -ded and -ciphering, which we
     * do not offer (IEC 62056-5-3, tags of APDUs) */
    static const uint8_t tags[] = { 0x0f, 0xc2, 0xca, 0xd2, 0xdb, 0xdc, 0xdd };
    return apdu.len > 0 && memchr(tags, apdu.ptr[0], sizeof tags);
}

ohm_code ohm_cosem_answer_parse(ohm_span apdu, ohm_cosem_answer *out)
{
    ohm_cosem_answer answer = { .form = OHM_COSEM_RESULT };
    ohm_code code = OHM_UNSUPPORTED;
    if (apdu.len < 3)
        return OHM_BAD_FORMAT;
    answer.service = apdu.ptr[0];
    answer.invoke = apdu.ptr[2];
    switch (answer.service) {
    case OHM_COSEM_GET_RESPONSE:
        code = parse_get(apdu, &answer);
        break;
    case OHM_COSEM_SET_RESPONSE:
        code = apdu.ptr[1] == NORMAL && apdu.len >= 4 ? OHM_OK : OHM_BAD_FORMAT;
        answer.error = code == OHM_OK ? apdu.ptr[3] : 0;
        break;
    case OHM_COSEM_ACTION_RESPONSE:
        code = parse_action(apdu, &answer);
        break;
    case OHM_COSEM_EXCEPTION:
    case OHM_COSEM_SERVICE_ERROR:
        code = parse_refusal(apdu, &answer);
        break;
    default:
        break;
    }
    if (code == OHM_OK)
        *out = answer;
    return code;
}

ohm_code ohm_cosem_list_next(ohm_span results, ohm_cosem_list *cursor, uint8_t *error,
                             ohm_span *value)
{
    if (cursor->pos == 0) {
        ohm_axdr c = ohm_axdr_over(results);
        if (ohm_axdr_length(&c, &cursor->left) != OHM_OK)
            return OHM_BAD_FORMAT;
        cursor->pos = c.pos;
    }
    if (cursor->left == 0)
        return OHM_END;
    cursor->left--;
    return take_result(results, &cursor->pos, error, value);
}

const char *ohm_cosem_access_text(uint8_t error)
{
    static const struct {
        uint8_t code;
        const char *text;
    } texts[] = {
        { 0, "" },
        { 1, "a hardware fault" },
        { 2, "a temporary failure" },
        { 3, "reading or writing is denied" },
        { 4, "no such object" },
        { 9, "another class than this object's" },
        { 11, "the object is not available" },
        { 12, "the wrong type" },
        { 13, "outside what this client may see" },
        { 14, "a data block is not available" },
        { 15, "a long transfer was ended" },
        { 16, "no long transfer is under way" },
        { 17, "a long transfer was ended" },
        { 18, "no long transfer is under way" },
        { 19, "a data block of the wrong number" },
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i].code == error)
            return texts[i].text;
    return "another reason";
}
