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

/* The objects that a self-describing body names. */
typedef struct ohm_push_list {
    size_t end;     /* where the values begin */
    uint32_t count; /* objects */
    uint32_t first; /* the first object that has a value behind the list */
    uint32_t values;
    ohm_push_object objects[OHM_DLMS_VALUES_MAX];
} ohm_push_list;

/* The remembered list if the body begins with it. */
bool ohm_push_recall_list(const ohm_push_memo *memo, ohm_span body, ohm_push_list *out);
void ohm_push_remember_list(ohm_push_memo *memo, ohm_span body, const ohm_push_list *list);

/* Reads the value at the cursor, whatever it is, into the message. */
OHM_MUST_CHECK ohm_code ohm_push_add(ohm_dlms_message *m, ohm_axdr *c,
                                     const ohm_push_object *object);

/* The same of a value whose first item was read already, at `from`. */
OHM_MUST_CHECK ohm_code ohm_push_add_item(ohm_dlms_message *m, ohm_axdr *c, size_t from,
                                          const ohm_axdr_item *item, const ohm_push_object *object);

/* The profile for context->facts: the forced one, else the best, or NULL. */
const ohm_meter_profile *ohm_push_choose(const ohm_push_context *context);

/* Sets quantity, unit and scale of a value that has an OBIS code. */
void ohm_push_identify(ohm_push_memo *memo, const ohm_meter_profile *profile,
                       ohm_dlms_value *value);

/* The layouts, one reader each: OHM_OK, OHM_UNSUPPORTED if the body is not of this layout, or
 * an error. */
ohm_code ohm_push_read_described(ohm_dlms_message *m, ohm_span body, ohm_push_memo *memo,
                                 const char **what);
ohm_code ohm_push_read_tagless(ohm_dlms_message *m, ohm_span body);
ohm_code ohm_push_read_positional(ohm_dlms_message *m, ohm_span body, const ohm_profile_list *list);
ohm_code ohm_push_read_pairs(ohm_dlms_message *m, ohm_span body);

#endif
