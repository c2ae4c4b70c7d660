/* The client of wire/cosem.h against the simulated meter: every authentication over every line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../cosem_talk.h"
#include "wire/axdr.h"

static const ohm_cosem_ref import_value = { 3, { 1, 0, 1, 8, 0, 255 }, 2 };
static const ohm_cosem_ref power_value = { 3, { 1, 0, 1, 7, 0, 255 }, 2 };
static const ohm_cosem_ref no_such = { 3, { 1, 0, 99, 99, 0, 255 }, 2 };
static const ohm_cosem_ref clock_value = { 8, { 0, 0, 1, 0, 0, 255 }, 2 };
static const ohm_cosem_ref profile_buffer = { 7, { 1, 0, 99, 1, 0, 255 }, 2 };
static const ohm_cosem_ref object_list = { 15, { 0, 0, 40, 0, 0, 255 }, 2 };
static const ohm_cosem_ref disconnect = { 70, { 0, 0, 96, 3, 10, 255 }, 1 };
static const ohm_span whole = { NULL, 0 };

static talk t;

static int64_t number_of(ohm_span item)
{
    ohm_axdr c = ohm_axdr_over(item);
    ohm_axdr_item it;
    int64_t v = 0;
    bool big = false;
    assert_int_equal(ohm_axdr_next(&c, &it), OHM_OK);
    assert_true(ohm_axdr_integer(&it, &v, &big));
    return v;
}

static void expect_ready(const char *why, ohm_cosem_event event)
{
    if (event != OHM_COSEM_READY)
        fail_msg("%s: %s", why, t.client.what);
}

/* Every column of 96 rows: what the meter says they are. */
static void expect_rows(ohm_span value, uint32_t first, uint32_t count)
{
    static uint8_t plain[OHM_COSEM_VALUE_MAX];
    size_t len = 0;
    assert_int_equal(ohm_axdr_expand(value, plain, sizeof plain, &len), OHM_OK);
    ohm_axdr c = ohm_axdr_over(ohm_span_of(plain, len));
    ohm_axdr_item item;
    assert_int_equal(ohm_axdr_next(&c, &item), OHM_OK);
    assert_int_equal(item.tag, OHM_AXDR_ARRAY);
    assert_int_equal(item.count, count);
    for (uint32_t i = first; i < first + count; i++) {
        int64_t v = 0;
        bool big = false;
        assert_int_equal(ohm_axdr_next(&c, &item), OHM_OK);
        assert_int_equal(item.count, 4);
        assert_int_equal(ohm_axdr_next(&c, &item), OHM_OK);
        assert_int_equal(item.bytes.len, OHM_DLMS_TIME_LEN);
        assert_int_equal(ohm_axdr_next(&c, &item), OHM_OK);
        assert_int_equal(ohm_axdr_next(&c, &item), OHM_OK);
        assert_true(ohm_axdr_integer(&item, &v, &big));
        assert_int_equal(v, ohm_cosem_server_import_wh(i));
        assert_int_equal(ohm_axdr_next(&c, &item), OHM_OK);
        assert_true(ohm_axdr_integer(&item, &v, &big));
        assert_int_equal(v, ohm_cosem_server_export_wh(i));
    }
}

static void read_all(const char *why)
{
    uint8_t bytes[64];
    ohm_writer access = ohm_writer_over(bytes, sizeof bytes);
    assert_int_equal(talk_get(&t, &import_value, whole), OHM_COSEM_ANSWER);
    assert_int_equal(t.client.answer.error, 0);
    assert_int_equal(number_of(t.client.answer.data), ohm_cosem_server_import_wh(96));
    assert_int_equal(talk_get(&t, &no_such, whole), OHM_COSEM_ANSWER);
    assert_int_equal(t.client.answer.error, 4);
    if (talk_get(&t, &profile_buffer, whole) != OHM_COSEM_ANSWER)
        fail_msg("%s: %s", why, t.client.what);
    assert_int_equal(t.client.answer.error, 0);
    expect_rows(t.client.answer.data, 0, 96);
    ohm_cosem_put_entries(&access, 10, 19);
    assert_int_equal(talk_get(&t, &profile_buffer, ohm_writer_span(&access)), OHM_COSEM_ANSWER);
    expect_rows(t.client.answer.data, 9, 10);
}

