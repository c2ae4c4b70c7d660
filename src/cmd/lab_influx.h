/* The laboratory's steps in an InfluxDB (1, 2, or what speaks as they do): where --output of
 * --out influx is a server's address for writing, with its query.
 *
 *     http://localhost:8086/api/v2/write?org=home&bucket=lab
 *     http://localhost:8086/write?db=lab
 *
 * A token is that of the environment, INFLUX_TOKEN, and goes over https: or to this very machine
 * only. Every function says what is wrong and returns the exit status. */
#ifndef OHM_CMD_LAB_INFLUX_H
#define OHM_CMD_LAB_INFLUX_H

#include <stdbool.h>

#include "base/span.h"

bool ohm_lab_influx_is(const char *output);
/* Whether it is such an address, and somebody answers there. */
int ohm_lab_influx_check(const char *url);
/* Deletes the measurement `simulation`, whoever wrote it. */
int ohm_lab_influx_reset(const char *url);
/* Sends lines, some thousands at a time. */
int ohm_lab_influx_put(const char *url, ohm_span lines);

#endif
