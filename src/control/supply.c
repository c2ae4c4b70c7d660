#include "control/supply.h"

enum {
    TENTHS = 10,           /* W, var and VA have one decimal */
    FACTOR_PERMILLE = 950, /* of power, where nothing says better */
    FINE_WH = 20,          /* a register that steps by no more can be compared */
    MJ_PER_WH = 3600000,
    LONG_WH = 1000, /* a stretch of a register that can't be compared begins anew after this */
};

/* 1 TWh: no register goes further, and millijoules of it fit. */
static const int64_t wh_max = INT64_C(1000000000000);

/* A value that may be decided upon; false if the frame has none. */
static bool value_of(const ohm_frame *frame, ohm_quantity_id quantity, int64_t *out)
{
    for (uint16_t i = 0; i < frame->count; i++) {
        const ohm_value *v = &frame->values[i];
        if (v->quantity == quantity && v->quality != OHM_QUALITY_SUSPECT) {
            *out = v->value;
            return true;
        }
    }
    return false;
}

/* The three phases of a quantity are neighbours in the table. */
static bool phase_of(const ohm_frame *frame, ohm_quantity_id first, int phase, int64_t *out)
{
    return value_of(frame, (ohm_quantity_id)((int)first + phase - 1), out);
}

static int64_t magnitude(int64_t a)
{
    if (a >= 0)
        return a;
    return a == INT64_MIN ? INT64_MAX : -a;
}

/* Of two directions the difference; false if that is no sane number. */
static bool difference(int64_t in, int64_t back, int64_t *out)
{
    if (magnitude(in) > INT64_MAX / 4 || magnitude(back) > INT64_MAX / 4)
        return false;
    *out = in - back;
    return true;
}

/* --- what is drawn, in tenths -------------------------------------------------------------- */

/* Active power into the site, negative when it feeds; total for phase 0. */
static bool active_of(const ohm_frame *frame, int phase, int64_t *out)
{
    int64_t in, back = 0;
    if (phase == 0) {
        if (value_of(frame, OHM_Q_POWER, out))
            return true;
        if (!value_of(frame, OHM_Q_POWER_IMPORT, &in))
            return false;
        (void)value_of(frame, OHM_Q_POWER_EXPORT, &back);
    } else {
        if (phase_of(frame, OHM_Q_POWER_L1, phase, out))
            return true;
        if (!phase_of(frame, OHM_Q_POWER_IMPORT_L1, phase, &in))
            return false;
        (void)phase_of(frame, OHM_Q_POWER_EXPORT_L1, phase, &back);
    }
    return difference(in > 0 ? in : 0, in > 0 ? 0 : back, out);
}

static bool reactive_of(const ohm_frame *frame, int phase, int64_t *out)
{
    int64_t in, back = 0;
    if (phase == 0) {
        if (value_of(frame, OHM_Q_REACTIVE_POWER, out))
            return true;
        if (!value_of(frame, OHM_Q_REACTIVE_POWER_IMPORT, &in))
            return false;
        (void)value_of(frame, OHM_Q_REACTIVE_POWER_EXPORT, &back);
    } else {
        if (phase_of(frame, OHM_Q_REACTIVE_POWER_L1, phase, out))
            return true;
        if (!phase_of(frame, OHM_Q_REACTIVE_POWER_IMPORT_L1, phase, &in))
            return false;
        (void)phase_of(frame, OHM_Q_REACTIVE_POWER_EXPORT_L1, phase, &back);
    }
    return difference(in, back, out);
}

static bool apparent_of(const ohm_frame *frame, int phase, int64_t *out)
{
    if (phase == 0)
        return value_of(frame, OHM_Q_APPARENT_POWER_IMPORT, out) ||
               value_of(frame, OHM_Q_APPARENT_POWER, out);
    return phase_of(frame, OHM_Q_APPARENT_POWER_IMPORT_L1, phase, out) ||
           phase_of(frame, OHM_Q_APPARENT_POWER_L1, phase, out);
}

