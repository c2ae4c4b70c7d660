/* Users, tokens and passwords as plain data, and as the bytes that are stored. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "web/accounts.h"

static const ohm_ms now_ms = INT64_C(1795305600000);
static ohm_accounts accounts, copy;

static int begin(void **state)
{
    (void)state;
    memset(&accounts, 0, sizeof accounts);
    memset(&copy, 0, sizeof copy);
    return 0;
}

static ohm_code add_user(const char *name, ohm_role role)
{
    ohm_user user = { .role = role, .created_ms = now_ms };
    (void)snprintf(user.name, sizeof user.name, "%s", name);
    (void)snprintf(user.hash, sizeof user.hash, "hash of %s", name);
    return ohm_accounts_add_user(&accounts, &user);
}

static ohm_span written(const ohm_accounts *what)
{
    static char text[64 << 10];
    ohm_json json;
    size_t len;
    ohm_json_init(&json, text, sizeof text);
    ohm_accounts_write(&json, what);
    assert_int_equal(ohm_json_finish(&json, &len), OHM_OK);
    return ohm_span_of(text, len);
}

static void users_come_and_go(void **state)
{
    (void)state;
    assert_int_equal(add_user("marie", OHM_ROLE_ADMIN), OHM_OK);
    assert_int_equal(add_user("Paul", OHM_ROLE_VIEWER), OHM_OK);
    assert_int_equal(add_user("MARIE", OHM_ROLE_VIEWER), OHM_CONFLICT);
    assert_string_equal(ohm_accounts_user(&accounts, "pAUL")->name, "Paul");
    assert_null(ohm_accounts_user(&accounts, "pau"));
    assert_int_equal(ohm_accounts_remove_user(&accounts, "nobody"), OHM_UNKNOWN);
    assert_int_equal(ohm_accounts_remove_user(&accounts, "marie"), OHM_CONFLICT); /* the last */
    assert_int_equal(add_user("anne", OHM_ROLE_ADMIN), OHM_OK);
    assert_int_equal(ohm_accounts_remove_user(&accounts, "Marie"), OHM_OK);
    assert_int_equal(accounts.users_count, 2);
    assert_string_equal(accounts.users[0].name, "Paul");
    assert_string_equal(accounts.users[1].name, "anne");
    char name[16];
    for (int i = 0; accounts.users_count < OHM_USERS_MAX; i++) {
        (void)snprintf(name, sizeof name, "u%d", i);
        assert_int_equal(add_user(name, OHM_ROLE_VIEWER), OHM_OK);
    }
    assert_int_equal(add_user("more", OHM_ROLE_VIEWER), OHM_TOO_BIG);
}

static void roles_change_but_the_last_administrator_stays(void **state)
{
    (void)state;
    assert_int_equal(add_user("paul", OHM_ROLE_VIEWER), OHM_OK);
    assert_false(ohm_accounts_has_admin(&accounts));
    assert_int_equal(ohm_accounts_set_role(&accounts, "nobody", OHM_ROLE_ADMIN), OHM_UNKNOWN);
    assert_int_equal(ohm_accounts_set_role(&accounts, "PAUL", OHM_ROLE_ADMIN), OHM_OK);
    assert_true(ohm_accounts_has_admin(&accounts));
    assert_int_equal(ohm_accounts_set_role(&accounts, "paul", OHM_ROLE_VIEWER), OHM_CONFLICT);
    assert_int_equal(ohm_accounts_set_role(&accounts, "paul", OHM_ROLE_ADMIN), OHM_OK);
    assert_int_equal(add_user("anne", OHM_ROLE_ADMIN), OHM_OK);
    assert_int_equal(ohm_accounts_set_role(&accounts, "paul", OHM_ROLE_OPERATOR), OHM_OK);
    assert_int_equal(accounts.users[0].role, OHM_ROLE_OPERATOR);
}

