/* The conversation with a DLMS meter that is asked, as a port would drive it: what is read, what
 * is new the next time, what is kept, and the speed of an optical head. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../cosem_reading.h"

enum { LATE_TURNS = 17, LATE_CONVERSATIONS = 40 };

static void only_what_is_new(void **state)
{
    (void)state;
    static const unsigned ways[] = { 0, OHM_SERVER_LIST_LIAR, OHM_SERVER_NO_LISTS,
                                     OHM_SERVER_NULL_ROWS, OHM_SERVER_COMPACT };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_NONE, 0);
        t.meter.ways = ways[i];
        const char *settings = "client=1 read=1-0:1.8.0 profile=1-0:99.1.0";
        assert_false(ohm_failed(start(settings, 0, ohm_span_of(NULL, 0))));
        assert_true(converse());
        assert_int_equal(messages, 97);
        assert_int_equal(recorded, 96);
        assert_int_equal(first_ms, t.meter.first_row_ms);
        assert_int_equal(last_wh, ohm_cosem_server_import_wh(95));
        assert_true(converse());
        assert_int_equal(recorded, 0);
        t.meter.rows += 3; /* an hour later; the fourth quarter is a gap of the meter's */
        utc_ms += OHM_HOUR_MS;
        assert_true(converse());
        assert_int_equal(recorded, 3);
        assert_int_equal(first_ms, t.meter.first_row_ms + 96 * (ohm_ms)OHM_COSEM_SERVER_PERIOD_MS);
        assert_int_equal(last_wh, ohm_cosem_server_import_wh(98));
        /* And after a restart: from what was kept. */
        t.meter.rows++;
        assert_true(saved_len > 5);
        assert_false(ohm_failed(start(settings, 0, ohm_span_of(saved, saved_len))));
        assert_true(converse());
        assert_int_equal(recorded, 1);
        end_all();
    }
}

/* What is not as we would do it, but as it is done. */
static void as_other_meters_do(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        unsigned ways;
        ohm_cosem_server_line line;
        ohm_cosem_auth auth;
        uint8_t control;
        uint16_t pdu;
        int rows;
    } cases[] = {
        { "a list is refused as one attribute is", OHM_SERVER_LIST_CURT, OHM_SERVER_WRAPPER,
          OHM_COSEM_NONE, 0, 0xffff, 96 },
        { "no ranges of time, though it says so", OHM_SERVER_NO_RANGES, OHM_SERVER_HDLC,
          OHM_COSEM_NONE, 0, 0xffff, 96 },
        { "a tag of one byte", OHM_SERVER_OLD_TAG, OHM_SERVER_HDLC, OHM_COSEM_LOW, 0, 0xffff, 96 },
        { "a tag of one byte, ciphered", OHM_SERVER_OLD_TAG, OHM_SERVER_WRAPPER, OHM_COSEM_GMAC,
          0x30, 0xffff, 96 },
        { "pushes in between", OHM_SERVER_PUSHES, OHM_SERVER_WRAPPER, OHM_COSEM_LOW, 0, 1000, 96 },
        { "pushes in between, in the clear", OHM_SERVER_PUSHES, OHM_SERVER_WRAPPER, OHM_COSEM_GMAC,
          0x30, 1000, 96 },
        { "pushes in information frames", OHM_SERVER_PUSHES, OHM_SERVER_HDLC, OHM_COSEM_GMAC, 0x30,
          1000, 96 },
        { "takes 128 bytes at a time", 0, OHM_SERVER_HDLC, OHM_COSEM_GMAC, 0x30, 128, 96 },
        { "takes 70: not eight at once", OHM_SERVER_COMPACT, OHM_SERVER_WRAPPER, OHM_COSEM_NONE, 0,
          70, 96 },
    };
    static const char *const settings[] = {
        "client=1 profile=1-0:99.1.0 read=1-0:1.8.0,1-0:2.8.0,1-0:1.7.0,1-0:32.7.0,1-0:31.7.0 ",
        "client=1 auth=low profile=1-0:99.1.0 read=1-0:1.8.0",
        "client=1 auth=gmac security=both profile=1-0:99.1.0 read=1-0:1.8.0,1-0:2.8.0,1-0:32.7.0",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin_all(cases[i].line, cases[i].auth, cases[i].control);
        t.meter.ways = cases[i].ways;
        t.meter.pdu_max = cases[i].pdu;
        const char *with = settings[cases[i].control ? 2 : cases[i].auth == OHM_COSEM_LOW];
        assert_false(ohm_failed(
            start(with, cases[i].line == OHM_SERVER_HDLC ? 9600 : 0, ohm_span_of(NULL, 0))));
        if (!converse() || recorded != cases[i].rows || why)
            fail_msg("%s: %d rows, %s", cases[i].why, recorded, why ? why : "");
        assert_int_equal(last_wh, ohm_cosem_server_import_wh(95));
        end_all();
    }
}

