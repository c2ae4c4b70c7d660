#include "tariff/use_csv.h"

#include <string.h>

#include "tariff/use_csv_own.h"

enum {
    PREAMBLE_MAX = 10,
    GUESS_ROWS_MIN = 48, /* a load that rises for so long is a register */
};

/* Of a register (1 TWh, in mWh), and of a step or a power (10 GWh, 10 GW). */
#define REGISTER_MAX      INT64_C(1000000000000000)
#define STEP_MAX          INT64_C(10000000000000)
#define POWER_STEP_MS_MAX (366 * INT64_C(24) * OHM_HOUR_MS)

size_t ohm_use_csv_rows(ohm_span text)
{
    size_t rows = 1;
    for (size_t i = 0; i < text.len; i++)
        rows += text.ptr[i] == '\n';
    return rows;
}

static ohm_err read_time(const reader *r, const column *c, ohm_span cell, ohm_ms after_ms,
                         ohm_ms *out)
{
    ohm_tz utc;
    ohm_tz_utc(&utc);
    ohm_code code = ohm_csv_time(cell, c->is_utc ? &utc : r->io->tz, after_ms, out);
    if (code == OHM_GAP)
        return ohm_fail(OHM_RANGE, r->line, "this local time does not exist: clocks go forward");
    if (code == OHM_RANGE)
        return ohm_fail(code, r->line, "a time is not between 1970 and 2199");
    return code == OHM_OK ? ohm_ok() : ohm_fail(code, r->line, "a time is not understood");
}

/* --- rows ------------------------------------------------------------------------------------- */

static int64_t *field_of(ohm_use *use, role which)
{
    switch (which) {
    case ROLE_IMPORT:
        return &use->import_mwh;
    case ROLE_EXPORT:
        return &use->export_mwh;
    case ROLE_REACTIVE:
        return &use->reactive_mvarh;
    case ROLE_VA:
        return &use->va;
    case ROLE_NONE:
    case ROLE_TIME:
    case ROLE_END:
        return NULL;
    }
    return NULL;
}

