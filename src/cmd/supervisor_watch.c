/* What all forms of the supervisor share: waiting for the daemon's end, and what follows from it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/outputs.h"
#include "cmd/supervisor_facts.h"
#include "cmd/supervisor_own.h"
#include "host/clock.h"
#include "host/log.h"
#include "host/syserr.h"

enum {
    LOOK_MS = 5000,  /* between two looks at the daemon's beat */
    GRACE_MS = 5000, /* after the SIGABRT of one that hangs, and twice after its SIGKILL */
};

/* How often its limit a loop may stand still: a large store may have to be mended before it begins,
 * while its outputs are still safe; a slow disk may keep it from ending. */
static const int64_t patience[] = {
    [OHM_VIGIL_STARTING] = 20, [OHM_VIGIL_SETTLING] = 4, [OHM_VIGIL_RUNNING] = 1,
    [OHM_VIGIL_STOPPING] = 4,  [OHM_VIGIL_DONE] = 4,
};

/* --- its memory ------------------------------------------------------------------------------- */

/* Memory that both processes see, and one that is started later. */
static void *share(const char *name, size_t len, int *ret_fd)
{
    int low = memfd_create(name, MFD_CLOEXEC);
    int fd = low >= 0 ? fcntl(low, F_DUPFD_CLOEXEC, OHM_VIGIL_FD_HIGH) : -1;
    void *found = MAP_FAILED;
    if (low >= 0)
        (void)close(low);
    if (fd >= 0 && ftruncate(fd, (off_t)len) == 0)
        found = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    *ret_fd = fd;
    return found == MAP_FAILED ? NULL : found;
}

ohm_err ohm_vigil_new(const ohm_supervisor_options *options, ohm_supervisor **ret)
{
    ohm_supervisor *s = calloc(1, sizeof *s);
    if (!s)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    s->options = *options;
    s->options.yaml = (ohm_span){ 0 };
    s->alive = s->leash = s->signals = s->quit = s->handed_fd = -1;
    s->begun = ohm_clock_mono();
    s->vigil = share("ohm-vigil", sizeof *s->vigil, &s->vigil_fd);
    if (s->vigil)
        s->handed = share("ohm-handed", sizeof *s->handed, &s->handed_fd);
    if (!s->handed) {
        int wrong = errno;
        ohm_vigil_free(s);
        return ohm_err_errno(wrong);
    }
    (void)snprintf(s->state_dir, sizeof s->state_dir, "%s", options->state_dir);
    *ret = s;
    return ohm_ok();
}

void ohm_vigil_free(ohm_supervisor *s)
{
    if (s->vigil)
        (void)munmap(s->vigil, sizeof *s->vigil);
    if (s->handed)
        (void)munmap(s->handed, sizeof *s->handed);
    if (s->vigil_fd >= 0)
        (void)close(s->vigil_fd);
    if (s->handed_fd >= 0)
        (void)close(s->handed_fd);
    free(s);
}

/* --- watching --------------------------------------------------------------------------------- */

/* What stands in memory that the daemon may have written on by mistake is looked at first. */
static ohm_vigil_stage stage_of(const ohm_supervisor *s)
{
    int at = atomic_load(&s->vigil->stage);
    return at >= OHM_VIGIL_STARTING && at <= OHM_VIGIL_DONE ? (ohm_vigil_stage)at
                                                            : OHM_VIGIL_RUNNING;
}

static ohm_run_mode mode_of(const ohm_supervisor *s)
{
    int mode = atomic_load(&s->vigil->mode);
    return mode >= 0 && mode < OHM_RUN_MODES_COUNT ? (ohm_run_mode)mode : OHM_RUN_NORMAL;
}

