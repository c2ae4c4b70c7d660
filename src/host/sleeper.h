/* Memory that sleeps: of its bytes the first ones are always wanted, the others only for moments
 * (while a message comes, while a device is asked). Asleep it costs the first ones alone, and what
 * lay behind them is gone: it reads as zeros when it wakes. Sleeping and waking allocate nothing.
 *
 * The memory stays where it is, but asleep it must not be touched: whoever only reads the first
 * bytes asks ohm_sleeper_look. */
#ifndef OHM_HOST_SLEEPER_H
#define OHM_HOST_SLEEPER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct ohm_sleeper {
    void *memory; /* NULL: none */
    size_t size, kept_size;
    void *kept; /* the first bytes, asleep; NULL: it never sleeps */
    bool asleep;
} ohm_sleeper;

/* Zeros, awake. kept_size 0: it never sleeps. False: no memory. */
bool ohm_sleeper_init(ohm_sleeper *s, size_t size, size_t kept_size);
/* Wiped first. Takes zeros, too. */
void ohm_sleeper_release(ohm_sleeper *s);

void ohm_sleeper_sleep(ohm_sleeper *s);
void ohm_sleeper_wake(ohm_sleeper *s);

/* The first bytes, awake or asleep. */
static inline const void *ohm_sleeper_look(const ohm_sleeper *s)
{
    return s->asleep ? s->kept : s->memory;
}

#endif
