#include "base/err.h"

static const char *const names[] = {
#define OHM_CODE_NAME(name, text) [name] = #name,
    OHM_CODES(OHM_CODE_NAME)
#undef OHM_CODE_NAME
};

static const char *const texts[] = {
#define OHM_CODE_TEXT(name, text) [name] = text,
    OHM_CODES(OHM_CODE_TEXT)
#undef OHM_CODE_TEXT
};

const char *ohm_code_name(ohm_code code)
{
    return (unsigned)code < OHM_CODES_COUNT ? names[code] : "OHM_?";
}

const char *ohm_code_text(ohm_code code)
{
    return (unsigned)code < OHM_CODES_COUNT ? texts[code] : "unknown error";
}
