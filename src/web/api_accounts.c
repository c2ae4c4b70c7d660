/* Who may: users and tokens. */
#include <stdio.h>

#include "host/clock.h"
#include "host/random.h"
#include "web/api.h"
#include "web/body.h"
#include "web/inner.h"

#define DAY_MS (INT64_C(24) * OHM_HOUR_MS)

/* --- members that several bodies have ------------------------------------------------- */

const char *ohm_account_name(ohm_exchange *x, const json_t *body, const char *member)
{
    const char *name = ohm_body_text(x, body, member, OHM_USER_NAME_MAX - 1);
    if (name && !ohm_user_name_valid(name)) {
        ohm_body_fault(x, OHM_FAULT_MEMBER, member);
        return NULL;
    }
    return name;
}

const char *ohm_account_password(ohm_exchange *x, const json_t *body, const char *user)
{
    static const ohm_fault faults[] = {
        [OHM_PASSWORD_SHORT] = OHM_FAULT_PASSWORD_SHORT,
        [OHM_PASSWORD_LONG] = OHM_FAULT_PASSWORD_LONG,
        [OHM_PASSWORD_COMMON] = OHM_FAULT_PASSWORD_COMMON,
    };
    const char *password = json_string_value(json_object_get(body, "password"));
    if (!password) {
        ohm_body_fault(x, OHM_FAULT_MEMBER, "password");
        return NULL;
    }
    ohm_password_verdict verdict = ohm_password_check(ohm_span_text(password), user);
    if (verdict != OHM_PASSWORD_GOOD) {
        ohm_body_fault(x, faults[verdict], "password");
        return NULL;
    }
    return password;
}

/* What came of a change; true: it was made. */
static bool is_done(ohm_exchange *x, ohm_err err, ohm_fault conflict)
{
    switch ((int)err.code) {
    case OHM_OK:
        return true;
    case OHM_CONFLICT:
        ohm_reply_fault(x, conflict, NULL);
        break;
    case OHM_UNKNOWN:
        ohm_reply_fault(x, OHM_FAULT_NOT_FOUND, NULL);
        break;
    case OHM_TOO_BIG:
        ohm_reply_fault(x, OHM_FAULT_FULL, NULL);
        break;
    case OHM_BUSY:
        ohm_reply_fault(x, OHM_FAULT_BUSY, NULL);
        break;
    default:
        ohm_reply_fault(x, OHM_FAULT_STORE, NULL);
        break;
    }
    return false;
}

/* --- users ---------------------------------------------------------------------------- */

static void write_user(ohm_json *json, const void *ctx)
{
    const ohm_user *user = ctx;
    ohm_json_object(json);
    ohm_json_key_str(json, "name", user->name);
    ohm_json_key_str(json, "role", ohm_role_name(user->role));
    ohm_json_key_time(json, "created", user->created_ms);
    ohm_json_end(json);
}

static void write_users(ohm_json *json, const void *ctx)
{
    const ohm_accounts *accounts = ctx;
    ohm_json_object(json);
    ohm_json_key(json, "items");
    ohm_json_array(json);
    for (int i = 0; i < accounts->users_count; i++)
        write_user(json, &accounts->users[i]);
    ohm_json_end(json);
    ohm_json_end(json);
}

void ohm_api_users(ohm_exchange *x)
{
    ohm_reply_json(x, MHD_HTTP_OK, write_users, &x->web->auth.accounts);
}

void ohm_api_user(ohm_exchange *x)
{
    const ohm_user *user = ohm_accounts_user(&x->web->auth.accounts, x->params[0]);
    if (user)
        ohm_reply_json(x, MHD_HTTP_OK, write_user, user);
    else
        ohm_reply_fault(x, OHM_FAULT_NOT_FOUND, NULL);
}

static ohm_code add_user(ohm_accounts *accounts, void *user)
{
    return ohm_accounts_add_user(accounts, user);
}

static void take_user(ohm_exchange *x, const json_t *body)
{
    ohm_user user = { .created_ms = ohm_clock_utc() };
    const char *name = ohm_account_name(x, body, "name");
    const char *role = name ? ohm_body_text(x, body, "role", 16) : NULL;
    if (!role)
        return;
    user.role = ohm_role_find(role);
    if (user.role == OHM_ROLE_NONE) {
        ohm_body_fault(x, OHM_FAULT_MEMBER, "role");
        return;
    }
    const char *password = ohm_account_password(x, body, name);
    if (!password)
        return;
    (void)snprintf(user.name, sizeof user.name, "%s", name);
    if (ohm_password_hash(ohm_span_text(password), user.hash) != OHM_OK) {
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
    } else if (is_done(x, ohm_auth_change(x->web, add_user, &user), OHM_FAULT_USER_EXISTS)) {
        ohm_auth_audit(x, "web_user_added", user.name);
        ohm_reply_json(x, MHD_HTTP_CREATED, write_user, &user);
    }
    ohm_wipe(user.hash, sizeof user.hash);
}

