/* A frame of the TIC as the JSON object that `decode` and `read --json` print:
 *
 *     {"protocol":"tic","meter":{…,"id":…},"time":…,"security":null,"mode":"historique",
 *      "phases":1,"producer":false,"contract":"HC..","complete":true,"rejected":0,
 *      "overrun":false,"tariff_index":2,"tempo":null,"relays":null,"stge":null,"next_day":null,
 *      "values":[{"label":"PAPP","value":"00440","time":null,"quantity":…,"unit":"VA",
 *                 "number":440},…]}
 *
 * The same keys whatever the meter says, null where it does not. A value is the text as sent, in
 * the order of the frame; `number` is what it counts in `unit`, where its label has one; `time`
 * the instant of its date. "event":"overrun" stands in the message of an overrun alone. */
#ifndef OHM_METER_TIC_JSON_H
#define OHM_METER_TIC_JSON_H

#include "base/json.h"
#include "wire/tic.h"

void ohm_tic_json(ohm_json *json, const ohm_tic_message *message);

#endif
