#include "fetch/answer.h"

#include <stdio.h>
#include <stdlib.h>

#include "fetch/answer_parts.h"
#include "fetch/ecowatt_body.h"
#include "fetch/json_body.h"

/* How a source's bodies are read, and how their segments come out. */
typedef struct answer_row {
    ohm_answer_json *json;
    ohm_answer_bytes *bytes;
    ohm_segment_unit unit; /* unless the parser says otherwise */
    int64_t step_ms;       /* of a value alone that says only when it starts */
    const char *clash;
    const char *about;
} answer_row;

static const answer_row rows[OHM_SOURCES_COUNT] = {
    [OHM_SOURCE_ECOWATT] = { .bytes = ohm_answer_ecowatt,
                             .unit = OHM_UNIT_LEVEL,
                             .clash = "two levels for one time",
                             .about = "RTE: 0 abundant, 1 normal, 2 tense, 3 very tense" },
    [OHM_SOURCE_TEMPO] = { .json = ohm_answer_tempo,
                           .unit = OHM_UNIT_COLOUR,
                           .clash = "two colours for one day",
                           .about = "RTE's calendar: BLUE, WHITE, RED, from 06:00 to 06:00" },
    [OHM_SOURCE_TEMPO_SERVICES_RTE] = { .json = ohm_answer_services_rte,
                                        .unit = OHM_UNIT_COLOUR,
                                        .clash = "two colours for one day",
                                        .about = "the same of services-rte.com" },
    [OHM_SOURCE_TEMPO_COULEUR] = { .json = ohm_answer_couleur,
                                   .unit = OHM_UNIT_COLOUR,
                                   .clash = "two colours for one day",
                                   .about = "the same of api-couleur-tempo.fr" },
    [OHM_SOURCE_EJP] = { .json = ohm_answer_ejp,
                         .unit = OHM_UNIT_LEVEL,
                         .clash = "two answers for one day",
                         .about = "EDF: 1 in the peak of an EJP day, else 0" },
    [OHM_SOURCE_DEMAND_RESPONSE] = { .json = ohm_answer_demand_response,
                                     .unit = OHM_UNIT_LEVEL,
                                     .clash = "two signals for one day",
                                     .about = "RTE: 0 none, 1 explicit, 2 implicit, 3 both" },
    [OHM_SOURCE_ENTSOE] = { .bytes = ohm_answer_entsoe,
                            .unit = OHM_UNIT_EUR_PER_MWH,
                            .clash = "two prices for one time",
                            .about = "day-ahead prices, document A44 (XML), EUR/MWh" },
    [OHM_SOURCE_ENERGY_CHARTS] = { .json = ohm_answer_energy_charts,
                                   .unit = OHM_UNIT_EUR_PER_MWH,
                                   .step_ms = OHM_HOUR_MS,
                                   .clash = "two prices for one time",
                                   .about = "day-ahead prices, EUR/MWh" },
    [OHM_SOURCE_NORDPOOL] = { .json = ohm_answer_nordpool,
                              .unit = OHM_UNIT_EUR_PER_MWH,
                              .clash = "two prices for one time",
                              .about = "day-ahead prices, EUR/MWh" },
    [OHM_SOURCE_AWATTAR] = { .json = ohm_answer_awattar,
                             .unit = OHM_UNIT_EUR_PER_MWH,
                             .clash = "two prices for one time",
                             .about = "day-ahead prices, EUR/MWh" },
    [OHM_SOURCE_TIBBER] = { .json = ohm_answer_tibber,
                            .unit = OHM_UNIT_EUR_PER_MWH,
                            .step_ms = 15 * OHM_MINUTE_MS,
                            .clash = "two prices for one time",
                            .about = "what the customer pays, EUR/MWh" },
    [OHM_SOURCE_ECO2MIX] = { .json = ohm_answer_eco2mix,
                             .unit = OHM_UNIT_G_PER_KWH,
                             .step_ms = 15 * OHM_MINUTE_MS,
                             .clash = "two rates for one time",
                             .about = "RTE: CO2 of what France makes, g/kWh" },
    [OHM_SOURCE_OPEN_METEO] = { .json = ohm_answer_open_meteo,
                                .unit = OHM_UNIT_CELSIUS,
                                .clash = "two values for one time",
                                .about = "forecast: temperature_2m in °C; radiation in W/m² by "
                                         "--series" },
    [OHM_SOURCE_EPW] = { .bytes = ohm_answer_epw,
                         .unit = OHM_UNIT_CELSIUS,
                         .clash = "two rows for one time",
                         .about =
                             "weather file: temperature in °C; ghi, dni, dhi in W/m² by --series" },
    [OHM_SOURCE_PVGIS] = { .bytes = ohm_answer_pvgis,
                           .unit = OHM_UNIT_CELSIUS,
                           .clash = "two rows for one time",
                           .about = "JSON or CSV: T2m in °C; G(h)… in W/m² by --series" },
    [OHM_SOURCE_FORECAST_SOLAR] = { .json = ohm_answer_forecast_solar,
                                    .unit = OHM_UNIT_W,
                                    .clash = "two values for one time",
                                    .about = "production: watts; watt_hours_period by --series" },
    [OHM_SOURCE_OPENADR] = { .json = ohm_answer_openadr,
                             .unit = OHM_UNIT_OTHER,
                             .clash = "two events of one priority for one time",
                             .about =
                                 "events: PRICE in EUR/MWh, else SIMPLE, GHG…; --series TYPE" },
    [OHM_SOURCE_GENERIC] = { .json = ohm_answer_of_generic,
                             .unit = OHM_UNIT_OTHER,
                             .step_ms = OHM_HOUR_MS,
                             .clash = "two values for one time",
                             .about = "any JSON: --pointer, --start, --end, --value, --unit" },
};

