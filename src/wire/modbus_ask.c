#include "wire/modbus_ask.h"

void ohm_modbus_ask_init(ohm_modbus_ask *ask)
{
    *ask = (ohm_modbus_ask){ 0 };
}

size_t ohm_modbus_ask_begin(ohm_modbus_ask *ask, ohm_modbus_framing framing,
                            const ohm_modbus_frame *request)
{
    ask->framing = framing;
    ask->request = *request;
    ask->request.reply = false;
    ask->request.transaction = ++ask->transaction;
    ask->sent_len = ohm_modbus_encode(framing, &ask->request, ask->sent);
    /* The caller's bytes may go: those in `sent` stay. Writes carry their data last. */
    size_t tail = framing == OHM_MODBUS_RTU ? 2 : 0;
    ask->request.data =
        ohm_span_of(ask->sent + ask->sent_len - tail - request->data.len, request->data.len);
    ask->len = 0;
    ask->waiting = true;
    ask->broken = false;
    ask->echo_gone = framing == OHM_MODBUS_TCP;
    ask->what = NULL;
    ask->counters.requests++;
    return ask->sent_len;
}

static void drop(ohm_modbus_ask *ask, size_t len)
{
    assert(len <= ask->len);
    memmove(ask->window, ask->window + len, ask->len - len);
    ask->len -= len;
}

static ohm_code answered(ohm_modbus_ask *ask, const ohm_modbus_frame *reply)
{
    ask->waiting = false;
    ask->counters.replies++;
    ask->counters.exceptions += reply->exception != 0;
    return OHM_OK;
}

/* --- RTU ----------------------------------------------------------------------------------------
 */

/* Adapters on two wires hear themselves. OHM_MORE: it may still be an echo. */
static ohm_code skip_echo(ohm_modbus_ask *ask)
{
    size_t look = ask->len < ask->sent_len ? ask->len : ask->sent_len;
    if (ask->echo_gone)
        return OHM_OK;
    if (memcmp(ask->window, ask->sent, look) != 0) {
        ask->echo_gone = true;
        return OHM_OK;
    }
    if (ask->len < ask->sent_len)
        return OHM_MORE;
    /* The answer to a write of one value looks the same. An adapter that echoes must be known as
     * one where values are written (link's echo removal), because a lone echo reads as success. */
    bool alike = ask->request.function == OHM_MODBUS_WRITE_COIL ||
                 ask->request.function == OHM_MODBUS_WRITE_REGISTER;
    ask->echo_gone = true;
    if (alike && ask->len < 2 * ask->sent_len)
        return OHM_OK;
    ask->counters.echoes++;
    drop(ask, ask->sent_len);
    return OHM_OK;
}

static bool may_be_ours(const ohm_modbus_ask *ask, size_t at)
{
    const uint8_t *p = ask->window + at;
    return p[0] == ask->request.unit &&
           (at + 1 == ask->len || (p[1] & 0x7f) == ask->request.function);
}

/* Looks for the answer anywhere in the window, and for a foreign frame at its beginning. What
 * can't be part of either is dropped. */
static ohm_code take_rtu(ohm_modbus_ask *ask, ohm_modbus_frame *reply)
{
    if (skip_echo(ask) == OHM_MORE)
        return OHM_MORE;
    size_t keep = ask->len; /* where a frame may have begun that is not whole yet */
    for (size_t at = 0; at < ask->len; at++) {
        if (at > 0 && !may_be_ours(ask, at))
            continue;
        ohm_span window = ohm_span_of(ask->window + at, ask->len - at);
        ohm_code code = ohm_modbus_parse(OHM_MODBUS_RTU, window, true, reply);
        if (code == OHM_OK && ohm_modbus_match(&ask->request, reply, &ask->what) == OHM_OK) {
            ask->counters.noise_bytes += at;
            return answered(ask, reply);
        }
        if (code == OHM_OK && at == 0) {
            ask->counters.foreign++;
            drop(ask, reply->size);
            keep = ask->len;
            at = (size_t)-1; /* begin anew */
            continue;
        }
        if (code == OHM_BAD_CHECKSUM && at == 0 && may_be_ours(ask, 0)) {
            ask->counters.bad_frames++;
            ask->what = "the answer's checksum is wrong";
        }
        if (code == OHM_MORE && keep == ask->len)
            keep = at;
    }
    ask->counters.noise_bytes += keep;
    drop(ask, keep);
    return OHM_MORE;
}

/* --- TCP ----------------------------------------------------------------------------------------
 */

/* A frame that we can't read, but that has a header: 0 if it has none. */
static size_t framed(const ohm_modbus_ask *ask)
{
    size_t len = ohm_be16(ask->window + 4);
    return ohm_be16(ask->window + 2) == 0 && len >= 2 && len <= OHM_MODBUS_PDU_MAX + 1 ? 6 + len
                                                                                       : 0;
}

static ohm_code take_tcp(ohm_modbus_ask *ask, ohm_modbus_frame *reply)
{
    for (;;) {
        ohm_code code =
            ohm_modbus_parse(OHM_MODBUS_TCP, ohm_span_of(ask->window, ask->len), true, reply);
        if (code == OHM_MORE)
            return OHM_MORE;
        size_t size = framed(ask);
        if (size == 0) {
            ask->broken = true;
            ask->what = "the answer has no Modbus TCP header";
            ask->counters.bad_frames++;
            return OHM_BAD_FORMAT;
        }
        bool ours = ohm_be16(ask->window) == ask->request.transaction;
        if (code == OHM_OK && ours && ohm_modbus_match(&ask->request, reply, &ask->what) == OHM_OK)
            return answered(ask, reply);
        if (!ours)
            ask->counters.late++;
        else if (code == OHM_OK)
            ask->counters.foreign++;
        else
            ask->counters.bad_frames++;
        drop(ask, size);
    }
}

/* --- both ---------------------------------------------------------------------------------------
 */

static ohm_code look(ohm_modbus_ask *ask, ohm_modbus_frame *reply)
{
    return ask->framing == OHM_MODBUS_TCP ? take_tcp(ask, reply) : take_rtu(ask, reply);
}

ohm_code ohm_modbus_ask_take(ohm_modbus_ask *ask, ohm_span bytes, ohm_modbus_frame *reply)
{
    ask->counters.bytes += bytes.len;
    while (ask->waiting && !ask->broken && bytes.len > 0) {
        size_t room = sizeof ask->window - ask->len;
        assert(room > 0); /* the window is longer than any frame: its beginning is always judged */
        size_t len = bytes.len < room ? bytes.len : room;
        memcpy(ask->window + ask->len, bytes.ptr, len);
        ask->len += len;
        bytes = ohm_span_part(bytes, len, bytes.len - len);
        ohm_code code = look(ask, reply);
        if (code != OHM_MORE)
            return code;
    }
    ask->counters.noise_bytes += bytes.len; /* nobody waits for them */
    return ask->broken ? OHM_BAD_FORMAT : OHM_MORE;
}

void ohm_modbus_ask_silence(ohm_modbus_ask *ask)
{
    if (ask->framing != OHM_MODBUS_RTU || ask->len == 0)
        return;
    ask->counters.noise_bytes += ask->len;
    ask->counters.bad_frames++;
    ask->what = "the answer was cut short";
    ask->len = 0;
}

const char *ohm_modbus_ask_timeout(ohm_modbus_ask *ask)
{
    bool part = ask->len > 0;
    ask->waiting = false;
    ask->len = 0;
    ask->counters.timeouts++;
    if (part)
        return "the answer was cut short";
    return ask->what ? ask->what : "no answer";
}
