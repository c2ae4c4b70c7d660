/* The strict readers of HTTP's text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "web/http_text.h"

#define COUNT(rows) (sizeof(rows) / sizeof *(rows))

static ohm_span text(const char *s)
{
    return ohm_span_text(s ? s : "");
}

static void targets(void **state)
{
    static const struct {
        const char *why, *raw;
        ohm_code want;
        int segments, pairs;
        const char *last, *value; /* the last segment, the value of "k" */
    } rows[] = {
        { "the root", "/", OHM_OK, 0, 0, NULL, NULL },
        { "two segments", "/api/v1", OHM_OK, 2, 0, "v1", NULL },
        { "an escape", "/a/b%20c", OHM_OK, 2, 0, "b c", NULL },
        { "UTF-8, escaped", "/%C3%A9", OHM_OK, 1, 0, "\xC3\xA9", NULL },
        { "a plus is a plus in a path", "/a+b", OHM_OK, 1, 0, "a+b", NULL },
        { "a query", "/a?k=v", OHM_OK, 1, 1, "a", "v" },
        { "a plus is a space in a query", "/a?k=x+y%2B", OHM_OK, 1, 1, "a", "x y+" },
        { "an empty query", "/a?", OHM_OK, 1, 0, "a", NULL },
        { "a key alone", "/a?k", OHM_OK, 1, 1, "a", "" },
        { "more equal signs belong to the value", "/a?k=b=c", OHM_OK, 1, 1, "a", "b=c" },
        { "nothing", "", OHM_BAD_FORMAT, 0, 0, NULL, NULL },
        { "asterisk form", "*", OHM_BAD_FORMAT, 0, 0, NULL, NULL },
        { "absolute form", "http://h/a", OHM_BAD_FORMAT, 0, 0, NULL, NULL },
        { "an empty segment", "//a", OHM_BAD_FORMAT, 0, 0, NULL, NULL },
        { "a slash at the end", "/a/", OHM_BAD_FORMAT, 0, 0, NULL, NULL },
        { "dots", "/a/../b", OHM_BAD_FORMAT, 0, 0, NULL, NULL },
        { "escaped dots", "/a/%2e%2E/b", OHM_BAD_FORMAT, 0, 0, NULL, NULL },
        { "an escaped slash", "/a%2fb", OHM_BAD_FORMAT, 0, 0, NULL, NULL },
        { "an escaped NUL", "/a%00b", OHM_BAD_FORMAT, 0, 0, NULL, NULL },
        { "an escaped newline", "/a%0ab", OHM_BAD_FORMAT, 0, 0, NULL, NULL },
        { "half an escape", "/a%2", OHM_BAD_FORMAT, 0, 0, NULL, NULL },
        { "not an escape", "/a%zz", OHM_BAD_FORMAT, 0, 0, NULL, NULL },
        { "a raw byte", "/\xff", OHM_BAD_FORMAT, 0, 0, NULL, NULL },
        { "a backslash", "/a\\b", OHM_BAD_FORMAT, 0, 0, NULL, NULL },
        { "a key twice", "/a?k=1&k=2", OHM_BAD_FORMAT, 0, 0, NULL, NULL },
        { "an empty key", "/a?=1", OHM_BAD_FORMAT, 0, 0, NULL, NULL },
        { "too many pairs", "/a?a&b&c&d&e&f&g&h&i", OHM_TOO_BIG, 0, 0, NULL, NULL },
        { "too many segments", "/1/2/3/4/5/6/7/8/9/10/11", OHM_TOO_BIG, 0, 0, NULL, NULL },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        ohm_target target;
        assert_int_equal(ohm_target_parse(text(rows[i].raw), &target), rows[i].want);
        if (rows[i].want != OHM_OK)
            continue;
        assert_int_equal(target.segments_count, rows[i].segments);
        assert_int_equal(target.pairs_count, rows[i].pairs);
        if (rows[i].last)
            assert_string_equal(target.segments[target.segments_count - 1], rows[i].last);
        if (rows[i].value)
            assert_string_equal(ohm_target_query(&target, "k"), rows[i].value);
        assert_null(ohm_target_query(&target, "other"));
    }
}

static void longest_target(void **state)
{
    char raw[OHM_TARGET_MAX + 1];
    ohm_target target;
    (void)state;
    memset(raw, 'a', sizeof raw);
    raw[0] = '/';
    assert_int_equal(ohm_target_parse(ohm_span_of(raw, OHM_TARGET_MAX), &target), OHM_OK);
    assert_int_equal(strlen(target.path), OHM_TARGET_MAX);
    assert_int_equal(strlen(target.segments[0]), OHM_TARGET_MAX - 1);
    assert_int_equal(ohm_target_parse(ohm_span_of(raw, sizeof raw), &target), OHM_TOO_BIG);
}

