#include "host/own_ca.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

static const ohm_ms now_ms = INT64_C(1795305600000); /* 2026-11-22 */
#define DAYS(n) ((n)*INT64_C(86400000))

static char dir[64];

static int setup(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "%s", "/tmp/ohm-ca-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    char path[128];
    static const char *const files[] = { "tls/ca.crt",     "tls/ca.key",     "tls/server.crt",
                                         "tls/server.key", "tls/ca.crt.old", "tls/ca.key.old" };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof path, "%s/tls", dir);
    (void)rmdir(path);
    return rmdir(dir);
}

static ohm_own_ca load(const char *const *names, ohm_ms at_ms)
{
    ohm_own_ca ca = { 0 };
    ohm_err err = ohm_own_ca_load(dir, names, at_ms, &ca);
    if (ohm_failed(err))
        fail_msg("%s", err.what);
    return ca;
}

/* The two certificates of the chain; the server's must be signed by the authority's. */
static X509 *server_of(const ohm_own_ca *ca)
{
    BIO *bio = BIO_new_mem_buf(ca->chain_pem, -1);
    X509 *server = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    X509 *authority = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    assert_non_null(server);
    assert_non_null(authority);
    assert_int_equal(X509_check_ca(authority), 1);
    assert_int_equal(X509_check_ca(server), 0);
    EVP_PKEY *key = X509_get_pubkey(authority);
    assert_int_equal(X509_verify(server, key), 1);
    EVP_PKEY_free(key);
    X509_free(authority);
    BIO_free(bio);
    return server;
}

static void makes_a_chain_for_its_names(void **state)
{
    (void)state;
    const char *const names[] = { "ohm.example", "192.168.1.20", NULL };
    ohm_own_ca ca = load(names, now_ms);
    assert_int_equal(strlen(ca.fingerprint), 95);
    X509 *server = server_of(&ca);
    assert_int_equal(X509_check_host(server, "ohm.example", 0, 0, NULL), 1);
    assert_int_equal(X509_check_host(server, "localhost", 0, 0, NULL), 1);
    assert_int_equal(X509_check_ip_asc(server, "192.168.1.20", 0), 1);
    assert_int_equal(X509_check_ip_asc(server, "127.0.0.1", 0), 1);
    assert_int_equal(X509_check_host(server, "other.example", 0, 0, NULL), 0);
    X509_free(server);

    struct stat st;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/tls/ca.key", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    ohm_own_ca_release(&ca);
}

static void keeps_what_is_good_and_renews_what_is_not(void **state)
{
    (void)state;
    const char *const names[] = { "ohm.example", NULL };
    const char *const more[] = { "ohm.example", "ohm.local", NULL };
    ohm_own_ca first = load(names, now_ms), again = load(names, now_ms + DAYS(300));
    assert_string_equal(first.chain_pem, again.chain_pem);
    assert_string_equal(first.key_pem, again.key_pem);

    ohm_own_ca later = load(names, now_ms + DAYS(340)); /* under a month is left */
    assert_string_not_equal(first.chain_pem, later.chain_pem);
    assert_string_equal(first.fingerprint, later.fingerprint);
    assert_true(later.not_after_ms > first.not_after_ms);
    assert_int_equal(first.renew_ms, first.not_after_ms - DAYS(30));

    ohm_own_ca wider = load(more, now_ms + DAYS(340));
    assert_string_not_equal(later.chain_pem, wider.chain_pem);
    assert_string_equal(first.fingerprint, wider.fingerprint);

    ohm_own_ca old = load(more, now_ms + DAYS(3650)); /* the authority itself is over */
    assert_string_not_equal(first.fingerprint, old.fingerprint);
    ohm_own_ca_release(&first);
    ohm_own_ca_release(&again);
    ohm_own_ca_release(&later);
    ohm_own_ca_release(&wider);
    ohm_own_ca_release(&old);
}

