/* The table of addresses: what matches, with which methods, and that its rows make sense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "web/router.h"

static ohm_route_match find(ohm_method method, const char *path, ohm_target *target)
{
    assert_int_equal(ohm_target_parse(ohm_span_text(path), target), OHM_OK);
    return ohm_route_find(method, target);
}

static void addresses_are_found_with_their_parameters(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_method method;
        const char *path, *pattern,
            *allow; /* pattern NULL: no such row; allow NULL: no such path */
        const char *params[2];
    } rows[] = {
        { "the root", OHM_GET, "/", "/", "GET, HEAD, OPTIONS", { NULL } },
        { "a fixed path",
          OHM_GET,
          "/api/v1/state",
          "/api/v1/state",
          "GET, HEAD, OPTIONS",
          { NULL } },
        { "a parameter",
          OHM_PUT,
          "/api/v1/loads/car/override",
          "/api/v1/loads/{id}/override",
          "PUT, DELETE, OPTIONS",
          { "car" } },
        { "the other method of a path",
          OHM_DELETE,
          "/api/v1/loads/car/override",
          "/api/v1/loads/{id}/override",
          "PUT, DELETE, OPTIONS",
          { "car" } },
        { "a method it has not",
          OHM_POST,
          "/api/v1/loads/car/override",
          NULL,
          "PUT, DELETE, OPTIONS",
          { NULL } },
        { "OPTIONS is of no row",
          OHM_OPTIONS,
          "/api/v1/session",
          NULL,
          "GET, HEAD, POST, DELETE, OPTIONS",
          { NULL } },
        { "no method at all", 0, "/api/v1/state", NULL, "GET, HEAD, OPTIONS", { NULL } },
        { "a brace takes what a fixed row of its length does not",
          OHM_GET,
          "/api/v1/users/marie",
          "/api/v1/users/{name}",
          "GET, HEAD, DELETE, OPTIONS",
          { "marie" } },
        { "an escaped slash never gets here; other escapes are decoded",
          OHM_GET,
          "/api/v1/users/a%20b",
          "/api/v1/users/{name}",
          "GET, HEAD, DELETE, OPTIONS",
          { "a b" } },
        { "four parameters",
          OHM_GET,
          "/api/v1/series/home/ground/main/power_import",
          "/api/v1/series/{site}/{zone}/{device}/{quantity}",
          "GET, HEAD, OPTIONS",
          { "home", "ground" } },
        { "too short", OHM_GET, "/api/v1", NULL, NULL, { NULL } },
        { "too long", OHM_GET, "/api/v1/state/x", NULL, NULL, { NULL } },
        { "a beginning of a segment", OHM_GET, "/api/v1/stat", NULL, NULL, { NULL } },
        { "more than a segment", OHM_GET, "/api/v1/states", NULL, NULL, { NULL } },
        { "another case", OHM_GET, "/API/v1/state", NULL, NULL, { NULL } },
        { "a brace as such", OHM_GET, "/api/v1/series/%7Bsite%7D", NULL, NULL, { NULL } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_target target;
        char allow[OHM_ALLOW_MAX];
        ohm_route_match match = find(rows[i].method, rows[i].path, &target);
        const char *pattern = match.route ? match.route->pattern : NULL;
        if (!pattern != !rows[i].pattern || (pattern && strcmp(pattern, rows[i].pattern) != 0))
            fail_msg("%s: %s", rows[i].why, pattern ? pattern : "nothing");
        if (!match.methods != !rows[i].allow)
            fail_msg("%s: methods %u", rows[i].why, match.methods);
        if (rows[i].allow) {
            ohm_route_allow(match.methods, allow);
            assert_string_equal(allow, rows[i].allow);
        }
        for (int p = 0; p < 2 && rows[i].params[p]; p++)
            assert_string_equal(match.params[p], rows[i].params[p]);
    }
}

static void the_rows_make_sense(void **state)
{
    (void)state;
    for (size_t i = 0; i < ohm_routes_count; i++) {
        const ohm_route *row = &ohm_routes[i];
        const char *why = row->pattern;
        int braces = 0;
        for (const char *p = row->pattern; *p; p++)
            braces += *p == '{';
        if (row->pattern[0] != '/' || braces > OHM_ROUTE_PARAMS_MAX || !row->handle)
            fail_msg("%s", why);
        if (row->body_max > OHM_BODY_MAX)
            fail_msg("%s takes too much", why);
        /* Nothing acts on a GET, so it takes no body; what changes something takes a right, but
         * for those whose body is the proof and for the end of one's own session. */
        bool proves = row->flags & OHM_ROUTE_PROVES;
        bool logout = row->method == OHM_DELETE && !strcmp(why, "/api/v1/session");
        if (row->method == OHM_GET && row->body_max)
            fail_msg("GET %s takes a body", why);
        if (row->method != OHM_GET && !row->right && !proves && !logout)
            fail_msg("%s is open to anyone", why);
        for (size_t k = 0; k < i; k++)
            if (!strcmp(ohm_routes[k].pattern, why) && ohm_routes[k].method == row->method)
                fail_msg("%s is there twice", why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_found_with_their_parameters),
        cmocka_unit_test(the_rows_make_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
