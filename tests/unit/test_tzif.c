/* Zone files made here, byte by byte: what is refused, and what old versions mean. */
#include "base/civil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

typedef struct file {
    uint8_t bytes[2048];
    size_t len;
} file;

static void add(file *f, const void *p, size_t n)
{
    memcpy(f->bytes + f->len, p, n);
    f->len += n;
}

static void add_be32(file *f, uint32_t v)
{
    ohm_put_be32(f->bytes + f->len, v);
    f->len += 4;
}

/* A header for `times` transitions, two types and eight bytes of names. */
static void add_header(file *f, char version, uint32_t times, uint32_t leaps)
{
    uint8_t start[20] = { 'T', 'Z', 'i', 'f', (uint8_t)version };
    add(f, start, sizeof start);
    add_be32(f, 0);
    add_be32(f, 0);
    add_be32(f, leaps);
    add_be32(f, times);
    add_be32(f, 2);
    add_be32(f, 8);
}

/* CET and CEST. */
static void add_types(file *f)
{
    add(f, "\0\0\x0e\x10\0\0", 6);
    add(f, "\0\0\x1c\x20\1\4", 6);
    add(f, "CET\0CES\0", 8);
}

static file made(const char *footer)
{
    file f = { .len = 0 };
    add_header(&f, '2', 0, 0);
    add_types(&f);
    add_header(&f, '2', 0, 0);
    add_types(&f);
    add(&f, footer, strlen(footer));
    return f;
}

static ohm_err parse(const file *f, ohm_tz *tz)
{
    return ohm_tz_parse(ohm_span_of(f->bytes, f->len), "Test/Zone", tz);
}

