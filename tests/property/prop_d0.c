/* What holds for every stream of IEC 62056-21 readouts: the same messages in any split, nothing
 * from a readout whose block check finds the damage, nothing lost behind it, and what was encoded
 * comes out again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "wire/d0.h"
#include "wire/readout_encode.h"

enum {
    READOUTS = 10,
    ROUNDS = 300,
    STREAM_MAX = READOUTS * 512,
    ENERGY_STEP = 1000003,
    STX_AT = 8, /* in a readout */
};

static ohm_d0 decoder;
static uint64_t seed = 20261122;

static uint32_t next_random(uint32_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

typedef struct stream {
    uint8_t bytes[STREAM_MAX];
    size_t len, starts[READOUTS + 1];
} stream;

static void make_stream(stream *s)
{
    static const ohm_readout_number_form import = { "1.8.1", "kWh", 6, 3 },
                                         power = { "16.7.0", "W", 4, 0 };
    ohm_writer w = ohm_writer_over(s->bytes, sizeof s->bytes);
    for (int i = 0; i < READOUTS; i++) {
        s->starts[i] = w.len;
        ohm_put_text(&w, "/OHM5x\r\n");
        size_t stx = w.len;
        ohm_put_u8(&w, 0x02);
        ohm_readout_put_number(&w, &import, ENERGY_STEP * (i + 1));
        ohm_readout_put_number(&w, &power, (int64_t)next_random(40000) - 20000);
        ohm_readout_put_set(&w, "F.F", "00000000");
        ohm_d0_put_end(&w, stx);
    }
    assert_false(w.full);
    s->len = s->starts[READOUTS] = w.len;
}

/* Which of the stream's readouts came out; any other message is a failure. */
static unsigned decode(const stream *s, size_t chunk_max)
{
    static const uint8_t import[] = { 1, 0, 1, 8, 1, 255 };
    static const ohm_d0_config strict = { .recorded = false };
    unsigned seen = 0;
    ohm_d0_init(&decoder, &strict);
    for (size_t from = 0;;) {
        size_t n = 1 + next_random((uint32_t)chunk_max);
        if (n > s->len - from)
            n = s->len - from;
        ohm_span in = { s->bytes + from, n };
        const ohm_d0_message *m;
        ohm_d0_reject reject;
        ohm_code code;
        if (n == 0)
            ohm_d0_finish(&decoder);
        while ((code = ohm_d0_next(&decoder, &in, &m, &reject)) != OHM_MORE && code != OHM_END) {
            if (code != OHM_OK)
                continue;
            const ohm_readout_set *set = ohm_readout_find(&m->readout, import);
            assert_true(set && set->raw % ENERGY_STEP == 0 && set->raw > 0 &&
                        set->raw / ENERGY_STEP <= READOUTS);
            seen |= 1u << (set->raw / ENERGY_STEP - 1);
        }
        if (n == 0)
            return seen;
        from += n;
    }
}

static void any_split_and_back(void **state)
{
    (void)state;
    static stream s;
    for (int round = 0; round < ROUNDS; round++) {
        make_stream(&s);
        assert_int_equal(decode(&s, 1 + next_random(2000)), (1u << READOUTS) - 1);
    }
}

/* One byte changed or dropped behind the STX. */
static void damage_costs_only_what_it_touches(void **state)
{
    (void)state;
    static stream s;
    for (int round = 0; round < ROUNDS; round++) {
        make_stream(&s);
        uint32_t victim = next_random(READOUTS);
        size_t from = s.starts[victim] + STX_AT + 1, len = s.starts[victim + 1] - from;
        size_t at = from + next_random((uint32_t)len);
        if (next_random(2)) {
            s.bytes[at] ^= (uint8_t)(1 + next_random(255));
        } else {
            memmove(s.bytes + at, s.bytes + at + 1, s.len - at - 1);
            s.len--;
        }
        unsigned seen = decode(&s, 500), whole = (1u << READOUTS) - 1;
        /* A dropped block check takes the first byte of the next one for its own. */
        unsigned next = at == s.starts[victim + 1] - 1 ? 1u << (victim + 1) : 0;
        if ((seen | 1u << victim | next) != (whole | next))
            fail_msg("round %d: %03x, damage in %u at %zu", round, seen, victim, at - from);
    }
}

static void noise_yields_nothing(void **state)
{
    (void)state;
    static const char letters[] = "/!\r\n():.1-0aA\x02\x03\x06";
    static stream s;
    for (int round = 0; round < 50; round++) {
        make_stream(&s);
        for (size_t i = 0; i < s.len; i++)
            s.bytes[i] = (uint8_t)letters[next_random(sizeof letters - 1)];
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
