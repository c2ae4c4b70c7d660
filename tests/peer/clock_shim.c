/* Another wall clock for a program under test: preloaded (LD_PRELOAD), it adds to what the system
 * says the milliseconds that stand, as an int64_t, in the file named by $OHM_TEST_CLOCK. The file
 * is mapped, so that a test makes the clock jump by writing to it. The clocks that durations are
 * measured with stay as they are. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static _Atomic int64_t *offset_ms;

__attribute__((constructor)) static void open_clock(void)
{
    const char *path = getenv("OHM_TEST_CLOCK");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *map = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *offset_ms, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        abort(); /* a test without its clock would prove nothing */
    (void)close(fd);
    offset_ms = map;
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    int result = (int)syscall(SYS_clock_gettime, clock, out);
    if (result || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) || !offset_ms)
        return result;
    int64_t ms = atomic_load(offset_ms);
    out->tv_sec += (time_t)(ms / 1000);
    out->tv_nsec += (long)(ms % 1000) * 1000000;
    if (out->tv_nsec < 0) {
        out->tv_nsec += 1000000000;
        out->tv_sec--;
    } else if (out->tv_nsec >= 1000000000) {
        out->tv_nsec -= 1000000000;
        out->tv_sec++;
    }
    return 0;
}

time_t time(time_t *out)
{
    struct timespec now = { 0, 0 };
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec now = { 0, 0 };
    (void)zone;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    *out = (struct timeval){ .tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000 };
    return 0;
}
