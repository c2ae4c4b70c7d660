/* The fields of a source of signals (`signals:`). */
#include <string.h>

#include "config/field_rows.h"
#include "config/site.h"
#include "config/values.h"

void ohm_site_signal_defaults(void *element)
{
    ohm_site_signal *signal = element;
    memset(signal, 0, sizeof *signal);
    signal->latitude_e4 = signal->longitude_e4 = OHM_SITE_NOWHERE;
}

const ohm_field ohm_site_signal_fields[] = {
    { .key = "source",
      .type = OHM_FIELD_CUSTOM,
      .offset = offsetof(ohm_site_signal, source),
      .required = true,
      .parse = ohm_value_source,
      .help = "tempo, tempo-services-rte, tempo-couleur, ejp, demand-response, entsoe, "
              "energy-charts, nordpool, awattar, tibber, eco2mix, open-meteo, forecast-solar, "
              "openadr, generic" },
    TEXT("id", ohm_site_signal, id, false, "its name here, default the source's"),
    TEXT("url", ohm_site_signal, url, false, "base address, default the service's own"),
    TEXT(
        "area", ohm_site_signal, area, false,
        "entsoe: 10YFR-RTE------C; energy-charts, nordpool: FR (the defaults); openadr: a program"),
    TEXT("client_id", ohm_site_signal, client_id, false, "tempo, demand-response, openadr"),
    SECRET("client_secret", ohm_site_signal, secret,
           "secret of the client; the token of entsoe or tibber; the key of forecast-solar"),
    { .key = "latitude",
      .type = OHM_FIELD_DECIMAL,
      .offset = offsetof(ohm_site_signal, latitude_e4),
      .decimals = 4,
      .min = -900000,
      .max = 900000,
      .help = "open-meteo, forecast-solar: degrees north" },
    { .key = "longitude",
      .type = OHM_FIELD_DECIMAL,
      .offset = offsetof(ohm_site_signal, longitude_e4),
      .decimals = 4,
      .min = -1800000,
      .max = 1800000,
      .help = "the same: degrees east" },
    INT("tilt", ohm_site_signal, tilt_deg, 0, 90, false, "forecast-solar, open-meteo: 0 lies flat"),
    INT("azimuth", ohm_site_signal, azimuth_deg, -180, 180, false,
        "the same: 0 is south, -90 east"),
    { .key = "power_kwp",
      .type = OHM_FIELD_DECIMAL,
      .offset = offsetof(ohm_site_signal, power_w),
      .decimals = 3,
      .min = 1,
      .max = 1000000000,
      .help =
          "the same: peak power of the panels; with open-meteo what they will make is worked out" },
    TEXT("pointer", ohm_site_signal, pointer, false,
         "generic: JSON pointer to a number, or to a list of objects"),
    TEXT("start", ohm_site_signal, start, false, "generic: in an object, where its start is"),
    TEXT("end", ohm_site_signal, end, false, "generic: its end, default the next one's start"),
    TEXT("value", ohm_site_signal, value, false, "generic: its value"),
    TEXT("unit", ohm_site_signal, unit, false,
         "generic: EUR/MWh, EUR/kWh, ct/kWh, g/kWh, °C, W/m², W, kW, Wh, kWh or level"),
    TEXT("ven_name", ohm_site_signal, ven_name, false,
         "openadr: the name this node registers under; without one it only reads events"),
    TEXT("resource", ohm_site_signal, resource, false,
         "openadr: what the node stands for there, where its program asks for one"),
    TEXT("targets", ohm_site_signal, targets, false, "openadr: whose events, as north,house-7"),
    TEXT("target_type", ohm_site_signal, target_type, false,
         "openadr 3.0: what the targets are, as GROUP"),
    TEXT("token_url", ohm_site_signal, token_url, false,
         "openadr: where its tokens come from, default its /auth/token"),
    BOOL("reports", ohm_site_signal, reports,
         "openadr: answer reports that events ask for with the energy imported, default no"),
    INT("every_s", ohm_site_signal, every_s, 60, 86400, false,
        "between two questions, default and least as the source's pace has it"),
    { 0 },
};