/* From current (mA) and voltage (cV), 230 V where the meter does not say. */
static bool current_of(const ohm_frame *frame, int phase, int64_t *out)
{
    int64_t current_ma, voltage_cv = 23000;
    bool has = phase == 0 ? value_of(frame, OHM_Q_CURRENT, &current_ma)
                          : phase_of(frame, OHM_Q_CURRENT_L1, phase, &current_ma);
    if (!has)
        return false;
    (void)(phase == 0 ? value_of(frame, OHM_Q_VOLTAGE, &voltage_cv)
                      : phase_of(frame, OHM_Q_VOLTAGE_L1, phase, &voltage_cv));
    if (current_ma < 0 || current_ma > 100000000 || voltage_cv < 0 || voltage_cv > 100000)
        return false;
    *out = current_ma * voltage_cv / 10000;
    return true;
}

/* The root, rounded up, of up to 2^62. */
static int64_t root_of(uint64_t square)
{
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 31; bit > 0; bit >>= 1)
        if ((root + bit) * (root + bit) <= square)
            root += bit;
    return (int64_t)(root * root < square ? root + 1 : root);
}

/* VA drawn on a scope, in tenths; false if the frame does not say. `most` bounds what is sane. */
static bool drawn_of(const ohm_frame *frame, int phase, int64_t most, int64_t *out)
{
    int64_t p = 0, q = 0; /* compilers at -O3 do not see that they are set */
    bool active = active_of(frame, phase, &p);
    if (active && p <= 0 && magnitude(p) <= most) {
        *out = 0;
        return true;
    }
    if (apparent_of(frame, phase, out))
        return true;
    if (active && magnitude(p) <= most && reactive_of(frame, phase, &q) && magnitude(q) <= most) {
        *out = root_of((uint64_t)(p * p) + (uint64_t)(q * q));
        return true;
    }
    if (current_of(frame, phase, out))
        return true;
    if (!active)
        return false;
    *out = magnitude(p) <= most ? p * 1000 / FACTOR_PERMILLE : p;
    return true;
}

/* --- power against energy ------------------------------------------------------------------ */

static void begin_stretch(ohm_supply_stretch *s, int64_t wh)
{
    *s = (ohm_supply_stretch){ .begun = true, .fine = s->fine, .wh = wh, .last_wh = wh };
}

/* Compares once one of the two has counted enough; until then the last verdict stands. Of what is
 * fed a register may count more: of each phase by itself, where the power is their sum. */
static void judge(ohm_supply *supply, ohm_supply_stretch *s, int64_t wh, bool fed)
{
    int64_t counted_mj = (wh - s->wh) * MJ_PER_WH;
    int64_t enough_mj =
        (int64_t)(supply->doubted ? OHM_SUPPLY_AGAIN_WH : OHM_SUPPLY_STRETCH_WH) * MJ_PER_WH;
    if (counted_mj < enough_mj && s->drawn_mj < enough_mj)
        return;
    /* A register counts whole Wh: two of them are nothing. */
    int64_t slack_mj = (int64_t)2 * MJ_PER_WH;
    supply->doubted = (!fed && counted_mj > 2 * s->drawn_mj + slack_mj) ||
                      s->drawn_mj > 4 * counted_mj + slack_mj;
    begin_stretch(s, wh);
}

/* `power_w`: since the frame before, -1 where what the register counted can't be compared. */
static void follow_register(ohm_supply *supply, bool fed, const ohm_frame *frame,
                            int64_t elapsed_ms, int64_t power_w_max)
{
    ohm_supply_stretch *s = fed ? &supply->fed : &supply->stretch;
    int32_t power_w = fed ? supply->export_w : supply->import_w;
    int64_t wh;
    if (power_w < 0 || elapsed_ms > OHM_SUPPLY_PERIOD_MS_MAX)
        s->begun = false;
    if (s->begun) /* also between two frames that say the register */
        s->drawn_mj += power_w * elapsed_ms;
    if (!value_of(frame, fed ? OHM_Q_ENERGY_EXPORT : OHM_Q_ENERGY_IMPORT, &wh) || wh < 0 ||
        wh > wh_max)
        return;
    int64_t step = wh - s->last_wh;
    int64_t most_wh = power_w_max * elapsed_ms / MJ_PER_WH + FINE_WH;
    if (!s->begun || step < 0 || step > 1000 * most_wh) {
        /* Back, or far ahead: that alone says nothing about the power (the ledger doubts the
         * register by itself). */
        begin_stretch(s, wh);
        return;
    }
    s->fine = s->fine || (step > 0 && step <= FINE_WH);
    s->last_wh = wh;
    if (s->fine)
        judge(supply, s, wh, fed);
    else if (s->drawn_mj > (int64_t)LONG_WH * MJ_PER_WH)
        begin_stretch(s, wh);
}

