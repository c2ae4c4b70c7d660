/* A decoded message as a frame of the house: known quantities, quantised, each once. Pure. */
#ifndef OHM_METER_READINGS_H
#define OHM_METER_READINGS_H

#include "base/reading.h"
#include "wire/dlms.h"

/* The first value of each quantity; values of no known quantity or scale are left out. Values
 * that no meter can measure are kept as OHM_QUALITY_SUSPECT. out->count may be 0. */
void ohm_readings_of(const ohm_dlms_message *message, uint16_t device, ohm_ms time_ms,
                     ohm_frame *out);

/* Adds one value to a frame, unless its quantity has one already or the frame is full; `proven` is
 * its quality if it is possible. For every protocol. */
void ohm_readings_put(ohm_frame *out, ohm_quantity_id quantity, int64_t quantised,
                      ohm_quality proven);

/* Does the message hold numbers? If it does and no reading comes of it, nothing says what they
 * are. */
bool ohm_readings_wanted(const ohm_dlms_message *message);

#endif
