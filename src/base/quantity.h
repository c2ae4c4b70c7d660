/* The one table of quantities: what a value means, its unit, its kind, and how many decimals
 * the house keeps. Codecs map their codes onto it; the engine, the store, the bridges and the
 * page all read it, so a quantity is named and scaled once.
 *
 * Values travel as int64_t "quantised" values: the quantity in its base unit (W, Wh, V, A,
 * var, varh, VA, Hz, C, m^3, 1) times 10^decimals. Energy registers have no decimals: they are Wh
 * as the meter counts. The wire codecs deliver exact decimals (value × 10^scaler); quantising
 * is ohm_quantity_quantise. */
#ifndef OHM_BASE_QUANTITY_H
#define OHM_BASE_QUANTITY_H

#include "base/err.h"
#include "base/span.h"

typedef enum ohm_kind {
    OHM_GAUGE,   /* a level at an instant: power, voltage */
    OHM_COUNTER, /* a register that never decreases: energy */
    OHM_STATE,   /* one of a few codes: contactor open */
    OHM_TEXT,    /* identification; never a series */
} ohm_kind;

/*     id                      name                       unit   kind         decimals */
#define OHM_QUANTITIES(X)                                                                          \
    X(OHM_Q_NONE, "", "", OHM_TEXT, 0)                                                             \
    X(OHM_Q_POWER_IMPORT, "power_import", "W", OHM_GAUGE, 1)                                       \
    X(OHM_Q_POWER_EXPORT, "power_export", "W", OHM_GAUGE, 1)                                       \
    X(OHM_Q_POWER, "power", "W", OHM_GAUGE, 1)                                                     \
    X(OHM_Q_POWER_IMPORT_L1, "power_import_l1", "W", OHM_GAUGE, 1)                                 \
    X(OHM_Q_POWER_IMPORT_L2, "power_import_l2", "W", OHM_GAUGE, 1)                                 \
    X(OHM_Q_POWER_IMPORT_L3, "power_import_l3", "W", OHM_GAUGE, 1)                                 \
    X(OHM_Q_POWER_EXPORT_L1, "power_export_l1", "W", OHM_GAUGE, 1)                                 \
    X(OHM_Q_POWER_EXPORT_L2, "power_export_l2", "W", OHM_GAUGE, 1)                                 \
    X(OHM_Q_POWER_EXPORT_L3, "power_export_l3", "W", OHM_GAUGE, 1)                                 \
    X(OHM_Q_POWER_L1, "power_l1", "W", OHM_GAUGE, 1)                                               \
    X(OHM_Q_POWER_L2, "power_l2", "W", OHM_GAUGE, 1)                                               \
    X(OHM_Q_POWER_L3, "power_l3", "W", OHM_GAUGE, 1)                                               \
    X(OHM_Q_REACTIVE_POWER_IMPORT, "reactive_power_import", "var", OHM_GAUGE, 1)                   \
    X(OHM_Q_REACTIVE_POWER_EXPORT, "reactive_power_export", "var", OHM_GAUGE, 1)                   \
    X(OHM_Q_REACTIVE_POWER_IMPORT_L1, "reactive_power_import_l1", "var", OHM_GAUGE, 1)             \
    X(OHM_Q_REACTIVE_POWER_IMPORT_L2, "reactive_power_import_l2", "var", OHM_GAUGE, 1)             \
    X(OHM_Q_REACTIVE_POWER_IMPORT_L3, "reactive_power_import_l3", "var", OHM_GAUGE, 1)             \
    X(OHM_Q_REACTIVE_POWER_EXPORT_L1, "reactive_power_export_l1", "var", OHM_GAUGE, 1)             \
    X(OHM_Q_REACTIVE_POWER_EXPORT_L2, "reactive_power_export_l2", "var", OHM_GAUGE, 1)             \
    X(OHM_Q_REACTIVE_POWER_EXPORT_L3, "reactive_power_export_l3", "var", OHM_GAUGE, 1)             \
    X(OHM_Q_APPARENT_POWER_IMPORT, "apparent_power_import", "VA", OHM_GAUGE, 1)                    \
    X(OHM_Q_APPARENT_POWER_EXPORT, "apparent_power_export", "VA", OHM_GAUGE, 1)                    \
    X(OHM_Q_VOLTAGE, "voltage", "V", OHM_GAUGE, 2)                                                 \
    X(OHM_Q_VOLTAGE_L1, "voltage_l1", "V", OHM_GAUGE, 2)                                           \
    X(OHM_Q_VOLTAGE_L2, "voltage_l2", "V", OHM_GAUGE, 2)                                           \
    X(OHM_Q_VOLTAGE_L3, "voltage_l3", "V", OHM_GAUGE, 2)                                           \
    X(OHM_Q_CURRENT, "current", "A", OHM_GAUGE, 3)                                                 \
    X(OHM_Q_CURRENT_L1, "current_l1", "A", OHM_GAUGE, 3)                                           \
    X(OHM_Q_CURRENT_L2, "current_l2", "A", OHM_GAUGE, 3)                                           \
    X(OHM_Q_CURRENT_L3, "current_l3", "A", OHM_GAUGE, 3)                                           \
    X(OHM_Q_CURRENT_N, "current_n", "A", OHM_GAUGE, 3)                                             \
    X(OHM_Q_POWER_FACTOR, "power_factor", "1", OHM_GAUGE, 4)                                       \
    X(OHM_Q_POWER_FACTOR_L1, "power_factor_l1", "1", OHM_GAUGE, 4)                                 \
    X(OHM_Q_POWER_FACTOR_L2, "power_factor_l2", "1", OHM_GAUGE, 4)                                 \
    X(OHM_Q_POWER_FACTOR_L3, "power_factor_l3", "1", OHM_GAUGE, 4)                                 \
    X(OHM_Q_FREQUENCY, "frequency", "Hz", OHM_GAUGE, 3)                                            \
    X(OHM_Q_ENERGY_IMPORT, "energy_import", "Wh", OHM_COUNTER, 0)                                  \
    X(OHM_Q_ENERGY_IMPORT_T1, "energy_import_t1", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_IMPORT_T2, "energy_import_t2", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_IMPORT_T3, "energy_import_t3", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_IMPORT_T4, "energy_import_t4", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_EXPORT, "energy_export", "Wh", OHM_COUNTER, 0)                                  \
    X(OHM_Q_ENERGY_EXPORT_T1, "energy_export_t1", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_EXPORT_T2, "energy_export_t2", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_EXPORT_T3, "energy_export_t3", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_EXPORT_T4, "energy_export_t4", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_IMPORT_L1, "energy_import_l1", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_IMPORT_L2, "energy_import_l2", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_IMPORT_L3, "energy_import_l3", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_EXPORT_L1, "energy_export_l1", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_EXPORT_L2, "energy_export_l2", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_EXPORT_L3, "energy_export_l3", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_REACTIVE_ENERGY_IMPORT, "reactive_energy_import", "varh", OHM_COUNTER, 0)              \
    X(OHM_Q_REACTIVE_ENERGY_IMPORT_T1, "reactive_energy_import_t1", "varh", OHM_COUNTER, 0)        \
    X(OHM_Q_REACTIVE_ENERGY_IMPORT_T2, "reactive_energy_import_t2", "varh", OHM_COUNTER, 0)        \
    X(OHM_Q_REACTIVE_ENERGY_IMPORT_T3, "reactive_energy_import_t3", "varh", OHM_COUNTER, 0)        \
    X(OHM_Q_REACTIVE_ENERGY_IMPORT_T4, "reactive_energy_import_t4", "varh", OHM_COUNTER, 0)        \
    X(OHM_Q_REACTIVE_ENERGY_EXPORT, "reactive_energy_export", "varh", OHM_COUNTER, 0)              \
    X(OHM_Q_REACTIVE_ENERGY_EXPORT_T1, "reactive_energy_export_t1", "varh", OHM_COUNTER, 0)        \
    X(OHM_Q_REACTIVE_ENERGY_EXPORT_T2, "reactive_energy_export_t2", "varh", OHM_COUNTER, 0)        \
    X(OHM_Q_REACTIVE_ENERGY_EXPORT_T3, "reactive_energy_export_t3", "varh", OHM_COUNTER, 0)        \
    X(OHM_Q_REACTIVE_ENERGY_EXPORT_T4, "reactive_energy_export_t4", "varh", OHM_COUNTER, 0)        \
    X(OHM_Q_REACTIVE_ENERGY_Q1, "reactive_energy_q1", "varh", OHM_COUNTER, 0)                      \
    X(OHM_Q_REACTIVE_ENERGY_Q1_T1, "reactive_energy_q1_t1", "varh", OHM_COUNTER, 0)                \
    X(OHM_Q_REACTIVE_ENERGY_Q1_T2, "reactive_energy_q1_t2", "varh", OHM_COUNTER, 0)                \
    X(OHM_Q_REACTIVE_ENERGY_Q1_T3, "reactive_energy_q1_t3", "varh", OHM_COUNTER, 0)                \
    X(OHM_Q_REACTIVE_ENERGY_Q1_T4, "reactive_energy_q1_t4", "varh", OHM_COUNTER, 0)                \
    X(OHM_Q_REACTIVE_ENERGY_Q2, "reactive_energy_q2", "varh", OHM_COUNTER, 0)                      \
    X(OHM_Q_REACTIVE_ENERGY_Q2_T1, "reactive_energy_q2_t1", "varh", OHM_COUNTER, 0)                \
    X(OHM_Q_REACTIVE_ENERGY_Q2_T2, "reactive_energy_q2_t2", "varh", OHM_COUNTER, 0)                \
    X(OHM_Q_REACTIVE_ENERGY_Q2_T3, "reactive_energy_q2_t3", "varh", OHM_COUNTER, 0)                \
    X(OHM_Q_REACTIVE_ENERGY_Q2_T4, "reactive_energy_q2_t4", "varh", OHM_COUNTER, 0)                \
    X(OHM_Q_REACTIVE_ENERGY_Q3, "reactive_energy_q3", "varh", OHM_COUNTER, 0)                      \
    X(OHM_Q_REACTIVE_ENERGY_Q3_T1, "reactive_energy_q3_t1", "varh", OHM_COUNTER, 0)                \
    X(OHM_Q_REACTIVE_ENERGY_Q3_T2, "reactive_energy_q3_t2", "varh", OHM_COUNTER, 0)                \
    X(OHM_Q_REACTIVE_ENERGY_Q3_T3, "reactive_energy_q3_t3", "varh", OHM_COUNTER, 0)                \
    X(OHM_Q_REACTIVE_ENERGY_Q3_T4, "reactive_energy_q3_t4", "varh", OHM_COUNTER, 0)                \
    X(OHM_Q_REACTIVE_ENERGY_Q4, "reactive_energy_q4", "varh", OHM_COUNTER, 0)                      \
    X(OHM_Q_REACTIVE_ENERGY_Q4_T1, "reactive_energy_q4_t1", "varh", OHM_COUNTER, 0)                \
    X(OHM_Q_REACTIVE_ENERGY_Q4_T2, "reactive_energy_q4_t2", "varh", OHM_COUNTER, 0)                \
    X(OHM_Q_REACTIVE_ENERGY_Q4_T3, "reactive_energy_q4_t3", "varh", OHM_COUNTER, 0)                \
    X(OHM_Q_REACTIVE_ENERGY_Q4_T4, "reactive_energy_q4_t4", "varh", OHM_COUNTER, 0)                \
    X(OHM_Q_APPARENT_ENERGY_IMPORT, "apparent_energy_import", "VAh", OHM_COUNTER, 0)               \
    X(OHM_Q_APPARENT_ENERGY_EXPORT, "apparent_energy_export", "VAh", OHM_COUNTER, 0)               \
    X(OHM_Q_DISCONNECTOR, "disconnector", "", OHM_STATE, 0)                                        \
    X(OHM_Q_TEMPERATURE, "temperature", "C", OHM_GAUGE, 2)                                         \
    X(OHM_Q_METER_ID, "meter_id", "", OHM_TEXT, 0)                                                 \
    X(OHM_Q_METER_CLOCK, "meter_clock", "", OHM_TEXT, 0)                                           \
    X(OHM_Q_TARIFF_PERIOD, "tariff_period", "", OHM_TEXT, 0)                                       \
    X(OHM_Q_MESSAGE, "message", "", OHM_TEXT, 0)                                                   \
    X(OHM_Q_REACTIVE_POWER, "reactive_power", "var", OHM_GAUGE, 1)                                 \
    X(OHM_Q_REACTIVE_POWER_L1, "reactive_power_l1", "var", OHM_GAUGE, 1)                           \
    X(OHM_Q_REACTIVE_POWER_L2, "reactive_power_l2", "var", OHM_GAUGE, 1)                           \
    X(OHM_Q_REACTIVE_POWER_L3, "reactive_power_l3", "var", OHM_GAUGE, 1)                           \
    X(OHM_Q_APPARENT_POWER, "apparent_power", "VA", OHM_GAUGE, 1)                                  \
    X(OHM_Q_APPARENT_POWER_L1, "apparent_power_l1", "VA", OHM_GAUGE, 1)                            \
    X(OHM_Q_APPARENT_POWER_L2, "apparent_power_l2", "VA", OHM_GAUGE, 1)                            \
    X(OHM_Q_APPARENT_POWER_L3, "apparent_power_l3", "VA", OHM_GAUGE, 1)                            \
    X(OHM_Q_VOLUME, "volume", "m^3", OHM_COUNTER, 4)                                               \
    X(OHM_Q_VOLUME_FLOW, "volume_flow", "m^3/h", OHM_GAUGE, 4)                                     \
    X(OHM_Q_HEAT_ENERGY, "heat_energy", "Wh", OHM_COUNTER, 0)                                      \
    X(OHM_Q_COOLING_ENERGY, "cooling_energy", "Wh", OHM_COUNTER, 0)                                \
    X(OHM_Q_HEAT_POWER, "heat_power", "W", OHM_GAUGE, 1)                                           \
    X(OHM_Q_FLOW_TEMPERATURE, "flow_temperature", "C", OHM_GAUGE, 2)                               \
    X(OHM_Q_RETURN_TEMPERATURE, "return_temperature", "C", OHM_GAUGE, 2)                           \
    X(OHM_Q_TEMPERATURE_DIFFERENCE, "temperature_difference", "K", OHM_GAUGE, 2)                   \
    X(OHM_Q_HUMIDITY, "humidity", "%", OHM_GAUGE, 1)                                               \
    X(OHM_Q_PRESSURE, "pressure", "bar", OHM_GAUGE, 3)                                             \
    X(OHM_Q_HEAT_COST_UNITS, "heat_cost_units", "HCA", OHM_COUNTER, 0)                             \
    X(OHM_Q_SUBSCRIBED_POWER, "subscribed_power", "VA", OHM_GAUGE, 0)                              \
    X(OHM_Q_BREAKING_POWER, "breaking_power", "VA", OHM_GAUGE, 0)                                  \
    X(OHM_Q_SUBSCRIBED_CURRENT, "subscribed_current", "A", OHM_GAUGE, 0)                           \
    X(OHM_Q_APPARENT_POWER_IMPORT_L1, "apparent_power_import_l1", "VA", OHM_GAUGE, 1)              \
    X(OHM_Q_APPARENT_POWER_IMPORT_L2, "apparent_power_import_l2", "VA", OHM_GAUGE, 1)              \
    X(OHM_Q_APPARENT_POWER_IMPORT_L3, "apparent_power_import_l3", "VA", OHM_GAUGE, 1)              \
    X(OHM_Q_APPARENT_POWER_IMPORT_MAX, "apparent_power_import_max", "VA", OHM_GAUGE, 0)            \
    X(OHM_Q_APPARENT_POWER_IMPORT_MAX_L1, "apparent_power_import_max_l1", "VA", OHM_GAUGE, 0)      \
    X(OHM_Q_APPARENT_POWER_IMPORT_MAX_L2, "apparent_power_import_max_l2", "VA", OHM_GAUGE, 0)      \
    X(OHM_Q_APPARENT_POWER_IMPORT_MAX_L3, "apparent_power_import_max_l3", "VA", OHM_GAUGE, 0)      \
    X(OHM_Q_APPARENT_POWER_EXPORT_MAX, "apparent_power_export_max", "VA", OHM_GAUGE, 0)            \
    X(OHM_Q_POWER_IMPORT_MAX, "power_import_max", "W", OHM_GAUGE, 0)                               \
    X(OHM_Q_POWER_IMPORT_MEAN, "power_import_mean", "W", OHM_GAUGE, 0)                             \
    X(OHM_Q_POWER_EXPORT_MEAN, "power_export_mean", "W", OHM_GAUGE, 0)                             \
    X(OHM_Q_CURRENT_MAX_L1, "current_max_l1", "A", OHM_GAUGE, 0)                                   \
    X(OHM_Q_CURRENT_MAX_L2, "current_max_l2", "A", OHM_GAUGE, 0)                                   \
    X(OHM_Q_CURRENT_MAX_L3, "current_max_l3", "A", OHM_GAUGE, 0)                                   \
    X(OHM_Q_VOLTAGE_MEAN_L1, "voltage_mean_l1", "V", OHM_GAUGE, 1)                                 \
    X(OHM_Q_VOLTAGE_MEAN_L2, "voltage_mean_l2", "V", OHM_GAUGE, 1)                                 \
    X(OHM_Q_VOLTAGE_MEAN_L3, "voltage_mean_l3", "V", OHM_GAUGE, 1)                                 \
    X(OHM_Q_ENERGY_IMPORT_T5, "energy_import_t5", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_IMPORT_T6, "energy_import_t6", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_IMPORT_T7, "energy_import_t7", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_IMPORT_T8, "energy_import_t8", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_IMPORT_T9, "energy_import_t9", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_IMPORT_T10, "energy_import_t10", "Wh", OHM_COUNTER, 0)                          \
    X(OHM_Q_ENERGY_IMPORT_D1, "energy_import_d1", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_IMPORT_D2, "energy_import_d2", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_IMPORT_D3, "energy_import_d3", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_ENERGY_IMPORT_D4, "energy_import_d4", "Wh", OHM_COUNTER, 0)                            \
    X(OHM_Q_TARIFF_INDEX, "tariff_index", "", OHM_STATE, 0)                                        \
    X(OHM_Q_TEMPO_TODAY, "tempo_today", "", OHM_STATE, 0)                                          \
    X(OHM_Q_TEMPO_TOMORROW, "tempo_tomorrow", "", OHM_STATE, 0)                                    \
    X(OHM_Q_PEAK, "peak", "", OHM_STATE, 0)                                                        \
    X(OHM_Q_PEAK_NOTICE, "peak_notice", "", OHM_STATE, 0)                                          \
    X(OHM_Q_OVERRUN, "overrun", "", OHM_STATE, 0)                                                  \
    X(OHM_Q_RELAYS, "relays", "", OHM_STATE, 0)                                                    \
    X(OHM_Q_CONTRACT, "contract", "", OHM_TEXT, 0)                                                 \
    X(OHM_Q_DELIVERY_POINT, "delivery_point", "", OHM_TEXT, 0)                                     \
    X(OHM_Q_VOLTAGE_L1_L2, "voltage_l1_l2", "V", OHM_GAUGE, 2)                                     \
    X(OHM_Q_VOLTAGE_L2_L3, "voltage_l2_l3", "V", OHM_GAUGE, 2)                                     \
    X(OHM_Q_VOLTAGE_L3_L1, "voltage_l3_l1", "V", OHM_GAUGE, 2)                                     \
    X(OHM_Q_DC_POWER, "dc_power", "W", OHM_GAUGE, 1)                                               \
    X(OHM_Q_DC_VOLTAGE, "dc_voltage", "V", OHM_GAUGE, 2)                                           \
    X(OHM_Q_DC_CURRENT, "dc_current", "A", OHM_GAUGE, 3)                                           \
    X(OHM_Q_BATTERY_POWER, "battery_power", "W", OHM_GAUGE, 1)                                     \
    X(OHM_Q_BATTERY_VOLTAGE, "battery_voltage", "V", OHM_GAUGE, 2)                                 \
    X(OHM_Q_BATTERY_CURRENT, "battery_current", "A", OHM_GAUGE, 3)                                 \
    X(OHM_Q_BATTERY_CHARGE, "battery_charge", "%", OHM_GAUGE, 1)                                   \
    X(OHM_Q_GAS_VOLUME, "gas_volume", "m^3", OHM_COUNTER, 3)                                       \
    X(OHM_Q_WATER_VOLUME, "water_volume", "m^3", OHM_COUNTER, 3)                                   \
    X(OHM_Q_HOT_WATER_VOLUME, "hot_water_volume", "m^3", OHM_COUNTER, 3)                           \
    X(OHM_Q_TEMPERATURE_SETPOINT, "temperature_setpoint", "C", OHM_GAUGE, 2)                       \
    X(OHM_Q_VALVE_POSITION, "valve_position", "%", OHM_GAUGE, 1)                                   \
    X(OHM_Q_HEATING, "heating", "", OHM_STATE, 0)                                                  \
    X(OHM_Q_CONTACT, "contact", "", OHM_STATE, 0)                                                  \
    X(OHM_Q_PRESENCE, "presence", "", OHM_STATE, 0)                                                \
    X(OHM_Q_WATER_LEAK, "water_leak", "", OHM_STATE, 0)                                            \
    X(OHM_Q_SWITCH, "switch", "", OHM_STATE, 0)                                                    \
    X(OHM_Q_BATTERY_LEVEL, "battery_level", "%", OHM_GAUGE, 1)                                     \
    X(OHM_Q_CO2, "co2", "ppm", OHM_GAUGE, 0)                                                       \
    X(OHM_Q_ILLUMINANCE, "illuminance", "lx", OHM_GAUGE, 0)                                        \
    X(OHM_Q_ENERGY_IMPORT_DAY, "energy_import_day", "Wh", OHM_GAUGE, 0)                            \
    X(OHM_Q_ENERGY_EXPORT_DAY, "energy_export_day", "Wh", OHM_GAUGE, 0)                            \
    X(OHM_Q_PIECES, "pieces", "", OHM_COUNTER, 0)                                                  \
    X(OHM_Q_THD_VOLTAGE_L1, "thd_voltage_l1", "%", OHM_GAUGE, 2)                                   \
    X(OHM_Q_THD_VOLTAGE_L2, "thd_voltage_l2", "%", OHM_GAUGE, 2)                                   \
    X(OHM_Q_THD_VOLTAGE_L3, "thd_voltage_l3", "%", OHM_GAUGE, 2)                                   \
    X(OHM_Q_THD_CURRENT_L1, "thd_current_l1", "%", OHM_GAUGE, 2)                                   \
    X(OHM_Q_THD_CURRENT_L2, "thd_current_l2", "%", OHM_GAUGE, 2)                                   \
    X(OHM_Q_THD_CURRENT_L3, "thd_current_l3", "%", OHM_GAUGE, 2)                                   \
    X(OHM_Q_FLICKER_L1, "flicker_l1", "1", OHM_GAUGE, 3)                                           \
    X(OHM_Q_FLICKER_L2, "flicker_l2", "1", OHM_GAUGE, 3)                                           \
    X(OHM_Q_FLICKER_L3, "flicker_l3", "1", OHM_GAUGE, 3)

