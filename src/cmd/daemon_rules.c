/* The household's rules that were written in the page: one file in the state folder, which goes
 * with those of the configuration. A rule of it that can't be used (its load is gone, it
 * contradicts another one) is kept, said, and asks nothing; a file that can't be read is put aside.
 *
 * The web's threads write and read under the lock; the loop takes the news with its next tick. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/daemon.h"
#include "cmd/rule_build.h"
#include "cmd/rule_file.h"
#include "host/log.h"
#include "host/paths.h"

enum {
    TRIED_MAX = 64, /* versions that are remembered, beside those that are kept */
    DEEDS_MAX = 16, /* between two ticks */
    NEWS_MAX = DEEDS_MAX + OHM_RULES_MAX,
    RULE_YAML_MAX = 4 << 10,
};

static const char draft_name[] = "rules.yaml"; /* in messages */

typedef struct news {
    ohm_rules_deed deed;
    bool untried;
    char rule[OHM_LOAD_ID_MAX], actor[OHM_ACTOR_MAX];
} news;

struct ohm_daemon_rules {
    pthread_mutex_t lock; /* of what follows */
    ohm_own_rules own;
    char faults[OHM_RULES_MAX][OHM_RULE_FAULT_MAX]; /* of each; "" */
    char fault[OHM_RULE_FAULT_MAX];                 /* of the file */
    ohm_rule_set armed;                             /* with the configuration's */
    uint16_t tried_count;                           /* of all; the last TRIED_MAX are there */
    uint64_t tried[TRIED_MAX];
    uint16_t news_count;
    news news[NEWS_MAX];
};

typedef struct lines {
    char *out;
    size_t cap, len;
} lines;

static void keep_line(void *ctx, const char *text)
{
    lines *l = ctx;
    size_t left = l->cap - l->len;
    int n = snprintf(l->out + l->len, left, "%s%s", l->len ? "\n" : "", text);
    if (n > 0 && (size_t)n < left)
        l->len += (size_t)n;
    else
        l->out[l->len] = '\0'; /* the lines that fit will do */
}

/* --- what rules become ---------------------------------------------------------------- */

typedef ohm_code build_how(const ohm_rule_names *names, const ohm_site_rules *written,
                           const char *file, const ohm_load *loads, uint16_t loads_count,
                           ohm_rule_set *out, ohm_schema_report *report);

/* Names and times that stay as they are from the start on. */
static ohm_code build(const ohm_daemon *d, build_how *how, const ohm_site_rules *written,
                      ohm_rule_set *out, lines *why)
{
    const ohm_engine_config *config = d->config;
    uint16_t count = d->site->meters_count;
    const char **ids = calloc(count + 1U, sizeof *ids);
    int64_t *stale_ms = calloc(count + 1U, sizeof *stale_ms);
    ohm_schema_report report = { keep_line, why, 0 };
    ohm_code code = OHM_NO_MEMORY;
    for (uint16_t i = 0; ids && stale_ms && i < count; i++) {
        ids[i] = d->devices[i].id;
        stale_ms[i] = d->latest[i].stale_after_ms;
    }
    ohm_rule_names names = { .ids = ids, .stale_ms = stale_ms, .count = count };
    names.main_device = config->main_device;
    names.has_ecowatt = config->has_ecowatt;
    names.limits = config->limits;
    names.limits_count = config->limits_count;
    ohm_daemon_outlooks_told(d, names.has_outlook);
    names.plan_h = d->site->plan.hours;
    if (ids && stale_ms)
        code = how(&names, written, draft_name, config->loads, config->loads_count, out, &report);
    free(ids);
    free(stale_ms);
    return code;
}

static int place_of(const ohm_site_rule *rules, uint16_t count, const char *id)
{
    for (uint16_t i = 0; i < count; i++)
        if (!strcmp(rules[i].id, id))
            return i;
    return -1;
}

static bool add(ohm_site_rules *all, const ohm_site_rule *rule)
{
    if (all->count == OHM_RULES_MAX)
        return false;
    all->items[all->count] = *rule;
    all->items[all->count++].line = 0;
    return true;
}

