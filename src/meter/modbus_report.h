/* What a Modbus device said, whether it was asked by us or overheard: the message of the rows
 * "modbus" and "modbus-rtu". Values are worked out from the registers when they are asked for. */
#ifndef OHM_METER_MODBUS_REPORT_H
#define OHM_METER_MODBUS_REPORT_H

#include "base/json.h"
#include "base/reading.h"
#include "meter/meter_clock.h"
#include "meter/protocol.h"
#include "wire/modbus_map.h"
#include "wire/modbus_stream.h"

/* One of `captured` and `plan` is there. */
typedef struct ohm_modbus_report {
    const ohm_modbus_message *captured; /* a transaction */
    const ohm_modbus_plan *plan;        /* a whole poll */
    const ohm_modbus_profile *profile;  /* NULL: none, the registers stay numbers */
    const char *id;                     /* serial number or model; NULL: not said */
    uint8_t unit;
} ohm_modbus_report;

size_t ohm_modbus_report_points(const ohm_modbus_report *report);
void ohm_modbus_report_value(const ohm_modbus_report *report, size_t point, ohm_modbus_value *out);

/* Known quantities, quantised. Nothing on the wire proves who said them. */
void ohm_modbus_report_readings(const ohm_modbus_report *report, uint16_t device, ohm_ms time_ms,
                                ohm_frame *out);

/* {"protocol":"modbus","meter":{…,"unit":1},"time":null,"security":null,"unit":1,"function":4,
 *  "address":0,"count":2,"registers":[…],"bits":null,"exception":null,"answered":true,
 *  "identification":null,"values":[…]}
 * What belongs to a transaction is null in a poll. */
void ohm_modbus_report_json(ohm_json *json, const ohm_modbus_report *report);

/* Is there a number that no device measures: is this another device's profile? One odd value of
 * many is not enough; *ret_point then is not set. */
bool ohm_modbus_report_wrong(const ohm_modbus_report *report, size_t *ret_point);

#endif
