#include "wire/glo.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void messages_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint8_t bytes[40];
        size_t len;
        ohm_code code;
        size_t title, text, tag, size;
    } rows[] = {
        { "encrypted only, with a title",
          { 0xdb, 8, 1, 2, 3, 4, 5, 6, 7, 8, 7, 0x20, 0, 0, 1, 0, 0xaa, 0xbb, 0xcc },
          19,
          OHM_OK,
          8,
          2,
          0,
          18 },
        { "without a title", { 0xdb, 0, 6, 0x20, 0, 0, 1, 0, 0xaa }, 9, OHM_OK, 0, 1, 0, 9 },
        { "a tag, and no text", { 0xdb, 0, 17, 0x30, 0, 0, 1, 0 }, 20, OHM_OK, 0, 0, 12, 20 },
        { "a long length",
          { 0xdb, 0, 0x82, 0, 6, 0x20, 0, 0, 1, 0, 0xaa },
          11,
          OHM_OK,
          0,
          1,
          0,
          11 },
        { "too short for its tag",
          { 0xdb, 0, 16, 0x30, 0, 0, 1, 0 },
          19,
          OHM_BAD_FORMAT,
          0,
          0,
          0,
          0 },
        { "too short for its head", { 0xdb, 0, 4, 0x20, 0, 0, 1 }, 7, OHM_BAD_FORMAT, 0, 0, 0, 0 },
        { "a title of seven bytes",
          { 0xdb, 7, 1, 2, 3, 4, 5, 6, 7, 6, 0x20 },
          20,
          OHM_BAD_FORMAT,
          0,
          0,
          0,
          0 },
        { "a length beyond the data",
          { 0xdb, 0, 20, 0x20, 0, 0, 1, 0, 1 },
          9,
          OHM_MORE,
          0,
          0,
          0,
          0 },
        { "cut in the title", { 0xdb, 8, 1, 2 }, 4, OHM_MORE, 0, 0, 0, 0 },
        { "another APDU", { 0xdc, 0, 6, 0x20, 0, 0, 1, 0, 0xaa }, 9, OHM_BAD_FORMAT, 0, 0, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_glo g = { .size = 0 };
        ohm_code code = ohm_glo_parse((ohm_span){ rows[i].bytes, rows[i].len }, &g);
        if (code != rows[i].code || g.title.len != rows[i].title || g.text.len != rows[i].text ||
            g.tag.len != rows[i].tag || g.size != rows[i].size)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(code));
        if (code == OHM_OK)
            assert_int_equal(g.counter, 0x100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(messages_are_read) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
