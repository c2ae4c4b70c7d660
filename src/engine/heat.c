/* The zones within the engine: what they see, and what is told of their sensors. */
#include "engine/state.h"

void ohm_engine_heat_clear(ohm_engine *engine)
{
    memset(engine->zones, 0, sizeof engine->zones);
    for (int i = 0; i < OHM_HEAT_ZONES_MAX; i++)
        ohm_heat_init(&engine->zones[i]);
}

static void forget_sensor(ohm_heat_state *state)
{
    state->known = state->lost = state->frozen = state->still = false;
    state->mono = state->same_mono = (ohm_mono_ms){ 0 };
}

/* A zone goes on by its id; what another sensor said is nothing that this one knows. */
void ohm_engine_heat_reconfigure(ohm_engine *engine, const ohm_engine_config *config)
{
    const ohm_engine_config *old = &engine->config;
    ohm_heat_state states[OHM_HEAT_ZONES_MAX];
    memcpy(states, engine->zones, sizeof states);
    ohm_engine_heat_clear(engine);
    for (uint16_t i = 0; i < config->zones_count; i++)
        for (uint16_t j = 0; j < old->zones_count; j++) {
            if (strcmp(config->zones[i].id, old->zones[j].id) != 0)
                continue;
            engine->zones[i] = states[j];
            if (config->zones[i].device != old->zones[j].device)
                forget_sensor(&engine->zones[i]);
        }
}

void ohm_engine_heat_clock(ohm_engine *engine)
{
    for (uint16_t i = 0; i < engine->config.zones_count && engine->clock_set; i++) {
        ohm_heat_state *zone = &engine->zones[i];
        if (zone->overridden)
            zone->override_end_ms =
                engine->utc_ms + ohm_mono_since(zone->override_end_mono, engine->mono);
    }
}

void ohm_engine_heat_step(ohm_engine *engine, ohm_actions *actions)
{
    const ohm_engine_config *config = &engine->config;
    ohm_heat_news news[OHM_HEAT_ZONES_MAX];
    ohm_heat_now now = { .mono = engine->mono, .calendar = engine->clock_set };
    if (config->zones_count > 0 && now.calendar) {
        ohm_civil civil = ohm_civil_from_utc(&config->tz, engine->utc_ms);
        now.weekday = (uint8_t)(ohm_date_weekday(civil.date) - 1);
        now.minute = (uint16_t)(civil.hour * 60 + civil.minute);
    }
    ohm_heat_step(config->zones, config->zones_count, engine->zones, engine->control.loads,
                  config->loads_count, &now, news);
    for (uint16_t i = 0; i < config->zones_count; i++) {
        if (news[i] == OHM_HEAT_NO_NEWS)
            continue;
        ohm_action *action = ohm_engine_add(engine, actions);
        action->notice = news[i] == OHM_HEAT_LOST   ? OHM_NOTICE_ZONE_LOST
                         : news[i] == OHM_HEAT_BACK ? OHM_NOTICE_ZONE_BACK
                                                    : OHM_NOTICE_ZONE_STILL;
        action->device = config->zones[i].device;
        memcpy(action->actor, config->zones[i].id, sizeof config->zones[i].id);
    }
}
