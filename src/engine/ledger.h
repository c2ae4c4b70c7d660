/* The ledger: what went through the main meter today, and what it cost, from the differences of
 * its registers.
 *
 * Registers are doubted before they are believed. One that goes down, or up by more than the
 * site can draw in the time, is held back with a notice; when LEDGER_CONFIRMATIONS readings in a
 * row agree with the new level (a meter was replaced), it is accepted with a notice, and what
 * went on in between is not invented: the day is incomplete.
 *
 * A day starts at civil midnight. What lies between the last reading before and the first after
 * it counts for the new day if the last one was read within minutes of midnight, else for none;
 * the day is complete if either reading is that near. Every Wh has the price of the time between
 * the two readings that counted it; across a change of price it is shared by time, to the Wh.
 * What has no price yet (a colour or a market's price that nobody told) is counted apart, and gets
 * its price when it is known: the energy of each quarter of an hour is kept until midnight.
 *
 * Frames reach it only while the wall clock is known to be set. */
#ifndef OHM_ENGINE_LEDGER_H
#define OHM_ENGINE_LEDGER_H

#include "engine/engine.h"

enum {
    OHM_LEDGER_CONFIRMATIONS = 5,
    OHM_LEDGER_BORDER_MS = 5 * OHM_MINUTE_MS, /* "within minutes of midnight" */
    OHM_LEDGER_STEP_WH = 1000,                /* some meters count in whole kWh: never doubted */
    OHM_LEDGER_NOTICES_MAX = 4,
    OHM_LEDGER_DAYS = 16,         /* with codes */
    OHM_LEDGER_QUARTERS = 4 * 25, /* of the longest day */
};

#define OHM_LEDGER_DAY_WH_MAX (INT64_C(1) << 37) /* 50 MW for 60 days is less */
#define OHM_LEDGER_NEUR_MAX   (INT64_MAX / 4)

/* A register as last believed, and the level that contests it. */
typedef struct ohm_register {
    bool known;
    ohm_ms time_ms;
    ohm_mono_ms mono;
    int64_t wh;
    bool doubted;
    uint8_t confirmations;
    ohm_ms doubt_ms; /* first and last reading of the level that contests */
    int64_t doubt_wh, doubt_last_wh;
    ohm_mono_ms doubt_last_mono;
    ohm_ms doubt_last_ms;
} ohm_register;

typedef struct ohm_ledger {
    ohm_register import, export;
    ohm_engine_today today;
    int64_t cost_neur; /* today's, exact: Wh × µEUR/kWh */
    /* The codes of the days around today that the contract's prices go by: four bits a day. */
    int64_t codes_day; /* the first of them, since 1970 */
    uint64_t codes;
    int64_t quarter_wh[OHM_LEDGER_QUARTERS]; /* of today, from its midnight on */
    ohm_signal_set spot;                     /* the market's prices around today */
    /* Kept, not state: the local day that was asked for last. */
    ohm_interval day;
    ohm_date day_date;
} ohm_ledger;

/* What energy is worth by what is known now. */
typedef struct ohm_ledger_worth {
    int64_t neur;
    int64_t unpriced_wh;
    bool shared; /* energy lies across a change of price */
} ohm_ledger_worth;

typedef struct ohm_ledger_notice {
    ohm_notice notice;
    ohm_quantity_id quantity;
    int64_t detail;
} ohm_ledger_notice;

typedef struct ohm_ledger_notices {
    uint8_t count;
    ohm_ledger_notice items[OHM_LEDGER_NOTICES_MAX];
} ohm_ledger_notices;

void ohm_ledger_init(ohm_ledger *ledger);
/* A frame of the main meter, received at these times. */
void ohm_ledger_frame(ohm_ledger *ledger, const ohm_engine_config *config, const ohm_event *event,
                      ohm_ledger_notices *ret_notices);
/* Starts the day that `utc_ms` lies in, if it is another one. */
void ohm_ledger_day(ohm_ledger *ledger, const ohm_engine_config *config, ohm_ms utc_ms);
/* What is known of the codes of days, and of the market's prices: takes the place of what was, for
 * what was used today already, too. */
void ohm_ledger_codes(ohm_ledger *ledger, const ohm_engine_config *config,
                      const ohm_signal_set *days);
/* The contract's price at an instant around today; false: it is not known. */
bool ohm_ledger_price(const ohm_ledger *ledger, const ohm_engine_config *config, ohm_ms utc_ms,
                      int64_t *ret_ueur_per_kwh);
void ohm_ledger_spot(ohm_ledger *ledger, const ohm_engine_config *config,
                     const ohm_signal_set *prices);

/* The code of a day (since 1970); OHM_DAY_UNKNOWN where nobody told. */
ohm_day_code ohm_ledger_code_of(const ohm_ledger *ledger, int64_t day);

/* --- cost.c -------------------------------------------------------------------------------- */

/* Charges `wh` drawn from one reading to the next, at prices of the time between. */
void ohm_ledger_charge(ohm_ledger *ledger, const ohm_engine_config *config, ohm_interval over,
                       int64_t wh);
/* What the quarters of today are worth. */
ohm_ledger_worth ohm_ledger_worth_of(const ohm_ledger *ledger, const ohm_engine_config *config);
/* Something of prices changed since they were worth `before`: so does the cost of today, by the
 * difference, so that what was charged by the exact time stays exact where its price does. */
void ohm_ledger_reprice(ohm_ledger *ledger, const ohm_engine_config *config,
                        const ohm_ledger_worth *before);
void ohm_ledger_rebase(ohm_ledger *ledger, int64_t shift_ms);

#endif
