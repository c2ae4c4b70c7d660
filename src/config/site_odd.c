/* Options that nothing looks at: they would be believed in, and not be done. */
#include <stdio.h>
#include <string.h>

#include "config/site.h"

enum { PHIDGET_DEADMAN_S_MAX = 30, HOUR_MINUTES = 60, DAY_MINUTES = 24 * HOUR_MINUTES };

static const char *const phidget[] = { "phidget", NULL };
static const char *const gpio[] = { "gpio", NULL };
static const char *const modbus[] = { "modbus", "modbus-level", NULL };
static const char *const counted[] = { "modbus-level", NULL };
static const char *const levels[] = { "mqtt-level", "http-level", NULL };
static const char *const web[] = {
    "http", "shelly-http", "shelly1-http", "tasmota-http", "http-level", "mqtt-level", NULL
};

#define KEY(name, member, drivers, words)                                                          \
    {                                                                                              \
        .path = "boards." name, .offset = offsetof(ohm_site_board, member),                        \
        .size = sizeof(((ohm_site_board *)0)->member), .of = drivers, .instead = words             \
    }

/* The keys of a board that only some drivers look at. */
static const struct {
    const char *path;
    size_t offset, size;
    const char *const *of;
    const char *instead;
} keys[] = {
    KEY("serial", serial, phidget,
        "is of a Phidget, which is found by it: others are found by port or devices"),
    KEY("active_low", active_low, gpio,
        "is of the driver gpio: elsewhere contact: NC or NO says which coil feeds the load"),
    KEY("baud", baud, modbus, "is of Modbus on a serial line: take it out"),
    KEY("framing", framing, modbus, "is of Modbus on a serial line: take it out"),
    KEY("rtu", rtu, modbus, "is of Modbus by TCP: take it out"),
    KEY("unit", unit, modbus, "is of Modbus: take it out"),
    KEY("first", first, modbus, "is of Modbus: others count their channels from 0"),
    KEY("register", reg, counted, "is of the driver modbus-level"),
    KEY("set", set, levels, "is of mqtt-level and http-level"),
    KEY("payload", payload, levels, "is of mqtt-level and http-level"),
    KEY("own_payload", own_payload, levels, "is of mqtt-level and http-level"),
    KEY("words", words, levels, "is of mqtt-level and http-level"),
    KEY("on", on_url, web, "is of the driver http: take it out"),
    KEY("off", off_url, web, "is of the driver http: take it out"),
    KEY("state", state_url, web, "is of http and levels: others say where they are by themselves"),
};

typedef struct finder {
    bool drop;
    void (*found)(void *ctx, const ohm_site_odd *odd);
    void *ctx;
    unsigned count;
} finder;

static void tell(finder *f, unsigned line, const char *path, const char *why)
{
    const ohm_site_odd odd = { .line = line, .path = path, .why = why };
    f->found(f->ctx, &odd);
    f->count++;
}

static bool is_one_of(const char *driver, const char *const *drivers)
{
    for (; *drivers; drivers++)
        if (strcmp(driver, *drivers) == 0)
            return true;
    return false;
}

static void look_at_board(finder *f, ohm_site_board *board)
{
    ohm_site_board usual;
    char why[128];
    ohm_site_board_defaults(&usual);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        char *at = (char *)board + keys[i].offset;
        const char *by_default = (const char *)&usual + keys[i].offset;
        if (is_one_of(board->driver, keys[i].of) || !memcmp(at, by_default, keys[i].size))
            continue;
        tell(f, board->line, keys[i].path, keys[i].instead);
        if (f->drop)
            memcpy(at, by_default, keys[i].size);
    }
    bool by_tcp = is_one_of(board->driver, modbus) && !strncmp(board->port, "tcp:", 4);
    if (by_tcp && board->baud != usual.baud)
        tell(f, board->line, "boards.baud",
             "is of a serial line, and this port is none: take it out");
    if (by_tcp && f->drop)
        board->baud = usual.baud;
    if (!is_one_of(board->driver, phidget) || board->deadman_s <= PHIDGET_DEADMAN_S_MAX)
        return;
    (void)snprintf(why, sizeof why,
                   "is %d at the most: the failsafe timer of a 1017_2 holds no more",
                   PHIDGET_DEADMAN_S_MAX);
    tell(f, board->line, "boards.deadman_s", why);
    if (f->drop)
        board->deadman_s = PHIDGET_DEADMAN_S_MAX;
}

