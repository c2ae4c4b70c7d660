/* The table of the site's configuration: every key, its type, its limits, its meaning. */
#include "config/site.h"

#include "config/field_rows.h"
#include "config/values.h"

/* A test holds them against the table of the room meter. */
const char *const ohm_site_protocols[] = { "auto", "dlms", "cosem", "mbus",   "sml",
                                           "p1",   "d0",   "tic",   "modbus", "modbus-rtu",
                                           "mqtt", "http", NULL };
/* As ohm_mirror_kind counts them. */
const char *const ohm_site_mirror_kinds[] = { "victoriametrics", "influxdb1", "influxdb2", NULL };
static const char *const contacts[] = { "NC", "NO", NULL };
static const char *const failsafes[] = { "fed", "shed", NULL };

static const ohm_field site_map[] = {
    TEXT("id", ohm_site, id, false, "first part of every series' key, default home"),
    TEXT("name", ohm_site, name, false, "as shown on the page"),
    TEXT("timezone", ohm_site, timezone, false, "civil time of the site, default Europe/Paris"),
    TEXT("main_meter", ohm_site, main_meter, false, "the meter of the bill, default the first"),
    PATH("profiles", ohm_site, profiles,
         "folder of more meter profiles, those of Modbus in its subfolder modbus"),
    { 0 },
};

static void meter_defaults(void *element)
{
    ohm_site_meter *m = element;
    memset(m, 0, sizeof *m);
    memcpy(m->zone, "main", sizeof "main");
}

void ohm_site_value_defaults(void *element)
{
    *(ohm_site_value *)element = (ohm_site_value){ .scale_nano = 1000000000 };
}

const ohm_field ohm_site_value_fields[] = {
    { .key = "quantity",
      .type = OHM_FIELD_CUSTOM,
      .offset = offsetof(ohm_site_value, quantity),
      .required = true,
      .parse = ohm_value_quantity,
      .help = "what it is: temperature, power_import, energy_import..." },
    TEXT("pointer", ohm_site_value, pointer, false,
         "where it is in a JSON payload: /ENERGY/Power (RFC 6901)"),
    TEXT("pattern", ohm_site_value, pattern, false,
         "or where in text: a regular expression, its first group is the value"),
    TEXT("topic", ohm_site_value, topic, false,
         "MQTT: below the source's topic; with / in front, the whole topic"),
    TEXT("unit", ohm_site_value, unit, false, "of the payload: kWh, mA, %, default the quantity's"),
    { .key = "scale",
      .type = OHM_FIELD_DECIMAL,
      .offset = offsetof(ohm_site_value, scale_nano),
      .decimals = 9,
      .min = -INT64_C(1000000000000000),
      .max = INT64_C(1000000000000000),
      .help = "multiplies the value, default 1" },
    { 0 },
};

