/* What a program says of a limit of power on MQTT (docs/shedding.md, "Orders by MQTT"): an object
 * of JSON, in the words of the HTTP API or in those of EEBus's limitation of power consumption.
 *
 *     {"va": 4200, "minutes": 60}                            as PUT /api/v1/limits/ID
 *     {"w": 4200, "active": true, "duration_s": 3600}        W stand for as many VA: never more
 *     {"va": null}, {"active": false}                        it limits no longer
 *
 * Without a duration it holds for OHM_LIMIT_ORDER_MS: who wants more says it again, and who falls
 * silent is replaced by the configured value. */
#ifndef OHM_CMD_LIMIT_ORDER_H
#define OHM_CMD_LIMIT_ORDER_H

#include "base/err.h"
#include "base/span.h"
#include "base/time.h"

enum { OHM_LIMIT_ORDER_MS = 5 * OHM_MINUTE_MS };

typedef struct ohm_limit_order {
    bool limits; /* false: taken back */
    int32_t va;
    int64_t duration_ms; /* > 0, a week at most */
} ohm_limit_order;

/* Bytes are hostile: taken whole, or refused with a static reason. */
OHM_MUST_CHECK ohm_err ohm_limit_order_read(ohm_span payload, ohm_limit_order *out);

#endif
