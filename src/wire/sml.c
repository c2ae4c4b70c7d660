#include "wire/sml.h"

#include "wire/crc16.h"

/* The window keeps the bytes since the last good file, as they came. A start that leads to no
 * good file costs its first byte only, and the search goes on behind it. */
enum {
    ESCAPE_LEN = 4,
    START_LEN = 8,
    ESCAPE = 0x1b,
    END_MARK = 0x1a,
    PADDING_MAX = 3,
    OVERHEAD = 16,     /* start and end sequence */
    KERMIT_INIT = 0x0, /* and no final inversion */
};

static const uint8_t start_mark[START_LEN] = { ESCAPE, ESCAPE, ESCAPE, ESCAPE, 1, 1, 1, 1 };

void ohm_sml_init(ohm_sml *s)
{
    /* The buffers stay as they are: untouched pages cost nothing. */
    s->counters = (ohm_sml_counters){ 0 };
    s->message.count = 0;
    s->offset = 0;
    s->muted_until = 0;
    s->head = s->tail = 0;
    s->told = false;
    ohm_sml_reset(s);
}

void ohm_sml_reset(ohm_sml *s)
{
    s->offset += s->tail - s->head;
    s->head = s->tail = s->scan = 0;
    s->file_len = s->file_at = 0;
    s->finished = false;
}

void ohm_sml_finish(ohm_sml *s)
{
    s->finished = true;
}

static ohm_code refuse(ohm_sml *s, ohm_sml_reject *reject, ohm_code code, const char *stage,
                       const char *what)
{
    s->told = true;
    *reject = (ohm_sml_reject){ .code = code, .stage = stage, .what = what };
    reject->offset = s->file_len > 0 ? s->file_offset : s->offset;
    return code;
}

/* --- the window --------------------------------------------------------------------------------
 */

static void advance(ohm_sml *s, size_t n)
{
    s->head += n;
    s->offset += n;
    s->scan = s->head;
}

static void fill(ohm_sml *s, ohm_span *in)
{
    if (s->head > 0) {
        memmove(s->window, s->window + s->head, s->tail - s->head);
        s->scan -= s->head;
        s->tail -= s->head;
        s->head = 0;
    }
    size_t room = sizeof s->window - s->tail;
    size_t n = in->len < room ? in->len : room;
    memcpy(s->window + s->tail, in->ptr, n);
    s->tail += n;
    *in = ohm_span_part(*in, n, in->len - n);
    s->counters.bytes += n;
}

/* Passes what can't begin a file; true if the window now begins with a whole start mark. */
static bool seek_start(ohm_sml *s)
{
    size_t at = s->head;
    while (at < s->tail) {
        const uint8_t *p = memchr(s->window + at, ESCAPE, s->tail - at);
        at = p ? (size_t)(p - s->window) : s->tail;
        size_t known = s->tail - at < START_LEN ? s->tail - at : START_LEN;
        if (memcmp(s->window + at, start_mark, known) == 0)
            break;
        at++;
    }
    if (at > s->head) {
        s->counters.bytes_skipped += at - s->head;
        advance(s, at - s->head);
    }
    return s->tail - s->head >= START_LEN;
}

/* --- from the start mark to the end mark -------------------------------------------------------
 */

typedef enum found {
    FOUND_MORE,
    FOUND_END,     /* scan is at the end's escape */
    FOUND_RESTART, /* scan is at another file's start */
    FOUND_WRONG,   /* an escape that means nothing */
    FOUND_TOO_BIG,
} found;

/* Looks for the file's end from where it was left. */
static found seek_end(ohm_sml *s)
{
    if (s->scan == s->head)
        s->scan = s->head + START_LEN;
    while (s->scan < s->tail) {
        const uint8_t *p = memchr(s->window + s->scan, ESCAPE, s->tail - s->scan);
        s->scan = p ? (size_t)(p - s->window) : s->tail;
        if (s->scan - s->head > OHM_SML_FILE_MAX - 2 * ESCAPE_LEN)
            return FOUND_TOO_BIG;
        size_t left = s->tail - s->scan;
        size_t known = left < ESCAPE_LEN ? left : ESCAPE_LEN;
        if (memcmp(s->window + s->scan, start_mark, known) != 0) {
            s->scan++;
            continue;
        }
        if (left < 2 * ESCAPE_LEN)
            return FOUND_MORE;
        const uint8_t *mark = s->window + s->scan + ESCAPE_LEN;
        if (memcmp(mark, start_mark, ESCAPE_LEN) == 0)
            s->scan += 2 * ESCAPE_LEN;
        else if (memcmp(mark, start_mark + ESCAPE_LEN, ESCAPE_LEN) == 0)
            return FOUND_RESTART;
        else
            return mark[0] == END_MARK ? FOUND_END : FOUND_WRONG;
    }
    return FOUND_MORE;
}

static bool crc_fits(const uint8_t *ptr, size_t len, uint16_t sent)
{
    return sent == ohm_crc16(ptr, len) || sent == ohm_crc16_update(KERMIT_INIT, ptr, len);
}

/* Copies the messages without their escapes and padding. */
static void unescape(ohm_sml *s, size_t padding)
{
    const uint8_t *p = s->window + s->head + START_LEN, *end = s->window + s->scan;
    size_t len = 0;
    while (p < end) {
        bool doubled = end - p >= 2 * ESCAPE_LEN && memcmp(p, start_mark, ESCAPE_LEN) == 0;
        const uint8_t *next =
            doubled ? p + ESCAPE_LEN : memchr(p + 1, ESCAPE, (size_t)(end - p - 1));
        size_t n = (size_t)((next ? next : end) - p);
        memcpy(s->file + len, p, n);
        len += n;
        p += doubled ? 2 * ESCAPE_LEN : n;
    }
    s->file_len = len > padding ? len - padding : 0;
    s->file_at = 0;
}

