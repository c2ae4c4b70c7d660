/* Settings: what the output of a load is told beyond "fed" and "shed".
 *
 * A switched load has none (0). A heater on a pilot wire (GIFAM; NF C 15-100 for its wiring) takes
 * orders. It is fed by those that heat more than the one that sheds it, and shed by that one and
 * those that heat less: with shed_order eco it is shed by Eco, Hors-gel and Arret, with hors_gel
 * Eco feeds it.
 *
 * A load with a setpoint takes W: 0, or its least to its most in steps. A battery (`gives_w`) is
 * one whose charging is the load: 0 leaves it to its inverter's own mode, in which it charges from
 * no grid, and what its plan asks for while it does not charge is below 0: to rest, or to give so
 * many W.
 *
 * Who is obeyed is the arbiter's; a cause that says no more than fed or shed means Confort or the
 * load's own order to shed it. What was asked for and heats less than that stays: a breaker does
 * not warm a heater that a person had stopped. */
#ifndef OHM_CONTROL_SETTING_H
#define OHM_CONTROL_SETTING_H

#include "base/json.h"
#include "control/load.h"

/* From the most heat to the least. */
typedef enum ohm_order {
    OHM_ORDER_CONFORT,
    OHM_ORDER_CONFORT_1, /* one kelvin less; two */
    OHM_ORDER_CONFORT_2,
    OHM_ORDER_ECO,      /* 3 to 4 kelvins less */
    OHM_ORDER_HORS_GEL, /* some 7 degrees C */
    OHM_ORDER_ARRET,
    OHM_ORDERS_COUNT
} ohm_order;

/* What a battery is told: nothing, so that its inverter goes by its own mode; to rest, neither
 * charged nor discharged (one W given, which nobody can tell apart, stands for it). */
enum { OHM_SETTING_OWN = 0, OHM_SETTING_REST = -1 };

/* "confort", "confort_1", "confort_2", "eco", "hors_gel", "arret". */
const char *ohm_order_name(ohm_order order);
bool ohm_order_find(const char *name, ohm_order *ret_order);

/* "own", "rest", "charge", "give": what a battery does that is told so; how many W, given below 0.
 */
const char *ohm_setting_battery_name(int32_t setting);
static inline int32_t ohm_setting_battery_w(int32_t setting)
{
    return setting == OHM_SETTING_REST ? 0 : setting;
}

/* The load can be told that. */
bool ohm_setting_ok(const ohm_load *load, int32_t setting);
/* It draws, or may, when it is told that; of a load that has settings. */
bool ohm_setting_feeds(const ohm_load *load, int32_t setting);
/* It can be told that, and is then fed, or not. */
bool ohm_setting_agrees(const ohm_load *load, bool fed, int32_t setting);
/* What one in A can be told, in tenths of an ampere on each phase. */
void ohm_setting_amperes(const ohm_load *load, int64_t *ret_least, int64_t *ret_most);
/* Of a setpoint: the nearest that is not above, between the least and the most. */
int32_t ohm_setting_snap(const ohm_load *load, int64_t watts);
/* Members of an object: "setpoint_w"; of a load whose setpoint is in A "setpoint_a", the amperes on
 * each of its phases in tenths, rounded; of a battery "battery", what it does. */
void ohm_setpoint_write(ohm_json *json, const ohm_load *load, int32_t setting);
/* What "fed" and "shed" mean where nobody says more. */
int32_t ohm_setting_usual(const ohm_load *load, bool fed);
/* What a cause that won means for a load that is fed by it, or not. */
int32_t ohm_setting_asked(const ohm_load *load, const ohm_load_state *state, ohm_cause cause,
                          bool fed);

#endif
