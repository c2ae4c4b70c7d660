#include "meter/register_watch.h"

#include <assert.h>
#include <string.h>

enum {
    NEAR_RATIO = 100, /* a roll-over covers at most this part of all that a register can show */
    NEW_RATIO = 10,   /* a meter that shows less than this part of the old one is a new one */
    DIGITS_MIN = 5,
    DIGITS_MAX = 17,
    /* What can go through in an hour where nobody says it. */
    POWER_W_MAX = 100000,
    HEAT_W_MAX = 1000000,
    VOLUME_M3_MAX = 1000,
    UNITS_MAX = 1000,
    STEP_MAX = 1000000,          /* no register counts in coarser steps */
    MINUTES_MAX = 400 * 24 * 60, /* of silence; bounds the products */
    PACE_MARGIN = 2,
    FASTER = 100, /* than is usual: no register is */
};
static const int64_t PACE_MAX = INT64_C(1) << 40;

static int64_t power_of_ten(int exponent)
{
    int64_t power = 1;
    for (int i = 0; i < exponent; i++)
        power *= 10;
    return power;
}

static bool is_of_hours(const ohm_quantity *quantity) /* Wh, varh, VAh */
{
    size_t len = strlen(quantity->unit);
    return len > 1 && quantity->unit[len - 1] == 'h';
}

/* What the coarser of two lists counts in: whole kilos of hours, else whole units. */
static int64_t step_of(const ohm_quantity *quantity)
{
    return (is_of_hours(quantity) ? 1000 : 1) * power_of_ten(quantity->decimals);
}

/* Did it pass `limit`, the first number that it can't show? */
static bool passed(int64_t limit, int64_t last, int64_t value)
{
    return last < limit && value < limit && limit - last <= limit / NEAR_RATIO &&
           limit - last + value <= limit / NEAR_RATIO;
}

/* Registers have so many decimal digits, or 31 or 32 bits of a unit, or of ten, or… */
static bool rolled(int64_t last, int64_t value)
{
    int64_t limit = 1, ten = 1;
    for (int digits = 1; digits <= DIGITS_MAX; digits++) {
        limit *= 10;
        if (digits >= DIGITS_MIN && passed(limit, last, value))
            return true;
    }
    for (int i = 0; i < 4; i++, ten *= 10)
        if (passed((INT64_C(1) << 31) * ten, last, value) ||
            passed((INT64_C(1) << 32) * ten, last, value))
            return true;
    return false;
}

/* --- what can have gone through ------------------------------------------------------------------
 */

static int64_t pace_of(const ohm_quantity *quantity, const ohm_register_reading *reading)
{
    int64_t scale = power_of_ten(quantity->decimals);
    bool heat = reading->quantity == OHM_Q_HEAT_ENERGY || reading->quantity == OHM_Q_COOLING_ENERGY;
    if (heat)
        return HEAT_W_MAX * scale;
    if (is_of_hours(quantity))
        return (reading->power_w_max > 0 ? reading->power_w_max : POWER_W_MAX) * scale;
    return (strcmp(quantity->unit, "m^3") != 0 ? UNITS_MAX : VOLUME_M3_MAX) * scale;
}

/* What the register counts in, as far as two of its readings show it. */
static int64_t grain_of(int64_t last, int64_t value)
{
    int64_t grain = 1;
    while (grain < STEP_MAX && last % (grain * 10) == 0 && value % (grain * 10) == 0)
        grain *= 10;
    return grain;
}

static bool can_follow(int64_t from, ohm_ms from_ms, const ohm_register_reading *to, int64_t pace)
{
    int64_t rise = 0, minutes = 1, step = step_of(ohm_quantity_get(to->quantity));
    int64_t grain = 2 * grain_of(from, to->value);
    if (to->value < from || __builtin_sub_overflow(to->value, from, &rise))
        return false;
    if (to->time_ms > from_ms)
        minutes += (to->time_ms - from_ms) / OHM_MINUTE_MS;
    if (minutes > MINUTES_MAX)
        minutes = MINUTES_MAX;
    return rise <= (grain > step ? grain : step) + pace / 60 * minutes;
}

/* --- the verdict --------------------------------------------------------------------------------
 */

static void believe(ohm_register_memory *m, const ohm_register_reading *reading)
{
    m->value = reading->value;
    m->time_ms = reading->time_ms;
    m->confirmations = 0;
}

static void doubt(ohm_register_memory *m, const ohm_register_reading *reading)
{
    m->confirmations = 1;
    m->doubt_first = m->doubt = reading->value;
    m->doubt_first_ms = m->doubt_ms = reading->time_ms;
}

/* Does it go on from the level that contests? That may rise faster than anybody thought. */
static bool agrees(const ohm_register_memory *m, const ohm_register_reading *reading, int64_t pace)
{
    return m->confirmations > 0 && reading->time_ms >= m->doubt_ms &&
           can_follow(m->doubt, m->doubt_ms, reading, pace * FASTER);
}

