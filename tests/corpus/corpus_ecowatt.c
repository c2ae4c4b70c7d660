/* Every Ecowatt body of the corpus: the hours of its golden file, or a refusal with a reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "fetch/ecowatt_body.h"
#include "host/file.h"
#include "host/tzdata.h"

enum { SKIPPED = 77, BYTES_MAX = 1 << 20 };

static char folder[OHM_PATH_MAX];

static uint8_t *read_in(const char *name, size_t *ret_len)
{
    char path[2 * OHM_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    uint8_t *bytes = NULL;
    return ohm_failed(ohm_file_read(path, BYTES_MAX, &bytes, ret_len)) ? NULL : bytes;
}

/* The golden files write minutes and the start only: "2022-10-29T22:00Z,1". */
static void compare(const char *id, char *golden, const ohm_signal_set *set)
{
    char *rest = NULL;
    const char *line = strtok_r(golden, "\r\n", &rest);
    assert_string_equal(line, "utc_start,level");
    for (uint16_t i = 0; i < set->count; i++) {
        char from[OHM_RFC3339_MAX], want[64];
        const ohm_signal_interval *item = &set->intervals[i];
        assert_int_equal(ohm_rfc3339_write(item->when.from_ms, from), 20);
        assert_true(item->when.to_ms - item->when.from_ms == OHM_HOUR_MS);
        (void)snprintf(want, sizeof want, "%.16sZ,%d", from, item->level);
        line = strtok_r(NULL, "\r\n", &rest);
        if (!line || strcmp(line, want) != 0)
            fail_msg("%s: hour %u is %s, not %s", id, i, want, line ? line : "(none)");
    }
    if (strtok_r(NULL, "\r\n", &rest))
        fail_msg("%s: an hour is missing", id);
}

static void check_entry(const json_t *entry, const ohm_tz *tz, int *compared, int *refused)
{
    const char *id = json_string_value(json_object_get(entry, "id"));
    const char *file = json_string_value(json_object_get(entry, "file"));
    size_t len = 0, golden_len = 0;
    char golden_name[256];
    uint8_t *body = read_in(file, &len);
    assert_non_null(body);
    ohm_signal_set set;
    ohm_err err = ohm_ecowatt_body_to_set(ohm_span_of(body, len), tz, OHM_NO_MS, &set);
    free(body);

    (void)snprintf(golden_name, sizeof golden_name, "golden/%s.csv", id);
    uint8_t *golden = read_in(golden_name, &golden_len);
    bool no_signals =
        strncmp(file, "error/", 6) == 0 || strstr(id, "truncated") || strncmp(id, "token", 5) == 0;
    if (ohm_failed(err) != no_signals)
        fail_msg("%s: %s", id, err.what);
    if (golden) {
        compare(id, (char *)golden, &set);
        ++*compared;
    }
    *refused += ohm_failed(err);
    free(golden);
}

static void every_body(void **state)
{
    (void)state;
    ohm_tz tz;
    assert_int_equal(ohm_tzdata_load("Europe/Paris", &tz).code, OHM_OK);
    size_t len = 0;
    uint8_t *index = read_in("index.jsonl", &len);
    assert_non_null(index);
    int entries = 0, compared = 0, refused = 0;
    char *rest = NULL;
    for (char *line = strtok_r((char *)index, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        json_t *entry = json_loads(line, 0, NULL);
        assert_non_null(entry);
        check_entry(entry, &tz, &compared, &refused);
        json_decref(entry);
        entries++;
    }
    free(index);
    printf("%d bodies: %d as their golden file, %d refused\n", entries, compared, refused);
    assert_true(compared >= 18);
    assert_true(refused >= 9);
}

int main(void)
{
    const char *corpus = getenv("OHM_CORPUS");
    (void)snprintf(folder, sizeof folder, "%s/grid/ecowatt", corpus ? corpus : "");
    size_t len = 0;
    uint8_t *index = corpus ? read_in("index.jsonl", &len) : NULL;
    if (!index) {
        puts("SKIP: no corpus (OHM_CORPUS)");
        return SKIPPED;
    }
    free(index);
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_body) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