/* Ecowatt's own parser knows more than segments can say (fetch/ecowatt_body.h). */
ohm_err ohm_answer_ecowatt(ohm_span bytes, ohm_answer_reading *b)
{
    ohm_signal_set set;
    OHM_TRY(ohm_ecowatt_body_to_set(bytes, b->options->tz, OHM_NO_MS, &set));
    b->made_ms = set.made_ms;
    for (uint16_t i = 0; i < set.count; i++)
        OHM_TRY(ohm_answer_add_int(b, set.intervals[i].when, set.intervals[i].level));
    return ohm_ok();
}

static ohm_err read_drafts(const answer_row *row, ohm_span bytes, ohm_answer_reading *b)
{
    if (bytes.len > OHM_ANSWER_MAX)
        return ohm_fail(OHM_TOO_BIG, OHM_ANSWER_MAX, "the body is too big");
    if (row->bytes) {
        OHM_TRY(row->bytes(bytes, b));
    } else {
        json_t *root = NULL;
        OHM_TRY(ohm_json_body_load_any(bytes, OHM_ANSWER_MAX, &root));
        ohm_err err = row->json(root, b);
        json_decref(root);
        OHM_TRY(err);
    }
    return ohm_answer_settle(b, row->step_ms, row->clash);
}

/* What is known, as segments. */
static ohm_err take_segments(const ohm_answer_reading *b, ohm_answer *out)
{
    ohm_segment *segments = malloc((b->count ? b->count : 1) * sizeof *segments);
    if (!segments)
        return ohm_fail(OHM_NO_MEMORY, 0, "no memory to read the body");
    size_t count = 0;
    for (size_t i = 0; i < b->count; i++)
        if (b->drafts[i].known)
            segments[count++] = b->drafts[i].segment;
    *out = (ohm_answer){ segments, count, b->unit, b->made_ms };
    return ohm_ok();
}

bool ohm_answer_reads(ohm_source source)
{
    assert((unsigned)source < OHM_SOURCES_COUNT);
    return rows[source].json || rows[source].bytes;
}

const char *ohm_answer_about(ohm_source source)
{
    assert((unsigned)source < OHM_SOURCES_COUNT);
    return rows[source].about;
}

ohm_code ohm_answer_read(ohm_source source, ohm_span bytes, const ohm_answer_options *options,
                         ohm_answer *out, ohm_refusal *ret_why)
{
    assert((unsigned)source < OHM_SOURCES_COUNT);
    const answer_row *row = &rows[source];
    *ret_why = (ohm_refusal){ .when_ms = OHM_NO_MS };
    ohm_answer_reading b = {
        .options = options, .unit = row->unit, .made_ms = OHM_NO_MS, .why = ret_why
    };
    ohm_err err = ohm_answer_reads(source)
                      ? read_drafts(row, bytes, &b)
                      : ohm_fail(OHM_UNSUPPORTED, 0, "bodies of this source are not read");
    if (!ohm_failed(err))
        err = take_segments(&b, out);
    free(b.drafts);
    ret_why->err = err;
    return err.code;
}

void ohm_answer_release(ohm_answer *body)
{
    free(body->segments);
    *body = (ohm_answer){ .made_ms = OHM_NO_MS };
}

size_t ohm_refusal_text(const ohm_refusal *why, char *out, size_t cap)
{
    char where[64] = "", when[OHM_RFC3339_MAX] = "";
    if (why->when_ms != OHM_NO_MS)
        (void)ohm_rfc3339_write(why->when_ms, when);
    if (why->line)
        (void)snprintf(where, sizeof where, " (line %u)", why->line);
    else if (why->err.at)
        (void)snprintf(where, sizeof where, " (at byte %u)", why->err.at);
    int len = snprintf(out, cap, "%s%s%s%s%s%s", why->err.what, when[0] ? ": " : "", when,
                       why->quoted[0] ? ": " : "", why->quoted, where);
    return len < 0 ? 0 : (size_t)len < cap ? (size_t)len : cap - 1;
}
