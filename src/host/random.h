/* Random bytes from the kernel, and memory that must not outlive its use. */
#ifndef OHM_HOST_RANDOM_H
#define OHM_HOST_RANDOM_H

#include <stddef.h>

/* Fills `out` from getrandom(2). Cannot fail: a kernel without random numbers aborts us, since
 * every token and key would be guessable. */
void ohm_random(void *out, size_t len);

/* Overwrites a secret; the compiler may not leave it out. */
void ohm_wipe(void *secret, size_t len);

#endif
