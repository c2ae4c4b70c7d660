/* What a DLMS meter recorded, and how it counts: profiles longer than an answer can be, units and
 * columns that change, clocks that go forward and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../cosem_reading.h"
#include "host/tzdata.h"

enum { EVENTS = 4096, ROWS = 4096, EVENT_MS = 7 * 60000 };

static const ohm_span nothing = { NULL, 0 };

static void more_than_an_answer_holds(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_cosem_server_line line;
        ohm_cosem_auth auth;
        uint8_t control;
        uint16_t pdu;
        const char *settings;
    } cases[] = {
        { "in blocks", OHM_SERVER_WRAPPER, OHM_COSEM_NONE, 0, 2000,
          "client=1 days=30 read=1-0:1.8.0 profile=0-0:99.98.0" },
        { "with a counter for each of many blocks", OHM_SERVER_WRAPPER, OHM_COSEM_GMAC, 0x30, 200,
          "client=1 auth=gmac security=both days=30 read=1-0:1.8.0 profile=0-0:99.98.0" },
        { "behind an optical head, which signs on again", OHM_SERVER_MODE_E, OHM_COSEM_LOW, 0, 1000,
          "line=mode-e client=1 auth=low frame=1024 days=30 read=1-0:1.8.0 profile=0-0:99.98.0" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin_all(cases[i].line, cases[i].auth, cases[i].control);
        t.meter.events = EVENTS;
        t.meter.pdu_max = cases[i].pdu;
        t.meter.info_max = 1024;
        t.meter.heard_counter = 0;
        utc_ms = t.meter.first_row_ms + EVENTS * (ohm_ms)EVENT_MS;
        uint32_t baud = cases[i].line == OHM_SERVER_MODE_E ? 300 : 0;
        assert_false(ohm_failed(start(cases[i].settings, baud, nothing)));
        if (!converse() || recorded != EVENTS || why)
            fail_msg("%s: %d rows, %s", cases[i].why, recorded, why ? why : "");
        t.meter.events += 2;
        utc_ms += 2 * (ohm_ms)EVENT_MS;
        assert_true(converse());
        assert_int_equal(recorded, 2);
        end_all();
    }
}

static void a_catch_up_comes_in_pieces(void **state)
{
    (void)state;
    begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_NONE, 0);
    t.meter.rows = ROWS;
    utc_ms = t.meter.first_row_ms + ROWS * (ohm_ms)OHM_COSEM_SERVER_PERIOD_MS;
    assert_false(
        ohm_failed(start("client=1 days=60 read=1-0:1.8.0 profile=1-0:99.1.0", 0, nothing)));
    assert_true(converse());
    assert_null(why);
    assert_int_equal(recorded, ROWS);
    assert_int_equal(last_wh, ohm_cosem_server_import_wh(ROWS - 1));
    /* A line that fails meanwhile takes nothing of what came. */
    assert_false(
        ohm_failed(start("client=1 days=60 read=1-0:1.8.0 profile=1-0:99.1.0", 0, nothing)));
    t.loss = 100;
    int tries = 0, rows = 0;
    for (bool whole = false; !whole; tries++) {
        whole = converse();
        rows += recorded;
        assert_true(tries < 200);
    }
    assert_int_equal(rows, ROWS);
    end_all();
}

static void entries_come_in_pieces(void **state)
{
    (void)state;
    static const struct {
        const char *entries;
        int rows;
    } cases[] = {
        { "entries=1-", ROWS }, { "entries=1-4096", ROWS },       { "entries=3-4000", 3998 },
        { "entries=7", 1 },     { "entries=4090-4294967295", 7 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char settings[128];
        begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_NONE, 0);
        t.meter.rows = ROWS;
        t.meter.pdu_max = 8000;
        (void)snprintf(settings, sizeof settings, "client=1 read=1-0:1.8.0 profile=1-0:99.1.0 %s",
                       cases[i].entries);
        assert_false(ohm_failed(start(settings, 0, nothing)));
        if (!converse() || recorded != cases[i].rows || why)
            fail_msg("%s: %d rows, %s", cases[i].entries, recorded, why ? why : "");
        end_all();
    }
}

