/* Bills: what was used, priced by a contract, as lines that add up.
 *
 * Uses are what the meter counted over stretches of time: differences of registers, or the steps
 * of a load curve. Each is priced by the period and the price row of its time; one that lies
 * across a border is shared by time, to the last thousandth of a Wh: the energies of the lines are
 * the sum of the uses, exactly.
 *
 * The rule of rounding: quantities are never rounded; each line is rounded to the cent, half away
 * from zero; the total is the sum of the rounded lines. The exact amounts of the lines
 * (amount_peur) of any partition of a period add up to those of the whole, but for the last
 * nano-euro of a line, so the rounded totals differ by half a cent a line at most.
 *
 * The subscription counts the days whose local midnight lies in the period; a day costs its share
 * of the year (365 or 366), or of the month where the contract says so.
 *
 * Pure: nothing is allocated, the caller owns everything. */
#ifndef OHM_TARIFF_BILL_H
#define OHM_TARIFF_BILL_H

#include "base/json.h"
#include "tariff/contract.h"

enum {
    OHM_BILL_LINES_MAX = 640,
    OHM_BILL_SEGMENTS_MAX = 160, /* stretches of one price row, VAT and set of charges */
    OHM_LINE_ID_MAX = 32,
    OHM_HOW_MAX = 192,
};

#define OHM_NO_USE INT64_MIN /* not measured */

enum {
    OHM_USE_ESTIMATED = 1, /* a share of what a register gained over more than an hour */
    OHM_USE_CHANGED = 2,   /* the register fell: another meter; that moment counts nothing */
    OHM_USE_STRAY = 4,     /* a wrong reading of the register in it was left out */
};

/* What was used over [from, to). */
typedef struct ohm_use {
    ohm_ms from_ms, to_ms;
    int64_t import_mwh, export_mwh; /* thousandths of a Wh */
    int64_t reactive_mvarh;
    int64_t va; /* mean apparent power: the power of a step of ten minutes is what is limited */
    uint8_t of_period; /* 1 + the period that the meter itself counted it in; 0: its time says */
    uint8_t flags;     /* OHM_USE_… */
} ohm_use;

/* What the uses were made of. */
typedef enum ohm_bill_basis {
    OHM_BASIS_UNSAID,
    OHM_BASIS_REGISTER,   /* differences of the register */
    OHM_BASIS_PERIODS,    /* of the registers that the meter keeps for each period */
    OHM_BASIS_LOAD_CURVE, /* mean powers */
    OHM_BASIS_DAYS,       /* energies of whole days */
    OHM_BASIS_MIXED,      /* one of them here, another there */
    OHM_BILL_BASES_COUNT
} ohm_bill_basis;

/* A price of the spot market: 1 EUR/MWh is 1 000 000 nEUR/kWh. */
typedef struct ohm_spot_price {
    ohm_interval when;
    int64_t neur_per_kwh;
} ohm_spot_price;

typedef struct ohm_bill_request {
    const ohm_contract *contract;
    const ohm_tz *tz;
    const ohm_day_codes *codes;  /* NULL: none */
    const ohm_spot_price *spots; /* ascending */
    size_t spots_count;
    ohm_interval period;
    /* Ascending by their start; those of the meter's own periods may overlap each other, the
     * others don't. What lies outside the period is left out. */
    const ohm_use *uses;
    size_t uses_count;
    ohm_bill_basis basis; /* for those who read the bill */
} ohm_bill_request;

typedef enum ohm_line_kind {
    OHM_LINE_SUBSCRIPTION,
    OHM_LINE_ENERGY,
    OHM_LINE_CHARGE,
    OHM_LINE_REACTIVE,
    OHM_LINE_OVERRUN,
    OHM_LINE_FEED_IN,
    OHM_LINE_VAT,
    OHM_LINE_KINDS_COUNT
} ohm_line_kind;

typedef enum ohm_line_unit {
    OHM_UNIT_DAY,
    OHM_UNIT_KWH,
    OHM_UNIT_KVARH,
    OHM_UNIT_HOUR,
    OHM_UNIT_KVA,
    OHM_UNIT_EUR,
    OHM_LINE_UNITS_COUNT
} ohm_line_unit;

