/* Readers of the scalars that configurations share: dates, slots of a day, thresholds. Each has
 * the form of ohm_field.parse: NULL on success, else what is accepted. */
#ifndef OHM_CONFIG_VALUES_H
#define OHM_CONFIG_VALUES_H

#include "base/civil.h"
#include "base/span.h"
#include "tariff/contract.h"

const char *ohm_value_date(ohm_span text, void *date);      /* ohm_date: 2026-02-01 */
const char *ohm_value_slot(ohm_span text, void *slot);      /* ohm_contract_slot: 22:00-06:00 */
const char *ohm_value_window(ohm_span text, void *minutes); /* uint16_t[2], 24:00 is 1440 */
const char *ohm_value_minute(ohm_span text, void *minute);  /* uint16_t: 06:00 */
const char *ohm_value_weekdays(ohm_span text, void *bits);  /* uint8_t: mon-fri, sat,sun */
const char *ohm_value_season(ohm_span text, void *days);    /* uint16_t[2]: 11-01/03-31 */
const char *ohm_value_threshold(ohm_span text, void *threshold); /* int32_t: 1..3 or never */
const char *ohm_value_source(ohm_span text, void *source);       /* ohm_source: tempo, entsoe… */
const char *ohm_value_quantity(ohm_span text, void *quantity);   /* int: temperature, power… */

#endif
