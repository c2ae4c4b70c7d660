/* The meter's own registers of a contract's periods: what it counted in each needs no clock.
 *
 * Which register is which is the order of a Linky and of the electronic meters before it
 * (Enedis-NOI-CPT_54E; HCHC, HCHP; BBRHCJB …): off-peak before peak, blue before white before red.
 * They are believed where they add up to the register of all energy on each day, and agree better
 * with the contract's hours in this order than in the other one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/query.h"
#include "web/uses.h"

enum { REGISTERS_MAX = 6, DAYS_MAX = 366 * 40 };

static const struct {
    uint8_t count;
    const char *periods[REGISTERS_MAX];
} orders[] = {
    { 2, { "hc", "hp" } },
    { 2, { "normal", "peak" } },
    { 6, { "blue_hc", "blue_hp", "white_hc", "white_hp", "red_hc", "red_hp" } },
};

static const ohm_quantity_id registers[REGISTERS_MAX] = {
    OHM_Q_ENERGY_IMPORT_T1, OHM_Q_ENERGY_IMPORT_T2, OHM_Q_ENERGY_IMPORT_T3,
    OHM_Q_ENERGY_IMPORT_T4, OHM_Q_ENERGY_IMPORT_T5, OHM_Q_ENERGY_IMPORT_T6,
};

typedef struct day {
    ohm_interval when; /* of the uses */
    ohm_ms slot_ms;    /* where the civil day begins, or the range */
    int64_t all_mwh, export_mwh;
    int64_t of_mwh[REGISTERS_MAX];
    uint8_t known;       /* registers that tell it */
    bool adds_up;        /* they are the use of the day */
    bool dark;           /* the period of some of it is not known by the clock */
    int64_t clock_mwh;   /* by the contract's hours, of the first register's period */
    size_t first, count; /* the day's uses, as they were */
    uint8_t flags;
    bool last_estimated;
} day;

typedef struct periods {
    const ohm_uses_query *q;
    uint8_t count;
    uint8_t period[REGISTERS_MAX]; /* of the contract, by register */
    size_t days_count, at;
    day *days;
    uint8_t at_register;
} periods;

/* Whether the contract has periods that meters count by themselves. */
static bool find_order(periods *p)
{
    const ohm_contract *c = p->q->contract;
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        uint8_t found = 0;
        for (; found < orders[i].count; found++) {
            const char *id = orders[i].periods[found];
            p->period[found] = ohm_contract_period(c, ohm_span_text(id));
            if (p->period[found] == OHM_NO_PERIOD)
                break;
        }
        p->count = orders[i].count;
        if (found == orders[i].count && c->periods_count == found)
            return true;
    }
    return false;
}

static uint8_t register_of(const periods *p, uint8_t period)
{
    uint8_t i = 0;
    while (i < p->count && p->period[i] != period)
        i++;
    return i;
}

/* The uses by civil days, and what the contract's hours make of them. */
static bool gather_days(periods *p, const ohm_uses *uses)
{
    ohm_day_plan plan = { .count = 0 };
    for (size_t i = 0; i < uses->count; i++) {
        const ohm_use *use = &uses->items[i];
        day *d = p->days_count ? &p->days[p->days_count - 1] : NULL;
        if (!plan.count || use->from_ms >= plan.day.to_ms)
            ohm_contract_day(p->q->contract, p->q->tz, p->q->codes,
                             ohm_civil_from_utc(p->q->tz, use->from_ms).date, &plan);
        if (use->to_ms > plan.day.to_ms || use->of_period)
            return false;
        if (!d || d->when.from_ms < plan.day.from_ms) {
            d = &p->days[p->days_count++];
            ohm_ms from_ms = p->q->range.from_ms;
            *d = (day){ .when = { use->from_ms, use->to_ms },
                        .slot_ms = plan.day.from_ms < from_ms ? from_ms : plan.day.from_ms,
                        .export_mwh = OHM_NO_USE,
                        .first = i,
                        .flags = use->flags & OHM_USE_ESTIMATED }; /* where the day begins */
        }
        uint16_t piece = 0;
        while (piece + 1 < plan.count && plan.pieces[piece + 1].from_ms <= use->from_ms)
            piece++;
        uint8_t reg = register_of(p, plan.pieces[piece].period);
        d->dark = d->dark || reg == p->count;
        d->clock_mwh += reg == 0 ? use->import_mwh : 0;
        d->count++;
        d->when.to_ms = use->to_ms;
        d->all_mwh += use->import_mwh;
        d->flags |= use->flags & (OHM_USE_CHANGED | OHM_USE_STRAY);
        d->last_estimated = use->flags & OHM_USE_ESTIMATED;
        if (use->export_mwh != OHM_NO_USE)
            d->export_mwh = (d->export_mwh == OHM_NO_USE ? 0 : d->export_mwh) + use->export_mwh;
    }
    return p->days_count > 0;
}

static ohm_ms ends(void *ctx, ohm_ms from_ms)
{
    const periods *p = ctx;
    return ohm_civil_day(p->q->tz, from_ms).to_ms;
}

static bool add_register(void *ctx, const ohm_slice *slice)
{
    periods *p = ctx;
    while (p->at < p->days_count && p->days[p->at].slot_ms < slice->from_ms)
        p->at++;
    if (p->at == p->days_count)
        return false;
    day *d = &p->days[p->at];
    bool whole = !(slice->flags & OHM_SLICE_PARTIAL) || slice->count; /* up to the last reading */
    bool known = slice->flags & OHM_SLICE_ENERGY && whole && slice->energy >= 0;
    if (d->slot_ms != slice->from_ms || !known)
        return true;
    d->of_mwh[p->at_register] = slice->energy * 1000;
    d->known++;
    return true;
}

