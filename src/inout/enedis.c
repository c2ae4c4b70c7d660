#include "inout/enedis.h"

#include "inout/amount.h"
#include "inout/name.h"

/* What the records are. */
enum { NOTHING_YET, METADATA, CURVE, INDEXES, DAYS, FLAT, CALENDAR };

enum { PRM, TYPE, PHYSICAL, BUSINESS, UNIT, STEP, TIME, CLOCK, VALUE, STATUS };
_Static_assert(STATUS + 1 == OHM_ENEDIS_COLUMNS, "one place for each column");

static const struct {
    const char *name; /* folded */
    int column;
} names[] = {
    { "identifiant_prm", PRM },
    { "prm", PRM },
    { "type_de_donnees", TYPE },
    { "grandeur_physique", PHYSICAL },
    { "grandeur_metier", BUSINESS },
    { "unite", UNIT },
    { "pas_en_minutes", STEP },
    { "pas", STEP },
    { "horodate", TIME },
    { "date_de_la_mesure", TIME },
    { "heure_de_la_mesure", CLOCK },
    { "valeur", VALUE },
    { "statut_de_la_mesure", STATUS },
    { "nature", STATUS },
    { "type_de_releve", STATUS },
};

static void refuse(const ohm_enedis *e, uint64_t line, const char *why, ohm_span text)
{
    e->sink.refused(e->sink.ctx, line, why, text);
}

static ohm_span field(const ohm_enedis *e, const ohm_csv_record *record, int column)
{
    int at = e->column[column];
    return at >= 0 && at < record->count ? ohm_trim(record->fields[at]) : ohm_span_of(NULL, 0);
}

static bool starts_with(ohm_span text, const char *folded)
{
    char name[OHM_NAME_MAX];
    (void)ohm_name_fold(text, name, sizeof name);
    return !strncmp(name, folded, strlen(folded));
}

/* --- heads ----------------------------------------------------------------------------------- */

static bool has(const ohm_csv_record *record, const char *folded)
{
    for (int i = 0; i < record->count; i++)
        if (ohm_name_is(record->fields[i], folded))
            return true;
    return false;
}

/* "Valeur (en Wh)", "Consommation (en kWh)". */
static bool is_days_head(const ohm_csv_record *record)
{
    return record->count >= 2 && ohm_name_is(record->fields[0], "date") &&
           (starts_with(record->fields[1], "valeur_en") ||
            starts_with(record->fields[1], "consommation_en") ||
            starts_with(record->fields[1], "production_en") ||
            starts_with(record->fields[1], "injection_en"));
}

/* NOTHING_YET: the record is no head. Rows begin with a digit, heads never do. */
static int head_kind(const ohm_csv_record *record)
{
    ohm_span first = record->fields[0];
    if (first.len > 0 && first.ptr[0] >= '0' && first.ptr[0] <= '9')
        return NOTHING_YET;
    bool time = has(record, "horodate") || has(record, "date_de_la_mesure");
    bool prm = has(record, "identifiant_prm") || has(record, "prm");
    if (time && prm && has(record, "valeur"))
        return FLAT;
    if (prm && !time)
        return METADATA;
    if (time && has(record, "type_de_releve"))
        return INDEXES;
    if (time && has(record, "valeur"))
        return CURVE;
    if (is_days_head(record))
        return DAYS;
    return ohm_name_is(record->fields[0], "periode") ? CALENDAR : NOTHING_YET;
}

bool ohm_enedis_is(const ohm_csv_record *record)
{
    return record->count > 0 && head_kind(record) != NOTHING_YET;
}

static void find_columns(ohm_enedis *e, const ohm_csv_record *record)
{
    memset(e->column, -1, sizeof e->column);
    for (int i = 0; i < record->count && i < INT8_MAX; i++)
        for (size_t n = 0; n < sizeof names / sizeof *names; n++)
            if (ohm_name_is(record->fields[i], names[n].name))
                e->column[names[n].column] = (int8_t)i;
}

/* "EAS F3" is the third register of the supplier, as the meter's own label EASF03; "EAI T" the
 * total that was fed in. */
static uint16_t register_quantity(ohm_span head, bool export)
{
    char name[OHM_NAME_MAX], quantity[32];
    size_t len = ohm_name_fold(head, name, sizeof name);
    if (len < 5 || len > 7 || name[0] != 'e' || name[1] != 'a' || name[3] != '_')
        return OHM_Q_NONE;
    export = export || name[2] == 'i';
    char kind = name[4];
    memcpy(quantity, export ? "energy_export_" : "energy_import_", 14);
    size_t at = 14;
    if (kind == 't' && len == 5) {
        at--;
    } else if ((kind == 'f' || kind == 'd') && len > 5) {
        quantity[at++] = kind == 'f' ? 't' : 'd';
        memcpy(quantity + at, name + 5, len - 5);
        at += len - 5;
    } else {
        return OHM_Q_NONE;
    }
    return (uint16_t)ohm_quantity_find(ohm_span_of(quantity, at));
}

