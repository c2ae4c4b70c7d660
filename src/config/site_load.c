/* What must agree in a load of the site's configuration. */
#include <string.h>

#include "config/field_rows.h"
#include "config/site.h"
#include "control/setting.h"

static const char *const contacts[] = { "NC", "NO", NULL };

static bool read_order(ohm_span text, ohm_order *out)
{
    char name[16];
    if (text.len >= sizeof name)
        return false;
    memcpy(name, text.ptr, text.len);
    name[text.len] = '\0';
    return ohm_order_find(name, out);
}

const char *ohm_site_shed_order(ohm_span text, void *order)
{
    ohm_order read;
    if (!read_order(text, &read) || read < OHM_ORDER_ECO)
        return "eco, hors_gel or arret";
    *(int *)order = (int)read;
    return NULL;
}

static const char *rest_order(ohm_span text, void *order)
{
    ohm_order read;
    if (!read_order(text, &read) || read == OHM_ORDER_CONFORT_1 || read == OHM_ORDER_CONFORT_2)
        return "confort, eco, hors_gel or arret";
    *(int *)order = (int)read;
    return NULL;
}

const ohm_field ohm_site_output_fields[] = {
    TEXT("board", ohm_site_load, board, true, "one of boards"),
    INT("channel", ohm_site_load, channel, 0, 63, false, "from 0; of a setpoint too"),
    CHOICE("contact", ohm_site_load, contact, contacts,
           "the contact that feeds the load, default NC, which keeps it fed when all else fails"),
    INT("positive", ohm_site_load, positive, 0, 63, false,
        "pilot wire: the channel that puts the positive half waves on it (Arret)"),
    INT("negative", ohm_site_load, negative, 0, 63, false,
        "pilot wire: the channel of the negative ones (Hors-gel; with the other, Eco)"),
    INT("eco", ohm_site_load, full, 0, 63, false,
        "pilot wire: the channel of the whole wave, for a heater with that relay alone"),
    { .key = "at_rest",
      .type = OHM_FIELD_CUSTOM,
      .offset = offsetof(ohm_site_load, at_rest),
      .parse = rest_order,
      .help = "pilot wire: the order that released relays leave, default confort" },
    { 0 },
};

typedef struct check {
    ohm_site *site;
    const char *file;
    ohm_schema_report *report;
} check;

#define WRONG(c, line, path, ...)                                                                  \
    ohm_schema_error((c)->report, (c)->file, (line), (path), __VA_ARGS__)

static const ohm_site_board *find_board(const ohm_site *site, const char *id)
{
    for (int i = 0; i < site->boards_count; i++)
        if (!strcmp(site->boards[i].id, id))
            return &site->boards[i];
    return NULL;
}

/* The fail-safe state is what the released relay leaves: fed by NC, shed by NO. No program can
 * keep another one after its end. */
static void check_contact(check *c, ohm_site_load *l)
{
    bool nc = l->contact == 0;
    if (l->failsafe < 0)
        l->failsafe = nc ? 0 : 1;
    if (l->failsafe == 0 && !nc)
        WRONG(c, l->line, "loads.failsafe",
              "fed can't be kept by an NO contact, which opens when the relay is off (wire the "
              "load to NC, or leave failsafe out)");
    else if (l->failsafe == 1 && nc)
        WRONG(c, l->line, "loads.failsafe",
              "shed can't be kept by an NC contact, which closes when the relay is off (wire the "
              "load to NO, or leave failsafe out)");
    if (l->never_shed && !nc)
        WRONG(c, l->line, "loads.never_shed",
              "contradicts contact: NO, which sheds the load when the relay is off (wire it to "
              "NC)");
}

/* --- a heater on a pilot wire -------------------------------------------------------------- */

/* Bit o: the relays can make the ohm_order o. */
static unsigned orders_of(const ohm_site_load *l)
{
    unsigned orders = 1U << OHM_ORDER_CONFORT;
    if (l->channel >= 0) /* as a word: a module knows them all */
        return (1U << OHM_ORDERS_COUNT) - 1;
    if (l->full >= 0 || (l->positive >= 0 && l->negative >= 0))
        orders |= 1U << OHM_ORDER_ECO;
    if (l->positive >= 0)
        orders |= 1U << OHM_ORDER_ARRET;
    if (l->negative >= 0)
        orders |= 1U << OHM_ORDER_HORS_GEL;
    return orders;
}

uint8_t ohm_site_orders_of(const ohm_site_load *l)
{
    return l->shed_order > 0 ? (uint8_t)orders_of(l) : 0;
}

