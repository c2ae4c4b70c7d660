/* Who is who: users, sessions, tokens, the claim of a first run, and how often one may try.
 *
 * The accounts are the store's (account_store.h); this thread keeps a copy. Whenever somebody asks
 * it looks at the store's version, and reads again if that changed: what a verb changes counts
 * from its commit on, a flood of bad tokens reads no account, and an idle daemon does nothing. */
#ifndef OHM_WEB_AUTH_H
#define OHM_WEB_AUTH_H

#include "web/account_store.h"
#include "web/fault.h"
#include "web/limiter.h"
#include "web/session.h"
#include "web/web.h"

typedef struct ohm_exchange ohm_exchange;

enum {
    OHM_CLAIM_CODE_CHARS = 12,
    OHM_CLAIM_SHOWN_MAX = 16, /* "K7QP-2MXW-9DRT" */
    OHM_KNOWN_MAX = 32,
    OHM_TOKEN_USES_EVERY_MS = OHM_HOUR_MS,
};

typedef struct ohm_access_token_use {
    char id[OHM_ACCESS_TOKEN_ID_LEN + 1];
    ohm_ms used_ms;
} ohm_access_token_use;

typedef struct ohm_auth {
    ohm_accounts accounts;
    bool has_version;
    int64_t version; /* of the store, before the accounts were read */
    ohm_sessions sessions;
    ohm_limiter limiter;
    char claim_code[OHM_CLAIM_CODE_CHARS + 1]; /* "": claimed */
    char claim_shown[OHM_CLAIM_SHOWN_MAX];     /* as at the start; other threads read it */
    uint64_t known[OHM_KNOWN_MAX];             /* who logged in from where lately: hashes */
    unsigned known_next;
    bool uses_changed;
    ohm_mono_ms uses_saved;
    uint16_t uses_count;
    ohm_access_token_use uses[OHM_ACCESS_TOKENS_MAX];
} ohm_auth;

OHM_MUST_CHECK ohm_err ohm_auth_start(ohm_web *web);
ohm_mono_ms ohm_auth_tick(ohm_web *web);
void ohm_auth_end(ohm_web *web);

/* Sets x->who. False: there is a token, and it is not good. */
bool ohm_auth_identify(ohm_exchange *x);
/* Of a stream that goes on: may its reader still read? */
bool ohm_auth_still(ohm_web *web, const ohm_principal *who);

/* Is the password the user's? Limits how often that may be asked; what is wrong is answered. */
bool ohm_auth_verify(ohm_exchange *x, const char *user, const char *password);
/* Is this the claim code? What is wrong is answered; wrong codes are limited by address. */
bool ohm_auth_claim_is(ohm_exchange *x, const char *code);

/* Changes the stored accounts; what is wrong is not answered. */
OHM_MUST_CHECK ohm_err ohm_auth_change(ohm_web *web,
                                       ohm_code (*change)(ohm_accounts *accounts, void *ctx),
                                       void *ctx);
/* When a token was last used; OHM_NO_MS: never, as far as is known. */
ohm_ms ohm_auth_token_used(const ohm_auth *auth, const char *id);

/* A line of the log about an account: who did what, from where. `event` is a literal. */
void ohm_auth_audit(const ohm_exchange *x, const char *event, const char *subject);

#endif
