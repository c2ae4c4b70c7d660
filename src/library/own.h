/* What the files of the library share. Private to the room. */
#ifndef OHM_LIBRARY_OWN_H
#define OHM_LIBRARY_OWN_H

#include <locale.h>

#include "base/civil.h"
#include "library/ohmstead.h"
#include "meter/answer.h"
#include "meter/meter.h"
#include "meter/modbus_profiles.h"
#include "meter/profiles.h"

/* --- errors ---------------------------------------------------------------------------------- */

int ohm_library_code(ohm_code code);

/* Writes *error where there is one and returns `code`. `detail` is appended in brackets; NULL or
 * "": none. */
int ohm_library_fail(ohmstead_error *error, int code, const char *what, const char *detail);
int ohm_library_fail_err(ohmstead_error *error, ohm_err err, const char *detail);
/* Is it NULL, or as large as we know it? */
bool ohm_library_error_usable(const ohmstead_error *error);

/* --- options --------------------------------------------------------------------------------- */

/* What both ways in need of the options; zeros are empty. */
typedef struct ohm_library_common {
    ohm_profiles *profiles;
    ohm_modbus_profiles *modbus;
    ohm_tz tz;
    bool has_tz;
    char protocol[OHM_PROTOCOL_NAME_MAX], profile[OHM_PROTOCOL_TEXT_MAX];
    uint8_t key[OHM_PROTOCOL_KEY_MAX], auth_key[OHM_PROTOCOL_KEY_MAX];
    uint8_t key_len, auth_key_len;
    uint8_t system_title[8];
    bool has_system_title;
} ohm_library_common;

/* Release it even when this failed. */
int ohm_library_common_init(ohm_library_common *common, const ohmstead_options *options,
                            ohmstead_error *error);
void ohm_library_common_release(ohm_library_common *common);

/* A text of the options into a field of a configuration; false if it is too long. NULL is "". */
bool ohm_library_copy(char *out, size_t cap, const char *text);

/* --- messages -------------------------------------------------------------------------------- */

/* A copy of a reading; NULL without memory. `whole` as in ohm_reading_finish; `time_ms` may be
 * OHM_NO_MS. To be called in the C locale. */
ohmstead_message *ohm_library_message_new(ohm_reading_text *reading, bool whole, bool authenticated,
                                          ohm_ms time_ms);
/* The same of one message alone. */
ohmstead_message *ohm_library_message_of(const ohm_protocol *protocol, const void *message,
                                         const ohm_meter_clock *clock, ohm_ms time_ms);
/* Puts it behind the last of the chain that `first` begins; `first` may be NULL. Returns the first.
 */
ohmstead_message *ohm_library_message_append(ohmstead_message *first, ohmstead_message *message);

/* Members of JSON text that we wrote ourselves, one by one: *at stands in an object or an array
 * (its first byte, to begin with) and moves on. False behind the last. An array has no keys. */
bool ohm_library_member(ohm_span json, size_t *at, ohm_span *key, ohm_span *value);

#endif
