#include "cmd/pool.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POLL_MS = 200, TENTH = 10 };

typedef struct shared {
    _Atomic int64_t next;
    _Atomic int64_t job[OHM_POOL_WORKERS_MAX]; /* that a worker is at; -1: none */
} shared;

typedef struct message {
    int64_t job;
    int worker;
    _Alignas(max_align_t) unsigned char result[OHM_POOL_RESULT_MAX]; /* of any type */
} message;

typedef struct pool {
    const ohm_pool *about;
    shared *shared;
    int workers;
    pid_t pid[OHM_POOL_WORKERS_MAX];
    int said[OHM_POOL_WORKERS_MAX];     /* a worker's stderr */
    int64_t told[OHM_POOL_WORKERS_MAX]; /* the last job that it did; -1: none */
    int ends[2];                        /* the pipe of results */
    int64_t done;
} pool;

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

/* --- progress ------------------------------------------------------------------------------- */

int ohm_pool_workers(int64_t jobs)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t wanted = cores < 1 ? 1 : cores > OHM_POOL_WORKERS_MAX ? OHM_POOL_WORKERS_MAX : cores;
    return (int)(wanted < jobs ? wanted : jobs);
}

void ohm_pool_progress(const char *noun, int64_t done, int64_t jobs)
{
    if (isatty(STDERR_FILENO))
        (void)fprintf(stderr, "\r%s %" PRId64 " of %" PRId64 " ", noun, done, jobs);
    else if (jobs > TENTH && done * TENTH / jobs != (done - 1) * TENTH / jobs)
        (void)fprintf(stderr, "%s %" PRId64 " of %" PRId64 "\n", noun, done, jobs);
}

void ohm_pool_progress_end(void)
{
    if (isatty(STDERR_FILENO))
        (void)fputs("\r\x1b[K", stderr);
}

/* --- a worker ------------------------------------------------------------------------------- */

static _Noreturn void work(const pool *p, int worker, pid_t parent)
{
    message m;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || dup2(p->said[worker], STDERR_FILENO) < 0)
        _exit(EXIT_FAILURE);
    (void)signal(SIGINT, SIG_IGN); /* the caller ends us */
    (void)signal(SIGTERM, SIG_DFL);
    memset(&m, 0, sizeof m);
    m.worker = worker;
    size_t len = offsetof(message, result) + p->about->result_size;
    for (;;) {
        m.job = atomic_fetch_add(&p->shared->next, 1);
        if (m.job >= p->about->jobs)
            _exit(EXIT_SUCCESS);
        atomic_store(&p->shared->job[worker], m.job);
        if (!p->about->run(p->about->ctx, m.job, m.result) || fflush(stdout) != 0 ||
            write(p->ends[1], &m, len) != (ssize_t)len)
            _exit(EXIT_FAILURE);
        atomic_store(&p->shared->job[worker], -1);
    }
}

static bool spawn(pool *p, int worker)
{
    pid_t parent = getpid();
    if (ftruncate(p->said[worker], 0) < 0 || lseek(p->said[worker], 0, SEEK_SET) < 0)
        return false;
    atomic_store(&p->shared->job[worker], -1);
    p->told[worker] = -1;
    p->pid[worker] = fork();
    if (p->pid[worker] == 0)
        work(p, worker, parent);
    return p->pid[worker] > 0;
}

/* --- the caller ------------------------------------------------------------------------------ */

/* The end of what a worker wrote on stderr. */
static void read_said(const pool *p, int worker, char said[OHM_POOL_SAID_MAX])
{
    off_t size = lseek(p->said[worker], 0, SEEK_END);
    off_t from = size > OHM_POOL_SAID_MAX - 1 ? size - (OHM_POOL_SAID_MAX - 1) : 0;
    ssize_t got = pread(p->said[worker], said, OHM_POOL_SAID_MAX - 1, from);
    said[got > 0 ? got : 0] = '\0';
}

static void tell(pool *p, int64_t job, const void *result, const char *said)
{
    p->done++;
    ohm_pool_progress_end();
    p->about->done(p->about->ctx, job, result, said);
    ohm_pool_progress(p->about->noun, p->done, p->about->jobs);
}

