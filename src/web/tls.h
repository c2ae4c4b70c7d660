/* TLS of the server: the own CA's certificate for every name and address by which this machine
 * can be reached, renewed while it runs.
 *
 * The certificate in hand is looked at once a minute: when its time to be renewed has come, or the
 * machine has a name or an address that it does not cover, it is loaded (made, if need be) anew.
 * New connections get the new one; each connection keeps the one it began with. */
#ifndef OHM_WEB_TLS_H
#define OHM_WEB_TLS_H

#include <microhttpd.h>

#include "host/own_ca.h"
#include "web/web.h"

enum { OHM_TLS_CHECK_MS = 60 * OHM_SECOND_MS, OHM_TLS_OPTIONS_MAX = 4 };

/* The own CA adds the loopback's three; a NULL ends the list. */
enum { OHM_TLS_NAMES_MAX = OHM_OWN_CA_NAMES_MAX - 4 };

typedef struct ohm_tls_names {
    int count;
    char text[OHM_TLS_NAMES_MAX][OHM_OWN_CA_NAME_MAX];
} ohm_tls_names;

/* Takes a name once. What does not fit any more is left out: others still lead here. */
void ohm_tls_names_take(ohm_tls_names *names, const char *name);
/* Is each of `wanted` among `names`? */
bool ohm_tls_names_cover(const ohm_tls_names *names, const ohm_tls_names *wanted);

/* A certificate and its key as GnuTLS wants them. */
typedef struct ohm_tls_identity ohm_tls_identity;

typedef struct ohm_tls {
    const ohm_web_options *options; /* not ours */
    ohm_tls_identity *identity;     /* NULL: no TLS */
    ohm_tls_names names;            /* that it was made for */
    ohm_ms renew_ms;
    char fingerprint[OHM_FINGERPRINT_MAX]; /* of the authority */
} ohm_tls;

/* The options are borrowed until ohm_tls_release. */
OHM_MUST_CHECK ohm_err ohm_tls_init(ohm_tls *tls, const ohm_web_options *options, ohm_ms now_ms);
void ohm_tls_release(ohm_tls *tls);

/* Renews what is due at `now_ms`; failing keeps what there is, and is logged. Returns in how many
 * milliseconds to look again. */
OHM_MUST_CHECK int64_t ohm_tls_renew(ohm_tls *tls, ohm_ms now_ms);

/* What MHD is to be started with; its flags too. Until MHD is stopped, `tls` stays where it is. */
unsigned ohm_tls_mhd(ohm_tls *tls, struct MHD_OptionItem out[static OHM_TLS_OPTIONS_MAX]);

#endif
