/* The files inside the binary can be found by name, and their table is in order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/assets.h"

static void names_ascend(void **state)
{
    (void)state;
    for (size_t i = 1; ohm_asset_at(i); i++)
        assert_true(strcmp(ohm_asset_at(i - 1)->name, ohm_asset_at(i)->name) < 0);
}

static void every_asset_is_found(void **state)
{
    (void)state;
    size_t i = 0;
    for (; ohm_asset_at(i); i++) {
        const ohm_asset *asset = ohm_asset_at(i);
        assert_ptr_equal(ohm_asset_find(ohm_span_text(asset->name)), asset);
        assert_int_equal(strlen(asset->hash), 24);
        assert_int_equal(asset->bytes.ptr[asset->bytes.len], 0);
        assert_true(asset->gzip.len < asset->bytes.len || !asset->bytes.len);
    }
    assert_true(i > 0);
}

static void other_names_are_not(void **state)
{
    static const char *const names[] = { "",
                                         "data",
                                         "data/",
                                         "data/api/openapi.jso",
                                         "zzz",
                                         "\x7f",
                                         "data/api/openapi.json/",
                                         "../data/api/openapi.json" };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_null(ohm_asset_find(ohm_span_text(names[i])));
    assert_null(ohm_asset_find((ohm_span){ NULL, 0 }));
}

static void the_api_is_there(void **state)
{
    (void)state;
    const ohm_asset *api = ohm_asset_find(ohm_span_text("data/api/openapi.json"));
    assert_non_null(api);
    assert_string_equal(api->type, "application/json");
    assert_int_equal(api->bytes.ptr[0], '{');
    assert_true(!api->gzip.len || (api->gzip.ptr[0] == 0x1f && api->gzip.ptr[1] == 0x8b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_ascend),
        cmocka_unit_test(every_asset_is_found),
        cmocka_unit_test(other_names_are_not),
        cmocka_unit_test(the_api_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
