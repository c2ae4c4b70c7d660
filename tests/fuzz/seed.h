/* For the seed programs of wire/: writes one first input. */
#ifndef OHM_TESTS_SEED_H
#define OHM_TESTS_SEED_H

#include <stdio.h>
#include <stdlib.h>

#include "../pushes.h"
#include "host/file.h"

static inline void seed_write(const char *folder, const char *name, ohm_span bytes)
{
    char path[OHM_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (ohm_failed(ohm_file_write(path, bytes, 0600)))
        exit(EXIT_FAILURE);
}

static inline ohm_code seed_no_cipher(void *ctx, ohm_aead_text *message)
{
    (void)ctx;
    memset(message->tag, 0, sizeof message->tag);
    return OHM_OK;
}

/* "Ciphers" that change nothing: what fuzz_dlms deciphers. */
static const ohm_aead seed_aead = { NULL, 16, seed_no_cipher, seed_no_cipher, seed_no_cipher };

#endif
