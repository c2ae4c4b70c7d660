#include "web/auth.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/civil.h"
#include "host/clock.h"
#include "host/log.h"
#include "host/random.h"
#include "web/body.h"
#include "web/inner.h"
#include "web/peer.h"

static const char uses_key[] = "web.token_uses";
static const char cookie_name[] = "__Host-ohmstead";

/* What is tried, how often at once and how often in the long run. An address, or somebody at an
 * address, runs into a wall soon; a user does so late, and not for an address that knew the
 * password before: otherwise anyone could lock anyone out. */
static const ohm_limit per_server = { 500, 20 };
static const ohm_limit per_address = { 10 * OHM_SECOND_MS, 20 };
static const ohm_limit per_pair = { 30 * OHM_SECOND_MS, 5 };
static const ohm_limit per_user = { 5 * OHM_SECOND_MS, 50 };
static const ohm_limit per_claim = { 20 * OHM_SECOND_MS, 5 };

/* --- the copy of the accounts --------------------------------------------------------- */

/* The version comes first: a commit between the two is then read once more, never missed. */
static ohm_err load(ohm_web *web)
{
    ohm_auth *auth = &web->auth;
    ohm_accounts fresh;
    int64_t version;
    ohm_reader *reader = ohm_web_reader(web);
    if (!reader)
        return ohm_fail(OHM_IO, 0, "the store can't be opened");
    OHM_TRY(ohm_reader_version(reader, &version));
    if (auth->has_version && version == auth->version)
        return ohm_ok();
    OHM_TRY(ohm_account_store_load(reader, &fresh));
    auth->accounts = fresh;
    auth->has_version = true;
    auth->version = version;
    if (ohm_accounts_has_admin(&fresh))
        auth->claim_code[0] = '\0';
    return ohm_ok();
}

/* Before anybody is looked up. What was known stays if it can't be read. */
static void read_again(ohm_web *web)
{
    ohm_err err = load(web);
    if (ohm_failed(err))
        ohm_log(OHM_LOG_ERROR, "web_accounts_unreadable why=\"%s\"", err.what);
}

ohm_err ohm_auth_change(ohm_web *web, ohm_code (*change)(ohm_accounts *accounts, void *ctx),
                        void *ctx)
{
    ohm_reader *reader = ohm_web_reader(web);
    if (!reader)
        return ohm_fail(OHM_IO, 0, "the store can't be opened");
    ohm_accounts stored;
    const ohm_account_change what = { .state_dir = web->options.state_dir,
                                      .reader = reader,
                                      .put = web->options.put_state,
                                      .put_ctx = web->options.ctx,
                                      .change = change,
                                      .ctx = ctx };
    OHM_TRY(ohm_account_store_change(&what, &stored));
    web->auth.accounts = stored;
    if (ohm_accounts_has_admin(&stored))
        web->auth.claim_code[0] = '\0';
    return ohm_ok();
}

/* --- when tokens were used ------------------------------------------------------------ */

static void read_use(ohm_auth *auth, const char *id, const json_t *value)
{
    ohm_access_token_use *use = &auth->uses[auth->uses_count];
    const char *text = json_string_value(value);
    if (auth->uses_count == OHM_ACCESS_TOKENS_MAX || strlen(id) != OHM_ACCESS_TOKEN_ID_LEN ||
        !text || ohm_failed(ohm_rfc3339_parse(ohm_span_text(text), &use->used_ms)))
        return;
    memcpy(use->id, id, sizeof use->id);
    auth->uses_count++;
}

/* Not knowing is no harm: the list then says "never". */
static void read_uses(ohm_web *web)
{
    uint8_t *bytes;
    size_t len;
    if (ohm_failed(ohm_reader_get(web->reader, uses_key, &bytes, &len)))
        return;
    json_t *root = ohm_body_parse(ohm_span_of(bytes, len));
    const char *id;
    json_t *value;
    json_object_foreach(root, id, value) read_use(&web->auth, id, value);
    json_decref(root);
    free(bytes);
}

static void save_uses(ohm_web *web)
{
    ohm_auth *auth = &web->auth;
    char text[OHM_ACCESS_TOKENS_MAX * 48];
    ohm_json json;
    size_t len;
    ohm_json_init(&json, text, sizeof text);
    ohm_json_object(&json);
    for (int i = 0; i < auth->uses_count; i++)
        if (ohm_accounts_token(&auth->accounts, auth->uses[i].id))
            ohm_json_key_time(&json, auth->uses[i].id, auth->uses[i].used_ms);
    ohm_json_end(&json);
    auth->uses_saved = web->now;
    if (ohm_json_finish(&json, &len) == OHM_OK &&
        !ohm_failed(web->options.put_state(web->options.ctx, uses_key, ohm_span_of(text, len))))
        auth->uses_changed = false;
}

