/* The listening socket, and MHD on top of it. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/log.h"
#include "host/syserr.h"
#include "web/inner.h"

typedef union socket_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} socket_address;

static socklen_t length_of(const socket_address *address)
{
    return address->any.sa_family == AF_INET ? sizeof address->v4 : sizeof address->v6;
}

/* Addresses only: a name could lead elsewhere tomorrow. */
static bool parse_address(const char *text, uint16_t port, socket_address *out)
{
    *out = (socket_address){ .v6 = { 0 } };
    if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        return true;
    }
    if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(port);
        return true;
    }
    return false;
}

static bool is_loopback(const socket_address *address)
{
    if (address->any.sa_family == AF_INET)
        return (ntohl(address->v4.sin_addr.s_addr) >> 24) == 127;
    return IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
}

static bool is_any(const socket_address *address)
{
    if (address->any.sa_family == AF_INET)
        return address->v4.sin_addr.s_addr == htonl(INADDR_ANY);
    return IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr);
}

/* As an IPv6 address, so that both families compare. */
static bool same_address(const struct sockaddr *peer, const char *text)
{
    socket_address wanted;
    struct in6_addr a = { .s6_addr = { [10] = 0xff, [11] = 0xff } }, b = a;
    if (!parse_address(text, 0, &wanted))
        return false;
    if (wanted.any.sa_family == AF_INET)
        memcpy(a.s6_addr + 12, &wanted.v4.sin_addr, 4);
    else
        a = wanted.v6.sin6_addr;
    socket_address from = { .v6 = { 0 } };
    memcpy(&from, peer, peer->sa_family == AF_INET ? sizeof from.v4 : sizeof from.v6);
    if (from.any.sa_family == AF_INET)
        memcpy(b.s6_addr + 12, &from.v4.sin_addr, 4);
    else
        b = from.v6.sin6_addr;
    return memcmp(&a, &b, sizeof a) == 0;
}

bool ohm_server_trusts(const ohm_web_options *options, const struct sockaddr *peer)
{
    if (same_address(peer, "127.0.0.1") || same_address(peer, "::1"))
        return true;
    for (int i = 0; options->trusted_proxies && options->trusted_proxies[i]; i++)
        if (same_address(peer, options->trusted_proxies[i]))
            return true;
    return false;
}

/* Behind a proxy nobody else may connect: what comes is plain HTTP, and who asks is what the
 * proxy says. */
static enum MHD_Result on_connect(void *cls, const struct sockaddr *peer, socklen_t len)
{
    const ohm_web *web = cls;
    (void)len;
    if (!web->options.behind_proxy)
        return MHD_YES;
    if (peer->sa_family != AF_INET && peer->sa_family != AF_INET6)
        return MHD_NO;
    if (ohm_server_trusts(&web->options, peer))
        return MHD_YES;
    ohm_log(OHM_LOG_WARNING, "web_not_the_proxy (a connection that web.trusted_proxies does not "
                             "name was closed)");
    return MHD_NO;
}

static ohm_err check_proxies(const ohm_web_options *options, bool local)
{
    socket_address address;
    int count = 0;
    for (; options->trusted_proxies && options->trusted_proxies[count]; count++)
        if (!parse_address(options->trusted_proxies[count], 0, &address))
            return ohm_fail(OHM_BAD_FORMAT, 0, "web.trusted_proxies holds no IP address");
    if (options->behind_proxy && !local && count == 0)
        return ohm_fail(OHM_DENIED, 0,
                        "behind_proxy off loopback needs web.trusted_proxies, the addresses of the "
                        "proxy: to everybody else it would be plain HTTP");
    return ohm_ok();
}

static ohm_err listen_on(const socket_address *address, int *ret_fd)
{
    int yes = 1, no = 0;
    int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return ohm_err_errno(errno);
    bool done = !setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (done && address->any.sa_family == AF_INET6) /* "::" takes IPv4 as well */
        done = !setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    done = done && !bind(fd, &address->any, length_of(address)) && !listen(fd, 128);
    if (!done) {
        ohm_err err = ohm_err_errno(errno);
        (void)close(fd);
        return err;
    }
    *ret_fd = fd;
    return ohm_ok();
}

static uint16_t port_of(int fd)
{
    socket_address address = { .v6 = { 0 } };
    socklen_t len = sizeof address;
    if (getsockname(fd, &address.any, &len))
        return 0;
    return ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port : address.v6.sin6_port);
}

