/* Who is on a Modbus line: every unit id is asked for two registers, and whoever answers, be it
 * with a refusal, is asked who it is: its device identification (43/14), and the common model of
 * its SunSpec map. */
#include <stdio.h>

#include "meter/scan.h"
#include "wire/modbus_ask.h"
#include "wire/sunspec.h"

enum {
    UNIT_FIRST = 1,
    TRIES = 2,
    WAIT_SERIAL_MS = 500,
    WAIT_TCP_MS = 1000,
    COMMON_COUNT = 2 + 66, /* registers of the common model */
    TEXT_LEN = 64,
};

typedef enum phase {
    AT_PROBE, /* the first place of a SunSpec map */
    AT_IDENTITY,
    AT_SECOND, /* the other places */
    AT_THIRD,
    AT_COMMON,
} phase;

typedef struct finding {
    uint8_t unit;
    char vendor[TEXT_LEN], product[TEXT_LEN], revision[TEXT_LEN], serial[TEXT_LEN];
    bool sunspec;
    uint16_t base; /* of the map */
} finding;

typedef struct search {
    ohm_scan_note note;
    finding finding;
    ohm_modbus_framing framing;
    uint32_t baud;
    unsigned unit, first, last;
    phase phase;
    unsigned tries;
    ohm_modbus_ask ask;
} search;

/* --- where to look ------------------------------------------------------------------------------
 */

static ohm_err take_where(search *s, const char *where)
{
    int len = 0;
    unsigned most = s->framing == OHM_MODBUS_TCP ? UINT8_MAX : OHM_MODBUS_UNIT_MAX;
    s->first = UNIT_FIRST;
    s->last = OHM_MODBUS_UNIT_MAX;
    if (!where)
        return ohm_ok();
    bool range = sscanf(where, "%3u-%3u%n", &s->first, &s->last, &len) == 2 && !where[len];
    if (!range) {
        len = 0;
        range = sscanf(where, "%3u%n", &s->first, &len) == 1 && !where[len];
        s->last = s->first;
    }
    if (!range || s->first > s->last || s->last > most ||
        (s->framing == OHM_MODBUS_RTU && s->first == 0))
        return ohm_fail(OHM_RANGE, 0, "not a unit id or a range of them, as 1-20");
    return ohm_ok();
}

static ohm_err init_as(search *s, const ohm_protocol_config *config, ohm_modbus_framing framing)
{
    s->framing = framing;
    s->baud = config->baud ? config->baud : 9600;
    ohm_modbus_ask_init(&s->ask);
    return take_where(s, config->address);
}

static ohm_err init(void *state, const ohm_protocol_config *config)
{
    return init_as(state, config, config->baud ? OHM_MODBUS_RTU : OHM_MODBUS_TCP);
}

static ohm_err init_rtu(void *state, const ohm_protocol_config *config)
{
    return init_as(state, config, OHM_MODBUS_RTU);
}

/* --- requests -----------------------------------------------------------------------------------
 */

static ohm_poll_step ask(search *s)
{
    enum { CHARACTER_BITS = 11 };
    static const uint16_t places[] = { [AT_PROBE] = 40000, [AT_SECOND] = 50000, [AT_THIRD] = 0 };
    ohm_modbus_frame request = { .unit = (uint8_t)s->unit,
                                 .function = OHM_MODBUS_READ_HOLDING,
                                 .count = 2 };
    if (s->phase == AT_IDENTITY) {
        request.function = OHM_MODBUS_IDENTIFY;
        request.count = 1; /* the basic objects, from the first */
    } else if (s->phase == AT_COMMON) {
        request.address = (uint16_t)(s->finding.base + 2);
        request.count = COMMON_COUNT;
    } else {
        request.address = places[s->phase];
    }
    size_t len = ohm_modbus_ask_begin(&s->ask, s->framing, &request);
    bool rtu = s->framing == OHM_MODBUS_RTU;
    uint32_t air_ms = rtu ? OHM_MODBUS_ADU_MAX * CHARACTER_BITS * 1000u / s->baud : 0;
    ohm_poll_step step =
        ohm_poll_send(ohm_span_of(s->ask.sent, len), (rtu ? WAIT_SERIAL_MS : WAIT_TCP_MS) + air_ms);
    /* After a repeat an answer may come that nobody waits for. */
    uint32_t quiet_ms = (uint32_t)((ohm_modbus_silence_us(s->baud) + 999) / 1000);
    step.silence_ms = rtu ? (s->tries > 1 ? WAIT_SERIAL_MS : quiet_ms) : 0;
    return step;
}

