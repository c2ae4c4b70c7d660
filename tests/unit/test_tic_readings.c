/* What becomes of a frame of the TIC: readings of the house, and JSON. */
#include "meter/tic_readings.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "../tic_script.h"
#include "meter/protocol.h"

static ohm_tic decoder;

static const ohm_tic_message *message_of(const char *script, bool events)
{
    const ohm_tic_config config = { .events = events };
    static tic_bytes b;
    const ohm_tic_message *m = NULL;
    ohm_tic_reject reject;
    b = tic_script(script);
    ohm_span in = tic_span(&b);
    ohm_code code;
    ohm_tic_init(&decoder, &config);
    while ((code = ohm_tic_next(&decoder, &in, &m, &reject)) != OHM_OK)
        assert_int_not_equal(code, OHM_MORE);
    return m;
}

/* "power=1 voltage_l1=23900~": each reading in its order, "~" estimated, "?" suspect. */
static void write_frame(const ohm_frame *f, char *out, size_t cap)
{
    size_t len = 0;
    out[0] = 0;
    for (int i = 0; i < f->count; i++) {
        const ohm_value *v = &f->values[i];
        const char *mark = v->quality == OHM_QUALITY_ESTIMATED ? "~"
                           : v->quality == OHM_QUALITY_SUSPECT ? "?"
                                                               : "";
        int n = snprintf(out + len, cap - len, "%s%s=%lld%s", i ? " " : "",
                         ohm_quantity_get((ohm_quantity_id)v->quantity)->name, (long long)v->value,
                         mark);
        assert_true(n > 0 && (size_t)n < cap - len);
        len += (size_t)n;
    }
}

