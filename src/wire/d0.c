#include "wire/d0.h"

/* The window keeps the bytes since the last good readout. A start that leads to none costs its
 * first byte only, and the search goes on behind it. */
enum {
    STX = 0x02,
    ETX = 0x03,
    EOT = 0x04,
    ACK = 0x06,
    DEL = 0x7f,
    IDENT_MAX = 80,
    ACK_MAX = 8,      /* bytes of an acknowledgement's line */
    END_MAX = 8,      /* between "!" and its line's end */
    READOUT_MIN = 12, /* shorter ends of a stream are not told */
};

typedef enum phase {
    AT_IDENT,
    AT_HEAD, /* between the identification and the data */
    AT_DATA,
    AT_BANG,  /* behind the "!" of data without STX */
    AT_AFTER, /* behind its line's end */
    AT_CHECK, /* behind ETX */
} phase;

typedef enum found {
    FOUND_MORE,
    FOUND_BYTE, /* passed one */
    FOUND_READOUT,
    FOUND_RESTART,
    FOUND_WRONG,
    FOUND_BAD_CHECK,
} found;

void ohm_d0_init(ohm_d0 *d, const ohm_d0_config *config)
{
    /* The buffers stay as they are: untouched pages cost nothing. */
    d->config = *config;
    d->counters = (ohm_d0_counters){ 0 };
    d->offset = 0;
    d->muted_until = 0;
    d->head = d->tail = 0;
    d->told = d->has_check = false;
    ohm_d0_reset(d);
}

void ohm_d0_reset(ohm_d0 *d)
{
    d->offset += d->tail - d->head;
    d->head = d->tail = 0;
    d->walk = (ohm_d0_walk){ .phase = AT_IDENT };
    d->finished = d->damaged = false;
}

void ohm_d0_finish(ohm_d0 *d)
{
    d->finished = true;
}

static ohm_code refuse(ohm_d0 *d, ohm_d0_reject *reject, ohm_code code, const char *what)
{
    d->told = true;
    *reject = (ohm_d0_reject){ .offset = d->offset, .code = code, .stage = "frame", .what = what };
    return code;
}

static void advance(ohm_d0 *d, size_t n)
{
    d->head += n;
    d->offset += n;
    d->walk = (ohm_d0_walk){ .phase = AT_IDENT };
}

static void fill(ohm_d0 *d, ohm_span *in)
{
    if (d->head > 0) {
        memmove(d->window, d->window + d->head, d->tail - d->head);
        d->tail -= d->head;
        d->head = 0;
    }
    size_t room = sizeof d->window - d->tail;
    size_t n = in->len < room ? in->len : room;
    memcpy(d->window + d->tail, in->ptr, n);
    d->tail += n;
    *in = ohm_span_part(*in, n, in->len - n);
    d->counters.bytes += n;
}

/* --- what may begin ----------------------------------------------------------------------------
 */

static bool is_letter(uint8_t c)
{
    c |= 0x20;
    return c >= 'a' && c <= 'z';
}

/* A line of text that begins with three letters, as far as it has come. An identification may
 * hold an STX where "\2" is meant. */
static bool may_begin(const uint8_t *b, size_t len)
{
    if (b[0] != '/')
        return false;
    for (size_t i = 1; i < len && b[i] != '\n'; i++)
        if ((i < 4 && !is_letter(b[i])) || i == IDENT_MAX || b[i] == DEL ||
            (b[i] < ' ' && b[i] != '\r' && b[i] != STX))
            return false;
    return true;
}

static bool is_fill(uint8_t c)
{
    return c == '\r' || c == '\n' || c == DEL || c == 0;
}

static bool seek_start(ohm_d0 *d)
{
    while (d->head < d->tail && d->walk.phase == AT_IDENT &&
           !may_begin(d->window + d->head, d->tail - d->head)) {
        d->counters.bytes_skipped += !is_fill(d->window[d->head]);
        advance(d, 1);
    }
    return d->head < d->tail;
}

static ohm_code damage(ohm_d0 *d, size_t claimed, ohm_d0_reject *reject, ohm_code code,
                       const char *what)
{
    bool muted = d->offset < d->muted_until;
    if (!muted) {
        d->muted_until = d->offset + claimed;
        if (code == OHM_BAD_CHECKSUM)
            d->counters.bad_check++;
        else if (code == OHM_GAP)
            d->counters.gaps++;
        else
            d->counters.bad_format++;
        (void)!refuse(d, reject, code, what);
    }
    d->counters.bytes_skipped++;
    advance(d, 1);
    return muted ? OHM_OK : code;
}

/* --- from byte to byte -------------------------------------------------------------------------
 */

