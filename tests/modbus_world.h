/* A line in simulated time, for tests of how Modbus devices are asked: pollers (meter/poller.h)
 * of several devices, one conversation after the other as a port has them, and simulated devices
 * that answer. No loop, no clock: the time passes as fast as it is counted. */
#ifndef OHM_TESTS_MODBUS_WORLD_H
#define OHM_TESTS_MODBUS_WORLD_H

#include "meter/modbus_profiles.h"
#include "meter/poll_modbus.h"
#include "sim/modbus_bus.h"

typedef struct mb_line {
    ohm_sim_modbus *bus;
    int64_t now_ms;
    uint32_t baud;                /* 0: bytes take no time */
    int64_t quiet_from_ms;        /* the end of the last byte, either way */
    ohm_sim_modbus_answer flying; /* sent by a device, not heard yet */
    int64_t lands_ms;
    size_t chunk; /* in which its bytes are heard; 0: all at once */
    uint64_t requests;
    uint32_t loss; /* of 1000 answers, so many come with a flipped bit */
    uint32_t seed;
} mb_line;

static inline int64_t mb_air_ms(const mb_line *l, size_t len)
{
    return l->baud ? (int64_t)len * 11000 / l->baud + 1 : 0;
}

static inline uint32_t mb_random(mb_line *l)
{
    l->seed = l->seed * 1664525u + 1013904223u;
    return l->seed >> 8;
}

static inline void mb_send(mb_line *l, ohm_span bytes)
{
    ohm_sim_modbus_answer answer;
    l->requests++;
    l->now_ms += mb_air_ms(l, bytes.len);
    while (bytes.len > 0) {
        if (!ohm_sim_modbus_take(l->bus, &bytes, &answer))
            continue;
        if (l->loss && mb_random(l) % 1000 < l->loss)
            answer.bytes[mb_random(l) % answer.len] ^= (uint8_t)(1u << mb_random(l) % 8);
        l->flying = answer;
        l->lands_ms = l->now_ms + answer.delay_ms + mb_air_ms(l, answer.len);
    }
    l->quiet_from_ms = l->now_ms;
}

/* What flies lands before `until_ms`, and nobody hears it. */
static inline void mb_wait_for_quiet(mb_line *l, uint32_t silence_ms)
{
    while (l->now_ms < l->quiet_from_ms + silence_ms) {
        int64_t then = l->quiet_from_ms + silence_ms;
        if (l->flying.len > 0 && l->lands_ms < then) {
            l->now_ms = l->lands_ms > l->now_ms ? l->lands_ms : l->now_ms;
            l->quiet_from_ms = l->now_ms;
            l->flying.len = 0;
        } else {
            l->now_ms = then;
        }
    }
}

static inline ohm_poll_step mb_hear(mb_line *l, const ohm_poller *poller, void *state,
                                    ohm_poll_time now)
{
    ohm_poll_step step = ohm_poll_wait(0);
    ohm_span bytes = ohm_span_of(l->flying.bytes, l->flying.len);
    l->flying.len = 0;
    l->quiet_from_ms = l->now_ms;
    while (bytes.len > 0 && step.verdict == OHM_POLL_WAIT) {
        size_t n = l->chunk && l->chunk < bytes.len ? l->chunk : bytes.len;
        ohm_span in = ohm_span_part(bytes, 0, n);
        bytes = ohm_span_part(bytes, n, bytes.len - n);
        step = poller->on_bytes(state, &in, now);
    }
    return step;
}

/* One conversation; the last step says how it ended. */
static inline ohm_poll_step mb_converse(mb_line *l, const ohm_poller *poller, void *state,
                                        bool probe)
{
    ohm_poll_time now = { { l->now_ms }, OHM_NO_MS };
    ohm_poll_step step = poller->begin(state, probe, now);
    while (step.verdict == OHM_POLL_SEND) {
        int64_t wait_ms = step.wait_ms, deadline;
        mb_wait_for_quiet(l, step.silence_ms);
        mb_send(l, step.send);
        deadline = l->now_ms + wait_ms;
        step = ohm_poll_wait(0);
        while (step.verdict == OHM_POLL_WAIT) {
            bool lands = l->flying.len > 0 && l->lands_ms < deadline;
            l->now_ms = lands ? (l->lands_ms > l->now_ms ? l->lands_ms : l->now_ms) : deadline;
            now.mono.v = l->now_ms;
            step = lands ? mb_hear(l, poller, state, now) : poller->on_timeout(state, now);
        }
    }
    return step;
}

#endif
