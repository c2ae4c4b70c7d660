/* The simulated board: eight relays, or setpoints, with their LEDs, rated like a Phidget 1017 (at
 * most twenty operations a minute and channel, three seconds apart). All coils are off at start, as
 * after a power cut. */
#include <stdlib.h>

#include "relay/board.h"

enum { CHANNELS = 8 };

static int32_t *coils_of(ohm_board *board)
{
    return board->state;
}

static ohm_err sim_open(ohm_board *board)
{
    board->state = calloc(CHANNELS, sizeof(int32_t));
    return board->state ? ohm_ok() : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
}

static ohm_err sim_read(ohm_board *board, uint8_t channel, int32_t *ret_coil)
{
    assert(channel < CHANNELS);
    *ret_coil = coils_of(board)[channel];
    return ohm_ok();
}

static ohm_err sim_set(ohm_board *board, uint8_t channel, int32_t coil)
{
    assert(channel < CHANNELS);
    coils_of(board)[channel] = coil;
    return ohm_ok();
}

static void sim_close(ohm_board *board)
{
    free(board->state);
}

const ohm_board_driver ohm_board_sim = {
    .name = "sim",
    .channels = CHANNELS,
    .operation_min_ms = 3000,
    .operations_per_minute_max = 20,
    .levels = true,
    .open = sim_open,
    .read = sim_read,
    .set = sim_set,
    .close = sim_close,
};
