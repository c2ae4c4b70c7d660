/* Every public capture of wired M-Bus against what an independent decoder and its corrections
 * say: header, every field of every record, and the frames from which nothing may come out. Each
 * goes through the row of the protocol table, in several splits, and is compared as JSON. */
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "meter/protocol.h"

enum {
    FRAME_MAX = 512,
    NO_TEST = 77,
};

static const char *folder;
static const char *row_id; /* for messages */

static size_t from_hex(const char *hex, uint8_t *out)
{
    size_t n = 0;
    unsigned byte;
    for (; hex[2 * n] && n < FRAME_MAX; n++) {
        assert_int_equal(sscanf(hex + 2 * n, "%2x", &byte), 1);
        out[n] = (uint8_t)byte;
    }
    return n;
}

/* The one message of a frame as JSON, or NULL; *rejects counts what was refused. */
static json_t *decode(const uint8_t *bytes, size_t len, size_t chunk, int *rejects)
{
    static char text[OHM_PROTOCOL_JSON_MAX];
    const ohm_protocol *p = ohm_protocol_find("mbus");
    const ohm_meter_clock clock = { .last_ms = OHM_NO_MS };
    const ohm_protocol_config config = { .line = false };
    json_t *found = NULL;
    void *state = calloc(1, p->state_size);
    assert_non_null(state);
    assert_int_equal(p->init(state, &config).code, OHM_OK);
    *rejects = 0;
    for (size_t from = 0;; from += chunk) {
        size_t left = from < len ? len - from : 0;
        ohm_span in = { bytes + (from < len ? from : len), left < chunk ? left : chunk };
        if (left == 0)
            p->finish(state);
        const void *message = NULL;
        ohm_protocol_reject reject;
        ohm_code code;
        while ((code = p->next(state, &in, &message, &reject)) != OHM_MORE && code != OHM_END) {
            if (code != OHM_OK) {
                ++*rejects;
                continue;
            }
            if (found)
                fail_msg("%s: two messages", row_id);
            ohm_json json;
            size_t size = 0;
            ohm_json_init(&json, text, sizeof text);
            p->json(&json, message, &clock);
            assert_int_equal(ohm_json_finish(&json, &size), OHM_OK);
            found = json_loadb(text, size, JSON_DECODE_INT_AS_REAL, NULL);
            assert_non_null(found);
        }
        if (code == OHM_END)
            break;
    }
    free(state);
    return found;
}

/* --- comparing -------------------------------------------------------------------------------- */

static void same(const json_t *got, const json_t *want, const char *what, size_t index)
{
    bool equal;
    if (json_is_number(want)) {
        double w = json_number_value(want);
        equal = isnan(w) ? json_is_null(got) : json_is_number(got) && json_number_value(got) == w;
    } else if (json_is_null(want) || !want) {
        equal = json_is_null(got) || !got;
    } else {
        equal = json_equal(got, want) == 1;
    }
    if (equal)
        return;
    char *g = json_dumps(got, JSON_ENCODE_ANY), *w = json_dumps(want, JSON_ENCODE_ANY);
    fail_msg("%s: record %d: %s is %s instead of %s", row_id, (int)index, what, g ? g : "absent",
             w ? w : "absent");
}

static void check_record(const json_t *got, const json_t *want, size_t index)
{
    static const char *const keys[][2] = {
        { "function", "function" }, { "storage", "storage" }, { "tariff", "tariff" },
        { "subunit", "device" },    { "unit", "unit" },       { "description", "quantity" },
        { "dib", "dib" },           { "vib", "vib" },         { "raw", "raw" },
    };
    const json_t *value = json_object_get(want, "value");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        same(json_object_get(got, keys[i][0]), json_object_get(want, keys[i][1]), keys[i][0],
             index);
    same(json_object_get(got, "value"), value, "value", index);
    const json_t *combinable = json_object_get(want, "combinable"); /* said of numbers only */
    if (combinable)
        same(json_object_get(got, "combinable"), combinable, "combinable", index);
    if (json_is_true(json_object_get(want, "summer")))
        same(json_object_get(got, "summer"), json_true(), "summer", index);
}

static void check_header(const json_t *got, const json_t *row)
{
    static const char *const meter[][2] = {
        { "id", "ident" },        { "manufacturer", "manufacturer" },
        { "version", "version" }, { "medium_code", "medium_code" },
        { "address", "a" },       { "secondary_address", "secondary_address" },
    };
    const json_t *m = json_object_get(got, "meter");
    bool fixed = json_object_get(row, "fixed") != NULL;
    for (size_t i = 0; i < sizeof meter / sizeof *meter; i++)
        if (!fixed || i == 0)
            same(json_object_get(m, meter[i][0]), json_object_get(row, meter[i][1]), meter[i][0],
                 0);
    if (!fixed)
        same(json_object_get(m, "medium"), json_object_get(row, "medium"), "medium", 0);
    same(json_object_get(got, "access"), json_object_get(row, "access_no"), "access", 0);
    same(json_object_get(got, "status"), json_object_get(row, "status"), "status", 0);
    same(json_object_get(got, "signature"), json_object_get(row, "signature"), "signature", 0);
    if (json_object_get(row, "more_follows"))
        same(json_object_get(got, "more_follows"), json_object_get(row, "more_follows"),
             "more_follows", 0);
    const json_t *error = json_object_get(got, "error");
    same(json_object_get(error, "code"), json_object_get(row, "app_error"), "error", 0);
}

static void check_row(const json_t *row, size_t chunk)
{
    uint8_t bytes[FRAME_MAX];
    int rejects = 0;
    size_t len = from_hex(json_string_value(json_object_get(row, "hex")), bytes);
    const json_t *expected = json_object_get(row, "expected");
    json_t *got = decode(bytes, len, chunk, &rejects);
    if (!json_is_array(expected)) {
        if (got || rejects != 1)
            fail_msg("%s: %s and %d refusals", row_id, got ? "a message" : "nothing", rejects);
        return;
    }
    if (!got || rejects != 0)
        fail_msg("%s: %s and %d refusals", row_id, got ? "a message" : "nothing", rejects);
    check_header(got, row);
    const json_t *values = json_object_get(got, "values");
    if (json_array_size(values) != json_array_size(expected))
        fail_msg("%s: %d records instead of %d", row_id, (int)json_array_size(values),
                 (int)json_array_size(expected));
    for (size_t i = 0; i < json_array_size(values); i++)
        check_record(json_array_get(values, i), json_array_get(expected, i), i);
    json_decref(got);
}

/* jansson takes no NaN, which python writes for a float that is none: it counts as null here. */
static json_t *load_line(char *line)
{
    for (char *at = line; (at = strstr(at, ": NaN")) != NULL; at += 5)
        memcpy(at, ":null", 5);
    return json_loads(line, JSON_DECODE_INT_AS_REAL, NULL);
}

static void every_row(void **state)
{
    static char line[1 << 16];
    (void)state;
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/mbus/public.jsonl", folder);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    int rows = 0;
    for (; fgets(line, sizeof line, file); rows++) {
        json_t *row = load_line(line);
        assert_non_null(row);
        row_id = json_string_value(json_object_get(row, "id"));
        check_row(row, FRAME_MAX);
        check_row(row, 1);
        check_row(row, 7);
        json_decref(row);
    }
    (void)fclose(file);
    assert_true(rows >= 88);
}

int main(void)
{
    folder = getenv("OHM_CORPUS");
    if (!folder) {
        (void)fprintf(stderr, "corpus_mbus: skipped: OHM_CORPUS names no folder of captures\n");
        return NO_TEST;
    }
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_row) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
