/* Inside of relay/: what drivers may see of a board. */
#ifndef OHM_RELAY_BOARD_H
#define OHM_RELAY_BOARD_H

#include "relay/relay.h"

enum { OPERATIONS_KEPT = 32 };

typedef struct ohm_board_channel {
    bool coil, known; /* known: read back, or set by us and not refused */
    bool want_fed, pending;
    ohm_output_state state;
    uint64_t operations;
    unsigned operations_next, operations_kept;
    int64_t operated_mono_ms[OPERATIONS_KEPT]; /* ring of the last operations */
} ohm_board_channel;

struct ohm_board {
    ohm_board_config config;
    ohm_relay_on_report on_report;
    void *ctx;
    ohm_board_channel channels[OHM_RELAY_CHANNELS_MAX];
    bool sim_coil[8]; /* of the simulated board: its coils */
};

extern const ohm_board_driver ohm_board_sim;

#endif
