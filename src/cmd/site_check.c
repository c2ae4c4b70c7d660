#include "cmd/site_check.h"

#include <stdio.h>
#include <stdlib.h>

#include "analysis/holidays.h"
#include "cmd/mirror_build.h"
#include "cmd/postgres_build.h"
#include "cmd/site_build.h"
#include "control/shed.h"
#include "host/file.h"
#include "host/random.h"
#include "host/tzdata.h"
#include "link/http.h"
#include "meter/cosem_settings.h"
#include "meter/mbus_profiles.h"
#include "meter/modbus_profiles.h"
#include "meter/profiles.h"
#include "web/http_text.h"

enum { SECRET_MAX = 512 };

static int wrong(const char *file, unsigned line, const char *path, const char *why)
{
    if (line)
        (void)fprintf(stderr, "%s:%u: %s: %s\n", file, line, path, why);
    else
        (void)fprintf(stderr, "%s: %s: %s\n", file, path, why);
    return 1;
}

static ohm_err check_zone(const char *name)
{
    ohm_tz *tz = malloc(sizeof *tz);
    ohm_err err = tz ? ohm_tzdata_load(name, tz) : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    free(tz);
    return err;
}

static int check_timezone(const ohm_site *site, const char *file)
{
    char path[OHM_TZ_NAME_MAX + 32];
    ohm_err err = check_zone(site->timezone);
    (void)snprintf(path, sizeof path, "site.timezone (%s)", site->timezone);
    return ohm_failed(err) ? wrong(file, site->site_line, path, err.what) : 0;
}

/* Nothing is wrong with it: a limit that is always there leaves it no room but at its latest end.
 */
static void warn_load(const char *file, const ohm_site_load *load, const char *limit, int64_t va)
{
    int64_t need_va = load->nominal_w * 11 / 10 + OHM_SHED_MARGIN_VA;
    if (need_va > va)
        (void)fprintf(
            stderr,
            "%s:%u: loads.%s: warning: once shed it stays off until its longest shed ends: "
            "to come back it needs %lld VA (nominal_w, a tenth more, %d), and %s is %lld\n",
            file, load->line, load->id, (long long)need_va, OHM_SHED_MARGIN_VA, limit,
            (long long)va);
}

static void warn_loads(const ohm_site *site, const char *file, const ohm_engine_config *config)
{
    for (int i = 0; i < site->loads_count; i++) {
        const ohm_site_load *load = &site->loads[i];
        if (load->never_shed)
            continue;
        if (config->has_contract && config->contract.subscribed_va > 0)
            warn_load(file, load, "what is subscribed", config->contract.subscribed_va);
        for (int k = 0; k < site->limits_count; k++) {
            const ohm_site_limit *limit = &site->limits[k];
            bool carries = limit->meter[0] ? ohm_site_branch_of(site, load) == limit
                                           : limit->phase == 0 || limit->phase == load->phase;
            char name[OHM_LOAD_ID_MAX + 16];
            (void)snprintf(name, sizeof name, "limits.%s", limit->id);
            if (carries && limit->va > 0 && limit->ecowatt_level == 0 && limit->day == 0)
                warn_load(file, load, name, limit->va);
        }
    }
}

/* A limit that waits for days that its contract does not have. */
static void warn_days(const ohm_site *site, const char *file, const ohm_engine_config *config)
{
    for (int i = 0; i < site->limits_count; i++) {
        ohm_day_code day = config->limits[i].day;
        if (day != OHM_DAY_UNKNOWN && !(config->contract.codes & 1U << day))
            (void)fprintf(stderr,
                          "%s:%u: limits.%s: warning: never holds: the contract has no such days\n",
                          file, site->limits[i].line, site->limits[i].id);
    }
}

/* A limit that what nobody sheds passes already: it is cut for, and never kept. */
static void warn_bases(const ohm_site *site, const char *file, const ohm_engine_config *config)
{
    int64_t least_va = site->base_va;
    for (int i = 0; i < site->loads_count; i++)
        least_va += site->loads[i].never_shed ? site->loads[i].nominal_w : 0;
    for (int i = 0; i < site->limits_count; i++) {
        const ohm_site_limit *limit = &site->limits[i];
        bool whole = limit->phase == 0 && !limit->meter[0];
        if (whole && limit->va > 0 && limit->va < least_va)
            (void)fprintf(stderr,
                          "%s:%u: limits.%s: warning: %lld VA are less than the %lld that nothing "
                          "sheds (shedding.base_va, and loads that are never shed)\n",
                          file, limit->line, limit->id, (long long)limit->va, (long long)least_va);
    }
    int32_t contract_va = config->has_contract ? config->contract.subscribed_va : 0;
    if (contract_va > 0 && contract_va < least_va)
        (void)fprintf(stderr,
                      "%s: contract.power_kva: warning: %d VA are less than the %lld that nothing "
                      "sheds (shedding.base_va, and loads that are never shed)\n",
                      file, contract_va, (long long)least_va);
}

