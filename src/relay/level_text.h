/* Levels as text: what a module that takes a setpoint or the order of a pilot wire as a word is
 * told, and what it says of itself. Text in, text out; nothing is sent here.
 *
 * In a template {w} is watts, {a} amperes (of one phase, with a decimal where they have one),
 * {order} the order's word, {device} the channel's name, {deadman_s} how long it holds. What it
 * says is a number (in the unit of the load's setpoint) or a word, as the whole payload or at a
 * JSON pointer (RFC 6901). */
#ifndef OHM_RELAY_LEVEL_TEXT_H
#define OHM_RELAY_LEVEL_TEXT_H

#include "base/err.h"
#include "base/span.h"

enum { OHM_LEVEL_TEXT_MAX = 512 };

/* The words of a pilot wire: ours, and those of Zigbee2MQTT (pilot_wire_mode, cable_outlet_mode:
 * zigbee2mqtt.io, SIN-4-FP-21 and 064882). */
typedef enum ohm_level_words { OHM_LEVEL_FRENCH, OHM_LEVEL_ZIGBEE2MQTT } ohm_level_words;

/* What a Modbus register counts. */
typedef enum ohm_level_unit { OHM_LEVEL_W, OHM_LEVEL_A, OHM_LEVEL_DECI_A } ohm_level_unit;

/* What a level of a channel means. */
typedef struct ohm_level_form {
    bool order;   /* an ohm_order, else W */
    bool amperes; /* what it says of itself is in A, else in W */
    uint8_t phases;
    uint16_t voltage;
    int32_t step_w;
    bool gives; /* a battery: see ohm_level_is_own */
} ohm_level_form;

/* A battery's level 0 leaves it to its inverter's own mode: nothing is said to it, or what
 * `own_payload` has. Below 0 it gives so many W, and -1 is rest: 0 W (control/setting.h). */
static inline bool ohm_level_is_own(const ohm_level_form *form, int32_t level)
{
    return form->gives && level == 0;
}

typedef struct ohm_level_call {
    ohm_level_form form;
    ohm_level_words words;
    const char *device;
    int64_t deadman_s;
} ohm_level_call;

/* A level as a register, and back; what is within half a step of `told` is that. */
uint16_t ohm_level_register(const ohm_level_form *form, ohm_level_unit unit, int32_t level);
int32_t ohm_level_of_register(const ohm_level_form *form, ohm_level_unit unit, uint16_t value,
                              int32_t told);
/* OHM_TOO_BIG: no text comes of it. What else stands in braces stays. */
OHM_MUST_CHECK ohm_code ohm_level_fill(const ohm_level_call *call, const char *from, int32_t level,
                                       char out[static OHM_LEVEL_TEXT_MAX]);
/* Hostile bytes: false, it says no level. A number within half a step of `told` is that. */
bool ohm_level_read(const ohm_level_call *call, const char *pointer, ohm_span body, int32_t told,
                    int32_t *ret_level);

#endif
