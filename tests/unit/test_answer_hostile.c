/* What no source may make us believe: of each of them bodies that are empty, cut, another's, of
 * another version, with an hour twice, with numbers that are none; and days of every length. */
#include "answers.h"

#include <stdlib.h>

/* A good body whose value is %s, and what makes it bad. */
typedef struct hostile {
    ohm_source source;
    const char *body;  /* with one value in it */
    const char *value; /* a good one */
    const char *twice; /* the same time with two values */
    const char *other; /* of another version, or another service's */
    bool number;       /* the value is one; else a name or a code */
    bool below;        /* it may be below zero */
} hostile;

#define EPW_HEAD                                                                                   \
    "LOCATION,Lyon,AR,FRA,x,074800,45.7,4.9,1.0,198.0\r\nD\r\nT\r\nG\r\nH\r\nC\r\nC\r\n"           \
    "DATA PERIODS,1,1,Data,Sunday,1/ 1,12/31\r\n"
#define EPW_ROW(hour, t)                                                                           \
    "2004,1,1," hour ",60,?9," t ",-2.0,85,99846,0,0,271,9999,2,3,0,0,0,0,268,3.0,8,8,6750.0\r\n"
#define PVGIS_HEAD "Latitude: 45\r\n\r\ntime(UTC),T2m,RH,G(h)\r\n"
#define ENTSOE_HEAD                                                                                \
    "<Publication_MarketDocument><type>A44</type><TimeSeries><currency_Unit.name>EUR"              \
    "</currency_Unit.name><Period><timeInterval><start>2025-01-01T00:00Z</start><end>"             \
    "2025-01-01T01:00Z</end></timeInterval><resolution>PT60M</resolution>"
#define ENTSOE_POINT(v) "<Point><position>1</position><price.amount>" v "</price.amount></Point>"
#define ENTSOE_TAIL     "</Period></TimeSeries></Publication_MarketDocument>"
#define NORDPOOL(v)                                                                                \
    "{\"deliveryStart\":\"2024-11-04T23:00:00Z\",\"deliveryEnd\":\"2024-11-05T00:00:00Z\","        \
    "\"entryPerArea\":{\"FR\":" v "}}"
#define AWATTAR(v)                                                                                 \
    "{\"start_timestamp\":1767225600000,\"end_timestamp\":1767229200000,\"marketprice\":" v        \
    ",\"unit\":\"Eur/MWh\"}"
#define TIBBER(v) "{\"total\":" v ",\"startsAt\":\"2025-09-19T00:00:00.000+02:00\"}"
#define TIBBER_HEAD                                                                                \
    "{\"data\":{\"viewer\":{\"homes\":[{\"currentSubscription\":{\"priceInfo\":{\"today\":["
#define TIBBER_TAIL "],\"tomorrow\":[]}}}]}}}"
#define ECO2MIX(v)  "{\"date_heure\":\"2026-01-15T16:45:00+00:00\",\"taux_co2\":" v "}"
#define TEMPO(v)                                                                                   \
    "{\"start_date\":\"2026-01-06T00:00:00+01:00\",\"end_date\":\"2026-01-07T00:00:00+01:00\","    \
    "\"value\":" v ",\"updated_date\":\"2026-01-05T10:20:00+01:00\"}"
#define EJP_HEAD "{\"errors\":[],\"content\":{\"options\":[{\"option\":\"EJP\",\"calendrier\":["
#define EJP(v)   "{\"dateApplication\":\"2025-01-13\",\"statut\":" v "}"
#define DEMAND(v)                                                                                  \
    "{\"start_date\":\"2025-01-14T00:00:00+01:00\",\"end_date\":\"2025-01-15T00:00:00+01:00\","    \
    "\"aoe_signals\":" v "}"
#define OPENADR(v)                                                                                 \
    "{\"priority\":0,\"intervalPeriod\":{\"start\":\"2025-01-01T12:00:00Z\",\"duration\":"         \
    "\"PT1H\"},\"intervals\":[{\"payloads\":[{\"type\":\"PRICE\",\"values\":[" v "]}]}]}"
