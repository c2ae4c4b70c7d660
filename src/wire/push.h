/* The body of a data-notification: which layout it has, and its values.
 *
 *   self-describing   structure { array of {class, OBIS, attribute, index}, value, value… }
 *   pairs             structure { OBIS, value [, {scaler, unit}], OBIS, value … }
 *   records           array or structure of { OBIS, value [, {scaler, unit}] }
 *   positional        structure { value, value … }: needs a profile with this list
 *   tagless           structure { enum, array of { class OBIS attribute without tags, value } }
 *
 * Pairs and records may be mixed in one body, and single values may stand between them. */
#ifndef OHM_WIRE_PUSH_H
#define OHM_WIRE_PUSH_H

#include "wire/axdr.h"
#include "wire/dlms.h"

/* What is known besides the body, and where profiles come from. */
typedef struct ohm_push_context {
    ohm_push_facts facts; /* title and addresses; the rest is filled in from the body */
    const ohm_meter_profile *profiles;
    size_t profiles_count;
    const ohm_meter_profile *forced; /* or NULL */
    ohm_push_memo *memo;
} ohm_push_context;

/* Reads one well formed body into the values, layout, profile, id and list_id of *message,
 * which holds nothing of use unless OHM_OK. OHM_BAD_FORMAT, OHM_TOO_BIG (more values than a
 * message holds), OHM_UNKNOWN (nothing names the registers), with *what as the reason. */
OHM_MUST_CHECK ohm_code ohm_push_read(ohm_push_context *context, ohm_span body,
                                      ohm_dlms_message *message, const char **what);

/* Empties a memo; a new one must be emptied first. */
void ohm_push_forget(ohm_push_memo *memo);

/* Begins a walk over a body, behind the object list if it is the remembered one. */
ohm_axdr_walk ohm_push_begin_walk(const ohm_push_memo *memo, ohm_span body);

/* Where a body in the tagless layout ends: OHM_OK, OHM_MORE, or OHM_BAD_FORMAT if it is not
 * one. Such a body is not A-XDR, so nothing else can tell its length. */
OHM_MUST_CHECK ohm_code ohm_push_tagless_end(ohm_span body, size_t *end);

#endif
