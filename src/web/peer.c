#include "web/peer.h"

#include <arpa/inet.h>

#include "web/inner.h"

static void set_v4(ohm_peer *peer, const struct in_addr *address)
{
    memcpy(peer->key, address, sizeof *address);
    peer->key_len = sizeof *address;
    (void)inet_ntop(AF_INET, address, peer->text, sizeof peer->text);
}

/* A network of one subscriber is a /64: its 2^64 addresses are one peer. */
static void set_v6(ohm_peer *peer, const struct in6_addr *address)
{
    if (IN6_IS_ADDR_V4MAPPED(address)) {
        struct in_addr v4;
        memcpy(&v4, address->s6_addr + 12, sizeof v4);
        set_v4(peer, &v4);
        return;
    }
    memcpy(peer->key, address, 8);
    peer->key_len = 8;
    (void)inet_ntop(AF_INET6, address, peer->text, sizeof peer->text);
}

bool ohm_peer_parse(ohm_span forwarded_for, ohm_peer *out)
{
    char text[INET6_ADDRSTRLEN];
    struct in_addr v4;
    struct in6_addr v6;
    size_t from = forwarded_for.len, to = forwarded_for.len;
    while (from > 0 && forwarded_for.ptr[from - 1] != ',')
        from--;
    while (from < to && forwarded_for.ptr[from] == ' ')
        from++;
    while (to > from && forwarded_for.ptr[to - 1] == ' ')
        to--;
    if (to - from >= sizeof text)
        return false;
    memcpy(text, forwarded_for.ptr + from, to - from);
    text[to - from] = '\0';
    if (inet_pton(AF_INET, text, &v4) == 1)
        set_v4(out, &v4);
    else if (inet_pton(AF_INET6, text, &v6) == 1)
        set_v6(out, &v6);
    else
        return false;
    return true;
}

ohm_peer ohm_peer_of(const ohm_exchange *x)
{
    ohm_peer peer = { .text = "?" };
    ohm_span forwarded = x->fields[OHM_FIELD_FORWARDED_FOR];
    if (x->web->options.behind_proxy && forwarded.len && ohm_peer_parse(forwarded, &peer))
        return peer;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info && info->client_addr->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, info->client_addr, sizeof v4);
        set_v4(&peer, &v4.sin_addr);
    } else if (info && info->client_addr->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, info->client_addr, sizeof v6);
        set_v6(&peer, &v6.sin6_addr);
    }
    return peer;
}
