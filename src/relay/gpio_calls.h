/* The three calls of the kernel's GPIO character devices that a board of lines needs, so that a
 * test can stand in for the kernel. */
#ifndef OHM_RELAY_GPIO_CALLS_H
#define OHM_RELAY_GPIO_CALLS_H

#include "base/err.h"

/* As open(2), ioctl(2) and close(2): -1 and errno where they fail. */
typedef struct ohm_gpio_calls {
    int (*open)(const char *path);
    int (*control)(int fd, unsigned long request, void *argument);
    void (*close)(int fd);
} ohm_gpio_calls;

extern const ohm_gpio_calls ohm_gpio_system_calls;

#endif
