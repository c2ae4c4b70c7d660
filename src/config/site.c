#include "config/site.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "config/preset.h"

void ohm_site_defaults(ohm_site *site)
{
    memset(site, 0, offsetof(ohm_site, meters)); /* a meter has its defaults when it is read */
    (void)snprintf(site->id, sizeof site->id, "home");
    (void)snprintf(site->timezone, sizeof site->timezone, "Europe/Paris");
    (void)snprintf(site->listen, sizeof site->listen, "127.0.0.1:8420");
    (void)snprintf(site->ecowatt_url, sizeof site->ecowatt_url,
                   "https://digital.iservices.rte-france.com");
    site->ecowatt_threshold = 2;
    site->commit_s = 60;
    ohm_site_plan_defaults(&site->plan);
    site->events_keep_days = 7;
    for (int i = 0; i < OHM_LOADS_MAX; i++) {
        ohm_site_load *l = &site->loads[i];
        l->tier = 1;
        l->failsafe = -1; /* as the contact leaves it */
        l->on_min_s = l->off_min_s = 60;
        l->rest_min_s = 3600;
        l->channel = l->positive = l->negative = l->full = -1;
        l->contact = -1;
        l->step = l->safe = -1;
        l->phases = 1;
        l->voltage = 230;
    }
}

typedef struct check {
    ohm_site *site;
    const char *file;
    ohm_schema_report *report;
} check;

#define WRONG(c, line, path, ...)                                                                  \
    ohm_schema_error((c)->report, (c)->file, (line), (path), __VA_ARGS__)

/* Ids end up in series' keys and in URLs. */
static bool is_id(const char *text)
{
    if (!*text)
        return false;
    for (const char *p = text; *p; p++)
        if (!(*p >= 'a' && *p <= 'z') && !(*p >= '0' && *p <= '9') && *p != '_' && *p != '-')
            return false;
    return true;
}

static void check_id(check *c, unsigned line, const char *path, const char *id)
{
    if (!is_id(id))
        WRONG(c, line, path, "'%s' may hold a-z, 0-9, _ and - only", id);
}

static bool is_hex(const char *text, size_t digits)
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        if (!isxdigit((unsigned char)text[i]))
            return false;
    return n == digits;
}

static void check_secret(check *c, unsigned line, const char *path, const ohm_site_secret *s,
                         bool required)
{
    int given = (s->file[0] != 0) + (s->env[0] != 0) + (s->credential[0] != 0);
    if (given > 1)
        WRONG(c, line, path, "give one of _file, _env and _credential, not several");
    else if (!given && required)
        WRONG(c, line, path, "is missing: give it as _file, _env or _credential");
}

/* The three parts of a series' key that come from here, and their slashes, must fit the store. */
static void check_key(check *c, const ohm_site_meter *m)
{
    size_t len = strlen(c->site->id) + strlen(m->zone) + strlen(m->id) + 2;
    if (strlen(m->id) > OHM_SITE_METER_ID_MAX)
        WRONG(c, m->line, "meters.id", "'%s' is longer than %d characters", m->id,
              OHM_SITE_METER_ID_MAX);
    else if (len > OHM_SITE_DEVICE_KEY_MAX)
        WRONG(c, m->line, "meters", "'%s/%s/%s' is %zu characters long, at most %d are accepted",
              c->site->id, m->zone, m->id, len, OHM_SITE_DEVICE_KEY_MAX);
}

/* What a preset says of the source, where the source itself does not. */
static void take_preset(check *c, ohm_site_meter *m, const ohm_preset *preset)
{
    char fault[OHM_PRESET_FAULT_MAX] = "the address is too long", port[OHM_SITE_PATH_MAX];
    ohm_site_value values[OHM_PRESET_VALUES_MAX];
    uint16_t count;
    const ohm_preset_given given = { c->site->parameters + m->parameters_first,
                                     m->parameters_count };
    if (m->protocol != 0 && m->protocol != preset->protocol) {
        WRONG(c, m->line, "meters.protocol", "'%s' is not the preset's, which is %s",
              ohm_site_protocols[m->protocol], ohm_site_protocols[preset->protocol]);
        return;
    }
    m->protocol = preset->protocol;
    if (ohm_preset_port(preset, &given, m->port, port, fault) != OHM_OK ||
        ohm_preset_values(preset, &given, c->site->values + m->values_first, m->values_count,
                          values, &count, fault) != OHM_OK) {
        WRONG(c, m->line, "meters.with", "%s", fault);
        return;
    }
    memcpy(m->port, port, sizeof m->port);
    if (!m->time[0])
        memcpy(m->time, preset->time, sizeof m->time);
    m->every_ms = m->every_ms ? m->every_ms : preset->every_ms;
    m->stale_after_s = m->stale_after_s ? m->stale_after_s : preset->stale_after_s;
}

