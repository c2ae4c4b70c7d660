/* The decoder of IEC 62056-21 data readouts (modes A to D; "D0" in Germany): identification line,
 * data sets (wire/readout.h), "!".
 *
 * In modes A to C the data stand between STX and ETX with a block check behind (§6.4): it must be
 * right. Where an ETX follows an end without STX, its block check is held against the data all the
 * same: the STX was lost on the way. So a readout without an empty line counts when the byte
 * behind it is known. Mode D, which a meter pushes with an empty line behind its identification
 * (§6.4.5), has no block check; on a line it is the only one that is believed without, and only as
 * long as the stream had none: both control characters may get lost on the way.
 *
 * Recordings (`recorded`) may have lost their control characters, and at their end ETX and block
 * check may lack. They are often edited by hand, to hide a serial number: a readout whose block
 * check is wrong, or lacks though one before had it, is refused and then given out all the same,
 * as `damaged`. Never so from a line.
 *
 * An echoed request (/?!), an acknowledgement between identification and data, fill of 7F or NUL,
 * LF alone, several sets on a line, sets that go on in the next line: all put up with.
 *
 * Load profiles (P.01 and the like, as VDEW's specification has them) are sets with many brackets;
 * ohm_d0_profile_parse reads them.
 *
 * Call order and ownership as of wire/dlms.h. */
#ifndef OHM_WIRE_D0_H
#define OHM_WIRE_D0_H

#include "wire/readout.h"

enum {
    OHM_D0_BLOCK_MAX = 32768, /* bytes of a readout, its identification included */
    OHM_D0_ID_MAX = 33,
    OHM_D0_CHANNELS_MAX = 16, /* of a load profile */
};

typedef struct ohm_d0_config {
    bool checked_only; /* refuse what has no block check: the answer of a meter that was asked */
    bool recorded;     /* the bytes are of a recording */
    bool among_others; /* other protocols look at the same bytes: leave telegrams of P1 to theirs */
} ohm_d0_config;

typedef struct ohm_d0_message {
    uint64_t offset; /* in the stream */
    bool checked;    /* its block check was there, and right */
    bool damaged;    /* it was there and wrong, or lacks and should not */
    ohm_readout_ident ident;
    char id[OHM_D0_ID_MAX]; /* serial number; may be empty */
    ohm_readout_time time;  /* of the meter's clock, where it says date and time */
    ohm_readout readout;
} ohm_d0_message;

typedef struct ohm_d0_reject {
    uint64_t offset;
    ohm_code code;
    const char *stage, *what; /* static */
} ohm_d0_reject;

typedef struct ohm_d0_counters {
    uint64_t bytes, frames, messages;
    uint64_t bad_check, gaps, bad_format;
    uint64_t bytes_skipped;
} ohm_d0_counters;

/* How far the readout at the window's head was looked at. Private to wire/d0.c. */
typedef struct ohm_d0_walk {
    uint8_t phase;
    bool stx, empty_line, in_bracket, in_ack, has_digits;
    size_t at, data_at, bang; /* from the head on */
    uint8_t check;            /* over what follows data_at */
} ohm_d0_walk;

typedef struct ohm_d0 {
    ohm_d0_config config;
    ohm_d0_counters counters;
    uint64_t offset; /* in the stream, of window[head] */
    uint64_t muted_until;
    size_t head, tail;
    bool finished, told;
    bool has_check; /* this stream's readouts: one of them did */
    bool damaged;   /* the readout at the head was refused, and is given out next */
    ohm_d0_walk walk;
    ohm_d0_message message;
    uint8_t window[2 * OHM_D0_BLOCK_MAX];
    uint8_t text[OHM_D0_BLOCK_MAX]; /* what the message borrows from */
} ohm_d0;

void ohm_d0_init(ohm_d0 *d, const ohm_d0_config *config);

/* As ohm_dlms_next. */
OHM_MUST_CHECK ohm_code ohm_d0_next(ohm_d0 *d, ohm_span *in, const ohm_d0_message **message,
                                    ohm_d0_reject *reject);
void ohm_d0_finish(ohm_d0 *d);
void ohm_d0_reset(ohm_d0 *d);

/* The speed that an identification's Z offers: 300 to 19 200 baud; 0: none, mode A. *mode_b: the
 * meter changes over by itself. */
uint32_t ohm_d0_baud(char z, bool *mode_b);

/* The head of a load profile: P.01(time)(status)(period)(channels)(code)(unit)… and the values of
 * `rows` periods behind, `channels` brackets each. The meter stamps each period's end; the first
 * row is of `time`, each next one a period later. */
typedef struct ohm_d0_profile {
    ohm_readout_time time;
    ohm_span status;
    uint16_t period_min;
    uint16_t channels, rows;
    struct {
        ohm_span code, unit;
    } channel[OHM_D0_CHANNELS_MAX];
    uint16_t first; /* bracket of the first row, in values[] */
} ohm_d0_profile;

/* OHM_UNKNOWN: the set is no load profile. */
OHM_MUST_CHECK ohm_code ohm_d0_profile_parse(const ohm_readout *readout, const ohm_readout_set *set,
                                             ohm_d0_profile *out);

/* Private to wire/d0*.c: reads the sets of a whole block behind the identification line; sets
 * out's ident, id, time and readout. */
OHM_MUST_CHECK ohm_code ohm_d0_read(ohm_span ident, ohm_span block, ohm_d0_message *out,
                                    const char **what);

#endif
