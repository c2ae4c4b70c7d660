/* What holds for every stream: the same messages in any split, nothing from a damaged push,
 * nothing lost behind damage, and what was encoded comes out again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../pushes.h"
#include "host/crypto_aead.h"
#include "wire/dlms.h"

enum {
    TRANSCRIPT_MAX = 1 << 16,
};

static ohm_crypto_aead *cipher;
static ohm_dlms decoder;

typedef struct transcript {
    int messages, rejections;
    size_t len;
    char text[TRANSCRIPT_MAX];
} transcript;

static void say(transcript *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(transcript *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->text + t->len, sizeof t->text - t->len, format, args);
    va_end(args);
    assert_true(n >= 0 && (size_t)n < sizeof t->text - t->len);
    t->len += (size_t)n;
}

static void say_message(transcript *t, const ohm_dlms_message *m)
{
    say(t, "message invoke=%u counter=%u auth=%d layout=%d profile=%s id=%.*s\n", m->invoke_id,
        m->security.counter, m->security.authenticated, m->layout,
        m->profile ? m->profile->name : "-", (int)m->id.len, (const char *)m->id.ptr);
    for (int i = 0; i < m->count; i++) {
        const ohm_dlms_value *v = &m->values[i];
        say(t, " %d-%d:%d.%d.%d kind=%d raw=%lld unit=%d scaler=%d/%d bytes=", v->obis[0],
            v->obis[1], v->obis[2], v->obis[3], v->obis[4], v->kind, (long long)v->raw, v->unit,
            v->scaler, v->scaler_source);
        for (size_t k = 0; k < v->bytes.len; k++)
            say(t, "%02x", v->bytes.ptr[k]);
        say(t, "\n");
    }
}

static void drain(ohm_span in, transcript *t)
{
    ohm_code code;
    do {
        const ohm_dlms_message *m = NULL;
        ohm_dlms_reject reject;
        code = ohm_dlms_next(&decoder, &in, &m, &reject);
        if (code == OHM_OK) {
            t->messages++;
            say_message(t, m);
        } else if (code != OHM_MORE && code != OHM_END) {
            t->rejections++;
            say(t, "reject %s at %llu: %s\n", ohm_code_name(code),
                (unsigned long long)reject.offset, reject.what);
        }
    } while (code != OHM_MORE && code != OHM_END);
    assert_int_equal(in.len, 0);
}

static ohm_dlms_config keyed(bool authenticated)
{
    ohm_dlms_config config = {
        .aead = ohm_crypto_aead_table(cipher),
        .profiles = push_profiles,
        .profiles_count = PUSH_PROFILES,
    };
    if (authenticated) {
        config.auth_key_len = 16;
        memcpy(config.auth_key, push_auth_key, 16);
    }
    return config;
}

/* No key: what is sealed is refused. With one, what is not. */
static ohm_dlms_config keyless(void)
{
    ohm_dlms_config config = keyed(false);
    config.aead = NULL;
    return config;
}

/* Decodes with a cut at `first`, then pieces of `chunk` bytes. */
static void decode(const ohm_dlms_config *config, ohm_span bytes, size_t first, size_t chunk,
                   transcript *t)
{
    t->messages = t->rejections = 0;
    t->len = 0;
    t->text[0] = '\0';
    ohm_dlms_init(&decoder, config);
    for (size_t at = 0; at < bytes.len;) {
        size_t n = at < first ? first - at : chunk;
        if (n > bytes.len - at)
            n = bytes.len - at;
        drain(ohm_span_part(bytes, at, n), t);
        at += n;
    }
    ohm_dlms_finish(&decoder);
    drain((ohm_span){ NULL, 0 }, t);
    const ohm_dlms_counters *c = &decoder.counters;
    assert_int_equal(c->bytes, bytes.len);
    say(t, "frames=%llu bad=%llu gaps=%llu skipped=%llu\n", (unsigned long long)c->frames,
        (unsigned long long)c->bad_fcs, (unsigned long long)c->gaps,
        (unsigned long long)c->bytes_skipped);
}