/* "Power up" and "clock set" bear one second; another may come when the first were read. */
static void events_of_one_second(void **state)
{
    (void)state;
    static const unsigned ways[] = { OHM_SERVER_PAIRS, OHM_SERVER_PAIRS | OHM_SERVER_NO_LISTS };
    const char *settings = "client=1 read=1-0:1.8.0 profile=0-0:99.98.0";
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_NONE, 0);
        t.meter.ways = ways[i];
        any_order = true;
        assert_false(ohm_failed(start(settings, 0, ohm_span_of(NULL, 0))));
        assert_true(converse());
        assert_int_equal(recorded, 5);
        t.meter.events++; /* in the second of the last */
        assert_true(converse());
        assert_int_equal(recorded, 1);
        assert_true(converse());
        assert_int_equal(recorded, 0);
        t.meter.events++;
        assert_true(converse());
        assert_int_equal(recorded, 1);
        assert_true(converse()); /* what was given out is saved with the next request */
        assert_false(ohm_failed(start(settings, 0, ohm_span_of(saved, saved_len))));
        t.meter.events++;
        assert_true(converse());
        assert_int_equal(recorded, 1);
        end_all();
    }
}

/* A clock that failed once hides nothing that comes after it, nor what was kept of it. */
static void a_row_of_the_future(void **state)
{
    (void)state;
    const char *settings = "client=1 read=1-0:1.8.0 profile=1-0:99.1.0";
    begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_NONE, 0);
    t.meter.ways = OHM_SERVER_FUTURE | OHM_SERVER_NO_LISTS;
    any_order = true;
    assert_false(ohm_failed(start(settings, 0, ohm_span_of(NULL, 0))));
    assert_true(converse());
    assert_int_equal(recorded, 96);
    t.meter.rows += 3;
    utc_ms += OHM_HOUR_MS;
    assert_true(converse());
    assert_int_equal(recorded, 1 + 3); /* that one comes again, and what is new */
    /* What an older version kept. */
    uint8_t kept[5 + OHM_OBIS_LEN + 8] = { 1, 0, 0, 0, 1, 1, 0, 99, 1, 0, 255 };
    ohm_put_be64(kept + 5 + OHM_OBIS_LEN, UINT64_C(4102358400000));
    t.meter.ways = OHM_SERVER_FUTURE;
    assert_false(ohm_failed(start(settings, 0, ohm_span_of(kept, sizeof kept))));
    assert_true(converse());
    assert_in_range(recorded, 90, 99);
    ohm_put_be64(kept + 5 + OHM_OBIS_LEN,
                 (uint64_t)(t.meter.first_row_ms + 97 * (ohm_ms)OHM_COSEM_SERVER_PERIOD_MS));
    assert_false(ohm_failed(start(settings, 0, ohm_span_of(kept, sizeof kept))));
    assert_true(converse());
    assert_in_range(recorded, 1, 2); /* and goes on behind it, if with that one */
    end_all();
}

static void kept_counters(void **state)
{
    (void)state;
    const char *settings = "client=1 auth=gmac security=both read=1-0:1.8.0";
    begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_GMAC, 0x30);
    t.meter.heard_counter = 0;
    assert_false(ohm_failed(start(settings, 0, ohm_span_of(NULL, 0))));
    assert_true(converse());
    uint32_t used = t.meter.heard_counter;
    assert_true(used >= 820000000); /* the seconds since 2000, at least */
    assert_true(saved_len >= 5 && ohm_be32(saved + 1) > used);
    /* A restart goes on above everything that may have been used, whatever the clock says. */
    utc_ms = OHM_NO_MS;
    assert_false(ohm_failed(start(settings, 0, ohm_span_of(saved, saved_len))));
    assert_true(converse());
    assert_true(t.meter.heard_counter > used);
    /* Nobody knows any: no guess. */
    assert_false(ohm_failed(start(settings, 0, ohm_span_of(NULL, 0))));
    assert_false(converse());
    assert_true(ohm_failed(start(settings, 0, ohm_span_of("x", 1))));
    end_all();
}

/* Another system title at each run where nobody keeps the counters: no nonce comes twice, even in
 * one second. */