static void note_use(ohm_web *web, const char *id)
{
    ohm_auth *auth = &web->auth;
    ohm_access_token_use *use = NULL;
    for (int i = 0; i < auth->uses_count; i++) {
        if (!strcmp(auth->uses[i].id, id))
            use = &auth->uses[i];
        else if (!use && !ohm_accounts_token(&auth->accounts, auth->uses[i].id))
            use = &auth->uses[i]; /* of a token that is gone */
    }
    if (!use) {
        assert(auth->uses_count < OHM_ACCESS_TOKENS_MAX); /* at most one for each token */
        use = &auth->uses[auth->uses_count++];
    }
    (void)snprintf(use->id, sizeof use->id, "%s", id);
    use->used_ms = ohm_clock_utc();
    auth->uses_changed = true;
    ohm_web_due(web, ohm_mono_after(auth->uses_saved, OHM_TOKEN_USES_EVERY_MS));
}

ohm_ms ohm_auth_token_used(const ohm_auth *auth, const char *id)
{
    for (int i = 0; i < auth->uses_count; i++)
        if (!strcmp(auth->uses[i].id, id))
            return auth->uses[i].used_ms;
    return OHM_NO_MS;
}

/* --- start and end -------------------------------------------------------------------- */

/* Twelve of 32 characters that nobody confuses: 60 bits. */
static void make_claim_code(ohm_auth *auth)
{
    static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    uint8_t random[OHM_CLAIM_CODE_CHARS];
    ohm_random(random, sizeof random);
    for (size_t i = 0; i < sizeof random; i++)
        auth->claim_code[i] = letters[random[i] % 32];
    (void)snprintf(auth->claim_shown, sizeof auth->claim_shown, "%.4s-%.4s-%.4s", auth->claim_code,
                   auth->claim_code + 4, auth->claim_code + 8);
}

ohm_err ohm_auth_start(ohm_web *web)
{
    ohm_auth *auth = &web->auth;
    if (sodium_init() < 0)
        return ohm_fail(OHM_UNSUPPORTED, 0, "libsodium does not start");
    ohm_limiter_init(&auth->limiter);
    OHM_TRY(load(web));
    read_uses(web);
    auth->uses_saved = web->now;
    if (!ohm_accounts_has_admin(&auth->accounts) && !web->options.demo)
        make_claim_code(auth);
    return ohm_ok();
}

ohm_mono_ms ohm_auth_tick(ohm_web *web)
{
    ohm_mono_ms due = ohm_mono_after(web->auth.uses_saved, OHM_TOKEN_USES_EVERY_MS);
    if (!web->auth.uses_changed)
        return (ohm_mono_ms){ INT64_MAX };
    if (due.v > web->now.v)
        return due;
    save_uses(web);
    return ohm_mono_after(web->now, OHM_TOKEN_USES_EVERY_MS);
}

void ohm_auth_end(ohm_web *web)
{
    if (web->auth.uses_changed)
        save_uses(web);
}

/* --- who ------------------------------------------------------------------------------ */

static void set_actor(ohm_principal *who, const char *kind, const char *name)
{
    (void)snprintf(who->actor, sizeof who->actor, "%s%s%s", kind, name[0] ? ":" : "", name);
    who->name = name[0] ? who->actor + strlen(kind) + 1 : who->actor + strlen(kind);
}

static bool identify_token(ohm_exchange *x, ohm_span field)
{
    char id[OHM_ACCESS_TOKEN_ID_LEN + 1];
    ohm_span text;
    if (!ohm_bearer_parse(field, &text) || ohm_access_token_parse(text, id) != OHM_OK)
        return false;
    const ohm_access_token *token = ohm_accounts_token(&x->web->auth.accounts, id);
    if (!token || !ohm_access_token_is(token, text, ohm_clock_utc()))
        return false;
    x->who.proof = OHM_PROOF_TOKEN;
    x->who.rights = token->rights;
    x->who.role = ohm_rights_role(token->rights);
    _Static_assert(sizeof token->id <= sizeof x->who.token, "an id fits");
    memcpy(x->who.token, token->id, sizeof token->id);
    set_actor(&x->who, "token", token->name);
    note_use(x->web, token->id);
    return true;
}

/* The account of a session. One whose account or password is another by now, whoever changed it,
 * ends here. */
