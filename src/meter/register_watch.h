/* Registers never go down, or jump, silently: what a reading of a counter is to those before. Pure.
 *
 * A reading that follows is believed. One that goes down, or up by more than can have gone through
 * in the time, is held back: a checksum that is a sum lets errors pass, and some meters say 0 now
 * and then. When enough readings in a row agree with it, it is what the meter shows now: another
 * meter (replacement), a register that was set back (correction), or up (jump). What is known at
 * once is believed at once: a register that passed its last digit (roll-over), and a meter of
 * another number. A meter that says the same register in two resolutions (Wh in one list, whole
 * kWh in another) does not count as going down.
 *
 * Silence is no jump: the longer it was, the more may have gone through. */
#ifndef OHM_METER_REGISTER_WATCH_H
#define OHM_METER_REGISTER_WATCH_H

#include "base/quantity.h"
#include "base/time.h"

enum {
    OHM_REGISTER_CONFIRMATIONS = 5,        /* readings of a new level, */
    OHM_REGISTER_CONFIRMATIONS_MIN = 3,    /* or so many, of a meter that is read seldom, */
    OHM_REGISTER_CONFIRM_MS = OHM_HOUR_MS, /* over so long */
};

typedef enum ohm_register_verdict {
    OHM_REGISTER_FIRST,     /* nothing was known before */
    OHM_REGISTER_NEXT,      /* it went on */
    OHM_REGISTER_OLD,       /* of a time before the last one, which can have followed it */
    OHM_REGISTER_ASTRAY,    /* of a time before the last one, which can't: held back */
    OHM_REGISTER_COARSER,   /* the last one in whole kWh (m^3…): held back, it says less */
    OHM_REGISTER_DOUBTED,   /* can't follow, for the first time: held back */
    OHM_REGISTER_WAITING,   /* can't follow, again: held back */
    OHM_REGISTER_ROLLED,    /* from the last number of its digits on to 0 */
    OHM_REGISTER_REPLACED,  /* another meter */
    OHM_REGISTER_CORRECTED, /* down, and nothing says why */
    OHM_REGISTER_JUMPED,    /* up, and nothing says why */
    OHM_REGISTER_VERDICTS_COUNT
} ohm_register_verdict;

/* Of one register: the last reading that was believed, and the level that contests it. All zeros
 * but `time_ms` OHM_NO_MS: nothing is known. */
typedef struct ohm_register_memory {
    int64_t value; /* quantised */
    ohm_ms time_ms;
    uint8_t confirmations;      /* of the contesting level; 0: there is none */
    int64_t doubt_first, doubt; /* its first and its newest reading */
    ohm_ms doubt_first_ms, doubt_ms;
    int64_t pace; /* an hour's, as confirmed readings showed it; 0: as is usual */
} ohm_register_memory;

typedef struct ohm_register_reading {
    ohm_quantity_id quantity; /* a counter */
    int64_t value;            /* quantised */
    ohm_ms time_ms;
    bool other_meter;    /* it is known that the number of the meter changed since the last one */
    int64_t power_w_max; /* what can flow where it counts; 0: not known. Of electricity only. */
} ohm_register_reading;

/* Takes a reading in. `*memory` goes on to it if it is believed. */
ohm_register_verdict ohm_register_take(ohm_register_memory *memory,
                                       const ohm_register_reading *reading);

/* May a register go from one reading to another, were it a hundred times as fast as is usual? */
bool ohm_register_may_follow(ohm_quantity_id quantity, int64_t from, ohm_ms from_ms, int64_t to,
                             ohm_ms to_ms);

/* Is a reading of this verdict not to be kept? */
bool ohm_register_held(ohm_register_verdict verdict);

#endif
