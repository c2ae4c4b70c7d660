/* Arbitration: of all that is asked of one load, what wins. One table, the first row that
 * applies.
 *
 * It says what is wanted, not what may be done: minimum times and other holds are control.h's.
 * The order: the end of the process, a breaker or fuse, a failed output, an interlock, an order of
 * the grid's operator, a person, a zone's frost floor, the household's own limit, Ecowatt, a zone
 * that is too warm, the household's rules, a zone that is too cold, the plan, the zone's
 * thermostat, the own mode of a battery's inverter. */
#ifndef OHM_CONTROL_ARBITER_H
#define OHM_CONTROL_ARBITER_H

#include "control/load.h"

/* What is the case for one load, or'ed together; in the order of the ranks, the first one that is
 * set decides. */
typedef enum ohm_fact {
    OHM_FACT_STOPPING = 1 << 0,      /* the process is about to end */
    OHM_FACT_BREAKER = 1 << 1,       /* it would be too much for a breaker or fuse */
    OHM_FACT_OUTPUT_FAILED = 1 << 2, /* its output does not do what it is told */
    OHM_FACT_INTERLOCK = 1 << 3,     /* another one is fed, and never both may be */
    OHM_FACT_GRID = 1 << 4,          /* too much for an order of the grid's operator */
    OHM_FACT_OVERRIDDEN = 1 << 5,    /* a person asks, and the end is not reached */
    OHM_FACT_FROST = 1 << 6,         /* its zone is below the frost floor */
    OHM_FACT_CAP = 1 << 7,           /* too much for the household's own limit */
    OHM_FACT_LIMITED = 1 << 8,       /* the grid's level reaches the load's threshold */
    OHM_FACT_HOT = 1 << 9,           /* its zone is warmer than a plan or a rule may make it */
    OHM_FACT_RULE_SHED = 1 << 10,    /* a rule of the household's asks for it to be off */
    OHM_FACT_RULE_FED = 1 << 11,     /* or fed: never both */
    OHM_FACT_COLD = 1 << 12,         /* its zone is colder than a plan may let it get */
    OHM_FACT_PLANNED = 1 << 13,      /* a plan asks, and the end is not reached */
    OHM_FACT_REST = 1 << 14,         /* its zone's thermostat: warm enough */
    OHM_FACT_HEAT = 1 << 15,         /* or not: never both */
    OHM_FACT_OWN = 1 << 16,          /* it is a battery: left alone it charges from no grid */
    OHM_FACTS_ALL = (1 << 17) - 1,
} ohm_fact;

typedef struct ohm_wish {
    ohm_cause cause;
    bool fed;
} ohm_wish;

/* What those ask for that ask for either. */
typedef struct ohm_asked {
    bool failsafe_fed, override_fed, plan_fed;
} ohm_asked;

/* What a load's zone asks (control/heat.h), as a fact; 0 for none. */
unsigned ohm_fact_of_warmth(ohm_warmth warmth);

ohm_wish ohm_arbitrate(unsigned facts, ohm_asked asked);

#endif
