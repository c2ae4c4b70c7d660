#include "wire/mbus_vif.h"

/* Codes whose last bits count powers of ten, and four of time. */
#define ROW(code, exp, unit, text, means) [code] = { unit, text, 1, exp, means, OHM_MBUS_SIGNED }
#define TWO(code, exp, unit, text, means)                                                          \
    ROW(code, exp, unit, text, means), ROW((code) + 1, (exp) + 1, unit, text, means)
#define FOUR(code, exp, unit, text, means)                                                         \
    TWO(code, exp, unit, text, means), TWO((code) + 2, (exp) + 2, unit, text, means)
#define EIGHT(code, exp, unit, text, means)                                                        \
    FOUR(code, exp, unit, text, means), FOUR((code) + 4, (exp) + 4, unit, text, means)
#define SPAN(code, times, unit, text)                                                              \
    [code] = { unit, text, times, 0, OHM_MBUS_OTHER, OHM_MBUS_SIGNED }
#define TIMES(code, text)                                                                          \
    SPAN(code, 1, "s", text), SPAN((code) + 1, 60, "s", text), SPAN((code) + 2, 3600, "s", text),  \
        SPAN((code) + 3, 86400, "s", text)
/* No unit, one meaning. */
#define SAYS(code, text, type) [code] = { "", text, 1, 0, OHM_MBUS_OTHER, type }

enum { CODES = 128 };

/* §6.4.2, table 10. */
static const ohm_mbus_vif primary[CODES] = {
    EIGHT(0x00, -3, "Wh", "Energy", OHM_MBUS_ENERGY_WH),
    EIGHT(0x08, 0, "J", "Energy", OHM_MBUS_ENERGY_J),
    EIGHT(0x10, -6, "m^3", "Volume", OHM_MBUS_VOLUME),
    EIGHT(0x18, -3, "kg", "Mass", OHM_MBUS_OTHER),
    TIMES(0x20, "On time"),
    TIMES(0x24, "Operating time"),
    EIGHT(0x28, -3, "W", "Power", OHM_MBUS_POWER),
    EIGHT(0x30, 0, "J/h", "Power", OHM_MBUS_OTHER),
    EIGHT(0x38, -6, "m^3/h", "Volume flow", OHM_MBUS_VOLUME_FLOW),
    EIGHT(0x40, -7, "m^3/min", "Volume flow", OHM_MBUS_OTHER),
    EIGHT(0x48, -9, "m^3/s", "Volume flow", OHM_MBUS_OTHER),
    EIGHT(0x50, -3, "kg/h", "Mass flow", OHM_MBUS_OTHER),
    FOUR(0x58, -3, "C", "Flow temperature", OHM_MBUS_FLOW_TEMPERATURE),
    FOUR(0x5c, -3, "C", "Return temperature", OHM_MBUS_RETURN_TEMPERATURE),
    FOUR(0x60, -3, "K", "Temperature difference", OHM_MBUS_TEMPERATURE_DIFFERENCE),
    FOUR(0x64, -3, "C", "External temperature", OHM_MBUS_EXTERNAL_TEMPERATURE),
    FOUR(0x68, -3, "bar", "Pressure", OHM_MBUS_PRESSURE),
    [0x6c] = { "-", "Time point (date)", 1, 0, OHM_MBUS_OTHER, OHM_MBUS_DATE },
    [0x6d] = { "-", "Time point (date & time)", 1, 0, OHM_MBUS_OTHER, OHM_MBUS_DATE },
    ROW(0x6e, 0, "Units for H.C.A.", "H.C.A.", OHM_MBUS_HCA),
    TIMES(0x70, "Averaging Duration"),
    TIMES(0x74, "Actuality Duration"),
    [0x78] = { "", "Fabrication No", 1, 0, OHM_MBUS_FABRICATION, OHM_MBUS_UNSIGNED },
    SAYS(0x79, "(Enhanced) Identification", OHM_MBUS_UNSIGNED),
    SAYS(0x7a, "Bus Address", OHM_MBUS_UNSIGNED),
    SAYS(0x7e, "Any VIF", OHM_MBUS_SIGNED),
    ROW(0x7f, 0, "", "Manufacturer specific", OHM_MBUS_MAKER),
};

