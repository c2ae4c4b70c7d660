/* GET /api/v1/energy/…: what a register gained by days, months or years of the calendar and by
 * periods of the tariff, from the energy ledger: what bills are made of. What the ledger
 * does not have yet, the last hours, is not in it. */
#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "store/energy.h"
#include "web/api.h"
#include "web/command.h"
#include "web/grow.h"
#include "web/inner.h"

enum {
    PERIODS_MAX = 12,
    ROWS_MAX = OHM_BUCKETS_MAX,
    ROW_BYTES_MAX = 64 + PERIODS_MAX * 24,
    HEAD_BYTES_MAX = 1024,
    BYTES_MAX = 8 << 20,
    DEFAULT_DAYS = 30,
};

typedef enum energy_step { STEP_DAY, STEP_MONTH, STEP_YEAR } energy_step;
static const char *const step_names[] = { "day", "month", "year" };

typedef struct energy_query {
    char key[OHM_SERIES_KEY_MAX];
    ohm_date from, to; /* the last one is not in it */
    energy_step step;
    char timezone[64];
} energy_query;
_Static_assert(sizeof(energy_query) <= OHM_HISTORY_QUERY_MAX, "a question fits");

/* --- the answer ------------------------------------------------------------------------------- */

typedef struct group {
    char date[11]; /* of its first day: "2026-11-01" */
    uint8_t flags;
    bool any, gap; /* a row that is known; one that is not */
    int64_t wh[PERIODS_MAX];
    bool there[PERIODS_MAX];
} group;

typedef struct ledger {
    const energy_query *q;
    const atomic_bool *stop;
    char periods[PERIODS_MAX][OHM_ENERGY_PERIOD_MAX];
    size_t periods_count, rows_count;
    bool too_many, no_memory;
    group *rows;
    size_t rows_cap;
} ledger;

static void first_of(const energy_query *q, const char *date, char out[static 11])
{
    (void)snprintf(out, 11, "%.10s", date);
    if (q->step != STEP_DAY)
        memcpy(out + 8, "01", 2);
    if (q->step == STEP_YEAR)
        memcpy(out + 5, "01", 2);
}

/* The group of a row: the last one, or a new one behind it. NULL: no room. */
static group *group_of(ledger *l, const char *date)
{
    char first[11];
    first_of(l->q, date, first);
    if (l->rows_count && !strcmp(l->rows[l->rows_count - 1].date, first))
        return &l->rows[l->rows_count - 1];
    l->too_many = l->rows_count == ROWS_MAX;
    if (l->too_many)
        return NULL;
    if (l->rows_count == l->rows_cap) {
        size_t cap = l->rows_cap ? 2 * l->rows_cap : 64;
        group *grown = realloc(l->rows, cap * sizeof *grown);
        l->no_memory = !grown;
        if (!grown)
            return NULL;
        l->rows = grown;
        l->rows_cap = cap;
    }
    group *new = &l->rows[l->rows_count++];
    *new = (group){ .flags = 0 };
    memcpy(new->date, first, sizeof new->date);
    return new;
}

static bool add_row(void *ctx, const ohm_energy_row *row)
{
    ledger *l = ctx;
    size_t at = 0;
    while (at < l->periods_count && strcmp(l->periods[at], row->period) != 0)
        at++;
    group *g = at < PERIODS_MAX ? group_of(l, row->local) : NULL;
    if (!g) {
        l->too_many |= at == PERIODS_MAX;
        return false;
    }
    if (at == l->periods_count)
        memcpy(l->periods[l->periods_count++], row->period, sizeof row->period);
    if (row->flags & OHM_ENERGY_GAP) {
        g->gap = true;
    } else {
        g->any = g->there[at] = true;
        g->wh[at] += row->wh;
    }
    g->flags |= row->flags;
    return !atomic_load_explicit(l->stop, memory_order_relaxed);
}

