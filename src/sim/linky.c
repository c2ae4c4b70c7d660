#include "sim/linky.h"

#include <math.h>

#include "sim/linky_tariff.h"

enum {
    SHORTS = 20,            /* short frames for each long one, in an overload */
    HALF_HOUR_MS = 1800000, /* of the load curve */
    TEN_MINUTES_MS = 600000,
    CONTRACT_V = 200, /* by which kVA become ISOUSC (NOI-CPT_54E) */
    PROFILE_MAX = OHM_TIC_PERIODS_MAX * 9,
};

/* What the meter sees at an instant: whole volts, amperes and volt-amperes. A single phase has
 * all of the house on it. */
typedef struct sight {
    int phases;
    double net_w;
    int64_t phase_va[OHM_HOUSE_PHASES], phase_a[OHM_HOUSE_PHASES], phase_v[OHM_HOUSE_PHASES];
    int64_t import_va, export_va;
    bool over[OHM_HOUSE_PHASES]; /* above the subscribed current */
    bool overrun;
    int64_t subscribed_a; /* of a phase */
} sight;

static int64_t apparent(double w, double var)
{
    return (int64_t)(sqrt(w * w + var * var) + 0.5);
}

static void see_phase(sight *s, int i, double w, double var, double v)
{
    s->phase_v[i] = (int64_t)(v + 0.5);
    s->phase_a[i] = (int64_t)(sqrt(w * w + var * var) / v + 0.5);
    s->phase_va[i] = w > 0 ? apparent(w, var) : 0; /* what is injected shows elsewhere */
    s->over[i] = w > 0 && s->phase_a[i] > s->subscribed_a;
    s->overrun |= s->over[i];
}

static sight see(const ohm_linky *linky, const ohm_house *h)
{
    sight s = { .phases = linky->three_phase ? OHM_HOUSE_PHASES : 1 };
    double w = 0, var = 0;
    s.subscribed_a = linky->power_kva * 1000 / CONTRACT_V / s.phases;
    for (int i = 0; i < OHM_HOUSE_PHASES; i++) {
        w += h->phase_w[i];
        var += h->phase_var[i];
        if (linky->three_phase)
            see_phase(&s, i, h->phase_w[i], h->phase_var[i], h->phase_v[i]);
    }
    if (!linky->three_phase)
        see_phase(&s, 0, w, var, h->phase_v[0]);
    s.net_w = w;
    s.import_va = w > 0 ? apparent(w, var) : 0;
    s.export_va = w < 0 ? apparent(w, var) : 0;
    return s;
}

/* --- what it counts -----------------------------------------------------------------------------
 */

static void keep_max(ohm_linky_maximum *m, int64_t va, ohm_ms at_ms)
{
    if (va > m->va || m->at_ms == OHM_NO_MS)
        *m = (ohm_linky_maximum){ va, at_ms };
}

static void note_maxima(ohm_linky *l, const sight *s, ohm_ms now_ms)
{
    keep_max(&l->today[0], s->import_va, now_ms);
    for (int i = 0; i < OHM_HOUSE_PHASES; i++) {
        keep_max(&l->today[1 + i], s->phase_va[i], now_ms);
        if (s->phase_a[i] > l->max_a[i])
            l->max_a[i] = s->phase_a[i];
    }
    keep_max(&l->today[OHM_LINKY_MAXIMA - 1], s->export_va, now_ms);
    if (s->net_w > (double)l->max_w)
        l->max_w = (int64_t)s->net_w;
}

static void begin_day(ohm_linky *l, int64_t day)
{
    memcpy(l->yesterday, l->today, sizeof l->yesterday);
    for (int i = 0; i < OHM_LINKY_MAXIMA; i++)
        l->today[i] = (ohm_linky_maximum){ 0, OHM_NO_MS };
    l->day = day;
}

static void begin_half_hour(ohm_linky *l, const ohm_house *h, ohm_ms from_ms)
{
    l->half_hour_ms = from_ms;
    l->half_hour_mj = h->import_mj;
    l->half_hour_export_mj = h->export_mj;
}

