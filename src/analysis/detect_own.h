/* The inside of a detector: detect.c (rules), detect_level.c (slow changes),
 * detect_night.c. */
#ifndef OHM_ANALYSIS_DETECT_OWN_H
#define OHM_ANALYSIS_DETECT_OWN_H

#include "analysis/detect.h"

enum {
    RING_DAYS = 57,
    LOOKS_A_DAY = 8,
    LOOKS = 28 * LOOKS_A_DAY,
    LEVELS = 7, /* thresholds that are tried */
    NIGHTS = 35,
    GAPS = 3,
    HARD_DAYS = OHM_DETECT_RULES_DAYS,
    WARM_DAYS = 28, /* before deviations are counted */
    CALM_DAYS = OHM_DETECT_LEVELS_DAYS,
    FIGURES_DAYS = 4, /* so often is the history's shape measured */
};

/* A sum of deviations in one direction and one in the other, by the threshold that it has. */
typedef struct cusum {
    int count, next; /* of the ring */
    double ring[LOOKS];
    double tried[LEVELS][2];
    int cries[LEVELS];
    double sum[2];
    ohm_ms since_ms[2]; /* when a sum left 0: the change began about then (Page 1954) */
    double often;       /* alarms, fading */
    bool latched;
    int held; /* looks since then, that were not learnt */
} cusum;

typedef struct open_alarm {
    bool open;
    ohm_detect_alarm alarm;
} open_alarm;

struct ohm_detect {
    int slots;
    bool began;
    int64_t first_day, day;
    ohm_ms step_ms, last_ms;
    int64_t ring_day[RING_DAYS];
    /* The history's shape. */
    bool known, feeds_in;
    double mean, p99, middle, work; /* work: the middle of working hours */
    double highest, lowest, jump;
    int same_max, zero_max; /* longest runs, steps */
    int gap[GAPS];          /* the last ones, steps; 0: none */
    ohm_ms gap_ms[GAPS];
    int gap_taught, zero_taught; /* runs that are normal, as a person said */
    /* Runs that go on. */
    int same, zeros, zeros_odd, missing;
    ohm_ms same_ms, zeros_ms, missing_ms;
    double same_value, before, before_that;
    cusum base, shape;
    int64_t shape_from_day;                /* a level was taught until then */
    double night[NIGHTS], night_c[NIGHTS]; /* their level, their outdoor temperature or NAN */
    double outdoor_c, sum_c;               /* of now, of the steps of this night that have one */
    int steps_c;
    int nights, next_night, odd_nights;
    double night_taught; /* 0: none */
    double odd_often;    /* single odd nights, fading */
    open_alarm open[OHM_DETECT_ONE_COLUMN];
    size_t values, scratch; /* offsets of arrays behind the struct */
};

double *own_scratch(const ohm_detect *d);
float *own_readings(const ohm_detect *d); /* of the ring's days */
/* A value of the last eight weeks that was not flagged; NAN: none. */
double own_value(const ohm_detect *d, int64_t day, int slot);
const float *own_day(const ohm_detect *d, int64_t day); /* all its slots; NULL: none is kept */
bool own_is_weekend(int64_t day);
int own_age(const ohm_detect *d);

void own_raise(ohm_detect *d, ohm_detect_type type, ohm_ms start_ms, double expected, double actual,
               ohm_detect_news *news);
/* The same of what began before it was noticed. */
void own_raise_since(ohm_detect *d, const ohm_detect_alarm *alarm, ohm_detect_news *news);
void own_clear(ohm_detect *d, ohm_detect_type type, ohm_ms end_ms, ohm_detect_news *news);

/* The values of `count` slots that end with this one, sorted; their number. */
size_t own_window(const ohm_detect *d, int64_t day, int slot, int count, double *out);

/* With the last step of an eighth of a day. */
void own_look(ohm_detect *d, const ohm_detect_reading *r, ohm_detect_news *news);
/* With every step. */
void own_night(ohm_detect *d, const ohm_detect_reading *r, ohm_detect_news *news);
/* The level, or the night, that an alarm was about is usual. */
void own_teach_level(ohm_detect *d, const ohm_detect_alarm *alarm);
void own_teach_night(ohm_detect *d, const ohm_detect_alarm *alarm);

#endif
