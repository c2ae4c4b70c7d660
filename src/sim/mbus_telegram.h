/* What the simulated meters of an M-Bus say. Private to the simulator and its tests. */
#ifndef OHM_SIM_MBUS_TELEGRAM_H
#define OHM_SIM_MBUS_TELEGRAM_H

#include "sim/mbus_bus.h"

/* The present telegram of a meter as a long frame; returns its size. */
size_t ohm_sim_mbus_telegram(const ohm_sim_mbus_meter *meter, int64_t now_ms,
                             uint8_t out[static OHM_MBUS_LONG_MAX]);

#endif
