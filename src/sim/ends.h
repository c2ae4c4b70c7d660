/* The far end of a simulated meter's line: a pseudo-terminal, or a TCP server on 127.0.0.1.
 *
 * Bytes are sent at the pace of the line they stand for (2400 baud 8E1 gives 218 bytes a
 * second), or at once. As on a real line nothing waits for the reader: what does not fit in the
 * kernel's buffer, or finds nobody connected, is lost and counted. */
#ifndef OHM_SIM_ENDS_H
#define OHM_SIM_ENDS_H

#include "base/err.h"
#include "base/span.h"

struct uv_loop_s;

enum {
    OHM_SIM_ADDRESS_MAX = 128,
    OHM_SIM_QUEUE_MAX = 16384, /* bytes that wait for their turn */
};

typedef enum ohm_sim_line {
    OHM_SIM_PTY,
    OHM_SIM_TCP,
} ohm_sim_line;

typedef struct ohm_sim_end ohm_sim_end;

/* `baud` 0: at once. A character counts eleven bits. */
OHM_MUST_CHECK ohm_err ohm_sim_end_open(struct uv_loop_s *loop, ohm_sim_line line, uint32_t baud,
                                        ohm_sim_end **ret_end);

/* What a reader opens: "serial:/dev/pts/7" or "tcp:127.0.0.1:40123". */
const char *ohm_sim_end_address(const ohm_sim_end *end);

/* A pseudo-terminal knows no speed: from now on a reader that has not set this one hears noise, as
 * on a real line. */
void ohm_sim_end_speak_at(ohm_sim_end *end, uint32_t baud);

/* Queues bytes behind those that wait. OHM_BUSY: more than OHM_SIM_QUEUE_MAX would wait, none
 * is taken. */
OHM_MUST_CHECK ohm_code ohm_sim_end_send(ohm_sim_end *end, ohm_span bytes);

/* Hears what the reader sends: for devices that answer. Once, before a reader comes. A hook may
 * send, and must not close the end. */
OHM_MUST_CHECK ohm_err ohm_sim_end_listen(ohm_sim_end *end,
                                          void (*on_bytes)(void *ctx, ohm_span bytes), void *ctx);

/* Bytes that no reader took. */
uint64_t ohm_sim_end_lost(const ohm_sim_end *end);

/* TCP: ends the connections and goes on listening, as a gateway that restarts. */
void ohm_sim_end_drop(ohm_sim_end *end);

/* The line goes dead: an adapter pulled out. NULL is allowed. */
void ohm_sim_end_close(ohm_sim_end *end);

#endif
