/* What scripts/embed.py makes; for host/assets.c alone. */
#ifndef OHM_HOST_ASSETS_TABLE_H
#define OHM_HOST_ASSETS_TABLE_H

#include "host/assets.h"

extern const uint8_t ohm_assets_blob[];
extern const ohm_asset ohm_assets_table[]; /* by name, ascending bytes; one empty row at the end */
extern const size_t ohm_assets_table_count;

#endif