/* Every way a push travels, some of them behind junk or one after the other. */
static size_t make_streams(push *out)
{
    const ohm_aead *aead = ohm_crypto_aead_table(cipher);
    const push list = push_e450_list(25149419), pairs = push_e450_pairs(12048950);
    const push records = push_records(1362), one = push_positional(948);
    const push sealed = push_sealed(aead, 0x30, 7, &pairs);
    const push half = push_sealed(aead, 0x20, 8, &pairs);
    size_t n = 0;
    out[n++] = push_gbt(&list);
    out[n++] = push_gbt(&sealed);
    out[n++] = push_hdlc(&list, 120);
    out[n++] = push_hdlc(&half, 1000);
    out[n++] = push_mbus(&sealed);
    out[n++] = push_wrapper(&sealed);
    out[n++] = sealed;
    out[n++] = records;
    out[n++] = list;

    push mixed = push_hdlc(&one, 500);
    push_append(&mixed, ohm_span_text("\x7e\x7e\x7e"));
    push more = push_gbt(&list);
    push_append(&mixed, push_span(&more));
    push_append(&mixed, ohm_span_text("junk \x7e\xa0\x10 and h\x05\x05h"));
    more = push_hdlc(&records, 60);
    push_append(&mixed, push_span(&more));
    out[n++] = mixed;

    push cut = push_gbt(&list);
    cut.len -= 60;
    more = push_gbt(&sealed);
    push_append(&cut, push_span(&more));
    out[n++] = cut;

    push damaged = push_gbt(&list);
    damaged.bytes[200] ^= 4;
    push_append(&damaged, push_span(&more));
    damaged.len -= 3;
    out[n++] = damaged;
    return n;
}

enum { STREAMS_MAX = 16 };

static void any_split_gives_the_same(void **state)
{
    (void)state;
    static transcript whole, split;
    static push streams[STREAMS_MAX];
    size_t count = make_streams(streams);
    assert_true(count <= STREAMS_MAX);
    const ohm_dlms_config configs[] = { keyless(), keyed(false) };
    static const bool is_sealed[] = { false, true, false, true, true, true, true, false, false };
    enum { SINGLES = sizeof is_sealed / sizeof *is_sealed };
    for (size_t k = 0; k < 2 * count; k++) {
        size_t i = k / 2;
        const ohm_dlms_config config = configs[k % 2];
        ohm_span bytes = push_span(&streams[i]);
        decode(&config, bytes, bytes.len, 1, &whole);
        assert_true(whole.messages + whole.rejections > 0);
        if (i < SINGLES)
            assert_int_equal(whole.messages, is_sealed[i] == (k % 2 == 1));
        if (i < SINGLES)
            assert_int_equal(whole.rejections, 1 - whole.messages);
        for (size_t cut = 0; cut < bytes.len; cut++) {
            decode(&config, bytes, cut, bytes.len, &split);
            assert_string_equal(split.text, whole.text);
        }
        for (size_t chunk = 1; chunk < 20; chunk++) {
            decode(&config, bytes, 0, chunk, &split);
            assert_string_equal(split.text, whole.text);
        }
    }
}

/* A flipped bit: no value from that push, and the next one is not lost. */
static void check_flips(const ohm_dlms_config *config, const push *good, const push *next)
{
    static transcript t, want;
    decode(config, push_span(next), 0, next->len, &want);
    assert_int_equal(want.messages, 1);
    for (size_t bit = 0; bit < 8 * good->len; bit++) {
        push stream = *good;
        stream.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        decode(config, push_span(&stream), 0, stream.len, &t);
        if (t.messages != 0)
            fail_msg("bit %zu of byte %zu: a value", bit % 8, bit / 8);
        assert_true(t.rejections > 0);
        push_append(&stream, push_span(next));
        decode(config, push_span(&stream), 0, stream.len, &t);
        if (t.messages != 1)
            fail_msg("bit %zu of byte %zu: %d messages", bit % 8, bit / 8, t.messages);
        assert_non_null(strstr(t.text, "counter=9")); /* the next one's own */
    }
}

