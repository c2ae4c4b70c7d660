/* Every public capture of a TIC, cut at every byte and given byte by byte: what comes of it is
 * always the same. That it is right is corpus_tic.py's matter. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "../tic_script.h"

enum { NO_TEST = 77 };

static const char *folder;
static ohm_tic decoder;

static tic_bytes bytes_of(const json_t *row)
{
    const char *hex = json_string_value(json_object_get(row, "hex"));
    tic_bytes b = { .len = 0 };
    unsigned byte = 0;
    assert_non_null(hex);
    for (; *hex && sscanf(hex, "%2x", &byte) == 1; hex += 2) {
        assert_true(b.len < sizeof b.bytes);
        b.bytes[b.len++] = (uint8_t)byte;
    }
    return b;
}

/* The first `cut` bytes, then the rest. */
static tic_outcome decode_cut(const tic_bytes *b, size_t cut)
{
    const ohm_tic_config config = { .events = true };
    const ohm_tic_message *m;
    ohm_tic_reject reject;
    tic_outcome o = { .len = 0 };
    ohm_span parts[] = { ohm_span_part(tic_span(b), 0, cut),
                         ohm_span_part(tic_span(b), cut, b->len - cut) };
    ohm_tic_init(&decoder, &config);
    for (int i = 0; i < 3; i++) {
        ohm_span none = { NULL, 0 };
        ohm_code code;
        if (i == 2)
            ohm_tic_finish(&decoder);
        while ((code = ohm_tic_next(&decoder, i < 2 ? &parts[i] : &none, &m, &reject)) !=
                   OHM_MORE &&
               code != OHM_END) {
            if (code == OHM_OK)
                tic_say_message(&o, m);
            else
                tic_say_word(&o, code == OHM_BAD_CHECKSUM ? "!sum" : "!form");
        }
    }
    return o;
}

static void any_split(void **state)
{
    (void)state;
    char path[4096];
    static char line[1 << 20];
    int rows = 0;
    (void)snprintf(path, sizeof path, "%s/tic/public.jsonl", folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        json_t *row = json_loads(line, 0, NULL);
        assert_non_null(row);
        const tic_bytes b = bytes_of(row);
        const tic_outcome whole = tic_decode(&decoder, tic_span(&b), b.len, true);
        const ohm_tic_counters counters = decoder.counters;
        assert_string_equal(tic_decode(&decoder, tic_span(&b), 1, true).text, whole.text);
        for (size_t cut = 0; cut <= b.len; cut++) {
            assert_string_equal(decode_cut(&b, cut).text, whole.text);
            assert_memory_equal(&decoder.counters, &counters, sizeof counters);
        }
        json_decref(row);
        rows++;
    }
    (void)fclose(file);
    assert_true(rows >= 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(any_split) };
    char path[4096];
    folder = getenv("OHM_CORPUS");
    (void)snprintf(path, sizeof path, "%s/tic/public.jsonl", folder ? folder : "");
    FILE *file = fopen(path, "r");
    if (!file) {
        (void)puts("no corpus: set OHM_CORPUS to the folder of the public captures");
        return NO_TEST;
    }
    (void)fclose(file);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
