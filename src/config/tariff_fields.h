/* What a contract file holds, as it is written: the table's own structs. */
#ifndef OHM_CONFIG_TARIFF_FIELDS_H
#define OHM_CONFIG_TARIFF_FIELDS_H

#include "config/tariff_file.h"

enum { OHM_TARIFF_ROWS_MAX = 1024, OHM_TARIFF_HOURS_MAX = 6 };

typedef struct ohm_tariff_row {
    ohm_date from, to;
    int64_t power_va;
    uint16_t prices_count;
    ohm_schema_pair prices[OHM_PERIODS_MAX];
    int64_t year_ueur, month_ueur, export_ueur;
    bool has_year, has_month, has_export;
    char source[OHM_TARIFF_SOURCE_MAX];
    bool verified;
    uint32_t line;
} ohm_tariff_row;

typedef struct ohm_tariff_window {
    uint16_t from_minute, to_minute;
} ohm_tariff_window;

typedef struct ohm_tariff_name {
    char text[OHM_TARIFF_NAME_MAX];
} ohm_tariff_name;

typedef struct ohm_tariff_slot {
    char period[OHM_PERIOD_ID_MAX];
    uint16_t hours_count, on_count;
    ohm_tariff_window hours[OHM_TARIFF_HOURS_MAX];
    uint8_t weekdays;
    uint16_t season[2];
    int holidays;
    struct {
        int code;
    } on[OHM_DAY_CODES_COUNT];
    ohm_date from, to;
    uint32_t line;
} ohm_tariff_slot;

typedef struct ohm_tariff_vat {
    ohm_date from;
    int64_t subscription, energy; /* hundredths of a percent */
    uint32_t line;
} ohm_tariff_vat;

typedef struct ohm_tariff_charge {
    char id[OHM_PERIOD_ID_MAX];
    ohm_date from, to;
    int64_t kwh_ueur, year_ueur;
    bool has_kwh, has_year;
    int vat; /* 0 energy, 1 subscription */
    char source[OHM_TARIFF_SOURCE_MAX];
    uint32_t line;
} ohm_tariff_charge;

typedef struct ohm_tariff_text {
    char name[OHM_CONTRACT_NAME_MAX];
    uint16_t also_count, periods_count, usual_count, slots_count, vats_count, charges_count;
    ohm_tariff_name also[OHM_TARIFF_NAMES_MAX];
    ohm_period periods[OHM_PERIODS_MAX];
    char rest[OHM_PERIOD_ID_MAX], own_hours[OHM_PERIOD_ID_MAX];
    ohm_tariff_window usual[OHM_TARIFF_HOURS_MAX];
    int calendar, holidays, prorata, tax;
    uint16_t day_start;
    int64_t power_va;
    ohm_tariff_slot slots[OHM_CONTRACT_SLOTS_MAX];
    ohm_tariff_vat vats[OHM_CONTRACT_VATS_MAX];
    ohm_tariff_charge charges[OHM_CONTRACT_CHARGES_MAX];
    bool has_spot;
    char spot_period[OHM_PERIOD_ID_MAX];
    ohm_spot_terms spot;
    ohm_professional professional;
    ohm_tariff_window reactive_hours;
    uint8_t reactive_days;
    uint16_t reactive_season[2];
    uint16_t rows_count;
    ohm_tariff_row rows[OHM_TARIFF_ROWS_MAX];
} ohm_tariff_text;

extern const ohm_field ohm_tariff_fields[];

#endif
