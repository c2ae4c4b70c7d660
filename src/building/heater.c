#include "building/heater.h"

#include <assert.h>
#include <math.h>

const char *const ohm_heater_names[OHM_HEATER_KINDS] = { "electric", "heat_pump_air",
                                                         "heat_pump_ground" };

static const double CURVE_FROM_C = 20; /* outdoors, where the curve begins */
static const double ECO_BELOW_K = 3.5; /* NF EN 60675: what "eco" lowers */
static const double FROST_C = 7;

ohm_heater ohm_heater_of(ohm_heater_kind kind, double heat_w_max)
{
    return (ohm_heater){
        .kind = kind,
        .heat_w_max = heat_w_max,
        .flow_c = 24,
        .flow_per_k = 0.4,
        .flow_c_max = 55,
        .source_c = 10,
        .cop_factor = 1,
    };
}

ohm_err ohm_heater_check(const ohm_heater *s)
{
    if (!(s->heat_w_max >= 0 && s->heat_w_max <= 1e7))
        return ohm_fail(OHM_RANGE, 0, "max_w is no power of a heating in W");
    if (!(s->flow_c >= 10 && s->flow_c <= 90 && s->flow_c_max >= s->flow_c && s->flow_c_max <= 90))
        return ohm_fail(OHM_RANGE, 0, "flow_c or flow_c_max is no temperature of a flow in °C");
    if (!(s->flow_per_k >= 0 && s->flow_per_k <= 5))
        return ohm_fail(OHM_RANGE, 0, "flow_per_k is no slope of a heating curve");
    if (!(s->source_c >= -20 && s->source_c <= 40))
        return ohm_fail(OHM_RANGE, 0, "source_c is no temperature of the ground in °C");
    if (!(s->cop_factor > 0 && s->cop_factor <= 2))
        return ohm_fail(OHM_RANGE, 0, "cop_factor is none (1: as most)");
    return ohm_ok();
}

double ohm_heater_flow_c(const ohm_heater *s, double outdoor_c)
{
    double below = outdoor_c < CURVE_FROM_C ? CURVE_FROM_C - outdoor_c : 0;
    double flow_c = s->flow_c + s->flow_per_k * below;
    return flow_c < s->flow_c_max ? flow_c : s->flow_c_max;
}

double ohm_heater_cop(const ohm_heater *s, double outdoor_c)
{
    if (s->kind == OHM_HEATER_ELECTRIC)
        return 1;
    bool air = s->kind == OHM_HEATER_PUMP_AIR;
    double lift = ohm_heater_flow_c(s, outdoor_c) - (air ? outdoor_c : s->source_c);
    lift = lift > 0 ? lift : 0;
    double cop =
        air ? 6.81 + lift * (-0.121 + lift * 0.000630) : 8.77 + lift * (-0.150 + lift * 0.000734);
    cop *= s->cop_factor;
    return cop > 1 ? cop : 1;
}

double ohm_heater_valve_w(const ohm_heater *s, double valve_percent)
{
    if (!(valve_percent > 0)) /* so of NAN */
        return 0;
    return s->heat_w_max * (valve_percent < 100 ? valve_percent / 100 : 1);
}

double ohm_pilot_set_c(ohm_pilot order, double comfort_c)
{
    switch (order) {
    case OHM_PILOT_COMFORT:
        return comfort_c;
    case OHM_PILOT_ECO:
        return comfort_c - ECO_BELOW_K;
    case OHM_PILOT_FROST:
        return FROST_C;
    case OHM_PILOT_COMFORT_1:
        return comfort_c - 1;
    case OHM_PILOT_COMFORT_2:
        return comfort_c - 2;
    case OHM_PILOT_OFF:
    case OHM_PILOT_ORDERS:
        break;
    }
    assert(order == OHM_PILOT_OFF);
    return NAN;
}
