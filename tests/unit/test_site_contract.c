/* The contract of a site's file: a shipped one, one of its own prices, one of a file; and what of
 * it can't be used, in words. */
#include "config/site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define SITE "site: {id: home}\nmeters:\n- {id: main, port: 'tcp:h:1'}\ncontract:\n"

static ohm_site site;
static ohm_contract contract;
static char said[2048];

static void collect(void *ctx, const char *text)
{
    (void)ctx;
    size_t len = strlen(said);
    (void)snprintf(said + len, sizeof said - len, "%s\n", text);
}

static ohm_code read_it(const char *yaml)
{
    ohm_schema_report report = { collect, NULL, 0 };
    said[0] = '\0';
    ohm_code code = ohm_site_read(ohm_span_text(yaml), "site.yaml", &site, &report);
    if (code != OHM_OK)
        return code;
    return ohm_site_contract(&site, "site.yaml", &contract, &report);
}

static void every_way_makes_a_contract(void **state)
{
    (void)state;
    static const struct {
        const char *why, *yaml;
        int32_t va;
        int periods, slots;
        int64_t first_ueur; /* of the newest row's first period */
    } rows[] = {
        { "a shipped one", SITE "  {tariff: bleu-base, power_kva: 6}\n", 6000, 1, 0, 194000 },
        { "its off-peak hours are the customer's",
          SITE "  {tariff: bleu-hphc, power_kva: 9, off_peak: [22:30-06:30]}\n", 9000, 2, 1,
          206500 },
        { "one price of its own",
          SITE "  power_kva: 6\n  prices: [{from: 2026-01-01, base: 0.19}]\n", 6000, 1, 0, 190000 },
        { "two of them, with their hours",
          SITE "  power_kva: 6\n  off_peak: [22:00-06:00]\n"
               "  prices: [{from: 2026-01-01, hp: 0.21, hc: 0.15}]\n",
          6000, 2, 1, 210000 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (read_it(rows[i].yaml) != OHM_OK)
            fail_msg("%s: %s", rows[i].why, said);
        const ohm_price_row *newest = &contract.rows[contract.rows_count - 1];
        bool right =
            contract.subscribed_va == rows[i].va && contract.periods_count == rows[i].periods &&
            contract.slots_count == rows[i].slots && newest->ueur_per_kwh[0] == rows[i].first_ueur;
        if (!right)
            fail_msg("%s: %d VA, %d periods, %d slots, %lld µEUR", rows[i].why,
                     contract.subscribed_va, contract.periods_count, contract.slots_count,
                     (long long)newest->ueur_per_kwh[0]);
    }
}

static void what_cannot_be_used_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *why, *yaml, *says;
    } rows[] = {
        { "nothing of it", SITE "  {power_kva: 6}\n", "give one of tariff, file and prices" },
        { "two ways at once",
          SITE "  power_kva: 6\n  tariff: bleu-base\n  prices: [{from: 2026-01-01, base: 0.19}]\n",
          "give one of tariff, file and prices" },
        { "a name that is none", SITE "  {tariff: bleu-vert, power_kva: 6}\n",
          "'bleu-vert' is not known" },
        { "a power that has no price",
          SITE "  {tariff: bleu-hphc, power_kva: 7, "
               "off_peak: [22:00-06:00]}\n",
          "7 kVA" },
        { "whose off-peak hours", SITE "  {tariff: bleu-hphc, power_kva: 6}\n",
          "the hours are on your bill" },
        { "hours without a price",
          SITE
          "  power_kva: 6\n  off_peak: [22:00-06:00]\n  prices: [{from: 2026-01-01, base: 0.2}]\n",
          "the prices have no off-peak" },
        { "prices without hours",
          SITE "  power_kva: 6\n  prices: [{from: 2026-01-01, hp: 0.2, hc: 0.1}]\n",
          "the hours are on your bill" },
        { "one of two prices",
          SITE "  power_kva: 6\n  off_peak: [22:00-06:00]\n"
               "  prices: [{from: 2026-01-01, hp: 0.2}]\n",
          "give base alone, or hp and hc" },
        { "the kinds mixed",
          SITE "  power_kva: 6\n  prices: [{from: 2026-01-01, base: 0.2}, {from: 2026-02-01, hp: "
               "0.2, hc: "
               "0.1}]\n",
          "entry 2: give base alone" },
        { "prices that go back in time",
          SITE "  power_kva: 6\n  prices: [{from: 2026-02-01, base: 0.2}, {from: 2026-01-01, base: "
               "0.2}]\n",
          "contract: " },
        { "a file that is not there", SITE "  {file: /nowhere/mine.yaml, power_kva: 6}\n",
          "/nowhere/mine.yaml" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_code code = read_it(rows[i].yaml);
        if (code == OHM_OK || !strstr(said, rows[i].says) || !strstr(said, "site.yaml:"))
            fail_msg("%s: %s", rows[i].why, said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_makes_a_contract),
        cmocka_unit_test(what_cannot_be_used_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