static void a_damaged_or_open_key_is_replaced(void **state)
{
    (void)state;
    ohm_own_ca first = load(NULL, now_ms);
    char path[128];
    (void)snprintf(path, sizeof path, "%s/tls/server.key", dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs("nonsense", file);
    (void)fclose(file);
    ohm_own_ca second = load(NULL, now_ms);
    assert_string_not_equal(first.key_pem, second.key_pem);
    assert_string_equal(first.fingerprint, second.fingerprint);

    (void)snprintf(path, sizeof path, "%s/tls/ca.key", dir);
    assert_int_equal(chmod(path, 0644), 0); /* others may have read it: it is worth nothing */
    ohm_own_ca third = load(NULL, now_ms);
    assert_string_not_equal(second.fingerprint, third.fingerprint);
    ohm_own_ca_release(&first);
    ohm_own_ca_release(&second);
    ohm_own_ca_release(&third);
}

static void a_clock_at_1970_makes_nothing_that_is_over(void **state)
{
    (void)state;
    ohm_own_ca ca = load(NULL, 5000);
    assert_true(ca.not_after_ms > INT64_C(1704067200000));
    ohm_own_ca_release(&ca);
}

static bool exists(const char *name)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/tls/%s", dir, name);
    return access(path, F_OK) == 0;
}

/* What every phone of the house trusts outlives a dead battery and another host name. */
static void an_authority_stays_whatever_the_clock_and_the_name(void **state)
{
    (void)state;
    const char *const vm[] = { "vm", "192.0.2.2", NULL };
    const char *const other[] = { "raspberry", "192.0.2.2", NULL };
    const char *const public[] = { "raspberry", "192.0.2.2", "203.0.113.9", NULL };
    const struct {
        const char *why;
        const char *const *names;
        ohm_ms at_ms;
    } rows[] = {
        { "a boot at 1970", vm, 25000 },
        { "a boot at 1970 under another name", other, 25000 },
        { "another name", other, now_ms },
        { "a public address", public, now_ms + 1 },
        { "the clock a year before it was made", vm, now_ms - DAYS(365) },
        { "the name is back", vm, now_ms + 2 },
        { "a month before its end", vm, now_ms + DAYS(3620) },
        { "its last day", vm, now_ms + DAYS(3649) },
    };
    ohm_own_ca first = load(vm, now_ms);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_own_ca ca = load(rows[i].names, rows[i].at_ms);
        if (strcmp(ca.fingerprint, first.fingerprint) != 0)
            fail_msg("%s: another authority", rows[i].why);
        if (rows[i].at_ms < now_ms - DAYS(1000))
            assert_string_equal(ca.chain_pem, first.chain_pem);
        X509_free(server_of(&ca));
        ohm_own_ca_release(&ca);
    }
    assert_false(exists("ca.crt.old"));
    ohm_own_ca next = load(vm, now_ms + DAYS(3650)); /* truly over */
    assert_string_not_equal(first.fingerprint, next.fingerprint);
    assert_true(exists("ca.crt.old") && exists("ca.key.old"));
    ohm_own_ca_release(&next);
    ohm_own_ca_release(&first);
}

/* What was given while the clock was not set is judged as soon as it is. */
static void a_clock_that_is_set_is_used_at_once(void **state)
{
    (void)state;
    const char *const names[] = { "ohm.lan", NULL };
    ohm_own_ca first = load(NULL, now_ms), unset = load(names, 25000);
    assert_string_equal(unset.chain_pem, first.chain_pem);
    assert_true(unset.renew_ms < now_ms && unset.renew_ms > 25000);
    ohm_own_ca set = load(names, now_ms);
    X509 *server = server_of(&set);
    assert_int_equal(X509_check_host(server, "ohm.lan", 0, 0, NULL), 1);
    X509_free(server);
    ohm_own_ca_release(&first);
    ohm_own_ca_release(&unset);
    ohm_own_ca_release(&set);
}

