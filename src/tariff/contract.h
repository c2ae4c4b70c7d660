/* Contracts as dated data, and the price at an instant.
 *
 * A contract has periods (base; hp and hc; blue_hc … red_hp; any others), slots that say when each
 * period applies, and price rows, each in force from one local date on. A slot is a window of
 * minutes that holds on some kinds of days only: between two dates, in a season, on some
 * weekdays, on or off public holidays, on days of a calendar's code (a Tempo colour). Every minute
 * of every kind of day belongs to one period: the one slot that covers it, or the period of the
 * rest. ohm_contract_check refuses gaps and overlaps.
 *
 * The day that a slot means starts at day_start_minute (Tempo's and EJP's at 06:00): what follows
 * midnight before that minute belongs to the weekday, season and colour of the day before. Price
 * rows and the validity dates of slots change at midnight.
 *
 * Money is integer micro-euros: ueur_per_kwh 206500 is 0.2065 EUR/kWh. Hours are the site's civil
 * time: on the days the clocks change, a slot is as long as the wall clock makes it. */
#ifndef OHM_TARIFF_CONTRACT_H
#define OHM_TARIFF_CONTRACT_H

#include "base/civil.h"
#include "base/err.h"
#include "tariff/calendar.h"

enum {
    OHM_CONTRACT_ROWS_MAX = 48, /* dated prices */
    OHM_CONTRACT_SLOTS_MAX = 48,
    OHM_CONTRACT_NAME_MAX = 64,
    OHM_CONTRACT_VATS_MAX = 8,
    OHM_CONTRACT_CHARGES_MAX = 16,
    OHM_PERIODS_MAX = 12,
    OHM_PERIOD_ID_MAX = 20,
    OHM_DAY_MINUTES = 24 * 60,
};

#define OHM_NO_PRICE  INT64_MIN /* not given: never a price */
#define OHM_NO_PERIOD 255       /* no period of the rest; or the day's code is not known */

/* An identifier of a period and of what goes with it: "hc", "red_hp". */
typedef struct ohm_period {
    char id[OHM_PERIOD_ID_MAX];
} ohm_period;

typedef enum ohm_on_holidays {
    OHM_HOLIDAY_ANY,
    OHM_HOLIDAY_ONLY,
    OHM_HOLIDAY_NEVER,
    OHM_ON_HOLIDAYS_COUNT
} ohm_on_holidays;

/* A window [from, to) in minutes of the day; from > to wraps over midnight, 0 to 1440 is the whole
 * day. Zero dates, season, weekdays and codes do not restrict. */
typedef struct ohm_contract_slot {
    uint16_t from_minute, to_minute;
    uint8_t period;
    uint8_t weekdays;                /* bit 0 Monday … bit 6 Sunday */
    uint8_t codes;                   /* bit 1 << ohm_day_code */
    uint8_t holidays;                /* ohm_on_holidays */
    uint16_t season_from, season_to; /* month × 100 + day, both included; may wrap over the year */
    ohm_date from, to;               /* valid [from, to) */
} ohm_contract_slot;

/* Prices from one local date on, until the next row's. */
typedef struct ohm_price_row {
    ohm_date from;
    bool unverified; /* no official publication confirms it */
    int64_t ueur_per_kwh[OHM_PERIODS_MAX];
    int64_t subscription_ueur_per_year;
    int64_t export_ueur_per_kwh; /* what is paid for injected energy */
} ohm_price_row;

/* Value-added tax from a date on, in hundredths of a percent: 550 is 5.5 %. */
typedef struct ohm_vat_row {
    ohm_date from;
    uint16_t subscription, energy;
} ohm_vat_row;

typedef enum ohm_charge_unit {
    OHM_CHARGE_PER_KWH,
    OHM_CHARGE_PER_YEAR,
    OHM_CHARGE_UNITS_COUNT
} ohm_charge_unit;

/* A tax or fee of its own line: accise, CTA, the parts of TURPE. */
typedef struct ohm_charge {
    char id[OHM_PERIOD_ID_MAX];
    ohm_date from, to; /* [from, to); zero: open */
    uint8_t unit;      /* ohm_charge_unit */
    bool reduced_vat;  /* taxed as the subscription */
    int64_t ueur;
} ohm_charge;

/* Energy at a price that changes by the hour: (spot × factor × (1 + loss) + fee + tax), the spot
 * price being a signal. */
typedef struct ohm_spot_terms {
    int64_t factor_ppm, loss_ppm;
    int64_t fee_ueur_per_kwh, tax_ueur_per_kwh;
} ohm_spot_terms;

/* What professional contracts add. Zero prices: not charged. */
typedef struct ohm_professional {
    int64_t tan_phi_ppm; /* free reactive energy, of the active: 400000 is 0.4 */
    int64_t reactive_ueur_per_kvarh;
    ohm_contract_slot reactive;    /* when it is counted: winter hours */
    int64_t overrun_ueur_per_hour; /* for each clock hour above the subscribed power */
    int64_t overrun_ueur_per_kva;  /* for the greatest overrun of each month */
} ohm_professional;

