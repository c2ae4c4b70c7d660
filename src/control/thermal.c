#include "control/thermal.h"

#include <assert.h>
#include <stdbool.h>

enum {
    POWERS = 12, /* of two: up to 4095 s */
    HEAT_SCALE = 1024,
    ONE = 1 << 20,
};

/* a^(2^k) in parts of 2^20, rounded down; where it gives way, in thousandths. */
static const struct model {
    int32_t powers[POWERS];
    int32_t ratio;
} models[OHM_THERMAL_KINDS_COUNT] = {
    [OHM_THERMAL_LINKY] = { { 1040187, 1031865, 1015422, 983316, 922118, 810911, 627114, 375054,
                              134149, 17162, 280, 0 },
                            1300 },
    [OHM_THERMAL_FUSE] = { { 1015021, 982540, 920664, 808356, 623168, 370349, 130804, 16317, 253, 0,
                             0, 0 },
                           1250 },
};

static int64_t square(int32_t x)
{
    return (int64_t)x * x * HEAT_SCALE;
}

/* From `heat` towards `aim`, what is left of the way: below 2^42 * 2^20. */
static int64_t decay(int64_t heat, int64_t aim, int32_t power)
{
    return aim + (heat - aim) * power / ONE;
}

int32_t ohm_thermal_ratio(int64_t drawn_va, int64_t rated_va)
{
    assert(rated_va > 0);
    if (drawn_va <= 0)
        return 0;
    if (drawn_va > rated_va * (OHM_THERMAL_X_MAX / 1000))
        return OHM_THERMAL_X_MAX;
    return (int32_t)((drawn_va * 1000 + rated_va - 1) / rated_va);
}

int64_t ohm_thermal_step(ohm_thermal_kind kind, int64_t heat, int32_t x, int64_t seconds)
{
    assert(x >= 0 && x <= OHM_THERMAL_X_MAX && seconds >= 0);
    int64_t aim = square(x);
    if (seconds > OHM_THERMAL_S_MAX)
        return aim;
    for (int k = 0; k < POWERS; k++)
        if ((seconds >> k) & 1)
            heat = decay(heat, aim, models[kind].powers[k]);
    return heat;
}

int32_t ohm_thermal_left_s(ohm_thermal_kind kind, int64_t heat, int32_t x)
{
    const struct model *model = &models[kind];
    int64_t threshold = square(model->ratio), aim = square(x);
    if (heat >= threshold)
        return 0;
    if (aim <= threshold)
        return OHM_THERMAL_NEVER;
    int32_t held_s = 0;
    for (int k = POWERS - 1; k >= 0; k--) {
        int64_t later = decay(heat, aim, model->powers[k]);
        if (later >= threshold)
            continue;
        heat = later;
        held_s += 1 << k;
    }
    return held_s == OHM_THERMAL_S_MAX ? OHM_THERMAL_NEVER : held_s;
}
