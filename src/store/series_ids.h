/* The ids of a device and of its series, by quantity: what the writer has asked the file once. As
 * large as what the device says, since a site has hundreds of them. */
#ifndef OHM_STORE_SERIES_IDS_H
#define OHM_STORE_SERIES_IDS_H

#include "base/err.h"

typedef struct ohm_series_id {
    uint32_t id;
    uint16_t quantity;
} ohm_series_id;

/* Starts as zeros. */
typedef struct ohm_series_ids {
    uint32_t device;    /* its own; 0: not known */
    ohm_series_id *all; /* in the order of their quantities */
    uint16_t count, room;
} ohm_series_ids;

/* 0: not known. */
uint32_t ohm_series_ids_get(const ohm_series_ids *ids, uint16_t quantity);
/* One that is not known yet. */
OHM_MUST_CHECK ohm_err ohm_series_ids_put(ohm_series_ids *ids, uint16_t quantity, uint32_t id);
void ohm_series_ids_release(ohm_series_ids *ids); /* empty again */

#endif
