/* Every public capture of a P1 port and of an IEC 62056-21 readout against what an independent
 * reader made of it, in several splits: all addresses and all brackets exactly, in their order.
 * Nothing comes from a telegram whose checksum is wrong; of a readout that was edited by hand it
 * is said that its block check is wrong. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "wire/d0.h"
#include "wire/p1.h"

enum {
    BYTES_MAX = 1 << 16,
    NO_TEST = 77,
};

static const char *folder;
static uint8_t bytes[BYTES_MAX];
static ohm_p1 p1;
static ohm_d0 d0;

static const char *text_of(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "";
}

static void same_text(const char *id, ohm_span got, const char *want)
{
    if (!ohm_span_is(got, want))
        fail_msg("%s: '%.*s', not '%s'", id, (int)got.len, (const char *)got.ptr, want);
}

static void same_set(const char *id, const json_t *want, const ohm_readout *r,
                     const ohm_readout_set *set)
{
    const json_t *values = json_object_get(want, "values");
    same_text(id, set->address, text_of(want, "address"));
    assert_int_equal(set->count, json_array_size(values));
    for (size_t i = 0; i < set->count; i++) {
        const json_t *bracket = json_array_get(values, i);
        ohm_span value, unit;
        ohm_readout_split(r->values[set->first + i], &value, &unit);
        same_text(id, r->values[set->first + i], text_of(bracket, "raw"));
        same_text(id, value, text_of(bracket, "value"));
        same_text(id, unit, text_of(bracket, "unit"));
    }
}

static void same_readout(const json_t *row, const ohm_readout_ident *ident, const ohm_readout *r)
{
    const char *id = text_of(row, "id");
    const json_t *want = json_object_get(row, "expected"), *line = json_object_get(row, "ident");
    same_text(id, ident->manufacturer, text_of(line, "manufacturer"));
    same_text(id, ohm_span_of(&ident->baud, 1), text_of(line, "baud_char"));
    same_text(id, ident->id, text_of(line, "id"));
    if (r->count != json_array_size(want))
        fail_msg("%s: %u sets, not %zu", id, r->count, json_array_size(want));
    for (size_t i = 0; i < r->count; i++)
        same_set(id, json_array_get(want, i), r, &r->sets[i]);
}

typedef struct outcome {
    int messages, rejections;
} outcome;

static void feed_p1(const json_t *row, ohm_span in, outcome *out)
{
    const ohm_p1_message *m;
    ohm_p1_reject reject;
    ohm_code code;
    while ((code = ohm_p1_next(&p1, &in, &m, &reject)) != OHM_MORE && code != OHM_END) {
        if (code == OHM_OK)
            same_readout(row, &m->ident, &m->readout);
        out->messages += code == OHM_OK;
        out->rejections += code != OHM_OK;
    }
}

static outcome decode_p1(const json_t *row, size_t len, size_t chunk)
{
    static const ohm_p1_config plain = { .aead = NULL };
    outcome out = { 0 };
    ohm_p1_init(&p1, &plain);
    for (size_t from = 0; from < len; from += chunk)
        feed_p1(row, ohm_span_of(bytes + from, len - from < chunk ? len - from : chunk), &out);
    ohm_p1_finish(&p1);
    feed_p1(row, ohm_span_of(NULL, 0), &out);
    return out;
}

static void feed_d0(const json_t *row, ohm_span in, outcome *out)
{
    const ohm_d0_message *m;
    ohm_d0_reject reject;
    ohm_code code;
    while ((code = ohm_d0_next(&d0, &in, &m, &reject)) != OHM_MORE && code != OHM_END) {
        if (code == OHM_OK)
            same_readout(row, &m->ident, &m->readout);
        assert_true(code != OHM_OK || m->damaged == (out->rejections > 0));
        out->messages += code == OHM_OK;
        out->rejections += code != OHM_OK;
    }
}

static outcome decode_d0(const json_t *row, size_t len, size_t chunk)
{
    static const ohm_d0_config recorded = { .recorded = true };
    outcome out = { 0 };
    ohm_d0_init(&d0, &recorded);
    for (size_t from = 0; from < len; from += chunk)
        feed_d0(row, ohm_span_of(bytes + from, len - from < chunk ? len - from : chunk), &out);
    ohm_d0_finish(&d0);
    feed_d0(row, ohm_span_of(NULL, 0), &out);
    return out;
}

/* The block check behind ETX, over what is behind STX; true without one. */
static bool block_check_fits(size_t len)
{
    const uint8_t *etx = memchr(bytes, 0x03, len), *stx = memchr(bytes, 0x02, len);
    uint8_t check = 0;
    for (const uint8_t *p = stx ? stx + 1 : etx; etx && p <= etx; p++)
        check ^= *p;
    return !etx || (etx + 1 < bytes + len && etx[1] == check);
}

static void check_row(const json_t *row)
{
    static const size_t chunks[] = { 1, 2, 3, 7, 64, BYTES_MAX };
    const char *hex = text_of(row, "hex");
    unsigned byte;
    size_t len = strlen(hex) / 2;
    bool telegram = !strcmp(text_of(row, "kind"), "p1");
    assert_true(len < sizeof bytes);
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        bytes[i] = (uint8_t)byte;
    }
    bool wrong = json_is_false(json_object_get(json_object_get(row, "crc"), "valid"));
    bool edited = !telegram && !block_check_fits(len);
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        outcome out = telegram ? decode_p1(row, len, chunks[i]) : decode_d0(row, len, chunks[i]);
        int refused = telegram ? wrong : edited;
        if (out.messages != !(telegram && wrong) || out.rejections != refused)
            fail_msg("%s by %zu: %d messages, %d refusals", text_of(row, "id"), chunks[i],
                     out.messages, out.rejections);
    }
}

static void every_capture_is_read_exactly(void **state)
{
    (void)state;
    char path[512], line[1 << 16];
    int rows = 0;
    (void)snprintf(path, sizeof path, "%s/ascii/public.jsonl", folder);
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
