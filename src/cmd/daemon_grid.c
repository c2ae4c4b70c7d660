/* The signals' fetchers on the loop thread. libcurl is not touched unless a source is there. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/daemon.h"
#include "fetch/ecowatt.h"
#include "host/clock.h"
#include "host/random.h"
#include "host/tzdata.h"

struct ohm_daemon_grid {
    ohm_daemon *daemon;
    ohm_http *http;
    uv_poll_t on_answer;
    bool polling;
    /* The commits of what the fetchers keep: asked for here, answered on the writer's thread. */
    unsigned puts;
    _Atomic unsigned commits;
    _Atomic int commit_code; /* ohm_code of the last one */
    ohm_ecowatt *ecowatt;
};

/* Asked once or twice in a run, at its start: a connection of its own is simplest. */
static ohm_err get_state(void *ctx, const char *key, uint8_t **ret_bytes, size_t *ret_len)
{
    const ohm_daemon *d = ctx;
    ohm_reader *reader = NULL;
    OHM_TRY(ohm_reader_open(d->store_path, &reader));
    ohm_err err = ohm_reader_get(reader, key, ret_bytes, ret_len);
    ohm_reader_close(reader);
    return err;
}

/* On the writer's thread. A failed commit is the store's to report (on_store_health). */
static void committed(void *ctx, ohm_err result)
{
    ohm_daemon_grid *grid = ctx;
    atomic_store(&grid->commit_code, (int)result.code);
    atomic_fetch_add(&grid->commits, 1);
}

static ohm_code put_state(void *ctx, const char *key, ohm_span value)
{
    ohm_daemon *d = ctx;
    ohm_code code = ohm_store_put(d->store, key, value);
    if (code == OHM_OK)
        code = ohm_store_commit(d->store, committed, d->grid);
    d->grid->puts += code == OHM_OK;
    return code;
}

static ohm_code kept_state(void *ctx)
{
    const ohm_daemon *d = ctx;
    if (atomic_load(&d->grid->commits) != d->grid->puts)
        return OHM_MORE;
    return (ohm_code)atomic_load(&d->grid->commit_code);
}

static void on_signals(void *ctx, const ohm_signal_set *set)
{
    ohm_daemon_feed(ctx, (ohm_event){ .kind = OHM_EVENT_SIGNAL, .signal = set });
}

static void on_status(void *ctx, const ohm_fetch_status *status)
{
    ohm_daemon *d = ctx;
    (void)snprintf(d->ecowatt_error, sizeof d->ecowatt_error, "%s", status->error);
}

static void on_answer(uv_poll_t *poll, int status, int events)
{
    (void)events;
    ohm_daemon_grid *grid = poll->data;
    if (status != 0)
        return;
    ohm_http_dispatch(grid->http);
    ohm_daemon_grid_tick(grid->daemon);
}

static ohm_err start_ecowatt(ohm_daemon_grid *grid)
{
    ohm_daemon *d = grid->daemon;
    char secret[256];
    ohm_tz *tz = malloc(sizeof *tz); /* of France, wherever the site is */
    ohm_err err =
        tz ? ohm_tzdata_load("Europe/Paris", tz) : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    if (!ohm_failed(err))
        err = ohm_build_secret(&d->site->ecowatt_secret, secret, sizeof secret);
    if (!ohm_failed(err)) {
        const ohm_ecowatt_options options = {
            .http = grid->http,
            .state = { d, get_state, put_state, kept_state },
            .tz = tz,
            .url = d->site->ecowatt_url,
            .every_ms = d->site->ecowatt_every_s * OHM_SECOND_MS,
            .client_id = d->site->ecowatt_client_id,
            .client_secret = secret,
            .on_signals = on_signals,
            .on_status = on_status,
            .ctx = d,
        };
        err = ohm_ecowatt_new(&options, ohm_clock_mono(), &grid->ecowatt);
    }
    ohm_wipe(secret, sizeof secret);
    free(tz);
    return err;
}

ohm_err ohm_daemon_grid_start(ohm_daemon *d)
{
    if (!d->site->has_ecowatt)
        return ohm_ok();
    ohm_daemon_grid *grid = calloc(1, sizeof *grid);
    if (!grid)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    d->grid = grid;
    grid->daemon = d;
    OHM_TRY(ohm_http_new(NULL, &grid->http));
    (void)uv_poll_init(&d->loop, &grid->on_answer, ohm_http_fd(grid->http));
    grid->on_answer.data = grid;
    grid->polling = true;
    (void)uv_poll_start(&grid->on_answer, UV_READABLE, on_answer);
    return start_ecowatt(grid);
}

void ohm_daemon_grid_tick(ohm_daemon *d)
{
    if (d->grid && d->grid->ecowatt)
        ohm_ecowatt_tick(d->grid->ecowatt, ohm_clock_utc(), ohm_clock_mono(), d->clock_set);
}

void ohm_daemon_grid_stop(ohm_daemon *d)
{
    if (!d->grid)
        return;
    if (d->grid->polling)
        uv_close((uv_handle_t *)&d->grid->on_answer, NULL);
    ohm_ecowatt_free(d->grid->ecowatt);
    ohm_http_free(d->grid->http);
    d->grid->ecowatt = NULL;
    d->grid->http = NULL;
    /* The poll handle is the loop's until that has closed it: ohm_daemon_grid_free comes after. */
}

void ohm_daemon_grid_free(ohm_daemon *d)
{
    free(d->grid);
    d->grid = NULL;
}
