#include "host/own_ca.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/civil.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/paths.h"
#include "host/random.h"
#include "host/syserr.h"

enum { CA_YEARS = 10, SERVER_DAYS = 365, RENEW_DAYS = 30, PEM_MAX = 16 << 10, SERIAL_BYTES = 16 };

#define DAY_S (INT64_C(24) * 60 * 60)
/* No certificate begins before the program existed: a clock at 1970 makes none that is over. */
#define FIRST_S INT64_C(1704067200)

typedef struct pair {
    X509 *cert;
    EVP_PKEY *key;
} pair;

typedef struct when {
    int64_t s;
    bool set; /* the clock was */
} when;

typedef struct names {
    int count;
    const char *text[OHM_OWN_CA_NAMES_MAX];
} names;

static void pair_release(pair *p)
{
    X509_free(p->cert);
    EVP_PKEY_free(p->key);
    *p = (pair){ NULL, NULL };
}

static ohm_err openssl_failed(void)
{
    return ohm_fail(OHM_IO, 0, "OpenSSL can't make a certificate");
}

/* --- files -------------------------------------------------------------------------------- */

static ohm_err read_bio(const char *dir, const char *name, BIO **ret_bio)
{
    char path[OHM_PATH_MAX];
    uint8_t *bytes = NULL;
    size_t len = 0;
    OHM_TRY(ohm_path_join(dir, name, path));
    OHM_TRY(ohm_secret_read(path, PEM_MAX, &bytes, &len));
    *ret_bio = BIO_new(BIO_s_mem());
    bool good = *ret_bio && BIO_write(*ret_bio, bytes, (int)len) == (int)len;
    ohm_secret_free(bytes, len);
    return good ? ohm_ok() : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
}

/* A certificate and its key, if both are there and belong together. */
static bool load_pair(const char *dir, const char *cert_name, const char *key_name, pair *out)
{
    BIO *cert = NULL, *key = NULL;
    if (!ohm_failed(read_bio(dir, cert_name, &cert)) &&
        !ohm_failed(read_bio(dir, key_name, &key))) {
        out->cert = PEM_read_bio_X509(cert, NULL, NULL, NULL);
        out->key = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);
    }
    BIO_free(cert);
    BIO_free(key);
    if (out->cert && out->key && X509_check_private_key(out->cert, out->key) == 1)
        return true;
    pair_release(out);
    return false;
}

static ohm_err write_bio(const char *dir, const char *name, BIO *bio)
{
    char path[OHM_PATH_MAX];
    char *bytes = NULL;
    long len = BIO_get_mem_data(bio, &bytes);
    OHM_TRY(ohm_path_join(dir, name, path));
    return ohm_file_write(path, ohm_span_of(bytes, (size_t)len), 0600);
}

static ohm_err save_pair(const char *dir, const char *cert_name, const char *key_name,
                         const pair *p)
{
    BIO *cert = BIO_new(BIO_s_mem()), *key = BIO_new(BIO_s_mem());
    ohm_err err = openssl_failed();
    if (cert && key && PEM_write_bio_X509(cert, p->cert) == 1 &&
        PEM_write_bio_PKCS8PrivateKey(key, p->key, NULL, NULL, 0, NULL, NULL) == 1) {
        err = write_bio(dir, key_name, key);
        if (!ohm_failed(err))
            err = write_bio(dir, cert_name, cert);
    }
    BIO_free(cert);
    BIO_free(key);
    return err;
}

/* --- making ------------------------------------------------------------------------------- */

static bool set_serial(X509 *cert)
{
    uint8_t bytes[SERIAL_BYTES];
    ohm_random(bytes, sizeof bytes);
    bytes[0] &= 0x7f; /* positive */
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    bool good = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
    BN_free(number);
    return good;
}

static bool set_name(X509_NAME *name, const char *text)
{
    return name && X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                              (const unsigned char *)text, -1, -1, 0) == 1;
}

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    bool good = extension && X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