/* A phase that goes the other way than all of them together: +1 draws, -1 feeds. */
static bool has_phase(const ohm_frame *frame, int sign)
{
    int64_t phase_w;
    for (int p = 1; p < OHM_SCOPES; p++)
        if (active_of(frame, p, &phase_w) && phase_w * sign > 0)
            return true;
    return false;
}

/* What the register counts from now on; -1 where that can't be told: a meter may count each
 * phase by itself, so nothing is compared while one of them feeds the grid. VA stand for W where
 * there are no W. */
static int32_t counts_w(const ohm_frame *frame, int64_t drawn)
{
    return drawn > 0 && !has_phase(frame, -1) ? (int32_t)(drawn / TENTHS) : -1;
}

/* --- what the header promises --------------------------------------------------------------- */

static void take_rated(const ohm_frame *frame, ohm_quantity_id quantity, ohm_mono_ms now,
                       int32_t *rated_va, ohm_mono_ms *said)
{
    int64_t va;
    if (!value_of(frame, quantity, &va) || va < OHM_SUPPLY_RATED_VA_MIN || va > OHM_LIMIT_VA_MAX)
        return;
    *rated_va = (int32_t)va;
    *said = now;
}

static bool is_old(int32_t rated_va, ohm_mono_ms said, ohm_mono_ms now)
{
    return rated_va > 0 && ohm_mono_since(now, said) >= OHM_SUPPLY_RATED_MS;
}

int32_t ohm_supply_expire(ohm_supply *supply, int32_t contract_va, ohm_mono_ms now)
{
    int32_t ended_va = 0;
    bool subscribed_old = is_old(supply->subscribed_va, supply->subscribed_mono, now);
    bool breaking_old = is_old(supply->breaking_va, supply->breaking_mono, now);
    bool other = contract_va > 0 || (supply->subscribed_va > 0 && !subscribed_old) ||
                 (supply->breaking_va > 0 && !breaking_old);
    if (subscribed_old && other) {
        ended_va = supply->subscribed_va;
        supply->subscribed_va = 0;
    }
    if (breaking_old && other) {
        ended_va = supply->breaking_va;
        supply->breaking_va = 0;
    }
    return ended_va;
}

/* The usual pace. A longer gap doubles it at the most: one that speaks less and less, as many do
 * while nothing changes, is known for slow before its next gap passes for silence, and a frame that
 * is late now and then makes no slow meter. Two frames at once make no quick one. */
static int64_t follow_pace(int64_t pace_ms, int64_t gap_ms)
{
    if (gap_ms <= 0)
        return pace_ms;
    if (gap_ms > OHM_SUPPLY_PERIOD_MS_MAX)
        gap_ms = OHM_SUPPLY_PERIOD_MS_MAX;
    if (pace_ms == 0)
        return gap_ms;
    if (gap_ms < pace_ms)
        return pace_ms - (pace_ms - gap_ms + 3) / 4;
    return gap_ms < 2 * pace_ms ? gap_ms : 2 * pace_ms;
}

static int64_t patience_ms(int64_t pace_ms, int64_t silence_ms)
{
    int64_t ms = OHM_SUPPLY_PERIODS * pace_ms;
    int64_t least_ms = silence_ms < OHM_SUPPLY_BLIND_MS ? OHM_SUPPLY_BLIND_MS : silence_ms;
    return ms < least_ms ? least_ms : ms;
}

static void take_scopes(ohm_supply *supply, uint8_t scopes, const int64_t *drawn, ohm_mono_ms now)
{
    int phases = 0;
    for (int s = 0; s < OHM_SCOPES; s++) {
        if (!(scopes & 1 << s))
            continue;
        phases += s > 0 && drawn[s] > 0;
        if (supply->scopes & 1 << s)
            supply->pace_ms[s] = follow_pace(supply->pace_ms[s], now.v - supply->said_mono[s]);
        supply->said_mono[s] = now.v;
        supply->va[s] = (int32_t)((drawn[s] + TENTHS - 1) / TENTHS);
    }
    supply->scopes |= scopes;
    supply->three_phase = supply->three_phase || phases > 1;
    supply->feeds = supply->feeds || ((scopes & 1) && drawn[0] == 0);
}