/* What lies in the pipe now, after `ms` at the most. */
static void hear(pool *p, int ms)
{
    message m;
    struct pollfd in = { .fd = p->ends[0], .events = POLLIN };
    size_t len = offsetof(message, result) + p->about->result_size;
    for (; poll(&in, 1, ms) > 0 && (in.revents & POLLIN); ms = 0)
        if (read(p->ends[0], &m, len) == (ssize_t)len) {
            p->told[m.worker] = m.job;
            tell(p, m.job, m.result, "");
        }
}

/* A worker ended. One that left a job behind is followed by another. */
static bool bury(pool *p, pid_t pid)
{
    char said[OHM_POOL_SAID_MAX];
    int worker = 0;
    while (worker < p->workers && p->pid[worker] != pid)
        worker++;
    if (worker == p->workers)
        return true; /* nobody of ours */
    p->pid[worker] = 0;
    hear(p, 0);
    int64_t job = atomic_load(&p->shared->job[worker]);
    if (job < 0 || job == p->told[worker])
        return true;
    read_said(p, worker, said);
    tell(p, job, NULL, said);
    return atomic_load(&p->shared->next) >= p->about->jobs || spawn(p, worker);
}

static bool any_left(const pool *p)
{
    for (int i = 0; i < p->workers; i++)
        if (p->pid[i] > 0)
            return true;
    return false;
}

static void end_all(pool *p)
{
    for (int i = 0; i < p->workers; i++)
        if (p->pid[i] > 0) {
            (void)kill(p->pid[i], SIGKILL);
            while (waitpid(p->pid[i], NULL, 0) < 0 && errno == EINTR)
                ;
        }
    hear(p, 0);
}

static ohm_pool_end run(pool *p)
{
    for (int i = 0; i < p->workers; i++)
        if (!spawn(p, i)) {
            end_all(p);
            return OHM_POOL_FAILED;
        }
    ohm_pool_progress(p->about->noun, 0, p->about->jobs);
    while (any_left(p)) {
        hear(p, p->done < p->about->jobs ? POLL_MS : 1); /* the last are about to end */
        if (interrupted) {
            end_all(p);
            return OHM_POOL_INTERRUPTED;
        }
        for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) > 0;)
            if (!bury(p, pid)) {
                end_all(p);
                return OHM_POOL_FAILED;
            }
    }
    return OHM_POOL_DONE;
}

static bool open_all(pool *p)
{
    p->shared =
        mmap(NULL, sizeof *p->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p->shared == MAP_FAILED || pipe2(p->ends, O_CLOEXEC) < 0)
        return false;
    for (int i = 0; i < p->workers; i++)
        if ((p->said[i] = memfd_create("said", MFD_CLOEXEC)) < 0)
            return false;
    return true;
}

ohm_pool_end ohm_pool_run(const ohm_pool *about)
{
    pool p = { .about = about, .workers = ohm_pool_workers(about->jobs), .ends = { -1, -1 } };
    struct sigaction stop = { .sa_handler = interrupt }, before[2];
    assert(about->result_size <= OHM_POOL_RESULT_MAX);
    for (int i = 0; i < OHM_POOL_WORKERS_MAX; i++)
        p.said[i] = -1;
    interrupted = 0;
    (void)fflush(NULL); /* nothing is to be written twice */
    (void)sigaction(SIGINT, &stop, &before[0]);
    (void)sigaction(SIGTERM, &stop, &before[1]);
    ohm_pool_end end = open_all(&p) ? run(&p) : OHM_POOL_FAILED;
    (void)sigaction(SIGINT, &before[0], NULL);
    (void)sigaction(SIGTERM, &before[1], NULL);
    ohm_pool_progress_end();
    for (int i = 0; i < OHM_POOL_WORKERS_MAX; i++)
        if (p.said[i] >= 0)
            (void)close(p.said[i]);
    for (int i = 0; i < 2; i++)
        if (p.ends[i] >= 0)
            (void)close(p.ends[i]);
    if (p.shared != MAP_FAILED)
        (void)munmap(p.shared, sizeof *p.shared);
    return end;
}
