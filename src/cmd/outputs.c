#include "cmd/outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/supervisor.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/log.h"
#include "host/paths.h"
#include "host/syserr.h"

enum {
    PATIENCE_MS = 30 * OHM_SECOND_MS, /* longer than a supervisor takes */
    ASK_MS = 100,
    SHORT_MS = 2000, /* for a system that is out of descriptors or memory at that moment */
    RESTORE_S = 25,  /* of all boards at once; each has less (failsafe.c) */
    SAID_LEN = 40,   /* "held 0123456789abcdef 0123456789abcdef\n" */
};

static const char *const words[] = { "free", "held", "part" };

/* What can't be read says nothing. */
static void hear(ohm_outputs *o)
{
    char text[SAID_LEN + 1] = "";
    uint64_t boot_id = 0, begun = 0;
    o->word = OHM_OUTPUTS_FREE;
    o->boot_id = 0;
    o->begun = (ohm_mono_ms){ 0 };
    if (pread(o->lock, text, SAID_LEN, 0) != SAID_LEN ||
        sscanf(text + 4, " %16" SCNx64 " %16" SCNx64, &boot_id, &begun) != 2 || begun > INT64_MAX)
        return;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strncmp(text, words[i], 4))
            o->word = (ohm_outputs_word)i;
    o->boot_id = boot_id;
    o->begun.v = (int64_t)begun;
}

ohm_err ohm_outputs_take(const char *folder, bool make, ohm_outputs *ret)
{
    char path[OHM_PATH_MAX];
    ohm_outputs o = { .lock = -1 };
    OHM_TRY(ohm_path_join(folder, OHM_OUTPUTS_LOCK, path));
    if (!make && access(path, F_OK) && errno == ENOENT)
        return ohm_fail(OHM_UNKNOWN, 0, "no daemon ever had the outputs of this state folder");
    ohm_err err = ohm_file_lock(path, &o.lock);
    if (err.code == OHM_BUSY)
        ohm_log(OHM_LOG_NOTICE, "outputs wait for the supervisor of the last run");
    for (int ms = 0; err.code == OHM_BUSY && ms < PATIENCE_MS; ms += ASK_MS) {
        (void)poll(NULL, 0, ASK_MS);
        err = ohm_file_lock(path, &o.lock);
    }
    if (ohm_failed(err))
        return err;
    hear(&o);
    *ret = o;
    return ohm_ok();
}

ohm_err ohm_outputs_say(const ohm_outputs *o, ohm_outputs_word word, ohm_mono_ms begun)
{
    char text[SAID_LEN + 1];
    (void)snprintf(text, sizeof text, "%s %016" PRIx64 " %016" PRIx64 "\n", words[word],
                   ohm_clock_boot_id(), (uint64_t)begun.v);
    errno = EIO; /* of a write that was cut short */
    return pwrite(o->lock, text, SAID_LEN, 0) == SAID_LEN ? ohm_ok() : ohm_err_errno(errno);
}

void ohm_outputs_drop(ohm_outputs *o)
{
    if (o->lock >= 0)
        (void)close(o->lock);
    o->lock = -1;
}

void ohm_outputs_note_end(const char *folder, const ohm_outputs *o, ohm_abort_outputs outputs,
                          ohm_abort_record *out)
{
    ohm_abort abort = {
        .utc_ms = ohm_clock_utc(),
        .mono = ohm_clock_mono(),
        .boot_id = ohm_clock_boot_id(),
        .cause = OHM_ABORT_KILLED,
        .outputs = outputs,
    };
    if (o->word != OHM_OUTPUTS_HELD || o->boot_id != abort.boot_id)
        return;
    int64_t ran_ms = ohm_mono_since(abort.mono, o->begun);
    abort.ran_s = ran_ms > 0 ? (uint32_t)(ran_ms / OHM_SECOND_MS) : 0;
    ohm_log(OHM_LOG_ERROR, "the last daemon ended and nobody saw it ran_s_max=%u", abort.ran_s);
    ohm_err err = ohm_aborts_append(folder, &abort, out);
    if (ohm_failed(err))
        ohm_log(OHM_LOG_ERROR, "abort not written down why=\"%s\"", err.what);
}

/* --- to their fail-safe states ---------------------------------------------------------------- */

ohm_abort_outputs ohm_outputs_restore(const ohm_outputs *o, ohm_span yaml, const char *name)
{
    int status = 0;
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        (void)signal(SIGALRM, SIG_DFL);
        (void)alarm(RESTORE_S);
        ohm_failsafe_run(yaml, name);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    bool said = pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) < OHM_ABORT_OUTPUTS_COUNT;
    ohm_abort_outputs outputs =
        said ? (ohm_abort_outputs)WEXITSTATUS(status) : OHM_ABORT_OUTPUTS_PARTLY;
    bool partly = outputs == OHM_ABORT_OUTPUTS_PARTLY;
    if (o->lock >= 0 &&
        ohm_failed(ohm_outputs_say(o, partly ? OHM_OUTPUTS_PARTLY : OHM_OUTPUTS_FREE, o->begun)))
        ohm_log(OHM_LOG_WARNING, "outputs: not written down what became of them");
    return outputs;
}

/* The lock where the daemon made it: a folder that is being removed gets nothing new, and has no
 * daemon. False: somebody has it, or may have. */
static bool take_now(const char *path, ohm_outputs *o)
{
    int64_t waited_ms = 0;
    o->lock = open(path, O_RDWR | O_CLOEXEC);
    while (o->lock < 0 && errno != ENOENT && waited_ms < SHORT_MS) {
        (void)poll(NULL, 0, ASK_MS);
        waited_ms += ASK_MS;
        o->lock = open(path, O_RDWR | O_CLOEXEC);
    }
    int wrong = errno;
    if (o->lock < 0 && wrong != ENOENT)
        ohm_log(OHM_LOG_ERROR, "outputs: no lock why=\"%s\"", strerror(wrong));
    if (o->lock < 0)
        return wrong == ENOENT;
    if (flock(o->lock, LOCK_EX | LOCK_NB) == 0)
        return true;
    ohm_outputs_drop(o);
    return false;
}

ohm_abort_outputs ohm_outputs_take_over(const char *folder, ohm_span yaml, const char *name)
{
    char path[OHM_PATH_MAX];
    ohm_outputs o = { .lock = -1 };
    if (!yaml.len || ohm_failed(ohm_path_join(folder, OHM_OUTPUTS_LOCK, path)))
        return OHM_ABORT_OUTPUTS_NONE;
    if (!take_now(path, &o))
        return OHM_ABORT_OUTPUTS_LEFT;
    ohm_abort_outputs outputs = ohm_outputs_restore(&o, yaml, name);
    ohm_outputs_drop(&o);
    return outputs;
}