bool ohm_supply_frame(ohm_supply *supply, const ohm_frame *frame, ohm_mono_ms now,
                      int64_t power_w_max)
{
    take_rated(frame, OHM_Q_SUBSCRIBED_POWER, now, &supply->subscribed_va,
               &supply->subscribed_mono);
    take_rated(frame, OHM_Q_BREAKING_POWER, now, &supply->breaking_va, &supply->breaking_mono);

    int64_t drawn[OHM_SCOPES] = { 0 }, most = 2 * power_w_max * TENTHS;
    uint8_t scopes = 0;
    bool sane = true;
    for (int s = 0; s < OHM_SCOPES; s++) {
        if (!drawn_of(frame, s, most, &drawn[s]))
            continue;
        scopes |= (uint8_t)(1 << s);
        sane = sane && drawn[s] >= 0 && drawn[s] <= most;
    }
    if (sane && (scopes & 0xe) == 0xe && !(scopes & 1)) { /* the phases alone: their sum */
        drawn[0] = drawn[1] + drawn[2] + drawn[3];
        scopes |= 1;
        sane = drawn[0] <= most;
    }
    if (!(scopes & 1) && sane)
        return false; /* other frames of the same meter speak of other things */

    int64_t elapsed_ms = supply->heard ? ohm_mono_since(now, supply->heard_mono) : 0;
    supply->period_ms = follow_pace(supply->period_ms, elapsed_ms);
    supply->heard = true;
    supply->heard_mono = now;

    int64_t active;
    bool has_active = active_of(frame, 0, &active) && magnitude(active) <= most;
    follow_register(supply, false, frame, elapsed_ms, power_w_max);
    follow_register(supply, true, frame, elapsed_ms, power_w_max);
    supply->import_w = sane ? counts_w(frame, has_active ? active : drawn[0]) : -1;
    bool feeds = sane && has_active && active < 0 && !has_phase(frame, 1);
    supply->export_w = feeds ? (int32_t)(-active / TENTHS) : -1;
    if (!sane || supply->doubted)
        return false;
    supply->seen = supply->ever = true;
    supply->seen_mono = now;
    take_scopes(supply, scopes, drawn, now);
    return true;
}

static int32_t sane(int32_t rated_va)
{
    return rated_va < OHM_SUPPLY_RATED_VA_MIN ? 0 : rated_va;
}

void ohm_supply_start(ohm_supply *supply)
{
    *supply = (ohm_supply){ .subscribed_va = sane(supply->subscribed_va),
                            .breaking_va = sane(supply->breaking_va),
                            .subscribed_mono = supply->subscribed_mono,
                            .breaking_mono = supply->breaking_mono,
                            .ever = supply->ever,
                            .three_phase = supply->three_phase,
                            .feeds = supply->feeds,
                            .import_w = -1,
                            .export_w = -1 };
}

bool ohm_supply_is_blind(const ohm_supply *supply, int64_t silence_ms, ohm_mono_ms now)
{
    return !supply->seen ||
           ohm_mono_since(now, supply->seen_mono) > patience_ms(supply->period_ms, silence_ms);
}

uint8_t ohm_supply_known(const ohm_supply *supply, int64_t silence_ms, ohm_mono_ms now)
{
    uint8_t known = 0;
    for (int s = 0; s < OHM_SCOPES; s++)
        if ((supply->scopes & 1 << s) &&
            now.v - supply->said_mono[s] <= patience_ms(supply->pace_ms[s], silence_ms))
            known |= (uint8_t)(1 << s);
    return known;
}

void ohm_supply_rebase(ohm_supply *supply, int64_t shift_ms)
{
    supply->seen_mono.v += shift_ms;
    supply->heard_mono.v += shift_ms;
    supply->subscribed_mono.v += shift_ms;
    supply->breaking_mono.v += shift_ms;
    for (int s = 0; s < OHM_SCOPES; s++)
        supply->said_mono[s] += shift_ms;
}

bool ohm_supply_stretch_ok(const ohm_supply_stretch *stretch)
{
    return stretch->wh >= 0 && stretch->wh <= wh_max && stretch->last_wh >= stretch->wh &&
           stretch->last_wh <= wh_max && stretch->drawn_mj >= 0 &&
           stretch->drawn_mj < INT64_MAX / 2;
}
