/* What link.c and the transports share. Private to the room.
 *
 * A transport starts and stops; between them it reports what happens through the ohm_link_…
 * calls below. Each handle or request it gives to libuv is counted (ohm_link_hold) until
 * libuv has let go of it (ohm_link_release); only then does a link go on or go away. */
#ifndef OHM_LINK_TRANSPORT_H
#define OHM_LINK_TRANSPORT_H

#include <uv.h>

#include "link/link.h"

enum {
    OHM_LINK_BUFFER_MAX = 4096,
    OHM_LINK_CONNECT_MS = 10000, /* resolving a name and connecting, together */
};

typedef enum ohm_link_phase {
    OHM_LINK_WAITING, /* for the next attempt */
    OHM_LINK_OPENING,
    OHM_LINK_UP,
    OHM_LINK_CLOSING, /* until libuv has let go */
    OHM_LINK_DONE,    /* a file that ended */
} ohm_link_phase;

typedef struct ohm_transport {
    /* Begins to open: sooner or later ohm_link_is_up or ohm_link_is_down. */
    void (*start)(ohm_link *link);
    /* Lets go of everything; may be called in any state after start, once. */
    void (*stop)(ohm_link *link);
    /* Sends link->out, of which link->out_len bytes wait; NULL: it can't. */
    ohm_code (*send)(ohm_link *link);
} ohm_transport;

extern const ohm_transport ohm_transport_serial, ohm_transport_tcp, ohm_transport_file,
    ohm_transport_udp;

/* TCP, UDP: what is wanted only until the line is up. */
typedef struct ohm_link_opening {
    uv_getaddrinfo_t resolve;
    uv_connect_t connect;
    struct addrinfo *addresses, *next_address;
} ohm_link_opening;

struct ohm_link {
    uv_loop_t *loop;
    ohm_link_hooks hooks;
    ohm_link_kind kind;
    char port[6];    /* TCP, UDP */
    char framing[4]; /* serial */
    uint32_t baud;   /* likewise */
    int64_t retry_ms_min, retry_ms_max;
    const ohm_transport *transport;
    ohm_link_phase phase;
    bool dying;
    unsigned held;
    int64_t pause_ms;
    uv_timer_t timer;     /* the pause, the limit of an attempt, or of silence */
    bool hushed;          /* silence is over its limit, and was looked at but once */
    int fd;               /* serial, file: -1 when closed */
    bool polling;         /* `poll` is in use */
    bool reading;         /* file: a worker reads */
    bool resolving;       /* TCP, UDP: `opening->resolve` is in use */
    bool connected;       /* TCP: `tcp` is in use */
    ohm_err last_failure; /* TCP: of the address tried last */
    int64_t at;           /* file: position of the next read */
    union {
        uv_poll_t poll;
        uv_tcp_t tcp;
    };
    ohm_link_opening *opening; /* NULL: not begun, or up */
    uv_write_t *write;         /* TCP; NULL: nothing is being sent */
    uint8_t *out;              /* as large as what was sent so far */
    size_t out_room;
    size_t out_at, out_len; /* of those, what waits to leave */
    uint8_t *own;           /* a worker of a file reads into it; else NULL */
    uv_fs_t *fs;            /* of that worker; likewise */
    char name[];            /* the path, or the host */
};

/* Where bytes are read to, before ohm_link_got: of the thread, for all its links. */
uint8_t *ohm_link_buffer(void);

void ohm_link_hold(ohm_link *link);
void ohm_link_release(ohm_link *link);
void ohm_link_is_up(ohm_link *link);
void ohm_link_is_down(ohm_link *link, ohm_err why);
/* Bytes in its own buffer, or in ohm_link_buffer. Afterwards the link may be closing: look at its
 * phase. */
void ohm_link_got(ohm_link *link, size_t len);

/* For links over a descriptor that can be polled: reads link->fd until told to stop. */
void ohm_link_poll_start(ohm_link *link);
void ohm_link_poll_stop(ohm_link *link);
ohm_code ohm_link_poll_send(ohm_link *link);

/* Begins to resolve the address of a TCP or UDP link; `resolved` is told. Else the link is down. */
void ohm_link_resolve(ohm_link *link, int socket_type, uv_getaddrinfo_cb resolved);

/* A negative libuv error as an error with its own sentence. */
ohm_err ohm_err_uv(int status);

#endif
