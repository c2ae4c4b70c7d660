/* A loop that stands still: preloaded (LD_PRELOAD), it keeps the process whose number the file
 * named by $OHM_TEST_HANG holds from ever hearing of events again. After a word, as in "main 123",
 * one of its threads uses up its stack instead: the first, ("other") another, or ("foreign") one
 * that a library started; after "hold" it hangs, and leaves its descriptors to a child, as one that
 * not even a SIGKILL ends keeps them. With $OHM_TEST_EIO, the record of aborts can't be read, as
 * from a dying card. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Deeper than any stack, in steps that don't leap over the page that guards it. */
static int overflow(int depth)
{
    volatile char frame[512];
    frame[0] = (char)depth;
    return depth == 0 ? 0 : overflow(depth - 1) + frame[0];
}

static void *overflow_alone(void *ctx)
{
    (void)overflow(1 << 30);
    return ctx;
}

static void fall(const char *words)
{
    bool other = strncmp(words, "other ", 6) == 0, first = gettid() == getpid();
    pthread_t thread;
    if (strncmp(words, "foreign ", 8) == 0 && atoi(words + 8) == (int)getpid() && first &&
        pthread_create(&thread, NULL, overflow_alone, NULL) == 0)
        (void)pthread_join(thread, NULL);
    if (!other && strncmp(words, "main ", 5) != 0)
        return;
    if (atoi(strchr(words, ' ')) == (int)getpid() && first != other)
        (void)overflow(1 << 30);
}

static pid_t held;

/* Until the test's folder is gone. */
static void hold(const char *path)
{
    if (held || (held = fork()) != 0)
        return;
    while (access(path, F_OK) == 0)
        (void)usleep(100000);
    _exit(0);
}

static void hang(void)
{
    const char *path = getenv("OHM_TEST_HANG");
    char number[32] = "";
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    if (read(fd, number, sizeof number - 1) < 0)
        abort();
    (void)close(fd);
    fall(number);
    if (strncmp(number, "hold ", 5) == 0 && atoi(number + 5) == (int)getpid() &&
        gettid() == getpid()) {
        hold(path);
        while (held)
            (void)pause();
    }
    while (atoi(number) == (int)getpid())
        (void)pause();
}

ssize_t pread64(int fd, void *out, size_t len, off64_t at)
{
    static const char record[] = "/aborts";
    char link[64], path[4096] = "";
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = getenv("OHM_TEST_EIO") ? readlink(link, path, sizeof path - 1) : 0;
    size_t tail = sizeof record - 1;
    if (n > (ssize_t)tail && strcmp(path + n - tail, record) == 0) {
        errno = EIO;
        return -1;
    }
    return syscall(SYS_pread64, fd, out, len, at);
}

int epoll_pwait(int fd, struct epoll_event *events, int max, int timeout, const sigset_t *mask)
{
    hang();
    return (int)syscall(SYS_epoll_pwait, fd, events, max, timeout, mask, _NSIG / 8);
}

int epoll_wait(int fd, struct epoll_event *events, int max, int timeout)
{
    return epoll_pwait(fd, events, max, timeout, NULL);
}
