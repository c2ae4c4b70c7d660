/* What a name and a unit of a stranger most likely mean among our quantities: the quantity's own
 * name, one of the usual names (French and English, OBIS short codes, the prototypes' columns), or
 * the one quantity that the unit is for. */
#ifndef OHM_INOUT_GUESS_H
#define OHM_INOUT_GUESS_H

#include "base/quantity.h"

/* OHM_Q_NONE: nothing fits. `counter`: it only goes up, as far as is known. A name is not
 * believed where the unit contradicts it. */
ohm_quantity_id ohm_guess_quantity(ohm_span name, ohm_span unit, bool counter);

/* The unit that a column's head says: "kW" of "Puissance (kW)", "Wh" of "Valeur (en Wh)", "W" of
 * "power [W]"; empty: none. */
ohm_span ohm_guess_unit(ohm_span head);
/* The head without it. */
ohm_span ohm_guess_name(ohm_span head);

#endif
