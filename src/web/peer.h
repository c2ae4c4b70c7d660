/* The address of whoever asks: the socket's, or behind a declared proxy the one that the proxy
 * names last in X-Forwarded-For. */
#ifndef OHM_WEB_PEER_H
#define OHM_WEB_PEER_H

#include <netinet/in.h>

#include "base/span.h"

typedef struct ohm_exchange ohm_exchange;

typedef struct ohm_peer {
    char text[INET6_ADDRSTRLEN]; /* for the log */
    uint8_t key[16];             /* for limits: an IPv4 address, or the /64 of an IPv6 one */
    size_t key_len;
} ohm_peer;

ohm_peer ohm_peer_of(const ohm_exchange *x);
/* The last address of a field's list; false: it is none. */
bool ohm_peer_parse(ohm_span forwarded_for, ohm_peer *out);

#endif
