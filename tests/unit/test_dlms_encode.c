#include "wire/dlms_encode.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "../pushes.h"
#include "host/crypto_aead.h"

static void items_as_the_standard_writes_them(void **state)
{
    (void)state;
    static const uint8_t obis[] = { 1, 0, 1, 8, 0, 255 }, bits[] = { 0xa0 };
    static const uint8_t want[] = {
        0x00,                                                 /* null */
        0x03, 0x01,                                           /* bool */
        0x04, 0x03, 0xa0,                                     /* three bits */
        0x05, 0xff, 0xff, 0xff, 0xfe,                         /* i32 */
        0x06, 0x00, 0x00, 0x01, 0x00,                         /* u32 */
        0x09, 0x06, 1,    0,    1,    8,    0,    255,        /* OBIS */
        0x0a, 0x02, 'o',  'k',                                /* text */
        0x0f, 0xff, 0x10, 0xff, 0xff, 0x11, 0xff,             /* i8, i16, u8 */
        0x12, 0x01, 0x02,                                     /* u16 */
        0x14, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* i64 */
        0x15, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, /* u64 */
        0x16, 0x1b,                                           /* enum */
        0x17, 0x3f, 0x80, 0x00, 0x00,                         /* f32 */
        0x18, 0x3f, 0xf0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, /* f64 */
        0x01, 0x81, 0x80, 0x02, 0x02, 0x0f, 0xfe, 0x16, 0x1e, /* array head, scaler_unit */
    };
    uint8_t bytes[128];
    ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
    ohm_axdr_put_null(&w);
    ohm_axdr_put_bool(&w, true);
    ohm_axdr_put_bits(&w, (ohm_span){ bits, 1 }, 3);
    ohm_axdr_put_i32(&w, -2);
    ohm_axdr_put_u32(&w, 256);
    ohm_axdr_put_obis(&w, obis);
    ohm_axdr_put_text(&w, ohm_span_text("ok"));
    ohm_axdr_put_i8(&w, -1);
    ohm_axdr_put_i16(&w, -1);
    ohm_axdr_put_u8(&w, 255);
    ohm_axdr_put_u16(&w, 258);
    ohm_axdr_put_i64(&w, -1);
    ohm_axdr_put_u64(&w, 1ULL << 32);
    ohm_axdr_put_enum(&w, OHM_UNIT_W);
    ohm_axdr_put_f32(&w, 1.0F);
    ohm_axdr_put_f64(&w, 1.0);
    ohm_axdr_put_array(&w, 128);
    ohm_axdr_put_scaler_unit(&w, -2, OHM_UNIT_WH);
    assert_int_equal(w.len, sizeof want);
    assert_memory_equal(bytes, want, sizeof want);
}

static void a_full_writer_takes_nothing_more(void **state)
{
    (void)state;
    uint8_t bytes[5] = { 0 };
    ohm_writer w = ohm_writer_over(bytes, 4);
    ohm_put_u16(&w, 1);
    ohm_put_u32(&w, 2);
    assert_true(w.full);
    assert_int_equal(w.len, 2);
    ohm_put_u8(&w, 3); /* would fit, but would be out of place */
    assert_int_equal(w.len, 2);
    assert_int_equal(bytes[4], 0);
}

static void an_e450_fills_its_frames_as_real_ones_do(void **state)
{
    (void)state;
    const push list = push_e450_list(1000), pairs = push_e450_pairs(1000);
    assert_int_equal(list.len, 412);
    assert_int_equal(pairs.len, 242);
    assert_int_equal(push_gbt(&list).len, 491);
}

static void nothing_is_written_unless_it_can_be_sealed(void **state)
{
    (void)state;
    ohm_crypto_aead *aead = NULL;
    assert_int_equal(ohm_crypto_aead_new((ohm_span){ push_key, 16 }, &aead), OHM_OK);
    const push pairs = push_e450_pairs(1000);
    const ohm_glo_seal seal = push_seal(ohm_crypto_aead_table(aead), 0x30, 7);
    for (size_t cap = 0; cap <= 272; cap++) {
        uint8_t bytes[272];
        ohm_writer w = ohm_writer_over(bytes, cap);
        ohm_code code = ohm_put_glo(&w, &seal, push_span(&pairs));
        assert_int_equal(code, cap == 272 ? OHM_OK : OHM_TOO_BIG);
        assert_int_equal(w.len, code == OHM_OK ? 272 : 0);
    }
    ohm_crypto_aead_free(aead);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_as_the_standard_writes_them),
        cmocka_unit_test(a_full_writer_takes_nothing_more),
        cmocka_unit_test(an_e450_fills_its_frames_as_real_ones_do),
        cmocka_unit_test(nothing_is_written_unless_it_can_be_sealed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
