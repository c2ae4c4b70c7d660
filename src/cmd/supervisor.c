#include "cmd/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
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
#include "config/site.h"
#include "host/clock.h"
#include "host/fault_stack.h"
#include "host/file.h"
#include "host/log.h"
#include "host/paths.h"
#include "host/syserr.h"

enum {
    LOOK_MS = 5000,  /* between two looks at the daemon's beat */
    GRACE_MS = 5000, /* after the SIGABRT of one that hangs */
    BACKOFF_S_MAX = 60,
    STEADY_S = 600, /* one that ran so long is started again at once */
};

typedef enum stage { STARTING, SETTLING, RUNNING, STOPPING, DONE } stage;

/* How often its limit a loop may stand still: a large store may have to be mended before it begins,
 * while its outputs are still safe; a slow disk may keep it from ending. */
static const int64_t patience[] = {
    [STARTING] = 20, [SETTLING] = 4, [RUNNING] = 1, [STOPPING] = 4, [DONE] = 4,
};

typedef struct seen_event {
    _Atomic int64_t mono_ms;
    _Atomic uint32_t what; /* its kind, above its device */
} seen_event;

/* The page that both processes see. */
typedef struct vigil {
    _Atomic int stage, mode, signal;
    _Atomic uint32_t beats, events_next;
    seen_event events[OHM_ABORT_EVENTS];
} vigil;

/* The configuration, as a daemon took it: the newest one is where `count` says, the one before
 * stays until it is whole. */
typedef struct handed {
    _Atomic uint32_t count; /* 0: there was none yet */
    size_t len[2];
    uint8_t bytes[2][OHM_SCHEMA_BYTES_MAX];
} handed;

struct ohm_supervisor {
    vigil *vigil;
    handed *handed;
    ohm_supervisor_options options;
    char state_dir[OHM_PATH_MAX];
    pid_t daemon, beside; /* 0: there is none */
    int alive;   /* of the daemon: the end it alone writes to; of the supervisor: the other one */
    int signals; /* above: what it was sent; else -1 */
    bool asked;  /* above: to stop */
    int status;  /* above: of the daemon's end */
    ohm_mono_ms begun;
    uint64_t kills_by_memory; /* of the kernel, as the daemon began */
    bool hung;
};

/* In the daemon: what its handlers write to, and whether somebody is above it. */
static vigil *own_vigil;
static ohm_supervisor *above;

/* --- in the daemon ---------------------------------------------------------------------------- */

static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP };

static void on_fault(int number)
{
    atomic_store(&own_vigil->signal, number);
    (void)raise(number); /* SA_RESETHAND: as if nobody had caught it */
}

/* A sanitizer that handles a fault itself is left alone. */
static void catch_faults(vigil *v)
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
static void hand_over(handed *h, ohm_span yaml)
{
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
    (void)mprotect(h, sizeof *h, PROT_READ);
}

void ohm_supervisor_holds(ohm_supervisor *s)
{
    if (s)
        atomic_store(&s->vigil->stage, SETTLING);
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
    atomic_store(&s->vigil->stage, RUNNING);
}

void ohm_supervisor_stops(ohm_supervisor *s)
{
    if (s)
        atomic_store(&s->vigil->stage, STOPPING);
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
    seen_event *e = &s->vigil->events[n % OHM_ABORT_EVENTS];
    atomic_store_explicit(&e->mono_ms, event->mono.v, memory_order_relaxed);
    atomic_store_explicit(&e->what, (uint32_t)event->kind << 16 | device, memory_order_relaxed);
    atomic_store_explicit(&s->vigil->events_next, n + 1, memory_order_relaxed);
}

static void release(ohm_supervisor *s)
{
    (void)munmap(s->vigil, sizeof *s->vigil);
    (void)munmap(s->handed, sizeof *s->handed);
    free(s);
}

void ohm_supervisor_end(ohm_supervisor *s)
{
    if (!s)
        return;
    atomic_store(&s->vigil->stage, DONE);
    if (s == above)
        return;
    (void)close(s->alive);
    while (waitpid(s->beside, NULL, 0) < 0 && errno == EINTR)
        ;
    release(s);
}

/* --- what both forms share -------------------------------------------------------------------- */

