/* The rules of the state folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host/paths.h"

static void set(const char *name, const char *value)
{
    if (value)
        assert_int_equal(setenv(name, value, 1), 0);
    else
        assert_int_equal(unsetenv(name), 0);
}

static void state_folder(void **state)
{
    static const struct {
        const char *why, *systemd, *xdg, *home;
        bool demo;
        const char *want;
    } rows[] = {
        { "systemd says it", "/var/lib/ohmstead", "/x", "/home/m", false, "/var/lib/ohmstead" },
        { "the demo keeps apart", "/var/lib/ohmstead", "/x", "/h", true, "/var/lib/ohmstead/demo" },
        { "the first of several", "/var/lib/a:/var/lib/b", NULL, NULL, false, "/var/lib/a" },
        { "XDG", NULL, "/x", "/home/m", false, "/x/ohmstead" },
        { "XDG, demo", NULL, "/x/", "/home/m", true, "/x/ohmstead-demo" },
        { "a relative XDG does not count", NULL, "x", "/home/m", false,
          "/home/m/.local/state/ohmstead" },
        { "home", "", "", "/home/m", true, "/home/m/.local/state/ohmstead-demo" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char path[OHM_PATH_MAX];
        set("STATE_DIRECTORY", rows[i].systemd);
        set("XDG_STATE_HOME", rows[i].xdg);
        set("HOME", rows[i].home);
        assert_false(ohm_failed(ohm_path_state(rows[i].demo, path)));
        assert_string_equal(path, rows[i].want);
    }
}

static void too_long(void **state)
{
    char path[OHM_PATH_MAX] = "untouched", folder[OHM_PATH_MAX];
    (void)state;
    memset(folder, 'a', sizeof folder - 1);
    folder[0] = '/';
    folder[sizeof folder - 1] = '\0';
    assert_int_equal(ohm_path_join(folder, "b", path).code, OHM_TOO_BIG);
    set("STATE_DIRECTORY", folder);
    assert_int_equal(ohm_path_state(true, path).code, OHM_TOO_BIG);
    assert_string_equal(path, "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_folder),
        cmocka_unit_test(too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