#define ECOWATT_DAY(v)                                                                             \
    "{\"GenerationFichier\":\"2022-10-29T22:00:00+02:00\",\"jour\":\"2022-10-30T00:00:00+02:00\"," \
    "\"dvalue\":1,\"message\":\"\",\"values\":[{\"pas\":0,\"hvalue\":" v "}]}"
#define METEO(times, values)                                                                       \
    "{\"utc_offset_seconds\":0,\"hourly_units\":{\"temperature_2m\":\"\xc2\xb0"                    \
    "C\"},\"hourly\":{\"time\":[" times "],\"temperature_2m\":[" values "]}}"
#define CHARTS(times, values)                                                                      \
    "{\"unix_seconds\":[" times "],\"price\":[" values "],\"unit\":\"EUR / MWh\"}"

static const hostile sources[] = {
    { OHM_SOURCE_ECOWATT, "{\"signals\":[" ECOWATT_DAY("%s") "]}", "2", NULL,
      "{\"signals\":[{\"day\":\"2022-10-30\",\"hours\":[1,1,1]}]}", true, false },
    { OHM_SOURCE_TEMPO, "{\"tempo_like_calendars\":{\"values\":[" TEMPO("%s") "]}}", "\"RED\"",
      "{\"tempo_like_calendars\":{\"values\":[" TEMPO("\"RED\"") "," TEMPO("\"BLUE\"") "]}}",
      "{\"tempo\":[{\"day\":\"2026-01-06\",\"colour\":\"RED\"}]}", false, false },
    { OHM_SOURCE_TEMPO_SERVICES_RTE, "{\"values\":{\"2024-09-01\":%s}}", "\"BLUE\"",
      "{\"values\":{\"2024-09-01\":\"BLUE\",\"2024-09-01\":\"RED\"}}",
      "{\"days\":[{\"2024-09-01\":\"BLUE\"}]}", false, false },
    { OHM_SOURCE_TEMPO_COULEUR, "[{\"dateJour\":\"2026-01-06\",\"codeJour\":%s}]", "2",
      "[{\"dateJour\":\"2026-01-06\",\"codeJour\":2},{\"dateJour\":\"2026-01-06\",\"codeJour\":3}]",
      "[{\"jour\":\"2026-01-06\",\"couleur\":2}]", false, false },
    { OHM_SOURCE_EJP, EJP_HEAD EJP("%s") "]}]}}", "\"EJP\"",
      EJP_HEAD EJP("\"EJP\"") "," EJP("\"NON_EJP\"") "]}]}}", "{\"jours\":[\"2025-01-13\"]}", false,
      false },
    { OHM_SOURCE_DEMAND_RESPONSE, "{\"signals\":[{\"signaled_dates\":[" DEMAND("%s") "]}]}", "1",
      "{\"signals\":[{\"signaled_dates\":[" DEMAND("1") "," DEMAND("2") "]}]}",
      "{\"signals\":[{\"dates\":[\"2025-01-14\"]}]}", true, false },
    { OHM_SOURCE_ENTSOE, ENTSOE_HEAD ENTSOE_POINT("%s") ENTSOE_TAIL, "61.2",
      ENTSOE_HEAD ENTSOE_POINT("1") ENTSOE_POINT("2") ENTSOE_TAIL,
      "<GL_MarketDocument><type>A75</type></GL_MarketDocument>", true, true },
    { OHM_SOURCE_ENERGY_CHARTS, CHARTS("0,3600", "%s,1"), "61.2", CHARTS("0,0", "1,2"),
      "{\"seconds\":[0],\"prices\":[1]}", true, true },
    { OHM_SOURCE_NORDPOOL,
      "{\"deliveryAreas\":[\"FR\"],\"multiAreaEntries\":[" NORDPOOL("%s") "],\"currency\":\"EUR\"}",
      "83.63",
      "{\"deliveryAreas\":[\"FR\"],\"multiAreaEntries\":[" NORDPOOL("1") "," NORDPOOL(
          "2") "],"
               "\"currency\":\"EUR\"}",
      "{\"data\":{\"Rows\":[]}}", true, true },
    { OHM_SOURCE_AWATTAR, "{\"data\":[" AWATTAR("%s") "]}", "1.5",
      "{\"data\":[" AWATTAR("1") "," AWATTAR("2") "]}", "{\"prices\":[1.5]}", true, true },
    { OHM_SOURCE_TIBBER, TIBBER_HEAD TIBBER("%s") TIBBER_TAIL, "0.2",
      TIBBER_HEAD TIBBER("0.2") "," TIBBER("0.3") TIBBER_TAIL,
      "{\"errors\":[{\"message\":\"invalid token\"}],\"data\":null}", true, true },
    { OHM_SOURCE_ECO2MIX, "{\"results\":[" ECO2MIX("%s") "]}", "38",
      "{\"results\":[" ECO2MIX("38") "," ECO2MIX("39") "]}", "{\"rows\":[38]}", true, false },
    { OHM_SOURCE_OPEN_METEO, METEO("0,3600", "%s,1"), "1.5", METEO("0,0", "1,2"),
      "{\"daily\":{\"time\":[0],\"temperature_2m_max\":[1]}}", true, true },
    { OHM_SOURCE_EPW, EPW_HEAD EPW_ROW("1", "%s"), "-0.5",
      EPW_HEAD EPW_ROW("1", "1.0") EPW_ROW("1", "2.0"), "LOCATION,Lyon\r\n", true, true },
    { OHM_SOURCE_PVGIS, PVGIS_HEAD "20180101:0000,%s,81,0.0\r\n", "2.04",
      PVGIS_HEAD "20180101:0000,2.04,81,0.0\r\n20180101:0000,3.04,81,0.0\r\n",
      "{\"outputs\":{\"monthly\":[]}}", true, true },
    { OHM_SOURCE_FORECAST_SOLAR,
      "{\"result\":{\"watts\":{\"2024-04-26T06:20:17+02:00\":0,\"2024-04-26T07:00:00+02:00\":%s}}}",
      "270",
      "{\"result\":{\"watts\":{\"2024-04-26T06:00:00+02:00\":1,\"2024-04-26T06:00:00+02:00\":2}}}",
      "{\"result\":{\"estimates\":[1,2]}}", true, false },
    { OHM_SOURCE_OPENADR, "[" OPENADR("%s") "]", "0.17", "[" OPENADR("1") "," OPENADR("2") "]",
      "[{\"oadrEvent\":{\"signals\":[]}}]", true, true },
};
enum { SOURCES = sizeof sources / sizeof *sources };