/* A meter that can't give a part of it: its registers are read, and it says so. */
static void what_cannot_be_held_is_said(void **state)
{
    (void)state;
    begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_NONE, 0);
    t.meter.rows = ROWS;
    t.meter.pdu_max = 8000;
    t.meter.ways = OHM_SERVER_NO_LISTS;
    assert_false(
        ohm_failed(start("client=1 read=1-0:1.8.0 profile=1-0:99.1.0,0-0:99.98.0", 0, nothing)));
    assert_true(converse());
    assert_int_equal(messages, 1 + 5); /* the other one comes */
    assert_non_null(why);
    assert_int_equal(state_at_end, OHM_METER_NO_PROFILE);
    end_all();
}

static void units_are_asked_anew(void **state)
{
    (void)state;
    const char *settings = "client=1 read=1-0:1.8.0 profile=1-0:99.1.0";
    begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_NONE, 0);
    assert_false(ohm_failed(start(settings, 0, nothing)));
    assert_true(converse());
    assert_int_equal(now_wh, ohm_cosem_server_import_wh(96));
    /* Another meter, of another make. */
    t.meter.kilo = true;
    t.meter.name[3] = '2';
    t.meter.rows++;
    utc_ms += OHM_COSEM_SERVER_PERIOD_MS;
    assert_true(converse());
    assert_int_equal(now_wh, ohm_cosem_server_import_wh(97) / 1000 * 1000);
    assert_in_range(recorded, 1, 2); /* the last one reads otherwise now */
    assert_int_equal(last_wh, ohm_cosem_server_import_wh(96) / 1000 * 1000);
    /* The same one, told from afar to count otherwise: within a day. */
    t.meter.kilo = false;
    t.now.v += 24 * (int64_t)OHM_HOUR_MS;
    t.meter.rows++;
    utc_ms += OHM_COSEM_SERVER_PERIOD_MS;
    assert_true(converse());
    assert_int_equal(now_wh, ohm_cosem_server_import_wh(98));
    assert_int_equal(last_wh, ohm_cosem_server_import_wh(97));
    end_all();
}

static void columns_are_asked_anew(void **state)
{
    (void)state;
    begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_NONE, 0);
    assert_false(ohm_failed(start("client=1 read=1-0:1.8.0 profile=1-0:99.1.0", 0, nothing)));
    assert_true(converse());
    t.meter.swapped = true;
    t.meter.rows++;
    utc_ms += OHM_COSEM_SERVER_PERIOD_MS;
    assert_true(converse());
    assert_in_range(recorded, 1, 2);
    assert_int_equal(last_wh, ohm_cosem_server_import_wh(96));
    assert_int_equal(last_export_wh, ohm_cosem_server_export_wh(96));
    end_all();
}

/* A number without its unit may be a thousand times too small: it waits for it. */
static void no_unit_for_the_moment(void **state)
{
    (void)state;
    begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_NONE, 0);
    t.meter.kilo = true;
    t.meter.ways = OHM_SERVER_MOODY;
    assert_false(ohm_failed(start("client=1 read=1-0:1.8.0 profile=1-0:99.1.0", 0, nothing)));
    assert_true(converse());
    assert_int_equal(messages, 1);
    assert_int_equal(now_wh, -1);
    assert_int_equal(state_at_end, OHM_METER_PARTLY);
    t.meter.ways = 0;
    assert_true(converse());
    assert_null(why);
    assert_int_equal(now_wh, ohm_cosem_server_import_wh(96) / 1000 * 1000);
    assert_int_equal(recorded, 96);
    end_all();
}

