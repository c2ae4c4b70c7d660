#include "meter/residue.h"

void ohm_residue_init(ohm_residue *residue, const ohm_residue_config *config)
{
    assert(config->subs_count <= OHM_RESIDUE_SUBS_MAX);
    *residue = (ohm_residue){ .config = *config };
}

/* --- what meters say ----------------------------------------------------------------------------
 */

/* Net power, from the grid positive; a meter says it at once or in two halves. */
static bool net_power(const ohm_residue_slot *s, int64_t *out)
{
    *out = s->has_power ? s->power : s->import - (s->has_export ? s->export : 0);
    return s->has_power || s->has_import;
}

static void remember(ohm_residue_slot *s, const ohm_frame *frame, ohm_mono_ms now)
{
    for (int i = 0; i < frame->count; i++) {
        const ohm_value *v = &frame->values[i];
        bool power = v->quantity == OHM_Q_POWER || v->quantity == OHM_Q_POWER_IMPORT ||
                     v->quantity == OHM_Q_POWER_EXPORT;
        if (v->quantity == OHM_Q_POWER) {
            s->has_power = true;
            s->power = v->value;
        } else if (v->quantity == OHM_Q_POWER_IMPORT) {
            s->has_import = true;
            s->import = v->value;
        } else if (v->quantity == OHM_Q_POWER_EXPORT) {
            s->has_export = true;
            s->export = v->value;
        } else if (v->quantity == OHM_Q_ENERGY_IMPORT) {
            s->has_energy = true;
            s->energy = v->value;
            s->energy_heard = now;
        }
        if (power) {
            s->power_heard = now;
            s->suspect = v->quality == OHM_QUALITY_SUSPECT;
            s->unproven = v->quality == OHM_QUALITY_UNAUTHENTICATED;
        }
    }
}

static bool is_fresh(const ohm_residue_meter *m, ohm_mono_ms heard, ohm_mono_ms now)
{
    return now.v - heard.v <= m->stale_after_ms;
}

/* --- the difference -----------------------------------------------------------------------------
 */

static void put(ohm_frame *out, ohm_quantity_id id, int64_t value, ohm_quality quality)
{
    out->values[out->count++] =
        (ohm_value){ .quantity = (uint16_t)id, .quality = (uint8_t)quality, .value = value };
}

static bool power_left(const ohm_residue *r, ohm_mono_ms now, int64_t *ret_main, int64_t *ret_left,
                       ohm_quality *ret_quality)
{
    bool suspect = r->main.suspect, unproven = r->main.unproven;
    if (!net_power(&r->main, ret_main))
        return false;
    *ret_left = *ret_main;
    for (size_t i = 0; i < r->config.subs_count; i++) {
        int64_t power = 0;
        const ohm_residue_slot *s = &r->subs[i];
        if (!net_power(s, &power) || !is_fresh(&r->config.subs[i], s->power_heard, now))
            return false;
        *ret_left -= power;
        suspect = suspect || s->suspect;
        unproven = unproven || s->unproven;
    }
    *ret_quality = suspect    ? OHM_QUALITY_SUSPECT
                   : unproven ? OHM_QUALITY_UNAUTHENTICATED
                              : OHM_QUALITY_GOOD;
    return true;
}

static bool energy_left(const ohm_residue *r, ohm_mono_ms now, int64_t *ret_left)
{
    *ret_left = r->main.energy;
    if (!r->main.has_energy || !is_fresh(&r->config.main, r->main.energy_heard, now))
        return false;
    for (size_t i = 0; i < r->config.subs_count; i++) {
        const ohm_residue_slot *s = &r->subs[i];
        if (!s->has_energy || !is_fresh(&r->config.subs[i], s->energy_heard, now))
            return false;
        *ret_left -= s->energy;
    }
    return *ret_left >= 0 && (!r->counted || *ret_left >= r->last_energy);
}

/* Counts what is below zero by more than reading at different moments explains. */
static ohm_residue_news judge(ohm_residue *r, int64_t main, int64_t left)
{
    const int64_t unit = 10; /* power is kept in tenths of a watt */
    int64_t share = (main < 0 ? -main : main) / OHM_RESIDUE_SLACK_SHARE;
    int64_t slack = share > OHM_RESIDUE_SLACK_W * unit ? share : OHM_RESIDUE_SLACK_W * unit;
    if (left >= -slack) {
        bool was = r->negative;
        r->below = 0;
        r->negative = false;
        return was ? OHM_RESIDUE_GOOD_AGAIN : OHM_RESIDUE_NO_NEWS;
    }
    if (r->negative || ++r->below < OHM_RESIDUE_TELL_AFTER)
        return OHM_RESIDUE_NO_NEWS;
    r->negative = true;
    return OHM_RESIDUE_BELOW_ZERO;
}

ohm_residue_news ohm_residue_take(ohm_residue *residue, const ohm_frame *frame, ohm_mono_ms now,
                                  ohm_frame *out)
{
    ohm_residue *r = residue;
    ohm_residue_news news = OHM_RESIDUE_NO_NEWS;
    int64_t main = 0, left = 0;
    ohm_quality quality;
    out->device = r->config.device;
    out->time_ms = frame->time_ms;
    out->count = 0;
    for (size_t i = 0; i < r->config.subs_count; i++)
        if (r->config.subs[i].device == frame->device)
            remember(&r->subs[i], frame, now);
    if (frame->device != r->config.main.device)
        return news;
    remember(&r->main, frame, now);
    if (r->main.power_heard.v == now.v && power_left(r, now, &main, &left, &quality)) {
        put(out, OHM_Q_POWER, left, left < 0 ? OHM_QUALITY_SUSPECT : quality);
        news = judge(r, main, left);
    }
    if (energy_left(r, now, &left)) {
        put(out, OHM_Q_ENERGY_IMPORT, left, OHM_QUALITY_UNAUTHENTICATED);
        r->counted = true;
        r->last_energy = left;
    }
    return news;
}
