#include "host/clock.h"

#include <stdbool.h>
#include <sys/timex.h>
#include <time.h>

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

ohm_clock_trust ohm_clock_trust_of(void)
{
    if (!ohm_clock_plausible(ohm_clock_utc()))
        return OHM_CLOCK_UNSET;
    struct timex state = { .modes = 0 }; /* reads only: needs no privilege */
    int status = adjtimex(&state);
    bool synced = status >= 0 && status != TIME_ERROR && !(state.status & STA_UNSYNC);
    return synced ? OHM_CLOCK_SYNCED : OHM_CLOCK_PLAUSIBLE;
}
