#include "config/tariff_fields.h"

#include "config/values.h"

/* The order is that of what the values mean: ohm_holidays, ohm_on_holidays, ohm_day_code. */
static const char *const holidays[] = { "none", "fr", "fr-alsace-moselle", NULL };
static const char *const on_holidays[] = { "any", "only", "never", NULL };
static const char *const codes[] = { "unknown", "blue", "white", "red", "normal", "peak", NULL };
static const char *const calendars[] = { "none", "tempo", "ejp", NULL };
static const char *const proratas[] = { "year", "month", NULL };
static const char *const taxes[] = { "included", "excluded", NULL };
static const char *const vats[] = { "energy", "subscription", NULL };

#define AT(S, F) .offset = offsetof(S, F)
#define TEXT_ROW(S, F, k, need, text)                                                              \
    {                                                                                              \
        .key = k, .type = OHM_FIELD_TEXT, AT(S, F), .size = sizeof(((S *)0)->F), .required = need, \
        .help = text                                                                               \
    }
#define CUSTOM_ROW(S, F, k, need, read, text)                                                      \
    {                                                                                              \
        .key = k, .type = OHM_FIELD_CUSTOM, AT(S, F), .required = need, .parse = read,             \
        .help = text                                                                               \
    }
#define CHOICE_ROW(S, F, k, list, text)                                                            \
    {                                                                                              \
        .key = k, .type = OHM_FIELD_CHOICE, AT(S, F), .choices = list, .help = text                \
    }
#define DECIMAL_ROW(S, F, k, digits, least, most, text)                                            \
    {                                                                                              \
        .key = k, .type = OHM_FIELD_DECIMAL, AT(S, F), .decimals = digits, .min = least,           \
        .max = most, .help = text                                                                  \
    }
#define GIVEN_ROW(S, F, G, k, least, most, text)                                                   \
    {                                                                                              \
        .key = k, .type = OHM_FIELD_DECIMAL, AT(S, F), .decimals = 6, .min = least, .max = most,   \
        .given_offset = offsetof(S, G), .help = text                                               \
    }
#define LIST_ROW(S, F, C, k, table, most, text)                                                    \
    {                                                                                              \
        .key = k, .type = OHM_FIELD_LIST, AT(S, F), .size = sizeof(((S *)0)->F[0]),                \
        .fields = table, .list_max = most, .count_offset = offsetof(S, C), .help = text            \
    }
/* A list whose elements know their line. */
#define LINED_ROW(S, F, C, E, k, table, most, need, text)                                          \
    {                                                                                              \
        .key = k, .type = OHM_FIELD_LIST, AT(S, F), .size = sizeof(((S *)0)->F[0]),                \
        .fields = table, .list_max = most, .count_offset = offsetof(S, C),                         \
        .line_offset = offsetof(E, line), .required = need, .help = text                           \
    }

#define KWH_UEUR_MAX  INT64_C(100000000)
#define YEAR_UEUR_MAX INT64_C(1000000000000)

static const ohm_field row_fields[] = {
    CUSTOM_ROW(ohm_tariff_row, from, "from", true, ohm_value_date, "first local date of the price"),
    CUSTOM_ROW(ohm_tariff_row, to, "to", false, ohm_value_date,
               "first local date on which it is superseded, where the next price is not known"),
    DECIMAL_ROW(ohm_tariff_row, power_va, "kva", 3, 1000, 36000000,
                "subscribed power, kVA; left out: any"),
    { .key = "prices",
      .type = OHM_FIELD_PAIRS,
      AT(ohm_tariff_row, prices),
      .required = true,
      .list_max = OHM_PERIODS_MAX,
      .count_offset = offsetof(ohm_tariff_row, prices_count),
      .size = sizeof(ohm_schema_pair),
      .help = "EUR/kWh of each period: {hp: 0.2065, hc: 0.1579}" },
    GIVEN_ROW(ohm_tariff_row, year_ueur, has_year, "subscription", 0, YEAR_UEUR_MAX, "EUR a year"),
    GIVEN_ROW(ohm_tariff_row, month_ueur, has_month, "subscription_per_month", 0, YEAR_UEUR_MAX,
              "EUR a month, in its place"),
    GIVEN_ROW(ohm_tariff_row, export_ueur, has_export, "feed_in", -KWH_UEUR_MAX, KWH_UEUR_MAX,
              "EUR/kWh paid for what is injected"),
    TEXT_ROW(ohm_tariff_row, source, "source", true, "where the row was read"),
    { .key = "verified",
      .type = OHM_FIELD_BOOL,
      AT(ohm_tariff_row, verified),
      .help = "false: not confirmed by an official publication" },
    { 0 },
};

