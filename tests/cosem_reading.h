/* A reader of a DLMS meter and a simulated one, with a line of memory between them, as a port would
 * drive the conversation: for the unit tests of the reader. Include cmocka first. */
#ifndef OHM_TESTS_COSEM_READING_H
#define OHM_TESTS_COSEM_READING_H

#include "cosem_talk.h"
#include "meter/cosem_reader.h"

enum {
    MESSAGES_MAX = 400,
    STEPS_MAX = 20000,
};

/* One meter, one reader, and what came of a conversation. */
static talk t;
static ohm_cosem_reader reader;
static ohm_ms utc_ms;
static int messages, recorded, objects_told;
static const ohm_tz *zone;                      /* of the meter; NULL: not known */
static bool any_order;                          /* of rows: times may repeat, and be wrong */
static ohm_ms first_ms, last_ms;                /* of rows */
static int64_t last_wh, last_export_wh, now_wh; /* of the last row, and of now; -1: none */
static uint32_t bauds[8];
static int bauds_count;
static const char *why;
static ohm_meter_state state_at_end;
static uint8_t saved[OHM_COSEM_SAVED_MAX];
static size_t saved_len;

/* In Wh, as the meter says its unit; -1: it does not say it. */
static inline int64_t energy_of(const ohm_cosem_message *m, ohm_quantity_id quantity)
{
    for (int i = 0; i < m->dlms.count; i++)
        if (m->dlms.values[i].quantity == quantity)
            return m->dlms.values[i].raw * (m->dlms.values[i].scaler == 3 ? 1000 : 1);
    return -1;
}

static inline void take_message(const void *message)
{
    const ohm_cosem_message *m = message;
    const ohm_meter_clock clock = { .tz = zone, .last_ms = OHM_NO_MS };
    messages++;
    objects_told += m->browsed ? m->dlms.count : 0;
    if (!m->recorded) {
        now_wh = energy_of(m, OHM_Q_ENERGY_IMPORT);
        return;
    }
    ohm_ms at_ms = ohm_protocol_cosem.time_of(message, &clock, utc_ms);
    first_ms = recorded == 0 ? at_ms : first_ms;
    assert_true(any_order || recorded == 0 || at_ms > last_ms);
    recorded++;
    last_ms = at_ms;
    last_wh = energy_of(m, OHM_Q_ENERGY_IMPORT);
    last_export_wh = energy_of(m, OHM_Q_ENERGY_EXPORT);
}

static inline ohm_poll_time now(void)
{
    return (ohm_poll_time){ t.now, utc_ms };
}

static inline void keep_saved(void)
{
    size_t len = ohm_cosem_counter_save(&reader, saved, sizeof saved);
    saved_len = len > 0 ? len : saved_len;
}

/* What the meter said, piece by piece, to be played back to who asks again. */
static struct {
    bool plays;
    int count, at;
    size_t lens[64];
    uint8_t bytes[64][4096];
} tape;

static inline size_t tape_turn(uint8_t *wire, size_t len)
{
    if (tape.plays && tape.at < tape.count) {
        memcpy(wire, tape.bytes[tape.at], tape.lens[tape.at]);
        return tape.lens[tape.at++];
    }
    if (!tape.plays && tape.count < 64 && len <= sizeof tape.bytes[0]) {
        memcpy(tape.bytes[tape.count], wire, len);
        tape.lens[tape.count++] = len;
    }
    return tape.plays ? 0 : len;
}

static inline ohm_poll_step send(const ohm_poll_step *step)
{
    keep_saved();
    memcpy(t.wire, step->send.ptr, step->send.len);
    size_t len = talk_line(&t, step->send.len);
    static uint8_t said[TALK_CHUNK_MAX];
    memcpy(said, t.wire, len);
    ohm_writer out = ohm_writer_over(t.wire, sizeof t.wire);
    ohm_cosem_server_input(&t.meter, ohm_span_of(said, len), &out);
    ohm_span in = ohm_span_of(t.wire, tape_turn(t.wire, talk_line(&t, out.len)));
    if (in.len > 0)
        return ohm_cosem_poller.on_bytes(&reader, &in, now());
    t.now.v += step->wait_ms;
    return ohm_cosem_poller.on_timeout(&reader, now());
}

/* A whole conversation; true if it was good. */
static inline bool converse(void)
{
    messages = recorded = objects_told = bauds_count = tape.at = 0;
    tape.count = tape.plays ? tape.count : 0;
    last_wh = last_export_wh = now_wh = -1;
    ohm_poll_step step = ohm_cosem_poller.begin(&reader, false, now());
    for (int i = 0; i < STEPS_MAX; i++) {
        if (step.message)
            take_message(step.message);
        if (step.baud != 0 && bauds_count < 8)
            bauds[bauds_count++] = step.baud;
        why = step.why;
        state_at_end = step.state;
        if (step.verdict == OHM_POLL_DONE || step.verdict == OHM_POLL_FAILED) {
            keep_saved();
            return step.verdict == OHM_POLL_DONE;
        }
        if (step.verdict == OHM_POLL_SEND) {
            step = send(&step);
            continue;
        }
        t.now.v += step.wait_ms;
        step = ohm_cosem_poller.on_timeout(&reader, now());
    }
    fail_msg("no end");
    return false;
}

static ohm_meter_deeds deeds;
static ohm_counter_lender lender; /* none to begin with */

/* A reader with these settings of the meter in t. */
static inline ohm_err start(const char *settings, uint32_t baud, ohm_span kept)
{
    static const ohm_protocol_config none;
    ohm_protocol_config c = none;
    ohm_cosem_poller.release(&reader); /* of the one before */
    memset(&reader, 0, offsetof(ohm_cosem_reader, texts));
    c.aead = ohm_crypto_aead_table(t.global);
    memcpy(c.auth_key, talk_auth_key, sizeof talk_auth_key);
    c.auth_key_len = sizeof talk_auth_key;
    c.password = talk_secret;
    c.settings = settings;
    c.baud = baud;
    c.saved = kept;
    c.deeds = deeds;
    c.tz = zone;
    c.counters = lender;
    return ohm_cosem_poller.init(&reader, &c);
}

static inline void begin_all(ohm_cosem_server_line line, ohm_cosem_auth auth, uint8_t control)
{
    talk_init(&t, line, auth, control);
    utc_ms = t.meter.time_ms;
    saved_len = 0;
    any_order = false;
    tape.plays = false;
}

static inline void end_all(void)
{
    ohm_cosem_poller.release(&reader);
    talk_release(&t);
}

#endif
