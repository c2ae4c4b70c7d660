/* Profiles and logs: what one records, in which units, and its rows, in pieces that can be held. */
#include "meter/cosem_reader.h"

enum {
    ROWS_BYTES = 32768, /* of one piece, by estimate: half of what can be held */
    ROW_HEAD = 2,
    CLOCK_BYTES = 2 + OHM_DLMS_TIME_LEN,
    CELL_BYTES = 9, /* the widest number; texts are longer, and seldom */
    ENTRIES = 512,  /* rows at once, when all to the end are too many */
    LEAST_MS = OHM_MINUTE_MS,
};

static const ohm_span none = { NULL, 0 };

static ohm_cosem_ref profile_ref(const ohm_cosem_reader *r, int8_t index)
{
    ohm_cosem_ref ref = { .class_id = OHM_CLASS_PROFILE, .index = index };
    memcpy(ref.obis, r->settings.profiles[r->profile], OHM_OBIS_LEN);
    return ref;
}

/* --- the order of profiles ----------------------------------------------------------------------
 */

static void begin_profile(ohm_cosem_reader *r)
{
    r->piece.way = OHM_COSEM_NO_PIECE;
    r->next = 0;
    if (r->profile == r->settings.profiles_count) {
        ohm_cosem_reader_close(r);
        return;
    }
    const ohm_cosem_ref captures = profile_ref(r, 3);
    r->phase = OHM_COSEM_CAPTURES;
    ohm_cosem_reader_ask(r, &captures, none);
}

/* It does not come; the next one may. */
static void give_it_up(ohm_cosem_reader *r, ohm_code code, const char *what)
{
    ohm_cosem_reader_lack(r, OHM_METER_NO_PROFILE, code, what);
    r->profile++;
    begin_profile(r);
}

/* --- an instant as the meter's own clock would say it -------------------------------------------
 */

static int16_t zone_deviation(const ohm_tz *tz, ohm_ms utc_ms)
{
    return ohm_dlms_time_from_utc(tz, utc_ms).deviation_min;
}

/* Does the meter's clock follow the zone that it is said to be in? Some stay on standard time. */
static bool follows_zone(const ohm_cosem_reader *r)
{
    const ohm_tz *tz = r->config.tz;
    if (!tz || r->now.utc_ms == OHM_NO_MS)
        return tz != NULL;
    return !r->has_deviation || zone_deviation(tz, r->now.utc_ms) == r->deviation_min;
}

/* Some meters compare what the clock shows and look at no deviation. Where it may have shown
 * another hour then, the question begins and ends that much outside. */
static ohm_ms margin_ms(const ohm_cosem_reader *r, ohm_ms utc_ms)
{
    const ohm_tz *tz = r->config.tz;
    bool settled = follows_zone(r) && zone_deviation(tz, utc_ms - OHM_HOUR_MS) ==
                                          zone_deviation(tz, utc_ms + 2 * (ohm_ms)OHM_HOUR_MS);
    return settled ? 0 : OHM_HOUR_MS;
}

static void meter_time(const ohm_cosem_reader *r, ohm_ms utc_ms, uint8_t out[OHM_DLMS_TIME_LEN])
{
    ohm_tz utc;
    ohm_dlms_time time;
    ohm_tz_utc(&utc);
    if (r->has_deviation && !follows_zone(r)) {
        time = ohm_dlms_time_from_utc(&utc, utc_ms - r->deviation_min * (ohm_ms)OHM_MINUTE_MS);
        time.deviation_min = r->deviation_min;
    } else {
        time = ohm_dlms_time_from_utc(r->config.tz ? r->config.tz : &utc, utc_ms);
        time.has_deviation = r->has_deviation || !r->clock_seen;
    }
    if (r->opposite)
        time.deviation_min = (int16_t)-time.deviation_min;
    ohm_dlms_time_write(&time, out);
}

/* --- pieces -------------------------------------------------------------------------------------
 */