static void no_flipped_bit_gives_a_value(void **state)
{
    (void)state;
    const ohm_aead *aead = ohm_crypto_aead_table(cipher);
    const push pairs = push_e450_pairs(12048950);
    const push first = push_sealed(aead, 0x30, 7, &pairs),
               second = push_sealed(aead, 0x30, 9, &pairs);
    const push good[] = { push_gbt(&first), push_hdlc(&first, 130), push_mbus(&first) };
    const push next[] = { push_gbt(&second), push_hdlc(&second, 130), push_mbus(&second) };
    const ohm_dlms_config config = keyed(true);
    for (int i = 0; i < 3; i++)
        check_flips(&config, &good[i], &next[i]);
}

/* Without frames there is no checksum, but the tag still guards everything that counts. */
static void no_flipped_bit_of_a_bare_message_gives_a_value(void **state)
{
    (void)state;
    static transcript t;
    const push pairs = push_e450_pairs(12048950);
    const push sealed = push_sealed(ohm_crypto_aead_table(cipher), 0x30, 7, &pairs);
    const ohm_dlms_config config = keyed(true);
    for (size_t bit = 0; bit < 8 * sealed.len; bit++) {
        push stream = sealed;
        stream.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        decode(&config, push_span(&stream), 0, stream.len, &t);
        assert_int_equal(t.messages, 0);
        stream = push_wrapper(&stream);
        decode(&config, push_span(&stream), 0, stream.len, &t);
        assert_int_equal(t.messages, 0);
    }
}

static void nothing_is_lost_behind_half_a_push(void **state)
{
    (void)state;
    static transcript t;
    const push list = push_e450_list(1000), records = push_records(55);
    const push streams[] = { push_gbt(&list), push_hdlc(&list, 100), push_hdlc(&records, 500) };
    const push next = push_gbt(&list);
    ohm_dlms_config config = keyless();
    config.framings = OHM_DLMS_LINE; /* what a line is read with that may be joined anywhere */
    for (int i = 0; i < 3; i++) {
        for (size_t cut = 0; cut < streams[i].len; cut++) {
            push stream = streams[i];
            stream.len = cut; /* its end is lost */
            push_append(&stream, push_span(&next));
            decode(&config, push_span(&stream), 0, 50, &t);
            if (t.messages != (cut == streams[i].len - 1 ? 2 : 1))
                fail_msg("stream %d cut at %zu: %d messages", i, cut, t.messages);

            push tail = { .len = 0 }; /* its beginning is lost */
            push_append(&tail, ohm_span_part(push_span(&streams[i]), cut, streams[i].len - cut));
            push_append(&tail, push_span(&next));
            decode(&config, push_span(&tail), 0, 50, &t);
            if (t.messages != (cut == 0 ? 2 : 1))
                fail_msg("stream %d from %zu: %d messages", i, cut, t.messages);
        }
    }
}

static uint32_t random_of(uint32_t *seed)
{
    return (*seed = *seed * 1664525 + 1013904223) >> 8;
}

static void junk_hides_no_frame(void **state)
{
    (void)state;
    static transcript t;
    const push records = push_records(77);
    const push good = push_hdlc(&records, 500);
    /* Bytes that look like starts, more often than chance would have them. */
    static const uint8_t likely[] = { 0x7e, 0xa0, 0xa7, 0xff, 0x68, 0x0f, 0xdb, 0x00, 0x01, 0xe6 };
    const ohm_dlms_config config = keyless();
    uint32_t seed = 1;
    for (int round = 0; round < 2000; round++) {
        push stream = { .len = 0 };
        size_t goods = 1 + random_of(&seed) % 3;
        for (size_t i = 0; i < goods; i++) {
            size_t junk = random_of(&seed) % 60;
            for (size_t k = 0; k < junk; k++)
                stream.bytes[stream.len++] = random_of(&seed) % 2 == 0
                                                 ? (uint8_t)random_of(&seed)
                                                 : likely[random_of(&seed) % sizeof likely];
            push_append(&stream, push_span(&good));
        }
        decode(&config, push_span(&stream), 0, 1 + random_of(&seed) % 40, &t);
        if (t.messages != (int)goods)
            fail_msg("round %d: %d of %zu messages", round, t.messages, goods);
        assert_true(decoder.counters.bytes_skipped <= stream.len - goods * (good.len - 2));
    }
}

