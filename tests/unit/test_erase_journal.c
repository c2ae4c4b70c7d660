/* What the journal says of a meter whose readings are erased: when and of what kind stays. */
#include "cmd/erase_journal.h"
#include "engine/codec.h"
#include "store/redact.h"
#include "store_fixture.h"

#include <sqlite3.h>

typedef struct line {
    uint64_t seq;
    ohm_ms utc_ms;
    ohm_notice notice;
    const char *device; /* NULL: of none */
    ohm_quantity_id quantity;
    bool goes;
} line;

static void tell(const fixture *f, const line *l)
{
    ohm_action action = { .seq = l->seq,
                          .time_ms = l->utc_ms,
                          .notice = l->notice,
                          .decision.load = OHM_LOAD_NONE,
                          .device = l->device ? 1 : OHM_DEVICE_NONE,
                          .quantity = l->quantity,
                          .detail = 4711 };
    ohm_engine_config config = { .main_device = OHM_DEVICE_NONE };
    uint8_t bytes[OHM_ACTION_BYTES_MAX];
    char json[OHM_ACTION_JSON_MAX];
    size_t len, json_len;
    if (l->device)
        (void)snprintf(action.actor, sizeof action.actor, "%s", l->device);
    assert_int_equal(ohm_action_encode(&action, bytes, sizeof bytes, &len), OHM_OK);
    assert_int_equal(ohm_action_json(&action, &config, json, sizeof json, &json_len), OHM_OK);
    assert_int_equal(ohm_store_journal(f->store, l->seq, l->utc_ms, 'n', ohm_span_of(bytes, len),
                                       ohm_span_of(json, json_len)),
                     OHM_OK);
}

typedef struct check {
    const line *lines;
    size_t n;
} check;

static bool compare(void *ctx, const ohm_record *record)
{
    check *c = ctx;
    ohm_action action;
    char json[OHM_ACTION_JSON_MAX] = "";
    const line *want = c->lines++;
    assert_true(c->n-- > 0);
    assert_int_equal(record->seq, want->seq);
    assert_int_equal(record->utc_ms, want->utc_ms);
    assert_int_equal(ohm_action_decode(record->encoded, &action).code, OHM_OK);
    assert_int_equal(action.notice, want->notice);
    assert_int_equal(action.seq, want->seq);
    assert_int_equal(action.detail, want->goes ? 0 : 4711);
    assert_int_equal(action.quantity, want->goes ? OHM_Q_NONE : want->quantity);
    assert_string_equal(action.actor, want->goes || !want->device ? "" : want->device);
    memcpy(json, record->json.ptr, record->json.len);
    assert_int_equal(strstr(json, "4711") != NULL, !want->goes);
    assert_non_null(strstr(json, ohm_notice_name(want->notice)));
    if (want->device)
        assert_int_equal(strstr(json, want->device) != NULL, !want->goes);
    return true;
}

static void run(const fixture *f, bool devices, ohm_interval range, const line *lines, size_t n)
{
    ohm_extent extents[] = {
        { .info.key = "home/apt1/lamp/power_import" },
        { .info.key = "home/apt1/meter3/energy_import" },
    };
    ohm_series_list list = { .extents = extents, .count = 2 };
    uint64_t told = 0, want = 0;
    for (size_t i = 0; i < n; i++) {
        tell(f, &lines[i]);
        want += lines[i].goes;
    }
    fixture_commit(f);
    const ohm_erase_lines what = { &list, &list, NULL, devices, range };
    assert_int_equal(ohm_erase_journal(f->path, &what, &told).code, OHM_OK);
    assert_int_equal(told, want);
    check c = { lines, n };
    ohm_reader *reader = fixture_read(f);
    assert_int_equal(ohm_reader_journal_from(reader, 0, compare, &c).code, OHM_OK);
    ohm_reader_close(reader);
    assert_int_equal(c.n, 0);
    told = 1;
    assert_int_equal(ohm_erase_journal(f->path, &what, &told).code, OHM_OK);
    assert_int_equal(told, 0);
}

