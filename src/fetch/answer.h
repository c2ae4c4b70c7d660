/* The bodies of all sources: bytes in, segments out (base/segment.h). No I/O, no clock.
 *
 * A body is taken whole or refused whole, with one line of reason; a refused one changes nothing.
 * What a body leaves open (a null price, a colour of tomorrow that is not known yet) is a segment
 * that is not there: nothing is invented. Values are exact as printed, up to 15 digits. */
#ifndef OHM_FETCH_ANSWER_H
#define OHM_FETCH_ANSWER_H

#include "base/civil.h"
#include "grid/segments.h"
#include "grid/source.h"

enum {
    OHM_ANSWER_MAX = 16 << 20,        /* 8760 hours of PVGIS in JSON are 1.5 MB */
    OHM_ANSWER_SEGMENTS_MAX = 200000, /* 20 years of hours */
    OHM_ANSWER_QUOTE_MAX = 96,
};

/* Where the values of a source of the user's own are: pointers into JSON (RFC 6901). */
typedef struct ohm_answer_generic {
    const char *pointer;             /* to a number, or to a list of objects */
    const char *start, *end, *value; /* in an object of the list; `end` may be "" */
    const char *unit;                /* "EUR/kWh", "g/kWh"…; "" = none that we know */
    ohm_ms at_ms;                    /* a number holds from then; OHM_NO_MS: not known */
    int64_t hold_ms;                 /* and for so long */
} ohm_answer_generic;

typedef struct ohm_answer_options {
    const ohm_tz *tz; /* of dates and times without a zone */
    /* Which of a body's series; NULL or "" for the source's own first choice:
     *   nordpool, awattar…      nordpool: the area, as "FR"
     *   entsoe                  the classification's position, as "1" (the lowest there is)
     *   tibber                  total, energy or tax
     *   open-meteo              a variable, as "shortwave_radiation"; with the block before it,
     *                           "minutely_15.temperature_2m"
     *   epw                     temperature, ghi, dni, dhi
     *   pvgis                   a column, as "G(h)"
     *   forecast-solar          watts, watt_hours_period
     *   openadr                 a type of payload, as "PRICE" */
    const char *series;
    const ohm_answer_generic *generic; /* of OHM_SOURCE_GENERIC; else NULL */
} ohm_answer_options;

/* Why a body is refused. `err.at` is a byte position, 0 where the fault has none. */
typedef struct ohm_refusal {
    ohm_err err;
    ohm_ms when_ms;                    /* the hour that is at fault; OHM_NO_MS if it is none */
    uint32_t line;                     /* of a text body; 0 if it is none */
    char quoted[OHM_ANSWER_QUOTE_MAX]; /* what the body says, in printable ASCII; "" */
} ohm_refusal;

typedef struct ohm_answer {
    ohm_segment *segments; /* malloc'ed; oldest first, save of a typical year (epw, pvgis TMY),
                        whose months come from different years and stay in the year's order */
    size_t count;
    ohm_segment_unit unit;
    ohm_ms made_ms; /* when the source made it; OHM_NO_MS if it does not say */
} ohm_answer;

/* Are bodies of this source read here? */
bool ohm_answer_reads(ohm_source source);
/* What its segments say, and in what unit, in a line of help. */
const char *ohm_answer_about(ohm_source source);

/* On OHM_OK *out owns memory, to be released; on refusal nothing, and *ret_why says it all. */
OHM_MUST_CHECK ohm_code ohm_answer_read(ohm_source source, ohm_span bytes,
                                        const ohm_answer_options *options, ohm_answer *out,
                                        ohm_refusal *ret_why);
void ohm_answer_release(ohm_answer *body);

/* One line: "two prices for one time: 2026-10-25T01:00:00Z". Returns its length. */
size_t ohm_refusal_text(const ohm_refusal *why, char *out, size_t cap);

#endif