/* Gives the start up: only its first byte, so that no other start behind it is lost. Damage is
 * told once for all the starts that the same bytes seem to hold. */
static ohm_code damage(ohm_sml *s, ohm_sml_reject *reject, ohm_code code, const char *what)
{
    bool muted = s->offset < s->muted_until;
    if (!muted) {
        s->muted_until = s->offset + (code == OHM_TOO_BIG ? OHM_SML_FILE_MAX : s->scan - s->head);
        if (code == OHM_BAD_CHECKSUM)
            s->counters.bad_crc++;
        else if (code == OHM_GAP)
            s->counters.gaps++;
        else
            s->counters.bad_format++;
        (void)!refuse(s, reject, code, "frame", what);
    }
    s->counters.bytes_skipped++;
    advance(s, 1);
    return muted ? OHM_OK : code;
}

/* The window holds a start, and an end at `scan`. */
static ohm_code take_file(ohm_sml *s, ohm_sml_reject *reject)
{
    const uint8_t *end = s->window + s->scan + ESCAPE_LEN;
    size_t covered = s->scan + ESCAPE_LEN + 2 - s->head;
    if (end[1] > PADDING_MAX || !crc_fits(s->window + s->head, covered, ohm_le16(end + 2)))
        return damage(s, reject, OHM_BAD_CHECKSUM, "the checksum of an SML file is wrong");
    s->counters.frames++;
    s->muted_until = 0;
    unescape(s, end[1]);
    s->file_offset = s->offset;
    advance(s, covered + 2);
    return OHM_OK;
}

/* One step: OHM_OK also when there is something else to look at, OHM_MORE for more bytes. */
static ohm_code step(ohm_sml *s, ohm_sml_reject *reject)
{
    if (!seek_start(s))
        return OHM_MORE;
    switch (seek_end(s)) {
    case FOUND_END:
        return take_file(s, reject);
    case FOUND_RESTART:
        return damage(s, reject, OHM_GAP, "an SML file is cut short: the next one begins in it");
    case FOUND_WRONG:
        return damage(s, reject, OHM_BAD_FORMAT, "an escape sequence that SML does not have");
    case FOUND_TOO_BIG:
        return damage(s, reject, OHM_TOO_BIG, "an SML file longer than 16 KiB");
    case FOUND_MORE:
        break;
    }
    return OHM_MORE;
}

/* After the last byte; OHM_OK: there may be something behind what was given up. */
static ohm_code end(ohm_sml *s, ohm_sml_reject *reject)
{
    if (s->tail - s->head >= START_LEN) {
        s->scan = s->tail;
        return damage(s, reject, OHM_GAP, "the stream ends inside an SML file");
    }
    s->counters.bytes_skipped += s->tail - s->head;
    advance(s, s->tail - s->head);
    if (s->counters.bytes > 0 && s->counters.frames == 0 && !s->told)
        return refuse(s, reject, OHM_BAD_FORMAT, "frame",
                      "no SML file in all these bytes: another protocol, or wrong speed");
    return OHM_END;
}

/* --- messages ----------------------------------------------------------------------------------
 */

/* The next list of the file; OHM_MORE when it holds none any more. A file with an unsound
 * message gives nothing more. */
static ohm_code next_list(ohm_sml *s, ohm_sml_reject *reject)
{
    while (s->file_len > 0) {
        const char *what = NULL;
        size_t used = 0;
        ohm_span file = { s->file, s->file_len };
        ohm_code code = ohm_sml_read_message(file, s->file_at, &used, &s->message, &what);
        if (code != OHM_OK && code != OHM_MORE && code != OHM_END) {
            if (code == OHM_BAD_CHECKSUM)
                s->counters.bad_crc++;
            else
                s->counters.bad_format++;
            (void)!refuse(s, reject, code, "message", what);
            s->file_len = 0;
            return code;
        }
        s->file_at += used;
        if (code == OHM_OK) {
            s->counters.messages++;
            s->message.offset = s->file_offset;
            return OHM_OK;
        }
        s->counters.others += code == OHM_MORE;
        if (code == OHM_END)
            s->file_len = 0;
    }
    return OHM_MORE;
}

ohm_code ohm_sml_next(ohm_sml *s, ohm_span *in, const ohm_sml_message **message,
                      ohm_sml_reject *reject)
{
    for (;;) {
        ohm_code code = next_list(s, reject);
        if (code == OHM_OK)
            *message = &s->message;
        if (code != OHM_MORE)
            return code;
        code = step(s, reject);
        if (code == OHM_MORE && in->len > 0) {
            fill(s, in);
            continue;
        }
        if (code == OHM_MORE && s->finished)
            code = end(s, reject);
        if (code != OHM_OK)
            return code;
    }
}

ohm_code ohm_sml_value_quantise(const ohm_sml_value *value, int64_t *out)
{
    ohm_quantity_id id = (ohm_quantity_id)value->quantity;
    ohm_kind kind = ohm_quantity_get(id)->kind;
    bool number = value->kind == OHM_SML_INTEGER || value->kind == OHM_SML_UNSIGNED;
    if (id == OHM_Q_NONE || kind == OHM_TEXT || kind == OHM_STATE || !number ||
        value->unit != ohm_obis_unit(value->obis))
        return OHM_UNKNOWN;
    if (value->huge)
        return OHM_RANGE;
    return ohm_quantity_quantise(id, value->raw, value->has_scaler ? value->scaler : 0, out);
}