typedef enum ohm_quantity_id {
#define OHM_QUANTITY_ID(id, name, unit, kind, decimals) id,
    OHM_QUANTITIES(OHM_QUANTITY_ID)
#undef OHM_QUANTITY_ID
        OHM_QUANTITIES_COUNT
} ohm_quantity_id;

typedef struct ohm_quantity {
    const char *name; /* "power_import": also the last part of a series' key */
    const char *unit; /* base unit, "" where there is none */
    ohm_kind kind;
    uint8_t decimals; /* of the quantised value */
} ohm_quantity;

/* The row of a quantity. `id` must be one of the enumeration. */
const ohm_quantity *ohm_quantity_get(ohm_quantity_id id);

/* The quantity of that name, or OHM_Q_NONE. */
ohm_quantity_id ohm_quantity_find(ohm_span name);

/* mantissa × 10^exponent in the base unit → the quantised integer, rounded half away from
 * zero. OHM_RANGE when it does not fit in 63 bits. *out is written on success only. */
OHM_MUST_CHECK ohm_code ohm_quantity_quantise(ohm_quantity_id id, int64_t mantissa, int exponent,
                                              int64_t *out);

/* The quantised integer as a double in the base unit; for showing and for statistics only. */
double ohm_quantity_value(ohm_quantity_id id, int64_t quantised);

#endif
