/* A loop that stands still: preloaded (LD_PRELOAD), it keeps the process whose number the file
 * named by $OHM_TEST_HANG holds from ever hearing of events again. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

static void hang(void)
{
    const char *path = getenv("OHM_TEST_HANG");
    char number[16] = "";
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    if (read(fd, number, sizeof number - 1) < 0)
        abort();
    (void)close(fd);
    while (atoi(number) == (int)getpid())
        (void)pause();
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
