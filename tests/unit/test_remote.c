/* What engines answer to questions, as rows; and what they must not make us believe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cmd/mirror_build.h"
#include "store/remote_own.h"

static const char *const power = "h/z/d/power_import"; /* one decimal */

static ohm_remote_rows rows_of(int64_t step_ms)
{
    ohm_remote_rows rows;
    const ohm_interval range = { 1000, 4000 };
    ohm_err err = ohm_remote_rows_init(&rows, power, range, step_ms, 0);
    assert_false(ohm_failed(err));
    return rows;
}

static void check_refused(const char *why, ohm_remote_parse *parse, int64_t step_ms,
                          const char *body, ohm_code want)
{
    ohm_remote_rows rows = rows_of(step_ms);
    ohm_err err = parse(ohm_span_text(body), &rows);
    if (err.code != want)
        fail_msg("%s: %s", why, ohm_code_name(err.code));
    ohm_remote_rows_release(&rows);
}

#define MATRIX(result)                                                                             \
    "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[" result "]}}"
#define ROLLUP(name, points) "{\"metric\":{\"rollup\":\"" name "\"},\"values\":[" points "]}"

static void test_steps_of_victoriametrics(void **state)
{
    (void)state;
    ohm_remote_rows rows = rows_of(1000);
    static const char body[] =
        MATRIX(ROLLUP("avg_over_time", "[1.999,\"12.34\"],[3.999,\"-1\"]") "," //
               ROLLUP("min_over_time", "[1.999,\"10\"],[3.999,\"-2\"]") ","    //
               ROLLUP("max_over_time", "[1.999,\"1.4e1\"]") ","                //
               ROLLUP("count_over_time", "[1.999,\"3\"],[3.999,\"2\"]") ","    //
               ROLLUP("first_over_time", "[1.999,\"NaN\"]"));
    ohm_err err = ohm_remote_matrix(ohm_span_text(body), &rows);
    assert_false(ohm_failed(err));
    ohm_remote_rows_finish(&rows);
    assert_int_equal(rows.count, 3);
    assert_int_equal(rows.rows[0].from_ms, 1000);
    assert_int_equal(rows.rows[0].mean, 123);
    assert_int_equal(rows.rows[0].min, 100);
    assert_int_equal(rows.rows[0].max, 140);
    assert_int_equal(rows.rows[0].count, 3);
    assert_int_equal(rows.rows[1].count, 0); /* a gap is a gap */
    assert_int_equal(rows.rows[1].mean, 0);
    assert_int_equal(rows.rows[2].mean, -10);
    assert_int_equal(rows.rows[2].to_ms, 4000);
    ohm_remote_rows_release(&rows);
}