static bool is_export(uint16_t quantity)
{
    return quantity == OHM_Q_POWER_EXPORT_MEAN || quantity == OHM_Q_APPARENT_POWER_EXPORT_MAX;
}

static void take_registers_head(ohm_enedis *e, const ohm_csv_record *record)
{
    e->registers_count = 0;
    for (int i = 0; i < record->count && i < OHM_ENEDIS_REGISTERS_MAX; i++)
        e->registers[e->registers_count++] =
            register_quantity(record->fields[i], is_export(e->quantity));
}

static void set_unit(ohm_enedis *e, ohm_span unit)
{
    size_t len = unit.len < sizeof e->unit ? unit.len : 0;
    if (len)
        memcpy(e->unit, unit.ptr, len);
    e->unit[len] = '\0';
}

static void take_days_head(ohm_enedis *e, const ohm_csv_record *record)
{
    char name[OHM_NAME_MAX];
    (void)ohm_name_fold(record->fields[1], name, sizeof name);
    size_t len = strlen(name);
    bool out = is_export(e->quantity) || !strncmp(name, "prod", 4) || !strncmp(name, "inj", 3);
    bool kilo = len >= 3 && !strcmp(name + len - 3, "kwh");
    e->quantity = out ? OHM_Q_ENERGY_EXPORT_DAY : OHM_Q_ENERGY_IMPORT_DAY;
    set_unit(e, ohm_span_text(kilo ? "kWh" : "Wh"));
}

static void forget_rows(ohm_enedis *e)
{
    e->pending.there = false;
    e->before_ms = OHM_NO_MS;
    e->before_step_min = 0;
    e->when.known = false;
}

static void take_head(ohm_enedis *e, const ohm_csv_record *record, int kind)
{
    int step_min = e->before_step_min;
    ohm_enedis_finish(e);
    forget_rows(e);
    e->rows = (uint8_t)kind;
    if (kind == METADATA || kind == FLAT) {
        e->other = false;
        e->quantity = OHM_Q_POWER_IMPORT_MEAN;
        set_unit(e, ohm_span_of(NULL, 0));
    } else {
        e->before_step_min = step_min; /* of the metadata, if they said */
    }
    if (kind == INDEXES)
        take_registers_head(e, record);
    if (kind == DAYS)
        take_days_head(e, record);
    else
        find_columns(e, record);
}

/* --- metadata -------------------------------------------------------------------------------- */

