#include "meter/merge.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    TOGETHER_MS = 15000, /* gauges read further apart than this can't be compared */
    GAUGE_DOUBTS = 5,    /* in a row */
    COUNTER_DOUBTS = 2,
};

/* What two sound meters may differ by, in the base unit: their classes, their rounding, and the
 * moment at which they look. */
static const struct {
    const char *unit;
    int64_t thousandths;
} natural[] = {
    { "W", 50000 },      { "var", 50000 },   { "VA", 50000 }, { "V", 2000 },
    { "A", 500 },        { "Hz", 100 },      { "C", 1000 },   { "Wh", 2000000 },
    { "varh", 2000000 }, { "VAh", 2000000 }, { "m^3", 1000 }, { "1", 50 },
};

static int64_t natural_of(const ohm_quantity *quantity)
{
    int64_t scale = 1;
    for (int i = 0; i < quantity->decimals; i++)
        scale *= 10;
    for (size_t i = 0; i < sizeof natural / sizeof *natural; i++)
        if (!strcmp(natural[i].unit, quantity->unit))
            return natural[i].thousandths * scale / 1000;
    return 0;
}

/* |a - b|, as far as numbers go. */
static uint64_t distance(int64_t a, int64_t b)
{
    return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

static uint64_t size_of(int64_t a)
{
    return distance(a, 0);
}

static bool differ(const ohm_merge_config *config, const ohm_quantity *quantity, int64_t a,
                   int64_t b)
{
    uint64_t apart = distance(a, b);
    if (apart <= (uint64_t)natural_of(quantity))
        return false;
    if (quantity->kind == OHM_COUNTER) /* a part of all that was ever drawn says nothing */
        return true;
    uint64_t larger = size_of(a) > size_of(b) ? size_of(a) : size_of(b);
    return apart / 2 > larger / 2000 * (uint64_t)config->tolerance_permille;
}

/* --- preference ---------------------------------------------------------------------------------
 */

static const ohm_merge_rule *rule_of(const ohm_merge_config *config, uint16_t quantity)
{
    for (int i = 0; i < config->rules_count; i++)
        if (config->rules[i].quantity == quantity)
            return &config->rules[i];
    return NULL;
}

/* The source at a place of the order of a quantity; -1 past the last. */
static int source_at(const ohm_merge_config *config, uint16_t quantity, int place)
{
    const ohm_merge_rule *rule = rule_of(config, quantity);
    if (rule)
        return place < rule->count ? rule->order[place] : -1;
    return place < config->sources_count ? place : -1;
}

static bool has_place(const ohm_merge_config *config, uint16_t quantity, int source)
{
    int other;
    for (int place = 0; (other = source_at(config, quantity, place)) >= 0; place++)
        if (other == source)
            return true;
    return false;
}

static bool is_fresh(const ohm_merge *m, int source, uint16_t quantity, ohm_mono_ms now)
{
    const ohm_merge_slot *slot = &m->slots[source][quantity];
    return slot->known && now.v - slot->heard.v < m->config.sources[source].stale_after_ms;
}

/* The one that is used; -1: nobody is fresh. */
static int winner_of(const ohm_merge *m, uint16_t quantity, ohm_mono_ms now)
{
    int source;
    for (int place = 0; (source = source_at(&m->config, quantity, place)) >= 0; place++)
        if (is_fresh(m, source, quantity, now))
            return source;
    return -1;
}

/* A counter goes on with a source of the second choice only where that one follows. */
static bool may_continue(const ohm_merge *m, int source, uint16_t quantity)
{
    bool counter = ohm_quantity_get((ohm_quantity_id)quantity)->kind == OHM_COUNTER;
    if (!counter || !m->counted[quantity] || source == source_at(&m->config, quantity, 0))
        return true;
    const ohm_merge_slot *slot = &m->slots[source][quantity];
    return !slot->disagrees && slot->value >= m->last[quantity];
}

/* --- comparing ----------------------------------------------------------------------------------
 */

typedef struct news_list {
    size_t count;
    ohm_merge_news *items;
} news_list;

static void tell(news_list *list, const ohm_merge_news *news)
{
    if (list->count < OHM_MERGE_NEWS_MAX)
        list->items[list->count++] = *news;
}

static void compare(ohm_merge *m, int used, int other, uint16_t quantity, news_list *list)
{
    const ohm_quantity *row = ohm_quantity_get((ohm_quantity_id)quantity);
    const ohm_merge_slot *a = &m->slots[used][quantity];
    ohm_merge_slot *b = &m->slots[other][quantity];
    bool counter = row->kind == OHM_COUNTER;
    if (row->kind == OHM_STATE || (!counter && llabs(a->heard.v - b->heard.v) > TOGETHER_MS))
        return;
    int limit = counter ? COUNTER_DOUBTS : GAUGE_DOUBTS;
    bool apart = differ(&m->config, row, a->value, b->value);
    if (apart && b->doubts < limit)
        b->doubts++;
    else if (!apart && b->doubts > 0)
        b->doubts--;
    bool disagrees = b->disagrees ? b->doubts > 0 : b->doubts == limit;
    if (disagrees == b->disagrees)
        return;
    b->disagrees = disagrees;
    uint64_t by = distance(b->value, a->value);
    int64_t bounded = by > INT64_MAX ? INT64_MAX : (int64_t)by;
    const ohm_merge_news news = {
        .quantity = quantity,
        .device = m->config.sources[other].device,
        .disagree = disagrees,
        .difference = b->value < a->value ? -bounded : bounded,
    };
    tell(list, &news);
}

/* --- frames -------------------------------------------------------------------------------------
 */

static void take_value(ohm_merge *m, int source, const ohm_value *v, ohm_mono_ms now,
                       ohm_frame *out, news_list *list)
{
    int used = winner_of(m, v->quantity, now);
    if (used >= 0 && used != source && has_place(&m->config, v->quantity, source))
        compare(m, used, source, v->quantity, list);
    if (used != source || !may_continue(m, source, v->quantity))
        return;
    /* The one that is used can't disagree with itself: what was said of it before is over. */
    if (m->slots[source][v->quantity].disagrees)
        tell(list, &(ohm_merge_news){ .quantity = v->quantity,
                                      .device = m->config.sources[source].device });
    m->slots[source][v->quantity].doubts = 0;
    m->slots[source][v->quantity].disagrees = false;
    m->counted[v->quantity] = true;
    m->last[v->quantity] = v->value;
    out->values[out->count++] = *v;
}

void ohm_merge_init(ohm_merge *merge, const ohm_merge_config *config)
{
    assert(config->sources_count <= OHM_MERGE_SOURCES_MAX);
    assert(config->rules_count <= OHM_MERGE_RULES_MAX);
    memset(merge, 0, sizeof *merge);
    merge->config = *config;
}

size_t ohm_merge_take(ohm_merge *merge, const ohm_frame *frame, ohm_mono_ms now, ohm_frame *out,
                      ohm_merge_news news[static OHM_MERGE_NEWS_MAX])
{
    news_list list = { 0, news };
    int source = 0;
    out->device = merge->config.device;
    out->time_ms = frame->time_ms;
    out->count = 0;
    while (source < merge->config.sources_count &&
           merge->config.sources[source].device != frame->device)
        source++;
    if (source == merge->config.sources_count)
        return 0;
    for (int i = 0; i < frame->count; i++) {
        const ohm_value *v = &frame->values[i];
        ohm_merge_slot *slot = &merge->slots[source][v->quantity];
        if (v->quality == OHM_QUALITY_SUSPECT)
            continue;
        slot->known = true;
        slot->value = v->value;
        slot->time_ms = frame->time_ms;
        slot->heard = now;
        take_value(merge, source, v, now, out, &list);
    }
    return list.count;
}

size_t ohm_merge_disagreements(const ohm_merge *merge, uint16_t *out, size_t cap)
{
    size_t count = 0;
    for (uint16_t q = 0; q < OHM_QUANTITIES_COUNT && count < cap; q++) {
        bool any = false;
        for (int s = 0; s < merge->config.sources_count; s++)
            any = any || merge->slots[s][q].disagrees;
        if (any)
            out[count++] = q;
    }
    return count;
}