static void too_many_or_empty_names_are_refused(void **state)
{
    (void)state;
    const char *many[OHM_OWN_CA_NAMES_MAX + 1] = { NULL };
    for (int i = 0; i < OHM_OWN_CA_NAMES_MAX; i++)
        many[i] = "a.example";
    const char *const empty[] = { "", NULL };
    ohm_own_ca ca = { 0 };
    assert_int_equal(ohm_own_ca_load(dir, many, now_ms, &ca).code, OHM_RANGE);
    assert_int_equal(ohm_own_ca_load(dir, empty, now_ms, &ca).code, OHM_RANGE);
    assert_null(ca.chain_pem);
}

static int64_t instant(const ASN1_TIME *time)
{
    struct tm fields;
    assert_int_equal(ASN1_TIME_to_tm(time, &fields), 1);
    return (int64_t)timegm(&fields);
}

static bool in_time(const X509 *cert)
{
    return instant(X509_get0_notBefore(cert)) <= now_ms / 1000 &&
           instant(X509_get0_notAfter(cert)) > now_ms / 1000;
}

/* The whole chain, as a browser judges it. The times apart: the library's interface for another
 * `now` takes a time_t, whose width may be another there. */
static int verified(const char *authority_pem, X509 *server)
{
    BIO *bio = BIO_new_mem_buf(authority_pem, -1);
    X509_free(PEM_read_bio_X509(bio, NULL, NULL, NULL)); /* the server's comes first */
    X509 *authority = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    assert_int_equal(X509_STORE_add_cert(store, authority), 1);
    assert_int_equal(X509_STORE_CTX_init(ctx, store, server, NULL), 1);
    assert_true(in_time(server) && in_time(authority));
    X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(ctx), X509_V_FLAG_NO_CHECK_TIME);
    (void)X509_verify_cert(ctx);
    int error = X509_STORE_CTX_get_error(ctx);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    X509_free(authority);
    BIO_free(bio);
    return error;
}

/* What a thief of the authority's key would make. */
static X509 *forged(const char *san)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/tls/ca.key", dir);
    BIO *key_file = BIO_new_file(path, "r");
    (void)snprintf(path, sizeof path, "%s/tls/ca.crt", dir);
    BIO *cert_file = BIO_new_file(path, "r");
    EVP_PKEY *key = PEM_read_bio_PrivateKey(key_file, NULL, NULL, NULL);
    X509 *ca = PEM_read_bio_X509(cert_file, NULL, NULL, NULL), *cert = X509_new();
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, ca, cert, NULL, NULL, 0);
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, &ctx, NID_subject_alt_name, san);
    assert_non_null(names);
    assert_int_equal(X509_set_version(cert, X509_VERSION_3), 1);
    assert_int_equal(ASN1_STRING_copy(X509_getm_notBefore(cert), X509_get0_notBefore(ca)), 1);
    assert_int_equal(ASN1_STRING_copy(X509_getm_notAfter(cert), X509_get0_notAfter(ca)), 1);
    assert_int_equal(X509_set_issuer_name(cert, X509_get_subject_name(ca)), 1);
    assert_int_equal(X509_set_pubkey(cert, key), 1);
    assert_int_equal(X509_add_ext(cert, names, -1), 1);
    assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
    X509_EXTENSION_free(names);
    EVP_PKEY_free(key);
    X509_free(ca);
    BIO_free(key_file);
    BIO_free(cert_file);
    return cert;
}