static void every_authentication_on_every_line(void **state)
{
    (void)state;
    static const ohm_cosem_server_line lines[] = { OHM_SERVER_HDLC, OHM_SERVER_WRAPPER };
    static const struct {
        const char *why;
        ohm_cosem_auth auth;
        uint8_t control;
        bool dedicated;
    } rows[] = {
        { "nobody says who they are", OHM_COSEM_NONE, 0, false },
        { "a password", OHM_COSEM_LOW, 0, false },
        { "a challenge under AES", OHM_COSEM_HIGH, 0, false },
        { "MD5", OHM_COSEM_MD5, 0, false },
        { "SHA-1", OHM_COSEM_SHA1, 0, false },
        { "SHA-256", OHM_COSEM_SHA256, 0, false },
        { "GMAC, the rest in the clear", OHM_COSEM_GMAC, 0, false },
        { "GMAC, all signed", OHM_COSEM_GMAC, 0x10, false },
        { "GMAC, all enciphered", OHM_COSEM_GMAC, 0x20, false },
        { "GMAC, both", OHM_COSEM_GMAC, 0x30, false },
        { "GMAC under a dedicated key", OHM_COSEM_GMAC, 0x30, true },
        { "a password, enciphered", OHM_COSEM_LOW, 0x30, false },
        { "SHA-256, enciphered", OHM_COSEM_SHA256, 0x30, true },
    };
    for (size_t l = 0; l < 2; l++)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            talk_init(&t, lines[l], rows[i].auth, rows[i].control);
            ohm_cosem_config c = talk_config(&t, lines[l], rows[i].auth, rows[i].control);
            if (rows[i].dedicated)
                talk_dedicated(&t, &c);
            expect_ready(rows[i].why, talk_open(&t, &c));
            read_all(rows[i].why);
            assert_int_equal(talk_close(&t), OHM_COSEM_CLOSED);
            assert_false(t.meter.associated);
            talk_release(&t);
        }
}

/* Sizes, windows, splits and manners of meters: the same rows come out. */
static void every_way_of_a_meter(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint16_t ours, theirs, pdu;
        uint8_t window;
        unsigned ways;
        size_t chunk;
    } rows[] = {
        { "all by default", 128, 128, 0xffff, 1, 0, 0 },
        { "UA without parameters", 248, 128, 0xffff, 1, OHM_SERVER_UA_BARE, 0 },
        { "large frames", 2030, 2030, 0xffff, 1, 0, 7 },
        { "windows of seven", 128, 128, 0xffff, 7, 0, 0 },
        { "tiny frames in a window", 32, 32, 0xffff, 3, 0, 1 },
        { "blocks in segments", 128, 128, 400, 1, 0, 0 },
        { "blocks in frames", 512, 512, 256, 1, 0, 3 },
        { "junk after each value", 128, 128, 0xffff, 1, OHM_SERVER_JUNK, 0 },
        { "the block's head twice", 128, 128, 300, 1, OHM_SERVER_DOUBLE_HEAD, 0 },
        { "an answer that is not ready", 128, 128, 300, 1, OHM_SERVER_SLOW, 0 },
        { "compact rows", 128, 128, 0xffff, 1, OHM_SERVER_COMPACT, 0 },
        { "compact rows in blocks", 128, 128, 200, 2, OHM_SERVER_COMPACT, 5 },
        { "our own words come back", 128, 128, 300, 1, OHM_SERVER_ECHO, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        talk_init(&t, OHM_SERVER_HDLC, OHM_COSEM_GMAC, 0x30);
        t.meter.info_max = rows[i].theirs;
        t.meter.window = rows[i].window;
        t.meter.pdu_max = rows[i].pdu;
        t.meter.ways = rows[i].ways;
        t.chunk = rows[i].chunk;
        ohm_cosem_config c = talk_config(&t, OHM_SERVER_HDLC, OHM_COSEM_GMAC, 0x30);
        c.hdlc.info_max = rows[i].ours;
        c.hdlc.window = rows[i].window;
        expect_ready(rows[i].why, talk_open(&t, &c));
        read_all(rows[i].why);
        assert_int_equal(talk_get(&t, &object_list, whole), OHM_COSEM_ANSWER);
        assert_int_equal(t.client.answer.error, 0);
        assert_int_equal(talk_close(&t), OHM_COSEM_CLOSED);
        talk_release(&t);
    }
}

