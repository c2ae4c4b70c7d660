#include "cmd/site_build.h"

#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/rule_build.h"
#include "config/preset.h"
#include "host/assets.h"
#include "host/file.h"
#include "host/random.h"
#include "host/tzdata.h"
#include "relay/http_dialect.h"

enum { DEADMAN_S = 300 }; /* switches */

static void print_line(void *ctx, const char *text)
{
    (void)ctx;
    (void)fprintf(stderr, "%s\n", text);
}

ohm_code ohm_build_site_of(const char *path, ohm_site *ret_site, uint8_t **ret_yaml,
                           size_t *ret_len)
{
    ohm_schema_report report = { print_line, NULL, 0 };
    *ret_yaml = NULL;
    *ret_len = 0;
    ohm_err err = ohm_file_read(path, OHM_SCHEMA_BYTES_MAX, ret_yaml, ret_len);
    if (ohm_failed(err)) {
        (void)ohm_cmd_fail(path, err.what, NULL);
        return err.code;
    }
    return ohm_site_read(ohm_span_of(*ret_yaml, *ret_len), path, ret_site, &report);
}

ohm_code ohm_build_site(const char *path, ohm_site *ret_site)
{
    ohm_schema_report report = { print_line, NULL, 0 };
    uint8_t *bytes;
    size_t len;
    if (!path) {
        const ohm_asset *demo = ohm_asset_find(ohm_span_text(OHM_SITE_DEMO));
        assert(demo);
        return ohm_site_read(demo->bytes, OHM_SITE_DEMO, ret_site, &report);
    }
    ohm_code code = ohm_build_site_of(path, ret_site, &bytes, &len);
    free(bytes);
    return code;
}

/* FNV-1a of the site's id: houses draw differently, and one house always the same. */
static uint64_t seed_of(const char *id)
{
    uint64_t seed = UINT64_C(14695981039346656037);
    for (; *id; id++)
        seed = (seed ^ (uint8_t)*id) * UINT64_C(1099511628211);
    return seed;
}

int ohm_build_main_meter(const ohm_site *site)
{
    for (int i = 0; i < site->meters_count; i++)
        if (!strcmp(site->meters[i].id, site->main_meter))
            return i;
    return 0;
}

ohm_err ohm_build_engine(const ohm_site *site, const char *file, ohm_engine_config *ret_config)
{
    ohm_engine_config_defaults(ret_config);
    OHM_TRY(ohm_tzdata_load(site->timezone, &ret_config->tz));
    int main_meter = ohm_build_main_meter(site);
    ret_config->main_device = (uint16_t)main_meter;
    (void)snprintf(ret_config->main_id, sizeof ret_config->main_id, "%.31s",
                   site->meters[main_meter].id);
    ret_config->has_ecowatt = site->has_ecowatt;
    ret_config->meter_stale_ms = ohm_build_stale_ms(site, main_meter);
    ret_config->silence_ms[0] = ohm_build_silence_ms(site, main_meter);
    ret_config->ecowatt_threshold = (int32_t)site->ecowatt_threshold;
    ret_config->has_contract = site->has_contract;
    if (site->has_contract) {
        ohm_schema_report report = { print_line, NULL, 0 };
        ohm_code code = ohm_site_contract(site, file, &ret_config->contract, &report);
        if (code != OHM_OK)
            return ohm_fail(code, 0, "the contract is not usable");
        /* Twice what is subscribed: nothing lets more through for long. */
        int64_t most_w = 2 * (int64_t)ret_config->contract.subscribed_va;
        if (most_w > OHM_ENGINE_POWER_W_MAX)
            most_w = OHM_ENGINE_POWER_W_MAX;
        if (most_w > ret_config->power_w_max)
            ret_config->power_w_max = most_w;
    }
    /* Gap and jitter together are the usual gap: loads come back one in ten seconds at the most. */
    ret_config->restore_jitter_ms = OHM_RESTORE_GAP_MS / 4;
    ret_config->restore_gap_ms = OHM_RESTORE_GAP_MS - ret_config->restore_jitter_ms;
    ret_config->seed = seed_of(site->id);
    ret_config->base_va = (int32_t)site->base_va;
    ohm_build_loads(site, ret_config);
    ohm_build_zones(site, ret_config);
    ohm_schema_report report = { print_line, NULL, 0 };
    if (ohm_build_own_rules(site, &site->rules, file, ret_config, &ret_config->rules, &report) !=
        OHM_OK)
        return ohm_fail(OHM_BAD_FORMAT, 0, "the rules are not usable");
    return ohm_engine_config_check(ret_config);
}

