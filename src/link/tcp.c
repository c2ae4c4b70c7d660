#include <stdlib.h>

#include "link/transport.h"

enum { KEEPALIVE_S = 60 }; /* a gateway that lost its power says nothing for ever */

static void try_next(ohm_link *link, ohm_err last);

static void closed(uv_handle_t *handle)
{
    ohm_link_release(handle->data);
}

static void drop_socket(ohm_link *link)
{
    if (link->connected) {
        link->connected = false;
        uv_close((uv_handle_t *)&link->tcp, closed);
    }
}

static void buffer_for(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)handle;
    (void)suggested;
    *out = uv_buf_init((char *)ohm_link_buffer(), OHM_LINK_BUFFER_MAX);
}

static void received(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    ohm_link *link = stream->data;
    (void)buffer;
    if (got > 0)
        ohm_link_got(link, (size_t)got);
    else if (got < 0)
        ohm_link_is_down(link, ohm_err_uv((int)got));
}

static void forget_addresses(ohm_link *link)
{
    if (!link->opening)
        return;
    uv_freeaddrinfo(link->opening->addresses);
    link->opening->addresses = link->opening->next_address = NULL;
}

/* A socket that failed must be closed before its place takes the next one. */
static void closed_then_next(uv_handle_t *handle)
{
    ohm_link *link = handle->data;
    if (link->phase == OHM_LINK_OPENING)
        try_next(link, link->last_failure);
    ohm_link_release(link);
}

static void connected(uv_connect_t *request, int status)
{
    ohm_link *link = request->data;
    if (link->phase == OHM_LINK_OPENING && status == 0)
        status = uv_read_start((uv_stream_t *)&link->tcp, buffer_for, received);
    if (link->phase == OHM_LINK_OPENING && status == 0) {
        (void)uv_tcp_keepalive(&link->tcp, 1, KEEPALIVE_S);
        forget_addresses(link);
        free(link->opening); /* and with it the request, which libuv has done with */
        link->opening = NULL;
        ohm_link_is_up(link);
    } else if (link->phase == OHM_LINK_OPENING) {
        link->last_failure = ohm_err_uv(status);
        link->connected = false;
        uv_close((uv_handle_t *)&link->tcp, closed_then_next); /* keeps its hold */
    }
    ohm_link_release(link); /* the request */
}

/* Starts connecting to one address; a status below 0 says that it can't even start. */
static int try_one(ohm_link *link, const struct sockaddr *address)
{
    int status = uv_tcp_init(link->loop, &link->tcp);
    if (status < 0)
        return status;
    link->tcp.data = link;
    link->connected = true;
    ohm_link_hold(link); /* the socket */
    link->opening->connect.data = link;
    status = uv_tcp_connect(&link->opening->connect, &link->tcp, address, connected);
    if (status == 0)
        ohm_link_hold(link); /* the request */
    return status;
}

static void try_next(ohm_link *link, ohm_err last)
{
    struct addrinfo *address = link->opening->next_address;
    if (!address) {
        ohm_link_is_down(link, last);
        return;
    }
    link->opening->next_address = address->ai_next;
    int status = try_one(link, address->ai_addr);
    if (status >= 0)
        return;
    /* An address of a family that this machine does not have: on to the next one. */
    link->last_failure = ohm_err_uv(status);
    if (!link->connected) {
        ohm_link_is_down(link, link->last_failure);
        return;
    }
    link->connected = false;
    uv_close((uv_handle_t *)&link->tcp, closed_then_next);
}

static void resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *addresses)
{
    ohm_link *link = request->data;
    link->resolving = false;
    if (link->phase == OHM_LINK_OPENING && status == 0) {
        link->opening->addresses = addresses;
        link->opening->next_address = addresses;
        try_next(link, ohm_fail(OHM_UNKNOWN, 0, "the name has no address"));
    } else {
        uv_freeaddrinfo(addresses);
        if (link->phase == OHM_LINK_OPENING)
            ohm_link_is_down(link, ohm_err_uv(status));
    }
    ohm_link_release(link);
}

static void start(ohm_link *link)
{
    ohm_link_resolve(link, SOCK_STREAM, resolved);
}

static void stop(ohm_link *link)
{
    if (link->resolving)
        (void)uv_cancel(
            (uv_req_t *)&link->opening->resolve); /* too late if it is done or under way */
    link->resolving = false;
    drop_socket(link);
    forget_addresses(link);
}

/* A failure comes as the end of the connection, which the reader sees. */
static void sent(uv_write_t *request, int status)
{
    ohm_link *link = request->data;
    (void)status;
    link->out_len = 0;
    free(request);
    link->write = NULL;
    ohm_link_release(link);
}

static ohm_code send_out(ohm_link *link)
{
    uv_buf_t buffer = uv_buf_init((char *)link->out, (unsigned)link->out_len);
    link->write = calloc(1, sizeof *link->write); /* until it is sent */
    if (link->write)
        link->write->data = link;
    if (!link->write || uv_write(link->write, (uv_stream_t *)&link->tcp, &buffer, 1, sent) < 0) {
        ohm_code code = link->write ? OHM_IO : OHM_NO_MEMORY;
        free(link->write);
        link->write = NULL;
        link->out_len = 0;
        return code;
    }
    ohm_link_hold(link);
    return OHM_OK;
}

const ohm_transport ohm_transport_tcp = { start, stop, send_out };