static void addresses_of_every_length(void **state)
{
    (void)state;
    talk_init(&t, OHM_SERVER_HDLC, OHM_COSEM_NONE, 0);
    t.meter.server = 1;
    t.meter.physical = 17;
    ohm_cosem_config c = talk_config(&t, OHM_SERVER_HDLC, OHM_COSEM_NONE, 0);
    c.hdlc.physical = 17;
    expect_ready("two bytes", talk_open(&t, &c));
    assert_int_equal(talk_close(&t), OHM_COSEM_CLOSED);
    ohm_hdlc_link link;
    static const struct {
        const char *why;
        uint8_t client;
        uint16_t server, physical;
        uint8_t len;
        bool good;
    } rows[] = {
        { "one byte", 1, 1, 0, 0, true },
        { "the highest of one byte", 127, 127, 0, 1, true },
        { "four bytes by need", 1, 1, 0x3fff, 0, true },
        { "four bytes by wish", 1, 1, 17, 4, true },
        { "no client", 0, 1, 0, 0, false },
        { "a client of two bytes", 128, 1, 0, 0, false },
        { "too high for one byte", 1, 128, 0, 1, false },
        { "a physical address that has no room", 1, 1, 17, 1, false },
        { "too high for two bytes", 1, 1, 128, 2, false },
        { "too high for any", 1, 0x4000, 0, 0, false },
        { "three bytes", 1, 1, 1, 3, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_hdlc_link_config h = { .client = rows[i].client,
                                         .server = rows[i].server,
                                         .physical = rows[i].physical,
                                         .address_len = rows[i].len };
        ohm_code code = ohm_hdlc_link_init(&link, &h);
        if ((code == OHM_OK) != rows[i].good)
            fail_msg("%s", rows[i].why);
    }
    talk_release(&t);
}

/* A list of questions in one, where the meter offers it. */
static void several_at_once(void **state)
{
    (void)state;
    const ohm_cosem_ref refs[] = { import_value, no_such, power_value };
    static const int64_t errors[] = { 0, 4, 0 };
    for (int blocks = 0; blocks < 2; blocks++) {
        talk_init(&t, OHM_SERVER_HDLC, OHM_COSEM_NONE, 0);
        t.meter.pdu_max = blocks ? 64 : 0xffff;
        ohm_cosem_config c = talk_config(&t, OHM_SERVER_HDLC, OHM_COSEM_NONE, 0);
        expect_ready("a list", talk_open(&t, &c));
        assert_int_equal(ohm_cosem_get_list(&t.client, refs, 3, t.now), OHM_OK);
        assert_int_equal(talk_wait(&t), OHM_COSEM_ANSWER);
        assert_int_equal(t.client.answer.form, OHM_COSEM_LIST);
        ohm_cosem_list cursor = { 0, 0 };
        for (int i = 0; i < 3; i++) {
            uint8_t error = 0;
            ohm_span value;
            assert_int_equal(ohm_cosem_list_next(t.client.answer.data, &cursor, &error, &value),
                             OHM_OK);
            assert_int_equal(error, errors[i]);
        }
        uint8_t error = 0;
        ohm_span value;
        assert_int_equal(ohm_cosem_list_next(t.client.answer.data, &cursor, &error, &value),
                         OHM_END);
        talk_release(&t);
    }
    talk_init(&t, OHM_SERVER_HDLC, OHM_COSEM_NONE, 0);
    t.meter.ways = OHM_SERVER_NO_LISTS;
    ohm_cosem_config c = talk_config(&t, OHM_SERVER_HDLC, OHM_COSEM_NONE, 0);
    expect_ready("no lists", talk_open(&t, &c));
    assert_int_equal(ohm_cosem_get_list(&t.client, refs, 3, t.now), OHM_UNSUPPORTED);
    talk_release(&t);
}

static void clock_and_disconnector(void **state)
{
    (void)state;
    talk_init(&t, OHM_SERVER_WRAPPER, OHM_COSEM_GMAC, 0x30);
    ohm_cosem_config c = talk_config(&t, OHM_SERVER_WRAPPER, OHM_COSEM_GMAC, 0x30);
    expect_ready("wrapper", talk_open(&t, &c));
    uint8_t bytes[32];
    ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
    ohm_tz utc;
    ohm_tz_utc(&utc);
    ohm_dlms_time time = ohm_dlms_time_from_utc(&utc, INT64_C(1795000000000));
    ohm_axdr_put_time(&w, &time);
    assert_int_equal(ohm_cosem_set(&t.client, &clock_value, ohm_writer_span(&w), t.now), OHM_OK);
    assert_int_equal(talk_wait(&t), OHM_COSEM_ANSWER);
    assert_int_equal(t.client.answer.error, 0);
    assert_int_equal(t.meter.time_ms, INT64_C(1795000000000));
    assert_int_equal(ohm_cosem_set(&t.client, &import_value, ohm_writer_span(&w), t.now), OHM_OK);
    assert_int_equal(talk_wait(&t), OHM_COSEM_ANSWER);
    assert_int_equal(t.client.answer.error, 3);
    assert_int_equal(ohm_cosem_act(&t.client, &disconnect, whole, t.now), OHM_OK);
    assert_int_equal(talk_wait(&t), OHM_COSEM_ANSWER);
    assert_int_equal(t.client.answer.error, 0);
    assert_false(t.meter.connected);
    talk_release(&t);
}

/* Who is not who they say is found out, on either side. */
static void impostors(void **state)
{
    (void)state;
    static const ohm_cosem_auth auths[] = { OHM_COSEM_LOW,  OHM_COSEM_HIGH, OHM_COSEM_MD5,
                                            OHM_COSEM_SHA1, OHM_COSEM_GMAC, OHM_COSEM_SHA256 };
    for (size_t i = 0; i < sizeof auths / sizeof *auths; i++) {
        talk_init(&t, OHM_SERVER_HDLC, auths[i], 0);
        ohm_cosem_config c = talk_config(&t, OHM_SERVER_HDLC, auths[i], 0);
        c.secret[0] ^= 1;
        c.security.auth_key[0] ^= 1;
        assert_int_equal(talk_open(&t, &c), OHM_COSEM_FAILED);
        assert_int_equal(t.client.code, OHM_DENIED);
        assert_int_equal(talk_close(&t), OHM_COSEM_CLOSED);
        talk_release(&t);
        if (auths[i] == OHM_COSEM_LOW)
            continue;
        talk_init(&t, OHM_SERVER_HDLC, auths[i], 0);
        t.meter.ways = OHM_SERVER_LIAR;
        c = talk_config(&t, OHM_SERVER_HDLC, auths[i], 0);
        assert_int_equal(talk_open(&t, &c), OHM_COSEM_FAILED);
        assert_int_equal(t.client.code, OHM_BAD_TAG);
        talk_release(&t);
    }
}

/* A proof that is refused by an exception is refused: nothing is open, and it ends at once. */
static void a_proof_refused_by_an_exception(void **state)
{
    (void)state;
    static const struct {
        ohm_cosem_auth auth;
        uint8_t control;
        bool dedicated;
    } rows[] = { { OHM_COSEM_MD5, 0, false },
                 { OHM_COSEM_GMAC, 0, false },
                 { OHM_COSEM_GMAC, 0x30, false },
                 { OHM_COSEM_GMAC, 0x30, true } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        talk_init(&t, OHM_SERVER_WRAPPER, rows[i].auth, rows[i].control);
        t.meter.ways = OHM_SERVER_CURT;
        ohm_cosem_config c = talk_config(&t, OHM_SERVER_WRAPPER, rows[i].auth, rows[i].control);
        if (rows[i].dedicated)
            talk_dedicated(&t, &c);
        assert_int_equal(talk_open(&t, &c), OHM_COSEM_FAILED);
        assert_int_equal(t.client.code, OHM_DENIED);
        assert_string_equal(t.client.what, "the meter refuses the password or the proof");
        assert_int_equal(t.client.state, OHM_COSEM_BROKEN);
        talk_release(&t);
    }
}

/* What must end in a sentence of its own. */
static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_cosem_auth ours, theirs;
        uint8_t our_control, their_control;
        ohm_code code;
    } rows[] = {
        { "no authentication where one is wanted", OHM_COSEM_NONE, OHM_COSEM_LOW, 0, 0,
          OHM_DENIED },
        { "another mechanism", OHM_COSEM_LOW, OHM_COSEM_GMAC, 0, 0, OHM_DENIED },
        { "in the clear where it is ciphered", OHM_COSEM_GMAC, OHM_COSEM_GMAC, 0, 0x30,
          OHM_DENIED },
        { "ciphered where it is clear", OHM_COSEM_GMAC, OHM_COSEM_GMAC, 0x30, 0, OHM_DENIED },
        { "less protection than asked for", OHM_COSEM_LOW, OHM_COSEM_LOW, 0x30, 0x10, OHM_DENIED },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        talk_init(&t, OHM_SERVER_HDLC, rows[i].theirs, rows[i].their_control);
        ohm_cosem_config c = talk_config(&t, OHM_SERVER_HDLC, rows[i].ours, rows[i].our_control);
        if (talk_open(&t, &c) != OHM_COSEM_FAILED || t.client.code != rows[i].code)
            fail_msg("%s: %s", rows[i].why, t.client.what);
        talk_release(&t);
    }
}