/* Behind FDh: §6.4.4, table 12. */
static const ohm_mbus_vif main_extension[CODES] = {
    FOUR(0x00, -3, "Currency units", "Credit", OHM_MBUS_OTHER),
    FOUR(0x04, -3, "Currency units", "Debit", OHM_MBUS_OTHER),
    SAYS(0x08, "Access Number (transmission count)", OHM_MBUS_UNSIGNED),
    SAYS(0x09, "Medium", OHM_MBUS_UNSIGNED),
    SAYS(0x0a, "Manufacturer", OHM_MBUS_UNSIGNED),
    SAYS(0x0b, "Parameter set identification", OHM_MBUS_SIGNED),
    SAYS(0x0c, "Model / Version", OHM_MBUS_SIGNED),
    SAYS(0x0d, "Hardware version", OHM_MBUS_SIGNED),
    SAYS(0x0e, "Firmware version", OHM_MBUS_SIGNED),
    SAYS(0x0f, "Software version", OHM_MBUS_SIGNED),
    SAYS(0x10, "Customer location", OHM_MBUS_SIGNED),
    SAYS(0x11, "Customer", OHM_MBUS_SIGNED),
    SAYS(0x12, "Access Code User", OHM_MBUS_SIGNED),
    SAYS(0x13, "Access Code Operator", OHM_MBUS_SIGNED),
    SAYS(0x14, "Access Code System Operator", OHM_MBUS_SIGNED),
    SAYS(0x15, "Access Code Developer", OHM_MBUS_SIGNED),
    SAYS(0x16, "Password", OHM_MBUS_SIGNED),
    SAYS(0x17, "Error flags", OHM_MBUS_BITS),
    SAYS(0x18, "Error mask", OHM_MBUS_BITS),
    SAYS(0x19, "Security key", OHM_MBUS_BYTES),
    SAYS(0x1a, "Digital Output", OHM_MBUS_BITS),
    SAYS(0x1b, "Digital Input", OHM_MBUS_BITS),
    [0x1c] = { "Baud", "Baudrate", 1, 0, OHM_MBUS_OTHER, OHM_MBUS_UNSIGNED },
    [0x1d] = { "Bittimes", "Response delay time", 1, 0, OHM_MBUS_OTHER, OHM_MBUS_UNSIGNED },
    SAYS(0x1e, "Retry", OHM_MBUS_UNSIGNED),
    SAYS(0x1f, "Remote control", OHM_MBUS_BITS),
    SAYS(0x20, "First storage # for cyclic storage", OHM_MBUS_UNSIGNED),
    SAYS(0x21, "Last storage # for cyclic storage", OHM_MBUS_UNSIGNED),
    SAYS(0x22, "Size of storage block", OHM_MBUS_UNSIGNED),
    SAYS(0x23, "Descriptor for tariff and subunit", OHM_MBUS_UNSIGNED),
    TIMES(0x24, "Storage interval"),
    SPAN(0x28, 1, "month", "Storage interval"),
    SPAN(0x29, 1, "year", "Storage interval"),
    SAYS(0x2a, "Operator specific data", OHM_MBUS_SIGNED),
    SPAN(0x2b, 1, "s", "Time point second"),
    TIMES(0x2c, "Duration since last readout"),
    [0x30] = { "-", "Start (date/time) of tariff", 1, 0, OHM_MBUS_OTHER, OHM_MBUS_DATE },
    SPAN(0x31, 60, "s", "Duration of tariff"),
    SPAN(0x32, 3600, "s", "Duration of tariff"),
    SPAN(0x33, 86400, "s", "Duration of tariff"),
    TIMES(0x34, "Period of tariff"),
    SPAN(0x38, 1, "month", "Period of tariff"),
    SPAN(0x39, 1, "year", "Period of tariff"),
    ROW(0x3a, 0, "", "Dimensionless", OHM_MBUS_FACTOR),
    SAYS(0x3b, "Data container for wireless M-Bus", OHM_MBUS_BYTES),
    TIMES(0x3c, "Period of nominal data transmissions"),
    EIGHT(0x40, -9, "V", "Voltage", OHM_MBUS_VOLTAGE),
    EIGHT(0x48, -1, "V", "Voltage", OHM_MBUS_VOLTAGE),
    EIGHT(0x50, -12, "A", "Current", OHM_MBUS_CURRENT),
    EIGHT(0x58, -4, "A", "Current", OHM_MBUS_CURRENT),
    SAYS(0x60, "Reset counter", OHM_MBUS_UNSIGNED),
    SAYS(0x61, "Cumulation counter", OHM_MBUS_UNSIGNED),
    SAYS(0x62, "Control signal", OHM_MBUS_SIGNED),
    SAYS(0x63, "Day of week", OHM_MBUS_UNSIGNED),
    SAYS(0x64, "Week number", OHM_MBUS_UNSIGNED),
    SAYS(0x65, "Time point of day change", OHM_MBUS_SIGNED),
    SAYS(0x66, "State of parameter activation", OHM_MBUS_SIGNED),
    SAYS(0x67, "Special supplier information", OHM_MBUS_SIGNED),
    SPAN(0x68, 3600, "s", "Duration since last cumulation"),
    SPAN(0x69, 86400, "s", "Duration since last cumulation"),
    SPAN(0x6a, 1, "month", "Duration since last cumulation"),
    SPAN(0x6b, 1, "year", "Duration since last cumulation"),
    SPAN(0x6c, 3600, "s", "Operating time battery"),
    SPAN(0x6d, 86400, "s", "Operating time battery"),
    SPAN(0x6e, 1, "month", "Operating time battery"),
    SPAN(0x6f, 1, "year", "Operating time battery"),
    [0x70] = { "-", "Date and time of battery change", 1, 0, OHM_MBUS_OTHER, OHM_MBUS_DATE },
    [0x71] = { "dBm", "RF level", 1, 0, OHM_MBUS_OTHER, OHM_MBUS_SIGNED },
    SAYS(0x72, "Daylight saving", OHM_MBUS_BYTES),
    SAYS(0x73, "Listening window management", OHM_MBUS_BYTES),
    SPAN(0x74, 86400, "s", "Remaining battery life time"),
    SAYS(0x75, "Number of times the meter was stopped", OHM_MBUS_UNSIGNED),
    SAYS(0x76, "Data container for manufacturer protocol", OHM_MBUS_BYTES),
};

