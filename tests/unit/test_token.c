#include "fetch/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void tokens(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        ohm_code code;
        const char *text;
        int expires_in_s;
    } rows[] = {
        { "{\"access_token\" : \"aZ09-._~+/==\",\n\"token_type\":\"Bearer\",\"expires_in\":7199}",
          OHM_OK, "aZ09-._~+/==", 7199 },
        { "{\"access_token\":\"a\"}", OHM_OK, "a", 0 },
        { "{\"access_token\":\"a\",\"expires_in\":null}", OHM_OK, "a", 0 },
        { "{\"access_token\":\"a\",\"expires_in\":\"7200\"}", OHM_BAD_FORMAT, NULL, 0 },
        { "{\"access_token\":\"a\",\"expires_in\":-1}", OHM_RANGE, NULL, 0 },
        { "{\"access_token\":\"\"}", OHM_BAD_FORMAT, NULL, 0 },
        { "{\"access_token\":5}", OHM_BAD_FORMAT, NULL, 0 },
        { "{\"access_token\":\"a b\"}", OHM_BAD_FORMAT, NULL, 0 },
        { "{\"access_token\":\"a\\r\\nX: y\"}", OHM_BAD_FORMAT, NULL, 0 },
        { "{\"access_token\":\"\xc3\xa9\"}", OHM_BAD_FORMAT, NULL, 0 },
        { "{\"error\":\"invalid_client\"}", OHM_DENIED, NULL, 0 },
        { "{}", OHM_BAD_FORMAT, NULL, 0 },
        { "", OHM_BAD_FORMAT, NULL, 0 },
        { "<html>", OHM_BAD_FORMAT, NULL, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_token token;
        ohm_err err = ohm_token_parse(ohm_span_text(rows[i].body), &token);
        if (err.code != rows[i].code)
            fail_msg("%s: %s", rows[i].body, err.what);
        if (rows[i].text) {
            assert_string_equal(token.text, rows[i].text);
            assert_int_equal(token.expires_in_s, rows[i].expires_in_s);
        }
    }
}

/* RFC 4648 §10 gives the pairs: f, fo, foo... */
static void basic_headers(void **state)
{
    (void)state;
    static const struct {
        const char *id, *secret;
        ohm_code code;
        const char *want;
    } rows[] = {
        { "Aladdin", "open sesame", OHM_OK, "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" },
        { "f", "o", OHM_OK, "Authorization: Basic Zjpv" },
        { "f", "", OHM_OK, "Authorization: Basic Zjo=" },
        { "fo", "ob", OHM_OK, "Authorization: Basic Zm86b2I=" },
        { "f", "oob", OHM_OK, "Authorization: Basic Zjpvb2I=" },
        { "a:b", "c", OHM_BAD_FORMAT, NULL },
    };
    char header[OHM_BASIC_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(ohm_basic_header(rows[i].id, rows[i].secret, header), rows[i].code);
        if (rows[i].want)
            assert_string_equal(header, rows[i].want);
    }
    char secret[OHM_BASIC_MAX];
    memset(secret, 's', sizeof secret - 1);
    secret[sizeof secret - 1] = '\0';
    assert_int_equal(ohm_basic_header("id", secret, header), OHM_TOO_BIG);
    for (size_t len = 700; len < 760; len++) { /* around the limit: fits or is refused */
        secret[len] = '\0';
        if (ohm_basic_header("id", secret, header) == OHM_OK)
            assert_true(strlen(header) < sizeof header);
        secret[len] = 's';
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens),
        cmocka_unit_test(basic_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
