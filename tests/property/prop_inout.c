/* What holds for every file: the same out of it in any split, fields of CSV come back as they were
 * written, and the steps of a load curve are found whatever their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../inout_digest.h"

enum { FILE_MAX = 16384, RECORDS = 12, ROUNDS = 120 };

static uint64_t seed = 20261122;

static uint32_t next_random(uint32_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

static int rounds(void)
{
    return getenv("OHM_SANITIZED") ? ROUNDS / 10 : ROUNDS;
}

typedef struct file {
    char bytes[FILE_MAX];
    size_t len;
} file;

static void put(file *f, const char *text)
{
    size_t len = strlen(text);
    assert_true(f->len + len < sizeof f->bytes);
    memcpy(f->bytes + f->len, text, len + 1);
    f->len += len;
}

static ohm_span span_of(const file *f)
{
    return ohm_span_of(f->bytes, f->len);
}

/* --- CSV ------------------------------------------------------------------------------------- */

static void random_field(char out[static 16])
{
    static const char letters[] = "ab\"\n\r;,\t 1\xc3\xa9";
    size_t len = next_random(8);
    for (size_t i = 0; i < len; i++)
        out[i] = letters[next_random(sizeof letters - 1)];
    out[len] = '\0';
}

static void put_field(file *f, const char *field, char separator)
{
    bool plain = !strpbrk(field, "\"\r\n") && !strchr(field, separator) && next_random(2);
    if (!plain)
        put(f, "\"");
    for (const char *p = field; *p; p++)
        put(f, plain || *p != '"' ? (char[2]){ *p, 0 } : "\"\"");
    if (!plain)
        put(f, "\"");
}

static void fields_come_back(void **state)
{
    (void)state;
    static file f;
    static ohm_csv csv;
    char fields[RECORDS][4][16];
    for (int round = 0; round < rounds(); round++) {
        char separator = ";,\t"[next_random(3)];
        f.len = 0;
        for (int r = 0; r < RECORDS; r++) {
            for (int i = 0; i < 4; i++) {
                random_field(fields[r][i]);
                put_field(&f, fields[r][i], separator);
                put(&f, i < 3 ? (char[2]){ separator, 0 } : next_random(2) ? "\r\n" : "\n");
            }
        }
        ohm_span rest = span_of(&f), in = { 0 };
        const ohm_csv_record *record;
        ohm_csv_init(&csv, separator);
        for (int r = 0; r < RECORDS;) {
            ohm_code code = ohm_csv_next(&csv, &in, &record);
            if (code == OHM_MORE) {
                if (!digest_feed(&rest, 1 + next_random(40), &in))
                    ohm_csv_finish(&csv);
                continue;
            }
            assert_int_equal(code, OHM_OK);
            assert_int_equal(record->count, 4);
            for (int i = 0; i < 4; i++)
                if (!ohm_span_is(record->fields[i], fields[r][i]))
                    fail_msg("round %d, record %d, field %d", round, r, i);
            r++;
        }
    }
}

/* --- a load curve ---------------------------------------------------------------------------- */

typedef struct expected {
    ohm_ms time_ms[64];
    int count, seen;
} expected;

static void check_sample(void *ctx, const ohm_sample *s)
{
    expected *e = ctx;
    assert_true(e->seen < e->count);
    if (s->time_ms != e->time_ms[e->seen] || s->mantissa != e->seen + 1)
        fail_msg("row %d: %lld, not %lld", e->seen, (long long)s->time_ms,
                 (long long)e->time_ms[e->seen]);
    e->seen++;
}

static void no_refusal(void *ctx, uint64_t line, const char *why, ohm_span text)
{
    (void)ctx;
    (void)text;
    fail_msg("line %d: %s", (int)line, why);
}

/* Runs of rows of one step, each run of three rows at least, of any steps. */
static void steps_are_found(void **state)
{
    (void)state;
    static const int steps[] = { 5, 10, 15, 30, 60 };
    static file f;
    static ohm_csv csv;
    static ohm_enedis enedis;
    ohm_tz tz;
    ohm_tz_utc(&tz);
    for (int round = 0; round < rounds(); round++) {
        expected e = { 0 };
        const ohm_sample_sink sink = { &e, check_sample, no_refusal };
        ohm_ms now = INT64_C(1767571200000);
        f.len = 0;
        put(&f, "Identifiant PRM;Grandeur metier;Unite\n1;CONS;W\nHorodate;Valeur\n");
        while (e.count < 40) {
            int step = steps[next_random(5)];
            for (uint32_t i = 3 + next_random(4); i > 0; i--) {
                char time[OHM_RFC3339_MAX], row[64];
                e.time_ms[e.count++] = now;
                now += step * INT64_C(60000);
                (void)ohm_rfc3339_write(now, time);
                (void)snprintf(row, sizeof row, "%s;%d\n", time, e.count);
                put(&f, row);
            }
        }
        ohm_span rest = span_of(&f), in = { 0 };
        const ohm_csv_record *record;
        ohm_csv_init(&csv, 0);
        ohm_enedis_init(&enedis, "", &tz, &sink);
        for (ohm_code code = OHM_MORE; code != OHM_END;) {
            code = ohm_csv_next(&csv, &in, &record);
            if (code == OHM_OK)
                ohm_enedis_take(&enedis, record);
            else if (code == OHM_MORE && !digest_feed(&rest, 1 + next_random(200), &in))
                ohm_csv_finish(&csv);
        }
        ohm_enedis_finish(&enedis);
        assert_int_equal(e.seen, e.count);
    }
}

/* --- any split ------------------------------------------------------------------------------- */

static void noise_in_any_split(void **state)
{
    (void)state;
    static const char *const parts[] = { "Identifiant PRM;",
                                         "Horodate;",
                                         "Valeur",
                                         "\n",
                                         "2026-01-05T01:00:00+01:00;",
                                         "12,5",
                                         ";",
                                         "\"",
                                         "m,a=1 ",
                                         "x=\"s\\\"\n",
                                         "y=1i ",
                                         "17\n" };
    static file f;
    ohm_tz tz;
    ohm_tz_utc(&tz);
    for (int round = 0; round < rounds(); round++) {
        f.len = 0;
        for (int i = 0; i < 120; i++)
            put(&f, parts[next_random(sizeof parts / sizeof *parts)]);
        size_t chunk = 1 + next_random(60);
        assert_true(digest_csv(span_of(&f), FILE_MAX, &tz) == digest_csv(span_of(&f), chunk, &tz));
        assert_true(digest_points(span_of(&f), FILE_MAX) == digest_points(span_of(&f), chunk));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_come_back),
        cmocka_unit_test(steps_are_found),
        cmocka_unit_test(noise_in_any_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
