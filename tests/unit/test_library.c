/* libohmstead's face: what callers may rely on, and what they may do wrong. */
#include "library/ohmstead.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../mbus_frames.h"
#include "../pushes.h"
#include "../telegrams.h"
#include "base/err.h"

static ohmstead_error error;

static ohmstead_options options_of(const char *protocol)
{
    error = (ohmstead_error){ .size = sizeof error };
    return (ohmstead_options){ .size = sizeof(ohmstead_options), .protocol = protocol };
}

static ohmstead_decoder *decoder_of(const ohmstead_options *options)
{
    ohmstead_decoder *d = NULL;
    if (ohmstead_decoder_new(options, &d, &error) != OHMSTEAD_OK)
        fail_msg("%s", error.text);
    return d;
}

/* The messages of these bytes in pieces of `chunk`, as lines of JSON; refusals as their texts. */
static char *lines_of(const ohmstead_options *options, ohm_span in, size_t chunk)
{
    char *out = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&out, &len);
    ohmstead_decoder *d = decoder_of(options);
    assert_non_null(file);
    for (size_t at = 0; at <= in.len; at += chunk) {
        ohmstead_message *m;
        int code;
        size_t left = in.len - at;
        assert_int_equal(ohmstead_decoder_push(d, in.ptr + at, left < chunk ? left : chunk, &error),
                         OHMSTEAD_OK);
        if (left <= chunk)
            ohmstead_decoder_finish(d);
        while ((code = ohmstead_decoder_next(d, &m, &error)) != OHMSTEAD_MORE &&
               code != OHMSTEAD_END) {
            if (code == OHMSTEAD_OK)
                fprintf(file, "%s\n", ohmstead_message_json(m));
            else
                fprintf(file, "%d at %d: %s\n", code, (int)error.offset, error.text);
            if (code == OHMSTEAD_OK)
                ohmstead_message_free(m);
        }
        if (left <= chunk)
            break;
    }
    ohmstead_decoder_free(d);
    (void)fclose(file);
    return out;
}

static void any_split(void **state)
{
    (void)state;
    const telegram t = telegram_household(4426, 244);
    const mbus_bytes b = mbus_frame(0x08, 1, 0x72, "78563412 2410 01 02 55 00 0000 0403 21430000");
    const ohm_span streams[] = { telegram_span(&t), mbus_span(&b) };
    for (size_t i = 0; i < 2; i++) {
        const ohmstead_options options = options_of("auto");
        char *whole = lines_of(&options, streams[i], streams[i].len);
        assert_non_null(strstr(whole, "\"1.8.0\":"));
        for (size_t chunk = 1; chunk < 8; chunk += 3) {
            char *split = lines_of(&options, streams[i], chunk);
            assert_string_equal(split, whole);
            free(split);
        }
        free(whole);
    }
}

static ohmstead_message *message_of(const char *protocol, ohm_span in)
{
    const ohmstead_options options = options_of(protocol);
    ohmstead_decoder *d = decoder_of(&options);
    ohmstead_message *m = NULL;
    assert_int_equal(ohmstead_decoder_push(d, in.ptr, in.len, NULL), OHMSTEAD_OK);
    assert_int_equal(ohmstead_decoder_next(d, &m, NULL), OHMSTEAD_OK);
    ohmstead_decoder_free(d); /* the message is its caller's */
    return m;
}