/* --- framings without a checksum ---------------------------------------------------------------
 */

/* A run of lost bytes is shorter than a unit: with a whole unit's length missing between the
 * middles of two, half of one and half of the other make a third that nothing tells. */
enum { UNITS = 12, BURST = 3, RUN_MAX = 20 };

/* A connection on which units come in bursts, with silence between them. */
typedef struct connection {
    push units[UNITS];
    transcript said[UNITS]; /* what each says */
    push bytes;
    size_t ends[UNITS]; /* where each ends in the bytes */
} connection;

static bool ends_burst(size_t i)
{
    return i % BURST == BURST - 1;
}

static void make_connection(connection *c, const ohm_dlms_config *config, uint32_t *seed)
{
    c->bytes.len = 0;
    for (size_t i = 0; i < UNITS; i++) {
        uint32_t number = random_of(seed) << 8 ^ random_of(seed);
        push apdu = i % 2 == 0 ? push_records(number) : push_positional(number);
        c->units[i] = push_wrapper(&apdu);
        decode(config, push_span(&c->units[i]), 0, PUSH_MAX, &c->said[i]);
        assert_int_equal(c->said[i].messages, 1);
        c->said[i].len = (size_t)(strstr(c->said[i].text, "frames=") - c->said[i].text);
        push_append(&c->bytes, push_span(&c->units[i]));
        c->ends[i] = c->bytes.len;
    }
}

/* Loses or adds a run of bytes at `at`. Returns how much longer the bytes are. */
static int damage(push *p, size_t at, bool lost, uint32_t *seed)
{
    size_t run = 1 + random_of(seed) % RUN_MAX;
    if (lost && run > p->len - at)
        run = p->len - at;
    push tail = { .len = 0 };
    size_t from = at + (lost ? run : 0);
    push_append(&tail, ohm_span_part(push_span(p), from, p->len - from));
    p->len = at;
    for (size_t i = 0; !lost && i < run; i++)
        p->bytes[p->len++] = random_of(seed) % 2 == 0 ? 0 : (uint8_t)random_of(seed);
    push_append(p, push_span(&tail));
    return lost ? -(int)run : (int)run;
}

/* Feeds burst after burst, in pieces, with silence behind each. */
static void feed_bursts(const connection *c, const ohm_dlms_config *config, size_t damaged_at,
                        int longer, const push *bytes, size_t chunk, transcript *t)
{
    t->messages = t->rejections = 0;
    t->len = 0;
    ohm_dlms_init(&decoder, config);
    for (size_t i = 0, at = 0; i < UNITS; i++) {
        size_t end = c->ends[i];
        if (end > damaged_at)
            end = longer < 0 && end - damaged_at < (size_t)-longer ? damaged_at
                                                                   : end + (size_t)longer;
        while (at < end) {
            size_t n = end - at < chunk ? end - at : chunk;
            drain(ohm_span_part(push_span(bytes), at, n), t);
            at += n;
        }
        if (!ends_burst(i))
            continue;
        ohm_dlms_quiet(&decoder);
        drain((ohm_span){ NULL, 0 }, t);
    }
}

/* Every message that was decoded is one that was sent, and those of a burst that nothing happened
 * to, nor to the one before, all come. */