static ohm_tz paris;

static const char *name_of(const hostile *h)
{
    return ohm_source_of(h->source)->name;
}

/* Its segments as lines; "!" and the reason. */
static void read_as(const hostile *h, const char *body, char out[static ANSWER_TEXT_MAX])
{
    const answer_row row = { .source = h->source, .body = body };
    answer_write(&row, &paris, out, ANSWER_TEXT_MAX);
}

static void with(const hostile *h, const char *value, char out[static ANSWER_TEXT_MAX])
{
    const char *at = strstr(h->body, "%s");
    assert_non_null(at);
    (void)snprintf(out, ANSWER_TEXT_MAX, "%.*s%s%s", (int)(at - h->body), h->body, value, at + 2);
}

static bool says_nothing(const char *got)
{
    return got[0] == '!' ? got[1] != '\0' : got[0] == '\0';
}

static void a_good_body_is_read(void **state)
{
    (void)state;
    for (int i = 0; i < SOURCES; i++) {
        char body[ANSWER_TEXT_MAX], got[ANSWER_TEXT_MAX];
        with(&sources[i], sources[i].value, body);
        read_as(&sources[i], body, got);
        if (got[0] == '!' || got[0] == '\0')
            fail_msg("%s: %s", name_of(&sources[i]), got);
    }
}

static void what_is_no_body_says_nothing(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        " ",
        "\n",
        "null",
        "true",
        "0",
        "\"x\"",
        "[]",
        "{}",
        "[null]",
        "[[]]",
        "{\"error\":\"down\"}",
        "NaN",
        "\xff\xfe",
        "{\"a\":",
        "<html><body>502 Bad Gateway</body></html>",
        "<?xml version=\"1.0\"?>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
        "a,b,c\n1,2,3\n",
    };
    for (int i = 0; i < SOURCES; i++)
        for (size_t k = 0; k < sizeof bodies / sizeof *bodies; k++) {
            char got[ANSWER_TEXT_MAX];
            read_as(&sources[i], bodies[k], got);
            if (!says_nothing(got))
                fail_msg("%s of '%s': %s", name_of(&sources[i]), bodies[k], got);
        }
}