typedef struct ohm_bill_line {
    ohm_line_kind kind;
    char id[OHM_LINE_ID_MAX]; /* "subscription", "energy_hp", "accise", "vat_20" */
    ohm_ms from_ms, to_ms;
    int64_t quantity_micro; /* of its unit: a mWh is a millionth of a kWh */
    ohm_line_unit unit;
    int64_t price_neur; /* per unit; of a subscription and of spot energy the rounded quotient */
    int64_t amount_peur, amount_cents;
    int16_t vat;    /* hundredths of a percent, in the amount or to come; -1: not said */
    uint8_t period; /* ENERGY */
    int8_t row;     /* of prices; -1: none */
    int64_t base_ueur_per_year; /* SUBSCRIPTION, CHARGE per year */
    int64_t estimated_mwh;      /* ENERGY: of the quantity */
} ohm_bill_line;

typedef struct ohm_bill {
    uint16_t count;
    ohm_bill_line lines[OHM_BILL_LINES_MAX];
    int64_t total_cents;
    ohm_interval period;
    int64_t import_mwh, export_mwh;
    /* What a reader must know. */
    ohm_bill_basis basis;
    int64_t missing_ms; /* of the period, in no use */
    uint32_t gaps_count;
    ohm_ms gap_ms;                       /* where the first begins; OHM_NO_MS */
    int64_t estimated_ms, estimated_mwh; /* of the period: spread evenly between far readings */
    ohm_ms estimated_from_ms;            /* where the first begins; OHM_NO_MS */
    uint32_t meter_changes;
    ohm_ms change_ms;         /* the first; OHM_NO_MS */
    uint32_t strays;          /* uses with wrong readings of the register, which were left out */
    ohm_ms stray_ms;          /* the first; OHM_NO_MS */
    uint32_t shared_uses;     /* lie across a change of period, and were shared by time */
    uint32_t assumed_days;    /* had no known code: the calendar's assumption was used */
    uint32_t unverified_days; /* priced by a row that nobody official confirms */
    bool superseded;          /* prices of a part are known to be out of date */
    ohm_ms fault_ms;          /* on failure: where */
} ohm_bill;

/* OHM_RANGE: no price for a part of the period; OHM_GAP: a day's code, a spot price or a measured
 * quantity that the contract needs is not known; OHM_TOO_BIG: more lines or money than fits. The
 * bill is to be used on OHM_OK only, but for fault_ms. */
OHM_MUST_CHECK ohm_err ohm_bill_make(const ohm_bill_request *request, ohm_bill *out);

/* What a spot price comes to by a contract's terms, nEUR/kWh. */
int64_t ohm_spot_all_in(const ohm_spot_terms *terms, int64_t neur_per_kwh);

/* Cents from the exact amount: half away from zero. */
int64_t ohm_cents_of_peur(int64_t peur);

const char *ohm_line_unit_name(ohm_line_unit unit); /* "kWh" */

/* How a line came about, in words: "31 of 365 days at 187.80 EUR a year". */
void ohm_bill_how(const ohm_contract *contract, const ohm_bill_line *line,
                  char out[static OHM_HOW_MAX]);

/* A decimal as text: (1845, 2, 2) is "18.45"; zeros at the end stay down to `least` decimals. */
enum { OHM_DECIMAL_MAX = 32 };
size_t ohm_bill_decimal(int64_t mantissa, unsigned decimals, unsigned least,
                        char out[static OHM_DECIMAL_MAX]);

/* The bill as one JSON object. `meter` is who counted ("home/ground/main"); NULL: not known. */
void ohm_bill_json(ohm_json *json, const ohm_contract *contract, const ohm_tz *tz,
                   const char *meter, const ohm_bill *bill);
/* Its members alone, for an object that has more. */
void ohm_bill_json_members(ohm_json *json, const ohm_contract *contract, const ohm_tz *tz,
                           const char *meter, const ohm_bill *bill);
/* "2025-08-01", or with the time of day and the offset where it is no midnight. */
enum { OHM_LOCAL_MAX = 32 };
void ohm_local_write(const ohm_tz *tz, ohm_ms utc_ms, char out[static OHM_LOCAL_MAX]);

#endif