static found at_head(ohm_d0_walk *w, uint8_t c)
{
    if (w->in_ack) {
        w->in_ack = c != '\n';
        return w->at - w->data_at > ACK_MAX ? FOUND_WRONG : FOUND_BYTE;
    }
    if (c == '\n')
        w->empty_line = true;
    if (c == ACK) {
        w->in_ack = true;
        w->data_at = w->at;
        return FOUND_BYTE;
    }
    if (is_fill(c) || c == ' ')
        return FOUND_BYTE;
    w->stx = c == STX;
    w->data_at = w->at + w->stx;
    w->check = w->stx ? 0 : c;
    w->phase = AT_DATA;
    w->bang = 0;
    if (c == '/')
        return FOUND_RESTART;
    return c == '!' || c == ETX || c == EOT ? FOUND_WRONG : FOUND_BYTE;
}

/* The "!" is the end of the data, where it stands outside of brackets. */
static found at_data(ohm_d0_walk *w, uint8_t c, uint8_t before)
{
    w->check ^= c;
    if (c == '(' || c == ')')
        w->in_bracket = c == '(';
    if (c == '/' && before == '\n')
        return FOUND_RESTART;
    if (c == ETX && w->stx) {
        w->phase = AT_CHECK;
        return FOUND_BYTE;
    }
    if (c == ETX || c == EOT || c == STX)
        return FOUND_WRONG;
    if (c != '!' || w->in_bracket || w->bang > 0)
        return FOUND_BYTE;
    w->bang = w->at;
    w->phase = w->stx ? AT_DATA : AT_BANG;
    return FOUND_BYTE;
}