/* Rule `i` with those before it; false, with its fault, if that can't be. */
static bool joins(const ohm_daemon *d, ohm_daemon_rules *r, uint16_t i, build_how *how,
                  ohm_site_rules *all, ohm_rule_set *set)
{
    ohm_rule_set with;
    lines why = { r->faults[i], sizeof r->faults[i], 0 };
    r->faults[i][0] = '\0';
    if (place_of(all->items, all->count, r->own.items[i].id) >= 0)
        keep_line(&why, "the configuration has a rule of this id");
    else if (!add(all, &r->own.items[i]))
        keep_line(&why, "there are too many rules");
    else if (build(d, how, all, &with, &why) == OHM_OK)
        *set = with;
    else
        all->count--;
    return !r->faults[i][0];
}

/* What is armed, and what of the page can't be. False: out of memory. */
static bool assemble(const ohm_daemon *d, ohm_daemon_rules *r)
{
    ohm_site_rules *all = malloc(sizeof *all);
    char nowhere[1]; /* the configuration's own are said where that is checked */
    lines none = { nowhere, sizeof nowhere, 0 };
    if (!all)
        return false;
    *all = d->site->rules;
    ohm_code code = build(d, ohm_build_named_rules, all, &r->armed, &none);
    for (uint16_t i = 0; code == OHM_OK && i < r->own.count; i++) {
        ohm_rule_set alone;
        if (r->own.notes[i].armed)
            (void)joins(d, r, i, ohm_build_named_rules, all, &r->armed);
        else if (joins(d, r, i, ohm_build_rules_apart, all, &alone))
            all->count--;
    }
    free(all);
    return code == OHM_OK;
}

/* FNV-1a of what the rule says; 0 is none. */
static uint64_t version_of(const ohm_site_rule *rule)
{
    char text[RULE_YAML_MAX];
    size_t len = 0;
    uint64_t hash = 14695981039346656037u;
    if (ohm_site_rule_write(rule, text, sizeof text, &len) != OHM_OK)
        return 0;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (uint8_t)text[i]) * 1099511628211u;
    return hash ? hash : 1;
}

static bool was_tried(const ohm_daemon_rules *r, uint64_t version)
{
    uint16_t count = r->tried_count < TRIED_MAX ? r->tried_count : TRIED_MAX;
    for (uint16_t i = 0; i < count; i++)
        if (version && r->tried[i] == version)
            return true;
    return false;
}

/* --- the file ------------------------------------------------------------------------- */

static void load(ohm_daemon_rules *r, const char *path)
{
    uint8_t *bytes;
    size_t len;
    lines why = { r->fault, sizeof r->fault, 0 };
    ohm_schema_report report = { keep_line, &why, 0 };
    ohm_err err = ohm_file_read(path, OHM_OWN_RULES_YAML_MAX, &bytes, &len);
    if (ohm_failed(err)) {
        if (access(path, F_OK) == 0)
            keep_line(&why, err.what);
    } else {
        if (ohm_own_rules_read(ohm_span_of(bytes, len), OHM_RULES_FILE, &r->own, &report) != OHM_OK)
            memset(&r->own, 0, sizeof r->own);
        free(bytes);
    }
    if (r->fault[0])
        ohm_log(OHM_LOG_ERROR,
                "rules of the page not usable, those of the configuration hold: %.*s",
                (int)strcspn(r->fault, "\n"), r->fault);
}

ohm_err ohm_daemon_rules_start(ohm_daemon *d)
{
    char path[OHM_PATH_MAX];
    OHM_TRY(ohm_path_join(d->state_dir, OHM_RULES_FILE, path));
    ohm_daemon_rules *r = calloc(1, sizeof *r);
    if (!r || pthread_mutex_init(&r->lock, NULL)) {
        free(r);
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    }
    d->rules = r;
    load(r, path);
    if (!assemble(d, r))
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    for (uint16_t i = 0; i < r->own.count; i++)
        if (r->faults[i][0] && r->own.notes[i].armed)
            ohm_log(OHM_LOG_ERROR, "rule %s of the page is not usable, it asks nothing: %.*s",
                    r->own.items[i].id, (int)strcspn(r->faults[i], "\n"), r->faults[i]);
    d->config->rules = r->armed;
    return ohm_ok();
}

