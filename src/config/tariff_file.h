/* Shipped tariffs: data/tariffs/NAME.yaml, embedded in the binary, dated, each row with the
 * source of its prices. Reading one gives the price rows for a subscribed power. */
#ifndef OHM_CONFIG_TARIFF_FILE_H
#define OHM_CONFIG_TARIFF_FILE_H

#include "config/schema.h"
#include "tariff/contract.h"

/* Fills name, has_off_peak and the rows of *contract from the YAML of a tariff, for this power.
 * OHM_UNKNOWN when the tariff has no price for it. */
OHM_MUST_CHECK ohm_code ohm_tariff_read(ohm_span yaml, const char *file, int64_t power_va,
                                        ohm_contract *contract, ohm_schema_report *report);

#endif
