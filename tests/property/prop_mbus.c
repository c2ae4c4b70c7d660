/* Random lines of telegrams and noise: any split tells the same, and every telegram that is not
 * damaged comes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../mbus_digest.h"
#include "../mbus_frames.h"

enum {
    LINES = 200,
    LINE_MAX = 4096,
};

static uint64_t seed = 20260211;

static unsigned random_below(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % n;
}

/* Records that are never refused: VIFs without text, data of the length that DIF says. */
static size_t put_record(uint8_t *out)
{
    static const uint8_t lengths[] = { 0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, 0, 6 };
    size_t len = 0;
    uint8_t field = (uint8_t)random_below(13), difes = (uint8_t)random_below(4);
    out[len++] = (uint8_t)(field | random_below(8) << 4 | (difes ? 0x80 : 0));
    for (unsigned i = 0; i < difes; i++)
        out[len++] = (uint8_t)(random_below(128) | (i + 1u < difes ? 0x80 : 0));
    switch (random_below(3)) {
    case 0:
        out[len++] = (uint8_t)random_below(0x7b);
        break;
    case 1:
        out[len++] = (uint8_t)(random_below(2) ? 0xfb : 0xfd);
        out[len++] = (uint8_t)random_below(128);
        break;
    default:
        out[len++] = (uint8_t)(0x80 | random_below(0x6f));
        out[len++] = (uint8_t)random_below(128);
        break;
    }
    for (unsigned i = 0; i < lengths[field]; i++)
        out[len++] = (uint8_t)random_below(256);
    return len;
}

static size_t put_telegram(uint8_t *out)
{
    uint8_t data[OHM_MBUS_DATA_MAX];
    size_t len = 0;
    unsigned records = random_below(11);
    for (unsigned i = 0; i < records; i++)
        len += put_record(data + len);
    return ohm_mbus_put_long(0x08, (uint8_t)random_below(251), 0x78, ohm_span_of(data, len), out);
}

static void any_split(void **state)
{
    (void)state;
    for (int i = 0; i < LINES; i++) {
        static uint8_t line[LINE_MAX];
        size_t len = 0;
        while (len < LINE_MAX - 600) {
            for (unsigned noise = random_below(8); noise > 0 && random_below(2); noise--)
                line[len++] = (uint8_t)random_below(256);
            size_t size = put_telegram(line + len);
            if (random_below(4) == 0)
                line[len + random_below((unsigned)size)] ^= (uint8_t)(1u << random_below(8));
            len += size;
        }
        ohm_span all = { line, len };
        uint64_t want = mbus_digest(all, len);
        assert_true(mbus_digest(all, 1) == want);
        assert_true(mbus_digest(all, 2 + random_below(300)) == want);
    }
}

/* Noise before a telegram never costs it. Noise that itself begins a frame may wait for as much
 * as a frame has, so what follows is a line of telegrams, and the last one must come. */
static void noise_costs_nothing(void **state)
{
    (void)state;
    static ohm_mbus decoder;
    for (int i = 0; i < LINES; i++) {
        uint8_t line[16 + OHM_MBUS_LONG_MAX];
        size_t noise = random_below(16), size;
        for (size_t k = 0; k < noise; k++)
            line[k] = (uint8_t)random_below(256);
        size = put_telegram(line + noise);
        ohm_span in = { line, noise + size };
        const ohm_mbus_message *message = NULL;
        ohm_mbus_reject reject;
        ohm_code code;
        uint64_t last = UINT64_MAX;
        ohm_mbus_init(&decoder);
        ohm_mbus_finish(&decoder);
        while ((code = ohm_mbus_next(&decoder, &in, &message, &reject)) != OHM_END)
            if (code == OHM_OK)
                last = message->offset;
        assert_int_equal(last, noise);
    }
}

/* Every float that is a number reads back as the same float, and as the same double. */
static void reals_read_back(void **state)
{
    (void)state;
    const int rounds = getenv("OHM_SANITIZED") ? 4000 : 20000;
    for (int i = 0; i < rounds; i++) {
        uint32_t bits = (uint32_t)random_below(1u << 31) << 1 | random_below(2);
        uint8_t data[] = { 0x05,
                           0x2b,
                           (uint8_t)bits,
                           (uint8_t)(bits >> 8),
                           (uint8_t)(bits >> 16),
                           (uint8_t)(bits >> 24) };
        static ohm_mbus_message message;
        ohm_mbus_reject reject;
        char text[OHM_MBUS_NUMBER_MAX + 1];
        float want;
        memcpy(&want, &bits, sizeof want);
        assert_int_equal(
            ohm_mbus_parse(0x08, 1, 0x78, ohm_span_of(data, sizeof data), &message, &reject),
            OHM_OK);
        const ohm_mbus_record *r = &message.records[0];
        if ((bits >> 23 & 0xff) == 0xff) {
            assert_int_equal(r->flags, OHM_MBUS_INVALID);
            continue;
        }
        text[ohm_mbus_number(r->mantissa, r->exponent, text)] = 0;
        double back = strtod(text, NULL);
        assert_true(back == (double)want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_split),
        cmocka_unit_test(noise_costs_nothing),
        cmocka_unit_test(reals_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
