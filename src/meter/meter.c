#include "meter/meter.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/log.h"
#include "host/random.h"
#include "host/tzdata.h"
#include "meter/meter_payload.h"

enum {
    LOOK_MS = 1000,   /* how often silence is looked for */
    AUTO_BAUD = 2400, /* the usual speed of a line of which nothing is known */
};

ohm_mono_ms ohm_meter_now(const ohm_meter *m)
{
    return (ohm_mono_ms){ (int64_t)uv_now(m->loop) };
}

/* --- status -------------------------------------------------------------------------------------
 */

static void count(ohm_meter *m)
{
    uint64_t reconnects = m->status.counters.reconnects;
    m->way->count(m, &m->status.counters);
    m->status.counters.reconnects = reconnects;
}

void ohm_meter_update(ohm_meter *m, const ohm_meter_status *before)
{
    count(m);
    m->status.state = ohm_meter_health_state(&m->health, ohm_meter_now(m));
    bool changed = m->status.state != before->state ||
                   m->status.authenticated != before->authenticated ||
                   (m->status.clock_off_s != 0) != (before->clock_off_s != 0) ||
                   strcmp(m->status.protocol, before->protocol) != 0 ||
                   strcmp(m->status.meter_id, before->meter_id) != 0 ||
                   strcmp(m->status.profile, before->profile) != 0;
    if (changed && !m->stopped && m->hooks.on_status)
        m->hooks.on_status(m->hooks.ctx, m->device, &m->status);
}

static void set_text(char *out, size_t cap, ohm_span text)
{
    size_t len = text.len < cap ? text.len : cap - 1;
    for (size_t i = 0; i < len; i++)
        out[i] = text.ptr[i] >= ' ' && text.ptr[i] < 0x7f ? (char)text.ptr[i] : '?';
    out[len] = 0;
}

void ohm_meter_line_up(ohm_meter *m)
{
    ohm_meter_status before = m->status;
    ohm_meter_health_up(&m->health, ohm_meter_now(m));
    ohm_meter_update(m, &before);
}

void ohm_meter_line_down(ohm_meter *m, bool was_up, ohm_err why)
{
    ohm_meter_status before = m->status;
    m->status.counters.reconnects += was_up && why.code != OHM_END;
    ohm_meter_health_down(&m->health, was_up);
    ohm_meter_update(m, &before);
    if (!m->stopped && m->watch.on_down)
        m->watch.on_down(m->watch.ctx, why);
}

/* --- messages -----------------------------------------------------------------------------------
 */

/* A sender proved the key for the first time. */
static void say_trusted(const ohm_meter *m, const ohm_replay_slot *slot)
{
    char title[2 * OHM_SYSTEM_TITLE_LEN + 1];
    for (size_t i = 0; i < OHM_SYSTEM_TITLE_LEN; i++)
        (void)snprintf(title + 2 * i, 3, "%02x", slot->title[i]);
    ohm_log(OHM_LOG_NOTICE, "meter_trusted device=%u system_title=%s", m->device, title);
    if (m->hooks.on_trusted)
        m->hooks.on_trusted(m->hooks.ctx, m->device, slot->title);
}

static void save(ohm_meter *m, uint32_t ahead)
{
    uint8_t bytes[OHM_REPLAY_SAVED_MAX];
    ohm_replay_guard out;
    for (uint32_t i = m->replay->written.count; i < m->replay->now.count; i++)
        say_trusted(m, &m->replay->now.slots[i]);
    ohm_replay_ahead(&m->replay->now, ahead, &out);
    m->replay->written = out;
    if (m->hooks.save)
        m->hooks.save(m->hooks.ctx, m->device, bytes, ohm_replay_write(&out, bytes));
}

static void note_sender(ohm_meter *m, const ohm_protocol *protocol, const void *message)
{
    ohm_protocol_sender sender;
    protocol->sender(message, &sender);
    m->status.authenticated = sender.authenticated;
    if (sender.id.len > 0)
        set_text(m->status.meter_id, sizeof m->status.meter_id, sender.id);
    if (sender.contract.len > 0)
        set_text(m->status.contract, sizeof m->status.contract, sender.contract);
    if (sender.period.len > 0)
        set_text(m->status.period, sizeof m->status.period, sender.period);
    if (sender.profile)
        (void)snprintf(m->status.profile, sizeof m->status.profile, "%s", sender.profile);
}

