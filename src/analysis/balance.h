/* What a site made of its own production, and what its sub-meters leave over: sums over steps. */
#ifndef OHM_ANALYSIS_BALANCE_H
#define OHM_ANALYSIS_BALANCE_H

#include <stdbool.h>
#include <stdint.h>

/* Energies of any one unit. Steps where either is missing count for nothing. */
typedef struct ohm_solar_balance {
    uint64_t steps;
    double load, solar, both; /* both: the smaller of the two, step by step */
} ohm_solar_balance;

void ohm_solar_add(ohm_solar_balance *sum, double load, double solar);
/* The part of the production that is used at once, the part of the load that it covers; NAN where
 * there is none. They depend on the length of the step: the longer, the better they look. */
double ohm_solar_self_consumption(const ohm_solar_balance *sum);
double ohm_solar_self_sufficiency(const ohm_solar_balance *sum);

/* The whole less its parts. */
typedef struct ohm_remainder {
    uint64_t steps, negative; /* negative: the parts were more than the whole, by over 1 % */
    double whole, rest;
} ohm_remainder;

#define OHM_REMAINDER_SLACK 0.01
void ohm_remainder_add(ohm_remainder *sum, double whole, double parts);

#endif
