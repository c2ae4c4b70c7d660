/* Writing what wire/tic.h reads, for the simulated meter and the tests: decode(encode(x)) = x.
 *
 * Everything is appended to an ohm_writer (wire/dlms_encode.h), which says once at the end
 * whether all did fit. */
#ifndef OHM_WIRE_TIC_ENCODE_H
#define OHM_WIRE_TIC_ENCODE_H

#include "wire/dlms_encode.h"
#include "wire/tic.h"

void ohm_tic_put_open(ohm_writer *w);  /* STX */
void ohm_tic_put_close(ohm_writer *w); /* ETX */
void ohm_tic_put_cut(ohm_writer *w);   /* EOT: the frame ends here, unfinished */

/* One group. `date` is empty where there is none; there is none in historic mode. */
void ohm_tic_put(ohm_writer *w, ohm_tic_mode mode, ohm_span label, ohm_span date, ohm_span text);

/* SAAMMJJhhmmss of an instant in French time: its season as `tz` says, in small letters if the
 * clock is not sure. */
void ohm_tic_date_write(const ohm_tz *tz, ohm_ms utc_ms, bool degraded,
                        char out[static OHM_TIC_DATE_LEN + 1]);

#endif
