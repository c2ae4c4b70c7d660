#include "cmd/site_check.h"

#include <stdio.h>
#include <stdlib.h>

#include "cmd/site_build.h"
#include "host/random.h"
#include "link/http.h"
#include "meter/cosem_settings.h"
#include "meter/modbus_profiles.h"

enum { SECRET_MAX = 512 };

static int wrong(const char *file, unsigned line, const char *path, const char *why)
{
    if (line)
        (void)fprintf(stderr, "%s:%u: %s: %s\n", file, line, path, why);
    else
        (void)fprintf(stderr, "%s: %s: %s\n", file, path, why);
    return 1;
}

static int check_engine(const ohm_site *site, const char *file)
{
    ohm_engine_config *config = malloc(sizeof *config);
    ohm_err err =
        config ? ohm_build_engine(site, file, config) : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
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

/* One that a Modbus device names is there. */
static ohm_err check_profile(const ohm_meter_config *meter, const ohm_modbus_profiles *profiles)
{
    if (strncmp(meter->protocol, "modbus", strlen("modbus")) != 0)
        return ohm_ok();
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
    return meter->settings[0] ? ohm_fail(OHM_CONFLICT, 0,
                                         "settings and allow_disconnect are of "
                                         "protocol cosem")
                              : ohm_ok();
}

static ohm_err check_meter(const ohm_site *site, int index, ohm_meter_config *meter,
                           const ohm_modbus_profiles *profiles)
{
    meter->modbus_profiles = profiles;
    OHM_TRY(ohm_meter_config_check(meter));
    OHM_TRY(check_settings(meter));
    if (mixes_framings(site, index))
        return ohm_fail(OHM_CONFLICT, 0,
                        "another meter speaks another framing at this address (modbus: Modbus "
                        "TCP; modbus-rtu: serial frames inside TCP)");
    return check_profile(meter, profiles);
}

static int check_meters(const ohm_site *site, const char *file)
{
    int count = 0;
    ohm_modbus_profiles *profiles = NULL;
    ohm_profile_fault fault = { "" };
    const char *folder = site->profiles[0] ? site->profiles : NULL;
    if (ohm_modbus_profiles_load(folder, &profiles, &fault) != OHM_OK)
        return wrong(file, 0, "site.profiles", fault.text);
    for (int i = 0; i < site->meters_count; i++) {
        char detail[OHM_SITE_PATH_MAX] = "";
        if (ohm_site_is_made(&site->meters[i]))
            continue;
        ohm_meter_config meter;
        ohm_payload_rule rules[OHM_SITE_VALUES_MAX];
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
            err = check_meter(site, i, &meter, profiles);
        }
        ohm_wipe(&meter, sizeof meter); /* its keys */
        if (ohm_failed(err))
            count += wrong(file, site->meters[i].line, detail, err.what);
    }
    ohm_modbus_profiles_free(profiles);
    return count;
}

static int check_ecowatt(const ohm_site *site, const char *file)
{
    char secret[SECRET_MAX];
    if (!site->has_ecowatt)
        return 0;
    int count = 0;
    ohm_err err = ohm_build_secret(&site->ecowatt_secret, secret, sizeof secret);
    ohm_wipe(secret, sizeof secret);
    if (ohm_failed(err))
        count += wrong(file, 0, "ecowatt.client_secret", err.what);
    if (!ohm_http_is_private(site->ecowatt_url))
        count += wrong(file, 0, "ecowatt.url", "must start with https://: a secret goes there");
    return count;
}

int ohm_site_check(const ohm_site *site, const char *file)
{
    return check_engine(site, file) + check_boards(site, file) + check_meters(site, file) +
           check_ecowatt(site, file);
}
