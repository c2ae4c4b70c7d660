#include "relay/board.h"

#include <stdlib.h>

enum { MINUTE_MS = 60000 };

static ohm_board_channel *channel_of(ohm_board *board, uint8_t index)
{
    assert(index < board->config.channels_count);
    return &board->channels[index];
}

static const ohm_board_channel *peek(const ohm_board *board, uint8_t index)
{
    assert(index < board->config.channels_count);
    return &board->channels[index];
}

int32_t ohm_board_coil_for(const ohm_board *board, uint8_t index, bool fed)
{
    return board->config.channels[index].contact == OHM_CONTACT_NC ? !fed : fed;
}

/* The other way round: the contact inverts or does not. */
static bool fed_by(const ohm_board *board, uint8_t index, int32_t coil)
{
    return board->config.channels[index].contact == OHM_CONTACT_NC ? coil == 0 : coil != 0;
}

static void report(ohm_board *board, uint8_t index, ohm_output_state state)
{
    ohm_board_channel *c = channel_of(board, index);
    c->state = state;
    ohm_relay_report r = { .channel = index, .coil = c->coil, .state = state };
    board->on_report(board->ctx, board, &r);
}

/* A board that may be out of reach: asked where its coils are, and again after it failed. The
 * simulated one is always there. */
static bool is_asked(const ohm_board *board)
{
    return board->config.driver->echo_ms > 0 || board->config.driver->stale_ms > 0;
}

ohm_level_call ohm_board_level_call(const ohm_board *board, uint8_t index)
{
    return (ohm_level_call){
        .form = board->config.channels[index].form,
        .words = board->config.words,
        .device = board->config.names[index],
        .deadman_s = board->config.deadman_ms / OHM_SECOND_MS,
    };
}

/* --- opening -------------------------------------------------------------------------------- */

/* A board that answers later is asked at the first tick. */
static ohm_err read_at_start(ohm_board *board, uint8_t index)
{
    ohm_board_channel *c = &board->channels[index];
    c->state = OHM_OUTPUT_UNKNOWN;
    if (board->config.driver->echo_ms > 0)
        return ohm_ok();
    ohm_err err = board->config.driver->read(board, index, &c->coil);
    if (ohm_failed(err))
        return err.code == OHM_UNSUPPORTED || is_asked(board) ? ohm_ok() : err;
    c->known = c->ever_known = true;
    c->want = c->coil; /* until somebody wants something else */
    c->state = OHM_OUTPUT_OK;
    return ohm_ok();
}

ohm_err ohm_board_new(const ohm_board_config *config, ohm_relay_on_report on_report, void *ctx,
                      ohm_board **ret_board)
{
    const ohm_board_driver *driver = config->driver;
    if (config->channels_count > driver->channels)
        return ohm_fail(OHM_RANGE, config->channels_count, "the board has fewer channels");
    ohm_board *board = calloc(1, sizeof *board);
    if (!board)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    board->config = *config;
    board->on_report = on_report;
    board->ctx = ctx;
    ohm_err err = driver->open(board);
    for (uint8_t i = 0; i < config->channels_count && !ohm_failed(err); i++)
        err = read_at_start(board, i);
    if (ohm_failed(err)) {
        ohm_board_free(board);
        return err;
    }
    *ret_board = board;
    return ohm_ok();
}

/* --- operating ------------------------------------------------------------------------------ */

/* The earliest time the channel may be operated again. */
static int64_t next_allowed(const ohm_board *board, const ohm_board_channel *c)
{
    const ohm_board_driver *driver = board->config.driver;
    int64_t at = INT64_MIN;
    if (c->operations_kept > 0) {
        unsigned last = (c->operations_next + OPERATIONS_KEPT - 1) % OPERATIONS_KEPT;
        at = c->operated_mono_ms[last] + driver->operation_min_ms;
    }
    unsigned most = driver->operations_per_minute_max;
    if (most && c->operations_kept >= most) {
        unsigned nth = (c->operations_next + OPERATIONS_KEPT - most) % OPERATIONS_KEPT;
        int64_t minute = c->operated_mono_ms[nth] + MINUTE_MS;
        at = minute > at ? minute : at;
    }
    return at;
}