static const ohm_field meter_map[] = {
    TEXT("id", ohm_site_meter, id, true, "part of the series' key: a-z, 0-9, _ and -"),
    TEXT("zone", ohm_site_meter, zone, false, "part of the series' key, default main"),
    TEXT("name", ohm_site_meter, name, false, "as shown on the page, default the id"),
    TEXT("port", ohm_site_meter, port, true,
         "serial:/dev/serial/by-id/..., tcp:host:port, udp:host:port, file:PATH, "
         "mqtt://host/topic, http://..."),
    CHOICE("protocol", ohm_site_meter, protocol, ohm_site_protocols,
           "what it speaks, default auto: it is found out"),
    INT("baud", ohm_site_meter, baud, 300, 921600, false,
        "serial speed, default the protocol's usual one"),
    TEXT("framing", ohm_site_meter, framing, false,
         "8N1, 8E1 or 7E1, default the protocol's usual one"),
    TEXT("profile", ohm_site_meter, profile, false, "meter profile, default chosen by the meter"),
    TEXT("submeters_of", ohm_site_meter, submeters_of, false,
         "id of the meter that counts it too; what no sub-meter counts becomes 'divers'"),
    TEXT("timezone", ohm_site_meter, timezone, false, "of the meter's clock, default the site's"),
    TEXT("system_title", ohm_site_meter, system_title, false,
         "16 hex digits, for meters that send none"),
    SECRET("key", ohm_site_meter, key, "encryption key (GUEK), hex"),
    SECRET("auth_key", ohm_site_meter, auth_key, "authentication key (GAK), hex"),
    SECRET("password", ohm_site_meter, password, "password of a device that is asked"),
    TEXT("address", ohm_site_meter, address, false,
         "of the device on its line, as its protocol writes it: 5, a secondary address, a unit"),
    { .key = "every_s",
      .type = OHM_FIELD_DECIMAL,
      .offset = offsetof(ohm_site_meter, every_ms),
      .decimals = 3,
      .min = 100,
      .max = 86400000,
      .help = "the device is asked this often; default its protocol's pace, or listened to" },
    TEXT("settings", ohm_site_meter, settings, false,
         "how a DLMS meter is asked: line=... client=... auth=... (docs/dlms-client.md)"),
    BOOL("allow_disconnect", ohm_site_meter, allow_disconnect,
         "true: its disconnector may be moved (read --relay)"),
    BOOL("echo", ohm_site_meter, echo, "true: the line gives back what is sent"),
    INT("stale_after_s", ohm_site_meter, stale_after_s, 2, 604800, false,
        "silence after which its data counts as old, default 30 and three times its pace"),
    TEXT("user", ohm_site_meter, user, false, "MQTT, HTTP: who asks, with the password"),
    TEXT("time", ohm_site_meter, time, false,
         "MQTT, HTTP: where payloads say when, /time; default when they came"),
    TEXT("preset", ohm_site_meter, preset, false,
         "MQTT, HTTP: what the device is, and with that what is in its payloads"),
    { .key = "with",
      .type = OHM_FIELD_PAIRS,
      .offset = offsetof(ohm_site, parameters),
      .size = sizeof(ohm_schema_pair),
      .list_max = OHM_SITE_PARAMETERS_MAX,
      .count_offset = offsetof(ohm_site_meter, parameters_count),
      .pool_offset = offsetof(ohm_site, parameters_count),
      .first_offset = offsetof(ohm_site_meter, parameters_first),
      .pool_max = OHM_SITE_ALL_PARAMETERS_MAX,
      .help = "the preset's parameters: {device: salon}" },
    { .key = "values",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_site, values),
      .size = sizeof(ohm_site_value),
      .fields = ohm_site_value_fields,
      .list_max = OHM_SITE_VALUES_MAX,
      .count_offset = offsetof(ohm_site_meter, values_count),
      .pool_offset = offsetof(ohm_site, values_count),
      .first_offset = offsetof(ohm_site_meter, values_first),
      .pool_max = OHM_SITE_ALL_VALUES_MAX,
      .line_offset = offsetof(ohm_site_value, line),
      .defaults = ohm_site_value_defaults,
      .help = "MQTT, HTTP: what is in the payloads; of a preset, what is otherwise" },
    { 0 },
};

static const ohm_field source_scalar[] = {
    { .key = "",
      .type = OHM_FIELD_TEXT,
      .offset = offsetof(ohm_site_source, id),
      .size = OHM_SITE_TEXT_MAX,
      .help = "the id of a meter" },
    { 0 },
};

#define FROM(struct_type, text)                                                                    \
    {                                                                                              \
        .key = "from", .type = OHM_FIELD_LIST, .offset = offsetof(struct_type, from),              \
        .size = sizeof(ohm_site_source), .fields = source_scalar,                                  \
        .list_max = OHM_SITE_SOURCES_MAX, .count_offset = offsetof(struct_type, from_count),       \
        .required = true, .help = text                                                             \
    }

static const ohm_field order_map[] = {
    { .key = "quantity",
      .type = OHM_FIELD_CUSTOM,
      .offset = offsetof(ohm_site_order, quantity),
      .required = true,
      .parse = ohm_value_quantity,
      .help = "energy_import, power_import..." },
    FROM(ohm_site_order, "its own order; sources that are not in it are not used for it"),
    { 0 },
};

static void merge_defaults(void *element)
{
    ohm_site_merge *m = element;
    memset(m, 0, sizeof *m);
    memcpy(m->zone, "main", sizeof "main");
    m->tolerance_permille = 50;
}