static const char *word_of(const group *g)
{
    if (!g->any)
        return "gap";
    return g->flags & OHM_ENERGY_CHANGED             ? "meter_change"
           : g->flags & OHM_ENERGY_ESTIMATED         ? "estimated"
           : g->flags & OHM_ENERGY_PARTIAL || g->gap ? "partial"
                                                     : "measured";
}

static void add_head(const ledger *l, ohm_grow *out)
{
    char dates[2][16], *room = ohm_grow_room(out, HEAD_BYTES_MAX);
    const ohm_date ends[] = { l->q->from, l->q->to };
    ohm_json json;
    size_t len;
    if (!room)
        return;
    for (int i = 0; i < 2; i++)
        (void)snprintf(dates[i], sizeof dates[i], "%04d-%02d-%02d", ends[i].year % 10000,
                       ends[i].month % 100, ends[i].day % 100);
    ohm_json_init(&json, room, HEAD_BYTES_MAX);
    ohm_json_object(&json);
    ohm_json_key_str(&json, "key", l->q->key);
    ohm_json_key_str(&json, "unit", "Wh");
    ohm_json_key_str(&json, "step", step_names[l->q->step]);
    ohm_json_key_str(&json, "timezone", l->q->timezone);
    ohm_json_key_str(&json, "from", dates[0]);
    ohm_json_key_str(&json, "to", dates[1]);
    ohm_json_key(&json, "periods");
    ohm_json_array(&json);
    for (size_t i = 0; i < l->periods_count; i++)
        ohm_json_str(&json, l->periods[i]);
    ohm_json_end(&json);
    ohm_json_end(&json);
    ohm_code code = ohm_json_finish(&json, &len);
    assert(code == OHM_OK);
    (void)code;
    out->len += len - 1;
    ohm_grow_add(out, ",\"rows\":[", 9);
}

static void add_group(const ledger *l, size_t at, ohm_grow *out)
{
    const group *g = &l->rows[at];
    char *room = ohm_grow_room(out, ROW_BYTES_MAX + 1);
    ohm_json json;
    size_t len;
    if (!room)
        return;
    if (at)
        *room++ = ',';
    ohm_json_init(&json, room, ROW_BYTES_MAX);
    ohm_json_array(&json);
    ohm_json_str(&json, g->date);
    ohm_json_array(&json);
    for (size_t i = 0; i < l->periods_count; i++)
        if (g->there[i])
            ohm_json_int(&json, g->wh[i]);
        else
            ohm_json_null(&json);
    ohm_json_end(&json);
    ohm_json_str(&json, word_of(g));
    ohm_json_end(&json);
    ohm_code code = ohm_json_finish(&json, &len);
    assert(code == OHM_OK);
    (void)code;
    out->len += len + (at ? 1 : 0);
}

static ohm_code run_energy(ohm_reader *reader, const void *query, const atomic_bool *stop,
                           char **ret_json, size_t *ret_len)
{
    ledger l = { .q = query, .stop = stop };
    ohm_grow out = { .max = BYTES_MAX };
    ohm_date last = ohm_date_from_days(ohm_days_from_date(l.q->to) - 1);
    ohm_code code = ohm_energy_days(reader, l.q->key, l.q->from, last, add_row, &l).code;
    if (code == OHM_OK && (l.too_many || l.no_memory))
        code = l.no_memory ? OHM_NO_MEMORY : OHM_TOO_BIG;
    if (code == OHM_OK && atomic_load(stop))
        code = OHM_MORE;
    if (code == OHM_OK)
        add_head(&l, &out);
    for (size_t i = 0; code == OHM_OK && i < l.rows_count; i++)
        add_group(&l, i, &out);
    ohm_grow_add(&out, "]}\n", 3);
    free(l.rows);
    if (code == OHM_OK && (out.failed || out.too_big))
        code = out.failed ? OHM_NO_MEMORY : OHM_TOO_BIG;
    if (code != OHM_OK) {
        free(out.bytes);
        return code;
    }
    *ret_json = out.bytes;
    *ret_len = out.len;
    return OHM_OK;
}

