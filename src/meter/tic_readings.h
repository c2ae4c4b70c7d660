/* A frame of the TIC as a frame of the house. Pure.
 *
 * Apparent power stays VA: a TIC says no active power, and W are never made of VA or A. The
 * registers of a historic contract (wire/tic_label.h) count as the supplier's indexes of the
 * standard mode, and their sum as the total, if every one of them is in the frame. ISOUSC gives
 * the subscribed power as an estimate: the meter derives it from that by 200 V (NOI-CPT_54E). */
#ifndef OHM_METER_TIC_READINGS_H
#define OHM_METER_TIC_READINGS_H

#include "base/reading.h"
#include "wire/tic.h"

void ohm_tic_readings(const ohm_tic_message *message, uint16_t device, ohm_ms time_ms,
                      ohm_frame *out);

/* Does it hold numbers? */
bool ohm_tic_wanted(const ohm_tic_message *message);

/* The index of the supplier's contract that counts now, 1 and up, from NTARF or PTEC; 0 where the
 * frame does not say. */
unsigned ohm_tic_tariff_index(const ohm_tic_message *message);

/* The supplier's name of the present period, without its padding: LTARF, or PTEC as sent. Empty
 * where the frame does not say. */
ohm_span ohm_tic_period_name(const ohm_tic_message *message);

/* Today's and tomorrow's Tempo colour (ohm_tempo); false where it is no Tempo contract. */
bool ohm_tic_tempo(const ohm_tic_message *message, ohm_tempo *ret_today, ohm_tempo *ret_tomorrow);

#endif
