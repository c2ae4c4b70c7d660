/* Our rows on their way out, whole lines as they must be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/reading.h"
#include "host/tzdata.h"
#include "inout/rows.h"

static void decimals(void **state)
{
    (void)state;
    static const struct {
        int64_t value;
        int decimals;
        char sign;
        const char *want;
    } rows[] = {
        { 23010, 2, '.', "230.1" },
        { 23000, 2, ',', "230" },
        { -5, 1, ',', "-0,5" },
        { 0, 4, '.', "0" },
        { 7, 4, '.', "0.0007" },
        { -12345, 0, '.', "-12345" },
        { 10, 1, '.', "1" },
        { 1005, 2, '.', "10.05" },
        { INT64_MIN, 2, '.', "-92233720368547758.08" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char got[OHM_ROWS_DECIMAL_MAX];
        size_t len = ohm_decimal_write(rows[i].value, rows[i].decimals, rows[i].sign, got);
        assert_string_equal(got, rows[i].want);
        assert_int_equal(len, strlen(rows[i].want));
    }
}

static const ohm_rows_reading reading = { .key = "my home/a,b/c=d/voltage",
                                          .quantity = OHM_Q_VOLTAGE,
                                          .quality = OHM_QUALITY_ESTIMATED,
                                          .time_ms = INT64_C(1774747800250),
                                          .value = -23010 };

static void readings(void **state)
{
    (void)state;
    static const struct {
        ohm_rows_form form;
        const char *head, *want;
    } rows[] = {
        { OHM_ROWS_CSV, "time,series,value,unit,quality\r\n",
          "2026-03-29T01:30:00.250Z,\"my home/a,b/c=d/voltage\",-230.1,V,estimated\r\n" },
        { OHM_ROWS_CSV_FR, "\xef\xbb\xbfhorodatage;utc;serie;valeur;unite;qualite\r\n",
          "29/03/2026 03:30:00;2026-03-29T01:30:00.250Z;my home/a,b/c=d/voltage;-230,1;V;"
          "estimated\r\n" },
        { OHM_ROWS_NDJSON, "",
          "{\"time\":\"2026-03-29T01:30:00.250Z\",\"series\":\"my home/a,b/c=d/voltage\","
          "\"value\":-230.1,\"unit\":\"V\",\"quality\":\"estimated\"}\n" },
        { OHM_ROWS_INFLUX, "",
          "ohmstead,site=my\\ home,zone=a\\,b,device=c\\=d,quality=estimated voltage=-230.1 "
          "1774747800250000000\n" },
    };
    static ohm_tz tz;
    assert_int_equal(ohm_tzdata_load("Europe/Paris", &tz).code, OHM_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char line[OHM_ROW_TEXT_MAX];
        size_t len = ohm_rows_readings_head(rows[i].form, line, sizeof line);
        assert_int_equal(len, strlen(rows[i].head));
        assert_memory_equal(line, rows[i].head, len);
        len = ohm_rows_reading_write(rows[i].form, &tz, &reading, line, sizeof line);
        line[len] = '\0';
        assert_string_equal(line, rows[i].want);
        for (size_t cap = 0; cap < len; cap++) /* never half a line */
            assert_int_equal(ohm_rows_reading_write(rows[i].form, &tz, &reading, line, cap), 0);
    }
}

