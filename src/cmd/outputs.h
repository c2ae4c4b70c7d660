/* Whose the outputs are, and whether who had them last let go of them.
 *
 * The file "outputs.lock" in the state folder is locked by a daemon from before it touches an
 * output to after it let go of them, and by who restores them after its end (a supervisor, or
 * `ohmstead safe --restore`). What it says is written in place and always as long, so that a full
 * disk does not matter: an end that nobody was left to see (a whole service killed by its manager)
 * is known from it, at the next start or by the verb that the manager runs then.
 *
 * The file "outputs.yaml" beside it is the configuration that the daemon took, byte by byte: what
 * is restored later goes by it, whatever was edited since. The lock names it by a mark, so one that
 * could not be replaced (a full disk) is not taken for it. */
#ifndef OHM_CMD_OUTPUTS_H
#define OHM_CMD_OUTPUTS_H

#include "base/err.h"
#include "base/span.h"
#include "base/time.h"
#include "cmd/abort_record.h"

/* In the state folder. */
#define OHM_OUTPUTS_LOCK   "outputs.lock"
#define OHM_OUTPUTS_CONFIG "outputs.yaml"

typedef enum ohm_outputs_word {
    OHM_OUTPUTS_FREE,   /* let go of as it should be, or all brought to their fail-safe state */
    OHM_OUTPUTS_HELD,   /* by a daemon, which is gone if the lock is free */
    OHM_OUTPUTS_PARTLY, /* one could not be brought there; its end is written down */
    OHM_OUTPUTS_STOPS,  /* as held, by a daemon that was asked to stop */
} ohm_outputs_word;

/* Of a daemon that has the outputs, or had them. */
typedef struct ohm_outputs_said {
    ohm_outputs_word word;
    uint64_t boot_id;
    ohm_mono_ms begun;
    ohm_run_mode mode;
    uint64_t config; /* the mark of what it took; 0: not kept */
} ohm_outputs_said;

typedef struct ohm_outputs {
    int lock;              /* -1: not taken */
    ohm_outputs_said said; /* before */
} ohm_outputs;

/* Takes the lock; waits as long as a supervisor may be at it. OHM_BUSY: a daemon has them.
 * OHM_UNKNOWN: nobody ever had (`make` false). */
OHM_MUST_CHECK ohm_err ohm_outputs_take(const char *folder, bool make, ohm_outputs *ret);
/* What the last one said, whether or not it lives: without the lock, which a supervisor asks for
 * once. OHM_UNKNOWN: nobody ever had them. */
OHM_MUST_CHECK ohm_err ohm_outputs_look(const char *folder, ohm_outputs_said *ret);
/* Says so; one that can't be written is for the log. */
OHM_MUST_CHECK ohm_err ohm_outputs_say(const ohm_outputs *o, const ohm_outputs_said *what);
/* Unlocks. */
void ohm_outputs_drop(ohm_outputs *o);

/* Keeps the configuration that a daemon takes, and gives its mark. One that is kept already is not
 * written again. */
OHM_MUST_CHECK ohm_err ohm_outputs_keep(const char *folder, ohm_span yaml, uint64_t *ret_mark);
/* The one of that mark, the caller's to free. OHM_UNKNOWN: it was not kept. */
OHM_MUST_CHECK ohm_err ohm_outputs_kept(const char *folder, uint64_t mark, uint8_t **ret_yaml,
                                        size_t *ret_len);
/* Of a configuration; never 0. */
uint64_t ohm_outputs_mark(ohm_span yaml);

/* Who had them is gone, and nobody saw it: written down, unless it was before this boot. One that
 * was asked to stop was killed by who had no patience; any other's end may be its own fault. */
void ohm_outputs_note_end(const char *folder, const ohm_outputs *o, ohm_abort_outputs outputs,
                          ohm_abort_record *out);

/* Brings every output of a configuration to its declared fail-safe state, in processes of their
 * own, and says what came of it. */
ohm_abort_outputs ohm_outputs_restore(const ohm_outputs *o, ohm_span yaml, const char *name);
/* For a supervisor: if nobody else has taken them over. `stuck`: the daemon was killed, does
 * nothing more, and still has the lock, which nobody else can have then. */
ohm_abort_outputs ohm_outputs_take_over(const char *folder, ohm_span yaml, const char *name,
                                        bool stuck);

#endif
