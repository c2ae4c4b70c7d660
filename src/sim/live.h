/* The demo house alive: it follows a clock, its meter pushes on a line of its own (an E450 every
 * five seconds, or a Linky frame after frame), and what the relays feed changes what it takes.
 *
 * Lives on the loop's thread. The reader is the ordinary one: it opens the address that
 * ohm_sim_live_address says and knows nothing of a simulation. */
#ifndef OHM_SIM_LIVE_H
#define OHM_SIM_LIVE_H

#include "sim/e450.h"
#include "sim/ends.h"
#include "sim/linky.h"

typedef struct ohm_sim_live_options {
    const ohm_house *house; /* copied: where it stands when it comes alive */
    const ohm_e450 *meter;  /* copied; its cipher must stay */
    const ohm_linky *linky; /* copied; instead of `meter`, which is then NULL */
    const ohm_tz *tz;       /* must stay */
    ohm_sim_line line;
    uint32_t baud;          /* 2400, ohm_linky_baud; 0 = at once */
    uint32_t look_every_ms; /* how often the clock is read; 0 = 100 */
    ohm_ms (*utc_now)(void *ctx);
    void *ctx;
} ohm_sim_live_options;

typedef struct ohm_sim_live ohm_sim_live;

OHM_MUST_CHECK ohm_err ohm_sim_live_start(struct uv_loop_s *loop,
                                          const ohm_sim_live_options *options,
                                          ohm_sim_live **ret_live);
void ohm_sim_live_stop(ohm_sim_live *live); /* takes NULL */

const char *ohm_sim_live_address(const ohm_sim_live *live);
const ohm_house *ohm_sim_live_house(const ohm_sim_live *live);

/* From now on the load is fed, or not. */
void ohm_sim_live_feed(ohm_sim_live *live, ohm_house_load load, bool fed);
/* Somebody takes a bath. */
void ohm_sim_live_draw_water(ohm_sim_live *live, double litres);

#endif
