/* Captured bytes as they are kept: raw, or as hex text with blanks between the bytes. A streaming
 * reader that tells one from the other by the first characters. Pure. */
#ifndef OHM_CMD_HEX_INPUT_H
#define OHM_CMD_HEX_INPUT_H

#include "base/err.h"
#include "base/span.h"

typedef enum ohm_input_form {
    OHM_INPUT_AUTO,
    OHM_INPUT_HEX,
    OHM_INPUT_RAW,
} ohm_input_form;

enum { OHM_INPUT_LOOK = 16 }; /* characters that must be hex to be taken for it */

typedef struct ohm_hex_input {
    ohm_input_form form;
    uint64_t at; /* characters taken so far */
    bool half;   /* a first digit waits for its second */
    uint8_t high;
    size_t kept_len; /* not decided yet */
    uint8_t kept[OHM_INPUT_LOOK];
} ohm_hex_input;

void ohm_hex_input_init(ohm_hex_input *input, ohm_input_form form);

/* Turns `in` into bytes at `out`, which has room for in.len + OHM_INPUT_LOOK. On an error the
 * bytes before it are there too, and input->at is where it is. */
OHM_MUST_CHECK ohm_err ohm_hex_input_take(ohm_hex_input *input, ohm_span in, uint8_t *out,
                                          size_t *ret_len);

/* The end of the input: what was kept comes out now. */
OHM_MUST_CHECK ohm_err ohm_hex_input_finish(ohm_hex_input *input,
                                            uint8_t out[static OHM_INPUT_LOOK], size_t *ret_len);

/* All of a text as bytes, at most `cap`: for keys. OHM_TOO_BIG, OHM_BAD_FORMAT. */
OHM_MUST_CHECK ohm_code ohm_hex_parse(ohm_span text, uint8_t *out, size_t cap, size_t *ret_len);

#endif
