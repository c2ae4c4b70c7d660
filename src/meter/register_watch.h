/* Registers never go down silently: what a reading of a counter is to the one before. Pure.
 *
 * A counter that goes down either passed its last digit (roll-over), is another meter's
 * (replacement), or was set back (correction). A meter that says the same register in two
 * resolutions (Wh in one list, whole kWh in another) does not count as going down. */
#ifndef OHM_METER_REGISTER_WATCH_H
#define OHM_METER_REGISTER_WATCH_H

#include "base/quantity.h"
#include "base/time.h"

typedef enum ohm_register_verdict {
    OHM_REGISTER_FIRST,     /* nothing was known before */
    OHM_REGISTER_NEXT,      /* it went on */
    OHM_REGISTER_OLD,       /* a reading of a time before the last one: says nothing */
    OHM_REGISTER_COARSER,   /* the last one in whole kWh (m^3…): keep the last one */
    OHM_REGISTER_ROLLED,    /* from the last number of its digits on to 0 */
    OHM_REGISTER_REPLACED,  /* another meter */
    OHM_REGISTER_CORRECTED, /* down, and nothing says why */
    OHM_REGISTER_VERDICTS_COUNT
} ohm_register_verdict;

/* The last reading that was neither old nor coarser; time_ms OHM_NO_MS: none. */
typedef struct ohm_register_memory {
    int64_t value; /* quantised */
    ohm_ms time_ms;
} ohm_register_memory;

/* `other_meter`: it is known that the number of the meter changed since the last reading. The
 * quantity is a counter. */
ohm_register_verdict ohm_register_judge(const ohm_register_memory *last, ohm_quantity_id quantity,
                                        int64_t value, ohm_ms time_ms, bool other_meter);

#endif
