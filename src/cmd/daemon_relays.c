/* The boards of relays: their start, and what each relay has done since it was new. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/daemon.h"
#include "host/log.h"

/* Of a board the state "relay.ID" holds, one after the other: the channel's name with its length
 * before it, and how often it was operated. Names, so that a list in another order counts on. */
enum { SAVED_MAX = OHM_RELAY_CHANNELS_MAX * (1 + OHM_RELAY_NAME_MAX + 8) };

static void key_of(const ohm_board *board, char out[static OHM_STORE_KEY_MAX])
{
    (void)snprintf(out, OHM_STORE_KEY_MAX, "relay.%s", ohm_board_config_of(board)->id);
}

static ohm_span name_of(const ohm_board *board, uint8_t channel, char out[static 8])
{
    const ohm_board_config *c = ohm_board_config_of(board);
    if (channel < OHM_RELAY_NAMES_MAX && c->names[channel][0])
        return ohm_span_text(c->names[channel]);
    (void)snprintf(out, 8, "#%u", channel);
    return ohm_span_text(out);
}

static void take(ohm_board *board, ohm_span name, uint64_t operations)
{
    for (uint8_t i = 0; i < ohm_board_config_of(board)->channels_count; i++) {
        char number[8];
        if (ohm_span_equal(name_of(board, i, number), name))
            ohm_board_operations_from(board, i, operations);
    }
}

/* What can't be read is counted from 0. */
static void restore(ohm_board *board, ohm_span saved)
{
    size_t at = 0;
    while (at < saved.len) {
        size_t len = saved.ptr[at];
        if (saved.len - at < 1 + len + 8)
            return;
        take(board, ohm_span_part(saved, at + 1, len), ohm_be64(saved.ptr + at + 1 + len));
        at += 1 + len + 8;
    }
}

static uint64_t sum_of(const ohm_daemon *d)
{
    uint64_t sum = 0;
    for (int b = 0; b < d->site->boards_count; b++) {
        uint8_t count = d->boards[b] ? ohm_board_config_of(d->boards[b])->channels_count : 0;
        for (uint8_t i = 0; i < count; i++)
            sum += ohm_board_operations(d->boards[b], i);
    }
    return sum;
}

static ohm_err start(ohm_daemon *d, ohm_reader *reader, int index)
{
    ohm_board_config config;
    char key[OHM_STORE_KEY_MAX];
    uint8_t *saved = NULL;
    size_t len = 0;
    OHM_TRY(ohm_build_board(d->site, index, &config));
    OHM_TRY(ohm_build_board_password(d->site, index, &config));
    config.loop = &d->loop;
    OHM_TRY(ohm_board_new(&config, ohm_daemon_on_report, d, &d->boards[index]));
    ohm_daemon_safe_pause(d, d->boards[index]);
    key_of(d->boards[index], key);
    if (!ohm_failed(ohm_reader_get(reader, key, &saved, &len)))
        restore(d->boards[index], ohm_span_of(saved, len));
    free(saved);
    return ohm_ok();
}

ohm_err ohm_daemon_relays_start(ohm_daemon *d, ohm_reader *reader)
{
    for (int i = 0; i < d->site->boards_count; i++)
        OHM_TRY(start(d, reader, i));
    d->operations_saved = sum_of(d);
    return ohm_ok();
}

static ohm_code save(const ohm_daemon *d, const ohm_board *board)
{
    char key[OHM_STORE_KEY_MAX], number[8];
    uint8_t bytes[SAVED_MAX];
    size_t len = 0;
    for (uint8_t i = 0; i < ohm_board_config_of(board)->channels_count; i++) {
        ohm_span name = name_of(board, i, number);
        bytes[len++] = (uint8_t)name.len;
        memcpy(bytes + len, name.ptr, name.len);
        ohm_put_be64(bytes + len + name.len, ohm_board_operations(board, i));
        len += name.len + 8;
    }
    key_of(board, key);
    return ohm_store_put(d->store, key, ohm_span_of(bytes, len));
}

void ohm_daemon_relays_save(ohm_daemon *d)
{
    uint64_t sum = sum_of(d);
    if (sum == d->operations_saved || !d->store)
        return;
    for (int b = 0; b < d->site->boards_count; b++) {
        ohm_code code = d->boards[b] ? save(d, d->boards[b]) : OHM_OK;
        if (code != OHM_OK) {
            ohm_log(OHM_LOG_WARNING, "relay counters not saved why=%s", ohm_code_name(code));
            return; /* at the next tick */
        }
    }
    d->operations_saved = sum;
}
