/* E450 messages a second on one core, from bytes to values: the plain push of 491 bytes in 4
 * frames and the ciphered one of 332 bytes in 3. Each is set against its floor of the same run:
 * what OpenSSL alone takes to decrypt the ciphered push's 242 bytes with AES-128-GCM and check
 * the tag, with the key schedule kept. The best of several rounds counts: the machine is shared. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../tests/pushes.h"
#include "host/crypto_aead.h"
#include "wire/dlms.h"

enum {
    MESSAGES = 500, /* in one stream, so that their counters rise */
    REPEAT = 40,
    ROUNDS = 15,
    PLAIN_MARK = 500000,
    CIPHERED_MARK = 300000,
    FLOOR_MARK = 8,
};

static ohm_dlms decoder;
static int64_t sum; /* keeps the work from being optimised away */

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void take(const ohm_dlms_message *m)
{
    for (int i = 0; i < m->count; i++)
        if (m->values[i].quantity == OHM_Q_ENERGY_IMPORT)
            sum += m->values[i].raw;
}

/* Seconds a message of the best round. */
static double decode(const ohm_dlms_config *config, ohm_span stream)
{
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        double start = now_s();
        int messages = 0;
        for (int i = 0; i < REPEAT; i++) {
            if (config->guard)
                ohm_replay_init(config->guard);
            ohm_dlms_init(&decoder, config);
            ohm_span in = stream;
            const ohm_dlms_message *m = NULL;
            ohm_dlms_reject reject;
            while (ohm_dlms_next(&decoder, &in, &m, &reject) == OHM_OK) {
                take(m);
                messages++;
            }
        }
        double each = (now_s() - start) / messages;
        if (messages != REPEAT * MESSAGES) {
            (void)fprintf(stderr, "bench_dlms: %d messages\n", messages);
            exit(EXIT_FAILURE);
        }
        best = each < best ? each : best;
    }
    return best;
}

/* The floor: the same calls for each message that any program must make. */
static double gcm(const uint8_t *sealed, size_t len, const uint8_t *nonce, const uint8_t *tag)
{
    uint8_t aad[17] = { 0x30 }, out[PUSH_MAX], check[12];
    memcpy(aad + 1, push_auth_key, 16);
    memcpy(check, tag, sizeof check);
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    if (!cipher || !ctx || EVP_DecryptInit_ex2(ctx, cipher, push_key, NULL, NULL) != 1)
        exit(EXIT_FAILURE);
    double best = 1e9;
    for (int round = 0; round < ROUNDS; round++) {
        double start = now_s();
        for (int i = 0; i < REPEAT * MESSAGES; i++) {
            int n = 0;
            bool good = EVP_DecryptInit_ex2(ctx, NULL, NULL, nonce, NULL) == 1 &&
                        EVP_DecryptUpdate(ctx, NULL, &n, aad, sizeof aad) == 1 &&
                        EVP_DecryptUpdate(ctx, out, &n, sealed, (int)len) == 1 &&
                        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, 12, check) == 1 &&
                        EVP_DecryptFinal_ex(ctx, out + len, &n) == 1;
            if (!good)
                exit(EXIT_FAILURE);
            sum += out[0];
        }
        double each = (now_s() - start) / (REPEAT * MESSAGES);
        best = each < best ? each : best;
    }
    EVP_CIPHER_CTX_free(ctx);
    EVP_CIPHER_free(cipher);
    return best;
}

static bool report(const char *name, double each_s, double floor_s, double mark)
{
    double rate = 1 / each_s;
    (void)printf("%s: %.0f messages/s (mark: >= %.0f) %s\n", name, rate, mark,
                 rate >= mark ? "ok" : "MISSED");
    (void)printf("%s, ratio to AES-128-GCM of 242 bytes: %.2f\n", name, each_s / floor_s);
    return rate >= mark;
}

int main(void)
{
    static uint8_t plain[MESSAGES * 512], ciphered[MESSAGES * 512];
    ohm_writer plain_w = ohm_writer_over(plain, sizeof plain);
    ohm_writer ciphered_w = ohm_writer_over(ciphered, sizeof ciphered);
    ohm_crypto_aead *aead = NULL;
    if (ohm_crypto_aead_new((ohm_span){ push_key, 16 }, &aead) != OHM_OK)
        return EXIT_FAILURE;
    push sealed = { .len = 0 };
    for (uint32_t i = 0; i < MESSAGES; i++) {
        const push list = push_e450_list(25149419 + i), pairs = push_e450_pairs(12048950 + i);
        const push stream = push_gbt(&list);
        sealed = push_sealed(ohm_crypto_aead_table(aead), 0x30, i + 1, &pairs);
        const push stream_c = push_gbt(&sealed);
        if (stream.len != 491 || stream_c.len != 332)
            return EXIT_FAILURE;
        ohm_put_bytes(&plain_w, push_span(&stream));
        ohm_put_bytes(&ciphered_w, push_span(&stream_c));
    }

    uint8_t nonce[12];
    memcpy(nonce, push_title, 8);
    ohm_put_be32(nonce + 8, MESSAGES);
    const size_t text_at = sealed.len - 12 - 242;
    double floor_s = gcm(sealed.bytes + text_at, 242, nonce, sealed.bytes + sealed.len - 12);

    ohm_replay_guard guard;
    ohm_dlms_config config = { .profiles = push_profiles, .profiles_count = PUSH_PROFILES };
    double plain_s = decode(&config, ohm_writer_span(&plain_w));
    config.aead = ohm_crypto_aead_table(aead);
    config.guard = &guard;
    config.auth_key_len = 16;
    memcpy(config.auth_key, push_auth_key, 16);
    double ciphered_s = decode(&config, ohm_writer_span(&ciphered_w));
    ohm_crypto_aead_free(aead);

    (void)printf("AES-128-GCM of 242 bytes, key schedule kept: %.3f us\n", 1e6 * floor_s);
    bool kept = report("E450 plain, 491 bytes in 4 frames", plain_s, floor_s, PLAIN_MARK);
    kept &= report("E450 ciphered, 332 bytes in 3 frames", ciphered_s, floor_s, CIPHERED_MARK);
    bool near = ciphered_s <= FLOOR_MARK * floor_s;
    (void)printf("E450 ciphered to its floor: %.2f (mark: <= %d) %s\n", ciphered_s / floor_s,
                 FLOOR_MARK, near ? "ok" : "MISSED");
    return kept && near && sum != 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
