/* Users and tokens in the store: read, and changed by one process at a time.
 *
 * The daemon and the verbs (`ohmstead user`, `ohmstead token`) change the same state value. Each
 * takes the lock file in the state folder, reads, changes, writes and lets go, so that none loses
 * what another wrote; readers need no lock. */
#ifndef OHM_WEB_ACCOUNT_STORE_H
#define OHM_WEB_ACCOUNT_STORE_H

#include "store/reader.h"
#include "web/accounts.h"

#define OHM_ACCOUNTS_KEY "web.accounts"

/* No value yet is no account: OHM_OK. OHM_BAD_FORMAT: damaged. */
OHM_MUST_CHECK ohm_err ohm_account_store_load(ohm_reader *reader, ohm_accounts *out);

typedef struct ohm_account_change {
    const char *state_dir; /* holds the lock file */
    ohm_reader *reader;
    /* Writes a state value and waits for its commit. */
    ohm_err (*put)(void *ctx, const char *key, ohm_span value);
    void *put_ctx;
    /* Changes the accounts; anything but OHM_OK leaves the store as it is. */
    ohm_code (*change)(ohm_accounts *accounts, void *ctx);
    void *ctx;
} ohm_account_change;

/* `accounts` is what is stored afterwards. The code of `change` comes back as it is; OHM_BUSY:
 * another process holds the lock for too long. */
OHM_MUST_CHECK ohm_err ohm_account_store_change(const ohm_account_change *change,
                                                ohm_accounts *accounts);

#endif