/* What a driver wants to know beside its channels; its password is read when it starts. */
static void fill_board(const ohm_site_board *b, ohm_board_config *c)
{
    bool named = b->names_count > 0, modbus = strncmp(b->driver, "modbus", 6) == 0;
    c->channels_count = named    ? (uint8_t)b->names_count
                        : modbus ? (uint8_t)b->count
                                 : c->driver->channels;
    (void)snprintf(c->port, sizeof c->port, "%s", b->port);
    (void)snprintf(c->user, sizeof c->user, "%s", b->user);
    (void)snprintf(c->ca_file, sizeof c->ca_file, "%s", b->ca_file);
    for (int i = 0; i < b->names_count; i++)
        (void)snprintf(c->names[i], sizeof c->names[i], "%s", b->names[i].name);
    (void)snprintf(c->on_url, sizeof c->on_url, "%s", b->on_url);
    (void)snprintf(c->off_url, sizeof c->off_url, "%s", b->off_url);
    (void)snprintf(c->state_url, sizeof c->state_url, "%s", b->state_url);
    (void)snprintf(c->pointer, sizeof c->pointer, "%s", b->pointer);
    (void)snprintf(c->set, sizeof c->set, "%s", b->set);
    (void)snprintf(c->payload, sizeof c->payload, "%s", b->payload);
    (void)snprintf(c->own_payload, sizeof c->own_payload, "%s", b->own_payload);
    c->words = (ohm_level_words)b->words;
    c->reg = (ohm_level_unit)b->reg;
    c->unit = (uint8_t)b->unit;
    c->first = (uint16_t)b->first;
    c->baud = (uint32_t)b->baud;
    memcpy(c->framing, b->framing, sizeof c->framing);
    c->rtu = b->rtu;
    c->active_low = b->active_low;
    c->serial = (uint32_t)b->serial;
    bool knows_none = strcmp(b->driver, "zigbee2mqtt") == 0 || strcmp(b->driver, "http") == 0 ||
                      strstr(b->driver, "-level") != NULL;
    int64_t usual_s = knows_none ? 0 : DEADMAN_S;
    c->deadman_ms = (b->deadman_s < 0 ? usual_s : b->deadman_s) * OHM_SECOND_MS;
}

ohm_err ohm_build_board(const ohm_site *site, int index, ohm_board_config *ret_config)
{
    const ohm_site_board *b = &site->boards[index];
    memset(ret_config, 0, sizeof *ret_config);
    (void)snprintf(ret_config->id, sizeof ret_config->id, "%s", b->id);
    ret_config->driver = ohm_board_driver_find(b->driver);
    if (!ret_config->driver)
        return ohm_fail(
            OHM_UNKNOWN, b->line,
            "no such board driver (modbus, gpio, phidget, shelly, tasmota, zigbee2mqtt, "
            "shelly-http, shelly1-http, tasmota-http, http, mqtt-level, http-level, modbus-level, "
            "sim)");
    fill_board(b, ret_config);
    const ohm_http_dialect *dialect = ohm_http_dialect_find(b->driver);
    for (int i = 0; dialect && i < b->names_count; i++)
        if (!ohm_http_name_good(dialect, b->names[i].name))
            return ohm_fail(OHM_BAD_FORMAT, b->line, "a device is host, host:port or host/2");
    for (int c = 0; c < ret_config->channels_count; c++)
        ret_config->channels[c].load = -1;
    for (int i = 0; i < site->loads_count; i++) {
        const ohm_site_load *l = &site->loads[i];
        if (strcmp(l->board, b->id))
            continue;
        OHM_TRY(ohm_build_channels(l, i, ret_config));
    }
    return ohm_ok();
}

enum { SECRET_MAX = 512 };

static ohm_err read_secret_file(const char *path, char *out, size_t cap)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    OHM_TRY(ohm_secret_read(path, SECRET_MAX, &bytes, &len));
    size_t from = 0, to = len;
    while (from < to && bytes[from] <= ' ')
        from++;
    while (to > from && bytes[to - 1] <= ' ')
        to--;
    ohm_err err = ohm_ok();
    if (to - from >= cap || memchr(bytes, 0, len))
        err = ohm_fail(OHM_BAD_FORMAT, 0, "is too long or not text");
    else {
        memcpy(out, bytes + from, to - from);
        out[to - from] = '\0';
    }
    ohm_secret_free(bytes, len);
    return err;
}

