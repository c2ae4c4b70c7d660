/* `boards:` of the site's configuration: the keys of every driver, and what must agree. */
#include <string.h>

#include "config/field_rows.h"
#include "config/site.h"

static const ohm_field name_scalar[] = {
    { .key = "",
      .type = OHM_FIELD_TEXT,
      .offset = offsetof(ohm_site_switch, name),
      .size = sizeof(((ohm_site_switch *)0)->name),
      .help = "a device, or device:part; a line's number or name" },
    { 0 },
};

static const char *const words[] = { "plain", "zigbee2mqtt", NULL };
static const char *const registers[] = { "W", "A", "0.1A", NULL };

const ohm_field ohm_site_board_fields[] = {
    TEXT("id", ohm_site_board, id, true, "name that loads refer to"),
    TEXT("driver", ohm_site_board, driver, true,
         "modbus, gpio, phidget, shelly, tasmota, zigbee2mqtt, shelly-http, shelly1-http, "
         "tasmota-http, "
         "http, mqtt-level and http-level for what is told a setpoint or an order as a word, "
         "modbus-level for a setpoint in a holding register, "
         "or sim: eight simulated relays"),
    TEXT("port", ohm_site_board, port, false,
         "modbus: serial:/dev/... or tcp:host:port; gpio: gpiochip0; phidget: nothing, or "
         "tcp:host:5661; switches: "
         "mqtt://host[:port][/base]"),
    INT("unit", ohm_site_board, unit, 1, 247, false, "modbus: default 1"),
    INT("first", ohm_site_board, first, 0, 65535, false, "modbus: its first coil, default 0"),
    INT("channels", ohm_site_board, count, 1, 64, false, "modbus: how many coils, default 8"),
    INT("baud", ohm_site_board, baud, 300, 4000000, false, "modbus on a line: default 9600"),
    TEXT("framing", ohm_site_board, framing, false, "modbus on a line: default 8N1"),
    BOOL("rtu", ohm_site_board, rtu, "modbus: true: serial frames inside TCP"),
    { .key = "devices",
      .type = OHM_FIELD_LIST,
      .offset = offsetof(ohm_site_board, names),
      .size = sizeof(ohm_site_switch),
      .fields = name_scalar,
      .list_max = OHM_SITE_SWITCHES_MAX,
      .count_offset = offsetof(ohm_site_board, names_count),
      .help = "of channel 0, 1 ...: shellyplus1-a8032ab1, plug:2 (its relay 2); gpio: 17, RELAY2; "
              "http: 192.168.1.40, 192.168.1.41/2" },
    TEXT("on", ohm_site_board, on_url, false,
         "http: the URL that energises; {device}, {deadman_s}"),
    TEXT("off", ohm_site_board, off_url, false, "http: the URL that lets go; {device}"),
    TEXT("set", ohm_site_board, set, false,
         "levels: the topic or URL of an order; {device}, {w}, {a}, {order}, {deadman_s}"),
    TEXT(
        "payload", ohm_site_board, payload, false,
        "levels: what is published there, or posted; the same; without it http-level gets the URL"),
    TEXT("own_payload", ohm_site_board, own_payload, false,
         "levels: what leaves a battery to its inverter's own mode; without it: saying nothing"),
    CHOICE("register", ohm_site_board, reg, registers,
           "modbus-level: what its holding registers count, W (the default), A or 0.1A"),
    CHOICE(
        "words", ohm_site_board, words, words,
        "levels: what {order} is: confort, hors_gel... (plain), or comfort, frost_protection..."),
    TEXT("state", ohm_site_board, state_url, false,
         "http: the URL that says where it is; levels: likewise, or the topic; {device}"),
    TEXT("pointer", ohm_site_board, pointer, false,
         "http, levels: where the state is in that answer (JSON pointer); default all of it"),
    INT("serial", ohm_site_board, serial, 1, INT32_MAX, false, "phidget: of the board"),
    BOOL("active_low", ohm_site_board, active_low, "gpio: true: a low level energises the coil"),
    TEXT("user", ohm_site_board, user, false, "switches: of the broker"),
    SECRET("password", ohm_site_board, password, "password of that user"),
    PATH("ca_file", ohm_site_board, ca_file, "switches: certificates to trust, mqtts only"),
    INT("deadman_s", ohm_site_board, deadman_s, 0, 3600, false,
        "switches: they let go when nothing was said for so long; 0 = never; default 300, "
        "zigbee2mqtt 0; phidget: 30 at the most, the default"),
    { 0 },
};