static const ohm_field merge_map[] = {
    TEXT("id", ohm_site_merge, id, true, "part of the series' key, as a meter's"),
    TEXT("zone", ohm_site_merge, zone, false, "part of the series' key, default main"),
    TEXT("name", ohm_site_merge, name, false, "as shown on the page, default the id"),
    FROM(ohm_site_merge, "ids of meters, the preferred one first"),
    { .key = "tolerance_percent",
      .type = OHM_FIELD_DECIMAL,
      .offset = offsetof(ohm_site_merge, tolerance_permille),
      .decimals = 1,
      .min = 1,
      .max = 1000,
      .help = "sources that differ by more disagree, default 5" },
    { .key = "quantities",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_site_merge, orders),
      .size = sizeof(ohm_site_order),
      .fields = order_map,
      .list_max = OHM_SITE_ORDERS_MAX,
      .count_offset = offsetof(ohm_site_merge, orders_count),
      .help = "quantities with an order of their own" },
    { 0 },
};

static const ohm_field slot_scalar[] = {
    { .key = "",
      .type = OHM_FIELD_CUSTOM,
      .offset = offsetof(ohm_site_slot, slot),
      .parse = ohm_value_slot,
      .help = "22:00-06:00" },
    { 0 },
};

static const ohm_field price_map[] = {
    { .key = "from",
      .type = OHM_FIELD_CUSTOM,
      .offset = offsetof(ohm_site_price, from),
      .required = true,
      .parse = ohm_value_date,
      .help = "first local date of the price" },
    PRICE("base", base_ueur, 5000000, "EUR/kWh at any time, tax included"),
    PRICE("hp", hp_ueur, 5000000, "EUR/kWh in peak hours"),
    PRICE("hc", hc_ueur, 5000000, "EUR/kWh in off-peak hours"),
    PRICE("subscription", subscription_ueur, 100000000000, "EUR a year"),
    { 0 },
};

static const ohm_field contract_map[] = {
    TEXT("tariff", ohm_site, tariff, false,
         "a shipped tariff: bleu-base, bleu-hphc, bleu-tempo, bleu-ejp"),
    TEXT("file", ohm_site, contract_file, false, "a contract file of one's own (docs/tariffs.md)"),
    TEXT("name", ohm_site, contract_name, false, "of a contract with prices of its own"),
    { .key = "power_kva",
      .type = OHM_FIELD_DECIMAL,
      .offset = offsetof(ohm_site, power_va),
      .decimals = 3,
      .min = 1000,
      .max = 36000000,
      .required = true,
      .help = "subscribed power, kVA" },
    { .key = "off_peak",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_site, slots),
      .size = sizeof(ohm_site_slot),
      .fields = slot_scalar,
      .list_max = OHM_CONTRACT_SLOTS_MAX,
      .count_offset = offsetof(ohm_site, slots_count),
      .help = "hours, as [22:00-06:00]" },
    { .key = "prices",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_site, prices),
      .size = sizeof(ohm_site_price),
      .fields = price_map,
      .list_max = OHM_CONTRACT_ROWS_MAX,
      .count_offset = offsetof(ohm_site, prices_count),
      .help = "own prices, oldest first" },
    { 0 },
};

static const ohm_field node_rows[] = { TEXT("", ohm_site_host, name, true, "host, or host:port"),
                                       { 0 } };

static const ohm_field mirror_map[] = {
    TEXT("id", ohm_site_mirror, id, true, "names what it still has to send"),
    { .key = "kind",
      .type = OHM_FIELD_CHOICE,
      .offset = offsetof(ohm_site_mirror, kind),
      .choices = ohm_site_mirror_kinds,
      .required = true,
      .help = "victoriametrics, influxdb1 or influxdb2" },
    TEXT("url", ohm_site_mirror, url, false,
         "base address, as http://tsdb.example:8428; {site} and {node} are filled in"),
    TEXT("write_url", ohm_site_mirror, write, false,
         "where lines go, as http://{node}:8480/insert/0/influx/write; default by kind and url"),
    TEXT("read_url", ohm_site_mirror, read, false,
         "VictoriaMetrics: what /api/v1/... is added to, as "
         "http://vmselect:8481/select/0/prometheus; default url"),
    TEXT("delete_url", ohm_site_mirror, erase, false,
         "VictoriaMetrics: the same for deletions, as http://vmselect:8481/delete/0/prometheus"),
    { .key = "nodes",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_site_mirror, nodes),
      .size = sizeof(ohm_site_host),
      .fields = node_rows,
      .list_max = OHM_SITE_NODES_MAX,
      .count_offset = offsetof(ohm_site_mirror, nodes_count),
      .help = "several single nodes: a site's readings are on the one that its id falls to" },
    TEXT("user", ohm_site_mirror, user, false, "user, with a password"),
    SECRET("password", ohm_site_mirror, password, "password of the user"),
    SECRET("token", ohm_site_mirror, token, "token of InfluxDB 2, or a bearer token"),
    TEXT("database", ohm_site_mirror, database, false, "InfluxDB 1: default ohmstead"),
    TEXT("org", ohm_site_mirror, org, false, "InfluxDB 2: organisation"),
    TEXT("bucket", ohm_site_mirror, bucket, false, "InfluxDB 2: default ohmstead"),
    INT("every_s", ohm_site_mirror, every_s, 1, 86400, false, "s between two batches, default 60"),
    BOOL("single_field", ohm_site_mirror, single_field,
         "VictoriaMetrics runs with -influxSkipSingleField"),
    { 0 },
};

