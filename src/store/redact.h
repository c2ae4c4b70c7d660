/* Lines of the journal told anew, for a person's right to be forgotten: when something happened and
 * of what kind it was stays, what it says of a device goes. Beside the daemon, as history.h. */
#ifndef OHM_STORE_REDACT_H
#define OHM_STORE_REDACT_H

#include "store/reader.h"

/* The two forms of a record as they are to be; false: it stays. They live until the next call. */
typedef bool ohm_redact_record(void *ctx, const ohm_record *record, ohm_span *ret_encoded,
                               ohm_span *ret_json);

/* Asks of each notice in the range, and writes what is to be told anew: some hundred lines in a
 * transaction, and no lock is held while it asks. Cut, it is begun again. The old bytes stay in the
 * file until ohm_history_scrub. */
OHM_MUST_CHECK ohm_err ohm_redact_journal(const char *path, ohm_interval range,
                                          ohm_redact_record *record, void *ctx,
                                          uint64_t *ret_lines);

#endif
