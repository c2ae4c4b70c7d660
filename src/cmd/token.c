/* ohmstead token: secrets for programs. Works beside a running daemon, which takes note at once. */
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "base/number.h"
#include "cmd/account_access.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/verbs.h"
#include "host/clock.h"
#include "host/random.h"

#define DAY_MS (INT64_C(24) * OHM_HOUR_MS)

typedef struct token_options {
    const char *action, *id, *name, *scope, *expires, *state;
    bool demo, json;
} token_options;

typedef struct token_job {
    const token_options *options;
    unsigned rights;
    ohm_ms now_ms, expires_ms;
    char text[OHM_ACCESS_TOKEN_LEN + 1];
} token_job;

/* --- create --------------------------------------------------------------------------------- */

static ohm_code add(ohm_accounts *accounts, void *ctx)
{
    token_job *job = ctx;
    return ohm_accounts_add_token(accounts, job->options->name, job->rights, job->now_ms,
                                  job->expires_ms, job->text);
}

/* "read,control": the rights of all of them together; 0: one is not known. */
static unsigned read_scopes(const char *list)
{
    unsigned rights = 0;
    while (*list) {
        char scope[16];
        size_t len = strcspn(list, ",");
        if (len >= sizeof scope)
            return 0;
        memcpy(scope, list, len);
        scope[len] = '\0';
        unsigned more = ohm_scope_rights(scope);
        if (!more)
            return 0;
        rights |= more;
        list += len + (list[len] == ',');
    }
    return rights;
}

static int create(ohm_account_access *access, void *ctx)
{
    token_job *job = ctx;
    const token_options *o = job->options;
    int64_t days = 0;
    ohm_accounts accounts;
    job->rights = read_scopes(o->scope);
    job->now_ms = ohm_clock_utc();
    job->expires_ms = OHM_NO_MS;
    if (!job->rights)
        return ohm_cmd_usage("token", "the scope is not read, control or admin:", o->scope);
    if (!ohm_access_token_name_valid(o->name))
        return ohm_cmd_usage("token",
                             "a name has 1 to 31 bytes and no control character:", o->name);
    if (o->expires && (ohm_number_int(ohm_span_text(o->expires), &days) != OHM_OK || days < 1 ||
                       days > OHM_ACCESS_TOKEN_DAYS_MAX))
        return ohm_cmd_usage("token", "--expires takes 1 to 3660 days, not", o->expires);
    if (o->expires)
        job->expires_ms = job->now_ms + days * DAY_MS;
    ohm_err err = ohm_account_access_change(access, add, job, &accounts);
    if (ohm_failed(err))
        return ohm_cmd_fail(
            "token", err.code == OHM_TOO_BIG ? "there is no room for another token" : err.what,
            NULL);
    (void)puts(job->text);
    ohm_wipe(job->text, sizeof job->text);
    return OHM_EXIT_OK;
}

/* --- revoke and list -------------------------------------------------------------------------- */

static ohm_code remove_one(ohm_accounts *accounts, void *ctx)
{
    const token_job *job = ctx;
    return ohm_accounts_remove_token(accounts, job->options->id);
}

static int revoke(ohm_account_access *access, void *ctx)
{
    token_job *job = ctx;
    ohm_accounts accounts;
    ohm_err err = ohm_account_access_change(access, remove_one, job, &accounts);
    if (err.code == OHM_UNKNOWN)
        return ohm_cmd_fail(job->options->id, "there is no token of this id",
                            "ohmstead token list");
    return ohm_failed(err) ? ohm_cmd_fail(job->options->id, err.what, NULL) : OHM_EXIT_OK;
}

static void print_time(ohm_ms time_ms, char out[static OHM_RFC3339_MAX])
{
    if (time_ms == OHM_NO_MS)
        (void)snprintf(out, OHM_RFC3339_MAX, "never");
    else
        (void)ohm_rfc3339_write(time_ms, out);
}

static void print_row(const ohm_access_token *token)
{
    char created[OHM_RFC3339_MAX], expires[OHM_RFC3339_MAX];
    print_time(token->created_ms, created);
    print_time(token->expires_ms, expires);
    printf("%-8s  %-8s  %-24s  %-24s  %s\n", token->id, ohm_rights_scope(token->rights), created,
           expires, token->name);
}

static void print_json(const ohm_access_token *token)
{
    char line[512];
    ohm_json json;
    size_t len;
    ohm_json_init(&json, line, sizeof line);
    ohm_json_object(&json);
    ohm_json_key_str(&json, "id", token->id);
    ohm_json_key_str(&json, "name", token->name);
    ohm_json_key_str(&json, "scope", ohm_rights_scope(token->rights));
    ohm_json_key_time(&json, "created", token->created_ms);
    ohm_json_key_time(&json, "expires", token->expires_ms);
    ohm_json_end(&json);
    ohm_code code = ohm_json_finish(&json, &len);
    assert(code == OHM_OK); /* a name has 31 bytes */
    printf("%.*s\n", (int)len, line);
}

static int list(ohm_account_access *access, void *ctx)
{
    const token_job *job = ctx;
    ohm_accounts accounts;
    int status = ohm_account_access_load("token", access, &accounts);
    if (status != OHM_EXIT_OK)
        return status;
    if (!job->options->json && accounts.tokens_count)
        printf("%-8s  %-8s  %-24s  %-24s  %s\n", "id", "scope", "created", "expires", "name");
    for (int i = 0; i < accounts.tokens_count; i++) {
        if (job->options->json)
            print_json(&accounts.tokens[i]);
        else
            print_row(&accounts.tokens[i]);
    }
    return OHM_EXIT_OK;
}

static int run(const token_options *o)
{
    static const ohm_account_action actions[] = {
        { "create", false, create },
        { "list", false, list },
        { "revoke", true, revoke },
    };
    const ohm_account_request request = { .verb = "token",
                                          .action = o->action,
                                          .subject = o->id,
                                          .what = "id",
                                          .state = o->state,
                                          .demo = o->demo };
    token_job job = { .options = o };
    return ohm_account_access_run(&request, actions, sizeof actions / sizeof *actions, &job);
}

int ohm_cmd_token(int argc, char **argv)
{
    token_options o = { .name = "token", .scope = "read" };
    const ohm_option table[] = {
        { "--name", "NAME", &o.name, NULL, "create: what it is for" },
        { "--scope", "SCOPE", &o.scope, NULL, "create: read, control or admin (read)" },
        { "--expires", "DAYS", &o.expires, NULL, "create: when it ends (never)" },
        { "--state", "DIR", &o.state, NULL, "where readings and accounts are kept" },
        { "--demo", NULL, NULL, &o.demo, "the accounts of the demo house" },
        { "--json", NULL, NULL, &o.json, "list: one JSON object a line" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "token",
        .arguments = "create, list, or revoke ID",
        .about =
            "Secrets for programs that ask the API. 'create' prints the token alone, once: it\n"
            "is not kept. A running daemon takes note at once.\n"
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
    o.id = count > 1 ? arguments[1] : NULL;
    return run(&o);
}
