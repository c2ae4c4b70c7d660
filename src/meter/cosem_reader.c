#include "meter/cosem_reader.h"

#include <stdlib.h>

#include "base/number.h"
#include "host/crypto_digest.h"
#include "host/random.h"

enum {
    EVERY_S = 900,
    PAUSE_MS = 100,
    LIMIT_MS = 20 * 60 * 1000, /* a month of rows over an optical head */
    CHALLENGE_LEN = 16,
    PUBLIC = 16,
    GIVE_MS = 1, /* until the next message of an answer goes out */
    WAIT_MS_MAX = 60000,
    PROBE_TRIES = 1,
    T1_MS_MIN = 1500,
    COUNTER_JUMP_MAX = 1 << 24,
};

/* --- one association ----------------------------------------------------------------------------
 */

void ohm_cosem_reader_fail(ohm_cosem_reader *r, ohm_code code, ohm_meter_state state,
                           const char *why)
{
    if (r->failed)
        return;
    r->failed = true;
    r->code = code;
    r->state = state;
    r->why = why;
    ohm_cosem_reader_close(r);
}

static void on_closed(ohm_cosem_reader *r);
static void begin_line(ohm_cosem_reader *r);

void ohm_cosem_reader_close(ohm_cosem_reader *r)
{
    r->phase = OHM_COSEM_CLOSING;
    if (ohm_cosem_close(&r->session, r->now.mono) == OHM_COSEM_CLOSED)
        on_closed(r);
}

void ohm_cosem_reader_lack(ohm_cosem_reader *r, ohm_meter_state state, ohm_code code,
                           const char *what)
{
    r->counts.refused++;
    if (r->lack)
        return;
    r->lack_code = code;
    r->lack_state = state;
    r->lack = what;
}

/* Before there is anything to close. */
static void give_up(ohm_cosem_reader *r, ohm_code code, ohm_meter_state state, const char *why)
{
    r->finished = r->failed = true;
    r->code = code;
    r->state = state;
    r->why = why;
}

/* A frame of the longest kind takes its time: T1 begins when ours is out. */
static int64_t t1_ms(const ohm_cosem_reader *r)
{
    int64_t frame_ms = 0;
    uint32_t baud = r->baud ? r->baud : r->config.baud;
    if (baud > 0)
        frame_ms = OHM_HDLC_INFO_DEFAULT * INT64_C(11) * 1000 / baud;
    return r->settings.timeout_ms > 0 ? r->settings.timeout_ms : T1_MS_MIN + frame_ms;
}

static bool is_wrapper(const ohm_cosem_reader *r)
{
    return r->settings.line == OHM_COSEM_LINE_WRAPPER ||
           (r->settings.line == OHM_COSEM_LINE_USUAL && r->config.baud == 0);
}

static bool set_secret(const ohm_cosem_reader *r, ohm_cosem_config *c)
{
    ohm_span text = ohm_span_text(r->config.password ? r->config.password : "");
    size_t step = r->settings.secret_hex ? 2 : 1;
    if (text.len / step > sizeof c->secret || text.len % step != 0)
        return false;
    c->secret_len = (uint8_t)(text.len / step);
    for (size_t i = 0; i < text.len; i++) {
        uint8_t d = text.ptr[i];
        if (!r->settings.secret_hex) {
            c->secret[i] = d;
            continue;
        }
        int v = d >= '0' && d <= '9'                 ? d - '0'
                : (d | 32) >= 'a' && (d | 32) <= 'f' ? (d | 32) - 'a' + 10
                                                     : -1;
        if (v < 0)
            return false;
        c->secret[i / 2] = (uint8_t)(c->secret[i / 2] << 4 | v);
    }
    return true;
}

static void set_lines(const ohm_cosem_reader *r, uint8_t client, ohm_cosem_config *c)
{
    const ohm_cosem_settings *s = &r->settings;
    c->wrapper = is_wrapper(r);
    c->hdlc = (ohm_hdlc_link_config){
        .client = client,
        .server = s->server,
        .physical = s->physical,
        .address_len = s->address_len,
        .info_max = s->info_max,
        .window = s->window,
        .t1_ms = t1_ms(r),
        .tries = r->probe ? PROBE_TRIES : 0,
    };
    c->over_tcp = (ohm_wrapper_link_config){
        .client = client,
        .server = s->server,
        .answer_ms = s->timeout_ms,
    };
}