static ohm_poll_step go_to(search *s, phase next)
{
    s->phase = next;
    s->tries = 1;
    return ask(s);
}

static void set_note(search *s, ohm_scan_kind kind)
{
    s->note = (ohm_scan_note){
        .kind = kind,
        .done = s->unit - s->first,
        .total = s->last - s->first + 1,
        .message = kind == OHM_SCAN_FOUND ? &s->finding : NULL,
    };
    (void)snprintf(s->note.where, sizeof s->note.where, "%u", s->unit);
}

/* The next unit, with the note of the one before; `kind` is what became of that. */
static ohm_poll_step next_unit(search *s, ohm_scan_kind kind)
{
    set_note(s, kind);
    if (s->unit == s->last)
        return ohm_poll_done(&s->note);
    s->unit++;
    ohm_poll_step step = go_to(s, AT_PROBE);
    step.message = &s->note;
    return step;
}

static ohm_poll_step begin(void *state, bool probe, ohm_poll_time now)
{
    search *s = state;
    (void)probe;
    (void)now;
    s->unit = s->first;
    set_note(s, OHM_SCAN_PROGRESS);
    ohm_poll_step step = go_to(s, AT_PROBE);
    step.message = &s->note;
    return step;
}

/* --- answers ------------------------------------------------------------------------------------
 */

static void copy_text(char out[static TEXT_LEN], ohm_span text)
{
    size_t len = text.len < TEXT_LEN ? text.len : TEXT_LEN - 1;
    for (size_t i = 0; i < len; i++)
        out[i] = text.ptr[i] >= ' ' && text.ptr[i] < 0x7f ? (char)text.ptr[i] : '?';
    out[len] = 0;
}

static void take_identity(finding *f, const ohm_modbus_frame *reply)
{
    size_t at = 0;
    uint8_t id;
    ohm_span text;
    while (!reply->exception && ohm_modbus_identity_next(reply->data, &at, &id, &text) == OHM_OK) {
        if (id == 0)
            copy_text(f->vendor, text);
        else if (id == 1)
            copy_text(f->product, text);
        else if (id == 2)
            copy_text(f->revision, text);
    }
}

static void take_common(finding *f, const ohm_modbus_frame *reply)
{
    enum { MAKER = 2, MODEL = 18, SERIAL = 50, WORDS = 16 };
    if (reply->exception || ohm_be16(reply->data.ptr) != 1)
        return;
    ohm_span data = reply->data;
    (void)ohm_modbus_text(OHM_MODBUS_ABCD, ohm_span_part(data, 2 * MAKER, 2 * WORDS), f->vendor,
                          TEXT_LEN);
    (void)ohm_modbus_text(OHM_MODBUS_ABCD, ohm_span_part(data, 2 * MODEL, 2 * WORDS), f->product,
                          TEXT_LEN);
    (void)ohm_modbus_text(OHM_MODBUS_ABCD, ohm_span_part(data, 2 * SERIAL, 2 * WORDS), f->serial,
                          TEXT_LEN);
}

static bool is_marker(const ohm_modbus_frame *reply)
{
    return !reply->exception && reply->data.len == 4 && !memcmp(reply->data.ptr, "SunS", 4);
}

static ohm_poll_step take(search *s, const ohm_modbus_frame *reply)
{
    finding *f = &s->finding;
    bool nobody = reply->exception == OHM_MODBUS_GATEWAY_PATH ||
                  reply->exception == OHM_MODBUS_GATEWAY_SILENT;
    if (s->phase == AT_PROBE && nobody)
        return next_unit(s, OHM_SCAN_PROGRESS);
    switch (s->phase) {
    case AT_PROBE:
        *f = (finding){ .unit = (uint8_t)s->unit, .sunspec = is_marker(reply), .base = 40000 };
        return go_to(s, AT_IDENTITY);
    case AT_IDENTITY:
        take_identity(f, reply);
        return go_to(s, f->sunspec ? AT_COMMON : AT_SECOND);
    case AT_SECOND:
    case AT_THIRD:
        f->sunspec = is_marker(reply);
        f->base = s->phase == AT_SECOND ? 50000 : 0;
        if (f->sunspec)
            return go_to(s, AT_COMMON);
        return s->phase == AT_SECOND ? go_to(s, AT_THIRD) : next_unit(s, OHM_SCAN_FOUND);
    case AT_COMMON:
        take_common(f, reply);
        return next_unit(s, OHM_SCAN_FOUND);
    }
    assert(!"every phase is above");
    return ohm_poll_done(NULL);
}

