#include "wire/dlms_encode.h"

#include "wire/axdr.h"
#include "wire/crc16.h"

void ohm_put_bytes(ohm_writer *w, ohm_span bytes)
{
    if (w->full || bytes.len > w->cap - w->len) {
        w->full = true;
        return;
    }
    if (bytes.len > 0)
        memcpy(w->ptr + w->len, bytes.ptr, bytes.len);
    w->len += bytes.len;
}

void ohm_put_u8(ohm_writer *w, uint8_t v)
{
    ohm_put_bytes(w, (ohm_span){ &v, 1 });
}

void ohm_put_u16(ohm_writer *w, uint16_t v)
{
    uint8_t bytes[2];
    ohm_put_be16(bytes, v);
    ohm_put_bytes(w, (ohm_span){ bytes, sizeof bytes });
}

void ohm_put_u32(ohm_writer *w, uint32_t v)
{
    uint8_t bytes[4];
    ohm_put_be32(bytes, v);
    ohm_put_bytes(w, (ohm_span){ bytes, sizeof bytes });
}

static void put_u64(ohm_writer *w, uint64_t v)
{
    uint8_t bytes[8];
    ohm_put_be64(bytes, v);
    ohm_put_bytes(w, (ohm_span){ bytes, sizeof bytes });
}

void ohm_axdr_put_length(ohm_writer *w, size_t length)
{
    assert(length <= 0xffff);
    if (length >= 0x100) {
        ohm_put_u8(w, 0x82);
        ohm_put_u16(w, (uint16_t)length);
        return;
    }
    if (length >= 0x80)
        ohm_put_u8(w, 0x81);
    ohm_put_u8(w, (uint8_t)length);
}

static void put_tagged(ohm_writer *w, uint8_t tag, size_t length)
{
    ohm_put_u8(w, tag);
    ohm_axdr_put_length(w, length);
}

void ohm_axdr_put_null(ohm_writer *w)
{
    ohm_put_u8(w, OHM_AXDR_NULL);
}

void ohm_axdr_put_array(ohm_writer *w, size_t count)
{
    put_tagged(w, OHM_AXDR_ARRAY, count);
}

void ohm_axdr_put_structure(ohm_writer *w, size_t count)
{
    put_tagged(w, OHM_AXDR_STRUCTURE, count);
}

void ohm_axdr_put_bool(ohm_writer *w, bool v)
{
    ohm_put_u8(w, OHM_AXDR_BOOL);
    ohm_put_u8(w, v ? 1 : 0);
}

void ohm_axdr_put_enum(ohm_writer *w, uint8_t v)
{
    ohm_put_u8(w, OHM_AXDR_ENUM);
    ohm_put_u8(w, v);
}

void ohm_axdr_put_i8(ohm_writer *w, int8_t v)
{
    ohm_put_u8(w, OHM_AXDR_I8);
    ohm_put_u8(w, (uint8_t)v);
}

void ohm_axdr_put_i16(ohm_writer *w, int16_t v)
{
    ohm_put_u8(w, OHM_AXDR_I16);
    ohm_put_u16(w, (uint16_t)v);
}

void ohm_axdr_put_i32(ohm_writer *w, int32_t v)
{
    ohm_put_u8(w, OHM_AXDR_I32);
    ohm_put_u32(w, (uint32_t)v);
}

void ohm_axdr_put_i64(ohm_writer *w, int64_t v)
{
    ohm_put_u8(w, OHM_AXDR_I64);
    put_u64(w, (uint64_t)v);
}

void ohm_axdr_put_u8(ohm_writer *w, uint8_t v)
{
    ohm_put_u8(w, OHM_AXDR_U8);
    ohm_put_u8(w, v);
}

void ohm_axdr_put_u16(ohm_writer *w, uint16_t v)
{
    ohm_put_u8(w, OHM_AXDR_U16);
    ohm_put_u16(w, v);
}

void ohm_axdr_put_u32(ohm_writer *w, uint32_t v)
{
    ohm_put_u8(w, OHM_AXDR_U32);
    ohm_put_u32(w, v);
}

void ohm_axdr_put_u64(ohm_writer *w, uint64_t v)
{
    ohm_put_u8(w, OHM_AXDR_U64);
    put_u64(w, v);
}

void ohm_axdr_put_f32(ohm_writer *w, float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    ohm_put_u8(w, OHM_AXDR_F32);
    ohm_put_u32(w, bits);
}

void ohm_axdr_put_f64(ohm_writer *w, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    ohm_put_u8(w, OHM_AXDR_F64);
    put_u64(w, bits);
}

void ohm_axdr_put_octets(ohm_writer *w, ohm_span bytes)
{
    put_tagged(w, OHM_AXDR_OCTETS, bytes.len);
    ohm_put_bytes(w, bytes);
}

void ohm_axdr_put_text(ohm_writer *w, ohm_span text)
{
    put_tagged(w, OHM_AXDR_TEXT, text.len);
    ohm_put_bytes(w, text);
}

