/* The ids of a device and of its series, by quantity: what the writer has asked the file once. As
 * large as what the device says, since a site has hundreds of them, and all in a few blocks: each
 * in memory of its own would hold back a page of what the file's cache gives back. */
#ifndef OHM_STORE_SERIES_IDS_H
#define OHM_STORE_SERIES_IDS_H

#include "base/err.h"

typedef struct ohm_series_id {
    uint32_t id;
    uint16_t quantity;
} ohm_series_id;

/* Where the ids of all devices lie. Starts as zeros. */
typedef struct ohm_series_pool {
    struct ohm_series_block *blocks;
} ohm_series_pool;

/* Of one device. Starts as zeros. */
typedef struct ohm_series_ids {
    uint32_t device;    /* its own; 0: not known */
    ohm_series_id *all; /* of the pool, in the order of their quantities */
    uint16_t count, room;
} ohm_series_ids;

/* 0: not known. */
uint32_t ohm_series_ids_get(const ohm_series_ids *ids, uint16_t quantity);
/* So many are to come: their place is made at once. */
void ohm_series_ids_expect(ohm_series_pool *pool, ohm_series_ids *ids, uint16_t count);
/* One that is not known yet. */
OHM_MUST_CHECK ohm_err ohm_series_ids_put(ohm_series_pool *pool, ohm_series_ids *ids,
                                          uint16_t quantity, uint32_t id);
/* Of all devices; what pointed into it must be made zeros. */
void ohm_series_pool_release(ohm_series_pool *pool);

#endif