void ohm_build_secret_place(const ohm_site_secret *secret, const char *key, char *out, size_t cap)
{
    if (secret->file[0])
        (void)snprintf(out, cap, "%s_file (%s)", key, secret->file);
    else if (secret->credential[0])
        (void)snprintf(out, cap, "%s_credential (%s)", key, secret->credential);
    else if (secret->env[0])
        (void)snprintf(out, cap, "%s_env (%s)", key, secret->env);
    else
        (void)snprintf(out, cap, "%s", key);
}

ohm_err ohm_build_secret(const ohm_site_secret *secret, char *out, size_t cap)
{
    if (secret->file[0])
        return read_secret_file(secret->file, out, cap);
    if (secret->credential[0]) {
        char path[OHM_PATH_MAX];
        OHM_TRY(ohm_credential_path(secret->credential, path));
        return read_secret_file(path, out, cap);
    }
    if (!secret->env[0])
        return ohm_fail(OHM_UNKNOWN, 0, "is not configured");
    const char *value = getenv(secret->env);
    if (!value)
        return ohm_fail(OHM_NO_KEY, 0, "names an environment variable that is not set");
    if (strlen(value) >= cap)
        return ohm_fail(OHM_TOO_BIG, 0, "is too long");
    (void)snprintf(out, cap, "%s", value);
    return ohm_ok();
}

/* --- signals -------------------------------------------------------------------------------- */

ohm_err ohm_build_signal(const ohm_site_signal *signal, ohm_ask *out)
{
    bool placed =
        signal->latitude_e4 != OHM_SITE_NOWHERE && signal->longitude_e4 != OHM_SITE_NOWHERE;
    if (ohm_ask_wants_place(signal->source) && !placed)
        return ohm_fail(OHM_NO_KEY, 0, "latitude and longitude are missing");
    if (signal->source == OHM_SOURCE_FORECAST_SOLAR && signal->power_w == 0)
        return ohm_fail(OHM_NO_KEY, 0, "power_kwp is missing");
    *out = (ohm_ask){ .source = signal->source,
                      .latitude_e4 = signal->latitude_e4,
                      .longitude_e4 = signal->longitude_e4,
                      .tilt_deg = signal->tilt_deg,
                      .azimuth_deg = signal->azimuth_deg,
                      .power_w = signal->power_w };
    (void)snprintf(out->url, sizeof out->url, "%s", signal->url);
    (void)snprintf(out->area, sizeof out->area, "%s", signal->area);
    (void)snprintf(out->client_id, sizeof out->client_id, "%s", signal->client_id);
    (void)snprintf(out->pointer, sizeof out->pointer, "%s", signal->pointer);
    (void)snprintf(out->start, sizeof out->start, "%s", signal->start);
    (void)snprintf(out->end, sizeof out->end, "%s", signal->end);
    (void)snprintf(out->value, sizeof out->value, "%s", signal->value);
    (void)snprintf(out->unit, sizeof out->unit, "%s", signal->unit);
    (void)snprintf(out->ven_name, sizeof out->ven_name, "%s", signal->ven_name);
    (void)snprintf(out->resource, sizeof out->resource, "%s", signal->resource);
    (void)snprintf(out->target_type, sizeof out->target_type, "%s", signal->target_type);
    (void)snprintf(out->targets, sizeof out->targets, "%s", signal->targets);
    (void)snprintf(out->token_url, sizeof out->token_url, "%s", signal->token_url);
    out->reports = signal->reports;
    ohm_err err = ohm_build_secret(&signal->secret, out->secret, sizeof out->secret);
    if (ohm_failed(err) && err.code != OHM_UNKNOWN)
        return err;
    return ohm_ask_check(out);
}

ohm_err ohm_build_ecowatt(const ohm_site *site, ohm_ask *out)
{
    *out = (ohm_ask){ .source = OHM_SOURCE_ECOWATT };
    (void)snprintf(out->url, sizeof out->url, "%s", site->ecowatt_url);
    (void)snprintf(out->client_id, sizeof out->client_id, "%s", site->ecowatt_client_id);
    OHM_TRY(ohm_build_secret(&site->ecowatt_secret, out->secret, sizeof out->secret));
    return ohm_ask_check(out);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* An even number of hexadecimal digits into at most `cap` bytes; 0 if they are not that. */
static size_t from_hex(const char *text, uint8_t *out, size_t cap)
{
    size_t digits = strlen(text);
    if (digits % 2 || digits / 2 > cap)
        return 0;
    for (size_t i = 0; i < digits; i += 2) {
        int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0)
            return 0;
        out[i / 2] = (uint8_t)(high << 4 | low);
    }
    return digits / 2;
}

