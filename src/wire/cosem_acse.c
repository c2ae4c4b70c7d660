#include "wire/cosem_acse.h"

#include "wire/axdr.h"
#include "wire/cosem_apdu.h"

static const char *const auth_names[] = {
    [OHM_COSEM_NONE] = "none",     [OHM_COSEM_LOW] = "low",   [OHM_COSEM_HIGH] = "high",
    [OHM_COSEM_MD5] = "md5",       [OHM_COSEM_SHA1] = "sha1", [OHM_COSEM_GMAC] = "gmac",
    [OHM_COSEM_SHA256] = "sha256",
};

const char *ohm_cosem_auth_name(ohm_cosem_auth auth)
{
    assert((unsigned)auth < OHM_COSEM_AUTHS_COUNT);
    return auth_names[auth];
}

int ohm_cosem_auth_find(ohm_span name)
{
    for (int i = 0; i < OHM_COSEM_AUTHS_COUNT; i++)
        if (ohm_span_is(name, auth_names[i]))
            return i;
    return -1;
}

enum {
    DLMS_VERSION = 6,
    OID_LEN = 7,
    /* BER tags of ACSE. */
    AARQ = 0x60,
    CONTEXT_NAME = 0xa1,
    AARE_RESULT = 0xa2,
    AARE_DIAGNOSTIC = 0xa3,
    AARE_TITLE = 0xa4,
    CALLING_TITLE = 0xa6,
    CALLING_REQUIREMENTS = 0x8a,
    CALLING_MECHANISM = 0x8b,
    AARE_VALUE = 0xaa,
    CALLING_VALUE = 0xac,
    USER_INFORMATION = 0xbe,
    RLRQ = 0x62,
    BER_INTEGER = 0x02,
    BER_OCTETS = 0x04,
    BER_OID = 0x06,
    CHARSTRING = 0x80,
    PROVIDER = 0xa2, /* choice inside the diagnostic; a1: the user */
};

/* joint-iso-ccitt(2) country(16) country-name(756) identified-organisation(5) DLMS-UA(8):
 * then 1 for a context or 2 for a mechanism, and which. */
static const uint8_t dlms_ua[] = { 0x60, 0x85, 0x74, 0x05, 0x08 };

/* --- writing ------------------------------------------------------------------------------------
 */

static void put_field(ohm_writer *w, uint8_t tag, uint8_t inner, ohm_span bytes)
{
    size_t inner_len = bytes.len < 0x80 ? 1 : 2;
    ohm_put_u8(w, tag);
    ohm_axdr_put_length(w, 1 + inner_len + bytes.len);
    ohm_put_u8(w, inner);
    ohm_axdr_put_length(w, bytes.len);
    ohm_put_bytes(w, bytes);
}

static void make_oid(uint8_t out[static OID_LEN], uint8_t kind, uint8_t which)
{
    memcpy(out, dlms_ua, sizeof dlms_ua);
    out[5] = kind;
    out[6] = which;
}

static void put_wrapped(ohm_writer *w, uint8_t tag, const ohm_writer *body)
{
    assert(!body->full);
    ohm_put_u8(w, tag);
    ohm_axdr_put_length(w, body->len);
    ohm_put_bytes(w, ohm_writer_span(body));
}

