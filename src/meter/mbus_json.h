/* An M-Bus telegram as the JSON object that `decode` and `read --json` print:
 *
 *     {"protocol":"mbus",
 *      "meter":{"id":"…","manufacturer":"ACW","version":20,"medium":"Water","medium_code":7,
 *               "address":1,"secondary_address":"…","profile":null,"system_title":null},
 *      "time":null,"security":null,"status":0,"access":37,"signature":0,"more_follows":false,
 *      "values":[{"function":"Instantaneous value","storage":0,"tariff":null,"subunit":null,
 *                 "quantity":"volume","description":"Volume","unit":"m^3","value":0.031,
 *                 "dib":"04","vib":"13","raw":"1f000000"},…]}
 *
 * A tariff and a subunit are null where no DIFE says any; a value is null where the meter says
 * that it is none. Times are local and have no zone. "condition" says the status in words,
 * "combinable" lists the VIFEs that qualify a value and "qualifiers" says them, "moment" is the
 * time that such a VIFE makes of the data, "error" and "alarm" are an application error's and an
 * alarm's; "security" of an enciphered telegram is {"mode":7,"counter":…,"authenticated":…}. */
#ifndef OHM_METER_MBUS_JSON_H
#define OHM_METER_MBUS_JSON_H

#include "base/json.h"
#include "meter/meter_clock.h"
#include "wire/mbus_quantity.h"

void ohm_mbus_json(ohm_json *json, const ohm_mbus_message *message, const ohm_meter_clock *clock);

/* Who said it, as keys of an object that is open. */
void ohm_mbus_meter_json(ohm_json *json, const ohm_mbus_message *message);

/* The `value` of one record alone. */
void ohm_mbus_value_json(ohm_json *json, const ohm_mbus_message *message,
                         const ohm_mbus_record *record);

/* The telegram's own clock: the civil time of its first time point of now. False: it says none. */
bool ohm_mbus_said(const ohm_mbus_message *message, ohm_civil *ret_local, bool *ret_summer);

/* The instant of that; OHM_NO_MS: none, or nobody can tell. Meters keep standard time all year or
 * go with the people, and few say which: only the summer flag does. */
ohm_ms ohm_mbus_instant(const ohm_mbus_message *message, const ohm_meter_clock *clock,
                        ohm_ms now_ms);

#endif