static void end_half_hour(ohm_linky *l, const ohm_house *h)
{
    l->mean_w[1] = l->mean_w[0];
    l->mean_export_w[1] = l->mean_export_w[0];
    l->mean_w[0] = (h->import_mj - l->half_hour_mj) / HALF_HOUR_MS;
    l->mean_export_w[0] = (h->export_mj - l->half_hour_export_mj) / HALF_HOUR_MS;
}

/* All that the house took since goes to the index that counts now. */
static void count(ohm_linky *l, const ohm_house *h, const ohm_tz *tz, const ohm_linky_tariff *t,
                  const sight *s)
{
    ohm_civil local = ohm_civil_from_utc(tz, h->time_ms);
    int64_t day = ohm_days_from_date(local.date);
    ohm_ms half_hour_ms = h->time_ms - h->time_ms % HALF_HOUR_MS;
    assert(t->index >= 1 && t->index <= OHM_LINKY_INDEXES);
    if (!l->started) {
        begin_day(l, day);
        begin_day(l, day);
        begin_half_hour(l, h, half_hour_ms);
        l->started = true;
    }
    l->index_mj[t->index - 1] += h->import_mj - l->import_mj;
    l->import_mj = h->import_mj;
    if (day != l->day)
        begin_day(l, day);
    if (half_hour_ms != l->half_hour_ms) {
        end_half_hour(l, h);
        begin_half_hour(l, h, half_hour_ms);
    }
    note_maxima(l, s, h->time_ms);
}

/* --- groups -------------------------------------------------------------------------------------
 */

/* A frame under construction. */
typedef struct frame {
    ohm_writer *w;
    const ohm_linky *linky;
    const ohm_house *house;
    const ohm_tz *tz;
    const ohm_linky_tariff *tariff;
    const sight *sight;
} frame;

static void put(const frame *f, const char *label, const char *date, const char *text)
{
    ohm_tic_put(f->w, f->linky->mode, ohm_span_text(label), ohm_span_text(date),
                ohm_span_text(text));
}

static void put_text(const frame *f, const char *label, const char *text)
{
    put(f, label, "", text);
}

/* `width` digits, the lowest ones. */
static void write_digits(int64_t value, int width, char out[static 16])
{
    assert(value >= 0 && width < 16);
    for (int i = width - 1; i >= 0; i--) {
        out[i] = (char)('0' + value % 10);
        value /= 10;
    }
    out[width] = 0;
}

static void put_number(const frame *f, const char *label, int64_t value, int width)
{
    char digits[16];
    write_digits(value, width, digits);
    put(f, label, "", digits);
}

static void put_dated(const frame *f, const char *label, ohm_ms at_ms, int64_t value, int width)
{
    char digits[16], date[OHM_TIC_DATE_LEN + 1];
    write_digits(value, width, digits);
    ohm_tic_date_write(f->tz, at_ms == OHM_NO_MS ? f->house->time_ms : at_ms,
                       f->linky->clock_degraded, date);
    put(f, label, date, digits);
}

static void put_register(const frame *f, const char *label, int64_t mj)
{
    put_number(f, label, ohm_house_wh(mj), 9);
}

/* The number at the end of a label. */
static const char *numbered(char out[static 16], const char *stem, int number, int width)
{
    char digits[16];
    size_t len = strlen(stem);
    write_digits(number, width, digits);
    memcpy(out, stem, len);
    memcpy(out + len, digits, (size_t)width + 1);
    return out;
}

/* --- historic mode (NOI-CPT_54E §5) -------------------------------------------------------------
 */

/* What a Linky shows of a contract that historic mode does not know. */
static bool is_shown_as_base(ohm_linky_contract contract)
{
    return contract == OHM_LINKY_BASE || contract == OHM_LINKY_WEEKEND;
}