/* A sensor of a rule whose values are listed, without what the rule asks for. */
static void warn_when(const ohm_site *site, const char *file, const ohm_site_rule *rule,
                      const ohm_site_when *when)
{
    const char *device = when->device[0]       ? when->device
                         : site->main_meter[0] ? site->main_meter
                                               : site->meters[0].id;
    for (int i = 0; i < site->meters_count && when->has_quantity; i++)
        if (!strcmp(site->meters[i].id, device) &&
            !ohm_site_may_say(site, &site->meters[i], when->quantity))
            (void)fprintf(
                stderr,
                "%s:%u: rules.%s: warning: '%s' has no %s among its values: the rule asks "
                "for nothing\n",
                file, rule->line, rule->id, device,
                ohm_quantity_get((ohm_quantity_id)when->quantity)->name);
}

static void warn_rules(const ohm_site *site, const char *file, const ohm_engine_config *config)
{
    for (int i = 0; i < site->rules.count; i++) {
        const ohm_site_rule *rule = &site->rules.items[i];
        if (!ohm_rule_can_hold(&config->rules.rules[i]))
            (void)fprintf(stderr,
                          "%s:%u: rules.%s: warning: never holds: its conditions exclude each "
                          "other\n",
                          file, rule->line, rule->id);
        for (int k = 0; k < rule->whens_count; k++)
            warn_when(site, file, rule, &rule->whens[k]);
        for (int k = 0; k < rule->unless_count; k++)
            warn_when(site, file, rule, &rule->unless[k]);
    }
}

static int check_engine(const ohm_site *site, const char *file)
{
    ohm_engine_config *config = malloc(sizeof *config);
    ohm_err err =
        config ? ohm_build_engine(site, file, config) : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    if (!ohm_failed(err)) {
        warn_loads(site, file, config);
        warn_days(site, file, config);
        warn_bases(site, file, config);
        warn_rules(site, file, config);
    }
    free(config);
    return ohm_failed(err) ? wrong(file, 0, "site", err.what) : 0;
}

static int check_boards(const ohm_site *site, const char *file)
{
    int count = 0;
    for (int i = 0; i < site->boards_count; i++) {
        char path[OHM_SITE_TEXT_MAX + 16];
        ohm_board_config board;
        ohm_err err = ohm_build_board(site, i, &board);
        (void)snprintf(path, sizeof path, "boards.%s", site->boards[i].id);
        if (ohm_failed(err))
            count += wrong(file, err.at, path, err.what);
    }
    return count;
}

/* Serial frames inside TCP and Modbus TCP don't mix: one framing an address. */
static bool mixes_framings(const ohm_site *site, int index)
{
    const ohm_site_meter *m = &site->meters[index];
    const char *protocol = ohm_site_protocols[m->protocol];
    bool modbus = !strncmp(protocol, "modbus", strlen("modbus")) && !strncmp(m->port, "tcp:", 4);
    for (int i = 0; modbus && i < index; i++)
        if (!strcmp(site->meters[i].port, m->port) && site->meters[i].protocol != m->protocol)
            return true;
    return false;
}

/* One that another meter names is there, in a protocol that it may speak. */
static ohm_err check_other_profile(const ohm_meter_config *meter)
{
    bool any = !strcmp(meter->protocol, "auto");
    const char *name = meter->profile;
    bool has_any = any || !strcmp(meter->protocol, "dlms") || !strcmp(meter->protocol, "mbus");
    if (!name[0] || !has_any)
        return ohm_ok();
    bool known = any && ohm_modbus_profiles_find(meter->modbus_profiles, name);
    if (strcmp(meter->protocol, "mbus") != 0)
        known = known || ohm_profiles_find(meter->profiles, name);
    if (strcmp(meter->protocol, "dlms") != 0)
        known = known || ohm_mbus_profiles_find(meter->profiles->mbus, name);
    return known ? ohm_ok() : ohm_fail(OHM_UNKNOWN, 0, "no meter profile has this name");
}

/* One that a device names is there; a Modbus device names one. */
static ohm_err check_profile(const ohm_meter_config *meter)
{
    const ohm_modbus_profiles *profiles = meter->modbus_profiles;
    if (strncmp(meter->protocol, "modbus", strlen("modbus")) != 0)
        return check_other_profile(meter);
    if (!meter->profile[0])
        return ohm_fail(OHM_UNKNOWN, 0, "a Modbus device needs a profile");
    return ohm_modbus_profiles_find(profiles, meter->profile)
               ? ohm_ok()
               : ohm_fail(OHM_UNKNOWN, 0, "no Modbus profile has this name");
}

