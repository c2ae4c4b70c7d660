/* The web thread's own state; for the files of this room only. */
#ifndef OHM_WEB_INNER_H
#define OHM_WEB_INNER_H

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "store/reader.h"
#include "web/auth.h"
#include "web/backup_job.h"
#include "web/blob.h"
#include "web/exchange.h"
#include "web/history.h"
#include "web/inbox.h"
#include "web/live.h"
#include "web/stream.h"
#include "web/tls.h"
#include "web/web.h"

enum {
    OHM_CONNECTIONS_MAX = 512,
    OHM_CONNECTIONS_PER_ADDRESS_MAX = 64, /* off loopback, without a proxy */
    OHM_CONNECTION_BYTES = 16 << 10,
    OHM_CONNECTION_TIMEOUT_S = 30, /* without a byte moving */
    OHM_COMMANDS_WAITING_MAX = 32,
    OHM_WEB_STACK_BYTES = 256 << 10,
};

struct ohm_web {
    ohm_web_options options; /* a copy, its text in options_memory */
    void *options_memory;
    bool is_https; /* what the browser sees: TLS here or at the proxy */
    ohm_tls tls;   /* TLS here, if it has an identity */
    ohm_mono_ms tls_due;
    char fingerprint[OHM_FINGERPRINT_MAX]; /* of the authority at the start; others read it */
    char url[128];
    char reach[512]; /* where others find it, if url does not say */
    uint16_t port;

    pthread_t thread;
    atomic_bool stopping;
    int listen_fd, epoll_fd;
    struct MHD_Daemon *daemon;
    ohm_inbox inbox;
    ohm_inbox_batch batch;

    ohm_mono_ms now; /* of this turn of the loop */
    ohm_mono_ms due; /* the next turn comes then at the latest */
    bool has_view;   /* inbox.read is one */
    ohm_mono_ms view_came;
    bool has_tz; /* `tz` is the site's, of the first view: it stays as it is */
    ohm_tz tz;
    ohm_blob *state; /* the view as JSON; NULL until somebody asks */

    ohm_live live;
    ohm_mono_ms state_made;  /* the JSON of the view in hand */
    ohm_mono_ms state_shown; /* as an event */
    bool state_due;          /* the view in hand was not */
    unsigned sse_count, ws_count;
    ohm_sse *sse;
    ohm_ws *ws;

    ohm_reader *reader;     /* of this thread; NULL until first asked for */
    ohm_history *history;   /* likewise */
    ohm_history *years;     /* likewise: for what reads and prices years */
    ohm_history *remote;    /* likewise: for questions to engines elsewhere */
    ohm_backup_job *backup; /* NULL until first asked for */
    ohm_auth auth;

    uint64_t next_command_id;
    unsigned waiting_count;
    ohm_exchange *waiting; /* for an answer of the loop */
};

static inline const ohm_view *ohm_web_view(const ohm_web *web)
{
    return web->has_view ? web->inbox.read : NULL;
}

/* The site's time zone, for who has seen a view; other threads may read it too. */
static inline const ohm_tz *ohm_web_tz(const ohm_web *web)
{
    assert(web->has_tz);
    return &web->tz;
}

/* The store, read by this thread's own connection. NULL: it can't be opened now. */
ohm_reader *ohm_web_reader(ohm_web *web);

/* The newest view as JSON, made at most once per view; borrowed. NULL: no view yet, or out of
 * memory. */
ohm_blob *ohm_web_state(ohm_web *web);

/* The newest view, now: what was published before a request is what the request is told, even if
 * it came in the middle of a turn of the loop. */
void ohm_web_refresh(ohm_web *web);

/* Something is to be done then. */
void ohm_web_due(ohm_web *web, ohm_mono_ms when);

/* Makes sure that the newest state event comes after every action of the ring: what a stream that
 * starts now ends its catching up with. */
void ohm_web_live_state(ohm_web *web);

/* http.c: the callbacks of MHD. */
void *ohm_http_uri(void *cls, const char *uri, struct MHD_Connection *connection);
enum MHD_Result ohm_http_request(void *cls, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *upload_data,
                                 size_t *upload_data_size, void **con_cls);
void ohm_http_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                        enum MHD_RequestTerminationCode why);

/* server.c: the socket and MHD. */
OHM_MUST_CHECK ohm_err ohm_server_open(ohm_web *web);
void ohm_server_close(ohm_web *web);
/* Is this the address of a proxy that the options name, or of this machine? */
bool ohm_server_trusts(const ohm_web_options *options, const struct sockaddr *peer);

#endif
