/* The simulated house behind `serve --demo`, and the months before it. */
#ifndef OHM_CMD_DAEMON_DEMO_H
#define OHM_CMD_DAEMON_DEMO_H

#include "cmd/daemon.h"

enum { OHM_DEMO_SAMPLE_MS = 60 * OHM_SECOND_MS }; /* of what was before */

/* --- daemon_demo.c: the house lives, its meter speaks, its grid gets tense ------------------ */

/* Takes the house up where the last run left it, or lets it live from midnight on, and opens the
 * pseudo-terminal of its meter. Before the engine starts. */
OHM_MUST_CHECK ohm_err ohm_demo_start(ohm_daemon *d, ohm_reader *reader);
/* When the engine's story begins: midnight on a first run, else now. */
void ohm_demo_began(const ohm_demo *demo, ohm_mono_ms *ret_mono, ohm_ms *ret_utc_ms);
/* Tells what happened since (frames into the store and the engine) and what the grid says, and
 * lets the meter speak. */
OHM_MUST_CHECK ohm_err ohm_demo_tell(ohm_daemon *d);
/* The key and address of the simulated meter. */
void ohm_demo_meter(const ohm_demo *demo, ohm_meter_config *config);
void ohm_demo_tick(ohm_daemon *d);
/* The house as it is. */
const ohm_house *ohm_demo_house(const ohm_daemon *d);
void ohm_demo_stop(ohm_daemon *d);

/* --- daemon_demo_past.c: the months before ------------------------------------------------ */

/* Makes them beside the daemon, unless the store has them: up to `first`, the house of the demo's
 * first midnight, and for the twin on to `start_ms`. */
void ohm_demo_past_start(ohm_daemon *d, const ohm_house *first, ohm_ms start_ms);
void ohm_demo_past_stop(ohm_daemon *d);

#endif