static void the_authority_is_good_for_this_house_alone(void **state)
{
    (void)state;
    const char *const names[] = { "ohm.example", "203.0.113.7", "2001:db8::7", NULL };
    static const struct {
        const char *why, *san;
        int want;
    } rows[] = {
        { "the name it was made for", "DNS:ohm.example", X509_V_OK },
        { "a name of home networks", "DNS:ohm.local", X509_V_OK },
        { "a private address", "IP:192.168.7.9", X509_V_OK },
        { "the public address it had", "IP:203.0.113.7", X509_V_OK },
        { "and that of IPv6", "IP:2001:db8::7", X509_V_OK },
        { "a bank", "DNS:bank.example", X509_V_ERR_PERMITTED_VIOLATION },
        { "its name within another", "DNS:notohm.example", X509_V_ERR_PERMITTED_VIOLATION },
        { "a name that ends alike", "DNS:evillocal", X509_V_ERR_PERMITTED_VIOLATION },
        { "another public address", "IP:203.0.113.8", X509_V_ERR_PERMITTED_VIOLATION },
        { "and one of IPv6", "IP:2001:db8::8", X509_V_ERR_PERMITTED_VIOLATION },
    };
    ohm_own_ca ca = load(names, now_ms);
    X509 *server = server_of(&ca);
    assert_int_equal(verified(ca.chain_pem, server), X509_V_OK);
    X509_free(server);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        X509 *cert = forged(rows[i].san);
        int error = verified(ca.chain_pem, cert);
        if (error != rows[i].want)
            fail_msg("%s: %s", rows[i].why, X509_verify_cert_error_string(error));
        X509_free(cert);
    }
    ohm_own_ca_release(&ca);
}

static void names_that_come_later(void **state)
{
    (void)state;
    const char *const first_names[] = { "ohm.lan", NULL };
    const char *const address[] = { "ohm.lan", "192.168.1.9", NULL };
    const char *const public[] = { "ohm.lan", "192.168.1.9", "203.0.113.7", NULL };
    const char *const name[] = { "ohm.example", NULL };
    ohm_own_ca first = load(first_names, now_ms), second = load(address, now_ms);
    assert_string_equal(first.fingerprint, second.fingerprint);
    X509 *server = server_of(&second);
    assert_int_equal(X509_check_ip_asc(server, "192.168.1.9", 0), 1);
    X509_free(server);

    ohm_own_ca third = load(public, now_ms); /* left out: nothing changes */
    assert_string_equal(second.chain_pem, third.chain_pem);

    ohm_own_ca fourth = load(name, now_ms); /* left out, and said: phones trust this authority */
    assert_string_equal(first.fingerprint, fourth.fingerprint);
    assert_string_equal(fourth.left_out, "ohm.example");
    assert_string_equal(third.left_out, "");
    server = server_of(&fourth);
    assert_int_equal(X509_check_host(server, "ohm.example", 0, 0, NULL), 0);
    assert_int_equal(verified(fourth.chain_pem, server), X509_V_OK);
    X509_free(server);

    char path[128];
    (void)snprintf(path, sizeof path, "%s/tls/ca.crt", dir);
    assert_int_equal(unlink(path), 0); /* a person asks for another one */
    ohm_own_ca fifth = load(name, now_ms);
    assert_string_not_equal(first.fingerprint, fifth.fingerprint);
    assert_string_equal(fifth.left_out, "");
    server = server_of(&fifth);
    assert_int_equal(X509_check_host(server, "ohm.example", 0, 0, NULL), 1);
    assert_int_equal(verified(fifth.chain_pem, server), X509_V_OK);
    X509_free(server);
    ohm_own_ca_release(&fifth);
    ohm_own_ca_release(&first);
    ohm_own_ca_release(&second);
    ohm_own_ca_release(&third);
    ohm_own_ca_release(&fourth);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(makes_a_chain_for_its_names, setup, teardown),
        cmocka_unit_test_setup_teardown(keeps_what_is_good_and_renews_what_is_not, setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_or_open_key_is_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_at_1970_makes_nothing_that_is_over, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_authority_stays_whatever_the_clock_and_the_name, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_clock_that_is_set_is_used_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(too_many_or_empty_names_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(the_authority_is_good_for_this_house_alone, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(names_that_come_later, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