static void counters_are_never_used_twice(void **state)
{
    (void)state;
    talk_init(&t, OHM_SERVER_HDLC, OHM_COSEM_GMAC, 0x30);
    ohm_cosem_config c = talk_config(&t, OHM_SERVER_HDLC, OHM_COSEM_GMAC, 0x30);
    c.security.counter_end = 1004; /* initiate, proof and its action: one is left */
    expect_ready("four counters", talk_open(&t, &c));
    assert_int_equal(talk_get(&t, &import_value, whole), OHM_COSEM_ANSWER);
    assert_int_equal(ohm_cosem_get(&t.client, &import_value, whole, t.now), OHM_RANGE);
    assert_int_equal(t.client.config.security.counter, 1004);
    talk_release(&t);

    talk_init(&t, OHM_SERVER_HDLC, OHM_COSEM_GMAC, 0x30);
    c = talk_config(&t, OHM_SERVER_HDLC, OHM_COSEM_GMAC, 0x30);
    expect_ready("as usual", talk_open(&t, &c));
    t.meter.heard_counter = 5000; /* another client used our key */
    assert_int_equal(talk_get(&t, &import_value, whole), OHM_COSEM_FAILED);
    assert_true(t.client.counter_wrong);
    assert_int_equal(t.client.counter_wanted, 5001);
    talk_release(&t);
}

