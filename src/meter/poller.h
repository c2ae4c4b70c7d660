/* A device that is asked: the conversation of one protocol with one device, pure.
 *
 * A poller is a row of functions over memory of `state_size` bytes that starts as zeros (one a
 * device). It does no I/O, reads no clock and allocates nothing but in init; the port
 * (meter/port.h), which several devices share, drives it:
 *
 *     init     once; then, every `every_s`:
 *     begin    the first request of a conversation
 *     on_bytes what came since the last request, in any split
 *     on_timeout the time that a step gave is over: the poller repeats its request or gives up
 *     reset    the line broke, or the port gave the conversation up: forget it; counters stay
 *
 * Each of begin, on_bytes and on_timeout answers with a step: what happens next. One conversation
 * at a time is on a line, from begin to OHM_POLL_DONE or OHM_POLL_FAILED; bytes that come outside
 * are dropped and counted by the port. Inside, the poller tells whether an answer is its device's
 * and to this request: it drops what is not, counts it as `late`, and goes on waiting. A value
 * from an answer whose check fails must never come out.
 *
 * The port removes an echo of the request, keeps lines quiet between conversations, counts
 * bytes, requests and time-outs, and asks a device that failed less and less often: then begin is
 * told to `probe`, and should ask once, without repeats, so that a dead device costs the others
 * one time-out and no more. */
#ifndef OHM_METER_POLLER_H
#define OHM_METER_POLLER_H

#include "meter/protocol.h"

enum {
    OHM_POLL_SEND_MAX = 2048, /* bytes of one request */
};

/* Both clocks, as the conversation may need them; utc_ms is OHM_NO_MS when it is not set. */
typedef struct ohm_poll_time {
    ohm_mono_ms mono;
    ohm_ms utc_ms;
} ohm_poll_time;

typedef enum ohm_poll_verdict {
    OHM_POLL_WAIT,   /* for more bytes */
    OHM_POLL_SEND,   /* a request, then wait */
    OHM_POLL_DONE,   /* the conversation is over and was good */
    OHM_POLL_FAILED, /* it is over and was not */
} ohm_poll_verdict;

typedef struct ohm_poll_step {
    ohm_poll_verdict verdict;
    /* A whole message of this protocol's row, borrowed until the next call; NULL: none. Any
     * verdict may carry one, so a conversation may give several. */
    const void *message;
    /* SEND: the request, borrowed until the next call, at most OHM_POLL_SEND_MAX bytes. */
    ohm_span send;
    uint32_t silence_ms; /* SEND: not before the line was quiet for so long */
    /* SEND: from the last byte of the request on. WAIT: from now on; 0: the time given before
     * goes on running. */
    uint32_t wait_ms;
    /* On a serial line: behind the request of a SEND, or at once with a WAIT, the line goes on at
     * this speed (IEC 62056-21 modes B, C and E); 0: as it is. The next conversation begins at the
     * device's own. */
    uint32_t baud;
    char framing[4];
    /* FAILED: the sentence (static) and the state that it puts the device into: one of
     * ohm_meter_state_trouble(), usually OHM_METER_NO_ANSWER, _REFUSED or _NO_FRAME; behind a
     * message it is read partly all the same. DONE: where something did not come, what, and how
     * much is read then (OHM_METER_PARTLY, _NO_PROFILE). */
    ohm_code code;
    const char *why;
    ohm_meter_state state;
} ohm_poll_step;

typedef struct ohm_poller {
    size_t state_size;
    /* So much of it is wanted between two conversations, and is all that `count` looks at; what
     * lies behind reads as zeros when the next one begins (host/sleeper.h). 0: all is wanted. */
    size_t kept_size;
    /* Memory that only a conversation needs: a line has one conversation at a time, so its devices
     * share it. lend() says where it is, before the first conversation and for as long as the
     * device is on the line; without a line a poller gets its own when it begins. Outside of
     * conversations it must not be touched: it sleeps. 0 and NULL: needs none. */
    size_t work_size;
    size_t work_kept_size; /* of it, what goes on from one conversation of the line to the next */
    void (*lend)(void *state, void *work);
    uint32_t every_s;  /* how often a device is asked if nobody says */
    uint32_t pause_ms; /* silence on the line before a conversation */
    uint32_t limit_ms; /* a conversation longer than this is given up; 0: a minute */
    bool drops_echo;   /* no answer ever begins with its request: an echo is always dropped */

    /* What the configuration points to stays. What it opens, release closes. */
    ohm_err (*init)(void *state, const ohm_protocol_config *config);
    void (*release)(void *state); /* NULL: nothing to do */
    ohm_poll_step (*begin)(void *state, bool probe, ohm_poll_time now);
    /* Takes all of *in, or as much as belongs before the step that it answers. */
    ohm_poll_step (*on_bytes)(void *state, ohm_span *in, ohm_poll_time now);
    ohm_poll_step (*on_timeout)(void *state, ohm_poll_time now);
    void (*reset)(void *state);
    /* frames, messages, bad_fcs, late, refused and so on; the port counts bytes, requests and
     * timeouts and adds its own `late`. */
    void (*count)(const void *state, ohm_meter_counters *out);
    /* Bytes that must be on disk before the next request goes out (invocation counters), and at the
     * end of a conversation; they come back as config->saved. Returns how many were written, 0:
     * nothing new. NULL: none. */
    size_t (*save)(void *state, uint8_t *out, size_t cap);
} ohm_poller;

static inline ohm_poll_step ohm_poll_wait(uint32_t wait_ms)
{
    return (ohm_poll_step){ .verdict = OHM_POLL_WAIT, .wait_ms = wait_ms };
}

static inline ohm_poll_step ohm_poll_send(ohm_span send, uint32_t wait_ms)
{
    return (ohm_poll_step){ .verdict = OHM_POLL_SEND, .send = send, .wait_ms = wait_ms };
}

static inline ohm_poll_step ohm_poll_done(const void *message)
{
    return (ohm_poll_step){ .verdict = OHM_POLL_DONE, .message = message };
}

static inline ohm_poll_step ohm_poll_lacking(ohm_code code, ohm_meter_state state, const char *why)
{
    return (ohm_poll_step){ .verdict = OHM_POLL_DONE, .code = code, .state = state, .why = why };
}

static inline ohm_poll_step ohm_poll_failed(ohm_code code, ohm_meter_state state, const char *why)
{
    return (ohm_poll_step){ .verdict = OHM_POLL_FAILED, .code = code, .state = state, .why = why };
}

#endif