static ohm_err read_key(const ohm_site_secret *secret, uint8_t *out, uint8_t *ret_len)
{
    char text[SECRET_MAX];
    ohm_err err = ohm_build_secret(secret, text, sizeof text);
    if (err.code == OHM_UNKNOWN && !secret->file[0] && !secret->credential[0] && !secret->env[0])
        return ohm_ok(); /* none configured */
    if (!ohm_failed(err)) {
        size_t len = from_hex(text, out, OHM_METER_KEY_BYTES_MAX);
        if (len == 16 || len == 32)
            *ret_len = (uint8_t)len;
        else
            err = ohm_fail(OHM_BAD_FORMAT, 0, "is not 32 or 64 hexadecimal digits");
    }
    ohm_wipe(text, sizeof text);
    return err;
}

/* All but its secrets. */
static void plain_meter(const ohm_site *site, int index, ohm_meter_config *out)
{
    const ohm_site_meter *m = &site->meters[index];
    memset(out, 0, sizeof *out);
    out->device = (uint16_t)index;
    (void)snprintf(out->address, sizeof out->address, "%s", m->port);
    out->baud = (uint32_t)m->baud;
    (void)snprintf(out->framing, sizeof out->framing, "%s", m->framing);
    (void)snprintf(out->protocol, sizeof out->protocol, "%s", ohm_site_protocols[m->protocol]);
    (void)snprintf(out->profile, sizeof out->profile, "%s", m->profile);
    (void)snprintf(out->device_address, sizeof out->device_address, "%s", m->address);
    (void)snprintf(out->settings, sizeof out->settings, "%s", m->settings);
    out->deeds.allow_disconnect = m->allow_disconnect;
    out->every_ms = m->every_ms;
    out->drop_echo = m->echo;
    out->timezone = m->timezone[0] ? m->timezone : site->timezone;
    out->stale_after_ms = m->stale_after_s * OHM_SECOND_MS;
    if (m->system_title[0])
        out->has_system_title = from_hex(m->system_title, out->system_title, 8) == 8;
    out->pin_first_title = true; /* trust on first use; `ohmstead meter reset` ends it */
}

int ohm_build_find_meter(const ohm_site *site, const char *id)
{
    for (int i = 0; i < site->meters_count; i++)
        if (!strcmp(site->meters[i].id, id))
            return i;
    return -1;
}

ohm_meter_place ohm_build_place(const ohm_site *site, int index)
{
    const ohm_site_meter *m = &site->meters[index];
    ohm_meter_place place = { -1, -1 };
    for (int i = 0; i < site->meters_count; i++) {
        if (!site->meters[i].merge)
            continue;
        const ohm_site_merge *merge = &site->merges[site->meters[i].merge - 1];
        for (int s = 0; s < merge->from_count && place.source_of < 0; s++)
            if (!strcmp(merge->from[s].id, m->id))
                place.source_of = i;
    }
    if (m->rest)
        place.part_of = m->rest - 1;
    else if (m->submeters_of[0])
        place.part_of = ohm_build_find_meter(site, m->submeters_of);
    return place;
}

void ohm_build_merge(const ohm_site *site, int index, ohm_merge_config *ret_config)
{
    const ohm_site_merge *merge = &site->merges[site->meters[index].merge - 1];
    *ret_config = (ohm_merge_config){
        .device = (uint16_t)index,
        .sources_count = (uint8_t)merge->from_count,
        .rules_count = (uint8_t)merge->orders_count,
        .tolerance_permille = (int32_t)merge->tolerance_permille,
    };
    for (int i = 0; i < merge->from_count; i++) {
        int source = ohm_build_find_meter(site, merge->from[i].id);
        ret_config->sources[i] =
            (ohm_merge_source){ (uint16_t)source, ohm_build_stale_ms(site, source) };
    }
    for (int r = 0; r < merge->orders_count; r++) {
        const ohm_site_order *order = &merge->orders[r];
        ohm_merge_rule *rule = &ret_config->rules[r];
        rule->quantity = (uint16_t)order->quantity;
        rule->count = (uint8_t)order->from_count;
        for (int i = 0; i < order->from_count; i++)
            for (int s = 0; s < merge->from_count; s++)
                if (!strcmp(order->from[i].id, merge->from[s].id))
                    rule->order[i] = (uint8_t)s;
    }
}

