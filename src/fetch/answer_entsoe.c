/* ENTSO-E's document A44, day-ahead prices (IEC 62325-451-3, Publication_MarketDocument).
 *
 * A TimeSeries has periods; a period has points by position. With curveType A03 a point that is
 * left out says the same as the one before it; with A01 (also when none is named) it says nothing.
 * Positions are in any order; those outside of their period are ignored, as their hours are not
 * the period's. Published twice by two auctions, the classification's position tells them apart:
 * the lowest there is counts (1 is the coupling of the markets, SDAC), unless another is asked
 * for. Without it, where hours and quarter-hours overlap, the coupling's step counts: hours up to
 * 2025-09-30, quarter-hours since.
 *
 * expat holds no document: elements come as events, nesting is counted, and a document type
 * declaration is refused before it can define anything. */
#include <expat.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "fetch/answer_parts.h"

#define QUARTERS_SINCE_MS INT64_C(1759269600000) /* 2025-09-30T22:00Z */

enum {
    DEPTH_MAX = 16,
    TEXT_MAX = 128,
    POSITIONS_MAX = 40000, /* a year of quarter-hours, and some */
    NO_SEQUENCE = 0,
    QUARTER_MS = 15 * OHM_MINUTE_MS,
    HERE = 1,  /* tags of drafts whose series is not over: the point is there, */
    FIRST = 2, /* and it is its period's first */
};

typedef struct point {
    bool here, known;
    ohm_segment value;
} point;

typedef struct xml_reading {
    ohm_answer_reading *b;
    XML_Parser parser;
    ohm_err err;
    bool publication, acknowledgement;
    int depth;
    char text[TEXT_MAX];
    size_t text_len;
    bool text_cut;
    char reason[OHM_ANSWER_QUOTE_MAX];

    bool in_series, in_period, in_point;
    bool a03, intraday;
    int32_t sequence;
    size_t series_from; /* the series' first draft: its properties may come after its periods */
    ohm_ms from_ms, to_ms;
    int64_t step_ms;
    point *points; /* of the period, by position - 1 */
    size_t points_room;
    int64_t position;
    ohm_segment amount;
    bool has_amount;
} xml_reading;

static void stop(xml_reading *x, ohm_err err)
{
    if (!ohm_failed(x->err))
        x->err = err;
    (void)XML_StopParser(x->parser, XML_FALSE);
}

