/* The data sets of a readout (wire/readout.h) as JSON, one object a set in the order of the lines:
 *
 *     {"address":"1-0:1.8.1","obis":"1-0:1.8.1*255","quantity":"energy_import_t1",
 *      "value":185000,"unit":"Wh","raw":185000,"scaler":0,"text":null,"time":null,
 *      "values":[{"raw":"00185.000*kWh","value":"00185.000","unit":"kWh","number":185}]}
 *
 * `value` is exactly raw × 10^scaler in a base unit, the text where the only bracket is text (a
 * name that is sent as hex of its letters is read), else null; `values` are all brackets, as they
 * came. Shared by P1 and IEC 62056-21. */
#ifndef OHM_METER_READOUT_JSON_H
#define OHM_METER_READOUT_JSON_H

#include "base/json.h"
#include "meter/meter_clock.h"
#include "meter/protocol.h"
#include "wire/readout.h"

void ohm_readout_values_json(ohm_json *json, const ohm_readout *readout,
                             const ohm_meter_clock *clock);
void ohm_readout_ident_json(ohm_json *json, const ohm_readout_ident *ident);

/* The `value` of one set alone. */
void ohm_readout_value_json(ohm_json *json, const ohm_readout *readout, const ohm_readout_set *set,
                            const ohm_meter_clock *clock);

/* Its unit for people: static, or "". */
const char *ohm_readout_unit_text(const ohm_readout_set *set);

/* The instant of a time: by the clock's zone; without one, a time that says its season is of
 * central Europe, as P1's are. OHM_NO_MS: not known. */
ohm_ms ohm_readout_instant(const ohm_readout_time *time, const ohm_meter_clock *clock,
                           ohm_ms now_ms);

void ohm_readout_readings(const ohm_readout *readout, ohm_quality proven, uint16_t device,
                          ohm_ms time_ms, ohm_frame *out);
bool ohm_readout_wanted(const ohm_readout *readout);
bool ohm_readout_item(const ohm_readout *readout, size_t index, const ohm_meter_clock *clock,
                      ohm_json *value, ohm_protocol_item *out);

#endif
