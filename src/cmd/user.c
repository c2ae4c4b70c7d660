/* ohmstead user: who may log in. Works beside a running daemon, which takes note at once. */
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "cmd/account_access.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/secret_input.h"
#include "cmd/verbs.h"
#include "host/clock.h"
#include "host/random.h"

typedef struct user_options {
    const char *action, *name, *role, *state;
    bool demo, json;
} user_options;

typedef struct user_job {
    const user_options *options;
    ohm_user user;
} user_job;

/* --- changes ------------------------------------------------------------------------------ */

static ohm_code add(ohm_accounts *accounts, void *ctx)
{
    const user_job *job = ctx;
    return ohm_accounts_add_user(accounts, &job->user);
}

static ohm_code set_password(ohm_accounts *accounts, void *ctx)
{
    const user_job *job = ctx;
    ohm_user *user = ohm_accounts_user(accounts, job->user.name);
    if (!user)
        return OHM_UNKNOWN;
    memcpy(user->hash, job->user.hash, sizeof user->hash);
    return OHM_OK;
}

static ohm_code remove_one(ohm_accounts *accounts, void *ctx)
{
    const user_job *job = ctx;
    return ohm_accounts_remove_user(accounts, job->user.name);
}

static ohm_code set_role(ohm_accounts *accounts, void *ctx)
{
    const user_job *job = ctx;
    return ohm_accounts_set_role(accounts, job->user.name, job->user.role);
}

static int change(ohm_account_access *access, user_job *job,
                  ohm_code (*how)(ohm_accounts *accounts, void *ctx))
{
    ohm_accounts accounts;
    ohm_err err = ohm_account_access_change(access, how, job, &accounts);
    const char *name = job->user.name;
    switch ((int)err.code) {
    case OHM_OK:
        if (how == add && !ohm_accounts_has_admin(&accounts))
            (void)fprintf(
                stderr,
                "ohmstead: %s: there is no administrator yet: the claim code that 'serve' "
                "prints makes one, or 'ohmstead user role %s --role admin'\n",
                name, name);
        return OHM_EXIT_OK;
    case OHM_UNKNOWN:
        return ohm_cmd_fail(name, "there is no user of this name", "ohmstead user list");
    case OHM_CONFLICT:
        return ohm_cmd_fail(name,
                            how == add ? "there is a user of this name already"
                                       : "the last administrator must stay",
                            NULL);
    case OHM_TOO_BIG:
        return ohm_cmd_fail(name, "there is no room for another user", NULL);
    default:
        return ohm_cmd_fail(name, err.what, NULL);
    }
}

/* --- the password -------------------------------------------------------------------------- */

static const char *complaint(ohm_password_verdict verdict)
{
    switch (verdict) {
    case OHM_PASSWORD_GOOD:
        return NULL;
    case OHM_PASSWORD_SHORT:
        return "a password needs 8 characters at least; 15 are better";
    case OHM_PASSWORD_LONG:
        return "a password has 128 characters at most";
    case OHM_PASSWORD_COMMON:
        return "too many people use this password, or it is too easy to guess";
    }
    return NULL;
}

/* Asks for it and keeps its hash in job->user. */
static int read_password(user_job *job)
{
    char password[OHM_PASSWORD_BYTES_MAX + 1];
    const char *why = NULL;
    ohm_err err = ohm_secret_input("password", password, sizeof password);
    if (ohm_failed(err))
        why = err.what;
    else
        why = complaint(ohm_password_check(ohm_span_text(password), job->user.name));
    if (!why && ohm_password_hash(ohm_span_text(password), job->user.hash) != OHM_OK)
        why = "out of memory";
    ohm_wipe(password, sizeof password);
    return why ? ohm_cmd_fail(job->user.name, why, NULL) : OHM_EXIT_OK;
}

/* --- the actions ---------------------------------------------------------------------------- */

