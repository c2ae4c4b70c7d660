#include "control/select.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define H INT64_C(3600000)

static void decisions(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        struct {
            uint8_t tier;
            int32_t va;
            int64_t served_ms;
        } loads[5];
        int64_t need_va;
        unsigned want; /* bit i: load i is shed */
    } rows[] = {
        { "one is enough", { { 1, 2000, 0 }, { 1, 3000, 0 } }, 1500, 1 },
        { "the least in excess", { { 1, 3000, 0 }, { 1, 2000, 0 } }, 1500, 2 },
        { "one switching rather than two",
          { { 1, 1000, 0 }, { 1, 1000, 0 }, { 1, 5000, 0 } },
          1500,
          4 },
        { "the lower tier, whatever the excess", { { 1, 9000, 0 }, { 2, 1500, 0 } }, 1500, 1 },
        { "two of the lower tier rather than one of the higher",
          { { 1, 800, 0 }, { 1, 800, 0 }, { 2, 1500, 0 } },
          1500,
          3 },
        { "what would not help stays fed",
          { { 1, 500, 0 }, { 1, 500, 0 }, { 2, 3000, 0 } },
          3000,
          4 },
        { "a little of the lower tier spares nothing of the higher",
          { { 1, 500, 0 }, { 2, 3000, 0 }, { 2, 2600, 0 } },
          2900,
          2 },
        { "but lets a smaller one do", { { 1, 500, 0 }, { 2, 3000, 0 }, { 2, 2600, 0 } }, 3050, 5 },
        { "whose turn it is, of two alike", { { 1, 2000, H }, { 1, 2000, 0 } }, 1500, 2 },
        { "nearly alike is alike", { { 1, 2000, H }, { 1, 2040, 0 } }, 1500, 2 },
        { "not enough: all that there is", { { 1, 1000, 0 }, { 2, 1000, 0 } }, 5000, 3 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_candidate at[5];
        uint16_t count = 0;
        int64_t total = 0;
        for (; count < 5 && rows[i].loads[count].va; count++) {
            at[count] = (ohm_candidate){ .load = count,
                                         .tier = rows[i].loads[count].tier,
                                         .relief_va = rows[i].loads[count].va,
                                         .served_ms = rows[i].loads[count].served_ms };
            total += rows[i].loads[count].va;
        }
        assert_int_equal(ohm_select(at, count, rows[i].need_va), total >= rows[i].need_va);
        unsigned got = 0;
        for (uint16_t k = 0; k < count; k++)
            got |= at[k].chosen ? 1U << at[k].load : 0;
        if (got != rows[i].want)
            fail_msg("%s: %x, not %x", rows[i].why, got, rows[i].want);
    }
}

/* --- against all subsets --------------------------------------------------------------------- */

enum { TIERS = 4, MANY = 9 };

static uint64_t seed = 88172645463325252u;

static uint32_t random_below(uint32_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 32) % n;
}

/* How good a subset is: switchings of the highest tier first, then the excess, then the turns. */
typedef struct merit {
    int64_t parts[TIERS + 2];
} merit;

static bool merit_of(const ohm_candidate *at, uint16_t count, unsigned subset, int64_t need_va,
                     merit *out)
{
    int64_t relief_va = 0;
    memset(out, 0, sizeof *out);
    for (uint16_t i = 0; i < count; i++) {
        if (!((subset >> i) & 1))
            continue;
        relief_va += at[i].relief_va;
        out->parts[TIERS - at[i].tier]++;
        out->parts[TIERS + 1] += at[i].served_ms;
    }
    out->parts[TIERS] = (relief_va - need_va) / OHM_SELECT_STEP_VA;
    return relief_va >= need_va;
}

static int compare(const merit *a, const merit *b)
{
    for (int i = 0; i < TIERS + 2; i++)
        if (a->parts[i] != b->parts[i])
            return a->parts[i] < b->parts[i] ? -1 : 1;
    return 0;
}

static void no_subset_is_better(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        ohm_candidate at[MANY];
        uint16_t count = (uint16_t)(1 + random_below(MANY));
        int64_t total_va = 0;
        for (uint16_t i = 0; i < count; i++) {
            at[i] = (ohm_candidate){ .load = i,
                                     .tier = (uint8_t)(1 + random_below(TIERS)),
                                     .relief_va = (int32_t)(100 + 50 * random_below(60)),
                                     .served_ms = random_below(5) * H };
            total_va += at[i].relief_va;
        }
        int64_t need_va = 1 + random_below((uint32_t)total_va);
        assert_true(ohm_select(at, count, need_va));
        unsigned chosen = 0;
        for (uint16_t i = 0; i < count; i++)
            chosen |= at[i].chosen ? 1U << i : 0;
        merit mine, other;
        assert_true(merit_of(at, count, chosen, need_va, &mine));
        for (unsigned subset = 1; subset < 1U << count; subset++)
            if (merit_of(at, count, subset, need_va, &other) && compare(&other, &mine) < 0)
                fail_msg("round %d: %x is better than %x", round, subset, chosen);
    }
}

/* Beyond what can be tried out: it covers, and nothing chosen could be left out. */
static void many_loads_cover_without_waste(void **state)
{
    (void)state;
    static ohm_candidate at[OHM_LOADS_MAX];
    for (int round = 0; round < 20; round++) {
        int64_t total_va = 0, relief_va = 0;
        for (uint16_t i = 0; i < OHM_LOADS_MAX; i++) {
            at[i] = (ohm_candidate){ .load = i,
                                     .tier = (uint8_t)(1 + random_below(TIERS)),
                                     .relief_va = (int32_t)(1 + random_below(4000)) };
            total_va += at[i].relief_va;
        }
        int64_t need_va = 1 + random_below((uint32_t)total_va);
        assert_true(ohm_select(at, OHM_LOADS_MAX, need_va));
        for (uint16_t i = 0; i < OHM_LOADS_MAX; i++)
            relief_va += at[i].chosen ? at[i].relief_va : 0;
        assert_true(relief_va >= need_va);
        for (uint16_t i = 0; i < OHM_LOADS_MAX; i++)
            if (at[i].chosen)
                assert_true(relief_va - at[i].relief_va < need_va);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decisions),
        cmocka_unit_test(no_subset_is_better),
        cmocka_unit_test(many_loads_cover_without_waste),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