__attribute__((format(printf, 2, 0))) static void log_mhd(void *cls, const char *format,
                                                          va_list args)
{
    char text[256], quoted[300];
    (void)cls;
    int n = vsnprintf(text, sizeof text, format, args);
    if (n < 0)
        return;
    text[strcspn(text, "\r\n")] = '\0';
    ohm_log(OHM_LOG_DEBUG, "web_http message=%s", ohm_log_quote(text, quoted, sizeof quoted));
}

static ohm_err start_mhd(ohm_web *web, bool many_addresses)
{
    struct MHD_OptionItem tls[OHM_TLS_OPTIONS_MAX];
    unsigned per_address = many_addresses ? OHM_CONNECTIONS_PER_ADDRESS_MAX : OHM_CONNECTIONS_MAX;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE |
                     MHD_USE_ERROR_LOG | ohm_tls_mhd(&web->tls, tls);
    web->daemon = MHD_start_daemon(
        flags, web->port, on_connect, web, ohm_http_request, web, MHD_OPTION_EXTERNAL_LOGGER,
        log_mhd, NULL, MHD_OPTION_LISTEN_SOCKET, web->listen_fd, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)OHM_CONNECTION_BYTES, MHD_OPTION_CONNECTION_LIMIT, (unsigned)OHM_CONNECTIONS_MAX,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, per_address, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)OHM_CONNECTION_TIMEOUT_S, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_URI_LOG_CALLBACK, ohm_http_uri, web, MHD_OPTION_NOTIFY_COMPLETED,
        ohm_http_completed, NULL, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    if (!web->daemon)
        return ohm_fail(OHM_IO, 0, "the HTTP server does not start");
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
    if (!info || epoll_ctl(web->epoll_fd, EPOLL_CTL_ADD, info->epoll_fd, &event))
        return ohm_fail(OHM_IO, 0, "the HTTP server can't be waited for");
    return ohm_ok();
}

/* All addresses are no address that a phone could be given. */
static void note_reach(ohm_web *web, bool only_v4)
{
    const ohm_tls_names *names = &web->tls.names;
    size_t len = 0;
    for (int i = 0; i < names->count; i++) {
        bool v6 = strchr(names->text[i], ':');
        if (v6 && only_v4)
            continue;
        char url[OHM_OWN_CA_NAME_MAX + 24];
        int n = snprintf(url, sizeof url, "%shttps://%s%s%s:%u/", len ? " " : "", v6 ? "[" : "",
                         names->text[i], v6 ? "]" : "", (unsigned)web->port);
        if (n < 0 || (size_t)n >= sizeof url || (size_t)n >= sizeof web->reach - len)
            return;
        memcpy(web->reach + len, url, (size_t)n + 1);
        len += (size_t)n;
    }
}

ohm_err ohm_server_open(ohm_web *web)
{
    socket_address address;
    if (!parse_address(web->options.address, web->options.port, &address))
        return ohm_fail(OHM_BAD_FORMAT, 0, "not an IP address");
    bool local = is_loopback(&address);
    OHM_TRY(check_proxies(&web->options, local));
    if (!local && !web->options.behind_proxy) {
        OHM_TRY(ohm_tls_init(&web->tls, &web->options, ohm_clock_utc()));
        memcpy(web->fingerprint, web->tls.fingerprint, sizeof web->fingerprint);
    }
    bool has_tls = web->tls.identity != NULL;
    web->is_https = has_tls || web->options.behind_proxy;
    OHM_TRY(listen_on(&address, &web->listen_fd));
    web->port = port_of(web->listen_fd);
    if (has_tls && is_any(&address))
        note_reach(web, address.any.sa_family == AF_INET);
    bool v6 = address.any.sa_family == AF_INET6;
    (void)snprintf(web->url, sizeof web->url, "http%s://%s%s%s:%u/", has_tls ? "s" : "",
                   v6 ? "[" : "", web->options.address, v6 ? "]" : "", (unsigned)web->port);
    return start_mhd(web, !local && !web->options.behind_proxy);
}

void ohm_server_close(ohm_web *web)
{
    if (web->daemon)
        MHD_stop_daemon(web->daemon); /* closes the listening socket */
    else if (web->listen_fd >= 0)
        (void)close(web->listen_fd);
    web->daemon = NULL;
    web->listen_fd = -1;
    ohm_tls_release(&web->tls);
}
