#include "wire/mbus_cipher.h"
#include "wire/mbus_internal.h"

/* Bytes to telegrams. The window keeps what came since the last unit; a start that turns out to
 * be none costs one byte, and the search goes on behind it, so junk never hides a good frame. */

void ohm_mbus_init(ohm_mbus *m)
{
    /* The buffers stay as they are: untouched pages cost nothing. */
    m->counters = (ohm_mbus_counters){ 0 };
    m->offset = 0;
    m->told = m->told_dlms = false;
    m->finished = false;
    m->head = m->tail = 0;
    m->muted_until = 0;
    m->first = 0;
    m->cipher = (ohm_mbus_cipher){ 0 };
}

void ohm_mbus_reset(ohm_mbus *m)
{
    m->offset += (uint64_t)(m->tail - m->head);
    m->head = m->tail = 0;
    m->muted_until = 0;
    m->finished = false;
}

void ohm_mbus_finish(ohm_mbus *m)
{
    m->finished = true;
}

static ohm_span window_of(const ohm_mbus *m)
{
    return ohm_span_of(m->window + m->head, (size_t)(m->tail - m->head));
}

static void fill(ohm_mbus *m, ohm_span *in)
{
    if (m->head > 0) {
        memmove(m->window, m->window + m->head, (size_t)(m->tail - m->head));
        m->tail = (uint16_t)(m->tail - m->head);
        m->head = 0;
    }
    size_t room = sizeof m->window - m->tail;
    size_t n = in->len < room ? in->len : room;
    if (m->counters.bytes == 0)
        m->first = in->ptr[0];
    memcpy(m->window + m->tail, in->ptr, n);
    m->tail = (uint16_t)(m->tail + n);
    m->counters.bytes += n;
    *in = ohm_span_part(*in, n, in->len - n);
}

static void advance(ohm_mbus *m, size_t n)
{
    m->head = (uint16_t)(m->head + n);
    m->offset += n;
}

static ohm_code refuse(ohm_mbus *m, ohm_mbus_reject *reject, ohm_mbus_stage stage, ohm_code code,
                       const char *what)
{
    m->told = true;
    return ohm_mbus_refuse(reject, stage, m->offset, code, what);
}

/* An HDLC frame of type 3 begins 7E Ax: what an E450 and its relatives push on "M-Bus" lines. */
static bool is_hdlc(ohm_span w)
{
    return w.len >= 2 && w.ptr[0] == 0x7e && (w.ptr[1] & 0xf0) == 0xa0;
}

/* Passes the window's first byte, which begins no good unit; says why where it is worth a word. */
static ohm_code pass(ohm_mbus *m, ohm_code code, size_t claimed, ohm_mbus_reject *reject)
{
    bool dlms = is_hdlc(window_of(m)) && !m->told_dlms;
    bool damaged = code == OHM_BAD_CHECKSUM && m->offset >= m->muted_until;
    ohm_code told = OHM_OK;
    if (dlms) {
        m->told_dlms = true;
        told = refuse(m, reject, OHM_MBUS_AT_FRAME, OHM_UNSUPPORTED,
                      "this is a DLMS push: use --protocol dlms");
    } else if (damaged) {
        m->counters.bad_frames++;
        m->muted_until = m->offset + claimed;
        told = refuse(m, reject, OHM_MBUS_AT_FRAME, OHM_BAD_CHECKSUM,
                      "checksum or stop byte of a frame is wrong");
    }
    m->counters.bytes_skipped++;
    advance(m, 1);
    return told;
}

/* A whole frame of the link layer. OHM_MORE: it was none of a meter's telegrams. */
static ohm_code accept(ohm_mbus *m, const ohm_mbus_link *unit, ohm_mbus_reject *reject)
{
    m->counters.frames++;
    m->counters.acks += unit->kind == OHM_MBUS_LINK_ACK;
    if (unit->kind != OHM_MBUS_LINK_LONG)
        return OHM_MORE;
    /* Deciphered where it stands: nobody looks at these bytes again. */
    ohm_mbus_payload payload = { unit->ci, m->window + (unit->data.ptr - m->window),
                                 unit->data.len };
    ohm_mbus_security security;
    ohm_code code = ohm_mbus_decipher(&m->cipher, &payload, &security, reject);
    if (code == OHM_OK)
        code = ohm_mbus_parse(unit->control, unit->address, payload.ci,
                              ohm_span_of(payload.data, payload.len), &m->message, reject);
    if (code == OHM_OK) {
        m->message.security = security;
        m->message.offset = m->offset;
        m->counters.messages++;
        return OHM_OK;
    }
    if (code == OHM_NO_KEY)
        m->counters.no_key++;
    else if (code == OHM_BAD_TAG)
        m->counters.tag_failures++;
    else if (code == OHM_UNSUPPORTED && reject->stage != OHM_MBUS_AT_CIPHER)
        m->counters.others++;
    else
        m->counters.refused++;
    return refuse(m, reject, reject->stage, code, reject->what);
}

static ohm_code end(ohm_mbus *m, ohm_mbus_reject *reject)
{
    if (m->counters.bytes == 0 || m->counters.frames > 0 || m->told)
        return OHM_END;
    return refuse(m, reject, OHM_MBUS_AT_FRAME, OHM_BAD_FORMAT,
                  m->first > ' ' && m->first < 'a' && m->first != OHM_MBUS_START
                      ? "no M-Bus frame in all these bytes: they look like text"
                      : "no M-Bus frame in all these bytes: another protocol, or wrong speed "
                        "and parity");
}

static ohm_code cut_short(ohm_mbus *m, ohm_mbus_reject *reject)
{
    bool muted = m->offset < m->muted_until;
    m->muted_until = m->offset + (uint64_t)(m->tail - m->head);
    if (!muted)
        m->counters.bad_frames++;
    ohm_code told =
        muted ? OHM_OK
              : refuse(m, reject, OHM_MBUS_AT_FRAME, OHM_GAP, "the stream ends inside a frame");
    m->counters.bytes_skipped++;
    advance(m, 1);
    return told;
}

ohm_code ohm_mbus_next(ohm_mbus *m, ohm_span *in, const ohm_mbus_message **message,
                       ohm_mbus_reject *reject)
{
    for (;;) {
        ohm_mbus_link unit;
        size_t claimed = 0;
        ohm_span w = window_of(m);
        ohm_code code = ohm_mbus_link_parse(w, &unit, &claimed);
        /* One byte more tells HDLC from noise. */
        bool flag = w.len == 1 && w.ptr[0] == 0x7e && !m->finished;
        if (flag && code == OHM_BAD_FORMAT)
            code = OHM_MORE;
        if (code == OHM_OK) {
            code = accept(m, &unit, reject);
            advance(m, unit.size);
            if (code == OHM_OK)
                *message = &m->message;
            if (code != OHM_MORE)
                return code;
            continue;
        }
        if (code == OHM_MORE) {
            if (in->len > 0) {
                fill(m, in);
                continue;
            }
            if (!m->finished)
                return OHM_MORE;
            if (w.len == 0)
                return end(m, reject);
            code = cut_short(m, reject);
        } else {
            code = pass(m, code, claimed, reject);
        }
        if (code != OHM_OK)
            return code;
    }
}
