/* A laboratory of M-Bus: a master's conversation and a simulated bus, in simulated time. What
 * happens on the line between them is set: bytes lost, doubled, damaged, late, babble. One run is
 * one conversation, from begin to its end; nothing here waits for real. */
#ifndef OHM_TESTS_MBUS_LAB_H
#define OHM_TESTS_MBUS_LAB_H

#include "meter/poller.h"
#include "sim/mbus_bus.h"

typedef struct mbus_lab {
    ohm_sim_mbus *bus;
    const ohm_poller *poller;
    void *state;
    uint32_t baud;
    /* Out of 1000: */
    unsigned lose, twice, flip; /* bytes of the bus */
    unsigned drop;              /* whole answers */
    unsigned late_ms;           /* before an answer, at random up to this */
    bool babble;                /* noise behind each request, now and then */
    bool keep_echo;             /* the port would drop it */
    uint64_t seed;
    /* What comes of it. */
    int64_t now_ms;
    unsigned requests, timeouts;
    void (*on_message)(void *ctx, const void *message);
    void *ctx;
} mbus_lab;

static inline unsigned lab_random(mbus_lab *lab, unsigned n)
{
    lab->seed = lab->seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(lab->seed >> 33) % n;
}

static inline bool lab_chance(mbus_lab *lab, unsigned of_1000)
{
    return of_1000 > 0 && lab_random(lab, 1000) < of_1000;
}

static inline int64_t lab_bytes_ms(const mbus_lab *lab, size_t n)
{
    return (int64_t)n * 11000 / lab->baud;
}

/* An answer as it arrives, into `out` of 4 × OHM_SIM_MBUS_OUT_MAX bytes. */
static inline size_t lab_line(mbus_lab *lab, const ohm_sim_mbus_answer *answer, size_t echo,
                              uint8_t *out)
{
    size_t len = 0;
    bool dropped = lab_chance(lab, lab->drop);
    if (lab->babble && lab_chance(lab, 300))
        for (unsigned n = 1 + lab_random(lab, 8); n > 0; n--)
            out[len++] = (uint8_t)lab_random(lab, 256);
    for (size_t i = echo; i < answer->len && !dropped; i++) {
        if (lab_chance(lab, lab->lose))
            continue;
        uint8_t byte = answer->bytes[i];
        if (lab_chance(lab, lab->flip))
            byte ^= (uint8_t)(1u << lab_random(lab, 8));
        out[len++] = byte;
        if (lab_chance(lab, lab->twice))
            out[len++] = byte;
    }
    return len;
}

/* Sends a request, and hears what comes until the wait is over; the next step. */
static inline ohm_poll_step lab_exchange(mbus_lab *lab, const ohm_poll_step *asked)
{
    uint8_t heard[4 * OHM_SIM_MBUS_OUT_MAX], request[OHM_POLL_SEND_MAX];
    ohm_sim_mbus_answer answer;
    ohm_span in = { request, asked->send.len };
    int64_t wait_ms = asked->wait_ms;
    memcpy(request, asked->send.ptr, asked->send.len);
    lab->requests++;
    lab->now_ms += asked->silence_ms + lab_bytes_ms(lab, in.len);
    lab->bus->now_ms = lab->now_ms;
    (void)ohm_sim_mbus_take(lab->bus, &in, &answer);
    size_t echo = lab->bus->echo && !lab->keep_echo ? asked->send.len : 0;
    size_t len = lab_line(lab, &answer, echo, heard);
    int64_t delay_ms = answer.delay_ms + (lab->late_ms ? lab_random(lab, lab->late_ms) : 0);
    ohm_poll_time time = { { lab->now_ms }, lab->now_ms };
    for (size_t at = 0; at < len;) {
        size_t n = 1 + lab_random(lab, 40);
        n = n < len - at ? n : len - at;
        int64_t piece_ms = delay_ms + lab_bytes_ms(lab, n);
        if (delay_ms > wait_ms)
            break; /* it comes when nobody waits any more */
        delay_ms = 0;
        lab->now_ms += piece_ms;
        time.mono.v = time.utc_ms = lab->now_ms;
        ohm_span piece = { heard + at, n };
        at += n;
        while (piece.len > 0) {
            ohm_poll_step step = lab->poller->on_bytes(lab->state, &piece, time);
            if (step.verdict != OHM_POLL_WAIT)
                return step;
            if (step.message)
                lab->on_message(lab->ctx, step.message);
            if (step.wait_ms > 0)
                wait_ms = step.wait_ms;
        }
    }
    lab->timeouts++;
    lab->now_ms += wait_ms;
    time.mono.v = time.utc_ms = lab->now_ms;
    return lab->poller->on_timeout(lab->state, time);
}

/* One whole conversation; its last step. */
static inline ohm_poll_step lab_converse(mbus_lab *lab, bool probe)
{
    ohm_poll_time time = { { lab->now_ms }, lab->now_ms };
    ohm_poll_step step = lab->poller->begin(lab->state, probe, time);
    for (;;) {
        if (step.message)
            lab->on_message(lab->ctx, step.message);
        if (step.verdict == OHM_POLL_DONE || step.verdict == OHM_POLL_FAILED)
            return step;
        assert(step.verdict == OHM_POLL_SEND);
        step = lab_exchange(lab, &step);
        while (step.verdict == OHM_POLL_WAIT) { /* more time is wanted, and nothing comes */
            ohm_poll_time later = { { lab->now_ms += step.wait_ms }, lab->now_ms };
            step = lab->poller->on_timeout(lab->state, later);
        }
    }
}

#endif
