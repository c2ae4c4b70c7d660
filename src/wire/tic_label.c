#include "wire/tic_label.h"

enum {
    IS_ID = OHM_TIC_IS_ID,
    IS_CONTRACT = OHM_TIC_IS_CONTRACT,
    IS_DATE = OHM_TIC_IS_DATE,
    IS_STGE = OHM_TIC_IS_STGE,
    IS_OVERRUN = OHM_TIC_IS_OVERRUN,
    SAYS_THREE = OHM_TIC_SAYS_THREE,
    SAYS_ONE = OHM_TIC_SAYS_ONE,
    SAYS_PRODUCER = OHM_TIC_SAYS_PRODUCER,
};

/* Yesterday's maxima and the load curve's point before the last have no quantity: theirs would
 * be that of today's, at another time. Nor have warnings (ADPS, ADIR): the overrun is a state. */
/* clang-format off */
const ohm_tic_label ohm_tic_labels[] = {
    { "ADCO", "", 0, IS_ID, OHM_Q_METER_ID },
    { "ADIR1", "A", 0, IS_OVERRUN | SAYS_THREE, OHM_Q_NONE },
    { "ADIR2", "A", 0, IS_OVERRUN | SAYS_THREE, OHM_Q_NONE },
    { "ADIR3", "A", 0, IS_OVERRUN | SAYS_THREE, OHM_Q_NONE },
    { "ADPS", "A", 0, IS_OVERRUN, OHM_Q_NONE },
    { "ADSC", "", 0, IS_ID, OHM_Q_METER_ID },
    { "BASE", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT },
    { "BBRHCJB", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_T1 },
    { "BBRHCJR", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_T5 },
    { "BBRHCJW", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_T3 },
    { "BBRHPJB", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_T2 },
    { "BBRHPJR", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_T6 },
    { "BBRHPJW", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_T4 },
    { "CCAIN", "W", 0, SAYS_PRODUCER, OHM_Q_POWER_EXPORT_MEAN },
    { "CCAIN-1", "W", 0, SAYS_PRODUCER, OHM_Q_NONE },
    { "CCASN", "W", 0, 0, OHM_Q_POWER_IMPORT_MEAN },
    { "CCASN-1", "W", 0, 0, OHM_Q_NONE },
    { "DATE", "", 0, IS_DATE, OHM_Q_METER_CLOCK },
    { "DEMAIN", "", 0, 0, OHM_Q_NONE },
    { "DPM1", "", 0, 0, OHM_Q_NONE },
    { "DPM2", "", 0, 0, OHM_Q_NONE },
    { "DPM3", "", 0, 0, OHM_Q_NONE },
    { "EAIT", "Wh", 0, SAYS_PRODUCER, OHM_Q_ENERGY_EXPORT },
    { "EASD01", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_D1 },
    { "EASD02", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_D2 },
    { "EASD03", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_D3 },
    { "EASD04", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_D4 },
    { "EASF01", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_T1 },
    { "EASF02", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_T2 },
    { "EASF03", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_T3 },
    { "EASF04", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_T4 },
    { "EASF05", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_T5 },
    { "EASF06", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_T6 },
    { "EASF07", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_T7 },
    { "EASF08", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_T8 },
    { "EASF09", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_T9 },
    { "EASF10", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_T10 },
    { "EAST", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT },
    { "EJPHN", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_T1 },
    { "EJPHPM", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_T2 },
    { "ERQ1", "varh", 0, SAYS_PRODUCER, OHM_Q_REACTIVE_ENERGY_Q1 },
    { "ERQ2", "varh", 0, SAYS_PRODUCER, OHM_Q_REACTIVE_ENERGY_Q2 },
    { "ERQ3", "varh", 0, SAYS_PRODUCER, OHM_Q_REACTIVE_ENERGY_Q3 },
    { "ERQ4", "varh", 0, SAYS_PRODUCER, OHM_Q_REACTIVE_ENERGY_Q4 },
    { "FPM1", "", 0, 0, OHM_Q_NONE },
    { "FPM2", "", 0, 0, OHM_Q_NONE },
    { "FPM3", "", 0, 0, OHM_Q_NONE },
    { "HCHC", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_T1 },
    { "HCHP", "Wh", 0, 0, OHM_Q_ENERGY_IMPORT_T2 },
    { "HHPHC", "", 0, 0, OHM_Q_NONE },
    { "IINST", "A", 0, SAYS_ONE, OHM_Q_CURRENT_L1 },
    { "IINST1", "A", 0, SAYS_THREE, OHM_Q_CURRENT_L1 },
    { "IINST2", "A", 0, SAYS_THREE, OHM_Q_CURRENT_L2 },
    { "IINST3", "A", 0, SAYS_THREE, OHM_Q_CURRENT_L3 },
    { "IMAX", "A", 0, SAYS_ONE, OHM_Q_CURRENT_MAX_L1 },
    { "IMAX1", "A", 0, SAYS_THREE, OHM_Q_CURRENT_MAX_L1 },
    { "IMAX2", "A", 0, SAYS_THREE, OHM_Q_CURRENT_MAX_L2 },
    { "IMAX3", "A", 0, SAYS_THREE, OHM_Q_CURRENT_MAX_L3 },
    { "IRMS1", "A", 0, SAYS_ONE, OHM_Q_CURRENT_L1 },
    { "IRMS2", "A", 0, SAYS_THREE, OHM_Q_CURRENT_L2 },
    { "IRMS3", "A", 0, SAYS_THREE, OHM_Q_CURRENT_L3 },
    { "ISOUSC", "A", 0, 0, OHM_Q_SUBSCRIBED_CURRENT },
    { "LTARF", "", 0, 0, OHM_Q_TARIFF_PERIOD },
    { "MOTDETAT", "", 0, 0, OHM_Q_NONE },
    { "MSG1", "", 0, 0, OHM_Q_MESSAGE },
    { "MSG2", "", 0, 0, OHM_Q_MESSAGE },
    { "NGTF", "", 0, IS_CONTRACT, OHM_Q_CONTRACT },
    { "NJOURF", "", 0, 0, OHM_Q_NONE },
    { "NJOURF+1", "", 0, 0, OHM_Q_NONE },
    { "NTARF", "", 0, 0, OHM_Q_TARIFF_INDEX },
    { "OPTARIF", "", 0, IS_CONTRACT, OHM_Q_CONTRACT },
    { "PAPP", "VA", 0, 0, OHM_Q_APPARENT_POWER_IMPORT },
    { "PCOUP", "kVA", 3, 0, OHM_Q_BREAKING_POWER },
    { "PEJP", "min", 0, 0, OHM_Q_NONE },
    { "PJOURF+1", "", 0, 0, OHM_Q_NONE },
    { "PMAX", "W", 0, SAYS_THREE, OHM_Q_POWER_IMPORT_MAX },
    { "PPOINTE", "", 0, 0, OHM_Q_NONE },
    { "PPOT", "", 0, SAYS_THREE, OHM_Q_NONE },
    { "PREF", "kVA", 3, 0, OHM_Q_SUBSCRIBED_POWER },
    { "PRM", "", 0, 0, OHM_Q_DELIVERY_POINT },
    { "PTEC", "", 0, 0, OHM_Q_TARIFF_PERIOD },
    { "RELAIS", "", 0, 0, OHM_Q_RELAYS },
    { "SINSTI", "VA", 0, SAYS_PRODUCER, OHM_Q_APPARENT_POWER_EXPORT },
    { "SINSTS", "VA", 0, 0, OHM_Q_APPARENT_POWER_IMPORT },
    { "SINSTS1", "VA", 0, SAYS_THREE, OHM_Q_APPARENT_POWER_IMPORT_L1 },
    { "SINSTS2", "VA", 0, SAYS_THREE, OHM_Q_APPARENT_POWER_IMPORT_L2 },
    { "SINSTS3", "VA", 0, SAYS_THREE, OHM_Q_APPARENT_POWER_IMPORT_L3 },
    { "SMAXIN", "VA", 0, SAYS_PRODUCER, OHM_Q_APPARENT_POWER_EXPORT_MAX },
    { "SMAXIN-1", "VA", 0, SAYS_PRODUCER, OHM_Q_NONE },
    { "SMAXSN", "VA", 0, 0, OHM_Q_APPARENT_POWER_IMPORT_MAX },
    { "SMAXSN-1", "VA", 0, 0, OHM_Q_NONE },
    { "SMAXSN1", "VA", 0, SAYS_THREE, OHM_Q_APPARENT_POWER_IMPORT_MAX_L1 },
    { "SMAXSN1-1", "VA", 0, SAYS_THREE, OHM_Q_NONE },
    { "SMAXSN2", "VA", 0, SAYS_THREE, OHM_Q_APPARENT_POWER_IMPORT_MAX_L2 },
    { "SMAXSN2-1", "VA", 0, SAYS_THREE, OHM_Q_NONE },
    { "SMAXSN3", "VA", 0, SAYS_THREE, OHM_Q_APPARENT_POWER_IMPORT_MAX_L3 },
    { "SMAXSN3-1", "VA", 0, SAYS_THREE, OHM_Q_NONE },
    { "STGE", "", 0, IS_STGE, OHM_Q_NONE },
    { "UMOY1", "V", 0, 0, OHM_Q_VOLTAGE_MEAN_L1 },
    { "UMOY2", "V", 0, SAYS_THREE, OHM_Q_VOLTAGE_MEAN_L2 },
    { "UMOY3", "V", 0, SAYS_THREE, OHM_Q_VOLTAGE_MEAN_L3 },
    { "URMS1", "V", 0, SAYS_ONE, OHM_Q_VOLTAGE_L1 },
    { "URMS2", "V", 0, SAYS_THREE, OHM_Q_VOLTAGE_L2 },
    { "URMS3", "V", 0, SAYS_THREE, OHM_Q_VOLTAGE_L3 },
    { "VTIC", "", 0, 0, OHM_Q_NONE },
};
/* clang-format on */
const size_t ohm_tic_labels_count = sizeof ohm_tic_labels / sizeof *ohm_tic_labels;

