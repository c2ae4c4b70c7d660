#include "sim/linky_tariff.h"

enum { TEMPO_STARTS_H = 6, EJP_STARTS_H = 7, EJP_LASTS_H = 18, ANNOUNCED_H = 11 };

/* The civil time if days began at `start_h`. */
static ohm_civil shifted(const ohm_tz *tz, ohm_ms utc_ms, int start_h)
{
    return ohm_civil_from_utc(tz, utc_ms - start_h * (int64_t)OHM_HOUR_MS);
}

/* Made up, but as the real ones: in winter, and red never at weekends. */
static ohm_tempo colour_of(int64_t days)
{
    ohm_date date = ohm_date_from_days(days);
    bool winter = date.month >= 11 || date.month <= 3;
    uint64_t mixed = (uint64_t)days * 0x9e3779b97f4a7c15u;
    unsigned draw = (unsigned)(mixed >> 60) % 8;
    if (!winter || ohm_date_weekday(date) > 5)
        return OHM_TEMPO_BLUE;
    return draw < 2 ? OHM_TEMPO_RED : draw < 5 ? OHM_TEMPO_WHITE : OHM_TEMPO_BLUE;
}

static void set_tempo(ohm_linky_tariff *t, const ohm_tz *tz, ohm_ms utc_ms, bool off_peak)
{
    static const struct {
        const char *ptec[2], *ltarf[2];
    } names[] = {
        [OHM_TEMPO_BLUE] = { { "HCJB", "HPJB" }, { "    HC  BLEU    ", "    HP  BLEU    " } },
        [OHM_TEMPO_WHITE] = { { "HCJW", "HPJW" }, { "   HC  BLANC    ", "   HP  BLANC    " } },
        [OHM_TEMPO_RED] = { { "HCJR", "HPJR" }, { "   HC  ROUGE    ", "   HP  ROUGE    " } },
    };
    ohm_civil day = shifted(tz, utc_ms, TEMPO_STARTS_H);
    int64_t days = ohm_days_from_date(day.date);
    ohm_tempo next = colour_of(days + 1);
    t->today = colour_of(days);
    t->tomorrow = day.hour >= ANNOUNCED_H - TEMPO_STARTS_H ? next : OHM_TEMPO_UNKNOWN;
    t->index = (uint8_t)(2 * (int)t->today - (off_peak ? 1 : 0));
    t->tomorrow_index[0] = (uint8_t)(2 * (int)next - 1);
    t->tomorrow_index[1] = (uint8_t)(2 * (int)next);
    t->ptec = names[t->today].ptec[off_peak ? 0 : 1];
    t->ltarf = names[t->today].ltarf[off_peak ? 0 : 1];
    t->optarif = "BBR(";
    t->ngtf = "     TEMPO      ";
}

static void set_ejp(ohm_linky_tariff *t, const ohm_tz *tz, ohm_ms utc_ms)
{
    ohm_civil day = shifted(tz, utc_ms, EJP_STARTS_H);
    int64_t days = ohm_days_from_date(day.date);
    t->peak = day.hour < EJP_LASTS_H && colour_of(days) == OHM_TEMPO_RED;
    t->notice = day.hour == 23 && day.minute >= 30 && colour_of(days + 1) == OHM_TEMPO_RED;
    t->index = t->peak ? 2 : 1;
    t->ptec = t->peak ? "PM.." : "HN..";
    t->ltarf = t->peak ? "  POINTE MOBILE " : " HEURES NORMALES";
    t->optarif = "EJP.";
    t->ngtf = "      EJP       ";
}

static void set_weekend(ohm_linky_tariff *t, const ohm_tz *tz, ohm_ms utc_ms, bool off_peak)
{
    ohm_civil local = ohm_civil_from_utc(tz, utc_ms);
    bool weekend = ohm_date_weekday(local.date) > 5;
    t->index = weekend ? 3 : off_peak ? 1 : 2;
    t->ltarf = weekend ? "    WEEK-END    " : off_peak ? " HEURE  CREUSE  " : " HEURE  PLEINE  ";
    t->ngtf = " HC et Week-End ";
}

ohm_linky_tariff ohm_linky_tariff_at(ohm_linky_contract contract, const ohm_tz *tz, ohm_ms utc_ms)
{
    ohm_civil local = ohm_civil_from_utc(tz, utc_ms);
    bool off_peak = local.hour < 6 || local.hour >= 22; /* as the house has it */
    ohm_linky_tariff t = {
        .index = 1,
        .tomorrow_index = { 1, 1 },
        .distributor = off_peak ? 1 : 2,
        .contact_closed = off_peak && contract != OHM_LINKY_BASE && contract != OHM_LINKY_EJP,
        .ptec = "TH..",
        .optarif = "BASE",
        .ngtf = "      BASE      ",
        .ltarf = "      BASE      ",
    };
    switch (contract) {
    case OHM_LINKY_OFF_PEAK:
        t.index = off_peak ? 1 : 2;
        t.tomorrow_index[1] = 2;
        t.ptec = off_peak ? "HC.." : "HP..";
        t.optarif = "HC..";
        t.ngtf = "H PLEINE/CREUSE ";
        t.ltarf = off_peak ? " HEURE  CREUSE  " : " HEURE  PLEINE  ";
        break;
    case OHM_LINKY_EJP:
        set_ejp(&t, tz, utc_ms);
        break;
    case OHM_LINKY_TEMPO:
        set_tempo(&t, tz, utc_ms, off_peak);
        break;
    case OHM_LINKY_WEEKEND:
        t.tomorrow_index[1] = 2;
        set_weekend(&t, tz, utc_ms, off_peak);
        break;
    case OHM_LINKY_BASE:
    case OHM_LINKY_CONTRACTS_COUNT:
        break;
    }
    return t;
}
