/* One group of the TIC, without its LF and CR: bytes to places. Private to wire/tic*.c. */
#ifndef OHM_WIRE_TIC_GROUP_H
#define OHM_WIRE_TIC_GROUP_H

#include "wire/tic.h"

typedef struct ohm_tic_group {
    ohm_tic_mode mode;
    uint8_t label_len, date_len, text_len;
    uint8_t len; /* of what is kept: all but the checksum and the separator before it */
} ohm_tic_group;

typedef struct ohm_tic_fault {
    const char *what;
    char expected;
} ohm_tic_fault;

/* *out is written on success, *fault otherwise. */
OHM_MUST_CHECK ohm_code ohm_tic_group_parse(ohm_span body, ohm_tic_group *out,
                                            ohm_tic_fault *fault);

/* SAAMMJJhhmmss: the season gives the offset (H, h winter: UTC+1; E, e summer: UTC+2; a small
 * letter: the clock is not sure). A space: no season, and no instant: OHM_NO_MS. False if it is
 * no date. */
bool ohm_tic_date_parse(ohm_span date, ohm_ms *ret_ms, bool *ret_degraded);

#endif
