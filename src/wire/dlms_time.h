/* The date-time of DLMS/COSEM: 12 bytes with wildcards (Blue Book, "Date and time formats").
 * Only taken apart here: turning it into an instant needs the site's zone (base/civil.h).
 *
 * Deviation is in minutes with UTC = local time + deviation: summer time in Paris is -120. */
#ifndef OHM_WIRE_DLMS_TIME_H
#define OHM_WIRE_DLMS_TIME_H

#include "base/civil.h"

enum {
    OHM_DLMS_TIME_LEN = 12,
    OHM_DLMS_TIME_INVALID = 0x01, /* bits of the clock status */
    OHM_DLMS_TIME_DOUBTFUL = 0x02,
    OHM_DLMS_TIME_SUMMER = 0x80,
    OHM_DLMS_TIME_NO_STATUS = 0xff,
};

typedef struct ohm_dlms_time {
    bool present;        /* there was a date-time and it names a day and a time of day */
    bool has_hundredths; /* else local.ms is 0 */
    bool has_deviation;  /* else local time of a zone that the meter does not name */
    uint8_t weekday;     /* 1 = Monday .. 7; 0 or 0xff: not said */
    uint8_t status;      /* OHM_DLMS_TIME_…, or OHM_DLMS_TIME_NO_STATUS */
    int16_t deviation_min;
    ohm_civil local;
} ohm_dlms_time;

/* OHM_OK, or OHM_BAD_FORMAT if the bytes can't be a date-time. Wildcards are well formed, but
 * leave `present` false where the day, the hour or the minute is one; a free second is 0. */
OHM_MUST_CHECK ohm_code ohm_dlms_time_parse(const uint8_t bytes[static OHM_DLMS_TIME_LEN],
                                            ohm_dlms_time *out);

/* The 12 bytes of a time; unspecified parts become wildcards. */
void ohm_dlms_time_write(const ohm_dlms_time *time, uint8_t out[static OHM_DLMS_TIME_LEN]);

/* An instant as a meter in that zone says it: local time, deviation and summer flag. */
ohm_dlms_time ohm_dlms_time_from_utc(const ohm_tz *tz, ohm_ms utc_ms);

#endif
