/* Folding: frames, as they came, become chunks of their series. Inside a transaction of the
 * caller's, a bite at a time. What a bite takes is in the chunks and no more in the frames: a
 * reader sees the same readings before and after. */
#ifndef OHM_STORE_FOLD_H
#define OHM_STORE_FOLD_H

#include "store/blocks.h"
#include "store/layout.h"

typedef struct ohm_fold ohm_fold;

OHM_MUST_CHECK ohm_err ohm_fold_new(sqlite3 *db, ohm_blocks *blocks, ohm_fold **ret_fold);
void ohm_fold_free(ohm_fold *fold); /* NULL is allowed */

/* Takes a bite out of the frames in [from, to), the oldest first: at most some ten thousand
 * values of a few hours. device 0: those of all. *ret_more: there is more. A row that can't be
 * read is put aside. */
OHM_MUST_CHECK ohm_err ohm_fold_bite(ohm_fold *fold, ohm_interval range, uint32_t device,
                                     bool *ret_more);

#endif
