#include "host/crypto_aead.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* AES-GCM test cases 4 and 16 of the GCM specification (McGrew and Viega), with the tag cut to
 * the 12 bytes of DLMS. */
static const uint8_t key[] = { 0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c, 0x6d, 0x6a, 0x8f,
                               0x94, 0x67, 0x30, 0x83, 0x08, 0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65,
                               0x73, 0x1c, 0x6d, 0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08 };
static const uint8_t nonce[] = { 0xca, 0xfe, 0xba, 0xbe, 0xfa, 0xce,
                                 0xdb, 0xad, 0xde, 0xca, 0xf8, 0x88 };
static const uint8_t aad[] = { 0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xfe, 0xed,
                               0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xab, 0xad, 0xda, 0xd2 };
static const uint8_t plain[] = { 0xd9, 0x31, 0x32, 0x25, 0xf8, 0x84, 0x06, 0xe5, 0xa5, 0x59,
                                 0x09, 0xc5, 0xaf, 0xf5, 0x26, 0x9a, 0x86, 0xa7, 0xa9, 0x53,
                                 0x15, 0x34, 0xf7, 0xda, 0x2e, 0x4c, 0x30, 0x3d, 0x8a, 0x31,
                                 0x8a, 0x72, 0x1c, 0x3c, 0x0c, 0x95, 0x95, 0x68, 0x09, 0x53,
                                 0x2f, 0xcf, 0x0e, 0x24, 0x49, 0xa6, 0xb5, 0x25, 0xb1, 0x6a,
                                 0xed, 0xf5, 0xaa, 0x0d, 0xe6, 0x57, 0xba, 0x63, 0x7b, 0x39 };
static const struct {
    size_t key_len;
    uint8_t head[4]; /* of the ciphertext */
    uint8_t tag[OHM_AEAD_TAG_LEN];
} vectors[] = {
    { 16,
      { 0x42, 0x83, 0x1e, 0xc2 },
      { 0x5b, 0xc9, 0x4f, 0xbc, 0x32, 0x21, 0xa5, 0xdb, 0x94, 0xfa, 0xe9, 0x5a } },
    { 32,
      { 0x52, 0x2d, 0xc1, 0xf0 },
      { 0x76, 0xfc, 0x6e, 0xce, 0x0f, 0x4e, 0x17, 0x68, 0xcd, 0xdf, 0x88, 0x53 } },
};

/* The nonce and the authenticated bytes, in two parts. */
static ohm_aead_text message_over(uint8_t *text, size_t len)
{
    ohm_aead_text m = { .text = text, .len = len };
    memcpy(m.nonce, nonce, sizeof nonce);
    m.aad[0] = (ohm_span){ aad, 7 };
    m.aad[1] = (ohm_span){ aad + 7, sizeof aad - 7 };
    return m;
}

static void seals_and_opens_the_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        ohm_crypto_aead *aead = NULL;
        assert_int_equal(ohm_crypto_aead_new((ohm_span){ key, vectors[i].key_len }, &aead), OHM_OK);
        const ohm_aead *table = ohm_crypto_aead_table(aead);
        assert_int_equal(table->key_len, vectors[i].key_len);
        for (int again = 0; again < 3; again++) {
            uint8_t text[sizeof plain];
            memcpy(text, plain, sizeof plain);
            ohm_aead_text m = message_over(text, sizeof text);
            assert_int_equal(table->seal(table->ctx, &m), OHM_OK);
            assert_memory_equal(text, vectors[i].head, 4);
            assert_memory_equal(m.tag, vectors[i].tag, sizeof m.tag);
            assert_int_equal(table->open(table->ctx, &m), OHM_OK);
            assert_memory_equal(text, plain, sizeof plain);
        }
        ohm_crypto_aead_free(aead);
    }
}

static void any_flipped_bit_is_found_and_wiped(void **state)
{
    (void)state;
    ohm_crypto_aead *aead = NULL;
    assert_int_equal(ohm_crypto_aead_new((ohm_span){ key, 16 }, &aead), OHM_OK);
    const ohm_aead *table = ohm_crypto_aead_table(aead);
    static const uint8_t zeros[sizeof plain];
    uint8_t sealed[sizeof plain];
    memcpy(sealed, plain, sizeof plain);
    ohm_aead_text m = message_over(sealed, sizeof sealed);
    assert_int_equal(table->seal(table->ctx, &m), OHM_OK);
    for (size_t bit = 0; bit < 8 * (sizeof plain + OHM_AEAD_TAG_LEN); bit++) {
        uint8_t text[sizeof plain];
        memcpy(text, sealed, sizeof text);
        ohm_aead_text damaged = m;
        damaged.text = text;
        if (bit < 8 * sizeof plain)
            text[bit / 8] ^= (uint8_t)(1u << bit % 8);
        else
            damaged.tag[bit / 8 - sizeof plain] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(table->open(table->ctx, &damaged), OHM_BAD_TAG);
        assert_memory_equal(text, zeros, sizeof zeros);
    }
    assert_int_equal(table->open(table->ctx, &m), OHM_OK);
    ohm_crypto_aead_free(aead);
}

static void decrypts_without_a_tag_and_authenticates_without_text(void **state)
{
    (void)state;
    ohm_crypto_aead *aead = NULL;
    assert_int_equal(ohm_crypto_aead_new((ohm_span){ key, 16 }, &aead), OHM_OK);
    const ohm_aead *table = ohm_crypto_aead_table(aead);
    uint8_t text[sizeof plain];
    memcpy(text, plain, sizeof plain);
    ohm_aead_text m = message_over(text, sizeof text);
    assert_int_equal(table->seal(table->ctx, &m), OHM_OK);
    m.aad[0].len = m.aad[1].len = 0;
    assert_int_equal(table->decrypt(table->ctx, &m), OHM_OK);
    assert_memory_equal(text, plain, sizeof plain);

    ohm_aead_text only = message_over(NULL, 0);
    assert_int_equal(table->seal(table->ctx, &only), OHM_OK);
    assert_int_equal(table->open(table->ctx, &only), OHM_OK);
    only.tag[0] ^= 1;
    assert_int_equal(table->open(table->ctx, &only), OHM_BAD_TAG);
    ohm_crypto_aead_free(aead);
}

static void keys_of_other_lengths_are_refused(void **state)
{
    (void)state;
    ohm_crypto_aead *aead = NULL;
    for (size_t len = 0; len <= 32; len++) {
        if (len != 16 && len != 32)
            assert_int_equal(ohm_crypto_aead_new((ohm_span){ key, len }, &aead), OHM_RANGE);
    }
    assert_null(aead);
    ohm_crypto_aead_free(NULL);
}

static void key_ids_tell_keys_apart(void **state)
{
    (void)state;
    uint32_t a = ohm_crypto_key_id((ohm_span){ key, 16 });
    assert_int_equal(a, ohm_crypto_key_id((ohm_span){ key + 16, 16 }));
    assert_int_not_equal(a, ohm_crypto_key_id((ohm_span){ key, 32 }));
    assert_int_not_equal(a, ohm_crypto_key_id((ohm_span){ key + 1, 16 }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seals_and_opens_the_vectors),
        cmocka_unit_test(any_flipped_bit_is_found_and_wiped),
        cmocka_unit_test(decrypts_without_a_tag_and_authenticates_without_text),
        cmocka_unit_test(keys_of_other_lengths_are_refused),
        cmocka_unit_test(key_ids_tell_keys_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