static ohm_code make_config(ohm_cosem_reader *r, ohm_cosem_config *c)
{
    const ohm_cosem_settings *s = &r->settings;
    ohm_cosem_security *security = &c->security;
    *c = (ohm_cosem_config){ .auth = s->auth, .transfer = s->transfer };
    set_lines(r, s->client, c);
    if (!set_secret(r, c))
        return OHM_RANGE;
    c->challenge_len = CHALLENGE_LEN;
    ohm_random(c->challenge, CHALLENGE_LEN);
    security->control = (s->control & 0x30) != 0 ? s->control : 0;
    security->aead = r->config.aead;
    memcpy(security->auth_key, r->config.auth_key, r->config.auth_key_len);
    security->auth_key_len = r->config.auth_key_len;
    security->digests = &ohm_crypto_digests;
    memcpy(security->title, s->title, sizeof s->title);
    security->counter = r->counter;
    security->counter_end = r->counter_end;
    ohm_cosem_heard_give(r, security);
    if (r->dedicated) {
        security->dedicated = ohm_crypto_aead_table(r->dedicated);
        memcpy(security->dedicated_key, r->dedicated_key, sizeof r->dedicated_key);
        security->dedicated_key_len = sizeof r->dedicated_key;
    }
    return OHM_OK;
}

/* A fresh one for each association: answers under that of another are none. */
static ohm_code make_dedicated(ohm_cosem_reader *r)
{
    ohm_crypto_aead_free(r->dedicated);
    r->dedicated = NULL;
    if (!r->settings.dedicated)
        return OHM_OK;
    ohm_random(r->dedicated_key, sizeof r->dedicated_key);
    return ohm_crypto_aead_new(ohm_span_of(r->dedicated_key, sizeof r->dedicated_key),
                               &r->dedicated);
}

static void begin_association(ohm_cosem_reader *r)
{
    ohm_cosem_config c;
    r->phase = OHM_COSEM_OPENING;
    if (make_dedicated(r) != OHM_OK) {
        give_up(r, OHM_NO_MEMORY, OHM_METER_REFUSED, "no cipher for a dedicated key");
        return;
    }
    ohm_err lent = ohm_cosem_counter_used(&r->settings) ? ohm_cosem_counter_lend(r) : ohm_ok();
    if (ohm_failed(lent)) {
        give_up(r, lent.code, OHM_METER_REFUSED, lent.what);
        return;
    }
    ohm_code code = make_config(r, &c);
    if (code == OHM_OK)
        code = ohm_cosem_init(&r->session, &c);
    ohm_wipe(&c, sizeof c);
    if (code != OHM_OK) {
        bool key = code == OHM_NO_KEY && ohm_cosem_counter_used(&r->settings) && !r->config.aead;
        give_up(r, code, key ? OHM_METER_NO_KEY : OHM_METER_REFUSED,
                code == OHM_NO_KEY ? "this authentication needs a key or a password"
                                   : "an address or a password that can't be");
        return;
    }
    if (ohm_cosem_open(&r->session, r->now.mono) == OHM_COSEM_FAILED)
        ohm_cosem_reader_fail(r, r->session.code, OHM_METER_REFUSED, r->session.what);
}

/* The counter as the public client may read it, or at once the association. */
static void begin_talk(ohm_cosem_reader *r)
{
    ohm_cosem_config c = { .auth = OHM_COSEM_NONE };
    if (!r->settings.has_counter || r->recovered || !ohm_cosem_counter_used(&r->settings)) {
        begin_association(r);
        return;
    }
    set_lines(r, PUBLIC, &c);
    r->phase = OHM_COSEM_RECOVERING;
    r->recovering = true;
    if (ohm_cosem_init(&r->session, &c) != OHM_OK ||
        ohm_cosem_open(&r->session, r->now.mono) == OHM_COSEM_FAILED)
        give_up(r, OHM_RANGE, OHM_METER_REFUSED, "an address that can't be");
}

static void ask_counter(ohm_cosem_reader *r)
{
    ohm_cosem_ref ref = { .class_id = OHM_CLASS_DATA, .index = 2 };
    memcpy(ref.obis, r->settings.counter, OHM_OBIS_LEN);
    if (ohm_cosem_get(&r->session, &ref, ohm_span_of(NULL, 0), r->now.mono) != OHM_OK)
        ohm_cosem_reader_fail(r, OHM_RANGE, OHM_METER_REFUSED, "the question could not be put");
}

