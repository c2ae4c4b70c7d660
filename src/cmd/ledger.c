/* ohmstead ledger: what the registers of energy gained, by days and by hours. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/energy_plan.h"
#include "cmd/options.h"
#include "cmd/series_pick.h"
#include "cmd/site_build.h"
#include "cmd/verbs.h"
#include "config/tariff_file.h"
#include "engine/engine.h"
#include "host/clock.h"
#include "host/paths.h"
#include "host/tzdata.h"
#include "store/history.h"
#include "store/store.h"
#include "web/day_codes.h"

enum { CODES_DAYS = OHM_CODES_DAYS };

typedef struct request {
    const char *from, *to, *timezone, *config, *state, *device;
    bool demo, hours, anew, json;
    ohm_interval range;
    ohm_tz tz;
    ohm_site site;
    char store[OHM_PATH_MAX];
    /* Of --anew. */
    ohm_contract contract;
    bool has_contract;
    uint8_t codes[CODES_DAYS];
    /* While printing. */
    const char *key;
    uint64_t rows;
} request;

static int usage(const char *why, const char *offending)
{
    return ohm_cmd_usage("ledger", why, offending);
}

static int read_request(request *q)
{
    ohm_site_defaults(&q->site);
    if ((q->config || q->demo) && ohm_build_site(q->config, &q->site) != OHM_OK)
        return OHM_EXIT_FAILED;
    const char *zone = q->timezone ? q->timezone : q->site.timezone;
    ohm_err err = ohm_tzdata_load(zone, &q->tz);
    if (ohm_failed(err))
        return ohm_cmd_fail(zone, err.what, "--timezone Europe/Paris");
    int status = ohm_pick_range("ledger", q->from, q->to, &q->tz, &q->range);
    if (status != OHM_EXIT_OK)
        return status;
    if (q->anew && !q->config && !q->demo)
        return usage("--anew needs --config: its contract and its zone cut the days", NULL);
    return ohm_state_file("ledger", q->state, q->demo, q->store);
}

/* --- printing -------------------------------------------------------------------------------- */

static const char *how(uint8_t flags)
{
    if (flags & OHM_ENERGY_PENDING)
        return "pending";
    if (flags & OHM_ENERGY_CHANGED)
        return "meter change";
    if (flags & OHM_ENERGY_GAP)
        return "gap";
    if (flags & OHM_ENERGY_ESTIMATED)
        return "estimated";
    return flags & OHM_ENERGY_PARTIAL ? "partial" : "measured";
}

static void print_json(const request *q, const ohm_energy_row *row)
{
    char line[512];
    ohm_json j;
    size_t len;
    ohm_json_init(&j, line, sizeof line);
    ohm_json_object(&j);
    ohm_json_key_str(&j, "series", q->key);
    ohm_json_key_str(&j, q->hours ? "from" : "date", row->local);
    if (!q->hours)
        ohm_json_key_str(&j, "period", row->period);
    ohm_json_key_int(&j, "wh", row->wh);
    ohm_json_key_str(&j, "how", how(row->flags));
    ohm_json_key_bool(&j, "kept", row->flags & OHM_ENERGY_KEPT);
    ohm_json_end(&j);
    if (ohm_json_finish(&j, &len) == OHM_OK)
        printf("%.*s\n", (int)len, line);
}

static bool print_row(void *ctx, const ohm_energy_row *row)
{
    request *q = ctx;
    q->rows++;
    if (q->json)
        print_json(q, row);
    else
        printf("%-40s %-25s %-12s %10lld Wh  %s\n", q->key, row->local, row->period,
               (long long)row->wh, how(row->flags));
    return ferror(stdout) == 0;
}

static ohm_err print_series(request *q, ohm_reader *reader, const char *key)
{
    q->key = key;
    if (q->hours)
        return ohm_energy_hours(reader, key, q->range, false, print_row, q);
    ohm_date from = ohm_civil_from_utc(&q->tz, q->range.from_ms).date;
    ohm_date to = ohm_civil_from_utc(&q->tz, q->range.to_ms - 1).date;
    return ohm_energy_days(reader, key, from, to, print_row, q);
}

static int print_all(request *q)
{
    ohm_reader *reader = NULL;
    ohm_series_list list = { 0 };
    const ohm_series_pick pick = { .device = q->device };
    ohm_err err = ohm_reader_open(q->store, &reader);
    if (!ohm_failed(err))
        err = ohm_series_list_read(reader, &pick, &list);
    for (size_t i = 0; i < list.count && !ohm_failed(err); i++)
        err = print_series(q, reader, list.extents[i].info.key);
    ohm_reader_close(reader);
    ohm_series_list_free(&list);
    if (ohm_failed(err))
        return ohm_cmd_fail(q->store, err.what, "--state DIR names another folder");
    if (!q->rows)
        return ohm_cmd_fail("ledger", "there is no row of that time",
                            "serve makes them, within the hours after the readings; --anew now");
    return fflush(stdout) == 0 ? OHM_EXIT_OK : ohm_cmd_fail("standard output", "write error", NULL);
}

