/* What a meter said last, as large as what it says. */
#include <stdlib.h>

#include "cmd/daemon.h"
#include "host/clock.h"

enum { VALUES_ROUND = 4 }; /* quantities of a meter: room is made for so many */

/* False: no memory. */
static bool new_counter(uint16_t quantity, ohm_daemon_register **ret_counter)
{
    *ret_counter = NULL;
    if (ohm_quantity_get((ohm_quantity_id)quantity)->kind != OHM_COUNTER)
        return true;
    *ret_counter = calloc(1, sizeof **ret_counter);
    if (*ret_counter)
        (*ret_counter)->memory.time_ms = (*ret_counter)->held_told_ms = OHM_NO_MS;
    return *ret_counter != NULL;
}

ohm_daemon_value *ohm_daemon_value_of(ohm_daemon_latest *latest, uint16_t quantity)
{
    uint16_t at = 0;
    while (at < latest->values_count && latest->values[at].value.quantity < quantity)
        at++;
    if (at < latest->values_count && latest->values[at].value.quantity == quantity)
        return &latest->values[at];
    if (latest->values_count == latest->values_room) {
        uint16_t room = (uint16_t)(latest->values_room + VALUES_ROUND);
        ohm_daemon_value *values = realloc(latest->values, room * sizeof *values);
        if (!values)
            return NULL;
        latest->values = values;
        latest->values_room = room;
    }
    ohm_daemon_register *counter;
    if (!new_counter(quantity, &counter))
        return NULL;
    ohm_daemon_value *place = &latest->values[at];
    memmove(place + 1, place, (size_t)(latest->values_count - at) * sizeof *place);
    latest->values_count++;
    *place =
        (ohm_daemon_value){ .value.quantity = quantity, .time_ms = OHM_NO_MS, .counter = counter };
    return place;
}

void ohm_daemon_values_show(ohm_daemon *d, const ohm_frame *frame)
{
    ohm_daemon_latest *latest = &d->latest[frame->device];
    for (int i = 0; i < frame->count; i++) {
        const ohm_value *v = &frame->values[i];
        ohm_daemon_value *place = ohm_daemon_value_of(latest, v->quantity);
        if (!place)
            continue;
        place->value = *v;
        place->time_ms = frame->time_ms;
        place->seen_mono = ohm_clock_mono();
    }
    latest->seen = true;
    latest->last = ohm_clock_mono();
}

void ohm_daemon_values_drop(ohm_daemon_latest *latest)
{
    for (int i = 0; i < latest->values_count; i++) {
        if (latest->values[i].counter)
            free(latest->values[i].counter->rows);
        free(latest->values[i].counter);
    }
    free(latest->values);
}
