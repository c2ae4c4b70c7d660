/* Server-sent events (HTML standard §9.2): one chunked answer that never ends by itself.
 *
 * MHD asks for bytes when the socket takes some. When there is nothing to say the connection is
 * suspended, and resumed by the next event or heartbeat; a client that does not read is not
 * suspended and runs into the connection's time limit. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "web/inner.h"
#include "web/stream.h"

enum { BLOCK_BYTES = 4096, HEAD_MAX = 96, SOCKET_BYTES = 64 << 10 };

struct ohm_sse {
    ohm_web *web;
    struct MHD_Connection *connection;
    ohm_sse *next;
    ohm_principal who;
    uint64_t seen;
    bool suspended, heartbeat, over;
    ohm_mono_ms spoke, checked; /* last: bytes to send, right to be here */
    /* What is being sent: head, data, tail. */
    char head[HEAD_MAX];
    size_t head_len;
    ohm_blob *data; /* NULL: the head is all */
    size_t sent;
};

static const char tail[] = "\n\n";

static size_t message_len(const ohm_sse *sse)
{
    return sse->head_len + (sse->data ? sse->data->len + sizeof tail - 1 : 0);
}

/* Copies from the message in hand what fits; returns how much. */
static size_t copy_message(ohm_sse *sse, char *to, size_t room)
{
    const struct {
        const void *bytes;
        size_t len;
    } parts[] = {
        { sse->head, sse->head_len },
        { sse->data ? sse->data->bytes : NULL, sse->data ? sse->data->len : 0 },
        { tail, sse->data ? sizeof tail - 1 : 0 },
    };
    size_t copied = 0, start = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && copied < room; i++) {
        size_t end = start + parts[i].len;
        if (sse->sent < end) {
            size_t left = end - sse->sent, n = left < room - copied ? left : room - copied;
            memcpy(to + copied, (const char *)parts[i].bytes + (sse->sent - start), n);
            copied += n;
            sse->sent += n;
        }
        start = end;
    }
    return copied;
}

static void set_message(ohm_sse *sse, const char *head, ohm_blob *data)
{
    ohm_blob_unref(sse->data);
    sse->data = data ? ohm_blob_ref(data) : NULL;
    sse->head_len = (size_t)snprintf(sse->head, sizeof sse->head, "%s", head);
    sse->sent = 0;
}

/* Takes the next thing to say into hand; false: there is nothing. */
static bool next_message(ohm_sse *sse)
{
    ohm_live_event event;
    if (ohm_live_next(&sse->web->live, sse->seen, &event)) {
        char head[HEAD_MAX];
        (void)snprintf(head, sizeof head,
                       "id: %llu\nevent: %s\ndata: ", (unsigned long long)event.id, event.name);
        set_message(sse, head, event.data);
        sse->seen = event.id;
    } else if (sse->heartbeat) {
        set_message(sse, ":\n\n", NULL);
    } else {
        return false;
    }
    sse->heartbeat = false;
    sse->spoke = sse->web->now;
    return true;
}

static ssize_t read_stream(void *cls, uint64_t position, char *to, size_t room)
{
    ohm_sse *sse = cls;
    size_t copied = 0;
    (void)position;
    if (sse->over)
        return MHD_CONTENT_READER_END_OF_STREAM;
    while (copied < room) {
        copied += copy_message(sse, to + copied, room - copied);
        if (sse->sent == message_len(sse) && !next_message(sse))
            break;
    }
    if (!copied) {
        sse->suspended = true;
        MHD_suspend_connection(sse->connection);
    }
    return (ssize_t)copied;
}

static void free_stream(void *cls)
{
    ohm_sse *sse = cls;
    ohm_sse **at = &sse->web->sse;
    while (*at && *at != sse)
        at = &(*at)->next;
    if (*at) {
        *at = sse->next;
        sse->web->sse_count--;
    }
    ohm_blob_unref(sse->data);
    free(sse);
}

