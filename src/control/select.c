#include "control/select.h"

#include <assert.h>

enum { TIERS_MAX = 100 };

/* Candidates of one tier, next to each other, the most relief first; `take` of them are needed. */
typedef struct group {
    uint16_t first, count, take;
} group;

typedef struct search {
    ohm_candidate *at;
    int64_t need_va;
    uint16_t groups_count;
    group groups[TIERS_MAX]; /* the most important tier first */
    bool best[OHM_LOADS_MAX];
    int64_t best_excess, best_served_ms;
} search;

static bool goes_before(const ohm_candidate *a, const ohm_candidate *b)
{
    if (a->tier != b->tier)
        return a->tier > b->tier;
    if (a->relief_va != b->relief_va)
        return a->relief_va > b->relief_va;
    return a->load < b->load;
}

/* By insertion: they come in the order of the configuration, which is nearly that of the tiers. */
static void sort(ohm_candidate *at, uint16_t count)
{
    for (uint16_t i = 1; i < count; i++) {
        ohm_candidate one = at[i];
        uint16_t j = i;
        for (; j > 0 && goes_before(&one, &at[j - 1]); j--)
            at[j] = at[j - 1];
        at[j] = one;
    }
}

static void make_groups(search *s, uint16_t count)
{
    for (uint16_t i = 0; i < count; i++) {
        bool fresh = i == 0 || s->at[i].tier != s->at[i - 1].tier;
        if (fresh) {
            assert(s->groups_count < TIERS_MAX);
            s->groups[s->groups_count++] = (group){ .first = i };
        }
        s->groups[s->groups_count - 1].count++;
    }
}

/* How many of each tier: with the lower tiers whole, the fewest of this one that still cover. */
static void count_takes(search *s, int64_t total_va)
{
    for (uint16_t g = 0; g < s->groups_count; g++) {
        group *here = &s->groups[g];
        here->take = here->count;
        while (here->take > 0) {
            int64_t without_va = total_va - s->at[here->first + here->take - 1].relief_va;
            if (without_va < s->need_va)
                break;
            total_va = without_va;
            here->take--;
        }
    }
}

/* --- of as many, the best -------------------------------------------------------------------- */

/* Keeps the present choice if it covers and is better than the best so far. */
static void consider(search *s, uint16_t count)
{
    int64_t relief_va = 0, served_ms = 0;
    for (uint16_t i = 0; i < count; i++) {
        if (!s->at[i].chosen)
            continue;
        relief_va += s->at[i].relief_va;
        served_ms += s->at[i].served_ms;
    }
    if (relief_va < s->need_va)
        return;
    int64_t excess = (relief_va - s->need_va) / OHM_SELECT_STEP_VA;
    bool better = s->best_excess < 0 || excess < s->best_excess ||
                  (excess == s->best_excess && served_ms < s->best_served_ms);
    if (!better)
        return;
    s->best_excess = excess;
    s->best_served_ms = served_ms;
    for (uint16_t i = 0; i < count; i++)
        s->best[i] = s->at[i].chosen;
}

static void choose_first(search *s, const group *g)
{
    for (uint16_t i = 0; i < g->count; i++)
        s->at[g->first + i].chosen = i < g->take;
}

/* The next combination of `take` of a group, false after the last. */
static bool choose_next(search *s, const group *g)
{
    ohm_candidate *at = s->at + g->first;
    uint16_t after = 0; /* chosen ones behind the one that moves */
    for (uint16_t i = g->count; i-- > 0;) {
        if (!at[i].chosen)
            continue;
        if (i + 1U + after < g->count && !at[i + 1].chosen) {
            at[i].chosen = false;
            for (uint16_t j = (uint16_t)(i + 1); j < g->count; j++)
                at[j].chosen = j <= i + 1U + after;
            return true;
        }
        after++;
    }
    return false;
}

static bool choose_next_of_all(search *s)
{
    for (uint16_t g = 0; g < s->groups_count; g++) {
        if (choose_next(s, &s->groups[g]))
            return true;
        choose_first(s, &s->groups[g]);
    }
    return false;
}

/* Combinations of all groups together, up to a little more than OHM_SELECT_TRIES. */
static uint32_t combinations(const search *s)
{
    uint32_t all = 1;
    for (uint16_t g = 0; g < s->groups_count; g++) {
        const group *here = &s->groups[g];
        uint32_t few = here->take < here->count - here->take ? here->take
                                                             : (uint32_t)(here->count - here->take);
        uint32_t ways = 1;
        for (uint32_t k = 1; k <= few && ways <= OHM_SELECT_TRIES; k++)
            ways = ways * (here->count - few + k) / k;
        if (ways > OHM_SELECT_TRIES)
            return ways;
        all *= ways;
        if (all > OHM_SELECT_TRIES)
            return all;
    }
    return all;
}

/* Swaps a chosen one for the one of its tier that leaves the least in excess, as long as that
 * helps: each round takes something away. */
static void improve(search *s, uint16_t count)
{
    int64_t spare_va = -s->need_va;
    for (uint16_t i = 0; i < count; i++)
        spare_va += s->at[i].chosen ? s->at[i].relief_va : 0;
    for (uint16_t i = 0; i < count; i++) {
        if (!s->at[i].chosen)
            continue;
        uint16_t best = i;
        for (uint16_t j = 0; j < count; j++) {
            int64_t saved_va = s->at[i].relief_va - s->at[j].relief_va;
            if (s->at[j].chosen || s->at[j].tier != s->at[i].tier || saved_va > spare_va)
                continue;
            int64_t best_va = s->at[i].relief_va - s->at[best].relief_va;
            bool fairer = saved_va == best_va && s->at[j].served_ms < s->at[best].served_ms;
            if (saved_va > best_va || (saved_va >= 0 && fairer))
                best = j;
        }
        spare_va -= s->at[i].relief_va - s->at[best].relief_va;
        s->at[i].chosen = false;
        s->at[best].chosen = true;
    }
}

bool ohm_select(ohm_candidate *candidates, uint16_t count, int64_t need_va)
{
    assert(count <= OHM_LOADS_MAX && need_va > 0);
    search s = { .at = candidates, .need_va = need_va, .best_excess = -1 };
    int64_t total_va = 0;
    sort(candidates, count);
    for (uint16_t i = 0; i < count; i++) {
        assert(candidates[i].relief_va > 0);
        total_va += candidates[i].relief_va;
        candidates[i].chosen = true;
    }
    if (total_va < need_va)
        return false;
    make_groups(&s, count);
    count_takes(&s, total_va);
    for (uint16_t g = 0; g < s.groups_count; g++)
        choose_first(&s, &s.groups[g]);
    if (combinations(&s) > OHM_SELECT_TRIES) {
        improve(&s, count);
        return true;
    }
    do {
        consider(&s, count);
    } while (choose_next_of_all(&s));
    for (uint16_t i = 0; i < count; i++)
        candidates[i].chosen = s.best[i];
    return true;
}