static bool is_absent(ohm_span cell)
{
    static const char *const words[] = { "", "-", "null", "NULL", "NaN", "nan", "NA" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (ohm_span_is(cell, words[i]))
            return true;
    return false;
}

/* 10^digits of a column's unit: where its register starts over. 0: it does not. */
static int64_t rolls_at(const reader *r, const column *c)
{
    int64_t at = 1;
    if (!r->io->digits)
        return 0;
    for (int i = 0; i < (int)r->io->digits + c->decimals; i++)
        at *= 10;
    return at;
}

/* A register went down: it rolled over, or the meter was exchanged, as far as that was said. */
static ohm_err take_fall(reader *r, column *c, int64_t now)
{
    int64_t whole = rolls_at(r, c), gone = now + whole - c->last;
    if (whole && now < whole && c->last < whole && gone < whole / 10) {
        c->rolled += whole;
        r->io->rolled++;
        return c->rolled <= REGISTER_MAX
                   ? ohm_ok()
                   : ohm_fail(OHM_RANGE, r->line, "a register rolls over again and again");
    }
    if (!r->io->meter_change)
        return ohm_fail(OHM_CONFLICT, r->line, "a register goes down");
    c->rolled = 0;
    r->io->exchanged++;
    return ohm_ok();
}

static ohm_err read_value(reader *r, column *c, ohm_span cell, ohm_use *use)
{
    int64_t *field = field_of(use, c->role);
    if (!field || is_absent(cell))
        return ohm_ok();
    ohm_code code = ohm_csv_number(cell, r->separator, c->decimals, field);
    if (code != OHM_OK)
        return ohm_fail(code, r->line, "a value is not a number, or too large");
    if (*field < 0)
        return ohm_fail(OHM_RANGE, r->line, "an energy, power or register is negative");
    if (*field > (c->form == FORM_REGISTER || c->form == FORM_PERHAPS ? REGISTER_MAX : STEP_MAX))
        return ohm_fail(OHM_RANGE, r->line, "an energy, power or register is absurd");
    if (c->has_last && *field < c->last) {
        if (c->form == FORM_REGISTER)
            OHM_TRY(take_fall(r, c, *field));
        c->went_down = true;
    }
    c->rises += c->has_last && *field > c->last;
    c->rose |= c->rises > 0;
    c->counts |= *field != 0;
    c->has_last = true;
    c->last = *field;
    *field += c->rolled;
    return ohm_ok();
}

static bool same_use(const ohm_use *a, const ohm_use *b)
{
    return a->import_mwh == b->import_mwh && a->export_mwh == b->export_mwh &&
           a->reactive_mvarh == b->reactive_mvarh && a->va == b->va;
}

static ohm_err read_row(reader *r, ohm_span line)
{
    ohm_span cells[OHM_CSV_COLUMNS_MAX];
    unsigned count = ohm_csv_split(line, r->separator, cells);
    ohm_use_csv *io = r->io;
    ohm_use use = { OHM_NO_MS, OHM_NO_MS, OHM_NO_USE, OHM_NO_USE, OHM_NO_USE, OHM_NO_USE, 0, 0 };
    if (count < r->columns_count)
        return ohm_fail(OHM_BAD_FORMAT, r->line, "a row has fewer columns than the first line");
    for (unsigned i = 0; i < r->columns_count; i++) {
        const column *c = &r->columns[i];
        if (c->role == ROLE_TIME && use.from_ms == OHM_NO_MS)
            OHM_TRY(read_time(r, c, cells[i], r->last_ms, &use.from_ms));
        else if (c->role == ROLE_END && use.to_ms == OHM_NO_MS)
            OHM_TRY(read_time(r, c, cells[i], use.from_ms, &use.to_ms));
    }
    if (use.to_ms != OHM_NO_MS && use.to_ms <= use.from_ms)
        return ohm_fail(OHM_RANGE, r->line, "a row ends before it starts");
    for (unsigned i = 0; i < r->columns_count; i++)
        OHM_TRY(read_value(r, &r->columns[i], cells[i], &use));
    ohm_use *last = io->count ? &io->uses[io->count - 1] : NULL;
    if (last && use.from_ms == last->from_ms) {
        if (!same_use(&use, last))
            return ohm_fail(OHM_CONFLICT, r->line, "a time comes twice, with another value");
        io->repeated++;
        return ohm_ok();
    }
    if (last &&
        (use.from_ms < last->from_ms || (last->to_ms != OHM_NO_MS && use.from_ms < last->to_ms)))
        return ohm_fail(OHM_CONFLICT, r->line, "rows are out of order, or overlap");
    if (io->count == io->cap)
        return ohm_fail(OHM_TOO_BIG, r->line, "too many rows");
    io->uses[io->count++] = use;
    r->last_ms = use.from_ms;
    return ohm_ok();
}

/* --- steps ------------------------------------------------------------------------------------ */

/* The difference of times that most rows have (Boyer and Moore's vote). */
static int64_t usual_step(const ohm_use_csv *io)
{
    int64_t step = 0;
    size_t votes = 0;
    for (size_t i = 0; i + 1 < io->count; i++) {
        int64_t d = io->uses[i + 1].from_ms - io->uses[i].from_ms;
        if (!votes) {
            step = d;
            votes = 1;
        } else if (d == step) {
            votes++;
        } else {
            votes--;
        }
    }
    return step;
}

static bool is_days(int64_t step_ms)
{
    return step_ms >= 23 * OHM_HOUR_MS && step_ms <= 25 * OHM_HOUR_MS;
}

/* The end of a usual step; that of a day is the next local midnight. */
static ohm_ms usual_end(const ohm_use_csv *io, ohm_ms from_ms)
{
    ohm_interval day = ohm_civil_day(io->tz, from_ms);
    return is_days(io->step_ms) && day.from_ms == from_ms ? day.to_ms : from_ms + io->step_ms;
}

static ohm_ms usual_start(const ohm_use_csv *io, ohm_ms to_ms)
{
    ohm_interval day = ohm_civil_day(io->tz, to_ms - 1);
    return is_days(io->step_ms) && day.to_ms == to_ms ? day.from_ms : to_ms - io->step_ms;
}

/* Gives each row its [from, to): to the next row, or as long as usual. */
static void stretch(ohm_use_csv *io)
{
    int64_t most = io->step_ms + io->step_ms / 2;
    if (io->stamps_are_ends) {
        ohm_ms before = OHM_NO_MS;
        for (size_t i = 0; i < io->count; i++) {
            ohm_ms end = io->uses[i].from_ms;
            bool near = before != OHM_NO_MS && end - before <= most;
            io->uses[i].to_ms = end;
            io->uses[i].from_ms = near ? before : usual_start(io, end);
            before = end;
        }
        return;
    }
    for (size_t i = 0; i < io->count; i++) {
        ohm_use *use = &io->uses[i];
        ohm_ms next_ms = i + 1 < io->count ? io->uses[i + 1].from_ms : OHM_NO_MS;
        bool near = next_ms != OHM_NO_MS && next_ms - use->from_ms <= most;
        if (use->to_ms == OHM_NO_MS)
            use->to_ms = near ? next_ms : usual_end(io, use->from_ms);
    }
}

/* Mean powers (mW) to energies (mWh), the remainder carried on so that the sum is exact. False: one
 * would hold for more than a year. */
static bool integrate(ohm_use_csv *io, role which)
{
    int64_t rest = 0;
    for (size_t i = 0; i < io->count; i++) {
        ohm_use *use = &io->uses[i];
        int64_t *field = field_of(use, which);
        if (*field == OHM_NO_USE)
            continue;
        int64_t ms = use->to_ms - use->from_ms, mw = *field;
        if (ms > POWER_STEP_MS_MAX)
            return false;
        int64_t hours = ms / OHM_HOUR_MS, part = ms % OHM_HOUR_MS;
        rest += mw % OHM_HOUR_MS * part % OHM_HOUR_MS;
        *field = mw * hours + mw / OHM_HOUR_MS * part + mw % OHM_HOUR_MS * part / OHM_HOUR_MS +
                 rest / OHM_HOUR_MS;
        rest %= OHM_HOUR_MS;
    }
    return true;
}

/* Registers to the differences to the next reading; the last row says nothing of its own. */
static void differences(ohm_use_csv *io, role which)
{
    size_t at = SIZE_MAX; /* the row whose difference is open */
    for (size_t i = 0; i < io->count; i++) {
        int64_t *field = field_of(&io->uses[i], which), now = *field;
        *field = OHM_NO_USE;
        if (now == OHM_NO_USE)
            continue;
        /* The energy of a silence lies between the rows around it: they become one. */
        if (at != SIZE_MAX) {
            int64_t *open = field_of(&io->uses[at], which);
            *open = now < *open ? OHM_NO_USE : now - *open; /* of two meters: not known */
            io->uses[at].to_ms = io->uses[i].from_ms;
        }
        at = i;
        *field = now;
    }
    if (at != SIZE_MAX)
        *field_of(&io->uses[at], which) = OHM_NO_USE;
}

/* Rows that say nothing go: silent ones inside a register's difference, and its last. */
static void compact(ohm_use_csv *io)
{
    size_t kept = 0;
    for (size_t i = 0; i < io->count; i++)
        if (io->uses[i].import_mwh != OHM_NO_USE)
            io->uses[kept++] = io->uses[i];
    io->count = kept;
}

/* Energies of steps go up and down; what only goes up may be what a meter shows, whatever its name
 * is: as steps it would be a bill of thousands. */
static bool only_rises(const reader *r, const column *c)
{
    bool energy = c->role == ROLE_IMPORT || c->role == ROLE_EXPORT;
    return energy && c->form == FORM_STEP && r->io->form == OHM_USE_GUESS && !c->went_down &&
           r->io->count >= GUESS_ROWS_MIN && c->rises >= r->io->count / 2;
}

/* Our own name of a counter: a register, unless it goes down. Few rows, or ones that are all
 * the same, may be either: a bill must not guess. */
static ohm_err guess_forms(reader *r)
{
    for (unsigned i = 0; i < r->columns_count; i++) {
        column *c = &r->columns[i];
        if (only_rises(r, c))
            return ohm_fail(
                OHM_BAD_FORMAT, r->line,
                "an energy that only rises: is it a register, or the energy of each step?");
        if (c->form != FORM_PERHAPS)
            continue;
        bool sure = r->io->count >= GUESS_ROWS_MIN && c->rose;
        if (!c->went_down && !sure && c->counts)
            return ohm_fail(OHM_BAD_FORMAT, r->line,
                            "too few rows to tell whether that column is a register or the energy "
                            "of each step");
        c->form = c->went_down ? FORM_STEP : FORM_REGISTER;
    }
    return ohm_ok();
}

static ohm_err finish(reader *r)
{
    ohm_use_csv *io = r->io;
    OHM_TRY(guess_forms(r));
    const column *import = ohm_use_csv_column(r, ROLE_IMPORT);
    io->is_register = import->form == FORM_REGISTER;
    io->has_power = import->form == FORM_POWER;
    bool has_ends = ohm_use_csv_column(r, ROLE_END) != NULL;
    if (io->count < 2 && !(has_ends && io->count && !io->is_register))
        return ohm_fail(OHM_MORE, r->line, "two rows at least are needed");
    io->step_ms = has_ends ? io->uses[0].to_ms - io->uses[0].from_ms : usual_step(io);
    if (io->is_register)
        io->stamps_are_ends = false;
    stretch(io);
    for (unsigned i = 0; i < r->columns_count; i++) {
        const column *c = &r->columns[i];
        bool energy = field_of(io->uses, c->role) && c->role != ROLE_VA;
        if (energy && c->form == FORM_POWER && !integrate(io, c->role))
            return ohm_fail(OHM_RANGE, r->line, "a mean power would hold for more than a year");
        if (energy && c->form == FORM_REGISTER)
            differences(io, c->role);
    }
    compact(io);
    return io->count ? ohm_ok() : ohm_fail(OHM_MORE, r->line, "no row holds a value");
}

/* An export of Enedis says whose it is in two lines or more before the one with the columns. */
static void skip_preamble(reader *r, ohm_span *text)
{
    static const char head[] = "horodate;valeur";
    ohm_span rest = *text, line;
    for (uint32_t n = 0; n < PREAMBLE_MAX; n++) {
        ohm_span here = rest;
        if (!ohm_csv_line(&rest, &line))
            return;
        size_t i = 0;
        while (i < line.len && head[i] && (line.ptr[i] | 0x20) == (head[i] | 0x20))
            i++;
        if (head[i])
            continue;
        *text = here;
        r->line = n;
        return;
    }
}

ohm_err ohm_use_csv_read(ohm_span text, ohm_use_csv *io)
{
    reader r = { .io = io, .last_ms = OHM_NO_MS };
    ohm_span line;
    skip_preamble(&r, &text);
    io->count = io->repeated = io->rolled = io->exchanged = 0;
    while (ohm_csv_line(&text, &line)) {
        r.line++;
        ohm_span shown = ohm_csv_trim(line);
        if (!shown.len || shown.ptr[0] == '#')
            continue;
        if (r.columns_count)
            OHM_TRY(read_row(&r, line));
        else
            OHM_TRY(ohm_use_csv_head(&r, line));
    }
    if (!r.columns_count)
        return ohm_fail(OHM_MORE, r.line, "there is nothing in it");
    return finish(&r);
}