/* What stands in memory that the daemon may have written on by mistake is looked at first. */
static stage stage_of(const ohm_supervisor *s)
{
    int at = atomic_load(&s->vigil->stage);
    return at >= STARTING && at <= DONE ? (stage)at : RUNNING;
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
    if (poll(&alive, 1, GRACE_MS) == 0)
        (void)kill(s->daemon, SIGKILL);
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
static void hand_on(ohm_supervisor *s)
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

/* Waits for the daemon's end. Time is counted in looks, which stand still while the machine
 * sleeps. */
static void watch(ohm_supervisor *s)
{
    uint32_t beats = 0;
    stage before = STARTING;
    int64_t hang_ms = s->options.hang_s * OHM_SECOND_MS, still_ms = 0;
    int look_ms = hang_ms > 0 && hang_ms / 4 < LOOK_MS ? (int)hang_ms / 4 : LOOK_MS;
    struct pollfd polled[] = { { .fd = s->alive, .events = POLLIN },
                               { .fd = s->signals, .events = POLLIN } };
    while (!(polled[0].revents & (POLLIN | POLLHUP))) {
        int n = poll(polled, 2, look_ms);
        if (n > 0 && polled[1].revents)
            hand_on(s);
        uint32_t now = atomic_load(&s->vigil->beats);
        stage at = stage_of(s);
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

static void gather_events(const vigil *v, ohm_abort *out)
{
    uint32_t next = atomic_load(&v->events_next);
    uint32_t count = next < OHM_ABORT_EVENTS ? next : OHM_ABORT_EVENTS;
    for (uint32_t i = 0; i < count; i++) {
        const seen_event *e = &v->events[(next - 1 - i) % OHM_ABORT_EVENTS];
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
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (number == faults[i])
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
static void take_over(ohm_supervisor *s, ohm_abort *ret_abort)
{
    char name[16];
    ohm_abort_record record;
    gather(s, ret_abort);
    ohm_abort_signal_name(ret_abort->signal, name);
    ohm_log(OHM_LOG_ERROR, "daemon aborted cause=%s signal=%s ran_s=%u build=%.12s",
            ohm_abort_cause_name(ret_abort->cause), name[0] ? name : "unknown", ret_abort->ran_s,
            ret_abort->build);
    const handed *h = s->handed;
    uint32_t newest = atomic_load(&h->count) % 2;
    ret_abort->outputs = ohm_outputs_take_over(
        s->state_dir, ohm_span_of(h->bytes[newest], h->len[newest]), s->options.config);
    ohm_err err = ohm_aborts_append(s->state_dir, ret_abort, &record);
    if (ohm_failed(err))
        ohm_log(OHM_LOG_ERROR, "abort not written down why=\"%s\"", err.what);
    ohm_log(OHM_LOG_NOTICE, "supervisor outputs=%s next_start=%s",
            ohm_abort_outputs_name(ret_abort->outputs), ohm_run_mode_name(record.mode));
}

/* Memory that both processes see. */
static void *share(size_t len)
{
    void *found =
        mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return found == MAP_FAILED ? NULL : found;
}

static ohm_err prepare(const ohm_supervisor_options *options, ohm_supervisor **ret)
{
    ohm_supervisor *s = calloc(1, sizeof *s);
    if (!s)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    s->options = *options;
    s->options.yaml = (ohm_span){ 0 };
    s->alive = s->signals = -1;
    s->begun = ohm_clock_mono();
    s->vigil = share(sizeof *s->vigil);
    s->handed = s->vigil ? share(sizeof *s->handed) : NULL;
    if (!s->handed) {
        int wrong = errno;
        if (s->vigil)
            (void)munmap(s->vigil, sizeof *s->vigil);
        free(s);
        return ohm_err_errno(wrong);
    }
    (void)snprintf(s->state_dir, sizeof s->state_dir, "%s", options->state_dir);
    *ret = s;
    return ohm_ok();
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
    (void)dup2(s->alive, 3);
    s->alive = 3;
    (void)close_range(4, ~0U, 0);
}

static _Noreturn void stand_beside(ohm_supervisor *s)
{
    ohm_abort abort;
    detach(s);
    s->kills_by_memory = ohm_facts_kills_by_memory();
    watch(s);
    if (atomic_load(&s->vigil->stage) == DONE)
        _exit(OHM_EXIT_OK);
    for (int i = 0; getppid() == s->daemon && i < 500; i++) /* it closes files, then it is gone */
        (void)poll(NULL, 0, 10);
    take_over(s, &abort);
    _exit(OHM_EXIT_OK);
}

ohm_err ohm_supervisor_start(const ohm_supervisor_options *options, void (*lighten)(void *ctx),
                             void *ctx, ohm_supervisor **ret)
{
    ohm_supervisor *s = above;
    int ends[2];
    if (s) {
        atomic_store(&s->vigil->stage, STARTING);
        hand_over(s->handed, options->yaml);
        *ret = s;
        return ohm_ok();
    }
    OHM_TRY(prepare(options, &s));
    s->daemon = getpid();
    hand_over(s->handed, options->yaml);
    (void)fflush(NULL); /* or both write it */
    if (pipe2(ends, O_CLOEXEC) || (s->beside = fork()) < 0) {
        int wrong = errno;
        release(s);
        return ohm_err_errno(wrong);
    }
    if (s->beside == 0) {
        s->alive = ends[0];
        lighten(ctx);
        stand_beside(s);
    }
    (void)close(ends[0]);
    s->alive = ends[1];
    catch_faults(s->vigil);
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
    int ends[2];
    pid_t parent = getpid();
    memset(s->vigil, 0, sizeof *s->vigil);
    s->hung = false;
    s->status = 0;
    s->begun = ohm_clock_mono();
    s->kills_by_memory = ohm_facts_kills_by_memory();
    (void)fflush(NULL);
    s->daemon = 0;
    if (pipe2(ends, O_CLOEXEC))
        return false;
    s->daemon = fork();
    if (s->daemon == 0) {
        (void)close(ends[0]);
        s->alive = ends[1];
        be_daemon(s, parent, before, run, ctx);
    }
    (void)close(ends[1]);
    s->alive = ends[0];
    if (s->daemon > 0)
        return true;
    (void)close(ends[0]);
    s->daemon = 0;
    return false;
}

/* It closed its end of the pipe: its status follows. */
static void bury(ohm_supervisor *s)
{
    (void)close(s->alive);
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
            hand_on(s);
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
        watch(s);
        bury(s);
        bool done = atomic_load(&s->vigil->stage) == DONE;
        int status = WIFEXITED(s->status) ? WEXITSTATUS(s->status) : OHM_EXIT_FAILED;
        if (done && (s->asked || !aborted || status == OHM_EXIT_OK))
            return status;
        aborted = true;
        if (!done)
            take_over(s, &abort);
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
    ohm_err err = prepare(options, &s);
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
    release(s);
    return status;
}
