/* What is wrong with a load or its measurement, reading by reading: rules of plausibility first,
 * then the base load against the last four weeks, then nights that stay at the day's level.
 *
 * A detector sees one series in equal steps; what was not measured is NAN. It learns from what it
 * did not flag: the first two weeks it says nothing, for twelve weeks its thresholds for slow
 * changes are set so that they would not have cried. An alarm is told when it begins and again
 * when it has cleared; it latches in between.
 *
 *   gap          nothing measured for three hours, and longer than the last gaps where they are
 * usual stuck        one value for six hours, and twice as long as ever before zero         0 for
 * longer than ever, or at hours that never were rollback     far below anything: a register that
 * was put back, seen through its differences ct_reversed  below 0 where nothing is: a current
 * transformer the wrong way round spike        a step's value far above both of its neighbours'
 *   ct_ratio, step, drift   the base load (10 % quantile of a day) left its four weeks' range, or
 * all quantiles of a day went the same way from those of days alike: by the ratio of a wrong
 * transformer, at once, or slowly (CUSUM of deviations in units of their usual size, Page 1954)
 *   left_on      two nights, or where none was odd for two months one, at the level of working
 * hours; where the outdoor temperature is known, of nights as cold
 *
 * Pure: the caller gives the memory; the state holds no pointer. */
#ifndef OHM_ANALYSIS_DETECT_H
#define OHM_ANALYSIS_DETECT_H

#include "base/err.h"
#include "base/span.h"
#include "base/time.h"

enum {
    OHM_DETECT_SLOTS_MAX = 288, /* of a day: five minutes */
    OHM_DETECT_NEWS_MAX = 16,
    OHM_DETECT_RULES_DAYS = 14,  /* before the rules speak */
    OHM_DETECT_LEVELS_DAYS = 84, /* before peaks, slow changes and nights are told */
};

typedef enum ohm_detect_type {
    OHM_DETECT_GAP,
    OHM_DETECT_STUCK,
    OHM_DETECT_ZERO,
    OHM_DETECT_SPIKE,
    OHM_DETECT_DRIFT,
    OHM_DETECT_STEP,
    OHM_DETECT_LEFT_ON,
    OHM_DETECT_ROLLBACK,
    OHM_DETECT_CT_REVERSED,
    OHM_DETECT_CT_RATIO,
    OHM_DETECT_ONE_COLUMN, /* so many does ohm_detect tell; the others: detect_more.h */
    OHM_DETECT_PHASE_SWAP = OHM_DETECT_ONE_COLUMN,
    OHM_DETECT_RESIDUE,
    OHM_DETECT_PV_YIELD,
    OHM_DETECT_LEAK,
    OHM_DETECT_CYCLES, /* of machines, by the daemon; files have it as a drift */
    OHM_DETECT_TYPES
} ohm_detect_type;

/* Rules about peaks, levels and nights, as bits: of loads, not of panels, nor of machines that
 * cycle. */
#define OHM_DETECT_OF_LOADS                                                                        \
    (1u << OHM_DETECT_SPIKE | 1u << OHM_DETECT_DRIFT | 1u << OHM_DETECT_STEP |                     \
     1u << OHM_DETECT_LEFT_ON | 1u << OHM_DETECT_CT_RATIO)

typedef struct ohm_detect_alarm {
    ohm_detect_type type;
    ohm_ms start_ms;         /* from when it could be known: of a gap its third hour, of a run the
                                step longer than ever, of a slow change and a night the last */
    ohm_ms onset_ms;         /* since when, as far as is known */
    ohm_ms end_ms;           /* OHM_NO_MS: it goes on */
    double expected, actual; /* NAN: there is no such figure */
} ohm_detect_alarm;

typedef struct ohm_detect_news {
    int count;
    ohm_detect_alarm alarm[OHM_DETECT_NEWS_MAX];
} ohm_detect_news;

typedef struct ohm_detect_reading {
    ohm_ms time_ms; /* of the step's begin; steps follow one another */
    int64_t day;    /* local, since 1970-01-01 */
    int slot;       /* of the local day */
    double value;
} ohm_detect_reading;

typedef struct ohm_detect ohm_detect;

/* Bytes for so many slots a day: 24 to 288, a multiple of 8. 0: none. */
size_t ohm_detect_size(int slots);
ohm_detect *ohm_detect_create(int slots, void *memory);

/* Alarms that began or cleared with this reading. */
void ohm_detect_step(ohm_detect *d, const ohm_detect_reading *reading, ohm_detect_news *news);
/* The outdoor temperature of the readings that follow, until it is said again; NAN (as at first):
 * not known. What heats by night is then held against nights as cold. */
void ohm_detect_outdoor(ohm_detect *d, double outdoor_c);
/* Clears what is open, at the end of a file. */
void ohm_detect_end(ohm_detect *d, ohm_ms time_ms, ohm_detect_news *news);

/* The alarm of that type that goes on; NULL: none does. */
const ohm_detect_alarm *ohm_detect_open(const ohm_detect *d, ohm_detect_type type);

/* "This is normal": what the last alarm of a type was about is not told again, and if it goes on it
 * clears. Gaps, runs and peaks of that size, the level it went to, such a night, feeding in. */
void ohm_detect_teach(ohm_detect *d, ohm_detect_type type, ohm_detect_news *news);

/* The state as bytes of a version; OHM_TOO_BIG: *ret_len (always written) is what it takes. */
OHM_MUST_CHECK ohm_code ohm_detect_save(const ohm_detect *d, uint8_t *out, size_t cap,
                                        size_t *ret_len);
/* Creates a detector in `memory` and reads it; of bytes that are none, of another version
 * (OHM_CONFLICT) or of other slots it is as new. Any bytes are safe. */
OHM_MUST_CHECK ohm_err ohm_detect_load(int slots, void *memory, ohm_span bytes);

const char *ohm_detect_type_name(ohm_detect_type type);

#endif
