/* A decoded message as the JSON object that `decode` and `read --json` print; one line, and the
 * same keys whatever the meter says (null where it does not):
 *
 *     {"protocol":"dlms","meter":{"system_title":…,"id":…,"profile":…},"time":…,
 *      "security":{"control":48,"counter":707715,"authenticated":true},
 *      "values":[{"obis":…,"quantity":…,"value":…,"unit":…,"raw":…,"scaler":…},…]}
 *
 * `value` is exactly raw × 10^scaler in the unit; null where nobody says the scaler. Text stands
 * for itself in both; octets and bits are hex; a date is RFC 3339, local without a Z where its
 * zone is not known. A time that can't be an instant is "time":null,"local":"…". */
#ifndef OHM_METER_MESSAGE_JSON_H
#define OHM_METER_MESSAGE_JSON_H

#include "base/json.h"
#include "meter/meter_time.h"

/* Every message fits: 64 KiB of octets, in hex, as value and as raw, and what is around them. */
enum { OHM_MESSAGE_JSON_MAX = 512 * 1024 };

void ohm_message_json(ohm_json *json, const ohm_dlms_message *message,
                      const ohm_meter_clock *clock);

/* The `value` of one of its values alone. */
void ohm_message_value_json(ohm_json *json, const ohm_dlms_message *message,
                            const ohm_dlms_value *value, const ohm_meter_clock *clock);

#endif
