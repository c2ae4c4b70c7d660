/* A line in simulated time, for tests of how Modbus devices are asked: pollers (meter/poller.h)
 * of several devices, one conversation after the other as a port has them, and simulated devices
 * that answer. No loop, no clock: the time passes as fast as it is counted. */
#ifndef OHM_TESTS_MODBUS_WORLD_H
#define OHM_TESTS_MODBUS_WORLD_H

#include "meter/modbus_profiles.h"
#include "meter/poll_modbus.h"
#include "sim/modbus_bus.h"

enum { MB_FLYING_MAX = 8 };

typedef struct mb_line {
    ohm_sim_modbus *bus;
    int64_t now_ms;
    uint32_t baud;         /* 0: bytes take no time */
    int64_t quiet_from_ms; /* the end of the last byte, either way */
    struct {
        ohm_sim_modbus_answer answer;
        int64_t lands_ms;
    } flying[MB_FLYING_MAX]; /* sent by a device, not heard yet; the next to land first */
    size_t flying_count;
    bool one_by_one; /* a device begins with a request when it is done with the one before */
    size_t chunk;    /* in which its bytes are heard; 0: all at once */
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

static inline void mb_fly(mb_line *l, const ohm_sim_modbus_answer *answer)
{
    size_t n = l->flying_count;
    int64_t begins_ms = l->now_ms;
    assert(n < MB_FLYING_MAX);
    if (l->one_by_one && n > 0 && l->flying[n - 1].lands_ms > begins_ms)
        begins_ms = l->flying[n - 1].lands_ms;
    int64_t lands_ms = begins_ms + answer->delay_ms + mb_air_ms(l, answer->len);
    for (; n > 0 && l->flying[n - 1].lands_ms > lands_ms; n--)
        l->flying[n] = l->flying[n - 1];
    l->flying[n].answer = *answer;
    l->flying[n].lands_ms = lands_ms;
    l->flying_count++;
}

/* The next answer, if it lands before; the time is then that of its landing. */
static inline bool mb_land(mb_line *l, int64_t before_ms, ohm_sim_modbus_answer *out)
{
    if (l->flying_count == 0 || l->flying[0].lands_ms >= before_ms)
        return false;
    *out = l->flying[0].answer;
    if (l->flying[0].lands_ms > l->now_ms)
        l->now_ms = l->flying[0].lands_ms;
    l->quiet_from_ms = l->now_ms;
    memmove(l->flying, l->flying + 1, --l->flying_count * sizeof *l->flying);
    return true;
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
        mb_fly(l, &answer);
    }
    l->quiet_from_ms = l->now_ms;
}

/* What flies lands before `until_ms`, and nobody hears it. */
static inline void mb_wait_for_quiet(mb_line *l, uint32_t silence_ms)
{
    ohm_sim_modbus_answer lost;
    while (l->now_ms < l->quiet_from_ms + silence_ms)
        if (!mb_land(l, l->quiet_from_ms + silence_ms, &lost))
            l->now_ms = l->quiet_from_ms + silence_ms;
}

static inline ohm_poll_step mb_hear(mb_line *l, const ohm_sim_modbus_answer *answer,
                                    const ohm_poller *poller, void *state)
{
    const ohm_poll_time now = { { l->now_ms }, OHM_NO_MS };
    ohm_poll_step step = ohm_poll_wait(0);
    ohm_span bytes = ohm_span_of(answer->bytes, answer->len);
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
    ohm_sim_modbus_answer answer;
    ohm_poll_time now = { { l->now_ms }, OHM_NO_MS };
    ohm_poll_step step = poller->begin(state, probe, now);
    while (step.verdict == OHM_POLL_SEND) {
        int64_t wait_ms = step.wait_ms, deadline;
        mb_wait_for_quiet(l, step.silence_ms);
        mb_send(l, step.send);
        deadline = l->now_ms + wait_ms;
        step = ohm_poll_wait(0);
        while (step.verdict == OHM_POLL_WAIT) {
            if (mb_land(l, deadline, &answer)) {
                step = mb_hear(l, &answer, poller, state);
                continue;
            }
            l->now_ms = now.mono.v = deadline;
            step = poller->on_timeout(state, now);
        }
    }
    return step;
}

#endif