static void cookies(void **state)
{
    static const struct {
        const char *why, *header, *want;
    } rows[] = {
        { "alone", "s=1", "1" },
        { "among others", "a=b; s=1; c=d", "1" },
        { "the first counts", "s=1; s=2", "1" },
        { "empty", "s=", "" },
        { "a name that ends alike", "xs=1", NULL },
        { "a name that starts alike", "ss=1", NULL },
        { "names have case", "S=1", NULL },
        { "in another's value", "a=s=1", NULL },
        { "no equal sign", "s", "" },
        { "nothing", "", NULL },
        { "separators alone", "; ;;", NULL },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        ohm_span value;
        assert_int_equal(ohm_cookie_find(text(rows[i].header), "s", &value), rows[i].want != NULL);
        if (rows[i].want)
            assert_true(ohm_span_is(value, rows[i].want));
    }
}

static void bearers(void **state)
{
    static const struct {
        const char *why, *header, *want;
    } rows[] = {
        { "plain", "Bearer abc", "abc" },
        { "schemes have no case", "bEARER ohm_1_x", "ohm_1_x" },
        { "spaces around", " Bearer   abc ", "abc" },
        { "another scheme", "Basic abc", NULL },
        { "no token", "Bearer", NULL },
        { "no token, a space", "Bearer ", NULL },
        { "two tokens", "Bearer a b", NULL },
        { "a comma", "Bearer a,b", NULL },
        { "a quote", "Bearer \"a\"", NULL },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        ohm_span token;
        assert_int_equal(ohm_bearer_parse(text(rows[i].header), &token), rows[i].want != NULL);
        if (rows[i].want)
            assert_true(ohm_span_is(token, rows[i].want));
    }
}

