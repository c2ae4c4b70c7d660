#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/bill.h"
#include "cmd/cmd.h"
#include "cmd/site_build.h"
#include "host/file.h"
#include "host/paths.h"
#include "host/tzdata.h"
#include "store/reader.h"
#include "store/store.h"
#include "web/uses.h"

enum { LIST_MAX = 512 };

/* The devices with a register of energy, a load curve or energies of days, of those that are
 * wanted. */
typedef struct search {
    const char *wanted; /* a device's key, or its last part; NULL: any */
    char device[OHM_SERIES_KEY_MAX], last[OHM_SERIES_KEY_MAX];
    unsigned found;
    char list[LIST_MAX]; /* their names, for people */
} search;

static const char *last_part(const char *device)
{
    const char *slash = strrchr(device, '/');
    return slash ? slash + 1 : device;
}

static bool look(void *ctx, const ohm_series_info *info)
{
    search *s = ctx;
    char device[OHM_SERIES_KEY_MAX];
    if (info->quantity != OHM_Q_ENERGY_IMPORT && info->quantity != OHM_Q_POWER_IMPORT_MEAN &&
        info->quantity != OHM_Q_ENERGY_IMPORT_DAY)
        return true;
    (void)snprintf(device, sizeof device, "%s", info->key);
    *strrchr(device, '/') = '\0'; /* keys have four parts */
    if (!strcmp(device, s->last)) /* those of one device come one after another */
        return true;
    memcpy(s->last, device, sizeof s->last);
    bool whole = s->wanted && strchr(s->wanted, '/');
    if (s->wanted && strcmp(whole ? device : last_part(device), s->wanted) != 0)
        return true;
    if (!s->found++)
        memcpy(s->device, device, sizeof s->device);
    size_t len = strlen(s->list);
    (void)snprintf(s->list + len, sizeof s->list - len, "%s%s", len ? ", " : "", device);
    return true;
}

/* Those of that name; `s` is begun anew. */
static ohm_err find(ohm_reader *reader, const char *wanted, search *s)
{
    *s = (search){ .wanted = wanted };
    return ohm_reader_series(reader, look, s);
}

/* --device, else the main meter of --config; else the one called main, else the only one. */
static int choose(ohm_bill_job *job, ohm_reader *reader, const char *path)
{
    const char *asked = job->o->device ? job->o->device : job->device[0] ? job->device : NULL;
    search s;
    ohm_err err = find(reader, asked ? asked : "main", &s);
    if (!ohm_failed(err) && !s.found && !asked)
        err = find(reader, NULL, &s);
    if (ohm_failed(err))
        return ohm_cmd_fail(path, err.what, NULL);
    if (!s.found && asked)
        return ohm_cmd_fail(path, "no register of energy of that meter is stored there", asked);
    if (!s.found)
        return ohm_cmd_fail(path, "no register of energy is stored there", NULL);
    if (s.found > 1)
        return ohm_cmd_fail(path, "several meters are stored there: choose one with --device",
                            s.list);
    memcpy(job->device, s.device, sizeof job->device);
    return OHM_EXIT_OK;
}

int ohm_bill_site(ohm_bill_job *job)
{
    const char *zone = job->o->zone ? job->o->zone : "Europe/Paris";
    ohm_site *site = NULL;
    int status = OHM_EXIT_OK;
    if (job->o->config) {
        site = malloc(sizeof *site);
        if (!site)
            return ohm_cmd_fail("bill", "out of memory", NULL);
        if (ohm_build_site(job->o->config, site) != OHM_OK) {
            free(site);
            return OHM_EXIT_FAILED;
        }
        int meter = ohm_build_main_meter(site);
        if (meter >= 0 && !job->o->input)
            (void)snprintf(job->device, sizeof job->device, "%s/%s/%s", site->id,
                           site->meters[meter].zone, site->meters[meter].id);
        zone = job->o->zone ? job->o->zone : site->timezone;
        if (!job->o->contract && !job->o->compare)
            status = ohm_bill_own_contract(job, site);
    }
    ohm_err err = ohm_tzdata_load(zone, &job->tz);
    if (status == OHM_EXIT_OK && ohm_failed(err))
        status = ohm_cmd_fail(zone, err.what, "--timezone Europe/Paris");
    free(site);
    return status;
}