static void what_a_configuration_must_have(void **state)
{
    (void)state;
    talk_init(&t, OHM_SERVER_HDLC, OHM_COSEM_GMAC, 0x30);
    ohm_cosem_config good = talk_config(&t, OHM_SERVER_HDLC, OHM_COSEM_GMAC, 0x30), c = good;
    c.security.aead = NULL;
    assert_int_equal(ohm_cosem_init(&t.client, &c), OHM_NO_KEY);
    c = good;
    c.security.auth_key_len = 0;
    assert_int_equal(ohm_cosem_init(&t.client, &c), OHM_NO_KEY);
    c = good;
    c.challenge_len = 7;
    assert_int_equal(ohm_cosem_init(&t.client, &c), OHM_NO_KEY);
    c = good;
    c.auth = OHM_COSEM_SHA256;
    c.secret_len = 0;
    assert_int_equal(ohm_cosem_init(&t.client, &c), OHM_NO_KEY);
    c = good;
    c.hdlc.window = 8;
    assert_int_equal(ohm_cosem_init(&t.client, &c), OHM_RANGE);
    assert_int_equal(ohm_cosem_init(&t.client, &good), OHM_OK);
    for (int i = 0; i < OHM_COSEM_AUTHS_COUNT; i++)
        assert_int_equal(ohm_cosem_auth_find(ohm_span_text(ohm_cosem_auth_name((ohm_cosem_auth)i))),
                         i);
    assert_int_equal(ohm_cosem_auth_find(ohm_span_text("gmac5")), -1);
    talk_release(&t);
}

static void nobody_answers(void **state)
{
    (void)state;
    talk_init(&t, OHM_SERVER_HDLC, OHM_COSEM_NONE, 0);
    ohm_cosem_config c = talk_config(&t, OHM_SERVER_HDLC, OHM_COSEM_NONE, 0);
    t.loss = 1000;
    assert_int_equal(talk_open(&t, &c), OHM_COSEM_FAILED);
    assert_int_equal(t.client.code, OHM_IO);
    assert_int_equal(t.now.v, 1000 + 4 * OHM_HDLC_T1_MS); /* once, and three times more */
    talk_release(&t);
}

/* Every answer that is cut short is refused, wherever it ends. */
static void an_initiate_response_cut_short(void **state)
{
    (void)state;
    static const uint8_t response[] = { 0x08, 0x01, 0x00, 0x06, 0x5f, 0x1f, 0x04, 0x00,
                                        0x00, 0x10, 0x1d, 0x04, 0x00, 0x00, 0x07 };
    ohm_initiate out;
    for (size_t len = 0; len < sizeof response - 2; len++) {
        uint8_t *exact = malloc(len ? len : 1); /* a sanitizer sees a byte too many */
        assert_non_null(exact);
        memcpy(exact, response, len);
        assert_int_equal(ohm_cosem_initiate_parse(ohm_span_of(exact, len), &out), OHM_BAD_FORMAT);
        free(exact);
    }
    assert_int_equal(ohm_cosem_initiate_parse(ohm_span_of(response, sizeof response), &out),
                     OHM_OK);
    assert_int_equal(out.pdu_max, 0x400);
}

