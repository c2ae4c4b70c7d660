/* WebSocket (RFC 6455): the same events as {"id":…,"event":"…","data":…}, one text message each.
 *
 * MHD does the handshake and hands over the socket (behind TLS: one end of its own socket pair);
 * wslay does the framing. A stream has one message in flight; what a client sends is answered
 * where the protocol asks for it (ping, close) and ignored otherwise. A client that does not
 * read, floods us with pings or is silent for too long is closed. */
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <wslay/wslay.h>

#include "web/inner.h"
#include "web/stream.h"

enum { READ_TURN_BYTES = 16 << 10, CONTROL_QUEUE_MAX = 4 };

struct ohm_ws {
    ohm_web *web;
    ohm_ws *next;
    struct MHD_UpgradeResponseHandle *handle; /* NULL: the handshake is under way */
    int fd;
    uint32_t watched; /* epoll events asked for */
    wslay_event_context_ptr wslay;
    ohm_principal who;
    uint64_t seen;
    ohm_mono_ms heard, pinged; /* last: a byte of theirs, our ping */
    size_t turn_bytes;         /* read in this turn of the loop */
    uint8_t *extra;            /* bytes that came with the handshake */
    size_t extra_len, extra_at;
};

/* --- the handshake -------------------------------------------------------------------- */

ohm_code ohm_ws_accept(ohm_span key, char out[static OHM_WS_ACCEPT_MAX])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    uint8_t text[24 + sizeof guid], nonce[18], digest[20];
    if (key.len != 24 || EVP_DecodeBlock(nonce, key.ptr, 24) != 18 || key.ptr[21] == '=' ||
        key.ptr[22] != '=' || key.ptr[23] != '=')
        return OHM_BAD_FORMAT; /* not 16 bytes in base64 */
    memcpy(text, key.ptr, 24);
    memcpy(text + 24, guid, sizeof guid - 1);
    if (!EVP_Digest(text, 24 + sizeof guid - 1, digest, NULL, EVP_sha1(), NULL))
        return OHM_UNSUPPORTED;
    return EVP_EncodeBlock((uint8_t *)out, digest, sizeof digest) == OHM_WS_ACCEPT_MAX - 1
               ? OHM_OK
               : OHM_UNSUPPORTED;
}

/* Is the word one of a comma-separated list? */
static bool lists(ohm_span list, const char *word)
{
    size_t at = 0;
    while (at < list.len) {
        const uint8_t *comma = memchr(list.ptr + at, ',', list.len - at);
        size_t end = comma ? (size_t)(comma - list.ptr) : list.len, from = at, to = end;
        while (from < to && (list.ptr[from] == ' ' || list.ptr[from] == '\t'))
            from++;
        while (to > from && (list.ptr[to - 1] == ' ' || list.ptr[to - 1] == '\t'))
            to--;
        if (ohm_text_same(ohm_span_part(list, from, to - from), ohm_span_text(word)))
            return true;
        at = end + 1;
    }
    return false;
}

/* --- sending and receiving ------------------------------------------------------------ */

