/* Bills under a fixed-seed generator: energy is what the meter counted, exactly; a bill is the sum
 * of the bills of any partition of its period; CSV splits nothing away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "config/tariff_file.h"
#include "host/tzdata.h"
#include "tariff/whatif.h"

enum { USES_MAX = 3000, DAYS = 366 * 8, PARTS_MAX = 12 };

static ohm_tz paris;
static ohm_tariff tariff;
static ohm_bill whole, part;
static ohm_use uses[USES_MAX];
static uint8_t codes_bytes[DAYS];
static ohm_day_codes codes;
static uint64_t seed = 20260801;

static int load_zone(void **state)
{
    (void)state;
    codes = (ohm_day_codes){ ohm_days_from_date((ohm_date){ 2019, 1, 1 }), DAYS, codes_bytes, NULL,
                             OHM_DAY_UNKNOWN };
    return ohm_failed(ohm_tzdata_load("Europe/Paris", &paris)) ? -1 : 0;
}

static int64_t below(int64_t limit)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (int64_t)((seed >> 33) % (uint64_t)limit);
}

static int rounds(int plain)
{
    return getenv("OHM_SANITIZED") ? plain / 5 : plain;
}

static void quiet(void *ctx, const char *text)
{
    (void)ctx;
    fail_msg("%s", text);
}

static void take_contract(const char *name)
{
    ohm_tariff_wish wish = { 0, NULL, 0 };
    ohm_schema_report report = { quiet, NULL, 0 };
    const ohm_asset *asset = ohm_tariff_find(name, &wish.power_va);
    assert_non_null(asset);
    assert_int_equal(ohm_tariff_read(asset->bytes, name, &wish, &tariff, &report), OHM_OK);
    ohm_code code = ohm_calendar_shipped(&tariff.contract, codes.first_day, codes_bytes, DAYS);
    assert_true(code == OHM_OK || code == OHM_UNKNOWN);
}

/* Differences of a register read at irregular times, whole Wh. */
static size_t random_uses(ohm_ms from_ms, int64_t *ret_mwh)
{
    size_t count = 100 + (size_t)below(800);
    ohm_ms at_ms = from_ms;
    *ret_mwh = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t step_ms = (1 + below(below(20) ? 60 : 3000)) * OHM_MINUTE_MS + below(1000);
        uses[i] = (ohm_use){ at_ms,
                             at_ms + step_ms,
                             below(2000) * 1000,
                             below(300) * 1000,
                             OHM_NO_USE,
                             OHM_NO_USE,
                             0,
                             0 };
        *ret_mwh += uses[i].import_mwh;
        at_ms += step_ms;
    }
    return count;
}

static int64_t exact_of(const ohm_bill *bill)
{
    int64_t peur = 0;
    for (uint16_t i = 0; i < bill->count; i++)
        peur += bill->lines[i].amount_peur;
    return peur;
}

static int64_t energy_of(const ohm_bill *bill)
{
    int64_t mwh = 0;
    for (uint16_t i = 0; i < bill->count; i++)
        if (bill->lines[i].kind == OHM_LINE_ENERGY)
            mwh += bill->lines[i].quantity_micro;
    return mwh;
}

static void a_bill_is_the_sum_of_its_parts(void **state)
{
    (void)state;
    static const char *const names[] = { "bleu-base-6kva", "bleu-hphc-9kva", "bleu-tempo-9kva" };
    ohm_bill_request request = {
        .contract = &tariff.contract, .tz = &paris, .codes = &codes, .uses = uses
    };
    for (int round = 0; round < rounds(150); round++) {
        take_contract(names[round % 3]);
        int64_t mwh, day = ohm_days_from_date((ohm_date){ 2019, 2, 1 }) + below(2300);
        ohm_ms from_ms =
            ohm_date_interval(&paris, ohm_date_from_days(day)).from_ms + below(86400000);
        request.uses_count = random_uses(from_ms, &mwh);
        request.period = (ohm_interval){ from_ms, uses[request.uses_count - 1].to_ms };
        assert_int_equal(ohm_bill_make(&request, &whole).code, OHM_OK);
        assert_int_equal(energy_of(&whole), mwh);
        assert_int_equal(whole.import_mwh, mwh);
        assert_int_equal(whole.missing_ms, 0);

        ohm_interval all = request.period;
        int64_t peur = 0, cents = 0, energy = 0, days = 0, lines = 0;
        request.period.to_ms = all.from_ms;
        for (int p = 1; request.period.to_ms < all.to_ms; p++) {
            request.period.from_ms = request.period.to_ms;
            request.period.to_ms += 1 + below(all.to_ms - request.period.from_ms);
            if (p == PARTS_MAX)
                request.period.to_ms = all.to_ms;
            assert_int_equal(ohm_bill_make(&request, &part).code, OHM_OK);
            peur += exact_of(&part);
            cents += part.total_cents;
            energy += energy_of(&part);
            lines += part.count;
            for (uint16_t i = 0; i < part.count; i++)
                days += part.lines[i].unit == OHM_UNIT_DAY ? part.lines[i].quantity_micro : 0;
        }
        for (uint16_t i = 0; i < whole.count; i++)
            days -= whole.lines[i].unit == OHM_UNIT_DAY ? whole.lines[i].quantity_micro : 0;
        assert_int_equal(energy, mwh);
        assert_int_equal(days, 0);
        /* A shared step may fall to the other side of a border by a mWh; a line's exact amount is
         * exact to the pEUR. */
        int64_t off = peur - exact_of(&whole);
        if (off > 2000000 * lines || off < -2000000 * lines)
            fail_msg("round %d: the parts are off by %lld pEUR", round, (long long)off);
        int64_t off_cents = cents - whole.total_cents;
        if (off_cents > lines || off_cents < -lines)
            fail_msg("round %d: the parts are off by %lld cents", round, (long long)off_cents);
    }
}

/* Moved loads: nothing is lost, nothing becomes negative, and only the day's own steps change. */
static void shifting_loses_nothing(void **state)
{
    (void)state;
    for (int round = 0; round < rounds(50); round++) {
        ohm_ms from_ms = ohm_date_interval(&paris, (ohm_date){ 2025, 3, 20 }).from_ms;
        size_t count = 14 * 144;
        int64_t before = 0, after = 0;
        for (size_t i = 0; i < count; i++) {
            uses[i] = (ohm_use){ from_ms + (ohm_ms)i * 600000,
                                 from_ms + (ohm_ms)(i + 1) * 600000,
                                 below(500000),
                                 OHM_NO_USE,
                                 OHM_NO_USE,
                                 OHM_NO_USE,
                                 0,
                                 0 };
            before += uses[i].import_mwh;
        }
        ohm_shift shift = { (uint16_t)below(1440), (uint16_t)below(1440), (uint16_t)below(1440),
                            (uint16_t)below(1440), 1 + below(3000),       below(20000) };
        int64_t moved = ohm_uses_shift(uses, count, &paris, &shift);
        assert_true(moved >= 0);
        for (size_t i = 0; i < count; i++) {
            assert_true(uses[i].import_mwh >= 0);
            after += uses[i].import_mwh;
        }
        assert_int_equal(before, after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bill_is_the_sum_of_its_parts),
        cmocka_unit_test(shifting_loses_nothing),
    };
    return cmocka_run_group_tests(tests, load_zone, NULL);
}
