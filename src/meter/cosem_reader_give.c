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
        bool by_time = r->settings.first == 0;
        if (at_ms != OHM_NO_MS && by_time && p->last_ms != OHM_NO_MS && at_ms <= p->last_ms)
            return false;
        if (at_ms != OHM_NO_MS && by_time) {
            p->last_ms = at_ms;
            r->unsaved = true;
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
    while (ohm_cosem_rows_next(&r->rows) == OHM_OK)
        if (fill_row(r, p)) {
            r->counts.messages++;
            return true;
        }
    r->rows.columns = NULL;
    r->profile++;
    return false;
}