void ohm_daemon_rules_free(ohm_daemon *d)
{
    if (d->rules)
        (void)pthread_mutex_destroy(&d->rules->lock);
    free(d->rules);
    d->rules = NULL;
}

/* --- drafts --------------------------------------------------------------------------- */

static bool is_id(const char *text)
{
    return text[0] && !text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-")];
}

static ohm_code read_yaml(ohm_span yaml, ohm_site_rules *out, lines *why)
{
    ohm_schema_report report = { keep_line, why, 0 };
    ohm_code code = ohm_site_rules_read(yaml, draft_name, out, &report);
    for (uint16_t i = 0; code == OHM_OK && i < out->count; i++)
        if (!is_id(out->items[i].id))
            ohm_schema_error(&report, draft_name, out->items[i].line, "rules.id",
                             "'%s' may hold a-z, 0-9, _ and - only", out->items[i].id);
    return code == OHM_OK && report.errors ? OHM_BAD_FORMAT : code;
}

/* All that is armed, but for ids of `draft`. */
static void gather(const ohm_daemon *d, const ohm_daemon_rules *r, const ohm_site_rules *draft,
                   ohm_site_rules *out)
{
    out->count = 0;
    for (uint16_t i = 0; i < d->site->rules.count; i++)
        if (place_of(draft->items, draft->count, d->site->rules.items[i].id) < 0)
            (void)add(out, &d->site->rules.items[i]);
    for (uint16_t i = 0; i < r->own.count; i++)
        if (r->own.notes[i].armed && !r->faults[i][0] &&
            place_of(draft->items, draft->count, r->own.items[i].id) < 0)
            (void)add(out, &r->own.items[i]);
}

/* `draft` behind what is armed, as the engine would take it; *ret_others: how many that is. */
static ohm_code join(const ohm_daemon *d, const ohm_daemon_rules *r, build_how *how,
                     const ohm_site_rules *draft, ohm_rule_set *out, uint16_t *ret_others,
                     lines *why)
{
    ohm_site_rules *all = malloc(sizeof *all);
    if (!all)
        return OHM_NO_MEMORY;
    gather(d, r, draft, all);
    *ret_others = all->count;
    ohm_code code = OHM_OK;
    for (uint16_t i = 0; code == OHM_OK && i < draft->count; i++) {
        code = add(all, &draft->items[i]) ? OHM_OK : OHM_TOO_BIG;
        if (code == OHM_OK)
            all->items[all->count - 1].line = draft->items[i].line;
    }
    if (code == OHM_OK)
        code = build(d, how, all, out, why);
    free(all);
    return code;
}

ohm_code ohm_daemon_rules_read(void *daemon, ohm_span yaml, ohm_rules_draft *out,
                               char why[static OHM_CONTRACT_WHY_MAX])
{
    ohm_daemon *d = daemon;
    lines l = { why, OHM_CONTRACT_WHY_MAX, 0 };
    ohm_site_rules *draft = malloc(sizeof *draft);
    why[0] = '\0';
    ohm_code code = draft ? read_yaml(yaml, draft, &l) : OHM_NO_MEMORY;
    if (code == OHM_OK) {
        (void)pthread_mutex_lock(&d->rules->lock);
        code = join(d, d->rules, ohm_build_named_rules, draft, &out->set, &out->others, &l);
        (void)pthread_mutex_unlock(&d->rules->lock);
    }
    for (uint16_t i = 0; code == OHM_OK && i < draft->count; i++)
        out->versions[i] = version_of(&draft->items[i]);
    if (code == OHM_TOO_BIG)
        keep_line(&l, "there are too many rules");
    free(draft);
    return code;
}

void ohm_daemon_rules_tried(void *daemon, const uint64_t *versions, uint16_t count)
{
    ohm_daemon_rules *r = ((ohm_daemon *)daemon)->rules;
    (void)pthread_mutex_lock(&r->lock);
    for (uint16_t i = 0; i < count; i++) {
        if (was_tried(r, versions[i]))
            continue;
        r->tried[r->tried_count % TRIED_MAX] = versions[i];
        r->tried_count++;
        if (r->tried_count == 2 * TRIED_MAX)
            r->tried_count = TRIED_MAX; /* the ring is full, and goes on at its first place */
    }
    for (uint16_t i = 0; i < r->own.count; i++)
        r->own.notes[i].tried = r->own.notes[i].tried || was_tried(r, version_of(&r->own.items[i]));
    (void)pthread_mutex_unlock(&r->lock);
}

