/* The accounts of a state folder, for the verbs that change them beside a running daemon. */
#ifndef OHM_CMD_ACCOUNT_ACCESS_H
#define OHM_CMD_ACCOUNT_ACCESS_H

#include "host/paths.h"
#include "store/reader.h"
#include "store/store.h"
#include "web/account_store.h"

typedef struct ohm_account_access {
    char state_dir[OHM_PATH_MAX];
    ohm_store *store;
    ohm_reader *reader;
} ohm_account_access;

/* Opens the state folder `state` (NULL: the usual one, of the demo house if `demo`), which is made
 * if need be. On failure says why on stderr; the result is the exit status. */
int ohm_account_access_open(const char *verb, const char *state, bool demo,
                            ohm_account_access *out);
void ohm_account_access_close(ohm_account_access *access);

/* What such a verb is told on the command line: an action, and for some whom it is about. */
typedef struct ohm_account_request {
    const char *verb, *action;
    const char *subject; /* NULL: none was given */
    const char *what;    /* the subject is: "name", "id" */
    const char *state;
    bool demo;
} ohm_account_request;

typedef struct ohm_account_action {
    const char *name;
    bool has_subject;
    int (*run)(ohm_account_access *access, void *ctx);
} ohm_account_action;

/* Finds the action among those of the verb, sees that its subject is there as it wants, opens the
 * folder, runs it and flushes what it printed. The exit status. */
int ohm_account_access_run(const ohm_account_request *request, const ohm_account_action *actions,
                           size_t count, void *ctx);

/* What is stored now. */
int ohm_account_access_load(const char *verb, ohm_account_access *access, ohm_accounts *out);

/* Changes it under the lock (web/account_store.h). The error is for the verb to say. */
OHM_MUST_CHECK ohm_err ohm_account_access_change(ohm_account_access *access,
                                                 ohm_code (*change)(ohm_accounts *accounts,
                                                                    void *ctx),
                                                 void *ctx, ohm_accounts *ret_accounts);

#endif