static void put_historic_registers(const frame *f)
{
    static const char *const names[OHM_LINKY_CONTRACTS_COUNT][OHM_TIC_REGISTERS_MAX] = {
        [OHM_LINKY_OFF_PEAK] = { "HCHC", "HCHP" },
        [OHM_LINKY_EJP] = { "EJPHN", "EJPHPM" },
        [OHM_LINKY_TEMPO] = { "BBRHCJB", "BBRHPJB", "BBRHCJW", "BBRHPJW", "BBRHCJR", "BBRHPJR" },
    };
    const ohm_linky *l = f->linky;
    if (is_shown_as_base(l->contract)) {
        put_register(f, "BASE", l->import_mj);
        return;
    }
    for (int i = 0; i < OHM_TIC_REGISTERS_MAX && names[l->contract][i]; i++)
        put_register(f, names[l->contract][i], l->index_mj[i]);
}

static void put_historic_currents(const frame *f)
{
    const sight *s = f->sight;
    char label[16];
    for (int i = 0; i < s->phases; i++)
        put_number(f, s->phases == 1 ? "IINST" : numbered(label, "IINST", i + 1, 1), s->phase_a[i],
                   3);
    if (s->phases == 1 && s->overrun)
        put_number(f, "ADPS", s->phase_a[0], 3);
    for (int i = 0; i < s->phases; i++)
        put_number(f, s->phases == 1 ? "IMAX" : numbered(label, "IMAX", i + 1, 1),
                   f->linky->max_a[i], 3);
}

static void put_historic(const frame *f)
{
    static const char *const tomorrow[] = { "----", "BLEU", "BLAN", "ROUG" };
    const ohm_linky *l = f->linky;
    const sight *s = f->sight;
    bool base = is_shown_as_base(l->contract);
    put_text(f, "ADCO", l->id);
    put_text(f, "OPTARIF", base ? "BASE" : f->tariff->optarif);
    put_number(f, "ISOUSC", s->subscribed_a, 2);
    put_historic_registers(f);
    if (f->tariff->notice || f->tariff->peak)
        put_number(f, "PEJP", 30, 2);
    put_text(f, "PTEC", base ? "TH.." : f->tariff->ptec);
    if (l->contract == OHM_LINKY_TEMPO)
        put_text(f, "DEMAIN", tomorrow[f->tariff->tomorrow]);
    put_historic_currents(f);
    if (s->phases > 1)
        put_number(f, "PMAX", l->max_w, 5);
    put_number(f, "PAPP", (s->import_va + 5) / 10 * 10, 5);
    put_text(f, "HHPHC", "A");
    put_text(f, "MOTDETAT", "000000");
    if (s->phases > 1)
        put_text(f, "PPOT", "00");
}

/* The short frame of three phases in an overload. */
static void put_short(const frame *f)
{
    const sight *s = f->sight;
    char label[16];
    for (int i = 0; i < s->phases; i++)
        if (s->over[i])
            put_number(f, numbered(label, "ADIR", i + 1, 1), s->phase_a[i], 3);
    put_text(f, "ADCO", f->linky->id);
    for (int i = 0; i < s->phases; i++)
        put_number(f, numbered(label, "IINST", i + 1, 1), s->phase_a[i], 3);
}

/* --- standard mode (NOI-CPT_54E §6) -------------------------------------------------------------
 */

static void put_standard_registers(const frame *f)
{
    const ohm_house *h = f->house;
    char label[16];
    put_register(f, "EAST", f->linky->import_mj);
    for (int i = 0; i < OHM_LINKY_INDEXES; i++)
        put_register(f, numbered(label, "EASF", i + 1, 2), f->linky->index_mj[i]);
    put_register(f, "EASD01", h->import_t2_mj);
    put_register(f, "EASD02", h->import_t1_mj);
    put_register(f, "EASD03", 0);
    put_register(f, "EASD04", 0);
    if (!f->linky->producer)
        return;
    put_register(f, "EAIT", h->export_mj);
    for (int i = 0; i < 4; i++)
        put_register(f, numbered(label, "ERQ", i + 1, 1), h->reactive_mj[i]);
}

static void put_maximum(const frame *f, const char *label, const ohm_linky_maximum *m)
{
    put_dated(f, label, m->at_ms, m->va, 5);
}

/* "SMAXSN1-1" */
static const char *yesterday(char out[static 16], const char *stem)
{
    size_t len = strlen(stem);
    memcpy(out, stem, len);
    memcpy(out + len, "-1", 3);
    return out;
}