/* The speed of a line that is none. */
static void look_at_meter(finder *f, ohm_site_meter *meter)
{
    static const char why[] = "is of a serial line, and this port is none: take it out";
    static const char *const others[] = { "tcp:", "udp:", "mqtt", "http", NULL };
    bool other = false;
    for (size_t i = 0; others[i]; i++)
        other = other || !strncmp(meter->port, others[i], strlen(others[i]));
    if (!other)
        return;
    if (meter->baud != 0)
        tell(f, meter->line, "meters.baud", why);
    if (meter->framing[0])
        tell(f, meter->line, "meters.framing", why);
    if (f->drop) {
        meter->baud = 0;
        meter->framing[0] = '\0';
    }
}

/* An order would be answered, and hold on such days alone. */
static void look_at_limit(finder *f, ohm_site_limit *limit)
{
    char why[256];
    if (!limit->mqtt[0] || (limit->ecowatt_level == 0 && limit->day == 0))
        return;
    (void)snprintf(why, sizeof why,
                   "'%s': an order holds at once, this limit on some days only: give the order a "
                   "limit of its own, without ecowatt_level and day",
                   limit->id);
    tell(f, limit->line, "limits.mqtt", why);
    if (f->drop)
        limit->mqtt[0] = '\0';
}

/* What one load alone has keeps nothing off. */
static void look_at_load(finder *f, ohm_site *site, int index)
{
    ohm_site_load *load = &site->loads[index];
    char why[256];
    if (!load->interlock[0])
        return;
    for (int i = 0; i < site->loads_count; i++)
        if (i != index && !strcmp(site->loads[i].interlock, load->interlock))
            return;
    (void)snprintf(why, sizeof why,
                   "no other load has '%s': give it to all those of which one at a time may run",
                   load->interlock);
    tell(f, load->line, "loads.interlock", why);
    if (f->drop)
        load->interlock[0] = '\0';
}

/* More than the charger gives in a night: the car would never be ready, whatever is planned. */
static void look_at_car(finder *f, ohm_site *site)
{
    ohm_site_plan *p = &site->plan;
    char why[256];
    int minutes = (p->ready_minute - p->home_minute + DAY_MINUTES) % DAY_MINUTES;
    const ohm_site_load *charger = NULL;
    for (int i = 0; i < site->loads_count; i++)
        if (p->car_line && !strcmp(site->loads[i].id, p->car_load))
            charger = &site->loads[i];
    int64_t most_wh = charger ? charger->nominal_w * minutes / HOUR_MINUTES : p->need_wh;
    if (p->need_wh <= most_wh)
        return;
    (void)snprintf(
        why, sizeof why, "%.1f kWh are more than %lld W give from %02d:%02d to %02d:%02d: %.1f",
        (double)p->need_wh / 1000, (long long)charger->nominal_w, p->home_minute / HOUR_MINUTES,
        p->home_minute % HOUR_MINUTES, p->ready_minute / HOUR_MINUTES,
        p->ready_minute % HOUR_MINUTES, (double)most_wh / 1000);
    tell(f, p->car_line, "plan.car.need_kwh", why);
    if (f->drop)
        p->need_wh = most_wh;
}

unsigned ohm_site_odds(ohm_site *site, bool drop, void (*found)(void *ctx, const ohm_site_odd *odd),
                       void *ctx)
{
    finder f = { drop, found, ctx, 0 };
    for (int i = 0; i < site->meters_count; i++)
        look_at_meter(&f, &site->meters[i]);
    for (int i = 0; i < site->boards_count; i++)
        look_at_board(&f, &site->boards[i]);
    for (int i = 0; i < site->limits_count; i++)
        look_at_limit(&f, &site->limits[i]);
    for (int i = 0; i < site->loads_count; i++)
        look_at_load(&f, site, i);
    look_at_car(&f, site);
    return f.count;
}