/* The last counter that the meter heard from us. */
static void take_counter(ohm_cosem_reader *r)
{
    ohm_axdr c = ohm_axdr_over(r->session.answer.data);
    ohm_axdr_item item;
    int64_t last = 0;
    bool big = false;
    bool good = r->session.answer.form == OHM_COSEM_RESULT && r->session.answer.error == 0 &&
                ohm_axdr_next(&c, &item) == OHM_OK && ohm_axdr_integer(&item, &last, &big) &&
                last >= 0 && last < UINT32_MAX;
    if (!good || !ohm_cosem_counter_raise(r, (uint32_t)last + 1)) {
        ohm_cosem_reader_fail(r, OHM_DENIED, OHM_METER_REFUSED,
                              "the meter does not tell its frame counter to the public client");
        return;
    }
    r->recovered = true;
    ohm_cosem_reader_close(r);
}

/* --- events -------------------------------------------------------------------------------------
 */

static ohm_meter_state state_of(ohm_code code)
{
    switch ((int)code) {
    case OHM_IO:
        return OHM_METER_NO_ANSWER;
    case OHM_NO_KEY:
        return OHM_METER_NO_KEY;
    case OHM_BAD_TAG:
        return OHM_METER_WRONG_KEY;
    case OHM_REPLAYED:
        return OHM_METER_REPLAYED;
    default:
        return OHM_METER_REFUSED;
    }
}

static void count_line(ohm_cosem_reader *r)
{
    const ohm_hdlc_link_counters *h = &r->session.hdlc.counters;
    bool wrapper = r->session.config.wrapper;
    r->counts.frames += wrapper ? r->session.tcp.frames : h->frames;
    r->counts.bad_fcs += wrapper ? 0 : h->bad_fcs;
    r->counts.skipped += wrapper ? 0 : h->bytes_skipped;
    r->counts.late += wrapper ? r->session.tcp.foreign : h->dropped;
}

/* A list too long for us may be short enough without access rights; a meter that has not even that
 * is read without it. */
static void list_too_long(ohm_cosem_reader *r)
{
    if (!r->brief && (r->session.agreed.conformance & OHM_COSEM_SELECTIVE) != 0) {
        r->brief = true;
        r->resume = OHM_COSEM_WITH_LIST;
        ohm_cosem_reader_close(r);
    } else if (ohm_cosem_reader_unlisted(r)) {
        r->resume = OHM_COSEM_WITHOUT_LIST;
        ohm_cosem_reader_close(r);
    }
}

static void on_failed(ohm_cosem_reader *r)
{
    const ohm_cosem *c = &r->session;
    if (c->code == OHM_TOO_BIG && r->phase == OHM_COSEM_BUFFER) {
        r->resume = OHM_COSEM_WITH_PIECE;
        ohm_cosem_profile_too_long(r);
        ohm_cosem_reader_close(r);
        return;
    }
    if (c->code == OHM_TOO_BIG && r->phase == OHM_COSEM_LISTING) {
        list_too_long(r);
        return;
    }
    r->counts.tag_failures += c->code == OHM_BAD_TAG;
    /* The next conversation begins with what the meter waits for. Nobody vouches for it: it may
     * not bring our counters far. */
    if (c->counter_wrong) {
        r->recovered = false;
        if (c->counter_wanted > r->counter && c->counter_wanted - r->counter <= COUNTER_JUMP_MAX)
            (void)ohm_cosem_counter_raise(r, c->counter_wanted);
    }
    ohm_cosem_reader_fail(r, c->code, state_of(c->code), c->what);
}

static void on_closed(ohm_cosem_reader *r)
{
    count_line(r);
    bool recovered = r->recovering && !r->failed;
    r->recovering = false;
    if (recovered)
        begin_association(r);
    else if (r->resume != OHM_COSEM_ANEW && !r->failed)
        begin_line(r);
    else
        r->finished = true;
}

/* What was used must never be used again, however it ends. */
static void note_counter(ohm_cosem_reader *r)
{
    uint32_t used = r->session.config.security.counter;
    if (used > r->counter)
        r->counter = used;
    ohm_cosem_heard_note(r);
}

static void on_event(ohm_cosem_reader *r, ohm_cosem_event event)
{
    note_counter(r);
    switch (event) {
    case OHM_COSEM_NOTHING:
        return;
    case OHM_COSEM_CLOSED:
        on_closed(r);
        return;
    case OHM_COSEM_FAILED:
        if (r->phase == OHM_COSEM_CLOSING)
            on_closed(r);
        else
            on_failed(r);
        return;
    case OHM_COSEM_READY:
        if (r->phase == OHM_COSEM_RECOVERING)
            ask_counter(r);
        else
            ohm_cosem_reader_go_on(r);
        return;
    case OHM_COSEM_ANSWER:
        if (r->phase == OHM_COSEM_RECOVERING)
            take_counter(r);
        else
            ohm_cosem_reader_answer(r);
        return;
    }
}