/* "30", "PT30M", "PT1H": minutes; 0: something else. */
static int read_step(ohm_span text)
{
    int value = 0;
    size_t at = text.len > 2 && text.ptr[0] == 'P' && text.ptr[1] == 'T' ? 2 : 0;
    for (; at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9' && value < 1000; at++)
        value = value * 10 + (text.ptr[at] - '0');
    if (at + 1 == text.len && text.ptr[at] == 'H')
        value *= 60;
    else if (at != text.len && !(at + 1 == text.len && text.ptr[at] == 'M'))
        return 0;
    return value;
}

static bool allowed_step(int64_t minutes)
{
    return minutes == 5 || minutes == 10 || minutes == 15 || minutes == 30 || minutes == 60;
}

/* What a block or a flat row is of. Codes: PA active power, EA active energy, PMA the maximum
 * reached; reactive power and voltage have no mean among our quantities. */
static uint16_t block_quantity(ohm_span type, ohm_span physical, ohm_span business)
{
    bool out = starts_with(business, "prod") || starts_with(business, "inj") ||
               starts_with(type, "prod") || starts_with(type, "inj");
    if (starts_with(physical, "pma") || starts_with(physical, "puissance_maximale") ||
        starts_with(type, "puissance_maximale"))
        return out ? OHM_Q_APPARENT_POWER_EXPORT_MAX : OHM_Q_APPARENT_POWER_IMPORT_MAX;
    bool active = physical.len == 0 || ohm_name_is(physical, "pa") || ohm_name_is(physical, "ea") ||
                  starts_with(physical, "energie_active") ||
                  starts_with(physical, "puissance_active");
    if (!active)
        return OHM_Q_NONE;
    return out ? OHM_Q_POWER_EXPORT_MEAN : OHM_Q_POWER_IMPORT_MEAN;
}

/* False: of another delivery point than the one that is read. */
static bool same_prm(ohm_enedis *e, ohm_span prm)
{
    if (prm.len == 0)
        return true;
    if (!e->prm[0] && prm.len < sizeof e->prm) {
        memcpy(e->prm, prm.ptr, prm.len);
        e->prm[prm.len] = '\0';
    }
    return ohm_span_is(prm, e->prm);
}

static void take_metadata(ohm_enedis *e, const ohm_csv_record *record)
{
    int step = read_step(field(e, record, STEP));
    e->other = !same_prm(e, field(e, record, PRM));
    e->quantity = block_quantity(field(e, record, TYPE), field(e, record, PHYSICAL),
                                 field(e, record, BUSINESS));
    set_unit(e, field(e, record, UNIT));
    e->before_step_min = allowed_step(step) ? step : 0;
}

/* --- rows ------------------------------------------------------------------------------------ */

static uint8_t quality_of(ohm_span status)
{
    return starts_with(status, "estim") || ohm_name_is(status, "e") ? OHM_QUALITY_ESTIMATED
                                                                    : OHM_QUALITY_GOOD;
}

/* A value of this quantity in this unit; false: there is none, or it is refused. */
static bool read_value(const ohm_enedis *e, uint64_t line, ohm_span text, int64_t *mantissa,
                       int *exponent)
{
    ohm_code code = ohm_amount_parse(text, 0, mantissa, exponent);
    if (code != OHM_OK && code != OHM_END)
        refuse(e, line, "not a number", text);
    return code == OHM_OK;
}

static void give(const ohm_enedis *e, uint16_t quantity, ohm_span unit, const ohm_enedis_row *row,
                 ohm_ms time_ms)
{
    const ohm_quantity *q = ohm_quantity_get((ohm_quantity_id)quantity);
    const ohm_sample sample = {
        .source = ohm_span_text(q->name),
        .unit = unit,
        .quantity = quantity,
        .quality = row->quality,
        .counter = q->kind == OHM_COUNTER,
        .time_ms = time_ms,
        .mantissa = row->mantissa,
        .exponent = row->exponent,
        .line = row->line,
    };
    e->sink.sample(e->sink.ctx, &sample);
}

static bool read_time(ohm_enedis *e, const ohm_csv_record *record, ohm_ms *out)
{
    char both[48];
    ohm_span date = field(e, record, TIME), clock = field(e, record, CLOCK);
    ohm_span text = date;
    if (e->column[CLOCK] >= 0 && date.len + clock.len + 1 < sizeof both) {
        memcpy(both, date.ptr, date.len);
        both[date.len] = ' ';
        memcpy(both + date.len + 1, clock.ptr, clock.len);
        text = ohm_span_of(both, date.len + 1 + clock.len);
    }
    ohm_err err = ohm_when_parse(text, OHM_WHEN_AUTO, e->tz, &e->when, out);
    if (ohm_failed(err))
        refuse(e, record->line, err.what, text);
    return !ohm_failed(err);
}

/* How long the pending row's step is; `next_ms` is the row behind it, OHM_NO_MS: none. A longer
 * distance than before is a gap, unless the next one is as long. */
static int step_of(const ohm_enedis *e, ohm_ms next_ms)
{
    const ohm_enedis_row *p = &e->pending;
    if (p->step_min)
        return p->step_min;
    int64_t back = e->before_ms == OHM_NO_MS ? 0 : (p->end_ms - e->before_ms) / OHM_MINUTE_MS;
    int64_t ahead = next_ms == OHM_NO_MS ? 0 : (next_ms - p->end_ms) / OHM_MINUTE_MS;
    if (allowed_step(back) &&
        (e->before_step_min == 0 || back <= e->before_step_min || back == ahead))
        return (int)back;
    if (allowed_step(back) || !allowed_step(ahead))
        return e->before_step_min;
    return (int)ahead;
}

/* Energy of a step in a mean power: Wh in 30 minutes are twice as many W. */
static bool to_power(ohm_enedis_row *row, int step_min, const char *energy, const char *power,
                     ohm_span *unit)
{
    if (!ohm_span_is(*unit, energy))
        return true;
    *unit = ohm_span_text(power);
    return !__builtin_mul_overflow(row->mantissa, 60 / step_min, &row->mantissa);
}

static void give_pending(ohm_enedis *e, ohm_ms next_ms)
{
    ohm_enedis_row *p = &e->pending;
    if (!p->there)
        return;
    int step = step_of(e, next_ms);
    ohm_span unit = ohm_span_text(e->unit);
    p->there = false;
    if (p->has_value && !step)
        refuse(e, p->line, "how long its step is, nothing says", ohm_span_of(NULL, 0));
    else if (p->has_value &&
             (!to_power(p, step, "Wh", "W", &unit) || !to_power(p, step, "kWh", "kW", &unit)))
        refuse(e, p->line, "out of range", ohm_span_of(NULL, 0));
    else if (p->has_value)
        give(e, e->quantity, unit, p, p->end_ms - step * (int64_t)OHM_MINUTE_MS);
    e->before_ms = p->end_ms;
    e->before_step_min = step ? step : e->before_step_min;
}

static void take_curve_row(ohm_enedis *e, const ohm_csv_record *record)
{
    ohm_enedis_row row = { .there = true, .line = record->line };
    if (!read_time(e, record, &row.end_ms))
        return;
    row.has_value =
        read_value(e, record->line, field(e, record, VALUE), &row.mantissa, &row.exponent);
    row.quality = quality_of(field(e, record, STATUS));
    row.step_min = read_step(field(e, record, STEP));
    if (row.step_min && !allowed_step(row.step_min)) {
        refuse(e, record->line, "a step of 5, 10, 15, 30 or 60 minutes is read, not",
               field(e, record, STEP));
        return;
    }
    give_pending(e, row.end_ms);
    e->pending = row;
}

/* Daily maxima are of the very time that is written. */
static void take_maximum_row(ohm_enedis *e, const ohm_csv_record *record)
{
    ohm_enedis_row row = { .line = record->line };
    if (read_time(e, record, &row.end_ms) &&
        read_value(e, record->line, field(e, record, VALUE), &row.mantissa, &row.exponent))
        give(e, e->quantity, ohm_span_text(e->unit), &row, row.end_ms);
}

static void take_value_row(ohm_enedis *e, const ohm_csv_record *record)
{
    if (e->quantity == OHM_Q_NONE)
        refuse(e, record->line, "no quantity of ours", ohm_span_of(NULL, 0));
    else if (e->quantity == OHM_Q_POWER_IMPORT_MEAN || e->quantity == OHM_Q_POWER_EXPORT_MEAN)
        take_curve_row(e, record);
    else
        take_maximum_row(e, record);
}

static void take_index_row(ohm_enedis *e, const ohm_csv_record *record)
{
    ohm_enedis_row row = { .line = record->line };
    if (!read_time(e, record, &row.end_ms))
        return;
    row.quality = quality_of(field(e, record, STATUS));
    for (int i = 0; i < record->count && i < e->registers_count; i++)
        if (e->registers[i] != OHM_Q_NONE &&
            read_value(e, record->line, record->fields[i], &row.mantissa, &row.exponent))
            give(e, e->registers[i], ohm_span_text(e->unit), &row, row.end_ms);
}

static void take_day_row(ohm_enedis *e, const ohm_csv_record *record)
{
    ohm_enedis_row row = { .line = record->line };
    e->column[TIME] = 0;
    e->column[CLOCK] = -1;
    if (record->count >= 2 && read_time(e, record, &row.end_ms) &&
        read_value(e, record->line, record->fields[1], &row.mantissa, &row.exponent))
        give(e, e->quantity, ohm_span_text(e->unit), &row, row.end_ms);
}

/* Every row says of what it is; rows of one thing follow each other. */
static void take_flat_row(ohm_enedis *e, const ohm_csv_record *record)
{
    uint16_t quantity = block_quantity(field(e, record, TYPE), field(e, record, PHYSICAL),
                                       field(e, record, BUSINESS));
    if (quantity != e->quantity) {
        ohm_enedis_finish(e);
        forget_rows(e);
    }
    e->quantity = quantity;
    set_unit(e, field(e, record, UNIT));
    take_value_row(e, record);
}

static void take_row(ohm_enedis *e, const ohm_csv_record *record)
{
    if (e->rows == FLAT)
        e->other = !same_prm(e, field(e, record, PRM));
    if (e->other)
        refuse(e, record->line, "of another delivery point", ohm_span_of(NULL, 0));
    else if (e->rows == FLAT)
        take_flat_row(e, record);
    else if (e->rows == CURVE)
        take_value_row(e, record);
    else if (e->rows == INDEXES)
        take_index_row(e, record);
    else if (e->rows == DAYS)
        take_day_row(e, record);
    else if (e->rows == NOTHING_YET)
        refuse(e, record->line, "stands before any head of an Enedis file", record->fields[0]);
}

void ohm_enedis_init(ohm_enedis *e, const char *prm, const ohm_tz *tz, const ohm_sample_sink *sink)
{
    memset(e, 0, sizeof *e);
    e->tz = tz;
    e->sink = *sink;
    e->quantity = OHM_Q_POWER_IMPORT_MEAN;
    memset(e->column, -1, sizeof e->column);
    e->before_ms = OHM_NO_MS;
    size_t len = strlen(prm);
    if (len < sizeof e->prm)
        memcpy(e->prm, prm, len + 1);
}

void ohm_enedis_take(ohm_enedis *e, const ohm_csv_record *record)
{
    int kind = record->count ? head_kind(record) : NOTHING_YET;
    if (kind != NOTHING_YET) {
        take_head(e, record, kind);
    } else if (e->rows == METADATA) {
        take_metadata(e, record);
    } else if (record->count) {
        take_row(e, record);
    }
}

void ohm_enedis_finish(ohm_enedis *e)
{
    give_pending(e, OHM_NO_MS);
}
