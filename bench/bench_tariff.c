/* What if: a year of registers every ten minutes, read from the store and priced by twenty
 * contracts; and how many prices a second are looked up.
 *
 * No peer prices a use by several contracts. Beside it stands what the same steps cost where the
 * price of each is known beforehand: one product and one sum a step and contract, in memory. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "config/tariff_file.h"
#include "host/tzdata.h"
#include "store/history.h"
#include "tariff/whatif.h"
#include "web/uses.h"

#define FROM_MS INT64_C(1725141600000) /* 2024-09-01, local midnight in Paris */

enum {
    STEPS = 365 * 144,
    CONTRACTS = 20,
    ROUNDS = 5,
    LOOKUPS = 200000,
    DAYS = 366 * 40,
    MARK_MS = 100,
};

typedef struct contracts {
    size_t count;
    ohm_contract items[CONTRACTS];
} contracts;

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static _Noreturn void stop(const char *what, const char *why)
{
    (void)fprintf(stderr, "bench_tariff: %s: %s\n", what, why);
    exit(1);
}

static void tell(void *ctx, const char *text)
{
    stop(ctx, text);
}

static bool keep(void *ctx, const ohm_tariff *tariff)
{
    contracts *all = ctx;
    if (all->count == CONTRACTS)
        return false;
    all->items[all->count++] = tariff->contract;
    return true;
}

/* The shipped ones of every power that have prices for the year: HP/HC, Tempo, Base. */
static void load(contracts *all)
{
    static const char *const names[] = { "bleu-hphc", "bleu-tempo", "bleu-base" };
    static ohm_tariff scratch;
    static char what[] = "contracts";
    ohm_schema_report report = { tell, what, 0 };
    ohm_tariff_wish wish = { 0, NULL, 0 };
    int64_t va;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const ohm_asset *asset = ohm_tariff_find(names[i], &va);
        if (!asset || ohm_tariff_each(asset->bytes, asset->name, &wish, &scratch, keep, all,
                                      &report) != OHM_OK)
            stop(names[i], "can't be read");
    }
    if (all->count != CONTRACTS)
        stop("contracts", "there are not twenty");
}

/* A register that goes on, in a store of its own. */
static void fill(const char *path)
{
    ohm_point *points = calloc(STEPS + 1, sizeof *points);
    ohm_history_options options = { .path = path };
    ohm_history *history;
    ohm_history_counts counts;
    uint64_t seed = 8420;
    int64_t wh = 12345678;
    if (!points)
        stop("points", "out of memory");
    for (int i = 0; i <= STEPS; i++) {
        points[i] = (ohm_point){ FROM_MS + (ohm_ms)i * OHM_USE_STEP_MS, wh, OHM_QUALITY_GOOD };
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        wh += (int64_t)(seed >> 33) % 400;
    }
    ohm_history_run run = { "home/ground/main/energy_import", points, STEPS + 1 };
    ohm_err err = ohm_history_open(&options, &history);
    if (!ohm_failed(err))
        err = ohm_history_add(history, &run, 1, NULL, NULL, &counts);
    if (ohm_failed(err))
        stop("store", err.what);
    ohm_history_close(history);
    free(points);
}

static double compare(const char *path, const contracts *all, const ohm_tz *tz,
                      const ohm_day_codes *codes, ohm_bill *bill)
{
    ohm_uses uses;
    ohm_reader *reader;
    ohm_outcome out;
    ohm_interval year = { FROM_MS, FROM_MS + (ohm_ms)STEPS * OHM_USE_STEP_MS };
    const ohm_uses_query query = { .device = "home/ground/main", .range = year };
    double start = now_s();
    if (ohm_failed(ohm_reader_open(path, &reader)) ||
        ohm_uses_read(reader, &query, &uses) != OHM_OK)
        stop(path, "can't be read");
    if (uses.count != STEPS)
        stop("uses", "steps are missing");
    ohm_bill_request request = {
        .tz = tz, .codes = codes, .period = year, .uses = uses.items, .uses_count = uses.count
    };
    for (size_t i = 0; i < all->count; i++) {
        ohm_outcome_make(&request, &all->items[i], bill, &out);
        if (ohm_failed(out.err))
            stop(all->items[i].name, out.err.what);
    }
    ohm_uses_free(&uses);
    ohm_reader_close(reader);
    return (now_s() - start) * 1000;
}

/* The least that this can cost: energies times prices that lie there already, all in memory. */
static double floor_ms(void)
{
    static int64_t energies[STEPS], prices[STEPS];
    static volatile int64_t kept;
    for (int i = 0; i < STEPS; i++) {
        energies[i] = i * INT64_C(7919) % 400000;
        prices[i] = 100000 + i % 97;
    }
    double start = now_s();
    for (int c = 0; c < CONTRACTS; c++) {
        int64_t sum = 0;
        for (int i = 0; i < STEPS; i++)
            sum += energies[i] * (prices[i] + c);
        kept = sum;
        assert(kept == sum);
    }
    return (now_s() - start) * 1000;
}

static void look_up(const contracts *all, const ohm_tz *tz, const ohm_day_codes *codes)
{
    int64_t sum = 0;
    double start = now_s();
    for (int i = 0; i < LOOKUPS; i++) {
        ohm_price price;
        const ohm_contract *contract = &all->items[(unsigned)i % all->count];
        ohm_ms at_ms = FROM_MS + (ohm_ms)i * 157000;
        if (ohm_contract_price(contract, tz, codes, at_ms, &price) != OHM_OK)
            stop("price", "is not known");
        sum += price.ueur_per_kwh;
    }
    double seconds = now_s() - start;
    printf("price lookups: %.0f /s (mean %lld µEUR/kWh)\n", LOOKUPS / seconds,
           (long long)(sum / LOOKUPS));
}

int main(void)
{
    static contracts all;
    static uint8_t bytes[DAYS];
    static ohm_bill bill;
    static ohm_tz tz;
    char folder[] = "/tmp/ohm-bench-XXXXXX", path[64];
    if (ohm_failed(ohm_tzdata_load("Europe/Paris", &tz)) || !mkdtemp(folder))
        stop("start", "no zone or no folder");
    (void)snprintf(path, sizeof path, "%s/store.db", folder);
    load(&all);
    ohm_day_codes codes = { .first_day = ohm_days_from_date((ohm_date){ 2000, 1, 1 }),
                            .count = DAYS,
                            .codes = bytes };
    for (size_t i = 0; i < all.count; i++) {
        ohm_code code = ohm_calendar_shipped(&all.items[i], codes.first_day, bytes, DAYS);
        if (code != OHM_OK && code != OHM_UNKNOWN)
            stop("calendar", "can't be read");
    }
    fill(path);
    double best = 0, least = 0;
    for (int i = 0; i < ROUNDS; i++) {
        double ms = compare(path, &all, &tz, &codes, &bill), bare = floor_ms();
        best = i == 0 || ms < best ? ms : best;
        least = i == 0 || bare < least ? bare : least;
    }
    printf("a year at ten minutes under 20 contracts, from the store: %.1f ms of CPU (mark: 100 "
           "ms) %s\n",
           best, best <= MARK_MS ? "ok" : "MISSED");
    printf("products and sums of as many steps alone: %.2f ms (%.0f times less)\n", least,
           best / least);
    look_up(&all, &tz, &codes);
    char command[96];
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command) == 0 ? 0 : 1;
}
