/* What a meter said last, as large as what it says. */
#include <stdlib.h>

#include "cmd/daemon.h"
#include "host/clock.h"

enum { ROUND = 4 }; /* room is made for so many at once */

/* Room for one more; false: no memory. */
static bool make_room(void **items, uint16_t *room, uint16_t count, size_t size)
{
    if (count < *room)
        return true;
    void *more = realloc(*items, (size_t)(*room + ROUND) * size);
    if (!more)
        return false;
    *items = more;
    *room = (uint16_t)(*room + ROUND);
    return true;
}

/* False: no memory. */
static bool new_counter(ohm_daemon_latest *latest, uint16_t quantity, uint16_t *ret_counter)
{
    *ret_counter = 0;
    if (ohm_quantity_get((ohm_quantity_id)quantity)->kind != OHM_COUNTER)
        return true;
    void *counters = latest->counters;
    if (!make_room(&counters, &latest->counters_room, latest->counters_count,
                   sizeof *latest->counters))
        return false;
    latest->counters = counters;
    latest->counters[latest->counters_count++] =
        (ohm_daemon_register){ .time_ms = OHM_NO_MS, .held_told_ms = OHM_NO_MS };
    *ret_counter = latest->counters_count;
    return true;
}

ohm_daemon_register *ohm_daemon_counter_of(const ohm_daemon_latest *latest,
                                           const ohm_daemon_value *value)
{
    return value->counter > 0 ? &latest->counters[value->counter - 1] : NULL;
}

ohm_daemon_value *ohm_daemon_value_of(ohm_daemon_latest *latest, uint16_t quantity)
{
    uint16_t at = 0, counter = 0;
    while (at < latest->values_count && latest->values[at].quantity < quantity)
        at++;
    if (at < latest->values_count && latest->values[at].quantity == quantity)
        return &latest->values[at];
    void *values = latest->values;
    if (!make_room(&values, &latest->values_room, latest->values_count, sizeof *latest->values))
        return NULL;
    latest->values = values;
    if (!new_counter(latest, quantity, &counter))
        return NULL;
    ohm_daemon_value *place = &latest->values[at];
    memmove(place + 1, place, (size_t)(latest->values_count - at) * sizeof *place);
    latest->values_count++;
    *place = (ohm_daemon_value){ .quantity = quantity, .time_ms = OHM_NO_MS, .counter = counter };
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
        place->value = v->value;
        place->quality = v->quality;
        place->time_ms = frame->time_ms;
        place->seen_mono = ohm_clock_mono();
    }
    latest->seen = true;
    latest->last = ohm_clock_mono();
}

void ohm_daemon_values_drop(ohm_daemon_latest *latest)
{
    for (int i = 0; i < latest->counters_count; i++) {
        free(latest->counters[i].contest);
        free(latest->counters[i].rows);
    }
    free(latest->counters);
    free(latest->values);
}