static void hosts(void **state)
{
    static const struct {
        const char *why, *header, *name; /* NULL: refused */
        bool is_address;
        int port;
    } rows[] = {
        { "a name", "localhost", "localhost", false, 0 },
        { "a name and a port", "ohm.example:8420", "ohm.example", false, 8420 },
        { "IPv4", "127.0.0.1:8420", "127.0.0.1", true, 8420 },
        { "IPv6", "[::1]:8420", "::1", true, 8420 },
        { "IPv6 without a port", "[fe80::1]", "fe80::1", true, 0 },
        { "a name that starts like an address", "127.0.0.1.evil.example", "127.0.0.1.evil.example",
          false, 0 },
        { "a number is a name here", "2130706433", "2130706433", false, 0 },
        { "nothing", "", NULL, false, 0 },
        { "a port alone", ":80", NULL, false, 0 },
        { "an empty port", "a:", NULL, false, 0 },
        { "port 0", "a:0", NULL, false, 0 },
        { "a port too high", "a:65536", NULL, false, 0 },
        { "a long port", "a:000080", NULL, false, 0 },
        { "two ports", "a:1:2", NULL, false, 0 },
        { "user info", "a@b", NULL, false, 0 },
        { "a path", "a/b", NULL, false, 0 },
        { "a space", "a b", NULL, false, 0 },
        { "an open bracket", "[::1", NULL, false, 0 },
        { "junk after a bracket", "[::1]x", NULL, false, 0 },
        { "no address in brackets", "[abc]", NULL, false, 0 },
        { "an address without brackets", "::1", NULL, false, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        ohm_host host;
        ohm_code want = rows[i].name ? OHM_OK : OHM_BAD_FORMAT;
        assert_int_equal(ohm_host_parse(text(rows[i].header), &host), want);
        if (want != OHM_OK)
            continue;
        assert_true(ohm_span_is(host.name, rows[i].name));
        assert_int_equal(host.is_address, rows[i].is_address);
        assert_int_equal(host.port, rows[i].port);
    }
}

static void origins(void **state)
{
    static const struct {
        const char *why, *header, *host;
        bool https;
    } rows[] = {
        { "plain", "http://127.0.0.1:8420", "127.0.0.1:8420", false },
        { "TLS", "https://ohm.example", "ohm.example", true },
        { "opaque", "null", NULL, false },
        { "a file", "file://", NULL, false },
        { "an extension", "chrome-extension://abc", NULL, false },
        { "a path", "http://a/b", NULL, false },
        { "nothing after the scheme", "https://", NULL, false },
        { "nothing", "", NULL, false },
        { "two of them", "http://a http://b", NULL, false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        ohm_origin origin;
        ohm_code want = rows[i].host ? OHM_OK : OHM_BAD_FORMAT;
        assert_int_equal(ohm_origin_parse(text(rows[i].header), &origin), want);
        if (want == OHM_OK) {
            assert_true(ohm_span_is(origin.host, rows[i].host));
            assert_int_equal(origin.https, rows[i].https);
        }
    }
}

static void preferences(void **state)
{
    static const struct {
        const char *why;
        bool (*ask)(ohm_span);
        const char *header;
        bool want;
    } rows[] = {
        { "gzip named", ohm_accepts_gzip, "gzip, deflate, br", true },
        { "gzip refused", ohm_accepts_gzip, "gzip;q=0, *", false },
        { "gzip refused in decimals", ohm_accepts_gzip, "gzip;q=0.000", false },
        { "anything", ohm_accepts_gzip, "*", true },
        { "only others", ohm_accepts_gzip, "br", false },
        { "no header", ohm_accepts_gzip, "", false },
        { "a weight that is none", ohm_accepts_gzip, "gzip;q=x", false },
        { "French", ohm_prefers_french, "fr-FR,fr;q=0.9,en;q=0.8", true },
        { "English", ohm_prefers_french, "en-GB,en;q=0.9,fr;q=0.8", false },
        { "as good, French first", ohm_prefers_french, "fr, en", true },
        { "as good, English first", ohm_prefers_french, "en, fr", false },
        { "French after others", ohm_prefers_french, "de, fr;q=0.5", true },
        { "neither", ohm_prefers_french, "de", false },
        { "a language that starts alike", ohm_prefers_french, "frr", false },
        { "no header", ohm_prefers_french, "", false },
        { "JSON asked for", ohm_prefers_json, "application/json", true },
        { "a script's default", ohm_prefers_json, "application/json, text/plain, */*", true },
        { "a browser", ohm_prefers_json, "text/html,application/xhtml+xml,*/*;q=0.8", false },
        { "anything", ohm_prefers_json, "*/*", false },
        { "both, JSON less", ohm_prefers_json, "text/html, application/json;q=0.9", false },
        { "JSON", ohm_is_json_type, "application/json", true },
        { "JSON with charset", ohm_is_json_type, "Application/JSON; charset=UTF-8", true },
        { "another charset", ohm_is_json_type, "application/json; charset=latin1", false },
        { "a form", ohm_is_json_type, "text/plain", false },
        { "no header", ohm_is_json_type, "", false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (rows[i].ask(text(rows[i].header)) != rows[i].want)
            fail_msg("%s: '%s'", rows[i].why, rows[i].header);
}

static void etags(void **state)
{
    static const struct {
        const char *why, *header;
        bool want;
    } rows[] = {
        { "the tag", "\"abc\"", true },
        { "weak", "W/\"abc\"", true },
        { "among others", "\"x\", \"abc\"", true },
        { "any", "*", true },
        { "another", "\"abcd\"", false },
        { "without quotes", "abc", false },
        { "nothing", "", false },
        { "a quote alone", "\"", false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(ohm_etag_matches(text(rows[i].header), "abc"), rows[i].want);
}

static void numbers(void **state)
{
    static const struct {
        const char *text;
        ohm_code want;
        uint64_t value;
    } rows[] = {
        { "0", OHM_OK, 0 },          { "7", OHM_OK, 7 },
        { "100", OHM_OK, 100 },      { "101", OHM_RANGE, 0 },
        { "", OHM_BAD_FORMAT, 0 },   { "-1", OHM_BAD_FORMAT, 0 },
        { "01", OHM_BAD_FORMAT, 0 }, { "1x", OHM_BAD_FORMAT, 0 },
        { " 1", OHM_BAD_FORMAT, 0 }, { "99999999999999999999999", OHM_RANGE, 0 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t value = 42;
        assert_int_equal(ohm_text_uint(rows[i].text, 100, &value), rows[i].want);
        assert_int_equal(value, rows[i].want == OHM_OK ? rows[i].value : 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets),     cmocka_unit_test(longest_target), cmocka_unit_test(cookies),
        cmocka_unit_test(bearers),     cmocka_unit_test(hosts),          cmocka_unit_test(origins),
        cmocka_unit_test(preferences), cmocka_unit_test(etags),          cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
