#include "cmd/supervisor.h"

#include <errno.h>
#include <fcntl.h>
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
#include "cmd/supervisor_facts.h"
#include "cmd/supervisor_own.h"
#include "host/clock.h"
#include "host/fault_stack.h"
#include "host/log.h"
#include "host/syserr.h"

enum {
    BACKOFF_S_MAX = 60,
    STEADY_S = 600, /* one that ran so long is started again at once */
};

/* In the daemon: what its handlers write to, and whether somebody is above it. */
static ohm_vigil *own_vigil;
static ohm_supervisor *above;

/* --- in the daemon ---------------------------------------------------------------------------- */

static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP };

static void on_fault(int number)
{
    atomic_store(&own_vigil->signal, number);
    (void)raise(number); /* SA_RESETHAND: as if nobody had caught it */
}

bool ohm_supervisor_is_fault(int number)
{
    bool is = false;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        is = is || number == faults[i];
    return is;
}

/* A sanitizer that handles a fault itself is left alone. */
static void catch_faults(ohm_vigil *v)
{
    const int flags = (int)((unsigned)SA_RESETHAND | (unsigned)SA_ONSTACK);
    own_vigil = v;
    ohm_fault_stack();
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct sigaction now, ours = { .sa_handler = on_fault, .sa_flags = flags };
        if (sigaction(faults[i], NULL, &now) == 0 && now.sa_handler == SIG_DFL)
            (void)sigaction(faults[i], &ours, NULL);
    }
}

/* Whatever the daemon writes on by mistake later, it is not this. One that begins anew in the same
 * process hands over a second time. */
static void hand_over(ohm_supervisor *s, const ohm_supervisor_options *options)
{
    ohm_handed *h = s->handed;
    ohm_span yaml = options->yaml;
    uint32_t count = atomic_load(&h->count) + 1;
    if (mprotect(h, sizeof *h, PROT_READ | PROT_WRITE)) {
        ohm_log(OHM_LOG_ERROR, "supervisor: configuration not handed over why=\"%s\"",
                strerror(errno));
        return;
    }
    if (yaml.len > 0 && yaml.len <= OHM_SCHEMA_BYTES_MAX) {
        memcpy(h->bytes[count % 2], yaml.ptr, yaml.len);
        h->len[count % 2] = yaml.len;
        atomic_store(&h->count, count);
    }
    h->has_config = options->config != NULL;
    (void)snprintf(h->config, sizeof h->config, "%s", options->config ? options->config : "");
    (void)snprintf(h->state_dir, sizeof h->state_dir, "%s", options->state_dir);
    h->hang_s = options->hang_s;
    h->daemon = getpid();
    h->begun = s->begun;
    h->kills_by_memory = s->kills_by_memory;
    (void)mprotect(h, sizeof *h, PROT_READ);
}

void ohm_supervisor_holds(ohm_supervisor *s)
{
    if (s)
        atomic_store(&s->vigil->stage, OHM_VIGIL_SETTLING);
}

ohm_mono_ms ohm_supervisor_began(const ohm_supervisor *s)
{
    return s ? s->begun : ohm_clock_mono();
}

void ohm_supervisor_runs(ohm_supervisor *s, ohm_run_mode mode)
{
    if (!s)
        return;
    atomic_store(&s->vigil->mode, (int)mode);
    atomic_store(&s->vigil->stage, OHM_VIGIL_RUNNING);
}

void ohm_supervisor_stops(ohm_supervisor *s)
{
    if (s)
        atomic_store(&s->vigil->stage, OHM_VIGIL_STOPPING);
}

void ohm_supervisor_beat(ohm_supervisor *s)
{
    if (s)
        atomic_fetch_add_explicit(&s->vigil->beats, 1, memory_order_relaxed);
}

void ohm_supervisor_event(ohm_supervisor *s, const ohm_event *event)
{
    if (!s)
        return;
    uint32_t device = event->kind == OHM_EVENT_FRAME ? event->frame->device : OHM_DEVICE_NONE;
    uint32_t n = atomic_load_explicit(&s->vigil->events_next, memory_order_relaxed);
    ohm_seen_event *e = &s->vigil->events[n % OHM_ABORT_EVENTS];
    atomic_store_explicit(&e->mono_ms, event->mono.v, memory_order_relaxed);
    atomic_store_explicit(&e->what, (uint32_t)event->kind << 16 | device, memory_order_relaxed);
    atomic_store_explicit(&s->vigil->events_next, n + 1, memory_order_relaxed);
}

