/* Weather, years of weather, production, CO2, and events of OpenADR. */
#include "answers.h"

#define METEO(offset, unit, times, values)                                                         \
    "{\"utc_offset_seconds\":" offset ",\"hourly_units\":{\"temperature_2m\":\"" unit              \
    "\"},\"hourly\":{\"time\":[" times "],\"temperature_2m\":[" values "]}}"
#define RADIATION(rest)                                                                            \
    "{\"hourly\":{\"time\":[7200],\"shortwave_radiation\":[0.5]" rest "},\"minutely_15\":{"        \
    "\"time\":[7200],\"shortwave_radiation\":[7],\"temperature_2m\":[3]}}"

static void forecasts(void **state)
{
    (void)state;
    static const answer_row rows[] = {
        { "local times have the one offset of the body, over a change of clocks too",
          OHM_SOURCE_OPEN_METEO,
          METEO("7200", "°C", "\"2025-10-26T01:00\",\"2025-10-26T02:00\",\"2025-10-26T03:00\"",
                "10.5,-0.0,null"),
          "2025-10-25T23:00:00Z,2025-10-26T00:00:00Z,10.5\n"
          "2025-10-26T00:00:00Z,2025-10-26T01:00:00Z,0\n" },
        { "UNIX times are UTC, whatever the offset", OHM_SOURCE_OPEN_METEO,
          METEO("7200", "°C", "3600", "-3.25"),
          "1970-01-01T01:00:00Z,1970-01-01T02:00:00Z,-3.25\n" },
        { "radiation is the mean of the hour before", OHM_SOURCE_OPEN_METEO, RADIATION(""),
          "1970-01-01T01:00:00Z,1970-01-01T02:00:00Z,0.5\n", "shortwave_radiation" },
        { "unless it is said to be of the instant", OHM_SOURCE_OPEN_METEO,
          RADIATION(",\"shortwave_radiation_instant\":[4]"),
          "1970-01-01T02:00:00Z,1970-01-01T03:00:00Z,4\n", "shortwave_radiation_instant" },
        { "quarter-hours, asked for", OHM_SOURCE_OPEN_METEO, RADIATION(""),
          "1970-01-01T01:45:00Z,1970-01-01T02:00:00Z,7\n", "minutely_15.shortwave_radiation" },
        { "temperature first, where there is one", OHM_SOURCE_OPEN_METEO, RADIATION(""),
          "1970-01-01T02:00:00Z,1970-01-01T02:15:00Z,3\n" },
        { "a series that is not there", OHM_SOURCE_OPEN_METEO, RADIATION(""),
          "!the body does not have that series", "hourly.temperature_2m" },
        { "degrees of another kind", OHM_SOURCE_OPEN_METEO, METEO("0", "°F", "0", "50"),
          "!the temperatures are not in °C: ??F" },
        { "lists of different lengths", OHM_SOURCE_OPEN_METEO, METEO("0", "°C", "0,3600", "1"),
          "!there are not as many values as times" },
        { "an hour twice", OHM_SOURCE_OPEN_METEO, METEO("0", "°C", "0,0", "1,2"),
          "!two values for one time: 1970-01-01T00:00:00Z" },
        { "too many requests", OHM_SOURCE_OPEN_METEO,
          "{\"error\":true,\"reason\":\"Hourly API request limit exceeded.\"}",
          "!the service answered with an error: Hourly API request limit exceeded." },
        { "several places", OHM_SOURCE_OPEN_METEO, "[{},{}]", "!the body is of several places" },
        { "power is of its instant: between two the mean, after the last nothing",
          OHM_SOURCE_FORECAST_SOLAR,
          "{\"result\":{\"watts\":{\"2024-04-26T06:20:17+02:00\":0,"
          "\"2024-04-26T07:00:00+02:00\":270,\"2024-04-26T08:00:00+02:00\":481}}}",
          "2024-04-26T04:20:17Z,2024-04-26T05:00:00Z,135\n"
          "2024-04-26T05:00:00Z,2024-04-26T06:00:00Z,375.5\n" },
        { "decimals of different lengths; a time that is not known has no mean",
          OHM_SOURCE_FORECAST_SOLAR,
          "{\"result\":{\"watts\":{\"3600\":1.25,\"7200\":2,\"10800\":null,\"14400\":7}}}",
          "1970-01-01T01:00:00Z,1970-01-01T02:00:00Z,1.625\n" },
        { "the night from sunset to sunrise is dark", OHM_SOURCE_FORECAST_SOLAR,
          "{\"result\":{\"watts\":{\"3600\":0,\"36000\":0}}}",
          "1970-01-01T01:00:00Z,1970-01-01T10:00:00Z,0\n" },
        { "times without a zone are in ours", OHM_SOURCE_FORECAST_SOLAR,
          "{\"result\":{\"watts\":{\"2024-04-26 06:20:17\":5,\"2024-04-26 07:20:17\":5}}}",
          "2024-04-26T04:20:17Z,2024-04-26T05:20:17Z,5\n" },
        { "a series that was asked for alone", OHM_SOURCE_FORECAST_SOLAR,
          "{\"result\":{\"2024-04-26 07:00:00\":270,\"2024-04-26 08:00:00\":270}}",
          "2024-04-26T05:00:00Z,2024-04-26T06:00:00Z,270\n" },
        { "days alone", OHM_SOURCE_FORECAST_SOLAR, "{\"result\":{\"2024-04-26\":6660}}",
          "!a time is not a time: 2024-04-26" },
        { "energy is of the time before", OHM_SOURCE_FORECAST_SOLAR,
          "{\"result\":{\"watt_hours_period\":{\"1714112417\":0,\"1714114800\":89}}}",
          "2024-04-26T06:20:17Z,2024-04-26T07:00:00Z,89\n", "watt_hours_period" },
        { "out of order", OHM_SOURCE_FORECAST_SOLAR,
          "{\"result\":{\"watts\":{\"7200\":5,\"3600\":6}}}",
          "!times out of order, or twice: 1970-01-01T01:00:00Z" },
        { "a limit of its own", OHM_SOURCE_FORECAST_SOLAR,
          "{\"result\":\"x\",\"message\":{\"code\":429,\"text\":\"Rate limit reached.\"}}",
          "!the service answered with an error: Rate limit reached." },
        { "newest first, an hour to come that is empty", OHM_SOURCE_ECO2MIX,
          "{\"total_count\":2,\"results\":[{\"date_heure\":\"2026-01-15T17:00:00+00:00\","
          "\"taux_co2\":null},{\"date_heure\":\"2026-01-15T16:45:00+00:00\",\"taux_co2\":38}]}",
          "2026-01-15T16:45:00Z,2026-01-15T17:00:00Z,38\n" },
        { "the form of v2.0", OHM_SOURCE_ECO2MIX,
          "{\"records\":[{\"record\":{\"fields\":{\"date_heure\":\"2026-01-15T17:00:00+01:00\","
          "\"taux_co2\":0}}}]}",
          "2026-01-15T16:00:00Z,2026-01-15T16:15:00Z,0\n" },
        { "an export", OHM_SOURCE_ECO2MIX,
          "[{\"date_heure\":\"2026-01-15T17:00:00+01:00\",\"taux_co2\":21}]",
          "2026-01-15T16:00:00Z,2026-01-15T16:15:00Z,21\n" },
        { "a fault in the question", OHM_SOURCE_ECO2MIX,
          "{\"error_code\":\"ODSQLError\",\"message\":\"ODSQL query is malformed\"}",
          "!the service answered with an error: ODSQL query is malformed" },
    };
    check_answers(rows, sizeof rows / sizeof *rows);
}

