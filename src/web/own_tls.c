#include "web/own_tls.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/clock.h"

typedef struct names {
    int count;
    const char *list[OHM_OWN_CA_NAMES_MAX];
    char text[OHM_OWN_CA_NAMES_MAX][OHM_OWN_CA_NAME_MAX];
} names;

enum { OWN_MAX = OHM_OWN_CA_NAMES_MAX - 4 }; /* the own CA adds the loopback's, and a NULL ends */

/* Takes a name once; what does not fit any more is left out: it can still be reached by others. */
static void take(names *n, const char *name)
{
    for (int i = 0; i < n->count; i++)
        if (!strcmp(n->text[i], name))
            return;
    size_t len = strlen(name);
    if (n->count == OWN_MAX || len == 0 || len >= OHM_OWN_CA_NAME_MAX)
        return;
    memcpy(n->text[n->count], name, len + 1);
    n->list[n->count] = n->text[n->count];
    n->list[++n->count] = NULL;
}

static void take_addresses(names *n)
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
            take(n, text);
    }
    freeifaddrs(all);
}

ohm_err ohm_own_tls_load(const ohm_web_options *options, ohm_own_ca *out)
{
    names n;
    char host[OHM_OWN_CA_NAME_MAX];
    n.count = 0;
    n.list[0] = NULL;
    for (int i = 0; options->allowed_hosts && options->allowed_hosts[i]; i++)
        take(&n, options->allowed_hosts[i]);
    if (gethostname(host, sizeof host) == 0) {
        host[sizeof host - 1] = '\0';
        take(&n, host);
    }
    take_addresses(&n);
    return ohm_own_ca_load(options->state_dir, n.list, ohm_clock_utc(), out);
}
