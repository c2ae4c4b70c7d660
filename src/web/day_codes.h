/* The codes of days that a contract's prices go by: the shipped calendars with what was said since
 * laid over them, from the store. */
#ifndef OHM_WEB_DAY_CODES_H
#define OHM_WEB_DAY_CODES_H

#include "store/said.h"
#include "tariff/bill.h"

enum {
    OHM_CODES_FIRST_YEAR = 2000,
    OHM_CODES_DAYS = 366 * 60, /* from the first of January on */
};

typedef enum ohm_calendar {
    OHM_CALENDAR_TEMPO,
    OHM_CALENDAR_EJP,
    OHM_CALENDARS_COUNT
} ohm_calendar;

/* "tempo", "ejp". */
const char *ohm_calendar_name(ohm_calendar calendar);
/* Whose days a contract goes by; OHM_CALENDARS_COUNT: no calendar's. */
ohm_calendar ohm_calendar_of(const ohm_contract *contract);
/* The bits of the codes that a calendar knows (ohm_contract's codes). */
uint8_t ohm_calendar_bits(ohm_calendar calendar);

int64_t ohm_codes_first_day(void);
/* "BLUE"; NULL: none. And back. */
const char *ohm_day_code_name(ohm_day_code code);
ohm_day_code ohm_day_code_of(const char *name);

/* Whether what a source of that rank says of a day counts over what is there. */
bool ohm_said_counts(int32_t rank, ohm_day_code present);

/* Lays what the store knows over codes of OHM_CODES_DAYS days. */
OHM_MUST_CHECK ohm_err ohm_codes_lay(ohm_reader *reader, ohm_calendar calendar, uint8_t *codes);

typedef struct ohm_spot_list {
    ohm_spot_price *items; /* in order of time, never overlapping; malloc'ed */
    size_t count, cap;
} ohm_spot_list;

/* The spot prices of a range: of each instant, of the best source that says one. */
typedef struct ohm_spots {
    ohm_spot_list list;
    char sources[128]; /* who said them, the best first */
} ohm_spots;
OHM_MUST_CHECK ohm_err ohm_spots_read(ohm_reader *reader, ohm_interval range, ohm_spots *out);
void ohm_spots_free(ohm_spots *spots);

#endif