static void names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool user, token;
    } rows[] = {
        { "marie", true, true },
        { "a.b_c-9", true, true },
        { "x23456789012345678901234567890z", true, true },
        { "x234567890123456789012345678901z", false, false },
        { "", false, false },
        { ".x", false, true },
        { "-x", false, true },
        { "a b", false, true },
        { "a\nb", false, false },
        { "a\x7f", false, false },
        { "\xc3\xa9", false, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (ohm_user_name_valid(rows[i].name) != rows[i].user ||
            ohm_access_token_name_valid(rows[i].name) != rows[i].token)
            fail_msg("'%s'", rows[i].name);
}

static void tokens_are_their_secret_until_they_expire(void **state)
{
    (void)state;
    char text[OHM_ACCESS_TOKEN_LEN + 1], id[OHM_ACCESS_TOKEN_ID_LEN + 1];
    ohm_ms end_ms = now_ms + OHM_HOUR_MS;
    assert_int_equal(ohm_accounts_add_token(&accounts, "ha", OHM_RIGHT_READ, now_ms, end_ms, text),
                     OHM_OK);
    assert_int_equal(ohm_access_token_parse(ohm_span_text(text), id), OHM_OK);
    const ohm_access_token *token = ohm_accounts_token(&accounts, id);
    assert_non_null(token);
    assert_true(ohm_access_token_is(token, ohm_span_text(text), now_ms));
    assert_true(ohm_access_token_is(token, ohm_span_text(text), end_ms - 1));
    assert_false(ohm_access_token_is(token, ohm_span_text(text), end_ms));
    assert_false(ohm_access_token_is(token, ohm_span_text(text), 5000)); /* 1970: not known */
    text[OHM_ACCESS_TOKEN_LEN - 1] = (char)(text[OHM_ACCESS_TOKEN_LEN - 1] == '0' ? '1' : '0');
    assert_false(ohm_access_token_is(token, ohm_span_text(text), now_ms));
    assert_int_equal(
        ohm_accounts_add_token(&accounts, "ever", OHM_RIGHT_READ, now_ms, OHM_NO_MS, text), OHM_OK);
    assert_true(ohm_access_token_is(&accounts.tokens[1], ohm_span_text(text), 5000));
    assert_int_equal(ohm_accounts_remove_token(&accounts, id), OHM_OK);
    assert_int_equal(ohm_accounts_remove_token(&accounts, id), OHM_UNKNOWN);
    assert_string_equal(accounts.tokens[0].name, "ever");
    while (accounts.tokens_count < OHM_ACCESS_TOKENS_MAX)
        assert_int_equal(ohm_accounts_add_token(&accounts, "x", 1, now_ms, OHM_NO_MS, text),
                         OHM_OK);
    assert_int_equal(ohm_accounts_add_token(&accounts, "x", 1, now_ms, OHM_NO_MS, text),
                     OHM_TOO_BIG);
}

static void texts_that_are_no_token(void **state)
{
    (void)state;
    char good[OHM_ACCESS_TOKEN_LEN + 2], id[OHM_ACCESS_TOKEN_ID_LEN + 1] = "none";
    (void)snprintf(good, sizeof good, "ohm_0123abcd_%064d", 0);
    assert_int_equal(ohm_access_token_parse(ohm_span_of(good, OHM_ACCESS_TOKEN_LEN - 1), id),
                     OHM_BAD_FORMAT);
    good[OHM_ACCESS_TOKEN_LEN] = '0';
    assert_int_equal(ohm_access_token_parse(ohm_span_of(good, OHM_ACCESS_TOKEN_LEN + 1), id),
                     OHM_BAD_FORMAT);
    assert_int_equal(ohm_access_token_parse((ohm_span){ NULL, 0 }, id), OHM_BAD_FORMAT);
    for (size_t i = 0; i < OHM_ACCESS_TOKEN_LEN; i++) { /* each place counts */
        static const char wrong[] = { 'G', '\0', '-', ' ' };
        char kept = good[i];
        for (size_t k = 0; k < sizeof wrong; k++) {
            good[i] = wrong[k];
            assert_int_equal(ohm_access_token_parse(ohm_span_of(good, OHM_ACCESS_TOKEN_LEN), id),
                             OHM_BAD_FORMAT);
        }
        good[i] = kept;
    }
    assert_string_equal(id, "none");
    assert_int_equal(ohm_access_token_parse(ohm_span_of(good, OHM_ACCESS_TOKEN_LEN), id), OHM_OK);
    assert_string_equal(id, "0123abcd");
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    char text[OHM_ACCESS_TOKEN_LEN + 1], name[16];
    assert_int_equal(ohm_accounts_parse(written(&accounts), &copy), OHM_OK);
    assert_int_equal(copy.users_count + copy.tokens_count, 0);
    static const ohm_role roles[] = { OHM_ROLE_ADMIN, OHM_ROLE_OPERATOR, OHM_ROLE_VIEWER };
    for (int i = 0; i < OHM_USERS_MAX; i++) {
        (void)snprintf(name, sizeof name, "user%d", i);
        assert_int_equal(add_user(name, roles[i % 3]), OHM_OK);
    }
    static const unsigned rights[] = { OHM_RIGHT_READ, OHM_RIGHT_READ | OHM_RIGHT_CONTROL,
                                       OHM_RIGHT_READ | OHM_RIGHT_CONTROL | OHM_RIGHT_ADMIN };
    for (int i = 0; i < OHM_ACCESS_TOKENS_MAX; i++)
        assert_int_equal(ohm_accounts_add_token(&accounts, "\"\\\xc3\xa9", rights[i % 3], now_ms,
                                                i % 2 ? OHM_NO_MS : now_ms + i * OHM_HOUR_MS, text),
                         OHM_OK);
    assert_int_equal(ohm_accounts_parse(written(&accounts), &copy), OHM_OK);
    assert_int_equal(copy.users_count, OHM_USERS_MAX);
    assert_int_equal(copy.tokens_count, OHM_ACCESS_TOKENS_MAX);
    for (int i = 0; i < OHM_USERS_MAX; i++) {
        assert_string_equal(copy.users[i].name, accounts.users[i].name);
        assert_string_equal(copy.users[i].hash, accounts.users[i].hash);
        assert_int_equal(copy.users[i].role, accounts.users[i].role);
        assert_int_equal(copy.users[i].created_ms, accounts.users[i].created_ms);
    }
    for (int i = 0; i < OHM_ACCESS_TOKENS_MAX; i++) {
        assert_string_equal(copy.tokens[i].id, accounts.tokens[i].id);
        assert_string_equal(copy.tokens[i].name, accounts.tokens[i].name);
        assert_memory_equal(copy.tokens[i].hash, accounts.tokens[i].hash, 32);
        assert_int_equal(copy.tokens[i].rights, accounts.tokens[i].rights);
        assert_int_equal(copy.tokens[i].expires_ms, accounts.tokens[i].expires_ms);
    }
}

#define USER(name, role)                                                                           \
    "{\"name\":\"" name "\",\"role\":\"" role "\",\"hash\":\"h\",\"created\":null}"
#define HASH "0000000000000000000000000000000000000000000000000000000000000000"
#define TOKEN(id, scope, hash)                                                                     \
    "{\"id\":\"" id "\",\"name\":\"n\",\"scope\":\"" scope "\",\"hash\":\"" hash                   \
    "\",\"created\":null,\"expires\":null}"
#define STORED(users, tokens) "{\"version\":1,\"users\":[" users "],\"tokens\":[" tokens "]}"

static void damaged_bytes_open_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text;
        ohm_code want;
    } rows[] = {
        { "good", STORED(USER("a", "admin"), TOKEN("00000000", "read", HASH)), OHM_OK },
        { "nobody", STORED("", ""), OHM_OK },
        { "nothing", "", OHM_BAD_FORMAT },
        { "another version", "{\"version\":2,\"users\":[],\"tokens\":[]}", OHM_BAD_FORMAT },
        { "no tokens", "{\"version\":1,\"users\":[]}", OHM_BAD_FORMAT },
        { "users are no list", "{\"version\":1,\"users\":{},\"tokens\":[]}", OHM_BAD_FORMAT },
        { "cut", "{\"version\":1,\"users\":[],\"tokens\":[", OHM_BAD_FORMAT },
        { "a user twice", STORED(USER("a", "admin") "," USER("A", "admin"), ""), OHM_BAD_FORMAT },
        { "no such role", STORED(USER("a", "root"), ""), OHM_BAD_FORMAT },
        { "the demo's role", STORED(USER("a", "demo"), ""), OHM_BAD_FORMAT },
        { "a name that is none", STORED(USER("a b", "admin"), ""), OHM_BAD_FORMAT },
        { "a user that is text", STORED("\"a\"", ""), OHM_BAD_FORMAT },
        { "a token twice",
          STORED("", TOKEN("00000000", "read", HASH) "," TOKEN("00000000", "read", HASH)),
          OHM_BAD_FORMAT },
        { "no such scope", STORED("", TOKEN("00000000", "all", HASH)), OHM_BAD_FORMAT },
        { "an id that is none", STORED("", TOKEN("0000000", "read", HASH)), OHM_BAD_FORMAT },
        { "upper case", STORED("", TOKEN("0000000A", "read", HASH)), OHM_BAD_FORMAT },
        { "half a hash", STORED("", TOKEN("00000000", "read", "00")), OHM_BAD_FORMAT },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (ohm_accounts_parse(ohm_span_text(rows[i].text), &copy) != rows[i].want)
            fail_msg("%s", rows[i].why);
        if (rows[i].want != OHM_OK)
            assert_int_equal(copy.users_count + copy.tokens_count, 0);
    }
}