static void close_both(ohm_supervisor *s)
{
    (void)close(s->alive);
    if (s->leash >= 0)
        (void)close(s->leash);
    s->leash = -1;
}

/* One whose supervisor above it is gone has another one beside it. */
void ohm_supervisor_end(ohm_supervisor *s)
{
    if (!s)
        return;
    ohm_guard_stop(s);
    atomic_store(&s->vigil->stage, OHM_VIGIL_DONE);
    if (s == above && s->beside == 0)
        return;
    above = NULL;
    close_both(s);
    while (s->beside > 0 && waitpid(s->beside, NULL, 0) < 0 && errno == EINTR)
        ;
    ohm_vigil_free(s);
}

/* --- beside ----------------------------------------------------------------------------------- */

/* Forks it: the daemon has one end of each pipe, it the other one. */
static ohm_err fork_beside(ohm_supervisor *s, void (*lighten)(void *ctx), void *ctx)
{
    int life[2], leash[2];
    if (pipe2(life, O_CLOEXEC))
        return ohm_err_errno(errno);
    bool made = pipe2(leash, O_CLOEXEC) == 0;
    (void)fflush(NULL); /* or both write it */
    s->beside = made ? fork() : -1;
    int wrong = errno;
    if (s->beside == 0) {
        s->alive = life[0];
        s->leash = leash[1];
        lighten(ctx);
        ohm_vigil_stand_beside(s);
    }
    (void)close(life[0]);
    if (made)
        (void)close(leash[1]);
    if (s->beside > 0) {
        s->alive = life[1];
        s->leash = leash[0];
        return ohm_ok();
    }
    s->beside = 0;
    (void)close(life[1]);
    if (made)
        (void)close(leash[0]);
    return ohm_err_errno(wrong);
}

ohm_err ohm_supervisor_start(const ohm_supervisor_options *options, void (*lighten)(void *ctx),
                             void *ctx, ohm_supervisor **ret)
{
    ohm_supervisor *s = above;
    if (s) {
        atomic_store(&s->vigil->stage, OHM_VIGIL_STARTING);
        hand_over(s, options);
        ohm_guard_start(s);
        *ret = s;
        return ohm_ok();
    }
    OHM_TRY(ohm_vigil_new(options, &s));
    s->daemon = getpid();
    s->kills_by_memory = ohm_facts_kills_by_memory();
    hand_over(s, options);
    ohm_err err = fork_beside(s, lighten, ctx);
    if (ohm_failed(err)) {
        ohm_vigil_free(s);
        return err;
    }
    catch_faults(s->vigil);
    ohm_guard_start(s);
    *ret = s;
    return ohm_ok();
}

/* --- above ------------------------------------------------------------------------------------ */

static const int handed_on[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGCHLD };

/* In the child: the daemon, which stops with who started it (its outputs are let go of: nobody is
 * left who would), and is not reached by the terminal's Ctrl-C a second time. */
static _Noreturn void be_daemon(ohm_supervisor *s, pid_t parent, const sigset_t *before,
                                int (*run)(void *ctx), void *ctx)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(OHM_EXIT_FAILED);
    (void)setpgid(0, 0);
    (void)signal(SIGTTOU, SIG_IGN);
    (void)close(s->signals);
    (void)sigprocmask(SIG_SETMASK, before, NULL);
    above = s;
    catch_faults(s->vigil);
    exit(run(ctx));
}

