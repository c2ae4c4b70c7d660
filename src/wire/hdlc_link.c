#include "wire/hdlc_link.h"

#include "wire/dlms_encode.h"
#include "wire/hdlc.h"

enum {
    /* Control fields (IEC 62056-46, table 4), with the P/F bit aside. */
    SNRM = 0x83,
    UA = 0x63,
    DISC = 0x43,
    DM = 0x0f,
    FRMR = 0x87,
    RR = 0x01,
    RNR = 0x05,
    REJ = 0x09,

    INFO_USUAL = 248, /* its parameter takes one byte: understood by all */
    PARAMETERS_MAX = 32,
    PARAMETERS_FORMAT = 0x81,
    PARAMETERS_GROUP = 0x80,
    LLC_LEN = 3,
    LATER_MS = 300,    /* before a meter that is not ready is asked again */
    POLLS_MAX = 100,   /* that often: half a minute */
    LIMIT_FACTOR = 10, /* × T1: a line that babbles is given up too */
    ALL_STATIONS = 0x7f,
};

enum { IDLE, OPENING, OPEN, SHUTTING, SHUT, FAILED };                /* state */
enum { SEND_NONE, SEND_SNRM, SEND_DISC, SEND_RR, SEND_INFO, LATER }; /* pending */

static const uint8_t llc_request[LLC_LEN] = { 0xe6, 0xe6, 0x00 };

/* --- addresses and parameters ------------------------------------------------------------------
 */

/* IEC 62056-46, §6.4.2.4: the low bit ends an address; of four bytes two are the upper half. */
static ohm_code make_address(ohm_hdlc_link *l)
{
    uint16_t upper = l->config.server, lower = l->config.physical;
    uint8_t len = l->config.address_len;
    if (len == 0)
        len = upper > 0x7f || lower > 0x7f ? 4 : lower > 0 ? 2 : 1;
    bool fits = len == 4 ? upper <= 0x3fff && lower <= 0x3fff
                         : upper <= 0x7f && lower <= (len == 2 ? 0x7f : 0);
    if (!fits || (len != 1 && len != 2 && len != 4))
        return OHM_RANGE;
    uint8_t *p = l->theirs;
    l->theirs_len = len;
    if (len == 4) {
        p[0] = (uint8_t)(upper >> 7 << 1);
        p[1] = (uint8_t)((upper & 0x7f) << 1);
        p[2] = (uint8_t)(lower >> 7 << 1);
        p[3] = (uint8_t)((lower & 0x7f) << 1);
    } else {
        p[0] = (uint8_t)(upper << 1);
        p[1] = (uint8_t)(lower << 1);
    }
    p[len - 1] |= 1;
    return OHM_OK;
}

ohm_code ohm_hdlc_link_init(ohm_hdlc_link *l, const ohm_hdlc_link_config *config)
{
    ohm_hdlc_link_config *c = &l->config;
    memset(l, 0, offsetof(ohm_hdlc_link, input));
    *c = *config;
    if (c->client == 0 || c->client > 0x7f)
        return OHM_RANGE;
    if (c->info_max == 0)
        c->info_max = INFO_USUAL;
    if (c->window == 0)
        c->window = 1;
    if (c->t1_ms <= 0)
        c->t1_ms = OHM_HDLC_T1_MS;
    if (c->tries == 0)
        c->tries = OHM_HDLC_TRIES;
    if (c->info_max < OHM_HDLC_INFO_MIN || c->info_max > OHM_HDLC_INFO_MAX ||
        c->window > OHM_HDLC_WINDOW_MAX)
        return OHM_RANGE;
    l->ours[0] = (uint8_t)(c->client << 1 | 1);
    l->wake.v = OHM_LINE_NEVER;
    l->what = "";
    return make_address(l);
}

/* Of two addresses that can be written in one byte: a group answers by its own lower half. */
static bool is_ours(const ohm_hdlc_link *l, const ohm_hdlc_frame *f)
{
    if (!ohm_span_equal(f->destination, ohm_span_of(l->ours, sizeof l->ours)) ||
        f->source.len != l->theirs_len)
        return false;
    size_t compared = l->theirs_len;
    if (l->theirs_len == 2 && l->config.physical == ALL_STATIONS)
        compared = 1;
    if (l->theirs_len == 4 && l->config.physical == 0x3fff)
        compared = 2;
    return memcmp(f->source.ptr, l->theirs, compared) == 0;
}