#define EPW_HEAD(zone, rows)                                                                       \
    "LOCATION,Lyon,AR,FRA,x,074800,45.7,4.9," zone ",198.0\r\nD\r\nT\r\nG\r\nH\r\nC\r\nC\r\n"      \
    "DATA PERIODS,1," rows ",Data,Sunday,1/ 1,12/31\r\n"
#define EPW_ROW(date, temperature, ghi)                                                            \
    date ",?9," temperature ",-2.0,85,99846,0,0,271," ghi ",2,3,0,0,0,0,268,3.0,8,8,6750.0\r\n"
#define PVGIS(hours) "{\"outputs\":{\"tmy_hourly\":[" hours "]}}"

static void years(void **state)
{
    (void)state;
    static const answer_row rows[] = {
        { "hour 24 ends the day; months of other years stay in their order", OHM_SOURCE_EPW,
          EPW_HEAD("1.0", "1") EPW_ROW("2009,1,31,24,60", "-0.5", "0")
              EPW_ROW("2004,2,1,1,60", "1.0", "0"),
          "2009-01-31T22:00:00Z,2009-01-31T23:00:00Z,-0.5\n"
          "2004-01-31T23:00:00Z,2004-02-01T00:00:00Z,1\n" },
        { "radiation, and a value that stands for none", OHM_SOURCE_EPW,
          EPW_HEAD("-3.5", "1") EPW_ROW("2004,1,1,12,0", "99.9", "412")
              EPW_ROW("2004,1,1,13,0", "1", "9999"),
          "2004-01-01T14:30:00Z,2004-01-01T15:30:00Z,412\n", "ghi" },
        { "a temperature that stands for none", OHM_SOURCE_EPW,
          EPW_HEAD("0", "1") EPW_ROW("2004,1,1,12,0", "99.9", "412"), "" },
        { "four rows an hour", OHM_SOURCE_EPW,
          EPW_HEAD("0", "4") EPW_ROW("2004,1,1,1,15", "1", "0") EPW_ROW("2004,1,1,1,60", "2", "0"),
          "2004-01-01T00:00:00Z,2004-01-01T00:15:00Z,1\n"
          "2004-01-01T00:45:00Z,2004-01-01T01:00:00Z,2\n" },
        { "an hour twice", OHM_SOURCE_EPW,
          EPW_HEAD("0", "1") EPW_ROW("2004,1,1,1,60", "1", "0") EPW_ROW("2004,1,1,1,60", "1", "0"),
          "!two rows for one time: 2004-01-01T00:00:00Z" },
        { "hour 25", OHM_SOURCE_EPW, EPW_HEAD("0", "1") EPW_ROW("2004,1,1,25,60", "1", "0"),
          "!a row's date or hour is not one (line 9)" },
        { "a row that is cut", OHM_SOURCE_EPW, EPW_HEAD("0", "1") "2004,1,1,1,60,?9,1.0\r\n",
          "!a row has too few fields (line 9)" },
        { "no head", OHM_SOURCE_EPW, "2004,1,1\n",
          "!the body does not start with LOCATION (line 1)" },
        { "a typical year of PVGIS", OHM_SOURCE_PVGIS,
          PVGIS("{\"time(UTC)\":\"20180131:2300\",\"T2m\":2.04,\"G(h)\":-0.0},"
                "{\"time(UTC)\":\"20070201:0000\",\"T2m\":null,\"G(h)\":1}"),
          "2018-01-31T23:00:00Z,2018-02-01T00:00:00Z,2.04\n" },
        { "its radiation", OHM_SOURCE_PVGIS,
          PVGIS("{\"time(UTC)\":\"20180131:2300\",\"T2m\":2.04,\"G(h)\":-0.0}"),
          "2018-01-31T23:00:00Z,2018-02-01T00:00:00Z,0\n", "G(h)" },
        { "hours of PVGIS, as they are written", OHM_SOURCE_PVGIS,
          "{\"outputs\":{\"hourly\":[{\"time\":\"20160101:0010\",\"G(i)\":12.5,\"T2m\":1}]}}",
          "2016-01-01T00:10:00Z,2016-01-01T01:10:00Z,12.5\n", "G(i)" },
        { "CSV of a typical year", OHM_SOURCE_PVGIS,
          "Latitude (decimal degrees): 45.000\r\nIrradiance Time Offset (h): 0.1761\r\n"
          "month,year\r\n1,2018\r\n\r\ntime(UTC),T2m,RH,G(h)\r\n20180101:0000,2.04,81,0.0\r\n\r\n"
          "T2m: 2-m air temperature (degree Celsius)\r\n",
          "2018-01-01T00:00:00Z,2018-01-01T01:00:00Z,2.04\n" },
        { "CSV of hours", OHM_SOURCE_PVGIS,
          "Latitude:\t45.0\r\n\r\ntime,G(i),H_sun,T2m\r\n20160101:0010,0.0,0.0,3.44\r\n",
          "2016-01-01T00:10:00Z,2016-01-01T01:10:00Z,3.44\n" },
        { "a column that is not there", OHM_SOURCE_PVGIS, "time,G(i)\n20160101:0010,0.0\n",
          "!the body does not have that series: T2m (line 1)" },
        { "a place at sea", OHM_SOURCE_PVGIS, "{\"message\":\"Location over the sea.\"}",
          "!the service answered with an error: Location over the sea." },
        { "a day that does not exist", OHM_SOURCE_PVGIS,
          PVGIS("{\"time(UTC)\":\"20180230:0000\",\"T2m\":1}"),
          "!a time is not a time: 20180230:0000" },
    };
    check_answers(rows, sizeof rows / sizeof *rows);
}

