/* World-years a minute: the house of tests/world with all its faults, one thread. */
#include <stdio.h>
#include <time.h>

#include "cmd/world_build.h"

enum { DAYS = 120, SEEDS = 3 };

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(void)
{
    static ohm_world_config config;
    if (ohm_world_build(OHM_WORLD_HOUSE, &config) != OHM_OK)
        return 1;
    double seconds = 0;
    uint64_t events = 0;
    bool broken = false;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        ohm_world *world = NULL;
        if (ohm_failed(ohm_world_new(&config, seed, &world)))
            return 1;
        double start_s = now_s();
        ohm_world_run(world, DAYS);
        seconds += now_s() - start_s;
        events += ohm_world_result_of(world)->events;
        broken = broken || ohm_world_result_of(world)->broken;
        ohm_world_free(world);
    }
    double years = DAYS * SEEDS / 365.0;
    printf("worlds: %.1f world-years a minute, %.0f events a world-day, %.2f us an event\n",
           years * 60 / seconds, (double)events / (DAYS * SEEDS), 1e6 * seconds / (double)events);
    if (broken)
        printf("worlds: an invariant is BROKEN (ohmstead simulate says which)\n");
    return broken;
}
