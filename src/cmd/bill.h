/* What the verb 'bill' works on, shared by its files: the contract, the uses, what is asked. */
#ifndef OHM_CMD_BILL_H
#define OHM_CMD_BILL_H

#include "config/site.h"
#include "config/tariff_file.h"
#include "host/paths.h"
#include "store/reader.h"
#include "tariff/use_csv.h"
#include "web/day_codes.h"

enum {
    OHM_BILL_CODES_DAYS = OHM_CODES_DAYS,
    OHM_BILL_HOURS_MAX = 8, /* of --off-peak */
};

typedef enum ohm_bill_form { OHM_BILL_TEXT, OHM_BILL_JSON, OHM_BILL_CSV } ohm_bill_form;

/* The command line as it is written. */
typedef struct ohm_bill_options {
    const char *contract, *power, *hours, *input, *column, *zone;
    const char *from, *to, *month, *day, *colours, *assume, *prices, *state, *by, *config, *device;
    const char *form, *digits, *shift;
    bool demo, json, csv, ends, compare, meter_change;
} ohm_bill_options;

typedef struct ohm_bill_job {
    const ohm_bill_options *o;
    ohm_bill_form form;
    ohm_tz tz;
    ohm_tariff tariff;
    char contract_file[OHM_PATH_MAX]; /* the site's, where --contract names none; else "" */
    ohm_contract_slot hours[OHM_BILL_HOURS_MAX];
    unsigned hours_count;
    uint8_t codes_bytes[OHM_BILL_CODES_DAYS], said_bytes[OHM_CALENDARS_COUNT][OHM_BILL_CODES_DAYS];
    ohm_day_codes codes;
    bool has_said; /* said_bytes: the shipped calendars with what the store knows */
    ohm_spot_price *spots;
    size_t spots_count;
    char spots_source[128]; /* who said them, from the store; "": a file, or none */
    ohm_use *uses;
    size_t uses_count;
    ohm_bill_basis basis;
    int64_t step_ms;
    ohm_interval period;
    char device[OHM_SERIES_KEY_MAX]; /* "home/ground/main", from the store; "": from a file */
    /* What was assumed of the input, for the notes. */
    const char *energy_form;
    size_t repeated, rolled, exchanged;
} ohm_bill_job;

/* bill_input.c: each says what is wrong on stderr and returns the exit status. */
int ohm_bill_contract(ohm_bill_job *job, const char *name, ohm_tariff *out);
/* The site's: what was written in the page, of the state folder, else what its file says. */
int ohm_bill_own_contract(ohm_bill_job *job, const ohm_site *site);
int ohm_bill_signals(ohm_bill_job *job);
int ohm_bill_uses(ohm_bill_job *job);
int ohm_bill_period(ohm_bill_job *job);
/* A file or '-', whole; free it. */
int ohm_bill_read_file(const char *path, uint8_t **ret_bytes, size_t *ret_len);

/* bill_store.c: the registers of a meter from a state folder: --device, else the main meter of
 * --config, else the one called main, else the only one. */
int ohm_bill_from_store(ohm_bill_job *job);
/* The zone of local times, and with --config the main meter, and the contract where --contract
 * names none. */
int ohm_bill_site(ohm_bill_job *job);

/* bill_compare.c: the same use under every shipped contract and power. */
int ohm_bill_compare(const ohm_bill_job *job);

/* bill_print.c */
void ohm_bill_print(const ohm_bill_job *job, const ohm_tariff *tariff, const ohm_bill *bill);
void ohm_bill_print_csv_head(void);

#endif
