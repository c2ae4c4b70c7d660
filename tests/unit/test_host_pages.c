#include "host/pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { PAGES = 8 };

/* How many pages of the mapping are in memory. */
static int resident(void *memory, size_t page)
{
    unsigned char there[PAGES];
    int count = 0;
    assert_int_equal(mincore(memory, PAGES * page, there), 0);
    for (int i = 0; i < PAGES; i++)
        count += there[i] & 1;
    return count;
}

static void whole_pages_inside_go_back(void **state)
{
    (void)state;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), all = PAGES * page;
    uint8_t *m = mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(m != MAP_FAILED);
    const struct {
        const char *why;
        size_t from, len;
        int left;
    } rows[] = {
        { "all of it", 0, all, 0 },
        { "less than a page", 1, page - 1, PAGES },
        { "a page, but not one of the system's", 1, page, PAGES },
        { "one and its edges", 1, 2 * page - 1, PAGES - 1 },
        { "from the second on", page, all - page, 1 },
        { "nothing", 5, 0, PAGES },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        memset(m, 0xaa, all);
        ohm_pages_give_back(m + rows[i].from, rows[i].len);
        if (resident(m, page) != rows[i].left)
            fail_msg("%s: %d pages stay", rows[i].why, resident(m, page));
        for (size_t k = 0; k < all; k++) {
            bool inside = k >= rows[i].from && k - rows[i].from < rows[i].len;
            assert_true(m[k] == 0xaa || (inside && m[k] == 0));
        }
    }
    assert_int_equal(munmap(m, all), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(whole_pages_inside_go_back) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
