/* A library does not speak on its host's stderr: what the rooms log goes nowhere. Takes the place
 * of host/log.c inside libohmstead, whole. */
#include <stdio.h>

#include "host/log.h"

void ohm_log_set_level(ohm_log_level level)
{
    (void)level;
}

void ohm_log(ohm_log_level level, const char *format, ...)
{
    (void)level;
    (void)format;
}

const char *ohm_log_quote(const char *text, char *out, size_t cap)
{
    (void)snprintf(out, cap, "%s", text);
    return out;
}
