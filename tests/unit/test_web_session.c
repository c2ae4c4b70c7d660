#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "web/session.h"

static ohm_sessions sessions;

static int begin(void **state)
{
    (void)state;
    memset(&sessions, 0, sizeof sessions);
    return 0;
}

static ohm_mono_ms at(int64_t ms)
{
    return (ohm_mono_ms){ 1000 + ms };
}

static ohm_session *find(const char *cookie, int64_t ms)
{
    return ohm_session_find(&sessions, ohm_span_text(cookie), at(ms));
}

static void a_cookie_opens_its_session_alone(void **state)
{
    (void)state;
    char one[OHM_SESSION_COOKIE_LEN + 1], two[OHM_SESSION_COOKIE_LEN + 1];
    const ohm_session *marie = ohm_session_new(&sessions, "marie", at(0), one);
    const ohm_session *paul = ohm_session_new(&sessions, "paul", at(0), two);
    assert_int_equal(strlen(one), OHM_SESSION_COOKIE_LEN);
    assert_string_not_equal(one, two);
    assert_string_not_equal(marie->csrf, paul->csrf);
    assert_int_not_equal(marie->id, paul->id);
    assert_ptr_equal(find(one, 0), marie);
    assert_ptr_equal(find(two, 0), paul);
    assert_string_equal(find(two, 0)->user, "paul");
    /* The cookie is not kept. */
    for (size_t i = 0; i + 16 < sizeof sessions; i++)
        assert_memory_not_equal((const char *)&sessions + i, one, 16);
    two[63] = (char)(two[63] == '0' ? '1' : '0');
    assert_null(find(two, 0));
    assert_null(find("", 0));
    one[63] = '\0'; /* too short by one */
    assert_null(find(one, 0));
}

static void the_csrf_token_is_compared_whole(void **state)
{
    (void)state;
    char cookie[OHM_SESSION_COOKIE_LEN + 1], text[OHM_SESSION_CSRF_LEN + 2];
    const ohm_session *s = ohm_session_new(&sessions, "marie", at(0), cookie);
    (void)snprintf(text, sizeof text, "%sx", s->csrf);
    assert_true(ohm_session_csrf_is(s, ohm_span_of(text, OHM_SESSION_CSRF_LEN)));
    assert_false(ohm_session_csrf_is(s, ohm_span_of(text, OHM_SESSION_CSRF_LEN + 1)));
    assert_false(ohm_session_csrf_is(s, ohm_span_of(text, OHM_SESSION_CSRF_LEN - 1)));
    assert_false(ohm_session_csrf_is(s, (ohm_span){ NULL, 0 }));
    text[0] ^= 1;
    assert_false(ohm_session_csrf_is(s, ohm_span_of(text, OHM_SESSION_CSRF_LEN)));
}

static void a_session_is_of_one_account_and_one_password(void **state)
{
    (void)state;
    char cookie[OHM_SESSION_COOKIE_LEN + 1];
    ohm_user user = { .name = "marie", .hash = "$one", .role = OHM_ROLE_ADMIN };
    ohm_session *s = ohm_session_new(&sessions, "marie", at(0), cookie);
    assert_false(ohm_session_is_bound(s, &user)); /* to nobody yet */
    ohm_session_bind(s, &user);
    assert_true(ohm_session_is_bound(s, &user));
    user.role = OHM_ROLE_VIEWER; /* the same person, who may less now */
    assert_true(ohm_session_is_bound(s, &user));
    assert_false(ohm_session_is_bound(s, NULL));
    (void)strcpy(user.hash, "$two"); /* another password, or another account of this name */
    assert_false(ohm_session_is_bound(s, &user));
    ohm_session_bind(s, &user);
    assert_true(ohm_session_is_bound(s, &user));
}

static void sessions_time_out(void **state)
{
    (void)state;
    char cookie[OHM_SESSION_COOKIE_LEN + 1];
    (void)ohm_session_new(&sessions, "marie", at(0), cookie);
    assert_non_null(find(cookie, OHM_SESSION_IDLE_MS - 1)); /* a use */
    assert_non_null(find(cookie, 2 * OHM_SESSION_IDLE_MS - 2));
    assert_null(find(cookie, 3 * OHM_SESSION_IDLE_MS - 2)); /* idle for a day */
    assert_null(find(cookie, 0));                           /* over is over */

    const ohm_session *s = ohm_session_new(&sessions, "marie", at(0), cookie);
    uint32_t id = s->id;
    int64_t ms = 0;
    while (ms + OHM_SESSION_IDLE_MS / 2 < OHM_SESSION_LIFE_MS) {
        ms += OHM_SESSION_IDLE_MS / 2;
        assert_non_null(ohm_session_get(&sessions, id, at(ms))); /* an open page is use */
    }
    assert_null(ohm_session_get(&sessions, id, at(OHM_SESSION_LIFE_MS)));
    assert_null(ohm_session_get(&sessions, 0, at(0)));
}

static void the_one_unused_for_longest_makes_room(void **state)
{
    (void)state;
    char cookies[OHM_SESSIONS_MAX + 1][OHM_SESSION_COOKIE_LEN + 1];
    for (int i = 0; i < OHM_SESSIONS_MAX; i++)
        (void)ohm_session_new(&sessions, "marie", at(i), cookies[i]);
    assert_non_null(find(cookies[0], 1000)); /* used again */
    (void)ohm_session_new(&sessions, "marie", at(1001), cookies[OHM_SESSIONS_MAX]);
    assert_non_null(find(cookies[0], 1002));
    assert_null(find(cookies[1], 1002));
    for (int i = 2; i <= OHM_SESSIONS_MAX; i++)
        assert_non_null(find(cookies[i], 1002));
}

static void a_users_sessions_end_together(void **state)
{
    (void)state;
    char a[OHM_SESSION_COOKIE_LEN + 1], b[OHM_SESSION_COOKIE_LEN + 1];
    char c[OHM_SESSION_COOKIE_LEN + 1];
    const ohm_session *first = ohm_session_new(&sessions, "marie", at(0), a);
    (void)ohm_session_new(&sessions, "Marie", at(0), b);
    (void)ohm_session_new(&sessions, "paul", at(0), c);
    ohm_session_end_user(&sessions, "MARIE", first->id); /* as after a new password */
    assert_non_null(find(a, 0));
    assert_null(find(b, 0));
    assert_non_null(find(c, 0));
    ohm_session_end_user(&sessions, "marie", 0);
    assert_null(find(a, 0));
    assert_non_null(find(c, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_cookie_opens_its_session_alone, begin),
        cmocka_unit_test_setup(the_csrf_token_is_compared_whole, begin),
        cmocka_unit_test_setup(a_session_is_of_one_account_and_one_password, begin),
        cmocka_unit_test_setup(sessions_time_out, begin),
        cmocka_unit_test_setup(the_one_unused_for_longest_makes_room, begin),
        cmocka_unit_test_setup(a_users_sessions_end_together, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
