/* The settings of a port, by the kernel's own structures: glibc's <termios.h> knows neither odd
 * speeds nor that a pseudo-terminal has no parity. */
#include "link/tty.h"

#include <asm/termbits.h>
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "host/syserr.h"

/* Unix98 pseudo-terminals: character devices 136 to 143, for ever 8N1 whatever is asked. */
enum { PTY_MAJOR_FIRST = 136, PTY_MAJOR_LAST = 143 };

static const struct {
    uint32_t baud;
    tcflag_t code;
} speeds[] = {
    { 300, B300 },   { 600, B600 },     { 1200, B1200 },   { 2400, B2400 },   { 4800, B4800 },
    { 9600, B9600 }, { 19200, B19200 }, { 38400, B38400 }, { 57600, B57600 }, { 115200, B115200 },
};
enum { SPEEDS_COUNT = sizeof speeds / sizeof *speeds };

static bool is_pty(int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return false;
    unsigned number = major(st.st_rdev);
    return number >= PTY_MAJOR_FIRST && number <= PTY_MAJOR_LAST;
}

static tcflag_t cflag_of(const char framing[static 4])
{
    tcflag_t flags = CREAD | CLOCAL | (framing[0] == '7' ? CS7 : CS8);
    if (framing[1] != 'N')
        flags |= PARENB;
    if (framing[1] == 'O')
        flags |= PARODD;
    if (framing[2] == '2')
        flags |= CSTOPB;
    return flags;
}

/* Raw, and a byte with a wrong parity comes as a NUL: the codec's checksum then tells. */
static void make_raw(tcflag_t *iflag, tcflag_t *oflag, tcflag_t *lflag, cc_t *cc, bool parity)
{
    *iflag = parity ? INPCK : 0;
    *oflag = 0;
    *lflag = 0;
    cc[VMIN] = 1; /* with 0, an idle port would read as one that ended */
    cc[VTIME] = 0;
}

static int set_speed_by_code(int fd, tcflag_t cflag, tcflag_t code, bool parity)
{
    struct termios tty;
    if (ioctl(fd, TCGETS, &tty) != 0)
        return -1;
    make_raw(&tty.c_iflag, &tty.c_oflag, &tty.c_lflag, tty.c_cc, parity);
    tty.c_cflag = cflag | code;
    return ioctl(fd, TCSETS, &tty);
}

static int set_speed_by_number(int fd, tcflag_t cflag, uint32_t baud, bool parity)
{
    struct termios2 tty;
    if (ioctl(fd, TCGETS2, &tty) != 0)
        return -1;
    make_raw(&tty.c_iflag, &tty.c_oflag, &tty.c_lflag, tty.c_cc, parity);
    tty.c_cflag = cflag | BOTHER | (tcflag_t)(BOTHER << IBSHIFT);
    tty.c_ispeed = baud;
    tty.c_ospeed = baud;
    return ioctl(fd, TCSETS2, &tty);
}

/* What the driver made of it: some silently keep what they can't do. */
static ohm_err check(int fd, tcflag_t want)
{
    const tcflag_t framing = CSIZE | PARENB | PARODD | CSTOPB;
    struct termios tty;
    if (ioctl(fd, TCGETS, &tty) != 0)
        return ohm_err_errno(errno);
    if (((tty.c_cflag ^ want) & framing) != 0 && !is_pty(fd))
        return ohm_fail(OHM_UNSUPPORTED, 0, "the port can't do this framing");
    return ohm_ok();
}

ohm_err ohm_tty_setup(int fd, uint32_t baud, const char framing[static 4])
{
    tcflag_t cflag = cflag_of(framing);
    bool parity = framing[1] != 'N';
    int i = 0;
    while (i < SPEEDS_COUNT && speeds[i].baud != baud)
        i++;
    int status = i < SPEEDS_COUNT ? set_speed_by_code(fd, cflag, speeds[i].code, parity)
                                  : set_speed_by_number(fd, cflag, baud, parity);
    /* Some kernels refuse a framing on a pseudo-terminal instead of ignoring it. */
    if (status != 0 && errno == EINVAL && is_pty(fd))
        return ohm_ok();
    if (status != 0)
        return errno == EINVAL ? ohm_fail(OHM_UNSUPPORTED, 0, "the port can't do this speed")
                               : ohm_err_errno(errno);
    (void)ioctl(fd, TCFLSH, TCIFLUSH); /* what came under the old settings is noise */
    return check(fd, cflag);
}