void ohm_site_board_defaults(void *board)
{
    *(ohm_site_board *)board = (ohm_site_board){ .unit = 1, .count = 8, .deadman_s = -1 };
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* A dead-man that is not there must not be believed in. */
static void check_no_deadman(const ohm_site_board *b, const char *file, ohm_schema_report *report)
{
    if (b->deadman_s > 0)
        ohm_schema_error(report, file, b->line, "boards.deadman_s",
                         "is of switches and Phidgets only: a board of the driver %s never lets go "
                         "by itself",
                         b->driver);
}

static void check_modbus(const ohm_site_board *b, const char *file, ohm_schema_report *report)
{
    static const char *const framings[] = { "", "8N1", "8E1", "8O1", "8N2" };
    if (!begins(b->port, "serial:/") && !begins(b->port, "tcp:"))
        ohm_schema_error(report, file, b->line, "boards.port",
                         "'%s' is not serial:/dev/... or tcp:host:port", b->port);
    bool known = false;
    for (size_t i = 0; i < sizeof framings / sizeof *framings; i++)
        known = known || strcmp(b->framing, framings[i]) == 0;
    if (!known)
        ohm_schema_error(report, file, b->line, "boards.framing",
                         "'%s' is not 8N1, 8E1, 8O1 or 8N2", b->framing);
    if (b->names_count > 0)
        ohm_schema_error(report, file, b->line, "boards.devices", "are of switches on MQTT only");
    if (strcmp(b->driver, "modbus") == 0)
        check_no_deadman(b, file, report);
    else if (b->deadman_s > 0 && b->deadman_s < 6)
        ohm_schema_error(report, file, b->line, "boards.deadman_s",
                         "is 6 at the least: it is renewed three times as often");
    if (b->first + b->count > 65536)
        ohm_schema_error(report, file, b->line, "boards.first", "there are 65536 coils");
}

/* One and the same line can't be two channels. */
static void check_names(const ohm_site_board *b, const char *file, ohm_schema_report *report)
{
    if (b->names_count == 0)
        ohm_schema_error(report, file, b->line, "boards.devices",
                         "is empty: name the device or line of each channel");
    for (int i = 0; i < b->names_count; i++)
        for (int j = 0; j < i; j++)
            if (strcmp(b->names[i].name, b->names[j].name) == 0)
                ohm_schema_error(report, file, b->line, "boards.devices", "'%s' is given twice",
                                 b->names[i].name);
}

static void check_phidget(const ohm_site_board *b, const char *file, ohm_schema_report *report)
{
    if (b->serial == 0)
        ohm_schema_error(report, file, b->line, "boards.serial",
                         "is missing: it is printed on the board");
    if (b->port[0] && !begins(b->port, "tcp:"))
        ohm_schema_error(report, file, b->line, "boards.port",
                         "'%s' is not tcp:host:5661 (a network server), or left out (USB)",
                         b->port);
    if (b->names_count > 0)
        ohm_schema_error(report, file, b->line, "boards.devices",
                         "are not of a Phidget: its relays are channels 0 to 7");
}

static void check_gpio(const ohm_site_board *b, const char *file, ohm_schema_report *report)
{
    if (!begins(b->port, "gpiochip") && !begins(b->port, "/dev/gpiochip"))
        ohm_schema_error(report, file, b->line, "boards.port", "'%s' is not gpiochip0, gpiochip1…",
                         b->port);
    check_names(b, file, report);
    check_no_deadman(b, file, report);
    for (int i = 0; i < b->names_count; i++)
        if (b->names[i].name[0] == '\0')
            ohm_schema_error(report, file, b->line, "boards.devices", "a line without a name");
}

/* Names that may stand in a URL, and URLs where none are known. */
static void check_http(const ohm_site_board *b, const char *file, ohm_schema_report *report)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               ".-_~:[]/";
    const struct {
        const char *path, *url;
    } urls[] = { { "boards.on", b->on_url },
                 { "boards.off", b->off_url },
                 { "boards.state", b->state_url } };
    bool own = strcmp(b->driver, "http") == 0;
    check_names(b, file, report);
    for (int i = 0; i < b->names_count; i++)
        if (!b->names[i].name[0] || strspn(b->names[i].name, good) != strlen(b->names[i].name))
            ohm_schema_error(report, file, b->line, "boards.devices",
                             "'%s' is not host, host:port or host/2", b->names[i].name);
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        bool web = begins(urls[i].url, "http://") || begins(urls[i].url, "https://");
        if (own && !web)
            ohm_schema_error(report, file, b->line, urls[i].path, "'%s' is not http://...",
                             urls[i].url);
        else if (!own && urls[i].url[0])
            ohm_schema_error(report, file, b->line, urls[i].path, "is of the driver http only");
    }
    if (b->port[0] || b->user[0])
        ohm_schema_error(report, file, b->line, "boards.port",
                         "and user are not of switches on HTTP: `devices` are their addresses");
    if (b->deadman_s > 0 && b->deadman_s < 60)
        ohm_schema_error(report, file, b->line, "boards.deadman_s",
                         "is 60 at the least: it is renewed three times as often");
    if (own && b->deadman_s > 0 && !strstr(b->on_url, "{deadman_s}"))
        ohm_schema_error(report, file, b->line, "boards.deadman_s",
                         "reaches no switch: boards.on has no {deadman_s}");
}