/* Behind FDh FDh: §6.4.4, table 13. */
static const ohm_mbus_vif second_extension[CODES] = {
    SAYS(0x00, "Currently selected application", OHM_MBUS_UNSIGNED),
    SPAN(0x02, 1, "month", "Remaining battery life time"),
    SPAN(0x03, 1, "year", "Remaining battery life time"),
};

/* Behind FBh: §6.4.5, table 14; the units that the standard has since withdrawn are read too. */
static const ohm_mbus_vif alternate[CODES] = {
    TWO(0x00, 5, "Wh", "Energy", OHM_MBUS_ENERGY_WH),
    TWO(0x02, 3, "varh", "Reactive energy", OHM_MBUS_REACTIVE_ENERGY),
    TWO(0x04, 3, "VAh", "Apparent energy", OHM_MBUS_APPARENT_ENERGY),
    TWO(0x08, 8, "J", "Energy", OHM_MBUS_ENERGY_J),
    FOUR(0x0c, 5, "cal", "Energy", OHM_MBUS_OTHER),
    TWO(0x10, 2, "m^3", "Volume", OHM_MBUS_VOLUME),
    FOUR(0x14, 0, "var", "Reactive power", OHM_MBUS_REACTIVE_POWER),
    TWO(0x18, 5, "kg", "Mass", OHM_MBUS_OTHER),
    TWO(0x1a, -1, "%", "Relative humidity", OHM_MBUS_HUMIDITY),
    ROW(0x20, 0, "feet^3", "Volume", OHM_MBUS_OTHER),
    ROW(0x21, -1, "feet^3", "Volume", OHM_MBUS_OTHER),
    TWO(0x22, -1, "American gallon", "Volume", OHM_MBUS_OTHER),
    ROW(0x24, -3, "American gallon/min", "Volume flow", OHM_MBUS_OTHER),
    ROW(0x25, 0, "American gallon/min", "Volume flow", OHM_MBUS_OTHER),
    ROW(0x26, 0, "American gallon/h", "Volume flow", OHM_MBUS_OTHER),
    TWO(0x28, 5, "W", "Power", OHM_MBUS_POWER),
    ROW(0x2a, -1, "deg", "Phase U-U", OHM_MBUS_OTHER),
    ROW(0x2b, -1, "deg", "Phase U-I", OHM_MBUS_OTHER),
    FOUR(0x2c, -3, "Hz", "Frequency", OHM_MBUS_FREQUENCY),
    TWO(0x30, 8, "J/h", "Power", OHM_MBUS_OTHER),
    FOUR(0x34, 0, "VA", "Apparent power", OHM_MBUS_APPARENT_POWER),
    FOUR(0x58, -3, "F", "Flow temperature", OHM_MBUS_OTHER),
    FOUR(0x5c, -3, "F", "Return temperature", OHM_MBUS_OTHER),
    FOUR(0x60, -3, "F", "Temperature difference", OHM_MBUS_OTHER),
    FOUR(0x64, -3, "F", "External temperature", OHM_MBUS_OTHER),
    FOUR(0x70, -3, "F", "Cold / Warm Temperature Limit", OHM_MBUS_OTHER),
    FOUR(0x74, -3, "C", "Cold / Warm Temperature Limit", OHM_MBUS_OTHER),
    EIGHT(0x78, -3, "W", "Cumul count max power", OHM_MBUS_OTHER),
};