static void check_preset(check *c, ohm_site_meter *m)
{
    char fault[OHM_PRESET_FAULT_MAX] = "out of memory";
    const char *folder = c->site->profiles[0] ? c->site->profiles : NULL;
    if (!m->preset[0]) {
        if (m->parameters_count > 0)
            WRONG(c, m->line, "meters.with", "is of a preset, and none is named");
        return;
    }
    ohm_preset *preset = malloc(sizeof *preset);
    if (preset && ohm_preset_load(m->preset, folder, preset, fault) == OHM_OK)
        take_preset(c, m, preset);
    else
        WRONG(c, m->line, "meters.preset", "%s", fault);
    free(preset);
}

static int protocol_of(const char *name)
{
    for (int i = 0; ohm_site_protocols[i]; i++)
        if (!strcmp(ohm_site_protocols[i], name))
            return i;
    return 0;
}

/* Is the protocol one of payloads, and the port one of it? Where none is named the port says it. */
static void check_port(check *c, ohm_site_meter *m)
{
    static const struct {
        const char *protocol, *starts[2], *accepted;
    } rows[] = {
        { "mqtt", { "mqtt://", "mqtts://" }, "mqtt://host/topic or mqtts://host/topic" },
        { "http", { "http://", "https://" }, "http://host/path or https://host/path" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool begins = !strncmp(m->port, rows[i].starts[0], strlen(rows[i].starts[0])) ||
                      !strncmp(m->port, rows[i].starts[1], strlen(rows[i].starts[1]));
        if (begins && m->protocol == 0)
            m->protocol = protocol_of(rows[i].protocol);
        if (strcmp(rows[i].protocol, ohm_site_protocols[m->protocol]) != 0)
            continue;
        if (!begins)
            WRONG(c, m->line, "meters.port", "'%s' is not %s", m->port, rows[i].accepted);
        if (m->values_count == 0 && !m->preset[0])
            WRONG(c, m->line, "meters.values",
                  "is empty: say what is in the payloads, one quantity and pointer each, or name "
                  "a preset");
        return;
    }
    bool demo = !strcmp(c->file, OHM_SITE_DEMO) && !strncmp(m->port, "sim:", 4);
    if (strncmp(m->port, "serial:/", 8) && strncmp(m->port, "tcp:", 4) &&
        strncmp(m->port, "udp:", 4) && strncmp(m->port, "file:", 5) && !demo)
        WRONG(c, m->line, "meters.port",
              "'%s' is not serial:/dev/..., tcp:host:port, udp:host:port or file:PATH", m->port);
    if (m->values_count > 0)
        WRONG(c, c->site->values[m->values_first].line, "meters.values",
              "are of the protocols mqtt and http only");
}

static void check_name(check *c, int index)
{
    ohm_site_meter *m = &c->site->meters[index];
    check_id(c, m->line, m->merge ? "merge.id" : "meters.id", m->id);
    check_id(c, m->line, m->merge ? "merge.zone" : "meters.zone", m->zone);
    check_key(c, m);
    for (int i = 0; i < index; i++)
        if (!strcmp(c->site->meters[i].id, m->id))
            WRONG(c, m->line, m->merge ? "merge.id" : "meters.id",
                  "'%s' is already the id of another meter", m->id);
    if (!m->name[0])
        memcpy(m->name, m->id, sizeof m->name);
}

static void check_meter(check *c, int index)
{
    static const char *const framings[] = { "8N1", "8E1", "7E1", "8O1", "7O1" };
    ohm_site_meter *m = &c->site->meters[index];
    check_name(c, index);
    check_preset(c, m);
    check_port(c, m);
    bool known = !m->framing[0]; /* as usual for the protocol */
    for (size_t i = 0; i < sizeof framings / sizeof *framings; i++)
        known = known || !strcmp(m->framing, framings[i]);
    if (!known)
        WRONG(c, m->line, "meters.framing", "'%s' is not 8N1, 8E1, 7E1, 8O1 or 7O1", m->framing);
    if (m->system_title[0] && !is_hex(m->system_title, 16))
        WRONG(c, m->line, "meters.system_title", "is not 16 hexadecimal digits");
    check_secret(c, m->line, "meters.key", &m->key, false);
    check_secret(c, m->line, "meters.auth_key", &m->auth_key, false);
    check_secret(c, m->line, "meters.password", &m->password, false);
}

static const ohm_site_board *find_board(const ohm_site *site, const char *id)
{
    for (int i = 0; i < site->boards_count; i++)
        if (!strcmp(site->boards[i].id, id))
            return &site->boards[i];
    return NULL;
}

static void check_web(check *c)
{
    const ohm_site *site = c->site;
    char address[OHM_SITE_TEXT_MAX];
    uint8_t bytes[16];
    uint16_t port;
    if (!ohm_listen_parse(site->listen, address, sizeof address, &port)) {
        WRONG(c, site->web_line, "web.listen", "'%s' is not address:port, such as 127.0.0.1:8420",
              site->listen);
        return;
    }
    if (inet_pton(AF_INET, address, bytes) != 1 && inet_pton(AF_INET6, address, bytes) != 1)
        WRONG(c, site->web_line, "web.listen",
              "'%s' is a name: give an IP address, such as 127.0.0.1", address);
    for (int i = 0; i < site->proxies_count; i++) {
        const char *proxy = site->proxies[i].name;
        if (inet_pton(AF_INET, proxy, bytes) != 1 && inet_pton(AF_INET6, proxy, bytes) != 1)
            WRONG(c, site->web_line, "web.trusted_proxies", "'%s' is not an IP address", proxy);
    }
    bool local = !strncmp(address, "127.", 4) || !strcmp(address, "::1");
    if (site->behind_proxy && !local && site->proxies_count == 0)
        WRONG(c, site->web_line, "web.behind_proxy",
              "off loopback it needs trusted_proxies, the addresses of the proxy: to everybody "
              "else it would be plain HTTP");
}

static void check_boards(check *c)
{
    for (int i = 0; i < c->site->boards_count; i++) {
        ohm_site_board *b = &c->site->boards[i];
        check_id(c, b->line, "boards.id", b->id);
        if (find_board(c->site, b->id) != b)
            WRONG(c, b->line, "boards.id", "'%s' is already the id of another board", b->id);
        ohm_site_check_board(b, c->file, c->report);
    }
}

/* --- merges -------------------------------------------------------------------------------- */

static bool is_meter(const ohm_site *site, const char *id)
{
    for (int i = 0; i < site->meters_count; i++)
        if (!site->meters[i].merge && !strcmp(site->meters[i].id, id))
            return true;
    return false;
}

static void check_sources(check *c, unsigned line, const char *path, const ohm_site_source *from,
                          int count)
{
    for (int i = 0; i < count; i++) {
        if (!is_meter(c->site, from[i].id))
            WRONG(c, line, path, "'%s' is not the id of a meter", from[i].id);
        for (int j = 0; j < i; j++)
            if (!strcmp(from[i].id, from[j].id))
                WRONG(c, line, path, "'%s' is given twice", from[i].id);
    }
}

static bool is_source(const ohm_site_merge *merge, const char *id)
{
    for (int i = 0; i < merge->from_count; i++)
        if (!strcmp(merge->from[i].id, id))
            return true;
    return false;
}

static void check_order(check *c, const ohm_site_merge *merge, const ohm_site_order *order)
{
    static const char path[] = "merge.quantities.from";
    check_sources(c, merge->line, path, order->from, order->from_count);
    for (int i = 0; i < order->from_count; i++)
        if (!is_source(merge, order->from[i].id))
            WRONG(c, merge->line, path, "'%s' is not one of merge.from", order->from[i].id);
}

/* A merge stands among the meters, so that it has a series, a place and a state like them. */
static void check_merge(check *c, int index)
{
    ohm_site *site = c->site;
    const ohm_site_merge *merge = &site->merges[index];
    if (merge->from_count < 2)
        WRONG(c, merge->line, "merge.from", "two sources at least are needed");
    check_sources(c, merge->line, "merge.from", merge->from, merge->from_count);
    for (int i = 0; i < merge->orders_count; i++)
        check_order(c, merge, &merge->orders[i]);
    if (site->meters_count == OHM_SITE_METERS_MAX) {
        WRONG(c, merge->line, "merge", "meters and merges are more than %d", OHM_SITE_METERS_MAX);
        return;
    }
    ohm_site_meter *m = &site->meters[site->meters_count++];
    memset(m, 0, sizeof *m);
    memcpy(m->id, merge->id, sizeof m->id);
    memcpy(m->zone, merge->zone, sizeof m->zone);
    memcpy(m->name, merge->name, sizeof m->name);
    m->merge = index + 1;
    m->line = merge->line;
    check_name(c, site->meters_count - 1);
}

/* --- sub-meters ----------------------------------------------------------------------------- */

static int find_meter(const ohm_site *site, const char *id)
{
    for (int i = 0; i < site->meters_count; i++)
        if (!site->meters[i].rest && !strcmp(site->meters[i].id, id))
            return i;
    return -1;
}

static void check_submeter(check *c, int index)
{
    const ohm_site_meter *m = &c->site->meters[index];
    int main = m->submeters_of[0] ? find_meter(c->site, m->submeters_of) : index;
    if (main < 0)
        WRONG(c, m->line, "meters.submeters_of", "'%s' is not the id of a meter", m->submeters_of);
    else if (m->submeters_of[0] && main == index)
        WRONG(c, m->line, "meters.submeters_of", "a meter is no sub-meter of itself");
    else if (!strcmp(c->site->meters[main].submeters_of, m->id) && m->submeters_of[0])
        WRONG(c, m->line, "meters.submeters_of", "'%s' is its own sub-meter's", m->submeters_of);
}

/* What none of its sub-meters counts stands among the meters too: "divers", of a second main
 * meter "<id>-divers". */
static void add_rest(check *c, int main, int number)
{
    ohm_site *site = c->site;
    const ohm_site_meter *of = &site->meters[main];
    if (site->meters_count == OHM_SITE_METERS_MAX || number == OHM_SITE_RESTS_MAX) {
        WRONG(c, of->line, "meters.submeters_of", "too many meters, or meters with sub-meters");
        return;
    }
    ohm_site_meter *m = &site->meters[site->meters_count++];
    memset(m, 0, sizeof *m);
    static const char alone[] = "divers", tail[] = "-divers";
    size_t len = number == 0 ? 0 : strnlen(of->id, OHM_SITE_METER_ID_MAX + 1 - sizeof tail);
    memcpy(m->id, of->id, len);
    memcpy(m->id + len, len ? tail : alone, len ? sizeof tail : sizeof alone);
    memcpy(m->zone, of->zone, sizeof m->zone);
    if (number == 0)
        memcpy(m->name, "Divers", sizeof "Divers");
    m->rest = main + 1;
    m->line = of->line;
    check_name(c, site->meters_count - 1);
}

static void check_submeters(check *c)
{
    int counts[OHM_SITE_METERS_MAX] = { 0 }, number = 0;
    int meters = c->site->meters_count;
    for (int i = 0; i < meters; i++) {
        int main = find_meter(c->site, c->site->meters[i].submeters_of);
        check_submeter(c, i);
        if (main >= 0 && ++counts[main] == OHM_SITE_SUBMETERS_MAX + 1)
            WRONG(c, c->site->meters[i].line, "meters.submeters_of", "more than %d of one meter",
                  OHM_SITE_SUBMETERS_MAX);
    }
    for (int i = 0; i < meters; i++)
        if (counts[i] > 0)
            add_rest(c, i, number++);
}

/* Ids are names of what is kept, so that they may not meet. */
static void check_signals(check *c)
{
    ohm_site *site = c->site;
    for (int i = 0; i < site->signals_count; i++) {
        ohm_site_signal *s = &site->signals[i];
        if (!s->id[0])
            (void)snprintf(s->id, sizeof s->id, "%s", ohm_source_of(s->source)->name);
        check_id(c, s->line, "signals.id", s->id);
        check_secret(c, s->line, "signals.client_secret", &s->secret, false);
        bool taken = !strcmp(s->id, "ecowatt");
        for (int k = 0; k < i; k++)
            taken = taken || !strcmp(site->signals[k].id, s->id);
        if (taken)
            WRONG(c, s->line, "signals.id", "'%s' is taken: give this one an id", s->id);
    }
}

/* --- mirrors ------------------------------------------------------------------------------ */

static void check_mirror(check *c, int index)
{
    const ohm_site_mirror *m = &c->site->mirrors[index];
    check_id(c, m->line, "mirrors.id", m->id);
    for (int i = 0; i < index; i++)
        if (!strcmp(c->site->mirrors[i].id, m->id))
            WRONG(c, m->line, "mirrors.id", "'%s' is already the id of another mirror", m->id);
    if (!m->url[0] && !m->write[0])
        WRONG(c, m->line, "mirrors.url", "is missing: give url, or write_url");
    if (!strcmp(ohm_site_mirror_kinds[m->kind], "victoriametrics") && !m->url[0] && !m->read[0])
        WRONG(c, m->line, "mirrors.read_url",
              "is missing: what was sent has to be read back (see docs/mirrors.md)");
    bool names_node = strstr(m->url, "{node}") || strstr(m->write, "{node}");
    if (names_node != (m->nodes_count > 0))
        WRONG(c, m->line, "mirrors.nodes", "go with {node} in url or write_url, and only with it");
    check_secret(c, m->line, "mirrors.password", &m->password, m->user[0] != 0);
    check_secret(c, m->line, "mirrors.token", &m->token,
                 !strcmp(ohm_site_mirror_kinds[m->kind], "influxdb2"));
}

/* --- PostgreSQL --------------------------------------------------------------------------- */

static bool is_this_machine(const char *host)
{
    return host[0] == '/' || !strcmp(host, "localhost") || !strncmp(host, "127.", 4) ||
           !strcmp(host, "::1");
}

static void check_postgres(check *c)
{
    const ohm_site_postgres *p = &c->site->postgres;
    if (!c->site->has_postgres)
        return;
    check_secret(c, c->site->postgres_line, "store.postgresql.password", &p->password, false);
    if (!strcmp(ohm_site_postgres_tls[p->tls], "disable") && !is_this_machine(p->host))
        WRONG(c, c->site->postgres_line, "store.postgresql.tls",
              "can be left out on this machine only, not to '%s'", p->host);
}

static void check_site(check *c)
{
    ohm_site *site = c->site;
    check_id(c, site->site_line, "site.id", site->id);
    if (!site->name[0])
        memcpy(site->name, site->id, sizeof site->name);
    if (site->meters_count == 0)
        WRONG(c, 0, "meters", "is empty: at least one is needed");
    for (int i = 0; i < site->meters_count; i++)
        check_meter(c, i);
    for (int i = 0; i < site->merges_count; i++)
        check_merge(c, i);
    check_submeters(c);
    for (int i = 0; i < site->mirrors_count; i++)
        check_mirror(c, i);
    check_postgres(c);
    bool found = !site->main_meter[0];
    for (int i = 0; i < site->meters_count; i++)
        found = found || !strcmp(site->meters[i].id, site->main_meter);
    if (!found)
        WRONG(c, site->site_line, "site.main_meter", "'%s' is not the id of a meter",
              site->main_meter);
    if (site->has_ecowatt)
        check_secret(c, site->ecowatt_line, "ecowatt.client_secret", &site->ecowatt_secret, true);
    check_signals(c);
    check_boards(c);
    for (int i = 0; i < site->limits_count; i++)
        check_id(c, site->limits[i].line, "limits.id", site->limits[i].id);
    ohm_site_check_limits(site, c->file, c->report);
    ohm_site_mark_battery(site);
    for (int i = 0; i < site->loads_count; i++) {
        check_id(c, site->loads[i].line, "loads.id", site->loads[i].id);
        ohm_site_check_load(site, i, c->file, c->report);
    }
    for (int i = 0; i < site->zones_count; i++)
        check_id(c, site->zones[i].line, "zones.id", site->zones[i].id);
    ohm_site_check_zones(site, c->file, c->report);
    ohm_site_check_plan(site, c->file, c->report);
    for (int i = 0; i < site->rules.count; i++)
        check_id(c, site->rules.items[i].line, "rules.id", site->rules.items[i].id);
    check_web(c);
}

ohm_code ohm_site_read(ohm_span yaml, const char *file, ohm_site *ret_site,
                       ohm_schema_report *report)
{
    unsigned before = report->errors;
    ohm_site_defaults(ret_site);
    ohm_code code = ohm_schema_read(ohm_site_fields, yaml, file, ret_site, report);
    if (code != OHM_OK)
        return OHM_BAD_FORMAT;
    check c = { ret_site, file, report };
    check_site(&c);
    if (ret_site->has_contract) {
        ohm_contract contract;
        code = ohm_site_contract(ret_site, file, &contract, report);
    }
    return code == OHM_OK && report->errors == before ? OHM_OK : OHM_CONFLICT;
}

bool ohm_listen_parse(const char *text, char *ret_address, size_t cap, uint16_t *ret_port)
{
    const char *colon = strrchr(text, ':');
    int64_t port;
    if (!colon || ohm_number_int(ohm_span_text(colon + 1), &port) != OHM_OK || port < 0 ||
        port > 65535)
        return false;
    const char *from = text, *to = colon;
    if (*from == '[') {
        if (to == from || to[-1] != ']')
            return false;
        from++;
        to--;
    } else if (memchr(from, ':', (size_t)(to - from))) {
        return false; /* an IPv6 address without brackets */
    }
    size_t len = (size_t)(to - from);
    if (len >= cap)
        return false;
    if (!len) {
        from = "0.0.0.0";
        len = strlen(from);
        if (len >= cap)
            return false;
    }
    memcpy(ret_address, from, len);
    ret_address[len] = '\0';
    *ret_port = (uint16_t)port;
    return true;
}