#define EVENT(priority, period, intervals)                                                         \
    "{\"objectType\":\"EVENT\",\"modificationDateTime\":\"2024-07-25T08:00:00Z\","                 \
    "\"priority\":" priority ",\"intervalPeriod\":" period ",\"intervals\":[" intervals "]}"
#define START(start, duration)                                                                     \
    "{\"start\":\"" start "\",\"duration\":\"" duration "\",\"randomizeStart\":\"PT5M\"}"
#define VALUE(type, value)                                                                         \
    "{\"id\":0,\"payloads\":[{\"type\":\"" type "\",\"values\":[" value "]}]}"
#define NOON START("2025-01-01T12:00:00Z", "PT1H")

static void events(void **state)
{
    (void)state;
    static const answer_row rows[] = {
        { "intervals follow each other; EUR/kWh become EUR/MWh", OHM_SOURCE_OPENADR,
          EVENT("null", NOON, VALUE("PRICE", "0.17") "," VALUE("PRICE", "-0.05")),
          "2025-01-01T12:00:00Z,2025-01-01T13:00:00Z,170\n"
          "2025-01-01T13:00:00Z,2025-01-01T14:00:00Z,-50\n" },
        { "an interval's own period goes before", OHM_SOURCE_OPENADR,
          EVENT("0", "null",
                "{\"id\":0,\"payloads\":[{\"type\":\"SIMPLE\",\"values\":[2]}],"
                "\"intervalPeriod\":" START("2025-01-01T12:00:00Z", "P0Y0M0DT0H30M0S") "}"),
          "2025-01-01T12:00:00Z,2025-01-01T12:30:00Z,2\n" },
        { "the highest priority wins where events overlap", OHM_SOURCE_OPENADR,
          "[" EVENT("5", START("2025-01-01T11:00:00Z", "PT3H"),
                    VALUE("SIMPLE", "1")) "," EVENT("0", NOON, VALUE("SIMPLE", "3")) "]",
          "2025-01-01T11:00:00Z,2025-01-01T12:00:00Z,1\n"
          "2025-01-01T12:00:00Z,2025-01-01T13:00:00Z,3\n"
          "2025-01-01T13:00:00Z,2025-01-01T14:00:00Z,1\n" },
        { "two of one priority", OHM_SOURCE_OPENADR,
          "[" EVENT("0", NOON, VALUE("SIMPLE", "1")) "," EVENT("0", NOON, VALUE("SIMPLE", "3")) "]",
          "!two events of one priority for one time: 2025-01-01T12:00:00Z" },
        { "now, without an end", OHM_SOURCE_OPENADR,
          EVENT("0", START("0001-01-01T00:00:00Z", "P9999Y"), VALUE("SIMPLE", "1")),
          "2024-07-25T08:00:00Z,9999-12-31T23:59:59Z,1\n" },
        { "PT0S is no end, as none is", OHM_SOURCE_OPENADR,
          EVENT("0", START("2025-01-01T12:00:00Z", "PT0S"), VALUE("SIMPLE", "1")),
          "2025-01-01T12:00:00Z,9999-12-31T23:59:59Z,1\n" },
        { "without an end until the next one's own start", OHM_SOURCE_OPENADR,
          EVENT("0", "null",
                "{\"id\":0,\"payloads\":[{\"type\":\"SIMPLE\",\"values\":[2]}],"
                "\"intervalPeriod\":{\"start\":\"2025-01-01T12:00:00Z\"}},"
                "{\"id\":1,\"payloads\":[{\"type\":\"SIMPLE\",\"values\":[1]}],"
                "\"intervalPeriod\":" START("2025-01-01T14:00:00Z", "PT1H") "}"),
          "2025-01-01T12:00:00Z,2025-01-01T14:00:00Z,2\n"
          "2025-01-01T14:00:00Z,2025-01-01T15:00:00Z,1\n" },
        { "several values at once", OHM_SOURCE_OPENADR, EVENT("0", NOON, VALUE("SIMPLE", "1,2")),
          "!a payload has several values for one interval: 2025-01-01T12:00:00Z" },
        { "a type that is asked for", OHM_SOURCE_OPENADR,
          EVENT("0", NOON, VALUE("PRICE", "1") "," VALUE("GHG", "52")),
          "2025-01-01T13:00:00Z,2025-01-01T14:00:00Z,52\n", "GHG" },
        { "dollars", OHM_SOURCE_OPENADR,
          "{\"payloadDescriptors\":[{\"payloadType\":\"PRICE\",\"units\":\"KWH\",\"currency\":"
          "\"USD\"}],\"intervalPeriod\":" NOON ",\"intervals\":[" VALUE("PRICE", "1") "]}",
          "!the prices are not in EUR: USD" },
        { "per MWh, as described", OHM_SOURCE_OPENADR,
          "{\"payloadDescriptors\":[{\"payloadType\":\"PRICE\",\"units\":\"MWH\",\"currency\":"
          "\"EUR\"}],\"intervalPeriod\":" NOON ",\"intervals\":[" VALUE("PRICE", "61.2") "]}",
          "2025-01-01T12:00:00Z,2025-01-01T13:00:00Z,61.2\n" },
        { "what may be imported: kW become W", OHM_SOURCE_OPENADR,
          EVENT("0", NOON, VALUE("IMPORT_CAPACITY_LIMIT", "4.2")),
          "2025-01-01T12:00:00Z,2025-01-01T13:00:00Z,4200\n" },
        { "kVA are as many", OHM_SOURCE_OPENADR,
          "{\"payloadDescriptors\":[{\"payloadType\":\"PRICE\",\"units\":\"KWH\"},{"
          "\"payloadType\":\"IMPORT_CAPACITY_LIMIT\",\"units\":\"KVA\"}],\"intervalPeriod\":" NOON
          ",\"intervals\":[" VALUE("IMPORT_CAPACITY_LIMIT", "3") "]}",
          "2025-01-01T12:00:00Z,2025-01-01T13:00:00Z,3000\n" },
        { "W are W", OHM_SOURCE_OPENADR,
          "{\"payloadDescriptors\":[{\"payloadType\":\"IMPORT_CAPACITY_LIMIT\",\"units\":\"W\"}],"
          "\"intervalPeriod\":" NOON ",\"intervals\":[" VALUE("IMPORT_CAPACITY_LIMIT", "4200") "]}",
          "2025-01-01T12:00:00Z,2025-01-01T13:00:00Z,4200\n" },
        { "no unit of power", OHM_SOURCE_OPENADR,
          "{\"payloadDescriptors\":[{\"payloadType\":\"IMPORT_CAPACITY_LIMIT\",\"units\":"
          "\"AMPS\"}],\"intervalPeriod\":" NOON
          ",\"intervals\":[" VALUE("IMPORT_CAPACITY_LIMIT", "16") "]}",
          "!the limits are not in kW: AMPS" },
        { "no event", OHM_SOURCE_OPENADR, "[]", "" },
        { "a month has no length", OHM_SOURCE_OPENADR,
          EVENT("0", START("2025-01-01T12:00:00Z", "P1M"), VALUE("SIMPLE", "1")),
          "!a duration is not one we know: P1M" },
        { "no start", OHM_SOURCE_OPENADR, EVENT("0", "null", VALUE("SIMPLE", "1")),
          "!an interval does not say when it starts" },
        { "a word for a value", OHM_SOURCE_OPENADR, EVENT("0", NOON, VALUE("SIMPLE", "\"x\"")),
          "!a payload's value is not a number: 2025-01-01T12:00:00Z" },
        { "what we do not know", OHM_SOURCE_OPENADR, EVENT("0", NOON, VALUE("CTA2045", "1")),
          "!the event has no payload that we know" },
        { "a list without one is silent, and one without intervals in it is, too",
          OHM_SOURCE_OPENADR,
          "[{\"programID\":\"p\",\"intervals\":null}," EVENT("0", NOON, VALUE("CTA2045", "1")) "]",
          "" },
        { "beside one that speaks", OHM_SOURCE_OPENADR,
          "[{\"programID\":\"p\"}," EVENT("0", NOON, VALUE("SIMPLE", "1")) "]",
          "2025-01-01T12:00:00Z,2025-01-01T13:00:00Z,1\n" },
        { "a problem", OHM_SOURCE_OPENADR,
          "{\"type\":\"about:blank\",\"title\":\"Forbidden\",\"status\":403}",
          "!the service answered with an error: Forbidden" },
    };
    check_answers(rows, sizeof rows / sizeof *rows);
}