/* In words and not as time_t, whose width the library and we may not share on 32-bit boards. */
static bool set_time(ASN1_TIME *out, int64_t utc_s)
{
    ohm_tz utc;
    ohm_tz_utc(&utc);
    ohm_civil c = ohm_civil_from_utc(&utc, utc_s * 1000);
    char text[48];
    (void)snprintf(text, sizeof text, "%04d%02u%02u%02u%02u%02uZ", c.date.year, c.date.month,
                   c.date.day, c.hour, c.minute, c.second);
    return ASN1_TIME_set_string_X509(out, text) == 1;
}

/* A fresh key and a certificate with times, serial and public key, not signed yet. */
static bool start_cert(pair *out, int64_t from_s, int64_t to_s)
{
    out->key = EVP_EC_gen("P-256");
    out->cert = X509_new();
    return out->key && out->cert && X509_set_version(out->cert, X509_VERSION_3) == 1 &&
           set_serial(out->cert) && set_time(X509_getm_notBefore(out->cert), from_s) &&
           set_time(X509_getm_notAfter(out->cert), to_s) &&
           X509_set_pubkey(out->cert, out->key) == 1;
}

/* --- what the authority may sign for ------------------------------------------------------ */

typedef struct network {
    uint8_t bytes[16], mask[16];
    int len; /* 4 or 16 */
} network;

/* A home's own: RFC 1918, 6598, 3927, 4193, 4291; RFC 6762, 8375 and what routers give out. */
static const char *const home_names[] = { "local", "lan", "home.arpa", "internal" };
static const struct {
    const char *address;
    int prefix;
} home_networks[] = {
    { "127.0.0.0", 8 },    { "10.0.0.0", 8 },     { "172.16.0.0", 12 },
    { "192.168.0.0", 16 }, { "169.254.0.0", 16 }, { "100.64.0.0", 10 },
    { "::1", 128 },        { "fc00::", 7 },       { "fe80::", 10 },
};

/* prefix < 0: the address alone. False: it is a name. */
static bool network_of(const char *text, int prefix, network *out)
{
    *out = (network){ .len = 4 };
    if (inet_pton(AF_INET, text, out->bytes) != 1) {
        out->len = 16;
        if (inet_pton(AF_INET6, text, out->bytes) != 1)
            return false;
    }
    for (int i = 0; i < out->len * 8; i++)
        if (prefix < 0 || i < prefix)
            out->mask[i / 8] |= (uint8_t)(0x80 >> (i % 8));
    return true;
}

/* `text` is a name, or an address with a prefix: one more subtree that is permitted. */
static bool permit(NAME_CONSTRAINTS *nc, const char *text, int prefix)
{
    network n;
    GENERAL_SUBTREE *tree = GENERAL_SUBTREE_new();
    ASN1_STRING *value = tree ? ASN1_STRING_type_new(V_ASN1_IA5STRING) : NULL;
    bool good = value != NULL;
    if (good && network_of(text, prefix, &n)) {
        uint8_t both[32];
        size_t len = (size_t)n.len;
        memcpy(both, n.bytes, len);
        memcpy(both + len, n.mask, len);
        good = ASN1_STRING_set(value, both, 2 * n.len) == 1;
        value->type = V_ASN1_OCTET_STRING;
        GENERAL_NAME_set0_value(tree->base, GEN_IPADD, value);
    } else if (good) {
        good = ASN1_STRING_set(value, text, -1) == 1;
        GENERAL_NAME_set0_value(tree->base, GEN_DNS, value);
    }
    if (good && sk_GENERAL_SUBTREE_push(nc->permittedSubtrees, tree) > 0)
        return true;
    GENERAL_SUBTREE_free(tree);
    return false;
}

static bool add_constraints(X509 *cert, const names *n)
{
    NAME_CONSTRAINTS *nc = NAME_CONSTRAINTS_new();
    bool good = nc && (nc->permittedSubtrees = sk_GENERAL_SUBTREE_new_null());
    for (size_t i = 0; i < sizeof home_names / sizeof *home_names && good; i++)
        good = permit(nc, home_names[i], -1);
    for (size_t i = 0; i < sizeof home_networks / sizeof *home_networks && good; i++)
        good = permit(nc, home_networks[i].address, home_networks[i].prefix);
    for (int i = 0; i < n->count && good; i++)
        good = permit(nc, n->text[i], -1);
    good = good && X509_add1_ext_i2d(cert, NID_name_constraints, nc, 1, X509V3_ADD_DEFAULT) == 1;
    NAME_CONSTRAINTS_free(nc);
    return good;
}