void ohm_meter_take(ohm_meter *m, const ohm_protocol *protocol, const void *message)
{
    ohm_frame frame;
    ohm_ms now_ms = m->hooks.utc_now(m->hooks.ctx);
    ohm_ms time_ms = protocol->time_of(message, &m->clock, now_ms);
    m->status.clock_off_s = m->clock_off_ms / OHM_SECOND_MS;
    bool recorded = protocol->recorded && protocol->recorded(message);
    if (time_ms != OHM_NO_MS && !recorded)
        m->clock.last_ms = time_ms;
    ohm_recent_message(&m->recent, protocol, message, &m->clock, now_ms);
    protocol->readings(message, m->device, time_ms, &frame);
    if (frame.count > 0 || !protocol->wanted(message))
        ohm_meter_health_message(&m->health, ohm_meter_now(m));
    else
        ohm_meter_health_trouble(&m->health, OHM_METER_UNKNOWN_LAYOUT, ohm_meter_now(m));
    if (m->replay && ohm_replay_due(&m->replay->now, &m->replay->written))
        save(m, OHM_REPLAY_MARGIN);
    note_sender(m, protocol, message);
    if (m->watch.on_message)
        m->watch.on_message(m->watch.ctx, protocol, message, time_ms);
    void (*take)(void *, const ohm_frame *) = recorded ? m->hooks.on_history : m->hooks.on_frame;
    if (!m->stopped && time_ms != OHM_NO_MS && frame.count > 0 && take)
        take(m->hooks.ctx, &frame);
}

static void look(uv_timer_t *timer)
{
    ohm_meter *m = timer->data;
    ohm_meter_status before = m->status;
    ohm_meter_update(m, &before);
    if (!m->stopped && m->way->look)
        m->way->look(m);
}

/* --- starting and stopping ----------------------------------------------------------------------
 */

/* It may be secret. */
static void forget(char *text)
{
    if (text)
        ohm_wipe(text, strlen(text));
    free(text);
}

/* Releases what was set up so far, handles excepted. */
static void wipe(ohm_meter *m)
{
    m->way->release(m);
    ohm_crypto_aead_free(m->cipher);
    ohm_profiles_free(m->own_profiles);
    ohm_modbus_profiles_free(m->own_modbus);
    free(m->own_tz);
    ohm_recent_free(&m->recent);
    free(m->replay);
    forget(m->password);
    forget(m->address);
    forget(m->settings);
    ohm_counter_folder_release(&m->counters);
    ohm_wipe(m, sizeof *m);
    free(m);
}

static ohm_err set_profiles(ohm_meter *m, const ohm_meter_config *config, ohm_protocol_config *out)
{
    ohm_code code = OHM_OK;
    ohm_profile_fault fault;
    const ohm_protocol *row = ohm_meter_row(config);
    bool any = !row; /* it is found out what it speaks */
    if ((any || row == &ohm_protocol_dlms || row == &ohm_protocol_mbus) && !config->profiles)
        code = ohm_profiles_load(NULL, &m->own_profiles, &fault);
    bool modbus = any || row == &ohm_protocol_modbus || row == &ohm_protocol_modbus_rtu;
    if (modbus && code == OHM_OK && !config->modbus_profiles)
        code = ohm_modbus_profiles_load(NULL, &m->own_modbus, &fault);
    if (code != OHM_OK)
        return ohm_fail(code, 0, "the shipped meter profiles can't be read");
    out->profile = config->profile;
    out->profiles = config->profiles ? config->profiles : m->own_profiles;
    out->modbus = config->modbus_profiles ? config->modbus_profiles : m->own_modbus;
    return ohm_ok();
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
    out->pin_first_title = config->pin_first_title && !config->has_system_title;
    memcpy(out->system_title, config->system_title, sizeof out->system_title);
    return ohm_ok();
}