static void another_version_is_refused(void **state)
{
    (void)state;
    for (int i = 0; i < SOURCES; i++) {
        char got[ANSWER_TEXT_MAX];
        read_as(&sources[i], sources[i].other, got);
        if (got[0] != '!' || !got[1])
            fail_msg("%s of %s: %s", name_of(&sources[i]), sources[i].other, got);
    }
}

/* A body of one source is none of another's. */
static void another_source_is_refused(void **state)
{
    (void)state;
    for (int i = 0; i < SOURCES; i++)
        for (int k = 0; k < SOURCES; k++) {
            char body[ANSWER_TEXT_MAX], got[ANSWER_TEXT_MAX];
            with(&sources[k], sources[k].value, body);
            read_as(&sources[i], body, got);
            if (i != k && !says_nothing(got))
                fail_msg("%s of a body of %s: %s", name_of(&sources[i]), name_of(&sources[k]), got);
        }
}

/* A cut body is refused, or (a table of rows) says the beginning of what it said. */
static void a_cut_body_adds_nothing(void **state)
{
    (void)state;
    for (int i = 0; i < SOURCES; i++) {
        char body[ANSWER_TEXT_MAX], got[ANSWER_TEXT_MAX], whole[ANSWER_TEXT_MAX];
        bool rows = sources[i].source == OHM_SOURCE_EPW || sources[i].source == OHM_SOURCE_PVGIS;
        with(&sources[i], sources[i].value, body);
        read_as(&sources[i], body, whole);
        size_t len = strlen(body);
        while (len && strchr("\r\n", body[len - 1]))
            len--;
        for (size_t cut = len; cut-- > 0;) {
            body[cut] = '\0';
            read_as(&sources[i], body, got);
            bool beginning = rows && strncmp(whole, got, strlen(got)) == 0;
            if (got[0] != '!' && !beginning && got[0])
                fail_msg("%s cut at %zu: %s", name_of(&sources[i]), cut, got);
        }
    }
}

static void more_than_a_body_is_refused(void **state)
{
    (void)state;
    enum { DEEP = 100000 };
    char *deep = malloc(DEEP + 1);
    assert_non_null(deep);
    memset(deep, '[', DEEP);
    deep[DEEP] = '\0';
    for (int i = 0; i < SOURCES; i++) {
        char body[ANSWER_TEXT_MAX], twice[2 * ANSWER_TEXT_MAX], got[ANSWER_TEXT_MAX];
        const hostile *h = &sources[i];
        read_as(h, deep, got);
        if (got[0] != '!')
            fail_msg("%s, %d deep: %s", name_of(h), DEEP, got);
        with(h, h->value, body);
        (void)snprintf(twice, sizeof twice, "%s%s", body, body);
        read_as(h, twice, got);
        if (got[0] != '!')
            fail_msg("%s, one body after another: %s", name_of(h), got);
        if (!h->twice)
            continue;
        read_as(h, h->twice, got);
        if (got[0] != '!')
            fail_msg("%s, a time twice: %s", name_of(h), got);
    }
    free(deep);
}

static void a_number_is_one(void **state)
{
    (void)state;
    static const char *const none[] = { "NaN",       "Infinity", "-Infinity", "1e999", "0x10",
                                        "1,5,",      "\"\"",     "[]",        "{}",    "true",
                                        "\"price\"", "1e-999",   "--1",       "1.2.3", "+-1" };
    for (int i = 0; i < SOURCES; i++) {
        const hostile *h = &sources[i];
        char body[ANSWER_TEXT_MAX], got[ANSWER_TEXT_MAX], whole[ANSWER_TEXT_MAX];
        with(h, h->value, body);
        read_as(h, body, whole);
        for (size_t k = 0; k < sizeof none / sizeof *none; k++) {
            with(h, none[k], body);
            read_as(h, body, got);
            bool fewer = got[0] != '!' && strlen(got) < strlen(whole); /* that one is left out */
            if (got[0] != '!' && !fewer)
                fail_msg("%s, value %s: %s", name_of(h), none[k], got);
        }
    }
}

