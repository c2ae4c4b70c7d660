/* The order in which the secondary addresses of a bus are tried (EN 13757-3 §11.5): digit after
 * digit of the identification number while several meters answer, then the digits of
 * manufacturer, version and medium, 0 to E; of meters that know only whole bytes there, media and
 * versions. A digit of the identification is 0 to 9; A to E are tried where several must be
 * and none was found. Pure: a walk over masks. */
#ifndef OHM_WIRE_MBUS_SEARCH_H
#define OHM_WIRE_MBUS_SEARCH_H

#include "wire/mbus_master.h"

enum {
    OHM_MBUS_SEARCH_DIGITS = 16,
    OHM_MBUS_SEARCH_LEVELS = 18, /* and medium, version as bytes */
};

typedef struct ohm_mbus_search {
    uint8_t value[OHM_MBUS_SEARCH_LEVELS]; /* F, or FF for bytes: any */
    uint8_t hits[OHM_MBUS_SEARCH_LEVELS];  /* how many answered a level's values; 2: or more */
    bool fixed[OHM_MBUS_SEARCH_LEVELS];    /* given: not walked */
    int8_t level;                          /* that is walked; -1: the mask as it was given */
    bool over;
} ohm_mbus_search;

/* Begins with `mask`, whose F are walked. */
void ohm_mbus_search_init(ohm_mbus_search *search, const uint8_t mask[static 8]);

/* The mask to try now. */
void ohm_mbus_search_mask(const ohm_mbus_search *search, uint8_t out[static 8]);

typedef enum ohm_mbus_search_answer {
    OHM_MBUS_SEARCH_NOBODY = 0,
    OHM_MBUS_SEARCH_ONE = 1,
    OHM_MBUS_SEARCH_SEVERAL = 2, /* or more */
} ohm_mbus_search_answer;

/* Goes on by what came of the present mask. False: the search is over. *ret_stuck: several
 * answer, and nothing is left to tell them apart by. */
bool ohm_mbus_search_next(ohm_mbus_search *search, ohm_mbus_search_answer answer, bool *ret_stuck);

/* Can several who answer the present mask still be told apart? */
bool ohm_mbus_search_splits(const ohm_mbus_search *search);

/* How much of it is done, in parts of a thousand. */
unsigned ohm_mbus_search_permille(const ohm_mbus_search *search);

#endif