static ohm_err set_clock(ohm_meter *m, const ohm_meter_config *config, ohm_link_kind kind)
{
    m->clock.live = kind != OHM_LINK_FILE;
    m->clock.last_ms = OHM_NO_MS;
    m->clock.ret_off_ms = &m->clock_off_ms;
    m->clock.tz = config->tz;
    if (config->tz || !config->timezone)
        return ohm_ok();
    m->own_tz = malloc(sizeof *m->own_tz);
    if (!m->own_tz)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    m->clock.tz = m->own_tz;
    return ohm_tzdata_load(config->timezone, m->own_tz);
}

/* Only what a key proves is counted: a meter without one keeps no counters. */
static ohm_err restore(ohm_meter *m, const ohm_meter_config *config, ohm_span saved)
{
    ohm_replay_guard kept;
    if (m->way != &ohm_meter_push)
        return ohm_ok(); /* they are the poller's */
    ohm_replay_init(&kept);
    if (saved.len > 0 && ohm_replay_read(saved, &kept) != OHM_OK)
        return ohm_fail(OHM_BAD_FORMAT, 0, "the saved replay counters are damaged");
    if (config->key_len == 0)
        return ohm_ok();
    m->replay = calloc(1, sizeof *m->replay);
    if (!m->replay)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    m->replay->now = m->replay->written = kept;
    return ohm_ok();
}

const ohm_protocol *ohm_meter_row(const ohm_meter_config *config)
{
    return config->row ? config->row : ohm_protocol_find(config->protocol);
}

/* What the configuration leaves open is as usual for the protocol, or for its device. */
static ohm_err set_line(const ohm_meter_config *config, const ohm_protocol *protocol,
                        const ohm_protocol_config *device, ohm_link_config *out)
{
    *out = (ohm_link_config){ .baud = protocol ? protocol->baud : AUTO_BAUD,
                              .retry_ms_min = config->retry_ms_min };
    memcpy(out->framing, protocol ? protocol->framing : "8E1", sizeof out->framing);
    if (protocol && protocol->line)
        protocol->line(device, &out->baud, out->framing);
    if (config->baud != 0)
        out->baud = config->baud;
    if (config->framing[0])
        memcpy(out->framing, config->framing, sizeof out->framing);
    return ohm_link_address_parse(config->address, &out->address);
}

/* A copy of what is configured; NULL for "". False: no memory. */
static bool keep(const char *text, char **ret_copy)
{
    *ret_copy = text[0] ? strdup(text) : NULL;
    return *ret_copy || !text[0];
}

static bool set_texts(ohm_meter *m, const ohm_meter_config *config, ohm_protocol_config *out)
{
    if (!keep(config->password, &m->password) || !keep(config->device_address, &m->address) ||
        !keep(config->settings, &m->settings))
        return false;
    out->password = m->password;
    out->address = m->address;
    out->settings = m->settings;
    return true;
}

/* Only a meter that is asked hears from us, and few count what they hear. */
static ohm_err set_counters(ohm_meter *m, const ohm_meter_config *config, ohm_protocol_config *out)
{
    if (m->way != &ohm_meter_poll || !ohm_meter_row(config)->poller->save || !config->state_dir)
        return ohm_ok();
    OHM_TRY(ohm_counter_folder_init(&m->counters, config->state_dir));
    out->counters = ohm_counter_folder_lender(&m->counters);
    return ohm_ok();
}

static ohm_err set_up(ohm_meter *m, const ohm_meter_config *config, ohm_span saved)
{
    ohm_link_config link = { .address.kind = OHM_LINK_TCP };
    ohm_protocol_config protocol = { .saved = saved };
    bool line = !ohm_payload_is(ohm_meter_row(config));
    OHM_TRY(set_profiles(m, config, &protocol));
    if (!set_texts(m, config, &protocol))
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    if (line)
        OHM_TRY(set_line(config, ohm_meter_row(config), &protocol, &link));
    OHM_TRY(set_clock(m, config, link.address.kind));
    OHM_TRY(restore(m, config, saved));
    OHM_TRY(set_counters(m, config, &protocol));
    protocol.guard = m->replay ? &m->replay->now : NULL;

    protocol.line = link.address.kind == OHM_LINK_SERIAL;
    protocol.live = m->clock.live;
    protocol.deeds = config->deeds;
    protocol.baud = protocol.line ? link.baud : 0;
    protocol.tz = m->clock.tz;
    ohm_err err = set_keys(m, config, &protocol);
    if (!ohm_failed(err))
        err = m->way->start(m, config, line ? &link : NULL, &protocol);
    ohm_wipe(&protocol, sizeof protocol);
    return err;
}