static bool is_within(const char *name, const GENERAL_NAME *base)
{
    network n;
    int type;
    const ASN1_STRING *value = GENERAL_NAME_get0_value(base, &type);
    const unsigned char *bytes = ASN1_STRING_get0_data(value);
    size_t len = (size_t)ASN1_STRING_length(value), name_len = strlen(name);
    if (network_of(name, -1, &n)) {
        if (type != GEN_IPADD || len != 2 * (size_t)n.len)
            return false;
        for (int i = 0; i < n.len; i++)
            if ((n.bytes[i] ^ bytes[i]) & bytes[n.len + i])
                return false;
        return true;
    }
    return type == GEN_DNS && name_len >= len &&
           !strncasecmp(name + name_len - len, (const char *)bytes, len) &&
           (name_len == len || name[name_len - len - 1] == '.');
}

/* May this authority sign for the name? One without constraints, never: it is not of ours. */
static bool permits(const NAME_CONSTRAINTS *nc, const char *name)
{
    for (int i = 0; nc && i < sk_GENERAL_SUBTREE_num(nc->permittedSubtrees); i++)
        if (is_within(name, sk_GENERAL_SUBTREE_value(nc->permittedSubtrees, i)->base))
            return true;
    return false;
}

static bool is_address(const char *text)
{
    network n;
    return network_of(text, -1, &n);
}

/* Takes from `n` what the authority may not sign for; returns a host name among it, or NULL. */
static const char *keep_permitted(const X509 *ca, names *n)
{
    NAME_CONSTRAINTS *nc = X509_get_ext_d2i(ca, NID_name_constraints, NULL, NULL);
    const char *left_out = NULL;
    int count = 0;
    for (int i = 0; i < n->count; i++) {
        if (permits(nc, n->text[i]))
            n->text[count++] = n->text[i];
        else if (!is_address(n->text[i]))
            left_out = n->text[i];
    }
    n->count = count;
    NAME_CONSTRAINTS_free(nc);
    return left_out;
}

/* Those that early versions made sign for anything: nobody should have to trust one. */
static bool is_constrained(const X509 *ca)
{
    NAME_CONSTRAINTS *nc = X509_get_ext_d2i(ca, NID_name_constraints, NULL, NULL);
    bool good = nc != NULL;
    NAME_CONSTRAINTS_free(nc);
    return good;
}

/* --- making, from names ------------------------------------------------------------------- */

static bool make_ca(pair *out, const names *n, int64_t now_s)
{
    char name[64];
    uint32_t id;
    ohm_random(&id, sizeof id); /* two machines of one household have two names */
    (void)snprintf(name, sizeof name, "ohmstead own CA %08x", id);
    return start_cert(out, now_s - DAY_S, now_s + CA_YEARS * 365 * DAY_S) &&
           set_name(X509_get_subject_name(out->cert), name) &&
           X509_set_issuer_name(out->cert, X509_get_subject_name(out->cert)) == 1 &&
           add_extension(out->cert, out->cert, NID_basic_constraints,
                         "critical,CA:TRUE,pathlen:0") &&
           add_extension(out->cert, out->cert, NID_key_usage, "critical,keyCertSign,cRLSign") &&
           add_extension(out->cert, out->cert, NID_subject_key_identifier, "hash") &&
           add_constraints(out->cert, n) && X509_sign(out->cert, out->key, EVP_sha256()) > 0;
}

static bool add_names(X509 *cert, const names *n)
{
    GENERAL_NAMES *all = GENERAL_NAMES_new();
    bool good = all != NULL;
    for (int i = 0; i < n->count && good; i++) {
        GENERAL_NAME *name = a2i_GENERAL_NAME(
            NULL, NULL, NULL, is_address(n->text[i]) ? GEN_IPADD : GEN_DNS, n->text[i], 0);
        good = name && sk_GENERAL_NAME_push(all, name) > 0;
        if (!good)
            GENERAL_NAME_free(name);
    }
    good = good && X509_add1_ext_i2d(cert, NID_subject_alt_name, all, 0, X509V3_ADD_DEFAULT) == 1;
    GENERAL_NAMES_free(all);
    return good;
}