static void nonces_of_who_keeps_nothing(void **state)
{
    (void)state;
    const ohm_span nothing = { NULL, 0 };
    const char *settings = "client=1 auth=gmac security=both read=1-0:1.8.0";
    uint8_t before[OHM_SYSTEM_TITLE_LEN] = { 0 };
    begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_GMAC, 0x30);
    for (int i = 0; i < 3; i++) {
        t.meter.heard_counter = 0; /* another meter of this key, or one that does not look */
        assert_false(ohm_failed(start(settings, 0, nothing)));
        assert_memory_equal(reader.settings.title, "OHM", 3);
        assert_memory_not_equal(before, reader.settings.title, sizeof before);
        memcpy(before, reader.settings.title, sizeof before);
        assert_true(converse());
        assert_memory_equal(t.meter.caller_title, before, sizeof before);
    }
    const char *titled = "client=1 auth=gmac security=both title=4f484d0000000042";
    assert_int_equal(start(titled, 0, nothing).code, OHM_CONFLICT);
    assert_false(ohm_failed(
        start("client=1 auth=gmac title=4f484d0000000042 counter=0-0:43.1.0", 0, nothing)));
    assert_false(ohm_failed(start("client=1 title=4f484d0000000042", 0, nothing)));
    end_all();
}

static uint32_t lent_next;

static ohm_err lend(void *ctx, const uint8_t *title, uint32_t key_id, uint32_t at_least,
                    uint32_t count, uint32_t *ret_first)
{
    (void)title;
    (void)key_id;
    if (ctx)
        return ohm_fail(OHM_IO, 0, "the disk is full");
    if (lent_next == 0 && at_least == 0)
        return ohm_fail(OHM_UNKNOWN, 0, "");
    *ret_first = lent_next > at_least ? lent_next : at_least;
    lent_next = *ret_first + count;
    return ohm_ok();
}

static ohm_err give_title(void *ctx, uint8_t *ret_title)
{
    (void)ctx;
    memcpy(ret_title, "OHM\x05\x06\x07\x08\x09", OHM_SYSTEM_TITLE_LEN);
    return ohm_ok();
}

/* Several who read one meter with one key and one title. */
static void counters_that_are_shared(void **state)
{
    (void)state;
    const ohm_span nothing = { NULL, 0 };
    const char *settings = "client=1 auth=gmac security=both read=1-0:1.8.0";
    lender = (ohm_counter_lender){ lend, give_title, NULL };
    begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_GMAC, 0x30);
    t.meter.heard_counter = 0;
    for (int i = 0; i < 3; i++) { /* one run after the other, in one second */
        assert_false(ohm_failed(start(settings, 0, nothing)));
        assert_true(converse());
        assert_memory_equal(t.meter.caller_title, "OHM\x05\x06\x07\x08\x09", 8);
        assert_true(t.meter.heard_counter < lent_next);
    }
    /* Another took numbers, and the meter heard them: ours are used up to it, and go on behind. */
    uint32_t theirs = lent_next;
    lent_next += 500;
    t.meter.heard_counter = theirs + 400;
    assert_false(converse());
    assert_true(converse());
    assert_true(t.meter.heard_counter >= theirs + 500);
    /* A number that can't be kept is not used. */
    lender.ctx = &lender;
    assert_false(ohm_failed(start(settings, 0, nothing)));
    assert_false(converse());
    assert_string_equal(why, "the disk is full");
    lender = (ohm_counter_lender){ .lend = NULL };
    end_all();
}

static void a_meter_that_is_ahead(void **state)
{
    (void)state;
    begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_GMAC, 0x30);
    t.meter.heard_counter = 4000000000u;
    assert_false(
        ohm_failed(start("client=1 auth=gmac security=both counter=0-0:43.1.0 read=1-0:1.8.0", 0,
                         ohm_span_of(NULL, 0))));
    assert_true(converse());
    assert_int_equal(messages, 1);
    assert_true(t.meter.heard_counter > 4000000000u);
    /* Without the object, what a refusal says is believed if it is not far away. */
    assert_false(ohm_failed(
        start("client=1 auth=gmac security=both read=1-0:1.8.0", 0, ohm_span_of(NULL, 0))));
    t.meter.heard_counter = (uint32_t)(utc_ms / 1000 - 946684800) + 70000;
    assert_false(converse());
    assert_true(converse());
    t.meter.heard_counter += 1 << 25;
    assert_false(converse());
    assert_false(converse());
    /* By the end of all numbers nothing is believed. */
    t.meter.heard_counter = UINT32_MAX - 5;
    assert_false(ohm_failed(
        start("client=1 auth=gmac security=both counter=0-0:43.1.0", 0, ohm_span_of(NULL, 0))));
    assert_false(converse());
    end_all();
}