static void check_wire(check *c, ohm_site_load *l)
{
    bool alone = l->full >= 0 && (l->positive >= 0 || l->negative >= 0);
    const ohm_site_board *board = find_board(c->site, l->board);
    bool word = l->channel >= 0 && board && ohm_site_board_has_levels(board) &&
                strcmp(board->driver, "modbus-level") != 0;
    bool relays = l->positive >= 0 || l->negative >= 0 || l->full >= 0;
    if ((l->channel >= 0 && (!word || relays)) || l->contact >= 0)
        WRONG(c, l->line, "loads.output.channel",
              "and contact are not of a pilot wire: give positive and negative, or eco (a channel "
              "alone is for modules that take the order as a word: mqtt-level, http-level)");
    if (alone)
        WRONG(c, l->line, "loads.output.eco",
              "is for a heater with that relay alone: positive and negative together are Eco");
    if (l->positive >= 0 && l->positive == l->negative)
        WRONG(c, l->line, "loads.output.negative", "is the channel of the positive half waves");
    if (l->failsafe >= 0)
        WRONG(c, l->line, "loads.failsafe",
              "is not of a heater on a pilot wire: output.at_rest says what released relays leave");
    if (orders_of(l) == 1U << OHM_ORDER_CONFORT)
        WRONG(c, l->line, "loads.output",
              "'%s' has a shed_order and no relay on its pilot wire (give positive and negative, "
              "or eco)",
              l->id);
    else if (!((orders_of(l) >> l->shed_order) & 1))
        WRONG(c, l->line, "loads.shed_order", "'%s': its relays can't make the order %s", l->id,
              ohm_order_name((ohm_order)l->shed_order));
    if (!((orders_of(l) >> l->at_rest) & 1))
        WRONG(c, l->line, "loads.output.at_rest", "'%s': its relays can't leave the order %s",
              l->id, ohm_order_name((ohm_order)l->at_rest));
    l->failsafe = l->at_rest < l->shed_order ? 0 : 1;
    l->contact = l->failsafe; /* for interlocks and the like: what released relays leave */
    if (l->never_shed && l->failsafe == 1)
        WRONG(c, l->line, "loads.never_shed", "contradicts at_rest: %s, which sheds it",
              ohm_order_name((ohm_order)l->at_rest));
}

/* --- a setpoint ------------------------------------------------------------------------------ */

static const char *const units[] = { "W", "A", NULL };

const ohm_field ohm_site_setpoint_fields[] = {
    CHOICE("unit", ohm_site_load, unit, units, "of min, step and safe: W (the default) or A"),
    INT("min", ohm_site_load, min, 1, 1000000, true,
        "the least that it can be told; below, it is cut (a car charges with 6 A at the least)"),
    INT("step", ohm_site_load, step, 1, 100000, false, "default 100 W, 1 A"),
    INT("safe", ohm_site_load, safe, 0, 1000000, false,
        "where it goes when nobody tells it anything, default min; 0: off"),
    INT("phases", ohm_site_load, phases, 1, 3, false, "A: that it draws from, 1 or 3, default 1"),
    INT("voltage", ohm_site_load, voltage, 100, 260, false, "A: of a phase, default 230"),
    { 0 },
};

int64_t ohm_site_setpoint_w(const ohm_site_load *l, int64_t value)
{
    return l->unit == 1 ? value * l->voltage * l->phases : value;
}

static void check_setpoint(check *c, ohm_site_load *l)
{
    if (l->step < 0)
        l->step = l->unit == 1 ? 1 : 100;
    if (l->safe < 0)
        l->safe = l->min;
    int64_t min_w = ohm_site_setpoint_w(l, l->min), safe_w = ohm_site_setpoint_w(l, l->safe);
    if (l->shed_order > 0)
        WRONG(c, l->line, "loads.shed_order", "is of a heater on a pilot wire, not of a setpoint");
    if (l->phases == 2)
        WRONG(c, l->setpoint_line, "loads.setpoint.phases", "is 1 or 3");
    if (min_w > l->nominal_w || safe_w > l->nominal_w)
        WRONG(c, l->setpoint_line, "loads.setpoint.min",
              "'%s': min and safe (%lld and %lld W) are at the most nominal_w, %lld", l->id,
              (long long)min_w, (long long)safe_w, (long long)l->nominal_w);
    if (l->safe > 0 && l->safe < l->min)
        WRONG(c, l->setpoint_line, "loads.setpoint.safe", "is 0, or min at the least");
    if (ohm_site_setpoint_w(l, l->step) > l->nominal_w)
        WRONG(c, l->setpoint_line, "loads.setpoint.step", "is more than nominal_w");
    const ohm_site_board *board = find_board(c->site, l->board);
    if (l->channel < 0)
        WRONG(c, l->line, "loads.output.channel", "is missing");
    if (board && !ohm_site_board_has_levels(board))
        WRONG(c, l->line, "loads.output.board",
              "'%s': the relays of '%s' take no setpoint (mqtt-level, http-level and modbus-level "
              "do)",
              l->id, l->board);
    if (l->contact >= 0 || l->failsafe >= 0 || l->at_rest > 0 || l->positive >= 0 ||
        l->negative >= 0 || l->full >= 0)
        WRONG(c, l->line, "loads.output",
              "'%s': a setpoint has a board and a channel alone (setpoint.safe is its fail-safe)",
              l->id);
    l->failsafe = l->safe > 0 ? 0 : 1;
    l->contact = l->failsafe;
    if (l->never_shed && l->safe == 0)
        WRONG(c, l->line, "loads.never_shed", "contradicts setpoint.safe: 0");
}

