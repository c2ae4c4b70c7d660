#include "wire/modbus_stream.h"

/* What the window begins with. */
typedef struct guess {
    ohm_code code;
    ohm_modbus_framing framing;
    ohm_modbus_frame frame;
} guess;

void ohm_modbus_init(ohm_modbus *m, const ohm_modbus_config *config)
{
    *m = (ohm_modbus){ .config = *config, .at_start = true };
    if (m->config.framings == 0)
        m->config.framings = OHM_MODBUS_BELIEVE_ANY;
}

void ohm_modbus_finish(ohm_modbus *m)
{
    m->finished = true;
}

void ohm_modbus_reset(ohm_modbus *m)
{
    m->offset += m->len;
    m->len = m->taken = 0;
    m->framing = 0;
    m->lost = m->damaged = m->finished = false;
    m->at_start = true;
    for (size_t i = 0; i < OHM_MODBUS_PENDING_MAX; i++)
        m->pending[i].used = false;
}

/* --- the window ---------------------------------------------------------------------------------
 */

static void drop(ohm_modbus *m, size_t len)
{
    assert(len <= m->len);
    memmove(m->window, m->window + len, m->len - len);
    m->len -= len;
    m->offset += len;
}

static void fill(ohm_modbus *m, ohm_span *in)
{
    size_t room = sizeof m->window - m->len;
    size_t len = in->len < room ? in->len : room;
    if (len == 0)
        return;
    memcpy(m->window + m->len, in->ptr, len);
    m->len += len;
    m->counters.bytes += len;
    *in = ohm_span_part(*in, len, in->len - len);
}

/* --- requests that wait -------------------------------------------------------------------------
 */

/* The request that a frame of this unit and transaction would answer. */
static ohm_modbus_pending *asked(ohm_modbus *m, const ohm_modbus_frame *frame,
                                 ohm_modbus_framing framing)
{
    for (size_t i = 0; i < OHM_MODBUS_PENDING_MAX; i++) {
        ohm_modbus_pending *p = &m->pending[i];
        bool same = framing == OHM_MODBUS_RTU || p->frame.transaction == frame->transaction;
        if (p->used && same)
            return p;
    }
    return NULL;
}

/* The one that has waited longest; NULL: none. */
static ohm_modbus_pending *oldest(ohm_modbus *m)
{
    ohm_modbus_pending *found = NULL;
    for (size_t i = 0; i < OHM_MODBUS_PENDING_MAX; i++) {
        ohm_modbus_pending *p = &m->pending[i];
        if (p->used && (!found || p->offset < found->offset))
            found = p;
    }
    return found;
}

static ohm_modbus_pending *free_slot(ohm_modbus *m)
{
    for (size_t i = 0; i < OHM_MODBUS_PENDING_MAX; i++)
        if (!m->pending[i].used)
            return &m->pending[i];
    return NULL;
}

static ohm_code give(ohm_modbus *m, ohm_modbus_framing framing, ohm_modbus_pending *request,
                     const ohm_modbus_frame *reply, const ohm_modbus_message **message)
{
    m->message = (ohm_modbus_message){ .framing = framing, .offset = m->offset };
    if (request) {
        m->message.has_request = true;
        m->message.request = request->frame;
        request->used = false;
        if (!reply)
            m->message.offset = request->offset;
        m->counters.unanswered += !reply;
    }
    if (reply) {
        m->message.has_reply = true;
        m->message.reply = *reply;
        m->counters.exceptions += reply->exception != 0;
    }
    m->counters.messages++;
    *message = &m->message;
    return OHM_OK;
}

/* --- guessing -----------------------------------------------------------------------------------
 */

/* A request that a master would send; others are looked at as replies first. */
static bool sensible(const ohm_modbus_frame *request)
{
    return ohm_modbus_request_check(request) == OHM_MODBUS_NO_EXCEPTION;
}