/* SIGABRT leaves a core dump where those are wanted. */
static void end_it(ohm_supervisor *s)
{
    struct pollfd alive = { .fd = s->alive, .events = POLLIN };
    ohm_log(OHM_LOG_ERROR, "daemon hangs pid=%d for_s=%" PRId64 " (ended)", (int)s->daemon,
            s->options.hang_s * patience[stage_of(s)]);
    s->hung = true;
    (void)kill(s->daemon, SIGABRT);
    if (poll(&alive, 1, GRACE_MS) != 0)
        return;
    (void)kill(s->daemon, SIGKILL);
    s->stuck = poll(&alive, 1, 2 * GRACE_MS) == 0;
    if (s->stuck)
        ohm_log(OHM_LOG_ERROR,
                "daemon does not end pid=%d (it does nothing more; its outputs are "
                "restored all the same)",
                (int)s->daemon);
}

/* Process 1 has everybody's orphans to bury. */
static void bury_all(ohm_supervisor *s)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid != s->daemon)
            continue;
        s->status = status;
        s->daemon = 0;
    }
}

/* Signals for the one above: they go on to the daemon. A terminal that went away is a stop. */
void ohm_vigil_hand_on(ohm_supervisor *s)
{
    struct signalfd_siginfo info;
    if (read(s->signals, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    if (info.ssi_signo == SIGCHLD) {
        bury_all(s);
        return;
    }
    s->asked = true;
    if (s->daemon > 0)
        (void)kill(s->daemon, info.ssi_signo == SIGHUP ? SIGTERM : (int)info.ssi_signo);
}

/* Above: it is gone, whoever else still has its end of the pipe (what it had forked itself). */
static bool is_buried(const ohm_supervisor *s)
{
    return s->signals >= 0 && s->daemon == 0;
}

/* Waits for the daemon's end. Time is counted in looks, which stand still while the machine
 * sleeps. */
void ohm_vigil_watch(ohm_supervisor *s)
{
    uint32_t beats = 0;
    ohm_vigil_stage before = OHM_VIGIL_STARTING;
    int64_t hang_ms = s->options.hang_s * OHM_SECOND_MS, still_ms = 0;
    int look_ms = hang_ms > 0 && hang_ms / 4 < LOOK_MS ? (int)hang_ms / 4 : LOOK_MS;
    struct pollfd polled[] = { { .fd = s->alive, .events = POLLIN },
                               { .fd = s->signals, .events = POLLIN } };
    while (!s->stuck && !is_buried(s) && !(polled[0].revents & (POLLIN | POLLHUP))) {
        int n = poll(polled, 2, look_ms);
        if (n > 0 && polled[1].revents)
            ohm_vigil_hand_on(s);
        uint32_t now = atomic_load(&s->vigil->beats);
        ohm_vigil_stage at = stage_of(s);
        if (at != before || now != beats || (n == 0 && ohm_facts_is_held(s->daemon)))
            still_ms = 0;
        else if (n == 0)
            still_ms += look_ms;
        beats = now;
        before = at;
        if (hang_ms > 0 && still_ms >= hang_ms * patience[at] && !s->hung)
            end_it(s);
    }
}

static void gather_events(const ohm_vigil *v, ohm_abort *out)
{
    uint32_t next = atomic_load(&v->events_next);
    uint32_t count = next < OHM_ABORT_EVENTS ? next : OHM_ABORT_EVENTS;
    for (uint32_t i = 0; i < count; i++) {
        const ohm_seen_event *e = &v->events[(next - 1 - i) % OHM_ABORT_EVENTS];
        int64_t before_ms = out->mono.v - atomic_load(&e->mono_ms);
        uint32_t what = atomic_load(&e->what);
        out->events[i] = (ohm_abort_event){
            .kind = (uint8_t)(what >> 16),
            .device = (uint16_t)what,
            .before_ms = before_ms < 0            ? 0
                         : before_ms > UINT32_MAX ? UINT32_MAX
                                                  : (uint32_t)before_ms,
        };
    }
    out->events_count = (uint8_t)count;
}

static ohm_abort_cause cause_of(const ohm_supervisor *s, int number)
{
    if (s->hung)
        return OHM_ABORT_HUNG;
    if (ohm_supervisor_is_fault(number))
        return OHM_ABORT_FAULT;
    if (ohm_facts_kills_by_memory() > s->kills_by_memory)
        return OHM_ABORT_MEMORY;
    return s->signals >= 0 && number == 0 ? OHM_ABORT_ENDED : OHM_ABORT_KILLED;
}

static void gather(const ohm_supervisor *s, ohm_abort *out)
{
    int number = atomic_load(&s->vigil->signal);
    if (number == 0 && s->signals >= 0 && WIFSIGNALED(s->status))
        number = WTERMSIG(s->status);
    *out = (ohm_abort){
        .utc_ms = ohm_clock_utc(),
        .mono = ohm_clock_mono(),
        .boot_id = ohm_clock_boot_id(),
        .signal = (uint8_t)number,
        .cause = cause_of(s, number),
        .mode = mode_of(s),
    };
    out->ran_s = (uint32_t)(ohm_mono_since(out->mono, s->begun) / OHM_SECOND_MS);
    gather_events(s->vigil, out);
    ohm_facts_build(out->build);
}

/* What follows from an end that nobody asked for. */
void ohm_vigil_take_over(ohm_supervisor *s, ohm_abort *ret_abort)
{
    char name[16];
    ohm_abort_record record;
    gather(s, ret_abort);
    ohm_abort_signal_name(ret_abort->signal, name);
    ohm_log(OHM_LOG_ERROR, "daemon aborted cause=%s signal=%s ran_s=%u build=%.12s",
            ohm_abort_cause_name(ret_abort->cause), name[0] ? name : "unknown", ret_abort->ran_s,
            ret_abort->build);
    const ohm_handed *h = s->handed;
    uint32_t newest = atomic_load(&h->count) % 2;
    ret_abort->outputs = ohm_outputs_take_over(
        s->state_dir, ohm_span_of(h->bytes[newest], h->len[newest]), s->options.config, s->stuck);
    ohm_err err = ohm_aborts_append(s->state_dir, ret_abort, &record);
    if (ohm_failed(err))
        ohm_log(OHM_LOG_ERROR, "abort not written down why=\"%s\"", err.what);
    ohm_log(OHM_LOG_NOTICE, "supervisor outputs=%s next_start=%s",
            ohm_abort_outputs_name(ret_abort->outputs), ohm_run_mode_name(record.mode));
}

/* --- beside ----------------------------------------------------------------------------------- */

/* Its standard output is nobody's: who reads the daemon's sees the end when that ends. */
static void detach(ohm_supervisor *s)
{
    /* A service manager's watchdog aborts all there is; abort() of our own ends us all the same. */
    static const int ignored[] = { SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGPIPE,
                                   SIGTTOU, SIGABRT, SIGUSR1, SIGUSR2, SIGALRM };
    (void)setsid();
    (void)prctl(PR_SET_NAME, "ohm-supervisor");
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        (void)signal(ignored[i], SIG_IGN);
    int nothing = open("/dev/null", O_RDWR);
    (void)dup2(nothing, STDIN_FILENO);
    (void)dup2(nothing, STDOUT_FILENO);
    int alive = fcntl(s->alive, F_DUPFD, OHM_VIGIL_FD_HIGH),
        leash = fcntl(s->leash, F_DUPFD, OHM_VIGIL_FD_HIGH);
    s->alive = dup2(alive, 3);
    s->leash = dup2(leash, 4);
    (void)close_range(5, ~0U, 0);
}

_Noreturn void ohm_vigil_stand_beside(ohm_supervisor *s)
{
    ohm_abort abort;
    detach(s);
    ohm_vigil_watch(s);
    if (atomic_load(&s->vigil->stage) == OHM_VIGIL_DONE)
        _exit(OHM_EXIT_OK);
    for (int i = 0; getppid() == s->daemon && i < 500; i++) /* it closes files, then it is gone */
        (void)poll(NULL, 0, 10);
    ohm_vigil_take_over(s, &abort);
    _exit(OHM_EXIT_OK);
}
