/* What goes out besides the present registers: objects, and rows of profiles one by one. */
#include "meter/cosem_reader.h"
#include "meter/meter_time.h"

/* The next objects as values without a value; a version stands in the attribute's place. False:
 * there are no more. */
static bool fill_objects(ohm_cosem_reader *r)
{
    static const uint8_t null_item[] = { OHM_AXDR_NULL };
    const ohm_cosem_scale unscaled = { .known = false };
    ohm_dlms_message *m = &r->message.dlms;
    ohm_cosem_ref ref;
    uint8_t version = 0;
    ohm_cosem_reader_message(r, false);
    r->message.browsed = true;
    m->id = ohm_span_of(NULL, 0);
    while (m->count < OHM_DLMS_VALUES_MAX &&
           ohm_cosem_objects_next(&r->objects, &ref, &version) == OHM_OK) {
        if (ohm_cosem_value_add(m, &ref, ohm_span_of(null_item, sizeof null_item), &unscaled) !=
            OHM_OK)
            break;
        m->values[m->count - 1].attribute = version;
        m->values[m->count - 1].quantity = (uint16_t)ohm_obis_quantity(ref.obis);
    }
    return m->count > 0;
}

/* The content of a row but its clock, which is written in more than one way (FNV-1a). */
static uint64_t digest_row(const ohm_cosem_rows *rows)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < rows->columns->count; i++) {
        if (i == rows->columns->clock)
            continue;
        for (size_t k = 0; k < rows->cells[i].len; k++)
            h = (h ^ rows->cells[i].ptr[k]) * UINT64_C(0x100000001b3);
        h = (h ^ 0x100) * UINT64_C(0x100000001b3); /* an end of a column is no byte */
    }
    return h;
}

/* Was it given out in a conversation before? Several events may bear one second. */
static bool is_old(const ohm_cosem_profile *p, ohm_ms at_ms, uint64_t digest)
{
    if (p->since_ms == OHM_NO_MS || at_ms > p->since_ms)
        return false;
    bool old = at_ms < p->since_ms || p->before_count == 0;
    for (int i = 0; i < p->before_count; i++)
        old = old || p->before[i] == digest;
    return old;
}

/* A row of the future, where a clock failed once, must not hide all that come after it. */
static bool is_credible(const ohm_cosem_reader *r, ohm_ms at_ms)
{
    if (r->now.utc_ms != OHM_NO_MS)
        return at_ms <= r->now.utc_ms + OHM_COSEM_FUTURE_MS;
    return r->rows.time.status == OHM_DLMS_TIME_NO_STATUS ||
           (r->rows.time.status & OHM_DLMS_TIME_INVALID) == 0;
}

static void remember_row(ohm_cosem_reader *r, ohm_cosem_profile *p, ohm_ms at_ms, uint64_t digest)
{
    if (p->last_ms != OHM_NO_MS && at_ms < p->last_ms)
        return;
    if (p->last_ms == OHM_NO_MS || at_ms > p->last_ms)
        p->seen_count = 0;
    if (p->seen_count < OHM_COSEM_SEEN_MAX)
        p->seen[p->seen_count++] = digest;
    p->last_ms = at_ms;
    r->unsaved = true;
}

void ohm_cosem_reader_since(ohm_cosem_reader *r, ohm_cosem_profile *p)
{
    ohm_ms now_ms = r->now.utc_ms;
    if (p->last_ms != OHM_NO_MS && now_ms != OHM_NO_MS &&
        p->last_ms > now_ms + OHM_COSEM_FUTURE_MS) {
        p->last_ms = OHM_NO_MS; /* kept by an older version, or by a wrong clock of ours */
        p->seen_count = 0;
        r->counts.refused++;
        r->unsaved = true;
    }
    p->since_ms = p->last_ms;
    p->before_count = p->seen_count;
    memcpy(p->before, p->seen, sizeof p->before);
}

/* The question may reach further than what is wanted (cosem_reader_profile.c). A clock of an
 * unknown zone is taken as it was asked for: as that of UTC. */
static bool is_outside(const ohm_cosem_piece *piece, const ohm_dlms_time *time, ohm_ms at_ms)
{
    ohm_tz utc;
    ohm_ms last_ms = 0;
    ohm_tz_utc(&utc);
    if (at_ms == OHM_NO_MS)
        (void)ohm_civil_to_utc(&utc, time->local, &at_ms, &last_ms);
    return (piece->least_ms != OHM_NO_MS && at_ms < piece->least_ms) ||
           (piece->most_ms != OHM_NO_MS && at_ms > piece->most_ms);
}

static bool fill_row(ohm_cosem_reader *r, ohm_cosem_profile *p)
{
    const ohm_meter_clock clock = { .tz = r->config.tz, .last_ms = p->last_ms };
    ohm_dlms_message *m = &r->message.dlms;
    ohm_cosem_reader_message(r, true);
    m->time = r->rows.time;
    if (p->columns.clock >= 0) {
        if (!m->time.present)
            return false; /* a row of no time is of no use */
        ohm_ms at_ms = ohm_meter_time_resolve(&clock, m, &m->time, OHM_NO_MS);
        if (is_outside(&r->piece, &m->time, at_ms))
            return false;
        if (at_ms != OHM_NO_MS && r->settings.first == 0) {
            uint64_t digest = digest_row(&r->rows);
            if (is_old(p, at_ms, digest))
                return false;
            if (is_credible(r, at_ms))
                remember_row(r, p, at_ms, digest);
        }
    }
    for (int i = 0; i < p->columns.count; i++)
        if (r->rows.cells[i].len > 0 &&
            ohm_cosem_value_add(m, &p->columns.refs[i], r->rows.cells[i], &p->scales[i]) != OHM_OK)
            return false;
    return m->count > 0;
}

bool ohm_cosem_reader_row(ohm_cosem_reader *r)
{
    if (r->browsing) {
        r->browsing = fill_objects(r);
        r->counts.messages += r->browsing;
        return r->browsing;
    }
    if (r->phase != OHM_COSEM_GIVING || r->profile >= r->settings.profiles_count ||
        r->rows.columns != &r->profiles[r->profile].columns)
        return false;
    ohm_cosem_profile *p = &r->profiles[r->profile];
    ohm_code code;
    while ((code = ohm_cosem_rows_next(&r->rows)) == OHM_OK)
        if (fill_row(r, p)) {
            r->counts.messages++;
            return true;
        }
    if (code != OHM_END)
        ohm_cosem_reader_lack(r, OHM_METER_NO_PROFILE, code, OHM_COSEM_ROWS_DAMAGED);
    r->rows.columns = NULL;
    return false;
}