static const ohm_field ecowatt_map[] = {
    TEXT("client_id", ohm_site, ecowatt_client_id, true, "of the application at RTE's portal"),
    SECRET("client_secret", ohm_site, ecowatt_secret, "secret of the application"),
    TEXT("url", ohm_site, ecowatt_url, false, "base address, default RTE's"),
    INT("every_s", ohm_site, ecowatt_every_s, 900, 86400, false,
        "between two questions, default 3600; RTE allows one a quarter of an hour"),
    INT("threshold", ohm_site, ecowatt_threshold, 2, 3, false,
        "level from which loads are shed, default 2 (orange)"),
    { 0 },
};

static const ohm_field output_map[] = {
    TEXT("board", ohm_site_load, board, true, "one of boards"),
    INT("channel", ohm_site_load, channel, 0, 63, true, "from 0"),
    CHOICE("contact", ohm_site_load, contact, contacts,
           "the contact that feeds the load; NC keeps it fed when all else fails"),
    { 0 },
};

static const ohm_field comfort_map[] = {
    TEXT("meter", ohm_site_load, comfort_meter, true, "the sensor, one of meters"),
    { .key = "quantity",
      .type = OHM_FIELD_CUSTOM,
      .offset = offsetof(ohm_site_load, comfort_quantity),
      .required = true,
      .parse = ohm_value_quantity,
      .help = "temperature, battery_level..." },
    { .key = "min",
      .type = OHM_FIELD_DECIMAL,
      .offset = offsetof(ohm_site_load, comfort_milli),
      .decimals = 3,
      .min = -1000000000,
      .max = 1000000000,
      .required = true,
      .help = "below this the load is shed for a breaker or the grid's operator only" },
    { 0 },
};

static const ohm_field load_map[] = {
    TEXT("id", ohm_site_load, id, true, "a-z, 0-9, _ and -"),
    TEXT("name", ohm_site_load, name, false, "as shown on the page, default the id"),
    INT("tier", ohm_site_load, tier, 1, 99, false, "1 is shed first, default 1"),
    INT("phase", ohm_site_load, phase, 0, 3, false, "1 to 3; 0 = three-phase or not known"),
    TEXT("branch", ohm_site_load, branch, false,
         "the limit on whose branch it hangs, one with a meter"),
    INT("nominal_w", ohm_site_load, nominal_w, 1, 1000000, true, "power when it runs, W"),
    INT("on_min_s", ohm_site_load, on_min_s, 0, 86400, false, "shortest time on, default 60"),
    INT("off_min_s", ohm_site_load, off_min_s, 0, 86400, false, "shortest time off, default 60"),
    INT("shed_max_s", ohm_site_load, shed_max_s, 0, 604800, false,
        "longest shed for a signal; 0 = as long as it lasts"),
    INT("rest_min_s", ohm_site_load, rest_min_s, 0, 604800, false,
        "after such a longest shed: none again before this, default 3600"),
    { .key = "ecowatt_threshold",
      .type = OHM_FIELD_CUSTOM,
      .offset = offsetof(ohm_site_load, ecowatt_threshold),
      .parse = ohm_value_threshold,
      .help = "2, 3 or never; default the site's" },
    BOOL("never_shed", ohm_site_load, never_shed, "true: nothing may shed it"),
    INT("shed_day_s", ohm_site_load, shed_day_s, 0, 86400, false,
        "shed in 24 hours, all together: then for a breaker or the grid's operator only; 0 = as it "
        "comes"),
    TEXT("interlock", ohm_site_load, interlock, false,
         "of the loads with the same word never two are fed"),
    { .key = "comfort",
      .type = OHM_FIELD_MAP,
      .fields = comfort_map,
      .help = "what its sensor must not fall below" },
    CHOICE(
        "failsafe", ohm_site_load, failsafe, failsafes,
        "state when nothing can be known: fed with contact NC, shed with NO (the default follows)"),
    { .key = "output",
      .type = OHM_FIELD_MAP,
      .fields = output_map,
      .required = true,
      .help = "the relay that feeds it" },
    { 0 },
};

