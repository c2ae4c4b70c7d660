/* UDP: level converters that speak datagrams. A socket that knows its peer is a descriptor like a
 * port's; a peer that refuses (ICMP) is a line that broke. */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/syserr.h"
#include "link/transport.h"

/* The socket of the first address that this machine can reach. */
static ohm_err reach(ohm_link *link, const struct addrinfo *addresses)
{
    ohm_err last = ohm_fail(OHM_UNKNOWN, 0, "the name has no address");
    for (const struct addrinfo *a = addresses; a; a = a->ai_next) {
        int fd = socket(a->ai_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) == 0) {
            link->fd = fd;
            return ohm_ok();
        }
        last = ohm_err_errno(errno);
        if (fd >= 0)
            (void)close(fd);
    }
    return last;
}

static void resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *addresses)
{
    ohm_link *link = request->data;
    link->resolving = false;
    if (link->phase == OHM_LINK_OPENING) {
        ohm_err err = status == 0 ? reach(link, addresses) : ohm_err_uv(status);
        if (ohm_failed(err))
            ohm_link_is_down(link, err);
        else
            ohm_link_poll_start(link);
    }
    uv_freeaddrinfo(addresses);
    ohm_link_release(link);
}

static void start(ohm_link *link)
{
    ohm_link_resolve(link, SOCK_DGRAM, resolved);
}

static void stop(ohm_link *link)
{
    if (link->resolving)
        (void)uv_cancel(
            (uv_req_t *)&link->opening->resolve); /* too late if it is done or under way */
    link->resolving = false;
    ohm_link_poll_stop(link);
}

const ohm_transport ohm_transport_udp = { start, stop, ohm_link_poll_send };