/* As long as to hold in any case, by what a row usually takes. */
static int64_t usual_span_ms(const ohm_cosem_profile *p)
{
    int64_t row = ROW_HEAD + CLOCK_BYTES + CELL_BYTES * p->columns.count;
    return p->period_s > 0 ? ROWS_BYTES / row * p->period_s * OHM_SECOND_MS : 0;
}

static void ask_piece(ohm_cosem_reader *r)
{
    uint8_t bytes[96], from[OHM_DLMS_TIME_LEN], to[OHM_DLMS_TIME_LEN];
    ohm_writer access = ohm_writer_over(bytes, sizeof bytes);
    ohm_cosem_profile *p = &r->profiles[r->profile];
    ohm_cosem_piece *piece = &r->piece;
    const ohm_cosem_ref buffer = profile_ref(r, 2);
    r->phase = OHM_COSEM_BUFFER;
    ohm_cosem_reader_since(r, p);
    if (piece->way == OHM_COSEM_BY_ENTRY) {
        uint64_t last = r->settings.last > 0 ? r->settings.last : UINT32_MAX;
        if (piece->span > 0 && last - piece->first >= piece->span)
            last = (uint64_t)piece->first + piece->span - 1;
        piece->last = last == UINT32_MAX ? 0 : (uint32_t)last;
        ohm_cosem_put_entries(&access, piece->first, piece->last);
    } else if (piece->way == OHM_COSEM_BY_TIME) {
        bool all = piece->span_ms == 0 || piece->end_ms - piece->from_ms <= piece->span_ms;
        piece->to_ms = all ? piece->end_ms : piece->from_ms + piece->span_ms;
        meter_time(r, piece->from_ms, from);
        meter_time(r, piece->to_ms, to);
        ohm_cosem_put_range(&access, &p->columns.refs[p->columns.clock], from, to);
    }
    assert(!access.full);
    ohm_cosem_reader_ask(r, &buffer, ohm_writer_span(&access));
}

/* Only what is new: from the last row on, whose second may have brought another since. */
static void begin_rows(ohm_cosem_reader *r)
{
    ohm_cosem_profile *p = &r->profiles[r->profile];
    const ohm_cosem_settings *s = &r->settings;
    const ohm_ms now_ms = r->now.utc_ms;
    bool selective = (r->session.agreed.conformance & OHM_COSEM_SELECTIVE) != 0;
    ohm_cosem_reader_since(r, p);
    ohm_ms from_ms = p->last_ms != OHM_NO_MS ? p->last_ms : s->from_ms;
    if (from_ms == OHM_NO_MS && now_ms != OHM_NO_MS)
        from_ms = now_ms - s->days * (24 * (ohm_ms)OHM_HOUR_MS);
    ohm_ms end_ms = s->to_ms != OHM_NO_MS ? s->to_ms
                    : now_ms != OHM_NO_MS ? now_ms + OHM_COSEM_FUTURE_MS
                                          : OHM_NO_MS;
    r->piece =
        (ohm_cosem_piece){ .way = OHM_COSEM_WHOLE, .least_ms = s->from_ms, .most_ms = s->to_ms };
    if (selective && s->first > 0) {
        r->piece.way = OHM_COSEM_BY_ENTRY;
        r->piece.first = s->first;
        r->piece.least_ms = r->piece.most_ms = OHM_NO_MS;
    } else if (selective && p->columns.clock >= 0 && from_ms != OHM_NO_MS && end_ms > from_ms) {
        r->piece.way = OHM_COSEM_BY_TIME;
        r->piece.least_ms = from_ms;
        r->piece.most_ms = end_ms;
        r->piece.from_ms = from_ms - margin_ms(r, from_ms);
        r->piece.end_ms = end_ms + margin_ms(r, end_ms);
        r->piece.span_ms = usual_span_ms(p);
    }
    ask_piece(r);
}

/* The piece behind this one. False: it was the last. They overlap by an instant: a row of it that
 * came already is known again. */
