/* What holds for every stream of P1: the same messages in any split, nothing from a damaged
 * telegram, nothing lost behind damage, and what was encoded comes out again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../telegrams.h"
#include "host/crypto_aead.h"

enum {
    TELEGRAMS = 10,
    ROUNDS = 200,
    STREAM_MAX = TELEGRAMS * 1024,
    ENERGY_STEP = 1000003,
};

static ohm_p1 decoder;
static ohm_crypto_aead *cipher;
static uint64_t seed = 20261122;

static uint32_t next_random(uint32_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

typedef struct stream {
    uint8_t bytes[STREAM_MAX];
    size_t len, starts[TELEGRAMS + 1];
    bool ciphered;
} stream;

static void make_stream(stream *s, bool ciphered)
{
    s->len = 0;
    s->ciphered = ciphered;
    for (uint32_t i = 0; i < TELEGRAMS; i++) {
        telegram t = telegram_household(ENERGY_STEP * (i + 1), next_random(20000));
        if (ciphered)
            t = telegram_sealed(&t, ohm_crypto_aead_table(cipher), telegram_public_key, 0x30,
                                i + 1);
        s->starts[i] = s->len;
        assert_true(t.len <= sizeof s->bytes - s->len);
        memcpy(s->bytes + s->len, t.bytes, t.len);
        s->len += t.len;
    }
    s->starts[TELEGRAMS] = s->len;
}

/* Which of the stream's telegrams came out; any other message is a failure. */
static unsigned decode(const stream *s, size_t chunk_max)
{
    static const uint8_t import[] = { 1, 0, 1, 8, 1, 255 };
    const ohm_p1_config config = { .aead = s->ciphered ? ohm_crypto_aead_table(cipher) : NULL };
    unsigned seen = 0;
    ohm_p1_init(&decoder, &config);
    for (size_t from = 0;;) {
        size_t n = 1 + next_random((uint32_t)chunk_max);
        if (n > s->len - from)
            n = s->len - from;
        ohm_span in = { s->bytes + from, n };
        const ohm_p1_message *m;
        ohm_p1_reject reject;
        ohm_code code;
        if (n == 0)
            ohm_p1_finish(&decoder);
        while ((code = ohm_p1_next(&decoder, &in, &m, &reject)) != OHM_MORE && code != OHM_END) {
            const ohm_readout_set *set =
                code == OHM_OK ? ohm_readout_find(&m->readout, import) : NULL;
            if (code == OHM_OK) {
                assert_true(set && set->raw % ENERGY_STEP == 0 && set->raw > 0 &&
                            set->raw / ENERGY_STEP <= TELEGRAMS);
                seen |= 1u << (set->raw / ENERGY_STEP - 1);
            }
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
        make_stream(&s, round & 1);
        assert_int_equal(decode(&s, 1 + next_random(2000)), (1u << TELEGRAMS) - 1);
    }
}

/* One byte changed or dropped: at most the telegram it is in, and the one that it made the
 * beginning of, are lost. */
static void damage_costs_only_what_it_touches(void **state)
{
    (void)state;
    static stream s;
    for (int round = 0; round < ROUNDS; round++) {
        make_stream(&s, round & 1);
        uint32_t victim = next_random(TELEGRAMS);
        size_t from = s.starts[victim], len = s.starts[victim + 1] - from;
        size_t at = from + next_random((uint32_t)len);
        if (next_random(2)) {
            s.bytes[at] ^= (uint8_t)(1 + next_random(255));
        } else {
            memmove(s.bytes + at, s.bytes + at + 1, s.len - at - 1);
            s.len--;
        }
        unsigned seen = decode(&s, 500), whole = (1u << TELEGRAMS) - 1;
        if ((seen | 1u << victim) != whole)
            fail_msg("round %d: %03x, damage in %u at %zu", round, seen, victim, at - from);
    }
}

static void noise_yields_nothing(void **state)
{
    (void)state;
    static const char letters[] = "/!\r\n()*:.1-0aA\xdb\x08\x82\x30";
    static stream s;
    for (int round = 0; round < 50; round++) {
        make_stream(&s, false);
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
    if (ohm_crypto_aead_new(ohm_span_of(telegram_key, 16), &cipher) != OHM_OK)
        return EXIT_FAILURE;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ohm_crypto_aead_free(cipher);
    return failed;
}
