#include "web/accounts.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>

#include "base/civil.h"
#include "host/clock.h"
#include "host/random.h"
#include "web/body.h"
#include "web/http_text.h"

/* --- as bytes ------------------------------------------------------------------------- */

static bool copy_text(char *to, size_t cap, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (!text || strlen(text) >= cap)
        return false;
    memcpy(to, text, strlen(text) + 1);
    return true;
}

static bool read_time(ohm_ms *to, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    *to = OHM_NO_MS;
    if (!value || json_is_null(value))
        return true;
    return json_is_string(value) &&
           !ohm_failed(ohm_rfc3339_parse(ohm_span_text(json_string_value(value)), to));
}

static bool read_user(const json_t *object, ohm_user *out)
{
    char role[16];
    *out = (ohm_user){ .role = OHM_ROLE_NONE };
    if (!copy_text(out->name, sizeof out->name, object, "name") ||
        !copy_text(role, sizeof role, object, "role") ||
        !copy_text(out->hash, sizeof out->hash, object, "hash") ||
        !read_time(&out->created_ms, object, "created"))
        return false;
    out->role = ohm_role_find(role);
    return ohm_user_name_valid(out->name) && out->role != OHM_ROLE_NONE;
}

static bool is_hex(const char *text, size_t len)
{
    return strlen(text) == len && strspn(text, "0123456789abcdef") == len;
}

static bool read_token(const json_t *object, ohm_access_token *out)
{
    char scope[16], hash[2 * sizeof out->hash + 1];
    *out = (ohm_access_token){ .rights = 0 };
    if (!copy_text(out->id, sizeof out->id, object, "id") ||
        !copy_text(out->name, sizeof out->name, object, "name") ||
        !copy_text(scope, sizeof scope, object, "scope") ||
        !copy_text(hash, sizeof hash, object, "hash") ||
        !read_time(&out->created_ms, object, "created") ||
        !read_time(&out->expires_ms, object, "expires"))
        return false;
    out->rights = ohm_scope_rights(scope);
    return out->rights && is_hex(out->id, OHM_ACCESS_TOKEN_ID_LEN) &&
           is_hex(hash, sizeof hash - 1) && ohm_access_token_name_valid(out->name) &&
           !sodium_hex2bin(out->hash, sizeof out->hash, hash, sizeof hash - 1, NULL, NULL, NULL);
}

static ohm_code read_lists(const json_t *root, ohm_accounts *out)
{
    const json_t *users = json_object_get(root, "users");
    const json_t *tokens = json_object_get(root, "tokens");
    if (json_integer_value(json_object_get(root, "version")) != 1 || !json_is_array(users) ||
        !json_is_array(tokens))
        return OHM_BAD_FORMAT;
    if (json_array_size(users) > OHM_USERS_MAX || json_array_size(tokens) > OHM_ACCESS_TOKENS_MAX)
        return OHM_BAD_FORMAT;
    for (size_t i = 0; i < json_array_size(users); i++) {
        ohm_user user;
        if (!read_user(json_array_get(users, i), &user) ||
            ohm_accounts_add_user(out, &user) != OHM_OK)
            return OHM_BAD_FORMAT;
    }
    for (size_t i = 0; i < json_array_size(tokens); i++) {
        ohm_access_token token;
        if (!read_token(json_array_get(tokens, i), &token) || ohm_accounts_token(out, token.id))
            return OHM_BAD_FORMAT;
        out->tokens[out->tokens_count++] = token;
    }
    return OHM_OK;
}

ohm_code ohm_accounts_parse(ohm_span bytes, ohm_accounts *out)
{
    json_t *root = ohm_body_parse(bytes);
    if (!root)
        return OHM_BAD_FORMAT;
    *out = (ohm_accounts){ .users_count = 0 };
    ohm_code code = read_lists(root, out);
    if (code != OHM_OK)
        *out = (ohm_accounts){ .users_count = 0 };
    json_decref(root);
    return code;
}

static void write_user(ohm_json *json, const ohm_user *user)
{
    ohm_json_object(json);
    ohm_json_key_str(json, "name", user->name);
    ohm_json_key_str(json, "role", ohm_role_name(user->role));
    ohm_json_key_str(json, "hash", user->hash);
    ohm_json_key_time(json, "created", user->created_ms);
    ohm_json_end(json);
}

