/* A copy of a store while it is in use, and proof that a copy can be read.
 *
 * The copy is of one moment: a read transaction holds it still while SQLite's backup interface
 * copies page by page, and nobody waits for it. It grows under another name beside its place and
 * takes it only when it is whole, read back and on the disk; it has mode 0600. */
#ifndef OHM_STORE_BACKUP_H
#define OHM_STORE_BACKUP_H

#include "base/err.h"

#define OHM_BACKUP_FILE "copy.db" /* the page's, in the state folder */

/* What a store holds, as it was read: every page, every row, every chunk. */
typedef struct ohm_backup_contents {
    uint64_t bytes;
    uint64_t series, readings, journal, events, states;
    uint64_t damaged; /* parts that could not be read */
} ohm_backup_contents;

typedef struct ohm_backup_progress {
    void (*pages)(void *ctx, unsigned done, unsigned total); /* may be NULL */
    /* Asked now and then; true ends it with OHM_BUSY, and nothing is left of it. May be NULL. */
    bool (*cancelled)(void *ctx);
    void *ctx;
} ohm_backup_progress;

/* Copies the store `from` to the file `to`, which is replaced. OHM_UNKNOWN: there is no such
 * store. OHM_BAD_FORMAT: the copy cannot be read back whole (the store itself is damaged, most
 * likely): there is no copy then, unless `damaged_too`. OHM_BUSY: somebody makes it already, or it
 * was cancelled. A copy that would leave less than a little room on the disk is not begun. */
OHM_MUST_CHECK ohm_err ohm_backup_write(const char *from, const char *to, bool damaged_too,
                                        const ohm_backup_progress *progress,
                                        ohm_backup_contents *ret_contents);

/* Removes what a cut left of a copy to that file, unless one is being made. */
void ohm_backup_discard(const char *to);

/* Reads all of a store or a copy. OHM_BAD_FORMAT: it is no store, or its structure is damaged;
 * parts that are damaged alone are counted. OHM_UNSUPPORTED: it is newer. */
OHM_MUST_CHECK ohm_err ohm_backup_verify(const char *path, ohm_backup_contents *ret_contents);

/* Puts the copy `from` in the place of the store `to`, which nobody may have open; a store that
 * is there stays beside it under the name `aside`. All on the disk when it returns. */
OHM_MUST_CHECK ohm_err ohm_backup_put(const char *from, const char *to, const char *aside,
                                      ohm_backup_contents *ret_contents);

#endif
