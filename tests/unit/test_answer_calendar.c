/* What services say of days: Tempo by three of them, EJP, demand response. */
#include "answers.h"

#define DAY(day, next, value)                                                                      \
    "{\"start_date\":\"" day "\",\"end_date\":\"" next "\",\"value\":" value                       \
    ",\"updated_date\":\"2025-10-24T10:20:00+02:00\"}"
#define TEMPO(days) "{\"tempo_like_calendars\":{\"values\":[" days "]}}"
#define EJP(days)                                                                                  \
    "{\"errors\":[],\"content\":{\"options\":[{\"option\":\"EJP\",\"calendrier\":[" days "]}]}}"
#define DEMAND(days) "{\"signals\":[{\"signaled_dates\":[" days "]}]}"

static void tempo(void **state)
{
    (void)state;
    static const answer_row rows[] = {
        { "newest first, and the day of 25 hours from 06:00 to 06:00", OHM_SOURCE_TEMPO,
          TEMPO(DAY("2025-10-26T00:00:00+02:00", "2025-10-27T00:00:00+01:00", "\"RED\"") "," DAY(
              "2025-10-25T00:00:00+02:00", "2025-10-26T00:00:00+02:00", "\"WHITE\"")),
          "2025-10-25T04:00:00Z,2025-10-26T05:00:00Z,WHITE\n"
          "2025-10-26T05:00:00Z,2025-10-27T05:00:00Z,RED\n" },
        { "the day of 23 hours", OHM_SOURCE_TEMPO,
          TEMPO(DAY("2026-03-28T00:00:00+01:00", "2026-03-29T00:00:00+01:00", "\"BLUE\"")),
          "2026-03-28T05:00:00Z,2026-03-29T04:00:00Z,BLUE\n" },
        { "an offset of the wrong season", OHM_SOURCE_TEMPO,
          TEMPO(DAY("2025-11-01T00:00:00+02:00", "2025-11-02T00:00:00+02:00", "\"BLUE\"")),
          "2025-11-01T05:00:00Z,2025-11-02T05:00:00Z,BLUE\n" },
        { "an entry of two days", OHM_SOURCE_TEMPO,
          TEMPO(DAY("2026-01-10T00:00:00+01:00", "2026-01-12T00:00:00+01:00", "\"BLUE\"")),
          "2026-01-10T05:00:00Z,2026-01-11T05:00:00Z,BLUE\n"
          "2026-01-11T05:00:00Z,2026-01-12T05:00:00Z,BLUE\n" },
        { "a colour that is missing (2022-12-28) is not invented", OHM_SOURCE_TEMPO,
          TEMPO("{\"start_date\":\"2022-12-28T00:00:00+01:00\"}"), "" },
        { "tomorrow is not published yet", OHM_SOURCE_TEMPO,
          "{\"error\":\"TMPLIKSUPCON_TMPLIKCAL_F04\",\"error_description\":\"x\"}", "" },
        { "the same day twice, the same", OHM_SOURCE_TEMPO,
          TEMPO(DAY("2026-01-10T00:00:00+01:00", "2026-01-11T00:00:00+01:00", "\"RED\"") "," DAY(
              "2026-01-10T00:00:00+01:00", "2026-01-11T00:00:00+01:00", "\"RED\"")),
          "2026-01-10T05:00:00Z,2026-01-11T05:00:00Z,RED\n" },
        { "the same day twice, not the same", OHM_SOURCE_TEMPO,
          TEMPO(DAY("2026-01-10T00:00:00+01:00", "2026-01-11T00:00:00+01:00", "\"RED\"") "," DAY(
              "2026-01-10T00:00:00+01:00", "2026-01-11T00:00:00+01:00", "\"BLUE\"")),
          "!two colours for one day: 2026-01-10T05:00:00Z" },
        { "an error of the service", OHM_SOURCE_TEMPO,
          "{\"error\":\"COMMON_ERROR_T03\",\"error_description\":\"x\"}",
          "!the service answered with an error: COMMON_ERROR_T03" },
        { "a colour that nobody knows", OHM_SOURCE_TEMPO,
          TEMPO(DAY("2026-01-10T00:00:00+01:00", "2026-01-11T00:00:00+01:00", "\"GREEN\"")),
          "!a colour is not known: GREEN" },
        { "a day that ends before it starts", OHM_SOURCE_TEMPO,
          TEMPO(DAY("2026-01-10T00:00:00+01:00", "2026-01-09T00:00:00+01:00", "\"RED\"")),
          "!an end_date is not after its start: 2026-01-09T00:00:00+01:00" },
        { "XML, as without Accept", OHM_SOURCE_TEMPO, "<?xml version=\"1.0\"?><a/>",
          "!the body is a web page, not JSON" },
        { "a list", OHM_SOURCE_TEMPO, "[]", "!the body has no tempo_like_calendars" },
        { "a map of days, with other keys", OHM_SOURCE_TEMPO_SERVICES_RTE,
          "{\"values\":{\"2024-09-02\":\"RED\",\"premier_jour\":\"x\",\"2024-09-01\":\"BLUE\","
          "\"2024-09-03\":null}}",
          "2024-09-01T04:00:00Z,2024-09-02T04:00:00Z,BLUE\n"
          "2024-09-02T04:00:00Z,2024-09-03T04:00:00Z,RED\n" },
        { "a season without a day yet", OHM_SOURCE_TEMPO_SERVICES_RTE, "{\"values\":[]}", "" },
        { "no values", OHM_SOURCE_TEMPO_SERVICES_RTE, "{}", "!the body has no values" },
        { "one day", OHM_SOURCE_TEMPO_COULEUR,
          "{\"dateJour\":\"2026-01-06\",\"codeJour\":3,\"libCouleur\":\"Rouge\"}",
          "2026-01-06T05:00:00Z,2026-01-07T05:00:00Z,RED\n" },
        { "tomorrow is not known yet", OHM_SOURCE_TEMPO_COULEUR,
          "{\"dateJour\":\"2026-01-07\",\"codeJour\":0,\"libCouleur\":\"Inconnu\"}", "" },
        { "a list of days", OHM_SOURCE_TEMPO_COULEUR,
          "[{\"dateJour\":\"2026-01-06\",\"codeJour\":2},{\"dateJour\":\"2026-01-05\","
          "\"codeJour\":1}]",
          "2026-01-05T05:00:00Z,2026-01-06T05:00:00Z,BLUE\n"
          "2026-01-06T05:00:00Z,2026-01-07T05:00:00Z,WHITE\n" },
        { "another code", OHM_SOURCE_TEMPO_COULEUR, "{\"dateJour\":\"2026-01-06\",\"codeJour\":4}",
          "!codeJour is not 0 to 3: 2026-01-06" },
        { "the prices of the same service", OHM_SOURCE_TEMPO_COULEUR,
          "{\"bleuHC\":0.1325,\"dateDebut\":\"2026-02-01\"}", "!the body has no day (dateJour)" },
        { "its error", OHM_SOURCE_TEMPO_COULEUR,
          "{\"title\":\"An error occurred\",\"status\":404,\"detail\":\"Not Found\"}",
          "!the service answered with an error: Not Found" },
        { "year and month swapped round, as one portal does", OHM_SOURCE_TEMPO_COULEUR,
          "{\"dateJour\":\"2026-31-01\",\"codeJour\":1}", "!dateJour is not a date: 2026-31-01" },
    };
    check_answers(rows, sizeof rows / sizeof *rows);
}

