/* Files that travel inside the binary: the page and the dated data (scripts/embed.py).
 *
 * An asset has the name "page/index.html" or "data/meters/e450.yaml". Its bytes live as long as
 * the process and are followed by a NUL that their length does not count. */
#ifndef OHM_HOST_ASSETS_H
#define OHM_HOST_ASSETS_H

#include <stdbool.h>

#include "base/span.h"

typedef struct ohm_asset {
    const char *name;
    const char *type; /* of HTTP: "text/html; charset=utf-8" */
    const char *hash; /* of the bytes, as text: what an ETag is made of */
    bool immutable;   /* the name holds a hash of the bytes: may be cached for ever */
    ohm_span bytes;
    ohm_span gzip; /* the same compressed, where that pays; else empty */
} ohm_asset;

/* The asset of that name, or NULL. */
const ohm_asset *ohm_asset_find(ohm_span name);

/* The assets in the order of their names: all those of a folder are neighbours. NULL past the
 * end. */
const ohm_asset *ohm_asset_at(size_t index);

#endif