/* --- what is there -------------------------------------------------------------------- */

static void tell(const ohm_daemon_rules *r, uint16_t i, ohm_rules_shelf *out, size_t *len)
{
    const ohm_own_note *note = &r->own.notes[i];
    ohm_rule_kept *kept = &out->kept[out->kept_count++];
    size_t n = 0;
    *kept = (ohm_rule_kept){ .armed = note->armed,
                             .tried = note->tried,
                             .at_ms = note->at_s ? note->at_s * OHM_SECOND_MS : OHM_NO_MS,
                             .version = version_of(&r->own.items[i]),
                             .place = OHM_RULE_NONE,
                             .yaml_at = (uint32_t)*len };
    memcpy(kept->id, r->own.items[i].id, sizeof kept->id);
    memcpy(kept->by, note->by, sizeof kept->by);
    memcpy(kept->fault, r->faults[i], sizeof kept->fault);
    if (ohm_site_rule_write(&r->own.items[i], out->yaml + *len, OHM_OWN_RULES_YAML_MAX - *len,
                            &n) == OHM_OK)
        *len += n;
    kept->yaml_len = (uint32_t)n;
}

/* The configuration's, and behind them each of the page's that can be told beside the others. */
static ohm_code tell_all(const ohm_daemon *d, const ohm_daemon_rules *r, ohm_rules_shelf *out)
{
    char nowhere[OHM_RULE_FAULT_MAX];
    ohm_site_rules *all = malloc(sizeof *all);
    size_t len = 0;
    if (!all)
        return OHM_NO_MEMORY;
    *all = d->site->rules;
    out->in_file = all->count;
    lines none = { nowhere, sizeof nowhere, 0 };
    ohm_code code = build(d, ohm_build_rules_apart, all, &out->set, &none);
    for (uint16_t i = 0; code == OHM_OK && i < r->own.count; i++) {
        ohm_rule_set with;
        tell(r, i, out, &len);
        if (place_of(all->items, all->count, r->own.items[i].id) >= 0 ||
            !add(all, &r->own.items[i]))
            continue;
        none.len = 0;
        if (build(d, ohm_build_rules_apart, all, &with, &none) != OHM_OK) {
            all->count--;
            continue;
        }
        out->set = with;
        out->kept[i].place = (uint16_t)(with.count - 1);
    }
    free(all);
    return code;
}

ohm_code ohm_daemon_rules_list(void *daemon, ohm_rules_shelf *out)
{
    ohm_daemon *d = daemon;
    memset(out, 0, sizeof *out);
    out->yaml = calloc(1, OHM_OWN_RULES_YAML_MAX);
    if (!out->yaml)
        return OHM_NO_MEMORY;
    ohm_daemon_outlooks_told(d, out->outlooks);
    (void)pthread_mutex_lock(&d->rules->lock);
    memcpy(out->fault, d->rules->fault, sizeof out->fault);
    ohm_code code = tell_all(d, d->rules, out);
    (void)pthread_mutex_unlock(&d->rules->lock);
    if (code != OHM_OK) {
        free(out->yaml);
        out->yaml = NULL;
    }
    return code;
}

/* --- deeds ---------------------------------------------------------------------------- */

/* The one rule of the draft, armed or not, into `own`. */
static ohm_code write_rule(const ohm_daemon_rules *r, const ohm_rule_deed *deed, ohm_own_rules *own,
                           lines *why)
{
    ohm_site_rules *draft = malloc(sizeof *draft);
    if (!draft)
        return OHM_NO_MEMORY;
    ohm_code code = read_yaml(deed->yaml, draft, why);
    if (code == OHM_OK && (draft->count != 1 || strcmp(draft->items[0].id, deed->id))) {
        keep_line(why, "one rule is written at a time, at the address of its id");
        code = OHM_BAD_FORMAT;
    }
    int place = code == OHM_OK ? place_of(own->items, own->count, deed->id) : -1;
    if (code == OHM_OK && place < 0) {
        code = own->count < OHM_RULES_MAX ? OHM_OK : OHM_TOO_BIG;
        place = own->count;
        own->count = (uint16_t)(own->count + (code == OHM_OK));
    }
    if (code == OHM_OK) {
        uint64_t version = version_of(&draft->items[0]);
        bool same = place < r->own.count && version_of(&own->items[place]) == version;
        ohm_own_note *note = &own->notes[place];
        note->tried = was_tried(r, version) || (same && note->tried);
        note->armed = deed->armed;
        own->items[place] = draft->items[0];
        memcpy(note->id, draft->items[0].id, sizeof note->id);
    }
    own->notes_count = own->count;
    free(draft);
    return code;
}