/* Long answers in general-block-transfer, where it is offered and where it is not. */
static void transfers(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        ohm_cosem_server_line line;
        bool offer;
        unsigned ways;
        size_t chunk;
        bool used;
    } rows[] = {
        { "over TCP", OHM_SERVER_WRAPPER, true, OHM_SERVER_TRANSFER, 0, true },
        { "in HDLC", OHM_SERVER_HDLC, true, OHM_SERVER_TRANSFER, 5, true },
        { "lost blocks, TCP", OHM_SERVER_WRAPPER, true, OHM_SERVER_TRANSFER | OHM_SERVER_LOSES, 3,
          true },
        { "lost blocks, HDLC", OHM_SERVER_HDLC, true, OHM_SERVER_TRANSFER | OHM_SERVER_LOSES, 0,
          true },
        { "the meter can't", OHM_SERVER_HDLC, true, 0, 0, false },
        { "not offered", OHM_SERVER_WRAPPER, false, OHM_SERVER_TRANSFER, 0, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        talk_init(&t, rows[i].line, OHM_COSEM_GMAC, 0x30);
        t.meter.pdu_max = 300;
        t.meter.ways = rows[i].ways;
        t.chunk = rows[i].chunk;
        ohm_cosem_config c = talk_config(&t, rows[i].line, OHM_COSEM_GMAC, 0x30);
        c.transfer = rows[i].offer;
        expect_ready(rows[i].why, talk_open(&t, &c));
        assert_int_equal((t.client.agreed.conformance & OHM_COSEM_TRANSFER) != 0, rows[i].used);
        read_all(rows[i].why);
        assert_int_equal(t.client.transfer_len > 0, rows[i].used);
        assert_int_equal(talk_close(&t), OHM_COSEM_CLOSED);
        talk_release(&t);
    }
}

/* What no meter should send is the end, and not a value. */
static void broken_transfers(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        uint8_t bytes[12];
        size_t len;
        int times;
    } rows[] = {
        { "no block", { 0xe0, 0x80, 0 }, 3, 1 },
        { "one within another", { 0xe0, 0x80, 0, 1, 0, 0, 1, 0xe0 }, 8, 1 },
        { "nothing in it", { 0xe0, 0x80, 0, 1, 0, 0, 0 }, 7, 1 },
        { "the first never comes", { 0xe0, 0x00, 0, 2, 0, 0, 1, 0xc4 }, 8, 4 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_cosem_event event = OHM_COSEM_NOTHING;
        talk_init(&t, OHM_SERVER_WRAPPER, OHM_COSEM_NONE, 0);
        const ohm_cosem_config c = talk_config(&t, OHM_SERVER_WRAPPER, OHM_COSEM_NONE, 0);
        expect_ready(rows[i].why, talk_open(&t, &c));
        assert_int_equal(ohm_cosem_get(&t.client, &import_value, whole, t.now), OHM_OK);
        for (int j = 0; j < rows[i].times && event == OHM_COSEM_NOTHING; j++) {
            uint8_t bytes[32];
            ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
            ohm_put_wrapper(&w, 1, 1, ohm_span_of(rows[i].bytes, rows[i].len));
            ohm_span in = ohm_writer_span(&w);
            event = ohm_cosem_input(&t.client, &in, t.now);
        }
        if (event != OHM_COSEM_FAILED)
            fail_msg("%s", rows[i].why);
        talk_release(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transfers),
        cmocka_unit_test(broken_transfers),
        cmocka_unit_test(every_authentication_on_every_line),
        cmocka_unit_test(every_way_of_a_meter),
        cmocka_unit_test(addresses_of_every_length),
        cmocka_unit_test(several_at_once),
        cmocka_unit_test(clock_and_disconnector),
        cmocka_unit_test(impostors),
        cmocka_unit_test(a_proof_refused_by_an_exception),
        cmocka_unit_test(refusals),
        cmocka_unit_test(counters_are_never_used_twice),
        cmocka_unit_test(what_a_configuration_must_have),
        cmocka_unit_test(nobody_answers),
        cmocka_unit_test(an_initiate_response_cut_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
