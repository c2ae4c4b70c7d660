/* When the server's certificate is made anew. The handshakes are tests/peer/web_tls.py's. */
#include "web/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const ohm_ms now_ms = INT64_C(1795305600000); /* 2026-11-22 */
#define DAYS(n) ((n)*INT64_C(86400000))

static char dir[64];

static int setup(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "%s", "/tmp/ohm-tls-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    char path[128];
    static const char *const files[] = { "tls/ca.crt",     "tls/ca.key",     "tls/server.crt",
                                         "tls/server.key", "tls/ca.crt.old", "tls/ca.key.old" };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof path, "%s/tls", dir);
    (void)rmdir(path);
    return rmdir(dir);
}

static void names_are_taken_once_and_only_as_many_as_fit(void **state)
{
    (void)state;
    ohm_tls_names names = { 0 }, wanted = { 0 };
    char text[OHM_OWN_CA_NAME_MAX + 1];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    ohm_tls_names_take(&names, "");
    ohm_tls_names_take(&names, text); /* too long by one */
    assert_int_equal(names.count, 0);
    ohm_tls_names_take(&names, text + 1);
    ohm_tls_names_take(&names, "ohm.lan");
    ohm_tls_names_take(&names, "ohm.lan");
    assert_int_equal(names.count, 2);
    assert_true(ohm_tls_names_cover(&names, &wanted)); /* nobody asks for any */
    ohm_tls_names_take(&wanted, "ohm.lan");
    assert_true(ohm_tls_names_cover(&names, &wanted));
    ohm_tls_names_take(&wanted, "192.168.1.2");
    assert_false(ohm_tls_names_cover(&names, &wanted));
    for (int i = 0; i < 100; i++) {
        (void)snprintf(text, sizeof text, "%d.lan", i);
        ohm_tls_names_take(&names, text);
    }
    assert_int_equal(names.count, OHM_TLS_NAMES_MAX);
}

static void a_certificate_is_renewed_in_time_and_for_new_names(void **state)
{
    (void)state;
    const char *hosts[3] = { "one.local", NULL, NULL };
    char authority[OHM_FINGERPRINT_MAX];
    static ohm_tls tls;
    const ohm_web_options options = { .state_dir = dir, .allowed_hosts = hosts };
    assert_int_equal(ohm_tls_init(&tls, &options, now_ms).code, OHM_OK);
    memcpy(authority, tls.fingerprint, sizeof authority);
    const ohm_tls_identity *first = tls.identity;
    ohm_ms due_ms = tls.renew_ms;
    assert_int_equal(due_ms, now_ms + DAYS(335));

    assert_int_equal(ohm_tls_renew(&tls, now_ms), OHM_TLS_CHECK_MS);
    assert_int_equal(ohm_tls_renew(&tls, due_ms - 5000), 5000); /* to the moment */
    assert_int_equal(ohm_tls_renew(&tls, due_ms - 1), 1);
    assert_ptr_equal(tls.identity, first);
    assert_int_equal(ohm_tls_renew(&tls, due_ms), OHM_TLS_CHECK_MS);
    assert_int_equal(tls.renew_ms, due_ms + DAYS(335));

    hosts[1] = "two.local";
    assert_int_equal(ohm_tls_renew(&tls, due_ms + 1), OHM_TLS_CHECK_MS);
    assert_int_equal(tls.renew_ms, due_ms + 1 - (due_ms + 1) % 1000 + DAYS(335));
    assert_string_equal(tls.fingerprint, authority);
    ohm_tls_release(&tls);
}

static void a_clock_that_is_set_late_renews(void **state)
{
    (void)state;
    static ohm_tls tls;
    const ohm_web_options options = { .state_dir = dir };
    assert_int_equal(ohm_tls_init(&tls, &options, 5000).code, OHM_OK); /* 1970 */
    char authority[OHM_FINGERPRINT_MAX];
    memcpy(authority, tls.fingerprint, sizeof authority);
    assert_true(tls.renew_ms < now_ms);
    assert_int_equal(ohm_tls_renew(&tls, now_ms), OHM_TLS_CHECK_MS);
    assert_int_equal(tls.renew_ms, now_ms + DAYS(335));
    assert_string_equal(tls.fingerprint, authority);
    ohm_tls_release(&tls);
}

static void failing_keeps_what_there_is(void **state)
{
    (void)state;
    static ohm_tls tls;
    ohm_web_options options = { .state_dir = dir };
    assert_int_equal(ohm_tls_init(&tls, &options, now_ms).code, OHM_OK);
    const ohm_tls_identity *first = tls.identity;
    options.state_dir = "/proc/no/such/folder";
    assert_int_equal(ohm_tls_renew(&tls, tls.renew_ms), OHM_TLS_CHECK_MS);
    assert_ptr_equal(tls.identity, first);
    ohm_tls_release(&tls);
    assert_true(ohm_failed(ohm_tls_init(&tls, &options, now_ms)));
    assert_null(tls.identity);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_taken_once_and_only_as_many_as_fit),
        cmocka_unit_test_setup_teardown(a_certificate_is_renewed_in_time_and_for_new_names, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_clock_that_is_set_late_renews, setup, teardown),
        cmocka_unit_test_setup_teardown(failing_keeps_what_there_is, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
