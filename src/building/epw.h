/* Weather files of EnergyPlus (EPW): the place, and a row an hour of temperature and light.
 *
 * The form: Auxiliary Programs of EnergyPlus, "EnergyPlus Weather File (EPW) Data Dictionary":
 * eight lines of head, of which LOCATION is read, then a row an interval, whose columns 7, 14, 15
 * and 16 are the dry bulb, global, direct normal and diffuse horizontal light. Hour 1 is from 00:00
 * to 01:00 of local standard time. What is missing (99.9 °C, 9999 Wh/m²) is refused with its line:
 * a year with holes is no year.
 *
 * ohm_epw_init, then ohm_epw_line for each line without its end. Values only. */
#ifndef OHM_BUILDING_EPW_H
#define OHM_BUILDING_EPW_H

#include "base/err.h"
#include "base/span.h"
#include "base/time.h"
#include "building/sun.h"

enum { OHM_EPW_HEAD_LINES = 8, OHM_EPW_HOURS_MAX = 8784 };

typedef struct ohm_epw_hour {
    ohm_ms begin_ms; /* UTC, of the year that the row is from: typical years mix them */
    double outdoor_c, direct_wm2, diffuse_wm2;
} ohm_epw_hour;

typedef struct ohm_epw {
    ohm_place place;
    double zone_h; /* local standard time less UTC */
    uint32_t lines;
} ohm_epw;

void ohm_epw_init(ohm_epw *epw);

/* One line. OHM_OK: *hour is written. OHM_MORE: a line of the head, or an empty one. An error has
 * the line in `at`. */
OHM_MUST_CHECK ohm_err ohm_epw_line(ohm_epw *epw, ohm_span line, ohm_epw_hour *hour);

#endif
