#include <math.h>
#include <stddef.h>

#include "plan/home.h"

/* Numbers beyond these are no powers, energies, temperatures or prices. */
#define KW_MAX      1e4
#define KWH_MAX     1e4
#define DEGREES_MAX 1e3
#define EUR_MAX     1e3
#define SHORT_MAX   1e6 /* EUR a kWh that is not there */
#define HOURS_MAX   1e4
/* What a step may make of a state: beyond it is no building. */
#define GROWTH_MAX 1.001

static bool within(double value, double low, double high)
{
    return value >= low && value <= high; /* false for NaN */
}

typedef struct rule {
    const double *series;
    double low, high;
    const char *why;
} rule;

static ohm_err check_series(const rule *rules, size_t count, int steps)
{
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < steps; k++)
            if (!within(rules[i].series[k], rules[i].low, rules[i].high))
                return ohm_fail(OHM_RANGE, (uint32_t)k, rules[i].why);
    return ohm_ok();
}

static ohm_err check_battery(const ohm_home_battery *of)
{
    if (!within(of->least_kwh, 0, KWH_MAX) || !within(of->most_kwh, of->least_kwh, KWH_MAX) ||
        !within(of->start_kwh, 0, KWH_MAX))
        return ohm_fail(OHM_RANGE, 0, "the battery's energies are out of range");
    if (!within(of->charge_kw, 0, KW_MAX) || !within(of->discharge_kw, 0, KW_MAX) ||
        !within(of->wear_eur_per_kwh, 0, EUR_MAX) || !within(of->end_eur_per_kwh, 0, EUR_MAX))
        return ohm_fail(OHM_RANGE, 0, "the battery's powers, wear or end are out of range");
    if (!within(of->charge_ratio, 0.05, 1) || !within(of->discharge_ratio, 0.05, 1))
        return ohm_fail(OHM_RANGE, 0, "the battery's efficiencies are out of range");
    return ohm_ok();
}

static ohm_err check_car(const ohm_home_car *of)
{
    if (!within(of->least_kw, 0, KW_MAX) || !within(of->most_kw, of->least_kw, KW_MAX) ||
        !within(of->ratio, 0.05, 1))
        return ohm_fail(OHM_RANGE, 0, "the car's powers or its efficiency are out of range");
    if (!within(of->need_kwh, 0, KWH_MAX) || !within(of->short_eur_per_kwh, 0, SHORT_MAX) ||
        !within(of->stay_h, 0, HOURS_MAX) || !within(of->got_kwh, 0, KWH_MAX))
        return ohm_fail(OHM_RANGE, 0, "the car's need or stay is out of range");
    return ohm_ok();
}

static ohm_err check_tank(const ohm_home_tank *of)
{
    if (!within(of->power_kw, 0, KW_MAX) || !within(of->loss_ratio, 0, 1) ||
        !within(of->short_eur_per_kwh, 0, SHORT_MAX) ||
        !within(of->water_eur_per_kwh, 0, SHORT_MAX))
        return ohm_fail(OHM_RANGE, 0, "the tank's power, loss or price is out of range");
    if (!within(of->start_kwh, 0, KWH_MAX) || !within(of->most_kwh, 0, KWH_MAX) ||
        !within(of->least_kwh, 0, KWH_MAX))
        return ohm_fail(OHM_RANGE, 0, "the tank's energies are out of range");
    return ohm_ok();
}

