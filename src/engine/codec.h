/* Events, actions and snapshots as bytes, and back; actions as the journal's JSON.
 *
 * The form: a version byte, a kind byte, then the fields in the order of one table
 * (engine/fields.c), little-endian, booleans and small codes as one byte, texts and lists with
 * their count before them. One table serves both directions, so encode and decode can't drift
 * apart. A value has exactly one form of each version (engine/fields.h): decode∘encode is an
 * identity, and so is encode∘decode on what this version wrote. Older bytes are read too.
 *
 * Decoding takes hostile bytes: bounded, refused whole (`at` is a byte position) or taken
 * whole. It checks form and ranges; whether an event fits an engine (indices, order of time)
 * is ohm_engine_accepts. */
#ifndef OHM_ENGINE_CODEC_H
#define OHM_ENGINE_CODEC_H

#include "engine/engine.h"

enum {
    OHM_EVENT_BYTES_MAX = 16 << 10, /* a contract with all that it can hold */
    OHM_ACTION_BYTES_MAX = 256,
    OHM_ACTION_JSON_MAX = 1 << 10,
};

/* An event with room for what it points to. Decoding fills one; it owns nothing else. */
typedef struct ohm_event_box {
    ohm_event event;
    union {
        ohm_boot boot;
        ohm_frame frame;
        ohm_signal_set signal;
        ohm_command command;
        ohm_note note;
        ohm_contract_change contract;
        ohm_rules_change rules;
    };
} ohm_event_box;

OHM_MUST_CHECK ohm_code ohm_event_encode(const ohm_event *event, uint8_t *out, size_t cap,
                                         size_t *ret_len);
/* out->event points into *out: do not copy the box. */
OHM_MUST_CHECK ohm_err ohm_event_decode(ohm_span bytes, ohm_event_box *out);

OHM_MUST_CHECK ohm_code ohm_action_encode(const ohm_action *action, uint8_t *out, size_t cap,
                                          size_t *ret_len);
OHM_MUST_CHECK ohm_err ohm_action_decode(ohm_span bytes, ohm_action *out);

/* The first field in which two actions differ ("decision.until_ms"), NULL if they are the same;
 * the two values as integers where the field is one. */
const char *ohm_action_difference(const ohm_action *a, const ohm_action *b, int64_t *ret_a,
                                  int64_t *ret_b);

/* The journal's line, one JSON object. A decision:
 *   {"seq":7,"time":"…Z","load":"water_heater","state":"shed","cause":"ecowatt","held_by":null,
 *    "level":2,"limit":null,"expected_w":-2400,"until":"…Z","switches":true}
 * with, when a limit of power is the cause,
 *   "limit":{"id":"main","phase":null,"va":6000,"measured_va":7210,"trip_s":118,"blind":false}
 * with, when a rule is, "rule":"sun"; of a heater on a pilot wire "order":"eco", of a load with
 * a setpoint "setpoint_w":2300, and "adjusts":true when that alone changes. A notice:
 *   {"seq":8,"time":"…Z","notice":"command_done","load":"water_heater","device":null,
 *    "quantity":null,"detail":0,"command":12,"actor":"user:marie"}
 * `config` names the loads and the main meter. */
OHM_MUST_CHECK ohm_code ohm_action_json(const ohm_action *action, const ohm_engine_config *config,
                                        char *out, size_t cap, size_t *ret_len);

#endif