static void steps_and_journal(void **state)
{
    (void)state;
    static ohm_tz tz;
    ohm_tz_utc(&tz);
    const ohm_rows_step gap = { .key = "a/b/c/power",
                                .quantity = OHM_Q_POWER,
                                .from_ms = INT64_C(1774742400000),
                                .to_ms = INT64_C(1774746000000) };
    ohm_rows_step full = gap;
    full.count = 3;
    full.has_mean = true;
    full.mean = full.min = full.max = full.first = full.last = 15;
    char line[OHM_ROW_TEXT_MAX];
    size_t len = ohm_rows_step_write(OHM_ROWS_CSV, &tz, &gap, line, sizeof line);
    line[len] = '\0';
    assert_string_equal(line, "2026-03-29T00:00:00Z,2026-03-29T01:00:00Z,a/b/c/power,0,,,,,,,W,"
                              "gap\r\n");
    len = ohm_rows_step_write(OHM_ROWS_CSV, &tz, &full, line, sizeof line);
    line[len] = '\0';
    assert_string_equal(line, "2026-03-29T00:00:00Z,2026-03-29T01:00:00Z,a/b/c/power,3,1.5,1.5,"
                              "1.5,1.5,1.5,,W,good\r\n");
    len = ohm_rows_step_write(OHM_ROWS_INFLUX, &tz, &full, line, sizeof line);
    line[len] = '\0';
    assert_string_equal(line, "ohmstead,site=a,zone=b,device=c power=1.5 1774742400000000000\n");
    full.columns = OHM_ROWS_MAX | OHM_ROWS_MEAN; /* some of it, always in the same order */
    full.unit = "Wh";
    len = ohm_rows_steps_head(OHM_ROWS_CSV_FR, full.columns, line, sizeof line);
    line[len] = '\0';
    assert_string_equal(line,
                        "\xef\xbb\xbfhorodatage;utc;fin_utc;serie;moyenne;max;unite;qualite\r\n");
    len = ohm_rows_step_write(OHM_ROWS_CSV_FR, &tz, &full, line, sizeof line);
    line[len] = '\0';
    assert_string_equal(line, "29/03/2026 00:00:00;2026-03-29T00:00:00Z;2026-03-29T01:00:00Z;"
                              "a/b/c/power;1,5;1,5;Wh;good\r\n");
    len = ohm_rows_step_write(OHM_ROWS_NDJSON, &tz, &full, line, sizeof line);
    line[len] = '\0';
    assert_string_equal(line, "{\"time\":\"2026-03-29T00:00:00Z\",\"to\":\"2026-03-29T01:00:00Z\","
                              "\"series\":\"a/b/c/power\",\"mean\":1.5,\"max\":1.5,"
                              "\"unit\":\"Wh\",\"quality\":\"good\"}\n");
    len = ohm_rows_steps_head(OHM_ROWS_CSV, 0, line, sizeof line);
    line[len] = '\0';
    assert_string_equal(line,
                        "time,to,series,readings,mean,min,max,first,last,energy,unit,quality\r\n");
    assert_int_equal(ohm_rows_steps_head(OHM_ROWS_NDJSON, 0, line, sizeof line), 0);
    len = ohm_rows_journal_write(OHM_ROWS_CSV, &tz, 7, gap.from_ms, ohm_span_text("{\"a\":1}"),
                                 line, sizeof line);
    line[len] = '\0';
    assert_string_equal(line, "2026-03-29T00:00:00Z,7,\"{\"\"a\"\":1}\"\r\n");
}

static void energies(void **state)
{
    (void)state;
    const ohm_rows_energy hour = { .key = "home/ground/main/energy_import",
                                   .local = "2026-10-25T02:00:00+01:00",
                                   .period = "",
                                   .how = "estimated",
                                   .wh = -360 };
    const ohm_rows_energy day = { .key = "a;b/c/d/energy_import",
                                  .local = "2026-10-25",
                                  .period = "blue_hc",
                                  .how = "gap",
                                  .kept = true };
    static const struct {
        ohm_rows_form form;
        const char *head, *hour, *day;
    } rows[] = {
        { OHM_ROWS_CSV, "from,series,period,wh,how,kept\r\n",
          "2026-10-25T02:00:00+01:00,home/ground/main/energy_import,,-360,estimated,0\r\n",
          "2026-10-25,a;b/c/d/energy_import,blue_hc,0,gap,1\r\n" },
        { OHM_ROWS_CSV_FR,
          "\xef\xbb\xbf"
          "debut;decalage;serie;periode;wh;qualite;eclairci\r\n",
          "25/10/2026 02:00:00;+01:00;home/ground/main/energy_import;;-360;estimated;0\r\n",
          "25/10/2026;;\"a;b/c/d/energy_import\";blue_hc;0;gap;1\r\n" },
        { OHM_ROWS_NDJSON, "",
          "{\"from\":\"2026-10-25T02:00:00+01:00\",\"series\":\"home/ground/main/energy_import\","
          "\"period\":\"\",\"wh\":-360,\"how\":\"estimated\",\"kept\":false}\n",
          "{\"from\":\"2026-10-25\",\"series\":\"a;b/c/d/energy_import\","
          "\"period\":\"blue_hc\",\"wh\":0,\"how\":\"gap\",\"kept\":true}\n" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[256];
        size_t len = ohm_rows_energy_head(rows[i].form, out, sizeof out);
        out[len] = '\0';
        assert_string_equal(out, rows[i].head);
        len = ohm_rows_energy_write(rows[i].form, &hour, out, sizeof out);
        out[len] = '\0';
        assert_string_equal(out, rows[i].hour);
        assert_int_equal(ohm_rows_energy_write(rows[i].form, &hour, out, len - 1), 0);
        out[ohm_rows_energy_write(rows[i].form, &day, out, sizeof out)] = '\0';
        assert_string_equal(out, rows[i].day);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(energies),
        cmocka_unit_test(decimals),
        cmocka_unit_test(readings),
        cmocka_unit_test(steps_and_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