static const ohm_user *user_of(ohm_web *web, ohm_session *session)
{
    const ohm_user *user = session ? ohm_accounts_user(&web->auth.accounts, session->user) : NULL;
    if (!session || ohm_session_is_bound(session, user))
        return user;
    ohm_session_end(session);
    return NULL;
}

static bool identify_session(ohm_exchange *x)
{
    ohm_span cookie;
    if (!ohm_cookie_find(x->fields[OHM_FIELD_COOKIE], cookie_name, &cookie))
        return false;
    ohm_session *session = ohm_session_find(&x->web->auth.sessions, cookie, x->web->now);
    const ohm_user *user = user_of(x->web, session);
    if (!user)
        return false;
    x->who.proof = OHM_PROOF_SESSION;
    x->who.session = session->id;
    x->who.role = user->role;
    x->who.rights = ohm_role_rights(user->role);
    set_actor(&x->who, "user", user->name);
    return true;
}

bool ohm_auth_identify(ohm_exchange *x)
{
    ohm_span authorization = x->fields[OHM_FIELD_AUTHORIZATION];
    x->who = (ohm_principal){ .role = OHM_ROLE_NONE };
    set_actor(&x->who, "", "");
    if (authorization.ptr || x->fields[OHM_FIELD_COOKIE].ptr || x->web->auth.claim_code[0])
        read_again(x->web);
    if (authorization.ptr)
        return identify_token(x, authorization);
    if (!identify_session(x) && x->web->options.demo) {
        x->who.role = OHM_ROLE_DEMO;
        x->who.rights = ohm_role_rights(OHM_ROLE_DEMO);
        set_actor(&x->who, "demo", "");
    }
    return true;
}

bool ohm_auth_still(ohm_web *web, const ohm_principal *who)
{
    ohm_auth *auth = &web->auth;
    if (who->proof == OHM_PROOF_NONE)
        return who->role == OHM_ROLE_DEMO;
    read_again(web);
    if (who->proof == OHM_PROOF_SESSION)
        return user_of(web, ohm_session_get(&auth->sessions, who->session, web->now)) != NULL;
    ohm_ms now_ms = ohm_clock_utc();
    const ohm_access_token *token = ohm_accounts_token(&auth->accounts, who->token);
    return token && (token->expires_ms == OHM_NO_MS || now_ms < token->expires_ms);
}

/* --- the log -------------------------------------------------------------------------- */

/* The log limits each of its places by itself: a flood of tries hides none of the changes. */
void ohm_auth_audit(const ohm_exchange *x, const char *event, const char *subject)
{
    char quoted[96], actor[96];
    ohm_peer peer = ohm_peer_of(x);
    bool free_text = x->who.proof == OHM_PROOF_TOKEN; /* a token may be called anything */
    const char *by = free_text ? ohm_log_quote(x->who.actor, actor, sizeof actor) : x->who.actor;
    ohm_log(OHM_LOG_NOTICE, "%s subject=%s by=%s address=%s", event,
            ohm_log_quote(subject, quoted, sizeof quoted), by[0] ? by : "-", peer.text);
}

static void audit_try(const ohm_exchange *x, const char *event, const char *subject)
{
    char quoted[96];
    ohm_peer peer = ohm_peer_of(x);
    ohm_log(OHM_LOG_WARNING, "%s subject=%s address=%s", event,
            ohm_log_quote(subject, quoted, sizeof quoted), peer.text);
}

/* --- how often ------------------------------------------------------------------------ */

/* The two keys of a try: the user without case, and the same at an address. */
typedef struct try_keys {
    ohm_peer peer;
    uint8_t user[OHM_USER_NAME_MAX], pair[16 + OHM_USER_NAME_MAX];
    size_t user_len, pair_len;
} try_keys;

static try_keys keys_of(const ohm_exchange *x, const char *user)
{
    try_keys keys = { .peer = ohm_peer_of(x) };
    for (const char *p = user; *p && keys.user_len < sizeof keys.user; p++)
        keys.user[keys.user_len++] = (uint8_t)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
    memcpy(keys.pair, keys.peer.key, keys.peer.key_len);
    memcpy(keys.pair + keys.peer.key_len, keys.user, keys.user_len);
    keys.pair_len = keys.peer.key_len + keys.user_len;
    return keys;
}

static uint64_t known_hash(const ohm_auth *auth, const try_keys *keys)
{
    return ohm_limiter_hash(&auth->limiter, "known", ohm_span_of(keys->pair, keys->pair_len));
}