/* Settings are of one protocol, which has a grammar for them. */
static ohm_err check_settings(const ohm_meter_config *meter)
{
    ohm_cosem_settings settings;
    if (!strcmp(meter->protocol, "cosem"))
        return ohm_cosem_settings_parse(meter->settings, &settings);
    return meter->settings[0] || meter->deeds.allow_disconnect
               ? ohm_fail(OHM_CONFLICT, 0, "settings and allow_disconnect are of protocol cosem")
               : ohm_ok();
}

static ohm_err check_meter(const ohm_site *site, int index, const ohm_meter_config *meter)
{
    OHM_TRY(ohm_meter_config_check(meter));
    OHM_TRY(check_settings(meter));
    if (mixes_framings(site, index))
        return ohm_fail(OHM_CONFLICT, 0,
                        "another meter speaks another framing at this address (modbus: Modbus "
                        "TCP; modbus-rtu: serial frames inside TCP)");
    if (site->meters[index].timezone[0])
        OHM_TRY(check_zone(site->meters[index].timezone));
    return check_profile(meter);
}

static int check_each_meter(const ohm_site *site, const char *file, const ohm_profiles *profiles,
                            const ohm_modbus_profiles *modbus)
{
    int count = 0;
    for (int i = 0; i < site->meters_count; i++) {
        char detail[OHM_BUILD_DETAIL_MAX] = "";
        if (ohm_site_is_made(&site->meters[i]))
            continue;
        ohm_meter_config meter;
        ohm_payload_rule rules[OHM_PICK_RULES_MAX];
        ohm_payload_config payload;
        ohm_err err = ohm_build_payload(site, i, rules, &payload, detail, sizeof detail);
        if (ohm_failed(err)) {
            count += wrong(file, err.at, detail, err.what);
            continue;
        }
        err = ohm_build_meter(site, i, &meter, detail, sizeof detail);
        meter.payload = &payload;
        if (!ohm_failed(err)) {
            (void)snprintf(detail, sizeof detail, "meters.%s", site->meters[i].id);
            meter.profiles = profiles;
            meter.modbus_profiles = modbus;
            err = check_meter(site, i, &meter);
        }
        ohm_wipe(&meter, sizeof meter); /* its keys */
        if (ohm_failed(err))
            count += wrong(file, site->meters[i].line, detail, err.what);
    }
    return count;
}

static int check_meters(const ohm_site *site, const char *file)
{
    ohm_profiles *profiles = NULL;
    ohm_modbus_profiles *modbus = NULL;
    ohm_profile_fault fault = { "" };
    const char *folder = site->profiles[0] ? site->profiles : NULL;
    ohm_code code = ohm_profiles_load(folder, &profiles, &fault);
    if (code == OHM_OK)
        code = ohm_modbus_profiles_load(folder, &modbus, &fault);
    int count = code == OHM_OK ? check_each_meter(site, file, profiles, modbus)
                               : wrong(file, 0, "site.profiles", fault.text);
    ohm_profiles_free(profiles);
    ohm_modbus_profiles_free(modbus);
    return count;
}

static int check_web(const ohm_site *site, const char *file)
{
    ohm_origin origin;
    if (!site->public_origin[0] ||
        ohm_origin_parse(ohm_span_text(site->public_origin), &origin) == OHM_OK)
        return 0;
    return wrong(file, site->web_line, "web.public_origin",
                 "is not an address as https://ohm.example");
}

static int check_ecowatt(const ohm_site *site, const char *file)
{
    char secret[SECRET_MAX], place[OHM_BUILD_DETAIL_MAX];
    const ohm_site_secret *s = &site->ecowatt_secret;
    if (!site->has_ecowatt)
        return 0;
    int count = 0;
    ohm_err err = ohm_build_secret(s, secret, sizeof secret);
    ohm_wipe(secret, sizeof secret);
    ohm_build_secret_place(s, "ecowatt.client_secret", place, sizeof place);
    bool named = s->file[0] || s->env[0] || s->credential[0]; /* else that was said before */
    if (named && ohm_failed(err))
        count += wrong(file, site->ecowatt_line, place, err.what);
    if (!ohm_http_is_private(site->ecowatt_url))
        count += wrong(file, site->ecowatt_line, "ecowatt.url",
                       "must start with https://: a secret goes there");
    return count;
}

static int check_signals(const ohm_site *site, const char *file)
{
    int count = 0;
    for (int i = 0; i < site->signals_count; i++) {
        ohm_ask ask;
        ohm_err err = ohm_build_signal(&site->signals[i], &ask);
        ohm_wipe(&ask, sizeof ask);
        if (ohm_failed(err))
            count += wrong(file, site->signals[i].line, "signals", err.what);
    }
    return count;
}