static const ohm_field window_scalar[] = {
    CUSTOM_ROW(ohm_tariff_window, from_minute, "", false, ohm_value_window, "22:00-06:00"),
    { 0 },
};
static const ohm_field code_scalar[] = {
    { .key = "", .type = OHM_FIELD_CHOICE, .choices = codes, .help = "red" },
    { 0 },
};
static const ohm_field name_scalar[] = {
    TEXT_ROW(ohm_tariff_name, text, "", false, "another name"),
    { 0 },
};
static const ohm_field period_scalar[] = {
    TEXT_ROW(ohm_period, id, "", false, "hp"),
    { 0 },
};

static const ohm_field slot_fields[] = {
    TEXT_ROW(ohm_tariff_slot, period, "period", true, "which period applies"),
    LIST_ROW(ohm_tariff_slot, hours, hours_count, "hours", window_scalar, OHM_TARIFF_HOURS_MAX,
             "windows, as [22:00-06:00]; left out: the whole day"),
    CUSTOM_ROW(ohm_tariff_slot, weekdays, "days", false, ohm_value_weekdays,
               "weekdays: mon-fri, sat,sun"),
    CUSTOM_ROW(ohm_tariff_slot, season, "season", false, ohm_value_season,
               "days of the year, both included: 11-01/03-31"),
    CHOICE_ROW(ohm_tariff_slot, holidays, "holiday", on_holidays,
               "any, only on public holidays, never on them"),
    LIST_ROW(ohm_tariff_slot, on, on_count, "on", code_scalar, OHM_DAY_CODES_COUNT,
             "days of these colours of the calendar: [red]"),
    CUSTOM_ROW(ohm_tariff_slot, from, "from", false, ohm_value_date, "first local date"),
    CUSTOM_ROW(ohm_tariff_slot, to, "to", false, ohm_value_date, "first local date no more"),
    { 0 },
};

static const ohm_field vat_fields[] = {
    CUSTOM_ROW(ohm_tariff_vat, from, "from", true, ohm_value_date, "first local date"),
    DECIMAL_ROW(ohm_tariff_vat, subscription, "subscription", 2, 0, 10000, "percent"),
    DECIMAL_ROW(ohm_tariff_vat, energy, "energy", 2, 0, 10000, "percent"),
    { 0 },
};

static const ohm_field charge_fields[] = {
    TEXT_ROW(ohm_tariff_charge, id, "id", true, "accise, cta, turpe…"),
    CUSTOM_ROW(ohm_tariff_charge, from, "from", false, ohm_value_date, "first local date"),
    CUSTOM_ROW(ohm_tariff_charge, to, "to", false, ohm_value_date, "first local date no more"),
    GIVEN_ROW(ohm_tariff_charge, kwh_ueur, has_kwh, "per_kwh", -KWH_UEUR_MAX, KWH_UEUR_MAX, "EUR"),
    GIVEN_ROW(ohm_tariff_charge, year_ueur, has_year, "per_year", -YEAR_UEUR_MAX, YEAR_UEUR_MAX,
              "EUR"),
    CHOICE_ROW(ohm_tariff_charge, vat, "vat", vats, "taxed as the energy or as the subscription"),
    TEXT_ROW(ohm_tariff_charge, source, "source", false, "where the rate was read"),
    { 0 },
};

static const ohm_field spot_fields[] = {
    TEXT_ROW(ohm_tariff_text, spot_period, "period", true, "the period that the spot prices"),
    DECIMAL_ROW(ohm_tariff_text, spot.factor_ppm, "factor", 6, 0, 100000000, "default 1"),
    DECIMAL_ROW(ohm_tariff_text, spot.loss_ppm, "loss", 6, 0, 1000000, "0.07 is 7 % more"),
    DECIMAL_ROW(ohm_tariff_text, spot.fee_ueur_per_kwh, "fee", 6, -KWH_UEUR_MAX, KWH_UEUR_MAX,
                "EUR/kWh"),
    DECIMAL_ROW(ohm_tariff_text, spot.tax_ueur_per_kwh, "tax", 6, -KWH_UEUR_MAX, KWH_UEUR_MAX,
                "EUR/kWh"),
    { 0 },
};

