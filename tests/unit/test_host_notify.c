#include "host/notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/clock.h"

/* A service manager's end on an abstract socket whose name the kernel picks. */
static int manager(char name[static 64])
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    socklen_t size = sizeof address.sun_family; /* autobind, unix(7) */
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    size = sizeof address;
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    size_t len = size - offsetof(struct sockaddr_un, sun_path);
    assert_in_range(len, 2, 63);
    memcpy(name, address.sun_path, len);
    name[0] = '@';
    name[len] = '\0';
    return fd;
}

static void the_state_arrives_in_one_datagram(void **state)
{
    (void)state;
    char name[64], got[128];
    int fd = manager(name);
    setenv("NOTIFY_SOCKET", name, 1);
    assert_int_equal(ohm_notify("READY=1\nSTATUS=two meters").code, OHM_OK);
    ssize_t n = recv(fd, got, sizeof got, 0);
    assert_int_equal(n, (ssize_t)strlen("READY=1\nSTATUS=two meters"));
    assert_memory_equal(got, "READY=1\nSTATUS=two meters", (size_t)n);
    close(fd);
    assert_int_equal(ohm_notify("WATCHDOG=1").code, OHM_IO); /* nobody listens any more */
}

static void bad_sockets_are_named(void **state)
{
    (void)state;
    char longer[200];
    memset(longer, 'x', sizeof longer - 1);
    longer[0] = '/';
    longer[sizeof longer - 1] = '\0';
    unsetenv("NOTIFY_SOCKET");
    assert_int_equal(ohm_notify("READY=1").code, OHM_UNKNOWN);
    setenv("NOTIFY_SOCKET", "relative", 1);
    assert_int_equal(ohm_notify("READY=1").code, OHM_BAD_FORMAT);
    setenv("NOTIFY_SOCKET", longer, 1);
    assert_int_equal(ohm_notify("READY=1").code, OHM_TOO_BIG);
    unsetenv("NOTIFY_SOCKET");
}

static void the_watchdog_is_for_this_process(void **state)
{
    (void)state;
    char pid[32];
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    static const struct {
        const char *why, *usec;
        int64_t want_ms;
    } rows[] = {
        { "microseconds become milliseconds", "20000000", 20000 },
        { "not a number", "20s", 0 },
        { "too large is refused", "99999999999999999999", 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        setenv("WATCHDOG_USEC", rows[i].usec, 1);
        setenv("WATCHDOG_PID", pid, 1);
        if (ohm_notify_watchdog_ms() != rows[i].want_ms)
            fail_msg("%s", rows[i].why);
        setenv("WATCHDOG_PID", "1", 1);
        assert_int_equal(ohm_notify_watchdog_ms(), 0);
        unsetenv("WATCHDOG_PID");
        assert_int_equal(ohm_notify_watchdog_ms(), rows[i].want_ms);
    }
    unsetenv("WATCHDOG_USEC");
    assert_int_equal(ohm_notify_watchdog_ms(), 0);
}

static void clocks_run(void **state)
{
    (void)state;
    ohm_mono_ms before = ohm_clock_mono();
    assert_true(ohm_mono_since(ohm_clock_mono(), before) >= 0);
    assert_false(ohm_clock_plausible(0)); /* 1970: a Raspberry Pi just started */
    assert_false(ohm_clock_plausible(INT64_C(1704067199999)));
    assert_true(ohm_clock_plausible(INT64_C(1704067200000)));
    bool unset = ohm_clock_trust_of() == OHM_CLOCK_UNSET;
    assert_int_equal(unset, !ohm_clock_plausible(ohm_clock_utc()));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_state_arrives_in_one_datagram),
        cmocka_unit_test(bad_sockets_are_named),
        cmocka_unit_test(the_watchdog_is_for_this_process),
        cmocka_unit_test(clocks_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
