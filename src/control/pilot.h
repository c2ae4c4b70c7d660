/* The pilot wire of French electric heaters: orders as what stands on the wire (GIFAM).
 *
 *     nothing               Confort
 *     the whole wave        Eco
 *     the negative halves   Hors-gel
 *     the positive halves   Arret
 *
 * Two relays, each with a diode, put the halves there, so every pair of contacts is an order.
 * Confort -1 and -2 are three and seven seconds of the whole wave every five minutes: 200 000
 * operations a year, which no relay is made for; only a module that takes the order as a word has
 * them. One relay alone knows Confort and one other order.
 *
 * Where both contacts have to move, the wire passes through a third order, for as long as the board
 * takes between them: through Hors-gel between Confort and Eco, through Eco between Hors-gel and
 * Arret. Never through Confort, which could let a heater run that is being shed. */
#ifndef OHM_CONTROL_PILOT_H
#define OHM_CONTROL_PILOT_H

#include "control/setting.h"

typedef struct ohm_pilot_wave {
    bool positive, negative;
} ohm_pilot_wave;

/* Not of Confort -1 and -2. */
ohm_pilot_wave ohm_pilot_wave_of(ohm_order order);
ohm_order ohm_pilot_order_of(ohm_pilot_wave wave);
/* The positive contact is the one that moves first. */
bool ohm_pilot_positive_first(ohm_pilot_wave to);

#endif
