/* ohmstead decode: captured bytes to values, one JSON object a line per message. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/hex_input.h"
#include "cmd/meter_keys.h"
#include "cmd/options.h"
#include "cmd/verbs.h"
#include "host/crypto_aead.h"
#include "host/random.h"
#include "host/syserr.h"
#include "host/tzdata.h"
#include "meter/decoder.h"
#include "meter/modbus_profiles.h"
#include "meter/profiles.h"
#include "wire/replay_guard.h"

enum { CHUNK = 65536 };

typedef struct options {
    const char *protocol, *profile, *profiles, *zone, *title, *file;
    ohm_key_options keys;
    bool hex, raw, stats;
} options;

typedef struct decoder {
    const char *name;   /* of the input, for messages */
    bool rejected, any; /* any: a byte was read */
    bool stats;
    ohm_tz tz;
    ohm_meter_clock clock;
    ohm_profiles *profiles;
    ohm_modbus_profiles *modbus_profiles;
    ohm_meter_keys keys;
    ohm_crypto_aead *cipher;
    ohm_replay_guard guard;
    ohm_hex_input input;
    ohm_decoder *decoder;
    uint8_t read[CHUNK], bytes[CHUNK + OHM_INPUT_LOOK];
    char json[OHM_PROTOCOL_JSON_MAX + 1];
} decoder;

/* --- output -------------------------------------------------------------------------------------
 */

static void print_line(decoder *d, ohm_json *json)
{
    size_t len = 0;
    ohm_code code = ohm_json_finish(json, &len);
    assert(code == OHM_OK);
    (void)code;
    d->json[len] = '\n';
    (void)fwrite(d->json, 1, len + 1, stdout);
}

static void print_message(decoder *d, const void *message)
{
    const ohm_protocol *protocol = ohm_decoder_protocol(d->decoder);
    ohm_json json;
    ohm_json_init(&json, d->json, OHM_PROTOCOL_JSON_MAX);
    protocol->json(&json, message, &d->clock);
    print_line(d, &json);
    ohm_ms time_ms = protocol->time_of(message, &d->clock, OHM_NO_MS);
    if (time_ms != OHM_NO_MS)
        d->clock.last_ms = time_ms;
}

/* "ohmstead: FILE: at byte 332: cipher: …; meter 4c475a6773781fd0, counter 430140" */
static void print_reject(decoder *d, const ohm_protocol_reject *r)
{
    d->rejected = true;
    (void)fflush(stdout);
    (void)fprintf(stderr, "ohmstead: %s: at byte %llu: %s: %s%s%s\n", d->name,
                  (unsigned long long)r->offset, r->stage, r->what, r->detail[0] ? "; " : "",
                  r->detail);
}

static void print_stats(decoder *d)
{
    ohm_meter_counters c;
    ohm_decoder_count(d->decoder, &c);
    const struct {
        const char *name;
        uint64_t count;
    } rows[] = {
        { "frames", c.frames },
        { "messages", c.messages },
        { "bad_fcs", c.bad_fcs },
        { "gaps", c.gaps },
        { "tag_failures", c.tag_failures },
        { "replays", c.replays },
        { "unknown_layout", c.unknown_layout },
        { "bytes_skipped", c.bytes_skipped },
    };
    ohm_json json;
    ohm_json_init(&json, d->json, OHM_PROTOCOL_JSON_MAX);
    ohm_json_object(&json);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ohm_json_key_int(&json, rows[i].name, (int64_t)rows[i].count);
    ohm_json_end(&json);
    print_line(d, &json);
}

/* --- input --------------------------------------------------------------------------------------
 */

static void feed(decoder *d, ohm_span in)
{
    for (;;) {
        const void *message = NULL;
        ohm_protocol_reject reject;
        ohm_code code = ohm_decoder_next(d->decoder, &in, &message, &reject);
        if (code == OHM_MORE || code == OHM_END)
            break;
        if (code == OHM_OK)
            print_message(d, message);
        else
            print_reject(d, &reject);
    }
}

