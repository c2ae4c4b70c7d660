/* Users and tokens: what the state value "web.accounts" holds, and the rules about it.
 *
 * Plain data; account_store.h reads and writes it. Names of users are 1 to 31 of a-z, 0-9 and
 * ". _ -", whatever their case; they are kept as written and compared without case. A token is
 * "ohm_<id>_<secret>", of which the id and the SHA-256 of the secret are kept. */
#ifndef OHM_WEB_ACCOUNTS_H
#define OHM_WEB_ACCOUNTS_H

#include "base/json.h"
#include "base/time.h"
#include "web/password.h"
#include "web/principal.h"
#include "web/right.h"

enum {
    OHM_USERS_MAX = 32,
    OHM_ACCESS_TOKENS_MAX = 64,
    OHM_USER_NAME_MAX = 32,
    OHM_ACCESS_TOKEN_NAME_MAX = 32,
    OHM_ACCESS_TOKEN_ID_LEN = 8,
    OHM_ACCESS_TOKEN_SECRET_LEN = 64, /* 32 random bytes in hexadecimal */
    OHM_ACCESS_TOKEN_LEN = 4 + OHM_ACCESS_TOKEN_ID_LEN + 1 + OHM_ACCESS_TOKEN_SECRET_LEN,
    OHM_ACCESS_TOKEN_DAYS_MAX = 3660,
};

typedef struct ohm_user {
    char name[OHM_USER_NAME_MAX];
    ohm_role role; /* viewer, operator, admin */
    char hash[OHM_PASSWORD_HASH_MAX];
    ohm_ms created_ms;
} ohm_user;

typedef struct ohm_access_token {
    char id[OHM_ACCESS_TOKEN_ID_LEN + 1];
    char name[OHM_ACCESS_TOKEN_NAME_MAX];
    unsigned rights;
    uint8_t hash[32];
    ohm_ms created_ms, expires_ms; /* OHM_NO_MS: never */
} ohm_access_token;

typedef struct ohm_accounts {
    uint16_t users_count, tokens_count;
    ohm_user users[OHM_USERS_MAX];
    ohm_access_token tokens[OHM_ACCESS_TOKENS_MAX];
} ohm_accounts;

/* --- as bytes ------------------------------------------------------------------------- */

/* OHM_BAD_FORMAT: not ours, or damaged: nothing of it may be believed. */
OHM_MUST_CHECK ohm_code ohm_accounts_parse(ohm_span bytes, ohm_accounts *out);
void ohm_accounts_write(ohm_json *json, const void *accounts);

/* --- users ---------------------------------------------------------------------------- */

bool ohm_user_name_valid(const char *name);
ohm_user *ohm_accounts_user(ohm_accounts *accounts, const char *name);
/* OHM_CONFLICT: there is one; OHM_TOO_BIG: no room. */
OHM_MUST_CHECK ohm_code ohm_accounts_add_user(ohm_accounts *accounts, const ohm_user *user);
bool ohm_accounts_has_admin(const ohm_accounts *accounts);
/* OHM_UNKNOWN: there is none; OHM_CONFLICT: the last administrator. */
OHM_MUST_CHECK ohm_code ohm_accounts_set_role(ohm_accounts *accounts, const char *name,
                                              ohm_role role);
/* OHM_UNKNOWN: there is none; OHM_CONFLICT: the last administrator. */
OHM_MUST_CHECK ohm_code ohm_accounts_remove_user(ohm_accounts *accounts, const char *name);

/* --- tokens --------------------------------------------------------------------------- */

bool ohm_access_token_name_valid(const char *name);
/* A new token with these rights: its text in `ret_text`, which nothing else keeps. */
OHM_MUST_CHECK ohm_code ohm_accounts_add_token(ohm_accounts *accounts, const char *name,
                                               unsigned rights, ohm_ms now_ms, ohm_ms expires_ms,
                                               char ret_text[static OHM_ACCESS_TOKEN_LEN + 1]);
ohm_access_token *ohm_accounts_token(ohm_accounts *accounts, const char *id);
OHM_MUST_CHECK ohm_code ohm_accounts_remove_token(ohm_accounts *accounts, const char *id);

/* "ohm_<id>_<secret>" → its id. OHM_BAD_FORMAT. */
OHM_MUST_CHECK ohm_code ohm_access_token_parse(ohm_span text,
                                               char ret_id[static OHM_ACCESS_TOKEN_ID_LEN + 1]);
/* Is the text the secret of this token, and is it still good? Without a clock that can be
 * trusted, a token that expires is not good. */
bool ohm_access_token_is(const ohm_access_token *token, ohm_span text, ohm_ms now_ms);

#endif