/* What was asked for did not happen. What is reported is made true at the next allowed time. The
 * engine, which goes by the report, asks again if it still wants to: were the order itself kept,
 * it could come through after its cause ended, and nobody would take it back. */
static void give_up(ohm_board *board, uint8_t index, ohm_mono_ms now)
{
    ohm_board_channel *c = channel_of(board, index);
    c->known = false; /* an order that failed may have moved the coil all the same */
    c->waits = false;
    c->pending = true;
    if (!c->ever_known)
        c->coil = c->want; /* nobody ever said where it is: the order stands until somebody does */
    c->want = c->coil;
    if (is_asked(board))
        c->rest_mono = ohm_mono_after(now, OHM_RELAY_REST_MS);
    report(board, index, OHM_OUTPUT_FAILED);
}

static void arrived(ohm_board *board, uint8_t index, int32_t coil, ohm_mono_ms now)
{
    ohm_board_channel *c = channel_of(board, index);
    c->coil = coil;
    c->known = c->ever_known = c->echoed = true;
    c->echo_mono = now;
    c->waits = false;
    c->pending = coil != c->want;
    if (!c->pending)
        report(board, index, OHM_OUTPUT_OK);
}

static void wait_for_echo(ohm_board_channel *c, bool ordered, int32_t coil, ohm_mono_ms now)
{
    c->waits = true;
    c->ordered = ordered;
    c->order_coil = coil;
    c->tries = 1;
    c->asked_mono = now;
}

static void count_operation(ohm_board_channel *c, ohm_mono_ms now)
{
    c->operated_mono_ms[c->operations_next] = now.v;
    c->operations_next = (c->operations_next + 1) % OPERATIONS_KEPT;
    if (c->operations_kept < OPERATIONS_KEPT)
        c->operations_kept++;
}

static void operate(ohm_board *board, uint8_t index, ohm_mono_ms now)
{
    ohm_board_channel *c = channel_of(board, index);
    int32_t coil = c->want;
    /* Invariant relay-rate: what must not happen more often than the rating does not. */
    assert(next_allowed(board, c) <= now.v);
    count_operation(c, now);
    wait_for_echo(c, true, coil, now); /* before: the echo may come while it is being sent */
    ohm_err err = board->config.driver->set(board, index, coil);
    c->operations += err.code == OHM_MORE || !ohm_failed(err); /* none where nothing is there */
    if (err.code == OHM_MORE)
        return;
    if (ohm_failed(err))
        give_up(board, index, now);
    else if (c->waits)
        arrived(board, index, coil, now);
}

/* Asks where the coil is; false if the board can't say. */
static bool look(ohm_board *board, uint8_t index, ohm_mono_ms now)
{
    ohm_board_channel *c = channel_of(board, index);
    int32_t coil = c->coil;
    wait_for_echo(c, false, coil, now);
    ohm_err err = board->config.driver->read(board, index, &coil);
    if (err.code == OHM_MORE)
        return true;
    if (err.code == OHM_UNSUPPORTED) {
        c->waits = false;
        return false;
    }
    if (!ohm_failed(err))
        ohm_board_echo(board, index, coil, now);
    else if (c->waits && board->config.driver->echo_ms == 0)
        give_up(board, index, now);
    return true; /* a line that is down may be up at the next try */
}

/* No answer in time: the same once more. An order for this very state does no harm twice. */
static void try_again(ohm_board *board, uint8_t index, ohm_mono_ms now)
{
    ohm_board_channel *c = channel_of(board, index);
    if (ohm_mono_since(now, c->asked_mono) < board->config.driver->echo_ms)
        return;
    if (c->tries >= OHM_RELAY_TRIES) {
        give_up(board, index, now);
        return;
    }
    c->tries++;
    c->asked_mono = now;
    int32_t coil = c->order_coil;
    ohm_err err = c->ordered ? board->config.driver->set(board, index, coil)
                             : board->config.driver->read(board, index, &coil);
    if (!ohm_failed(err) && c->waits)
        ohm_board_echo(board, index, coil, now);
}