/* Zero is a value, and so is what lies below it where that can be. */
static void zero_and_below(void **state)
{
    (void)state;
    for (int i = 0; i < SOURCES; i++) {
        const hostile *h = &sources[i];
        char body[ANSWER_TEXT_MAX], got[ANSWER_TEXT_MAX];
        if (!h->number)
            continue;
        with(h, "0", body);
        read_as(h, body, got);
        if (got[0] == '!' || !strstr(got, ",0\n"))
            fail_msg("%s, 0: %s", name_of(h), got);
        with(h, "-4.5", body);
        read_as(h, body, got);
        bool below = got[0] != '!' && strstr(got, ",-4");
        if (below != h->below)
            fail_msg("%s, -4.5: %s", name_of(h), got);
    }
}

/* --- days of 23, 24 and 25 hours ------------------------------------------------------------ */

enum { DAY_TEXT_MAX = 64 << 10, QUARTER_MS = 15 * OHM_MINUTE_MS };

typedef struct day_text {
    char text[DAY_TEXT_MAX];
    size_t len;
} day_text;

__attribute__((format(printf, 2, 3))) static void put(day_text *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(d->text + d->len, sizeof d->text - d->len, format, args);
    va_end(args);
    assert_true(n >= 0 && (size_t)n < sizeof d->text - d->len);
    d->len += (size_t)n;
}

/* "2025-10-26T00:15:00Z" */
static const char *utc_text(ohm_ms at_ms, char out[static OHM_RFC3339_MAX + 1])
{
    out[ohm_rfc3339_write(at_ms, out)] = '\0';
    return out;
}

static void write_entsoe(day_text *d, ohm_interval day)
{
    char from[OHM_RFC3339_MAX + 1], to[OHM_RFC3339_MAX + 1];
    put(d,
        "<Publication_MarketDocument><type>A44</type><TimeSeries><currency_Unit.name>EUR"
        "</currency_Unit.name><Period><timeInterval><start>%.16sZ</start><end>%.16sZ</end>"
        "</timeInterval><resolution>PT15M</resolution>",
        utc_text(day.from_ms, from), utc_text(day.to_ms, to));
    for (int i = 0; day.from_ms + i * QUARTER_MS < day.to_ms; i++)
        put(d, "<Point><position>%d</position><price.amount>%d</price.amount></Point>", i + 1, i);
    put(d, "</Period></TimeSeries></Publication_MarketDocument>");
}

static void write_charts(day_text *d, ohm_interval day)
{
    put(d, "{\"unix_seconds\":[");
    for (ohm_ms at_ms = day.from_ms; at_ms < day.to_ms; at_ms += QUARTER_MS)
        put(d, "%s%lld", at_ms > day.from_ms ? "," : "", (long long)(at_ms / 1000));
    put(d, "],\"price\":[");
    for (int i = 0; day.from_ms + i * QUARTER_MS < day.to_ms; i++)
        put(d, "%s%d", i ? "," : "", i);
    put(d, "],\"unit\":\"EUR / MWh\"}");
}

static void write_nordpool(day_text *d, ohm_interval day)
{
    char from[OHM_RFC3339_MAX + 1], to[OHM_RFC3339_MAX + 1];
    put(d, "{\"deliveryAreas\":[\"FR\"],\"currency\":\"EUR\",\"multiAreaEntries\":[");
    for (int i = 0; day.from_ms + i * QUARTER_MS < day.to_ms; i++) {
        ohm_ms at_ms = day.from_ms + i * QUARTER_MS;
        put(d, "%s{\"deliveryStart\":\"%s\",\"deliveryEnd\":\"%s\",\"entryPerArea\":{\"FR\":%d}}",
            i ? "," : "", utc_text(at_ms, from), utc_text(at_ms + QUARTER_MS, to), i);
    }
    put(d, "]}");
}

