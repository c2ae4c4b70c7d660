#include "wire/dlms_internal.h"
#include "wire/glo.h"
#include "wire/hdlc.h"
#include "wire/mbus_frame.h"
#include "wire/push.h"

/* Bytes to units. The window keeps what came since the last good unit; a start that turns out
 * to be none costs one byte, and the search goes on behind it, so junk before a good frame
 * never hides it. Every step takes at least a byte of the window or waits for more. */
enum {
    FILL_MAX = 4096,
    UNLOCK_AFTER = 4096, /* junk that makes a decided framing doubtful */
    WRAPPER_HEAD = 8,
    LLC_LEN = 3,
    FIRST_SERVICE = 0x60, /* lower tags are those of old services, and of everything else */
};

static ohm_span window_of(const ohm_dlms *d)
{
    const ohm_dlms_stream *s = &d->stream;
    return (ohm_span){ d->window + s->head, s->tail - s->head };
}

static void fill(ohm_dlms *d, ohm_span *in)
{
    ohm_dlms_stream *s = &d->stream;
    if (s->head == s->tail)
        s->head = s->tail = 0;
    size_t n = in->len < FILL_MAX ? in->len : FILL_MAX;
    if (n > OHM_DLMS_WINDOW_MAX - s->tail && s->head > 0) {
        memmove(d->window, d->window + s->head, s->tail - s->head);
        s->tail -= s->head;
        s->head = 0;
    }
    if (n > OHM_DLMS_WINDOW_MAX - s->tail)
        n = OHM_DLMS_WINDOW_MAX - s->tail;
    if (d->counters.bytes == 0)
        s->first = in->ptr[0];
    memcpy(d->window + s->tail, in->ptr, n);
    s->tail += n;
    *in = ohm_span_part(*in, n, in->len - n);
    d->counters.bytes += n;
    s->quiet = false;
}

static void advance(ohm_dlms *d, size_t n)
{
    d->stream.head += n;
    d->stream.offset += n;
}

/* Passes a byte that belongs to no unit. */
static void skip(ohm_dlms *d)
{
    ohm_dlms_stream *s = &d->stream;
    bool flag = d->window[s->head] == OHM_HDLC_FLAG && s->after_frame;
    s->after_frame = false;
    s->at_unit = false;
    s->held = 0;
    s->walk = (ohm_axdr_walk){ 0 };
    if (!flag) {
        s->damaged = true;
        d->counters.bytes_skipped++;
        bool checked = (s->framing & OHM_DLMS_LINE) != 0;
        if (++s->junk >= UNLOCK_AFTER || !checked)
            s->framing = 0;
    }
    advance(d, 1);
}

/* A good unit of `size` bytes. */
static void take(ohm_dlms *d, uint8_t framing, size_t size)
{
    ohm_dlms_stream *s = &d->stream;
    d->unit_offset = s->offset;
    d->counters.frames++;
    s->framing = framing;
    s->muted_until = 0;
    s->junk = 0;
    s->held = 0;
    s->walk = (ohm_axdr_walk){ 0 };
    s->after_frame = framing == OHM_DLMS_HDLC;
    s->at_unit = framing == OHM_DLMS_WRAPPER || framing == OHM_DLMS_APDU;
    s->unchecked = s->at_unit;
    advance(d, size);
}

/* --- one try for each framing: OHM_OK, OHM_MORE, OHM_BAD_FORMAT or OHM_BAD_CHECKSUM --------- */

static ohm_code try_hdlc(ohm_dlms *d, ohm_dlms_unit *unit, size_t *claimed)
{
    ohm_hdlc_frame frame;
    ohm_code code = ohm_hdlc_parse(window_of(d), &frame, claimed);
    if (code != OHM_OK)
        return code;
    size_t info_at = frame.info.len > 0 ? (size_t)(frame.info.ptr - d->window) : 0;
    *unit = (ohm_dlms_unit){
        .framing = OHM_DLMS_HDLC,
        .control = frame.control,
        .segment = frame.segment,
        .destination = frame.destination,
        .source = frame.source,
        .info = d->window + info_at,
        .info_len = frame.info.len,
    };
    take(d, OHM_DLMS_HDLC, frame.size);
    return OHM_OK;
}

