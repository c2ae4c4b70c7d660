#include "web/tls.h"

#include <gnutls/abstract.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/log.h"

enum { CHAIN_MAX = 2 }; /* the server's and the authority's */

/* Held by whoever may still use it: `tls`, and each connection from its start to its end. */
struct ohm_tls_identity {
    unsigned holders;
    gnutls_privkey_t key;
    unsigned chain_len;
    gnutls_pcert_st chain[CHAIN_MAX];
};

/* --- names ---------------------------------------------------------------------------- */

static bool has(const ohm_tls_names *names, const char *name)
{
    for (int i = 0; i < names->count; i++)
        if (!strcmp(names->text[i], name))
            return true;
    return false;
}

void ohm_tls_names_take(ohm_tls_names *names, const char *name)
{
    size_t len = strlen(name);
    if (has(names, name) || names->count == OHM_TLS_NAMES_MAX || len == 0 ||
        len >= OHM_OWN_CA_NAME_MAX)
        return;
    memcpy(names->text[names->count++], name, len + 1);
}

bool ohm_tls_names_cover(const ohm_tls_names *names, const ohm_tls_names *wanted)
{
    for (int i = 0; i < wanted->count; i++)
        if (!has(names, wanted->text[i]))
            return false;
    return true;
}

static void take_addresses(ohm_tls_names *names)
{
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all))
        return;
    for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
        char text[NI_MAXHOST];
        int family = i->ifa_addr ? i->ifa_addr->sa_family : AF_UNSPEC;
        if ((family != AF_INET && family != AF_INET6) || !(i->ifa_flags & IFF_UP) ||
            (i->ifa_flags & IFF_LOOPBACK))
            continue;
        socklen_t len =
            family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
        if (getnameinfo(i->ifa_addr, len, text, sizeof text, NULL, 0, NI_NUMERICHOST) == 0 &&
            !strchr(text, '%')) /* link-local: its scope is no part of a certificate */
            ohm_tls_names_take(names, text);
    }
    freeifaddrs(all);
}

/* What phones find it by (multicast DNS, RFC 6762). */
static void take_local(ohm_tls_names *names, const char *host)
{
    char local[OHM_OWN_CA_NAME_MAX];
    int len = snprintf(local, sizeof local, "%s.local", host);
    if (!strchr(host, '.') && len > 0 && (size_t)len < sizeof local)
        ohm_tls_names_take(names, local);
}

/* By which this machine can be reached now. */
static void find_names(const ohm_web_options *options, ohm_tls_names *out)
{
    char host[OHM_OWN_CA_NAME_MAX];
    out->count = 0;
    for (int i = 0; options->allowed_hosts && options->allowed_hosts[i]; i++)
        ohm_tls_names_take(out, options->allowed_hosts[i]);
    if (gethostname(host, sizeof host) == 0) {
        host[sizeof host - 1] = '\0';
        ohm_tls_names_take(out, host);
        take_local(out, host);
    }
    take_addresses(out);
}

/* --- an identity ---------------------------------------------------------------------- */

static void let_go(ohm_tls_identity *identity)
{
    if (!identity || --identity->holders)
        return;
    for (unsigned i = 0; i < identity->chain_len; i++)
        gnutls_pcert_deinit(&identity->chain[i]);
    gnutls_privkey_deinit(identity->key);
    free(identity);
}

static gnutls_datum_t datum_of(char *pem)
{
    return (gnutls_datum_t){ (unsigned char *)pem, (unsigned)strlen(pem) };
}

static ohm_err make_identity(const ohm_own_ca *ca, ohm_tls_identity **ret_identity)
{
    const gnutls_datum_t chain = datum_of(ca->chain_pem), key = datum_of(ca->key_pem);
    ohm_tls_identity *identity = calloc(1, sizeof *identity);
    if (!identity)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    identity->holders = 1;
    unsigned len = CHAIN_MAX;
    bool good = gnutls_privkey_init(&identity->key) == GNUTLS_E_SUCCESS &&
                gnutls_privkey_import_x509_raw(identity->key, &key, GNUTLS_X509_FMT_PEM, NULL, 0) ==
                    GNUTLS_E_SUCCESS &&
                gnutls_pcert_list_import_x509_raw(identity->chain, &len, &chain,
                                                  GNUTLS_X509_FMT_PEM, 0) == GNUTLS_E_SUCCESS;
    if (!good) {
        let_go(identity);
        return ohm_fail(OHM_BAD_FORMAT, 0, "GnuTLS does not take the certificate");
    }
    identity->chain_len = len;
    *ret_identity = identity;
    return ohm_ok();
}

