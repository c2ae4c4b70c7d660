/* Loads, limits and branches of the site, as the engine has them. */
#include "cmd/site_build.h"
#include "control/pilot.h"

/* The branch of a meter with limits of its own, from 1 on, made if it is the first; 0 for none. */
static uint8_t branch_of(const ohm_site *site, const ohm_site_limit *limit, ohm_engine_config *c)
{
    if (!limit || !limit->meter[0])
        return 0;
    uint16_t device = (uint16_t)ohm_build_find_meter(site, limit->meter);
    uint16_t b = 0;
    while (b < c->branches_count && c->branches[b] != device)
        b++;
    if (b == OHM_BRANCHES_MAX)
        return OHM_BRANCHES_MAX + 1; /* which the engine's check refuses */
    c->branches[b] = device;
    c->silence_ms[1 + b] = ohm_build_silence_ms(site, device);
    if (b == c->branches_count)
        c->branches_count++;
    return (uint8_t)(b + 1);
}

static ohm_load engine_load(const ohm_site_load *l)
{
    ohm_load load = {
        .tier = (uint8_t)l->tier,
        .phase = (uint8_t)l->phase,
        .nominal_w = (int32_t)l->nominal_w,
        .ecowatt_threshold = l->ecowatt_threshold,
        .on_min_ms = l->on_min_s * OHM_SECOND_MS,
        .off_min_ms = l->off_min_s * OHM_SECOND_MS,
        .shed_max_ms = l->shed_max_s * OHM_SECOND_MS,
        .rest_min_ms = l->rest_min_s * OHM_SECOND_MS,
        .failsafe_fed = l->failsafe == 0,
        .never_shed = l->never_shed,
        .weight = (uint8_t)l->weight,
        .shed_day_ms = l->shed_day_s * OHM_SECOND_MS,
        .kind = l->setpoint_line > 0 ? OHM_LOAD_MODULATED
                : l->shed_order > 0  ? OHM_LOAD_PILOT
                                     : OHM_LOAD_SWITCHED,
        .min_w = (int32_t)(l->setpoint_line > 0 ? ohm_site_setpoint_w(l, l->min) : 0),
        .step_w = (int32_t)(l->setpoint_line > 0 ? ohm_site_setpoint_w(l, l->step) : 0),
        .w_per_a = (int32_t)(l->setpoint_line > 0 && l->unit == 1 ? ohm_site_setpoint_w(l, 1) : 0),
        .shed_setting = l->shed_order,
        .safe_setting =
            (int32_t)(l->setpoint_line > 0 ? ohm_site_setpoint_w(l, l->safe) : l->at_rest),
        .orders = ohm_site_orders_of(l),
        .gives_w = (int32_t)l->gives_w,
    };
    memcpy(load.id, l->id, sizeof load.id);
    memcpy(load.name, l->name, sizeof load.name);
    return load;
}

/* From 1 on, the index of the first load with that word; 0 for none. */
static uint8_t interlock_of(const ohm_site *site, int load)
{
    const char *word = site->loads[load].interlock;
    for (int i = 0; i <= load && word[0]; i++)
        if (!strcmp(site->loads[i].interlock, word))
            return (uint8_t)(i + 1);
    return 0;
}

static void set_comfort(const ohm_site *site, const ohm_site_load *l, ohm_load *out)
{
    int64_t min = 0;
    if (!l->comfort_meter[0])
        return;
    if (ohm_quantity_quantise((ohm_quantity_id)l->comfort_quantity, l->comfort_milli, -3, &min) !=
        OHM_OK)
        return; /* no number of milli-units is too large for a quantity */
    out->comfort_device = (uint16_t)(ohm_build_find_meter(site, l->comfort_meter) + 1);
    out->comfort_quantity = (uint16_t)l->comfort_quantity;
    out->comfort_min = min;
}

static ohm_power_limit engine_limit(const ohm_site_limit *l)
{
    static const ohm_day_code days[] = { OHM_DAY_UNKNOWN, OHM_DAY_WHITE, OHM_DAY_RED,
                                         OHM_DAY_PEAK };
    ohm_power_limit limit = {
        .day = days[l->day],
        .kind = (ohm_limit_kind)l->kind,
        .phase = (uint8_t)l->phase,
        .va = (int32_t)l->va,
        .ecowatt_level = (int32_t)l->ecowatt_level,
    };
    memcpy(limit.id, l->id, sizeof limit.id);
    return limit;
}