/* What waits in the kernel grows old: keep it short, so that a slow reader soon gets to the
 * newest state instead of minutes of the past. */
static void shorten_socket(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    int bytes = SOCKET_BYTES;
    if (info)
        (void)setsockopt(info->connect_fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

static ohm_sse *new_stream(ohm_exchange *x)
{
    ohm_web *web = x->web;
    ohm_sse *sse = calloc(1, sizeof *sse);
    if (!sse)
        return NULL;
    char text[21] = "";
    uint64_t last = 0;
    ohm_span field = x->fields[OHM_FIELD_LAST_EVENT_ID];
    if (field.len < sizeof text && field.len)
        memcpy(text, field.ptr, field.len);
    if (ohm_text_uint(text, UINT64_MAX, &last) != OHM_OK)
        last = 0; /* none of ours: the state is enough */
    *sse = (ohm_sse){ .web = web,
                      .connection = x->connection,
                      .who = x->who,
                      .seen = ohm_live_start(&web->live, last),
                      .spoke = web->now,
                      .checked = web->now,
                      .next = web->sse };
    set_message(sse, "retry: 2000\n\n", NULL);
    web->sse = sse;
    web->sse_count++;
    ohm_web_due(web, ohm_mono_after(web->now, OHM_LIVE_HEARTBEAT_MS));
    return sse;
}

void ohm_api_events(ohm_exchange *x)
{
    if (x->target.pairs_count) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, x->target.keys[0]);
        return;
    }
    if (x->is_head) {
        ohm_reply_empty(x, MHD_HTTP_OK);
        return;
    }
    if (x->web->sse_count == OHM_SSE_MAX) {
        ohm_reply_fault(x, OHM_FAULT_BUSY, NULL);
        return;
    }
    ohm_web_live_state(x->web);
    shorten_socket(x->connection);
    ohm_sse *sse = new_stream(x);
    struct MHD_Response *response =
        sse ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, read_stream, sse,
                                                free_stream)
            : NULL;
    if (sse && !response)
        free_stream(sse);
    if (!response) {
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
        return;
    }
    (void)MHD_add_response_header(response, "Content-Type", "text/event-stream");
    (void)MHD_add_response_header(response, "X-Accel-Buffering", "no"); /* of a proxy */
    ohm_reply(x, MHD_HTTP_OK, response, OHM_NO_STORE);
}

static void go_on(ohm_sse *sse)
{
    if (!sse->suspended)
        return;
    sse->suspended = false;
    MHD_resume_connection(sse->connection);
}

void ohm_sse_wake(ohm_web *web)
{
    for (ohm_sse *sse = web->sse; sse; sse = sse->next)
        go_on(sse);
}

/* Does what is due of this stream; when its next time is. */
static ohm_mono_ms tick(ohm_sse *sse)
{
    ohm_web *web = sse->web;
    if (ohm_mono_since(web->now, sse->checked) >= OHM_LIVE_HEARTBEAT_MS) {
        sse->checked = web->now;
        sse->over |= !ohm_auth_still(web, &sse->who);
    }
    if (sse->suspended && ohm_mono_since(web->now, sse->spoke) >= OHM_LIVE_HEARTBEAT_MS)
        sse->heartbeat = true;
    if (sse->over || sse->heartbeat)
        go_on(sse);
    ohm_mono_ms first = sse->suspended && sse->spoke.v < sse->checked.v ? sse->spoke : sse->checked;
    return ohm_mono_after(first, OHM_LIVE_HEARTBEAT_MS);
}

ohm_mono_ms ohm_sse_tick(ohm_web *web)
{
    ohm_mono_ms next = { INT64_MAX };
    for (ohm_sse *sse = web->sse; sse; sse = sse->next) {
        ohm_mono_ms due = tick(sse);
        if (due.v < next.v)
            next = due;
    }
    return next;
}

void ohm_sse_end(ohm_web *web)
{
    for (ohm_sse *sse = web->sse; sse; sse = sse->next) {
        sse->over = true;
        go_on(sse);
    }
}
