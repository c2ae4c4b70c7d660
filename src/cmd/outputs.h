/* Whose the outputs are, and whether who had them last let go of them.
 *
 * The file "outputs.lock" in the state folder is locked by a daemon from before it touches an
 * output to after it let go of them, and by who restores them after its end (a supervisor, or
 * `ohmstead safe --restore`). What it says is written in place and always as long, so that a full
 * disk does not matter: an end that nobody was left to see (a whole service killed by its manager)
 * is known from it, at the next start or by the verb that the manager runs then. */
#ifndef OHM_CMD_OUTPUTS_H
#define OHM_CMD_OUTPUTS_H

#include "base/err.h"
#include "base/span.h"
#include "base/time.h"
#include "cmd/abort_record.h"

/* In the state folder. */
#define OHM_OUTPUTS_LOCK "outputs.lock"

typedef enum ohm_outputs_word {
    OHM_OUTPUTS_FREE,   /* let go of as it should be, or all brought to their fail-safe state */
    OHM_OUTPUTS_HELD,   /* by a daemon, which is gone if the lock is free */
    OHM_OUTPUTS_PARTLY, /* one could not be brought there; its end is written down */
} ohm_outputs_word;

typedef struct ohm_outputs {
    int lock; /* -1: not taken */
    /* What was said before: */
    ohm_outputs_word word;
    uint64_t boot_id;
    ohm_mono_ms begun; /* of the daemon that had them */
} ohm_outputs;

/* Takes the lock; waits as long as a supervisor may be at it. OHM_BUSY: a daemon has them.
 * OHM_UNKNOWN: nobody ever had (`make` false). */
OHM_MUST_CHECK ohm_err ohm_outputs_take(const char *folder, bool make, ohm_outputs *ret);
/* Says so; one that can't be written is for the log. */
OHM_MUST_CHECK ohm_err ohm_outputs_say(const ohm_outputs *o, ohm_outputs_word word,
                                       ohm_mono_ms begun);
/* Unlocks. */
void ohm_outputs_drop(ohm_outputs *o);

/* Who had them is gone, and nobody saw it: written down, unless it was before this boot. */
void ohm_outputs_note_end(const char *folder, const ohm_outputs *o, ohm_abort_outputs outputs,
                          ohm_abort_record *out);

/* Brings every output of a configuration to its declared fail-safe state, in processes of their
 * own, and says what came of it. */
ohm_abort_outputs ohm_outputs_restore(const ohm_outputs *o, ohm_span yaml, const char *name);
/* For a supervisor: if nobody else has taken them over. */
ohm_abort_outputs ohm_outputs_take_over(const char *folder, ohm_span yaml, const char *name);

#endif