static int64_t seconds_of(const ASN1_TIME *time, int64_t otherwise_s)
{
    struct tm fields;
    return ASN1_TIME_to_tm(time, &fields) == 1 ? (int64_t)timegm(&fields) : otherwise_s;
}

static int64_t end_of(const X509 *cert)
{
    return seconds_of(X509_get0_notAfter(cert), 0);
}

/* It does not outlive its authority. */
static bool make_server(pair *out, const pair *ca, const names *n, int64_t now_s)
{
    int64_t to_s = now_s + SERVER_DAYS * DAY_S;
    if (to_s > end_of(ca->cert))
        to_s = end_of(ca->cert);
    return start_cert(out, now_s - DAY_S, to_s) &&
           set_name(X509_get_subject_name(out->cert), "ohmstead") &&
           X509_set_issuer_name(out->cert, X509_get_subject_name(ca->cert)) == 1 &&
           add_extension(out->cert, ca->cert, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(out->cert, ca->cert, NID_key_usage, "critical,digitalSignature") &&
           add_extension(out->cert, ca->cert, NID_ext_key_usage, "serverAuth") &&
           add_extension(out->cert, ca->cert, NID_authority_key_identifier, "keyid") &&
           add_names(out->cert, n) && X509_sign(out->cert, ca->key, EVP_sha256()) > 0;
}

/* --- judging ------------------------------------------------------------------------------ */

/* Does it hold at `now_s`, and for `spare_s` longer? */
static bool holds(const X509 *cert, int64_t now_s, int64_t spare_s)
{
    return seconds_of(X509_get0_notBefore(cert), INT64_MAX) <= now_s &&
           end_of(cert) > now_s + spare_s;
}

static bool covers(X509 *cert, const names *n)
{
    for (int i = 0; i < n->count; i++) {
        int found = is_address(n->text[i]) ? X509_check_ip_asc(cert, n->text[i], 0)
                                           : X509_check_host(cert, n->text[i], 0, 0, NULL);
        if (found != 1)
            return false;
    }
    return true;
}

static ohm_err take_names(const char *const *given, names *out)
{
    static const char *const always[] = { "localhost", "127.0.0.1", "::1" };
    *out = (names){ 0 };
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        out->text[out->count++] = always[i];
    for (int i = 0; given && given[i]; i++) {
        if (out->count == OHM_OWN_CA_NAMES_MAX || !given[i][0] ||
            strlen(given[i]) >= OHM_OWN_CA_NAME_MAX)
            return ohm_fail(OHM_RANGE, (uint32_t)i,
                            "a host name is empty, too long or one too many");
        out->text[out->count++] = given[i];
    }
    return ohm_ok();
}

/* --- giving out --------------------------------------------------------------------------- */

static char *text_of(BIO *bio)
{
    char *bytes = NULL;
    long len = BIO_get_mem_data(bio, &bytes);
    char *text = malloc((size_t)len + 1);
    if (text) {
        memcpy(text, bytes, (size_t)len);
        text[len] = '\0';
    }
    return text;
}

static bool fingerprint_of(const X509 *cert, char out[static OHM_FINGERPRINT_MAX])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (X509_digest(cert, EVP_sha256(), digest, &len) != 1)
        return false;
    for (unsigned i = 0; i < len; i++)
        (void)snprintf(out + 3 * i, 4, "%02X%s", digest[i], i + 1 < len ? ":" : "");
    return true;
}

static ohm_err give_out(const pair *ca, const pair *server, const when *now, ohm_own_ca *out)
{
    BIO *chain = BIO_new(BIO_s_mem()), *key = BIO_new(BIO_s_mem());
    int64_t end_s = end_of(server->cert);
    ohm_own_ca made = { 0 };
    bool good = chain && key && PEM_write_bio_X509(chain, server->cert) == 1 &&
                PEM_write_bio_X509(chain, ca->cert) == 1 &&
                PEM_write_bio_PKCS8PrivateKey(key, server->key, NULL, NULL, 0, NULL, NULL) == 1 &&
                fingerprint_of(ca->cert, made.fingerprint) && end_s > 0;
    if (good) {
        made.not_after_ms = end_s * OHM_SECOND_MS;
        made.renew_ms = made.not_after_ms;
        if (end_s < end_of(ca->cert))
            made.renew_ms -= RENEW_DAYS * DAY_S * OHM_SECOND_MS;
        if (!now->set) /* to be judged as soon as the clock is set */
            made.renew_ms = FIRST_S * OHM_SECOND_MS;
        made.chain_pem = text_of(chain);
        made.key_pem = text_of(key);
        good = made.chain_pem && made.key_pem;
    }
    BIO_free(chain);
    BIO_free(key);
    if (!good) {
        ohm_own_ca_release(&made);
        return openssl_failed();
    }
    *out = made;
    return ohm_ok();
}

