#include "cmd/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *text;
static bool flag;

static const ohm_option table[] = {
    { "--state", "DIR", &text, NULL, "a folder" },
    { "--json", NULL, NULL, &flag, "a flag" },
    { 0 },
};

static const ohm_verb verb = {
    .name = "try",
    .arguments = "FILE|-",
    .about = "For the test.",
    .options = table,
    .arguments_min = 1,
    .arguments_max = 2,
};

static void words_are_read_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        const char *words[5];
        int count, status;
        const char *text;
        bool flag;
        const char *first;
    } rows[] = {
        { "a value in the next word", { "--state", "d", "f" }, 1, 0, "d", false, "f" },
        { "a value behind =", { "f", "--state=d" }, 1, 0, "d", false, "f" },
        { "an empty value is a value", { "f", "--state=" }, 1, 0, "", false, "f" },
        { "a flag", { "--json", "f" }, 1, 0, NULL, true, "f" },
        { "standard input", { "-" }, 1, 0, NULL, false, "-" },
        { "a name like an option", { "--", "--json" }, 1, 0, NULL, false, "--json" },
        { "two arguments", { "a", "b" }, 2, 0, NULL, false, "a" },
        { "three", { "a", "b", "c" }, -1, 2, NULL, false, NULL },
        { "none", { "--json" }, -1, 2, NULL, true, NULL },
        { "an unknown option", { "--zebra", "f" }, -1, 2, NULL, false, NULL },
        { "half an option", { "--stat", "d", "f" }, -1, 2, NULL, false, NULL },
        { "a missing value", { "f", "--state" }, -1, 2, NULL, false, NULL },
        { "a value for a flag", { "f", "--json=1" }, -1, 2, NULL, false, NULL },
        { "help", { "--help" }, -1, 0, NULL, false, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char words[6][16] = { "try" };
        char *argv[6] = { words[0] };
        int argc = 1;
        for (; argc < 6 && rows[i].words[argc - 1]; argc++)
            argv[argc] = strncpy(words[argc], rows[i].words[argc - 1], sizeof words[0] - 1);
        const char *arguments[2] = { NULL, NULL };
        int status = 0;
        text = NULL;
        flag = false;
        int count = ohm_options_read(&verb, argc, argv, arguments, &status);
        if (count != rows[i].count || status != rows[i].status || flag != rows[i].flag)
            fail_msg("%s: count %d status %d flag %d", rows[i].why, count, status, flag);
        if ((text == NULL) != (rows[i].text == NULL) || (text && strcmp(text, rows[i].text) != 0))
            fail_msg("%s: text %s", rows[i].why, text ? text : "NULL");
        if (rows[i].first)
            assert_string_equal(arguments[0], rows[i].first);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