static const ohm_field professional_fields[] = {
    DECIMAL_ROW(ohm_tariff_text, professional.tan_phi_ppm, "tan_phi", 6, 0, 10000000,
                "reactive energy that is free, of the active; default 0.4"),
    DECIMAL_ROW(ohm_tariff_text, professional.reactive_ueur_per_kvarh, "reactive", 6, 0,
                KWH_UEUR_MAX, "EUR/kvarh above it"),
    CUSTOM_ROW(ohm_tariff_text, reactive_hours, "reactive_hours", false, ohm_value_window,
               "default 06:00-22:00"),
    CUSTOM_ROW(ohm_tariff_text, reactive_days, "reactive_days", false, ohm_value_weekdays,
               "default mon-sat"),
    CUSTOM_ROW(ohm_tariff_text, reactive_season, "reactive_season", false, ohm_value_season,
               "default 11-01/03-31"),
    DECIMAL_ROW(ohm_tariff_text, professional.overrun_ueur_per_hour, "overrun_per_hour", 6, 0,
                YEAR_UEUR_MAX / 1000, "EUR for each clock hour above the subscribed power"),
    DECIMAL_ROW(ohm_tariff_text, professional.overrun_ueur_per_kva, "overrun_per_kva", 6, 0,
                YEAR_UEUR_MAX / 1000, "EUR/kVA of the greatest overrun of each month"),
    { 0 },
};

const ohm_field ohm_tariff_fields[] = {
    TEXT_ROW(ohm_tariff_text, name, "name", true, "as printed on the bill"),
    LIST_ROW(ohm_tariff_text, also, also_count, "also", name_scalar, OHM_TARIFF_NAMES_MAX,
             "other names of a shipped file"),
    DECIMAL_ROW(ohm_tariff_text, power_va, "power_kva", 3, 1000, 36000000,
                "subscribed power, where the rows do not say"),
    LIST_ROW(ohm_tariff_text, periods, periods_count, "periods", period_scalar, OHM_PERIODS_MAX,
             "names of the periods: [hp, hc]"),
    TEXT_ROW(ohm_tariff_text, rest, "rest", false, "the period of all that is in no slot"),
    TEXT_ROW(ohm_tariff_text, own_hours, "own_hours", false,
             "the period of the off-peak hours that the customer gives"),
    LIST_ROW(ohm_tariff_text, usual, usual_count, "usual_hours", window_scalar,
             OHM_TARIFF_HOURS_MAX, "what they are where the customer gives none"),
    CHOICE_ROW(ohm_tariff_text, calendar, "calendar", calendars, "which days have a colour"),
    CUSTOM_ROW(ohm_tariff_text, day_start, "day_start", false, ohm_value_minute,
               "when a day of the contract starts, default 00:00"),
    CHOICE_ROW(ohm_tariff_text, holidays, "holidays", holidays, "which days are public holidays"),
    CHOICE_ROW(ohm_tariff_text, prorata, "prorata", proratas,
               "a day of the subscription is a share of the year, or of the month"),
    CHOICE_ROW(ohm_tariff_text, tax, "tax", taxes, "are the prices with or without VAT"),
    LINED_ROW(ohm_tariff_text, slots, slots_count, ohm_tariff_slot, "slots", slot_fields,
              OHM_CONTRACT_SLOTS_MAX, false, "when each period applies"),
    LINED_ROW(ohm_tariff_text, vats, vats_count, ohm_tariff_vat, "vat", vat_fields,
              OHM_CONTRACT_VATS_MAX, false, "rates of VAT"),
    LINED_ROW(ohm_tariff_text, charges, charges_count, ohm_tariff_charge, "charges", charge_fields,
              OHM_CONTRACT_CHARGES_MAX, false, "taxes and fees on lines of their own"),
    { .key = "spot",
      .type = OHM_FIELD_MAP,
      .fields = spot_fields,
      .given_offset = offsetof(ohm_tariff_text, has_spot),
      .help = "energy at (spot × factor × (1 + loss) + fee + tax)" },
    { .key = "professional",
      .type = OHM_FIELD_MAP,
      .fields = professional_fields,
      .help = "reactive energy and overruns" },
    LINED_ROW(ohm_tariff_text, rows, rows_count, ohm_tariff_row, "rows", row_fields,
              OHM_TARIFF_ROWS_MAX, true, "dated prices, oldest first"),
    { 0 },
};