/* OHM_END: not all of them are stored. */
static ohm_code read_registers(ohm_reader *reader, periods *p)
{
    for (p->at_register = 0; p->at_register < p->count; p->at_register++) {
        char key[OHM_SERIES_KEY_MAX];
        (void)snprintf(key, sizeof key, "%s/%s", p->q->device,
                       ohm_quantity_get(registers[p->at_register])->name);
        const ohm_steps_query query = { .series_key = key,
                                        .range = p->q->range,
                                        .step = { .unit = OHM_STEP_ENDS },
                                        .ends = ends,
                                        .ends_ctx = p,
                                        .rows_max = DAYS_MAX };
        p->at = 0;
        ohm_err err = ohm_query_steps(reader, &query, add_register, p);
        if (ohm_failed(err))
            return err.code == OHM_UNKNOWN ? OHM_END : err.code;
    }
    return OHM_OK;
}

static int64_t distance(int64_t a, int64_t b)
{
    return a < b ? b - a : a - b;
}

/* Whether a day adds up, but for the Wh that a register's end is rounded by; what is left over goes
 * to the greatest. */
static bool add_up(const periods *p, day *d)
{
    int64_t rest = d->all_mwh;
    uint8_t most = 0;
    for (uint8_t r = 0; r < p->count; r++) {
        rest -= d->of_mwh[r];
        most = d->of_mwh[r] > d->of_mwh[most] ? r : most;
    }
    if (d->known != p->count || distance(rest, 0) > 1000 * (p->count + 1) ||
        d->of_mwh[most] + rest < 0)
        return false;
    d->of_mwh[most] += rest;
    return true;
}

/* Which days the registers tell; false: none, or those of two registers agree with the hours of the
 * contract in the other order better, where these are known. */
static bool reconcile(periods *p)
{
    int64_t total_mwh[REGISTERS_MAX] = { 0 }, clock_mwh = 0;
    size_t good = 0;
    for (size_t i = 0; i < p->days_count; i++) {
        day *d = &p->days[i];
        d->adds_up = add_up(p, d);
        good += d->adds_up;
        for (uint8_t r = 0; r < p->count && d->adds_up && !d->dark; r++)
            total_mwh[r] += d->of_mwh[r];
        clock_mwh += d->adds_up && !d->dark ? d->clock_mwh : 0;
    }
    bool order =
        p->count != 2 || distance(total_mwh[0], clock_mwh) <= distance(total_mwh[1], clock_mwh);
    return good && order;
}

static size_t add_registers(const periods *p, const day *d, ohm_use *out)
{
    uint8_t border = d->last_estimated ? OHM_USE_ESTIMATED : d->flags & OHM_USE_ESTIMATED;
    for (uint8_t r = 0; r < p->count; r++)
        out[r] = (ohm_use){ .from_ms = d->when.from_ms,
                            .to_ms = d->when.to_ms,
                            .import_mwh = d->of_mwh[r],
                            .export_mwh = r == 0 ? d->export_mwh : OHM_NO_USE,
                            .reactive_mvarh = OHM_NO_USE,
                            .va = OHM_NO_USE,
                            .of_period = (uint8_t)(p->period[r] + 1),
                            .flags = r == 0 ? d->flags | border : border };
    return p->count;
}

/* A use a day and register (prices change at midnight); days that don't add up stay as they were,
 * so that a period has the bill of its days. */
static ohm_code make_uses(const periods *p, ohm_uses *io)
{
    ohm_use *items = malloc((io->count + p->days_count * p->count) * sizeof *items);
    size_t n = 0;
    bool all = io->basis == OHM_BASIS_REGISTER;
    if (!items)
        return OHM_NO_MEMORY;
    for (size_t i = 0; i < p->days_count; i++) {
        const day *d = &p->days[i];
        all = all && d->adds_up;
        if (d->adds_up) {
            n += add_registers(p, d, items + n);
            continue;
        }
        memcpy(items + n, io->items + d->first, d->count * sizeof *items);
        n += d->count;
    }
    free(io->items);
    *io = (ohm_uses){ items, n, all ? OHM_BASIS_PERIODS : OHM_BASIS_MIXED };
    return OHM_OK;
}

static bool is_professional(const ohm_contract *c)
{
    const ohm_professional *pro = &c->professional;
    return pro->reactive_ueur_per_kvarh || pro->overrun_ueur_per_hour || pro->overrun_ueur_per_kva;
}

ohm_code ohm_uses_by_period(ohm_reader *reader, const ohm_uses_query *query, ohm_uses *io)
{
    periods p = { .q = query };
    bool register_too = io->basis == OHM_BASIS_REGISTER || io->basis == OHM_BASIS_MIXED;
    if (!register_too || !query->contract || !query->tz || io->count == 0 ||
        is_professional(query->contract) || !find_order(&p))
        return OHM_OK;
    int64_t span_ms = query->range.to_ms - query->range.from_ms;
    p.days = calloc((size_t)(span_ms / (23 * OHM_HOUR_MS)) + 3, sizeof *p.days);
    if (!p.days)
        return OHM_NO_MEMORY;
    ohm_code code = OHM_OK;
    if (gather_days(&p, io)) {
        code = read_registers(reader, &p);
        if (code == OHM_OK && reconcile(&p))
            code = make_uses(&p, io);
    }
    free(p.days);
    return code == OHM_END ? OHM_OK : code;
}
