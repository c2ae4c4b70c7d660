/* A certificate authority of one's own, for TLS where no public one can know the machine.
 *
 * In DIR/tls live ca.crt and ca.key (made once, ten years) and server.crt and server.key (made
 * for the names of this machine, a year, renewed a month before the end or when the names
 * change). Keys have mode 0600 and are P-256. The authority never leaves the folder, and its
 * certificate says what it may sign for (path length 0, RFC 5280 §4.2.1.10 name constraints): the
 * names and addresses this machine had when it was made, the names of home networks (.local, .lan,
 * .home.arpa, .internal) and private addresses. Whoever trusts it trusts it for nothing else. A
 * person compares the fingerprint on the console with the one the browser shows, once. */
#ifndef OHM_HOST_OWN_CA_H
#define OHM_HOST_OWN_CA_H

#include "base/err.h"
#include "base/time.h"

enum {
    OHM_OWN_CA_NAMES_MAX = 32,
    OHM_OWN_CA_NAME_MAX = 254,
    OHM_FINGERPRINT_MAX = 96, /* "AB:CD:…" of SHA-256, 95 characters */
};

typedef struct ohm_own_ca {
    char *chain_pem;                       /* server certificate, then the authority's */
    char *key_pem;                         /* of the server; wiped when released */
    ohm_ms not_after_ms, renew_ms;         /* from renew_ms on, ohm_own_ca_load makes another */
    char fingerprint[OHM_FINGERPRINT_MAX]; /* of the authority's certificate */
    char left_out[OHM_OWN_CA_NAME_MAX];    /* a host name that it may not sign for, or "" */
} ohm_own_ca;

/* Loads what is in the folder, or makes what is missing. `names` (NULL-terminated) are host names
 * and IP addresses as text; localhost and the loopback addresses are always added. Those that the
 * authority may not sign for (newer than it) are left out of the server's certificate, which is
 * made anew when it is unreadable, near its end, or lacks a name.
 *
 * Every phone of the house trusts the authority, so it is replaced only when it can't be read,
 * constrains nothing, or is over; or when somebody removed ca.crt, to have one with other names.
 * The old files then stay beside it as ca.crt.old and ca.key.old. A clock that was not set
 * (`now_ms` before 2024) proves nothing: what can be read is given as it is.
 * OHM_RANGE: too many names or one too long. Errors of the system say what failed. */
OHM_MUST_CHECK ohm_err ohm_own_ca_load(const char *dir, const char *const *names, ohm_ms now_ms,
                                       ohm_own_ca *out);
void ohm_own_ca_release(ohm_own_ca *ca);

#endif
