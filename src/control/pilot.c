#include "control/pilot.h"

#include <assert.h>

ohm_pilot_wave ohm_pilot_wave_of(ohm_order order)
{
    assert(order != OHM_ORDER_CONFORT_1 && order != OHM_ORDER_CONFORT_2);
    return (ohm_pilot_wave){
        .positive = order == OHM_ORDER_ECO || order == OHM_ORDER_ARRET,
        .negative = order == OHM_ORDER_ECO || order == OHM_ORDER_HORS_GEL,
    };
}

ohm_order ohm_pilot_order_of(ohm_pilot_wave wave)
{
    if (wave.positive)
        return wave.negative ? OHM_ORDER_ECO : OHM_ORDER_ARRET;
    return wave.negative ? OHM_ORDER_HORS_GEL : OHM_ORDER_CONFORT;
}

/* To Eco the negative halves come first, to Confort the positive ones go first (both through
 * Hors-gel), and to each of the others what is to come comes before what is to go. */
bool ohm_pilot_positive_first(ohm_pilot_wave to)
{
    return to.positive != to.negative ? to.positive : !to.positive;
}
