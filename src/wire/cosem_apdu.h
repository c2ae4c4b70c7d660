/* The xDLMS services of a client with logical-name referencing (IEC 62056-5-3, §7.3 and annex of
 * the abstract syntax): GET, SET and ACTION requests written, their answers taken apart.
 *
 * Nothing here knows of ciphering or of the line. Spans of an answer borrow from its APDU. */
#ifndef OHM_WIRE_COSEM_APDU_H
#define OHM_WIRE_COSEM_APDU_H

#include "wire/dlms_encode.h"

enum {
    OHM_COSEM_LIST_MAX = 16, /* attributes in one GET */

    /* Tags (IEC 62056-5-3, table of APDU tags). */
    OHM_COSEM_INITIATE_REQUEST = 0x01,
    OHM_COSEM_INITIATE_RESPONSE = 0x08,
    OHM_COSEM_SERVICE_ERROR = 0x0e,
    OHM_COSEM_GET_REQUEST = 0xc0,
    OHM_COSEM_SET_REQUEST = 0xc1,
    OHM_COSEM_ACTION_REQUEST = 0xc3,
    OHM_COSEM_GET_RESPONSE = 0xc4,
    OHM_COSEM_SET_RESPONSE = 0xc5,
    OHM_COSEM_ACTION_RESPONSE = 0xc7,
    OHM_COSEM_EXCEPTION = 0xd8,

    /* Conformance (§7.3.4.1): bits of 24, the first one highest. */
    OHM_COSEM_TRANSFER = 1 << 21, /* general-block-transfer */
    OHM_COSEM_BLOCK_GET = 1 << 12,
    OHM_COSEM_MULTIPLE = 1 << 9,
    OHM_COSEM_GET = 1 << 4,
    OHM_COSEM_SET = 1 << 3,
    OHM_COSEM_SELECTIVE = 1 << 2,
    OHM_COSEM_ACTION = 1 << 0,
};

/* An attribute, or a method, of an object. */
typedef struct ohm_cosem_ref {
    uint16_t class_id;
    uint8_t obis[OHM_OBIS_LEN];
    int8_t index;
} ohm_cosem_ref;

/* `access`: selector and parameters as ohm_cosem_put_range writes them; empty: the whole. */
void ohm_cosem_put_get(ohm_writer *w, uint8_t invoke, const ohm_cosem_ref *ref, ohm_span access);
void ohm_cosem_put_get_list(ohm_writer *w, uint8_t invoke, const ohm_cosem_ref *refs, size_t count);
void ohm_cosem_put_get_next(ohm_writer *w, uint8_t invoke, uint32_t block);
/* `value`, `argument`: one A-XDR item; a method's may be empty. */
void ohm_cosem_put_set(ohm_writer *w, uint8_t invoke, const ohm_cosem_ref *ref, ohm_span value);
void ohm_cosem_put_action(ohm_writer *w, uint8_t invoke, const ohm_cosem_ref *ref,
                          ohm_span argument);

/* Selective access of a profile generic (IEC 62056-6-2, class 7): rows of a time, and rows by
 * their place, 1 the oldest, `to` 0 the last. `clock` is the capture object that is compared. */
void ohm_cosem_put_range(ohm_writer *w, const ohm_cosem_ref *clock,
                         const uint8_t from[static OHM_DLMS_TIME_LEN],
                         const uint8_t to[static OHM_DLMS_TIME_LEN]);
void ohm_cosem_put_entries(ohm_writer *w, uint32_t from, uint32_t to);

typedef enum ohm_cosem_form {
    OHM_COSEM_RESULT, /* `error`, or `data`: one item; of SET nothing */
    OHM_COSEM_BLOCK,  /* `block`, `last`, `error`, or `data`: a piece of the value */
    OHM_COSEM_LIST,   /* `data`: count and results, for ohm_cosem_list_next */
    OHM_COSEM_REFUSED /* an exception or a confirmed service error: `error`, `state` */
} ohm_cosem_form;

typedef struct ohm_cosem_answer {
    ohm_cosem_form form;
    uint8_t service; /* its tag */
    uint8_t invoke;
    uint8_t error; /* data-access-result or action-result; 0: success */
    uint8_t state; /* of an exception */
    bool last;
    uint32_t block;
    bool has_counter; /* an exception that says which invocation counter it waits for */
    uint32_t counter;
    ohm_span data;
} ohm_cosem_answer;

/* Takes an answer apart. What follows a whole value is passed over, as some meters send more
 * than they say. OHM_OK, OHM_BAD_FORMAT, OHM_UNSUPPORTED: no answer at all. */
OHM_MUST_CHECK ohm_code ohm_cosem_answer_parse(ohm_span apdu, ohm_cosem_answer *out);

/* Does it come unasked, as a push does, in the clear or ciphered? */
bool ohm_cosem_is_notification(ohm_span apdu);

/* The results of a GET with a list, one after the other; the cursor begins as zeros. OHM_OK,
 * OHM_END behind the last, OHM_BAD_FORMAT. */
typedef struct ohm_cosem_list {
    size_t pos, left;
} ohm_cosem_list;
OHM_MUST_CHECK ohm_code ohm_cosem_list_next(ohm_span results, ohm_cosem_list *cursor,
                                            uint8_t *error, ohm_span *value);

/* "no such object"… of a data-access-result; "" for success. */
const char *ohm_cosem_access_text(uint8_t error);

#endif