void ohm_cosem_put_aarq(ohm_writer *w, const ohm_aarq *aarq)
{
    uint8_t bytes[OHM_COSEM_AARQ_MAX], oid[OID_LEN];
    ohm_writer body = ohm_writer_over(bytes, sizeof bytes);
    make_oid(oid, 1, aarq->ciphered ? 3 : 1);
    put_field(&body, CONTEXT_NAME, BER_OID, ohm_span_of(oid, sizeof oid));
    if (aarq->title.len > 0)
        put_field(&body, CALLING_TITLE, BER_OCTETS, aarq->title);
    if (aarq->auth != OHM_COSEM_NONE) {
        /* Implicit bit string "authentication", then the mechanism's name, implicit too. */
        const uint8_t requirements[] = { CALLING_REQUIREMENTS, 2, 0x07, 0x80 };
        ohm_put_bytes(&body, ohm_span_of(requirements, sizeof requirements));
        make_oid(oid, 2, (uint8_t)aarq->auth);
        ohm_put_u8(&body, CALLING_MECHANISM);
        ohm_put_u8(&body, OID_LEN);
        ohm_put_bytes(&body, ohm_span_of(oid, sizeof oid));
        put_field(&body, CALLING_VALUE, CHARSTRING, aarq->value);
    }
    put_field(&body, USER_INFORMATION, BER_OCTETS, aarq->initiate);
    put_wrapped(w, AARQ, &body);
}

void ohm_cosem_put_initiate(ohm_writer *w, ohm_span dedicated, uint32_t conformance,
                            uint16_t pdu_max)
{
    ohm_put_u8(w, OHM_COSEM_INITIATE_REQUEST);
    ohm_put_u8(w, dedicated.len > 0);
    if (dedicated.len > 0) {
        ohm_axdr_put_length(w, dedicated.len);
        ohm_put_bytes(w, dedicated);
    }
    ohm_put_u8(w, 0); /* response-allowed: as by default */
    ohm_put_u8(w, 0); /* no quality of service */
    ohm_put_u8(w, DLMS_VERSION);
    /* [APPLICATION 31] implicit bit string of 24, in BER: its tag takes two bytes. */
    ohm_put_u16(w, 0x5f1f);
    ohm_put_u8(w, 4);
    ohm_put_u32(w, conformance & 0xffffff); /* the first byte: no unused bits */
    ohm_put_u16(w, pdu_max);
}

void ohm_cosem_put_rlrq(ohm_writer *w, ohm_span initiate)
{
    uint8_t bytes[OHM_COSEM_AARQ_MAX];
    ohm_writer body = ohm_writer_over(bytes, sizeof bytes);
    const uint8_t reason[] = { 0x80, 1, 0 };
    ohm_put_bytes(&body, ohm_span_of(reason, sizeof reason));
    if (initiate.len > 0)
        put_field(&body, USER_INFORMATION, BER_OCTETS, initiate);
    put_wrapped(w, RLRQ, &body);
}

/* --- reading ------------------------------------------------------------------------------------
 */

/* One BER element with a tag of one byte. */
static ohm_code element(ohm_axdr *c, uint8_t *tag, ohm_span *content)
{
    size_t len = 0;
    if (c->pos >= c->len)
        return OHM_END;
    *tag = c->ptr[c->pos++];
    if (ohm_axdr_length(c, &len) != OHM_OK || len > c->len - c->pos)
        return OHM_BAD_FORMAT;
    *content = (ohm_span){ c->ptr + c->pos, len };
    c->pos += len;
    return OHM_OK;
}

/* The only element of an explicit field, with the tag it must have. */
static bool inside(ohm_span field, uint8_t want, ohm_span *content)
{
    ohm_axdr c = ohm_axdr_over(field);
    uint8_t tag = 0;
    return element(&c, &tag, content) == OHM_OK && tag == want;
}

static bool small_number(ohm_span field, uint8_t *out)
{
    ohm_span number;
    if (!inside(field, BER_INTEGER, &number) || number.len != 1)
        return false;
    *out = number.ptr[0];
    return true;
}

static bool read_diagnostic(ohm_span field, ohm_aare *out)
{
    ohm_axdr c = ohm_axdr_over(field);
    ohm_span inner;
    uint8_t tag = 0;
    if (element(&c, &tag, &inner) != OHM_OK)
        return false;
    out->by_provider = tag == PROVIDER;
    return small_number(inner, &out->diagnostic);
}