/* What would go with every order, and say none. */
static void check_levels(const ohm_site_board *b, const char *file, ohm_schema_report *report)
{
    bool web = strcmp(b->driver, "http-level") == 0;
    bool says = false;
    static const char *const keys[] = { "{w}", "{a}", "{order}" };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        says = says || strstr(b->set, keys[i]) || strstr(b->payload, keys[i]);
    check_names(b, file, report);
    if (!says)
        ohm_schema_error(
            report, file, b->line, "boards.payload",
            "says no level: it has {w}, {a} or {order} (or, with http-level, set does)");
    if (web && !begins(b->set, "http://") && !begins(b->set, "https://"))
        ohm_schema_error(report, file, b->line, "boards.set", "'%s' is not http://...", b->set);
    if (web && b->state_url[0] && !begins(b->state_url, "http://") &&
        !begins(b->state_url, "https://"))
        ohm_schema_error(report, file, b->line, "boards.state", "'%s' is not http://...",
                         b->state_url);
    if (web && (b->port[0] || b->user[0]))
        ohm_schema_error(report, file, b->line, "boards.port",
                         "and user are not of modules on HTTP: `set` is where they are");
    if (!web && !begins(b->port, "mqtt://") && !begins(b->port, "mqtts://"))
        ohm_schema_error(report, file, b->line, "boards.port",
                         "'%s' is not mqtt://host or mqtts://host", b->port);
    if (!web && (!b->set[0] || strpbrk(b->set, "+#") || strpbrk(b->state_url, "+#")))
        ohm_schema_error(report, file, b->line, "boards.set",
                         "'%s': set, and state, are topics, without + and #", b->set);
    if (b->deadman_s > 0 && b->deadman_s < 6)
        ohm_schema_error(report, file, b->line, "boards.deadman_s",
                         "is 6 at the least: it is renewed three times as often");
}

static void check_switches(const ohm_site_board *b, const char *file, ohm_schema_report *report)
{
    if (!begins(b->port, "mqtt://") && !begins(b->port, "mqtts://"))
        ohm_schema_error(report, file, b->line, "boards.port",
                         "'%s' is not mqtt://host or "
                         "mqtts://host",
                         b->port);
    check_names(b, file, report);
    if (b->deadman_s > 0 && b->deadman_s < 60)
        ohm_schema_error(report, file, b->line, "boards.deadman_s",
                         "is 60 at the least: it is renewed three times as often");
}

bool ohm_site_board_has_levels(const ohm_site_board *b)
{
    return strcmp(b->driver, "sim") == 0 || strstr(b->driver, "-level") != NULL;
}

void ohm_site_check_board(const ohm_site_board *b, const char *file, ohm_schema_report *report)
{
    int given =
        (b->password.file[0] != 0) + (b->password.env[0] != 0) + (b->password.credential[0] != 0);
    if (given > 1)
        ohm_schema_error(report, file, b->line, "boards.password",
                         "give one of _file, _env and _credential, not several");
    if (strcmp(b->driver, "modbus") == 0 || strcmp(b->driver, "modbus-level") == 0)
        check_modbus(b, file, report);
    else if (strcmp(b->driver, "phidget") == 0)
        check_phidget(b, file, report);
    else if (strcmp(b->driver, "gpio") == 0)
        check_gpio(b, file, report);
    else if (strcmp(b->driver, "sim") == 0)
        check_no_deadman(b, file, report);
    else if (strstr(b->driver, "-level"))
        check_levels(b, file, report);
    else if (strstr(b->driver, "http"))
        check_http(b, file, report);
    else if (strcmp(b->driver, "shelly") == 0 || strcmp(b->driver, "tasmota") == 0 ||
             strcmp(b->driver, "zigbee2mqtt") == 0)
        check_switches(b, file, report);
}
