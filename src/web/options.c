#include "web/options.h"

#include <stdlib.h>
#include <string.h>

/* First counts, then copies: `at` is NULL while counting. */
typedef struct copier {
    char *at;
    size_t total;
} copier;

static void *take(copier *to, const void *bytes, size_t len)
{
    char *copy = to->at;
    size_t padded = (len + 7) / 8 * 8; /* pointers lie beside text */
    to->total += padded;
    if (!copy)
        return NULL;
    memcpy(copy, bytes, len);
    to->at += padded;
    return copy;
}

static const char *take_text(copier *to, const char *text)
{
    return text ? take(to, text, strlen(text) + 1) : NULL;
}

static const char *const *take_list(copier *to, const char *const *list)
{
    if (!list || !list[0])
        return NULL;
    size_t count = 0;
    while (list[count])
        count++;
    const char **copy = take(to, list, (count + 1) * sizeof *list);
    for (size_t i = 0; i < count; i++) {
        const char *text = take_text(to, list[i]);
        if (copy)
            copy[i] = text;
    }
    return copy;
}

static void take_all(copier *to, const ohm_web_options *options, ohm_web_options *out)
{
    out->address = take_text(to, options->address);
    out->public_origin = take_text(to, options->public_origin);
    out->state_dir = take_text(to, options->state_dir);
    out->store_path = take_text(to, options->store_path);
    out->allowed_hosts = take_list(to, options->allowed_hosts);
    out->trusted_proxies = take_list(to, options->trusted_proxies);
    out->cors_origins = take_list(to, options->cors_origins);
}

ohm_err ohm_options_copy(const ohm_web_options *options, ohm_web_options *ret_copy,
                         void **ret_memory)
{
    ohm_web_options copy = *options;
    copier count = { NULL, 0 };
    take_all(&count, options, &copy);
    char *memory = malloc(count.total ? count.total : 1);
    if (!memory)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    copier to = { memory, 0 };
    copy = *options;
    take_all(&to, options, &copy);
    *ret_copy = copy;
    *ret_memory = memory;
    return ohm_ok();
}
