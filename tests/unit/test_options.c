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

static const char *items[2];
static int items_count;

static const ohm_option_list lists[] = {
    { "--rule", "RULE", items, 2, &items_count, "any number of times" },
    { 0 },
};

static const ohm_verb verb = {
    .name = "try",
    .arguments = "FILE|-",
    .about = "For the test.",
    .options = table,
    .lists = lists,
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

static void what_comes_several_times(void **state)
{
    (void)state;
    static const struct {
        const char *why, *words[6];
        int count, items;
        const char *last;
    } rows[] = {
        { "twice, in both ways", { "--rule", "a=b", "--rule=c", "f" }, 1, 2, "c" },
        { "not at all", { "f" }, 1, 0, NULL },
        { "once too often", { "--rule=a", "--rule=b", "--rule=c", "f" }, -1, 2, "b" },
        { "without a value", { "f", "--rule" }, -1, 0, NULL },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char words[7][16] = { "try" };
        char *argv[7] = { words[0] };
        int argc = 1, status = 0;
        for (; argc < 7 && rows[i].words[argc - 1]; argc++)
            argv[argc] = strncpy(words[argc], rows[i].words[argc - 1], sizeof words[0] - 1);
        const char *arguments[2];
        items_count = 0;
        int count = ohm_options_read(&verb, argc, argv, arguments, &status);
        if (count != rows[i].count || items_count != rows[i].items ||
            (rows[i].last && strcmp(items[items_count - 1], rows[i].last) != 0))
            fail_msg("%s: %d, %d items", rows[i].why, count, items_count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_read_or_refused),
        cmocka_unit_test(what_comes_several_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
