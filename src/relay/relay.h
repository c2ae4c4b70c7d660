/* Relay outputs behind one interface.
 *
 * A board has channels; a channel has a coil and feeds a load through one of its contacts:
 * NC (coil off = load fed: what a lost program or a lost supply leaves) or NO (coil on = fed).
 * The engine speaks of "fed"; this room turns it into coils, keeps the board's minimum interval
 * between operations, counts operations, and says what came of each order.
 *
 * Some boards answer at once (set returns OHM_OK), others later: an order is then believed when
 * the board's echo says so, and given up after OHM_RELAY_TRIES times without one. What a board
 * says is asked for before the first order (no glitch at start: a coil that is where it should be
 * is not operated), again after it was away, and now and then. A coil found elsewhere than it was
 * told is reported as a failure, with where it is: whoever decides then knows, and asks again.
 *
 * Orders say what the coil is to be, never "the other way round", so one that comes twice does
 * no harm.
 *
 * Used from the loop thread; a driver that must wait does so on its own and calls
 * ohm_board_echo. */
#ifndef OHM_RELAY_RELAY_H
#define OHM_RELAY_RELAY_H

#include "base/err.h"
#include "base/time.h"
#include "engine/engine.h"
#include "relay/level_text.h"

struct ohm_gpio_calls; /* relay/gpio_calls.h */
struct uv_loop_s;

enum {
    OHM_RELAY_CHANNELS_MAX = 64,
    OHM_RELAY_ID_MAX = 32,
    OHM_RELAY_NAME_MAX = 96,
    OHM_RELAY_NAMES_MAX = 16, /* channels that have a name each: topics, lines */
    OHM_RELAY_TEXT_MAX = 256,
    OHM_RELAY_SECRET_MAX = 128,
    OHM_RELAY_TRIES = 3,
    OHM_RELAY_REST_MS = 10000, /* a board that does not answer is left alone for so long */
};

typedef enum ohm_contact {
    OHM_CONTACT_NC, /* coil off feeds the load */
    OHM_CONTACT_NO, /* coil on feeds the load */
} ohm_contact;

/* What a channel does for its load: feeds it through a contact, or puts a half wave (or, as `FULL`,
 * both) on the pilot wire of a heater (control/pilot.h): "fed" is then "the wave is there". */
typedef enum ohm_relay_role {
    OHM_RELAY_FEEDS,
    OHM_RELAY_POSITIVE,
    OHM_RELAY_NEGATIVE,
    OHM_RELAY_FULL,
    OHM_RELAY_LEVEL, /* takes a level instead: W, or the order of a pilot wire as a word */
} ohm_relay_role;

typedef struct ohm_relay_channel {
    ohm_contact contact;
    int16_t load;      /* index of the load; -1 = nothing wired */
    bool failsafe_fed; /* where the channel goes on stop and loss */
    ohm_relay_role role;
    int32_t failsafe_level; /* of one that takes levels */
    ohm_level_form form;
} ohm_relay_channel;

typedef struct ohm_relay_report {
    uint8_t channel;
    int32_t coil; /* or level */
    ohm_output_state state;
} ohm_relay_report;

typedef struct ohm_board ohm_board;

/* What a kind of board can do; one row a driver. Failures are OHM_IO and the like; OHM_MORE is
 * none: the answer comes later, through ohm_board_echo. */
typedef struct ohm_board_driver {
    const char *name;                  /* "sim" */
    uint8_t channels;                  /* at the most; 8 on the simulated board */
    int64_t operation_min_ms;          /* between two operations of one channel */
    uint8_t operations_per_minute_max; /* per channel; 20 on a 1017 */
    int64_t echo_ms;                   /* how long an answer may take; 0: there is no waiting */
    bool levels;                       /* its channels can be told more than on and off */
    int64_t stale_ms;                  /* asked again when the last echo is older; 0: never */
    ohm_err (*open)(ohm_board *board);
    /* Reads what the coils are without moving them; OHM_UNSUPPORTED if the board can't say. */
    ohm_err (*read)(ohm_board *board, uint8_t channel, int32_t *ret_coil);
    ohm_err (*set)(ohm_board *board, uint8_t channel, int32_t coil);
    void (*close)(ohm_board *board); /* may be NULL */
} ohm_board_driver;

