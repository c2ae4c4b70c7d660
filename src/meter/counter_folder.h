/* Invocation counters that outlive a run: of every system title of ours and key, the first number
 * that nobody has used yet, in one file each of a folder.
 *
 * The nonce of a ciphered message is our system title and such a number (IEC 62056-5-3, §5.3.3):
 * used twice under one key it gives the key's authentication away. So the daemon, `read`, `scan`
 * and the library take stretches of numbers from here, under a lock and written to disk before
 * one of them is used; who took a stretch and ended early leaves a gap, and nobody minds.
 *
 * The folder also keeps the system title that we have where no settings name one: random, made
 * once, so that two folders never share a nonce. */
#ifndef OHM_METER_COUNTER_FOLDER_H
#define OHM_METER_COUNTER_FOLDER_H

#include <stdint.h>

#include "base/err.h"
#include "host/file.h"

enum { OHM_COUNTER_TITLE_LEN = 8 };

/* Who lends numbers, and gives a title; in tests another than the folder. */
typedef struct ohm_counter_lender {
    /* `count` numbers from *ret_first on, `at_least` or higher. With `at_least` 0 the borrower
     * knows of none: OHM_UNKNOWN where the lender knows of none either. */
    ohm_err (*lend)(void *ctx, const uint8_t title[static OHM_COUNTER_TITLE_LEN], uint32_t key_id,
                    uint32_t at_least, uint32_t count, uint32_t *ret_first);
    ohm_err (*title)(void *ctx, uint8_t ret_title[static OHM_COUNTER_TITLE_LEN]);
    void *ctx;
} ohm_counter_lender;

typedef struct ohm_counter_folder {
    char *path;
} ohm_counter_folder;

/* The folder inside a state folder. OHM_TOO_BIG: its path; OHM_NO_MEMORY. */
OHM_MUST_CHECK ohm_err ohm_counter_folder_init(ohm_counter_folder *folder, const char *state);
void ohm_counter_folder_release(ohm_counter_folder *folder); /* takes zeros too */

/* Lends from that folder, which must stay; it is made when it is first used. */
ohm_counter_lender ohm_counter_folder_lender(ohm_counter_folder *folder);

#endif
