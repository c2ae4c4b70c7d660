#include "wire/p1.h"

#include "wire/glo.h"

/* The window keeps the bytes since the last good telegram. A start that leads to none costs its
 * first byte only, and the search goes on behind it. */
enum {
    CRC_DIGITS = 4,
    GLO_TITLE_AT = 2,
    GLO_LENGTH_AT = GLO_TITLE_AT + OHM_SYSTEM_TITLE_LEN,
    END_MAX = 8, /* of a line's end, "!", the CRC and what follows it */
    IDENT_MAX = 80,
    STX = 0x02, /* some write it for the "\\2" of an identification */
    CONTROL = OHM_GLO_AUTHENTICATED | OHM_GLO_ENCRYPTED, /* suite 0 */
    TELEGRAM_MIN = 16, /* bytes before which a start is not looked at twice */
    DEFAULT_KEY_LEN = 16,
};

/* Luxmetering's document gives the authentication key to everybody: it proves the key that is
 * kept secret. */
static const uint8_t default_auth_key[DEFAULT_KEY_LEN] = {
    0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
};

void ohm_p1_init(ohm_p1 *p, const ohm_p1_config *config)
{
    assert(config->auth_key_len <= OHM_P1_KEY_MAX);
    /* The buffers stay as they are: untouched pages cost nothing. */
    p->config = *config;
    p->counters = (ohm_p1_counters){ 0 };
    p->offset = 0;
    p->muted_until = 0;
    p->head = p->tail = 0;
    p->told = p->has_crc = false;
    ohm_p1_reset(p);
}

void ohm_p1_reset(ohm_p1 *p)
{
    p->offset += p->tail - p->head;
    p->head = p->tail = p->scan = 0;
    p->finished = false;
}

void ohm_p1_finish(ohm_p1 *p)
{
    p->finished = true;
}

static ohm_code refuse(ohm_p1 *p, ohm_p1_reject *reject, ohm_code code, const char *stage,
                       const char *what)
{
    p->told = true;
    *reject = (ohm_p1_reject){ .offset = p->offset, .code = code, .stage = stage, .what = what };
    return code;
}

static void advance(ohm_p1 *p, size_t n)
{
    p->head += n;
    p->offset += n;
    p->scan = p->head;
}

static void fill(ohm_p1 *p, ohm_span *in)
{
    if (p->head > 0) {
        memmove(p->window, p->window + p->head, p->tail - p->head);
        p->scan -= p->head;
        p->tail -= p->head;
        p->head = 0;
    }
    size_t room = sizeof p->window - p->tail;
    size_t n = in->len < room ? in->len : room;
    memcpy(p->window + p->tail, in->ptr, n);
    p->tail += n;
    *in = ohm_span_part(*in, n, in->len - n);
    p->counters.bytes += n;
}

/* --- what may begin ----------------------------------------------------------------------------
 */

static bool is_letter(uint8_t c)
{
    c |= 0x20;
    return c >= 'a' && c <= 'z';
}

/* A line of text that begins with three letters. */
static bool may_identify(const uint8_t *b, size_t len)
{
    for (size_t i = 1; i < len && b[i] != '\n'; i++)
        if ((i < 4 && !is_letter(b[i])) || i == IDENT_MAX || b[i] == 0x7f ||
            (b[i] < ' ' && b[i] != '\r' && b[i] != STX))
            return false;
    return true;
}

/* Can these bytes be the beginning of a telegram, as far as they have come? */
static bool may_begin(const uint8_t *b, size_t len)
{
    if (b[0] == '/')
        return may_identify(b, len);
    if (b[0] != OHM_GLO_TAG || (len > 1 && b[1] != OHM_SYSTEM_TITLE_LEN))
        return false;
    size_t size = 0;
    ohm_code code = ohm_glo_size(ohm_span_of(b, len), &size);
    if (code != OHM_OK)
        return code == OHM_MORE;
    size_t at = GLO_LENGTH_AT + 1 + (b[GLO_LENGTH_AT] & 0x80 ? b[GLO_LENGTH_AT] & 0x7fu : 0);
    return size <= OHM_P1_TELEGRAM_MAX && (len <= at || b[at] == CONTROL);
}