bool ohm_meter_is_asked(const ohm_meter_config *config)
{
    const ohm_protocol *protocol = ohm_meter_row(config);
    if (!protocol || !protocol->poller)
        return false;
    bool capture = !strncmp(config->address, "file:", strlen("file:"));
    return config->every_ms > 0 || !protocol->next || (protocol->asked && !capture);
}

static const ohm_meter_way *way_of(const ohm_meter_config *config)
{
    const ohm_protocol *protocol = ohm_meter_row(config);
    if (protocol == &ohm_protocol_mqtt)
        return &ohm_meter_mqtt;
    if (protocol == &ohm_protocol_http)
        return &ohm_meter_http;
    return ohm_meter_is_asked(config) ? &ohm_meter_poll : &ohm_meter_push;
}

int64_t ohm_meter_stale_after_ms(const ohm_meter_config *config)
{
    if (config->stale_after_ms > 0)
        return config->stale_after_ms;
    if (ohm_meter_row(config) == &ohm_protocol_mqtt)
        return OHM_PAYLOAD_STALE_MS;
    int64_t pace_ms = config->every_ms;
    if (pace_ms == 0 && ohm_meter_row(config) == &ohm_protocol_http)
        pace_ms = OHM_PAYLOAD_EVERY_MS;
    if (pace_ms == 0 && ohm_meter_is_asked(config))
        pace_ms = ohm_meter_row(config)->poller->every_s * (int64_t)OHM_SECOND_MS;
    return OHM_METER_STALE_MS + 3 * pace_ms;
}

ohm_err ohm_meter_config_check(const ohm_meter_config *config)
{
    ohm_link_config link;
    const ohm_protocol *protocol = ohm_meter_row(config);
    if (ohm_payload_is(protocol))
        return ohm_meter_payload_check(config);
    const ohm_protocol_config device = { .profile = config->profile,
                                         .modbus = config->modbus_profiles };
    OHM_TRY(set_line(config, protocol, &device, &link));
    bool by_name = config->protocol[0] && strcmp(config->protocol, "auto") != 0;
    if (by_name && !protocol)
        return ohm_fail(OHM_UNSUPPORTED, 0, "no such protocol");
    if (config->every_ms > 0 && !ohm_meter_is_asked(config))
        return ohm_fail(OHM_CONFLICT, 0,
                        "every_s is for devices that are asked: give a protocol that can");
    if (ohm_meter_is_asked(config) && link.address.kind == OHM_LINK_FILE)
        return ohm_fail(OHM_UNSUPPORTED, 0, "a file can't be asked");
    return ohm_ok();
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
    m->recent.came_ms = OHM_NO_MS;
    m->way = way_of(config);
    ohm_meter_health_init(&m->health, ohm_meter_stale_after_ms(config), ohm_meter_now(m));
    m->health.asked = m->way == &ohm_meter_poll || m->way == &ohm_meter_http;
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
    if (meter->replay && meter->replay->now.changes > 0)
        save(meter, 0);
    meter->way->stop(meter);
    uv_close((uv_handle_t *)&meter->timer, gone);
}

const ohm_meter_status *ohm_meter_status_of(const ohm_meter *meter)
{
    return &meter->status;
}

const ohm_recent *ohm_meter_recent_of(const ohm_meter *meter)
{
    return &meter->recent;
}

void ohm_meter_set_watch(ohm_meter *meter, const ohm_meter_watch *watch)
{
    meter->watch = *watch;
}