/* What its relays are, and the state that they leave when nobody tells them anything. */
static void check_output(check *c, ohm_site_load *l)
{
    if (l->setpoint_line > 0) {
        check_setpoint(c, l);
        return;
    }
    if (l->shed_order > 0) {
        check_wire(c, l);
        return;
    }
    if (l->positive >= 0 || l->negative >= 0 || l->full >= 0 || l->at_rest > 0)
        WRONG(c, l->line, "loads.shed_order",
              "'%s' has relays on a pilot wire: say what sheds it, eco, hors_gel or arret", l->id);
    else if (l->channel < 0)
        WRONG(c, l->line, "loads.output.channel", "is missing");
    if (l->contact < 0)
        l->contact = 0;
    check_contact(c, l);
}

static bool has_channel(const ohm_site_load *l, int64_t channel)
{
    return channel >= 0 && (channel == l->channel || channel == l->positive ||
                            channel == l->negative || channel == l->full);
}

static void check_channels(check *c, const ohm_site_load *other, const ohm_site_load *l)
{
    const int64_t channels[] = { l->channel, l->positive, l->negative, l->full };
    if (strcmp(other->board, l->board) != 0)
        return;
    for (size_t i = 0; i < sizeof channels / sizeof *channels; i++)
        if (has_channel(other, channels[i]))
            WRONG(c, l->line, "loads.output.channel", "%lld of '%s' already feeds '%s'",
                  (long long)channels[i], l->board, other->id);
}

/* A load that was shed for its longest comes back in its turn, and not before its shortest time
 * off (control/load.h). */
static void check_shed_max(check *c, const ohm_site_load *l)
{
    int64_t return_s = OHM_RESTORE_GAP_MS * (c->site->loads_count + 2) / OHM_SECOND_MS;
    int64_t least_s = l->off_min_s + return_s;
    if (l->shed_max_s && l->shed_max_s < least_s)
        WRONG(c, l->line, "loads.shed_max_s",
              "'%s': %lld s is too short: give %lld at least, its off_min_s (%lld) and %lld for "
              "the loads to come back one after the other (or 0: no limit)",
              l->id, (long long)l->shed_max_s, (long long)least_s, (long long)l->off_min_s,
              (long long)return_s);
    if (l->shed_max_s && l->rest_min_s == 0)
        WRONG(c, l->line, "loads.rest_min_s",
              "'%s': a load with a longest shed needs a rest after it, 1 s at least", l->id);
}

static void check_comfort(check *c, const ohm_site_load *l)
{
    bool known = !l->comfort_meter[0];
    for (int i = 0; i < c->site->meters_count; i++)
        known = known || !strcmp(c->site->meters[i].id, l->comfort_meter);
    if (!known)
        WRONG(c, l->line, "loads.comfort.meter", "'%s' is not the id of a meter", l->comfort_meter);
    if (l->shed_day_s && l->shed_day_s < l->off_min_s)
        WRONG(c, l->line, "loads.shed_day_s",
              "'%s': %lld s a day is less than one shed takes (off_min_s: %lld)", l->id,
              (long long)l->shed_day_s, (long long)l->off_min_s);
}

/* Two that never may be fed together: what a released relay leaves fed, or nothing may shed, can
 * only be one of them. */
static void check_interlock(check *c, const ohm_site_load *a, const ohm_site_load *b)
{
    if (!b->interlock[0] || strcmp(a->interlock, b->interlock) != 0)
        return;
    if (a->never_shed && b->never_shed)
        WRONG(c, b->line, "loads.interlock", "'%s' and '%s' are both never to be shed", a->id,
              b->id);
    else if (a->contact == 0 && b->contact == 0)
        WRONG(c, b->line, "loads.interlock",
              "'%s' and '%s' would both be fed when the relays are off (wire all but one to NO)",
              a->id, b->id);
}

void ohm_site_check_load(ohm_site *site, int index, const char *file, ohm_schema_report *report)
{
    check *c = &(check){ site, file, report };
    ohm_site_load *l = &c->site->loads[index];
    _Static_assert(sizeof l->id <= sizeof l->name, "a name takes an id");
    if (!l->name[0])
        memcpy(l->name, l->id, sizeof l->id);
    if (!find_board(c->site, l->board))
        WRONG(c, l->line, "loads.output.board", "'%s' is not the id of a board", l->board);
    for (int i = 0; i < index; i++) {
        const ohm_site_load *other = &c->site->loads[i];
        if (!strcmp(other->id, l->id))
            WRONG(c, l->line, "loads.id", "'%s' is already the id of another load", l->id);
        check_channels(c, other, l);
    }
    if (l->branch[0] && !ohm_site_branch_of(c->site, l))
        WRONG(c, l->line, "loads.branch", "'%s' is not the id of a limit with a meter", l->branch);
    check_shed_max(c, l);
    check_output(c, l);
    check_comfort(c, l);
    for (int i = 0; i < index; i++)
        check_interlock(c, &c->site->loads[i], l);
}
