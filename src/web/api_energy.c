/* GET /api/v1/energy/…: what a register gained by hours, or by days, months or years of the
 * calendar and by periods of the tariff, from the energy ledger: what bills are made of. What the
 * ledger does not have yet, the last hours, is not in it. */
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
    ROW_BYTES_MAX = 64 + PERIODS_MAX * 24,
    LINE_BYTES_MAX = 512,
    HEAD_BYTES_MAX = 1024,
    DEFAULT_DAYS = 30,
};

typedef enum energy_step { STEP_HOUR, STEP_DAY, STEP_MONTH, STEP_YEAR } energy_step;
static const char *const step_names[] = { "hour", "day", "month", "year" };

typedef struct energy_query {
    char key[OHM_SERIES_KEY_MAX];
    ohm_date from, to; /* the last one is not in it */
    energy_step step;
    ohm_series_form form;
    const ohm_tz *tz; /* the web's: stays */
} energy_query;
_Static_assert(sizeof(energy_query) <= OHM_HISTORY_QUERY_MAX, "a question fits");

/* --- the answer ------------------------------------------------------------------------------- */

typedef struct group {
    char local[OHM_RFC3339_MAX]; /* the hour, or the date of its first day: "2026-11-01" */
    uint8_t flags;
    bool read; /* a row with readings inside: not all of it is shared out over a gap */
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

static void first_of(const energy_query *q, const char *local, char out[static OHM_RFC3339_MAX])
{
    (void)snprintf(out, OHM_RFC3339_MAX, "%.*s", q->step == STEP_HOUR ? OHM_RFC3339_MAX : 10,
                   local);
    if (q->step == STEP_MONTH || q->step == STEP_YEAR)
        memcpy(out + 8, "01", 2);
    if (q->step == STEP_YEAR)
        memcpy(out + 5, "01", 2);
}

static size_t rows_max(const energy_query *q)
{
    return q->form == OHM_FORM_JSON ? OHM_BUCKETS_MAX : OHM_SERIES_ROWS_MAX;
}

/* The group of a row: the last one, or a new one behind it. NULL: no room. */
static group *group_of(ledger *l, const char *local)
{
    char first[OHM_RFC3339_MAX];
    first_of(l->q, local, first);
    if (l->rows_count && !strcmp(l->rows[l->rows_count - 1].local, first))
        return &l->rows[l->rows_count - 1];
    l->too_many = l->rows_count == rows_max(l->q);
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
    memcpy(new->local, first, sizeof new->local);
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
    g->read |= !(row->flags & OHM_ENERGY_GAP);
    g->there[at] = true;
    g->wh[at] += row->wh;
    g->flags |= row->flags;
    return !atomic_load_explicit(l->stop, memory_order_relaxed);
}

static const char *word_of(const group *g)
{
    if (g->flags & OHM_ENERGY_PENDING)
        return "pending";
    if (g->flags & OHM_ENERGY_CHANGED)
        return "meter_change";
    if (!g->read)
        return "gap";
    return g->flags & (OHM_ENERGY_ESTIMATED | OHM_ENERGY_GAP) ? "estimated"
           : g->flags & OHM_ENERGY_PARTIAL                    ? "partial"
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
    ohm_json_key_str(&json, "timezone", l->q->tz->name);
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
    ohm_json_str(&json, g->local);
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

static void add_json(const ledger *l, ohm_grow *out)
{
    add_head(l, out);
    for (size_t i = 0; i < l->rows_count; i++)
        add_group(l, i, out);
    ohm_grow_add(out, "]}\n", 3);
}

static void add_line(const ledger *l, const group *g, size_t period, ohm_grow *out)
{
    const ohm_rows_energy row = { .key = l->q->key,
                                  .local = g->local,
                                  .period = l->periods[period],
                                  .how = word_of(g),
                                  .kept = (g->flags & OHM_ENERGY_KEPT) != 0,
                                  .wh = g->wh[period] };
    char *room = ohm_grow_room(out, LINE_BYTES_MAX);
    if (!room)
        return;
    size_t len = ohm_rows_energy_write(ohm_series_rows(l->q->form), &row, room, LINE_BYTES_MAX);
    assert(len > 0);
    out->len += len;
}

/* A line for each period of a row. */
static void add_lines(const ledger *l, ohm_grow *out)
{
    char head[HEAD_BYTES_MAX];
    size_t len = ohm_rows_energy_head(ohm_series_rows(l->q->form), head, sizeof head);
    ohm_grow_add(out, head, len);
    for (size_t i = 0; i < l->rows_count; i++) {
        const group *g = &l->rows[i];
        for (size_t k = 0; k < l->periods_count; k++)
            if (g->there[k])
                add_line(l, g, k, out);
    }
}

static ohm_code read_ledger(ohm_reader *reader, ledger *l)
{
    const energy_query *q = l->q;
    ohm_date last = ohm_date_from_days(ohm_days_from_date(q->to) - 1);
    if (q->step != STEP_HOUR)
        return ohm_energy_days(reader, q->key, q->from, last, add_row, l).code;
    const ohm_interval range = { ohm_date_interval(q->tz, q->from).from_ms,
                                 ohm_date_interval(q->tz, last).to_ms };
    return ohm_energy_hours(reader, q->key, range, false, add_row, l).code;
}

static ohm_code run_energy(ohm_reader *reader, const void *query, const atomic_bool *stop,
                           char **ret_json, size_t *ret_len)
{
    ledger l = { .q = query, .stop = stop };
    ohm_grow out = { .max = OHM_SERIES_BYTES_MAX };
    ohm_code code = read_ledger(reader, &l);
    if (code == OHM_OK && (l.too_many || l.no_memory))
        code = l.no_memory ? OHM_NO_MEMORY : OHM_TOO_BIG;
    if (code == OHM_OK && atomic_load(stop))
        code = OHM_MORE;
    if (code == OHM_OK && l.q->form == OHM_FORM_JSON)
        add_json(&l, &out);
    else if (code == OHM_OK)
        add_lines(&l, &out);
    free(l.rows);
    return ohm_grow_give(&out, code, ret_json, ret_len);
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

static bool has_only_known_keys(ohm_exchange *x)
{
    static const char *const keys[] = { "from", "to", "step", "format" };
    bool known = true;
    for (int i = 0; i < x->target.pairs_count && known; i++) {
        known = false;
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            known |= !strcmp(x->target.keys[i], keys[k]);
        if (!known)
            ohm_reply_fault(x, OHM_FAULT_QUERY, x->target.keys[i]);
    }
    return known;
}

static bool read_query(ohm_exchange *x, energy_query *q)
{
    const char *step = ohm_target_query(&x->target, "step");
    const ohm_view *view = ohm_web_view(x->web);
    if (!has_only_known_keys(x) || !ohm_series_form_read(x, &q->form))
        return false;
    if (!view) {
        ohm_reply_fault(x, OHM_FAULT_STARTING, NULL);
        return false;
    }
    q->tz = ohm_web_tz(x->web);
    int64_t today = ohm_days_from_date(ohm_civil_from_utc(q->tz, view->time_ms).date);
    q->to = ohm_date_from_days(today + 1);
    if (!read_date(x, "to", &q->to))
        return false;
    q->from = ohm_date_from_days(ohm_days_from_date(q->to) - DEFAULT_DAYS);
    if (!read_date(x, "from", &q->from))
        return false;
    for (q->step = step ? STEP_HOUR : STEP_DAY; step && q->step <= STEP_YEAR; q->step++)
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
    ohm_reply_rows(x, outcome, (ohm_series_form)x->user, OHM_PRIVATE);
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
    if (!read_query(x, &q))
        return;
    x->user = (int64_t)q.form;
    ohm_history_send(x, run_energy, &q, sizeof q, energy_done);
}
