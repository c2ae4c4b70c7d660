#include "store/series_ids.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { ROUND = 4 };

/* The first that is of this quantity or of a later one. */
static uint16_t place_of(const ohm_series_ids *ids, uint16_t quantity)
{
    uint16_t low = 0, high = ids->count;
    while (low < high) {
        uint16_t middle = (uint16_t)((low + high) / 2);
        if (ids->all[middle].quantity < quantity)
            low = (uint16_t)(middle + 1);
        else
            high = middle;
    }
    return low;
}

uint32_t ohm_series_ids_get(const ohm_series_ids *ids, uint16_t quantity)
{
    uint16_t at = place_of(ids, quantity);
    return at < ids->count && ids->all[at].quantity == quantity ? ids->all[at].id : 0;
}

ohm_err ohm_series_ids_put(ohm_series_ids *ids, uint16_t quantity, uint32_t id)
{
    uint16_t at = place_of(ids, quantity);
    assert(id != 0);
    assert(at == ids->count || ids->all[at].quantity != quantity);
    if (ids->count == ids->room) {
        uint16_t room = (uint16_t)(ids->room + ROUND);
        ohm_series_id *all = realloc(ids->all, room * sizeof *all);
        if (!all)
            return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
        ids->all = all;
        ids->room = room;
    }
    ohm_series_id *place = &ids->all[at];
    memmove(place + 1, place, (size_t)(ids->count - at) * sizeof *place);
    *place = (ohm_series_id){ id, quantity };
    ids->count++;
    return ohm_ok();
}

void ohm_series_ids_release(ohm_series_ids *ids)
{
    free(ids->all);
    *ids = (ohm_series_ids){ 0 };
}
