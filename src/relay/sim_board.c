/* The simulated board: eight relays with their LEDs, rated like a Phidget 1017 (at most twenty
 * operations a minute and channel, three seconds apart). All coils are off at start, as after a
 * power cut. */
#include "relay/board.h"

enum { CHANNELS = 8 };

static ohm_err sim_open(ohm_board *board)
{
    memset(board->sim_coil, 0, sizeof board->sim_coil);
    return ohm_ok();
}

static ohm_err sim_read(ohm_board *board, uint8_t channel, bool *ret_coil)
{
    assert(channel < CHANNELS);
    *ret_coil = board->sim_coil[channel];
    return ohm_ok();
}

static ohm_err sim_set(ohm_board *board, uint8_t channel, bool coil)
{
    assert(channel < CHANNELS);
    board->sim_coil[channel] = coil;
    return ohm_ok();
}

const ohm_board_driver ohm_board_sim = {
    .name = "sim",
    .channels = CHANNELS,
    .operation_min_ms = 3000,
    .operations_per_minute_max = 20,
    .open = sim_open,
    .read = sim_read,
    .set = sim_set,
};
