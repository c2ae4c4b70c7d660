#include "cmd/account_access.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"

/* The folder, and then the file in it. */
static ohm_err open_store(ohm_account_access *access)
{
    char path[OHM_PATH_MAX];
    OHM_TRY(ohm_dir_ensure(access->state_dir));
    OHM_TRY(ohm_path_join(access->state_dir, OHM_STORE_FILE, path));
    const ohm_store_options options = { .path = path };
    OHM_TRY(ohm_store_open(&options, &access->store));
    return ohm_reader_open(path, &access->reader);
}

int ohm_account_access_open(const char *verb, const char *state, bool demo, ohm_account_access *out)
{
    *out = (ohm_account_access){ .store = NULL };
    if (state && demo)
        return ohm_cmd_usage(verb, "--state and --demo exclude each other", NULL);
    if (sodium_init() < 0)
        return ohm_cmd_fail(verb, "libsodium does not start", NULL);
    ohm_err err = ohm_ok();
    if (!state)
        err = ohm_path_state(demo, out->state_dir);
    else if (snprintf(out->state_dir, sizeof out->state_dir, "%s", state) >=
             (int)sizeof out->state_dir)
        err = ohm_fail(OHM_TOO_BIG, 0, "the path is too long");
    if (!ohm_failed(err))
        err = open_store(out);
    if (!ohm_failed(err))
        return OHM_EXIT_OK;
    ohm_account_access_close(out);
    return ohm_cmd_fail(out->state_dir[0] ? out->state_dir : verb, err.what,
                        "--state DIR names another folder");
}

void ohm_account_access_close(ohm_account_access *access)
{
    ohm_reader_close(access->reader);
    ohm_store_close(access->store);
    access->reader = NULL;
    access->store = NULL;
}

/* "the action is not create, list or revoke:" */
static int unknown_action(const ohm_account_request *request, const ohm_account_action *actions,
                          size_t count)
{
    char why[128];
    int len = snprintf(why, sizeof why, "the action is not ");
    for (size_t i = 0; i < count; i++) {
        const char *between = i + 1 == count ? ":" : i + 2 == count ? " or " : ", ";
        len += snprintf(why + len, sizeof why - (size_t)len, "%s%s", actions[i].name, between);
        assert(len > 0 && (size_t)len < sizeof why); /* a handful of words */
    }
    return ohm_cmd_usage(request->verb, why, request->action);
}

static int bad_subject(const ohm_account_request *request)
{
    char why[64];
    (void)snprintf(why, sizeof why, request->subject ? "takes no %s:" : "the %s is missing",
                   request->what);
    return ohm_cmd_usage(request->verb, why, request->subject);
}

int ohm_account_access_run(const ohm_account_request *request, const ohm_account_action *actions,
                           size_t count, void *ctx)
{
    size_t i = 0;
    while (i < count && strcmp(actions[i].name, request->action) != 0)
        i++;
    if (i == count)
        return unknown_action(request, actions, count);
    if (actions[i].has_subject != (request->subject != NULL))
        return bad_subject(request);
    ohm_account_access access;
    int status = ohm_account_access_open(request->verb, request->state, request->demo, &access);
    if (status != OHM_EXIT_OK)
        return status;
    status = actions[i].run(&access, ctx);
    ohm_account_access_close(&access);
    if (status == OHM_EXIT_OK && fflush(stdout))
        status = ohm_cmd_fail(request->verb, "standard output can't be written", NULL);
    return status;
}

int ohm_account_access_load(const char *verb, ohm_account_access *access, ohm_accounts *out)
{
    ohm_err err = ohm_account_store_load(access->reader, out);
    return ohm_failed(err) ? ohm_cmd_fail(verb, err.what, NULL) : OHM_EXIT_OK;
}

static ohm_err put(void *ctx, const char *key, ohm_span value)
{
    return ohm_store_put_wait(ctx, key, value);
}

ohm_err ohm_account_access_change(ohm_account_access *access,
                                  ohm_code (*change)(ohm_accounts *accounts, void *ctx), void *ctx,
                                  ohm_accounts *ret_accounts)
{
    const ohm_account_change what = { .state_dir = access->state_dir,
                                      .reader = access->reader,
                                      .put = put,
                                      .put_ctx = access->store,
                                      .change = change,
                                      .ctx = ctx };
    return ohm_account_store_change(&what, ret_accounts);
}