static void check_heard(const connection *c, size_t at, size_t run_end, const transcript *t)
{
    const char *text = t->text;
    size_t next = 0;
    for (int m = 0; m < t->messages; m++) {
        text = strstr(text, "message invoke=");
        assert_non_null(text);
        while (next < UNITS && strncmp(text, c->said[next].text, c->said[next].len) != 0)
            next++;
        if (next == UNITS)
            fail_msg("damage at %zu: a value that nobody sent: %.200s", at, text);
        text += c->said[next++].len;
    }
    for (size_t i = 0; i < UNITS; i++) {
        size_t burst = i - i % BURST, from = burst > 0 ? c->ends[burst - 1] : 0;
        bool spared = run_end <= from || at >= c->ends[burst + BURST - 1];
        char want[256];
        (void)snprintf(want, sizeof want, "%.*s", (int)c->said[i].len, c->said[i].text);
        if (spared && !strstr(t->text, want))
            fail_msg("damage at %zu: unit %zu is lost", at, i);
    }
}

static void lost_or_extra_bytes_give_no_value(void **state)
{
    (void)state;
    static connection c;
    static transcript t;
    const int rounds = getenv("OHM_SANITIZED") ? 2 : 10;
    const ohm_dlms_config config = keyless();
    uint32_t seed = 11;
    for (int round = 0; round < rounds; round++) {
        make_connection(&c, &config, &seed);
        for (size_t at = 0; at < c.bytes.len; at++) {
            push bytes = c.bytes;
            bool lost = random_of(&seed) % 2 == 0;
            int longer = damage(&bytes, at, lost, &seed);
            size_t chunk = 1 + random_of(&seed) % 64;
            feed_bursts(&c, &config, at, longer, &bytes, chunk, &t);
            check_heard(&c, at, lost ? at + (size_t)-longer : at + 1, &t);
        }
    }
}

/* A body of random values as pairs: what went in. */
typedef struct sent {
    uint8_t obis[OHM_OBIS_LEN];
    int kind; /* ohm_dlms_kind */
    int64_t raw;
    uint8_t bytes[20];
    size_t len;
    bool scaled;
    int8_t scaler;
} sent;

static void put_random(ohm_writer *w, sent *s, uint32_t *seed)
{
    uint64_t wide =
        (uint64_t)random_of(seed) << 40 ^ (uint64_t)random_of(seed) << 20 ^ random_of(seed);
    s->kind = OHM_DLMS_INTEGER;
    s->scaled = random_of(seed) % 2 == 0;
    s->scaler = (int8_t)((int)(random_of(seed) % 9) - 4);
    switch (random_of(seed) % 9) {
    case 0:
        ohm_axdr_put_u8(w, (uint8_t)(s->raw = (uint8_t)wide));
        break;
    case 1:
        ohm_axdr_put_i8(w, (int8_t)(s->raw = (int8_t)wide));
        break;
    case 2:
        ohm_axdr_put_u16(w, (uint16_t)(s->raw = (uint16_t)wide));
        break;
    case 3:
        ohm_axdr_put_i16(w, (int16_t)(s->raw = (int16_t)wide));
        break;
    case 4:
        ohm_axdr_put_u32(w, (uint32_t)(s->raw = (uint32_t)wide));
        break;
    case 5:
        ohm_axdr_put_i32(w, (int32_t)(s->raw = (int32_t)wide));
        break;
    case 6:
        ohm_axdr_put_i64(w, s->raw = (int64_t)(wide ^ (wide << 13)));
        break;
    case 7:
        s->raw = (int64_t)(wide ^ (wide << 13));
        s->kind = s->raw < 0 ? OHM_DLMS_UNSIGNED : OHM_DLMS_INTEGER;
        ohm_axdr_put_u64(w, (uint64_t)s->raw);
        break;
    default:
        s->kind = OHM_DLMS_TEXT;
        s->scaled = false;
        s->len = random_of(seed) % sizeof s->bytes;
        for (size_t i = 0; i < s->len; i++)
            s->bytes[i] = (uint8_t)(' ' + random_of(seed) % 95);
        ohm_axdr_put_octets(w, (ohm_span){ s->bytes, s->len });
        break;
    }
}