static bool is_stale(const ohm_board *board, const ohm_board_channel *c, ohm_mono_ms now)
{
    int64_t stale_ms = board->config.driver->stale_ms;
    return stale_ms > 0 && (!c->known || ohm_mono_since(now, c->echo_mono) >= stale_ms);
}

/* What can be done for a channel now. */
static void advance(ohm_board *board, uint8_t index, ohm_mono_ms now)
{
    ohm_board_channel *c = channel_of(board, index);
    bool asked = is_asked(board);
    if (c->waits) {
        try_again(board, index, now);
        return;
    }
    bool rests = asked && ohm_mono_since(c->rest_mono, now) > 0;
    bool asks = asked && ((c->pending && !c->known) || is_stale(board, c, now));
    if (rests || (asks && look(board, index, now)))
        return;
    if (c->pending && next_allowed(board, c) <= now.v)
        operate(board, index, now);
}

void ohm_board_want(ohm_board *board, uint8_t index, bool fed, ohm_mono_ms now)
{
    ohm_board_want_level(board, index, ohm_board_coil_for(board, index, fed), now);
}

void ohm_board_want_level(ohm_board *board, uint8_t index, int32_t level, ohm_mono_ms now)
{
    ohm_board_channel *c = channel_of(board, index);
    c->want = level;
    if (!c->waits && c->known && c->coil == level) {
        c->pending = false;
        report(board, index, OHM_OUTPUT_OK);
        return;
    }
    c->pending = true;
    if (!c->waits)
        advance(board, index, now);
}

ohm_mono_ms ohm_board_tick(ohm_board *board, ohm_mono_ms now)
{
    int64_t next = INT64_MAX;
    for (uint8_t i = 0; i < board->config.channels_count; i++) {
        ohm_board_channel *c = &board->channels[i];
        if (is_asked(board) && board->config.channels[i].load < 0)
            continue; /* not ours to ask */
        advance(board, i, now);
        int64_t due = c->pending ? next_allowed(board, c) : INT64_MAX;
        next = due < next ? due : next;
    }
    return (ohm_mono_ms){ next };
}

/* --- what drivers say ----------------------------------------------------------------------- */

void ohm_board_echo(ohm_board *board, uint8_t index, int32_t coil, ohm_mono_ms now)
{
    ohm_board_channel *c = channel_of(board, index);
    c->echoed = true;
    c->echo_mono = now;
    if (c->waits && c->ordered && coil != c->order_coil)
        return; /* of before the order: the one that counts follows, or none does */
    bool told = c->pending || c->waits;
    bool moved = c->ever_known && coil != c->coil && !(c->waits && c->ordered);
    if (moved) { /* somebody or something else did: say so, and where it is */
        c->coil = coil;
        c->known = true;
        c->waits = c->pending = false;
        c->want = coil;
        report(board, index, OHM_OUTPUT_FAILED);
        return;
    }
    if (!c->ever_known && !told) /* the first word of a board that nobody ordered anything yet */
        c->want = coil;
    bool news = told || !c->known || c->state != OHM_OUTPUT_OK;
    if (news)
        arrived(board, index, coil, now);
    if (c->pending)
        advance(board, index, now);
}

void ohm_board_refused(ohm_board *board, uint8_t index, ohm_mono_ms now)
{
    ohm_board_channel *c = channel_of(board, index);
    if (c->waits)
        give_up(board, index, now);
}

void ohm_board_lost(ohm_board *board, uint8_t index)
{
    ohm_board_channel *c = channel_of(board, index);
    if (!c->known && !c->waits)
        return;
    c->known = false;
    c->pending = true; /* until it is back, and says that it is where it should be */
    if (!c->waits)
        report(board, index, OHM_OUTPUT_UNKNOWN);
}

void ohm_board_found(ohm_board *board, uint8_t index, ohm_mono_ms now)
{
    channel_of(board, index)->rest_mono = now;
}

