/* Private to push*.c. */
#ifndef OHM_WIRE_PUSH_INTERNAL_H
#define OHM_WIRE_PUSH_INTERNAL_H

#include "wire/push.h"

/* What a value belongs to. A NULL code: the push does not say. */
typedef struct ohm_push_object {
    const uint8_t *obis;
    uint16_t class_id;
    uint8_t attribute;
    uint8_t part;
    uint16_t position;
} ohm_push_object;

/* Reads the value at the cursor, whatever it is, into the message. */
OHM_MUST_CHECK ohm_code ohm_push_add(ohm_dlms_message *m, ohm_axdr *c,
                                     const ohm_push_object *object);

/* The same of a value whose first item was read already, at `from`. */
OHM_MUST_CHECK ohm_code ohm_push_add_item(ohm_dlms_message *m, ohm_axdr *c, size_t from,
                                          const ohm_axdr_item *item, const ohm_push_object *object);

/* The layouts, one reader each: OHM_OK, OHM_UNSUPPORTED if the body is not of this layout, or
 * an error. */
ohm_code ohm_push_read_described(ohm_dlms_message *m, ohm_span body, const char **what);
ohm_code ohm_push_read_tagless(ohm_dlms_message *m, ohm_span body);
ohm_code ohm_push_read_positional(ohm_dlms_message *m, ohm_span body, const ohm_profile_list *list);
ohm_code ohm_push_read_pairs(ohm_dlms_message *m, ohm_span body);

#endif