static void set_line(ohm_cosem_reader *r, uint32_t baud, const char framing[static 4])
{
    if (r->config.baud == 0)
        return; /* over a network the line is the converter's matter */
    r->change_line = true;
    r->baud = baud;
    memcpy(r->framing, framing, sizeof r->framing);
}

static void on_sign_on(ohm_cosem_reader *r, ohm_mode_e_event event)
{
    if (event == OHM_MODE_E_FAILED)
        give_up(r, OHM_IO, OHM_METER_NO_ANSWER, r->sign_on.what);
    if (event != OHM_MODE_E_DONE)
        return;
    set_line(r, r->sign_on.baud, "8N1");
    begin_talk(r);
}

/* The line as the meter waits for us, and the talk on it. */
static void begin_line(ohm_cosem_reader *r)
{
    if (r->settings.line != OHM_COSEM_LINE_MODE_E) {
        begin_talk(r);
        return;
    }
    if (ohm_mode_e_init(&r->sign_on, r->settings.call, r->settings.baud_max) != OHM_OK) {
        give_up(r, OHM_BAD_FORMAT, OHM_METER_REFUSED, "call= can't be sent to a meter");
        return;
    }
    r->phase = OHM_COSEM_SIGNING_ON;
    ohm_mode_e_open(&r->sign_on, r->now.mono);
    set_line(r, OHM_MODE_E_BAUD, "7E1");
}

/* --- the poller ---------------------------------------------------------------------------------
 */

static ohm_poll_step give(ohm_cosem_reader *r)
{
    ohm_poll_step step = ohm_poll_wait(GIVE_MS);
    step.message = &r->message;
    return step;
}

/* Everything that is to be sent now, in one piece. */
static ohm_span gather(ohm_cosem_reader *r)
{
    ohm_span bytes;
    size_t len = 0;
    bool signing = r->phase == OHM_COSEM_SIGNING_ON;
    while (signing ? ohm_mode_e_take(&r->sign_on, &bytes, r->now.mono)
                   : ohm_cosem_take(&r->session, &bytes, r->now.mono)) {
        assert(bytes.len <= sizeof r->send - len);
        memcpy(r->send + len, bytes.ptr, bytes.len);
        len += bytes.len;
    }
    return ohm_span_of(r->send, len);
}

/* What happens next. */
static ohm_poll_step step_of(ohm_cosem_reader *r)
{
    if (r->message_ready) {
        r->message_ready = false;
        return give(r);
    }
    if (r->phase == OHM_COSEM_GIVING) {
        if (ohm_cosem_reader_row(r))
            return give(r);
        ohm_cosem_reader_go_on(r);
    }
    if (r->finished && r->failed)
        return ohm_poll_failed(r->code, r->state, r->why);
    if (r->finished)
        return r->lack ? ohm_poll_lacking(r->lack_code, r->lack_state, r->lack)
                       : ohm_poll_done(NULL);
    if (r->change_line) {
        ohm_poll_step step = ohm_poll_wait(GIVE_MS);
        r->change_line = false;
        step.baud = r->baud;
        memcpy(step.framing, r->framing, sizeof step.framing);
        return step;
    }
    ohm_span send = gather(r);
    ohm_mono_ms wake =
        r->phase == OHM_COSEM_SIGNING_ON ? r->sign_on.wake : ohm_cosem_wake(&r->session);
    int64_t wait_ms = wake.v == OHM_LINE_NEVER ? WAIT_MS_MAX : wake.v - r->now.mono.v;
    wait_ms = wait_ms < 1 ? 1 : wait_ms > WAIT_MS_MAX ? WAIT_MS_MAX : wait_ms;
    return send.len > 0 ? ohm_poll_send(send, (uint32_t)wait_ms) : ohm_poll_wait((uint32_t)wait_ms);
}