void ohm_api_user_add(ohm_exchange *x)
{
    static const char *const members[] = { "name", "password", "role", NULL };
    json_t *body = ohm_body_read(x, members);
    if (!body)
        return;
    take_user(x, body);
    json_decref(body);
}

static ohm_code remove_user(ohm_accounts *accounts, void *name)
{
    return ohm_accounts_remove_user(accounts, name);
}

void ohm_api_user_remove(ohm_exchange *x)
{
    char name[OHM_TARGET_MAX];
    (void)snprintf(name, sizeof name, "%s", x->params[0]);
    if (!is_done(x, ohm_auth_change(x->web, remove_user, name), OHM_FAULT_LAST_ADMIN))
        return;
    ohm_session_end_user(&x->web->auth.sessions, name, 0);
    ohm_auth_audit(x, "web_user_removed", name);
    ohm_reply_empty(x, MHD_HTTP_NO_CONTENT);
}

typedef struct new_password {
    const char *user;
    char hash[OHM_PASSWORD_HASH_MAX];
} new_password;

static ohm_code set_password(ohm_accounts *accounts, void *ctx)
{
    const new_password *change = ctx;
    ohm_user *user = ohm_accounts_user(accounts, change->user);
    if (!user)
        return OHM_UNKNOWN;
    memcpy(user->hash, change->hash, sizeof user->hash);
    return OHM_OK;
}

/* Whoever changes their own password stays signed in where they did. */
static void keep_own_session(ohm_exchange *x, bool own)
{
    ohm_auth *auth = &x->web->auth;
    ohm_session *session =
        own ? ohm_session_get(&auth->sessions, x->who.session, x->web->now) : NULL;
    const ohm_user *user = session ? ohm_accounts_user(&auth->accounts, session->user) : NULL;
    if (user)
        ohm_session_bind(session, user);
}

/* One's own password, after showing the one before; or as an administrator another's. */
static void take_password(ohm_exchange *x, const json_t *body)
{
    new_password change = { .user = x->params[0] };
    bool own = x->who.proof == OHM_PROOF_SESSION &&
               ohm_text_same(ohm_span_text(x->who.name), ohm_span_text(change.user));
    if (!own && !(x->who.rights & OHM_RIGHT_ADMIN)) {
        ohm_reply_fault(x, OHM_FAULT_FORBIDDEN, NULL);
        return;
    }
    const char *password = ohm_account_password(x, body, change.user);
    const char *current =
        password && own ? ohm_body_text(x, body, "current", OHM_PASSWORD_BYTES_MAX) : "";
    if (!password || !current || (own && !ohm_auth_verify(x, change.user, current)))
        return;
    if (ohm_password_hash(ohm_span_text(password), change.hash) != OHM_OK) {
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
    } else if (is_done(x, ohm_auth_change(x->web, set_password, &change), OHM_FAULT_REFUSED)) {
        keep_own_session(x, own);
        ohm_session_end_user(&x->web->auth.sessions, change.user, own ? x->who.session : 0);
        ohm_auth_audit(x, "web_password_changed", change.user);
        ohm_reply_empty(x, MHD_HTTP_NO_CONTENT);
    }
}

void ohm_api_user_password(ohm_exchange *x)
{
    static const char *const members[] = { "current", "password", NULL };
    json_t *body = ohm_body_read(x, members);
    if (!body)
        return;
    take_password(x, body);
    json_decref(body);
}

/* --- tokens --------------------------------------------------------------------------- */

static void write_token_members(ohm_json *json, const ohm_access_token *token, ohm_ms used_ms)
{
    ohm_json_key_str(json, "id", token->id);
    ohm_json_key_str(json, "name", token->name);
    ohm_json_key(json, "scopes");
    ohm_json_array(json);
    ohm_json_str(json, ohm_rights_scope(token->rights));
    ohm_json_end(json);
    ohm_json_key_str(json, "role", ohm_role_name(ohm_rights_role(token->rights)));
    ohm_json_key_time(json, "created", token->created_ms);
    ohm_json_key_time(json, "expires", token->expires_ms);
    ohm_json_key_time(json, "last_used", used_ms);
}

static void write_tokens(ohm_json *json, const void *ctx)
{
    const ohm_auth *auth = ctx;
    ohm_json_object(json);
    ohm_json_key(json, "items");
    ohm_json_array(json);
    for (int i = 0; i < auth->accounts.tokens_count; i++) {
        const ohm_access_token *token = &auth->accounts.tokens[i];
        ohm_json_object(json);
        write_token_members(json, token, ohm_auth_token_used(auth, token->id));
        ohm_json_end(json);
    }
    ohm_json_end(json);
    ohm_json_end(json);
}

void ohm_api_tokens(ohm_exchange *x)
{
    ohm_reply_json(x, MHD_HTTP_OK, write_tokens, &x->web->auth);
}

