#include "host/language.h"

#include <stdlib.h>
#include <string.h>

bool ohm_language_french(void)
{
    static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *language = getenv(names[i]);
        if (language && *language)
            return strncmp(language, "fr", 2) == 0;
    }
    return false;
}