static int refuse_input(decoder *d, ohm_err err)
{
    char where[64];
    (void)fflush(stdout);
    (void)snprintf(where, sizeof where, "at character %llu", (unsigned long long)d->input.at + 1);
    return ohm_cmd_fail(d->name, err.what, where);
}

/* Decodes as the bytes come: what is complete is printed before the next ones are waited for. */
static int run(decoder *d, int fd)
{
    ohm_err err;
    size_t len = 0;
    for (;;) {
        ssize_t got = read(fd, d->read, sizeof d->read);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ohm_cmd_fail(d->name, ohm_err_errno(errno).what, NULL);
        if (got == 0)
            break;
        d->any = true;
        err = ohm_hex_input_take(&d->input, ohm_span_of(d->read, (size_t)got), d->bytes, &len);
        feed(d, ohm_span_of(d->bytes, len));
        if (ohm_failed(err))
            return refuse_input(d, err);
        if (fflush(stdout) != 0)
            return ohm_cmd_fail("standard output", ohm_err_errno(errno).what, NULL);
    }
    if (!d->any) /* said, but nothing was rejected: that is no failure */
        (void)ohm_cmd_fail(d->name, "is empty", NULL);
    err = ohm_hex_input_finish(&d->input, d->bytes, &len);
    feed(d, ohm_span_of(d->bytes, len));
    ohm_decoder_finish(d->decoder);
    feed(d, ohm_span_of(NULL, 0));
    if (ohm_failed(err))
        return refuse_input(d, err);
    if (d->stats)
        print_stats(d);
    if (fflush(stdout) != 0)
        return ohm_cmd_fail("standard output", ohm_err_errno(errno).what, NULL);
    return d->rejected ? OHM_EXIT_FAILED : OHM_EXIT_OK;
}

static int run_file(decoder *d, const char *file)
{
    if (!strcmp(file, "-")) {
        d->name = "standard input";
        return run(d, STDIN_FILENO);
    }
    d->name = file;
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ohm_cmd_fail(file, ohm_err_errno(errno).what, NULL);
    int status = run(d, fd);
    (void)close(fd);
    return status;
}

/* --- the command line ---------------------------------------------------------------------------
 */

static int set_profiles(decoder *d, const options *o, ohm_protocol_config *config)
{
    ohm_profile_fault fault = { "out of memory" };
    if (ohm_profiles_load(o->profiles, &d->profiles, &fault) != OHM_OK)
        return ohm_cmd_fail("meter profiles", fault.text, NULL);
    if (ohm_modbus_profiles_load(o->profiles, &d->modbus_profiles, &fault) != OHM_OK)
        return ohm_cmd_fail("Modbus profiles", fault.text, NULL);
    config->profiles = d->profiles;
    config->modbus = d->modbus_profiles;
    config->profile = o->profile;
    return OHM_EXIT_OK;
}

static int set_title(const options *o, ohm_protocol_config *config)
{
    size_t len = 0;
    if (!o->title)
        return OHM_EXIT_OK;
    if (ohm_hex_parse(ohm_span_text(o->title), config->system_title, sizeof config->system_title,
                      &len) != OHM_OK ||
        len != sizeof config->system_title)
        return ohm_cmd_usage("decode", "not a system title of 16 hex digits:", o->title);
    config->has_system_title = true;
    return OHM_EXIT_OK;
}

static int set_keys(decoder *d, const options *o, ohm_protocol_config *config)
{
    int status = ohm_meter_keys_read("decode", &o->keys, &d->keys);
    if (status != OHM_EXIT_OK)
        return status;
    if (d->keys.key_len > 0) {
        ohm_span key = ohm_span_of(d->keys.key, d->keys.key_len);
        if (ohm_crypto_aead_new(key, &d->cipher) != OHM_OK)
            return ohm_cmd_fail("--key", "the cipher can't be had", NULL);
        config->aead = ohm_crypto_aead_table(d->cipher);
        config->key_id = ohm_crypto_key_id(key);
    }
    memcpy(config->key, d->keys.key, sizeof d->keys.key);
    memcpy(config->auth_key, d->keys.auth_key, sizeof d->keys.auth_key);
    config->key_len = d->keys.key_len;
    config->auth_key_len = d->keys.auth_key_len;
    return OHM_EXIT_OK;
}

