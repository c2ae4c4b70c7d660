/* What the web asks of the daemon's watching: forecasts and alarms (cmd/daemon_watch.h). */
#ifndef OHM_WEB_WATCH_H
#define OHM_WEB_WATCH_H

#include <stdint.h>

typedef enum ohm_alarms_which { OHM_ALARMS_ALL, OHM_ALARMS_OPEN, OHM_ALARMS_PAST } ohm_alarms_which;

typedef struct ohm_alarms_ask {
    uint32_t id; /* of one; 0: of all of `which` */
    ohm_alarms_which which;
} ohm_alarms_ask;

typedef enum ohm_alarm_act {
    OHM_ALARM_ACKNOWLEDGE,
    OHM_ALARM_TEACH,
    OHM_ALARM_UNTEACH
} ohm_alarm_act;

#endif
