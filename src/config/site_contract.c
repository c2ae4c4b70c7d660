#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/site.h"
#include "config/tariff_file.h"
#include "host/file.h"

/* Prices of the site's own: all with base, or all with hp and hc. */
static ohm_code own_prices(const ohm_site *site, const char *file, ohm_contract *contract,
                           ohm_schema_report *report)
{
    bool off_peak = site->prices[0].hp_ueur != 0 || site->prices[0].hc_ueur != 0;
    static const char *const ids[] = { "base", "hp", "hc" };
    contract->periods_count = off_peak ? 2 : 1;
    contract->rest_period = 0;
    for (int p = 0; p < contract->periods_count; p++)
        (void)snprintf(contract->periods[p].id, OHM_PERIOD_ID_MAX, "%s", ids[p + off_peak]);
    contract->rows_count = (uint8_t)site->prices_count;
    (void)snprintf(contract->name, sizeof contract->name, "%s", site->contract_name);
    for (int i = 0; i < site->prices_count; i++) {
        const ohm_site_price *p = &site->prices[i];
        bool both = p->hp_ueur && p->hc_ueur && !p->base_ueur;
        bool flat = p->base_ueur && !p->hp_ueur && !p->hc_ueur;
        if (off_peak ? !both : !flat) {
            ohm_schema_error(report, file, site->contract_line, "contract.prices",
                             "entry %d: give base alone, or hp and hc, the same in every entry",
                             i + 1);
            return OHM_BAD_FORMAT;
        }
        contract->rows[i] = (ohm_price_row){
            .from = p->from,
            .subscription_ueur_per_year = p->subscription_ueur,
            .export_ueur_per_kwh = OHM_NO_PRICE,
        };
        contract->rows[i].ueur_per_kwh[0] = off_peak ? p->hp_ueur : p->base_ueur;
        contract->rows[i].ueur_per_kwh[1] = p->hc_ueur;
    }
    for (int i = 0; i < site->slots_count; i++) {
        contract->slots[i] = site->slots[i].slot;
        contract->slots[i].period = 1;
    }
    contract->slots_count = (uint8_t)site->slots_count;
    if (off_peak == (site->slots_count != 0))
        return OHM_OK;
    ohm_schema_error(report, file, site->contract_line, "contract.off_peak",
                     off_peak ? "is missing: the hours are on your bill"
                              : "is given, but the prices have no off-peak");
    return OHM_BAD_FORMAT;
}

/* The bytes of the tariff that the site names: a shipped one, or a file of its own. */
static ohm_span tariff_bytes(const ohm_site *site, const char *file, uint8_t **ret_own,
                             char ret_name[OHM_SITE_PATH_MAX], ohm_schema_report *report)
{
    int64_t ignored_va;
    if (site->tariff[0]) {
        const ohm_asset *asset = ohm_tariff_find(site->tariff, &ignored_va);
        if (asset) {
            (void)snprintf(ret_name, OHM_SITE_PATH_MAX, "%s:%u: contract: %s", file,
                           site->contract_line, site->tariff);
            return asset->bytes;
        }
        ohm_schema_error(report, file, site->contract_line, "contract.tariff",
                         "'%s' is not known (bleu-base, bleu-hphc, bleu-tempo, bleu-ejp; or a "
                         "file or prices of your own)",
                         site->tariff);
        return ohm_span_of(NULL, 0);
    }
    size_t len;
    memcpy(ret_name, site->contract_file, OHM_SITE_PATH_MAX);
    ohm_err err = ohm_file_read(site->contract_file, OHM_SCHEMA_BYTES_MAX, ret_own, &len);
    if (!ohm_failed(err))
        return ohm_span_of(*ret_own, len);
    ohm_schema_error(report, file, site->contract_line, "contract.file", "%s: %s",
                     site->contract_file, err.what);
    return ohm_span_of(NULL, 0);
}

static ohm_code file_prices(const ohm_site *site, const char *file, ohm_contract *contract,
                            ohm_schema_report *report)
{
    ohm_contract_slot slots[OHM_CONTRACT_SLOTS_MAX];
    ohm_tariff_wish wish = { site->power_va, slots, site->slots_count };
    for (int i = 0; i < site->slots_count; i++)
        slots[i] = site->slots[i].slot;
    uint8_t *own = NULL;
    char name[OHM_SITE_PATH_MAX]; /* for messages: a shipped one has no mistakes of its own */
    ohm_span bytes = tariff_bytes(site, file, &own, name, report);
    ohm_tariff *tariff = malloc(sizeof *tariff);
    ohm_code code = !tariff ? OHM_NO_MEMORY : bytes.len ? OHM_OK : OHM_UNKNOWN;
    if (code == OHM_OK)
        code = ohm_tariff_read(bytes, name, &wish, tariff, report);
    if (code == OHM_OK && tariff->hours_assumed) {
        ohm_schema_error(report, file, site->contract_line, "contract.off_peak",
                         "is missing: the hours are on your bill");
        code = OHM_BAD_FORMAT;
    }
    if (code == OHM_OK)
        *contract = tariff->contract;
    free(tariff);
    free(own);
    return code;
}

ohm_code ohm_site_contract(const ohm_site *site, const char *file, ohm_contract *ret_contract,
                           ohm_schema_report *report)
{
    ohm_contract contract;
    ohm_contract_init(&contract);
    contract.subscribed_va = (int32_t)site->power_va;
    int ways = (site->tariff[0] != 0) + (site->prices_count != 0) + (site->contract_file[0] != 0);
    if (ways != 1) {
        ohm_schema_error(report, file, site->contract_line, "contract",
                         "give one of tariff, file and prices");
        return OHM_BAD_FORMAT;
    }
    ohm_code code = site->prices_count ? own_prices(site, file, &contract, report)
                                       : file_prices(site, file, &contract, report);
    if (code != OHM_OK)
        return code;
    ohm_err err = ohm_contract_check(&contract, NULL);
    if (ohm_failed(err)) {
        ohm_schema_error(report, file, site->contract_line, "contract", "%s (entry %u)", err.what,
                         err.at + 1);
        return err.code;
    }
    *ret_contract = contract;
    return OHM_OK;
}
