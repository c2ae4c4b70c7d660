#include "host/clock.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/timex.h>
#include <time.h>

#include "host/file.h"

static int64_t read_ms(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now); /* both clocks exist on every kernel we run on */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

ohm_ms ohm_clock_utc(void)
{
    return read_ms(CLOCK_REALTIME);
}

ohm_mono_ms ohm_clock_mono(void)
{
    return (ohm_mono_ms){ read_ms(CLOCK_BOOTTIME) };
}

uint64_t ohm_clock_boot_id(void)
{
    uint8_t *text = NULL;
    size_t len = 0;
    uint64_t id = 14695981039346656037u; /* FNV-1a of the kernel's text */
    if (ohm_failed(ohm_file_read("/proc/sys/kernel/random/boot_id", 64, &text, &len)))
        return 0;
    for (size_t i = 0; i < len; i++)
        id = (id ^ text[i]) * 1099511628211u;
    free(text);
    return id;
}

ohm_clock_trust ohm_clock_trust_of(void)
{
    if (!ohm_clock_plausible(ohm_clock_utc()))
        return OHM_CLOCK_UNSET;
    struct timex state = { .modes = 0 }; /* reads only: needs no privilege */
    int status = adjtimex(&state);
    bool synced = status >= 0 && status != TIME_ERROR && !(state.status & STA_UNSYNC);
    return synced ? OHM_CLOCK_SYNCED : OHM_CLOCK_PLAUSIBLE;
}