typedef struct ohm_board_config {
    char id[OHM_RELAY_ID_MAX];
    const ohm_board_driver *driver;
    uint8_t channels_count;
    ohm_relay_channel channels[OHM_RELAY_CHANNELS_MAX];

    /* Of the driver; what it does not know it does not look at. */
    struct uv_loop_s *loop;
    char port[OHM_RELAY_TEXT_MAX]; /* where it is: tcp:…, serial:…, mqtt://…, http://…, /dev/… */
    char user[OHM_RELAY_NAME_MAX], password[OHM_RELAY_SECRET_MAX];
    char ca_file[OHM_RELAY_TEXT_MAX];
    char names[OHM_RELAY_NAMES_MAX][OHM_RELAY_NAME_MAX]; /* of the channels: devices, lines */
    char on_url[OHM_RELAY_TEXT_MAX], off_url[OHM_RELAY_TEXT_MAX]; /* HTTP, with {device} */
    char state_url[OHM_RELAY_TEXT_MAX], pointer[OHM_RELAY_NAME_MAX];
    char set[OHM_RELAY_TEXT_MAX];     /* levels: the topic or URL of an order, with {device} … */
    char payload[OHM_RELAY_TEXT_MAX]; /* levels: what goes there */
    char own_payload[OHM_RELAY_TEXT_MAX]; /* a battery: that, to leave it to itself; "": nothing */
    ohm_level_words words;
    ohm_level_unit reg; /* levels on Modbus: what a register counts */
    uint8_t unit;       /* Modbus */
    uint16_t first;     /* Modbus: the first coil */
    uint32_t baud;      /* Modbus on a serial line */
    char framing[4];
    bool rtu;                          /* Modbus: serial frames inside TCP */
    bool active_low;                   /* GPIO: a low level energises the coil */
    const struct ohm_gpio_calls *gpio; /* NULL: the kernel's own */
    uint32_t serial;                   /* Phidget */
    int64_t
        deadman_ms; /* the board lets go by itself when nothing was said for so long; 0: never */
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
/* The same, of a channel that takes levels. */
void ohm_board_want_level(ohm_board *board, uint8_t channel, int32_t level, ohm_mono_ms now);
/* Carries out what is due; the mono time of the next due order, or INT64_MAX. */
ohm_mono_ms ohm_board_tick(ohm_board *board, ohm_mono_ms now);
/* Every channel to its fail-safe state, at once (what the hard limits of the board allow). Said
 * again it does no harm, and asks anew for what was refused, or undone by somebody else. */
void ohm_board_failsafe(ohm_board *board, ohm_mono_ms now);
/* Every channel that has a load is in its fail-safe state, and confirmed where a board can. */
bool ohm_board_is_safe(const ohm_board *board);
bool ohm_board_channel_is_safe(const ohm_board *board, uint8_t channel);
/* Another process may have operated any of its channels until now: no channel is operated before
 * the board's minimum interval is over. */
void ohm_board_pause(ohm_board *board, ohm_mono_ms now);
/* An order of the last moments is under way: run the loop a little longer. */
bool ohm_board_is_busy(const ohm_board *board);
/* Closes what is open in the loop; run that once more. NULL is allowed. */
void ohm_board_free(ohm_board *board);

const ohm_board_config *ohm_board_config_of(const ohm_board *board);
bool ohm_board_coil(const ohm_board *board, uint8_t channel);
int32_t ohm_board_level(const ohm_board *board, uint8_t channel);
bool ohm_board_fed(const ohm_board *board, uint8_t channel);
ohm_output_state ohm_board_state(const ohm_board *board, uint8_t channel);
/* How long ago the board said where the coil is; -1: it never did. */
int64_t ohm_board_echo_age_ms(const ohm_board *board, uint8_t channel, ohm_mono_ms now);
/* Since it was new: `from` is what an earlier run counted. */
uint64_t ohm_board_operations(const ohm_board *board, uint8_t channel);
void ohm_board_operations_from(ohm_board *board, uint8_t channel, uint64_t operations);

/* The drivers this binary has, by name; NULL if unknown. */
const ohm_board_driver *ohm_board_driver_find(const char *name);

#endif
