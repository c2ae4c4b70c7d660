/* Records of CSV (RFC 4180) as they are found in the wild: separated by ',', ';' or tabs, which
 * the first record shows unless it is said; any end of line; a UTF-8 mark at the start; "sep=;"
 * as Excel writes it; quotes around what holds separators, quotes (doubled) or ends of line.
 *
 * Bytes come in any split. Records without any field (empty lines) are left out. What a record
 * points to lives until the next call. Text is given out as it is, UTF-8 or Latin-1 (inout/name.h
 * reads both). Call order: ohm_csv_init, ohm_csv_next until OHM_MORE, more bytes…, at the end
 * ohm_csv_finish and ohm_csv_next until OHM_END. */
#ifndef OHM_INOUT_CSV_H
#define OHM_INOUT_CSV_H

#include "base/err.h"
#include "base/span.h"

enum {
    OHM_CSV_RECORD_MAX = 64 << 10, /* bytes */
    OHM_CSV_FIELDS_MAX = 256,
};

typedef struct ohm_csv_record {
    uint64_t line; /* where it begins, from 1 */
    uint16_t count;
    ohm_span fields[OHM_CSV_FIELDS_MAX];
} ohm_csv_record;

typedef struct ohm_csv {
    char separator; /* 0: not known yet */
    uint64_t line;  /* of the next byte */
    size_t len;     /* bytes of the record so far */
    uint8_t state;  /* private to csv.c */
    bool after_cr, began, finished;
    ohm_code fault; /* of the record that is passed over */
    ohm_csv_record record;
    uint8_t bytes[OHM_CSV_RECORD_MAX];
} ohm_csv;

/* separator 0: found from the first record. */
void ohm_csv_init(ohm_csv *csv, char separator);

/* OHM_OK: a record. OHM_MORE: *in is used up. OHM_END: nothing is left. OHM_TOO_BIG: a record
 * too long or with too many fields; OHM_BAD_FORMAT: one with a NUL in it, as UTF-16 has many:
 * (*record)->line says where it began, it has no fields, and the next call goes on behind its
 * line. */
OHM_MUST_CHECK ohm_code ohm_csv_next(ohm_csv *csv, ohm_span *in, const ohm_csv_record **record);
void ohm_csv_finish(ohm_csv *csv);

#endif
