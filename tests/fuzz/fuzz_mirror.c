/* What an engine exports, the record of what is owed, and of what changed. */
#include <stdlib.h>

#include "store/changes.h"
#include "store/mirror_own.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ohm_mirror_there there;
    ohm_span bytes = ohm_span_of(data, size);
    if (!ohm_failed(ohm_mirror_there_parse(bytes, OHM_Q_POWER, &there))) {
        for (ohm_ms t = 0; t < 10; t++)
            (void)ohm_mirror_there_has(&there, t, t);
        ohm_mirror_there_free(&there);
    }
    ohm_span text = bytes;
    for (ohm_change change; ohm_changes_next(&text, &change);)
        assert(change.number > 0 && change.device_key.len > 0);
    static ohm_mirror_todo todo;
    ohm_mirror_todo_init(&todo);
    ohm_mirror_todo_device(&todo, 0, "h/z/d");
    (void)ohm_mirror_todo_restore(&todo, bytes).code;
    char line[OHM_MIRROR_RECORD_MAX];
    (void)ohm_mirror_todo_save(&todo.places[0], line);
    return 0;
}