static void readings(void **state)
{
    (void)state;
    static const struct {
        const char *why, *script, *want;
    } rows[] = {
        { "apparent power is no watts", "^{PAPP 02840}$", "apparent_power_import=28400 overrun=0" },
        { "the base contract has one register", "^{BASE 012345678}{PTEC TH..}$",
          "energy_import=12345678 tariff_index=1 overrun=0" },
        { "two registers and their sum", "^{HCHC 000000100}{HCHP 000000020}{PTEC HP..}$",
          "energy_import_t1=100 energy_import_t2=20 energy_import=120 tariff_index=2 overrun=0" },
        { "no sum of half of them", "^{HCHC 000000100}{HCHP 000000020#}{PTEC HP..}$",
          "energy_import_t1=100 tariff_index=2" },
        { "nor with one that is no number", "^{HCHC 000000100}{HCHP 0000 0020}$",
          "energy_import_t1=100 overrun=0" },
        { "EJP, in the peak, after its notice", "^{EJPHN 1}{EJPHPM 2}{PEJP 30}{PTEC PM..}$",
          "energy_import_t1=1 energy_import_t2=2 energy_import=3 tariff_index=2 peak=1 "
          "peak_notice=1 overrun=0" },
        { "EJP on any other day", "^{EJPHN 1}{EJPHPM 2}{PTEC HN..}$",
          "energy_import_t1=1 energy_import_t2=2 energy_import=3 tariff_index=1 peak=0 "
          "peak_notice=0 overrun=0" },
        { "Tempo, with tomorrow's colour",
          "^{BBRHCJB 1}{BBRHPJB 2}{BBRHCJW 4}{BBRHPJW 8}{BBRHCJR 16}{BBRHPJR 32}{PTEC HPJW}"
          "{DEMAIN ROUG}$",
          "energy_import_t1=1 energy_import_t2=2 energy_import_t3=4 energy_import_t4=8 "
          "energy_import_t5=16 energy_import_t6=32 energy_import=63 tariff_index=4 overrun=0 "
          "tempo_today=2 tempo_tomorrow=3" },
        { "before it is announced", "^{PTEC HCJB}{DEMAIN ----}$",
          "tariff_index=1 overrun=0 tempo_today=1 tempo_tomorrow=0" },
        { "the current of the only phase", "^{ISOUSC 30}{IINST 012}{IMAX 090}$",
          "subscribed_current=30 current_l1=12000 current_max_l1=90 subscribed_power=6000~ "
          "overrun=0" },
        { "three phases", "^{ISOUSC 25}{IINST2 009}{PMAX 08611}$",
          "subscribed_current=25 current_l2=9000 power_import_max=8611 subscribed_power=15000~ "
          "overrun=0" },
        { "above the contract", "^{ADPS 033}{IINST 033}$", "current_l1=33000 overrun=1" },
        { "a frame without an end does not say that it is over", "{IINST 012}@",
          "current_l1=12000" },
        { "standard mode has its total",
          "^{NGTF|     TEMPO      }{EAST|000000063}{EASF01|000000001}{EASF10|000000002}"
          "{EASD01|000000063}{NTARF|02}{STGE|0D3A0401}$",
          "energy_import=63 energy_import_t1=1 energy_import_t10=2 energy_import_d1=63 "
          "tariff_index=2 disconnector=1 peak=0 peak_notice=0 overrun=0 tempo_today=1 "
          "tempo_tomorrow=3" },
        { "a Tempo contract before the announcement", "^{NGTF|     TEMPO      }{STGE|013A0401}$",
          "disconnector=1 peak=0 peak_notice=0 overrun=0 tempo_today=1 tempo_tomorrow=0" },
        { "no colours for others", "^{NGTF| HC et Week-End }{STGE|003A8000}{RELAIS|001}$",
          "relays=1 disconnector=1 peak=0 peak_notice=0 overrun=0" },
        { "the status register in a fuss", "^{STGE|90000086}$",
          "disconnector=0 peak=2 peak_notice=1 overrun=1" },
        { "a producer",
          "^{EAIT|007472722}{ERQ3|001083341}{SINSTI|01258}"
          "{SMAXIN|E241010131930|01592}{CCAIN|E241010130000|00800}$",
          "energy_export=7472722 reactive_energy_q3=1083341 apparent_power_export=12580 "
          "apparent_power_export_max=1592 power_export_mean=800" },
        { "contracted power", "^{PREF|09}{PCOUP|12}$",
          "subscribed_power=9000 breaking_power=12000" },
        { "yesterday's maximum is not today's",
          "^{SMAXSN|H191203032158|05706}{SMAXSN-1|H191202171658|05661}$",
          "apparent_power_import_max=5706" },
        { "volts", "^{URMS1|239}{UMOY1|E241011010000|238}$",
          "voltage_l1=23900 voltage_mean_l1=2380" },
        { "an index that no contract has", "^{NTARF|11}{PTEC|HP..}$", "tariff_index=11" },
        { "what no meter measures", "^{PAPP 999999999999}$",
          "apparent_power_import=9999999999990? overrun=0" },
        { "labels that mean nothing here", "^{NEW|42}{PRM|12345678901234}{MSG1|HELLO}$", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char got[1024];
        ohm_frame f;
        ohm_tic_readings(message_of(rows[i].script, false), 3, 1000, &f);
        write_frame(&f, got, sizeof got);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: %s for %s", rows[i].why, got, rows[i].want);
        assert_int_equal(f.device, 3);
        assert_int_equal(f.time_ms, 1000);
    }
}

static void an_overrun_alone(void **state)
{
    (void)state;
    char got[256];
    ohm_frame f;
    ohm_tic_readings(message_of("^{ADCO 021861348497}{ADPS 033}", true), 3, 1000, &f);
    write_frame(&f, got, sizeof got);
    assert_string_equal(got, "overrun=1");
}

static void wanted(void **state)
{
    (void)state;
    assert_true(ohm_tic_wanted(message_of("^{PAPP 02840}$", false)));
    assert_false(ohm_tic_wanted(message_of("^{ADCO 021861348497}$", false))); /* asleep */
}

/* The whole object once, then what changes with the meter. */
static void json_of(const char *script, bool events, char *out, size_t cap)
{
    ohm_json json;
    size_t len = 0;
    const ohm_meter_clock clock = { .last_ms = OHM_NO_MS };
    ohm_json_init(&json, out, cap - 1);
    ohm_protocol_tic.json(&json, message_of(script, events), &clock);
    assert_int_equal(ohm_json_finish(&json, &len), OHM_OK);
    out[len] = 0;
}

static void the_whole_object(void **state)
{
    (void)state;
    char got[4096];
    json_of("^{ADCO 021861348497}{OPTARIF BBR(}{PTEC HCJB}{DEMAIN ROUG}{PAPP 02840}$", false, got,
            sizeof got);
    assert_string_equal(
        got,
        "{\"protocol\":\"tic\",\"meter\":{\"system_title\":null,\"id\":\"021861348497\","
        "\"profile\":null},\"time\":null,\"security\":null,\"mode\":\"historique\",\"phases\":1,"
        "\"producer\":false,\"contract\":\"BBR(\",\"complete\":true,\"interrupted\":false,"
        "\"clock_degraded\":false,\"rejected\":0,\"overrun\":false,\"tariff_index\":1,"
        "\"tempo\":{\"today\":\"blue\",\"tomorrow\":\"red\"},\"relays\":null,\"stge\":null,"
        "\"next_day\":null,\"next_peak_day\":null,\"values\":["
        "{\"label\":\"ADCO\",\"value\":\"021861348497\",\"time\":null,\"quantity\":\"meter_id\","
        "\"unit\":null,\"number\":null},"
        "{\"label\":\"OPTARIF\",\"value\":\"BBR(\",\"time\":null,\"quantity\":\"contract\","
        "\"unit\":null,\"number\":null},"
        "{\"label\":\"PTEC\",\"value\":\"HCJB\",\"time\":null,\"quantity\":\"tariff_period\","
        "\"unit\":null,\"number\":null},"
        "{\"label\":\"DEMAIN\",\"value\":\"ROUG\",\"time\":null,\"quantity\":null,\"unit\":null,"
        "\"number\":null},"
        "{\"label\":\"PAPP\",\"value\":\"02840\",\"time\":null,"
        "\"quantity\":\"apparent_power_import\",\"unit\":\"VA\",\"number\":2840}]}");
}

static void parts_of_the_object(void **state)
{
    (void)state;
    static const struct {
        const char *why, *script, *want;
    } rows[] = {
        { "the time", "^{DATE|E241011010531|}$", "\"time\":\"2024-10-10T23:05:31Z\"" },
        { "of a value", "^{UMOY1|H191203125000|232}$",
          "{\"label\":\"UMOY1\",\"value\":\"232\",\"time\":\"2019-12-03T11:50:00Z\","
          "\"date\":\"H191203125000\",\"quantity\":\"voltage_mean_l1\",\"unit\":\"V\","
          "\"number\":232}" },
        { "an unsure clock", "^{DATE|e241011010531|}$", "\"clock_degraded\":true" },
        { "no season, no time", "^{DPM1| 000000000000|00}$",
          "\"time\":null,\"date\":\" 000000000000\"" },
        { "the register", "^{STGE|013A0501}$",
          "\"stge\":{\"contact\":\"open\",\"breaker\":\"closed\",\"cover_open\":false,"
          "\"overvoltage\":false,\"overrun\":false,\"producer\":true,\"injecting\":false,"
          "\"tariff_index\":2,\"distributor_index\":1,\"clock_degraded\":false,"
          "\"standard_mode\":true,\"euridis\":\"secured\",\"plc\":\"new_locked\","
          "\"plc_synchronised\":false,\"tempo_today\":\"blue\",\"tempo_tomorrow\":null,"
          "\"peak_notice\":0,\"peak\":0}" },
        { "the next day", "^{PJOURF+1|00008002 0256C001 NONUTILE}$",
          "\"next_day\":[{\"from\":\"00:00\",\"index\":2,\"contact\":\"open\"},"
          "{\"from\":\"02:56\",\"index\":1,\"contact\":\"closed\"}]" },
        { "relays", "^{RELAIS|129}$",
          "\"relays\":[true,false,false,false,false,false,false,true]" },
        { "relays that are none", "^{RELAIS|256}$", "\"relays\":null" },
        { "nobody knows the phases", "{SINSTS|00519}@", "\"phases\":null" },
        { "spaces stay", "^{LTARF| HEURE  CREUSE  }$", "\"value\":\" HEURE  CREUSE  \"" },
        { "bad groups count", "^{PAPP 02840#}{IINST 012}$", "\"rejected\":1" },
        { "a name of a contract", "^{NGTF| HC et Week-End }$", "\"contract\":\"HC et Week-End\"" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char got[4096];
        json_of(rows[i].script, false, got, sizeof got);
        if (!strstr(got, rows[i].want))
            fail_msg("%s: %s", rows[i].why, got);
    }
    char got[4096];
    json_of("^{ADPS 033}", true, got, sizeof got);
    assert_non_null(strstr(got, "\"event\":\"overrun\""));
}

static void the_time_of_a_frame(void **state)
{
    (void)state;
    static const struct {
        const char *why, *script;
        bool live;
        ohm_ms now_ms, want_ms;
    } rows[] = {
        { "the meter's", "^{DATE|H261120120000|}$", true, 1795172401000, 1795172400000 },
        { "ours when its clock is degraded", "^{DATE|h261120120000|}$", true, 1795172401000,
          1795172401000 },
        { "ours in historic mode", "^{PAPP 02840}$", true, 1795172401000, 1795172401000 },
        { "ours when it is a day off", "^{DATE|H261119120000|}$", true, 1795172401000,
          1795172401000 },
        { "of a recording the meter's", "^{DATE|H191119120000|}$", false, 1795172401000,
          1574161200000 },
        { "nobody's", "^{PAPP 02840}$", false, OHM_NO_MS, OHM_NO_MS },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_meter_clock clock = { .live = rows[i].live, .last_ms = OHM_NO_MS };
        ohm_ms got =
            ohm_protocol_tic.time_of(message_of(rows[i].script, false), &clock, rows[i].now_ms);
        if (got != rows[i].want_ms)
            fail_msg("%s: %lld", rows[i].why, (long long)got);
    }
}

static void for_people(void **state)
{
    (void)state;
    char text[256];
    ohm_protocol_item item;
    ohm_json json;
    const ohm_meter_clock clock = { .last_ms = OHM_NO_MS };
    const ohm_tic_message *m = message_of("^{ADCO 021861348497}{OPTARIF HC..}{PAPP 02840}$", false);
    ohm_protocol_tic.heading(m, 1795172400000, text, sizeof text);
    assert_string_equal(text, "021861348497: TIC, mode historique, single-phase, contract HC.., "
                              "2026-11-20T11:00:00Z");
    static const char *const want[] = { "\"021861348497\"", "\"HC..\"", "2840" };
    for (size_t i = 0; i < 3; i++) {
        size_t len = 0;
        ohm_json_init(&json, text, sizeof text);
        assert_true(ohm_protocol_tic.item(m, i, &clock, &json, &item));
        assert_int_equal(ohm_json_finish(&json, &len), OHM_OK);
        text[len] = 0;
        assert_string_equal(text, want[i]);
    }
    assert_string_equal(item.code, "PAPP");
    assert_string_equal(item.unit, "VA");
    assert_string_equal(item.quantity, "apparent_power_import");
    assert_false(ohm_protocol_tic.item(m, 3, &clock, &json, &item));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readings),
        cmocka_unit_test(an_overrun_alone),
        cmocka_unit_test(wanted),
        cmocka_unit_test(the_whole_object),
        cmocka_unit_test(parts_of_the_object),
        cmocka_unit_test(the_time_of_a_frame),
        cmocka_unit_test(for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