static void check_sent(const sent *s, const ohm_dlms_value *v)
{
    assert_memory_equal(v->obis, s->obis, OHM_OBIS_LEN);
    assert_int_equal(v->kind, s->kind);
    assert_int_equal(v->scaler_source, s->scaled ? OHM_SCALER_PUSH : OHM_SCALER_NONE);
    if (s->scaled)
        assert_int_equal(v->scaler, s->scaler);
    if (s->kind == OHM_DLMS_TEXT)
        assert_true(ohm_span_equal(v->bytes, (ohm_span){ s->bytes, s->len }));
    else
        assert_int_equal(v->raw, s->raw);
}

static void what_was_encoded_comes_out(void **state)
{
    (void)state;
    enum { PAIRS = 20 };
    ohm_dlms_config config = keyed(true);
    config.profiles_count = 0;
    uint32_t seed = 7;
    for (uint32_t round = 0; round < 3000; round++) {
        sent sent_values[PAIRS] = { 0 };
        push apdu;
        ohm_writer w = push_writer(&apdu);
        ohm_put_notification(&w, round, (ohm_time_form)(round % 4), &push_time);
        size_t count = 1 + random_of(&seed) % PAIRS;
        ohm_axdr_put_array(&w, count);
        for (size_t i = 0; i < count; i++) {
            sent *s = &sent_values[i];
            for (int k = 0; k < OHM_OBIS_LEN; k++)
                s->obis[k] = (uint8_t)(random_of(&seed) % (k == 0 ? 16 : 256));
            ohm_writer value = ohm_writer_over((uint8_t[64]){ 0 }, 64);
            put_random(&value, s, &seed);
            ohm_axdr_put_structure(&w, s->scaled ? 3 : 2);
            ohm_axdr_put_obis(&w, s->obis);
            ohm_put_bytes(&w, ohm_writer_span(&value));
            if (s->scaled)
                ohm_axdr_put_scaler_unit(&w, s->scaler, OHM_UNIT_W);
        }
        push_done(&apdu, &w);
        const push sealed = push_sealed(ohm_crypto_aead_table(cipher), 0x30, round + 1, &apdu);
        const push stream = round % 3 == 0   ? push_gbt(&sealed)
                            : round % 3 == 1 ? push_hdlc(&sealed, 20 + round % 100)
                                             : push_mbus(&sealed);
        ohm_dlms_init(&decoder, &config);
        ohm_span in = push_span(&stream);
        const ohm_dlms_message *m = NULL;
        ohm_dlms_reject reject;
        if (ohm_dlms_next(&decoder, &in, &m, &reject) != OHM_OK)
            fail_msg("round %u: %s", round, reject.what);
        assert_int_equal(m->count, count);
        assert_int_equal(m->invoke_id, round);
        assert_true(m->security.authenticated);
        assert_int_equal(m->time.present, round % 4 != OHM_TIME_ABSENT);
        for (size_t i = 0; i < count; i++)
            check_sent(&sent_values[i], &m->values[i]);
    }
}

int main(void)
{
    if (ohm_crypto_aead_new((ohm_span){ push_key, 16 }, &cipher) != OHM_OK)
        return EXIT_FAILURE;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_split_gives_the_same),
        cmocka_unit_test(no_flipped_bit_gives_a_value),
        cmocka_unit_test(no_flipped_bit_of_a_bare_message_gives_a_value),
        cmocka_unit_test(nothing_is_lost_behind_half_a_push),
        cmocka_unit_test(junk_hides_no_frame),
        cmocka_unit_test(lost_or_extra_bytes_give_no_value),
        cmocka_unit_test(what_was_encoded_comes_out),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ohm_crypto_aead_free(cipher);
    return failed;
}
