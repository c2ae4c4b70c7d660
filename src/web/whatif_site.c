#include "web/whatif_site.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/history_table.h"

void ohm_whatif_know(const ohm_view *view, ohm_whatif_site *out)
{
    ohm_analysis_beside_of(view, &out->beside);
    out->zones_count = view->zones_count;
    for (int z = 0; z < view->zones_count; z++) {
        ohm_replay_zone *zone = &out->zones[z];
        *zone = (ohm_replay_zone){ .zone = view->zones[z], .twin = view->zone_twins[z] };
        for (int i = 0; i < zone->zone.loads_count; i++)
            zone->power_w += (double)view->loads[zone->zone.loads[i]].nominal_w;
    }
}

/* --- its own panels ----------------------------------------------------------------------------
 */

/* Panels that nobody heard yet made nothing by their column: from the first light on. */
static size_t take_column(const ohm_history_table *t, const ohm_column *sun, ohm_use *out)
{
    size_t count = 0;
    for (size_t row = 0; row < t->columns.rows; row++) {
        double w = sun->values[row];
        if (!isfinite(w) || (count == 0 && w <= 0))
            continue;
        ohm_ms from_ms = t->columns.time_ms[row];
        out[count++] = (ohm_use){ .from_ms = from_ms,
                                  .to_ms = from_ms + t->step_ms,
                                  .import_mwh = OHM_NO_USE,
                                  .export_mwh = llround(w * (double)t->step_ms / 3600),
                                  .reactive_mvarh = OHM_NO_USE,
                                  .va = OHM_NO_USE };
    }
    return count;
}

ohm_code ohm_whatif_sun(ohm_reader *reader, const ohm_analysis_beside *beside, ohm_interval range,
                        const atomic_bool *stop, ohm_use **ret, size_t *ret_count)
{
    ohm_history_table t;
    ohm_column *sun = NULL;
    ohm_use *uses = NULL;
    *ret = NULL;
    *ret_count = 0;
    ohm_code code =
        ohm_history_table_init(&t, reader, range, ohm_history_table_step_ms(range), stop);
    if (code == OHM_OK)
        code = ohm_analysis_sun(&t, beside, &sun);
    if (code == OHM_OK && sun) {
        uses = malloc((t.columns.rows + 1) * sizeof *uses);
        code = uses ? OHM_OK : OHM_NO_MEMORY;
    }
    if (uses) {
        *ret = uses;
        *ret_count = take_column(&t, sun, uses);
    }
    ohm_history_table_free(&t);
    return code;
}

/* --- its zones ---------------------------------------------------------------------------------
 */

static void write_zone(ohm_json *json, const ohm_replay_zone *zone, bool lived)
{
    const ohm_view_twin *twin = &zone->twin;
    bool learnt = twin->state == OHM_VIEW_TWIN_LEARNT;
    const char *lacks = lived            ? NULL
                        : learnt         ? "what the panels made is not known of this time"
                        : twin->lacks[0] ? twin->lacks
                                         : "no night has looked at its days yet";
    ohm_json_object(json);
    ohm_json_key_str(json, "id", zone->zone.id);
    ohm_json_key_str(json, "name", zone->zone.name);
    ohm_json_key_bool(json, "known", lived);
    ohm_json_key_str(json, "lacks", lacks);
    ohm_json_key_decimal(json, "days", llround(twin->days * 100), -2);
    const struct {
        const char *key;
        double value;
    } figures[] = { { "loss_w_per_k", twin->loss_w_per_k },
                    { "loss_low_w_per_k", twin->loss_low },
                    { "loss_high_w_per_k", twin->loss_high } };
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        if (learnt)
            ohm_json_key_decimal(json, figures[i].key, llround(figures[i].value * 10), -1);
        else
            ohm_json_key_null(json, figures[i].key);
    ohm_json_end(json);
}

void ohm_whatif_write_heating(ohm_json *json, const ohm_whatif_site *site, const ohm_replayed *told)
{
    if (!site->zones_count) {
        ohm_json_key_null(json, "heating");
        return;
    }
    ohm_json_key(json, "heating");
    ohm_json_object(json);
    ohm_json_key_int(json, "weather_days", told->weather_days);
    ohm_json_key_decimal(json, "unseen_kwh", llround(told->unseen_kwh * 10), -1);
    ohm_json_key(json, "zones");
    ohm_json_array(json);
    for (int z = 0; z < site->zones_count; z++)
        write_zone(json, &site->zones[z], told->zones_lived >> z & 1);
    ohm_json_end(json);
    ohm_json_end(json);
}