static void others(void **state)
{
    (void)state;
    static const answer_row rows[] = {
        { "the peak runs from 07:00 to 01:00", OHM_SOURCE_EJP,
          EJP("{\"dateApplication\":\"2025-01-13\",\"statut\":\"EJP\"}"),
          "2025-01-13T06:00:00Z,2025-01-14T00:00:00Z,1\n"
          "2025-01-14T00:00:00Z,2025-01-14T06:00:00Z,0\n" },
        { "not one, out of season, and not known yet", OHM_SOURCE_EJP,
          EJP("{\"dateApplication\":\"2025-04-02\",\"statut\":\"NON_DEFINI\"},"
              "{\"dateApplication\":\"2025-04-01\",\"statut\":\"HORS_PERIODE_EJP\"}"),
          "2025-04-01T05:00:00Z,2025-04-01T23:00:00Z,0\n"
          "2025-04-01T23:00:00Z,2025-04-02T05:00:00Z,0\n" },
        { "a state that nobody knows", OHM_SOURCE_EJP,
          EJP("{\"dateApplication\":\"2025-01-13\",\"statut\":\"PEUT_ETRE\"}"),
          "!a day's state is not known: PEUT_ETRE" },
        { "the other option of that calendar", OHM_SOURCE_EJP,
          "{\"errors\":[],\"content\":{\"options\":[{\"option\":\"TEMPO\",\"calendrier\":[]}]}}",
          "!the body's calendar is of another option than EJP" },
        { "an error", OHM_SOURCE_EJP,
          "{\"errors\":[{\"code\":\"X\",\"description\":\"date invalide\"}],\"content\":null}",
          "!the service answered with an error: date invalide" },
        { "tomorrow first", OHM_SOURCE_DEMAND_RESPONSE,
          DEMAND("{\"start_date\":\"2025-01-14T00:00:00+01:00\",\"end_date\":"
                 "\"2025-01-15T00:00:00+01:00\",\"aoe_signals\":3},"
                 "{\"start_date\":\"2025-01-13T00:00:00+01:00\",\"end_date\":"
                 "\"2025-01-14T00:00:00+01:00\",\"aoe_signals\":0}"),
          "2025-01-12T23:00:00Z,2025-01-13T23:00:00Z,0\n"
          "2025-01-13T23:00:00Z,2025-01-14T23:00:00Z,3\n" },
        { "not said", OHM_SOURCE_DEMAND_RESPONSE,
          DEMAND("{\"start_date\":\"2025-01-14T00:00:00+01:00\",\"end_date\":"
                 "\"2025-01-15T00:00:00+01:00\",\"aoe_signals\":null}"),
          "" },
        { "days that overlap", OHM_SOURCE_DEMAND_RESPONSE,
          DEMAND("{\"start_date\":\"2025-01-14T00:00:00+01:00\",\"end_date\":"
                 "\"2025-01-15T12:00:00+01:00\",\"aoe_signals\":1},"
                 "{\"start_date\":\"2025-01-15T00:00:00+01:00\",\"end_date\":"
                 "\"2025-01-16T00:00:00+01:00\",\"aoe_signals\":0}"),
          "!two signals for one day: 2025-01-14T23:00:00Z" },
        { "another number", OHM_SOURCE_DEMAND_RESPONSE,
          DEMAND("{\"start_date\":\"2025-01-14T00:00:00+01:00\",\"end_date\":"
                 "\"2025-01-15T00:00:00+01:00\",\"aoe_signals\":4}"),
          "!aoe_signals is not 0 to 3: 2025-01-13T23:00:00Z" },
        { "Ecowatt goes the same way", OHM_SOURCE_ECOWATT,
          "{\"signals\":[{\"GenerationFichier\":\"2026-10-24T22:00:00+02:00\",\"jour\":"
          "\"2026-10-25T00:00:00+02:00\",\"values\":[{\"pas\":2,\"hvalue\":2}]}]}",
          "2026-10-25T00:00:00Z,2026-10-25T01:00:00Z,2\n"
          "2026-10-25T01:00:00Z,2026-10-25T02:00:00Z,2\n" },
        { "nothing at all", OHM_SOURCE_EJP, "", "!the body is empty" },
    };
    check_answers(rows, sizeof rows / sizeof *rows);
}

static void when_it_was_made(void **state)
{
    (void)state;
    ohm_tz tz;
    ohm_tz_utc(&tz);
    ohm_answer answer;
    ohm_refusal why;
    ohm_ms want_ms;
    const ohm_answer_options options = { .tz = &tz };
    const char *body =
        TEMPO(DAY("2026-01-10T00:00:00+01:00", "2026-01-11T00:00:00+01:00", "\"RED\""));
    assert_int_equal(
        ohm_answer_read(OHM_SOURCE_TEMPO, ohm_span_text(body), &options, &answer, &why), OHM_OK);
    assert_int_equal(ohm_rfc3339_parse(ohm_span_text("2025-10-24T10:20:00+02:00"), &want_ms).code,
                     OHM_OK);
    assert_true(answer.made_ms == want_ms);
    assert_int_equal(answer.unit, OHM_UNIT_COLOUR);
    ohm_answer_release(&answer);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(tempo), cmocka_unit_test(others),
                                        cmocka_unit_test(when_it_was_made) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
