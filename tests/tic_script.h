/* Streams of the TIC, written so that a test can be read: in a script
 *     {PAPP 00440}      is a group of historic mode, with its checksum
 *     {PAPP|00440}      one of standard mode; {UMOY1|H261120120000|230} with a date
 *     {PAPP 00440#}     either, with a wrong checksum
 *     ^ $ @             are STX, ETX and EOT
 * and any other byte stands for itself. And what a decoder makes of them, as a line of text. */
#ifndef OHM_TESTS_TIC_SCRIPT_H
#define OHM_TESTS_TIC_SCRIPT_H

#include <stdio.h>
#include <stdlib.h>

#include "wire/tic_encode.h"

enum { TIC_BYTES_MAX = 8192, TIC_OUTCOME_MAX = 4096 };

typedef struct tic_bytes {
    uint8_t bytes[TIC_BYTES_MAX];
    size_t len;
} tic_bytes;

static inline ohm_span tic_span(const tic_bytes *b)
{
    return (ohm_span){ b->bytes, b->len };
}

static inline void tic_script_group(ohm_writer *w, const char *from, const char *to)
{
    bool wrong = to[-1] == '#';
    const char *end = wrong ? to - 1 : to;
    const char *bar = memchr(from, '|', (size_t)(end - from));
    const char *first = bar ? bar : memchr(from, ' ', (size_t)(end - from));
    const char *second = bar ? memchr(bar + 1, '|', (size_t)(end - bar - 1)) : NULL;
    ohm_span date = { NULL, 0 };
    if (second)
        date = ohm_span_of(first + 1, (size_t)(second - first - 1));
    const char *text = (second ? second : first) + 1;
    ohm_tic_put(w, bar ? OHM_TIC_STANDARD : OHM_TIC_HISTORIC,
                ohm_span_of(from, (size_t)(first - from)), date,
                ohm_span_of(text, (size_t)(end - text)));
    if (wrong)
        w->ptr[w->len - 2] ^= 1;
}

static inline tic_bytes tic_script(const char *script)
{
    tic_bytes b;
    ohm_writer w = ohm_writer_over(b.bytes, sizeof b.bytes);
    for (const char *p = script; *p; p++) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        if (end) {
            tic_script_group(&w, p + 1, end);
            p = end;
        } else {
            ohm_put_u8(&w, *p == '^' ? 2 : *p == '$' ? 3 : *p == '@' ? 4 : (uint8_t)*p);
        }
    }
    if (w.full)
        abort();
    b.len = w.len;
    return b;
}

typedef struct tic_outcome {
    char text[TIC_OUTCOME_MAX];
    size_t len;
} tic_outcome;

static inline void tic_say(tic_outcome *o, const void *text, size_t len)
{
    if (len >= sizeof o->text - o->len)
        abort();
    memcpy(o->text + o->len, text, len);
    o->len += len;
    o->text[o->len] = 0;
}

static inline void tic_say_word(tic_outcome *o, const char *word)
{
    tic_say(o, word, strlen(word));
}

/* "[ADCO PAPP]1+": a whole frame of a single-phase meter; "-" for one that lacks an end, "p" for
 * a producer, "o" for an overrun; "(ADPS)" an overrun at once; "!sum" and "!form" refusals. */
static inline void tic_say_message(tic_outcome *o, const ohm_tic_message *m)
{
    bool event = m->kind == OHM_TIC_OVERRUN;
    tic_say_word(o, event ? "(" : "[");
    for (unsigned i = 0; i < m->count; i++) {
        ohm_tic_value v = ohm_tic_at(m, i);
        tic_say_word(o, i ? " " : "");
        tic_say(o, v.label.ptr, v.label.len);
    }
    tic_say_word(o, event ? ")" : "]");
    if (event)
        return;
    tic_say_word(o, m->phases == 3 ? "3" : m->phases == 1 ? "1" : "?");
    tic_say_word(o, m->complete ? "+" : "-");
    tic_say_word(o, m->producer ? "p" : "");
    tic_say_word(o, m->overrun ? "o" : "");
}

/* All that comes of these bytes, given `chunk` at a time, to the end. */
static inline tic_outcome tic_decode(ohm_tic *d, ohm_span bytes, size_t chunk, bool events)
{
    const ohm_tic_config config = { .events = events };
    tic_outcome o = { .len = 0 };
    o.text[0] = 0;
    ohm_tic_init(d, &config);
    for (;;) {
        ohm_span in = ohm_span_part(bytes, 0, bytes.len < chunk ? bytes.len : chunk);
        bytes = ohm_span_part(bytes, in.len, bytes.len - in.len);
        const ohm_tic_message *m;
        ohm_tic_reject reject;
        ohm_code code;
        while ((code = ohm_tic_next(d, &in, &m, &reject)) != OHM_MORE && code != OHM_END) {
            if (code == OHM_OK)
                tic_say_message(&o, m);
            else
                tic_say_word(&o, code == OHM_BAD_CHECKSUM ? "!sum" : "!form");
        }
        if (code == OHM_END)
            return o;
        if (bytes.len == 0)
            ohm_tic_finish(d);
    }
}

#endif