static void a_message(void **state)
{
    (void)state;
    int64_t time_ms = 0;
    double number = 0;
    int scaler = 0;
    const char *unit = NULL;
    const telegram t = telegram_of("0-0:1.0.0(261120130000W)\r\n0-0:96.1.1(4F484D30303031)\r\n"
                                   "1-0:1.8.1(004426.120*kWh)\r\n0-0:96.13.0(4122425C43)\r\n");
    ohmstead_message *m = message_of("p1", telegram_span(&t));
    assert_string_equal(ohmstead_message_protocol(m), "p1");
    assert_string_equal(ohmstead_message_meter_id(m), "OHM0001");
    assert_null(ohmstead_message_profile(m));
    assert_null(ohmstead_message_security(m));
    assert_int_equal(ohmstead_message_authenticated(m), 0);
    assert_null(ohmstead_message_following(m));
    assert_int_equal(ohmstead_message_time(m, &time_ms), 1);
    assert_int_equal(time_ms, 1795176000000);
    assert_int_equal(ohmstead_message_answer(m, "1.8.1", &number, &unit), 1);
    assert_true(fabs(number - 4426.12) < 1e-9);
    assert_string_equal(unit, "kWh");
    assert_int_equal(ohmstead_message_answer(m, "16.7.0", &number, &unit), 0);

    assert_int_equal(ohmstead_message_count(m), 4);
    assert_null(ohmstead_message_value(m, 4));
    const ohmstead_value *v = ohmstead_message_value(m, 2);
    assert_string_equal(ohmstead_value_obis(v), "1-0:1.8.1*255");
    assert_string_equal(ohmstead_value_label(v), "1-0:1.8.1");
    assert_string_equal(ohmstead_value_quantity(v), "energy_import_t1");
    assert_string_equal(ohmstead_value_unit(v), "Wh");
    assert_string_equal(ohmstead_value_text(v), "4426120");
    assert_string_equal(ohmstead_value_raw(v), "4426120");
    assert_null(ohmstead_value_time(v));
    assert_int_equal(ohmstead_value_number(v, &number), 1);
    assert_true(number == 4426120);
    assert_int_equal(ohmstead_value_scaler(v, &scaler), 1);
    assert_int_equal(scaler, 0);
    assert_non_null(strstr(ohmstead_value_json(v), "\"raw\":\"004426.120*kWh\""));

    v = ohmstead_message_value(m, 3); /* a text with what JSON escapes */
    assert_string_equal(ohmstead_value_text(v), "A\"B\\C");
    assert_int_equal(ohmstead_value_number(v, &number), 0);
    assert_int_equal(ohmstead_value_scaler(v, &scaler), 0);
    assert_string_equal(ohmstead_value_label(v), "0-0:96.13.0");
    ohmstead_message_free(m);
    ohmstead_message_free(NULL);
}

/* What is refused comes as a value too, with its place, and the stream goes on. */
static void refusals(void **state)
{
    (void)state;
    telegram t = telegram_of("1-0:1.8.0(000001.000*kWh)\r\n");
    const telegram good = t;
    t.bytes[30] ^= 1;
    telegram_append(&t, telegram_span(&good));
    const ohmstead_options options = options_of("p1");
    char *lines = lines_of(&options, telegram_span(&t), t.len);
    const char *second = strchr(lines, '\n');
    assert_int_equal(strncmp(lines, "-2 at 0: ", 9), 0);
    assert_non_null(second);
    assert_int_equal(strncmp(second, "\n{\"protocol\":\"p1\"", 16), 0);
    free(lines);
}

