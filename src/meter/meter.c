#include "meter/meter.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "host/crypto_aead.h"
#include "host/random.h"
#include "host/tzdata.h"
#include "link/link.h"
#include "meter/decoder.h"
#include "meter/health.h"
#include "meter/profiles.h"
#include "meter/replay_saved.h"

enum {
    LOOK_MS = 1000,        /* how often silence is looked for */
    REOPEN_MS_MIN = 60000, /* a line that says nothing useful for so long is opened anew */
    AUTO_BAUD = 2400,      /* the usual speed of a line of which nothing is known */
};

struct ohm_meter {
    uv_loop_t *loop;
    ohm_meter_hooks hooks;
    ohm_meter_watch watch;
    ohm_link *link;
    uv_timer_t timer;
    bool stopped;
    uint16_t device;

    ohm_meter_clock clock;
    ohm_tz tz;
    ohm_profiles *own_profiles; /* loaded here; else NULL */
    ohm_crypto_aead *cipher;
    ohm_replay_guard guard, written;

    ohm_meter_health health;
    ohm_meter_status status;
    int64_t reopened_ms;
    uint64_t frames_seen;
    ohm_decoder *decoder;
    ohm_frame frame;
};

static ohm_mono_ms mono_now(const ohm_meter *m)
{
    return (ohm_mono_ms){ (int64_t)uv_now(m->loop) };
}

/* --- status -------------------------------------------------------------------------------------
 */

static void count(ohm_meter *m)
{
    uint64_t reconnects = m->status.counters.reconnects;
    ohm_decoder_count(m->decoder, &m->status.counters);
    m->status.counters.reconnects = reconnects;
}

/* Takes the present state; tells it if anything but a counter changed. */
static void update(ohm_meter *m, const ohm_meter_status *before)
{
    count(m);
    m->status.state = ohm_meter_health_state(&m->health, mono_now(m));
    bool changed = m->status.state != before->state ||
                   m->status.authenticated != before->authenticated ||
                   strcmp(m->status.protocol, before->protocol) != 0 ||
                   strcmp(m->status.meter_id, before->meter_id) != 0 ||
                   strcmp(m->status.profile, before->profile) != 0;
    if (changed && !m->stopped && m->hooks.on_status)
        m->hooks.on_status(m->hooks.ctx, m->device, &m->status);
}

static void set_text(char out[static OHM_METER_TEXT_MAX], ohm_span text)
{
    size_t len = text.len < OHM_METER_TEXT_MAX ? text.len : OHM_METER_TEXT_MAX - 1;
    for (size_t i = 0; i < len; i++)
        out[i] = text.ptr[i] >= ' ' && text.ptr[i] < 0x7f ? (char)text.ptr[i] : '?';
    out[len] = 0;
}

/* --- replay counters ----------------------------------------------------------------------------
 */

static void save(ohm_meter *m, uint32_t ahead)
{
    uint8_t bytes[OHM_REPLAY_SAVED_MAX];
    ohm_replay_guard out;
    ohm_replay_ahead(&m->guard, ahead, &out);
    m->written = out;
    if (m->hooks.save)
        m->hooks.save(m->hooks.ctx, m->device, bytes, ohm_replay_write(&out, bytes));
}

/* --- messages -----------------------------------------------------------------------------------
 */

static void note_sender(ohm_meter *m, const ohm_protocol *protocol, const void *message)
{
    ohm_protocol_sender sender;
    protocol->sender(message, &sender);
    m->status.authenticated = sender.authenticated;
    if (sender.id.len > 0)
        set_text(m->status.meter_id, sender.id);
    if (sender.profile)
        (void)snprintf(m->status.profile, sizeof m->status.profile, "%s", sender.profile);
}

static void take(ohm_meter *m, const ohm_protocol *protocol, const void *message)
{
    ohm_ms now_ms = m->hooks.utc_now(m->hooks.ctx);
    ohm_ms time_ms = protocol->time_of(message, &m->clock, now_ms);
    if (time_ms != OHM_NO_MS)
        m->clock.last_ms = time_ms;
    protocol->readings(message, m->device, time_ms, &m->frame);
    if (m->frame.count > 0 || !protocol->wanted(message))
        ohm_meter_health_message(&m->health, mono_now(m));
    else
        ohm_meter_health_trouble(&m->health, OHM_METER_UNKNOWN_LAYOUT, mono_now(m));
    if (ohm_replay_due(&m->guard, &m->written))
        save(m, OHM_REPLAY_MARGIN);
    note_sender(m, protocol, message);
    if (m->watch.on_message)
        m->watch.on_message(m->watch.ctx, protocol, message, time_ms);
    if (!m->stopped && time_ms != OHM_NO_MS && m->frame.count > 0 && m->hooks.on_frame)
        m->hooks.on_frame(m->hooks.ctx, &m->frame);
}

