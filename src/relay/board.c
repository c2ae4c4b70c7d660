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

static bool coil_for(const ohm_board *board, uint8_t index, bool fed)
{
    return board->config.channels[index].contact == OHM_CONTACT_NC ? !fed : fed;
}

static void report(ohm_board *board, uint8_t index, ohm_output_state state)
{
    ohm_board_channel *c = channel_of(board, index);
    c->state = state;
    ohm_relay_report r = { .channel = index, .coil = c->coil, .state = state };
    board->on_report(board->ctx, board, &r);
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
    for (uint8_t i = 0; i < config->channels_count && !ohm_failed(err); i++) {
        ohm_board_channel *c = &board->channels[i];
        ohm_err read = driver->read(board, i, &c->coil);
        c->known = !ohm_failed(read);
        c->state = c->known ? OHM_OUTPUT_OK : OHM_OUTPUT_UNKNOWN;
        if (ohm_failed(read) && read.code != OHM_UNSUPPORTED)
            err = read;
    }
    if (ohm_failed(err)) {
        ohm_board_free(board);
        return err;
    }
    *ret_board = board;
    return ohm_ok();
}

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

static void operate(ohm_board *board, uint8_t index, ohm_mono_ms now)
{
    ohm_board_channel *c = channel_of(board, index);
    bool coil = coil_for(board, index, c->want_fed);
    /* Invariant relay-rate: what must not happen more often than the rating does not. */
    assert(next_allowed(board, c) <= now.v);
    c->operated_mono_ms[c->operations_next] = now.v;
    c->operations_next = (c->operations_next + 1) % OPERATIONS_KEPT;
    if (c->operations_kept < OPERATIONS_KEPT)
        c->operations_kept++;
    c->operations++;
    ohm_err err = board->config.driver->set(board, index, coil);
    c->known = !ohm_failed(err); /* an order that failed may have moved the coil all the same */
    c->pending = ohm_failed(err);
    if (c->known)
        c->coil = coil;
    else
        /* What is reported is made true at the next allowed time. The engine, which goes by the
         * report, asks again if it still wants to: were the order itself kept, it could come
         * through after its cause ended, and nobody would take it back. */
        c->want_fed = board->config.channels[index].contact == OHM_CONTACT_NC ? !c->coil : c->coil;
    report(board, index, ohm_failed(err) ? OHM_OUTPUT_FAILED : OHM_OUTPUT_OK);
}

void ohm_board_want(ohm_board *board, uint8_t index, bool fed, ohm_mono_ms now)
{
    ohm_board_channel *c = channel_of(board, index);
    c->want_fed = fed;
    if (c->known && c->coil == coil_for(board, index, fed)) {
        c->pending = false;
        report(board, index, OHM_OUTPUT_OK);
        return;
    }
    c->pending = true;
    if (next_allowed(board, c) <= now.v)
        operate(board, index, now);
}

ohm_mono_ms ohm_board_tick(ohm_board *board, ohm_mono_ms now)
{
    int64_t next = INT64_MAX;
    for (uint8_t i = 0; i < board->config.channels_count; i++) {
        ohm_board_channel *c = &board->channels[i];
        if (!c->pending)
            continue;
        int64_t due = next_allowed(board, c);
        if (due <= now.v) {
            operate(board, i, now);
            due = next_allowed(board, c);
        }
        if (c->pending && due < next)
            next = due;
    }
    return (ohm_mono_ms){ next };
}

void ohm_board_failsafe(ohm_board *board, ohm_mono_ms now)
{
    for (uint8_t i = 0; i < board->config.channels_count; i++) {
        if (board->config.channels[i].load < 0)
            continue;
        ohm_board_want(board, i, board->config.channels[i].failsafe_fed, now);
    }
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
    return peek(board, index)->coil;
}

bool ohm_board_fed(const ohm_board *board, uint8_t index)
{
    bool coil = peek(board, index)->coil;
    return board->config.channels[index].contact == OHM_CONTACT_NC ? !coil : coil;
}

ohm_output_state ohm_board_state(const ohm_board *board, uint8_t index)
{
    return peek(board, index)->state;
}

uint64_t ohm_board_operations(const ohm_board *board, uint8_t index)
{
    return peek(board, index)->operations;
}

const ohm_board_driver *ohm_board_driver_find(const char *name)
{
    static const ohm_board_driver *const drivers[] = { &ohm_board_sim };
    for (size_t i = 0; i < sizeof drivers / sizeof *drivers; i++)
        if (!strcmp(drivers[i]->name, name))
            return drivers[i];
    return NULL;
}
