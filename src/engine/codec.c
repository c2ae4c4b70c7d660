#include "engine/codec.h"

#include "engine/fields.h"

/* Since 3 nothing of an event was lost. */
enum { VERSION_MIN = 3 };

/* --- events ------------------------------------------------------------------------------- */

/* The table of what an event carries, and where that is; NULL for an event that carries nothing. */
static const ohm_fields *payload_of(const ohm_event *event, const void **ret_value)
{
    switch (event->kind) {
    case OHM_EVENT_START:
        *ret_value = event->boot;
        return &ohm_fields_boot;
    case OHM_EVENT_FRAME:
        *ret_value = event->frame;
        return &ohm_fields_frame;
    case OHM_EVENT_SIGNAL:
        *ret_value = event->signal;
        return &ohm_fields_signal;
    case OHM_EVENT_COMMAND:
        *ret_value = event->command;
        return &ohm_fields_command;
    case OHM_EVENT_OUTPUT:
        *ret_value = event;
        return &ohm_fields_output;
    case OHM_EVENT_CLOCK:
        *ret_value = event;
        return &ohm_fields_clock;
    case OHM_EVENT_NOTE:
        *ret_value = event->note;
        return &ohm_fields_note;
    case OHM_EVENT_CONTRACT:
        *ret_value = event->contract;
        return &ohm_fields_contract_change;
    case OHM_EVENT_RULES:
        *ret_value = event->rules;
        return &ohm_fields_rules_change;
    case OHM_EVENT_TICK:
    case OHM_EVENT_STOP:
    case OHM_EVENT_KINDS_COUNT:
        break;
    }
    *ret_value = NULL;
    return NULL;
}

/* Where decoding puts what an event carries; the event then points there. */
static void *room_of(ohm_event_box *box)
{
    switch (box->event.kind) {
    case OHM_EVENT_START:
        box->event.boot = &box->boot;
        return &box->boot;
    case OHM_EVENT_FRAME:
        box->event.frame = &box->frame;
        return &box->frame;
    case OHM_EVENT_SIGNAL:
        box->event.signal = &box->signal;
        return &box->signal;
    case OHM_EVENT_COMMAND:
        box->event.command = &box->command;
        return &box->command;
    case OHM_EVENT_NOTE:
        box->event.note = &box->note;
        return &box->note;
    case OHM_EVENT_CONTRACT:
        box->event.contract = &box->contract;
        return &box->contract;
    case OHM_EVENT_RULES:
        box->event.rules = &box->rules;
        return &box->rules;
    case OHM_EVENT_OUTPUT:
    case OHM_EVENT_CLOCK:
    case OHM_EVENT_TICK:
    case OHM_EVENT_STOP:
    case OHM_EVENT_KINDS_COUNT:
        break;
    }
    return &box->event;
}

static const ohm_field head_fields[] = {
    { .name = "kind",
      .type = OHM_FIELD_CODE,
      .offset = offsetof(ohm_event, kind),
      .limit = OHM_EVENT_KINDS_COUNT },
    { .name = "mono", .type = OHM_FIELD_SPAN, .offset = offsetof(ohm_event, mono.v) },
    { .name = "utc_ms", .type = OHM_FIELD_SPAN, .offset = offsetof(ohm_event, utc_ms) },
};
static const ohm_fields head = { sizeof head_fields / sizeof *head_fields, head_fields };

/* The byte that every form starts with. */
static void put_version(ohm_codec *codec)
{
    static const ohm_field byte = { .name = "version", .type = OHM_FIELD_U8 };
    static const ohm_fields table = { 1, &byte };
    ohm_fields_put(codec, &table, &(uint8_t){ OHM_FORM });
}

static void get_version(ohm_codec *codec)
{
    static const ohm_field byte = { .name = "version", .type = OHM_FIELD_U8 };
    static const ohm_fields table = { 1, &byte };
    uint8_t version = 0;
    ohm_fields_get(codec, &table, &version);
    if (version < VERSION_MIN || version > OHM_FORM)
        ohm_codec_fail(codec, OHM_UNSUPPORTED, "another version wrote these bytes");
    codec->version = version;
}

static void end(ohm_codec *codec)
{
    if (codec->pos < codec->in.len)
        ohm_codec_fail(codec, OHM_BAD_FORMAT, "bytes are left over");
}

ohm_code ohm_event_encode(const ohm_event *event, uint8_t *out, size_t cap, size_t *ret_len)
{
    ohm_codec codec;
    ohm_codec_write(&codec, out, cap);
    put_version(&codec);
    ohm_fields_put(&codec, &head, event);
    const void *value;
    const ohm_fields *table = payload_of(event, &value);
    if (table)
        ohm_fields_put(&codec, table, value);
    if (!ohm_codec_failed(&codec))
        *ret_len = codec.pos;
    return codec.err.code;
}

ohm_err ohm_event_decode(ohm_span bytes, ohm_event_box *out)
{
    ohm_codec codec;
    ohm_codec_read(&codec, bytes);
    memset(out, 0, sizeof *out);
    get_version(&codec);
    ohm_fields_get(&codec, &head, &out->event);
    if (ohm_codec_failed(&codec))
        return codec.err;
    void *room = room_of(out);
    const void *value;
    const ohm_fields *table = payload_of(&out->event, &value);
    if (table)
        ohm_fields_get(&codec, table, room);
    end(&codec);
    return codec.err;
}

/* --- actions ------------------------------------------------------------------------------ */

ohm_code ohm_action_encode(const ohm_action *action, uint8_t *out, size_t cap, size_t *ret_len)
{
    ohm_codec codec;
    ohm_codec_write(&codec, out, cap);
    put_version(&codec);
    ohm_fields_put(&codec, &ohm_fields_action, action);
    if (!ohm_codec_failed(&codec))
        *ret_len = codec.pos;
    return codec.err.code;
}

ohm_err ohm_action_decode(ohm_span bytes, ohm_action *out)
{
    ohm_codec codec;
    ohm_action action;
    memset(&action, 0, sizeof action);
    action.decision.rule = OHM_RULE_NONE;
    ohm_codec_read(&codec, bytes);
    get_version(&codec);
    ohm_fields_get(&codec, &ohm_fields_action, &action);
    end(&codec);
    if (!ohm_codec_failed(&codec))
        *out = action;
    return codec.err;
}

const char *ohm_action_difference(const ohm_action *a, const ohm_action *b, int64_t *ret_a,
                                  int64_t *ret_b)
{
    const ohm_field *field = ohm_fields_compare(&ohm_fields_action, a, b, ret_a, ret_b);
    return field ? field->name : NULL;
}
