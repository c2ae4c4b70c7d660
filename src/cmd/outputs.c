#include "cmd/outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/supervisor.h"
#include "config/schema.h"
#include "host/clock.h"
#include "host/file.h"
#include "host/log.h"
#include "host/paths.h"
#include "host/syserr.h"
#include "store/chunk.h"

enum {
    PATIENCE_MS = 30 * OHM_SECOND_MS, /* longer than a supervisor takes */
    ASK_MS = 100,
    SHORT_MS = 2000, /* for a system that is out of descriptors or memory at that moment */
    RESTORE_S = 25,  /* of all boards at once; each has less (failsafe.c) */
    OLD_LEN = 39,    /* "held 0123456789abcdef 0123456789abcdef\n", of versions before */
    SAID_LEN = 58,   /* " 0 0123456789abcdef\n" in the end: the mode, and what it took */
};

static const char *const words[] = { "free", "held", "part", "stop" };

/* What can't be read says nothing. */
static void hear(ohm_outputs *o)
{
    char text[SAID_LEN + 1] = "";
    unsigned mode = OHM_RUN_NORMAL;
    uint64_t boot_id = 0, begun = 0, config = 0;
    o->said = (ohm_outputs_said){ .word = OHM_OUTPUTS_FREE };
    ssize_t len = pread(o->lock, text, SAID_LEN, 0);
    if (len < OLD_LEN || sscanf(text + 4, " %16" SCNx64 " %16" SCNx64, &boot_id, &begun) != 2 ||
        begun > INT64_MAX)
        return;
    bool whole = len == SAID_LEN && text[OLD_LEN - 1] == ' ' &&
                 sscanf(text + OLD_LEN, "%1u %16" SCNx64, &mode, &config) == 2 &&
                 mode < OHM_RUN_MODES_COUNT;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strncmp(text, words[i], 4))
            o->said.word = (ohm_outputs_word)i;
    o->said.boot_id = boot_id;
    o->said.begun.v = (int64_t)begun;
    o->said.mode = whole ? (ohm_run_mode)mode : OHM_RUN_NORMAL;
    o->said.config = whole ? config : 0;
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
        ohm_log(OHM_LOG_NOTICE,
                "outputs are a daemon's that runs, or its supervisor brings them back: waiting "
                "wait_s_max=%d",
                (int)(PATIENCE_MS / OHM_SECOND_MS));
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

ohm_err ohm_outputs_look(const char *folder, ohm_outputs_said *ret)
{
    char path[OHM_PATH_MAX];
    OHM_TRY(ohm_path_join(folder, OHM_OUTPUTS_LOCK, path));
    ohm_outputs o = { .lock = open(path, O_RDONLY | O_CLOEXEC) };
    if (o.lock < 0)
        return errno == ENOENT
                   ? ohm_fail(OHM_UNKNOWN, 0, "no daemon ever had the outputs of this state folder")
                   : ohm_err_errno(errno);
    hear(&o);
    ohm_outputs_drop(&o);
    *ret = o.said;
    return ohm_ok();
}

ohm_err ohm_outputs_say(const ohm_outputs *o, const ohm_outputs_said *what)
{
    char text[SAID_LEN + 1];
    (void)snprintf(text, sizeof text, "%s %016" PRIx64 " %016" PRIx64 " %1u %016" PRIx64 "\n",
                   words[what->word], what->boot_id, (uint64_t)what->begun.v, (unsigned)what->mode,
                   what->config);
    errno = EIO; /* of a write that was cut short */
    return pwrite(o->lock, text, SAID_LEN, 0) == SAID_LEN ? ohm_ok() : ohm_err_errno(errno);
}

void ohm_outputs_drop(ohm_outputs *o)
{
    if (o->lock >= 0)
        (void)close(o->lock);
    o->lock = -1;
}

uint64_t ohm_outputs_mark(ohm_span yaml)
{
    return (uint64_t)(yaml.len + 1) << 32 | ohm_crc32c(0, yaml);
}