void ohm_build_loads(const ohm_site *site, ohm_engine_config *ret_config)
{
    ret_config->limits_count = site->limits_count;
    for (int i = 0; i < site->limits_count; i++) {
        ret_config->limits[i] = engine_limit(&site->limits[i]);
        ret_config->limits[i].branch = branch_of(site, &site->limits[i], ret_config);
    }
    ret_config->loads_count = site->loads_count;
    for (int i = 0; i < site->loads_count; i++) {
        ret_config->loads[i] = engine_load(&site->loads[i]);
        ret_config->loads[i].interlock = interlock_of(site, i);
        set_comfort(site, &site->loads[i], &ret_config->loads[i]);
        ret_config->loads[i].branch =
            branch_of(site, ohm_site_branch_of(site, &site->loads[i]), ret_config);
    }
}

/* --- outputs -----------------------------------------------------------------------------------
 */

static ohm_err set_channel(const ohm_site_load *l, int64_t channel, ohm_relay_channel what,
                           ohm_board_config *out)
{
    if (channel >= out->channels_count)
        return ohm_fail(OHM_RANGE, l->line, "the board has no such channel (its first is 0)");
    out->channels[channel] = what;
    return ohm_ok();
}

static ohm_err feed_channel(const ohm_site_load *l, int load, ohm_board_config *out)
{
    const ohm_relay_channel what = {
        .contact = l->contact == 0 ? OHM_CONTACT_NC : OHM_CONTACT_NO,
        .load = (int16_t)load,
        .failsafe_fed = l->failsafe == 0,
    };
    return set_channel(l, l->channel, what, out);
}

/* A setpoint, in W, or an order as a word. */
static ohm_err level_channel(const ohm_site_load *l, int load, ohm_board_config *out)
{
    bool order = l->setpoint_line == 0;
    const ohm_relay_channel what = {
        .contact = OHM_CONTACT_NO,
        .load = (int16_t)load,
        .failsafe_fed = l->failsafe == 0,
        .role = OHM_RELAY_LEVEL,
        .failsafe_level = (int32_t)(order ? l->at_rest : ohm_site_setpoint_w(l, l->safe)),
        .form = { .order = order,
                  .amperes = l->unit == 1,
                  .phases = (uint8_t)l->phases,
                  .voltage = (uint16_t)l->voltage,
                  .step_w = (int32_t)(order ? 0 : ohm_site_setpoint_w(l, l->step)),
                  .gives = l->gives_w > 0 },
    };
    if (!out->driver->levels)
        return ohm_fail(OHM_UNSUPPORTED, l->line, "the board's relays take no level");
    return set_channel(l, l->channel, what, out);
}

/* The half waves of the order at rest come through contacts that are closed at rest. */
static ohm_err wire_channels(const ohm_site_load *l, int load, ohm_board_config *out)
{
    const ohm_pilot_wave rest = ohm_pilot_wave_of((ohm_order)l->at_rest);
    const struct {
        int64_t channel;
        ohm_relay_role role;
        bool rest;
    } all[] = { { l->positive, OHM_RELAY_POSITIVE, rest.positive },
                { l->negative, OHM_RELAY_NEGATIVE, rest.negative },
                { l->full, OHM_RELAY_FULL, rest.positive } };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const ohm_relay_channel what = {
            .contact = all[i].rest ? OHM_CONTACT_NC : OHM_CONTACT_NO,
            .load = (int16_t)load,
            .failsafe_fed = all[i].rest,
            .role = all[i].role,
        };
        if (all[i].channel >= 0)
            OHM_TRY(set_channel(l, all[i].channel, what, out));
    }
    return ohm_ok();
}

ohm_err ohm_build_channels(const ohm_site_load *l, int load, ohm_board_config *out)
{
    if (l->setpoint_line > 0 || (l->shed_order > 0 && l->channel >= 0))
        return level_channel(l, load, out);
    return l->shed_order > 0 ? wire_channels(l, load, out) : feed_channel(l, load, out);
}
