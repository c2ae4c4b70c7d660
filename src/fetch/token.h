/* OAuth2 client credentials (RFC 6749 §4.4), as RTE speaks it: Basic authorisation in, a bearer
 * token out. Secrets are in these buffers only; whoever holds one wipes it. */
#ifndef OHM_FETCH_TOKEN_H
#define OHM_FETCH_TOKEN_H

#include "base/err.h"
#include "base/span.h"

enum {
    OHM_TOKEN_MAX = 1024,
    OHM_TOKEN_BODY_MAX = 16 << 10,
    OHM_BASIC_MAX = 1024, /* of the header line */
};

typedef struct ohm_token {
    char text[OHM_TOKEN_MAX]; /* "" = none */
    int64_t expires_in_s;
} ohm_token;

/* {"access_token":"…","token_type":"Bearer","expires_in":7200}. Without expires_in the token is
 * good for this one use (0). Refuses what could not stand in a header. */
OHM_MUST_CHECK ohm_err ohm_token_parse(ohm_span body, ohm_token *out);

/* "Authorization: Basic …" of an id and a secret. OHM_TOO_BIG; OHM_BAD_FORMAT: the id has a
 * colon. */
OHM_MUST_CHECK ohm_code ohm_basic_header(const char *id, const char *secret,
                                         char out[static OHM_BASIC_MAX]);

#endif
