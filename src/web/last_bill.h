/* The last bill that came: its date, and what it says the register showed then. Kept in the
 * store; the bill "since the last one" goes on from there. */
#ifndef OHM_WEB_LAST_BILL_H
#define OHM_WEB_LAST_BILL_H

#include "base/civil.h"
#include "base/json.h"
#include "store/reader.h"

#define OHM_LAST_BILL_KEY "bill/last"

enum { OHM_LAST_BILL_BYTES_MAX = 128 };

typedef struct ohm_last_bill {
    ohm_date date; /* the first day that it does not count */
    bool has_register;
    int64_t register_wh; /* of the imported energy, at the midnight before that day */
} ohm_last_bill;

/* The members "date" and "register_kwh" of one JSON object, as they are kept and answered. */
void ohm_last_bill_write(ohm_json *json, const ohm_last_bill *last);
/* OHM_BAD_FORMAT: it is none; *ret_member (may be NULL) is the member at fault. */
OHM_MUST_CHECK ohm_code ohm_last_bill_parse(ohm_span bytes, ohm_last_bill *out,
                                            const char **ret_member);
/* OHM_UNKNOWN: none was told. */
OHM_MUST_CHECK ohm_code ohm_last_bill_load(ohm_reader *reader, ohm_last_bill *out);

#endif