/* How many of these conversations gave a value, of a meter whose every 17th answer is late, from
 * that turn of hers on. */
static int read_late(const char *settings, uint32_t turn)
{
    int read = 0;
    t.meter.ways = OHM_SERVER_LATE | OHM_SERVER_LIST_LIAR; /* one question each */
    t.meter.heard_counter = 0;
    t.meter.turns = turn;
    assert_false(ohm_failed(start(settings, 0, ohm_span_of(NULL, 0))));
    for (int k = 0; k < LATE_CONVERSATIONS; k++) {
        t.meter.rows++;
        (void)converse();
        read += now_wh >= 0;
        if (now_wh >= 0)
            assert_int_equal(now_wh, ohm_cosem_server_import_wh(t.meter.rows));
    }
    return read;
}

/* What comes too late is never the answer to something else. A conversation of the TCP wrapper
 * breaks off with its answer; HDLC asks again, and loses none. */
static void answers_that_are_late(void **state)
{
    (void)state;
    static const struct {
        ohm_cosem_server_line line;
        ohm_cosem_auth auth;
        uint8_t control;
        const char *settings;
        int read_min;
    } cases[] = {
        { OHM_SERVER_WRAPPER, OHM_COSEM_NONE, 0, "client=1 read=1-0:2.8.0,1-0:1.8.0",
          LATE_CONVERSATIONS / 2 },
        { OHM_SERVER_WRAPPER, OHM_COSEM_GMAC, 0x30,
          "client=1 auth=gmac security=both read=1-0:2.8.0,1-0:1.8.0", LATE_CONVERSATIONS / 2 },
        { OHM_SERVER_HDLC, OHM_COSEM_NONE, 0, "line=hdlc client=1 read=1-0:2.8.0,1-0:1.8.0",
          LATE_CONVERSATIONS },
    };
    for (size_t i = 0; i < LATE_TURNS * sizeof cases / sizeof *cases; i++) {
        size_t n = i / LATE_TURNS;
        uint32_t turn = (uint32_t)(i % LATE_TURNS);
        begin_all(cases[n].line, cases[n].auth, cases[n].control);
        int read = read_late(cases[n].settings, turn);
        if (read < cases[n].read_min)
            fail_msg("case %zu from turn %u: %d of %d read; the last: %s", n, turn, read,
                     LATE_CONVERSATIONS, why ? why : "read");
        end_all();
    }
}

/* A whole association that was recorded, played back: everything in it was true once. */
static void what_was_heard_before(void **state)
{
    (void)state;
    static const struct {
        const char *settings;
        uint8_t control;
    } cases[] = {
        { "client=1 auth=low security=both read=1-0:1.8.0", 0x30 },
        { "client=1 auth=low security=sign read=1-0:1.8.0", 0x10 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_LOW, cases[i].control);
        t.meter.heard_counter = 0;
        assert_false(ohm_failed(start(cases[i].settings, 0, ohm_span_of(NULL, 0))));
        assert_true(converse());
        tape.plays = true;
        assert_false(converse());
        assert_int_equal(state_at_end, OHM_METER_REPLAYED);
        assert_int_equal(messages, 0);
        /* And after a restart, from what was kept. */
        assert_false(ohm_failed(start(cases[i].settings, 0, ohm_span_of(saved, saved_len))));
        assert_false(converse());
        assert_int_equal(state_at_end, OHM_METER_REPLAYED);
        /* The meter itself goes on, and another one has counters of its own. */
        tape.plays = false;
        assert_true(converse());
        t.meter.title[7]++;
        t.meter.counter = 0;
        assert_true(converse());
        t.meter.counter = 0;
        assert_false(converse());
        assert_int_equal(state_at_end, OHM_METER_REPLAYED);
        end_all();
    }
    /* Who answers a challenge may have lost count. */
    begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_GMAC, 0x30);
    t.meter.heard_counter = 0;
    assert_false(ohm_failed(
        start("client=1 auth=gmac security=both read=1-0:1.8.0", 0, ohm_span_of(NULL, 0))));
    assert_true(converse());
    tape.plays = true;
    assert_false(converse());
    tape.plays = false;
    t.meter.counter = 0;
    assert_true(converse());
    end_all();
}

