/* The site's contract that was written in the page: one file in the state folder, which goes
 * before the configuration's. Bills take it at once; the engine, the price of now and the store's
 * ledger with the next tick.
 *
 * Three threads look at it. The web's write `written` and read what holds, the store's cuts days by
 * `cut`, both under the lock; the loop alone reads and changes d->config. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/daemon.h"
#include "config/tariff_file.h"
#include "host/log.h"
#include "host/paths.h"
#include "host/syserr.h"

struct ohm_daemon_contract {
    pthread_mutex_t lock; /* of what follows */
    bool configured_has;  /* of the configuration, for when the page's goes */
    ohm_contract configured;
    bool is_written;
    ohm_contract written;
    bool is_news; /* not taken by the loop yet */
    char actor[OHM_ACTOR_MAX];
    bool has_cut; /* what the store's ledger goes by */
    ohm_contract cut;
    ohm_energy_source source; /* points to it */
    int64_t power_w_max;      /* of the configuration; the loop's own */
};

typedef struct lines {
    char *out;
    size_t cap, len;
} lines;

static void keep_line(void *ctx, const char *text)
{
    lines *l = ctx;
    int n = snprintf(l->out + l->len, l->cap - l->len, "%s%s", l->len ? "\n" : "", text);
    if (n > 0 && (size_t)n < l->cap - l->len)
        l->len += (size_t)n;
    else
        l->out[l->len] = '\0';
}

/* Reads it as a bill would; `why` gets a line for each thing that is wrong. */
static ohm_code read_yaml(ohm_span yaml, ohm_contract *out, char *why, size_t cap)
{
    lines l = { why, cap, 0 };
    ohm_schema_report report = { keep_line, &l, 0 };
    ohm_tariff_wish wish = { 0, NULL, 0 };
    ohm_tariff *tariff = malloc(sizeof *tariff);
    why[0] = '\0';
    if (!tariff)
        return OHM_NO_MEMORY;
    ohm_code code = ohm_tariff_read(yaml, OHM_CONTRACT_FILE, &wish, tariff, &report);
    if (code == OHM_OK && tariff->hours_assumed) {
        keep_line(&l, OHM_CONTRACT_FILE
                  ": slots: the off-peak hours are missing: they are on your bill");
        code = OHM_BAD_FORMAT;
    }
    if (code == OHM_OK)
        *out = tariff->contract;
    else if (!l.len)
        keep_line(&l, ohm_code_text(code));
    free(tariff);
    return code;
}

/* Twice what is subscribed, but no less than what the configuration allows. */
static int64_t power_of(const ohm_daemon_contract *c, const ohm_contract *contract)
{
    int64_t most_w = 2 * (int64_t)contract->subscribed_va;
    if (most_w > OHM_ENGINE_POWER_W_MAX)
        most_w = OHM_ENGINE_POWER_W_MAX;
    return most_w > c->power_w_max ? most_w : c->power_w_max;
}

/* What stands in the file, into the engine's configuration. One that can't be used is said, and
 * the configuration's stays. */
static void load(ohm_daemon *d, ohm_daemon_contract *c, const char *path)
{
    char why[OHM_CONTRACT_WHY_MAX];
    uint8_t *bytes;
    size_t len;
    ohm_err err = ohm_file_read(path, OHM_CONTRACT_YAML_MAX, &bytes, &len);
    if (ohm_failed(err)) {
        if (access(path, F_OK) == 0)
            ohm_log(OHM_LOG_ERROR, "contract file=%s: %s", OHM_CONTRACT_FILE, err.what);
        return;
    }
    c->is_written = read_yaml(ohm_span_of(bytes, len), &c->written, why, sizeof why) == OHM_OK;
    free(bytes);
    if (!c->is_written) {
        why[strcspn(why, "\n")] = '\0';
        ohm_log(OHM_LOG_ERROR, "contract not usable, the configuration's holds: %s", why);
        return;
    }
    d->config->has_contract = true;
    d->config->contract = c->written;
    d->config->power_w_max = power_of(c, &c->written);
    ohm_log(OHM_LOG_NOTICE, "contract file=%s", OHM_CONTRACT_FILE);
}

ohm_err ohm_daemon_contract_start(ohm_daemon *d)
{
    char path[OHM_PATH_MAX];
    OHM_TRY(ohm_path_join(d->state_dir, OHM_CONTRACT_FILE, path));
    ohm_daemon_contract *c = calloc(1, sizeof *c);
    if (!c || pthread_mutex_init(&c->lock, NULL)) {
        free(c);
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    }
    d->contract = c;
    c->configured_has = d->config->has_contract;
    c->configured = d->config->contract;
    c->power_w_max = d->config->power_w_max;
    load(d, c, path);
    c->has_cut = d->config->has_contract;
    c->cut = d->config->contract;
    return ohm_ok();
}

void ohm_daemon_contract_free(ohm_daemon *d)
{
    if (d->contract)
        (void)pthread_mutex_destroy(&d->contract->lock);
    free(d->contract);
    d->contract = NULL;
}

ohm_code ohm_daemon_contract_own(void *daemon, ohm_contract *out)
{
    ohm_daemon_contract *c = ((ohm_daemon *)daemon)->contract;
    (void)pthread_mutex_lock(&c->lock);
    bool has = c->is_written || c->configured_has;
    if (has)
        *out = c->is_written ? c->written : c->configured;
    (void)pthread_mutex_unlock(&c->lock);
    return has ? OHM_OK : OHM_UNKNOWN;
}

