/* What a program asks of the car on MQTT (docs/plan.md, "The car"): an object of JSON.
 *
 *     {"need_kwh": 20, "ready": "2026-11-24T06:00:00Z"}      as PUT /api/v1/plan/car; also "daily"
 *     {"need_kwh": 20, "ready": "07:00"}                     the next such time of the site
 *     {"soc": 35, "target_soc": 80, "capacity_kwh": 52, ...} percent: what lacks of the target
 *     {"need_kwh": null}                                     nothing any more */
#ifndef OHM_CMD_CAR_ORDER_H
#define OHM_CMD_CAR_ORDER_H

#include "base/civil.h"
#include "base/err.h"
#include "base/span.h"
#include "web/car_wish.h"

/* Bytes are hostile: taken whole, or refused with a static reason. `out->there` is false where it
 * is taken back. */
OHM_MUST_CHECK ohm_err ohm_car_order_read(ohm_span payload, const ohm_tz *tz, ohm_ms now_ms,
                                          ohm_day_wish *out);

#endif
