/* Inside of relay/: what drivers may see of a board. */
#ifndef OHM_RELAY_BOARD_H
#define OHM_RELAY_BOARD_H

#include "relay/relay.h"

enum { OPERATIONS_KEPT = 32 };

typedef struct ohm_board_channel {
    int32_t coil; /* 0, 1; of a channel that takes levels its level */
    bool known;   /* said by the board and not doubted since */
    bool ever_known;
    int32_t want;
    bool pending;
    ohm_output_state state;
    bool echoed;
    ohm_mono_ms echo_mono; /* the board said so */
    /* A question or an order that waits for its echo. */
    bool waits, ordered; /* ordered: it was an order, else a question */
    int32_t order_coil;
    uint8_t tries;
    ohm_mono_ms asked_mono;
    ohm_mono_ms rest_mono; /* no question before this */
    uint64_t operations;
    unsigned operations_next, operations_kept;
    int64_t operated_mono_ms[OPERATIONS_KEPT]; /* ring of the last operations */
} ohm_board_channel;

struct ohm_board {
    ohm_board_config config;
    ohm_relay_on_report on_report;
    void *ctx;
    ohm_board_channel channels[OHM_RELAY_CHANNELS_MAX];
    void *state; /* the driver's own */
};

extern const ohm_board_driver ohm_board_sim, ohm_board_modbus, ohm_board_gpio, ohm_board_phidget;
extern const ohm_board_driver ohm_board_http, ohm_board_shelly_http;
extern const ohm_board_driver ohm_board_shelly1_http, ohm_board_tasmota_http;
extern const ohm_board_driver ohm_board_mqtt_level, ohm_board_http_level, ohm_board_modbus_level;
extern const ohm_board_driver ohm_board_shelly, ohm_board_tasmota, ohm_board_zigbee2mqtt;

/* --- for drivers ---------------------------------------------------------------------------- */

/* The board says where a coil is, asked or not. */
void ohm_board_echo(ohm_board *board, uint8_t channel, int32_t coil, ohm_mono_ms now);
/* It refused an order. */
void ohm_board_refused(ohm_board *board, uint8_t channel, ohm_mono_ms now);
/* The channel is out of reach: where its coil is nobody knows. */
void ohm_board_lost(ohm_board *board, uint8_t channel);
/* It is back: asked at the next tick. */
void ohm_board_found(ohm_board *board, uint8_t channel, ohm_mono_ms now);
/* What a level of a channel is in words. */
ohm_level_call ohm_board_level_call(const ohm_board *board, uint8_t channel);
/* The coil that feeds the load, or not. */
int32_t ohm_board_coil_for(const ohm_board *board, uint8_t channel, bool fed);

#endif
