#include "wire/mbus_vif.h"

enum { CODES = 128 };

#define SAYS(code, words)  [code] = { OHM_MBUS_VIFE_NOTE, 0, words }
#define FAILS(code, words) [code] = { OHM_MBUS_VIFE_ERROR, 0, words }
#define DATES(code, words) [code] = { OHM_MBUS_VIFE_DATE, 0, words }
#define SPANS(code, words)                                                                         \
    SAYS(code, words " (s)"), SAYS((code) + 1, words " (min)"), SAYS((code) + 2, words " (h)"),    \
        SAYS((code) + 3, words " (d)")
#define SCALES(code, n) [code] = { OHM_MBUS_VIFE_SCALE, n, "" }
#define ADDS(code, n)   [code] = { OHM_MBUS_VIFE_ADD, n, "" }

/* EN 13757-3 §6.4.6, table 15; the errors of a record are those of §6.6, from the meter. */
static const ohm_mbus_vife first[CODES] = {
    [0x00] = { OHM_MBUS_VIFE_FINE, 0, "" },
    FAILS(0x01, "too many DIFEs"),
    FAILS(0x02, "storage number not implemented"),
    FAILS(0x03, "unit number not implemented"),
    FAILS(0x04, "tariff number not implemented"),
    FAILS(0x05, "function not implemented"),
    FAILS(0x06, "data class not implemented"),
    FAILS(0x07, "data size not implemented"),
    FAILS(0x0b, "too many VIFEs"),
    FAILS(0x0c, "illegal VIF group"),
    FAILS(0x0d, "illegal VIF exponent"),
    FAILS(0x0e, "VIF and DIF don't match"),
    FAILS(0x0f, "action not implemented"),
    SAYS(0x12, "average value"),
    SAYS(0x13, "inverse compact profile"),
    SAYS(0x14, "relative deviation"),
    FAILS(0x15, "no data available"),
    FAILS(0x16, "data overflow"),
    FAILS(0x17, "data underflow"),
    FAILS(0x18, "data error"),
    FAILS(0x1c, "premature end of record"),
    SAYS(0x1d, "standard conform data content"),
    SAYS(0x1e, "compact profile with registers"),
    SAYS(0x1f, "compact profile"),
    SAYS(0x20, "per second"),
    SAYS(0x21, "per minute"),
    SAYS(0x22, "per hour"),
    SAYS(0x23, "per day"),
    SAYS(0x24, "per week"),
    SAYS(0x25, "per month"),
    SAYS(0x26, "per year"),
    SAYS(0x27, "per revolution or measurement"),
    SAYS(0x28, "increment per input pulse on channel 0"),
    SAYS(0x29, "increment per input pulse on channel 1"),
    SAYS(0x2a, "increment per output pulse on channel 0"),
    SAYS(0x2b, "increment per output pulse on channel 1"),
    SAYS(0x2c, "per litre"),
    SAYS(0x2d, "per m^3"),
    SAYS(0x2e, "per kg"),
    SAYS(0x2f, "per K"),
    SAYS(0x30, "per kWh"),
    SAYS(0x31, "per GJ"),
    SAYS(0x32, "per kW"),
    SAYS(0x33, "per K l"),
    SAYS(0x34, "per V"),
    SAYS(0x35, "per A"),
    SAYS(0x36, "multiplied by s"),
    SAYS(0x37, "multiplied by s/V"),
    SAYS(0x38, "multiplied by s/A"),
    DATES(0x39, "start date (and time)"),
    SAYS(0x3a, "uncorrected: at metering conditions"),
    [0x3b] = { OHM_MBUS_VIFE_POSITIVE, 0, "accumulation of positive contributions only" },
    [0x3c] = { OHM_MBUS_VIFE_NEGATIVE, 0, "accumulation of negative contributions only" },
    SAYS(0x3d, "alternate non-metric unit"),
    SAYS(0x3e, "at base conditions"),
    SAYS(0x3f, "OBIS declaration"),
    SAYS(0x40, "lower limit"),
    SAYS(0x41, "number of times below the lower limit"),
    DATES(0x42, "begin of the first time below the lower limit"),
    DATES(0x43, "end of the first time below the lower limit"),
    DATES(0x46, "begin of the last time below the lower limit"),
    DATES(0x47, "end of the last time below the lower limit"),
    SAYS(0x48, "upper limit"),
    SAYS(0x49, "number of times above the upper limit"),
    DATES(0x4a, "begin of the first time above the upper limit"),
    DATES(0x4b, "end of the first time above the upper limit"),
    DATES(0x4e, "begin of the last time above the upper limit"),
    DATES(0x4f, "end of the last time above the upper limit"),
    SPANS(0x50, "duration of the first time below the lower limit"),
    SPANS(0x54, "duration of the last time below the lower limit"),
    SPANS(0x58, "duration of the first time above the upper limit"),
    SPANS(0x5c, "duration of the last time above the upper limit"),
    SPANS(0x60, "duration of the first"),
    SPANS(0x64, "duration of the last"),
    SAYS(0x68, "value while below the lower limit"),
    SAYS(0x69, "leakage"),
    DATES(0x6a, "begin of the first"),
    DATES(0x6b, "end of the first"),
    SAYS(0x6c, "value while above the upper limit"),
    SAYS(0x6d, "overflow"),
    DATES(0x6e, "begin of the last"),
    DATES(0x6f, "end of the last"),
    SCALES(0x70, -6),
    SCALES(0x71, -5),
    SCALES(0x72, -4),
    SCALES(0x73, -3),
    SCALES(0x74, -2),
    SCALES(0x75, -1),
    SCALES(0x76, 0),
    SCALES(0x77, 1),
    ADDS(0x78, -3),
    ADDS(0x79, -2),
    ADDS(0x7a, -1),
    ADDS(0x7b, 0),
    [0x7c] = { OHM_MBUS_VIFE_MORE, 0, "" },
    SCALES(0x7d, 3),
    [0x7e] = { OHM_MBUS_VIFE_FUTURE, 0, "" },
    [0x7f] = { OHM_MBUS_VIFE_MAKER, 0, "" },
};

