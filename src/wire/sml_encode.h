/* Writing what wire/sml.h reads, for the simulated meters and the tests: fields, messages with
 * their CRC, and the file around them. Appended to an ohm_writer (wire/dlms_encode.h). */
#ifndef OHM_WIRE_SML_ENCODE_H
#define OHM_WIRE_SML_ENCODE_H

#include "wire/dlms_encode.h"
#include "wire/sml.h"

void ohm_sml_put_absent(ohm_writer *w);
void ohm_sml_put_list(ohm_writer *w, size_t count);
void ohm_sml_put_octets(ohm_writer *w, ohm_span bytes);
void ohm_sml_put_bool(ohm_writer *w, bool v);
/* In `len` bytes, 1 to 8; what does not fit is the caller's mistake. */
void ohm_sml_put_unsigned(ohm_writer *w, uint64_t v, size_t len);
void ohm_sml_put_integer(ohm_writer *w, int64_t v, size_t len);

/* The head of a message up to its tag; the body follows, then the end with the value that the
 * begin returned. */
OHM_MUST_CHECK size_t ohm_sml_begin_message(ohm_writer *w, uint32_t transaction, uint16_t tag);
void ohm_sml_end_message(ohm_writer *w, size_t from);

/* A whole file around these messages: escaped, padded, with its CRC. */
void ohm_sml_put_file(ohm_writer *w, ohm_span messages);

#endif