static void an_optical_head(void **state)
{
    (void)state;
    static const unsigned ways[] = { 0, OHM_SERVER_ECHO, OHM_SERVER_SILENT_ACK };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        begin_all(OHM_SERVER_MODE_E, OHM_COSEM_LOW, 0);
        t.meter.ways = ways[i];
        assert_false(ohm_failed(
            start("line=mode-e client=1 auth=low read=1-0:1.8.0", 300, ohm_span_of(NULL, 0))));
        assert_true(converse());
        assert_int_equal(messages, 1);
        assert_int_equal(bauds_count, 2);
        assert_int_equal(bauds[0], 300);
        assert_int_equal(bauds[1], 9600);
        end_all();
    }
}

/* What does not come is said, and takes nothing else with it. */
static void a_profile_that_does_not_come(void **state)
{
    (void)state;
    static const struct {
        unsigned ways;
        int rows;
        const char *what;
    } cases[] = {
        { OHM_SERVER_DENIES, 0, "the meter refuses the rows of its profile" },
        { OHM_SERVER_BAD_ROW, 9, "rows of a profile that do not follow their format" },
        { 0, 96, NULL },
    };
    const char *settings = "client=1 read=1-0:1.8.0 profile=1-0:99.1.0";
    begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_NONE, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        t.meter.ways = cases[i].ways;
        assert_false(ohm_failed(start(settings, 0, ohm_span_of(NULL, 0))));
        assert_true(converse());
        assert_int_equal(messages, 1 + cases[i].rows);
        if (!cases[i].what) {
            assert_null(why);
            continue;
        }
        assert_string_equal(why, cases[i].what);
        assert_int_equal(state_at_end, OHM_METER_NO_PROFILE);
    }
    t.meter.ways = OHM_SERVER_HANGS;
    assert_false(ohm_failed(start(settings, 0, ohm_span_of(NULL, 0))));
    assert_false(converse());
    assert_int_equal(messages, 1);
    end_all();
}

static void on_a_bad_line(void **state)
{
    (void)state;
    int good = 0;
    for (uint32_t seed = 1; seed <= 30; seed++) {
        begin_all(OHM_SERVER_HDLC, OHM_COSEM_NONE, 0);
        t.seed = seed * 40503u;
        t.loss = 30;
        t.twice = 30;
        t.junk = 60;
        assert_false(ohm_failed(start("client=1 profile=1-0:99.1.0 read=1-0:1.8.0,1-0:2.8.0", 9600,
                                      ohm_span_of(NULL, 0))));
        bool done = converse();
        good += done;
        if (done && recorded > 0) {
            assert_int_equal(recorded, 96);
            assert_int_equal(last_wh, ohm_cosem_server_import_wh(95));
        }
        end_all();
    }
    assert_true(good >= 24);
}

static void what_is_refused(void **state)
{
    (void)state;
    begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_LOW, 0);
    memcpy(t.meter.secret, "another", sizeof "another");
    assert_false(ohm_failed(start("client=1 auth=low", 0, ohm_span_of(NULL, 0))));
    assert_false(converse());
    assert_int_equal(state_at_end, OHM_METER_REFUSED);
    t.loss = 1000;
    assert_false(converse());
    assert_int_equal(state_at_end, OHM_METER_NO_ANSWER);
    assert_string_equal(why, "no answer");
    assert_true(ohm_failed(start("client=1 auth=lowest", 0, ohm_span_of(NULL, 0))));
    end_all();
}

/* Nothing is moved by what a text says, without permission, or into a zone that nobody knows. */
static void deeds_need_permission(void **state)
{
    (void)state;
    const ohm_span nothing = { NULL, 0 };
    ohm_tz utc;
    ohm_tz_utc(&utc);
    begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_NONE, 0);
    t.meter.connected = true;
    assert_true(ohm_failed(start("client=1 relay=disconnect allow-disconnect=yes", 0, nothing)));
    assert_true(ohm_failed(start("client=1 set-clock=yes", 0, nothing)));
    deeds = (ohm_meter_deeds){ .relay = OHM_SWITCH_DISCONNECT };
    assert_int_equal(start("client=1", 0, nothing).code, OHM_DENIED);
    deeds = (ohm_meter_deeds){ .set_clock = true };
    assert_int_equal(start("client=1", 0, nothing).code, OHM_CONFLICT);
    assert_true(t.meter.connected);
    zone = &utc;
    deeds = (ohm_meter_deeds){ .set_clock = true, .allow_disconnect = true };
    assert_false(ohm_failed(start("client=1 read=1-0:1.8.0", 0, nothing)));
    utc_ms += 5 * OHM_MINUTE_MS;
    assert_true(converse());
    assert_int_equal(t.meter.time_ms, utc_ms);
    assert_true(t.meter.connected);
    deeds = (ohm_meter_deeds){ .relay = OHM_SWITCH_DISCONNECT, .allow_disconnect = true };
    assert_false(ohm_failed(start("client=1 read=1-0:1.8.0", 0, nothing)));
    assert_true(converse());
    assert_false(t.meter.connected);
    deeds = (ohm_meter_deeds){ .relay = OHM_SWITCH_LEAVE };
    zone = NULL;
    end_all();
}

