/* Engines with some state: usage: seed_snapshot FOLDER */
#include <stdio.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "host/file.h"

static int live(ohm_engine *engine, bool red)
{
    static ohm_actions actions;
    static ohm_engine_config config;
    ohm_engine_config_defaults(&config);
    config.main_device = 0;
    config.has_ecowatt = true;
    config.loads_count = 3;
    for (int i = 0; i < 3; i++) {
        config.loads[i] = (ohm_load){ .tier = 1, .nominal_w = 2000, .failsafe_fed = true };
        (void)snprintf(config.loads[i].id, sizeof config.loads[i].id, "load%d", i);
    }
    ohm_engine_init(engine, &config);
    const ohm_boot boot = { .boot_id = 1, .clock_set = true };
    ohm_event event = { .kind = OHM_EVENT_START, .utc_ms = 1795363200000, .boot = &boot };
    ohm_engine_step(engine, &event, &actions);
    ohm_signal_set set = { .count = 1,
                           .fetched_ms = event.utc_ms,
                           .made_ms = OHM_NO_MS,
                           .intervals = { { { event.utc_ms, event.utc_ms + 3600000 }, 3 } } };
    event = (ohm_event){ .kind = OHM_EVENT_SIGNAL, .utc_ms = event.utc_ms, .signal = &set };
    if (red)
        ohm_engine_step(engine, &event, &actions);
    event = (ohm_event){ .kind = OHM_EVENT_TICK, .mono = { 90000 }, .utc_ms = event.utc_ms };
    ohm_engine_step(engine, &event, &actions);
    return 0;
}

int main(int argc, char **argv)
{
    static uint8_t bytes[OHM_SNAPSHOT_MAX];
    ohm_engine *engine = malloc(ohm_engine_size());
    int status = argc < 2 || !engine;
    for (int i = 0; status == 0 && i < 2; i++) {
        char path[OHM_PATH_MAX];
        size_t len = 0;
        (void)snprintf(path, sizeof path, "%s/engine%d", argv[1], i);
        status = live(engine, i == 1) ||
                 ohm_engine_snapshot(engine, OHM_SNAPSHOT_CHECKPOINT, bytes, sizeof bytes, &len) ||
                 ohm_failed(ohm_file_write(path, ohm_span_of(bytes, len), 0600));
    }
    free(engine);
    return status;
}