static ohm_err check_pump(const ohm_home_pump *of)
{
    if (!within(of->least_kw, 0, KW_MAX) || !within(of->most_kw, of->least_kw, KW_MAX) ||
        !within(of->start_eur, 0, EUR_MAX))
        return ohm_fail(OHM_RANGE, 0, "the heat pump's powers or starts are out of range");
    if (!within(of->hold_on, 0, OHM_HOME_STEPS_MAX) || !within(of->hold_off, 0, OHM_HOME_STEPS_MAX))
        return ohm_fail(OHM_RANGE, 0, "the heat pump's least times are out of range");
    if (!within(of->a, 0, GROWTH_MAX) || !within(fabs(of->b), 0, DEGREES_MAX) ||
        !within(fabs(of->c), 0, DEGREES_MAX) || !within(fabs(of->d), 0, DEGREES_MAX))
        return ohm_fail(OHM_RANGE, 0, "the building's model is out of range");
    if (!within(fabs(of->start_c), 0, DEGREES_MAX) || !within(fabs(of->end_c), 0, DEGREES_MAX) ||
        !within(fabs(of->low_c), 0, DEGREES_MAX) || !within(fabs(of->high_c), 0, DEGREES_MAX))
        return ohm_fail(OHM_RANGE, 0, "a temperature is out of range");
    if (!within(of->low_eur, 0, SHORT_MAX) || !within(of->high_eur, 0, EUR_MAX) ||
        !within(of->end_eur, 0, EUR_MAX))
        return ohm_fail(OHM_RANGE, 0, "a price of comfort is out of range");
    return ohm_ok();
}

ohm_err ohm_home_check(const ohm_home *problem)
{
    if (problem->steps < 1 || problem->steps > OHM_HOME_STEPS_MAX)
        return ohm_fail(OHM_RANGE, 0, "the number of steps is out of range");
    if (!within(problem->dt_h, 1.0 / 3600, 24) || !within(problem->subscribed_kw, 0, KW_MAX) ||
        !within(problem->over_eur_per_kwh, 0, SHORT_MAX))
        return ohm_fail(OHM_RANGE, 0, "the step or the subscribed power is out of range");
    const rule rules[] = {
        { problem->import_eur, -EUR_MAX, EUR_MAX, "a price of import is out of range" },
        { problem->export_eur, -EUR_MAX, EUR_MAX, "a price of export is out of range" },
        { problem->load_kw, -KW_MAX, KW_MAX, "a load is out of range" },
        { problem->pv_kw, 0, KW_MAX, "a solar power is out of range" },
        { problem->draw_kw, 0, KW_MAX, "a draw of hot water is out of range" },
        { problem->car_here, 0, 1, "whether the car is there is neither 0 nor 1" },
        { problem->cop, 0, 20, "a coefficient of performance is out of range" },
        { problem->drift, -DEGREES_MAX, DEGREES_MAX, "a disturbance is out of range" },
        { problem->offset, -DEGREES_MAX, DEGREES_MAX, "an offset is out of range" },
    };
    OHM_TRY(check_series(rules, sizeof rules / sizeof *rules, problem->steps));
    const rule room = { problem->import_kw, 0, KW_MAX, "a limit of import is out of range" };
    if (room.series)
        OHM_TRY(check_series(&room, 1, problem->steps));
    const rule least = { problem->tank_least_kwh, 0, KWH_MAX, "a least of the tank is no energy" };
    if (least.series)
        OHM_TRY(check_series(&least, 1, problem->steps));
    const rule held[] = {
        { problem->tank_held, 0, 1, "whether the tank is held off is neither 0 nor 1" },
        { problem->car_held, 0, 1, "whether the car is held off is neither 0 nor 1" },
    };
    for (size_t i = 0; i < sizeof held / sizeof *held; i++)
        if (held[i].series)
            OHM_TRY(check_series(&held[i], 1, problem->steps));
    const rule weight = { problem->weight_eur, -EUR_MAX, EUR_MAX, "a weight is out of range" };
    if (weight.series)
        OHM_TRY(check_series(&weight, 1, problem->steps));
    if (problem->has_battery)
        OHM_TRY(check_battery(&problem->battery));
    if (problem->has_car)
        OHM_TRY(check_car(&problem->car));
    if (problem->has_tank)
        OHM_TRY(check_tank(&problem->tank));
    return problem->has_pump ? check_pump(&problem->pump) : ohm_ok();
}