static void many_objects_are_browsed(void **state)
{
    (void)state;
    begin_all(OHM_SERVER_WRAPPER, OHM_COSEM_NONE, 0);
    assert_false(ohm_failed(start("client=1 browse=yes", 0, ohm_span_of(NULL, 0))));
    assert_true(converse());
    assert_int_equal(messages, 1);
    assert_true(reader.message.browsed || reader.message.dlms.count == 0);
    end_all();
}

/* One conversation with a meter whose list fills more than 64 KiB. */
static bool with_long_list(ohm_cosem_server_line line, unsigned ways, const char *settings)
{
    begin_all(line, OHM_COSEM_NONE, 0);
    t.meter.ways = OHM_SERVER_LONG_LIST | ways;
    assert_false(
        ohm_failed(start(settings, line == OHM_SERVER_HDLC ? 9600 : 0, ohm_span_of(NULL, 0))));
    return converse();
}

/* It is asked for without access rights, and so it is short enough. */
static void a_long_list(void **state)
{
    (void)state;
    static const ohm_cosem_server_line lines[] = { OHM_SERVER_WRAPPER, OHM_SERVER_HDLC };
    for (size_t i = 0; i < 2; i++) {
        assert_true(with_long_list(lines[i], 0, "client=1 browse=yes"));
        assert_null(why);
        assert_int_equal(objects_told, 2600);
        end_all();
        assert_true(with_long_list(lines[i], 0, "client=1 profile=1-0:99.1.0"));
        assert_null(why);
        assert_int_equal(recorded, 96);
        assert_true(now_wh >= 0);
        end_all();
    }
}

/* Named registers need no list; without names what else is wanted is read all the same, whether the
 * meter offers no shorter one or says so and refuses it. Who browses it is told what to do. */
static void a_list_that_nobody_can_hold(void **state)
{
    (void)state;
    static const ohm_cosem_server_line lines[] = { OHM_SERVER_WRAPPER, OHM_SERVER_HDLC };
    static const unsigned ways[] = { OHM_SERVER_NO_LISTS, OHM_SERVER_NO_RANGES };
    for (size_t i = 0; i < 4; i++) {
        assert_true(with_long_list(lines[i / 2], ways[i % 2], "client=1 profile=1-0:99.1.0"));
        assert_int_equal(recorded, 96);
        assert_non_null(why);
        assert_non_null(strstr(why, "name its registers"));
        end_all();
        assert_false(with_long_list(lines[i / 2], ways[i % 2], "client=1 browse=yes"));
        assert_non_null(why);
        assert_non_null(strstr(why, "client=16"));
        assert_int_equal(messages, 0);
        end_all();
    }
    assert_true(with_long_list(OHM_SERVER_WRAPPER, OHM_SERVER_NO_LISTS,
                               "client=1 read=1-0:1.8.0 profile=1-0:99.1.0"));
    assert_null(why);
    assert_int_equal(recorded, 96);
    end_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_new),
        cmocka_unit_test(as_other_meters_do),
        cmocka_unit_test(events_of_one_second),
        cmocka_unit_test(a_row_of_the_future),
        cmocka_unit_test(kept_counters),
        cmocka_unit_test(nonces_of_who_keeps_nothing),
        cmocka_unit_test(counters_that_are_shared),
        cmocka_unit_test(a_meter_that_is_ahead),
        cmocka_unit_test(answers_that_are_late),
        cmocka_unit_test(what_was_heard_before),
        cmocka_unit_test(an_optical_head),
        cmocka_unit_test(a_profile_that_does_not_come),
        cmocka_unit_test(on_a_bad_line),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(deeds_need_permission),
        cmocka_unit_test(many_objects_are_browsed),
        cmocka_unit_test(a_long_list),
        cmocka_unit_test(a_list_that_nobody_can_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
