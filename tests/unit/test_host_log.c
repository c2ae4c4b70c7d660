#include "host/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static FILE *captured;
static int real_stderr;

/* stderr goes to a file, which is not a terminal: lines carry their priority. */
static int capture(void **state)
{
    (void)state;
    captured = tmpfile();
    real_stderr = dup(STDERR_FILENO);
    return captured && dup2(fileno(captured), STDERR_FILENO) >= 0 ? 0 : -1;
}

static int release(void **state)
{
    (void)state;
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    fclose(captured);
    return 0;
}

static size_t text(char *out, size_t cap)
{
    rewind(captured);
    size_t n = fread(out, 1, cap - 1, captured);
    out[n] = '\0';
    return n;
}

static void one_line_with_its_priority(void **state)
{
    (void)state;
    char got[2048];
    ohm_log(OHM_LOG_WARNING, "meter_silent device=%s age_s=%d", "main", 42);
    text(got, sizeof got);
    assert_string_equal(got, "<4>warning meter_silent device=main age_s=42\n");
}

static void outside_text_cannot_forge_a_line(void **state)
{
    (void)state;
    char got[2048], quoted[64];
    ohm_log(OHM_LOG_INFO, "raw text=%s", "a\n<3>error forged\x1b[2J");
    ohm_log(OHM_LOG_INFO, "quoted text=%s",
            ohm_log_quote("a\"b\\c\nlevel=\x7f", quoted, sizeof quoted));
    text(got, sizeof got);
    assert_string_equal(got, "<6>info raw text=a?<3>error forged?[2J\n"
                             "<6>info quoted text=\"a\\\"b\\\\c\\x0alevel=\\x7f\"\n");
}

static void a_quote_is_cut_to_fit(void **state)
{
    (void)state;
    char out[8];
    assert_string_equal(ohm_log_quote("abcdefghij", out, 8), "\"abcde\"");
    assert_string_equal(ohm_log_quote("abc\nx", out, 8), "\"abc\"");
    assert_string_equal(ohm_log_quote("", out, 3), "\"\"");
}

static void a_long_line_is_cut_and_ends(void **state)
{
    (void)state;
    char got[2048], big[1000];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    ohm_log(OHM_LOG_ERROR, "big text=%s", big);
    size_t n = text(got, sizeof got);
    assert_in_range(n, OHM_LOG_LINE_MAX - 8, OHM_LOG_LINE_MAX);
    assert_int_equal(got[n - 1], '\n');
}

static void levels_below_are_silent(void **state)
{
    (void)state;
    char got[2048];
    ohm_log(OHM_LOG_DEBUG, "hidden x=%d", 1);
    ohm_log_set_level(OHM_LOG_DEBUG);
    ohm_log(OHM_LOG_DEBUG, "shown x=%d", 1);
    ohm_log_set_level(OHM_LOG_INFO);
    text(got, sizeof got);
    assert_string_equal(got, "<7>debug shown x=1\n");
}

static void a_noisy_place_is_held_back_and_others_not(void **state)
{
    (void)state;
    static char got[OHM_LOG_BURST * 64 + 512];
    for (int i = 0; i < OHM_LOG_BURST + 5; i++)
        ohm_log(OHM_LOG_INFO, "noisy n=%d", i);
    ohm_log(OHM_LOG_INFO, "other n=%d", 1);
    text(got, sizeof got);
    int lines = 0;
    for (const char *p = got; (p = strchr(p, '\n')); p++)
        lines++;
    assert_int_equal(lines, OHM_LOG_BURST + 1);
    assert_non_null(strstr(got, "other n=1\n"));
    assert_null(strstr(got, "noisy n=20"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_line_with_its_priority, capture, release),
        cmocka_unit_test_setup_teardown(outside_text_cannot_forge_a_line, capture, release),
        cmocka_unit_test(a_quote_is_cut_to_fit),
        cmocka_unit_test_setup_teardown(a_long_line_is_cut_and_ends, capture, release),
        cmocka_unit_test_setup_teardown(levels_below_are_silent, capture, release),
        cmocka_unit_test_setup_teardown(a_noisy_place_is_held_back_and_others_not, capture,
                                        release),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
