/* A listener rests whenever nothing is under way: what it hears afterwards is the same, in any
 * pieces, and nothing of a message stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../pushes.h"
#include "../sml_files.h"
#include "../telegrams.h"
#include "../tic_script.h"
#include "meter/decoder.h"

enum { STREAM_MAX = 16384, SAID_MAX = 1 << 17, MESSAGES = 3 };

typedef struct stream {
    uint8_t bytes[STREAM_MAX];
    size_t len;
} stream;

static void add(stream *s, ohm_span bytes)
{
    assert_true(bytes.len <= sizeof s->bytes - s->len);
    memcpy(s->bytes + s->len, bytes.ptr, bytes.len);
    s->len += bytes.len;
}

static void add_push(stream *s, uint32_t i)
{
    const push apdu = push_e450_list(25149419 + i), framed = push_hdlc(&apdu, 120);
    /* Two frames may share their flag, which is held from the one to the other. */
    bool shared = s->len > 0 && i % 2 == 1;
    add(s, ohm_span_part(push_span(&framed), shared, framed.len - shared));
}

static void add_blocks(stream *s, uint32_t i)
{
    const push apdu = push_e450_list(25149419 + i), framed = push_gbt(&apdu);
    add(s, push_span(&framed));
}

static void add_sml(stream *s, uint32_t i)
{
    const sml_bytes file = sml_household(123456 + i, 300);
    add(s, sml_span(&file));
}

static void add_telegram(stream *s, uint32_t i)
{
    const telegram t = telegram_household(4711082 + i, 300);
    add(s, telegram_span(&t));
}

static void add_readout(stream *s, uint32_t i)
{
    uint8_t bytes[256];
    static const ohm_readout_number_form import = { "1.8.0", "kWh", 6, 3 };
    ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
    ohm_put_text(&w, "/OHM5x\r\n");
    size_t stx = w.len;
    ohm_put_u8(&w, 0x02);
    ohm_readout_put_number(&w, &import, 1000 + i);
    ohm_d0_put_end(&w, stx);
    assert_false(w.full);
    add(s, ohm_writer_span(&w));
}

/* Every other frame behind bytes that belong to none, and the last one cut by the meter. */
static void add_tic(stream *s, uint32_t i)
{
    char script[160];
    (void)snprintf(script, sizeof script,
                   "%s^\n{ADCO 021861348497}{BASE %09u}{PAPP 0%u440}{IINST 00%u}%s",
                   i % 2 ? "??" : "", 1000 + i, i, i, i == MESSAGES - 1 ? "@" : "$");
    const tic_bytes frame = tic_script(script);
    add(s, tic_span(&frame));
}

static char said[2][SAID_MAX];
static uint8_t json_bytes[1 << 16];

/* All that comes of it, as text; returns how many messages. */
static int hear(const char *protocol, const stream *s, size_t piece, bool rests, char *out)
{
    const ohm_protocol_config config = { .line = true, .live = true };
    ohm_decoder *d = NULL;
    size_t len = 0;
    int messages = 0;
    assert_int_equal(ohm_decoder_open(protocol, &config, &d).code, OHM_OK);
    if (rests)
        ohm_decoder_rest(d);
    for (size_t from = 0; from < s->len; from += piece) {
        size_t n = s->len - from < piece ? s->len - from : piece;
        ohm_span in = ohm_span_of(s->bytes + from, n);
        const void *message = NULL;
        ohm_protocol_reject reject;
        ohm_code code;
        while ((code = ohm_decoder_next(d, &in, &message, &reject)) != OHM_MORE) {
            ohm_json json;
            size_t wanted = 0;
            assert_int_equal(code, OHM_OK);
            ohm_json_init(&json, (char *)json_bytes, sizeof json_bytes);
            ohm_decoder_protocol(d)->json(&json, message, &(ohm_meter_clock){ .tz = NULL });
            assert_int_equal(ohm_json_finish(&json, &wanted), OHM_OK);
            assert_true(wanted < SAID_MAX - len);
            memcpy(out + len, json_bytes, wanted);
            len += wanted;
            messages++;
        }
        if (rests)
            ohm_decoder_rest(d);
    }
    ohm_meter_counters seen = { 0 };
    ohm_decoder_count(d, &seen);
    assert_int_equal(seen.messages, messages);
    assert_int_equal(seen.bytes, s->len);
    (void)snprintf(out + len, SAID_MAX - len, " frames %d skipped %d bad %d gaps %d",
                   (int)seen.frames, (int)seen.bytes_skipped, (int)seen.bad_fcs, (int)seen.gaps);
    ohm_decoder_free(d);
    return messages;
}

static void the_same_is_heard(void **state)
{
    (void)state;
    static const struct {
        const char *why, *protocol;
        void (*add)(stream *, uint32_t);
        int each; /* messages */
    } rows[] = {
        { "HDLC segments", "dlms", add_push, 1 },
        { "general-block-transfer", "dlms", add_blocks, 1 },
        { "SML", "sml", add_sml, 1 },
        { "P1", "p1", add_telegram, 1 },
        { "a readout", "d0", add_readout, 1 },
        { "TIC", "tic", add_tic, 1 },
        { "a line of which nothing is known", "auto", add_telegram, 1 },
    };
    static const size_t pieces[] = { 1, 7, 64, STREAM_MAX };
    static stream s;
    for (size_t i = 0; i < 4 * sizeof rows / sizeof *rows; i++) {
        size_t row = i / 4, piece = pieces[i % 4];
        s.len = 0;
        for (uint32_t n = 0; n < MESSAGES; n++)
            rows[row].add(&s, n);
        int awake = hear(rows[row].protocol, &s, piece, false, said[0]);
        int resting = hear(rows[row].protocol, &s, piece, true, said[1]);
        if (awake != MESSAGES * rows[row].each || resting != awake || strcmp(said[0], said[1]) != 0)
            fail_msg("%s by %zu: %d and %d messages: %s", rows[row].why, piece, awake, resting,
                     said[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_same_is_heard) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