/* The shipped calendars with what the store knows; the user's own colours count over both. */
static ohm_err read_codes(ohm_bill_job *job, ohm_reader *reader)
{
    ohm_calendar own = ohm_calendar_of(&job->tariff.contract);
    for (int k = 0; k < OHM_CALENDARS_COUNT; k++) {
        ohm_contract any;
        ohm_contract_init(&any);
        any.codes = ohm_calendar_bits((ohm_calendar)k);
        ohm_code code = ohm_calendar_shipped(&any, job->codes.first_day, job->said_bytes[k],
                                             OHM_BILL_CODES_DAYS);
        if (code != OHM_OK)
            return ohm_fail(code, 0, "a shipped calendar can't be read");
        OHM_TRY(ohm_codes_lay(reader, (ohm_calendar)k, job->said_bytes[k]));
    }
    job->has_said = true;
    for (int i = 0; i < OHM_BILL_CODES_DAYS && own != OHM_CALENDARS_COUNT; i++)
        if (!job->o->colours || job->codes_bytes[i] == OHM_DAY_UNKNOWN)
            job->codes_bytes[i] = job->said_bytes[own][i];
    return ohm_ok();
}

static ohm_err read_spots(ohm_bill_job *job, ohm_reader *reader)
{
    ohm_spots spots;
    if (job->o->prices || job->tariff.contract.spot_period == OHM_NO_PERIOD || job->o->compare)
        return ohm_ok();
    OHM_TRY(ohm_spots_read(reader, job->period, &spots));
    job->spots = spots.list.items;
    job->spots_count = spots.list.count;
    (void)snprintf(job->spots_source, sizeof job->spots_source, "%s", spots.sources);
    return ohm_ok();
}

static int read_store(ohm_bill_job *job, ohm_reader *reader, const char *path)
{
    ohm_uses uses;
    int status = choose(job, reader, path);
    if (status != OHM_EXIT_OK)
        return status;
    ohm_err err = read_codes(job, reader);
    if (!ohm_failed(err))
        err = read_spots(job, reader);
    if (ohm_failed(err))
        return ohm_cmd_fail(path, err.what, NULL);
    const ohm_uses_query query = {
        .device = job->device,
        .range = job->period,
        .contract = job->o->compare ? NULL : &job->tariff.contract,
        .tz = &job->tz,
        .codes = &job->codes,
    };
    ohm_code code = ohm_uses_read(reader, &query, &uses);
    if (code == OHM_OK && !job->o->compare) {
        code = ohm_uses_by_period(reader, &query, &uses);
        if (code != OHM_OK)
            ohm_uses_free(&uses);
    }
    if (code != OHM_OK)
        return ohm_cmd_fail(path, ohm_code_text(code), job->device);
    job->uses = uses.items;
    job->uses_count = uses.count;
    job->basis = uses.basis;
    if (!job->uses_count)
        return ohm_cmd_fail(path, "nothing is stored for that time", job->device);
    return OHM_EXIT_OK;
}

int ohm_bill_from_store(ohm_bill_job *job)
{
    char state[OHM_PATH_MAX], path[OHM_PATH_MAX];
    if (job->o->state && job->o->demo)
        return ohm_cmd_usage("bill", "--state and --demo exclude each other", NULL);
    ohm_err err = job->o->state ? ohm_ok() : ohm_path_state(job->o->demo, state);
    if (ohm_failed(err))
        return ohm_cmd_fail("the state folder", err.what, "name it with --state");
    const char *folder = job->o->state ? job->o->state : state;
    err = ohm_path_join(folder, OHM_STORE_FILE, path);
    if (ohm_failed(err))
        return ohm_cmd_fail(folder, err.what, NULL);
    ohm_reader *reader = NULL;
    err = ohm_reader_open(path, &reader);
    if (ohm_failed(err))
        return ohm_cmd_fail(path, err.what, NULL);
    int status = read_store(job, reader, path);
    ohm_reader_close(reader);
    return status;
}
