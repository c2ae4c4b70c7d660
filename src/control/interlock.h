/* Loads of which never two are fed (docs/shedding.md, "Never two of these"): a part of a step. */
#ifndef OHM_CONTROL_INTERLOCK_H
#define OHM_CONTROL_INTERLOCK_H

#include "control/step.h"

/* Another one of its interlock is fed, or may be for its relay has not said otherwise; `ending`: or
 * not by its last order, which has to do at the end. */
bool ohm_interlock_other_is_fed(const ohm_step *s, uint16_t load, bool ending);
/* Another one that would be fed, too, takes the place of this one. */
bool ohm_interlock_yields(const ohm_step *s, uint16_t load);

#endif
