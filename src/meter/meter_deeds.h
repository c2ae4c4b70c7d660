/* What may be done to a meter besides reading it. Values; nobody owns anything. */
#ifndef OHM_METER_METER_DEEDS_H
#define OHM_METER_METER_DEEDS_H

#include <stdbool.h>

/* What is done to a device on explicit command: never part of the text of its settings. */
typedef enum ohm_meter_switch {
    OHM_SWITCH_LEAVE,
    OHM_SWITCH_DISCONNECT,
    OHM_SWITCH_RECONNECT,
} ohm_meter_switch;

typedef struct ohm_meter_deeds {
    bool set_clock;         /* to our time; needs the zone of its clock */
    bool allow_disconnect;  /* its disconnector may be moved */
    ohm_meter_switch relay; /* and is moved, where it may be */
} ohm_meter_deeds;

#endif