static void put_parameter(ohm_writer *w, uint8_t id, uint32_t value, int len)
{
    ohm_put_u8(w, id);
    ohm_put_u8(w, (uint8_t)len);
    if (len == 4)
        ohm_put_u32(w, value);
    else if (len == 2)
        ohm_put_u16(w, (uint16_t)value);
    else
        ohm_put_u8(w, (uint8_t)value);
}

/* What SNRM proposes (§6.4.4.4.3.2): nothing at all for what goes without saying. */
static void put_parameters(const ohm_hdlc_link *l, ohm_writer *w)
{
    uint16_t info = l->config.info_max;
    uint8_t window = l->config.window;
    if (info == OHM_HDLC_INFO_DEFAULT && window == 1)
        return;
    int info_len = info > 0xff ? 2 : 1;
    ohm_put_u8(w, PARAMETERS_FORMAT);
    ohm_put_u8(w, PARAMETERS_GROUP);
    ohm_put_u8(w, (uint8_t)(2 * (2 + info_len) + 2 * (2 + 4)));
    put_parameter(w, 5, info, info_len);
    put_parameter(w, 6, info, info_len);
    put_parameter(w, 7, window, 4);
    put_parameter(w, 8, window, 4);
}

/* The parameter `id` of UA, or `fallback`. Lists that don't follow their format end there. */
static uint32_t parameter(ohm_span info, uint8_t id, uint32_t fallback)
{
    size_t pos = 3;
    if (info.len < 3 || info.ptr[0] != PARAMETERS_FORMAT)
        return fallback;
    while (info.len - pos >= 2) {
        size_t len = info.ptr[pos + 1];
        const uint8_t *p = info.ptr + pos + 2;
        if (len > info.len - pos - 2)
            break;
        if (info.ptr[pos] == id && len >= 1 && len <= 4) {
            uint32_t value = 0;
            for (size_t i = 0; i < len; i++)
                value = value << 8 | p[i];
            return value;
        }
        pos += 2 + len;
    }
    return fallback;
}

/* UA: its 5 is what the meter sends at most, so what we receive. What it leaves out is the
 * default; never more than we proposed. */
static bool negotiate(ohm_hdlc_link *l, ohm_span info)
{
    uint32_t theirs_out = parameter(info, 5, OHM_HDLC_INFO_DEFAULT);
    uint32_t theirs_in = parameter(info, 6, OHM_HDLC_INFO_DEFAULT);
    uint32_t window_out = parameter(info, 7, 1), window_in = parameter(info, 8, 1);
    uint16_t most =
        l->config.info_max > OHM_HDLC_INFO_DEFAULT ? l->config.info_max : OHM_HDLC_INFO_DEFAULT;
    l->receive_max = (uint16_t)(theirs_out < most ? theirs_out : most);
    l->send_max = (uint16_t)(theirs_in < l->config.info_max ? theirs_in : l->config.info_max);
    l->receive_window = (uint8_t)(window_out < l->config.window ? window_out : l->config.window);
    l->send_window = (uint8_t)(window_in < l->config.window ? window_in : l->config.window);
    return l->send_max >= OHM_HDLC_INFO_MIN && l->send_window > 0;
}

/* --- sending ------------------------------------------------------------------------------------
 */

static ohm_line_event fail(ohm_hdlc_link *l, const char *what)
{
    l->state = FAILED;
    l->pending = SEND_NONE;
    l->busy = false;
    l->wake.v = OHM_LINE_NEVER;
    l->what = what;
    return OHM_LINE_FAILED;
}

void ohm_hdlc_link_open(ohm_hdlc_link *l, ohm_mono_ms now)
{
    assert(l->state != OPEN);
    l->state = OPENING;
    l->pending = SEND_SNRM;
    l->idle = 0;
    l->len = 0;
    l->echoes_due = 0;
    l->first_ns = 0;
    l->next_nr = 0;
    l->busy = false;
    l->segments = l->acked = l->sent = 0;
    l->wake = now;
}

void ohm_hdlc_link_send(ohm_hdlc_link *l, ohm_span apdu, ohm_mono_ms now)
{
    assert(l->state == OPEN);
    assert(!l->busy);
    l->sending = apdu;
    l->segments = (LLC_LEN + apdu.len + l->send_max - 1) / l->send_max;
    l->acked = l->sent = 0;
    l->busy = true;
    l->open = l->complete = l->gap = l->progress = false;
    l->got = 0;
    l->idle = 0;
    l->polls = 0;
    l->pending = SEND_INFO;
    l->wake = now;
}

bool ohm_hdlc_link_is_open(const ohm_hdlc_link *l)
{
    return l->state == OPEN;
}

