#include <string.h>

#include "base/quantity.h"
#include "control/setting.h"

enum {
    DURATION_MS_MAX = 7 * 24 * OHM_HOUR_MS, /* of any time of a load */
    NOMINAL_W_MAX = 1000000,
    W_PER_A_MAX = 3 * 400,
    TIER_MAX = 99,
};

#define COMFORT_MAX INT64_C(1000000000000000)

static bool text_ok(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static bool duration_ok(int64_t duration_ms)
{
    return duration_ms >= 0 && duration_ms <= DURATION_MS_MAX;
}

static ohm_err check_shed_max(const ohm_load *load, uint32_t i, int64_t return_ms)
{
    if (load->shed_max_ms == 0)
        return ohm_ok();
    if (load->rest_min_ms <= 0)
        return ohm_fail(OHM_CONFLICT, i, "a longest shed needs a rest after it");
    /* Every load may have to come back before this one: it must be able to wait its turn. */
    if (load->shed_max_ms < return_ms)
        return ohm_fail(OHM_CONFLICT, i, "the longest shed is shorter than loads take to return");
    if (load->off_min_ms > load->shed_max_ms - return_ms)
        return ohm_fail(OHM_CONFLICT, i, "the minimum off time reaches into the longest shed");
    return ohm_ok();
}

/* Orders that contradict themselves: what sheds it has to be less than Confort. */
static ohm_err check_settings(const ohm_load *load, uint32_t i)
{
    if (load->kind >= OHM_LOAD_KINDS_COUNT)
        return ohm_fail(OHM_RANGE, i, "a load is of no kind that is known");
    bool glides = load->kind == OHM_LOAD_MODULATED;
    if (glides &&
        (load->min_w <= 0 || load->min_w > load->nominal_w || load->step_w <= 0 ||
         load->step_w > load->nominal_w || load->w_per_a < 0 || load->w_per_a > W_PER_A_MAX))
        return ohm_fail(OHM_RANGE, i, "a setpoint's least and step are 1 W to its most");
    if (load->gives_w < 0 || load->gives_w > NOMINAL_W_MAX || (load->gives_w > 0 && !glides))
        return ohm_fail(OHM_RANGE, i,
                        "what gives power has a setpoint, and gives 1 MW at the most");
    if (load->gives_w > 0 && (load->failsafe_fed || load->safe_setting != OHM_SETTING_OWN))
        return ohm_fail(OHM_CONFLICT, i, "a battery's fail-safe state is its inverter's own mode");
    if (!ohm_setting_ok(load, load->shed_setting) || !ohm_setting_ok(load, load->safe_setting))
        return ohm_fail(OHM_RANGE, i, "a load can't be told the setting that sheds it");
    if (load->kind == OHM_LOAD_SWITCHED)
        return ohm_ok();
    if (load->kind == OHM_LOAD_MODULATED && load->shed_setting != 0)
        return ohm_fail(OHM_RANGE, i, "a setpoint sheds at 0 W");
    if (ohm_setting_feeds(load, load->safe_setting) != load->failsafe_fed)
        return ohm_fail(OHM_CONFLICT, i, "a fail-safe setting is not the fail-safe state");
    if (load->kind == OHM_LOAD_MODULATED)
        return ohm_ok();
    if (load->shed_setting < (int32_t)OHM_ORDER_ECO)
        return ohm_fail(OHM_RANGE, i, "a heater is shed by eco, hors_gel or arret");
    return ohm_setting_ok(load, OHM_ORDER_CONFORT)
               ? ohm_ok()
               : ohm_fail(OHM_RANGE, i, "a heater can be told Confort");
}

static ohm_err check_load(const ohm_load *load, uint32_t i, int64_t return_ms)
{
    if (!text_ok(load->id, sizeof load->id) || !text_ok(load->name, sizeof load->name))
        return ohm_fail(OHM_TOO_BIG, i, "a load's id or name is too long");
    if (load->id[0] == '\0')
        return ohm_fail(OHM_BAD_FORMAT, i, "a load has no id");
    if (load->phase > 3)
        return ohm_fail(OHM_RANGE, i, "a load's phase is 1, 2, 3, or 0 for all");
    if (load->tier > TIER_MAX)
        return ohm_fail(OHM_RANGE, i, "a load's tier is 99 at the most");
    if (load->nominal_w < 0 || load->nominal_w > NOMINAL_W_MAX)
        return ohm_fail(OHM_RANGE, i, "a load's power is out of range");
    if (!duration_ok(load->on_min_ms) || !duration_ok(load->off_min_ms) ||
        !duration_ok(load->shed_max_ms) || !duration_ok(load->rest_min_ms))
        return ohm_fail(OHM_RANGE, i, "a load's time is negative or above a week");
    int32_t threshold = load->ecowatt_threshold;
    if (threshold != 0 && threshold != OHM_LEVEL_NEVER &&
        (threshold < OHM_LEVEL_SHED_MIN || threshold > OHM_LEVEL_MAX))
        return ohm_fail(OHM_RANGE, i, "a load's threshold is 2 or 3: lower levels never shed");
    if (load->never_shed && !load->failsafe_fed)
        return ohm_fail(OHM_CONFLICT, i, "a load never to be shed has a fail-safe state of shed");
    if (load->shed_day_ms < 0 || load->shed_day_ms > OHM_LOAD_DAY_MS)
        return ohm_fail(OHM_RANGE, i, "a load's budget is of one day");
    if (load->weight > OHM_LOAD_WEIGHT_MAX)
        return ohm_fail(OHM_RANGE, i, "a load's weight is 1 to 10");
    if (load->interlock > OHM_LOADS_MAX || load->comfort_quantity >= OHM_QUANTITIES_COUNT ||
        load->comfort_min > COMFORT_MAX || load->comfort_min < -COMFORT_MAX)
        return ohm_fail(OHM_RANGE, i, "a load's interlock or comfort is out of range");
    OHM_TRY(check_settings(load, i));
    return check_shed_max(load, i, return_ms);
}

/* Never two of them, and what nobody can shed stays. */
static ohm_err check_pair(const ohm_load *a, const ohm_load *b, uint32_t i)
{
    if (strcmp(a->id, b->id) == 0)
        return ohm_fail(OHM_CONFLICT, i, "two loads have the same id");
    if (a->interlock == 0 || a->interlock != b->interlock)
        return ohm_ok();
    if (a->never_shed && b->never_shed)
        return ohm_fail(OHM_CONFLICT, i, "an interlock has two loads that are never to be shed");
    if (a->failsafe_fed && b->failsafe_fed)
        return ohm_fail(OHM_CONFLICT, i, "an interlock has two loads whose fail-safe state is fed");
    return ohm_ok();
}

ohm_err ohm_loads_check(const ohm_load *loads, uint16_t count, int64_t restore_gap_ms)
{
    if (count > OHM_LOADS_MAX)
        return ohm_fail(OHM_TOO_BIG, count, "too many loads");
    if (restore_gap_ms < 0 || restore_gap_ms > OHM_HOUR_MS)
        return ohm_fail(OHM_RANGE, 0, "the gap between two restores is negative or above an hour");
    for (uint32_t i = 0; i < count; i++) {
        OHM_TRY(check_load(&loads[i], i, restore_gap_ms * (count + 2)));
        for (uint32_t j = 0; j < i; j++)
            OHM_TRY(check_pair(&loads[i], &loads[j], i));
    }
    return ohm_ok();
}