static ohm_code try_mbus(ohm_dlms *d, ohm_dlms_unit *unit, size_t *claimed)
{
    ohm_mbus_frame frame;
    ohm_code code = ohm_mbus_frame_parse(window_of(d), &frame, claimed);
    if (code != OHM_OK)
        return code;
    *unit = (ohm_dlms_unit){
        .framing = OHM_DLMS_MBUS,
        .control = frame.ci,
        .info = d->window + (frame.data.ptr - d->window),
        .info_len = frame.data.len,
    };
    take(d, OHM_DLMS_MBUS, frame.size);
    return OHM_OK;
}

static bool begins(ohm_span w, const uint8_t *with, size_t len)
{
    return memcmp(w.ptr, with, w.len < len ? w.len : len) == 0;
}

/* The head of a wrapper unit, and as much of the APDU as tells one: its whole size. OHM_MORE
 * leaves *size 0 as long as it is not known. */
static ohm_code wrapper_size(ohm_span w, size_t *size)
{
    static const uint8_t version[] = { 0x00, 0x01 };
    *size = 0;
    if (w.len > 0 && !begins(w, version, sizeof version))
        return OHM_BAD_FORMAT;
    if (w.len < WRAPPER_HEAD)
        return OHM_MORE;
    size_t length = ohm_be16(w.ptr + 6);
    if (length == 0)
        return OHM_BAD_FORMAT;
    if (w.len == WRAPPER_HEAD)
        return OHM_MORE;
    /* Without a checksum, what is inside must at least begin as an APDU does: a line that is
     * joined in the middle must not wait for 64 KiB that a few zeros seem to announce. */
    uint8_t tag = w.ptr[WRAPPER_HEAD];
    if (tag != OHM_NOTIFICATION_TAG && tag != OHM_GLO_TAG && tag != OHM_GBT_TAG &&
        (tag < FIRST_SERVICE || !ohm_dlms_service(tag)))
        return OHM_BAD_FORMAT;
    *size = WRAPPER_HEAD + length;
    return w.len < *size ? OHM_MORE : OHM_OK;
}

static ohm_code begins_wrapper(ohm_span next, ohm_span own)
{
    (void)own; /* units of several devices may share a connection: any ports will do */
    size_t size = 0;
    ohm_code code = wrapper_size(next, &size);
    return size > 0 ? OHM_OK : code;
}

static ohm_code begins_same(ohm_span next, ohm_span own)
{
    enum { PORTS_END = 6 };
    bool same = own.len >= PORTS_END && begins(next, own.ptr, PORTS_END);
    return !same ? OHM_BAD_FORMAT : next.len < PORTS_END ? OHM_MORE : OHM_OK;
}

static ohm_code begins_bare(ohm_span next, ohm_span own)
{
    if (next.len == 0)
        return OHM_MORE;
    size_t from = ohm_dlms_llc(own), head = from + OHM_NOTIFICATION_FIXED + 2;
    size_t time = 0, body = 0;
    if (!begins(next, own.ptr, from + 1))
        return OHM_BAD_FORMAT;
    if (next.len < head)
        return OHM_MORE;
    if (own.ptr[from] == OHM_GLO_TAG)
        return OHM_OK;
    ohm_span apdu = ohm_span_part(next, from, next.len - from);
    return ohm_dlms_notification_head(apdu, &time, &body) == OHM_BAD_FORMAT ? OHM_BAD_FORMAT
                                                                            : OHM_OK;
}

typedef ohm_code (*begins_unit)(ohm_span next, ohm_span own);

/* The whole unit of `size` bytes that the window begins with has no checksum. Bytes lost or added
 * inside it show only by what stands behind it: the next unit, or nothing. OHM_GAP: something
 * else. With an authentication key only what its tag proves is believed, and need not wait. */
