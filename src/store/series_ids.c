#include "store/series_ids.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROUND = 4,
    BLOCK_IDS = 2000, /* 16 kB; more than any device has */
};

typedef struct ohm_series_block {
    struct ohm_series_block *next;
    size_t used;
    ohm_series_id ids[BLOCK_IDS];
} ohm_series_block;

/* Never given back one by one: what a device outgrows is lost until all go, at most as much as it
 * has then. NULL: no memory. */
static ohm_series_id *take(ohm_series_pool *pool, size_t count)
{
    ohm_series_block *block = pool->blocks;
    if (count > BLOCK_IDS)
        return NULL;
    if (!block || count > BLOCK_IDS - block->used) {
        block = malloc(sizeof *block);
        if (!block)
            return NULL;
        block->next = pool->blocks;
        block->used = 0;
        pool->blocks = block;
    }
    block->used += count;
    return &block->ids[block->used - count];
}

void ohm_series_pool_release(ohm_series_pool *pool)
{
    for (ohm_series_block *block = pool->blocks, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    pool->blocks = NULL;
}

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

void ohm_series_ids_expect(ohm_series_pool *pool, ohm_series_ids *ids, uint16_t count)
{
    if (ids->all || count == 0)
        return;
    ids->all = take(pool, count); /* without it they grow as they come */
    ids->room = ids->all ? count : 0;
}

static ohm_err grow(ohm_series_pool *pool, ohm_series_ids *ids)
{
    uint16_t room = (uint16_t)(ids->room < ROUND ? ROUND : 2 * ids->room);
    ohm_series_id *all = take(pool, room);
    if (!all)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    if (ids->count > 0)
        memcpy(all, ids->all, ids->count * sizeof *all);
    ids->all = all;
    ids->room = room;
    return ohm_ok();
}

ohm_err ohm_series_ids_put(ohm_series_pool *pool, ohm_series_ids *ids, uint16_t quantity,
                           uint32_t id)
{
    uint16_t at = place_of(ids, quantity);
    assert(id != 0);
    assert(at == ids->count || ids->all[at].quantity != quantity);
    if (ids->count == ids->room)
        OHM_TRY(grow(pool, ids));
    ohm_series_id *place = &ids->all[at];
    memmove(place + 1, place, (size_t)(ids->count - at) * sizeof *place);
    *place = (ohm_series_id){ id, quantity };
    ids->count++;
    return ohm_ok();
}
