/* Contract files (docs/tariffs.md): the shipped ones of data/tariffs, embedded in the binary, and
 * a user's own. Dated, each row with the source of its prices. Reading one gives the contract for
 * a subscribed power; it is checked whole, with the line of each fault. Calendars of coloured
 * days (data/calendars) are read here too. */
#ifndef OHM_CONFIG_TARIFF_FILE_H
#define OHM_CONFIG_TARIFF_FILE_H

#include "config/schema.h"
#include "host/assets.h"
#include "tariff/contract.h"

enum {
    OHM_TARIFF_SOURCE_MAX = 96,
    OHM_TARIFF_POWERS_MAX = 16,
    OHM_TARIFF_NAMES_MAX = 8,
    OHM_TARIFF_NAME_MAX = 32,
};

/* What the customer chose of it. */
typedef struct ohm_tariff_wish {
    int64_t power_va; /* 0: the only one of the file */
    const ohm_contract_slot
        *slots; /* own off-peak windows; the contract's usual ones where there are none */
    unsigned slots_count;
} ohm_tariff_wish;

typedef struct ohm_tariff {
    ohm_contract contract;
    char sources[OHM_CONTRACT_ROWS_MAX][OHM_TARIFF_SOURCE_MAX]; /* of each price row */
    bool hours_assumed; /* the off-peak hours are the usual ones, not the customer's */
    bool takes_hours;   /* it has off-peak hours of the customer's own */
    uint16_t names_count;
    char names[OHM_TARIFF_NAMES_MAX][OHM_TARIFF_NAME_MAX]; /* other names of it */
    uint8_t powers_count; /* that it has prices for, ascending; 0: any */
    int32_t powers_va[OHM_TARIFF_POWERS_MAX];
} ohm_tariff;

/* OHM_UNKNOWN, reported, when the file has no price for this power; names and powers are then
 * filled in. Others: reported, *out is not to be used. */
OHM_MUST_CHECK ohm_code ohm_tariff_read(ohm_span yaml, const char *file,
                                        const ohm_tariff_wish *wish, ohm_tariff *out,
                                        ohm_schema_report *report);

/* The same for each power that the file has prices for, ascending; *scratch lives until `take`
 * returns, which stops by returning false. A power whose prices make no contract is reported. */
OHM_MUST_CHECK ohm_code ohm_tariff_each(ohm_span yaml, const char *file,
                                        const ohm_tariff_wish *wish, ohm_tariff *scratch,
                                        bool (*take)(void *ctx, const ohm_tariff *tariff),
                                        void *ctx, ohm_schema_report *report);

/* The shipped file of a name such as "bleu-hphc", "edf-hchp-6kva" (the power then is the name's,
 * in *ret_power_va; else 0); NULL if there is none. */

const ohm_asset *ohm_tariff_find(const char *name, int64_t *ret_power_va);

/* The shipped contract files, by index; NULL past the last. */
const ohm_asset *ohm_tariff_shipped(size_t index);

/* --- calendars ------------------------------------------------------------------------------ */

/* Fills `codes`, days from first_day on, from the calendar of these codes (a contract's
 * `codes`); days that it does not know are left as they are. Reports what is wrong. */
OHM_MUST_CHECK ohm_code ohm_calendar_read(ohm_span yaml, const char *file, int64_t first_day,
                                          uint8_t *codes, size_t count, ohm_schema_report *report);
/* The same from the calendar that ships for the codes of a contract. OHM_UNKNOWN: none does. */
OHM_MUST_CHECK ohm_code ohm_calendar_shipped(const ohm_contract *contract, int64_t first_day,
                                             uint8_t *codes, size_t count);

#endif