static void refuse(ohm_meter *m, const ohm_protocol_reject *reject)
{
    if (reject->trouble != OHM_METER_OK)
        ohm_meter_health_trouble(&m->health, reject->trouble, mono_now(m));
    if (m->watch.on_reject)
        m->watch.on_reject(m->watch.ctx, reject);
}

/* A good frame is a sign of life, whatever becomes of it. */
static void note_frames(ohm_meter *m)
{
    ohm_meter_counters counters;
    ohm_decoder_count(m->decoder, &counters);
    if (counters.frames == m->frames_seen)
        return;
    m->frames_seen = counters.frames;
    ohm_meter_health_frame(&m->health, mono_now(m));
}

static void note_protocol(ohm_meter *m)
{
    const ohm_protocol *protocol = ohm_decoder_protocol(m->decoder);
    (void)snprintf(m->status.protocol, sizeof m->status.protocol, "%s",
                   protocol ? protocol->name : "auto");
}

/* Everything that the decoder makes of `in`. */
static void decode(ohm_meter *m, ohm_span in)
{
    ohm_meter_status before = m->status;
    const void *message = NULL;
    ohm_protocol_reject reject;
    while (!m->stopped) {
        ohm_code code = ohm_decoder_next(m->decoder, &in, &message, &reject);
        note_frames(m);
        if (code == OHM_MORE || code == OHM_END)
            break;
        note_protocol(m);
        if (code == OHM_OK)
            take(m, ohm_decoder_protocol(m->decoder), message);
        else
            refuse(m, &reject);
    }
    update(m, &before);
}

/* --- the line -----------------------------------------------------------------------------------
 */

static void on_bytes(void *ctx, ohm_span bytes)
{
    ohm_meter *m = ctx;
    ohm_meter_health_bytes(&m->health, bytes.len, mono_now(m));
    decode(m, bytes);
}

static void on_up(void *ctx)
{
    ohm_meter *m = ctx;
    ohm_meter_status before = m->status;
    ohm_meter_health_up(&m->health, mono_now(m));
    m->reopened_ms = mono_now(m).v;
    update(m, &before);
}

static void on_down(void *ctx, bool was_up, ohm_err why)
{
    ohm_meter *m = ctx;
    if (why.code == OHM_END) {
        ohm_decoder_finish(m->decoder);
        decode(m, ohm_span_of(NULL, 0));
    } else {
        ohm_decoder_reset(m->decoder);
    }
    ohm_meter_status before = m->status;
    m->status.counters.reconnects += was_up && why.code != OHM_END;
    ohm_meter_health_down(&m->health, was_up);
    update(m, &before);
    if (!m->stopped && m->watch.on_down)
        m->watch.on_down(m->watch.ctx, why);
}

/* Some adapters go deaf until they are opened anew; it costs nothing to try. */
static void reopen_if_deaf(ohm_meter *m)
{
    ohm_meter_state state = m->status.state;
    bool deaf =
        state == OHM_METER_NO_BYTES || state == OHM_METER_NO_FRAME || state == OHM_METER_STALE;
    int64_t pause_ms = 2 * m->health.stale_after_ms;
    if (pause_ms < REOPEN_MS_MIN)
        pause_ms = REOPEN_MS_MIN;
    if (!m->clock.live || !m->health.up || !deaf || mono_now(m).v - m->reopened_ms < pause_ms)
        return;
    m->reopened_ms = mono_now(m).v;
    ohm_decoder_reset(m->decoder);
    ohm_decoder_forget(m->decoder); /* another meter may be there now */
    ohm_meter_health_down(&m->health, true);
    ohm_link_reopen(m->link);
}

static void look(uv_timer_t *timer)
{
    ohm_meter *m = timer->data;
    ohm_meter_status before = m->status;
    update(m, &before);
    if (!m->stopped)
        reopen_if_deaf(m);
}

/* --- starting and stopping ----------------------------------------------------------------------
 */

/* Releases what was set up so far, handles excepted. */
static void wipe(ohm_meter *m)
{
    ohm_decoder_free(m->decoder);
    ohm_crypto_aead_free(m->cipher);
    ohm_profiles_free(m->own_profiles);
    ohm_wipe(m, sizeof *m);
    free(m);
}

static ohm_err set_profiles(ohm_meter *m, const ohm_meter_config *config, ohm_protocol_config *out)
{
    out->profile = config->profile;
    out->profiles = config->profiles;
    if (out->profiles)
        return ohm_ok();
    ohm_profile_fault fault;
    ohm_code code = ohm_profiles_load(NULL, &m->own_profiles, &fault);
    out->profiles = m->own_profiles;
    return code == OHM_OK ? ohm_ok()
                          : ohm_fail(code, 0, "the shipped meter profiles can't be read");
}

