/* What the files of the supervisor share: supervisor.c is the daemon's side and the form beside it,
 * and above it, supervisor_watch.c the watching, supervisor_guard.c what happens when the
 * supervisor itself ends. */
#ifndef OHM_CMD_SUPERVISOR_OWN_H
#define OHM_CMD_SUPERVISOR_OWN_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "cmd/supervisor.h"
#include "config/schema.h"
#include "host/file.h"

/* Descriptors that another process gets under a number are above those numbers. */
enum { OHM_VIGIL_FD_HIGH = 16 };

typedef enum ohm_vigil_stage {
    OHM_VIGIL_STARTING,
    OHM_VIGIL_SETTLING,
    OHM_VIGIL_RUNNING,
    OHM_VIGIL_STOPPING,
    OHM_VIGIL_DONE
} ohm_vigil_stage;

typedef struct ohm_seen_event {
    _Atomic int64_t mono_ms;
    _Atomic uint32_t what; /* its kind, above its device */
} ohm_seen_event;

/* The page that both processes see. */
typedef struct ohm_vigil {
    _Atomic int stage, mode, signal;
    _Atomic uint32_t beats, events_next;
    ohm_seen_event events[OHM_ABORT_EVENTS];
} ohm_vigil;

/* What a daemon took, which it can't write on by mistake later: its configuration, of which the
 * newest is where `count` says (the one before stays until it is whole), and what one who begins to
 * watch it in its midst has to know. */
typedef struct ohm_handed {
    _Atomic uint32_t count; /* 0: there was none yet */
    size_t len[2];
    uint8_t bytes[2][OHM_SCHEMA_BYTES_MAX];
    bool has_config;
    char config[OHM_PATH_MAX], state_dir[OHM_PATH_MAX];
    int64_t hang_s;
    pid_t daemon;
    ohm_mono_ms begun;
    uint64_t kills_by_memory;
} ohm_handed;

struct ohm_supervisor {
    ohm_vigil *vigil;
    ohm_handed *handed;
    int vigil_fd, handed_fd; /* the same, for a process that is started later */
    ohm_supervisor_options options;
    char state_dir[OHM_PATH_MAX];
    pid_t daemon, beside; /* 0: there is none */
    int alive;   /* of the daemon: the end it alone writes to; of the supervisor: the other one */
    int leash;   /* the other way round: the daemon reads its supervisor's end; -1: none */
    int signals; /* above: what it was sent; else -1 */
    bool asked;  /* above: to stop */
    int status;  /* above: of the daemon's end */
    ohm_mono_ms begun;
    uint64_t kills_by_memory; /* of the kernel, as the daemon began */
    bool hung;
    bool
        stuck; /* not even a SIGKILL ends it: the kernel waits for something, as for a dying card */

    /* In the daemon: the thread that waits for the end of its supervisor. */
    bool guarded;
    pthread_t guard;
    int quit; /* an eventfd */
};

/* Signals of the daemon's own faults. */
bool ohm_supervisor_is_fault(int number);

/* --- supervisor_watch.c: what all forms share ------------------------------------------------ */

OHM_MUST_CHECK ohm_err ohm_vigil_new(const ohm_supervisor_options *options, ohm_supervisor **ret);
void ohm_vigil_free(ohm_supervisor *s);
/* Waits for the daemon's end. */
void ohm_vigil_watch(ohm_supervisor *s);
/* What follows from an end that nobody asked for. */
void ohm_vigil_take_over(ohm_supervisor *s, ohm_abort *ret_abort);
/* Beside: watches from its own process until the daemon's end, does what follows, and ends. The
 * descriptors but `alive` and `leash` are closed. */
_Noreturn void ohm_vigil_stand_beside(ohm_supervisor *s);
/* Above: the signals that wait, of the daemon's end and those to be handed on. */
void ohm_vigil_hand_on(ohm_supervisor *s);

/* --- supervisor_guard.c ---------------------------------------------------------------------- */

/* From here on the daemon is not left alone by its supervisor's end: another one, beside it, is
 * started then. */
void ohm_guard_start(ohm_supervisor *s);
void ohm_guard_stop(ohm_supervisor *s);

#endif
