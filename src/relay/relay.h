/* Relay outputs behind one interface.
 *
 * A board has channels; a channel has a coil and feeds a load through one of its contacts:
 * NC (coil off = load fed: what a lost program or a lost supply leaves) or NO (coil on = fed).
 * The engine speaks of "fed"; this room turns it into coils, keeps the board's minimum interval
 * between operations, counts operations, and says what came of each order.
 *
 * Used from the loop thread; a driver that must wait does so on its own and reports later
 * through `on_report`. */
#ifndef OHM_RELAY_RELAY_H
#define OHM_RELAY_RELAY_H

#include "base/err.h"
#include "base/time.h"
#include "engine/engine.h"

enum { OHM_RELAY_CHANNELS_MAX = 64, OHM_RELAY_ID_MAX = 32 };

typedef enum ohm_contact {
    OHM_CONTACT_NC, /* coil off feeds the load */
    OHM_CONTACT_NO, /* coil on feeds the load */
} ohm_contact;

typedef struct ohm_relay_channel {
    ohm_contact contact;
    int16_t load;      /* index of the load; -1 = nothing wired */
    bool failsafe_fed; /* where the channel goes on stop and loss */
} ohm_relay_channel;

typedef struct ohm_relay_report {
    uint8_t channel;
    bool coil;
    ohm_output_state state;
} ohm_relay_report;

typedef struct ohm_board ohm_board;

/* What a kind of board can do; one row a driver. */
typedef struct ohm_board_driver {
    const char *name;                  /* "sim" */
    uint8_t channels;                  /* 8 on the simulated board */
    int64_t operation_min_ms;          /* between two operations of one channel */
    uint8_t operations_per_minute_max; /* per channel; 20 on a 1017 */
    ohm_err (*open)(ohm_board *board);
    /* Reads what the coils are without moving them; OHM_UNSUPPORTED if the board can't say. */
    ohm_err (*read)(ohm_board *board, uint8_t channel, bool *ret_coil);
    ohm_err (*set)(ohm_board *board, uint8_t channel, bool coil);
    void (*close)(ohm_board *board);
} ohm_board_driver;

typedef struct ohm_board_config {
    char id[OHM_RELAY_ID_MAX];
    const ohm_board_driver *driver;
    uint8_t channels_count;
    ohm_relay_channel channels[OHM_RELAY_CHANNELS_MAX];
} ohm_board_config;

typedef void (*ohm_relay_on_report)(void *ctx, const ohm_board *board,
                                    const ohm_relay_report *report);

/* Opens a board; nothing moves (what the coils are is read first). */
OHM_MUST_CHECK ohm_err ohm_board_new(const ohm_board_config *config, ohm_relay_on_report on_report,
                                     void *ctx, ohm_board **ret_board);
/* Wants a channel's load fed or not. An order that comes too soon after the last operation is
 * kept and carried out by ohm_board_tick; the newest order wins. One that the board refuses is
 * reported and dropped: whoever wanted it asks again. */
void ohm_board_want(ohm_board *board, uint8_t channel, bool fed, ohm_mono_ms now);
/* Carries out what is due; the mono time of the next due order, or INT64_MAX. */
ohm_mono_ms ohm_board_tick(ohm_board *board, ohm_mono_ms now);
/* Every channel to its fail-safe state, at once (what the hard limits of the board allow). */
void ohm_board_failsafe(ohm_board *board, ohm_mono_ms now);
void ohm_board_free(ohm_board *board); /* NULL allowed */

const ohm_board_config *ohm_board_config_of(const ohm_board *board);
bool ohm_board_coil(const ohm_board *board, uint8_t channel);
bool ohm_board_fed(const ohm_board *board, uint8_t channel);
ohm_output_state ohm_board_state(const ohm_board *board, uint8_t channel);
uint64_t ohm_board_operations(const ohm_board *board, uint8_t channel);

/* The drivers this binary has, by name; NULL if unknown. */
const ohm_board_driver *ohm_board_driver_find(const char *name);

#endif