static bool move_on(ohm_cosem_reader *r)
{
    ohm_cosem_piece *piece = &r->piece;
    if (piece->way == OHM_COSEM_BY_TIME && piece->to_ms < piece->end_ms) {
        piece->from_ms = piece->to_ms;
        return true;
    }
    if (piece->way != OHM_COSEM_BY_ENTRY || piece->last == 0 || piece->last == r->settings.last ||
        piece->got < piece->last - piece->first + 1)
        return false;
    piece->first = piece->last + 1;
    return true;
}

/* Half of it next time. False: it can't be less. */
static bool shrink(ohm_cosem_reader *r)
{
    ohm_cosem_piece *piece = &r->piece;
    const int64_t period_ms = r->profiles[r->profile].period_s * (int64_t)OHM_SECOND_MS;
    const int64_t least_ms = period_ms > LEAST_MS ? period_ms : LEAST_MS;
    const ohm_cosem_settings *s = &r->settings;
    if (piece->way == OHM_COSEM_BY_TIME && piece->to_ms - piece->from_ms > least_ms) {
        int64_t half_ms = (piece->to_ms - piece->from_ms) / 2 / OHM_SECOND_MS * OHM_SECOND_MS;
        piece->span_ms = half_ms > least_ms ? half_ms : least_ms;
        return true;
    }
    uint32_t rows = piece->span > 0 ? piece->span
                    : s->last > 0   ? s->last - s->first + 1
                                    : 2 * ENTRIES;
    piece->span = rows > 2 * ENTRIES ? ENTRIES : rows / 2;
    return piece->way == OHM_COSEM_BY_ENTRY && piece->span > 0;
}

static const char *too_long(const ohm_cosem_reader *r)
{
    return r->piece.way == OHM_COSEM_WHOLE
               ? "a profile longer than can be held, of a meter that can't give a part of it"
               : "a row of a profile that is longer than can be held";
}

void ohm_cosem_profile_next(ohm_cosem_reader *r)
{
    if (r->piece.way != OHM_COSEM_NO_PIECE && move_on(r)) {
        ask_piece(r);
        return;
    }
    r->profile = (uint8_t)(r->profile + (r->piece.way != OHM_COSEM_NO_PIECE));
    begin_profile(r);
}

void ohm_cosem_profile_too_long(ohm_cosem_reader *r)
{
    if (shrink(r))
        return;
    ohm_cosem_reader_lack(r, OHM_METER_NO_PROFILE, OHM_TOO_BIG, too_long(r));
    r->piece.way = OHM_COSEM_NO_PIECE;
    r->profile++;
}

void ohm_cosem_profile_resume(ohm_cosem_reader *r)
{
    if (r->piece.way != OHM_COSEM_NO_PIECE)
        ask_piece(r);
    else
        begin_profile(r);
}

/* --- answers ------------------------------------------------------------------------------------
 */

static bool same_columns(const ohm_cosem_columns *a, const ohm_cosem_columns *b)
{
    if (a->count != b->count || a->clock != b->clock)
        return false;
    for (int i = 0; i < a->count; i++)
        if (a->refs[i].class_id != b->refs[i].class_id || a->refs[i].index != b->refs[i].index ||
            memcmp(a->refs[i].obis, b->refs[i].obis, OHM_OBIS_LEN) != 0)
            return false;
    return true;
}

/* Asked each time: grid operators change from afar what their meters record. */
void ohm_cosem_profile_captures(ohm_cosem_reader *r)
{
    ohm_cosem_profile *p = &r->profiles[r->profile];
    const ohm_cosem_answer *a = &r->session.answer;
    const ohm_cosem_ref period = profile_ref(r, 4);
    ohm_cosem_columns columns;
    if (a->form != OHM_COSEM_RESULT || a->error != 0) {
        give_it_up(r, OHM_DENIED, "the meter does not say what its profile records");
        return;
    }
    ohm_code code = ohm_cosem_columns_parse(a->data, &columns);
    if (code != OHM_OK) {
        give_it_up(r, code, "a profile with columns that can't be read");
        return;
    }
    if (p->known && same_columns(&columns, &p->columns)) {
        begin_rows(r);
        return;
    }
    p->known = false;
    p->columns = columns;
    memset(p->scales, 0, sizeof p->scales);
    r->phase = OHM_COSEM_PERIOD;
    ohm_cosem_reader_ask(r, &period, none);
}