const ohm_tic_contract ohm_tic_contracts[] = {
    { 1, { "BASE" } },
    { 2, { "HCHC", "HCHP" } },
    { 2, { "EJPHN", "EJPHPM" } },
    { 6, { "BBRHCJB", "BBRHPJB", "BBRHCJW", "BBRHPJW", "BBRHCJR", "BBRHPJR" } },
};
const size_t ohm_tic_contracts_count = sizeof ohm_tic_contracts / sizeof *ohm_tic_contracts;

static const ohm_tic_period periods[] = {
    { "TH..", 1, OHM_TEMPO_UNKNOWN, false }, { "HC..", 1, OHM_TEMPO_UNKNOWN, false },
    { "HP..", 2, OHM_TEMPO_UNKNOWN, false }, { "HN..", 1, OHM_TEMPO_UNKNOWN, false },
    { "PM..", 2, OHM_TEMPO_UNKNOWN, true },  { "HCJB", 1, OHM_TEMPO_BLUE, false },
    { "HPJB", 2, OHM_TEMPO_BLUE, false },    { "HCJW", 3, OHM_TEMPO_WHITE, false },
    { "HPJW", 4, OHM_TEMPO_WHITE, false },   { "HCJR", 5, OHM_TEMPO_RED, false },
    { "HPJR", 6, OHM_TEMPO_RED, false },
};