static ohm_code check_behind(const ohm_dlms *d, ohm_span w, size_t size, begins_unit is_next)
{
    const ohm_dlms_stream *s = &d->stream;
    if (d->config.auth_key_len > 0)
        return OHM_OK;
    ohm_span next = ohm_span_part(w, size, w.len - size);
    if (next.len == 0)
        return s->finished || s->quiet ? OHM_OK : OHM_MORE;
    ohm_code code = is_next(next, ohm_span_part(w, 0, size));
    return code == OHM_BAD_FORMAT || (code == OHM_MORE && s->finished) ? OHM_GAP : code;
}

/* The window begins with a unit that wants more: what came of it after the line fell silent. */
static ohm_span behind_pause(const ohm_dlms *d, ohm_span w)
{
    const ohm_dlms_stream *s = &d->stream;
    if (s->paused_at <= s->offset || s->paused_at - s->offset >= w.len)
        return (ohm_span){ NULL, 0 };
    size_t at = (size_t)(s->paused_at - s->offset);
    return ohm_span_part(w, at, w.len - at);
}

/* After a lost or an extra byte: is what begins here a unit of this stream? Its ports must be the
 * stream's own, and the next unit between them, or the end, must follow it at once. */
static ohm_code follows_on(const ohm_dlms *d, ohm_span w, size_t size)
{
    const ohm_dlms_stream *s = &d->stream;
    ohm_span next = ohm_span_part(w, size, w.len - size);
    if (next.len == 0)
        return s->finished || s->quiet ? OHM_OK : OHM_MORE;
    return begins_same(next, w);
}

/* The unit at the window's begin wants more. If the next one begins where the line had fallen
 * silent, some of its bytes are lost: of its end, or of a header that then claims any length,
 * between ports that nobody has. */
static ohm_code look_behind_pause(const ohm_dlms *d, ohm_span w)
{
    const ohm_dlms_stream *s = &d->stream;
    const ohm_span ports = { s->wrapper, sizeof s->wrapper };
    ohm_span next = behind_pause(d, w);
    bool begun = next.len > 0 && (!s->has_ports ? begins_wrapper(next, w) == OHM_OK
                                                : begins_same(next, ports) == OHM_OK ||
                                                      begins_same(next, w) == OHM_OK);
    return begun ? OHM_GAP : OHM_MORE;
}

static ohm_code try_wrapper(ohm_dlms *d, ohm_dlms_unit *unit, size_t *claimed)
{
    ohm_dlms_stream *s = &d->stream;
    ohm_span w = window_of(d);
    size_t size = 0;
    if (!s->at_unit && s->has_ports && !begins(w, s->wrapper, sizeof s->wrapper))
        return OHM_BAD_FORMAT;
    ohm_code code = wrapper_size(w, &size);
    *claimed = size;
    if (code == OHM_MORE && size > 0)
        code = look_behind_pause(d, w);
    else if (code == OHM_OK && s->at_unit)
        code = check_behind(d, w, size, begins_wrapper);
    else if (code == OHM_OK)
        code = follows_on(d, w, size);
    s->is_wrapper = s->is_wrapper || code == OHM_OK || code == OHM_GAP;
    if (code != OHM_OK)
        return code;
    memcpy(s->wrapper, w.ptr, sizeof s->wrapper);
    s->has_ports = true;
    *unit = (ohm_dlms_unit){
        .framing = OHM_DLMS_WRAPPER,
        .info = d->window + s->head + WRAPPER_HEAD,
        .info_len = size - WRAPPER_HEAD,
    };
    take(d, OHM_DLMS_WRAPPER, size);
    return OHM_OK;
}

