/* What makes the heat, and what lets it into the room: emitters, valves, heat pumps, pilot wires.
 *
 * A heater turns electricity into heat at the air, the surfaces or the mass of a zone. A heat pump
 * does so with a COP that falls with the lift from the source to the flow: a parabola fitted to
 * field and laboratory data of many (Staffell et al., Energy & Environmental Science 5 (2012) 9291:
 * air 6.81 - 0.121 ΔT + 0.000630 ΔT², ground 8.77 - 0.150 ΔT + 0.000734 ΔT²), scaled to a machine's
 * own figure where it is known. The heating curve says how hot the flow is: the colder outdoors,
 * the hotter. A pilot wire (fil pilote, NF C 15-100's six orders) moves the set point of electric
 * radiators. Values only. */
#ifndef OHM_BUILDING_HEATER_H
#define OHM_BUILDING_HEATER_H

#include "base/err.h"
#include "building/zone.h"

typedef enum ohm_heater_kind {
    OHM_HEATER_ELECTRIC, /* radiators, panels, underfloor mats: a watt is a watt */
    OHM_HEATER_PUMP_AIR,
    OHM_HEATER_PUMP_GROUND,
    OHM_HEATER_KINDS
} ohm_heater_kind;

extern const char *const ohm_heater_names[OHM_HEATER_KINDS];

typedef struct ohm_heater {
    ohm_heater_kind kind;
    double heat_w_max;         /* with the valve wide open */
    double flow_c, flow_per_k; /* heating curve: at 20 °C outdoors, and hotter for each K below */
    double flow_c_max;         /* never hotter */
    double source_c;           /* of a pump in the ground */
    double cop_factor;         /* of this machine against the parabola: 1 */
} ohm_heater;

/* One of a kind, with what such houses have: a floor's curve for the pumps. */
ohm_heater ohm_heater_of(ohm_heater_kind kind, double heat_w_max);
OHM_MUST_CHECK ohm_err ohm_heater_check(const ohm_heater *heater);

double ohm_heater_flow_c(const ohm_heater *heater, double outdoor_c);
/* Heat for one of electricity; 1 of the electric ones, at least 1 of all. */
double ohm_heater_cop(const ohm_heater *heater, double outdoor_c);
/* The heat of a valve that is open by 0 to 100 %. */
double ohm_heater_valve_w(const ohm_heater *heater, double valve_percent);

/* The orders of a pilot wire. */
typedef enum ohm_pilot {
    OHM_PILOT_COMFORT,
    OHM_PILOT_ECO,
    OHM_PILOT_FROST,
    OHM_PILOT_OFF,
    OHM_PILOT_COMFORT_1, /* 1 K below comfort */
    OHM_PILOT_COMFORT_2,
    OHM_PILOT_ORDERS
} ohm_pilot;

/* What a radiator keeps under an order, °C; NAN: it doesn't heat. */
double ohm_pilot_set_c(ohm_pilot order, double comfort_c);

#endif