static int check_postgres(const ohm_site *site, const char *file)
{
    char detail[OHM_BUILD_DETAIL_MAX];
    ohm_postgres_config config;
    if (!site->has_postgres)
        return 0;
    ohm_err err = ohm_build_postgres(site, &config, detail, sizeof detail);
    return ohm_failed(err) ? wrong(file, site->postgres_line, detail, err.what) : 0;
}

static int check_mirrors(const ohm_site *site, const char *file)
{
    int count = 0;
    for (int i = 0; i < site->mirrors_count; i++) {
        char detail[OHM_SITE_PATH_MAX];
        ohm_mirror_config config;
        ohm_err err = ohm_build_mirror(site, i, &config, detail, sizeof detail);
        ohm_wipe(&config, sizeof config);
        if (ohm_failed(err))
            count += wrong(file, site->mirrors[i].line, detail, err.what);
    }
    return count;
}

static int check_closures(const ohm_site *site, const char *file)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    ohm_closed_days days;
    if (!site->closures[0])
        return 0;
    ohm_err err = ohm_file_read(site->closures, OHM_CLOSURES_BYTES_MAX, &bytes, &len);
    if (!ohm_failed(err))
        err = ohm_holidays_parse(ohm_span_of(bytes, len), &days);
    free(bytes);
    return ohm_failed(err) ? wrong(file, site->analysis_line, "analysis.closures", err.what) : 0;
}

/* Secrets that are not where they are said to be, whatever else is wrong. */
static int check_secrets(const ohm_site *site, const char *file)
{
    int count = 0;
    for (int i = 0; i < site->meters_count; i++) {
        char detail[OHM_BUILD_DETAIL_MAX] = "";
        ohm_meter_config meter;
        ohm_err err = ohm_build_meter(site, i, &meter, detail, sizeof detail);
        ohm_wipe(&meter, sizeof meter);
        if (ohm_failed(err))
            count += wrong(file, site->meters[i].line, detail, err.what);
    }
    return count;
}

typedef struct odd_ones {
    const char *file;
    void (*odd)(void *ctx, const ohm_site_odd *odd); /* NULL: they are mistakes */
    void *ctx;
} odd_ones;

static void on_odd(void *ctx, const ohm_site_odd *odd)
{
    const odd_ones *o = ctx;
    if (o->odd)
        o->odd(o->ctx, odd);
    else
        (void)wrong(o->file, odd->line, odd->path, odd->why);
}

static bool is_good(const odd_ones *o, ohm_site *ret_site, uint8_t **ret_yaml, size_t *ret_len)
{
    const char *file = o->file;
    const ohm_site *site = ret_site;
    odd_ones odds = *o;
    ohm_code code = ohm_build_site_of(file, ret_site, ret_yaml, ret_len);
    int count = 0, zone = 0;
    if (code == OHM_OK || code == OHM_CONFLICT) { /* every field was read, if not in agreement */
        unsigned odd = ohm_site_odds(ret_site, o->odd != NULL, on_odd, &odds);
        zone = check_timezone(site, file);
        count += (o->odd ? 0 : (int)odd) + zone + check_boards(site, file);
    }
    if (code == OHM_OK && zone == 0)
        count += check_engine(site, file);
    if (code == OHM_OK || code == OHM_CONFLICT)
        count += check_meters(site, file) + check_ecowatt(site, file) + check_signals(site, file) +
                 check_mirrors(site, file) + check_postgres(site, file) + check_web(site, file) +
                 check_closures(site, file);
    if (code == OHM_BAD_FORMAT) /* what a field leaves out is not a mistake of its own */
        count += check_secrets(site, file);
    if (code == OHM_BAD_FORMAT)
        (void)fprintf(stderr, "%s: how the parts fit together is checked when these are mended\n",
                      file);
    else if (code == OHM_CONFLICT || zone > 0)
        (void)fprintf(stderr, "%s: rules, loads and limits are checked when these are mended\n",
                      file);
    return code == OHM_OK && count == 0;
}

bool ohm_site_is_good(const char *file, ohm_site *ret_site)
{
    const odd_ones odds = { .file = file };
    uint8_t *yaml;
    size_t len;
    bool good = is_good(&odds, ret_site, &yaml, &len);
    free(yaml);
    return good;
}

bool ohm_site_is_good_to_run(const char *file, void (*odd)(void *ctx, const ohm_site_odd *odd),
                             void *ctx, ohm_site *ret_site, uint8_t **ret_yaml, size_t *ret_len)
{
    const odd_ones odds = { file, odd, ctx };
    return is_good(&odds, ret_site, ret_yaml, ret_len);
}