static ohm_err set_keys(ohm_meter *m, const ohm_meter_config *config, ohm_protocol_config *out)
{
    if (config->key_len > 0) {
        ohm_span key = ohm_span_of(config->key, config->key_len);
        ohm_code code = ohm_crypto_aead_new(key, &m->cipher);
        if (code != OHM_OK)
            return ohm_fail(code, 0, "the key is not of 16 or 32 bytes");
        out->aead = ohm_crypto_aead_table(m->cipher);
        out->key_id = ohm_crypto_key_id(key);
    }
    if (config->auth_key_len != 0 && config->auth_key_len != 16 && config->auth_key_len != 32)
        return ohm_fail(OHM_RANGE, 0, "the authentication key is not of 16 or 32 bytes");
    static_assert(sizeof out->key == sizeof config->key, "one length of keys");
    memcpy(out->key, config->key, config->key_len);
    memcpy(out->auth_key, config->auth_key, config->auth_key_len);
    out->key_len = config->key_len;
    out->auth_key_len = config->auth_key_len;
    out->has_system_title = config->has_system_title;
    out->pin_system_title = config->has_system_title;
    memcpy(out->system_title, config->system_title, sizeof out->system_title);
    return ohm_ok();
}

static ohm_err set_clock(ohm_meter *m, const ohm_meter_config *config, ohm_link_kind kind)
{
    m->clock.live = kind != OHM_LINK_FILE;
    m->clock.last_ms = OHM_NO_MS;
    if (!config->timezone)
        return ohm_ok();
    m->clock.tz = &m->tz;
    return ohm_tzdata_load(config->timezone, &m->tz);
}

static ohm_err restore(ohm_meter *m, ohm_span saved)
{
    ohm_replay_init(&m->guard);
    if (saved.len > 0 && ohm_replay_read(saved, &m->guard) != OHM_OK)
        return ohm_fail(OHM_BAD_FORMAT, 0, "the saved replay counters are damaged");
    m->written = m->guard;
    return ohm_ok();
}

/* What the configuration leaves open is as usual for the protocol. */
static ohm_err set_line(const ohm_meter_config *config, ohm_link_config *out)
{
    const ohm_protocol *protocol = ohm_protocol_find(config->protocol);
    *out = (ohm_link_config){ .baud = config->baud, .retry_ms_min = config->retry_ms_min };
    memcpy(out->framing, config->framing, sizeof out->framing);
    if (out->baud == 0)
        out->baud = protocol ? protocol->baud : AUTO_BAUD;
    if (!out->framing[0])
        memcpy(out->framing, protocol ? protocol->framing : "8E1", sizeof out->framing);
    return ohm_link_address_parse(config->address, &out->address);
}

static ohm_err set_up(ohm_meter *m, const ohm_meter_config *config, ohm_span saved)
{
    ohm_link_config link;
    OHM_TRY(set_line(config, &link));
    OHM_TRY(set_clock(m, config, link.address.kind));
    OHM_TRY(restore(m, saved));

    ohm_protocol_config protocol = {
        .line = link.address.kind == OHM_LINK_SERIAL,
        .guard = &m->guard,
        .tz = m->clock.tz,
    };
    OHM_TRY(set_profiles(m, config, &protocol));
    ohm_err err = set_keys(m, config, &protocol);
    if (!ohm_failed(err))
        err = ohm_decoder_open(config->protocol, &protocol, &m->decoder);
    ohm_wipe(&protocol, sizeof protocol);
    OHM_TRY(err);
    note_protocol(m);

    const ohm_link_hooks hooks = { on_bytes, on_up, on_down, m };
    return ohm_link_open(m->loop, &link, &hooks, &m->link);
}

ohm_err ohm_meter_start(uv_loop_t *loop, const ohm_meter_config *config,
                        const ohm_meter_hooks *hooks, const uint8_t *saved, size_t saved_len,
                        ohm_meter **ret_meter)
{
    ohm_meter *m = calloc(1, sizeof *m);
    if (!m)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    m->loop = loop;
    m->hooks = *hooks;
    m->device = config->device;
    m->reopened_ms = mono_now(m).v;
    ohm_meter_health_init(&m->health,
                          config->stale_after_ms ? config->stale_after_ms : OHM_METER_STALE_MS,
                          mono_now(m));
    ohm_err err = set_up(m, config, ohm_span_of(saved, saved ? saved_len : 0));
    if (ohm_failed(err)) {
        wipe(m);
        return err;
    }
    (void)uv_timer_init(loop, &m->timer);
    m->timer.data = m;
    (void)uv_timer_start(&m->timer, look, LOOK_MS, LOOK_MS);
    *ret_meter = m;
    return ohm_ok();
}

static void gone(uv_handle_t *timer)
{
    wipe(timer->data);
}

void ohm_meter_stop(ohm_meter *meter)
{
    if (!meter || meter->stopped)
        return;
    meter->stopped = true;
    if (meter->guard.changes > 0)
        save(meter, 0);
    ohm_link_close(meter->link);
    uv_close((uv_handle_t *)&meter->timer, gone);
}

const ohm_meter_status *ohm_meter_status_of(const ohm_meter *meter)
{
    return &meter->status;
}

void ohm_meter_set_watch(ohm_meter *meter, const ohm_meter_watch *watch)
{
    meter->watch = *watch;
}