static void put_standard_powers(const frame *f)
{
    const ohm_linky *l = f->linky;
    const sight *s = f->sight;
    int phases = s->phases > 1 ? s->phases : 0; /* of a single one nothing is said apart */
    char label[16], before[16];
    put_number(f, "PREF", l->power_kva, 2);
    put_number(f, "PCOUP", l->power_kva, 2);
    put_number(f, "SINSTS", s->import_va, 5);
    for (int i = 0; i < phases; i++)
        put_number(f, numbered(label, "SINSTS", i + 1, 1), s->phase_va[i], 5);
    put_maximum(f, "SMAXSN", &l->today[0]);
    for (int i = 0; i < phases; i++)
        put_maximum(f, numbered(label, "SMAXSN", i + 1, 1), &l->today[1 + i]);
    put_maximum(f, "SMAXSN-1", &l->yesterday[0]);
    for (int i = 0; i < phases; i++)
        put_maximum(f, yesterday(before, numbered(label, "SMAXSN", i + 1, 1)),
                    &l->yesterday[1 + i]);
    if (l->producer) {
        put_number(f, "SINSTI", s->export_va, 5);
        put_maximum(f, "SMAXIN", &l->today[OHM_LINKY_MAXIMA - 1]);
        put_maximum(f, "SMAXIN-1", &l->yesterday[OHM_LINKY_MAXIMA - 1]);
    }
    put_dated(f, "CCASN", l->half_hour_ms, l->mean_w[0], 5);
    put_dated(f, "CCASN-1", l->half_hour_ms - HALF_HOUR_MS, l->mean_w[1], 5);
    if (l->producer) {
        put_dated(f, "CCAIN", l->half_hour_ms, l->mean_export_w[0], 5);
        put_dated(f, "CCAIN-1", l->half_hour_ms - HALF_HOUR_MS, l->mean_export_w[1], 5);
    }
}

static void put_status(const frame *f)
{
    static const char hex[] = "0123456789ABCDEF";
    const ohm_linky_tariff *t = f->tariff;
    char text[9] = { 0 };
    ohm_tic_stge s = { 0 };
    s = ohm_tic_stge_with(s, OHM_STGE_CONTACT, !t->contact_closed);
    s = ohm_tic_stge_with(s, OHM_STGE_OVERRUN, f->sight->overrun);
    s = ohm_tic_stge_with(s, OHM_STGE_PRODUCER, f->linky->producer);
    s = ohm_tic_stge_with(s, OHM_STGE_INJECTING, f->sight->net_w < 0);
    s = ohm_tic_stge_with(s, OHM_STGE_TARIFF, t->index - 1u);
    s = ohm_tic_stge_with(s, OHM_STGE_DISTRIBUTOR_TARIFF, t->distributor - 1u);
    s = ohm_tic_stge_with(s, OHM_STGE_CLOCK_DEGRADED, f->linky->clock_degraded);
    s = ohm_tic_stge_with(s, OHM_STGE_STANDARD_MODE, 1);
    s = ohm_tic_stge_with(s, OHM_STGE_EURIDIS, 3);
    s = ohm_tic_stge_with(s, OHM_STGE_PLC, 2);
    s = ohm_tic_stge_with(s, OHM_STGE_PLC_SYNCHRONISED, 1);
    s = ohm_tic_stge_with(s, OHM_STGE_TEMPO_TODAY, t->today);
    s = ohm_tic_stge_with(s, OHM_STGE_TEMPO_TOMORROW, t->tomorrow);
    s = ohm_tic_stge_with(s, OHM_STGE_PEAK_NOTICE, t->notice);
    s = ohm_tic_stge_with(s, OHM_STGE_PEAK, t->peak);
    for (int i = 0; i < 8; i++)
        text[i] = hex[s.bits >> (28 - 4 * i) & 15];
    put_text(f, "STGE", text);
}