/* False: there is no more of it to come. */
static bool begin(ohm_supervisor *s, const sigset_t *before, int (*run)(void *ctx), void *ctx)
{
    int life[2], leash[2];
    pid_t parent = getpid();
    memset(s->vigil, 0, sizeof *s->vigil);
    s->hung = s->stuck = false;
    s->status = 0;
    s->begun = ohm_clock_mono();
    s->kills_by_memory = ohm_facts_kills_by_memory();
    (void)fflush(NULL);
    s->daemon = 0;
    if (pipe2(life, O_CLOEXEC))
        return false;
    bool made = pipe2(leash, O_CLOEXEC) == 0;
    s->daemon = made ? fork() : -1;
    int wrong = errno;
    if (s->daemon == 0) {
        (void)close(life[0]);
        (void)close(leash[1]);
        s->alive = life[1];
        s->leash = leash[0];
        be_daemon(s, parent, before, run, ctx);
    }
    (void)close(life[1]);
    if (made)
        (void)close(leash[0]);
    s->alive = life[0];
    s->leash = made ? leash[1] : -1;
    if (s->daemon > 0)
        return true;
    close_both(s);
    s->daemon = 0;
    errno = wrong;
    return false;
}

/* It closed its end of the pipe: its status follows. */
static void bury(ohm_supervisor *s)
{
    close_both(s);
    if (s->daemon > 0)
        while (waitpid(s->daemon, &s->status, 0) < 0 && errno == EINTR)
            ;
    s->daemon = 0;
}

/* Sleeps, but for signals. */
static void wait_s(ohm_supervisor *s, int seconds)
{
    struct pollfd polled = { .fd = s->signals, .events = POLLIN };
    ohm_mono_ms until = ohm_mono_after(ohm_clock_mono(), seconds * OHM_SECOND_MS);
    int64_t left_ms = seconds * OHM_SECOND_MS;
    while (!s->asked && left_ms > 0) {
        if (poll(&polled, 1, (int)left_ms) > 0)
            ohm_vigil_hand_on(s);
        left_ms = ohm_mono_since(until, ohm_clock_mono());
    }
}

/* The next start. */
static void pause_before(ohm_supervisor *s, int *backoff_s)
{
    ohm_log(OHM_LOG_NOTICE, "daemon starts again in_s=%d", *backoff_s);
    wait_s(s, *backoff_s);
    *backoff_s = *backoff_s * 2 < BACKOFF_S_MAX ? *backoff_s * 2 : BACKOFF_S_MAX;
}

/* Runs the daemon until it ends as it should; returns its status. One that was up and can't be
 * brought up again is tried for ever: its outputs are where they are safe. */
static int keep_up(ohm_supervisor *s, const sigset_t *before, int (*run)(void *ctx), void *ctx)
{
    int backoff_s = 1;
    bool aborted = false;
    while (!s->asked) {
        ohm_abort abort = { 0 };
        if (!begin(s, before, run, ctx)) {
            int status = ohm_cmd_fail("serve", "the daemon can't be started", strerror(errno));
            if (!aborted)
                return status;
            pause_before(s, &backoff_s);
            continue;
        }
        ohm_vigil_watch(s);
        if (s->stuck) /* it may take long to bury */
            ohm_vigil_take_over(s, &abort);
        bury(s);
        bool done = atomic_load(&s->vigil->stage) == OHM_VIGIL_DONE;
        int status = WIFEXITED(s->status) ? WEXITSTATUS(s->status) : OHM_EXIT_FAILED;
        if (done && (s->asked || !aborted || status == OHM_EXIT_OK))
            return status;
        aborted = true;
        if (!done && !s->stuck)
            ohm_vigil_take_over(s, &abort);
        if (s->asked)
            return OHM_EXIT_FAILED;
        backoff_s = abort.ran_s >= STEADY_S ? 1 : backoff_s;
        pause_before(s, &backoff_s);
    }
    return OHM_EXIT_OK;
}

int ohm_supervise(const ohm_supervisor_options *options, int (*run)(void *ctx), void *ctx)
{
    ohm_supervisor *s = NULL;
    sigset_t ours, before;
    ohm_err err = ohm_vigil_new(options, &s);
    if (ohm_failed(err))
        return ohm_cmd_fail("serve", err.what, NULL);
    (void)sigemptyset(&ours);
    for (size_t i = 0; i < sizeof handed_on / sizeof *handed_on; i++)
        (void)sigaddset(&ours, handed_on[i]);
    (void)sigprocmask(SIG_BLOCK, &ours, &before);
    s->signals = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
    int status = s->signals < 0 ? ohm_cmd_fail("serve", strerror(errno), NULL)
                                : keep_up(s, &before, run, ctx);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    (void)close(s->signals);
    ohm_vigil_free(s);
    return status;
}
