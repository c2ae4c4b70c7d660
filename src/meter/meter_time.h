/* When a DLMS message was said: the meter's own date-time as an instant. Pure. */
#ifndef OHM_METER_METER_TIME_H
#define OHM_METER_METER_TIME_H

#include "meter/meter_clock.h"
#include "wire/dlms.h"

/* The date-time that a message says: its header's, else that of its clock object. False if it
 * says none. */
bool ohm_meter_time_said(const ohm_dlms_message *message, ohm_dlms_time *out);

/* Does the meter write its deviation the other way round? False without a zone to tell by. */
bool ohm_meter_time_is_opposite(const ohm_tz *tz, const ohm_dlms_time *said);

/* The instant of it, OHM_NO_MS if it can't be known: no zone, or a local time that never was.
 * With a deviation it needs no zone. In the hour that autumn repeats, the meter's summer flag
 * decides, else our clock (`now_ms`, OHM_NO_MS if not set), else the order of the messages. */
ohm_ms ohm_meter_time_resolve(const ohm_meter_clock *clock, const ohm_dlms_message *message,
                              const ohm_dlms_time *said, ohm_ms now_ms);

/* The time that a frame gets: the meter's, or the time of reception when the meter does not
 * know it, or is an hour off. OHM_NO_MS when nobody knows. */
ohm_ms ohm_meter_time_of(const ohm_meter_clock *clock, const ohm_dlms_message *message,
                         ohm_ms now_ms);

#endif