ohm_err ohm_outputs_kept(const char *folder, uint64_t mark, uint8_t **ret_yaml, size_t *ret_len)
{
    char path[OHM_PATH_MAX];
    uint8_t *yaml = NULL;
    size_t len = 0;
    OHM_TRY(ohm_path_join(folder, OHM_OUTPUTS_CONFIG, path));
    OHM_TRY(ohm_file_read(path, OHM_SCHEMA_BYTES_MAX, &yaml, &len));
    if (ohm_outputs_mark(ohm_span_of(yaml, len)) != mark) {
        free(yaml);
        return ohm_fail(OHM_UNKNOWN, 0, "the configuration of that daemon was not kept");
    }
    *ret_yaml = yaml;
    *ret_len = len;
    return ohm_ok();
}

ohm_err ohm_outputs_keep(const char *folder, ohm_span yaml, uint64_t *ret_mark)
{
    char path[OHM_PATH_MAX];
    uint8_t *old = NULL;
    size_t len = 0;
    uint64_t mark = ohm_outputs_mark(yaml);
    OHM_TRY(ohm_path_join(folder, OHM_OUTPUTS_CONFIG, path));
    bool same = !ohm_failed(ohm_outputs_kept(folder, mark, &old, &len));
    free(old);
    if (!same)
        OHM_TRY(ohm_file_write(path, yaml, 0600));
    *ret_mark = mark;
    return ohm_ok();
}

void ohm_outputs_note_end(const char *folder, const ohm_outputs *o, ohm_abort_outputs outputs,
                          ohm_abort_record *out)
{
    ohm_abort abort = {
        .utc_ms = ohm_clock_utc(),
        .mono = ohm_clock_mono(),
        .boot_id = ohm_clock_boot_id(),
        .cause = o->said.word == OHM_OUTPUTS_STOPS ? OHM_ABORT_KILLED : OHM_ABORT_UNSEEN,
        .mode = o->said.mode,
        .outputs = outputs,
    };
    bool held = o->said.word == OHM_OUTPUTS_HELD || o->said.word == OHM_OUTPUTS_STOPS;
    if (!held || o->said.boot_id != abort.boot_id)
        return;
    int64_t ran_ms = ohm_mono_since(abort.mono, o->said.begun);
    abort.ran_s = ran_ms > 0 ? (uint32_t)(ran_ms / OHM_SECOND_MS) : 0;
    ohm_log(OHM_LOG_ERROR, "the last daemon ended and nobody saw it ran_s_max=%u mode=%s",
            abort.ran_s, ohm_run_mode_name(abort.mode));
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
    ohm_outputs_said what = o->said;
    what.word = outputs == OHM_ABORT_OUTPUTS_PARTLY ? OHM_OUTPUTS_PARTLY : OHM_OUTPUTS_FREE;
    if (o->lock >= 0 && ohm_failed(ohm_outputs_say(o, &what)))
        ohm_log(OHM_LOG_WARNING, "outputs: not written down what became of them");
    return outputs;
}

/* The lock where the daemon made it: a folder that is being removed gets nothing new, and has no
 * daemon; where it can't be opened (a dying card), no other daemon can. False: somebody has it. */
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
        ohm_log(OHM_LOG_ERROR, "outputs: no lock why=\"%s\" (restored all the same)",
                strerror(wrong));
    if (o->lock < 0)
        return true;
    if (flock(o->lock, LOCK_EX | LOCK_NB) == 0) {
        hear(o);
        return true;
    }
    ohm_outputs_drop(o);
    return false;
}

ohm_abort_outputs ohm_outputs_take_over(const char *folder, ohm_span yaml, const char *name,
                                        bool stuck)
{
    char path[OHM_PATH_MAX];
    ohm_outputs o = { .lock = -1 };
    if (!yaml.len || ohm_failed(ohm_path_join(folder, OHM_OUTPUTS_LOCK, path)))
        return OHM_ABORT_OUTPUTS_NONE;
    if (!take_now(path, &o) && !stuck)
        return OHM_ABORT_OUTPUTS_LEFT;
    ohm_abort_outputs outputs = ohm_outputs_restore(&o, yaml, name);
    ohm_outputs_drop(&o);
    return outputs;
}