/* Midnight, six and twenty-two; the rest of the eleven blocks is not used. */
static void put_next_day(const frame *f)
{
    static const char from[3][5] = { "0000", "0600", "2200" };
    const ohm_linky_tariff *t = f->tariff;
    bool split = t->tomorrow_index[0] != t->tomorrow_index[1];
    char text[PROFILE_MAX];
    for (int i = 0; i < OHM_TIC_PERIODS_MAX; i++) {
        char *block = text + 9 * i;
        memcpy(block, "NONUTILE ", 9);
        if (i >= (split ? 3 : 1))
            continue;
        memcpy(block, from[i], 4);
        memcpy(block + 4, split && i != 1 ? "C00" : "800", 3);
        block[7] = (char)('0' + t->tomorrow_index[i == 1 ? 1 : 0]);
    }
    text[PROFILE_MAX - 1] = 0;
    put_text(f, "PJOURF+1", text);
}

static void put_voltages(const frame *f, const char *stem, bool dated)
{
    const sight *s = f->sight;
    ohm_ms mean_ms = f->house->time_ms - f->house->time_ms % TEN_MINUTES_MS;
    char label[16];
    for (int i = 0; i < s->phases; i++) {
        (void)numbered(label, stem, i + 1, 1);
        if (dated)
            put_dated(f, label, mean_ms, s->phase_v[i], 3);
        else
            put_number(f, label, s->phase_v[i], 3);
    }
}

static void put_standard(const frame *f)
{
    const ohm_linky *l = f->linky;
    char label[16], date[OHM_TIC_DATE_LEN + 1];
    ohm_tic_date_write(f->tz, f->house->time_ms, l->clock_degraded, date);
    put_text(f, "ADSC", l->id);
    put_text(f, "VTIC", "02");
    put(f, "DATE", date, "");
    put_text(f, "NGTF", f->tariff->ngtf);
    put_text(f, "LTARF", f->tariff->ltarf);
    put_standard_registers(f);
    for (int i = 0; i < f->sight->phases; i++)
        put_number(f, numbered(label, "IRMS", i + 1, 1), f->sight->phase_a[i], 3);
    put_voltages(f, "URMS", false);
    put_standard_powers(f);
    put_voltages(f, "UMOY", true);
    put_status(f);
    put_text(f, "MSG1", "PAS DE          MESSAGE         ");
    put_text(f, "PRM", l->prm);
    put_number(f, "RELAIS", f->tariff->contact_closed, 3);
    put_number(f, "NTARF", f->tariff->index, 2);
    put_text(f, "NJOURF", "00");
    put_text(f, "NJOURF+1", "00");
    put_next_day(f);
}

/* --- frames -------------------------------------------------------------------------------------
 */

void ohm_linky_init(ohm_linky *linky)
{
    *linky = (ohm_linky){
        .mode = OHM_TIC_HISTORIC,
        .contract = OHM_LINKY_OFF_PEAK,
        .power_kva = 9,
        .id = "041976000001",
        .prm = "09000000000001",
    };
}

int64_t ohm_linky_period_ms(const ohm_linky *linky)
{
    return linky->mode == OHM_TIC_HISTORIC ? 3500 : 2000;
}

uint32_t ohm_linky_baud(const ohm_linky *linky)
{
    return linky->mode == OHM_TIC_HISTORIC ? 1200 : 9600;
}

ohm_code ohm_linky_push(ohm_linky *linky, const ohm_house *house, const ohm_tz *tz, ohm_writer *out)
{
    const ohm_linky_tariff tariff = ohm_linky_tariff_at(linky->contract, tz, house->time_ms);
    const sight s = see(linky, house);
    count(linky, house, tz, &tariff, &s);
    bool historic = linky->mode == OHM_TIC_HISTORIC;
    bool is_short = historic && s.phases > 1 && s.overrun && linky->shorts < SHORTS;
    linky->shorts = is_short ? linky->shorts + 1 : 0;
    const frame f = { out, linky, house, tz, &tariff, &s };
    ohm_tic_put_open(out);
    if (is_short)
        put_short(&f);
    else if (historic)
        put_historic(&f);
    else
        put_standard(&f);
    ohm_tic_put_close(out);
    return out->full ? OHM_TOO_BIG : OHM_OK;
}