/* --- the question ----------------------------------------------------------------------------- */

/* "2026-11-01"; what is not there stays. */
static bool read_date(ohm_exchange *x, const char *key, ohm_date *io)
{
    const char *text = ohm_target_query(&x->target, key);
    int64_t year, month, day;
    if (!text)
        return true;
    ohm_span s = ohm_span_text(text);
    if (s.len == 10 && text[4] == '-' && text[7] == '-' &&
        ohm_number_int(ohm_span_part(s, 0, 4), &year) == OHM_OK &&
        ohm_number_int(ohm_span_part(s, 5, 2), &month) == OHM_OK &&
        ohm_number_int(ohm_span_part(s, 8, 2), &day) == OHM_OK && year >= 2000 && year < 2100 &&
        ohm_date_valid((int)year, (int)month, (int)day)) {
        *io = ohm_date_from_days(0);
        io->year = (int16_t)year;
        io->month = (uint8_t)month;
        io->day = (uint8_t)day;
        return true;
    }
    ohm_reply_fault(x, OHM_FAULT_QUERY, key);
    return false;
}

static bool read_query(ohm_exchange *x, energy_query *q)
{
    static const char *const keys[] = { "from", "to", "step" };
    const char *step = ohm_target_query(&x->target, "step");
    const ohm_view *view = ohm_web_view(x->web);
    bool known = true;
    for (int i = 0; i < x->target.pairs_count && known; i++) {
        known = false;
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            known |= !strcmp(x->target.keys[i], keys[k]);
        if (!known)
            ohm_reply_fault(x, OHM_FAULT_QUERY, x->target.keys[i]);
    }
    if (!known)
        return false;
    if (!view) {
        ohm_reply_fault(x, OHM_FAULT_STARTING, NULL);
        return false;
    }
    (void)snprintf(q->timezone, sizeof q->timezone, "%s", ohm_web_tz(x->web)->name);
    int64_t today = ohm_days_from_date(ohm_civil_from_utc(ohm_web_tz(x->web), view->time_ms).date);
    q->to = ohm_date_from_days(today + 1);
    if (!read_date(x, "to", &q->to))
        return false;
    q->from = ohm_date_from_days(ohm_days_from_date(q->to) - DEFAULT_DAYS);
    if (!read_date(x, "from", &q->from))
        return false;
    for (q->step = STEP_DAY; step && q->step <= STEP_YEAR; q->step++)
        if (!strcmp(step_names[q->step], step))
            break;
    bool good = q->step <= STEP_YEAR;
    if (good && ohm_days_from_date(q->from) < ohm_days_from_date(q->to))
        return true;
    ohm_reply_fault(x, OHM_FAULT_QUERY, good ? "from" : "step");
    return false;
}

static void energy_done(ohm_exchange *x, ohm_code outcome)
{
    if (outcome == OHM_OK)
        ohm_reply_answer(x, "application/json", NULL, OHM_PRIVATE);
    else
        ohm_reply_series_fault(x, outcome);
}

void ohm_api_energy(ohm_exchange *x)
{
    energy_query q = { .step = STEP_DAY };
    const char *quantity = x->params[3];
    int n = snprintf(q.key, sizeof q.key, "%s/%s/%s/%s", x->params[0], x->params[1], x->params[2],
                     quantity);
    bool is_kept = !strcmp(quantity, "energy_import") || !strcmp(quantity, "energy_export");
    if (!is_kept || n < 0 || (size_t)n >= sizeof q.key) {
        ohm_reply_fault(x, OHM_FAULT_SERIES, NULL);
        return;
    }
    if (read_query(x, &q))
        ohm_history_send(x, run_energy, &q, sizeof q, energy_done);
}