typedef struct ohm_contract {
    char name[OHM_CONTRACT_NAME_MAX];
    int32_t subscribed_va; /* 9000 for 9 kVA; 0 = not said */
    uint8_t periods_count;
    ohm_period periods[OHM_PERIODS_MAX];
    uint8_t rest_period; /* of minutes in no slot; OHM_NO_PERIOD: slots cover every minute */
    uint8_t spot_period; /* whose price is ohm_spot_terms's; OHM_NO_PERIOD: none */
    ohm_spot_terms spot;
    uint8_t holidays; /* ohm_holidays */
    uint8_t codes;    /* what the calendar can say: bits; 0: days have no code */
    uint16_t day_start_minute;
    bool months_alike; /* the subscription is a twelfth a month, shared by the days of the month;
                          else by the days of the year */
    bool tax_excluded; /* prices are without VAT: VAT has lines of its own */
    uint8_t slots_count;
    ohm_contract_slot slots[OHM_CONTRACT_SLOTS_MAX];
    uint8_t rows_count; /* ascending dates */
    ohm_price_row rows[OHM_CONTRACT_ROWS_MAX];
    uint8_t vats_count; /* ascending dates */
    ohm_vat_row vats[OHM_CONTRACT_VATS_MAX];
    uint8_t charges_count;
    ohm_charge charges[OHM_CONTRACT_CHARGES_MAX];
    ohm_professional professional;
    /* From this date on the last row is known to be superseded by one that is not known; year 0:
     * it is not. For people: prices go on as they were, and no snapshot keeps it. */
    ohm_date superseded;
} ohm_contract;

/* A contract with nothing in it: no prices, no restriction, days alike. */
void ohm_contract_init(ohm_contract *contract);
/* The index of a period by its id, or OHM_NO_PERIOD. */
uint8_t ohm_contract_period(const ohm_contract *contract, ohm_span id);
/* The row in force on a date, or -1 before the first. */
int ohm_contract_row(const ohm_contract *contract, ohm_date date);
/* The index of the VAT in force on a date, or -1. */
int ohm_contract_vat(const ohm_contract *contract, ohm_date date);

/* --- the periods of a day ------------------------------------------------------------------- */

enum { OHM_DAY_PIECES_MAX = 4 * OHM_CONTRACT_SLOTS_MAX + 8 };

/* From here to the next piece, or the end of the day, one period holds; OHM_NO_PERIOD where the
 * code of the day is not known. */
typedef struct ohm_day_piece {
    ohm_ms from_ms;
    uint8_t period;
} ohm_day_piece;

typedef struct ohm_day_plan {
    ohm_interval day; /* civil, 23 to 25 hours */
    uint16_t count;
    ohm_day_piece pieces[OHM_DAY_PIECES_MAX];
} ohm_day_plan;

/* The civil day of a date, in pieces; neighbours differ in their period. `codes` may be NULL. */
void ohm_contract_day(const ohm_contract *contract, const ohm_tz *tz, const ohm_day_codes *codes,
                      ohm_date date, ohm_day_plan *out);

/* The next instant at which a day or a period of it begins. */
ohm_ms ohm_contract_border(const ohm_contract *contract, const ohm_tz *tz,
                           const ohm_day_codes *codes, ohm_ms utc_ms);

/* Whether a slot holds at an instant, by the contract's days. */
bool ohm_contract_slot_at(const ohm_contract *contract, const ohm_contract_slot *slot,
                          const ohm_tz *tz, const ohm_day_codes *codes, ohm_ms utc_ms);

/* An instant after `utc_ms`, at the end of the day at the latest, up to which the slot holds, or
 * does not, as it does at `utc_ms`. */
ohm_ms ohm_contract_slot_until(const ohm_contract *contract, const ohm_contract_slot *slot,
                               const ohm_tz *tz, ohm_ms utc_ms);

/* --- the price at an instant ---------------------------------------------------------------- */

/* What energy costs at an instant, and until when that holds: the first instant at which the
 * period or its price changes, or the day's code is no longer known; OHM_NO_MS if the contract
 * knows of no change. */
typedef struct ohm_price {
    uint8_t period;
    int64_t ueur_per_kwh;
    ohm_ms until_ms;
} ohm_price;

/* OHM_RANGE before the first row; OHM_GAP where the day's code is not known; OHM_UNSUPPORTED where
 * the price is the spot's. */
OHM_MUST_CHECK ohm_code ohm_contract_price(const ohm_contract *contract, const ohm_tz *tz,
                                           const ohm_day_codes *codes, ohm_ms utc_ms,
                                           ohm_price *out);

/* --- checking ------------------------------------------------------------------------------- */

/* What a fault is about: its index is in ohm_err's `at`. */
typedef enum ohm_contract_part {
    OHM_CONTRACT_WHOLE,
    OHM_CONTRACT_ROW,
    OHM_CONTRACT_SLOT,
    OHM_CONTRACT_VAT,
    OHM_CONTRACT_CHARGE,
} ohm_contract_part;

/* Where two slots overlap, or none covers: a minute of a kind of day. */
typedef struct ohm_contract_fault {
    ohm_contract_part part;
    bool is_cover; /* the rest is set */
    int16_t other; /* the slot that covers the minute too, or -1 */
    uint16_t minute;
    ohm_date date; /* an example */
    bool holiday;
    uint8_t code;
} ohm_contract_fault;

/* Refuses a contract that has no row, rows out of order, a used price that is missing or absurd,
 * a slot out of the day, and minutes of any kind of day with no period or two. *ret_fault
 * (may be NULL) is written on failure. */
OHM_MUST_CHECK ohm_err ohm_contract_check(const ohm_contract *contract,
                                          ohm_contract_fault *ret_fault);

#endif
