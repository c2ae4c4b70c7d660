/* What answers hold: values into the message that a push gives too, rows of a profile generic, and
 * the list of a meter's objects (IEC 62056-6-2: classes 7 and 15).
 *
 * A row's null-data means "as in the row before", and of its clock "one capture period later"
 * (class 7, buffer); it stays null where nothing went before. Compact arrays are to be written out
 * first (ohm_axdr_expand). */
#ifndef OHM_WIRE_COSEM_ROWS_H
#define OHM_WIRE_COSEM_ROWS_H

#include "wire/cosem_apdu.h"
#include "wire/dlms.h"

enum {
    OHM_COSEM_COLUMNS_MAX = 32,

    OHM_CLASS_DATA = 1,
    OHM_CLASS_REGISTER = 3,
    OHM_CLASS_EXTENDED = 4,
    OHM_CLASS_DEMAND = 5,
    OHM_CLASS_PROFILE = 7,
    OHM_CLASS_CLOCK = 8,
    OHM_CLASS_ASSOCIATION = 15,
    OHM_CLASS_DISCONNECTOR = 70,
};

typedef struct ohm_cosem_scale {
    bool known;
    int8_t scaler;
    uint8_t unit; /* DLMS code */
} ohm_cosem_scale;

/* {scaler, unit}, the value of scaler_unit. */
OHM_MUST_CHECK ohm_code ohm_cosem_scale_parse(ohm_span item, ohm_cosem_scale *out);

/* Which attribute of a class says scaler and unit (3, of a demand register 4); 0: none. */
int8_t ohm_cosem_scale_index(uint16_t class_id);

/* Appends the value of an attribute to a message. The message borrows from `item`. OHM_TOO_BIG:
 * no more values fit. */
OHM_MUST_CHECK ohm_code ohm_cosem_value_add(ohm_dlms_message *m, const ohm_cosem_ref *ref,
                                            ohm_span item, const ohm_cosem_scale *scale);

/* The capture objects of a profile. */
typedef struct ohm_cosem_columns {
    uint8_t count;
    int8_t clock; /* which one is the time; -1: none */
    ohm_cosem_ref refs[OHM_COSEM_COLUMNS_MAX];
} ohm_cosem_columns;

/* OHM_OK, OHM_BAD_FORMAT, OHM_TOO_BIG. */
OHM_MUST_CHECK ohm_code ohm_cosem_columns_parse(ohm_span item, ohm_cosem_columns *out);

/* One row after the other. */
typedef struct ohm_cosem_rows {
    const ohm_cosem_columns *columns;
    uint32_t period_s; /* 0: not regular */
    ohm_axdr cursor;
    uint32_t left;
    ohm_dlms_time time;                    /* of the present row */
    ohm_span cells[OHM_COSEM_COLUMNS_MAX]; /* one item each; empty: not known */
    uint8_t clock[2 + OHM_DLMS_TIME_LEN];  /* made up where the row says null */
} ohm_cosem_rows;

/* `buffer` stays while rows are read. OHM_OK, OHM_BAD_FORMAT. */
OHM_MUST_CHECK ohm_code ohm_cosem_rows_init(ohm_cosem_rows *r, const ohm_cosem_columns *columns,
                                            uint32_t period_s, ohm_span buffer);
/* OHM_OK, OHM_END, OHM_BAD_FORMAT. */
OHM_MUST_CHECK ohm_code ohm_cosem_rows_next(ohm_cosem_rows *r);

/* The objects of an association (class 15, object_list), one after the other, with their access
 * rights or, as selective access may leave them out, without. */
typedef struct ohm_cosem_objects {
    ohm_axdr cursor;
    uint32_t left;
} ohm_cosem_objects;
OHM_MUST_CHECK ohm_code ohm_cosem_objects_init(ohm_cosem_objects *o, ohm_span item);
/* ref->index is 0. OHM_OK, OHM_END, OHM_BAD_FORMAT. */
OHM_MUST_CHECK ohm_code ohm_cosem_objects_next(ohm_cosem_objects *o, ohm_cosem_ref *ref,
                                               uint8_t *version);

#endif