static void footers(void **state)
{
    (void)state;
    static const struct {
        const char *why, *footer;
        ohm_code code;
        int32_t january_s, july_s; /* offsets of 2030 */
    } rows[] = {
        { "central Europe", "\nCET-1CEST,M3.5.0,M10.5.0/3\n", OHM_OK, 3600, 7200 },
        { "Dublin", "\nIST-1GMT0,M10.5.0,M3.5.0/1\n", OHM_OK, 0, 3600 },
        { "names in brackets", "\n<+0545>-5:45\n", OHM_OK, 20700, 20700 },
        { "Lord Howe", "\n<+1030>-10:30<+11>-11,M10.1.0,M4.1.0\n", OHM_OK, 39600, 37800 },
        { "before midnight", "\n<-02>2<-01>,M3.5.0/-1,M10.5.0/0\n", OHM_OK, -7200, -3600 },
        { "always summer", "\nEST5EDT,0/0,J365/25\n", OHM_OK, -14400, -14400 },
        { "days of the year", "\nAAA3BBB,J60/0,J300/0\n", OHM_OK, -10800, -7200 },
        { "no rule at all", "\n\n", OHM_OK, 3600, 3600 },
        { "no newline first", "CET-1\n", OHM_BAD_FORMAT, 0, 0 },
        { "no newline last", "\nCET-1", OHM_BAD_FORMAT, 0, 0 },
        { "short name", "\nCE-1\n", OHM_BAD_FORMAT, 0, 0 },
        { "no offset", "\nCET\n", OHM_BAD_FORMAT, 0, 0 },
        { "summer without rules", "\nCET-1CEST\n", OHM_BAD_FORMAT, 0, 0 },
        { "month 13", "\nCET-1CEST,M13.5.0,M10.5.0/3\n", OHM_BAD_FORMAT, 0, 0 },
        { "week 6", "\nCET-1CEST,M3.6.0,M10.5.0/3\n", OHM_BAD_FORMAT, 0, 0 },
        { "weekday 7", "\nCET-1CEST,M3.5.7,M10.5.0/3\n", OHM_BAD_FORMAT, 0, 0 },
        { "junk", "\nCET-1CEST,M3.5.0,M10.5.0/3x\n", OHM_BAD_FORMAT, 0, 0 },
        { "endless number", "\nCET-99999999999999999999\n", OHM_BAD_FORMAT, 0, 0 },
        { "open bracket", "\n<+0545-5:45\n", OHM_BAD_FORMAT, 0, 0 },
        { "summer too far away", "\nAAA-25BBB-26,M3.5.0,M10.5.0\n", OHM_BAD_FORMAT, 0, 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        file f = made(rows[i].footer);
        ohm_tz tz;
        ohm_err err = parse(&f, &tz);
        if (err.code != rows[i].code)
            fail_msg("%s: %s", rows[i].why, ohm_code_name(err.code));
        if (err.code != OHM_OK)
            continue;
        int32_t january_s = ohm_tz_offset_s(&tz, 1894752000000);
        int32_t july_s = ohm_tz_offset_s(&tz, 1910476800000);
        if (january_s != rows[i].january_s || july_s != rows[i].july_s)
            fail_msg("%s: %d %d", rows[i].why, january_s, july_s);
    }
}

/* J60 is 1 March also in a leap year, N59 is 29 February then. */
static void days_of_a_leap_year(void **state)
{
    (void)state;
    ohm_tz tz;
    file julian = made("\nAAA0BBB,J60/0,J300/0\n");
    assert_int_equal(parse(&julian, &tz).code, OHM_OK);
    assert_false(ohm_tz_is_dst(&tz, INT64_C(1835481599000))); /* 2028-02-29T23:59:59Z */
    assert_true(ohm_tz_is_dst(&tz, INT64_C(1835481600000)));
    file counted = made("\nAAA0BBB,59/0,300/0\n");
    assert_int_equal(parse(&counted, &tz).code, OHM_OK);
    assert_false(ohm_tz_is_dst(&tz, INT64_C(1835395199000))); /* 2028-02-28T23:59:59Z */
    assert_true(ohm_tz_is_dst(&tz, INT64_C(1835395200000)));
}

static void version_one(void **state)
{
    (void)state;
    file f = { .len = 0 };
    add_header(&f, 0, 2, 0);
    add_be32(&f, 1000);
    add_be32(&f, 2000);
    add(&f, "\1\0", 2);
    add_types(&f);
    ohm_tz tz;
    assert_int_equal(parse(&f, &tz).code, OHM_OK);
    assert_int_equal(ohm_tz_offset_s(&tz, 999999), 3600);
    assert_int_equal(ohm_tz_offset_s(&tz, 1000000), 7200);
    assert_int_equal(ohm_tz_offset_s(&tz, 2000000), 3600);
    assert_true(ohm_tz_is_dst(&tz, 1500000));
    assert_false(tz.has_rule);
}

static void refuses_what_is_damaged(void **state)
{
    (void)state;
    file good = made("\nCET-1CEST,M3.5.0,M10.5.0/3\n");
    ohm_tz tz;
    for (size_t len = 0; len < good.len; len++) {
        file f = good;
        f.len = len;
        assert_int_equal(parse(&f, &tz).code, OHM_BAD_FORMAT);
    }
    file f = good;
    f.bytes[4] = '9';
    assert_int_equal(parse(&f, &tz).code, OHM_UNSUPPORTED);

    f = (file){ .len = 0 };
    add_header(&f, 0, 2, 0);
    add_be32(&f, 2000);
    add_be32(&f, 2000);
    add(&f, "\1\0", 2);
    add_types(&f);
    assert_int_equal(parse(&f, &tz).code, OHM_BAD_FORMAT); /* not in order */
    ohm_put_be32(f.bytes + 44, 1000);
    assert_int_equal(parse(&f, &tz).code, OHM_OK);
    f.bytes[52] = 2; /* no such type */
    assert_int_equal(parse(&f, &tz).code, OHM_BAD_FORMAT);

    f = (file){ .len = 0 };
    add_header(&f, 0, 0, 1);
    add_types(&f);
    add(&f, "12345678", 8);
    assert_int_equal(parse(&f, &tz).code, OHM_UNSUPPORTED); /* leap seconds */

    f = (file){ .len = 0 }; /* offsets and names at their limits */
    add_header(&f, 0, 0, 0);
    add_types(&f);
    ohm_put_be32(f.bytes + 44, 26 * 3600 - 1);
    assert_int_equal(parse(&f, &tz).code, OHM_OK);
    ohm_put_be32(f.bytes + 44, 26 * 3600);
    assert_int_equal(parse(&f, &tz).code, OHM_RANGE);
    ohm_put_be32(f.bytes + 44, (uint32_t)-26 * 3600);
    assert_int_equal(parse(&f, &tz).code, OHM_RANGE);
    ohm_put_be32(f.bytes + 44, 3600);
    f.bytes[49] = 7;
    assert_int_equal(parse(&f, &tz).code, OHM_OK);
    f.bytes[49] = 8;
    assert_int_equal(parse(&f, &tz).code, OHM_BAD_FORMAT);

    f = (file){ .len = 0 };
    add_header(&f, 0, UINT32_MAX, UINT32_MAX);
    assert_int_equal(parse(&f, &tz).code, OHM_BAD_FORMAT);

    char name[OHM_TZ_NAME_MAX + 1];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    assert_int_equal(ohm_tz_parse(ohm_span_of(good.bytes, good.len), name, &tz).code, OHM_TOO_BIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(footers),
        cmocka_unit_test(days_of_a_leap_year),
        cmocka_unit_test(version_one),
        cmocka_unit_test(refuses_what_is_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
