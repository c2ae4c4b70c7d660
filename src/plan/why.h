/* The reasons of what is planned: plain values, carried from the plan to the journal. */
#ifndef OHM_PLAN_WHY_H
#define OHM_PLAN_WHY_H

#include <stdint.h>

/* Why a plan wants a load fed, or not, for now. */
typedef enum ohm_plan_why {
    OHM_PLAN_WHY_NONE,
    OHM_PLAN_WHY_CHEAP,     /* fed: these are the cheapest hours in which there is use for it */
    OHM_PLAN_WHY_SUN,       /* fed: by one's own panels */
    OHM_PLAN_WHY_NEED,      /* fed: comfort or a deadline does not wait for a better price */
    OHM_PLAN_WHY_LATER,     /* off: it waits for a better price */
    OHM_PLAN_WHY_ENOUGH,    /* off: there is no use for more */
    OHM_PLAN_WHY_ROOM,      /* off: others take what the subscribed power leaves */
    OHM_PLAN_WHY_RED,       /* fed: ahead of hours in which Ecowatt holds it off */
    OHM_PLAN_WHY_AHEAD,     /* fed: ahead of hours in which a limit leaves no room for it */
    OHM_PLAN_WHY_HELD,      /* off: Ecowatt holds it off */
    OHM_PLAN_WHY_WEIGHT,    /* either: by the price alone it were otherwise; a weight decides */
    OHM_PLAN_WHY_HYGIENE,   /* fed: a tank is due to be heated through against legionella */
    OHM_PLAN_WHY_DEAR,      /* a battery gives: these are hours in which energy is dear */
    OHM_PLAN_WHY_SAVE,      /* it rests: what it holds is for dearer hours */
    OHM_PLAN_WHY_UNDER,     /* it gives: the house draws more than it may */
    OHM_PLAN_WHY_RESERVE,   /* it rests: what is left is its reserve */
    OHM_PLAN_WHY_MARGIN,    /* off: room is left free, as the house may draw more than expected */
    OHM_PLAN_WHY_INTERLOCK, /* off: another one of its interlock runs */
    OHM_PLAN_WHY_HAND,      /* either: a person asked for it until an end */
    OHM_PLAN_WHY_RULE,      /* either: a rule of the household's asks for it */
    OHM_PLAN_WHYS_COUNT
} ohm_plan_why;

/* With the prices that it was weighed by: of a kWh then, and of one in the best hour instead. */
typedef struct ohm_plan_reason {
    ohm_plan_why why;
    int32_t ueur_per_kwh, instead_ueur_per_kwh;
} ohm_plan_reason;

#endif