/* The role asked for, `usual` where none was. */
static int read_role(user_job *job, const char *usual)
{
    const char *role = job->options->role ? job->options->role : usual;
    job->user.role = role ? ohm_role_find(role) : OHM_ROLE_NONE;
    if (!role)
        return ohm_cmd_usage("user", "--role is missing", NULL);
    return job->user.role == OHM_ROLE_NONE
               ? ohm_cmd_usage("user", "the role is not viewer, operator or admin:", role)
               : OHM_EXIT_OK;
}

static int add_user(ohm_account_access *access, void *ctx)
{
    user_job *job = ctx;
    job->user.created_ms = ohm_clock_utc();
    int status = read_role(job, "viewer");
    if (status == OHM_EXIT_OK)
        status = read_password(job);
    return status == OHM_EXIT_OK ? change(access, job, add) : status;
}

static int change_role(ohm_account_access *access, void *ctx)
{
    user_job *job = ctx;
    int status = read_role(job, NULL);
    return status == OHM_EXIT_OK ? change(access, job, set_role) : status;
}

static int remove_user(ohm_account_access *access, void *ctx)
{
    return change(access, ctx, remove_one);
}

static int change_password(ohm_account_access *access, void *ctx)
{
    user_job *job = ctx;
    int status = read_password(job);
    return status == OHM_EXIT_OK ? change(access, job, set_password) : status;
}

static void print_users(const ohm_accounts *accounts, bool json)
{
    for (int i = 0; i < accounts->users_count; i++) {
        const ohm_user *user = &accounts->users[i];
        char created[OHM_RFC3339_MAX];
        (void)ohm_rfc3339_write(user->created_ms, created);
        printf(json ? "{\"name\":\"%s\",\"role\":\"%s\",\"created\":\"%s\"}\n" : "%-24s %-10s %s\n",
               user->name, ohm_role_name(user->role), created);
    }
}

static int list_users(ohm_account_access *access, void *ctx)
{
    const user_job *job = ctx;
    ohm_accounts accounts;
    int status = ohm_account_access_load("user", access, &accounts);
    if (status == OHM_EXIT_OK)
        print_users(&accounts, job->options->json);
    return status;
}

static int run(const user_options *o)
{
    static const ohm_account_action actions[] = {
        { "add", true, add_user },     { "passwd", true, change_password },
        { "role", true, change_role }, { "remove", true, remove_user },
        { "list", false, list_users },
    };
    const ohm_account_request request = { .verb = "user",
                                          .action = o->action,
                                          .subject = o->name,
                                          .what = "name",
                                          .state = o->state,
                                          .demo = o->demo };
    user_job job = { .options = o };
    if (o->name && !ohm_user_name_valid(o->name))
        return ohm_cmd_usage("user", "a name is 1 to 31 of a-z, 0-9, '.', '_', '-':", o->name);
    (void)snprintf(job.user.name, sizeof job.user.name, "%s", o->name ? o->name : "");
    return ohm_account_access_run(&request, actions, sizeof actions / sizeof *actions, &job);
}

int ohm_cmd_user(int argc, char **argv)
{
    user_options o = { .role = NULL };
    const ohm_option table[] = {
        { "--role", "ROLE", &o.role, NULL, "viewer, operator or admin; of a new user: viewer" },
        { "--state", "DIR", &o.state, NULL, "where readings and accounts are kept" },
        { "--demo", NULL, NULL, &o.demo, "the accounts of the demo house" },
        { "--json", NULL, NULL, &o.json, "list: one JSON object a line" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "user",
        .arguments = "add|passwd|role|remove NAME, or list",
        .about =
            "Who may log in. The password is asked for on a terminal, or taken from the first\n"
            "line of standard input. A running daemon takes note at once.\n"
            "\n" OHM_STATE_ABOUT,
        .options = table,
        .arguments_min = 1,
        .arguments_max = 2,
    };
    const char *arguments[2] = { NULL, NULL };
    int status, count = ohm_options_read(&verb, argc, argv, arguments, &status);
    if (count < 0)
        return status;
    o.action = arguments[0];
    o.name = count > 1 ? arguments[1] : NULL;
    return run(&o);
}
