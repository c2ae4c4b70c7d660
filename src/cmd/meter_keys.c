#include "cmd/meter_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/hex_input.h"
#include "host/file.h"
#include "host/paths.h"
#include "host/random.h"
#include "meter/protocol.h"

enum { KEY_FILE_MAX = 256 };

/* One key: which option, which file, which variable. */
typedef struct source {
    const char *option, *text, *file, *variable;
} source;

static ohm_span trimmed(ohm_span text)
{
    while (text.len > 0 && strchr(" \t\r\n", text.ptr[text.len - 1]))
        text.len--;
    while (text.len > 0 && strchr(" \t\r\n", text.ptr[0]))
        text = ohm_span_part(text, 1, text.len - 1);
    return text;
}

static bool parse(ohm_span text, uint8_t out[static OHM_METER_KEY_BYTES_MAX], uint8_t *ret_len)
{
    size_t len = 0;
    text = trimmed(text);
    if (ohm_hex_parse(text, out, OHM_METER_KEY_BYTES_MAX, &len) != OHM_OK ||
        (len != 16 && len != 32))
        return false;
    *ret_len = (uint8_t)len;
    return true;
}

static int from_file(const source *s, uint8_t out[static OHM_METER_KEY_BYTES_MAX], uint8_t *ret_len)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    ohm_err err = ohm_secret_read(s->file, KEY_FILE_MAX, &bytes, &len);
    if (err.code == OHM_DENIED)
        return ohm_cmd_fail(s->file, err.what,
                            "a key's file must be readable by its owner alone: "
                            "chmod 600");
    if (ohm_failed(err))
        return ohm_cmd_fail(s->file, err.what, NULL);
    bool good = parse(ohm_span_of(bytes, len), out, ret_len);
    ohm_secret_free(bytes, len);
    return good ? OHM_EXIT_OK : ohm_cmd_fail(s->file, "not a key", "32 or 64 hex digits");
}

static int read_one(const char *verb, const source *s, uint8_t out[static OHM_METER_KEY_BYTES_MAX],
                    uint8_t *ret_len)
{
    *ret_len = 0;
    if (s->text && s->file)
        return ohm_cmd_usage(verb, "given twice, as text and as a file:", s->option);
    if (s->text && !parse(ohm_span_text(s->text), out, ret_len))
        return ohm_cmd_usage(verb, "not 32 or 64 hex digits after", s->option);
    if (s->text)
        return OHM_EXIT_OK;
    if (s->file)
        return from_file(s, out, ret_len);
    const char *value = getenv(s->variable);
    if (value && !parse(ohm_span_text(value), out, ret_len))
        return ohm_cmd_fail(s->variable, "not a key", "32 or 64 hex digits");
    return OHM_EXIT_OK;
}

int ohm_meter_password_read(const char *file, char out[static OHM_METER_TEXT_MAX])
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    out[0] = 0;
    const char *value = getenv("OHMSTEAD_PASSWORD");
    ohm_span text = ohm_span_text(value && !file ? value : "");
    if (file) {
        ohm_err err = ohm_secret_read(file, KEY_FILE_MAX, &bytes, &len);
        if (ohm_failed(err))
            return ohm_cmd_fail(file, err.what, "a file that its owner alone can read: chmod 600");
        text = trimmed(ohm_span_of(bytes, len));
    }
    bool fits = text.len < OHM_METER_TEXT_MAX;
    if (fits && text.len > 0)
        memcpy(out, text.ptr, text.len);
    out[fits ? text.len : 0] = 0;
    ohm_secret_free(bytes, len);
    return fits ? OHM_EXIT_OK : ohm_cmd_fail("password", "longer than 63 characters", NULL);
}

int ohm_meter_keys_read(const char *verb, const ohm_key_options *options, ohm_meter_keys *out)
{
    const source key = { "--key", options->key, options->key_file, "OHMSTEAD_KEY" };
    const source auth = { "--auth-key", options->auth_key, options->auth_key_file,
                          "OHMSTEAD_AUTH_KEY" };
    memset(out, 0, sizeof *out);
    int status = read_one(verb, &key, out->key, &out->key_len);
    if (status == OHM_EXIT_OK)
        status = read_one(verb, &auth, out->auth_key, &out->auth_key_len);
    if (status != OHM_EXIT_OK)
        ohm_wipe(out, sizeof *out);
    return status;
}

int ohm_protocol_check(const char *verb, const char *name)
{
    char list[OHM_PROTOCOL_LIST_MAX], why[OHM_PROTOCOL_LIST_MAX + 32];
    if (!name || !strcmp(name, "auto") || ohm_protocol_find(name))
        return OHM_EXIT_OK;
    ohm_protocol_list(list);
    (void)snprintf(why, sizeof why, "no such protocol (%s):", list);
    return ohm_cmd_usage(verb, why, name);
}

/* Made here, so that it is known before anything is sent. */
static bool is_writable(const char *folder)
{
    return !ohm_failed(ohm_dir_ensure(folder)) && access(folder, W_OK) == 0;
}

int ohm_meter_state_find(const char *verb, const char *given, bool keyed,
                         char out[static OHM_PATH_MAX])
{
    out[0] = 0;
    if (!keyed)
        return OHM_EXIT_OK;
    if (given && strlen(given) >= OHM_PATH_MAX)
        return ohm_cmd_usage(verb, "the path is too long:", given);
    if (given) {
        memcpy(out, given, strlen(given) + 1);
        return OHM_EXIT_OK;
    }
    if (!ohm_failed(ohm_path_state(false, out)) && is_writable(out))
        return OHM_EXIT_OK;
    (void)fprintf(
        stderr,
        "ohmstead: %s: no folder keeps this key's counters, so our system title is another "
        "one now (--state DIR names a folder)\n",
        verb);
    out[0] = 0;
    return OHM_EXIT_OK;
}
