/* Questions to the store that may take long, answered one after the other on a thread of their own,
 * with a reader of its own: the web thread goes on meanwhile. A question that nobody waits for any
 * more is dropped, or stops at its next row.
 *
 *     ohm_history_new(path, &inbox, &h);
 *     ohm_history_ask(h, id, run, &query, sizeof query);  the answer comes to the inbox
 *     ohm_history_cancel(h, id);                          it is not wanted any more
 *     ohm_history_free(h); */
#ifndef OHM_WEB_HISTORY_H
#define OHM_WEB_HISTORY_H

#include <stdatomic.h>

#include "store/reader.h"
#include "web/inbox.h"

enum {
    OHM_HISTORY_QUERY_MAX = 16 << 10, /* a whole set of rules */
    OHM_HISTORY_QUEUE_MAX = 16,
    OHM_HISTORY_STACK_BYTES = 256 << 10,
};

typedef struct ohm_history ohm_history;

/* Answers a question on that thread: OHM_OK and malloc'ed JSON, or why not. It looks at `stop` at
 * each row, and returns OHM_MORE when that became true. */
typedef ohm_code ohm_history_answer(ohm_reader *reader, const void *query, const atomic_bool *stop,
                                    char **ret_json, size_t *ret_len);

/* The path is copied, the inbox is borrowed. No path: questions to others than the store, which get
 * no reader. */
OHM_MUST_CHECK ohm_err ohm_history_new(const char *store_path, ohm_inbox *inbox,
                                       ohm_history **ret_history);
/* Stops what runs and drops what waits; takes NULL. */
void ohm_history_free(ohm_history *history);

/* OHM_BUSY: too many wait. */
OHM_MUST_CHECK ohm_code ohm_history_ask(ohm_history *history, uint64_t id, ohm_history_answer *run,
                                        const void *query, size_t len);
/* Its answer may come all the same. An id that is not known is no mistake. */
void ohm_history_cancel(ohm_history *history, uint64_t id);

#endif