void ohm_hdlc_link_shut(ohm_hdlc_link *l, ohm_mono_ms now)
{
    l->state = SHUTTING;
    l->pending = SEND_DISC;
    l->busy = false;
    l->idle = 0;
    l->wake = now;
}

/* It is the meter's turn now. */
static void await(ohm_hdlc_link *l, ohm_mono_ms now)
{
    l->pending = SEND_NONE;
    l->progress = false;
    l->gap = false;
    l->wake = ohm_mono_after(now, l->config.t1_ms);
    l->limit = ohm_mono_after(now, LIMIT_FACTOR * l->config.t1_ms);
}

static void put_frame(ohm_hdlc_link *l, ohm_writer *w, int control, bool segment, ohm_span info)
{
    const ohm_hdlc_addresses to = {
        .destination = { l->theirs, l->theirs_len },
        .source = { l->ours, sizeof l->ours },
        .control = (uint8_t)control,
    };
    ohm_put_hdlc(w, &to, segment, info);
}

static void expect_echo(ohm_hdlc_link *l, ohm_span frame)
{
    if (l->echoes && l->echoes_due < sizeof l->echo / sizeof *l->echo)
        l->echo[l->echoes_due++] = ohm_le16(frame.ptr + frame.len - 3);
}

/* Is it what we said ourselves? */
static bool is_echo(ohm_hdlc_link *l, const ohm_hdlc_frame *f, const uint8_t *bytes)
{
    uint16_t fcs = ohm_le16(bytes + f->size - 2);
    if ((f->control & ~OHM_HDLC_POLL) == SNRM) {
        l->echoes = true;
        return true;
    }
    if (l->echoes_due == 0 || l->echo[0] != fcs)
        return false;
    l->echoes_due--;
    memmove(l->echo, l->echo + 1, l->echoes_due * sizeof *l->echo);
    return true;
}

/* The next segment of LLC and APDU; the last of a window asks for an answer. */
static void put_segment(ohm_hdlc_link *l, ohm_writer *w, ohm_mono_ms now)
{
    uint8_t bytes[OHM_HDLC_INFO_MAX];
    ohm_writer info = ohm_writer_over(bytes, l->send_max);
    size_t from = l->sent * l->send_max;
    uint8_t ns = (uint8_t)((l->first_ns + l->sent) & 7);
    if (from == 0)
        ohm_put_bytes(&info, (ohm_span){ llc_request, LLC_LEN });
    size_t at = from == 0 ? 0 : from - LLC_LEN;
    size_t room = l->send_max - info.len, left = l->sending.len - at;
    ohm_put_bytes(&info, ohm_span_part(l->sending, at, left < room ? left : room));
    l->sent++;
    bool poll = l->sent == l->segments || l->sent - l->acked == l->send_window;
    int control = l->next_nr << 5 | (poll ? OHM_HDLC_POLL : 0) | ns << 1;
    put_frame(l, w, control, l->sent < l->segments, ohm_writer_span(&info));
    if (poll)
        await(l, now);
}

bool ohm_hdlc_link_take(ohm_hdlc_link *l, ohm_span *out, ohm_mono_ms now)
{
    uint8_t bytes[PARAMETERS_MAX];
    ohm_writer w = ohm_writer_over(l->frame, sizeof l->frame);
    ohm_writer parameters = ohm_writer_over(bytes, sizeof bytes);
    const ohm_span none = { NULL, 0 };
    switch (l->pending) {
    case SEND_SNRM:
        put_parameters(l, &parameters);
        put_frame(l, &w, SNRM | OHM_HDLC_POLL, false, ohm_writer_span(&parameters));
        await(l, now);
        break;
    case SEND_DISC:
        put_frame(l, &w, DISC | OHM_HDLC_POLL, false, none);
        await(l, now);
        break;
    case SEND_RR:
        put_frame(l, &w, l->next_nr << 5 | OHM_HDLC_POLL | RR, false, none);
        await(l, now);
        break;
    case SEND_INFO:
        put_segment(l, &w, now);
        break;
    default:
        return false;
    }
    assert(!w.full);
    *out = ohm_writer_span(&w);
    expect_echo(l, *out);
    return true;
}

/* --- receiving ----------------------------------------------------------------------------------
 */

/* N(R) says which of our frames came through. False if it says nothing new. */
static bool acknowledge(ohm_hdlc_link *l, int nr)
{
    size_t n = (size_t)(nr - (int)(l->first_ns + l->acked)) & 7;
    if (n == 0 || n > l->sent - l->acked)
        return false;
    l->acked += n;
    return true;
}