/* Behind FCh: §6.4.7, table 17. */
static const ohm_mbus_vife second_table[CODES] = {
    [0x01] = { OHM_MBUS_VIFE_PHASE, 1, "at phase L1" },
    [0x02] = { OHM_MBUS_VIFE_PHASE, 2, "at phase L2" },
    [0x03] = { OHM_MBUS_VIFE_PHASE, 3, "at phase L3" },
    SAYS(0x04, "at neutral"),
    SAYS(0x05, "between phases L1 and L2"),
    SAYS(0x06, "between phases L2 and L3"),
    SAYS(0x07, "between phases L3 and L1"),
    SAYS(0x08, "at quadrant Q1"),
    SAYS(0x09, "at quadrant Q2"),
    SAYS(0x0a, "at quadrant Q3"),
    SAYS(0x0b, "at quadrant Q4"),
    SAYS(0x0c, "delta between import and export"),
    SAYS(0x10, "accumulation of absolute values"),
    [0x11] = { OHM_MBUS_VIFE_UNSIGNED, 0, "" },
    [0x12] = { OHM_MBUS_VIFE_BITS, 0, "" },
    SAYS(0x13, "direction from the partner to the meter"),
    SAYS(0x14, "direction from the meter to the partner"),
};

ohm_mbus_vife ohm_mbus_vife_of(uint8_t code, bool second)
{
    assert(code < CODES);
    ohm_mbus_vife row = second ? second_table[code] : first[code];
    if (!row.text)
        row = (ohm_mbus_vife){ OHM_MBUS_VIFE_NOTE, 0, "reserved" };
    return row;
}
