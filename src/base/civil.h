/* Civil time: days, hours and zones, without the C library's global zone.
 *
 * A zone (ohm_tz) is a value parsed from the bytes of a TZif file (RFC 8536, versions 1 to 4,
 * with the POSIX footer for the time after the last transition). The file itself is read by
 * host/tzdata.h; nothing here touches the machine. ohm_tz_utc() is always there.
 *
 * The conversions are total: every UTC instant has one local time; a local time has one, two
 * (clocks go back) or none (clocks go forward), and ohm_civil_to_utc says which. */
#ifndef OHM_BASE_CIVIL_H
#define OHM_BASE_CIVIL_H

#include "base/err.h"
#include "base/span.h"
#include "base/time.h"

enum {
    OHM_TZ_TRANSITIONS_MAX = 512, /* Debian's tzdata needs at most 250 */
    OHM_TZ_TYPES_MAX = 64,
    OHM_TZ_NAME_MAX = 48,
};

typedef struct ohm_date {
    int16_t year;
    uint8_t month; /* 1..12 */
    uint8_t day;   /* 1..31 */
} ohm_date;

typedef struct ohm_civil {
    ohm_date date;
    uint8_t hour;   /* 0..23 */
    uint8_t minute; /* 0..59 */
    uint8_t second; /* 0..59 */
    uint16_t ms;    /* 0..999 */
} ohm_civil;

/* A daylight-saving rule of the POSIX footer; ten bytes of plain data. */
typedef struct ohm_tz_rule {
    uint8_t kind;    /* 'M' month-week-weekday, 'J' julian 1..365, 'N' day 0..365 */
    uint8_t month;   /* M */
    uint8_t week;    /* M: 1..5, 5 = last */
    uint8_t weekday; /* M: 0 = Sunday */
    int16_t day;     /* J, N */
    int32_t time_s;  /* local seconds after midnight, may be negative or above a day */
} ohm_tz_rule;

typedef struct ohm_tz {
    char name[OHM_TZ_NAME_MAX]; /* "Europe/Paris" */
    uint16_t transitions_count;
    uint8_t types_count;
    bool rule_has_dst;
    bool has_rule;
    int32_t rule_std_s, rule_dst_s; /* offsets east of UTC, seconds */
    ohm_tz_rule rule_to_dst, rule_to_std;
    int32_t type_offset_s[OHM_TZ_TYPES_MAX];
    bool type_is_dst[OHM_TZ_TYPES_MAX];
    int64_t transition_s[OHM_TZ_TRANSITIONS_MAX]; /* UTC seconds, ascending */
    uint8_t transition_type[OHM_TZ_TRANSITIONS_MAX];
    uint8_t first_type; /* before the first transition */
} ohm_tz;

/* What a local time means in UTC. */
typedef enum ohm_civil_kind {
    OHM_CIVIL_ONCE,  /* ordinary: first_ms == last_ms */
    OHM_CIVIL_TWICE, /* clocks went back: first_ms and last_ms are the two instants */
    OHM_CIVIL_NEVER, /* clocks went forward: both are the instant of the jump */
} ohm_civil_kind;

/* Parses TZif bytes. `at` is a byte position. *out is written on success only. */
OHM_MUST_CHECK ohm_err ohm_tz_parse(ohm_span tzif, const char *name, ohm_tz *out);
void ohm_tz_utc(ohm_tz *out);

/* Seconds east of UTC at an instant (Paris in winter: 3600), and whether it is summer time. */
int32_t ohm_tz_offset_s(const ohm_tz *tz, ohm_ms utc_ms);
bool ohm_tz_is_dst(const ohm_tz *tz, ohm_ms utc_ms);

ohm_civil ohm_civil_from_utc(const ohm_tz *tz, ohm_ms utc_ms);
ohm_civil_kind ohm_civil_to_utc(const ohm_tz *tz, ohm_civil local, ohm_ms *first_ms,
                                ohm_ms *last_ms);

/* The day [midnight, next midnight) that holds an instant; 23, 24 or 25 hours long. A day that
 * starts inside a jump starts at the jump. */
ohm_interval ohm_civil_day(const ohm_tz *tz, ohm_ms utc_ms);
/* The same for a date. */
ohm_interval ohm_date_interval(const ohm_tz *tz, ohm_date date);

/* Calendar arithmetic, proleptic Gregorian. */
bool ohm_date_valid(int year, int month, int day);
int64_t ohm_days_from_date(ohm_date date); /* days since 1970-01-01 */
ohm_date ohm_date_from_days(int64_t days);
int ohm_date_weekday(ohm_date date); /* 1 = Monday .. 7 = Sunday (ISO 8601) */

/* RFC 3339. Reading accepts "2023-11-10T09:58:50Z", an offset, and a fraction; a date alone or a
 * missing zone is OHM_BAD_FORMAT. Writing uses Z, and milliseconds only where there are some. */
enum { OHM_RFC3339_MAX = 32 };
OHM_MUST_CHECK ohm_err ohm_rfc3339_parse(ohm_span text, ohm_ms *out);
size_t ohm_rfc3339_write(ohm_ms utc_ms, char out[static OHM_RFC3339_MAX]);

#endif
