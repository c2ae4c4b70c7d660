/* The outputs of loads: which channels of which board move a load, and what they say of it. A
 * switched load and a setpoint have one, a heater on a pilot wire up to two, of one board. */
#include "cmd/daemon.h"
#include "control/pilot.h"
#include "control/setting.h"
#include "host/clock.h"

enum { CHANNELS_MAX = 2 };

typedef struct output {
    ohm_board *board;
    uint8_t count;
    uint8_t channels[CHANNELS_MAX];
} output;

static output find(const ohm_daemon *d, uint16_t load)
{
    output out = { .board = NULL };
    for (int b = 0; b < d->site->boards_count && out.count == 0; b++) {
        if (!d->boards[b])
            continue;
        const ohm_board_config *config = ohm_board_config_of(d->boards[b]);
        out.board = d->boards[b];
        for (uint8_t c = 0; c < config->channels_count && out.count < CHANNELS_MAX; c++)
            if (config->channels[c].load == (int16_t)load)
                out.channels[out.count++] = c;
    }
    return out;
}

static ohm_relay_role role_of(const output *out, uint8_t i)
{
    return ohm_board_config_of(out->board)->channels[out->channels[i]].role;
}

/* The worst of what its channels are: one that failed is what there is to say. */
static ohm_output_state state_of(const output *out)
{
    ohm_output_state state = OHM_OUTPUT_OK;
    for (uint8_t i = 0; i < out->count; i++) {
        ohm_output_state one = ohm_board_state(out->board, out->channels[i]);
        if (one == OHM_OUTPUT_FAILED || state == OHM_OUTPUT_OK)
            state = one;
    }
    return out->count > 0 ? state : OHM_OUTPUT_UNKNOWN;
}

static ohm_order order_of(const output *out)
{
    ohm_pilot_wave wave = { false, false };
    for (uint8_t i = 0; i < out->count; i++) {
        bool on = ohm_board_fed(out->board, out->channels[i]);
        wave.positive = wave.positive || (on && role_of(out, i) != OHM_RELAY_NEGATIVE);
        wave.negative = wave.negative || (on && role_of(out, i) != OHM_RELAY_POSITIVE);
    }
    return ohm_pilot_order_of(wave);
}

/* What it is told, as far as that is one of the load's settings: a charger that somebody set to
 * less than its least is taken to be at that. */
static int32_t setting_of(const output *out, const ohm_load *load)
{
    if (role_of(out, 0) != OHM_RELAY_LEVEL)
        return (int32_t)order_of(out);
    int32_t level = ohm_board_level(out->board, out->channels[0]);
    if (ohm_setting_ok(load, level))
        return level;
    return load->kind == OHM_LOAD_PILOT || level <= 0 ? 0 : ohm_setting_snap(load, level);
}

ohm_daemon_report ohm_daemon_output(const ohm_daemon *d, uint16_t load)
{
    const output out = find(d, load);
    const ohm_load *config = &d->config->loads[load];
    ohm_daemon_report r = { .load = load, .state = state_of(&out) };
    if (out.count == 0) {
        r.fed = config->failsafe_fed;
        r.setting = config->safe_setting;
    } else if (config->kind != OHM_LOAD_SWITCHED) {
        r.setting = setting_of(&out, config);
        r.fed = ohm_setting_feeds(config, r.setting);
    } else {
        r.fed = ohm_board_fed(out.board, out.channels[0]);
    }
    return r;
}

static void want_order(const output *out, ohm_order order)
{
    const ohm_pilot_wave wave = ohm_pilot_wave_of(order);
    ohm_relay_role first = ohm_pilot_positive_first(wave) ? OHM_RELAY_POSITIVE : OHM_RELAY_NEGATIVE;
    for (int turn = 0; turn < CHANNELS_MAX; turn++)
        for (uint8_t i = 0; i < out->count; i++) {
            ohm_relay_role role = role_of(out, i);
            if ((role == first || role == OHM_RELAY_FULL) != (turn == 0))
                continue;
            bool on = role == OHM_RELAY_NEGATIVE ? wave.negative : wave.positive;
            ohm_board_want(out->board, out->channels[i], on, ohm_clock_mono());
        }
}

void ohm_daemon_output_want(ohm_daemon *d, uint16_t load, bool fed, int32_t setting)
{
    const output out = find(d, load);
    if (out.count == 0)
        return;
    if (role_of(&out, 0) == OHM_RELAY_LEVEL)
        ohm_board_want_level(out.board, out.channels[0], setting, ohm_clock_mono());
    else if (d->config->loads[load].kind == OHM_LOAD_PILOT)
        want_order(&out, (ohm_order)setting);
    else
        ohm_board_want(out.board, out.channels[0], fed, ohm_clock_mono());
}