void ohm_build_rest(const ohm_site *site, int index, ohm_residue_config *ret_config)
{
    int main = site->meters[index].rest - 1;
    *ret_config = (ohm_residue_config){
        .device = (uint16_t)index,
        .main = { (uint16_t)main, ohm_build_stale_ms(site, main) },
    };
    for (int i = 0; i < site->meters_count; i++) {
        if (strcmp(site->meters[i].submeters_of, site->meters[main].id) != 0)
            continue;
        assert(ret_config->subs_count < OHM_RESIDUE_SUBS_MAX);
        ret_config->subs[ret_config->subs_count++] =
            (ohm_residue_meter){ (uint16_t)i, ohm_build_stale_ms(site, i) };
    }
}

/* A merge is as old as the slowest of its sources may be. */
static int64_t merge_stale_ms(const ohm_site *site, const ohm_site_merge *merge)
{
    int64_t most_ms = 0;
    for (int i = 0; i < merge->from_count; i++) {
        int64_t ms = ohm_build_stale_ms(site, ohm_build_find_meter(site, merge->from[i].id));
        most_ms = ms > most_ms ? ms : most_ms;
    }
    return most_ms;
}

int64_t ohm_build_stale_ms(const ohm_site *site, int index)
{
    ohm_meter_config config;
    if (site->meters[index].merge)
        return merge_stale_ms(site, &site->merges[site->meters[index].merge - 1]);
    if (site->meters[index].rest) /* as fresh as its main meter */
        return ohm_build_stale_ms(site, site->meters[index].rest - 1);
    plain_meter(site, index, &config);
    return ohm_meter_stale_after_ms(&config);
}

int64_t ohm_build_silence_ms(const ohm_site *site, int index)
{
    const ohm_site_meter *m = &site->meters[index];
    if (m->rest)
        return ohm_build_silence_ms(site, m->rest - 1);
    int64_t s = m->stale_after_s;
    const ohm_site_merge *merge = m->merge ? &site->merges[m->merge - 1] : NULL;
    for (int i = 0; merge && i < merge->from_count; i++) {
        int64_t its_s = site->meters[ohm_build_find_meter(site, merge->from[i].id)].stale_after_s;
        s = its_s > s ? its_s : s;
    }
    int64_t ms = s * OHM_SECOND_MS;
    return ms < OHM_SUPPLY_SILENCE_MS_MAX ? ms : OHM_SUPPLY_SILENCE_MS_MAX;
}

static ohm_err read_password(const ohm_site_secret *secret, char *out, size_t cap)
{
    ohm_err err = ohm_build_secret(secret, out, cap);
    bool none = err.code == OHM_UNKNOWN && !secret->file[0] && !secret->credential[0];
    return none && !secret->env[0] ? ohm_ok() : err;
}

void ohm_build_meter_key(const char *id, char out[static OHM_STORE_KEY_MAX])
{
    (void)snprintf(out, OHM_STORE_KEY_MAX, "meter.%.50s", id);
}

ohm_err ohm_build_board_password(const ohm_site *site, int index, ohm_board_config *config)
{
    return read_password(&site->boards[index].password, config->password, sizeof config->password);
}

ohm_err ohm_build_meter(const ohm_site *site, int index, ohm_meter_config *ret_config, char *detail,
                        size_t detail_cap)
{
    const ohm_site_meter *m = &site->meters[index];
    plain_meter(site, index, ret_config);
    const char *which = "key";
    const ohm_site_secret *secret = &m->key;
    ohm_err err = read_key(secret, ret_config->key, &ret_config->key_len);
    if (!ohm_failed(err)) {
        which = "auth_key";
        secret = &m->auth_key;
        err = read_key(secret, ret_config->auth_key, &ret_config->auth_key_len);
    }
    if (!ohm_failed(err)) {
        which = "password";
        secret = &m->password;
        err = read_password(secret, ret_config->password, sizeof ret_config->password);
    }
    if (ohm_failed(err)) {
        char key[OHM_SITE_TEXT_MAX + 16];
        (void)snprintf(key, sizeof key, "meters.%s.%s", m->id, which);
        ohm_build_secret_place(secret, key, detail, detail_cap);
    }
    return err;
}