static void remove_rule(ohm_own_rules *own, int place)
{
    for (int i = place; i + 1 < own->count; i++) {
        own->items[i] = own->items[i + 1];
        own->notes[i] = own->notes[i + 1];
    }
    own->count--;
    own->notes_count = own->count;
}

/* May it be as it stands in `own`: armed, and in no contradiction with what is, or put by? */
static ohm_code may_be(const ohm_daemon *d, const ohm_daemon_rules *r, const ohm_own_rules *own,
                       int place, bool anyway, lines *why)
{
    ohm_rule_set set;
    uint16_t others;
    ohm_site_rules *draft = calloc(1, sizeof *draft);
    if (!draft)
        return OHM_NO_MEMORY;
    draft->count = 1;
    draft->items[0] = own->items[place];
    bool armed = own->notes[place].armed;
    ohm_code code = join(d, r, armed ? ohm_build_named_rules : ohm_build_rules_apart, draft, &set,
                         &others, why);
    if (code == OHM_OK && armed && !own->notes[place].tried && !anyway)
        code = OHM_CONFLICT;
    free(draft);
    return code;
}

/* What the deed makes of the page's rules, in `own`. */
static ohm_code change(const ohm_daemon *d, const ohm_daemon_rules *r, const ohm_rule_deed *deed,
                       ohm_own_rules *own, lines *why)
{
    if (place_of(d->site->rules.items, d->site->rules.count, deed->id) >= 0)
        return OHM_DENIED;
    if (deed->kind == OHM_RULE_WRITE) {
        ohm_code code = write_rule(r, deed, own, why);
        if (code != OHM_OK)
            return code;
    }
    int place = place_of(own->items, own->count, deed->id);
    if (place < 0)
        return OHM_UNKNOWN;
    if (deed->kind == OHM_RULE_REMOVE) {
        remove_rule(own, place);
        return OHM_OK;
    }
    ohm_own_note *note = &own->notes[place];
    if (deed->kind != OHM_RULE_WRITE)
        note->armed = deed->kind == OHM_RULE_ARM;
    note->at_s = deed->at_ms / OHM_SECOND_MS;
    (void)snprintf(note->by, sizeof note->by, "%s", deed->actor);
    return deed->kind == OHM_RULE_DISARM ? OHM_OK : may_be(d, r, own, place, deed->anyway, why);
}

static bool is_armed(const ohm_own_rules *own, const char *id)
{
    int place = place_of(own->items, own->count, id);
    return place >= 0 && own->notes[place].armed;
}

static bool is_active(const ohm_daemon_rules *r, const char *id)
{
    return is_armed(&r->own, id) && !r->faults[place_of(r->own.items, r->own.count, id)][0];
}

/* What the journal is told, if the deed changes what is armed. */
static void note_news(ohm_daemon_rules *r, const ohm_rule_deed *deed, bool was_armed)
{
    int place = place_of(r->own.items, r->own.count, deed->id);
    bool armed = place >= 0 && r->own.notes[place].armed;
    if (!armed && !was_armed)
        return;
    news *n = &r->news[r->news_count++];
    *n = (news){ .deed = armed                           ? OHM_RULES_ARMED
                         : deed->kind == OHM_RULE_REMOVE ? OHM_RULES_REMOVED
                                                         : OHM_RULES_DISARMED,
                 .untried = armed && !r->own.notes[place].tried };
    (void)snprintf(n->rule, sizeof n->rule, "%s", deed->id);
    (void)snprintf(n->actor, sizeof n->actor, "%s", deed->actor);
}

/* A rule that was armed and could not be becomes active when what it contradicted goes away: that
 * is a deed, too, of who took that away. */
