/* Inside of what if (daemon_whatif*.c): one case of the site's own years. */
#ifndef OHM_CMD_DAEMON_WHATIF_H
#define OHM_CMD_DAEMON_WHATIF_H

#include "cmd/daemon.h"
#include "cmd/lab.h"

/* The numbers of a step, one series after the other. */
enum {
    OHM_WHATIF_LOAD,
    OHM_WHATIF_PV,      /* of panels that are not there */
    OHM_WHATIF_SUN,     /* of the site's own */
    OHM_WHATIF_OUTDOOR, /* °C */
    OHM_WHATIF_SOLAR,   /* in a zone, W */
    OHM_WHATIF_GAIN,
    OHM_WHATIF_SET,   /* of a zone, °C */
    OHM_WHATIF_TODAY, /* what the zones draw to be as warm as they shall be, W; and in this case: */
    OHM_WHATIF_HEATED,
    OHM_WHATIF_PRICE,
    OHM_WHATIF_EXPORT_PRICE,
    OHM_WHATIF_NONE,
    OHM_WHATIF_SERIES
};

typedef struct ohm_whatif {
    const ohm_replay *ask;
    const ohm_site *site;
    int64_t peak_w; /* of panels that no source of signals tells: the demo's */
    ohm_lab_frame frame;
    double *at[OHM_WHATIF_SERIES];
    uint8_t *period;
    int *known;
    ohm_lab_step *step;
} ohm_whatif;

/* daemon_whatif_sky.c: where it stands, the sun on panels, there or not, and the air outdoors. */
void ohm_whatif_place(ohm_whatif *w, ohm_replayed *told);
OHM_MUST_CHECK ohm_code ohm_whatif_sky(ohm_whatif *w, ohm_replayed *told);

/* daemon_whatif_heat.c: takes what the zones need today out of the load, and puts in what they
 * need with other walls and set points. After the sky. */
OHM_MUST_CHECK ohm_code ohm_whatif_heat(ohm_whatif *w, ohm_replayed *told);

#endif
