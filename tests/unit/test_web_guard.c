/* Whose name a request may come by, and which page may send one. Without MHD: what is answered
 * goes nowhere. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "web/guard.h"
#include "web/inner.h"
#include "web/router.h"

static const char *const hosts[] = { "ohm.lan", NULL };
static const char *const others[] = { "https://other.example", NULL };
static const ohm_route change = { .method = OHM_PUT, .pattern = "/x" };
static const ohm_route look = { .method = OHM_GET, .pattern = "/x" };

static int begin(void **state)
{
    ohm_web *web = calloc(1, sizeof *web);
    if (!web)
        return -1;
    web->options.demo = true; /* everyone may: what is tested here is from where */
    web->options.allowed_hosts = hosts;
    web->options.cors_origins = others;
    *state = web;
    return 0;
}

static int end(void **state)
{
    free(*state);
    return 0;
}

static ohm_exchange ask(ohm_web *web, const char *host, const char *origin, const char *site)
{
    ohm_exchange x = { .web = web, .method = OHM_PUT, .route = &change };
    if (host)
        x.fields[OHM_FIELD_HOST] = ohm_span_text(host);
    if (origin)
        x.fields[OHM_FIELD_ORIGIN] = ohm_span_text(origin);
    if (site)
        x.fields[OHM_FIELD_FETCH_SITE] = ohm_span_text(site);
    return x;
}

static void names_and_addresses(void **state)
{
    ohm_web *web = *state;
    static const struct {
        const char *why, *host;
        bool want;
    } rows[] = {
        { "an address can't be rebound", "192.168.1.9:8420", true },
        { "nor one of IPv6", "[fd00::1]:8420", true },
        { "localhost", "localhost", true },
        { "a configured name, any case", "OHM.lan:80", true },
        { "the public origin's", "ohm.example", true },
        { "another name", "ohm.evil", false },
        { "a name that ends alike", "evil-ohm.lan", false },
        { "a name below it", "x.ohm.lan", false },
        { "a name that looks like an address", "192.168.1.9.evil.example", false },
        { "no host", NULL, false },
        { "not a host", "ohm.lan/", false },
    };
    web->options.public_origin = "https://ohm.example:8443";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_exchange x = ask(web, rows[i].host, NULL, NULL);
        if (ohm_guard_host(&x) != rows[i].want || x.replied == rows[i].want)
            fail_msg("%s", rows[i].why);
    }
}

static void pages_that_may_change_something(void **state)
{
    ohm_web *web = *state;
    static const struct {
        const char *why, *origin, *site;
        bool https, proxy, want;
    } rows[] = {
        { "no browser", NULL, NULL, false, false, true },
        { "our page", "http://ohm.lan:8420", "same-origin", false, false, true },
        { "typed by a person", NULL, "none", false, false, true },
        { "our page over TLS", "https://ohm.lan:8420", NULL, true, false, true },
        { "our page behind a proxy", "https://ohm.lan:8420", NULL, true, true, true },
        { "the public origin", "https://ohm.example", "same-origin", false, false, true },
        { "the other scheme", "https://ohm.lan:8420", NULL, false, false, false },
        { "and the other way", "http://ohm.lan:8420", NULL, true, false, false },
        { "another port", "http://ohm.lan:80", NULL, false, false, false },
        { "another site", "http://evil.example", NULL, false, false, false },
        { "a page that may only read", "https://other.example", NULL, true, false, false },
        { "a sandbox", "null", NULL, false, false, false },
        { "our origin, but the browser knows better", "http://ohm.lan:8420", "cross-site", false,
          false, false },
        { "a neighbour", NULL, "same-site", false, false, false },
    };
    web->options.public_origin = "https://ohm.example";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        web->is_https = rows[i].https;
        web->options.behind_proxy = rows[i].proxy;
        ohm_exchange x = ask(web, "ohm.lan:8420", rows[i].origin, rows[i].site);
        assert_true(ohm_guard_host(&x));
        if (ohm_guard_request(&x) != rows[i].want || x.replied == rows[i].want)
            fail_msg("%s", rows[i].why);
        /* To look is free for the page of anybody: what it may read is the browser's to say. */
        x = ask(web, "ohm.lan:8420", rows[i].origin, rows[i].site);
        x.method = OHM_GET;
        x.route = &look;
        assert_true(ohm_guard_request(&x));
    }
}

static void only_the_proxy_is_one(void **state)
{
    (void)state;
    const char *const named[] = { "192.0.2.9", "2001:db8::9", NULL };
    static const struct {
        const char *why, *peer;
        bool want;
    } rows[] = {
        { "this machine", "127.0.0.1", true },
        { "this machine over IPv6", "::1", true },
        { "the proxy", "192.0.2.9", true },
        { "the proxy, on a socket of both families", "::ffff:192.0.2.9", true },
        { "the proxy over IPv6", "2001:db8::9", true },
        { "its neighbour", "192.0.2.8", false },
        { "another one", "2001:db8::8", false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        union {
            struct sockaddr any;
            struct sockaddr_in v4;
            struct sockaddr_in6 v6;
        } peer = { .v6 = { 0 } };
        if (inet_pton(AF_INET, rows[i].peer, &peer.v4.sin_addr) == 1) {
            peer.v4.sin_family = AF_INET;
        } else {
            assert_int_equal(inet_pton(AF_INET6, rows[i].peer, &peer.v6.sin6_addr), 1);
            peer.v6.sin6_family = AF_INET6;
        }
        const ohm_web_options some = { .trusted_proxies = named }, none = { .port = 0 };
        if (ohm_server_trusts(&some, &peer.any) != rows[i].want)
            fail_msg("%s", rows[i].why);
        assert_int_equal(ohm_server_trusts(&none, &peer.any), i < 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_and_addresses, begin, end),
        cmocka_unit_test_setup_teardown(pages_that_may_change_something, begin, end),
        cmocka_unit_test(only_the_proxy_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
