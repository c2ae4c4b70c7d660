/* Who asks: the session, logging in and out, and the claim of a first run. */
#include <stdio.h>

#include "host/clock.h"
#include "web/api.h"
#include "web/body.h"
#include "web/inner.h"

enum { COOKIE_MAX = 160 };

/* --- the answer: who you are ---------------------------------------------------------- */

static void write_session(ohm_json *json, const void *ctx)
{
    const ohm_exchange *x = ctx;
    const ohm_web *web = x->web;
    bool is_user = x->who.proof == OHM_PROOF_SESSION;
    const char *csrf = NULL;
    for (int i = 0; i < OHM_SESSIONS_MAX && is_user; i++)
        if (web->auth.sessions.rows[i].id == x->who.session)
            csrf = web->auth.sessions.rows[i].csrf;
    ohm_json_object(json);
    ohm_json_key_str(json, "user", is_user ? x->who.name : NULL);
    ohm_json_key_str(json, "role", ohm_role_name(x->who.role));
    ohm_json_key_bool(json, "demo", web->options.demo);
    ohm_json_key_bool(json, "claimed", web->options.demo || !web->auth.claim_code[0]);
    ohm_json_key_str(json, "csrf", csrf);
    ohm_json_end(json);
}

void ohm_api_session(ohm_exchange *x)
{
    ohm_reply_json(x, MHD_HTTP_OK, write_session, x);
}

/* "__Host-": the browser keeps it to this host, this path and TLS (or loopback). */
static void set_cookie(struct MHD_Response *response, const char *value, int64_t age_s)
{
    char text[COOKIE_MAX + OHM_SESSION_COOKIE_LEN];
    (void)snprintf(text, sizeof text,
                   "__Host-ohmstead=%s; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=%lld",
                   value, (long long)age_s);
    (void)MHD_add_response_header(response, "Set-Cookie", text);
}

/* --- in and out ----------------------------------------------------------------------- */

/* Starts a session, in place of the one that the request may have had. */
static void log_in(ohm_exchange *x, const char *name, unsigned status)
{
    ohm_auth *auth = &x->web->auth;
    char cookie[OHM_SESSION_COOKIE_LEN + 1];
    const ohm_user *user = ohm_accounts_user(&auth->accounts, name);
    ohm_session *before = ohm_session_get(&auth->sessions, x->who.session, x->web->now);
    assert(user);
    if (before)
        ohm_session_end(before);
    ohm_session *session = ohm_session_new(&auth->sessions, user->name, x->web->now, cookie);
    ohm_session_bind(session, user);
    x->who = (ohm_principal){ .role = user->role,
                              .proof = OHM_PROOF_SESSION,
                              .rights = ohm_role_rights(user->role),
                              .session = session->id };
    (void)snprintf(x->who.actor, sizeof x->who.actor, "user:%s", user->name);
    x->who.name = x->who.actor + sizeof "user:" - 1;
    struct MHD_Response *response = ohm_response_json(write_session, x);
    if (response)
        set_cookie(response, cookie, OHM_SESSION_LIFE_MS / OHM_SECOND_MS);
    ohm_auth_audit(x, "web_login", user->name);
    ohm_reply(x, status, response, OHM_NO_STORE);
}

void ohm_api_login(ohm_exchange *x)
{
    static const char *const members[] = { "user", "password", NULL };
    json_t *body = ohm_body_read(x, members);
    if (!body)
        return;
    const char *user = ohm_body_text(x, body, "user", 64);
    const char *password = user ? ohm_body_text(x, body, "password", OHM_PASSWORD_BYTES_MAX) : NULL;
    if (password && ohm_auth_verify(x, user, password))
        log_in(x, user, MHD_HTTP_OK);
    json_decref(body);
}

void ohm_api_logout(ohm_exchange *x)
{
    static char nothing[1];
    ohm_session *session = ohm_session_get(&x->web->auth.sessions, x->who.session, x->web->now);
    if (session) {
        ohm_auth_audit(x, "web_logout", session->user);
        ohm_session_end(session);
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
    if (response)
        set_cookie(response, "", 0);
    ohm_reply(x, MHD_HTTP_NO_CONTENT, response, OHM_NO_STORE);
}

/* --- the first run -------------------------------------------------------------------- */

/* Only the first administrator may claim, whoever else tries at the same time. */
static ohm_code add_first(ohm_accounts *accounts, void *user)
{
    return ohm_accounts_has_admin(accounts) ? OHM_DENIED : ohm_accounts_add_user(accounts, user);
}

static void claim(ohm_exchange *x, const char *name, const char *password)
{
    ohm_user user = { .role = OHM_ROLE_ADMIN, .created_ms = ohm_clock_utc() };
    (void)snprintf(user.name, sizeof user.name, "%s", name);
    if (ohm_password_hash(ohm_span_text(password), user.hash) != OHM_OK) {
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
        return;
    }
    ohm_err err = ohm_auth_change(x->web, add_first, &user);
    if (err.code == OHM_DENIED) {
        ohm_reply_fault(x, OHM_FAULT_CLAIMED, NULL);
    } else if (err.code == OHM_CONFLICT) {
        ohm_reply_fault(x, OHM_FAULT_USER_EXISTS, NULL);
    } else if (ohm_failed(err)) {
        ohm_reply_fault(x, OHM_FAULT_STORE, NULL);
    } else {
        ohm_auth_audit(x, "web_claimed", name);
        log_in(x, name, MHD_HTTP_CREATED);
    }
}

void ohm_api_claim(ohm_exchange *x)
{
    static const char *const members[] = { "code", "user", "password", NULL };
    if (!x->web->auth.claim_code[0]) {
        ohm_reply_fault(x, OHM_FAULT_CLAIMED, NULL);
        return;
    }
    json_t *body = ohm_body_read(x, members);
    if (!body)
        return;
    const char *code = ohm_body_text(x, body, "code", 64);
    if (code && ohm_auth_claim_is(x, code)) {
        const char *name = ohm_account_name(x, body, "user");
        const char *password = name ? ohm_account_password(x, body, name) : NULL;
        if (password)
            claim(x, name, password);
    }
    json_decref(body);
}
