#include "base/civil.h"
#include "wire/mbus_internal.h"

/* Times of the meter (annex A, types F, G, I, J). What stands for "every" (hour 31, minute 63,
 * month 15) or for nothing (day 0, month 0) is no time. */

typedef struct parts {
    unsigned year, month, day, hour, minute, second; /* year of its century */
} parts;

/* Types F and G count from 1900, but 0 to 80 of the first century have always meant 2000 on.
 * Meters run past 99 without the century bits: 127 is 2027, though the standard means "every". */
static int year_of(unsigned year, unsigned hundreds)
{
    if (hundreds == 0 && year <= 80)
        return 2000 + (int)year;
    return 1900 + 100 * (int)hundreds + (int)year;
}

static bool is_day(int year, const parts *t)
{
    return ohm_date_valid(year, (int)t->month, (int)t->day);
}

static bool is_clock(const parts *t)
{
    return t->hour <= 23 && t->minute <= 59 && t->second <= 59;
}

/* Day, month and year as two bytes of every type hold them. */
static void take_day(const uint8_t *p, parts *t)
{
    t->day = p[0] & 0x1fu;
    t->month = p[1] & 0x0fu;
    t->year = (unsigned)(p[0] >> 5) | (unsigned)(p[1] >> 4) << 3;
}

static void set(ohm_mbus_record *r, uint8_t kind, bool valid, int64_t mantissa)
{
    r->kind = kind;
    r->mantissa = valid ? mantissa : 0;
    if (!valid)
        r->flags |= OHM_MBUS_INVALID;
}

static int64_t day_number(int year, const parts *t)
{
    return (int64_t)year * 10000 + t->month * 100 + t->day;
}

static void type_f(const uint8_t *p, ohm_mbus_record *r)
{
    parts t = { .hour = p[1] & 0x1fu, .minute = p[0] & 0x3fu };
    take_day(p + 2, &t);
    int year = year_of(t.year, p[1] >> 5 & 3u);
    bool valid = (p[0] & 0x80) == 0 && is_day(year, &t) && is_clock(&t);
    set(r, OHM_MBUS_MINUTE, valid, (day_number(year, &t) * 100 + t.hour) * 100 + t.minute);
    if ((p[1] & 0x80) != 0 && valid)
        r->flags |= OHM_MBUS_SUMMER;
}

static void type_i(const uint8_t *p, ohm_mbus_record *r)
{
    parts t = { .hour = p[2] & 0x1fu, .minute = p[1] & 0x3fu, .second = p[0] & 0x3fu };
    take_day(p + 3, &t);
    int year = 2000 + (int)t.year;
    bool valid = (p[1] & 0x80) == 0 && t.year <= 99 && is_day(year, &t) && is_clock(&t);
    int64_t clock = (t.hour * 100 + t.minute) * 100 + t.second;
    set(r, OHM_MBUS_SECOND, valid, day_number(year, &t) * 1000000 + clock);
    if ((p[0] & 0x40) != 0 && valid)
        r->flags |= OHM_MBUS_SUMMER;
}

static void type_g(const uint8_t *p, ohm_mbus_record *r)
{
    parts t = { 0 };
    take_day(p, &t);
    int year = year_of(t.year, 0);
    set(r, OHM_MBUS_DAY, is_day(year, &t), day_number(year, &t));
}

static void type_j(const uint8_t *p, ohm_mbus_record *r)
{
    parts t = { .hour = p[2], .minute = p[1], .second = p[0] };
    set(r, OHM_MBUS_CLOCK, is_clock(&t), (t.hour * 100 + t.minute) * 100 + t.second);
}

void ohm_mbus_time(const uint8_t *p, size_t n, ohm_mbus_record *r)
{
    switch (n) {
    case 2:
        type_g(p, r);
        break;
    case 3:
        type_j(p, r);
        break;
    case 4:
        type_f(p, r);
        break;
    default:
        assert(n == 6);
        type_i(p, r);
        break;
    }
}
