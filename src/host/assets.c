#include "host/assets.h"

#include "host/assets_table.h"

const ohm_asset *ohm_asset_at(size_t index)
{
    return index < ohm_assets_table_count ? &ohm_assets_table[index] : NULL;
}

/* Like strcmp, for a span and a C string. */
static int compare(ohm_span a, const char *b)
{
    size_t len = strlen(b);
    size_t both = a.len < len ? a.len : len;
    int order = both ? memcmp(a.ptr, b, both) : 0;
    return order ? order : (a.len > len) - (a.len < len);
}

const ohm_asset *ohm_asset_find(ohm_span name)
{
    size_t low = 0, high = ohm_assets_table_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(name, ohm_assets_table[middle].name);
        if (!order)
            return &ohm_assets_table[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
