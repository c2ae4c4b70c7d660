/* Passwords: which are good enough, and what is kept of them (argon2id, RFC 9106).
 *
 * A hash takes OHM_PASSWORD_MEMORY bytes while it is made or checked, given back at once; callers
 * make them one at a time. */
#ifndef OHM_WEB_PASSWORD_H
#define OHM_WEB_PASSWORD_H

#include "base/err.h"
#include "base/span.h"

enum {
    OHM_PASSWORD_CHARS_MIN = 8, /* characters, not bytes */
    OHM_PASSWORD_CHARS_MAX = 128,
    OHM_PASSWORD_BYTES_MAX = 4 * OHM_PASSWORD_CHARS_MAX,
    OHM_PASSWORD_HASH_MAX = 128, /* text, with its end */
    OHM_PASSWORD_PASSES = 2,
    OHM_PASSWORD_MEMORY = 19 << 20, /* bytes */
};

typedef enum ohm_password_verdict {
    OHM_PASSWORD_GOOD,
    OHM_PASSWORD_SHORT,
    OHM_PASSWORD_LONG,
    OHM_PASSWORD_COMMON, /* on the list, a row of keys, or the user's own name */
} ohm_password_verdict;

/* No rule about kinds of characters: length counts. */
ohm_password_verdict ohm_password_check(ohm_span password, const char *user);

OHM_MUST_CHECK ohm_code ohm_password_hash(ohm_span password,
                                          char out[static OHM_PASSWORD_HASH_MAX]);
/* `hash` NULL: there is no such user; takes as long and says no. */
bool ohm_password_is(const char *hash, ohm_span password);

#endif