/* Sources of the user's own. */
static void own(void **state)
{
    (void)state;
    static const ohm_answer_generic list = { "/data/0/rows", "/from",   "/to", "/a~1b/~0c",
                                             "ct/kWh",       OHM_NO_MS, 0 };
    static const ohm_answer_generic starts = { "", "/t", "", "/v", "g/kWh", OHM_NO_MS, 0 };
    static const ohm_answer_generic single = { "/now", "", "", "", "level", 7200000, 1800000 };
    static const ohm_answer_generic undated = { "/now", "", "", "", "", OHM_NO_MS, 0 };
    static const answer_row rows[] = {
        { "a list in a list, keys with / and ~, cents", OHM_SOURCE_GENERIC,
          "{\"data\":[{\"rows\":[{\"from\":\"2026-01-15T12:00:00Z\",\"to\":1768482000,"
          "\"a/b\":{\"~c\":\"-1.25\"}}]}]}",
          "2026-01-15T12:00:00Z,2026-01-15T13:00:00Z,-12.5\n", NULL, &list },
        { "starts alone, in milliseconds; a null", OHM_SOURCE_GENERIC,
          "[{\"t\":1768478400000,\"v\":30},{\"t\":1768480200000,\"v\":null}]",
          "2026-01-15T12:00:00Z,2026-01-15T12:30:00Z,30\n", NULL, &starts },
        { "one number, from when it came", OHM_SOURCE_GENERIC, "{\"now\":2}",
          "1970-01-01T02:00:00Z,1970-01-01T02:30:00Z,2\n", NULL, &single },
        { "one number of no time", OHM_SOURCE_GENERIC, "{\"now\":2}",
          "!a single value does not say when it holds", NULL, &undated },
        { "nothing there", OHM_SOURCE_GENERIC, "{\"then\":2}", "!the pointer points to nothing",
          NULL, &single },
        { "no number there", OHM_SOURCE_GENERIC, "{\"now\":{}}",
          "!what the pointer points to is not a number", NULL, &single },
        { "two values", OHM_SOURCE_GENERIC, "[{\"t\":0,\"v\":1},{\"t\":0,\"v\":2}]",
          "!two values for one time: 1970-01-01T00:00:00Z", NULL, &starts },
        { "no time", OHM_SOURCE_GENERIC, "[{\"t\":\"noon\",\"v\":1}]",
          "!a start is not a time: noon", NULL, &starts },
    };
    check_answers(rows, sizeof rows / sizeof *rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(forecasts), cmocka_unit_test(years),
                                        cmocka_unit_test(events), cmocka_unit_test(own) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
