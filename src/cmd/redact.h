/* Text for others to read: without serial numbers, delivery points and keys. Pure.
 *
 * Hidden is what looks like one: a word of letters and digits with at least seven characters, four
 * of them digits, and the serial number in a name below /dev/serial/by-id. The first two
 * characters stay, so that several can be told apart. Dates, addresses of the network, ports and
 * versions are no such words. */
#ifndef OHM_CMD_REDACT_H
#define OHM_CMD_REDACT_H

#include <stddef.h>

/* At most cap - 1 bytes and a NUL, cap > 0; returns the bytes written. */
size_t ohm_redact(const char *text, char *out, size_t cap);

#endif
