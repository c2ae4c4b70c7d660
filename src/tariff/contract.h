/* Contracts as dated data, and the price at an instant.
 *
 * A contract is a list of price rows, each valid from one local date to another and for some
 * minutes of the local day. Money is integer micro-euros: price_ueur_per_kwh 206500 is
 * 0.2065 EUR/kWh, all taxes included. Hours are the site's civil time: on the days the clocks
 * change, a slot is as long as the wall clock makes it. */
#ifndef OHM_TARIFF_CONTRACT_H
#define OHM_TARIFF_CONTRACT_H

#include "base/civil.h"
#include "base/err.h"

enum {
    OHM_CONTRACT_ROWS_MAX = 32, /* dated prices */
    OHM_CONTRACT_SLOTS_MAX = 8, /* off-peak windows a day */
    OHM_CONTRACT_NAME_MAX = 64,
};

typedef enum ohm_period {
    OHM_PERIOD_BASE,
    OHM_PERIOD_HP, /* heures pleines: peak */
    OHM_PERIOD_HC, /* heures creuses: off-peak */
    OHM_PERIODS_COUNT
} ohm_period;

/* [from, to) in minutes of the local day; from > to wraps over midnight. */
typedef struct ohm_slot {
    uint16_t from_minute, to_minute;
} ohm_slot;

/* Prices from one local date on, until the next row's. */
typedef struct ohm_price_row {
    ohm_date from;
    int64_t ueur_per_kwh[OHM_PERIODS_COUNT];
    int64_t subscription_ueur_per_year;
} ohm_price_row;

typedef struct ohm_contract {
    char name[OHM_CONTRACT_NAME_MAX];
    int32_t subscribed_va; /* 9000 for 9 kVA; 0 = not said */
    bool has_off_peak;     /* false: one price, OHM_PERIOD_BASE */
    uint8_t slots_count;   /* off-peak windows */
    ohm_slot slots[OHM_CONTRACT_SLOTS_MAX];
    uint8_t rows_count; /* ascending dates */
    ohm_price_row rows[OHM_CONTRACT_ROWS_MAX];
    /* From this date on the last row is known to be superseded by one that is not known; year 0:
     * it is not. For people: prices go on as they were, and no snapshot keeps it. */
    ohm_date superseded;
} ohm_contract;

/* What energy costs at an instant, and until when that holds: the first instant at which the
 * period or its price changes (a border of a slot, a new row, a clock change inside a slot);
 * OHM_NO_MS if the contract knows of no change. OHM_RANGE before the first row. */
typedef struct ohm_price {
    ohm_period period;
    int64_t ueur_per_kwh;
    ohm_ms until_ms;
} ohm_price;

OHM_MUST_CHECK ohm_code ohm_contract_price(const ohm_contract *contract, const ohm_tz *tz,
                                           ohm_ms utc_ms, ohm_price *out);

/* Refuses a contract that has no row, rows out of order, a used price that is missing (0) or
 * absurd, a slot out of the day, slots that overlap, or off-peak prices without a slot. `at` is the
 * index of the row or slot. */
OHM_MUST_CHECK ohm_err ohm_contract_check(const ohm_contract *contract);

#endif
