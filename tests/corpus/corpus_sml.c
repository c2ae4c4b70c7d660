/* Every public capture of an SML meter against what an independent reader made of it, in several
 * splits: all entries exactly, and nothing from the files that are cut. */
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "wire/sml.h"

enum {
    BYTES_MAX = 1 << 16,
    NO_TEST = 77,
};

static const char *folder;
static ohm_sml decoder;
static uint8_t bytes[BYTES_MAX];

static const char *text_of(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "";
}

static void hex_of(ohm_span span, char *out, size_t size)
{
    assert_true(2 * span.len < size);
    out[0] = '\0';
    for (size_t i = 0; i < span.len; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", span.ptr[i]);
}

/* The row's unit is a text, null, or 0. */
static void same_unit(const char *id, const json_t *unit, const ohm_sml_value *v)
{
    const char *want = json_string_value(unit), *ours = ohm_dlms_unit_text(v->unit);
    if (want && !strcmp(want, "°"))
        want = "deg";
    if (want ? !ours || strcmp(want, ours) != 0 : v->unit != OHM_UNIT_UNKNOWN)
        fail_msg("%s: unit %u for %s", id, v->unit, want ? want : "none");
}

static void same_value(const char *id, const json_t *want, const ohm_sml_value *v)
{
    char obis[OHM_OBIS_TEXT_MAX], hex[512];
    const char *type = text_of(want, "type");
    (void)ohm_obis_write(v->obis, obis);
    if (strcmp(obis, text_of(want, "obis")) != 0)
        fail_msg("%s: %s for %s", id, obis, text_of(want, "obis"));
    const json_t *status = json_object_get(want, "status"),
                 *time = json_object_get(want, "val_time");
    if (v->has_status != (status != NULL) ||
        (status && (json_int_t)v->status != json_integer_value(status)))
        fail_msg("%s %s: status", id, obis);
    if (time && (v->time.clock != OHM_SML_INDEX || v->time.seconds != json_integer_value(time)))
        fail_msg("%s %s: time", id, obis);
    same_unit(id, json_object_get(want, "unit"), v);
    if (!strcmp(type, "octets")) {
        hex_of(v->bytes, hex, sizeof hex);
        if (v->kind != OHM_SML_OCTETS || strcmp(hex, text_of(want, "value")) != 0)
            fail_msg("%s %s: %s", id, obis, hex);
        return;
    }
    int kind = !strcmp(type, "int") ? OHM_SML_INTEGER : OHM_SML_UNSIGNED;
    double value = json_number_value(json_object_get(want, "value"));
    if (v->kind != kind || v->raw != json_integer_value(json_object_get(want, "raw")))
        fail_msg("%s %s: %lld", id, obis, (long long)v->raw);
    if (fabs((double)v->raw * pow(10, v->scaler) - value) > 1e-9 * (1 + fabs(value)))
        fail_msg("%s %s: scaler %d", id, obis, v->scaler);
}

static void same_message(const char *id, const json_t *row, const ohm_sml_message *m)
{
    const json_t *want = json_object_get(row, "expected");
    char hex[512];
    hex_of(m->server_id, hex, sizeof hex);
    if (strcmp(hex, text_of(row, "server_id")) != 0 || m->count != json_array_size(want))
        fail_msg("%s: server %s, %u values", id, hex, m->count);
    for (size_t i = 0; i < m->count; i++)
        same_value(id, json_array_get(want, i), &m->values[i]);
}

static void decode(const json_t *row, size_t len, size_t chunk, int *messages, int *rejections)
{
    bool stream = json_is_true(json_object_get(row, "stream"));
    *messages = *rejections = 0;
    ohm_sml_init(&decoder);
    for (size_t from = 0;; from += chunk) {
        size_t n = from >= len ? 0 : len - from < chunk ? len - from : chunk;
        ohm_span in = { bytes + (n ? from : 0), n };
        const ohm_sml_message *m;
        ohm_sml_reject reject;
        ohm_code code;
        if (n == 0)
            ohm_sml_finish(&decoder);
        while ((code = ohm_sml_next(&decoder, &in, &m, &reject)) != OHM_MORE && code != OHM_END) {
            if (code == OHM_OK && !stream)
                same_message(text_of(row, "id"), row, m);
            *messages += code == OHM_OK;
            *rejections += code != OHM_OK;
        }
        if (n == 0)
            return;
    }
}

static void check_row(const json_t *row)
{
    static const size_t chunks[] = { 1, 2, 3, 7, 64, BYTES_MAX };
    const char *hex = text_of(row, "hex");
    const json_t *expected = json_object_get(row, "expected");
    unsigned byte;
    size_t len = strlen(hex) / 2;
    assert_true(len < sizeof bytes);
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        bytes[i] = (uint8_t)byte;
    }
    bool stream = json_is_true(json_object_get(row, "stream"));
    json_int_t good =
        stream ? json_integer_value(json_object_get(expected, "frames_complete_crc_ok")) : 1;
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        int messages, rejections;
        decode(row, len, chunks[i], &messages, &rejections);
        if (messages != good || (rejections > 0) != stream)
            fail_msg("%s by %zu: %d messages, %d refusals", text_of(row, "id"), chunks[i], messages,
                     rejections);
    }
}

static void every_capture_is_read_exactly(void **state)
{
    (void)state;
    char path[512], line[1 << 16];
    int rows = 0;
    (void)snprintf(path, sizeof path, "%s/sml/public.jsonl", folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        json_error_t error;
        json_t *row = json_loads(line, 0, &error);
        if (!row)
            fail_msg("%s: row %d: %s", path, rows + 1, error.text);
        check_row(row);
        json_decref(row);
        rows++;
    }
    (void)fclose(file);
    assert_true(rows > 0);
}

int main(void)
{
    folder = getenv("OHM_CORPUS");
    if (!folder || !folder[0]) {
        (void)puts("skipped: OHM_CORPUS names no folder of captures");
        return NO_TEST;
    }
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_capture_is_read_exactly) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