void ohm_axdr_put_bits(ohm_writer *w, ohm_span bytes, size_t bits)
{
    assert(bytes.len == (bits + 7) / 8);
    put_tagged(w, OHM_AXDR_BITS, bits);
    ohm_put_bytes(w, bytes);
}

void ohm_axdr_put_obis(ohm_writer *w, const uint8_t obis[static OHM_OBIS_LEN])
{
    ohm_axdr_put_octets(w, (ohm_span){ obis, OHM_OBIS_LEN });
}

void ohm_axdr_put_time(ohm_writer *w, const ohm_dlms_time *time)
{
    uint8_t bytes[OHM_DLMS_TIME_LEN];
    ohm_dlms_time_write(time, bytes);
    ohm_axdr_put_octets(w, (ohm_span){ bytes, sizeof bytes });
}

void ohm_axdr_put_scaler_unit(ohm_writer *w, int8_t scaler, uint8_t unit)
{
    ohm_axdr_put_structure(w, 2);
    ohm_axdr_put_i8(w, scaler);
    ohm_axdr_put_enum(w, unit);
}

void ohm_axdr_put_object(ohm_writer *w, uint16_t class_id, const uint8_t obis[static OHM_OBIS_LEN],
                         int8_t attribute)
{
    ohm_axdr_put_structure(w, 4);
    ohm_axdr_put_u16(w, class_id);
    ohm_axdr_put_obis(w, obis);
    ohm_axdr_put_i8(w, attribute);
    ohm_axdr_put_u16(w, 0);
}

void ohm_put_notification(ohm_writer *w, uint32_t invoke_id, ohm_time_form form,
                          const ohm_dlms_time *time)
{
    static const uint8_t heads[][2] = {
        [OHM_TIME_ABSENT] = { 0x00 },
        [OHM_TIME_PLAIN] = { OHM_DLMS_TIME_LEN },
        [OHM_TIME_TAGGED] = { OHM_AXDR_OCTETS, OHM_DLMS_TIME_LEN },
        [OHM_TIME_TAGGED_ONE] = { OHM_AXDR_DATETIME },
    };
    ohm_put_u8(w, 0x0f);
    ohm_put_u32(w, invoke_id);
    ohm_put_bytes(w, (ohm_span){ heads[form], form == OHM_TIME_TAGGED ? 2 : 1 });
    if (form == OHM_TIME_ABSENT)
        return;
    uint8_t bytes[OHM_DLMS_TIME_LEN];
    ohm_dlms_time_write(time, bytes);
    ohm_put_bytes(w, (ohm_span){ bytes, sizeof bytes });
}

enum {
    GLO_AUTHENTICATED = 0x10,
    GLO_ENCRYPTED = 0x20,
};

/* Ciphers the `len` bytes at `text` as the control byte asks; the tag goes to `tag`. */
static ohm_code seal_text(const ohm_glo_seal *seal, uint8_t *text, size_t len, uint8_t *tag)
{
    uint8_t prefix[1 + 32];
    assert(seal->auth_key.len < sizeof prefix);
    prefix[0] = seal->control;
    if (seal->auth_key.len > 0)
        memcpy(prefix + 1, seal->auth_key.ptr, seal->auth_key.len);

    ohm_aead_text message = { .text = text, .len = len };
    memcpy(message.nonce, seal->nonce_title, OHM_SYSTEM_TITLE_LEN);
    ohm_put_be32(message.nonce + OHM_SYSTEM_TITLE_LEN, seal->counter);
    if (seal->control & GLO_AUTHENTICATED)
        message.aad[0] = (ohm_span){ prefix, 1 + seal->auth_key.len };
    if (!(seal->control & GLO_ENCRYPTED)) {
        message.aad[1] = (ohm_span){ text, len };
        message.len = 0;
    }
    ohm_code code = seal->aead->seal(seal->aead->ctx, &message);
    memcpy(tag, message.tag, OHM_AEAD_TAG_LEN);
    return code;
}

ohm_code ohm_put_glo(ohm_writer *w, const ohm_glo_seal *seal, ohm_span apdu)
{
    bool tagged = (seal->control & GLO_AUTHENTICATED) != 0;
    ohm_writer out = *w;
    ohm_put_u8(&out, 0xdb);
    ohm_axdr_put_length(&out, seal->title.len);
    ohm_put_bytes(&out, seal->title);
    ohm_axdr_put_length(&out, 5 + apdu.len + (tagged ? OHM_AEAD_TAG_LEN : 0));
    ohm_put_u8(&out, seal->control);
    ohm_put_u32(&out, seal->counter);
    size_t text_at = out.len;
    ohm_put_bytes(&out, apdu);
    if (out.full)
        return OHM_TOO_BIG;

    uint8_t tag[OHM_AEAD_TAG_LEN];
    ohm_code code = seal_text(seal, out.ptr + text_at, apdu.len, tag);
    if (code != OHM_OK)
        return code;
    if (tagged)
        ohm_put_bytes(&out, (ohm_span){ tag, sizeof tag });
    if (out.full)
        return OHM_TOO_BIG;
    *w = out;
    return OHM_OK;
}
