/* Links over a descriptor that epoll knows: serial ports, pseudo-terminals, FIFOs, UDP sockets. */
#include <errno.h>
#include <unistd.h>

#include "host/syserr.h"
#include "link/transport.h"

enum { READS_MAX = 16 }; /* at a stretch: a babbling line holds up no other */

static ohm_err why_gone(int error)
{
    if (error == EIO || error == ENXIO || error == ENODEV)
        return ohm_fail(OHM_IO, (uint32_t)error, "the port vanished");
    return ohm_err_errno(error);
}

/* Writes what waits; true while the line is well. */
static bool write_on(ohm_link *link)
{
    while (link->out_len > 0) {
        ssize_t put = write(link->fd, link->out + link->out_at, link->out_len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && errno == EAGAIN)
            break;
        if (put < 0) {
            ohm_link_is_down(link, why_gone(errno));
            return false;
        }
        link->out_at += (size_t)put;
        link->out_len -= (size_t)put;
    }
    return true;
}

static void ready(uv_poll_t *poll, int status, int events);

/* Room to write is watched for only while something waits. */
static void watch(ohm_link *link)
{
    int events = UV_READABLE | UV_DISCONNECT | (link->out_len > 0 ? UV_WRITABLE : 0);
    int status = uv_poll_start(&link->poll, events, ready);
    if (status < 0)
        ohm_link_is_down(link, ohm_err_uv(status));
}

static void ready(uv_poll_t *poll, int status, int events)
{
    ohm_link *link = poll->data;
    if (status < 0) {
        ohm_link_is_down(link, ohm_err_uv(status));
        return;
    }
    if (events & UV_WRITABLE) {
        if (!write_on(link))
            return;
        watch(link);
        if (link->phase != OHM_LINK_UP || !(events & ~UV_WRITABLE))
            return;
    }
    /* The read finds out what it is. */
    for (int i = 0; i < READS_MAX; i++) {
        uint8_t *bytes = link->own ? link->own : ohm_link_buffer();
        ssize_t got = read(link->fd, bytes, OHM_LINK_BUFFER_MAX);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got == 0 && link->kind == OHM_LINK_UDP)
            continue; /* an empty datagram */
        if (got <= 0) {
            bool file = link->kind == OHM_LINK_FILE;
            ohm_link_is_down(link, got < 0 ? why_gone(errno)
                                   : file  ? ohm_fail(OHM_END, 0, "the file has ended")
                                           : ohm_fail(OHM_IO, 0, "the port vanished"));
            return;
        }
        ohm_link_got(link, (size_t)got);
        if (link->phase != OHM_LINK_UP)
            return;
    }
}

static void closed(uv_handle_t *handle)
{
    ohm_link_release(handle->data);
}

void ohm_link_poll_start(ohm_link *link)
{
    int status = uv_poll_init(link->loop, &link->poll, link->fd);
    if (status < 0) {
        ohm_link_is_down(link, ohm_err_uv(status));
        return;
    }
    link->poll.data = link;
    link->polling = true;
    ohm_link_hold(link);
    status = uv_poll_start(&link->poll, UV_READABLE | UV_DISCONNECT, ready);
    if (status < 0)
        ohm_link_is_down(link, ohm_err_uv(status));
    else
        ohm_link_is_up(link);
}

void ohm_link_poll_stop(ohm_link *link)
{
    if (link->polling) {
        link->polling = false;
        (void)uv_poll_stop(&link->poll);
        uv_close((uv_handle_t *)&link->poll, closed);
    }
    if (link->fd >= 0) {
        (void)close(link->fd);
        link->fd = -1;
    }
}

ohm_code ohm_link_poll_send(ohm_link *link)
{
    int events = UV_READABLE | UV_WRITABLE | UV_DISCONNECT;
    if (uv_poll_start(&link->poll, events, ready) == 0)
        return OHM_OK;
    link->out_len = 0;
    return OHM_IO;
}
