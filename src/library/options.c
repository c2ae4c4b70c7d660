#include <stdio.h>
#include <stdlib.h>

#include "host/random.h"
#include "host/tzdata.h"
#include "library/own.h"

/* --- errors -------------------------------------------------------------------------------------
 */

static const struct {
    ohm_code code;
    int number;
} codes[] = {
    { OHM_OK, OHMSTEAD_OK },
    { OHM_MORE, OHMSTEAD_MORE },
    { OHM_END, OHMSTEAD_END },
    { OHM_BAD_FORMAT, OHMSTEAD_BAD_FORMAT },
    { OHM_BAD_CHECKSUM, OHMSTEAD_BAD_CHECKSUM },
    { OHM_TOO_BIG, OHMSTEAD_TOO_BIG },
    { OHM_RANGE, OHMSTEAD_RANGE },
    { OHM_UNSUPPORTED, OHMSTEAD_UNSUPPORTED },
    { OHM_UNKNOWN, OHMSTEAD_UNKNOWN },
    { OHM_NO_KEY, OHMSTEAD_NO_KEY },
    { OHM_BAD_TAG, OHMSTEAD_BAD_TAG },
    { OHM_REPLAYED, OHMSTEAD_REPLAYED },
    { OHM_GAP, OHMSTEAD_GAP },
    { OHM_DENIED, OHMSTEAD_DENIED },
    { OHM_CONFLICT, OHMSTEAD_CONFLICT },
    { OHM_BUSY, OHMSTEAD_BUSY },
    { OHM_IO, OHMSTEAD_IO },
    { OHM_NO_MEMORY, OHMSTEAD_NO_MEMORY },
};
static_assert(sizeof codes / sizeof *codes == OHM_CODES_COUNT, "every code has its number");

int ohm_library_code(ohm_code code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].code == code)
            return codes[i].number;
    return OHMSTEAD_WRONG_USE;
}

const char *ohmstead_code_text(int code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].number == code)
            return ohm_code_text(codes[i].code);
    switch (code) {
    case OHMSTEAD_TIMEOUT:
        return "no whole message in time";
    case OHMSTEAD_METER:
        return "the meter can't be read";
    case OHMSTEAD_WRONG_USE:
        return "the call is not as the header says";
    default:
        return "no such code";
    }
}

const char *ohmstead_version(void)
{
    return OHM_VERSION;
}

bool ohm_library_error_usable(const ohmstead_error *error)
{
    return !error || error->size >= sizeof *error;
}

int ohm_library_fail(ohmstead_error *error, int code, const char *what, const char *detail)
{
    bool more = detail && detail[0];
    if (!error || !ohm_library_error_usable(error))
        return code;
    error->code = code;
    error->offset = 0;
    (void)snprintf(error->text, sizeof error->text, "%s%s%s%s", what, more ? " (" : "",
                   more ? detail : "", more ? ")" : "");
    return code;
}

int ohm_library_fail_err(ohmstead_error *error, ohm_err err, const char *detail)
{
    return ohm_library_fail(error, ohm_library_code(err.code), err.what, detail);
}

/* --- options ------------------------------------------------------------------------------------
 */

bool ohm_library_copy(char *out, size_t cap, const char *text)
{
    size_t len = text ? strnlen(text, cap) : 0;
    if (len == cap)
        return false;
    if (len > 0)
        memcpy(out, text, len);
    out[len] = 0;
    return true;
}

static int set_key(uint8_t out[static OHM_PROTOCOL_KEY_MAX], uint8_t *ret_len, const uint8_t *key,
                   size_t len, ohmstead_error *error)
{
    if (len != 0 && (!key || (len != 16 && len != 32)))
        return ohm_library_fail(error, OHMSTEAD_RANGE, "a key has 16 or 32 bytes", NULL);
    if (len > 0)
        memcpy(out, key, len);
    *ret_len = (uint8_t)len;
    return OHMSTEAD_OK;
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int set_title(ohm_library_common *c, const char *text, ohmstead_error *error)
{
    if (!text)
        return OHMSTEAD_OK;
    for (size_t i = 0; i < sizeof c->system_title; i++) {
        int high = nibble(text[2 * i]), low = high < 0 ? -1 : nibble(text[2 * i + 1]);
        if (low < 0)
            return ohm_library_fail(error, OHMSTEAD_RANGE, "a system title has 16 hex digits",
                                    text);
        c->system_title[i] = (uint8_t)(high * 16 + low);
    }
    c->has_system_title = text[2 * sizeof c->system_title] == 0;
    return c->has_system_title
               ? OHMSTEAD_OK
               : ohm_library_fail(error, OHMSTEAD_RANGE, "a system title has 16 hex digits", text);
}

static int set_profiles(ohm_library_common *c, const char *folder, ohmstead_error *error)
{
    ohm_profile_fault fault = { "" };
    ohm_code code = ohm_profiles_load(folder, &c->profiles, &fault);
    if (code == OHM_OK)
        code = ohm_modbus_profiles_load(folder, &c->modbus, &fault);
    if (code == OHM_OK)
        return OHMSTEAD_OK;
    return ohm_library_fail(error, ohm_library_code(code), ohm_code_text(code), fault.text);
}

static int set_zone(ohm_library_common *c, const char *zone, ohmstead_error *error)
{
    if (!zone)
        return OHMSTEAD_OK;
    ohm_err err = ohm_tzdata_load(zone, &c->tz);
    c->has_tz = !ohm_failed(err);
    return c->has_tz ? OHMSTEAD_OK : ohm_library_fail_err(error, err, zone);
}

int ohm_library_common_init(ohm_library_common *c, const ohmstead_options *o, ohmstead_error *error)
{
    *c = (ohm_library_common){ .has_tz = false };
    if (!o || o->size < offsetof(ohmstead_options, state) || !ohm_library_error_usable(error))
        return ohm_library_fail(error, OHMSTEAD_WRONG_USE, "the size of the options is not set",
                                NULL);
    const char *protocol = o->protocol ? o->protocol : "auto";
    if (!ohm_library_copy(c->protocol, sizeof c->protocol, protocol))
        return ohm_library_fail(error, OHMSTEAD_UNKNOWN, "no such protocol", protocol);
    if (!ohm_library_copy(c->profile, sizeof c->profile, o->profile))
        return ohm_library_fail(error, OHMSTEAD_UNKNOWN, "no meter profile has this name",
                                o->profile);
    int code = set_key(c->key, &c->key_len, o->key, o->key_len, error);
    if (code == OHMSTEAD_OK)
        code = set_key(c->auth_key, &c->auth_key_len, o->auth_key, o->auth_key_len, error);
    if (code == OHMSTEAD_OK)
        code = set_title(c, o->system_title, error);
    if (code == OHMSTEAD_OK)
        code = set_zone(c, o->timezone, error);
    if (code == OHMSTEAD_OK)
        code = set_profiles(c, o->profiles, error);
    return code;
}

void ohm_library_common_release(ohm_library_common *c)
{
    ohm_profiles_free(c->profiles);
    ohm_modbus_profiles_free(c->modbus);
    ohm_wipe(c, sizeof *c);
}
