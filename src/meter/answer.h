/* What a meter answers, by the short codes of OBIS: {"1.8.0":1234.567,"16.7.0":-820,...}.
 *
 * This is how the prototype's reader answered and what scripts ask for: registers of energy in
 * kWh (kvarh, kVAh), all else in the base unit of its quantity (W, var, VA, V, A, Hz, 1).
 * Whatever the protocol, the code is that of the electricity register (IEC 62056-61, A = 1) which
 * holds the quantity; values that can't be (OHM_QUALITY_SUSPECT), or that a meter recorded in the
 * past, are no answer. A meter that counts import and export apart answers 16.7.0, their
 * difference, as well: the sum over all phases, positive when the site draws. A P1 meter has
 * registers per tariff only: their sum answers 1.8.0 and 2.8.0. */
#ifndef OHM_METER_ANSWER_H
#define OHM_METER_ANSWER_H

#include "meter/protocol.h"

enum {
    OHM_ANSWER_MAX = OHM_FRAME_VALUES_MAX + 3,
    OHM_ANSWER_CODE_MAX = 12,
    /* Of the object below: the message, and "255.255.255":-9223372036854775.807, twice. */
    OHM_ANSWER_JSON_MAX = OHM_PROTOCOL_JSON_MAX + OHM_ANSWER_MAX * 80 + 64,
};

/* value = mantissa × 10^exponent in `unit`. */
typedef struct ohm_answer {
    char code[OHM_ANSWER_CODE_MAX]; /* "1.8.0" */
    const char *unit;               /* static: "kWh" */
    int64_t mantissa;
    int8_t exponent;
} ohm_answer;

/* Of a reading; `tariffs_are_all`: what is not in registers of a tariff is nowhere, so that their
 * sum is the total. Each code once; returns their number. */
size_t ohm_frame_answers(const ohm_frame *frame, bool tariffs_are_all,
                         ohm_answer out[static OHM_ANSWER_MAX]);
/* Of a message. */
size_t ohm_answers(const ohm_protocol *protocol, const void *message,
                   ohm_answer out[static OHM_ANSWER_MAX]);

/* A reading as one JSON object: the message as `decode` prints it, with the answers behind its own
 * keys, and "units" that says the unit of each. Of a protocol whose messages are `joined`, the
 * values of all of them in their order, and what the first says besides. Begin with zeros. */
typedef struct ohm_reading_text {
    size_t len;   /* of text[], which has no terminator; 0: nothing was added */
    size_t count; /* of answers[] */
    ohm_answer answers[OHM_ANSWER_MAX];
    char text[OHM_ANSWER_JSON_MAX];
} ohm_reading_text;

/* Begins a text with the message, or joins the message to it. False: there is no room to join it,
 * and nothing changed: finish what there is, and begin anew. */
OHM_MUST_CHECK bool ohm_reading_add(ohm_reading_text *a, const ohm_protocol *protocol,
                                    const void *message, const ohm_meter_clock *clock);
/* `whole`: no message that was announced is missing. Returns the length of the text. */
size_t ohm_reading_finish(ohm_reading_text *a, bool whole);

#endif
