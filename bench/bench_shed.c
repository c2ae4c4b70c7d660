/* From the last byte of a meter's frame to the call that moves a relay: a Linky's standard frames
 * of one phase with 6 kVA, in a house that wants twice that, through the decoder, the engine and
 * the board. Of the frames that moved a relay, and of all; what the kernel and the line take is not
 * in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/engine.h"
#include "meter/decoder.h"
#include "relay/relay.h"
#include "sim/linky.h"

enum { FRAMES = 100000, STEP_MS = 2000, MARK_US = 10000 };

static ohm_engine_config config;
static ohm_actions actions;
static double call_us; /* when the board was last called */
static double all_us[FRAMES], moved_us[FRAMES];

static double now_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

/* --- a board that notes when it is called ---------------------------------------------------- */

static ohm_err open_board(ohm_board *board)
{
    (void)board;
    return ohm_ok();
}

static ohm_err read_coil(ohm_board *board, uint8_t channel, int32_t *ret_coil)
{
    (void)board;
    (void)channel;
    *ret_coil = false;
    return ohm_ok();
}

static ohm_err set_coil(ohm_board *board, uint8_t channel, int32_t coil)
{
    (void)board;
    (void)channel;
    (void)coil;
    call_us = now_us();
    return ohm_ok();
}

static void on_report(void *ctx, const ohm_board *board, const ohm_relay_report *report)
{
    (void)ctx;
    (void)board;
    (void)report;
}

static const ohm_board_driver driver = {
    .name = "bench",
    .channels = OHM_HOUSE_LOADS,
    .operations_per_minute_max = 20,
    .open = open_board,
    .read = read_coil,
    .set = set_coil,
};

/* --- the house ------------------------------------------------------------------------------- */

static void configure(void)
{
    static const int32_t watts[OHM_HOUSE_LOADS] = { 2400, 4500, 3700, 2100 };
    ohm_engine_config_defaults(&config);
    config.main_device = 0;
    config.loads_count = OHM_HOUSE_LOADS;
    for (int i = 0; i < OHM_HOUSE_LOADS; i++) {
        config.loads[i] = (ohm_load){ .tier = (uint8_t)(1 + i),
                                      .nominal_w = watts[i],
                                      .on_min_ms = 60000,
                                      .off_min_ms = 60000,
                                      .failsafe_fed = true };
        (void)snprintf(config.loads[i].id, sizeof config.loads[i].id, "load%d", i);
    }
}

static void act(ohm_board *board, ohm_mono_ms mono, bool *fed)
{
    for (uint16_t i = 0; i < actions.count; i++) {
        const ohm_decision *d = &actions.items[i].decision;
        if (actions.items[i].notice != OHM_NOTICE_NONE || !d->switches)
            continue;
        fed[d->load] = d->fed;
        ohm_board_want(board, (uint8_t)d->load, d->fed, mono);
    }
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double p99(double *us, int count)
{
    qsort(us, (size_t)count, sizeof *us, by_size);
    return count > 0 ? us[(count - 1) * 99 / 100] : 0;
}

/* One frame, from its bytes on; true if it moved a relay, and when it had. */
static bool take(ohm_decoder *decoder, ohm_engine *engine, ohm_span in, ohm_event event,
                 ohm_board *board, bool *fed, double *ret_us)
{
    const void *message;
    ohm_protocol_reject reject;
    double began_us = now_us();
    call_us = 0;
    while (ohm_decoder_next(decoder, &in, &message, &reject) != OHM_MORE) {
        ohm_frame frame;
        memset(&frame, 0, sizeof frame);
        ohm_decoder_protocol(decoder)->readings(message, 0, event.utc_ms, &frame);
        event.kind = OHM_EVENT_FRAME;
        event.frame = &frame;
        ohm_engine_step(engine, &event, &actions);
        act(board, event.mono, fed);
    }
    *ret_us = (call_us > 0 ? call_us : now_us()) - began_us;
    return call_us > 0;
}

static int run(ohm_decoder *decoder, ohm_engine *engine, ohm_board *board)
{
    const ohm_boot boot = { .boot_id = 1, .clock_set = true };
    ohm_event event = { .kind = OHM_EVENT_START, .utc_ms = INT64_C(1795176000000), .boot = &boot };
    bool fed[OHM_HOUSE_LOADS] = { true, true, true, true };
    int moved = 0;
    ohm_linky linky;
    ohm_linky_init(&linky);
    linky.power_kva = 6;
    linky.mode = OHM_TIC_STANDARD;
    ohm_tz tz;
    ohm_tz_utc(&tz);
    ohm_house house;
    ohm_house_init(&house, 7, event.utc_ms);
    ohm_engine_step(engine, &event, &actions);
    for (int i = 0; i < FRAMES; i++) {
        static uint8_t bytes[OHM_LINKY_FRAME_MAX];
        event.mono.v += STEP_MS;
        event.utc_ms += STEP_MS;
        ohm_house_step(&house, &tz, event.utc_ms, fed);
        ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
        if (ohm_linky_push(&linky, &house, &tz, &w) != OHM_OK)
            return -1;
        (void)ohm_board_tick(board, event.mono);
        ohm_span in = { bytes, w.len };
        if (take(decoder, engine, in, event, board, fed, &all_us[i]))
            moved_us[moved++] = all_us[i];
    }
    return moved;
}

int main(void)
{
    configure();
    ohm_board_config board_config = { .id = "bench",
                                      .driver = &driver,
                                      .channels_count = OHM_HOUSE_LOADS };
    for (int16_t i = 0; i < OHM_HOUSE_LOADS; i++)
        board_config.channels[i] =
            (ohm_relay_channel){ .contact = OHM_CONTACT_NC, .load = i, .failsafe_fed = true };
    const ohm_protocol_config protocol = { 0 };
    ohm_engine *engine = malloc(ohm_engine_size());
    ohm_decoder *decoder = NULL;
    ohm_board *board = NULL;
    if (!engine || ohm_failed(ohm_engine_config_check(&config)) ||
        ohm_failed(ohm_decoder_open("tic", &protocol, &decoder)) ||
        ohm_failed(ohm_board_new(&board_config, on_report, NULL, &board)))
        return EXIT_FAILURE;
    ohm_engine_init(engine, &config);
    int moved = run(decoder, engine, board);
    double moved_p99 = p99(moved_us, moved < 0 ? 0 : moved), all_p99 = p99(all_us, FRAMES);
    (void)printf("meter byte to relay call, p99 of %d that moved one: %.0f us (mark: <= %d) %s\n",
                 moved, moved_p99, MARK_US, moved > 0 && moved_p99 <= MARK_US ? "ok" : "MISSED");
    (void)printf("meter byte to the end of the step, p99 of %d frames: %.0f us\n", FRAMES, all_p99);
    ohm_board_free(board);
    ohm_decoder_free(decoder);
    free(engine);
    return moved > 0 && moved_p99 <= MARK_US ? EXIT_SUCCESS : EXIT_FAILURE;
}
