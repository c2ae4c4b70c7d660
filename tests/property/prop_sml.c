/* What holds for every stream of SML: the same messages in any split, nothing from a damaged
 * file, nothing lost behind damage, and what was encoded comes out again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../sml_files.h"

enum {
    FILES = 12,
    ROUNDS = 300,
    STREAM_MAX = FILES * SML_BYTES_MAX,
};

static ohm_sml decoder;
static uint64_t seed = 20261122;

static uint32_t next_random(uint32_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

typedef struct stream {
    uint8_t bytes[STREAM_MAX];
    size_t len, starts[FILES + 1];
    uint32_t energies[FILES];
    int32_t powers[FILES];
} stream;

static void make_stream(stream *s)
{
    s->len = 0;
    for (int i = 0; i < FILES; i++) {
        s->energies[i] = next_random(UINT32_MAX);
        s->powers[i] = (int32_t)next_random(60000) - 30000;
        const sml_bytes b = sml_household(s->energies[i], s->powers[i]);
        s->starts[i] = s->len;
        memcpy(s->bytes + s->len, b.bytes, b.len);
        s->len += b.len;
    }
    s->starts[FILES] = s->len;
}

/* Which of the stream's files came out; any other message is a failure. */
static unsigned decode(const stream *s, size_t chunk_max)
{
    unsigned seen = 0;
    ohm_sml_init(&decoder);
    for (size_t from = 0; from <= s->len;) {
        size_t n = 1 + next_random((uint32_t)chunk_max);
        if (n > s->len - from)
            n = s->len - from;
        ohm_span in = { s->bytes + from, n };
        const ohm_sml_message *m;
        ohm_sml_reject reject;
        ohm_code code;
        if (n == 0)
            ohm_sml_finish(&decoder);
        while ((code = ohm_sml_next(&decoder, &in, &m, &reject)) != OHM_MORE && code != OHM_END) {
            int i = 0;
            while (code == OHM_OK && i < FILES &&
                   (m->values[1].raw != s->energies[i] || m->values[3].raw != s->powers[i]))
                i++;
            assert_true(i < FILES);
            seen |= code == OHM_OK ? 1u << i : 0;
        }
        if (n == 0)
            break;
        from += n;
    }
    return seen;
}

static void any_split_and_back(void **state)
{
    (void)state;
    static stream s;
    for (int round = 0; round < ROUNDS; round++) {
        make_stream(&s);
        assert_int_equal(decode(&s, 1 + next_random(2000)), (1u << FILES) - 1);
    }
}

/* Bytes changed, dropped or put in: only the files that they touch are lost. */
static void damage_costs_only_what_it_touches(void **state)
{
    (void)state;
    static stream s;
    for (int round = 0; round < ROUNDS; round++) {
        make_stream(&s);
        unsigned whole = (1u << FILES) - 1;
        int victim = (int)next_random(FILES);
        size_t from = s.starts[victim], len = s.starts[victim + 1] - from;
        size_t at = from + next_random((uint32_t)len), tail = s.len - at - 1;
        switch (next_random(3)) {
        case 0:
            s.bytes[at] ^= (uint8_t)(1 + next_random(255));
            break;
        case 1:
            memmove(s.bytes + at, s.bytes + at + 1, tail);
            s.len--;
            break;
        default:
            memmove(s.bytes + at + 1, s.bytes + at, tail + 1);
            s.bytes[at] = (uint8_t)next_random(256);
            s.len++;
        }
        unsigned seen = decode(&s, 500);
        /* A byte doubled or put before the start changes no file. */
        if ((seen | 1u << victim) != whole)
            fail_msg("round %d: %03x of file %d at %zu", round, seen, victim, at - from);
    }
}

static void noise_yields_nothing(void **state)
{
    (void)state;
    static stream s;
    for (int round = 0; round < 50; round++) {
        make_stream(&s);
        for (size_t i = 0; i < s.len; i++)
            s.bytes[i] = next_random(3) ? 0x1b : (uint8_t)next_random(256);
        assert_int_equal(decode(&s, 5000), 0);
        assert_int_equal(decoder.counters.bytes, s.len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_split_and_back),
        cmocka_unit_test(damage_costs_only_what_it_touches),
        cmocka_unit_test(noise_yields_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