/* --- making ---------------------------------------------------------------------------------- */

static void codes_of(void *ctx, int64_t first_day, uint8_t *out, size_t count)
{
    const request *q = ctx;
    int64_t first = ohm_codes_first_day();
    for (size_t i = 0; i < count; i++) {
        int64_t at = first_day + (int64_t)i - first;
        out[i] = at >= 0 && at < CODES_DAYS ? q->codes[at] : OHM_DAY_UNKNOWN;
    }
}

/* The shipped calendar of the contract, with what the store was told since. */
static ohm_err read_codes(request *q)
{
    ohm_reader *reader = NULL;
    ohm_calendar calendar = ohm_calendar_of(&q->contract);
    if (calendar == OHM_CALENDARS_COUNT)
        return ohm_ok();
    ohm_code code = ohm_calendar_shipped(&q->contract, ohm_codes_first_day(), q->codes, CODES_DAYS);
    if (code != OHM_OK)
        return ohm_fail(code, 0, "the shipped calendar can't be read");
    ohm_err err = ohm_reader_open(q->store, &reader);
    if (!ohm_failed(err))
        err = ohm_codes_lay(reader, calendar, q->codes);
    ohm_reader_close(reader);
    return err;
}

static int make_anew(request *q)
{
    ohm_engine_config *config = malloc(sizeof *config);
    if (!config)
        return ohm_cmd_fail("ledger", "out of memory", NULL);
    ohm_err err = ohm_build_engine(&q->site, q->config ? q->config : "the demo", config);
    q->has_contract = !ohm_failed(err) && config->has_contract;
    if (q->has_contract)
        q->contract = config->contract;
    free(config);
    if (ohm_failed(err))
        return ohm_cmd_fail("ledger", err.what, NULL);
    if (q->has_contract)
        err = read_codes(q);
    if (ohm_failed(err))
        return ohm_cmd_fail(q->store, err.what, "--state DIR names another folder");
    const ohm_energy_source source = { &q->tz, q->has_contract ? &q->contract : NULL, codes_of, q };
    const ohm_energy_plan plan = ohm_energy_plan_of(&source);
    const ohm_history_options options = { .path = q->store };
    ohm_history *history = NULL;
    err = ohm_history_open(&options, &history);
    if (!ohm_failed(err))
        err = ohm_history_fold(history, ohm_clock_utc() - OHM_HOUR_MS);
    if (!ohm_failed(err))
        err = ohm_history_energy(history, &plan, true);
    ohm_history_close(history);
    return ohm_failed(err) ? ohm_cmd_fail(q->store, err.what, NULL) : OHM_EXIT_OK;
}

int ohm_cmd_ledger(int argc, char **argv)
{
    request *q = calloc(1, sizeof *q);
    if (!q)
        return ohm_cmd_fail("ledger", "out of memory", NULL);
    const ohm_option options[] = {
        { "--device", "PLACE", &q->device, NULL, "only of this device: SITE/ZONE/DEVICE" },
        { "--from", "TIME", &q->from, NULL, "from a date or a time on" },
        { "--to", "TIME", &q->to, NULL, "until then, itself not" },
        { "--hours", NULL, NULL, &q->hours, "by hours; else by days and tariff periods" },
        { "--json", NULL, NULL, &q->json, "a JSON object a line" },
        { "--anew", NULL, NULL, &q->anew, "make all of it again from the readings first" },
        { "--timezone", "ZONE", &q->timezone, NULL, "of dates (the site's)" },
        { "--config", "FILE", &q->config, NULL, "the site: its zone and its contract" },
        { "--state", "DIR", &q->state, NULL, "another state folder than the site's" },
        { "--demo", NULL, NULL, &q->demo, "the state folder of the demo house" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "ledger",
        .arguments = "",
        .about =
            "Prints the energy ledger: what each register of energy gained, in Wh, on each\n"
            "local day by tariff period, or in each hour; measured, estimated, over a gap, or\n"
            "with another meter from there on. The daemon makes it by and by, and makes anew\n"
            "what was corrected, imported or erased. Hours whose readings were thinned out\n"
            "stay as they are, also with --anew. It is two plain tables of the store, which\n"
            "sqlite3 reads too: energy_by_hour and energy_by_day.\n"
            "\n" OHM_STATE_ABOUT,
        .options = options,
    };
    int status;
    if (ohm_options_read(&verb, argc, argv, NULL, &status) >= 0) {
        status = read_request(q);
        if (status == OHM_EXIT_OK && q->anew)
            status = make_anew(q);
        if (status == OHM_EXIT_OK)
            status = print_all(q);
    }
    free(q);
    return status;
}
