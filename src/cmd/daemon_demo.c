/* The simulated house behind `serve --demo`. Only the house, its meter and its grid are made up:
 * the bytes go through a pseudo-terminal to the ordinary driver, with an ordinary key. How warm its
 * living room is it says itself. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/daemon_demo.h"
#include "host/clock.h"
#include "host/crypto_aead.h"
#include "host/log.h"
#include "host/random.h"
#include "sim/house.h"
#include "sim/live.h"

enum {
    SEED = 450,
    BAUD = 2400,
    BATH_LITRES = 100,
    KEY_BYTES = 16,
    SAMPLE_EVERY_MS = OHM_DEMO_SAMPLE_MS,
    ROOM_EVERY_MS = 30 * OHM_SECOND_MS,
    SAVE_EVERY_MS = 60 * OHM_SECOND_MS,
    SIGNAL_EVERY_MS = 10 * OHM_MINUTE_MS,
};
/* A house left alone for longer starts a new story. */
#define ABSENT_MS_MAX (INT64_C(48) * OHM_HOUR_MS)

static const char state_key[] = "demo.house";

/* What is kept of a house: the build it belongs to is part of it, since its layout is private. */
typedef struct kept_house {
    char build[32];
    uint64_t size;
    ohm_house house;
} kept_house;

struct ohm_demo {
    ohm_house house; /* where the story stood when this run began */
    ohm_house first; /* and where it began, if that was a midnight of this run's */
    bool past_due;   /* what was before is to be made */
    bool resumed;    /* the engine was there before: its story goes on now, not at midnight */
    ohm_ms start_ms;
    ohm_mono_ms start_mono, saved_mono, signal_mono, room_mono;
    uint16_t room; /* the thermometer's device */
    uint8_t key[KEY_BYTES], auth_key[KEY_BYTES];
    ohm_crypto_aead *cipher;
    ohm_sim_live *live;
    ohm_signal_set signal;
    ohm_frame frame;
    ohm_daemon *daemon;
};

static void kept_init(kept_house *kept)
{
    memset(kept, 0, sizeof *kept);
    (void)snprintf(kept->build, sizeof kept->build, "%s", OHM_VERSION);
    kept->size = sizeof kept->house;
}

/* The house of an earlier run, if it belongs to this build and to the last two days. */
static bool resume(ohm_demo *demo, ohm_reader *reader)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    kept_house kept, wanted;
    kept_init(&wanted);
    if (ohm_failed(ohm_reader_get(reader, state_key, &bytes, &len)))
        return false;
    bool good = len == sizeof kept;
    if (good) {
        memcpy(&kept, bytes, sizeof kept);
        int64_t absent_ms = demo->start_ms - kept.house.time_ms;
        good = !memcmp(kept.build, wanted.build, sizeof kept.build) && kept.size == wanted.size &&
               absent_ms >= 0 && absent_ms <= ABSENT_MS_MAX;
    }
    if (good)
        demo->house = kept.house;
    free(bytes);
    return good;
}

ohm_err ohm_demo_start(ohm_daemon *d, ohm_reader *reader)
{
    ohm_demo *demo = calloc(1, sizeof *demo);
    if (!demo)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    d->demo_house = demo;
    demo->daemon = d;
    d->config->has_ecowatt = true;
    while (demo->room < d->site->meters_count &&
           strcmp(d->site->meters[demo->room].port, OHM_SITE_ROOM) != 0)
        demo->room++;
    assert(demo->room < d->site->meters_count); /* the demo's own file has it */
    demo->start_ms = ohm_clock_utc();
    demo->start_mono = ohm_clock_mono();
    ohm_random(demo->key, sizeof demo->key);
    ohm_random(demo->auth_key, sizeof demo->auth_key);
    if (!resume(demo, reader)) {
        /* A clock that isn't set knows no midnight: the house begins now, without a past. */
        demo->past_due = ohm_clock_plausible(demo->start_ms);
        ohm_ms from_ms =
            demo->past_due ? ohm_civil_day(&d->config->tz, demo->start_ms).from_ms : demo->start_ms;
        ohm_house_init(&demo->house, SEED, from_ms > 0 ? from_ms : 0);
        demo->first = demo->house;
    }
    demo->resumed = ohm_daemon_has_state(reader);
    ohm_code code = ohm_crypto_aead_new(ohm_span_of(demo->key, sizeof demo->key), &demo->cipher);
    return code == OHM_OK ? ohm_ok() : ohm_fail(code, 0, "the cipher can't be had");
}

static ohm_mono_ms mono_at(const ohm_demo *demo, ohm_ms utc_ms)
{
    return ohm_mono_after(demo->start_mono, utc_ms - demo->start_ms);
}

void ohm_demo_began(const ohm_demo *demo, ohm_mono_ms *ret_mono, ohm_ms *ret_utc_ms)
{
    *ret_utc_ms = demo->resumed ? demo->start_ms : demo->house.time_ms;
    *ret_mono = mono_at(demo, *ret_utc_ms);
}

static void room_frame(const ohm_demo *demo, const ohm_house *house, ohm_frame *out)
{
    *out = (ohm_frame){ .device = demo->room, .count = 1, .time_ms = house->time_ms };
    out->values[0] = (ohm_value){ .quantity = OHM_Q_TEMPERATURE,
                                  .quality = OHM_QUALITY_GOOD,
                                  .value = lround(house->indoor_c * 100) };
}