static void write_token(ohm_json *json, const ohm_access_token *token)
{
    ohm_json_object(json);
    ohm_json_key_str(json, "id", token->id);
    ohm_json_key_str(json, "name", token->name);
    ohm_json_key_str(json, "scope", ohm_rights_scope(token->rights));
    ohm_json_key(json, "hash");
    ohm_json_hex(json, ohm_span_of(token->hash, sizeof token->hash));
    ohm_json_key_time(json, "created", token->created_ms);
    ohm_json_key_time(json, "expires", token->expires_ms);
    ohm_json_end(json);
}

void ohm_accounts_write(ohm_json *json, const void *ctx)
{
    const ohm_accounts *accounts = ctx;
    ohm_json_object(json);
    ohm_json_key_int(json, "version", 1);
    ohm_json_key(json, "users");
    ohm_json_array(json);
    for (int i = 0; i < accounts->users_count; i++)
        write_user(json, &accounts->users[i]);
    ohm_json_end(json);
    ohm_json_key(json, "tokens");
    ohm_json_array(json);
    for (int i = 0; i < accounts->tokens_count; i++)
        write_token(json, &accounts->tokens[i]);
    ohm_json_end(json);
    ohm_json_end(json);
}

/* --- users ---------------------------------------------------------------------------- */

bool ohm_user_name_valid(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789._-";
    size_t len = strlen(name);
    return len > 0 && len < OHM_USER_NAME_MAX && strspn(name, allowed) == len && name[0] != '.' &&
           name[0] != '-';
}

ohm_user *ohm_accounts_user(ohm_accounts *accounts, const char *name)
{
    for (int i = 0; i < accounts->users_count; i++)
        if (ohm_text_same(ohm_span_text(accounts->users[i].name), ohm_span_text(name)))
            return &accounts->users[i];
    return NULL;
}

ohm_code ohm_accounts_add_user(ohm_accounts *accounts, const ohm_user *user)
{
    if (ohm_accounts_user(accounts, user->name))
        return OHM_CONFLICT;
    if (accounts->users_count == OHM_USERS_MAX)
        return OHM_TOO_BIG;
    accounts->users[accounts->users_count++] = *user;
    return OHM_OK;
}

static int admins_of(const ohm_accounts *accounts)
{
    int admins = 0;
    for (int i = 0; i < accounts->users_count; i++)
        admins += accounts->users[i].role == OHM_ROLE_ADMIN;
    return admins;
}

bool ohm_accounts_has_admin(const ohm_accounts *accounts)
{
    return admins_of(accounts) > 0;
}

static bool is_last_admin(const ohm_accounts *accounts, const ohm_user *user)
{
    return user->role == OHM_ROLE_ADMIN && admins_of(accounts) == 1;
}

ohm_code ohm_accounts_set_role(ohm_accounts *accounts, const char *name, ohm_role role)
{
    ohm_user *user = ohm_accounts_user(accounts, name);
    if (!user)
        return OHM_UNKNOWN;
    if (role != OHM_ROLE_ADMIN && is_last_admin(accounts, user))
        return OHM_CONFLICT;
    user->role = role;
    return OHM_OK;
}

ohm_code ohm_accounts_remove_user(ohm_accounts *accounts, const char *name)
{
    ohm_user *user = ohm_accounts_user(accounts, name);
    if (!user)
        return OHM_UNKNOWN;
    if (is_last_admin(accounts, user))
        return OHM_CONFLICT;
    size_t after = (size_t)(accounts->users + --accounts->users_count - user);
    memmove(user, user + 1, after * sizeof *user);
    return OHM_OK;
}

/* --- tokens --------------------------------------------------------------------------- */