static ohm_line_event deliver(ohm_hdlc_link *l)
{
    const uint8_t *p = l->config.apdu;
    l->busy = false;
    l->pending = SEND_NONE;
    l->wake.v = OHM_LINE_NEVER;
    l->first_ns = (uint8_t)((l->first_ns + l->segments) & 7);
    l->segments = l->acked = l->sent = 0;
    bool llc = l->got > LLC_LEN && p[0] == 0xe6 && p[1] == 0xe7;
    if (!llc)
        return fail(l, "an answer without the LLC header");
    l->apdu = ohm_span_of(p + LLC_LEN, l->got - LLC_LEN);
    return OHM_LINE_APDU;
}

/* Sends what `pending` says, once more. */
static ohm_line_event again(ohm_hdlc_link *l, uint8_t pending)
{
    if (l->idle++ >= l->config.tries)
        return fail(l, l->state == OPENING ? "no answer: wrong address, speed or wiring?"
                                           : "the meter stopped answering");
    l->counters.repeated++;
    l->pending = pending;
    if (pending == SEND_INFO)
        l->sent = l->acked;
    return OHM_LINE_NOTHING;
}

static ohm_line_event ask_later(ohm_hdlc_link *l, ohm_mono_ms now)
{
    if (l->polls++ >= POLLS_MAX)
        return fail(l, "the meter acknowledges, but never answers");
    l->pending = LATER;
    l->wake = ohm_mono_after(now, LATER_MS);
    return OHM_LINE_NOTHING;
}

/* `polls` goes on: a meter may not chatter for ever. */
ohm_line_event ohm_hdlc_link_listen(ohm_hdlc_link *l, ohm_mono_ms now)
{
    assert(l->state == OPEN);
    assert(!l->busy);
    l->busy = true;
    l->open = l->complete = l->gap = l->progress = false;
    l->got = 0;
    l->idle = 0;
    return ask_later(l, now);
}

/* The meter gave the turn back (F bit). */
static ohm_line_event our_turn(ohm_hdlc_link *l, ohm_mono_ms now)
{
    if (l->complete)
        return deliver(l);
    if (l->progress)
        l->idle = 0;
    else if (l->acked < l->sent)
        return OHM_LINE_NOTHING; /* an old answer, late: ours is still to come */
    if (l->acked < l->segments) {
        if (l->acked < l->sent)
            return again(l, SEND_INFO); /* a frame in the middle of a window was lost */
        l->pending = SEND_INFO;
        return OHM_LINE_NOTHING;
    }
    if (l->gap)
        return again(l, SEND_RR);
    if (!l->open || !l->progress)
        return ask_later(l, now);
    l->pending = SEND_RR;
    return OHM_LINE_NOTHING;
}

static ohm_line_event on_information(ohm_hdlc_link *l, const ohm_hdlc_frame *f, ohm_mono_ms now)
{
    int ns = f->control >> 1 & 7;
    l->progress |= acknowledge(l, f->control >> 5);
    if (ns != l->next_nr || l->complete) {
        int ahead = (ns - l->next_nr) & 7;
        l->counters.dropped++;
        l->gap |= !l->complete && ahead > 0 && ahead < l->receive_window;
    } else if (f->info.len > l->config.apdu_max - l->got) {
        return fail(l, "an answer longer than can be held");
    } else {
        if (f->info.len > 0)
            memcpy(l->config.apdu + l->got, f->info.ptr, f->info.len);
        l->got += f->info.len;
        l->next_nr = (uint8_t)((l->next_nr + 1) & 7);
        l->progress = true;
        l->gap = false;
        l->open = f->segment;
        l->complete = !f->segment;
    }
    return (f->control & OHM_HDLC_POLL) != 0 ? our_turn(l, now) : OHM_LINE_NOTHING;
}

static ohm_line_event on_supervision(ohm_hdlc_link *l, uint8_t control, ohm_mono_ms now)
{
    bool progress = acknowledge(l, control >> 5);
    l->progress |= progress;
    switch (control & 0x0f) {
    case RNR: /* busy, or sure to be */
        return l->acked < l->sent && !progress ? OHM_LINE_NOTHING : ask_later(l, now);
    case REJ:
        return l->acked < l->segments ? again(l, SEND_INFO) : OHM_LINE_NOTHING;
    case RR:
        return (control & OHM_HDLC_POLL) != 0 ? our_turn(l, now) : OHM_LINE_NOTHING;
    default: /* SREJ is not of this profile */
        return OHM_LINE_NOTHING;
    }
}