/* One minute of the past. The engine of a resumed house was there until it stopped, and takes up
 * with the first live frame: only the curve is completed. */
static void on_sample(void *ctx, const ohm_house *house)
{
    ohm_demo *demo = ctx;
    ohm_daemon *d = demo->daemon;
    ohm_e450_frame(OHM_E450_POWERS | OHM_E450_REGISTERS, house, 0, &demo->frame);
    if (ohm_store_frame(d->store, &demo->frame) != OHM_OK)
        ohm_log(OHM_LOG_WARNING, "demo: a minute of the past is not stored");
    ohm_event event = { .kind = OHM_EVENT_FRAME, .frame = &demo->frame };
    if (!demo->resumed)
        ohm_daemon_feed_at(d, event, mono_at(demo, house->time_ms), house->time_ms);
    room_frame(demo, house, &demo->frame);
    if (ohm_store_frame(d->store, &demo->frame) != OHM_OK)
        ohm_log(OHM_LOG_WARNING, "demo: a minute of the room is not stored");
    if (!demo->resumed)
        ohm_daemon_feed_at(d, event, mono_at(demo, house->time_ms), house->time_ms);
}

static void tell_signal(ohm_demo *demo)
{
    ohm_daemon *d = demo->daemon;
    ohm_house_ecowatt(SEED, &d->config->tz, demo->start_ms, ohm_clock_utc(), &demo->signal);
    demo->signal_mono = ohm_clock_mono();
    ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_SIGNAL, .signal = &demo->signal });
}

static void keep(ohm_demo *demo)
{
    kept_house kept;
    kept_init(&kept);
    kept.house = *ohm_sim_live_house(demo->live);
    if (ohm_store_put(demo->daemon->store, state_key, ohm_span_of(&kept, sizeof kept)) != OHM_OK)
        ohm_log(OHM_LOG_WARNING, "demo: the house is not saved");
    demo->saved_mono = ohm_clock_mono();
}

static ohm_ms live_now(void *ctx)
{
    (void)ctx;
    return ohm_clock_utc();
}

ohm_err ohm_demo_tell(ohm_daemon *d)
{
    ohm_demo *demo = d->demo_house;
    ohm_house_live(&demo->house, &d->config->tz, demo->start_ms, SAMPLE_EVERY_MS, on_sample, demo);
    on_sample(demo, &demo->house); /* up to now: the meter was never silent */
    /* Somebody just took a bath: the water heater works when the level turns orange. */
    ohm_house_draw_water(&demo->house, BATH_LITRES);
    tell_signal(demo);
    ohm_e450 meter;
    ohm_e450_init(&meter);
    meter.aead = ohm_crypto_aead_table(demo->cipher);
    memcpy(meter.auth_key, demo->auth_key, sizeof meter.auth_key);
    const ohm_sim_live_options options = {
        .house = &demo->house,
        .meter = &meter,
        .tz = &d->config->tz,
        .line = OHM_SIM_PTY,
        .baud = BAUD,
        .utc_now = live_now,
    };
    OHM_TRY(ohm_sim_live_start(&d->loop, &options, &demo->live));
    keep(demo);
    return ohm_ok();
}

void ohm_demo_meter(const ohm_demo *demo, ohm_meter_config *config)
{
    (void)snprintf(config->address, sizeof config->address, "%s", ohm_sim_live_address(demo->live));
    memcpy(config->key, demo->key, KEY_BYTES);
    memcpy(config->auth_key, demo->auth_key, KEY_BYTES);
    config->key_len = config->auth_key_len = KEY_BYTES;
}

const ohm_house *ohm_demo_house(const ohm_daemon *d)
{
    return ohm_sim_live_house(d->demo_house->live);
}

void ohm_demo_tick(ohm_daemon *d)
{
    ohm_demo *demo = d->demo_house;
    ohm_mono_ms now = ohm_clock_mono();
    if (demo->past_due) /* now that the page stands */
        ohm_demo_past_start(d, &demo->first, demo->start_ms);
    demo->past_due = false;
    for (int i = 0; i < OHM_HOUSE_LOADS && i < d->config->loads_count; i++)
        ohm_sim_live_feed(demo->live, (ohm_house_load)i, ohm_board_fed(d->boards[0], (uint8_t)i));
    if (ohm_mono_since(now, demo->saved_mono) >= SAVE_EVERY_MS)
        keep(demo);
    if (ohm_mono_since(now, demo->signal_mono) >= SIGNAL_EVERY_MS)
        tell_signal(demo);
    if (ohm_mono_since(now, demo->room_mono) < ROOM_EVERY_MS)
        return;
    ohm_frame frame, kept;
    room_frame(demo, ohm_demo_house(d), &frame);
    ohm_daemon_frame(d, &frame, &kept);
    demo->room_mono = now;
}

void ohm_demo_stop(ohm_daemon *d)
{
    ohm_demo *demo = d->demo_house;
    ohm_demo_past_stop(d);
    if (!demo)
        return;
    if (demo->live)
        keep(demo);
    ohm_sim_live_stop(demo->live);
    ohm_crypto_aead_free(demo->cipher);
    ohm_wipe(demo, sizeof *demo);
    free(demo);
    d->demo_house = NULL;
}
