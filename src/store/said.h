/* What was said of days and of prices, kept: the codes of days (Tempo's colours, EJP's peak days)
 * by each source that told them, and the prices of the spot market. Services forget them after
 * days; bills of years need them. Two plain tables (docs/store.md). */
#ifndef OHM_STORE_SAID_H
#define OHM_STORE_SAID_H

#include "base/civil.h"
#include "store/reader.h"

enum { OHM_SAID_NAME_MAX = 40 };

/* The code of a day, by one source. */
typedef struct ohm_day_said {
    char calendar[OHM_SAID_NAME_MAX]; /* "tempo", "ejp" */
    char code[OHM_SAID_NAME_MAX];     /* "BLUE", "WHITE", "RED"; "NORMAL", "PEAK" */
    char source[OHM_SAID_NAME_MAX];
    int32_t rank; /* whom to believe: the lowest */
    ohm_date date;
    ohm_interval when; /* civil time that the date's code can be about */
    ohm_ms said_ms;
} ohm_day_said;

/* A price of the spot market; 1 EUR/MWh is 1 000 000 nEUR/kWh. */
typedef struct ohm_spot_said {
    char source[OHM_SAID_NAME_MAX];
    int32_t rank;
    ohm_interval when;
    int64_t neur_per_kwh;
    ohm_ms said_ms;
} ohm_spot_said;

/* What the best source says of each date from one to another, that one too, in order. No rows in
 * a file of an older version. */
OHM_MUST_CHECK ohm_err ohm_said_days(ohm_reader *reader, const char *calendar, ohm_date from,
                                     ohm_date to, bool (*row)(void *ctx, const ohm_day_said *said),
                                     void *ctx);
/* The prices of the range: source after source, the best first (by rank, then who told the most),
 * of each in order of time. */
OHM_MUST_CHECK ohm_err ohm_said_spots(ohm_reader *reader, ohm_interval range,
                                      bool (*row)(void *ctx, const ohm_spot_said *said), void *ctx);

#endif
