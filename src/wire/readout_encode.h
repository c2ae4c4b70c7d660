/* Writing what wire/p1.h and wire/d0.h read, for the simulated meters and the tests. Appended to
 * an ohm_writer (wire/dlms_encode.h). */
#ifndef OHM_WIRE_READOUT_ENCODE_H
#define OHM_WIRE_READOUT_ENCODE_H

#include "wire/dlms_encode.h"
#include "wire/readout.h"

void ohm_put_text(ohm_writer *w, const char *text);

/* address(0000.000*unit) CR LF: raw × 10^-decimals with at least `digits` digits before the
 * point; unit "" is left out with its "*". */
typedef struct ohm_readout_number_form {
    const char *address, *unit;
    int digits, decimals;
} ohm_readout_number_form;
void ohm_readout_put_number(ohm_writer *w, const ohm_readout_number_form *form, int64_t raw);

/* address(text) CR LF */
void ohm_readout_put_set(ohm_writer *w, const char *address, const char *text);

/* Letters as hex, as P1 sends names: address(4F484D) CR LF */
void ohm_readout_put_name(ohm_writer *w, const char *address, const char *name);

/* YYMMDDhhmmss of a local time, with S or W. */
enum { OHM_READOUT_TIME_TEXT = OHM_READOUT_TIME_LEN + 2 };
void ohm_readout_time_write(const ohm_readout_time *time, char out[static OHM_READOUT_TIME_TEXT]);

/* "!", the CRC over everything from `from` on, CR LF: the end of a P1 telegram. */
void ohm_p1_put_end(ohm_writer *w, size_t from);

/* "!" CR LF ETX and the block check over what follows the STX at `stx`: the end of a readout. */
void ohm_d0_put_end(ohm_writer *w, size_t stx);

#endif