/* What is there is never written over. */
static ohm_err set_aside(const char *dir, const char *name)
{
    char from[OHM_PATH_MAX], to[OHM_PATH_MAX];
    OHM_TRY(ohm_path_join(dir, name, from));
    if ((size_t)snprintf(to, sizeof to, "%s.old", from) >= sizeof to)
        return ohm_fail(OHM_TOO_BIG, 0, "the path is too long");
    return rename(from, to) == 0 || errno == ENOENT ? ohm_ok() : ohm_err_errno(errno);
}

static ohm_err find_ca(const char *dir, const names *n, const when *now, pair *ca)
{
    bool found = load_pair(dir, "ca.crt", "ca.key", ca) && is_constrained(ca->cert);
    if (found && !(now->set && end_of(ca->cert) <= now->s))
        return ohm_ok();
    pair_release(ca);
    OHM_TRY(set_aside(dir, "ca.crt"));
    OHM_TRY(set_aside(dir, "ca.key"));
    return make_ca(ca, n, now->s) ? save_pair(dir, "ca.crt", "ca.key", ca) : openssl_failed();
}

/* Within a month of the authority's end there is no better one to be had. */
static bool lasts(const pair *server, const pair *ca, int64_t now_s)
{
    int64_t spare_s = end_of(server->cert) < end_of(ca->cert) ? RENEW_DAYS * DAY_S : 0;
    return holds(server->cert, now_s, spare_s);
}

static ohm_err find_server(const char *dir, const names *n, const when *now, const pair *ca,
                           pair *server)
{
    bool found = load_pair(dir, "server.crt", "server.key", server) &&
                 X509_verify(server->cert, ca->key) == 1;
    if (found && (!now->set || (lasts(server, ca, now->s) && covers(server->cert, n))))
        return ohm_ok();
    pair_release(server);
    return make_server(server, ca, n, now->s) ? save_pair(dir, "server.crt", "server.key", server)
                                              : openssl_failed();
}

static ohm_err load_or_make(const char *dir, names *n, const when *now, ohm_own_ca *out)
{
    pair ca = { NULL, NULL }, server = { NULL, NULL };
    ohm_err err = find_ca(dir, n, now, &ca);
    const char *left_out = ca.cert ? keep_permitted(ca.cert, n) : NULL;
    if (!ohm_failed(err))
        err = find_server(dir, n, now, &ca, &server);
    if (!ohm_failed(err))
        err = give_out(&ca, &server, now, out);
    if (!ohm_failed(err) && left_out)
        (void)snprintf(out->left_out, sizeof out->left_out, "%s", left_out);
    pair_release(&ca);
    pair_release(&server);
    return err;
}

ohm_err ohm_own_ca_load(const char *dir, const char *const *given, ohm_ms now_ms, ohm_own_ca *out)
{
    names n;
    char folder[OHM_PATH_MAX];
    OHM_TRY(take_names(given, &n));
    OHM_TRY(ohm_path_join(dir, "tls", folder));
    OHM_TRY(ohm_dir_ensure(folder));
    when now = { now_ms / OHM_SECOND_MS, ohm_clock_plausible(now_ms) };
    if (now.s < FIRST_S + DAY_S)
        now.s = FIRST_S + DAY_S;
    return load_or_make(folder, &n, &now, out);
}

void ohm_own_ca_release(ohm_own_ca *ca)
{
    if (ca->key_pem)
        ohm_wipe(ca->key_pem, strlen(ca->key_pem));
    free(ca->key_pem);
    free(ca->chain_pem);
    *ca = (ohm_own_ca){ 0 };
}