/* Meters of a zone whose clocks change; some compare what these show and nothing else. */
static void clocks_that_change(void **state)
{
    (void)state;
    static ohm_tz zurich;
    assert_int_equal(ohm_tzdata_load("Europe/Zurich", &zurich).code, OHM_OK);
    for (int i = 0; i < 10; i++) {
        begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_NONE, 0);
        bool eastern = i >= 8;
        bool standard = eastern ? i & 1 : i & 4; /* UTC+1 all year, whatever is said of it */
        t.meter.tz = standard ? NULL : &zurich;
        t.meter.ways = eastern ? OHM_SERVER_EASTERN : i & 1 ? OHM_SERVER_LOCAL : 0;
        zone = eastern || i & 2 ? &zurich : NULL;
        any_order = true;
        t.meter.first_row_ms = INT64_C(1774396800000); /* 2026-03-25T00:00:00Z */
        t.meter.rows = 10 * 96;
        utc_ms = t.meter.first_row_ms + 10 * 24 * (ohm_ms)OHM_HOUR_MS;
        t.meter.time_ms = utc_ms;
        assert_false(ohm_failed(start("client=1 read=1-0:1.8.0 profile=1-0:99.1.0 "
                                      "from=2026-03-27T00:00:00Z to=2026-03-30T00:00:00Z",
                                      0, nothing)));
        assert_true(converse());
        assert_int_equal(recorded, 3 * 96 + 1);
        /* An hour that comes twice, row by row. */
        t.meter.first_row_ms = INT64_C(1792800000000); /* 2026-10-24T00:00:00Z */
        t.meter.rows = 96;
        utc_ms = t.meter.first_row_ms + 24 * (ohm_ms)OHM_HOUR_MS;
        t.meter.time_ms = utc_ms;
        assert_false(ohm_failed(start("client=1 read=1-0:1.8.0 profile=1-0:99.1.0", 0, nothing)));
        assert_true(converse());
        for (int row = 96; row < 96 + 12; row++) {
            t.meter.rows++;
            utc_ms += OHM_COSEM_SERVER_PERIOD_MS;
            t.meter.time_ms = utc_ms;
            assert_true(converse());
            assert_int_equal(recorded, 1);
            assert_int_equal(last_wh, ohm_cosem_server_import_wh((uint32_t)row));
        }
        end_all();
    }
    zone = NULL;
}

/* An E450's times bear no deviation. With its zone known they are instants; else it is asked as if
 * its clock showed UTC, and gives what its clock shows between the two. */
static void a_clock_without_deviation(void **state)
{
    (void)state;
    static ohm_tz zurich;
    assert_int_equal(ohm_tzdata_load("Europe/Zurich", &zurich).code, OHM_OK);
    for (int i = 0; i < 2; i++) {
        begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_NONE, 0);
        any_order = true;
        zone = i > 0 ? &zurich : NULL;
        t.meter.ways = OHM_SERVER_NO_DEVIATION | OHM_SERVER_LOCAL;
        t.meter.rows = 3 * 96;
        utc_ms = t.meter.first_row_ms + 3 * 24 * (ohm_ms)OHM_HOUR_MS;
        assert_false(ohm_failed(start("client=1 read=1-0:1.8.0 profile=1-0:99.1.0 "
                                      "from=2026-01-16T00:00:00Z to=2026-01-16T23:45:00Z",
                                      0, nothing)));
        assert_true(converse());
        assert_int_equal(recorded, 96);
        uint32_t last = (uint32_t)(i > 0 ? 2 * 96 - 1 : 2 * 96 - 1 - 4);
        assert_int_equal(last_wh, ohm_cosem_server_import_wh(last));
        end_all();
    }
    zone = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_than_an_answer_holds), cmocka_unit_test(a_catch_up_comes_in_pieces),
        cmocka_unit_test(entries_come_in_pieces),    cmocka_unit_test(what_cannot_be_held_is_said),
        cmocka_unit_test(units_are_asked_anew),      cmocka_unit_test(columns_are_asked_anew),
        cmocka_unit_test(no_unit_for_the_moment),    cmocka_unit_test(clocks_that_change),
        cmocka_unit_test(a_clock_without_deviation),

    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
