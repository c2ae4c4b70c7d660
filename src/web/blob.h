/* Bytes with several readers: made once, shared by count, never changed. One thread only. */
#ifndef OHM_WEB_BLOB_H
#define OHM_WEB_BLOB_H

#include "base/span.h"

typedef struct ohm_blob {
    unsigned refs;
    size_t len;
    uint8_t bytes[];
} ohm_blob;

/* One reference, the caller's. NULL: out of memory. */
ohm_blob *ohm_blob_new(ohm_span bytes);
/* Room for `cap` bytes, len still 0. */
ohm_blob *ohm_blob_room(size_t cap);
ohm_blob *ohm_blob_ref(ohm_blob *blob);
void ohm_blob_unref(ohm_blob *blob); /* NULL allowed */

#endif
