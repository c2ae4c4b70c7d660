#include "web/grow.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST = 4096 };

char *ohm_grow_room(ohm_grow *text, size_t len)
{
    if (text->failed || text->too_big)
        return NULL;
    text->too_big = text->max && len > text->max - text->len;
    if (text->too_big)
        return NULL;
    if (!text->bytes || len > text->cap - text->len) {
        size_t cap = text->cap ? text->cap * 2 : FIRST;
        while (cap - text->len < len)
            cap *= 2;
        char *grown = realloc(text->bytes, cap);
        text->failed = !grown;
        if (!grown)
            return NULL;
        text->bytes = grown;
        text->cap = cap;
    }
    return text->bytes + text->len;
}

void ohm_grow_add(ohm_grow *text, const void *bytes, size_t len)
{
    char *room = ohm_grow_room(text, len);
    if (!room)
        return;
    memcpy(room, bytes, len);
    text->len += len;
}

ohm_code ohm_grow_give(ohm_grow *text, ohm_code code, char **ret_bytes, size_t *ret_len)
{
    if (code == OHM_OK && (text->failed || text->too_big))
        code = text->failed ? OHM_NO_MEMORY : OHM_TOO_BIG;
    if (code != OHM_OK) {
        free(text->bytes);
        return code;
    }
    char *fitted = text->len ? realloc(text->bytes, text->len) : NULL;
    *ret_bytes = fitted ? fitted : text->bytes;
    *ret_len = text->len;
    return OHM_OK;
}
