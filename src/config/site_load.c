/* What must agree in a load of the site's configuration. */
#include <string.h>

#include "config/site.h"

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
        if (!strcmp(other->board, l->board) && other->channel == l->channel)
            WRONG(c, l->line, "loads.output.channel", "%lld of '%s' already feeds '%s'",
                  (long long)l->channel, l->board, other->id);
    }
    if (l->branch[0] && !ohm_site_branch_of(c->site, l))
        WRONG(c, l->line, "loads.branch", "'%s' is not the id of a limit with a meter", l->branch);
    check_shed_max(c, l);
    check_contact(c, l);
    check_comfort(c, l);
    for (int i = 0; i < index; i++)
        check_interlock(c, &c->site->loads[i], l);
}