static void test_a_matrix_that_is_none(void **state)
{
    static const struct {
        const char *why, *body;
    } rows[] = {
        { "nothing", "" },
        { "a page", "<html>" },
        { "cut short", "{\"status\":\"success\",\"data\":{" },
        { "an error", "{\"status\":\"error\",\"error\":\"no\"}" },
        { "a vector",
          "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}" },
        { "another rollup", MATRIX(ROLLUP("rate", "[1.999,\"1\"]")) },
        { "no rollup", MATRIX("{\"metric\":{},\"values\":[]}") },
        { "another time", MATRIX(ROLLUP("avg_over_time", "[9.999,\"1\"]")) },
        { "between two steps", MATRIX(ROLLUP("avg_over_time", "[1.5,\"1\"]")) },
        { "a time far away", MATRIX(ROLLUP("avg_over_time", "[1e300,\"1\"]")) },
        { "a number that is none", MATRIX(ROLLUP("avg_over_time", "[1.999,\"x\"]")) },
        { "a number out of range", MATRIX(ROLLUP("avg_over_time", "[1.999,\"1e30\"]")) },
        { "a bare number", MATRIX(ROLLUP("avg_over_time", "[1.999,1]")) },
        { "half a reading", MATRIX(ROLLUP("count_over_time", "[1.999,\"0.5\"]")) },
        { "less than none", MATRIX(ROLLUP("count_over_time", "[1.999,\"-1\"]")) },
        { "a point that is a number", MATRIX(ROLLUP("avg_over_time", "7")) },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_refused(rows[i].why, ohm_remote_matrix, 1000, rows[i].body, OHM_BAD_FORMAT);
}

static void test_readings_of_victoriametrics(void **state)
{
    (void)state;
    ohm_remote_rows rows = rows_of(0);
    ohm_err err =
        ohm_remote_export(ohm_span_text("3000,2\n1000,1.25\n\n3000,2\n2000,NaN\n"), &rows);
    assert_false(ohm_failed(err));
    ohm_remote_rows_finish(&rows);
    assert_int_equal(rows.count, 2); /* in order, each instant once */
    assert_int_equal(rows.rows[0].from_ms, 1000);
    assert_int_equal(rows.rows[0].last, 13);
    assert_int_equal(rows.rows[1].from_ms, 3000);
    ohm_remote_rows_release(&rows);
    check_refused("no comma", ohm_remote_export, 0, "1000\n", OHM_BAD_FORMAT);
    check_refused("another time", ohm_remote_export, 0, "4000,1\n", OHM_BAD_FORMAT);
}

static void test_more_readings_than_wanted(void **state)
{
    ohm_remote_rows rows;
    const ohm_interval range = { 1000, 4000 };
    (void)state;
    assert_int_equal(ohm_remote_rows_init(&rows, power, range, 0, 2).code, OHM_OK);
    assert_int_equal(ohm_remote_export(ohm_span_text("1000,1\n1001,1\n1002,1\n"), &rows).code,
                     OHM_TOO_BIG);
    ohm_remote_rows_release(&rows);
}

#define INFLUX(columns, values)                                                                    \
    "{\"results\":[{\"statement_id\":0,\"series\":[{\"name\":\"ohmstead\",\"columns\":[" columns   \
    "],\"values\":[" values "]}]}]}"

static void test_influxdb_1(void **state)
{
    (void)state;
    ohm_remote_rows rows = rows_of(1000);
    ohm_err err = ohm_remote_influxql(
        ohm_span_text(INFLUX("\"time\",\"mean\",\"min\",\"max\",\"first\",\"last\",\"count\"",
                             "[2000,12.34,10,14,11,13.05,3],[3000,null,null,null,null,null,null]")),
        &rows);
    assert_false(ohm_failed(err));
    ohm_remote_rows_finish(&rows);
    assert_int_equal(rows.rows[0].count, 0);
    assert_int_equal(rows.rows[1].mean, 123);
    assert_int_equal(rows.rows[1].first, 110);
    assert_int_equal(rows.rows[1].last, 131);
    assert_int_equal(rows.rows[2].count, 0);
    ohm_remote_rows_release(&rows);

    rows = rows_of(0);
    err = ohm_remote_influxql(ohm_span_text(INFLUX("\"time\",\"power_import\"", "[2000,1.5]")),
                              &rows);
    assert_false(ohm_failed(err));
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.rows[0].last, 15);
    err = ohm_remote_influxql(ohm_span_text("{\"results\":[{\"statement_id\":0}]}"), &rows);
    assert_false(ohm_failed(err)); /* a series that is not known there */
    ohm_remote_rows_release(&rows);

    check_refused("an error", ohm_remote_influxql, 1000, "{\"results\":[{\"error\":\"no\"}]}",
                  OHM_BAD_FORMAT);
    check_refused("another column", ohm_remote_influxql, 1000,
                  INFLUX("\"time\",\"sum\"", "[2000,1]"), OHM_BAD_FORMAT);
    check_refused("a short row", ohm_remote_influxql, 1000,
                  INFLUX("\"time\",\"mean\",\"min\"", "[2000,1]"), OHM_BAD_FORMAT);
    check_refused("a text", ohm_remote_influxql, 1000, INFLUX("\"time\",\"mean\"", "[2000,\"1\"]"),
                  OHM_BAD_FORMAT);
    check_refused("too many columns", ohm_remote_influxql, 0,
                  INFLUX("\"time\",\"a\",\"b\"", "[2000,1,2]"), OHM_BAD_FORMAT);
    check_refused("out of range", ohm_remote_influxql, 1000,
                  INFLUX("\"time\",\"mean\"", "[2000,1e30]"), OHM_BAD_FORMAT);
    check_refused("no columns", ohm_remote_influxql, 0, INFLUX("", "[2000,1]"), OHM_BAD_FORMAT);
}