/* Passes what can't begin a telegram; false if nothing is left. */
static bool seek_start(ohm_p1 *p)
{
    while (p->head < p->tail && !may_begin(p->window + p->head, p->tail - p->head)) {
        uint8_t c = p->window[p->head];
        p->counters.bytes_skipped += c != '\r' && c != '\n';
        advance(p, 1);
    }
    return p->head < p->tail;
}

/* Gives the start up. Damage is told once for all the starts that the same bytes seem to hold. */
static ohm_code damage(ohm_p1 *p, size_t claimed, ohm_p1_reject *reject, ohm_code code,
                       const char *what)
{
    bool muted = p->offset < p->muted_until;
    if (!muted) {
        p->muted_until = p->offset + claimed;
        if (code == OHM_BAD_CHECKSUM)
            p->counters.bad_crc++;
        else if (code == OHM_GAP)
            p->counters.gaps++;
        else
            p->counters.bad_format++;
        (void)!refuse(p, reject, code, "frame", what);
    }
    p->counters.bytes_skipped++;
    advance(p, 1);
    return muted ? OHM_OK : code;
}

/* --- plain telegrams ---------------------------------------------------------------------------
 */

typedef enum found {
    FOUND_MORE,
    FOUND_BANG,    /* scan is at the "!" of the end */
    FOUND_RESTART, /* scan is at a "/" that begins a line */
    FOUND_TOO_BIG,
} found;

static found seek_end(ohm_p1 *p)
{
    for (;;) {
        const uint8_t *line = memchr(p->window + p->scan, '\n', p->tail - p->scan);
        p->scan = line ? (size_t)(line - p->window) : p->tail;
        if (p->scan - p->head > OHM_P1_TELEGRAM_MAX - END_MAX)
            return FOUND_TOO_BIG;
        if (p->tail - p->scan < 2) /* what follows the line's end must have come */
            return FOUND_MORE;
        p->scan++;
        if (p->window[p->scan] == '!')
            return FOUND_BANG;
        if (p->window[p->scan] == '/')
            return FOUND_RESTART;
    }
}