/* --- the rest ------------------------------------------------------------------------------- */

static int32_t failsafe_of(const ohm_board *board, uint8_t index)
{
    const ohm_relay_channel *wired = &board->config.channels[index];
    return wired->role == OHM_RELAY_LEVEL ? wired->failsafe_level
                                          : ohm_board_coil_for(board, index, wired->failsafe_fed);
}

void ohm_board_failsafe(ohm_board *board, ohm_mono_ms now)
{
    for (uint8_t i = 0; i < board->config.channels_count; i++) {
        const ohm_board_channel *c = peek(board, i);
        int32_t level = failsafe_of(board, i);
        bool there = c->known && c->coil == level;
        bool asked = c->want == level && (c->pending || c->waits || there);
        if (board->config.channels[i].load >= 0 && !asked)
            ohm_board_want_level(board, i, level, now);
    }
}

bool ohm_board_channel_is_safe(const ohm_board *board, uint8_t index)
{
    const ohm_board_channel *c = peek(board, index);
    return board->config.channels[index].load < 0 ||
           (c->coil == failsafe_of(board, index) && c->state == OHM_OUTPUT_OK);
}

bool ohm_board_is_safe(const ohm_board *board)
{
    bool safe = true;
    for (uint8_t i = 0; i < board->config.channels_count; i++)
        safe = safe && ohm_board_channel_is_safe(board, i);
    return safe;
}

void ohm_board_pause(ohm_board *board, ohm_mono_ms now)
{
    for (uint8_t i = 0; i < board->config.channels_count; i++)
        count_operation(channel_of(board, i), now);
}

bool ohm_board_is_busy(const ohm_board *board)
{
    bool busy = false;
    for (uint8_t i = 0; i < board->config.channels_count; i++) {
        const ohm_board_channel *c = &board->channels[i];
        bool ordered = c->pending || (c->waits && c->ordered);
        busy = busy || (ordered && board->config.channels[i].load >= 0);
    }
    return busy && is_asked(board);
}

void ohm_board_free(ohm_board *board)
{
    if (!board)
        return;
    if (board->config.driver->close)
        board->config.driver->close(board);
    free(board);
}

const ohm_board_config *ohm_board_config_of(const ohm_board *board)
{
    return &board->config;
}

bool ohm_board_coil(const ohm_board *board, uint8_t index)
{
    return peek(board, index)->coil != 0;
}

int32_t ohm_board_level(const ohm_board *board, uint8_t index)
{
    return peek(board, index)->coil;
}

bool ohm_board_fed(const ohm_board *board, uint8_t index)
{
    return fed_by(board, index, peek(board, index)->coil);
}

ohm_output_state ohm_board_state(const ohm_board *board, uint8_t index)
{
    return peek(board, index)->state;
}

int64_t ohm_board_echo_age_ms(const ohm_board *board, uint8_t index, ohm_mono_ms now)
{
    const ohm_board_channel *c = peek(board, index);
    return c->echoed ? ohm_mono_since(now, c->echo_mono) : -1;
}

uint64_t ohm_board_operations(const ohm_board *board, uint8_t index)
{
    return peek(board, index)->operations;
}

void ohm_board_operations_from(ohm_board *board, uint8_t index, uint64_t operations)
{
    channel_of(board, index)->operations += operations;
}

const ohm_board_driver *ohm_board_driver_find(const char *name)
{
    static const ohm_board_driver *const drivers[] = {
        &ohm_board_sim,          &ohm_board_modbus,       &ohm_board_gpio,
        &ohm_board_phidget,      &ohm_board_shelly,       &ohm_board_tasmota,
        &ohm_board_zigbee2mqtt,  &ohm_board_shelly_http,  &ohm_board_shelly1_http,
        &ohm_board_tasmota_http, &ohm_board_http,         &ohm_board_mqtt_level,
        &ohm_board_http_level,   &ohm_board_modbus_level,
    };
    for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++)
        if (!strcmp(drivers[i]->name, name))
            return drivers[i];
    return NULL;
}