static bool read_context(ohm_span field, ohm_aare *out)
{
    ohm_span oid;
    if (!inside(field, BER_OID, &oid) || oid.len != OID_LEN ||
        memcmp(oid.ptr, dlms_ua, sizeof dlms_ua) != 0 || oid.ptr[5] != 1)
        return false;
    out->ciphered = oid.ptr[6] == 3;
    return oid.ptr[6] == 1 || oid.ptr[6] == 3;
}

static bool read_title(ohm_span field, ohm_aare *out)
{
    ohm_span title;
    if (!inside(field, BER_OCTETS, &title))
        return false;
    out->has_title = title.len == OHM_SYSTEM_TITLE_LEN;
    if (out->has_title)
        memcpy(out->title, title.ptr, OHM_SYSTEM_TITLE_LEN);
    return true;
}

static bool read_field(uint8_t tag, ohm_span field, ohm_aare *out, bool *has_result)
{
    switch (tag) {
    case CONTEXT_NAME:
        return read_context(field, out);
    case AARE_RESULT:
        *has_result = true;
        return small_number(field, &out->result);
    case AARE_DIAGNOSTIC:
        return read_diagnostic(field, out);
    case AARE_TITLE:
        return read_title(field, out);
    case AARE_VALUE:
        return inside(field, CHARSTRING, &out->challenge);
    case USER_INFORMATION:
        return inside(field, BER_OCTETS, &out->initiate);
    default:
        return true; /* of no use to us */
    }
}

ohm_code ohm_cosem_aare_parse(ohm_span apdu, ohm_aare *out)
{
    ohm_axdr c = ohm_axdr_over(apdu);
    ohm_aare aare = { .result = 0 };
    ohm_span body, field;
    uint8_t tag = 0;
    bool has_result = false;
    if (apdu.len == 0 || apdu.ptr[0] != OHM_COSEM_AARE)
        return OHM_UNSUPPORTED;
    if (element(&c, &tag, &body) != OHM_OK)
        return OHM_BAD_FORMAT;
    c = ohm_axdr_over(body);
    ohm_code code;
    while ((code = element(&c, &tag, &field)) == OHM_OK)
        if (!read_field(tag, field, &aare, &has_result))
            return OHM_BAD_FORMAT;
    if (code != OHM_END || !has_result)
        return OHM_BAD_FORMAT;
    *out = aare;
    return OHM_OK;
}

const char *ohm_cosem_aare_text(const ohm_aare *aare)
{
    if (aare->by_provider)
        return "the meter's application layer refuses the association";
    switch (aare->diagnostic) {
    case 2:
        return "the meter does not support this context: ciphered or not, logical names";
    case 3:
        return "the meter does not know our system title";
    case 11:
        return "the meter does not know this kind of authentication";
    case 12:
    case 14:
        return "the meter wants an authentication";
    case 13:
        return "the meter refuses the password or the proof";
    default:
        return "the meter refuses the association";
    }
}

ohm_code ohm_cosem_initiate_parse(ohm_span bytes, ohm_initiate *out)
{
    const uint8_t *p = bytes.ptr;
    if (bytes.len >= 1 && p[0] == OHM_COSEM_SERVICE_ERROR)
        return OHM_DENIED;
    if (bytes.len < 2 || p[0] != OHM_COSEM_INITIATE_RESPONSE || p[1] > 1)
        return OHM_BAD_FORMAT;
    size_t at = p[1] == 1 ? 3 : 2; /* a quality of service, or none */
    if (bytes.len < at + 3 || p[at] != DLMS_VERSION || p[at + 1] != 0x5f)
        return OHM_BAD_FORMAT;
    at += p[at + 2] == 0x1f ? 3 : 2; /* some old meters write the tag in one byte */
    if (bytes.len < at + 7 || p[at] != 4)
        return OHM_BAD_FORMAT;
    out->conformance = ohm_be32(p + at + 1) & 0xffffff;
    out->pdu_max = ohm_be16(p + at + 5);
    return OHM_OK;
}
