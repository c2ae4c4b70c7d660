#include "host/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/syserr.h"

static ohm_err address_of(const char *name, struct sockaddr_un *address, socklen_t *size)
{
    size_t len = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || len < 2)
        return ohm_fail(OHM_BAD_FORMAT, 0, "NOTIFY_SOCKET is neither a path nor @abstract");
    if (len >= sizeof address->sun_path)
        return ohm_fail(OHM_TOO_BIG, 0, "NOTIFY_SOCKET is too long");

    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    memcpy(address->sun_path, name, len);
    if (name[0] == '@')
        address->sun_path[0] = '\0';
    *size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return ohm_ok();
}

ohm_err ohm_notify(const char *state)
{
    const char *name = getenv("NOTIFY_SOCKET");
    if (!name || !*name)
        return ohm_fail(OHM_UNKNOWN, 0, "NOTIFY_SOCKET is not set");
    struct sockaddr_un address;
    socklen_t size;
    OHM_TRY(address_of(name, &address, &size));

    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return ohm_err_errno(errno);
    ssize_t n =
        sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, size);
    ohm_err err = n < 0 ? ohm_err_errno(errno) : ohm_ok();
    (void)close(fd);
    return err;
}

/* A decimal number and nothing else; 0 otherwise. */
static int64_t number_of(const char *text)
{
    int64_t value = 0;
    if (!text)
        return 0;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || value > INT64_MAX / 10 - 1)
            return 0;
        value = value * 10 + (*text - '0');
    }
    return value;
}

int64_t ohm_notify_watchdog_ms(void)
{
    const char *pid = getenv("WATCHDOG_PID");
    if (pid && number_of(pid) != getpid())
        return 0; /* meant for another process */
    return number_of(getenv("WATCHDOG_USEC")) / 1000;
}