static ssize_t receive(wslay_event_context_ptr ctx, uint8_t *to, size_t room, int flags, void *cls)
{
    ohm_ws *ws = cls;
    (void)flags;
    if (ws->extra_at < ws->extra_len) {
        size_t left = ws->extra_len - ws->extra_at, n = left < room ? left : room;
        memcpy(to, ws->extra + ws->extra_at, n);
        ws->extra_at += n;
        return (ssize_t)n;
    }
    ssize_t n = ws->turn_bytes < READ_TURN_BYTES ? recv(ws->fd, to, room, MSG_DONTWAIT) : -2;
    if (n > 0) {
        ws->turn_bytes += (size_t)n;
        ws->heard = ws->web->now;
        return n;
    }
    bool later = n == -2 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
    wslay_event_set_error(ctx, later ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static ssize_t transmit(wslay_event_context_ptr ctx, const uint8_t *bytes, size_t len, int flags,
                        void *cls)
{
    const ohm_ws *ws = cls;
    (void)flags;
    ssize_t n = send(ws->fd, bytes, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0)
        return n;
    bool later = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    wslay_event_set_error(ctx, later ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static bool queue_event(ohm_ws *ws, const ohm_live_event *event)
{
    enum { HEAD_MAX = 96 };
    size_t cap = HEAD_MAX + event->data->len;
    char *text = malloc(cap);
    if (!text)
        return false;
    int n = snprintf(text, HEAD_MAX,
                     "{\"id\":%llu,\"event\":\"%s\",\"data\":", (unsigned long long)event->id,
                     event->name);
    size_t len = (size_t)n;
    memcpy(text + len, event->data->bytes, event->data->len);
    len += event->data->len;
    text[len++] = '}';
    struct wslay_event_msg message = { WSLAY_TEXT_FRAME, (const uint8_t *)text, len };
    bool done = wslay_event_queue_msg(ws->wslay, &message) == 0;
    free(text);
    return done;
}

static void watch(ohm_ws *ws)
{
    uint32_t want = EPOLLIN | (wslay_event_want_write(ws->wslay) ? (uint32_t)EPOLLOUT : 0);
    struct epoll_event event = { .events = want, .data.ptr = ws };
    if (want != ws->watched && !epoll_ctl(ws->web->epoll_fd, EPOLL_CTL_MOD, ws->fd, &event))
        ws->watched = want;
}

static void release(ohm_ws *ws)
{
    ohm_ws **at = &ws->web->ws;
    while (*at && *at != ws)
        at = &(*at)->next;
    if (*at) {
        *at = ws->next;
        ws->web->ws_count--;
    }
    if (ws->wslay)
        wslay_event_context_free(ws->wslay);
    if (ws->handle) {
        (void)epoll_ctl(ws->web->epoll_fd, EPOLL_CTL_DEL, ws->fd, NULL);
        (void)MHD_upgrade_action(ws->handle, MHD_UPGRADE_ACTION_CLOSE);
    }
    free(ws->extra);
    free(ws);
}

/* Says what there is to say, as far as the socket takes it. Ends the stream when it is over. */
static void pump(ohm_ws *ws)
{
    ohm_live_event event;
    bool going = true;
    while (going) {
        if (wslay_event_want_write(ws->wslay))
            going = wslay_event_send(ws->wslay) == 0;
        if (!going || wslay_event_want_write(ws->wslay) ||
            !wslay_event_get_write_enabled(ws->wslay) ||
            !ohm_live_next(&ws->web->live, ws->seen, &event))
            break;
        going = queue_event(ws, &event);
        ws->seen = event.id;
    }
    going = going && wslay_event_get_queued_msg_count(ws->wslay) <= CONTROL_QUEUE_MAX;
    if (!going || (!wslay_event_want_read(ws->wslay) && !wslay_event_want_write(ws->wslay)))
        release(ws);
    else
        watch(ws);
}

void ohm_ws_ready(ohm_ws *ws, uint32_t epoll_events)
{
    ws->turn_bytes = 0;
    if ((epoll_events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && wslay_event_recv(ws->wslay) != 0)
        release(ws);
    else
        pump(ws);
}

/* --- the life of a stream ------------------------------------------------------------- */

static void upgraded(void *cls, struct MHD_Connection *connection, void *con_cls, const char *extra,
                     size_t extra_len, MHD_socket fd, struct MHD_UpgradeResponseHandle *handle)
{
    ohm_ws *ws = cls;
    ohm_exchange *x = con_cls;
    (void)connection;
    x->ws = NULL; /* from now on the stream lives by itself */
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = ws };
    ws->fd = fd;
    ws->watched = EPOLLIN;
    ws->handle = handle;
    ws->extra = extra_len ? malloc(extra_len) : NULL;
    if (ws->extra) {
        memcpy(ws->extra, extra, extra_len);
        ws->extra_len = extra_len;
    }
    bool lost = extra_len && !ws->extra;
    if (lost || epoll_ctl(ws->web->epoll_fd, EPOLL_CTL_ADD, fd, &event))
        release(ws);
    else
        ohm_ws_ready(ws, EPOLLIN);
}

static ohm_ws *new_stream(ohm_exchange *x)
{
    static const struct wslay_event_callbacks callbacks = { .recv_callback = receive,
                                                            .send_callback = transmit };
    ohm_web *web = x->web;
    ohm_ws *ws = calloc(1, sizeof *ws);
    if (!ws)
        return NULL;
    *ws = (ohm_ws){ .web = web,
                    .who = x->who,
                    .fd = -1,
                    .heard = web->now,
                    .pinged = web->now,
                    .seen = ohm_live_start(&web->live, 0) };
    if (wslay_event_context_server_init(&ws->wslay, &callbacks, ws)) {
        free(ws);
        return NULL;
    }
    wslay_event_config_set_max_recv_msg_length(ws->wslay, OHM_WS_RECEIVE_MAX);
    ws->next = web->ws;
    web->ws = ws;
    web->ws_count++;
    ohm_web_due(web, ohm_mono_after(web->now, OHM_LIVE_HEARTBEAT_MS));
    return ws;
}

void ohm_api_ws(ohm_exchange *x)
{
    char accept[OHM_WS_ACCEPT_MAX];
    bool asked = !x->is_head && lists(x->fields[OHM_FIELD_UPGRADE], "websocket") &&
                 lists(x->fields[OHM_FIELD_CONNECTION], "upgrade") &&
                 ohm_span_is(x->fields[OHM_FIELD_WS_VERSION], "13");
    if (!asked || ohm_ws_accept(x->fields[OHM_FIELD_WS_KEY], accept) != OHM_OK) {
        ohm_reply_fault(x, OHM_FAULT_UPGRADE, NULL);
        return;
    }
    if (x->web->ws_count == OHM_WS_MAX) {
        ohm_reply_fault(x, OHM_FAULT_BUSY, NULL);
        return;
    }
    ohm_web_live_state(x->web);
    ohm_ws *ws = new_stream(x);
    struct MHD_Response *response = ws ? MHD_create_response_for_upgrade(upgraded, ws) : NULL;
    if (!response) {
        if (ws)
            release(ws);
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
        return;
    }
    (void)MHD_add_response_header(response, "Upgrade", "websocket");
    (void)MHD_add_response_header(response, "Sec-WebSocket-Accept", accept);
    x->ws = ws;
    ohm_reply(x, MHD_HTTP_SWITCHING_PROTOCOLS, response, OHM_NO_STORE);
}

void ohm_ws_forget(ohm_exchange *x)
{
    if (x->ws)
        release(x->ws);
    x->ws = NULL;
}

void ohm_ws_wake(ohm_web *web)
{
    ohm_ws *following;
    for (ohm_ws *ws = web->ws; ws; ws = following) {
        following = ws->next;
        if (ws->handle)
            pump(ws);
    }
}

/* Does what is due of this stream; false: it is over. */
static bool tick(ohm_ws *ws)
{
    const struct wslay_event_msg ping = { WSLAY_PING, NULL, 0 };
    if (ohm_mono_since(ws->web->now, ws->heard) >= OHM_WS_SILENCE_MAX_MS)
        return false;
    if (ohm_mono_since(ws->web->now, ws->pinged) < OHM_LIVE_HEARTBEAT_MS)
        return true;
    ws->pinged = ws->web->now;
    if (!ohm_auth_still(ws->web, &ws->who))
        (void)wslay_event_queue_close(ws->wslay, WSLAY_CODE_POLICY_VIOLATION, NULL, 0);
    else if (wslay_event_get_write_enabled(ws->wslay))
        (void)wslay_event_queue_msg(ws->wslay, &ping);
    return true;
}

ohm_mono_ms ohm_ws_tick(ohm_web *web)
{
    ohm_mono_ms next = { INT64_MAX };
    ohm_ws *following;
    for (ohm_ws *ws = web->ws; ws; ws = following) {
        following = ws->next;
        ohm_mono_ms due = ohm_mono_after(web->now, OHM_LIVE_HEARTBEAT_MS);
        if (!ws->handle)
            continue;
        if (!tick(ws)) {
            release(ws);
            continue;
        }
        if (ws->pinged.v < web->now.v)
            due = ohm_mono_after(ws->pinged, OHM_LIVE_HEARTBEAT_MS);
        else
            pump(ws);
        if (due.v < next.v)
            next = due;
    }
    return next;
}

void ohm_ws_end(ohm_web *web)
{
    ohm_ws *following;
    for (ohm_ws *ws = web->ws; ws; ws = following) {
        following = ws->next;
        if (!ws->handle)
            continue;
        (void)wslay_event_queue_close(ws->wslay, WSLAY_CODE_GOING_AWAY, NULL, 0);
        (void)wslay_event_send(ws->wslay);
        release(ws);
    }
}
