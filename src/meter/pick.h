/* Values out of the payloads of others: a JSON pointer (RFC 6901) or a pattern says where one is,
 * a factor what it is worth in the unit of our quantity.
 *
 * A payload is JSON, or plain text when no rule has a pointer. Numbers may be JSON numbers or
 * text ("21.5"); states true and false, on and off. A rule that finds nothing gives no value:
 * nothing becomes 0. */
#ifndef OHM_METER_PICK_H
#define OHM_METER_PICK_H

#include "base/err.h"
#include "base/reading.h"
#include "base/span.h"

enum {
    OHM_PICK_RULES_MAX = 32,
    OHM_PICK_POINTER_MAX = 128,
    OHM_PICK_PATTERN_MAX = 128,
    OHM_PICK_PAYLOAD_MAX = 64 * 1024,
    OHM_PICK_TEXT_MAX = 64,
};

/* One value. Pointer and pattern may both be given: then the pattern reads the text found. */
typedef struct ohm_pick_rule {
    uint16_t quantity;                  /* ohm_quantity_id, not of the kind OHM_TEXT */
    char pointer[OHM_PICK_POINTER_MAX]; /* "/ENERGY/Power"; "" = the whole payload */
    char pattern[OHM_PICK_PATTERN_MAX]; /* POSIX extended; its first group, or "" */
    int64_t factor;                     /* × 10^exponent: payload's unit to the quantity's */
    int exponent;
} ohm_pick_rule;

typedef struct ohm_picker ohm_picker;

/* Prepares rules (copied). `time` is where the payload says when: a pointer to RFC 3339 text,
 * to seconds or to milliseconds of 1970; "" = nowhere. OHM_BAD_FORMAT: a pointer or pattern that
 * is none; `at` is the rule's index. */
OHM_MUST_CHECK ohm_err ohm_picker_new(const ohm_pick_rule *rules, size_t count, const char *time,
                                      ohm_picker **ret_picker);
void ohm_picker_free(ohm_picker *picker); /* NULL is allowed */

/* Its rules, as many as it was made of; and was it made of these? */
const ohm_pick_rule *ohm_picker_rules(const ohm_picker *picker);
bool ohm_picker_is(const ohm_picker *picker, const ohm_pick_rule *rules, size_t count,
                   const char *time);

/* What one payload said. */
typedef struct ohm_picked {
    ohm_ms time_ms; /* OHM_NO_MS: it does not say */
    uint16_t count;
    struct {
        uint16_t rule;
        bool there;                   /* false: the rule found nothing */
        ohm_code code;                /* OHM_OK, else why what is there is no value of it */
        char text[OHM_PICK_TEXT_MAX]; /* what it said, cut to fit */
        int64_t value;                /* quantised */
    } values[OHM_PICK_RULES_MAX];
} ohm_picked;

/* OHM_OK: looked at, whatever was found. OHM_BAD_FORMAT: not JSON though a rule has a pointer.
 * OHM_TOO_BIG: longer than OHM_PICK_PAYLOAD_MAX. */
OHM_MUST_CHECK ohm_code ohm_pick(const ohm_picker *picker, ohm_span payload, ohm_picked *out);

/* The power of ten, and the base unit, of a unit's text: "kWh" is 3 and "Wh". OHM_UNKNOWN. */
OHM_MUST_CHECK ohm_code ohm_pick_unit(const char *text, const char **ret_base, int *ret_exponent);

#endif
