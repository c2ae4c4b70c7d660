/* The tests in C as one program. usage: checks NAME; without a name, their names.
 * CHECK_ROWS is a list of CHECK(name), made by tests/meson.build. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check_rows.h"

#define CHECK(name) int ohm_check_##name(void);
CHECK_ROWS
#undef CHECK

static const struct {
    const char *name;
    int (*run)(void);
} checks[] = {
#define CHECK(name) { #name, ohm_check_##name },
    CHECK_ROWS
};

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        if (argc < 2)
            (void)puts(checks[i].name);
        else if (argc == 2 && strcmp(argv[1], checks[i].name) == 0)
            return checks[i].run();
    }
    if (argc < 2)
        return EXIT_SUCCESS;
    (void)fprintf(stderr, "checks: no such test: %s\n", argv[1]);
    return EXIT_FAILURE;
}