bool ohm_access_token_name_valid(const char *name)
{
    size_t len = strlen(name);
    if (!len || len >= OHM_ACCESS_TOKEN_NAME_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        if ((uint8_t)name[i] < 0x20 || name[i] == 0x7f)
            return false;
    return true;
}

static void random_hex(char *out, size_t bytes)
{
    uint8_t random[32];
    assert(bytes <= sizeof random);
    ohm_random(random, bytes);
    (void)sodium_bin2hex(out, 2 * bytes + 1, random, bytes);
    ohm_wipe(random, sizeof random);
}

static void hash_secret(const char *secret, uint8_t out[static 32])
{
    (void)crypto_hash_sha256(out, (const uint8_t *)secret, OHM_ACCESS_TOKEN_SECRET_LEN);
}

ohm_code ohm_accounts_add_token(ohm_accounts *accounts, const char *name, unsigned rights,
                                ohm_ms now_ms, ohm_ms expires_ms,
                                char ret_text[static OHM_ACCESS_TOKEN_LEN + 1])
{
    char secret[OHM_ACCESS_TOKEN_SECRET_LEN + 1];
    if (accounts->tokens_count == OHM_ACCESS_TOKENS_MAX)
        return OHM_TOO_BIG;
    ohm_access_token *token = &accounts->tokens[accounts->tokens_count];
    *token = (ohm_access_token){ .rights = rights, .created_ms = now_ms, .expires_ms = expires_ms };
    (void)snprintf(token->name, sizeof token->name, "%s", name);
    do
        random_hex(token->id, OHM_ACCESS_TOKEN_ID_LEN / 2);
    while (ohm_accounts_token(accounts, token->id));
    random_hex(secret, OHM_ACCESS_TOKEN_SECRET_LEN / 2);
    hash_secret(secret, token->hash);
    (void)snprintf(ret_text, OHM_ACCESS_TOKEN_LEN + 1, "ohm_%s_%s", token->id, secret);
    ohm_wipe(secret, sizeof secret);
    accounts->tokens_count++;
    return OHM_OK;
}

ohm_access_token *ohm_accounts_token(ohm_accounts *accounts, const char *id)
{
    for (int i = 0; i < accounts->tokens_count; i++)
        if (!strcmp(accounts->tokens[i].id, id))
            return &accounts->tokens[i];
    return NULL;
}

ohm_code ohm_accounts_remove_token(ohm_accounts *accounts, const char *id)
{
    ohm_access_token *token = ohm_accounts_token(accounts, id);
    if (!token)
        return OHM_UNKNOWN;
    size_t after = (size_t)(accounts->tokens + --accounts->tokens_count - token);
    memmove(token, token + 1, after * sizeof *token);
    return OHM_OK;
}

ohm_code ohm_access_token_parse(ohm_span text, char ret_id[static OHM_ACCESS_TOKEN_ID_LEN + 1])
{
    char copy[OHM_ACCESS_TOKEN_LEN + 1];
    if (text.len != OHM_ACCESS_TOKEN_LEN || memcmp(text.ptr, "ohm_", 4) != 0 ||
        text.ptr[4 + OHM_ACCESS_TOKEN_ID_LEN] != '_')
        return OHM_BAD_FORMAT;
    memcpy(copy, text.ptr, OHM_ACCESS_TOKEN_LEN);
    copy[OHM_ACCESS_TOKEN_LEN] = '\0';
    copy[4 + OHM_ACCESS_TOKEN_ID_LEN] = '\0';
    bool good = is_hex(copy + 4, OHM_ACCESS_TOKEN_ID_LEN) &&
                is_hex(copy + 5 + OHM_ACCESS_TOKEN_ID_LEN, OHM_ACCESS_TOKEN_SECRET_LEN);
    if (good)
        memcpy(ret_id, copy + 4, OHM_ACCESS_TOKEN_ID_LEN + 1);
    ohm_wipe(copy, sizeof copy);
    return good ? OHM_OK : OHM_BAD_FORMAT;
}

bool ohm_access_token_is(const ohm_access_token *token, ohm_span text, ohm_ms now_ms)
{
    uint8_t hash[32];
    assert(text.len == OHM_ACCESS_TOKEN_LEN);
    hash_secret((const char *)text.ptr + 5 + OHM_ACCESS_TOKEN_ID_LEN, hash);
    if (sodium_memcmp(hash, token->hash, sizeof hash) != 0)
        return false;
    return token->expires_ms == OHM_NO_MS ||
           (ohm_clock_plausible(now_ms) && now_ms < token->expires_ms);
}