static bool is_hex(uint8_t c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static found at_bang(ohm_d0_walk *w, uint8_t c)
{
    w->check ^= c;
    if (c == '\n') {
        w->phase = AT_AFTER;
        return w->empty_line ? FOUND_READOUT : FOUND_BYTE;
    }
    w->has_digits = w->has_digits || is_hex(c);
    bool ends = c == '\r' || is_hex(c);
    return ends && w->at - w->bang <= END_MAX ? FOUND_BYTE : FOUND_WRONG;
}

/* One byte further; a readout's last byte is passed when it is found, the one behind it not. */
static found step(ohm_d0 *d)
{
    ohm_d0_walk *w = &d->walk;
    const uint8_t *b = d->window + d->head;
    if (w->at >= d->tail - d->head)
        return FOUND_MORE;
    uint8_t c = b[w->at];
    found result = FOUND_BYTE;
    switch ((phase)w->phase) {
    case AT_IDENT:
        w->phase = c == '\n' ? AT_HEAD : AT_IDENT;
        break;
    case AT_HEAD:
        result = at_head(w, c);
        break;
    case AT_DATA:
        result = at_data(w, c, b[w->at - 1]);
        break;
    case AT_BANG:
        result = at_bang(w, c);
        break;
    case AT_AFTER:
        if (c != ETX)
            return FOUND_READOUT;
        w->check ^= c;
        w->phase = AT_CHECK;
        break;
    case AT_CHECK:
        result = c == w->check && w->bang > 0 ? FOUND_READOUT : FOUND_BAD_CHECK;
        break;
    }
    w->at++;
    return result;
}

/* --- readouts ----------------------------------------------------------------------------------
 */

/* Telegrams of P1 look like readouts, but their checksum is theirs to check: they have it, say
 * their version, or all their addresses are of the form A-B:C.D.E. */
static bool is_telegram(const ohm_d0 *d)
{
    static const uint8_t version[OHM_OBIS_LEN] = { 1, 3, 0, 2, 8, 255 };
    const ohm_readout *r = &d->message.readout;
    bool all = true;
    for (int i = 0; i < r->count && all; i++) {
        ohm_span a = r->sets[i].address;
        all = memchr(a.ptr, '-', a.len) && memchr(a.ptr, ':', a.len) && !memchr(a.ptr, '*', a.len);
    }
    return d->walk.has_digits || all || ohm_readout_find(r, version) != NULL;
}

/* May a readout come without a block check? */
static bool may_lack_check(const ohm_d0 *d)
{
    if (d->damaged)
        return true;
    if (d->config.checked_only || d->has_check)
        return false;
    return d->config.recorded || (d->walk.empty_line && !d->walk.stx);
}

/* What the walk went over. OHM_MORE: nothing of it, go on. */
static ohm_code take(ohm_d0 *d, bool checked, const ohm_d0_message **message, ohm_d0_reject *reject)
{
    const ohm_d0_walk w = d->walk;
    const char *what = "a readout without its block check";
    ohm_d0_message *m = &d->message;
    memcpy(d->text, d->window + d->head, w.bang);
    const uint8_t *line = memchr(d->text, '\n', w.bang);
    ohm_span ident = ohm_span_of(d->text, line ? (size_t)(line - d->text) : 0);
    ohm_code code = OHM_BAD_CHECKSUM;
    if (checked || may_lack_check(d))
        code = ohm_d0_read(ident, ohm_span_of(d->text + w.data_at, w.bang - w.data_at), m, &what);
    if (code == OHM_OK && d->config.among_others && !checked && !d->damaged && is_telegram(d)) {
        code = OHM_UNSUPPORTED;
        what = "a telegram of P1, not a readout of IEC 62056-21";
    }
    m->checked = checked;
    m->damaged = d->damaged;
    d->damaged = false;
    if (code != OHM_OK) {
        code = damage(d, w.at, reject, code, what);
        return code == OHM_OK ? OHM_MORE : code;
    }
    d->has_check = d->has_check || checked;
    m->offset = d->offset;
    d->counters.frames++;
    d->counters.messages++;
    d->muted_until = 0;
    advance(d, w.at);
    *message = m;
    return OHM_OK;
}

/* In a recording the same readout is given out by the next call. */
static ohm_code bad_check(ohm_d0 *d, ohm_d0_reject *reject, const char *what)
{
    if (!d->config.recorded || d->offset < d->muted_until)
        return damage(d, d->walk.at, reject, OHM_BAD_CHECKSUM, what);
    d->damaged = true;
    d->counters.bad_check++;
    d->muted_until = d->offset + d->walk.at;
    return refuse(d, reject, OHM_BAD_CHECKSUM, what);
}

/* As take, of a readout that has no block check. */
static ohm_code take_unchecked(ohm_d0 *d, const ohm_d0_message **message, ohm_d0_reject *reject)
{
    if (!d->config.recorded || !d->has_check || d->damaged)
        return take(d, false, message, reject);
    ohm_code code = bad_check(d, reject, "a readout without the block check that one before had");
    return code == OHM_OK ? OHM_MORE : code;
}

/* Nothing but the ends of lines behind the "!" of data whose ETX never came? */
static bool ends_behind_bang(const ohm_d0 *d)
{
    const uint8_t *b = d->window + d->head;
    for (size_t i = d->walk.bang + 1; i < d->tail - d->head; i++)
        if (b[i] != '\r' && b[i] != '\n')
            return false;
    return d->walk.bang > 0;
}

/* After the last byte. OHM_MORE: there may be something behind what was given up. */
static ohm_code end(ohm_d0 *d, const ohm_d0_message **message, ohm_d0_reject *reject)
{
    size_t left = d->tail - d->head;
    uint8_t at = d->walk.phase;
    bool whole = at == AT_BANG || at == AT_AFTER || (at == AT_DATA && ends_behind_bang(d));
    if (left > 0 && whole)
        return take_unchecked(d, message, reject);
    if (left >= READOUT_MIN) {
        ohm_code code = damage(d, left, reject, OHM_GAP, "the stream ends inside a readout");
        return code == OHM_OK ? OHM_MORE : code;
    }
    d->counters.bytes_skipped += left;
    advance(d, left);
    if (d->counters.bytes > 0 && d->counters.frames == 0 && !d->told)
        return refuse(d, reject, OHM_BAD_FORMAT,
                      "no readout in all these bytes: another protocol, or wrong speed");
    return OHM_END;
}

/* The next thing in the window. OHM_MORE: more bytes are needed; OHM_CONFLICT: go on. */
static ohm_code look(ohm_d0 *d, const ohm_d0_message **message, ohm_d0_reject *reject)
{
    ohm_code code = OHM_MORE;
    found what = FOUND_BYTE;
    if (d->damaged) {
        code = take(d, false, message, reject);
        return code == OHM_MORE ? OHM_CONFLICT : code;
    }
    while (what == FOUND_BYTE && d->walk.at < OHM_D0_BLOCK_MAX)
        what = step(d);
    switch (what) {
    case FOUND_MORE:
        return OHM_MORE;
    case FOUND_READOUT:
        code = d->walk.phase == AT_CHECK ? take(d, true, message, reject)
                                         : take_unchecked(d, message, reject);
        return code == OHM_MORE ? OHM_CONFLICT : code;
    case FOUND_RESTART:
        code = damage(d, d->walk.at - 1, reject, OHM_GAP,
                      "a readout is cut short: the next one begins in it");
        break;
    case FOUND_WRONG:
        code = damage(d, d->walk.at, reject, OHM_BAD_FORMAT,
                      "a readout that does not follow its format");
        break;
    case FOUND_BAD_CHECK:
        code = bad_check(d, reject, "the block check of a readout is wrong");
        break;
    case FOUND_BYTE:
        code = damage(d, d->walk.at, reject, OHM_TOO_BIG, "a readout longer than 32 KiB");
        break;
    }
    return code == OHM_OK ? OHM_CONFLICT : code;
}

ohm_code ohm_d0_next(ohm_d0 *d, ohm_span *in, const ohm_d0_message **message, ohm_d0_reject *reject)
{
    for (;;) {
        ohm_code code = seek_start(d) ? look(d, message, reject) : OHM_MORE;
        if (code == OHM_CONFLICT)
            continue;
        if (code == OHM_MORE && in->len > 0) {
            fill(d, in);
            continue;
        }
        if (code == OHM_MORE && d->finished) {
            code = end(d, message, reject);
            if (code == OHM_MORE)
                continue;
        }
        return code;
    }
}
