/* A house for the tests of shedding: loads, a meter that tells each second what is drawn, and the
 * room control alone. */
#ifndef OHM_TESTS_UNIT_SHED_HOUSE_H
#define OHM_TESTS_UNIT_SHED_HOUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "control/shed.h"

enum { S = OHM_SECOND_MS, M = OHM_MINUTE_MS, H = OHM_HOUR_MS, SITE_VA = 6000, LOADS = 5 };

#define UTC INT64_C(1795348800000) /* 2026-11-22T12:00:00Z */

/* A house whose meter tells each second what the loads that are fed draw, and all else. */
typedef struct house {
    ohm_load loads[LOADS];
    ohm_power_limit limits[3];
    ohm_control_rules rules;
    ohm_control control;
    ohm_control_now now;
    ohm_decisions decisions;
    int32_t draws_w[LOADS]; /* when fed */
    int32_t rest_w[3];      /* beside the loads, by phase */
    bool three_phase, silent;
    unsigned unheard; /* loads whose relays are slow to say that they moved, by bit */
    int phases_every; /* three-phase: they are in each n-th frame only; 0 = in all */
    int frames;
    uint64_t decided;
    uint32_t news[OHM_NEWS_KINDS_COUNT]; /* how often */
    ohm_news last[OHM_NEWS_KINDS_COUNT];
    uint32_t switchings;
} house;

static house h;

/* So many loads of 2000 W in tier 1, fed and settled for an hour, at 6 kVA; the rest draws 500 W.
 */
static inline void begin(uint16_t count)
{
    memset(&h, 0, sizeof h);
    h.now = (ohm_control_now){
        .mono = { 1000000000 }, .utc_ms = UTC, .calendar = true, .level = OHM_LEVEL_NONE
    };
    for (uint16_t i = 0; i < count; i++) {
        h.loads[i] = (ohm_load){ .tier = 1,
                                 .nominal_w = 2000,
                                 .on_min_ms = 30 * S,
                                 .off_min_ms = 30 * S,
                                 .failsafe_fed = true };
        (void)snprintf(h.loads[i].id, sizeof h.loads[i].id, "load_%d", i);
        h.draws_w[i] = 2000;
        ohm_control_init(&h.control.loads[i]);
        ohm_control_boot(&h.control.loads[i], true, H, &h.now);
    }
    h.rules = (ohm_control_rules){
        .loads = h.loads,
        .count = count,
        .ecowatt_threshold = 2,
        .restore_gap_ms = 10 * S,
        .limits = h.limits,
        .contract_va = SITE_VA,
    };
    h.rest_w[0] = 500;
    ohm_control_start(&h.control, h.now.mono, false);
}

/* What one draws that is fed: what it has a setpoint for, no more than that. */
static inline int64_t draw_of(uint16_t i)
{
    bool told = h.loads[i].kind == OHM_LOAD_MODULATED;
    return told && h.control.loads[i].setting < h.draws_w[i] ? h.control.loads[i].setting
                                                             : h.draws_w[i];
}

static inline int64_t drawn_w(int phase)
{
    int64_t w = h.rest_w[phase];
    for (uint16_t i = 0; i < h.rules.count; i++) {
        if (!h.control.loads[i].fed)
            continue;
        if (h.loads[i].phase == 0)
            w += h.three_phase ? draw_of(i) / 3 : phase == 0 ? draw_of(i) : 0;
        else if (h.loads[i].phase == phase + 1)
            w += draw_of(i);
    }
    return w;
}

static inline void speak(void)
{
    int64_t w[3] = { drawn_w(0), drawn_w(1), drawn_w(2) };
    ohm_frame frame = { .count = 1 };
    frame.values[0] = (ohm_value){ OHM_Q_APPARENT_POWER_IMPORT, 0, 10 * (w[0] + w[1] + w[2]) };
    bool phases = h.three_phase && (h.phases_every == 0 || h.frames++ % h.phases_every == 0);
    for (uint16_t p = 0; p < 3 && phases; p++)
        frame.values[frame.count++] =
            (ohm_value){ (uint16_t)(OHM_Q_APPARENT_POWER_IMPORT_L1 + p), 0, 10 * w[p] };
    assert_true(ohm_control_frame(&h.control, &h.rules, &frame, h.now.mono, 100000));
}

static inline void take(void)
{
    ohm_control_step(&h.rules, &h.control, &h.now, &h.decisions);
    h.decided += h.decisions.count;
    for (uint16_t i = 0; i < h.decisions.count; i++) {
        const ohm_decision *d = &h.decisions.items[i];
        h.switchings += d->switches;
        if (d->switches && !((h.unheard >> d->load) & 1))
            (void)ohm_control_output(&h.control.loads[d->load], OHM_OUTPUT_OK, d->fed, &h.now);
    }
    for (uint16_t i = 0; i < h.decisions.news_count; i++) {
        h.news[h.decisions.news[i].kind]++;
        h.last[h.decisions.news[i].kind] = h.decisions.news[i];
    }
}

/* Seconds, with a frame and a step in each. */
static inline void live(int64_t ms)
{
    for (int64_t t = 0; t < ms; t += S) {
        h.now.mono.v += S;
        h.now.utc_ms += S;
        if (!h.silent)
            speak();
        take();
    }
}

/* The same, of a meter that speaks every 40 seconds. */
static inline void live_slowly(int frames)
{
    for (int k = 0; k < frames; k++) {
        h.silent = true;
        live(39 * S);
        h.silent = false;
        live(S);
    }
}

/* Bit i: load i is fed. */
static inline unsigned fed(void)
{
    unsigned mask = 0;
    for (uint16_t i = 0; i < h.rules.count; i++)
        mask |= h.control.loads[i].fed ? 1U << i : 0;
    return mask;
}

/* Lives until the loads are so; how long that took, -1 if not within an hour and a half. */
static inline int64_t wait_for(unsigned want)
{
    for (int64_t ms = 0; ms < 90 * M; ms += S) {
        if (fed() == want)
            return ms;
        live(S);
    }
    return -1;
}

#endif