static void test_influxdb_2(void **state)
{
    (void)state;
    ohm_remote_rows rows = rows_of(1000);
    ohm_err err =
        ohm_remote_flux(ohm_span_text("#datatype,string,long,dateTime:RFC3339,double,string\r\n"
                                      ",result,table,_time,_value,rollup\r\n"
                                      ",_result,0,1970-01-01T00:00:01Z,12.34,mean\r\n"
                                      ",_result,0,1970-01-01T00:00:02Z,,mean\r\n"
                                      "\r\n"
                                      ",result,table,rollup,_value,_time\r\n"
                                      ",_result,1,count,2,1970-01-01T00:00:01Z\r\n"),
                        &rows);
    assert_false(ohm_failed(err));
    ohm_remote_rows_finish(&rows);
    assert_int_equal(rows.rows[0].mean, 123);
    assert_int_equal(rows.rows[0].count, 2);
    assert_int_equal(rows.rows[1].count, 0);
    ohm_remote_rows_release(&rows);
    check_refused("no rollup", ohm_remote_flux, 1000, ",_time,_value\n,1970-01-01T00:00:01Z,1\n",
                  OHM_BAD_FORMAT);
    check_refused("no time", ohm_remote_flux, 0, ",_value\n,1\n", OHM_BAD_FORMAT);
    check_refused("an error", ohm_remote_flux, 0, "error,reference\nno,897\n", OHM_BAD_FORMAT);
}

/* --- lists -------------------------------------------------------------------------------- */

typedef struct listed {
    int count;
    char keys[4][OHM_SERIES_KEY_MAX];
} listed;

static bool take(void *ctx, const ohm_series_info *info)
{
    listed *l = ctx;
    assert_true(l->count < 4);
    memcpy(l->keys[l->count++], info->key, sizeof l->keys[0]);
    return true;
}

static void check_list(ohm_remote_list *list, const char *body, const char *want)
{
    listed l = { 0 };
    assert_int_equal(list(ohm_span_text(body), take, &l).code, OHM_OK);
    assert_int_equal(l.count, 1);
    assert_string_equal(l.keys[0], want);
}

static void test_lists(void **state)
{
    (void)state;
    check_list(
        ohm_remote_list_matrix,
        "{\"status\":\"success\",\"data\":["
        "{\"__name__\":\"up\"},{\"__name__\":\"ohmstead_power\",\"site\":\"s/t\","
        "\"zone\":\"z\",\"device\":\"d\"},{\"__name__\":\"ohmstead_nonsense\",\"site\":\"s\","
        "\"zone\":\"z\",\"device\":\"d\"},{\"__name__\":\"ohmstead_power\",\"site\":\"s\","
        "\"zone\":\"z\",\"device\":\"d\"}]}",
        "s/z/d/power");
    check_list(ohm_remote_list_influxql,
               "{\"results\":[{\"series\":[{\"name\":\"ohmstead\",\"tags\":{\"device\":\"d\","
               "\"site\":\"s\",\"zone\":\"z\"},\"columns\":[\"time\",\"last_energy_import\","
               "\"last_power\"],\"values\":[[0,null,3.5]]}]}]}",
               "s/z/d/power");
    check_list(ohm_remote_list_flux,
               ",result,table,_field,device,site,zone\r\n,_result,0,power,\"d, 1\",s,z\r\n",
               "s/z/d, 1/power");
}

/* --- where a site's readings are ----------------------------------------------------------- */

static void test_nodes_by_site(void **state)
{
    enum { SITES = 600, NODES = 4 };
    static const ohm_site_host nodes[NODES + 1] = {
        { "tsdb1:8428" }, { "tsdb2:8428" }, { "tsdb3:8428" }, { "tsdb4:8428" }, { "tsdb5:8428" }
    };
    unsigned on[NODES] = { 0 }, moved = 0;
    (void)state;
    for (int i = 0; i < SITES; i++) {
        char site[16];
        (void)snprintf(site, sizeof site, "site-%d", i);
        unsigned node = ohm_mirror_node_of(site, nodes, NODES);
        unsigned more = ohm_mirror_node_of(site, nodes, NODES + 1);
        on[node]++;
        if (more != node) { /* only to the new one */
            assert_int_equal(more, NODES);
            moved++;
        }
    }
    for (int i = 0; i < NODES; i++)
        assert_in_range(on[i], SITES / NODES * 2 / 3, SITES / NODES * 3 / 2);
    assert_in_range(moved, SITES / (NODES + 1) * 2 / 3, SITES / (NODES + 1) * 3 / 2);
    /* what is kept somewhere must be found there after an upgrade */
    assert_int_equal(ohm_mirror_node_of("home", nodes, NODES), 1);
    assert_int_equal(ohm_mirror_node_of("demo", nodes, NODES), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_of_victoriametrics),
        cmocka_unit_test(test_a_matrix_that_is_none),
        cmocka_unit_test(test_readings_of_victoriametrics),
        cmocka_unit_test(test_more_readings_than_wanted),
        cmocka_unit_test(test_influxdb_1),
        cmocka_unit_test(test_influxdb_2),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_nodes_by_site),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
