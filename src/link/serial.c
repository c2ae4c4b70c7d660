#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "host/syserr.h"
#include "link/transport.h"
#include "link/tty.h"

/* The system's errors in the words of someone who plugs an adapter in. */
static ohm_err why_not(int error)
{
    switch (error) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        return ohm_fail(OHM_UNKNOWN, (uint32_t)error, "no such port: is the adapter plugged in?");
    case EACCES:
    case EPERM:
        return ohm_fail(OHM_DENIED, (uint32_t)error,
                        "not permitted: add the user to the group 'dialout'");
    case EBUSY:
    case EWOULDBLOCK:
        return ohm_fail(OHM_BUSY, (uint32_t)error, "another program holds the port");
    case ENOTTY:
        return ohm_fail(OHM_UNSUPPORTED, (uint32_t)error, "not a serial port");
    default:
        return ohm_err_errno(error);
    }
}

/* Ours alone: flock keeps off our like, TIOCEXCL every other program but root's. */
static ohm_err claim(int fd)
{
    if (!isatty(fd))
        return why_not(ENOTTY);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return why_not(errno);
    return ioctl(fd, TIOCEXCL) == 0 ? ohm_ok() : why_not(errno);
}

static void start(ohm_link *link)
{
    link->fd = open(link->name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    ohm_err err = link->fd < 0 ? why_not(errno) : claim(link->fd);
    if (!ohm_failed(err))
        err = ohm_tty_setup(link->fd, link->baud, link->framing);
    if (ohm_failed(err))
        ohm_link_is_down(link, err);
    else
        ohm_link_poll_start(link);
}

static void stop(ohm_link *link)
{
    if (link->fd >= 0)
        (void)ioctl(link->fd, TIOCNXCL);
    ohm_link_poll_stop(link);
}

const ohm_transport ohm_transport_serial = { start, stop, ohm_link_poll_send };