static int open_decoder(decoder *d, const options *o, const ohm_protocol_config *config)
{
    ohm_err err = ohm_decoder_open(o->protocol ? o->protocol : "auto", config, &d->decoder);
    if (err.code == OHM_UNKNOWN)
        return ohm_cmd_usage("decode", err.what, o->profile);
    return ohm_failed(err) ? ohm_cmd_fail("decode", err.what, NULL) : OHM_EXIT_OK;
}

static int set_up(decoder *d, const options *o)
{
    int status = ohm_protocol_check("decode", o->protocol);
    if (status != OHM_EXIT_OK)
        return status;
    if (o->hex && o->raw)
        return ohm_cmd_usage("decode", "--hex and --raw exclude each other", NULL);
    if (o->zone) {
        ohm_err err = ohm_tzdata_load(o->zone, &d->tz);
        if (ohm_failed(err))
            return ohm_cmd_usage("decode", err.what, o->zone);
        d->clock.tz = &d->tz;
    }
    d->clock.last_ms = OHM_NO_MS;
    d->stats = o->stats;
    ohm_hex_input_init(&d->input, o->hex ? OHM_INPUT_HEX : o->raw ? OHM_INPUT_RAW : OHM_INPUT_AUTO);
    ohm_replay_init(&d->guard);

    ohm_protocol_config config = { .guard = &d->guard, .tz = d->clock.tz };
    status = set_profiles(d, o, &config);
    if (status == OHM_EXIT_OK)
        status = set_title(o, &config);
    if (status == OHM_EXIT_OK)
        status = set_keys(d, o, &config);
    if (status == OHM_EXIT_OK)
        status = open_decoder(d, o, &config);
    ohm_wipe(&config, sizeof config);
    return status;
}

static int decode(const options *o)
{
    decoder *d = calloc(1, sizeof *d);
    if (!d)
        return ohm_cmd_fail("decode", "out of memory", NULL);
    int status = set_up(d, o);
    if (status == OHM_EXIT_OK)
        status = run_file(d, o->file);
    ohm_decoder_free(d->decoder);
    ohm_crypto_aead_free(d->cipher);
    ohm_profiles_free(d->profiles);
    ohm_modbus_profiles_free(d->modbus_profiles);
    ohm_wipe(d, sizeof *d);
    free(d);
    return status;
}

int ohm_cmd_decode(int argc, char **argv)
{
    options o = { 0 };
    int status = OHM_EXIT_OK;
    char protocols[OHM_PROTOCOL_LIST_MAX];
    ohm_protocol_list(protocols);
    const ohm_option rows[] = {
        { "--protocol", "NAME", &o.protocol, NULL, protocols },
        OHM_KEY_OPTIONS(o.keys),
        { "--system-title", "HEX", &o.title, NULL, "for pushes that leave theirs out" },
        { "--profile", "NAME", &o.profile, NULL, "the meter's profile; default: as it fits" },
        { "--profiles", "DIR", &o.profiles, NULL, "a folder of more profiles" },
        { "--timezone", "ZONE", &o.zone, NULL, "of the meter's clock: Europe/Zurich" },
        { "--hex", NULL, NULL, &o.hex, "the input is hex text (default: as it looks)" },
        { "--raw", NULL, NULL, &o.raw, "the input is bytes" },
        { "--stats", NULL, NULL, &o.stats, "end with one object of counters" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "decode",
        .arguments = "FILE|-",
        .about = "Turns captured bytes of a meter into values: one JSON object a line for each\n"
                 "message, as soon as it is complete. Refused frames are said on stderr with\n"
                 "their place and the reason; the exit status is then 1.\n"
                 "\n" OHM_KEY_ABOUT,
        .options = rows,
        .arguments_min = 1,
        .arguments_max = 1,
    };
    if (ohm_options_read(&verb, argc, argv, &o.file, &status) < 0)
        return status;
    return decode(&o);
}