static bool is_known(const ohm_auth *auth, const try_keys *keys)
{
    uint64_t hash = known_hash(auth, keys);
    for (int i = 0; i < OHM_KNOWN_MAX; i++)
        if (auth->known[i] == hash)
            return true;
    return false;
}

static int64_t longer(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t wait_of(const ohm_auth *auth, const try_keys *keys, ohm_mono_ms now)
{
    const ohm_limiter *l = &auth->limiter;
    ohm_span pair = ohm_span_of(keys->pair, keys->pair_len);
    ohm_span address = ohm_span_of(keys->peer.key, keys->peer.key_len);
    ohm_span user = ohm_span_of(keys->user, keys->user_len);
    int64_t wait_ms = ohm_limiter_wait_ms(l, "pair", pair, per_pair, now);
    wait_ms = longer(wait_ms, ohm_limiter_wait_ms(l, "address", address, per_address, now));
    if (is_known(auth, keys))
        return wait_ms;
    wait_ms = longer(wait_ms, ohm_limiter_wait_ms(l, "user", user, per_user, now));
    return longer(wait_ms, ohm_limiter_wait_ms(l, "all", (ohm_span){ NULL, 0 }, per_server, now));
}

static void take_try(ohm_auth *auth, const try_keys *keys, ohm_mono_ms now)
{
    ohm_limiter *l = &auth->limiter;
    ohm_limiter_take(l, "pair", ohm_span_of(keys->pair, keys->pair_len), per_pair, now);
    ohm_limiter_take(l, "address", ohm_span_of(keys->peer.key, keys->peer.key_len), per_address,
                     now);
    ohm_limiter_take(l, "user", ohm_span_of(keys->user, keys->user_len), per_user, now);
    ohm_limiter_take(l, "all", (ohm_span){ NULL, 0 }, per_server, now);
}

static void remember(ohm_auth *auth, const try_keys *keys)
{
    ohm_limiter_forgive(&auth->limiter, "pair", ohm_span_of(keys->pair, keys->pair_len));
    if (is_known(auth, keys))
        return;
    auth->known[auth->known_next] = known_hash(auth, keys);
    auth->known_next = (auth->known_next + 1) % OHM_KNOWN_MAX;
}

bool ohm_auth_verify(ohm_exchange *x, const char *user, const char *password)
{
    ohm_auth *auth = &x->web->auth;
    try_keys keys = keys_of(x, user);
    int64_t wait_ms = wait_of(auth, &keys, x->web->now);
    if (wait_ms > 0) {
        audit_try(x, "web_login_limited", user);
        ohm_reply_fault_retry(x, OHM_FAULT_RATE, (wait_ms + 999) / 1000);
        return false;
    }
    read_again(x->web);
    take_try(auth, &keys, x->web->now);
    const ohm_user *known = ohm_accounts_user(&auth->accounts, user);
    if (!ohm_password_is(known ? known->hash : NULL, ohm_span_text(password))) {
        audit_try(x, "web_login_failed", user);
        ohm_reply_fault(x, OHM_FAULT_PASSWORD, NULL);
        return false;
    }
    remember(auth, &keys);
    return true;
}

/* No try is ever made in vain: 60 bits are not guessed, and a limit that came before the
 * comparison would let any stranger keep the owner out. It only spares the log and the line. */
bool ohm_auth_claim_is(ohm_exchange *x, const char *code)
{
    ohm_auth *auth = &x->web->auth;
    char typed[OHM_CLAIM_CODE_CHARS + 1] = "";
    size_t len = 0;
    for (const char *p = code; *p && len < OHM_CLAIM_CODE_CHARS; p++)
        if (*p != '-' && *p != ' ')
            typed[len++] = *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
    if (len == OHM_CLAIM_CODE_CHARS &&
        !sodium_memcmp(typed, auth->claim_code, OHM_CLAIM_CODE_CHARS))
        return true;

    ohm_peer peer = ohm_peer_of(x);
    ohm_span key = ohm_span_of(peer.key, peer.key_len);
    int64_t wait_ms = ohm_limiter_wait_ms(&auth->limiter, "claim", key, per_claim, x->web->now);
    if (wait_ms > 0) {
        ohm_reply_fault_retry(x, OHM_FAULT_RATE, (wait_ms + 999) / 1000);
        return false;
    }
    ohm_limiter_take(&auth->limiter, "claim", key, per_claim, x->web->now);
    audit_try(x, "web_claim_failed", "");
    ohm_reply_fault(x, OHM_FAULT_CLAIM_CODE, NULL);
    return false;
}