/* <0, 0, >0 as memcmp, of a label and a row's name. */
static int compare(ohm_span label, const char *name)
{
    int order = strncmp((const char *)label.ptr, name, label.len);
    return order == 0 && name[label.len] != 0 ? -1 : order;
}

const ohm_tic_label *ohm_tic_label_find(ohm_span label)
{
    size_t from = 0, to = ohm_tic_labels_count;
    if (label.len == 0 || label.len > OHM_TIC_LABEL_MAX)
        return NULL;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = compare(label, ohm_tic_labels[middle].name);
        if (order == 0)
            return &ohm_tic_labels[middle];
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return NULL;
}

const ohm_tic_period *ohm_tic_period_find(ohm_span ptec)
{
    for (size_t i = 0; i < sizeof periods / sizeof *periods; i++)
        if (ohm_span_is(ptec, periods[i].ptec))
            return &periods[i];
    return NULL;
}

ohm_tempo ohm_tic_tomorrow(ohm_span demain)
{
    static const char *const names[] = {
        [OHM_TEMPO_BLUE] = "BLEU",
        [OHM_TEMPO_WHITE] = "BLAN",
        [OHM_TEMPO_RED] = "ROUG",
    };
    for (int i = OHM_TEMPO_BLUE; i <= OHM_TEMPO_RED; i++)
        if (ohm_span_is(demain, names[i]))
            return (ohm_tempo)i;
    return OHM_TEMPO_UNKNOWN;
}

const char *ohm_tempo_name(ohm_tempo colour)
{
    static const char *const names[] = { NULL, "blue", "white", "red" };
    assert((unsigned)colour < sizeof names / sizeof *names);
    return names[colour];
}

const char *ohm_tic_contact_name(ohm_tic_contact contact)
{
    static const char *const names[] = { "unchanged", "tempo", "open", "closed" };
    assert((unsigned)contact < sizeof names / sizeof *names);
    return names[contact];
}

/* --- the profile of a day -----------------------------------------------------------------------
 */

static int digit_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* `count` digits of a base of at most 16; -1 if they are none. */
static int number_of(const uint8_t *p, int count, int base)
{
    int number = 0;
    for (int i = 0; i < count; i++) {
        int digit = digit_of(p[i]);
        if (digit < 0 || digit >= base)
            return -1;
        number = number * base + digit;
    }
    return number;
}

static ohm_code take_period(const uint8_t *p, ohm_tic_day *day)
{
    int hour = number_of(p, 2, 10), minute = number_of(p + 2, 2, 10);
    int bits = number_of(p + 4, 4, 16);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || bits < 0)
        return OHM_BAD_FORMAT;
    day->periods[day->count].hour = (uint8_t)hour;
    day->periods[day->count].minute = (uint8_t)minute;
    day->periods[day->count].index = (uint8_t)(bits & 15);
    day->periods[day->count].contact = (uint8_t)(bits >> 14);
    day->periods[day->count].bits = (uint16_t)bits;
    day->count++;
    return OHM_OK;
}

ohm_code ohm_tic_day_parse(ohm_span text, ohm_tic_day *out)
{
    enum { BLOCK = 8, STEP = BLOCK + 1 };
    ohm_tic_day day = { 0 };
    if (text.len % STEP != BLOCK || text.len / STEP >= OHM_TIC_PERIODS_MAX)
        return OHM_BAD_FORMAT;
    for (size_t at = 0; at < text.len; at += STEP) {
        ohm_span block = ohm_span_part(text, at, BLOCK);
        if (at > 0 && text.ptr[at - 1] != ' ')
            return OHM_BAD_FORMAT;
        if (ohm_span_is(block, "NONUTILE"))
            continue;
        if (take_period(block.ptr, &day) != OHM_OK)
            return OHM_BAD_FORMAT;
    }
    *out = day;
    return OHM_OK;
}