static void of_devices(void **state)
{
    static const line lines[] = {
        { 1, T0, OHM_NOTICE_STARTED, NULL, OHM_Q_NONE, false },
        { 2, T0, OHM_NOTICE_REGISTER_REPLACED, "meter3", OHM_Q_ENERGY_IMPORT, true },
        { 3, T0, OHM_NOTICE_REGISTER_REPLACED, "meter3", OHM_Q_ENERGY_EXPORT, true },
        { 4, T0 + 5, OHM_NOTICE_METER_TRUSTED, "lamp", OHM_Q_NONE, true },
        { 5, T0 + 5, OHM_NOTICE_REGISTER_HELD, "3", OHM_Q_ENERGY_IMPORT, false },
        { 6, T0 + 5, OHM_NOTICE_REGISTER_HELD, "apt1/lamp", OHM_Q_ENERGY_IMPORT, true },
        { 7, T0 + 9, OHM_NOTICE_REGISTER_HELD, "lamp", OHM_Q_ENERGY_IMPORT, false },
    };
    run(*state, true, (ohm_interval){ T0, T0 + 9 }, lines, sizeof lines / sizeof *lines);
}

static void of_series(void **state)
{
    static const line lines[] = {
        { 1, T0, OHM_NOTICE_REGISTER_REPLACED, "meter3", OHM_Q_ENERGY_IMPORT, true },
        { 2, T0, OHM_NOTICE_REGISTER_REPLACED, "meter3", OHM_Q_ENERGY_EXPORT, false },
        { 3, T0, OHM_NOTICE_METER_TRUSTED, "meter3", OHM_Q_NONE, false },
    };
    run(*state, false, (ohm_interval){ 0, INT64_MAX }, lines, sizeof lines / sizeof *lines);
}

/* More than goes at once; and one who writes meanwhile is not kept waiting. */
typedef struct other {
    sqlite3 *db;
    uint64_t asked;
} other;

static bool write_beside(void *ctx, const ohm_record *record, ohm_span *ret_encoded,
                         ohm_span *ret_json)
{
    other *o = ctx;
    o->asked++;
    assert_int_equal(sqlite3_exec(o->db,
                                  "INSERT INTO state(key,value) VALUES('t',x'00')"
                                  " ON CONFLICT(key) DO UPDATE SET value=x'01'",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    *ret_encoded = (ohm_span){ 0 };
    *ret_json = ohm_span_text("{}");
    return record->seq % 100 != 0;
}

static void nobody_waits_while_lines_are_read(void **state)
{
    enum { LINES = 1200 };
    const fixture *f = *state;
    for (uint64_t i = 1; i <= LINES; i++)
        assert_int_equal(ohm_store_journal(f->store, i, i == 1 ? 0 : T0, 'n', ohm_span_text("1"),
                                           ohm_span_text("{\"detail\":4711}")),
                         OHM_OK);
    fixture_commit(f);
    other o = { .asked = 0 };
    uint64_t told = 0;
    assert_int_equal(sqlite3_open(f->path, &o.db), SQLITE_OK);
    assert_int_equal(
        ohm_redact_journal(f->path, (ohm_interval){ INT64_MIN, INT64_MAX }, write_beside, &o, &told)
            .code,
        OHM_OK);
    assert_int_equal(o.asked, LINES);
    assert_int_equal(told, LINES - LINES / 100);
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_prepare_v2(o.db,
                                        "SELECT count(*) FROM journal WHERE json='{}'"
                                        " AND length(encoded)=0",
                                        -1, &stmt, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int64(stmt, 0), LINES - LINES / 100);
    (void)sqlite3_finalize(stmt);
    (void)sqlite3_close(o.db);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(of_devices),
        WITH_STORE(of_series),
        WITH_STORE(nobody_waits_while_lines_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
