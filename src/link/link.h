/* One byte transport that takes care of itself: a serial port, a TCP connection, or a file.
 *
 *     serial:/dev/serial/by-id/…   a port or a pseudo-terminal; "/dev/…" alone means the same
 *     tcp:host:port                "tcp:[2001:db8::1]:10001" too; names are resolved off the loop
 *     udp:host:port                the same by datagrams: there is no knowing whether anybody
 * listens file:PATH                    a file once, a FIFO for as long as it lasts; "file:-" is
 * stdin
 *
 * Bytes come through on_bytes in the order and the pieces in which they arrive. When a line
 * breaks, or cannot be opened, it is tried again after a pause that doubles; a serial port is
 * set up anew each time, because the adapter may have lost its settings. A file that ends is
 * done (OHM_END), and not tried again.
 *
 * Everything happens on the loop's thread, and nothing blocks it. Callbacks may call
 * ohm_link_close. */
#ifndef OHM_LINK_LINK_H
#define OHM_LINK_LINK_H

#include "base/err.h"
#include "base/span.h"

struct uv_loop_s;

enum {
    OHM_LINK_ADDRESS_MAX = 256,
    OHM_LINK_HOST_MAX = 254,
    OHM_LINK_RETRY_MS_MIN = 1000,
    OHM_LINK_RETRY_MS_MAX = 60000,
    OHM_LINK_SEND_MAX = 4096,
    OHM_LINK_QUIET_MS = 300, /* longer than a packet that was lost takes to come again */
};

typedef enum ohm_link_kind {
    OHM_LINK_SERIAL,
    OHM_LINK_TCP,
    OHM_LINK_FILE,
    OHM_LINK_UDP,
} ohm_link_kind;

/* An address taken apart. */
typedef struct ohm_link_address {
    ohm_link_kind kind;
    union {
        char path[OHM_LINK_ADDRESS_MAX]; /* serial, file */
        struct {
            char host[OHM_LINK_HOST_MAX]; /* TCP, UDP */
            char port[6];                 /* "1" to "65535" */
        };
    };
} ohm_link_address;

/* `at` is a byte position. *out is written on success only. */
OHM_MUST_CHECK ohm_err ohm_link_address_parse(const char *text, ohm_link_address *out);

/* "8N1", "8E1", "7E1"…: 7 or 8 data bits, N E O, 1 or 2 stop bits. */
OHM_MUST_CHECK ohm_code ohm_link_framing_check(const char *framing);

typedef struct ohm_link_config {
    ohm_link_address address;
    uint32_t baud;                      /* serial: any speed that the port can do */
    char framing[4];                    /* serial */
    int64_t retry_ms_min, retry_ms_max; /* 0: OHM_LINK_RETRY_MS_… */
} ohm_link_config;

typedef struct ohm_link_hooks {
    void (*on_bytes)(void *ctx, ohm_span bytes);
    void (*on_up)(void *ctx);
    /* The line broke or could not be opened. `was_up`: it broke. OHM_END: the file ended. */
    void (*on_down)(void *ctx, bool was_up, ohm_err why);
    /* A network that had bytes has none since OHM_LINK_QUIET_MS. May be NULL. Ports and files have
     * no such moment: a slow line pauses anywhere. */
    void (*on_quiet)(void *ctx);
    void *ctx;
} ohm_link_hooks;

typedef struct ohm_link ohm_link;

/* Starts trying at once; the first callback comes from the loop, never from here. */
OHM_MUST_CHECK ohm_err ohm_link_open(struct uv_loop_s *loop, const ohm_link_config *config,
                                     const ohm_link_hooks *hooks, ohm_link **ret_link);

/* Sends bytes; they are copied. OHM_CONFLICT: the line is not up. OHM_BUSY: what was sent before
 * has not left yet. OHM_TOO_BIG. OHM_UNSUPPORTED: a file. A line that breaks on the way comes as
 * on_down. */
OHM_MUST_CHECK ohm_code ohm_link_send(ohm_link *link, ohm_span bytes);

/* Another speed and framing for a serial port, at once; later openings have it too. Others take
 * it without any effect. OHM_CONFLICT: the line is not up. */
OHM_MUST_CHECK ohm_err ohm_link_set_line(ohm_link *link, uint32_t baud,
                                         const char framing[static 4]);

/* Drops the line and opens it anew: for a line that is open and silent. */
void ohm_link_reopen(ohm_link *link);

/* No callback comes any more; the memory goes when libuv has let go of the handles. NULL is
 * allowed. */
void ohm_link_close(ohm_link *link);

#endif