static void passwords_are_judged_by_length_and_likelihood(void **state)
{
    (void)state;
    static char long_one[OHM_PASSWORD_CHARS_MAX + 2];
    memset(long_one, 'x', sizeof long_one - 1);
    long_one[5] = 'y';
    const struct {
        const char *password;
        ohm_password_verdict want;
    } rows[] = {
        { "correct horse battery", OHM_PASSWORD_GOOD },
        { "", OHM_PASSWORD_SHORT },
        { "1234567", OHM_PASSWORD_SHORT },
        { "\xc3\xa9\xc3\xa8\xc3\xa0\xc3\xb9", OHM_PASSWORD_SHORT }, /* four characters */
        { long_one, OHM_PASSWORD_LONG },
        { long_one + 1, OHM_PASSWORD_GOOD },
        { "aaaaaaaa", OHM_PASSWORD_COMMON },
        { "98765432", OHM_PASSWORD_COMMON },
        { "abcdefgh", OHM_PASSWORD_COMMON },
        { "ABABABAB", OHM_PASSWORD_COMMON },
        { "PassWord2024!", OHM_PASSWORD_COMMON },
        { "marianne", OHM_PASSWORD_COMMON }, /* the user */
        { "Marianne99", OHM_PASSWORD_COMMON },
        { "marianne et paul", OHM_PASSWORD_GOOD },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (ohm_password_check(ohm_span_text(rows[i].password), "marianne") != rows[i].want)
            fail_msg("'%s'", rows[i].password);
}

static void a_hash_opens_to_its_password_alone(void **state)
{
    (void)state;
    char hash[OHM_PASSWORD_HASH_MAX], again[OHM_PASSWORD_HASH_MAX];
    assert_int_equal(ohm_password_hash(ohm_span_text("correct horse"), hash), OHM_OK);
    assert_int_equal(ohm_password_hash(ohm_span_text("correct horse"), again), OHM_OK);
    assert_string_not_equal(hash, again); /* a salt of its own */
    assert_true(ohm_password_is(hash, ohm_span_text("correct horse")));
    assert_false(ohm_password_is(hash, ohm_span_text("correct hors")));
    assert_false(ohm_password_is(NULL, ohm_span_text("correct horse")));
    assert_false(ohm_password_is("", ohm_span_text("")));
    assert_false(ohm_password_is("nonsense", ohm_span_text("nonsense")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(users_come_and_go, begin),
        cmocka_unit_test_setup(roles_change_but_the_last_administrator_stays, begin),
        cmocka_unit_test_setup(names, begin),
        cmocka_unit_test_setup(tokens_are_their_secret_until_they_expire, begin),
        cmocka_unit_test_setup(texts_that_are_no_token, begin),
        cmocka_unit_test_setup(what_is_written_reads_back, begin),
        cmocka_unit_test_setup(damaged_bytes_open_nothing, begin),
        cmocka_unit_test_setup(passwords_are_judged_by_length_and_likelihood, begin),
        cmocka_unit_test_setup(a_hash_opens_to_its_password_alone, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
