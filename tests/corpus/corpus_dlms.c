/* Every public capture of a DLMS push against what independent readers made of it: values,
 * counters, times, and the captures from which nothing may come out. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "host/crypto_aead.h"
#include "meter/profiles.h"
#include "wire/dlms.h"

enum {
    BYTES_MAX = 1 << 20,
    NO_TEST = 77,
};

static const char *folder;
static ohm_profiles *profiles;
static ohm_dlms decoder;
static uint8_t bytes[BYTES_MAX];

/* --- rows ----------------------------------------------------------------------------------- */

static const char *text_of(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "";
}

static size_t from_hex(const char *hex, uint8_t *out, size_t max)
{
    size_t n = 0;
    unsigned byte;
    for (; hex[2 * n] && n < max; n++) {
        assert_int_equal(sscanf(hex + 2 * n, "%2x", &byte), 1);
        out[n] = (uint8_t)byte;
    }
    return n;
}

static void to_hex(ohm_span span, char *out, size_t size)
{
    assert_true(2 * span.len < size);
    out[0] = '\0';
    for (size_t i = 0; i < span.len; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", span.ptr[i]);
}

/* What came out of one row, and who is asked about each message. */
typedef struct outcome {
    int messages, rejections;
    ohm_dlms_reject last;
} outcome;

typedef void (*on_message)(const json_t *row, int index, const ohm_dlms_message *m);

static void drain(const json_t *row, ohm_span *in, outcome *out, on_message check)
{
    ohm_code code;
    do {
        const ohm_dlms_message *m = NULL;
        code = ohm_dlms_next(&decoder, in, &m, &out->last);
        if (code == OHM_OK && check)
            check(row, out->messages, m);
        out->messages += code == OHM_OK;
        out->rejections += code != OHM_OK && code != OHM_MORE && code != OHM_END;
    } while (code != OHM_MORE && code != OHM_END);
}

static outcome decode(const json_t *row, size_t len, size_t chunk, on_message check)
{
    uint8_t key[32];
    ohm_crypto_aead *aead = NULL;
    ohm_dlms_config config = { .profiles = profiles->items, .profiles_count = profiles->count };
    size_t key_len = from_hex(text_of(row, "key"), key, sizeof key);
    if (key_len > 0) {
        assert_int_equal(ohm_crypto_aead_new((ohm_span){ key, key_len }, &aead), OHM_OK);
        config.aead = ohm_crypto_aead_table(aead);
    }
    config.auth_key_len = (uint8_t)from_hex(text_of(row, "auth_key"), config.auth_key, 32);
    ohm_dlms_init(&decoder, &config);

    outcome out = { 0 };
    size_t from = 0;
    bool more = true;
    while (more) {
        size_t n = len - from < chunk ? len - from : chunk;
        ohm_span in = { bytes + from, n };
        from += n;
        more = n > 0;
        if (!more)
            ohm_dlms_finish(&decoder);
        drain(row, &in, &out, check);
    }
    ohm_crypto_aead_free(aead);
    return out;
}

/* --- one message ---------------------------------------------------------------------------- */

static void check_time(const char *id, const json_t *want, const ohm_dlms_time *t)
{
    char local[32];
    (void)snprintf(local, sizeof local, "%04d-%02d-%02d %02d:%02d:%02d", t->local.date.year,
                   t->local.date.month, t->local.date.day, t->local.hour, t->local.minute,
                   t->local.second);
    const json_t *deviation = json_object_get(want, "deviation_min");
    const json_t *hundredths = json_object_get(want, "hundredths");
    bool same = t->present && strcmp(local, text_of(want, "local")) == 0 &&
                t->status == json_integer_value(json_object_get(want, "status")) &&
                t->weekday == json_integer_value(json_object_get(want, "dow")) &&
                t->has_deviation == json_is_integer(deviation) &&
                t->deviation_min == json_integer_value(deviation) &&
                t->has_hundredths == json_is_integer(hundredths) &&
                t->local.ms == 10 * json_integer_value(hundredths);
    if (!same)
        fail_msg("%s: date-time is %s, deviation %d", id, local, t->deviation_min);
}

static void check_scale(const char *id, const json_t *want, const ohm_dlms_value *v)
{
    const json_t *unit = json_object_get(want, "unit"), *scaler = json_object_get(want, "scaler");
    bool by_profile = strcmp(text_of(want, "scaler_source"), "table") == 0;
    if (!json_is_integer(scaler)) {
        assert_int_equal(v->scaler_source, OHM_SCALER_NONE);
        return;
    }
    const char *unit_text = ohm_dlms_unit_text(v->unit);
    if (v->scaler != json_integer_value(scaler) || !unit_text ||
        strcmp(unit_text, json_string_value(unit)) != 0 ||
        v->scaler_source != (by_profile ? OHM_SCALER_PROFILE : OHM_SCALER_PUSH))
        fail_msg("%s: scaler %d unit %s of %s", id, v->scaler, unit_text ? unit_text : "?",
                 text_of(want, "obis"));
}

static void check_obis(const char *id, const json_t *want, const ohm_dlms_value *v)
{
    static const char *const parts[] = { "", "#time", "#date" };
    char text[40] = "";
    if (v->has_obis) {
        char obis[OHM_OBIS_TEXT_MAX];
        (void)ohm_obis_write(v->obis, obis);
        (void)snprintf(text, sizeof text, "%s%s", obis, parts[v->part]);
    }
    if (strcmp(text, text_of(want, "obis")) != 0)
        fail_msg("%s: %s instead of %s", id, text, text_of(want, "obis"));
    const json_t *position = json_object_get(want, "pos");
    if (json_is_integer(position))
        assert_int_equal(v->position, json_integer_value(position));
    const json_t *class_id = json_object_get(want, "class_id");
    if (json_is_integer(class_id)) {
        assert_int_equal(v->class_id, json_integer_value(class_id));
        assert_int_equal(v->attribute, json_integer_value(json_object_get(want, "attr")));
    }
}

static void check_value(const char *id, const json_t *want, const ohm_dlms_value *v)
{
    char hex[512];
    const json_t *value = json_object_get(want, "value");
    check_obis(id, want, v);
    check_scale(id, want, v);
    if (json_is_integer(value)) {
        assert_true(v->kind == OHM_DLMS_INTEGER || v->kind == OHM_DLMS_ENUM);
        assert_int_equal(v->raw, json_integer_value(value));
    } else if (json_is_null(value)) {
        assert_int_equal(v->kind, OHM_DLMS_NULL);
    } else if (json_is_object(value)) {
        ohm_dlms_time t;
        assert_int_equal(v->kind, OHM_DLMS_DATETIME);
        assert_int_equal(ohm_dlms_time_parse(v->bytes.ptr, &t), OHM_OK);
        check_time(id, json_object_get(value, "datetime"), &t);
    } else {
        to_hex(v->bytes, hex, sizeof hex);
        const char *text = json_string_value(value);
        bool same = v->kind == OHM_DLMS_TEXT ? ohm_span_is(v->bytes, text)
                                             : v->kind == OHM_DLMS_OCTETS && !strcmp(hex, text);
        if (!same)
            fail_msg("%s: %s is %s", id, text_of(want, "obis"), hex);
    }
}

static void check_security(const json_t *want, const ohm_dlms_message *m)
{
    char title[20];
    to_hex((ohm_span){ m->title, m->has_title ? sizeof m->title : 0 }, title, sizeof title);
    assert_string_equal(title, text_of(want, "system_title"));
    const json_t *control = json_object_get(want, "security_control");
    assert_int_equal(m->security.present, json_is_integer(control));
    assert_int_equal(m->security.control, json_integer_value(control));
    assert_int_equal(m->security.counter,
                     json_integer_value(json_object_get(want, "frame_counter")));
    assert_int_equal(m->security.authenticated, json_is_true(json_object_get(want, "tag_ok")));
}

static void check_message(const json_t *row, int index, const ohm_dlms_message *m)
{
    const char *id = text_of(row, "id");
    const json_t *want = json_array_get(json_object_get(row, "expected_messages"), (size_t)index);
    const json_t *values = json_object_get(want, "values");
    const json_t *time = json_object_get(want, "datetime");
    if (!want || m->count != json_array_size(values))
        fail_msg("%s: message %d has %d values", id, index, m->count);
    assert_int_equal(m->invoke_id, json_integer_value(json_object_get(want, "invoke")));
    check_security(want, m);
    assert_int_equal(m->time.present, time != NULL);
    if (time)
        check_time(id, time, &m->time);
    for (size_t i = 0; i < m->count; i++)
        check_value(id, json_array_get(values, i), &m->values[i]);
}

/* --- rows with an expectation of their own --------------------------------------------------- */

/* The text of attribute `name="…"` after `from`; NULL at the end. */
static const char *attribute(const char *from, const char *name, char *out, size_t size)
{
    const char *at = from ? strstr(from, name) : NULL;
    if (!at)
        return NULL;
    at += strlen(name);
    size_t len = strcspn(at, "\"");
    assert_true(len < size);
    memcpy(out, at, len);
    out[len] = '\0';
    return at + len;
}

/* The tagless body of an XT211 is expected as the XML that another decoder wrote. */
static void check_xml(const json_t *row, int index, const ohm_dlms_message *m)
{
    (void)index;
    char obis[40], wanted[80], got[80];
    const char *at = text_of(row, "expected_text");
    int seen = 0;
    assert_int_equal(m->layout, OHM_PUSH_TAGLESS);
    while ((at = attribute(at, "InstanceId Value=\"", obis, sizeof obis)) != NULL) {
        at = attribute(strstr(at, "</AttributeDescriptor>"), "Value=\"", wanted, sizeof wanted);
        if (!at)
            break; /* the text is cut */
        const ohm_dlms_value *v = &m->values[seen++];
        (void)snprintf(got, sizeof got, "%d.%d.%d.%d.%d.%d", v->obis[0], v->obis[1], v->obis[2],
                       v->obis[3], v->obis[4], v->obis[5]);
        assert_string_equal(got, obis);
        if (v->kind == OHM_DLMS_TEXT)
            (void)snprintf(got, sizeof got, "%.*s", (int)v->bytes.len, (const char *)v->bytes.ptr);
        else
            (void)snprintf(got, sizeof got, "%lld", (long long)v->raw);
        assert_string_equal(got, wanted);
    }
    assert_true(seen >= 20);
    assert_int_equal(m->count, 22);
}

static void check_no_key(const json_t *row, const outcome *out)
{
    const json_t *want = json_array_get(json_object_get(row, "expected_messages"), 0);
    char title[20];
    assert_int_equal(out->messages, 0);
    assert_int_equal(out->last.code, OHM_NO_KEY);
    assert_true(out->last.has_title);
    to_hex((ohm_span){ out->last.title, 8 }, title, sizeof title);
    assert_string_equal(title, text_of(want, "system_title"));
    assert_int_equal(out->last.control,
                     json_integer_value(json_object_get(want, "security_control")));
    assert_int_equal(out->last.counter, json_integer_value(json_object_get(want, "frame_counter")));
}

static void check_frames(const json_t *row)
{
    const json_t *check = json_object_get(row, "check");
    const json_t *hdlc = json_object_get(check, "hdlc_frames");
    const json_t *mbus = json_object_get(check, "mbus_frames");
    if (json_is_integer(hdlc)) {
        json_int_t good = json_integer_value(json_object_get(check, "fcs_ok"));
        assert_int_equal(decoder.counters.frames, good);
        assert_int_equal(decoder.counters.bad_fcs, json_integer_value(hdlc) - good);
    }
    if (json_is_integer(mbus))
        assert_int_equal(decoder.counters.frames, json_integer_value(mbus));
}

static void check_row(const json_t *row, size_t chunk)
{
    size_t len = from_hex(text_of(row, "hex"), bytes, sizeof bytes);
    const char *id = text_of(row, "id"), *transport = text_of(row, "transport");
    const json_t *messages = json_object_get(row, "expected_messages");
    const json_t *first = json_array_get(messages, 0);
    bool xml = strcmp(id, "sagemcom-xt211-cz-apdu") == 0;
    bool has_values = json_array_size(json_object_get(first, "values")) > 0;
    outcome out = decode(row, len, chunk, xml ? check_xml : has_values ? check_message : NULL);

    check_frames(row);
    assert_int_equal(decoder.counters.bytes, len);
    assert_int_equal(decoder.counters.messages, out.messages);
    if (xml || has_values) {
        if ((size_t)out.messages != json_array_size(messages) || out.rejections != 0)
            fail_msg("%s: %d messages, %d rejections (%s)", id, out.messages, out.rejections,
                     out.rejections ? out.last.what : "");
        assert_int_equal(decoder.counters.bytes_skipped, 0);
        return;
    }
    if (out.messages != 0 || out.rejections == 0)
        fail_msg("%s: %d messages, %d rejections", id, out.messages, out.rejections);
    if (json_is_true(json_object_get(row, "encrypted")) && strlen(text_of(row, "key")) == 0)
        check_no_key(row, &out);
    if (strcmp(transport, "hdlc-request-response") == 0)
        assert_int_equal(decoder.counters.frames, 1);
    if (strcmp(text_of(row, "broken"), "gbt-sequence") == 0)
        assert_int_equal(decoder.counters.gaps, 1);
}

static void every_row(void **state)
{
    (void)state;
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/dlms/public.jsonl", folder);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    int rows = 0;
    while (!feof(file)) {
        json_error_t error;
        json_t *row = json_loadf(file, JSON_DISABLE_EOF_CHECK, &error);
        if (!row)
            break;
        check_row(row, BYTES_MAX);
        check_row(row, 1);
        check_row(row, 7);
        json_decref(row);
        rows++;
    }
    (void)fclose(file);
    assert_true(rows >= 50);
}

/* --- a long log ----------------------------------------------------------------------------- */

static int64_t last_energy;
static char last_local[32];

static void check_log(const json_t *row, int index, const ohm_dlms_message *m)
{
    (void)row;
    (void)index;
    char local[32];
    assert_string_equal(m->profile->name, "kamstrup");
    assert_true(m->time.present);
    (void)snprintf(local, sizeof local, "%04d-%02d-%02d %02d:%02d:%02d", m->time.local.date.year,
                   m->time.local.date.month, m->time.local.date.day, m->time.local.hour,
                   m->time.local.minute, m->time.local.second);
    assert_true(strcmp(local, last_local) > 0);
    memcpy(last_local, local, sizeof local);
    for (int i = 0; i < m->count; i++) {
        int64_t value = 0;
        if (m->values[i].quantity != OHM_Q_ENERGY_IMPORT)
            continue;
        assert_int_equal(ohm_dlms_value_quantise(&m->values[i], &value), OHM_OK);
        assert_int_equal(value, 10 * m->values[i].raw);
        assert_true(value >= last_energy);
        last_energy = value;
    }
}

static void the_log_of_an_hour_and_more(void **state)
{
    (void)state;
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/dlms/kamstrup-6841-no.bin", folder);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    for (size_t chunk = 1; chunk <= 1 << 16; chunk *= 16) {
        last_energy = 0;
        last_local[0] = '\0';
        outcome out = decode(NULL, len, chunk, check_log);
        assert_int_equal(out.rejections, 0);
        assert_int_equal(decoder.counters.frames, out.messages);
        assert_int_equal(decoder.counters.bytes_skipped, 0);
        assert_true(out.messages > 600);
        assert_true(last_energy > 0);
    }
}

int main(void)
{
    folder = getenv("OHM_CORPUS");
    if (!folder) {
        (void)fprintf(stderr, "corpus_dlms: skipped: OHM_CORPUS names no folder of captures\n");
        return NO_TEST;
    }
    ohm_profile_fault fault;
    if (ohm_profiles_load(NULL, &profiles, &fault) != OHM_OK) {
        (void)fprintf(stderr, "corpus_dlms: %s\n", fault.text);
        return EXIT_FAILURE;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row),
        cmocka_unit_test(the_log_of_an_hour_and_more),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    ohm_profiles_free(profiles);
    return failed;
}
