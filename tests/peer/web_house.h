/* A small invented house for the tests of the web room: one meter, two loads, eight relays, four
 * days of Ecowatt. Fixed: nothing in it depends on the clock but what a test asks for. */
#ifndef OHM_TESTS_WEB_HOUSE_H
#define OHM_TESTS_WEB_HOUSE_H

#include "web/view.h"

/* Noon of 2026-11-22 in Paris. */
#define WEB_HOUSE_NOW INT64_C(1795345200000)

/* The main meter says another value of a quantity, in its unit of keeping; false: there is none of
 * this name. */
bool web_house_value(ohm_view *view, const char *quantity, int64_t value);
void web_house_init(ohm_view *view, bool demo);
/* What the engine would do, without its rules: takes effect at once. */
ohm_code web_house_command(ohm_view *view, const ohm_command *command);

#endif