ohm_err ohm_daemon_contract_read(void *daemon, ohm_written *out)
{
    ohm_daemon *d = daemon;
    ohm_daemon_contract *c = d->contract;
    char path[OHM_PATH_MAX];
    *out = (ohm_written){ .has_contract = false };
    out->has_contract = ohm_daemon_contract_own(daemon, &out->contract) == OHM_OK;
    (void)pthread_mutex_lock(&c->lock);
    out->is_written = c->is_written;
    (void)pthread_mutex_unlock(&c->lock);
    if (!out->is_written)
        return ohm_ok();
    uint8_t *bytes;
    OHM_TRY(ohm_path_join(d->state_dir, OHM_CONTRACT_FILE, path));
    OHM_TRY(ohm_file_read(path, OHM_CONTRACT_YAML_MAX, &bytes, &out->yaml_len));
    out->yaml = (char *)bytes;
    return ohm_ok();
}

static ohm_err keep(ohm_daemon *d, ohm_span yaml)
{
    char path[OHM_PATH_MAX];
    OHM_TRY(ohm_path_join(d->state_dir, OHM_CONTRACT_FILE, path));
    if (yaml.len)
        return ohm_file_write(path, yaml, 0600);
    if (unlink(path) && errno != ENOENT)
        return ohm_err_errno(errno);
    return ohm_file_sync_dir(path);
}

ohm_code ohm_daemon_contract_write(void *daemon, ohm_span yaml, const char *actor,
                                   char why[static OHM_CONTRACT_WHY_MAX])
{
    ohm_daemon *d = daemon;
    ohm_contract *contract = calloc(1, sizeof *contract);
    ohm_code code = contract ? OHM_OK : OHM_NO_MEMORY;
    why[0] = '\0';
    if (code == OHM_OK && yaml.len)
        code = read_yaml(yaml, contract, why, OHM_CONTRACT_WHY_MAX);
    if (code == OHM_OK && actor && ohm_failed(keep(d, yaml)))
        code = OHM_IO;
    if (code == OHM_OK && actor) {
        ohm_daemon_contract *c = d->contract;
        (void)pthread_mutex_lock(&c->lock);
        c->is_news = c->is_news || c->is_written || yaml.len > 0;
        c->is_written = yaml.len > 0;
        c->written = *contract;
        (void)snprintf(c->actor, sizeof c->actor, "%s", actor);
        (void)pthread_mutex_unlock(&c->lock);
    }
    free(contract);
    return code;
}

/* --- taking it up --------------------------------------------------------------------------- */

/* On the store's thread, while cut_day below holds the lock. */
static void codes_of(void *ctx, int64_t first_day, uint8_t *out, size_t count)
{
    const ohm_daemon *d = ctx;
    ohm_daemon_codes_read(d, ohm_calendar_of(&d->contract->cut), first_day, out, count);
}

static uint16_t cut_day(void *ctx, ohm_date date,
                        ohm_energy_piece out[static OHM_ENERGY_PIECES_MAX])
{
    ohm_daemon_contract *c = ((ohm_daemon *)ctx)->contract;
    (void)pthread_mutex_lock(&c->lock);
    const ohm_energy_plan plan = ohm_energy_plan_of(&c->source);
    uint16_t count = 1;
    out[0] = (ohm_energy_piece){ ohm_date_interval(c->source.tz, date).from_ms, "" };
    if (plan.day)
        count = plan.day(plan.ctx, date, out);
    (void)pthread_mutex_unlock(&c->lock);
    return count;
}

ohm_energy_plan ohm_daemon_contract_plan(ohm_daemon *d)
{
    ohm_daemon_contract *c = d->contract;
    (void)pthread_mutex_lock(&c->lock);
    c->source = (ohm_energy_source){
        .tz = &d->config->tz,
        .contract = c->has_cut ? &c->cut : NULL,
        .codes = codes_of,
        .ctx = d,
    };
    ohm_energy_plan plan = ohm_energy_plan_of(&c->source);
    (void)pthread_mutex_unlock(&c->lock);
    plan.day = cut_day;
    plan.ctx = d;
    return plan;
}

/* The news, if there are any. */
static bool take_news(ohm_daemon_contract *c, ohm_contract_change *out)
{
    (void)pthread_mutex_lock(&c->lock);
    bool news = c->is_news;
    c->is_news = false;
    if (news) {
        out->has_contract = c->is_written || c->configured_has;
        out->contract = c->is_written ? c->written : c->configured;
        memcpy(out->actor, c->actor, sizeof out->actor);
        c->has_cut = out->has_contract;
        c->cut = out->contract;
    }
    (void)pthread_mutex_unlock(&c->lock);
    return news;
}

void ohm_daemon_contract_tick(ohm_daemon *d)
{
    ohm_daemon_contract *c = d->contract;
    ohm_contract_change change = { .has_contract = false };
    if (!take_news(c, &change))
        return;
    if (!change.has_contract)
        ohm_contract_init(&change.contract);
    change.power_w_max = power_of(c, &change.contract);
    d->config->has_contract = change.has_contract;
    d->config->contract = change.contract;
    d->config->power_w_max = change.power_w_max;
    ohm_daemon_codes_forget(d);
    ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_CONTRACT, .contract = &change });
    const ohm_energy_plan plan = ohm_daemon_contract_plan(d);
    ohm_store_plan(d->store, &plan);
    ohm_log(OHM_LOG_NOTICE, "contract %s by=%s",
            change.has_contract ? "changed" : "given up, none is configured", change.actor);
}