/* The size of the APDU at the window's `from`; the walk over its body goes on where it was. */
static ohm_code bare_size(ohm_dlms *d, ohm_span w, size_t from, size_t *size)
{
    ohm_axdr_walk *walk = &d->stream.walk;
    ohm_span apdu = ohm_span_part(w, from, w.len - from);
    ohm_code code;
    if (apdu.ptr[0] == OHM_GLO_TAG) {
        code = ohm_glo_size(apdu, size);
        return code == OHM_OK && *size > apdu.len ? OHM_MORE : code;
    }
    size_t time = 0, body = 0, end = 0;
    code = ohm_dlms_notification_head(apdu, &time, &body);
    if (code != OHM_OK)
        return code;
    if (walk->pos == 0)
        walk->pos = body;
    code = ohm_axdr_walk_on(walk, apdu);
    *size = walk->pos;
    if (code == OHM_OK || code == OHM_MORE)
        return code;
    code = ohm_push_tagless_end(ohm_span_part(apdu, body, apdu.len - body), &end);
    *size = body + end;
    return code;
}

/* A whole APDU, which then waits in s->held for what stands behind it. */
static ohm_code hold_bare(ohm_dlms *d, ohm_span w, size_t from)
{
    ohm_dlms_stream *s = &d->stream;
    size_t size = 0;
    if (s->held > 0)
        return OHM_OK;
    ohm_code code = bare_size(d, w, from, &size);
    if (code == OHM_MORE && w.len < OHM_DLMS_APDU_MAX)
        return begins_bare(behind_pause(d, w), w) == OHM_OK ? OHM_GAP : OHM_MORE;
    if (code != OHM_OK)
        return OHM_BAD_FORMAT;
    s->held = from + size;
    return OHM_OK;
}

static ohm_code try_bare(ohm_dlms *d, ohm_dlms_unit *unit, size_t *claimed)
{
    ohm_dlms_stream *s = &d->stream;
    ohm_span w = window_of(d);
    size_t from = ohm_dlms_llc(w);
    if (from == 0 && w.len < LLC_LEN && w.ptr[0] == 0xe6)
        return OHM_MORE;
    if (from == w.len)
        return OHM_MORE;
    ohm_code code = hold_bare(d, w, from);
    if (code == OHM_OK)
        code = check_behind(d, w, s->held, begins_bare);
    *claimed = s->held > 0 ? s->held : w.len;
    if (code != OHM_OK)
        return code;
    *unit = (ohm_dlms_unit){
        .framing = OHM_DLMS_APDU,
        .info = d->window + s->head + from,
        .info_len = s->held - from,
    };
    take(d, OHM_DLMS_APDU, s->held);
    return OHM_OK;
}

/* --- the search ----------------------------------------------------------------------------- */

static unsigned allowed_framings(const ohm_dlms *d)
{
    return d->config.framings & (d->stream.framing != 0 ? d->stream.framing : OHM_DLMS_ANY);
}

/* Tries what may begin at the window's first byte. */
static ohm_code try_all(ohm_dlms *d, ohm_dlms_unit *unit, size_t *claimed)
{
    const ohm_dlms_stream *s = &d->stream;
    unsigned allowed = allowed_framings(d);
    uint8_t first = d->window[s->head];
    *claimed = 0;
    if (first == OHM_HDLC_FLAG && (allowed & OHM_DLMS_HDLC) != 0)
        return try_hdlc(d, unit, claimed);
    if (first == OHM_MBUS_START && (allowed & OHM_DLMS_MBUS) != 0)
        return try_mbus(d, unit, claimed);
    bool wrapper = first == 0x00 && (s->at_unit || s->is_wrapper);
    if (wrapper && (allowed & OHM_DLMS_WRAPPER) != 0)
        return try_wrapper(d, unit, claimed);
    bool bare = first == OHM_NOTIFICATION_TAG || first == OHM_GLO_TAG || first == 0xe6;
    if (s->at_unit && bare && (allowed & OHM_DLMS_APDU) != 0)
        return try_bare(d, unit, claimed);
    return OHM_BAD_FORMAT;
}

/* A framing without a checksum was decided, and what comes is the start of one that has: it was a
 * mistake, or a trick, and costs no frame. */
