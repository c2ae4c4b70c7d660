#include <pthread.h>
#include <stdlib.h>

#include "cmd/daemon.h"
#include "config/tariff_file.h"
#include "web/day_codes.h"

enum { CONTRACTS_MAX = 64 };

/* All in one block: what the web borrows, and what that points to. */
typedef struct tariffs {
    ohm_web_tariffs web; /* first */
    uint8_t codes[OHM_CALENDARS_COUNT][OHM_CODES_DAYS];
    ohm_web_contract others[CONTRACTS_MAX];
    const char *file; /* whose contracts are being taken */
} tariffs;

static void no_line(void *ctx, const char *text)
{
    (void)ctx;
    (void)text; /* shipped files are checked by the tests */
}

/* "data/tariffs/bleu-base.yaml" with 6 kVA is bleu-base-6kva. */
static void name_contract(const char *file, int32_t power_va, char out[OHM_WEB_CONTRACT_NAME_MAX])
{
    const char *base = strrchr(file, '/');
    base = base ? base + 1 : file;
    (void)snprintf(out, OHM_WEB_CONTRACT_NAME_MAX, "%.*s-%gkva", (int)strcspn(base, "."), base,
                   (double)power_va / 1000);
}

static bool take_one(void *ctx, const ohm_tariff *tariff)
{
    tariffs *t = ctx;
    if (t->web.count == CONTRACTS_MAX)
        return false;
    ohm_web_contract *out = &t->others[t->web.count++];
    out->contract = tariff->contract;
    name_contract(t->file, tariff->contract.subscribed_va, out->name);
    return true;
}

/* The off-peak hours of the site's own contract hold for the others that have such hours. */
static void take_shipped(tariffs *t, const ohm_site *site, ohm_tariff *scratch)
{
    ohm_contract_slot hours[OHM_CONTRACT_SLOTS_MAX];
    ohm_schema_report quiet = { no_line, NULL, 0 };
    for (int i = 0; i < site->slots_count; i++)
        hours[i] = site->slots[i].slot;
    for (size_t i = 0; ohm_tariff_shipped(i); i++) {
        const ohm_asset *asset = ohm_tariff_shipped(i);
        ohm_tariff_wish wish = { 0, hours, site->slots_count }, none = { 0, NULL, 0 };
        size_t before = t->web.count;
        t->file = asset->name;
        ohm_code code =
            ohm_tariff_each(asset->bytes, asset->name, &wish, scratch, take_one, t, &quiet);
        if (code == OHM_OK && t->web.count == before) /* it has no hours of one's own */
            code = ohm_tariff_each(asset->bytes, asset->name, &none, scratch, take_one, t, &quiet);
        if (code != OHM_OK)
            t->web.count = before;
    }
}

bool ohm_daemon_calendar(ohm_calendar calendar, uint8_t *codes)
{
    ohm_contract any;
    ohm_contract_init(&any);
    any.codes = ohm_calendar_bits(calendar);
    return ohm_calendar_shipped(&any, ohm_codes_first_day(), codes, OHM_CODES_DAYS) == OHM_OK;
}

static bool take_calendars(tariffs *t)
{
    bool good = true;
    for (int i = 0; i < OHM_CALENDARS_COUNT; i++)
        good = ohm_daemon_calendar((ohm_calendar)i, t->codes[i]) && good;
    return good;
}

const ohm_load *ohm_daemon_loads(void *daemon, uint16_t *ret_count)
{
    const ohm_daemon *d = daemon;
    *ret_count = d->config->loads_count;
    return d->config->loads;
}

static void make_tariffs(ohm_daemon *d)
{
    tariffs *t = calloc(1, sizeof *t);
    ohm_tariff *scratch = malloc(sizeof *scratch);
    if (t && scratch) {
        t->web.tz = d->config->tz;
        t->web.has_own = ohm_daemon_contract_own(d, &t->web.own) == OHM_OK;
        t->web.others = t->others;
        t->web.codes = (ohm_day_codes){
            .first_day = ohm_codes_first_day(),
            .count = OHM_CODES_DAYS,
            .codes = t->codes[OHM_CALENDAR_TEMPO],
            .also = t->codes[OHM_CALENDAR_EJP],
        };
        take_shipped(t, d->site, scratch);
        if (!take_calendars(t)) /* shipped files are checked by the tests */
            t->web.has_own = t->web.has_own && !t->web.own.codes;
        d->tariffs = &t->web;
    } else {
        free(t);
    }
    free(scratch);
}

/* On whichever of the web's threads asks first; const from then on. */
const ohm_web_tariffs *ohm_daemon_tariffs(void *daemon)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    ohm_daemon *d = daemon;
    (void)pthread_mutex_lock(&lock);
    if (!d->tariffs)
        make_tariffs(d);
    (void)pthread_mutex_unlock(&lock);
    return d->tariffs;
}

void ohm_daemon_tariffs_free(ohm_daemon *d)
{
    free(d->tariffs); /* first of its block */
    d->tariffs = NULL;
}