static const ohm_field host_scalar[] = {
    { .key = "",
      .type = OHM_FIELD_TEXT,
      .offset = offsetof(ohm_site_host, name),
      .size = OHM_SITE_TEXT_MAX,
      .help = "a host name" },
    { 0 },
};

static const ohm_field proxy_scalar[] = {
    { .key = "",
      .type = OHM_FIELD_TEXT,
      .offset = offsetof(ohm_site_host, name),
      .size = OHM_SITE_TEXT_MAX,
      .help = "an IP address" },
    { 0 },
};

static const ohm_field web_map[] = {
    TEXT("listen", ohm_site, listen, false, "address:port, default 127.0.0.1:8420"),
    BOOL("behind_proxy", ohm_site, behind_proxy, "true: a proxy of yours does TLS"),
    TEXT("public_origin", ohm_site, public_origin, false, "https://... as browsers see it"),
    { .key = "hosts",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_site, hosts),
      .size = sizeof(ohm_site_host),
      .fields = host_scalar,
      .list_max = OHM_SITE_HOSTS_MAX,
      .count_offset = offsetof(ohm_site, hosts_count),
      .help = "further host names by which it may be reached" },
    { .key = "trusted_proxies",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_site, proxies),
      .size = sizeof(ohm_site_host),
      .fields = proxy_scalar,
      .list_max = OHM_SITE_HOSTS_MAX,
      .count_offset = offsetof(ohm_site, proxies_count),
      .help = "with behind_proxy off loopback: who may connect, and is believed who asks" },
    { 0 },
};

static const ohm_field keep_map[] = {
    INT("after_days", ohm_site_keep, after_days, 1, 36525, true, "of readings older than this"),
    INT("every_minutes", ohm_site_keep, every_minutes, 0, 1440, true,
        "one stays in this time; 0: none"),
    { 0 },
};

/* libpq's words (PostgreSQL 15 manual, 34.19.1); the first: by where the server is. */
const char *const ohm_site_postgres_tls[] = { "default", "verify-full", "verify-ca",
                                              "require", "disable",     NULL };

static const ohm_field postgres_map[] = {
    TEXT("host", ohm_site, postgres.host, true,
         "name or address of the server, or the folder of its socket"),
    INT("port", ohm_site, postgres.port, 1, 65535, false, "default 5432"),
    TEXT("database", ohm_site, postgres.database, true, "its database, made before"),
    TEXT("user", ohm_site, postgres.user, false, "default: the user that runs ohmstead"),
    SECRET("password", ohm_site, postgres.password, "password of the user"),
    TEXT("schema", ohm_site, postgres.schema, false,
         "one for each site, default ohmstead; made if it is not there"),
    { .key = "tls",
      .type = OHM_FIELD_CHOICE,
      .offset = offsetof(ohm_site, postgres.tls),
      .choices = ohm_site_postgres_tls,
      .help = "default: verify-full, on this machine what the server offers" },
    PATH("ca_file", ohm_site, postgres.ca_file,
         "certificates that may vouch for it, default the machine's"),
    { 0 },
};

static const ohm_field store_map[] = {
    INT("commit_s", ohm_site, commit_s, 1, 3600, false,
        "readings are on disk after at most this, default 60"),
    INT("events_keep_days", ohm_site, events_keep_days, 1, 366, false,
        "how long events stay for replay, default 7"),
    { .key = "keep",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_site, keeps),
      .size = sizeof(ohm_site_keep),
      .fields = keep_map,
      .list_max = OHM_SITE_KEEPS_MAX,
      .count_offset = offsetof(ohm_site, keeps_count),
      .help = "which old readings are thinned out; without it all are kept" },
    { .key = "postgresql",
      .type = OHM_FIELD_MAP,
      .fields = postgres_map,
      .given_offset = offsetof(ohm_site, has_postgres),
      .line_offset = offsetof(ohm_site, postgres_line),
      .help = "a server that has the history, instead of the file" },
    { 0 },
};