/* The name behind a prefix or a namespace. */
static const char *local(const XML_Char *name)
{
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

/* --- a period ------------------------------------------------------------------------------- */

/* Room for the points; called once the interval and the step are known. */
static ohm_err open_points(xml_reading *x)
{
    if (x->points)
        return ohm_ok();
    if (x->step_ms == 0 || x->from_ms == OHM_NO_MS || x->to_ms == OHM_NO_MS)
        return ohm_fail(OHM_BAD_FORMAT, 0, "a period has points before its interval and step");
    int64_t length_ms = x->to_ms - x->from_ms;
    if (length_ms <= 0 || length_ms % x->step_ms != 0)
        return ohm_answer_at(
            x->b, x->from_ms,
            ohm_fail(OHM_BAD_FORMAT, 0, "a period is no whole number of its steps"));
    if (length_ms / x->step_ms > POSITIONS_MAX)
        return ohm_answer_at(x->b, x->from_ms, ohm_fail(OHM_TOO_BIG, 0, "a period is too long"));
    x->points_room = (size_t)(length_ms / x->step_ms);
    x->points = calloc(x->points_room, sizeof *x->points);
    return x->points ? ohm_ok() : ohm_fail(OHM_NO_MEMORY, 0, "no memory to read the body");
}

static ohm_err end_point(xml_reading *x)
{
    OHM_TRY(open_points(x));
    if (x->position <= 0)
        return ohm_answer_at(x->b, x->from_ms,
                             ohm_fail(OHM_BAD_FORMAT, 0, "a point has no position"));
    if ((uint64_t)x->position > x->points_room)
        return ohm_ok();
    point *p = &x->points[x->position - 1];
    const point was = *p;
    *p = (point){ true, x->has_amount, x->amount };
    if (was.here &&
        (was.known != p->known || (was.known && !ohm_segment_same_value(&was.value, &p->value))))
        return ohm_answer_at(x->b, x->from_ms + (x->position - 1) * x->step_ms,
                             ohm_fail(OHM_CONFLICT, 0, "two prices for one time"));
    return ohm_ok();
}

/* The points become drafts; A03 or not is settled when the series ends. */
static ohm_err end_period(xml_reading *x)
{
    for (size_t i = 0; i < x->points_room; i++) {
        ohm_ms from_ms = x->from_ms + (int64_t)i * x->step_ms;
        ohm_draft draft = { .segment = x->points[i].value,
                            .known = x->points[i].known,
                            .tag = (x->points[i].here ? HERE : 0) | (i == 0 ? FIRST : 0) };
        draft.segment.when = (ohm_interval){ from_ms, from_ms + x->step_ms };
        OHM_TRY(ohm_answer_add(x->b, draft));
    }
    free(x->points);
    x->points = NULL;
    x->points_room = 0;
    return ohm_ok();
}

/* Fills what A03 left out; drops what is not of the day-ahead market; writes the sequence. */
static void end_series(xml_reading *x)
{
    ohm_draft *drafts = x->b->drafts;
    if (x->intraday)
        x->b->count = x->series_from;
    for (size_t i = x->series_from; i < x->b->count; i++) {
        bool follows = drafts[i].tag == 0 && i > x->series_from && drafts[i - 1].known;
        if (x->a03 && follows) {
            drafts[i].segment.mantissa = drafts[i - 1].segment.mantissa;
            drafts[i].segment.exponent = drafts[i - 1].segment.exponent;
            drafts[i].known = true;
        }
    }
    for (size_t i = x->series_from; i < x->b->count; i++)
        drafts[i].tag = x->sequence;
}

/* --- elements ------------------------------------------------------------------------------- */

static ohm_span text_of(const xml_reading *x)
{
    size_t from = 0, to = x->text_len;
    while (from < to && (uint8_t)x->text[from] <= ' ')
        from++;
    while (to > from && (uint8_t)x->text[to - 1] <= ' ')
        to--;
    return ohm_span_of(x->text + from, to - from);
}

static ohm_err read_instant(xml_reading *x, ohm_ms *out)
{
    if (ohm_answer_time(text_of(x), NULL, out) != OHM_OK)
        return ohm_answer_quote(x->b, text_of(x),
                                ohm_fail(OHM_BAD_FORMAT, 0, "a period's start or end is no time"));
    return ohm_ok();
}

static ohm_err read_step(xml_reading *x)
{
    ohm_span text = text_of(x);
    if (ohm_span_is(text, "PT15M"))
        x->step_ms = QUARTER_MS;
    else if (ohm_span_is(text, "PT30M"))
        x->step_ms = 2 * QUARTER_MS;
    else if (ohm_span_is(text, "PT60M") || ohm_span_is(text, "PT1H"))
        x->step_ms = OHM_HOUR_MS;
    else
        return ohm_answer_quote(x->b, text, ohm_fail(OHM_UNSUPPORTED, 0, "a step is not known"));
    return ohm_ok();
}

static ohm_err read_in_period(xml_reading *x, const char *name)
{
    if (strcmp(name, "start") == 0)
        return read_instant(x, &x->from_ms);
    if (strcmp(name, "end") == 0)
        return read_instant(x, &x->to_ms);
    if (strcmp(name, "resolution") == 0)
        return read_step(x);
    if (strcmp(name, "Period") == 0) {
        x->in_period = false;
        return end_period(x);
    }
    return ohm_ok();
}

static ohm_err read_in_point(xml_reading *x, const char *name)
{
    ohm_span text = text_of(x);
    if (strcmp(name, "Point") == 0) {
        x->in_point = false;
        return end_point(x);
    }
    if (strcmp(name, "position") == 0 && ohm_number_int(text, &x->position) != OHM_OK)
        return ohm_answer_quote(x->b, text,
                                ohm_fail(OHM_BAD_FORMAT, 0, "a position is not a number"));
    if (strcmp(name, "price.amount") == 0 && text.len > 0) {
        if (ohm_answer_decimal_text(text, 0, &x->amount) != OHM_OK)
            return ohm_answer_quote(x->b, text,
                                    ohm_fail(OHM_BAD_FORMAT, 0, "a price is not a number"));
        x->has_amount = true;
    }
    return ohm_ok();
}

static ohm_err read_in_series(xml_reading *x, const char *name)
{
    ohm_span text = text_of(x);
    if (strcmp(name, "currency_Unit.name") == 0 && !ohm_span_is(text, "EUR"))
        return ohm_answer_quote(x->b, text,
                                ohm_fail(OHM_UNSUPPORTED, 0, "the prices are not in EUR"));
    if (strcmp(name, "price_Measure_Unit.name") == 0 && !ohm_span_is(text, "MWH"))
        return ohm_answer_quote(x->b, text,
                                ohm_fail(OHM_UNSUPPORTED, 0, "the prices are not per MWh"));
    if (strcmp(name, "curveType") == 0) {
        x->a03 = ohm_span_is(text, "A03");
        if (!x->a03 && !ohm_span_is(text, "A01"))
            return ohm_answer_quote(x->b, text,
                                    ohm_fail(OHM_UNSUPPORTED, 0, "a curve is not A01 or A03"));
    }
    if (strcmp(name, "contract_MarketAgreement.type") == 0)
        x->intraday = !ohm_span_is(text, "A01"); /* A07: the auctions of the day itself */
    if (strcmp(name, "classificationSequence_AttributeInstanceComponent.position") == 0) {
        int64_t number;
        if (ohm_number_int(text, &number) != OHM_OK || number < 1 || number > 99)
            return ohm_answer_quote(
                x->b, text, ohm_fail(OHM_BAD_FORMAT, 0, "a classification is not a number"));
        x->sequence = (int32_t)number;
    }
    if (strcmp(name, "TimeSeries") == 0) {
        x->in_series = false;
        end_series(x);
    }
    return ohm_ok();
}

static ohm_err read_in_document(xml_reading *x, const char *name)
{
    ohm_span text = text_of(x);
    if (x->publication && x->depth == 2 && strcmp(name, "type") == 0 && !ohm_span_is(text, "A44"))
        return ohm_answer_quote(x->b, text,
                                ohm_fail(OHM_UNSUPPORTED, 0, "the document is not of type A44"));
    if (x->publication && x->depth == 2 && strcmp(name, "createdDateTime") == 0)
        ohm_answer_made(x->b, text);
    if (x->acknowledgement && strcmp(name, "text") == 0 && !x->reason[0]) {
        (void)ohm_answer_quote(x->b, text, ohm_ok());
        memcpy(x->reason, x->b->why->quoted, sizeof x->reason);
    }
    return ohm_ok();
}

static void on_start(void *ctx, const XML_Char *full, const XML_Char **attributes)
{
    (void)attributes;
    xml_reading *x = ctx;
    const char *name = local(full);
    x->depth++;
    x->text_len = 0;
    x->text_cut = false;
    if (x->depth > DEPTH_MAX) {
        stop(x, ohm_fail(OHM_TOO_BIG, 0, "the body is nested too deeply"));
        return;
    }
    if (x->depth == 1) {
        x->publication = strcmp(name, "Publication_MarketDocument") == 0;
        x->acknowledgement = strcmp(name, "Acknowledgement_MarketDocument") == 0;
        if (!x->publication && !x->acknowledgement)
            stop(x, ohm_answer_quote(
                        x->b, ohm_span_text(name),
                        ohm_fail(OHM_BAD_FORMAT, 0, "the body is not a document of ENTSO-E")));
        return;
    }
    if (strcmp(name, "TimeSeries") == 0 && !x->in_series && x->publication) {
        x->in_series = true;
        x->a03 = x->intraday = false;
        x->sequence = NO_SEQUENCE;
        x->series_from = x->b->count;
    } else if (strcmp(name, "Period") == 0 && x->in_series && !x->in_period) {
        x->in_period = true;
        x->from_ms = x->to_ms = OHM_NO_MS;
        x->step_ms = 0;
    } else if (strcmp(name, "Point") == 0 && x->in_period && !x->in_point) {
        x->in_point = true;
        x->position = 0;
        x->has_amount = false;
    }
}

static void on_end(void *ctx, const XML_Char *full)
{
    xml_reading *x = ctx;
    const char *name = local(full);
    ohm_err err = ohm_ok();
    if (x->text_cut)
        x->text_len = 0; /* longer than anything that is read here */
    if (x->in_point)
        err = read_in_point(x, name);
    else if (x->in_period)
        err = read_in_period(x, name);
    else if (x->in_series)
        err = read_in_series(x, name);
    else
        err = read_in_document(x, name);
    x->depth--;
    x->text_len = 0;
    if (ohm_failed(err))
        stop(x, err);
}

static void on_text(void *ctx, const XML_Char *text, int len)
{
    xml_reading *x = ctx;
    size_t room = TEXT_MAX - x->text_len;
    x->text_cut = x->text_cut || (size_t)len > room;
    size_t take = (size_t)len < room ? (size_t)len : room;
    memcpy(x->text + x->text_len, text, take);
    x->text_len += take;
}

static void on_doctype(void *ctx, const XML_Char *name, const XML_Char *system,
                       const XML_Char *public, int internal)
{
    (void)name;
    (void)system;
    (void)public;
    (void)internal;
    stop(ctx, ohm_fail(OHM_UNSUPPORTED, 0, "a document type declaration is not taken"));
}

/* --- the document --------------------------------------------------------------------------- */

static ohm_err parse(xml_reading *x, ohm_span bytes)
{
    XML_SetUserData(x->parser, x);
    XML_SetElementHandler(x->parser, on_start, on_end);
    XML_SetCharacterDataHandler(x->parser, on_text);
    XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
    if (XML_Parse(x->parser, (const char *)bytes.ptr, (int)bytes.len, XML_TRUE) == XML_STATUS_OK)
        return ohm_ok();
    if (ohm_failed(x->err))
        return x->err;
    XML_Index at = XML_GetCurrentByteIndex(x->parser);
    uint32_t byte = at > 0 ? (uint32_t)at : 0;
    enum XML_Error code = XML_GetErrorCode(x->parser);
    if (code == XML_ERROR_NO_MEMORY)
        return ohm_fail(OHM_NO_MEMORY, 0, "no memory to read the body");
    if (bytes.len == 0)
        return ohm_fail(OHM_BAD_FORMAT, 0, "the body is empty");
    if (code == XML_ERROR_NO_ELEMENTS || code == XML_ERROR_UNCLOSED_TOKEN ||
        code == XML_ERROR_PARTIAL_CHAR)
        return ohm_fail(OHM_BAD_FORMAT, byte, "the body is cut short");
    return ohm_fail(OHM_BAD_FORMAT, byte, "the body is not XML");
}

/* Does a draft have the step that the coupling of the markets had at its time? */
static bool is_usual(const ohm_draft *draft)
{
    const ohm_interval *when = &draft->segment.when;
    bool quarter = when->to_ms - when->from_ms == QUARTER_MS;
    return quarter == (when->from_ms >= QUARTERS_SINCE_MS);
}

/* What counts first where several lie over one time: the lowest classification, and of it the
 * usual step. */
static int64_t rank_of(const ohm_draft *draft)
{
    return 2 * (int64_t)draft->tag + !is_usual(draft);
}

static int by_start(const void *a, const void *b)
{
    ohm_ms x = ((const ohm_draft *)a)->segment.when.from_ms;
    ohm_ms y = ((const ohm_draft *)b)->segment.when.from_ms;
    return x < y ? -1 : x > y;
}

static int by_rank(const void *a, const void *b)
{
    int64_t x = rank_of(a), y = rank_of(b);
    return x != y ? (x < y ? -1 : 1) : by_start(a, b);
}

/* Does one of `count` drafts in order lie over the time of another? */
static bool is_covered(const ohm_draft *drafts, size_t count, const ohm_interval *when)
{
    size_t low = 0, high = count; /* the first that ends after this one starts */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (drafts[middle].segment.when.to_ms <= when->from_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && drafts[low].segment.when.from_ms < when->to_ms;
}

/* Those of the lowest rank, then of each next one where none of a lower one lies over them: a
 * classification that not every series has takes no day away. */
static void drop_covered(ohm_answer_reading *b)
{
    size_t kept = 0, next = 0;
    qsort(b->drafts, b->count, sizeof *b->drafts, by_rank);
    while (next < b->count) {
        size_t lower = kept;
        int64_t rank = rank_of(&b->drafts[next]);
        for (; next < b->count && rank_of(&b->drafts[next]) == rank; next++)
            if (!is_covered(b->drafts, lower, &b->drafts[next].segment.when))
                b->drafts[kept++] = b->drafts[next];
        if (lower && kept > lower)
            qsort(b->drafts, kept, sizeof *b->drafts, by_start);
    }
    b->count = kept;
}

/* Keeps the drafts that have a price and, where one is asked for, its classification. */
static ohm_err pick_sequence(ohm_answer_reading *b)
{
    int64_t wanted = -1;
    size_t kept = 0;
    if (b->options->series && ohm_number_int(ohm_span_text(b->options->series), &wanted) != OHM_OK)
        return ohm_fail(OHM_UNKNOWN, 0, "the series is no classification (1, 2…)");
    for (size_t i = 0; i < b->count; i++)
        if (b->drafts[i].known && (!b->options->series || b->drafts[i].tag == wanted))
            b->drafts[kept++] = b->drafts[i];
    b->count = kept;
    return ohm_ok();
}

static ohm_err read_document(xml_reading *x, ohm_span bytes)
{
    OHM_TRY(parse(x, bytes));
    if (x->acknowledgement)
        return ohm_answer_quote(
            x->b, ohm_span_text(x->reason),
            ohm_fail(OHM_DENIED, 0, "the platform acknowledges, and sends no prices"));
    OHM_TRY(pick_sequence(x->b));
    drop_covered(x->b);
    return ohm_ok();
}

ohm_err ohm_answer_entsoe(ohm_span bytes, ohm_answer_reading *b)
{
    xml_reading x = { .b = b, .err = ohm_ok(), .parser = XML_ParserCreate(NULL) };
    if (!x.parser)
        return ohm_fail(OHM_NO_MEMORY, 0, "no memory to read the body");
    ohm_err err = read_document(&x, bytes);
    XML_ParserFree(x.parser);
    free(x.points);
    return err;
}