static bool answers(ohm_modbus *m, const guess *reply)
{
    const char *what;
    ohm_modbus_frame copy = reply->frame;
    const ohm_modbus_pending *p = asked(m, &copy, reply->framing);
    return p && ohm_modbus_match(&p->frame, &copy, &what) == OHM_OK;
}

/* Of two readings of the same bytes: the one that is whole with fewer bytes, so that it doesn't
 * matter how many have come; of the same length, what answers a request, else the request. */
static guess choose(ohm_modbus *m, const guess *reply, const guess *request)
{
    if (reply->code == OHM_OK && request->code == OHM_OK) {
        if (reply->frame.size != request->frame.size)
            return reply->frame.size < request->frame.size ? *reply : *request;
        return answers(m, reply) || !sensible(&request->frame) ? *reply : *request;
    }
    if (reply->code == OHM_OK || request->code == OHM_OK)
        return reply->code == OHM_OK ? *reply : *request;
    if (reply->code == OHM_MORE || request->code == OHM_MORE)
        return reply->code == OHM_MORE ? *reply : *request;
    return request->code == OHM_BAD_CHECKSUM ? *request : *reply;
}

static guess look_as(ohm_modbus *m, ohm_modbus_framing framing)
{
    ohm_span window = ohm_span_of(m->window, m->len);
    guess reply = { .framing = framing }, request = { .framing = framing };
    reply.code = ohm_modbus_parse(framing, window, true, &reply.frame);
    request.code = ohm_modbus_parse(framing, window, false, &request.frame);
    return choose(m, &reply, &request);
}

static guess look(ohm_modbus *m)
{
    unsigned may = m->framing ? m->framing : m->config.framings;
    bool tcp_may = (may & OHM_MODBUS_BELIEVE_TCP) && (m->framing || m->at_start);
    guess none = { .code = OHM_BAD_FORMAT };
    guess rtu = may & OHM_MODBUS_BELIEVE_RTU ? look_as(m, OHM_MODBUS_RTU) : none;
    guess tcp = tcp_may ? look_as(m, OHM_MODBUS_TCP) : none;
    /* What nobody would send proves no header. */
    bool odd = tcp.code == OHM_UNSUPPORTED ||
               (tcp.code == OHM_OK && !tcp.frame.reply && !sensible(&tcp.frame));
    if (m->framing == 0 && odd)
        tcp.code = OHM_BAD_FORMAT;
    bool tcp_first = tcp.code == OHM_OK && (rtu.code != OHM_OK || tcp.frame.size < rtu.frame.size);
    if (tcp_first || m->framing == OHM_MODBUS_BELIEVE_TCP)
        return tcp;
    if (rtu.code == OHM_OK || (tcp.code != OHM_MORE && rtu.code != OHM_OK && may != 2))
        return rtu;
    return tcp;
}

/* --- frames -------------------------------------------------------------------------------------
 */

static ohm_code refuse(ohm_modbus *m, ohm_code code, const char *what, ohm_modbus_reject *reject)
{
    m->damaged = true;
    m->counters.bad_frames++;
    *reject = (ohm_modbus_reject){ .offset = m->offset, .code = code, .what = what };
    return code;
}

/* Bytes that begin no frame. OHM_OK: go on. */
static ohm_code skip(ohm_modbus *m, const guess *g, ohm_modbus_reject *reject)
{
    bool told = m->damaged, tcp = m->framing == OHM_MODBUS_BELIEVE_TCP;
    ohm_code code = OHM_OK;
    if (!told && g->code == OHM_UNSUPPORTED)
        code = refuse(m, g->code, "a function that is not known", reject);
    else if (!told && g->code == OHM_BAD_CHECKSUM)
        code = refuse(m, g->code, "the checksum is wrong", reject);
    else if (!told && g->code == OHM_MORE)
        code = refuse(m, OHM_GAP, "the last frame is cut off", reject);
    else if (!told)
        code =
            refuse(m, OHM_BAD_FORMAT,
                   tcp ? "no Modbus TCP frame where one should begin" : "no Modbus frame", reject);
    bool framed = tcp && g->code == OHM_UNSUPPORTED; /* its header is good */
    m->lost = tcp && !framed;
    m->at_start = false;
    if (framed)
        m->damaged = false;
    size_t len = framed ? g->frame.size : m->lost ? m->len : 1;
    m->counters.bytes_skipped += len;
    drop(m, len);
    return code;
}