static bool is_confirmed(const ohm_register_memory *m)
{
    return m->confirmations >= OHM_REGISTER_CONFIRMATIONS ||
           (m->confirmations >= OHM_REGISTER_CONFIRMATIONS_MIN &&
            m->doubt_ms - m->doubt_first_ms >= OHM_REGISTER_CONFIRM_MS);
}

/* A meter whose confirmed readings rise faster than is usual does so for a reason. */
static void learn_pace(ohm_register_memory *m)
{
    int64_t minutes = (m->doubt_ms - m->doubt_first_ms) / OHM_MINUTE_MS;
    int64_t rise = m->doubt - m->doubt_first;
    if (minutes < 1 || rise > INT64_MAX / (60 * PACE_MARGIN))
        return;
    int64_t pace = rise * 60 * PACE_MARGIN / minutes;
    pace = pace < PACE_MAX ? pace : PACE_MAX;
    m->pace = pace > m->pace ? pace : m->pace;
}

static ohm_register_verdict contest(ohm_register_memory *m, const ohm_register_reading *reading,
                                    int64_t pace)
{
    const int64_t before = m->value;
    if (!agrees(m, reading, pace)) {
        bool again = m->confirmations > 0;
        doubt(m, reading);
        return again ? OHM_REGISTER_WAITING : OHM_REGISTER_DOUBTED;
    }
    m->confirmations++;
    m->doubt = reading->value;
    m->doubt_ms = reading->time_ms;
    if (!is_confirmed(m))
        return OHM_REGISTER_WAITING;
    learn_pace(m);
    believe(m, reading);
    if (reading->value >= before)
        return OHM_REGISTER_JUMPED;
    bool fresh = reading->value >= 0 && reading->value <= before / NEW_RATIO;
    return fresh ? OHM_REGISTER_REPLACED : OHM_REGISTER_CORRECTED;
}

/* A reading that comes late changes nothing here, but it is stored where it belongs: there the
 * newest one must be able to follow it. */
static ohm_register_verdict late(const ohm_register_memory *m, const ohm_register_reading *reading,
                                 int64_t pace)
{
    const ohm_register_reading newest = {
        .quantity = reading->quantity,
        .value = m->value,
        .time_ms = m->time_ms,
    };
    bool before = can_follow(reading->value, reading->time_ms, &newest, pace) ||
                  (m->value >= 0 && rolled(reading->value, m->value));
    return before ? OHM_REGISTER_OLD : OHM_REGISTER_ASTRAY;
}

/* What is known at once; OHM_REGISTER_DOUBTED: nothing is. */
static ohm_register_verdict plain(const ohm_register_memory *m, const ohm_register_reading *reading,
                                  int64_t pace)
{
    const int64_t value = reading->value;
    if (m->time_ms == OHM_NO_MS)
        return OHM_REGISTER_FIRST;
    if (reading->time_ms < m->time_ms)
        return late(m, reading, pace);
    if (reading->other_meter)
        return OHM_REGISTER_REPLACED;
    if (can_follow(m->value, m->time_ms, reading, pace))
        return OHM_REGISTER_NEXT;
    if (value < 0 || value >= m->value)
        return OHM_REGISTER_DOUBTED;
    int64_t step = step_of(ohm_quantity_get(reading->quantity));
    if (value % step == 0 && m->value - step < value)
        return OHM_REGISTER_COARSER;
    return rolled(m->value, value) ? OHM_REGISTER_ROLLED : OHM_REGISTER_DOUBTED;
}

ohm_register_verdict ohm_register_take(ohm_register_memory *memory,
                                       const ohm_register_reading *reading)
{
    const ohm_quantity *quantity = ohm_quantity_get(reading->quantity);
    assert(quantity->kind == OHM_COUNTER);
    int64_t pace = pace_of(quantity, reading);
    pace = memory->pace > pace ? memory->pace : pace;
    ohm_register_verdict verdict = plain(memory, reading, pace);
    if (verdict == OHM_REGISTER_DOUBTED)
        return contest(memory, reading, pace);
    bool of_now = verdict != OHM_REGISTER_OLD && verdict != OHM_REGISTER_ASTRAY;
    if (of_now && verdict != OHM_REGISTER_COARSER)
        believe(memory, reading);
    return verdict;
}

bool ohm_register_may_follow(ohm_quantity_id quantity, int64_t from, ohm_ms from_ms, int64_t to,
                             ohm_ms to_ms)
{
    const ohm_register_reading next = { .quantity = quantity, .value = to, .time_ms = to_ms };
    return can_follow(from, from_ms, &next, pace_of(ohm_quantity_get(quantity), &next) * FASTER);
}

bool ohm_register_held(ohm_register_verdict verdict)
{
    return verdict == OHM_REGISTER_COARSER || verdict == OHM_REGISTER_DOUBTED ||
           verdict == OHM_REGISTER_WAITING || verdict == OHM_REGISTER_ASTRAY;
}
