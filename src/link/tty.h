/* The settings of a serial port. Private to the room, and apart from libuv's headers: they bring
 * <termios.h>, which can't be used together with the kernel's own structures. */
#ifndef OHM_LINK_TTY_H
#define OHM_LINK_TTY_H

#include "base/err.h"

/* Sets a port up: raw, this speed and framing ("8E1"), what came before thrown away.
 * OHM_UNSUPPORTED: the port can't do it. A pseudo-terminal takes any framing and ignores it. */
OHM_MUST_CHECK ohm_err ohm_tty_setup(int fd, uint32_t baud, const char framing[static 4]);

#endif