const ohm_field ohm_site_fields[] = {
    { .key = "site",
      .type = OHM_FIELD_MAP,
      .fields = site_map,
      .line_offset = offsetof(ohm_site, site_line),
      .help = "the place" },
    { .key = "meters",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_site, meters),
      .size = sizeof(ohm_site_meter),
      .fields = meter_map,
      .list_max = OHM_SITE_METERS_MAX,
      .count_offset = offsetof(ohm_site, meters_count),
      .line_offset = offsetof(ohm_site_meter, line),
      .defaults = meter_defaults,
      .required = true,
      .help = "sources of readings" },
    { .key = "merge",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_site, merges),
      .size = sizeof(ohm_site_merge),
      .fields = merge_map,
      .list_max = OHM_SITE_MERGES_MAX,
      .count_offset = offsetof(ohm_site, merges_count),
      .line_offset = offsetof(ohm_site_merge, line),
      .defaults = merge_defaults,
      .help = "several sources of the same measurements as one" },
    { .key = "contract",
      .type = OHM_FIELD_MAP,
      .fields = contract_map,
      .given_offset = offsetof(ohm_site, has_contract),
      .line_offset = offsetof(ohm_site, contract_line),
      .help = "what the energy costs" },
    { .key = "ecowatt",
      .type = OHM_FIELD_MAP,
      .fields = ecowatt_map,
      .given_offset = offsetof(ohm_site, has_ecowatt),
      .line_offset = offsetof(ohm_site, ecowatt_line),
      .help = "RTE's Ecowatt signal" },
    { .key = "signals",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_site, signals),
      .size = sizeof(ohm_site_signal),
      .fields = ohm_site_signal_fields,
      .list_max = OHM_SITE_SIGNALS_MAX,
      .count_offset = offsetof(ohm_site, signals_count),
      .line_offset = offsetof(ohm_site_signal, line),
      .defaults = ohm_site_signal_defaults,
      .help = "what the grid, markets and the weather say" },
    { .key = "boards",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_site, boards),
      .size = sizeof(ohm_site_board),
      .fields = ohm_site_board_fields,
      .defaults = ohm_site_board_defaults,
      .list_max = OHM_SITE_BOARDS_MAX,
      .count_offset = offsetof(ohm_site, boards_count),
      .line_offset = offsetof(ohm_site_board, line),
      .help = "relay boards" },
    { .key = "limits",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_site, limits),
      .size = sizeof(ohm_site_limit),
      .fields = ohm_site_limit_fields,
      .list_max = OHM_LIMITS_MAX,
      .count_offset = offsetof(ohm_site, limits_count),
      .line_offset = offsetof(ohm_site_limit, line),
      .help = "limits of power, besides what is subscribed" },
    { .key = "shedding",
      .type = OHM_FIELD_MAP,
      .fields = ohm_site_shedding_fields,
      .help = "how loads are shed" },
    { .key = "plan",
      .type = OHM_FIELD_MAP,
      .fields = ohm_site_plan_fields,
      .line_offset = offsetof(ohm_site, plan_line),
      .help = "loads that are planned ahead, by prices and forecasts" },
    { .key = "loads",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_site, loads),
      .size = sizeof(ohm_site_load),
      .fields = load_map,
      .list_max = OHM_LOADS_MAX,
      .count_offset = offsetof(ohm_site, loads_count),
      .line_offset = offsetof(ohm_site_load, line),
      .help = "what may be shed" },
    { .key = "mirrors",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_site, mirrors),
      .size = sizeof(ohm_site_mirror),
      .fields = mirror_map,
      .list_max = OHM_SITE_MIRRORS_MAX,
      .count_offset = offsetof(ohm_site, mirrors_count),
      .line_offset = offsetof(ohm_site_mirror, line),
      .help = "engines that get a copy of the readings" },
    { .key = "web",
      .type = OHM_FIELD_MAP,
      .fields = web_map,
      .line_offset = offsetof(ohm_site, web_line),
      .help = "the page and the API" },
    { .key = "store", .type = OHM_FIELD_MAP, .fields = store_map, .help = "what is kept" },
    { 0 },
};