static void wrong_use(void **state)
{
    (void)state;
    static const uint8_t key[16] = { 1 };
    ohmstead_options good = options_of("dlms");
    const struct {
        const char *why;
        ohmstead_options options;
        int code;
        const char *text;
    } rows[] = {
        { "no size", { .protocol = "dlms" }, OHMSTEAD_WRONG_USE, "size" },
        { "no such protocol",
          { .size = sizeof good, .protocol = "klingon" },
          OHMSTEAD_UNSUPPORTED,
          "klingon" },
        { "one that has no stream",
          { .size = sizeof good, .protocol = "cosem" },
          OHMSTEAD_UNSUPPORTED,
          "asked" },
        { "a name that is too long",
          { .size = sizeof good, .protocol = "dlms dlms dlms dlms dlms dlms" },
          OHMSTEAD_UNKNOWN,
          "no such protocol" },
        { "no such profile",
          { .size = sizeof good, .protocol = "dlms", .profile = "x" },
          OHMSTEAD_UNKNOWN,
          "profile" },
        { "half a key",
          { .size = sizeof good, .key = key, .key_len = 8 },
          OHMSTEAD_RANGE,
          "16 or 32" },
        { "a key that is not there",
          { .size = sizeof good, .key_len = 16 },
          OHMSTEAD_RANGE,
          "16 or 32" },
        { "a title that is none",
          { .size = sizeof good, .system_title = "4c475a" },
          OHMSTEAD_RANGE,
          "16 hex digits" },
        { "one that goes on",
          { .size = sizeof good, .system_title = "4c475a00000000000" },
          OHMSTEAD_RANGE,
          "16 hex digits" },
        { "no such zone",
          { .size = sizeof good, .timezone = "Mars/Olympus" },
          OHMSTEAD_UNKNOWN,
          "Mars/Olympus" },
        { "no such folder",
          { .size = sizeof good, .profiles = "/nowhere/at/all" },
          OHMSTEAD_UNKNOWN,
          "/nowhere/at/all" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohmstead_decoder *d = NULL;
        int code = ohmstead_decoder_new(&rows[i].options, &d, &error);
        if (code != rows[i].code || error.code != code || !strstr(error.text, rows[i].text))
            fail_msg("%s: %d %s", rows[i].why, code, error.text);
        assert_null(d);
    }
    ohmstead_decoder *d = decoder_of(&good);
    ohmstead_message *m;
    ohmstead_error small = { .size = 4 };
    assert_int_equal(ohmstead_decoder_new(NULL, &d, NULL), OHMSTEAD_WRONG_USE);
    assert_int_equal(ohmstead_decoder_new(&good, NULL, NULL), OHMSTEAD_WRONG_USE);
    assert_int_equal(ohmstead_decoder_push(d, NULL, 1, &error), OHMSTEAD_WRONG_USE);
    assert_int_equal(ohmstead_decoder_next(d, &m, &small), OHMSTEAD_WRONG_USE);
    assert_int_equal(small.code, 0);
    ohmstead_decoder_free(d);
    ohmstead_decoder_free(NULL);
}

/* --- reading ------------------------------------------------------------------------------------
 */

static char path[] = "/tmp/ohmstead-library-XXXXXX";

static const char *file_of(ohm_span bytes, char port[static 64])
{
    (void)snprintf(path, sizeof path, "/tmp/ohmstead-library-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
    (void)close(fd);
    (void)snprintf(port, 64, "file:%s", path);
    return port;
}

static void reads_a_file(void **state)
{
    (void)state;
    char port[64];
    const telegram t = telegram_household(4426, 244);
    ohmstead_options options = options_of("auto");
    ohmstead_message *m = NULL;
    options.port = file_of(telegram_span(&t), port);
    if (ohmstead_read(&options, &m, &error) != OHMSTEAD_OK)
        fail_msg("%s", error.text);
    (void)unlink(path);
    assert_string_equal(ohmstead_message_protocol(m), "p1");
    assert_int_equal(ohmstead_message_answer(m, "1.7.0", NULL, NULL), 1);
    ohmstead_message_free(m);

    options.port = file_of(ohm_span_text("nothing of the kind"), port);
    assert_int_equal(ohmstead_read(&options, &m, &error), OHMSTEAD_END);
    (void)unlink(path);
    assert_true(error.text[0]);
}

static void reading_ends_in_time(void **state)
{
    (void)state;
    ohmstead_options options = options_of("tic");
    ohmstead_message *m = NULL;
    int ends[2];
    char port[64];
    assert_int_equal(pipe(ends), 0);
    (void)snprintf(port, sizeof port, "file:/proc/self/fd/%d", ends[0]);
    options.port = port;
    options.timeout_ms = 20;
    assert_int_equal(ohmstead_read(&options, &m, &error), OHMSTEAD_TIMEOUT);
    assert_non_null(strstr(error.text, "nothing comes"));
    (void)close(ends[0]);
    (void)close(ends[1]);
    options.port = "gopher:7";
    assert_int_not_equal(ohmstead_read(&options, &m, &error), OHMSTEAD_OK);
    options.port = NULL;
    assert_int_equal(ohmstead_read(&options, &m, &error), OHMSTEAD_WRONG_USE);
    assert_int_equal(ohmstead_read(&options, NULL, &error), OHMSTEAD_WRONG_USE);
}

static void codes_have_texts(void **state)
{
    (void)state;
    for (int code = OHMSTEAD_WRONG_USE; code <= OHMSTEAD_END; code++)
        assert_string_not_equal(ohmstead_code_text(code), "no such code");
    assert_string_equal(ohmstead_code_text(99), "no such code");
    assert_string_equal(ohmstead_version(), OHM_VERSION);
}

/* Callers that were built before there was `state` go on; and what keeps no counters takes no title
 * of its own that another call may have used them with. */
static void counters_of_calls(void **state)
{
    (void)state;
    static const uint8_t key[16] = { 1 };
    ohmstead_decoder *d = NULL;
    ohmstead_message *m = NULL;
    ohmstead_options options = options_of("cosem");
    options.size = offsetof(ohmstead_options, state);
    options.state = (const char *)1; /* not theirs */
    options.port = "tcp:127.0.0.1:1";
    options.key = options.auth_key = key;
    options.key_len = options.auth_key_len = sizeof key;
    options.settings = "client=1 auth=gmac title=4f484d0000000042";
    assert_int_equal(ohmstead_read(&options, &m, &error), OHMSTEAD_CONFLICT);
    assert_non_null(strstr(error.text, "counter="));
    options.size--;
    assert_int_equal(ohmstead_read(&options, &m, &error), OHMSTEAD_WRONG_USE);
    options = options_of("auto");
    options.size = offsetof(ohmstead_options, state);
    assert_int_equal(ohmstead_decoder_new(&options, &d, &error), OHMSTEAD_OK);
    ohmstead_decoder_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_split),         cmocka_unit_test(a_message),
        cmocka_unit_test(refusals),          cmocka_unit_test(wrong_use),
        cmocka_unit_test(reads_a_file),      cmocka_unit_test(reading_ends_in_time),
        cmocka_unit_test(counters_of_calls), cmocka_unit_test(codes_have_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