/* "0.001" of nano parts as the fewest digits: 1, -3. */
static void set_factor(ohm_pick_rule *rule, int64_t scale_nano, int unit_exponent)
{
    rule->factor = scale_nano;
    rule->exponent = unit_exponent - 9;
    while (rule->factor != 0 && rule->factor % 10 == 0) {
        rule->factor /= 10;
        rule->exponent++;
    }
}

/* One value as a rule, once its unit is known to be one of the quantity. */
static ohm_err make_rule(const ohm_site_value *v, bool alone, ohm_payload_rule *out)
{
    const ohm_quantity *quantity = ohm_quantity_get((ohm_quantity_id)v->quantity);
    const char *base = quantity->unit;
    int exponent = 0;
    bool given = v->unit[0] && strcmp(v->unit, quantity->unit) != 0;
    if (given && ohm_pick_unit(v->unit, &base, &exponent) != OHM_OK)
        return ohm_fail(OHM_UNKNOWN, v->line, "the unit is not known");
    if (strcmp(base, quantity->unit) != 0)
        return ohm_fail(OHM_CONFLICT, v->line, "the unit is not one of this quantity");
    if (!v->pointer[0] && !v->pattern[0] && !alone && !v->topic[0])
        return ohm_fail(OHM_BAD_FORMAT, v->line, "says neither pointer nor pattern");
    *out = (ohm_payload_rule){ .pick.quantity = (uint16_t)v->quantity };
    (void)snprintf(out->topic, sizeof out->topic, "%s", v->topic);
    (void)snprintf(out->pick.pointer, sizeof out->pick.pointer, "%s", v->pointer);
    (void)snprintf(out->pick.pattern, sizeof out->pick.pattern, "%s", v->pattern);
    set_factor(&out->pick, v->scale_nano, exponent);
    return ohm_ok();
}

ohm_err ohm_build_rules(const ohm_site_value *values, uint16_t count, const char *name,
                        ohm_payload_rule rules[static OHM_PICK_RULES_MAX], char *detail,
                        size_t detail_cap)
{
    assert(count <= OHM_PICK_RULES_MAX);
    for (int i = 0; i < count; i++) {
        (void)snprintf(detail, detail_cap, "meters.%s.values.%s", name,
                       ohm_quantity_get((ohm_quantity_id)values[i].quantity)->name);
        OHM_TRY(make_rule(&values[i], count == 1, &rules[i]));
    }
    return ohm_ok();
}

static ohm_err preset_rules(const ohm_site *site, const ohm_site_meter *m, ohm_preset *preset,
                            ohm_payload_rule rules[static OHM_PICK_RULES_MAX], uint16_t *ret_count,
                            char *detail, size_t detail_cap)
{
    char fault[OHM_PRESET_FAULT_MAX] = "";
    ohm_site_value values[OHM_PRESET_VALUES_MAX];
    const ohm_preset_given given = { site->parameters + m->parameters_first, m->parameters_count };
    ohm_code code =
        ohm_preset_load(m->preset, site->profiles[0] ? site->profiles : NULL, preset, fault);
    if (code == OHM_OK)
        code = ohm_preset_values(preset, &given, site->values + m->values_first, m->values_count,
                                 values, ret_count, fault);
    if (code == OHM_OK)
        return ohm_build_rules(values, *ret_count, m->id, rules, detail, detail_cap);
    (void)snprintf(detail, detail_cap, "meters.%s.preset: %s", m->id, fault);
    return ohm_fail(code, m->line, "the preset can't be used");
}

ohm_err ohm_build_payload(const ohm_site *site, int index,
                          ohm_payload_rule rules[static OHM_PICK_RULES_MAX],
                          ohm_payload_config *ret_config, char *detail, size_t detail_cap)
{
    const ohm_site_meter *m = &site->meters[index];
    uint16_t count = m->values_count;
    if (m->preset[0]) {
        ohm_preset *preset = malloc(sizeof *preset);
        ohm_err err = preset ? preset_rules(site, m, preset, rules, &count, detail, detail_cap)
                             : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
        free(preset);
        OHM_TRY(err);
    } else {
        OHM_TRY(ohm_build_rules(site->values + m->values_first, count, m->id, rules, detail,
                                detail_cap));
    }
    *ret_config = (ohm_payload_config){
        .rules = rules,
        .count = count,
        .time = m->time,
        .user = m->user[0] ? m->user : NULL,
    };
    return ohm_ok();
}
