#include "web/blob.h"

#include <stdlib.h>

ohm_blob *ohm_blob_room(size_t cap)
{
    ohm_blob *blob = malloc(sizeof *blob + cap);
    if (blob) {
        blob->refs = 1;
        blob->len = 0;
    }
    return blob;
}

ohm_blob *ohm_blob_new(ohm_span bytes)
{
    ohm_blob *blob = ohm_blob_room(bytes.len);
    if (blob && bytes.len)
        memcpy(blob->bytes, bytes.ptr, bytes.len);
    if (blob)
        blob->len = bytes.len;
    return blob;
}

ohm_blob *ohm_blob_ref(ohm_blob *blob)
{
    assert(blob->refs > 0);
    blob->refs++;
    return blob;
}

void ohm_blob_unref(ohm_blob *blob)
{
    if (!blob)
        return;
    assert(blob->refs > 0);
    if (--blob->refs == 0)
        free(blob);
}
