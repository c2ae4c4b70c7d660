/* One event of each kind, and an action: usage: seed_event FOLDER */
#include <stdio.h>

#include "engine/codec.h"
#include "host/file.h"

static int save(const char *folder, int i, const uint8_t *bytes, size_t len)
{
    char path[OHM_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/event%d", folder, i);
    return ohm_failed(ohm_file_write(path, ohm_span_of(bytes, len), 0600));
}

int main(int argc, char **argv)
{
    static const ohm_boot boot = { .boot_id = 1, .outputs_count = 2 };
    static const ohm_frame frame = { .count = 2, .values = { { OHM_Q_ENERGY_IMPORT, 0, 123 } } };
    static const ohm_signal_set set = { .count = 1, .intervals = { { { 0, 3600000 }, 2 } } };
    static const ohm_command command = { .id = 1, .actor = "demo" };
    static const ohm_note note = { .notice = OHM_NOTICE_SOURCES_AGREE, .device_id = "m" };
    static const ohm_contract_change change = { .power_w_max = 18000, .actor = "user:marie" };
    static const ohm_rules_change rules = { .set = { .count = 1 }, .actor = "user:marie" };
    static const ohm_action action = { .seq = 1, .actor = "user:marie" };
    uint8_t bytes[OHM_EVENT_BYTES_MAX];
    size_t len = 0;
    if (argc < 2)
        return 2;
    for (int kind = 0; kind < OHM_EVENT_KINDS_COUNT; kind++) {
        ohm_event event = { .kind = (ohm_event_kind)kind, .utc_ms = 1795363200000 };
        if (kind == OHM_EVENT_START)
            event.boot = &boot;
        if (kind == OHM_EVENT_FRAME)
            event.frame = &frame;
        if (kind == OHM_EVENT_SIGNAL)
            event.signal = &set;
        if (kind == OHM_EVENT_COMMAND)
            event.command = &command;
        if (kind == OHM_EVENT_NOTE)
            event.note = &note;
        if (kind == OHM_EVENT_CONTRACT)
            event.contract = &change;
        if (kind == OHM_EVENT_RULES)
            event.rules = &rules;
        if (ohm_event_encode(&event, bytes, sizeof bytes, &len) != OHM_OK ||
            save(argv[1], kind, bytes, len))
            return 1;
    }
    if (ohm_action_encode(&action, bytes, sizeof bytes, &len) != OHM_OK)
        return 1;
    return save(argv[1], OHM_EVENT_KINDS_COUNT, bytes, len);
}