static void note_risen(ohm_daemon_rules *next, const ohm_daemon_rules *before,
                       const ohm_rule_deed *deed)
{
    for (uint16_t i = 0; i < next->own.count && next->news_count < NEWS_MAX; i++) {
        const char *id = next->own.items[i].id;
        if (!strcmp(id, deed->id) || !is_active(next, id) || is_active(before, id))
            continue;
        news *n = &next->news[next->news_count++];
        *n = (news){ .deed = OHM_RULES_ARMED, .untried = !next->own.notes[i].tried };
        memcpy(n->rule, next->own.items[i].id, sizeof n->rule);
        (void)snprintf(n->actor, sizeof n->actor, "%s", deed->actor);
    }
}

/* Whole, or nothing of it: on disk, and as what is armed. */
static ohm_code carry_out(ohm_daemon *d, ohm_daemon_rules *r, const ohm_rule_deed *deed,
                          const ohm_own_rules *own)
{
    bool was_armed = is_armed(&r->own, deed->id);
    ohm_daemon_rules *next = malloc(sizeof *next);
    if (!next)
        return OHM_NO_MEMORY;
    memcpy(next, r, sizeof *next); /* its lock is nobody's */
    next->own = *own;
    ohm_code code = assemble(d, next) ? OHM_OK : OHM_NO_MEMORY;
    if (code == OHM_OK)
        code = ohm_own_rules_keep(d->state_dir, own, r->fault[0]);
    if (code == OHM_OK) {
        r->fault[0] = '\0';
        note_news(next, deed, was_armed);
        note_risen(next, r, deed);
        r->own = *own;
        r->armed = next->armed;
        r->news_count = next->news_count;
        memcpy(r->faults, next->faults, sizeof r->faults);
        memcpy(r->news, next->news, sizeof r->news);
    }
    free(next);
    return code;
}

ohm_code ohm_daemon_rules_write(void *daemon, const ohm_rule_deed *deed,
                                char why[static OHM_CONTRACT_WHY_MAX])
{
    ohm_daemon *d = daemon;
    ohm_daemon_rules *r = d->rules;
    lines l = { why, OHM_CONTRACT_WHY_MAX, 0 };
    ohm_own_rules *own = malloc(sizeof *own);
    why[0] = '\0';
    if (!own)
        return OHM_NO_MEMORY;
    (void)pthread_mutex_lock(&r->lock);
    *own = r->own;
    ohm_code code = r->news_count < DEEDS_MAX ? change(d, r, deed, own, &l) : OHM_BUSY;
    if (code == OHM_OK)
        code = carry_out(d, r, deed, own);
    (void)pthread_mutex_unlock(&r->lock);
    free(own);
    return code;
}

void ohm_daemon_rules_serve(ohm_web_options *options)
{
    options->rules_read = ohm_daemon_rules_read;
    options->rules_tried = ohm_daemon_rules_tried;
    options->rules_list = ohm_daemon_rules_list;
    options->rules_write = ohm_daemon_rules_write;
}

void ohm_daemon_rules_tick(ohm_daemon *d)
{
    ohm_daemon_rules *r = d->rules;
    ohm_rules_change change;
    news taken[NEWS_MAX];
    if (pthread_mutex_trylock(&r->lock))
        return; /* somebody writes them to a disk, which may be slow: at the next tick */
    uint16_t count = r->news_count;
    memcpy(taken, r->news, sizeof taken);
    change.set = r->armed;
    r->news_count = 0;
    (void)pthread_mutex_unlock(&r->lock);
    for (uint16_t i = 0; i < count; i++) {
        change.deed = taken[i].deed;
        change.untried = taken[i].untried;
        memcpy(change.rule, taken[i].rule, sizeof change.rule);
        memcpy(change.actor, taken[i].actor, sizeof change.actor);
        d->config->rules = change.set;
        ohm_daemon_feed(d, (ohm_event){ .kind = OHM_EVENT_RULES, .rules = &change });
        ohm_log(OHM_LOG_NOTICE, "rule %s %s by=%s", change.rule,
                change.deed == OHM_RULES_ARMED      ? "armed"
                : change.deed == OHM_RULES_DISARMED ? "disarmed"
                                                    : "removed",
                change.actor);
    }
}