/* --- loading and renewing ------------------------------------------------------------- */

static ohm_err load(ohm_tls *tls, const ohm_tls_names *names, ohm_ms now_ms)
{
    const char *list[OHM_TLS_NAMES_MAX + 1] = { NULL };
    ohm_own_ca ca = { 0 };
    ohm_tls_identity *identity;
    for (int i = 0; i < names->count; i++)
        list[i] = names->text[i];
    OHM_TRY(ohm_own_ca_load(tls->options->state_dir, list, now_ms, &ca));
    ohm_err err = make_identity(&ca, &identity);
    if (!ohm_failed(err)) {
        let_go(tls->identity);
        tls->identity = identity;
        tls->names = *names;
        tls->renew_ms = ca.renew_ms;
        memcpy(tls->fingerprint, ca.fingerprint, sizeof tls->fingerprint);
    }
    if (ca.left_out[0])
        ohm_log(OHM_LOG_WARNING,
                "web_name_not_signed name=%s (the house's authority is older than this name; to "
                "have one that signs for it, remove tls/ca.crt, start again, and trust the new "
                "one)",
                ca.left_out);
    ohm_own_ca_release(&ca);
    return err;
}

ohm_err ohm_tls_init(ohm_tls *tls, const ohm_web_options *options, ohm_ms now_ms)
{
    ohm_tls_names names;
    memset(tls, 0, sizeof *tls);
    tls->options = options;
    find_names(options, &names);
    return load(tls, &names, now_ms);
}

void ohm_tls_release(ohm_tls *tls)
{
    let_go(tls->identity);
    tls->identity = NULL;
}

int64_t ohm_tls_renew(ohm_tls *tls, ohm_ms now_ms)
{
    ohm_tls_names names;
    char before[OHM_FINGERPRINT_MAX];
    find_names(tls->options, &names);
    if (now_ms >= tls->renew_ms || !ohm_tls_names_cover(&tls->names, &names)) {
        memcpy(before, tls->fingerprint, sizeof before);
        ohm_err err = load(tls, &names, now_ms);
        if (ohm_failed(err))
            ohm_log(OHM_LOG_ERROR, "web_certificate_not_renewed why=\"%s\"", err.what);
        else if (strcmp(before, tls->fingerprint) != 0)
            ohm_log(OHM_LOG_WARNING, "web_authority_renewed sha256=%s (clients have to trust it)",
                    tls->fingerprint);
        else
            ohm_log(OHM_LOG_NOTICE, "web_certificate_renewed");
    }
    int64_t left_ms = tls->renew_ms - now_ms;
    return left_ms > 0 && left_ms < OHM_TLS_CHECK_MS ? left_ms : OHM_TLS_CHECK_MS;
}

/* --- in MHD's hands ------------------------------------------------------------------- */

/* The session's pointer is the identity that its connection holds. */
static void on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
    ohm_tls *tls = cls;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        let_go(*socket_context);
        *socket_context = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    tls->identity->holders++;
    *socket_context = tls->identity;
    if (info && info->tls_session)
        gnutls_session_set_ptr(info->tls_session, tls->identity);
}

static int give_identity(gnutls_session_t session, const gnutls_datum_t *authorities, int count,
                         const gnutls_pk_algorithm_t *algorithms, int algorithms_count,
                         gnutls_pcert_st **chain, unsigned *chain_len, gnutls_privkey_t *key)
{
    (void)authorities, (void)count, (void)algorithms, (void)algorithms_count;
    ohm_tls_identity *identity = gnutls_session_get_ptr(session);
    if (!identity)
        return -1;
    *chain = identity->chain;
    *chain_len = identity->chain_len;
    *key = identity->key;
    return 0;
}

/* TLS 1.2 and 1.3 with GnuTLS's usual suites. */
unsigned ohm_tls_mhd(ohm_tls *tls, struct MHD_OptionItem out[static OHM_TLS_OPTIONS_MAX])
{
    static char priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
    if (!tls->identity) {
        out[0] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
        return 0;
    }
    out[0] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_CERT_CALLBACK, 0,
                                      (void *)(intptr_t)give_identity };
    out[1] = (struct MHD_OptionItem){ MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, tls };
    out[2] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_PRIORITIES, 0, priorities };
    out[3] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
    return MHD_USE_TLS;
}
