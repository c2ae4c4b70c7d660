/* Who watches the daemon: a second, tiny process that nothing of what it does can take along.
 *
 *   beside   (the usual form) the daemon is the process that was started; before its first thread
 *            it forks the supervisor, which outlives it for as long as it takes to bring the
 *            outputs to their fail-safe states. Starting the daemon again is the service
 *            manager's, which waits for the supervisor with the rest of the unit.
 *   above    (`--supervised`, and as process 1 of a container, with which all others die) the
 *            process that was started is the supervisor; it starts the daemon as its child,
 *            hands signals and the exit status on, and starts it again after an abort.
 *
 * Both see the daemon's end on a pipe whose other end it alone holds, and what it did last in a
 * page that both share; both restore the outputs (outputs.h) from the configuration that the daemon
 * took, byte by byte: it hands it over before it touches an output, and can't write on it from then
 * on. Both write the abort down (abort_record.h), from which the next start knows whether it has to
 * be one in safe mode. Should the supervisor itself end, in either form, the daemon starts another
 * one beside it (supervisor_guard.c). */
#ifndef OHM_CMD_SUPERVISOR_H
#define OHM_CMD_SUPERVISOR_H

#include "cmd/abort_record.h"
#include "engine/engine.h"

typedef struct ohm_supervisor ohm_supervisor;

typedef struct ohm_supervisor_options {
    const char *config; /* NULL: the demo house, which switches nothing */
    ohm_span yaml;      /* of it, as the daemon took it: borrowed for the call; above: none */
    const char *state_dir;
    /* A loop that stands still for so long is ended; 0: never. A start and a stop are given more
     * (docs/supervisor.md). */
    int64_t hang_s;
} ohm_supervisor_options;

/* In the daemon, before its first thread: starts one beside it, or takes up with the one above.
 * `lighten` is called in the new process, to give back memory that only the daemon needs. */
OHM_MUST_CHECK ohm_err ohm_supervisor_start(const ohm_supervisor_options *options,
                                            void (*lighten)(void *ctx), void *ctx,
                                            ohm_supervisor **ret);
/* What the daemon does; NULL is nobody's. */
void ohm_supervisor_holds(ohm_supervisor *s);                   /* the outputs are its own */
void ohm_supervisor_runs(ohm_supervisor *s, ohm_run_mode mode); /* it is up */
void ohm_supervisor_stops(ohm_supervisor *s);                   /* it was asked to */
void ohm_supervisor_beat(ohm_supervisor *s);                    /* its loop goes round */
void ohm_supervisor_event(ohm_supervisor *s, const ohm_event *event);
/* When it began to be watched; now, for NULL. */
ohm_mono_ms ohm_supervisor_began(const ohm_supervisor *s);
/* It ends as it should: the supervisor beside it ends, too, and is waited for. */
void ohm_supervisor_end(ohm_supervisor *s);

/* The word by which a daemon whose supervisor ended starts another one, and what that does. */
#define OHM_SUPERVISOR_AGAIN "supervise-again"
int ohm_supervisor_again(void);

/* From above: `run` is the daemon, in a child; returns the exit status. */
int ohm_supervise(const ohm_supervisor_options *options, int (*run)(void *ctx), void *ctx);

/* failsafe.c: brings every output of a configuration to its declared fail-safe state, through the
 * boards' drivers, in a process of its own for each board. Ends the process it is called in, with
 * an ohm_abort_outputs. */
_Noreturn void ohm_failsafe_run(ohm_span yaml, const char *name);

#endif