/* EN 1434-3:1997 §5.3, the units of the fixed data structure. */
static const ohm_mbus_vif fixed_units[64] = {
    SAYS(0x00, "Time (h,m,s)", OHM_MBUS_BYTES),
    SAYS(0x01, "Date (D,M,Y)", OHM_MBUS_BYTES),
    EIGHT(0x02, 0, "Wh", "Energy", OHM_MBUS_ENERGY_WH),
    ROW(0x0a, 8, "Wh", "Energy", OHM_MBUS_ENERGY_WH),
    EIGHT(0x0b, 3, "J", "Energy", OHM_MBUS_ENERGY_J),
    ROW(0x13, 11, "J", "Energy", OHM_MBUS_ENERGY_J),
    EIGHT(0x14, 0, "W", "Power", OHM_MBUS_POWER),
    ROW(0x1c, 8, "W", "Power", OHM_MBUS_POWER),
    EIGHT(0x1d, 3, "J/h", "Power", OHM_MBUS_OTHER),
    ROW(0x25, 11, "J/h", "Power", OHM_MBUS_OTHER),
    EIGHT(0x26, -6, "m^3", "Volume", OHM_MBUS_VOLUME),
    ROW(0x2e, 2, "m^3", "Volume", OHM_MBUS_VOLUME),
    EIGHT(0x2f, -6, "m^3/h", "Volume flow", OHM_MBUS_VOLUME_FLOW),
    ROW(0x37, 2, "m^3/h", "Volume flow", OHM_MBUS_VOLUME_FLOW),
    ROW(0x38, -3, "C", "Temperature", OHM_MBUS_OTHER),
    ROW(0x39, 0, "Units for H.C.A.", "H.C.A.", OHM_MBUS_HCA),
    SAYS(0x3f, "No units", OHM_MBUS_SIGNED),
};

const ohm_mbus_vif ohm_mbus_plain_unit = {
    "", "ASCII unit", 1, 0, OHM_MBUS_OTHER, OHM_MBUS_SIGNED
};
const ohm_mbus_vif ohm_mbus_no_meaning = { "", "", 1, 0, OHM_MBUS_OTHER, OHM_MBUS_SIGNED };
const ohm_mbus_vif ohm_mbus_reserved = { "", "Reserved", 1, 0, OHM_MBUS_OTHER, OHM_MBUS_SIGNED };

const ohm_mbus_vif *ohm_mbus_vif_of(ohm_mbus_table table, uint8_t code)
{
    static const ohm_mbus_vif *const tables[] = {
        [OHM_MBUS_PRIMARY] = primary,
        [OHM_MBUS_FB] = alternate,
        [OHM_MBUS_FD] = main_extension,
        [OHM_MBUS_FD_FD] = second_extension,
    };
    assert(code < CODES);
    const ohm_mbus_vif *row = &tables[table][code];
    return row->text ? row : &ohm_mbus_reserved;
}

const ohm_mbus_vif *ohm_mbus_fixed_unit(uint8_t code)
{
    assert(code < sizeof fixed_units / sizeof *fixed_units);
    const ohm_mbus_vif *row = &fixed_units[code];
    return row->text ? row : &ohm_mbus_reserved;
}
