/* What ended the daemon when nobody asked it to, and what follows from it.
 *
 * The file "aborts" in the state folder holds two copies of one record, written in turn, in place:
 * it needs no room on a full disk, and a power cut in the middle leaves the other copy. It is
 * written by the supervisor (supervisor.h), and by who leaves the safe mode.
 *
 * An abort counts when the daemon itself is at fault: a fault or an assertion, the kernel's want of
 * memory, a loop that stands still, an end that nobody asked for. A SIGKILL from outside is kept
 * but counts only with others of any cause: who sends it knows why. An end that nobody was left to
 * see may be either. Three that count within ten minutes of one boot, five of any cause, or five
 * within six hours that count or were not seen make the next start one in safe mode; two more
 * within ten minutes of it, one in which meters aren't read either.
 *
 * A record that can't be read (a newer version's, a damaged one, another user's) is never written
 * over: the daemon puts it aside, and counts anew. One that can't be read now (a dying card) stays;
 * what it says may be a crash loop, and no end can be counted: that run is one in safe mode. One
 * that can't be written is read and followed all the same. */
#ifndef OHM_CMD_ABORT_RECORD_H
#define OHM_CMD_ABORT_RECORD_H

#include <stdbool.h>

#include "base/err.h"
#include "base/json.h"
#include "base/span.h"
#include "base/time.h"

/* Beside the store. */
#define OHM_ABORTS_FILE "aborts"
/* Where one that could not be read is kept. */
#define OHM_ABORTS_ASIDE "aborts.unreadable"

enum {
    OHM_ABORTS_KEPT = 8,
    OHM_ABORT_EVENTS = 8,
    OHM_ABORT_BUILD_MAX = 41,
    OHM_ABORT_QUIET_H = 6,      /* without an abort in safe mode, and it is left */
    OHM_ABORT_QUIET_H_MAX = 24, /* doubled each time that this was too early */
    OHM_ABORTS_BYTES = 4096,    /* of one copy */
    OHM_ABORTS_JSON_MAX = 8192,
};

typedef enum ohm_abort_cause {
    OHM_ABORT_FAULT,  /* a signal of its own: see `signal` */
    OHM_ABORT_KILLED, /* from outside */
    OHM_ABORT_MEMORY, /* by the kernel, which had no memory left */
    OHM_ABORT_HUNG,   /* its loop stood still, and the supervisor ended it */
    OHM_ABORT_ENDED,  /* by itself, and nobody knows why */
    OHM_ABORT_UNSEEN, /* with its supervisor, or without one */
    OHM_ABORT_CAUSES_COUNT
} ohm_abort_cause;

/* How the daemon runs. */
typedef enum ohm_run_mode {
    OHM_RUN_NORMAL,
    OHM_RUN_SAFE, /* outputs in their fail-safe states; meters are read, the page is served */
    OHM_RUN_BARE, /* and no meter is read */
    OHM_RUN_MODES_COUNT
} ohm_run_mode;

/* What became of the outputs. */
typedef enum ohm_abort_outputs {
    OHM_ABORT_OUTPUTS_NONE,     /* there is nothing real to switch */
    OHM_ABORT_OUTPUTS_RESTORED, /* all are in their fail-safe state */
    OHM_ABORT_OUTPUTS_PARTLY,   /* one could not be brought there, or did not say so */
    OHM_ABORT_OUTPUTS_LEFT,     /* another daemon had taken them over already */
    OHM_ABORT_OUTPUTS_COUNT
} ohm_abort_outputs;

typedef struct ohm_abort_event {
    uint8_t kind; /* ohm_event_kind */
    uint16_t device;
    uint32_t before_ms; /* its end */
} ohm_abort_event;

typedef struct ohm_abort {
    ohm_ms utc_ms;
    ohm_mono_ms mono;
    uint64_t boot_id;
    uint32_t ran_s;
    ohm_abort_cause cause;
    uint8_t signal; /* 0: not known */
    ohm_run_mode mode;
    ohm_abort_outputs outputs;
    uint8_t events_count; /* the last ones before, the newest first */
    ohm_abort_event events[OHM_ABORT_EVENTS];
    char build[OHM_ABORT_BUILD_MAX]; /* of the binary; "" = it has none */
} ohm_abort;

