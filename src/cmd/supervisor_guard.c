/* What happens when the supervisor itself ends (killed by hand, for want of memory): a thread of
 * the daemon, which waits for that and for nothing else, starts another one beside it. It has
 * nothing to do with the loop, which may stand still in that very moment. The new one is a program
 * of its own (a fork of a process with threads is none to build on); what it has to know is in the
 * memory that the daemon shared with the first one. A daemon whose supervisor was above it also
 * gets a SIGTERM from the kernel, and stops as if it were asked to: that is watched, too. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/supervisor_own.h"
#include "host/clock.h"
#include "host/fault_stack.h"
#include "host/log.h"

enum {
    STACK_LEN = 128 << 10,
    PAUSE_S_MAX = 60, /* between two that end at once */
    /* The descriptors of the new one. */
    ALIVE_FD = 3,
    LEASH_FD = 4,
    VIGIL_FD = 5,
    HANDED_FD = 6,
};

extern char **environ;

/* --- in the daemon ---------------------------------------------------------------------------- */

/* Each end where no dup2 of another writes over it. */
static bool make_pipe(int ends[2])
{
    int low[2];
    if (pipe2(low, O_CLOEXEC))
        return false;
    for (int i = 0; i < 2; i++) {
        ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, OHM_VIGIL_FD_HIGH);
        (void)close(low[i]);
    }
    if (ends[0] >= 0 && ends[1] >= 0)
        return true;
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            (void)close(ends[i]);
    return false;
}

static int spawn(const ohm_supervisor *s, int alive, int leash, pid_t *ret_pid)
{
    char name[] = "ohmstead", word[] = OHM_SUPERVISOR_AGAIN;
    char *words[] = { name, word, NULL };
    const struct {
        int from, to;
    } given[] = {
        { alive, ALIVE_FD },
        { leash, LEASH_FD },
        { s->vigil_fd, VIGIL_FD },
        { s->handed_fd, HANDED_FD },
    };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none;
    (void)sigemptyset(&none);
    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        (void)posix_spawn_file_actions_adddup2(&files, given[i].from, given[i].to);
    int wrong = posix_spawn(ret_pid, "/proc/self/exe", &files, &attributes, words, environ);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&files);
    return wrong;
}

/* Another one, beside the daemon. */
static bool start_another(ohm_supervisor *s)
{
    int life[2], leash[2];
    if (!make_pipe(life))
        return false;
    if (!make_pipe(leash)) {
        (void)close(life[0]);
        (void)close(life[1]);
        return false;
    }
    pid_t pid = 0;
    int wrong = spawn(s, life[0], leash[1], &pid);
    (void)close(life[0]);
    (void)close(leash[1]);
    if (wrong) {
        (void)close(life[1]);
        (void)close(leash[0]);
        errno = wrong;
        return false;
    }
    (void)close(s->alive); /* nobody is left who reads it */
    (void)close(s->leash);
    s->alive = life[1];
    s->leash = leash[0];
    s->beside = pid;
    return true;
}

/* False: the daemon ends. */
static bool wait_ms(const ohm_supervisor *s, int ms)
{
    struct pollfd quit = { .fd = s->quit, .events = POLLIN };
    return poll(&quit, 1, ms) == 0;
}

/* Waits for the end of its supervisor; false: the daemon ends. */
static bool is_alone(const ohm_supervisor *s)
{
    struct pollfd polled[] = { { .fd = s->quit, .events = POLLIN },
                               { .fd = s->leash, .events = POLLIN } };
    while (poll(polled, 2, -1) < 0 && errno == EINTR)
        ;
    return !polled[0].revents;
}

static int longer(int pause_s)
{
    int next_s = pause_s > 0 ? pause_s * 2 : 1;
    return next_s < PAUSE_S_MAX ? next_s : PAUSE_S_MAX;
}

static void *guard(void *ctx)
{
    ohm_supervisor *s = ctx;
    ohm_mono_ms begun = s->begun;
    int pause_s = 0;
    ohm_fault_stack();
    while (is_alone(s)) {
        ohm_log(OHM_LOG_ERROR, "supervisor ended (another one takes its place)");
        while (s->beside > 0 && waitpid(s->beside, NULL, 0) < 0 && errno == EINTR)
            ;
        s->beside = 0;
        bool steady = ohm_mono_since(ohm_clock_mono(), begun) >= PAUSE_S_MAX * OHM_SECOND_MS;
        pause_s = steady ? 0 : longer(pause_s);
        while (wait_ms(s, pause_s * 1000) && !start_another(s)) {
            ohm_log(OHM_LOG_ERROR, "no supervisor why=\"%s\" (tried on)", strerror(errno));
            pause_s = longer(pause_s);
        }
        begun = ohm_clock_mono();
        if (s->beside > 0)
            ohm_log(OHM_LOG_NOTICE, "supervisor started pid=%d", (int)s->beside);
    }
    return NULL;
}

void ohm_guard_start(ohm_supervisor *s)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    s->quit = eventfd(0, EFD_CLOEXEC);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &before);
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, STACK_LEN);
    s->guarded = s->quit >= 0 && pthread_create(&s->guard, &attributes, guard, s) == 0;
    (void)pthread_attr_destroy(&attributes);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!s->guarded)
        ohm_log(OHM_LOG_WARNING, "supervisor not guarded (should it end, nobody takes its place)");
}

void ohm_guard_stop(ohm_supervisor *s)
{
    const uint64_t one = 1;
    if (s->guarded && write(s->quit, &one, sizeof one) == (ssize_t)sizeof one)
        (void)pthread_join(s->guard, NULL);
    s->guarded = false;
    if (s->quit >= 0)
        (void)close(s->quit);
    s->quit = -1;
}

/* --- the new one ------------------------------------------------------------------------------ */

static void *map(int fd, size_t len, int protection)
{
    struct stat found;
    if (fstat(fd, &found) || found.st_size != (off_t)len)
        return NULL;
    void *memory = mmap(NULL, len, protection, MAP_SHARED, fd, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

int ohm_supervisor_again(void)
{
    ohm_supervisor *s = calloc(1, sizeof *s);
    if (!s)
        return ohm_cmd_fail("supervisor", "out of memory", NULL);
    s->vigil = map(VIGIL_FD, sizeof *s->vigil, PROT_READ | PROT_WRITE);
    s->handed = map(HANDED_FD, sizeof *s->handed, PROT_READ);
    if (!s->vigil || !s->handed) {
        free(s);
        return ohm_cmd_usage(OHM_SUPERVISOR_AGAIN, "only the daemon starts this", NULL);
    }
    const ohm_handed *h = s->handed;
    s->options.config = h->has_config ? h->config : NULL;
    s->options.hang_s = h->hang_s;
    (void)snprintf(s->state_dir, sizeof s->state_dir, "%s", h->state_dir);
    s->alive = ALIVE_FD;
    s->leash = LEASH_FD;
    s->signals = s->vigil_fd = s->handed_fd = s->quit = -1;
    s->daemon = h->daemon;
    s->begun = h->begun;
    s->kills_by_memory = h->kills_by_memory;
    ohm_vigil_stand_beside(s);
}
