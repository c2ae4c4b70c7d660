/* TLS of the server: the own CA's certificate for every name and address by which this machine
 * can be reached. */
#ifndef OHM_WEB_OWN_TLS_H
#define OHM_WEB_OWN_TLS_H

#include "host/own_ca.h"
#include "web/web.h"

/* Loads or makes what TLS off loopback needs, in the state folder of the options. */
OHM_MUST_CHECK ohm_err ohm_own_tls_load(const ohm_web_options *options, ohm_own_ca *out);

#endif