static bool gives_way(ohm_dlms *d)
{
    ohm_dlms_stream *s = &d->stream;
    uint8_t first = d->window[s->head];
    unsigned wanted = first == OHM_HDLC_FLAG    ? OHM_DLMS_HDLC
                      : first == OHM_MBUS_START ? OHM_DLMS_MBUS
                                                : 0;
    bool unchecked = (s->framing & (OHM_DLMS_WRAPPER | OHM_DLMS_APDU)) != 0;
    if (!unchecked || (d->config.framings & wanted) == 0)
        return false;
    s->framing = 0;
    s->at_unit = false;
    s->held = 0;
    return true;
}

/* Passes flags that only fill the time between frames. */
static void pass_fill(ohm_dlms *d)
{
    ohm_span w = window_of(d);
    size_t n = 0;
    while (n + 1 < w.len && w.ptr[n] == OHM_HDLC_FLAG && w.ptr[n + 1] == OHM_HDLC_FLAG)
        n++;
    if (n == 0 || (allowed_framings(d) & OHM_DLMS_HDLC) == 0)
        return;
    advance(d, n);
    d->stream.after_frame = true; /* a flag that follows a flag may stand alone */
    d->stream.at_unit = false;
}

/* Reports damage once for all the starts that the same bytes seem to hold. */
static ohm_code damage(ohm_dlms *d, size_t claimed, ohm_code code, const char *what,
                       ohm_dlms_reject *reject)
{
    ohm_dlms_stream *s = &d->stream;
    bool muted = s->offset < s->muted_until;
    d->unit_offset = s->offset;
    if (!muted)
        s->muted_until = s->offset + claimed;
    skip(d);
    if (muted)
        return OHM_OK;
    if (code == OHM_GAP)
        d->counters.gaps++;
    else
        d->counters.bad_fcs++;
    return ohm_dlms_refuse(d, reject, OHM_DLMS_AT_FRAME, code, what);
}

/* The window ends inside what may be a unit, and nothing will follow. */
static ohm_code cut_short(ohm_dlms *d, ohm_dlms_reject *reject)
{
    ohm_span w = window_of(d);
    bool lone_flag = w.len < 3 && w.ptr[0] == OHM_HDLC_FLAG;
    if (lone_flag) {
        skip(d);
        return OHM_OK;
    }
    return damage(d, w.len, OHM_GAP, "the stream ends inside a frame", reject);
}

void ohm_dlms_quiet(ohm_dlms *d)
{
    ohm_dlms_stream *s = &d->stream;
    s->quiet = true;
    s->paused_at = s->offset + (s->tail - s->head);
    /* What comes now begins anew, as after connecting. */
    if (s->head == s->tail && s->unchecked)
        s->at_unit = true;
}

ohm_code ohm_dlms_take_unit(ohm_dlms *d, ohm_span *in, ohm_dlms_unit *unit, ohm_dlms_reject *reject)
{
    ohm_dlms_stream *s = &d->stream;
    for (;;) {
        ohm_code code = OHM_MORE;
        size_t claimed = 0;
        if (s->head < s->tail) {
            pass_fill(d);
            code = try_all(d, unit, &claimed);
            if (code == OHM_BAD_FORMAT && gives_way(d))
                continue;
        }
        if (code == OHM_OK)
            return OHM_OK;
        if (code == OHM_MORE && in->len > 0) {
            fill(d, in);
            continue;
        }
        if (code == OHM_MORE && !s->finished)
            return OHM_MORE;
        if (s->head == s->tail)
            return OHM_END;

        ohm_code told = OHM_OK;
        if (code == OHM_MORE)
            told = cut_short(d, reject);
        else if (code == OHM_GAP)
            told = damage(d, claimed, code, "bytes of a message were lost or added", reject);
        else if (code == OHM_BAD_CHECKSUM)
            told = damage(d, claimed, code, "checksum or closing flag of a frame is wrong", reject);
        else
            skip(d);
        if (told != OHM_OK)
            return told;
    }
}