static bool is_hex(uint8_t c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* The telegram's size once its CRC's digits are all there; 0: they may go on. */
static size_t size_at_bang(const ohm_p1 *p)
{
    size_t at = p->scan + 1, digits = 0;
    while (at < p->tail && digits < CRC_DIGITS && is_hex(p->window[at])) {
        at++;
        digits++;
    }
    if (digits < CRC_DIGITS && at == p->tail && !p->finished)
        return 0;
    /* What ends the digits belongs to it, unless it begins the next one. */
    bool tells = digits < CRC_DIGITS && at < p->tail && p->window[at] != '/';
    return at - p->head + tells;
}

static ohm_code give(ohm_p1 *p, const ohm_p1_message **message)
{
    p->counters.messages++;
    p->message.offset = p->offset;
    *message = &p->message;
    return OHM_OK;
}

/* The plain telegram of `size` bytes at the window's head; OHM_MORE: nothing of it, go on. */
static ohm_code take_plain(ohm_p1 *p, size_t size, bool cut, const ohm_p1_message **message,
                           ohm_p1_reject *reject)
{
    const char *what = NULL;
    ohm_p1_message *m = &p->message;
    memcpy(p->text, p->window + p->head, size);
    unsigned trust = (cut ? OHM_P1_CUT : 0u) | (p->has_crc ? OHM_P1_HAS_CRC : 0u);
    ohm_code code = ohm_p1_read_telegram(ohm_span_of(p->text, size), trust, m, &what);
    if (code != OHM_OK && cut) {
        code = OHM_GAP;
        what = "the stream ends inside a telegram";
    }
    if (code != OHM_OK) {
        code = damage(p, size, reject, code, what);
        return code == OHM_OK ? OHM_MORE : code;
    }
    m->ciphered = false;
    p->has_crc = p->has_crc || m->checked;
    p->counters.frames++;
    p->muted_until = 0;
    if (p->config.aead) {
        p->counters.refused++;
        (void)!refuse(p, reject, OHM_DENIED, "cipher", "a plain telegram, though a key is set");
        advance(p, size);
        return OHM_DENIED;
    }
    code = give(p, message);
    advance(p, size);
    return code;
}

/* --- ciphered telegrams ------------------------------------------------------------------------
 */

static ohm_code refuse_cipher(ohm_p1 *p, const ohm_glo *glo, ohm_p1_reject *reject, ohm_code code,
                              const char *what)
{
    (void)!refuse(p, reject, code, "cipher", what);
    reject->has_title = true;
    memcpy(reject->title, glo->title.ptr, sizeof reject->title);
    reject->counter = glo->counter;
    return code;
}

/* The text in the clear, if the tag proves it. */
static ohm_code decipher(ohm_p1 *p, const ohm_glo *glo)
{
    const ohm_p1_config *c = &p->config;
    const uint8_t *auth_key = c->auth_key_len > 0 ? c->auth_key : default_auth_key;
    size_t auth_key_len = c->auth_key_len > 0 ? c->auth_key_len : sizeof default_auth_key;
    ohm_aead_text t = {
        .aad = { ohm_span_of(&glo->control, 1), ohm_span_of(auth_key, auth_key_len) },
        .text = p->text,
        .len = glo->text.len,
    };
    memcpy(t.nonce, glo->title.ptr, OHM_SYSTEM_TITLE_LEN);
    ohm_put_be32(t.nonce + OHM_SYSTEM_TITLE_LEN, glo->counter);
    memcpy(p->text, glo->text.ptr, glo->text.len);
    memcpy(t.tag, glo->tag.ptr, sizeof t.tag);
    return c->aead->open(c->aead->ctx, &t);
}

/* Whether we would believe this sender, before any key is used. */
static ohm_code check_sender(ohm_p1 *p, const ohm_glo *glo, ohm_p1_reject *reject)
{
    const ohm_p1_config *c = &p->config;
    if (!c->aead) {
        p->counters.no_key++;
        return refuse_cipher(p, glo, reject, OHM_NO_KEY,
                             "the telegram is ciphered and no key is configured");
    }
    bool stranger =
        c->pin_first && c->guard && ohm_replay_is_stranger(c->guard, glo->title.ptr, c->key_id);
    if (stranger || (c->pin_title && memcmp(glo->title.ptr, c->title, sizeof c->title) != 0)) {
        p->counters.refused++;
        p->counters.strangers++;
        return refuse_cipher(p, glo, reject, OHM_DENIED, "another meter's system title");
    }
    if (c->guard && ohm_replay_check(c->guard, glo->title.ptr, c->key_id, glo->counter) != OHM_OK) {
        p->counters.replays++;
        return refuse_cipher(p, glo, reject, OHM_REPLAYED, "the telegram was seen before");
    }
    return OHM_OK;
}

static ohm_code read_ciphered(ohm_p1 *p, const ohm_glo *glo, ohm_p1_reject *reject)
{
    const char *what = NULL;
    ohm_p1_message *m = &p->message;
    ohm_code code = check_sender(p, glo, reject);
    if (code != OHM_OK)
        return code;
    if (decipher(p, glo) != OHM_OK) {
        p->counters.tag_failures++;
        return refuse_cipher(p, glo, reject, OHM_BAD_TAG,
                             "the keys don't open the telegram: a wrong key, or a forgery");
    }
    code = ohm_p1_read_telegram(ohm_span_of(p->text, glo->text.len), OHM_P1_PROVEN, m, &what);
    if (code != OHM_OK) {
        p->counters.bad_format++;
        return refuse_cipher(p, glo, reject, code, what);
    }
    if (p->config.guard)
        ohm_replay_accept(p->config.guard, glo->title.ptr, p->config.key_id, glo->counter);
    m->ciphered = true;
    m->control = glo->control;
    m->counter = glo->counter;
    memcpy(m->title, glo->title.ptr, sizeof m->title);
    return OHM_OK;
}

/* A refused frame may be none at all: only its first byte is passed, and what else it seems to
 * hold is not told. */
static ohm_code take_ciphered(ohm_p1 *p, const ohm_p1_message **message, ohm_p1_reject *reject)
{
    ohm_glo glo;
    ohm_code code = ohm_glo_parse(ohm_span_of(p->window + p->head, p->tail - p->head), &glo);
    if (code == OHM_MORE)
        return OHM_MORE;
    if (code != OHM_OK) {
        code = damage(p, 1, reject, code, "no ciphered telegram");
        return code == OHM_OK ? OHM_CONFLICT : code;
    }
    bool muted = p->offset < p->muted_until;
    ohm_p1_counters before = p->counters;
    code = read_ciphered(p, &glo, reject);
    if (code == OHM_OK) {
        p->counters.frames++;
        p->muted_until = 0;
        code = give(p, message);
        advance(p, glo.size);
        return code;
    }
    if (muted)
        p->counters = before;
    else
        p->muted_until = p->offset + glo.size;
    p->counters.bytes_skipped++;
    advance(p, 1);
    return muted ? OHM_CONFLICT : code;
}

/* --- the stream --------------------------------------------------------------------------------
 */

/* After the last byte: what has begun is cut, or an old telegram without its "!". OHM_MORE: there
 * may be something behind. */
static ohm_code end(ohm_p1 *p, const ohm_p1_message **message, ohm_p1_reject *reject)
{
    size_t left = p->tail - p->head;
    if (left > 0 && p->window[p->head] == '/' && p->window[p->tail - 1] == '\n' &&
        left <= OHM_P1_TELEGRAM_MAX)
        return take_plain(p, left, true, message, reject);
    if (left >= TELEGRAM_MIN) {
        ohm_code code = damage(p, left, reject, OHM_GAP, "the stream ends inside a telegram");
        return code == OHM_OK ? OHM_MORE : code;
    }
    p->counters.bytes_skipped += left;
    advance(p, left);
    if (p->counters.bytes > 0 && p->counters.frames == 0 && !p->told)
        return refuse(p, reject, OHM_BAD_FORMAT, "frame",
                      "no telegram in all these bytes: another protocol, or wrong speed");
    return OHM_END;
}

/* One step on plain text: OHM_CONFLICT when it only passed something. */
static ohm_code step_plain(ohm_p1 *p, const ohm_p1_message **message, ohm_p1_reject *reject)
{
    ohm_code code = OHM_MORE;
    size_t size = 0;
    switch (seek_end(p)) {
    case FOUND_MORE:
        return OHM_MORE;
    case FOUND_BANG:
        size = size_at_bang(p);
        if (size == 0) {
            p->scan--; /* the line's end is looked for again */
            return OHM_MORE;
        }
        code = take_plain(p, size, false, message, reject);
        return code == OHM_MORE ? OHM_CONFLICT : code;
    case FOUND_RESTART:
        code = damage(p, p->scan - p->head, reject, OHM_GAP,
                      "a telegram is cut short: the next one begins in it");
        break;
    case FOUND_TOO_BIG:
        code = damage(p, OHM_P1_TELEGRAM_MAX, reject, OHM_TOO_BIG, "a telegram longer than 16 KiB");
        break;
    }
    return code == OHM_OK ? OHM_CONFLICT : code;
}

ohm_code ohm_p1_next(ohm_p1 *p, ohm_span *in, const ohm_p1_message **message, ohm_p1_reject *reject)
{
    for (;;) {
        ohm_code code = OHM_MORE;
        if (seek_start(p))
            code = p->window[p->head] == '/' ? step_plain(p, message, reject)
                                             : take_ciphered(p, message, reject);
        if (code == OHM_CONFLICT)
            continue;
        if (code == OHM_MORE && in->len > 0) {
            fill(p, in);
            continue;
        }
        if (code == OHM_MORE && p->finished) {
            code = end(p, message, reject);
            if (code == OHM_MORE)
                continue;
        }
        return code;
    }
}
