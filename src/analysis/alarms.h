/* The alarms of a site: what is wrong now, what was, and what its people call normal.
 *
 * A detector (analysis/detect.h) tells that something began and that it cleared; this book makes
 * of it one alarm with a number, which stays open until its end comes, may be acknowledged ("seen")
 * or taught ("that is normal here"). What was taught ends, and its like is not told again: of the
 * same series and type, for short faults within two hours of the same time of the day and on the
 * same kind of day, and no more than half further off what was expected.
 *
 * A detector that learns anew tells its past again: what began at the same time is the same alarm.
 * One that goes on after a restart tells its last hours again: up to `judged_ms` they were judged.
 * ohm_alarms_sync closes what the new one does not see.
 *
 * Pure: one value without pointers. Bytes from a store are checked as if anybody had written them.
 */
#ifndef OHM_ANALYSIS_ALARMS_H
#define OHM_ANALYSIS_ALARMS_H

#include "analysis/detect.h"
#include "base/civil.h"
#include "base/err.h"
#include "base/span.h"

enum {
    OHM_ALARMS_MAX =
        256, /* open and past ones; the oldest that are over, and taught nothing, go first */
    OHM_ALARMS_TAUGHT_MAX = 128,
    OHM_ALARM_SERIES_MAX = 160,
    OHM_ALARM_ACTOR_MAX = 40,
    OHM_ALARM_HOURS = 24,
    OHM_ALARM_NO_W = INT32_MIN,
};
#define OHM_ALARM_NO_COST INT64_MIN

typedef enum ohm_alarm_band { OHM_ALARM_LOW, OHM_ALARM_MIDDLE, OHM_ALARM_HIGH } ohm_alarm_band;

typedef struct ohm_alarm {
    uint32_t id; /* from 1, never given twice */
    ohm_detect_type type;
    char series[OHM_ALARM_SERIES_MAX];
    ohm_ms start_ms;
    ohm_ms told_ms;  /* the end of the hour that showed it */
    ohm_ms end_ms;   /* OHM_NO_MS: it goes on */
    ohm_ms acked_ms; /* OHM_NO_MS: nobody has seen it */
    char acked_by[OHM_ALARM_ACTOR_MAX];
    bool taught;                        /* by acked_by: normal here */
    bool announced;                     /* that it began was told to people */
    bool end_announced;                 /* that it is over, too */
    uint8_t severity;                   /* as its detector says: 0 low to 2 high */
    int32_t expected_w, actual_w;       /* of water tenths of l/h; OHM_ALARM_NO_W: no such figure */
    int64_t cost_ueur_per_day;          /* OHM_ALARM_NO_COST: it costs nothing, or nobody knows */
    int32_t band_w[3][OHM_ALARM_HOURS]; /* of the local day of start_ms: its first decile, median
                                           and last one, as they were forecast; OHM_ALARM_NO_W */
} ohm_alarm;

/* The like of an alarm that is normal. */
typedef struct ohm_taught {
    uint32_t id; /* of the alarm that taught it */
    ohm_detect_type type;
    char series[OHM_ALARM_SERIES_MAX];
    int16_t minute; /* of the local day; -1: at any time */
    bool weekend;
    int32_t off_w; /* signed: how far it was off; OHM_ALARM_NO_W: not known, any */
} ohm_taught;

typedef struct ohm_alarms {
    uint32_t next_id;
    ohm_ms judged_ms; /* all that was told up to then has been looked at; OHM_NO_MS: nothing */
    uint64_t lost;    /* that found no room */
    int count, taught_count;
    ohm_alarm alarm[OHM_ALARMS_MAX]; /* by id */
    ohm_taught taught[OHM_ALARMS_TAUGHT_MAX];
} ohm_alarms;

void ohm_alarms_init(ohm_alarms *a);

/* Takes one that began: *ret_id is its number. OHM_CONFLICT: it is there already, and goes on
 * (again, if it was over: who learnt anew sees it, and tells when it ends); OHM_END: that is
 * normal here; OHM_TOO_BIG: 256 are open. `tz` is the site's. */
OHM_MUST_CHECK ohm_code ohm_alarms_begin(ohm_alarms *a, const ohm_tz *tz, const ohm_alarm *began,
                                         uint32_t *ret_id);
/* The open one of that series and type is over. 0: there is none. */
uint32_t ohm_alarms_end(ohm_alarms *a, const char *series, ohm_detect_type type, ohm_ms end_ms);
/* The open ones of a series whose types are not in `open` (bit 1 << type) are over; their numbers,
 * at most one for each type. */
int ohm_alarms_sync(ohm_alarms *a, const char *series, unsigned open, ohm_ms now_ms,
                    uint32_t ret_ids[static OHM_DETECT_TYPES]);

/* OHM_UNKNOWN: no such alarm. Acknowledging twice changes nothing. */
OHM_MUST_CHECK ohm_code ohm_alarms_acknowledge(ohm_alarms *a, uint32_t id, const char *actor,
                                               ohm_ms now_ms);
/* OHM_TOO_BIG: 128 patterns are known. */
OHM_MUST_CHECK ohm_code ohm_alarms_teach(ohm_alarms *a, const ohm_tz *tz, uint32_t id,
                                         const char *actor, ohm_ms now_ms);
/* Its like is told again. */
OHM_MUST_CHECK ohm_code ohm_alarms_unteach(ohm_alarms *a, uint32_t id);
/* Nothing of a series stays. Returns whether there was anything. */
bool ohm_alarms_forget(ohm_alarms *a, const char *series);
/* The alarms of a series, and what was taught of it, are another's from now on: its device has a
 * better register. Returns whether there was anything. */
bool ohm_alarms_rename(ohm_alarms *a, const char *from, const char *to);
/* What is normal of a series: the first `cap` patterns. Returns how many there are. */
int ohm_alarms_taught_of(const ohm_alarms *a, const char *series, ohm_taught *out, int cap);
/* Whether an alarm is the like of one of those patterns. */
bool ohm_alarm_is_normal(const ohm_taught *taught, int count, const ohm_tz *tz,
                         const ohm_alarm *alarm);
/* A clock that went back: nothing was judged after now. */
void ohm_alarms_clock(ohm_alarms *a, ohm_ms now_ms);

const ohm_alarm *ohm_alarms_find(const ohm_alarms *a, uint32_t id);
static inline bool ohm_alarm_is_open(const ohm_alarm *alarm)
{
    return alarm->end_ms == OHM_NO_MS && !alarm->taught;
}

/* As the store keeps them. OHM_TOO_BIG: cap is less than OHM_ALARMS_BYTES_MAX may need. */
enum { OHM_ALARMS_BYTES_MAX = 256 << 10 };
OHM_MUST_CHECK ohm_code ohm_alarms_encode(const ohm_alarms *a, uint8_t *out, size_t cap,
                                          size_t *ret_len);
/* *out is written on success only. Version 1 is read too. OHM_UNSUPPORTED: of a newer version. */
OHM_MUST_CHECK ohm_code ohm_alarms_decode(ohm_span bytes, ohm_alarms *out);

#endif
