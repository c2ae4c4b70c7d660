/* A house with a car that has a setpoint, for the tests of setpoints. */
#ifndef OHM_TESTS_UNIT_SHED_CAR_H
#define OHM_TESTS_UNIT_SHED_CAR_H

#include "shed_house.h"

enum { AMPERE_W = 230, LEAST_W = 6 * AMPERE_W, MOST_W = 16 * AMPERE_W };

static inline ohm_load_state *car(void)
{
    return &h.control.loads[0];
}

/* A car of 6 to 16 A in tier 1, charging with all of it, and a heater of 2000 W in `tier`. */
static inline void begin_car(uint8_t tier)
{
    begin(2);
    h.loads[0].kind = OHM_LOAD_MODULATED;
    h.loads[0].nominal_w = MOST_W;
    h.loads[0].min_w = h.loads[0].safe_setting = LEAST_W;
    h.loads[0].step_w = AMPERE_W;
    h.draws_w[0] = MOST_W;
    h.loads[1].tier = tier;
    car()->setting = MOST_W;
    h.rest_w[0] = 0;
    live(10 * S);
    assert_int_equal(h.switchings, 0);
    assert_int_equal(car()->setting, MOST_W);
}

/* Seconds in which the rule of the car holds, and so many W come from the roof. */
static inline void shine(int64_t ms, int32_t sun_w)
{
    for (int64_t t = 0; t < ms; t += S) {
        ohm_load_state *is = car();
        is->rule = 0;
        is->rule_fed = is->follows = true;
        h.now.mono.v += S;
        h.now.utc_ms += S;
        is->spare_w = sun_w - (int32_t)drawn_w(0);
        is->spare_mono = h.now.mono;
        speak();
        take();
    }
}

#endif
