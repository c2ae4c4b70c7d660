#include "wire/dlms_unit.h"

static const struct {
    uint8_t code;
    const char *text;
} units[] = {
    { 1, "a" },        { 2, "mo" },    { 3, "wk" },     { 4, "d" },       { 5, "h" },
    { 6, "min" },      { 7, "s" },     { 8, "deg" },    { 9, "C" },       { 11, "m" },
    { 12, "m/s" },     { 13, "m3" },   { 14, "m3" },    { 15, "m3/h" },   { 16, "m3/h" },
    { 17, "m3/d" },    { 18, "m3/d" }, { 19, "l" },     { 20, "kg" },     { 21, "N" },
    { 22, "Nm" },      { 23, "Pa" },   { 24, "bar" },   { 25, "J" },      { 26, "J/h" },
    { 27, "W" },       { 28, "VA" },   { 29, "var" },   { 30, "Wh" },     { 31, "VAh" },
    { 32, "varh" },    { 33, "A" },    { 34, "C" },     { 35, "V" },      { 36, "V/m" },
    { 37, "F" },       { 38, "ohm" },  { 39, "ohm.m" }, { 40, "Wb" },     { 41, "T" },
    { 42, "A/m" },     { 43, "H" },    { 44, "Hz" },    { 45, "1/(Wh)" }, { 46, "1/(varh)" },
    { 47, "1/(VAh)" }, { 48, "V2h" },  { 49, "A2h" },   { 50, "kg/s" },   { 51, "S" },
    { 52, "K" },       { 56, "%" },    { 57, "Ah" },    { 255, "" },
};

const char *ohm_dlms_unit_text(uint8_t unit)
{
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (units[i].code == unit)
            return units[i].text;
    return NULL;
}

uint8_t ohm_dlms_unit_find(ohm_span text)
{
    if (ohm_span_is(text, "1"))
        return OHM_UNIT_RATIO;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (text.len > 0 && ohm_span_is(text, units[i].text))
            return units[i].code; /* the first of two: C is the temperature, not the charge */
    return OHM_UNIT_UNKNOWN;
}