static void write_awattar(day_text *d, ohm_interval day)
{
    put(d, "{\"data\":[");
    for (int i = 0; day.from_ms + i * QUARTER_MS < day.to_ms; i++) {
        long long at_ms = day.from_ms + i * QUARTER_MS;
        put(d,
            "%s{\"start_timestamp\":%lld,\"end_timestamp\":%lld,\"marketprice\":%d,"
            "\"unit\":\"Eur/MWh\"}",
            i ? "," : "", at_ms, at_ms + QUARTER_MS, i);
    }
    put(d, "]}");
}

/* In local time, with its offset: the hour that the clock shows twice is told apart. */
static void write_tibber(day_text *d, ohm_interval day)
{
    put(d, TIBBER_HEAD);
    for (int i = 0; day.from_ms + i * QUARTER_MS < day.to_ms; i++) {
        ohm_ms at_ms = day.from_ms + i * QUARTER_MS;
        ohm_civil c = ohm_civil_from_utc(&paris, at_ms);
        put(d, "%s{\"total\":%d.%03d,\"startsAt\":\"%04d-%02u-%02uT%02u:%02u:00.000+%02d:00\"}",
            i ? "," : "", i / 1000, i % 1000, c.date.year, c.date.month, c.date.day, c.hour,
            c.minute, ohm_tz_offset_s(&paris, at_ms) / 3600);
    }
    put(d, TIBBER_TAIL);
}

typedef struct day_writer {
    ohm_source source;
    void (*write)(day_text *d, ohm_interval day);
} day_writer;

/* From local midnight to local midnight, each quarter with its own price. */
static void check_day(const day_writer *w, ohm_date date, size_t quarters)
{
    static day_text d;
    const ohm_interval day = ohm_date_interval(&paris, date);
    const ohm_answer_options options = { .tz = &paris };
    ohm_answer answer;
    ohm_refusal why;
    d.len = 0;
    w->write(&d, day);
    ohm_span body = ohm_span_of(d.text, d.len);
    if (ohm_answer_read(w->source, body, &options, &answer, &why) != OHM_OK)
        fail_msg("%s, %zu: %s", ohm_source_of(w->source)->name, quarters, why.err.what);
    assert_int_equal(answer.count, quarters);
    for (size_t k = 0; k < answer.count; k++) {
        char value[OHM_SEGMENT_VALUE_MAX], want[24];
        ohm_interval when = answer.segments[k].when;
        assert_true(when.from_ms == day.from_ms + (ohm_ms)k * QUARTER_MS);
        assert_true(when.to_ms == when.from_ms + QUARTER_MS);
        (void)ohm_segment_write(&answer.segments[k], answer.unit, value);
        (void)snprintf(want, sizeof want, "%zu", k);
        assert_string_equal(value, want);
    }
    assert_true(answer.segments[answer.count - 1].when.to_ms == day.to_ms);
    ohm_answer_release(&answer);
}

static void days_have_92_96_and_100_quarters(void **state)
{
    (void)state;
    static const day_writer writers[] = { { OHM_SOURCE_ENTSOE, write_entsoe },
                                          { OHM_SOURCE_ENERGY_CHARTS, write_charts },
                                          { OHM_SOURCE_NORDPOOL, write_nordpool },
                                          { OHM_SOURCE_AWATTAR, write_awattar },
                                          { OHM_SOURCE_TIBBER, write_tibber } };
    for (size_t w = 0; w < sizeof writers / sizeof *writers; w++) {
        check_day(&writers[w], (ohm_date){ 2025, 3, 30 }, 92);
        check_day(&writers[w], (ohm_date){ 2025, 10, 25 }, 96);
        check_day(&writers[w], (ohm_date){ 2025, 10, 26 }, 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_body_is_read),
        cmocka_unit_test(what_is_no_body_says_nothing),
        cmocka_unit_test(another_version_is_refused),
        cmocka_unit_test(another_source_is_refused),
        cmocka_unit_test(a_cut_body_adds_nothing),
        cmocka_unit_test(more_than_a_body_is_refused),
        cmocka_unit_test(a_number_is_one),
        cmocka_unit_test(zero_and_below),
        cmocka_unit_test(days_have_92_96_and_100_quarters),
    };
    if (ohm_failed(ohm_tzdata_load("Europe/Paris", &paris)))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
