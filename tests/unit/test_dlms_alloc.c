/* Once running, a push costs no allocation, plain or ciphered. Every allocation of the process
 * is counted; a sanitizer brings its own allocator, and then there is nothing to count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../pushes.h"
#include "host/crypto_aead.h"
#include "wire/dlms.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNTING 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define COUNTING 0
#endif
#endif
#if !defined(COUNTING) && defined(__GLIBC__)
#define COUNTING 1
#endif

static unsigned long allocations;

#if COUNTING
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *ptr, size_t size);

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *ptr, size_t size)
{
    allocations++;
    return __libc_realloc(ptr, size);
}
#endif

static void no_message_allocates(void **state)
{
    (void)state;
    static ohm_dlms decoders[2]; /* one without a key, one with */
    ohm_crypto_aead *aead = NULL;
    assert_int_equal(ohm_crypto_aead_new((ohm_span){ push_key, 16 }, &aead), OHM_OK);
    ohm_replay_guard guard;
    ohm_replay_init(&guard);
    ohm_dlms_config config = { .aead = ohm_crypto_aead_table(aead),
                               .guard = &guard,
                               .profiles = push_profiles,
                               .profiles_count = PUSH_PROFILES };
    const ohm_dlms_config plain = { .profiles = push_profiles, .profiles_count = PUSH_PROFILES };
    ohm_dlms_init(&decoders[0], &plain);
    ohm_dlms_init(&decoders[1], &config);

    unsigned long before = 0;
    enum { WARM = 10, MESSAGES = 1000 };
    for (uint32_t i = 0; i < WARM + MESSAGES; i++) {
        const push list = push_e450_list(i), pairs = push_e450_pairs(i);
        const push sealed = push_sealed(config.aead, 0x30, i, &pairs);
        const push streams[] = { push_gbt(&list), push_gbt(&sealed) };
        if (i == WARM)
            before = allocations;
        for (int k = 0; k < 2; k++) {
            ohm_span in = push_span(&streams[k]);
            const ohm_dlms_message *m = NULL;
            ohm_dlms_reject reject;
            ohm_code code = ohm_dlms_next(&decoders[k], &in, &m, &reject);
            if (code != OHM_OK)
                fail_msg("%s", reject.what);
        }
    }
    assert_int_equal(allocations, before);
    ohm_crypto_aead_free(aead);
#if COUNTING
    assert_true(before > 0); /* the counter counts */
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(no_message_allocates) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
