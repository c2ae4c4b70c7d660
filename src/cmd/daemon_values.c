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
static bool new_counter(ohm_daemon_latest *latest, uint16_t quantity, uint8_t *ret_counter)
{
    *ret_counter = 0;
    if (ohm_quantity_get((ohm_quantity_id)quantity)->kind != OHM_COUNTER)
        return true;
    void *counters = latest->counters;
    if (latest->counters_count == UINT8_MAX ||
        !make_room(&counters, &latest->counters_room, latest->counters_count,
                   sizeof *latest->counters))
        return false;
    latest->counters = counters;
    latest->counters[latest->counters_count++] =
        (ohm_daemon_register){ .time_ms = OHM_NO_MS, .held_told_ms = OHM_NO_MS };
    *ret_counter = (uint8_t)latest->counters_count;
    return true;
}

ohm_daemon_register *ohm_daemon_counter_of(const ohm_daemon_latest *latest,
                                           const ohm_daemon_value *value)
{
    return value->counter > 0 ? &latest->counters[value->counter - 1] : NULL;
}

ohm_daemon_value *ohm_daemon_value_of(ohm_daemon_latest *latest, uint16_t quantity)
{
    uint16_t at = 0;
    uint8_t counter = 0;
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

void ohm_daemon_values_reserve(ohm_daemon_latest *latest, const ohm_frame *frame)
{
    uint16_t counters = 0;
    if (latest->values || latest->counters || frame->count == 0)
        return;
    for (int i = 0; i < frame->count; i++)
        if (ohm_quantity_get((ohm_quantity_id)frame->values[i].quantity)->kind == OHM_COUNTER)
            counters++;
    latest->values = malloc(frame->count * sizeof *latest->values);
    latest->values_room = latest->values ? frame->count : 0;
    latest->counters = counters > 0 ? malloc(counters * sizeof *latest->counters) : NULL;
    latest->counters_room = latest->counters ? counters : 0;
}

uint32_t ohm_daemon_value_age(const ohm_daemon_latest *latest, const ohm_daemon_value *value,
                              ohm_mono_ms now)
{
    int64_t age_ms = value->age_ms + ohm_mono_since(now, latest->last);
    return age_ms < UINT32_MAX ? (uint32_t)age_ms : UINT32_MAX;
}

void ohm_daemon_values_show(ohm_daemon *d, const ohm_frame *frame)
{
    ohm_daemon_latest *latest = &d->latest[frame->device];
    const ohm_mono_ms now = ohm_clock_mono();
    for (int i = 0; latest->seen && i < latest->values_count; i++)
        latest->values[i].age_ms = ohm_daemon_value_age(latest, &latest->values[i], now);
    for (int i = 0; i < frame->count; i++) {
        const ohm_value *v = &frame->values[i];
        ohm_daemon_value *place = ohm_daemon_value_of(latest, v->quantity);
        if (!place)
            continue;
        place->value = v->value;
        place->quality = v->quality;
        place->time_ms = frame->time_ms;
        place->age_ms = 0;
    }
    latest->seen = true;
    latest->last = now;
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

bool ohm_daemon_values_make(ohm_daemon *d)
{
    int count = d->site->meters_count;
    d->latest = calloc((size_t)count, sizeof *d->latest);
    for (int i = 0; d->latest && i < count; i++)
        d->latest[i].stale_after_ms = ohm_build_stale_ms(d->site, i);
    return d->latest != NULL;
}