static ohm_line_event on_frame(ohm_hdlc_link *l, const ohm_hdlc_frame *f, ohm_mono_ms now)
{
    int control = f->control & ~OHM_HDLC_POLL;
    if (l->state == SHUTTING && (control == UA || control == DM)) {
        l->state = SHUT;
        l->pending = SEND_NONE;
        l->wake.v = OHM_LINE_NEVER;
        return OHM_LINE_SHUT;
    }
    if (l->state == OPENING && control == UA) {
        if (!negotiate(l, f->info))
            return fail(l, "the meter takes no information: impossible parameters in UA");
        l->state = OPEN;
        l->idle = 0;
        l->pending = SEND_NONE;
        l->wake.v = OHM_LINE_NEVER;
        return OHM_LINE_OPEN;
    }
    if (l->state != OPENING && l->state != OPEN)
        return OHM_LINE_NOTHING;
    if (control == DM)
        return fail(l, l->state == OPENING ? "the meter refuses the link (DM)"
                                           : "the meter has ended the link (DM)");
    if (control == FRMR)
        return fail(l, "the meter does not understand a frame (FRMR)");
    if (!l->busy)
        return OHM_LINE_NOTHING; /* a late repetition of what was answered */
    if ((f->control & 1) == 0)
        return on_information(l, f, now);
    return (f->control & 3) == 1 ? on_supervision(l, f->control, now) : OHM_LINE_NOTHING;
}

/* Frames out of the input, up to the first event. `force`: what looks like the start of a frame
 * and has not come to its end is junk. */
static ohm_line_event read_frames(ohm_hdlc_link *l, ohm_mono_ms now, bool force)
{
    ohm_line_event event = OHM_LINE_NOTHING;
    size_t at = 0;
    while (event == OHM_LINE_NOTHING && at < l->len) {
        ohm_hdlc_frame f;
        size_t claimed = 0;
        ohm_code code = ohm_hdlc_parse(ohm_span_of(l->input + at, l->len - at), &f, &claimed);
        if (code == OHM_MORE && !force)
            break;
        if (code != OHM_OK) {
            l->counters.bad_fcs += code == OHM_BAD_CHECKSUM;
            l->counters.bytes_skipped += l->input[at] != OHM_HDLC_FLAG;
            at++;
            continue;
        }
        const uint8_t *bytes = l->input + at;
        at += f.size; /* the closing flag may be the next one's opening flag */
        if (is_ours(l, &f) && !is_echo(l, &f, bytes)) {
            l->counters.frames++;
            event = on_frame(l, &f, now);
        } else {
            l->counters.foreign++;
        }
    }
    l->len -= at;
    memmove(l->input, l->input + at, l->len);
    return event;
}

ohm_line_event ohm_hdlc_link_input(ohm_hdlc_link *l, ohm_span *in, ohm_mono_ms now)
{
    /* Bytes are a sign of life, but not for ever. */
    if (in->len > 0 && l->pending == SEND_NONE && l->wake.v != OHM_LINE_NEVER) {
        ohm_mono_ms wake = ohm_mono_after(now, l->config.t1_ms);
        l->wake = wake.v < l->limit.v ? wake : l->limit;
    }
    while (true) {
        ohm_line_event event = read_frames(l, now, false);
        if (event != OHM_LINE_NOTHING || in->len == 0)
            return event;
        size_t room = sizeof l->input - l->len;
        assert(room > 0); /* an unfinished frame takes half of it */
        size_t n = in->len < room ? in->len : room;
        memcpy(l->input + l->len, in->ptr, n);
        l->len += n;
        l->counters.bytes += n;
        *in = ohm_span_part(*in, n, in->len - n);
    }
}

ohm_line_event ohm_hdlc_link_tick(ohm_hdlc_link *l, ohm_mono_ms now)
{
    if (l->pending == LATER && now.v >= l->wake.v)
        l->pending = SEND_RR;
    if (l->pending != SEND_NONE || now.v < l->wake.v)
        return OHM_LINE_NOTHING;
    l->echoes_due = 0;
    ohm_line_event event = read_frames(l, now, true);
    if (event != OHM_LINE_NOTHING || l->pending != SEND_NONE)
        return event;
    switch (l->state) {
    case OPENING:
        return again(l, SEND_SNRM);
    case OPEN:
        return again(l, l->acked < l->segments ? SEND_INFO : SEND_RR);
    case SHUTTING:
        if (l->idle < l->config.tries)
            return again(l, SEND_DISC);
        l->state = SHUT; /* it is ended either way */
        l->wake.v = OHM_LINE_NEVER;
        return OHM_LINE_SHUT;
    default:
        return OHM_LINE_NOTHING;
    }
}