typedef struct ohm_abort_record {
    uint64_t seq; /* of the copy; the higher one holds */
    ohm_run_mode mode;
    uint8_t quiet_h;
    uint32_t total, told; /* aborts ever, and those that the journal has */
    uint64_t left_boot;   /* when the safe mode was left by itself; 0: it was not */
    ohm_mono_ms left_mono;
    uint64_t since_boot; /* aborts before this count no more */
    ohm_mono_ms since_mono;
    uint8_t count;
    ohm_abort items[OHM_ABORTS_KEPT]; /* the newest first */
} ohm_abort_record;

void ohm_aborts_init(ohm_abort_record *record);

/* Adds one, and decides how the next run is. The end of one run that was told by two is one: what
 * its supervisor says of it holds. */
void ohm_aborts_add(ohm_abort_record *record, const ohm_abort *abort);

/* A person leaves the safe mode: what was before counts no more. */
void ohm_aborts_leave(ohm_abort_record *record, uint64_t boot_id, ohm_mono_ms now);
/* It was quiet for so long that the safe mode ends. One abort within the next hour brings it back,
 * for twice as long. */
void ohm_aborts_calm(ohm_abort_record *record, uint64_t boot_id, ohm_mono_ms now);

/* "fault", "killed", "memory", "hung", "ended", "unseen" · "normal", "safe", "bare" · "none",
 * "restored", "partly", "left" */
const char *ohm_abort_cause_name(ohm_abort_cause cause);
const char *ohm_run_mode_name(ohm_run_mode mode);
const char *ohm_abort_outputs_name(ohm_abort_outputs outputs);
/* "SIGSEGV"; "" for 0. */
void ohm_abort_signal_name(uint8_t signal, char out[static 16]);

/* "frame", "tick"… */
const char *ohm_abort_event_name(const ohm_abort_event *event);

/* {"mode": "safe", "total": 3, "aborts": [{"time": …}]}, the newest first; fits
 * OHM_ABORTS_JSON_MAX. */
void ohm_aborts_write(ohm_json *json, const ohm_abort_record *record);

void ohm_aborts_encode(const ohm_abort_record *record, uint8_t out[static OHM_ABORTS_BYTES]);
/* OHM_BAD_CHECKSUM, OHM_BAD_FORMAT: it is none; *out is as it was. */
OHM_MUST_CHECK ohm_code ohm_aborts_decode(ohm_span copy, ohm_abort_record *out);

/* The record of a state folder; one that is not there is empty, and one that can't be read is, with
 * the reason. */
OHM_MUST_CHECK ohm_err ohm_aborts_read(const char *folder, ohm_abort_record *out);

/* Changes it, alone: `change` gets what is there. What `change` made of it is in *out (NULL
 * allowed), on disk or not. Waits some seconds for somebody else who changes it. */
OHM_MUST_CHECK ohm_err ohm_aborts_change(const char *folder,
                                         void (*change)(ohm_abort_record *record, void *ctx),
                                         void *ctx, ohm_abort_record *out);
/* The same on the loop, which waits for nobody: OHM_BUSY. */
OHM_MUST_CHECK ohm_err ohm_aborts_change_now(const char *folder,
                                             void (*change)(ohm_abort_record *record, void *ctx),
                                             void *ctx, ohm_abort_record *out);

/* Adds one to the record that is there: a folder that is being removed is left alone. */
OHM_MUST_CHECK ohm_err ohm_aborts_append(const char *folder, ohm_abort *abort,
                                         ohm_abort_record *out);

/* Moves one that can never be read out of the way: OHM_OK when there was nothing to do, or it may
 * be readable later; else why it was. */
OHM_MUST_CHECK ohm_err ohm_aborts_put_aside(const char *folder);

#endif
