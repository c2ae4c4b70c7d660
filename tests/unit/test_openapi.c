/* The API's description and the table of routes say the same, both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "analysis/detect.h"
#include "host/assets.h"
#include "web/router.h"

static const char *method_of(const ohm_route *route)
{
    switch (route->method) {
    case OHM_GET:
        return "get";
    case OHM_PUT:
        return "put";
    case OHM_POST:
        return "post";
    case OHM_DELETE:
        return "delete";
    case OHM_OPTIONS:
        break;
    }
    return "?";
}

static json_t *load(void)
{
    const ohm_asset *asset = ohm_asset_find(ohm_span_text("data/api/openapi.json"));
    assert_non_null(asset);
    json_error_t error;
    json_t *spec = json_loadb((const char *)asset->bytes.ptr, asset->bytes.len, 0, &error);
    if (!spec)
        fail_msg("line %d: %s", error.line, error.text);
    return spec;
}

static void every_route_is_described(void **state)
{
    (void)state;
    json_t *spec = load();
    const json_t *paths = json_object_get(spec, "paths");
    for (size_t i = 0; i < ohm_routes_count; i++) {
        const json_t *item = json_object_get(paths, ohm_routes[i].pattern);
        if (!json_object_get(item, method_of(&ohm_routes[i])))
            fail_msg("%s %s is not described", method_of(&ohm_routes[i]), ohm_routes[i].pattern);
    }
    json_decref(spec);
}

static bool is_routed(const char *method, const char *path)
{
    for (size_t i = 0; i < ohm_routes_count; i++)
        if (!strcmp(ohm_routes[i].pattern, path) && !strcmp(method_of(&ohm_routes[i]), method))
            return true;
    return false;
}

static void nothing_else_is_described(void **state)
{
    (void)state;
    json_t *spec = load();
    size_t described = 0;
    const char *path, *method;
    json_t *item, *operation;
    json_object_foreach(json_object_get(spec, "paths"), path, item)
    {
        json_object_foreach(item, method, operation)
        {
            described++;
            if (!is_routed(method, path))
                fail_msg("%s %s is described, but not there", method, path);
        }
    }
    assert_int_equal(described, ohm_routes_count);
    json_decref(spec);
}

/* Who may do without an account is said as it is: no right needed, or the demo's rights. */
static void rights_are_described(void **state)
{
    (void)state;
    json_t *spec = load();
    for (size_t i = 0; i < ohm_routes_count; i++) {
        const json_t *operation =
            json_object_get(json_object_get(json_object_get(spec, "paths"), ohm_routes[i].pattern),
                            method_of(&ohm_routes[i]));
        bool open = false;
        size_t k;
        const json_t *way;
        json_array_foreach(json_object_get(operation, "security"), k, way) open =
            open || json_object_size(way) == 0;
        bool account = (ohm_routes[i].right & OHM_RIGHT_ADMIN) != 0 ||
                       (ohm_routes[i].flags & OHM_ROUTE_TOKEN) != 0;
        if (account && open)
            fail_msg("%s is said to be open", ohm_routes[i].pattern);
    }
    json_decref(spec);
}

/* Whoever writes a client from the description knows every type of alarm that may come. */
static void types_of_alarms_are_described(void **state)
{
    (void)state;
    static const char *const way[] = { "components", "schemas", "Alarm",
                                       "properties", "type",    "enum" };
    json_t *spec = load();
    const json_t *names = spec;
    for (size_t i = 0; i < sizeof way / sizeof *way; i++)
        names = json_object_get(names, way[i]);
    assert_int_equal(json_array_size(names), OHM_DETECT_TYPES);
    for (size_t i = 0; i < OHM_DETECT_TYPES; i++)
        assert_string_equal(json_string_value(json_array_get(names, i)),
                            ohm_detect_type_name((ohm_detect_type)i));
    json_decref(spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_described),
        cmocka_unit_test(nothing_else_is_described),
        cmocka_unit_test(rights_are_described),
        cmocka_unit_test(types_of_alarms_are_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