static void wish_scales(ohm_cosem_reader *r, int most)
{
    const ohm_cosem_columns *columns = &r->profiles[r->profile].columns;
    for (; r->next < columns->count && r->wishes_count < most; r->next++) {
        const ohm_cosem_ref *ref = &columns->refs[r->next];
        int8_t scale = ohm_cosem_scale_index(ref->class_id);
        if (scale != 0 &&
            (ref->index == 2 || (ref->class_id == OHM_CLASS_DEMAND && ref->index == 3)))
            ohm_cosem_reader_wish(r, ref, scale, true, r->next);
    }
}

void ohm_cosem_profile_scales(ohm_cosem_reader *r)
{
    if (ohm_cosem_reader_ask_wishes(r, wish_scales))
        return;
    if (r->unsure) {
        give_it_up(r, OHM_BUSY, "the meter does not say now in which unit its profile counts");
        return;
    }
    r->profiles[r->profile].known = true;
    begin_rows(r);
}

void ohm_cosem_profile_period(ohm_cosem_reader *r)
{
    const ohm_cosem_answer *a = &r->session.answer;
    ohm_axdr c = ohm_axdr_over(a->data);
    ohm_axdr_item item;
    int64_t period = 0;
    bool big = false;
    bool good = a->form == OHM_COSEM_RESULT && a->error == 0 &&
                ohm_axdr_next(&c, &item) == OHM_OK && ohm_axdr_integer(&item, &period, &big) &&
                period > 0 && period <= UINT32_MAX;
    r->profiles[r->profile].period_s = good ? (uint32_t)period : 0;
    r->phase = OHM_COSEM_SCALES;
    r->next = 0;
    r->unsure = false;
    ohm_cosem_profile_scales(r);
}

/* Some meters know no ranges of time for some of their logs, whatever they say of themselves: all
 * of it then, of which only what was asked for goes out. Not for a failure that passes. */
static bool is_another_way(ohm_cosem_reader *r)
{
    enum { HARDWARE_FAULT = 1, TEMPORARY_FAILURE = 2 };
    const ohm_cosem_answer *a = &r->session.answer;
    bool passing = a->form == OHM_COSEM_RESULT &&
                   (a->error == HARDWARE_FAULT || a->error == TEMPORARY_FAILURE);
    if (r->piece.way != OHM_COSEM_BY_TIME || passing)
        return false;
    r->piece.way = OHM_COSEM_WHOLE;
    return true;
}

void ohm_cosem_profile_rows(ohm_cosem_reader *r)
{
    ohm_cosem_profile *p = &r->profiles[r->profile];
    const ohm_cosem_answer *a = &r->session.answer;
    size_t len = 0;
    bool given = a->form == OHM_COSEM_RESULT && a->error == 0;
    if (!given && is_another_way(r)) {
        ask_piece(r);
        return;
    }
    if (!given) {
        give_it_up(r, OHM_DENIED, "the meter refuses the rows of its profile");
        return;
    }
    ohm_code code = ohm_axdr_expand(a->data, r->expanded, sizeof r->expanded, &len);
    if (code == OHM_TOO_BIG) {
        ohm_cosem_profile_too_long(r);
        ohm_cosem_profile_resume(r);
        return;
    }
    if (code == OHM_OK)
        code =
            ohm_cosem_rows_init(&r->rows, &p->columns, p->period_s, ohm_span_of(r->expanded, len));
    if (code != OHM_OK) {
        give_it_up(r, code, OHM_COSEM_ROWS_DAMAGED);
        return;
    }
    r->piece.got = r->rows.left;
    r->phase = OHM_COSEM_GIVING;
}