static ohm_poll_step begin(void *state, bool probe, ohm_poll_time now)
{
    ohm_cosem_reader *r = state;
    r->now = now;
    r->probe = probe;
    r->finished = r->failed = r->message_ready = r->change_line = r->recovering = false;
    r->rows.columns = NULL;
    r->browsing = false;
    r->lack = NULL;
    r->changed = r->brief = false;
    r->resume = OHM_COSEM_ANEW;
    r->baud = 0;
    r->phase = OHM_COSEM_AT_REST;
    begin_line(r);
    return step_of(r);
}

static ohm_poll_step on_bytes(void *state, ohm_span *in, ohm_poll_time now)
{
    ohm_cosem_reader *r = state;
    ohm_cosem_event event = OHM_COSEM_NOTHING;
    r->now = now;
    ohm_cosem_counter_top_up(r);
    if (r->phase == OHM_COSEM_SIGNING_ON)
        on_sign_on(r, ohm_mode_e_input(&r->sign_on, in, now.mono));
    else
        do {
            event = ohm_cosem_input(&r->session, in, now.mono);
            on_event(r, event);
        } while (event != OHM_COSEM_NOTHING && in->len > 0 && !r->finished);
    *in = ohm_span_part(*in, in->len, 0); /* what is left was not asked for */
    return step_of(r);
}

static ohm_poll_step on_timeout(void *state, ohm_poll_time now)
{
    ohm_cosem_reader *r = state;
    r->now = now;
    if (r->finished || r->message_ready || r->phase == OHM_COSEM_GIVING)
        return step_of(r);
    ohm_cosem_counter_top_up(r);
    if (r->phase == OHM_COSEM_SIGNING_ON)
        on_sign_on(r, ohm_mode_e_tick(&r->sign_on, now.mono));
    else
        on_event(r, ohm_cosem_tick(&r->session, now.mono));
    return step_of(r);
}

static void reset(void *state)
{
    ohm_cosem_reader *r = state;
    note_counter(r);
    r->phase = OHM_COSEM_AT_REST;
    r->message_ready = r->change_line = false;
}

static ohm_err check_deeds(const ohm_protocol_config *config)
{
    const ohm_meter_deeds *d = &config->deeds;
    if (d->relay != OHM_SWITCH_LEAVE && !d->allow_disconnect)
        return ohm_fail(OHM_DENIED, 0,
                        "the configuration does not allow this (allow_disconnect: true)");
    if (d->set_clock && !config->tz)
        return ohm_fail(OHM_CONFLICT, 0, "a clock is set in its zone only, and none is known");
    return ohm_ok();
}

static void release(void *state)
{
    ohm_cosem_reader *r = state;
    ohm_crypto_aead_free(r->dedicated);
    r->dedicated = NULL;
    free(r->profiles);
    r->profiles = NULL;
}

/* What release gives up. */
static ohm_err set_up(ohm_cosem_reader *r)
{
    if (r->settings.profiles_count > 0) {
        r->profiles = calloc(r->settings.profiles_count, sizeof *r->profiles);
        if (!r->profiles)
            return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    }
    OHM_TRY(ohm_cosem_counter_restore(r, r->config.saved));
    r->config.saved = ohm_span_of(NULL, 0);
    return ohm_ok();
}

static ohm_err init(void *state, const ohm_protocol_config *config)
{
    ohm_cosem_reader *r = state;
    OHM_TRY(ohm_cosem_settings_parse(config->settings, &r->settings));
    OHM_TRY(check_deeds(config));
    r->config = *config;
    ohm_wipe(r->config.key, sizeof r->config.key); /* the cipher holds it */
    OHM_TRY(ohm_cosem_counter_title(r));
    ohm_err err = set_up(r);
    if (ohm_failed(err))
        release(r);
    return err;
}

static void count(const void *state, ohm_meter_counters *out)
{
    const ohm_cosem_reader *r = state;
    out->frames = r->counts.frames;
    out->messages = r->counts.messages;
    out->bad_fcs = r->counts.bad_fcs;
    out->tag_failures = r->counts.tag_failures;
    out->bytes_skipped = r->counts.skipped;
    out->late = r->counts.late;
    out->refused = r->counts.refused;
}

const ohm_poller ohm_cosem_poller = {
    .state_size = sizeof(ohm_cosem_reader),
    .kept_size = offsetof(ohm_cosem_reader, message),
    .every_s = EVERY_S,
    .pause_ms = PAUSE_MS,
    .limit_ms = LIMIT_MS,
    .init = init,
    .release = release,
    .begin = begin,
    .on_bytes = on_bytes,
    .on_timeout = on_timeout,
    .reset = reset,
    .count = count,
    .save = ohm_cosem_counter_save,
};
