/* What the parsers of bodies share: a growing list of segments, and the ways to fill and refuse it.
 * For the files answer*.c only. */
#ifndef OHM_FETCH_ANSWER_PARTS_H
#define OHM_FETCH_ANSWER_PARTS_H

#include <jansson.h>

#include "fetch/answer.h"

/* A segment in the making. */
typedef struct ohm_draft {
    ohm_segment segment; /* to_ms is OHM_NO_MS where it lasts until the next one starts */
    bool known;          /* else it only ends the one before */
    int32_t tag;         /* the parser's own */
} ohm_draft;

typedef struct ohm_answer_reading {
    const ohm_answer_options *options;
    ohm_draft *drafts;
    size_t count, cap;
    ohm_segment_unit unit;
    ohm_ms made_ms;
    bool keep_order; /* a typical year */
    ohm_refusal *why;
} ohm_answer_reading;

typedef ohm_err ohm_answer_json(json_t *root, ohm_answer_reading *b);
typedef ohm_err ohm_answer_bytes(ohm_span bytes, ohm_answer_reading *b);

ohm_answer_json ohm_answer_tempo, ohm_answer_services_rte, ohm_answer_couleur, ohm_answer_ejp,
    ohm_answer_demand_response, ohm_answer_energy_charts, ohm_answer_nordpool, ohm_answer_awattar,
    ohm_answer_tibber, ohm_answer_eco2mix, ohm_answer_open_meteo, ohm_answer_forecast_solar,
    ohm_answer_openadr, ohm_answer_of_generic;
ohm_answer_bytes ohm_answer_ecowatt, ohm_answer_entsoe, ohm_answer_epw, ohm_answer_pvgis;

/* --- body_parts.c ------------------------------------------------------------------------- */

OHM_MUST_CHECK ohm_err ohm_answer_add(ohm_answer_reading *b, ohm_draft draft);
/* A whole number over an interval. */
OHM_MUST_CHECK ohm_err ohm_answer_add_int(ohm_answer_reading *b, ohm_interval when, int64_t value);

/* The drafts in order, every one with an end. Two that say the same of the same time are one; two
 * that overlap otherwise are the fault `clash` (static words), with its time. Drafts without an
 * end last until the next; a gap longer than the step before is a gap. `step_ms`: of one alone. */
OHM_MUST_CHECK ohm_err ohm_answer_settle(ohm_answer_reading *b, int64_t step_ms, const char *clash);

/* The same refusal with the time, or with words of the body, told beside it. */
ohm_err ohm_answer_at(ohm_answer_reading *b, ohm_ms when_ms, ohm_err err);
ohm_err ohm_answer_quote(ohm_answer_reading *b, ohm_span words, ohm_err err);
ohm_err ohm_answer_quote_json(ohm_answer_reading *b, const json_t *text, ohm_err err);

/* A body that is not what it should be: with the error that it names, if it names one, else
 * with `what`. */
ohm_err ohm_answer_refuse_error(ohm_answer_reading *b, const json_t *root, const char *what);

/* A number as an exact decimal × 10^shift. OHM_UNKNOWN: absent or null. */
OHM_MUST_CHECK ohm_code ohm_answer_decimal(const json_t *value, int shift, ohm_segment *out);
/* The same of text, which may have blanks around it. */
OHM_MUST_CHECK ohm_code ohm_answer_decimal_text(ohm_span text, int shift, ohm_segment *out);

ohm_span ohm_answer_text(const json_t *value); /* of a string */
/* "2026-01-15", and nothing else. */
OHM_MUST_CHECK ohm_code ohm_answer_date(ohm_span text, ohm_date *out);
/* The date that a time means when it is written from midnight, whatever its offset: around a
 * change of the clocks offsets of the wrong season have been seen. Else its date in the zone. */
OHM_MUST_CHECK ohm_err ohm_answer_day(ohm_span text, const ohm_tz *tz, ohm_date *out);
/* RFC 3339, also without seconds, with a blank for the T, or with a zone like +0100. A time
 * without a zone is one of `tz`, the first of two; NULL: it is refused. */
OHM_MUST_CHECK ohm_code ohm_answer_time(ohm_span text, const ohm_tz *tz, ohm_ms *out);

/* When the body, or a part of it, was made: the newest of those that are times counts. */
void ohm_answer_made(ohm_answer_reading *b, ohm_span time);

/* A member that is a list or an object; NULL if it is not. */
const json_t *ohm_answer_array(const json_t *object, const char *key);
const json_t *ohm_answer_object(const json_t *object, const char *key);
bool ohm_answer_says(const json_t *object, const char *key, const char *text);

#endif
