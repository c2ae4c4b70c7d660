/* An M-Bus meter that is asked: a poller (meter/poller.h) over its primary or secondary address.
 *
 * A reading is: reset the link (or select the meter), ask for its telegrams until none announces
 * another (at most OHM_MBUS_TELEGRAMS_MAX), ask for an alarm if it announces one, deselect. The
 * frame count bit changes after a good answer only, so that a repeated request gets the same
 * telegram again. Each telegram is a message. */
#ifndef OHM_METER_POLL_MBUS_H
#define OHM_METER_POLL_MBUS_H

#include "meter/poller.h"
#include "wire/mbus_quantity.h"

enum { OHM_MBUS_TELEGRAMS_MAX = 32 };

extern const ohm_poller ohm_poller_mbus;

/* The key of the configuration; OHM_RANGE: a key that is none of an M-Bus meter. */
OHM_MUST_CHECK ohm_err ohm_mbus_cipher_of(const ohm_protocol_config *config,
                                          ohm_mbus_cipher *ret_cipher);

/* What a refusal says of the meter: OHM_METER_OK, where it says nothing of the kind. */
ohm_meter_state ohm_mbus_trouble(const ohm_mbus_reject *reject);

/* The profile that the configuration names; NULL: none is named. */
OHM_MUST_CHECK ohm_err ohm_mbus_profile_of(const ohm_protocol_config *config,
                                           const ohm_mbus_profile **ret_named);

#endif