typedef struct shown_token {
    const ohm_access_token *token;
    const char *text; /* NULL: only at its birth */
    ohm_ms used_ms;
} shown_token;

static void write_token(ohm_json *json, const void *ctx)
{
    const shown_token *shown = ctx;
    ohm_json_object(json);
    write_token_members(json, shown->token, shown->used_ms);
    if (shown->text)
        ohm_json_key_str(json, "token", shown->text);
    ohm_json_end(json);
}

void ohm_api_token(ohm_exchange *x)
{
    ohm_auth *auth = &x->web->auth;
    const ohm_access_token *token = ohm_accounts_token(&auth->accounts, x->params[0]);
    if (!token) {
        ohm_reply_fault(x, OHM_FAULT_NOT_FOUND, NULL);
        return;
    }
    shown_token shown = { token, NULL, ohm_auth_token_used(auth, token->id) };
    ohm_reply_json(x, MHD_HTTP_OK, write_token, &shown);
}

typedef struct new_token {
    const char *name;
    unsigned rights;
    ohm_ms now_ms, expires_ms;
    char text[OHM_ACCESS_TOKEN_LEN + 1];
} new_token;

static ohm_code add_token(ohm_accounts *accounts, void *ctx)
{
    new_token *token = ctx;
    return ohm_accounts_add_token(accounts, token->name, token->rights, token->now_ms,
                                  token->expires_ms, token->text);
}

/* "scopes": ["control"], or "role": "operator"; reading alone when neither is said. */
static bool read_rights(ohm_exchange *x, const json_t *body, unsigned *out)
{
    const json_t *scopes = json_object_get(body, "scopes");
    const json_t *role = json_object_get(body, "role");
    unsigned rights = scopes || role ? 0 : OHM_RIGHT_READ;
    bool good = !(scopes && role) && (!scopes || json_is_array(scopes));
    for (size_t i = 0; good && i < json_array_size(scopes); i++) {
        const char *scope = json_string_value(json_array_get(scopes, i));
        unsigned more = scope ? ohm_scope_rights(scope) : 0;
        good = more != 0;
        rights |= more;
    }
    if (role && json_is_string(role))
        rights = ohm_role_rights(ohm_role_find(json_string_value(role)));
    if (!good || !rights) {
        ohm_body_fault(x, OHM_FAULT_MEMBER, role ? "role" : "scopes");
        return false;
    }
    *out = rights;
    return true;
}

static void take_token(ohm_exchange *x, const json_t *body)
{
    new_token token = { .now_ms = ohm_clock_utc(), .expires_ms = OHM_NO_MS };
    int64_t days;
    token.name = ohm_body_text(x, body, "name", OHM_ACCESS_TOKEN_NAME_MAX - 1);
    if (!token.name)
        return;
    if (!ohm_access_token_name_valid(token.name)) {
        ohm_body_fault(x, OHM_FAULT_MEMBER, "name");
        return;
    }
    if (!read_rights(x, body, &token.rights))
        return;
    if (json_object_get(body, "expires_days")) {
        if (!ohm_body_int(x, body, "expires_days", 1, OHM_ACCESS_TOKEN_DAYS_MAX, &days))
            return;
        token.expires_ms = token.now_ms + days * DAY_MS;
    }
    if (!is_done(x, ohm_auth_change(x->web, add_token, &token), OHM_FAULT_REFUSED))
        return;
    const ohm_accounts *accounts = &x->web->auth.accounts;
    shown_token shown = { &accounts->tokens[accounts->tokens_count - 1], token.text, OHM_NO_MS };
    ohm_auth_audit(x, "web_token_added", shown.token->name);
    ohm_reply_json(x, MHD_HTTP_CREATED, write_token, &shown);
    ohm_wipe(token.text, sizeof token.text);
}

void ohm_api_token_add(ohm_exchange *x)
{
    static const char *const members[] = { "name", "scopes", "role", "expires_days", NULL };
    json_t *body = ohm_body_read(x, members);
    if (!body)
        return;
    take_token(x, body);
    json_decref(body);
}

static ohm_code remove_token(ohm_accounts *accounts, void *id)
{
    return ohm_accounts_remove_token(accounts, id);
}

void ohm_api_token_remove(ohm_exchange *x)
{
    char id[OHM_TARGET_MAX], name[OHM_ACCESS_TOKEN_NAME_MAX] = "";
    (void)snprintf(id, sizeof id, "%s", x->params[0]);
    const ohm_access_token *token = ohm_accounts_token(&x->web->auth.accounts, id);
    if (token)
        memcpy(name, token->name, sizeof name);
    if (!is_done(x, ohm_auth_change(x->web, remove_token, id), OHM_FAULT_REFUSED))
        return;
    ohm_auth_audit(x, "web_token_removed", name[0] ? name : id);
    ohm_reply_empty(x, MHD_HTTP_NO_CONTENT);
}
