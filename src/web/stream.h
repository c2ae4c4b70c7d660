/* The two ways to follow the live events: SSE, and WebSocket with the same events.
 *
 * Both read the ring of live.h at their own pace. A stream is made by the handler of its route
 * and ends with its connection, at the end of its right to be here, or with the server. */
#ifndef OHM_WEB_STREAM_H
#define OHM_WEB_STREAM_H

#include "web/exchange.h"
#include "web/live.h"

enum {
    OHM_SSE_MAX = 128,
    OHM_WS_MAX = 32,
    OHM_WS_RECEIVE_MAX = 4 << 10,               /* bytes of one message to us */
    OHM_WS_SILENCE_MAX_MS = 45 * OHM_SECOND_MS, /* without a byte from the other side */
};

typedef struct ohm_sse ohm_sse;

void ohm_api_events(ohm_exchange *x);
void ohm_api_ws(ohm_exchange *x);

/* There are new events: streams that slept go on. */
void ohm_sse_wake(ohm_web *web);
void ohm_ws_wake(ohm_web *web);
/* Heartbeats, and the end of those whose right ended. The next time to call. */
ohm_mono_ms ohm_sse_tick(ohm_web *web);
ohm_mono_ms ohm_ws_tick(ohm_web *web);
/* Something happened on a WebSocket's socket. */
void ohm_ws_ready(ohm_ws *ws, uint32_t epoll_events);
/* The exchange of a handshake that came to nothing ends. */
void ohm_ws_forget(ohm_exchange *x);
/* All of them end. */
void ohm_sse_end(ohm_web *web);
void ohm_ws_end(ohm_web *web);

/* Sec-WebSocket-Accept (RFC 6455 §4.2.2): base64(SHA-1(key + GUID)). */
enum { OHM_WS_ACCEPT_MAX = 29 };
OHM_MUST_CHECK ohm_code ohm_ws_accept(ohm_span key, char out[static OHM_WS_ACCEPT_MAX]);

#endif