static ohm_poll_step on_bytes(void *state, ohm_span *in, ohm_poll_time now)
{
    search *s = state;
    ohm_modbus_frame reply;
    (void)now;
    ohm_code code = ohm_modbus_ask_take(&s->ask, *in, &reply);
    *in = ohm_span_part(*in, in->len, 0);
    if (code == OHM_MORE)
        return ohm_poll_wait(0);
    if (code != OHM_OK)
        return ohm_poll_failed(OHM_BAD_FORMAT, OHM_METER_NO_FRAME,
                               "what answers is not Modbus TCP; try --protocol modbus-rtu");
    return take(s, &reply);
}

/* Silence: of a device that was there, it does not know the question. */
static ohm_poll_step on_timeout(void *state, ohm_poll_time now)
{
    search *s = state;
    ohm_modbus_frame silent = { .reply = true, .exception = OHM_MODBUS_ILLEGAL_FUNCTION };
    (void)now;
    (void)ohm_modbus_ask_timeout(&s->ask);
    if (s->tries < TRIES) {
        s->tries++;
        return ask(s);
    }
    return s->phase == AT_PROBE ? next_unit(s, OHM_SCAN_PROGRESS) : take(s, &silent);
}

static void reset(void *state)
{
    ((search *)state)->ask.waiting = false;
}

static void count(const void *state, ohm_meter_counters *out)
{
    const ohm_modbus_ask_counters *c = &((const search *)state)->ask.counters;
    out->frames = c->replies + c->foreign + c->late;
    out->bad_fcs = c->bad_frames;
    out->late = c->foreign + c->late;
    out->refused = c->exceptions;
    out->bytes_skipped = c->noise_bytes;
}

/* --- notes --------------------------------------------------------------------------------------
 */

static void key_text(ohm_json *json, const char *key, const char *text)
{
    ohm_json_key_str(json, key, *text ? text : NULL);
}

static void put_json(ohm_json *json, const ohm_scan_note *note)
{
    const finding *f = note->message;
    ohm_json_object(json);
    ohm_json_key_str(json, "protocol", "modbus");
    ohm_json_key_str(json, "found", note->where);
    ohm_json_key_bool(json, "clear", true);
    ohm_json_key_int(json, "unit", f->unit);
    key_text(json, "manufacturer", f->vendor);
    key_text(json, "model", f->product);
    key_text(json, "revision", f->revision);
    key_text(json, "serial", f->serial);
    ohm_json_key_bool(json, "sunspec", f->sunspec);
    ohm_json_end(json);
}

static void put_text(const ohm_scan_note *note, char *out, size_t cap)
{
    const finding *f = note->message;
    bool named = f->vendor[0] || f->product[0];
    (void)snprintf(out, cap, "%-4s %s%s%s%s%s", note->where,
                   named ? f->vendor : "a device that does not say who it is",
                   f->vendor[0] && f->product[0] ? " " : "", f->product, f->serial[0] ? ", " : "",
                   f->serial);
    size_t len = strlen(out);
    if (f->sunspec && len < cap)
        (void)snprintf(out + len, cap - len, " (SunSpec: --profile sunspec)");
}

static const ohm_poller poller = {
    .state_size = sizeof(search),
    .every_s = 1,
    .limit_ms = 2000000000,
    .init = init,
    .begin = begin,
    .on_bytes = on_bytes,
    .on_timeout = on_timeout,
    .reset = reset,
    .count = count,
};

static const ohm_poller poller_rtu = {
    .state_size = sizeof(search),
    .every_s = 1,
    .limit_ms = 2000000000,
    .init = init_rtu,
    .begin = begin,
    .on_bytes = on_bytes,
    .on_timeout = on_timeout,
    .reset = reset,
    .count = count,
};

static const char where_help[] = "unit ids, 5 or 1-20 (default 1-247)";

const ohm_scanner ohm_scanner_modbus = { &ohm_protocol_modbus, &poller, where_help, put_json,
                                         put_text };
const ohm_scanner ohm_scanner_modbus_rtu = { &ohm_protocol_modbus_rtu, &poller_rtu, "as modbus",
                                             put_json, put_text };