/* A request takes a place among those that wait, where the one before it must go first. */
static ohm_code take_request(ohm_modbus *m, const guess *g, const ohm_modbus_message **message)
{
    ohm_modbus_pending *before = asked(m, &g->frame, g->framing);
    if (!before && !free_slot(m))
        before = oldest(m);
    if (before && m->framing)
        return give(m, g->framing, before, NULL, message);
    if (before) {
        before->used = false; /* never proven */
        m->counters.bytes_skipped += before->size;
    }
    ohm_modbus_pending *p = free_slot(m);
    p->used = true;
    p->offset = m->offset;
    p->size = g->frame.size;
    p->frame = g->frame;
    if (g->frame.data.len > 0)
        memcpy(p->data, g->frame.data.ptr, g->frame.data.len);
    p->frame.data = ohm_span_of(p->data, g->frame.data.len);
    m->counters.frames++;
    drop(m, g->frame.size);
    return OHM_MORE;
}

static ohm_code take_reply(ohm_modbus *m, guess *g, const ohm_modbus_message **message)
{
    const char *what;
    ohm_modbus_pending *p = asked(m, &g->frame, g->framing);
    if (p && ohm_modbus_match(&p->frame, &g->frame, &what) != OHM_OK)
        p = NULL; /* of another request, which was not captured */
    m->counters.frames++;
    m->taken = g->frame.size;
    return give(m, g->framing, p, &g->frame, message);
}

/* Sixteen bits of checksum are little in a stream of something else: what begins inside noise is
 * only believed when a request is followed by its answer. */
static bool is_proven(ohm_modbus *m, const guess *g)
{
    if (m->framing)
        return true;
    if (!m->at_start && !g->frame.reply)
        return true; /* it waits for the answer that proves it */
    if (!m->at_start && !answers(m, g))
        return false;
    m->framing = g->framing == OHM_MODBUS_TCP ? OHM_MODBUS_BELIEVE_TCP : OHM_MODBUS_BELIEVE_RTU;
    return true;
}

static ohm_code at_end(ohm_modbus *m, const ohm_modbus_message **message)
{
    ohm_modbus_pending *p = m->framing ? oldest(m) : NULL;
    ohm_modbus_framing framing =
        m->framing == OHM_MODBUS_BELIEVE_TCP ? OHM_MODBUS_TCP : OHM_MODBUS_RTU;
    return p ? give(m, framing, p, NULL, message) : OHM_END;
}

ohm_code ohm_modbus_next(ohm_modbus *m, ohm_span *in, const ohm_modbus_message **message,
                         ohm_modbus_reject *reject)
{
    drop(m, m->taken);
    m->taken = 0;
    for (;;) {
        fill(m, in);
        if (m->len == 0)
            return m->finished ? at_end(m, message) : OHM_MORE;
        if (m->lost) {
            m->counters.bytes_skipped += m->len;
            drop(m, m->len);
            continue;
        }
        guess g = look(m);
        if (g.code == OHM_MORE && !m->finished)
            return OHM_MORE; /* a frame is shorter than the window: all of *in is taken */
        ohm_code code = OHM_MORE;
        if (g.code != OHM_OK) {
            code = skip(m, &g, reject);
            if (code != OHM_OK)
                return code;
            continue;
        }
        if (!is_proven(m, &g)) {
            code = skip(m, &(guess){ .code = OHM_BAD_FORMAT }, reject);
            if (code != OHM_OK)
                return code;
            continue;
        }
        m->damaged = false;
        code = g.frame.reply ? take_reply(m, &g, message) : take_request(m, &g, message);
        if (code != OHM_MORE)
            return code;
    }
}
