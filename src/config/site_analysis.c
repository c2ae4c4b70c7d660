/* `analysis:` of the site's configuration: what forecasts know of the calendar, and alarms of
 * prices. */
#include "config/field_rows.h"
#include "config/site.h"

const char *const ohm_site_holidays[] = { "fr", "none", NULL };

const char *const ohm_site_forecast_steps[] = { "1h", "15m", NULL };

const char *const ohm_site_machines[] = { "none", "fridge", "heat_pump", NULL };

const ohm_field ohm_site_analysis_fields[] = {
    CHOICE("holidays", ohm_site, holidays, ohm_site_holidays,
           "public holidays, which are like Sundays: fr (default) or none"),
    CHOICE("forecast_step", ohm_site, forecast_step, ohm_site_forecast_steps,
           "1h (default); 15m: the main meter and panels by quarter-hours, too"),
    PATH("closures", ohm_site, closures, "a file of further such days: dates, a line each or two"),
    { .key = "water_eur_per_m3",
      .type = OHM_FIELD_DECIMAL,
      .offset = offsetof(ohm_site, water_ueur_per_m3),
      .decimals = 6,
      .max = 100000000,
      .help = "EUR/m^3 with its drain, tax included: what a leak costs" },
    { 0 },
};
