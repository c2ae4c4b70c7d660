#include "web/router.h"

#include <string.h>

/* Does the pattern have exactly these segments? Braces are filled into *match. */
static bool pattern_matches(const char *pattern, const ohm_target *target, ohm_route_match *match)
{
    int params = 0;
    const char *at = pattern + 1; /* every pattern starts with a slash */
    for (int i = 0; i < target->segments_count; i++) {
        size_t len = strcspn(at, "/");
        const char *segment = target->segments[i];
        if (!len)
            return false; /* the pattern is shorter */
        if (at[0] == '{')
            match->params[params++] = segment;
        else if (strlen(segment) != len || memcmp(segment, at, len) != 0)
            return false;
        at += len;
        if (*at)
            at++;
    }
    return *at == '\0';
}

ohm_route_match ohm_route_find(ohm_method method, const ohm_target *target)
{
    ohm_route_match found = { 0 };
    for (size_t i = 0; i < ohm_routes_count; i++) {
        ohm_route_match match = { 0 };
        if (!pattern_matches(ohm_routes[i].pattern, target, &match))
            continue;
        unsigned methods = found.methods | (unsigned)ohm_routes[i].method;
        if (ohm_routes[i].method == method) {
            found = match;
            found.route = &ohm_routes[i];
        }
        found.methods = methods;
    }
    return found;
}

void ohm_route_allow(unsigned methods, char out[static OHM_ALLOW_MAX])
{
    static const struct {
        ohm_method bit;
        const char *text;
    } names[] = {
        { OHM_GET, "GET, HEAD, " },
        { OHM_POST, "POST, " },
        { OHM_PUT, "PUT, " },
        { OHM_DELETE, "DELETE, " },
    };
    char *to = out;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!(methods & (unsigned)names[i].bit))
            continue;
        size_t len = strlen(names[i].text);
        memcpy(to, names[i].text, len);
        to += len;
    }
    memcpy(to, "OPTIONS", sizeof "OPTIONS");
}
