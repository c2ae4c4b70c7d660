#include "cmd/energy_plan.h"

#include <stdio.h>
#include <string.h>

_Static_assert((int)OHM_DAY_PIECES_MAX <= (int)OHM_ENERGY_PIECES_MAX, "every cut has its place");
_Static_assert((int)OHM_PERIOD_ID_MAX <= (int)OHM_ENERGY_PERIOD_MAX, "and every name");

enum { DAYS = 3 }; /* a day's code reaches into the next morning */

static uint16_t cut_day(void *ctx, ohm_date date,
                        ohm_energy_piece out[static OHM_ENERGY_PIECES_MAX])
{
    const ohm_energy_source *s = ctx;
    uint8_t bytes[DAYS] = { 0 };
    const int64_t first_day = ohm_days_from_date(date) - 1;
    const ohm_day_codes codes = { .first_day = first_day, .count = DAYS, .codes = bytes };
    ohm_day_plan plan;
    if (s->codes)
        s->codes(s->ctx, first_day, bytes, DAYS);
    ohm_contract_day(s->contract, s->tz, &codes, date, &plan);
    for (uint16_t i = 0; i < plan.count; i++) {
        uint8_t period = plan.pieces[i].period;
        out[i] = (ohm_energy_piece){ plan.pieces[i].from_ms, "?" };
        if (period != OHM_NO_PERIOD)
            memcpy(out[i].period, s->contract->periods[period].id, OHM_PERIOD_ID_MAX);
    }
    return plan.count;
}

/* --- the name of a plan --------------------------------------------------------------------- */

/* FNV-1a, 64 bits, of numbers. */
static void mix(uint64_t *io, int64_t number)
{
    for (int i = 0; i < 8; i++) {
        *io ^= (uint64_t)number >> 8 * i & 0xff;
        *io *= UINT64_C(0x100000001b3);
    }
}

static int64_t number_of(ohm_date date)
{
    return date.year * INT64_C(10000) + date.month * 100 + date.day;
}

/* What of a contract decides where a day is cut. */
static uint64_t shape_of(const ohm_contract *c)
{
    uint64_t shape = UINT64_C(0xcbf29ce484222325);
    const int64_t numbers[] = { c->periods_count, c->rest_period,      c->holidays,
                                c->codes,         c->day_start_minute, c->slots_count };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        mix(&shape, numbers[i]);
    for (uint8_t i = 0; i < c->periods_count; i++)
        for (size_t k = 0; k < strlen(c->periods[i].id); k++)
            mix(&shape, c->periods[i].id[k]);
    for (uint8_t i = 0; i < c->slots_count; i++) {
        const ohm_contract_slot *s = &c->slots[i];
        const int64_t of[] = { s->from_minute,     s->to_minute,    s->period,      s->weekdays,
                               s->codes,           s->holidays,     s->season_from, s->season_to,
                               number_of(s->from), number_of(s->to) };
        for (size_t k = 0; k < sizeof of / sizeof *of; k++)
            mix(&shape, of[k]);
    }
    return shape;
}

ohm_energy_plan ohm_energy_plan_of(const ohm_energy_source *s)
{
    ohm_energy_plan plan = { .tz = s->tz };
    uint64_t shape = s->contract ? shape_of(s->contract) : 0;
    (void)snprintf(plan.mark, sizeof plan.mark, "%s %016llx", s->tz->name,
                   (unsigned long long)shape);
    if (s->contract) {
        plan.day = cut_day;
        plan.ctx = (void *)(uintptr_t)s; /* the plan's ctx is nobody's to change */
    }
    return plan;
}
