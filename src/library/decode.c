#include <stdio.h>
#include <stdlib.h>

#include "host/crypto_aead.h"
#include "host/random.h"
#include "library/own.h"
#include "meter/decoder.h"
#include "wire/replay_guard.h"

enum { PENDING_MAX = 64 * 1024 * 1024 }; /* bytes that nobody took out yet */

struct ohmstead_decoder {
    ohm_library_common common;
    ohm_meter_clock clock;
    ohm_crypto_aead *cipher;
    ohm_replay_guard guard;
    ohm_decoder *decoder;
    locale_t c; /* numbers have points in it, whatever the caller's locale */
    uint8_t *pending;
    size_t from, len, cap;
};

static int set_up(ohmstead_decoder *d, ohmstead_error *error)
{
    const ohm_library_common *c = &d->common;
    ohm_protocol_config config = {
        .guard = &d->guard,
        .profiles = c->profiles,
        .modbus = c->modbus,
        .profile = c->profile,
        .tz = c->has_tz ? &c->tz : NULL,
        .key_len = c->key_len,
        .auth_key_len = c->auth_key_len,
        .has_system_title = c->has_system_title,
    };
    d->clock = (ohm_meter_clock){ .tz = config.tz, .last_ms = OHM_NO_MS };
    memcpy(config.key, c->key, sizeof c->key);
    memcpy(config.auth_key, c->auth_key, sizeof c->auth_key);
    memcpy(config.system_title, c->system_title, sizeof c->system_title);
    ohm_replay_init(&d->guard);
    ohm_err err = ohm_ok();
    if (c->key_len > 0) {
        ohm_span key = ohm_span_of(c->key, c->key_len);
        ohm_code code = ohm_crypto_aead_new(key, &d->cipher);
        if (code == OHM_OK) {
            config.aead = ohm_crypto_aead_table(d->cipher);
            config.key_id = ohm_crypto_key_id(key);
        } else {
            err = ohm_fail(code, 0, "the cipher can't be had");
        }
    }
    if (!ohm_failed(err))
        err = ohm_decoder_open(c->protocol, &config, &d->decoder);
    ohm_wipe(&config, sizeof config);
    if (ohm_failed(err))
        return ohm_library_fail_err(error, err, c->protocol);
    d->c = newlocale(LC_ALL_MASK, "C", NULL);
    return d->c ? OHMSTEAD_OK : ohm_library_fail(error, OHMSTEAD_NO_MEMORY, "out of memory", NULL);
}

int ohmstead_decoder_new(const ohmstead_options *options, ohmstead_decoder **ret_decoder,
                         ohmstead_error *error)
{
    ohmstead_decoder *d = ret_decoder ? calloc(1, sizeof *d) : NULL;
    if (!d)
        return ohm_library_fail(error, ret_decoder ? OHMSTEAD_NO_MEMORY : OHMSTEAD_WRONG_USE,
                                ret_decoder ? "out of memory" : "nowhere to put the decoder", NULL);
    int code = ohm_library_common_init(&d->common, options, error);
    if (code == OHMSTEAD_OK)
        code = set_up(d, error);
    if (code == OHMSTEAD_OK)
        *ret_decoder = d;
    else
        ohmstead_decoder_free(d);
    return code;
}

void ohmstead_decoder_free(ohmstead_decoder *d)
{
    if (!d)
        return;
    ohm_decoder_free(d->decoder);
    ohm_crypto_aead_free(d->cipher);
    ohm_library_common_release(&d->common);
    if (d->c)
        freelocale(d->c);
    free(d->pending);
    free(d);
}

int ohmstead_decoder_push(ohmstead_decoder *d, const void *bytes, size_t len, ohmstead_error *error)
{
    if (!d || (!bytes && len > 0) || !ohm_library_error_usable(error))
        return ohm_library_fail(error, OHMSTEAD_WRONG_USE, "no decoder, or no bytes", NULL);
    if (len > PENDING_MAX - d->len)
        return ohm_library_fail(error, OHMSTEAD_TOO_BIG,
                                "too many bytes are waiting: call ohmstead_decoder_next", NULL);
    if (d->from > 0) {
        memmove(d->pending, d->pending + d->from, d->len);
        d->from = 0;
    }
    if (len > d->cap - d->len) {
        uint8_t *more = realloc(d->pending, d->len + len);
        if (!more)
            return ohm_library_fail(error, OHMSTEAD_NO_MEMORY, "out of memory", NULL);
        d->pending = more;
        d->cap = d->len + len;
    }
    if (len > 0)
        memcpy(d->pending + d->len, bytes, len);
    d->len += len;
    return OHMSTEAD_OK;
}

static int refuse(const ohm_protocol_reject *reject, ohmstead_error *error)
{
    char what[160];
    (void)snprintf(what, sizeof what, "%s: %s", reject->stage, reject->what);
    int code = ohm_library_fail(error, ohm_library_code(reject->code), what, reject->detail);
    if (error)
        error->offset = reject->offset;
    return code;
}

static int give(ohmstead_decoder *d, const void *message, ohmstead_message **ret_message,
                ohmstead_error *error)
{
    const ohm_protocol *protocol = ohm_decoder_protocol(d->decoder);
    ohm_ms time_ms = protocol->time_of(message, &d->clock, OHM_NO_MS);
    ohmstead_message *m = ohm_library_message_of(protocol, message, &d->clock, time_ms);
    if (!m)
        return ohm_library_fail(error, OHMSTEAD_NO_MEMORY, "out of memory", NULL);
    if (time_ms != OHM_NO_MS)
        d->clock.last_ms = time_ms;
    *ret_message = m;
    return OHMSTEAD_OK;
}

int ohmstead_decoder_next(ohmstead_decoder *d, ohmstead_message **ret_message,
                          ohmstead_error *error)
{
    if (!d || !ret_message || !ohm_library_error_usable(error))
        return ohm_library_fail(error, OHMSTEAD_WRONG_USE, "no decoder, or nowhere to put it",
                                NULL);
    const void *message = NULL;
    ohm_protocol_reject reject;
    ohm_span in = ohm_span_of(d->len ? d->pending + d->from : NULL, d->len);
    locale_t before = uselocale(d->c);
    ohm_code code = ohm_decoder_next(d->decoder, &in, &message, &reject);
    d->from += d->len - in.len;
    d->len = in.len;
    int result = ohm_library_code(code);
    if (code == OHM_OK)
        result = give(d, message, ret_message, error);
    else if (code != OHM_MORE && code != OHM_END)
        result = refuse(&reject, error);
    (void)uselocale(before);
    return result;
}

void ohmstead_decoder_finish(ohmstead_decoder *d)
{
    if (d)
        ohm_decoder_finish(d->decoder);
}
