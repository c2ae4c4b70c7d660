#include "wire/dlms.h"

#include "wire/dlms_internal.h"
#include "wire/hdlc.h"
#include "wire/modbus_value.h"
#include "wire/push.h"

const char *ohm_dlms_stage_name(ohm_dlms_stage stage)
{
    static const char *const names[OHM_DLMS_STAGES_COUNT] = {
        [OHM_DLMS_AT_FRAME] = "frame", [OHM_DLMS_AT_SEGMENT] = "segment",
        [OHM_DLMS_AT_BLOCK] = "block", [OHM_DLMS_AT_CIPHER] = "cipher",
        [OHM_DLMS_AT_APDU] = "apdu",   [OHM_DLMS_AT_BODY] = "body",
    };
    assert((unsigned)stage < OHM_DLMS_STAGES_COUNT);
    return names[stage];
}

void ohm_dlms_init(ohm_dlms *d, const ohm_dlms_config *config)
{
    assert(config->auth_key_len <= OHM_DLMS_KEY_MAX);
    assert(config->profiles || config->profiles_count == 0);
    /* The buffers stay as they are: untouched pages cost nothing. */
    d->config = *config;
    if (d->config.framings == 0)
        d->config.framings = OHM_DLMS_ANY;
    d->counters = (ohm_dlms_counters){ 0 };
    d->unit_offset = 0;
    d->message.count = 0;
    ohm_push_forget(&d->memo);
    d->stream = (ohm_dlms_stream){ 0 };
    ohm_dlms_reset(d);
}

void ohm_dlms_reset(ohm_dlms *d)
{
    d->stream = (ohm_dlms_stream){
        .offset = d->stream.offset + (d->stream.tail - d->stream.head) + d->stream.flag_aside,
        .at_unit = true,
        .unchecked = true,
        .told = d->stream.told,
    };
    d->segments = (ohm_dlms_segments){ 0 };
    d->blocks = (ohm_gbt_transfer){ 0 };
    d->rest = (ohm_dlms_rest){ 0 };
}

bool ohm_dlms_nap(ohm_dlms *d)
{
    ohm_dlms_stream *s = &d->stream;
    if (d->segments.open || d->blocks.open || d->rest.len > 0 || s->held > 0)
        return false;
    bool flag = s->tail - s->head == 1 && s->after_frame && d->window[s->head] == OHM_HDLC_FLAG;
    if (flag)
        s->flag_aside = true;
    if (flag || s->head == s->tail)
        s->head = s->tail = 0;
    return s->tail == 0;
}

/* As it was before the nap. */
static void wake(ohm_dlms *d)
{
    ohm_dlms_stream *s = &d->stream;
    if (!s->flag_aside)
        return;
    s->flag_aside = false;
    d->window[0] = OHM_HDLC_FLAG;
    s->tail = 1;
}

void ohm_dlms_finish(ohm_dlms *d)
{
    d->stream.finished = true;
}

ohm_code ohm_dlms_refuse(ohm_dlms *d, ohm_dlms_reject *reject, ohm_dlms_stage stage, ohm_code code,
                         const char *what)
{
    d->stream.told = true;
    *reject = (ohm_dlms_reject){
        .offset = d->unit_offset,
        .stage = stage,
        .code = code,
        .what = what,
    };
    return code;
}

/* Why there is no frame in a whole stream, by its first byte. */
static const char *what_instead(uint8_t first)
{
    const char *service = ohm_dlms_service(first);
    if (first > ' ' && first < 'a')
        return "no DLMS frame in all these bytes: they look like text, as of P1 or IEC 62056-21";
    if (service)
        return service;
    return "no DLMS frame in all these bytes: another protocol, or wrong speed and parity";
}

/* At the end of a file: what never came. */
static ohm_code end(ohm_dlms *d, ohm_dlms_reject *reject)
{
    d->unit_offset = d->stream.offset;
    if (d->segments.open || d->blocks.open) {
        d->segments.open = d->blocks.open = false;
        d->counters.gaps++;
        return ohm_dlms_refuse(d, reject, OHM_DLMS_AT_BLOCK, OHM_GAP,
                               "the stream ends before the last part of a push");
    }
    if (d->counters.bytes > 0 && d->counters.frames == 0 && !d->stream.told)
        return ohm_dlms_refuse(d, reject, OHM_DLMS_AT_FRAME, OHM_BAD_FORMAT,
                               what_instead(d->stream.first));
    return OHM_END;
}

ohm_code ohm_dlms_next(ohm_dlms *d, ohm_span *in, const ohm_dlms_message **message,
                       ohm_dlms_reject *reject)
{
    wake(d);
    for (;;) {
        ohm_code code;
        if (d->rest.len > 0) {
            code = ohm_dlms_take_apdu(d, reject);
            if (code == OHM_OK)
                *message = &d->message;
            if (code != OHM_MORE)
                return code;
            continue;
        }
        ohm_dlms_unit unit;
        code = ohm_dlms_take_unit(d, in, &unit, reject);
        if (code == OHM_END)
            return end(d, reject);
        if (code != OHM_OK)
            return code;
        code = ohm_dlms_accept(d, &unit, reject);
        if (code != OHM_OK && code != OHM_MORE)
            return code;
    }
}

/* A float is taken for the shortest decimal that reads back as the same one: 230.1 V, and not
 * 230.1000061. Most meters send 32 bits (type 23), which the wider double holds. */
static ohm_code quantise_real(ohm_quantity_id id, double real, int scaler, int64_t *out)
{
    ohm_modbus_decimal decimal;
    uint64_t bits = 0;
    float single = (float)real;
    bool narrow = (double)single == real;
    memcpy(&bits, &real, sizeof real);
    if (narrow) {
        uint32_t low;
        memcpy(&low, &single, sizeof low);
        bits = low;
    }
    ohm_code code =
        ohm_modbus_decimal_of(narrow ? OHM_MODBUS_FLOAT32 : OHM_MODBUS_FLOAT64, bits, &decimal);
    return code == OHM_OK
               ? ohm_quantity_quantise(id, decimal.mantissa, decimal.exponent + scaler, out)
               : code;
}

ohm_code ohm_dlms_value_quantise(const ohm_dlms_value *value, int64_t *out)
{
    ohm_quantity_id id = (ohm_quantity_id)value->quantity;
    ohm_kind kind = ohm_quantity_get(id)->kind;
    if (id == OHM_Q_NONE || kind == OHM_TEXT)
        return OHM_UNKNOWN;
    if (kind == OHM_STATE && (value->kind == OHM_DLMS_ENUM || value->kind == OHM_DLMS_BOOL ||
                              value->kind == OHM_DLMS_INTEGER))
        return ohm_quantity_quantise(id, value->raw, 0, out);
    if (kind == OHM_STATE || value->scaler_source == OHM_SCALER_NONE ||
        value->unit != ohm_obis_unit(value->obis))
        return OHM_UNKNOWN;
    if (value->kind == OHM_DLMS_UNSIGNED)
        return OHM_RANGE;
    if (value->kind == OHM_DLMS_INTEGER)
        return ohm_quantity_quantise(id, value->raw, value->scaler, out);
    if (value->kind == OHM_DLMS_FLOAT)
        return quantise_real(id, value->real, value->scaler, out);
    return OHM_UNKNOWN;
}
