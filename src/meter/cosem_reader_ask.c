#include "meter/cosem_reader.h"

enum {
    NO_OBJECT = 4,
    OTHER_CLASS = 9,
};

static const uint8_t code_device[] = { 0, 0, 42, 0, 0, 255 };
static const uint8_t code_clock[] = { 0, 0, 1, 0, 0, 255 };
static const uint8_t code_relay[] = { 0, 0, 96, 3, 10, 255 };
static const ohm_cosem_ref object_list = { OHM_CLASS_ASSOCIATION, { 0, 0, 40, 0, 0, 255 }, 2 };
static const ohm_span none = { NULL, 0 };

/* --- the message --------------------------------------------------------------------------------
 */

/* Bytes that the message may borrow until it is out. */
static ohm_span keep(ohm_cosem_reader *r, ohm_span bytes)
{
    if (bytes.len == 0 || bytes.len > sizeof r->texts - r->texts_len)
        return none;
    uint8_t *at = r->texts + r->texts_len;
    memcpy(at, bytes.ptr, bytes.len);
    r->texts_len += bytes.len;
    return ohm_span_of(at, bytes.len);
}

void ohm_cosem_reader_message(ohm_cosem_reader *r, bool recorded)
{
    const ohm_cosem_security *s = &r->session.config.security;
    ohm_dlms_message *m = &r->message.dlms;
    bool ciphered = s->control != 0;
    m->offset = 0;
    m->count = 0;
    m->invoke_id = 0;
    m->profile = NULL;
    m->layout = OHM_PUSH_ANY;
    m->list_id = none;
    m->time = (ohm_dlms_time){ .present = false, .status = OHM_DLMS_TIME_NO_STATUS };
    m->has_title = s->has_peer;
    memcpy(m->title, s->peer, sizeof m->title);
    m->security = (ohm_dlms_security){
        .present = ciphered,
        .authenticated = ciphered && (s->control & 0x10) != 0,
        .control = s->control,
        .counter = s->dedicated ? s->last_dedicated : s->last,
    };
    r->message.recorded = recorded;
    r->message.browsed = false;
}

/* The name that the meter gave itself stays from message to message. */
static void note_device(ohm_cosem_reader *r)
{
    ohm_dlms_message *m = &r->message.dlms;
    for (int i = 0; i < m->count; i++)
        if (!memcmp(m->values[i].obis, code_device, OHM_OBIS_LEN) &&
            m->values[i].kind == OHM_DLMS_TEXT)
            m->id = m->values[i].bytes;
}

/* --- registers ----------------------------------------------------------------------------------
 */

/* The class of an object that nobody named: as IEC 62056-6-1 uses the codes. */
static uint16_t usual_class(const uint8_t *obis)
{
    if (!memcmp(obis, code_clock, OHM_OBIS_LEN))
        return OHM_CLASS_CLOCK;
    if (!memcmp(obis, code_relay, OHM_OBIS_LEN))
        return OHM_CLASS_DISCONNECTOR;
    if (obis[0] == 0)
        return OHM_CLASS_DATA;
    return obis[3] == 6 ? OHM_CLASS_EXTENDED : OHM_CLASS_REGISTER;
}

static void add_register(ohm_cosem_reader *r, ohm_cosem_ref ref)
{
    if (r->registers_count == OHM_COSEM_REGISTERS_MAX)
        return;
    if (ref.class_id == 0)
        ref.class_id = usual_class(ref.obis);
    if (ref.index == 0)
        ref.index = ref.class_id == OHM_CLASS_DISCONNECTOR ? 3 : 2;
    for (int i = 0; i < r->registers_count; i++)
        if (!memcmp(&r->registers[i].ref, &ref, sizeof ref))
            return;
    r->registers[r->registers_count++] = (ohm_cosem_register){ .ref = ref };
}

/* The name and the clock always; then what is configured, or what the list showed. */
static void choose_registers(ohm_cosem_reader *r)
{
    ohm_cosem_ref device = { OHM_CLASS_DATA, { 0 }, 2 }, clock = { OHM_CLASS_CLOCK, { 0 }, 2 };
    memcpy(device.obis, code_device, OHM_OBIS_LEN);
    memcpy(clock.obis, code_clock, OHM_OBIS_LEN);
    add_register(r, device);
    add_register(r, clock);
    for (int i = 0; i < r->settings.registers_count; i++)
        add_register(r, r->settings.registers[i]);
}

static bool is_wanted(const ohm_cosem_ref *ref)
{
    bool number = ohm_cosem_scale_index(ref->class_id) != 0;
    bool state = ref->class_id == OHM_CLASS_DISCONNECTOR;
    return (number || state) && ohm_obis_quantity(ref->obis) != OHM_Q_NONE;
}

/* --- asking -------------------------------------------------------------------------------------
 */

static void sent(ohm_cosem_reader *r, ohm_code code)
{
    if (code == OHM_RANGE)
        ohm_cosem_reader_fail(r, code, OHM_METER_REFUSED,
                              "the invocation counters in store are used up");
    else if (code != OHM_OK)
        ohm_cosem_reader_fail(r, code, OHM_METER_REFUSED, "the question could not be put");
}

static void ask(ohm_cosem_reader *r, const ohm_cosem_ref *ref, ohm_span access)
{
    sent(r, ohm_cosem_get(&r->session, ref, access, r->now.mono));
}

static void wish(ohm_cosem_reader *r, const ohm_cosem_ref *ref, int8_t index, bool scale, int which)
{
    ohm_cosem_wish *w = &r->wishes[r->wishes_count++];
    *w = (ohm_cosem_wish){ .ref = *ref, .scale = scale, .index = (uint8_t)which };
    w->ref.index = index;
}

/* The scales of registers that are not known yet, or their values. */
static void wish_registers(ohm_cosem_reader *r, int most)
{
    for (; r->next < r->registers_count && r->wishes_count < most; r->next++) {
        ohm_cosem_register *g = &r->registers[r->next];
        int8_t scale = ohm_cosem_scale_index(g->ref.class_id);
        if (g->absent)
            continue;
        if (r->values_round)
            wish(r, &g->ref, g->ref.index, false, r->next);
        else if (scale != 0 && !g->asked_scale)
            wish(r, &g->ref, scale, true, r->next);
    }
}

static void wish_scales(ohm_cosem_reader *r, int most)
{
    const ohm_cosem_columns *columns = &r->profiles[r->profile].columns;
    for (; r->next < columns->count && r->wishes_count < most; r->next++) {
        const ohm_cosem_ref *ref = &columns->refs[r->next];
        int8_t scale = ohm_cosem_scale_index(ref->class_id);
        if (scale != 0 &&
            (ref->index == 2 || (ref->class_id == OHM_CLASS_DEMAND && ref->index == 3)))
            wish(r, ref, scale, true, r->next);
    }
}

/* One question for several wishes where the meter takes that. False: there are none left. */
static bool ask_wishes(ohm_cosem_reader *r, void (*gather)(ohm_cosem_reader *, int))
{
    ohm_cosem_ref refs[OHM_COSEM_BATCH_MAX];
    bool lists = (r->session.agreed.conformance & OHM_COSEM_MULTIPLE) != 0 && !r->one_by_one;
    r->wishes_count = 0;
    gather(r, lists ? OHM_COSEM_BATCH_MAX : 1);
    if (r->wishes_count == 0)
        return false;
    for (int i = 0; i < r->wishes_count; i++)
        refs[i] = r->wishes[i].ref;
    if (r->wishes_count == 1)
        ask(r, &refs[0], none);
    else
        sent(r, ohm_cosem_get_list(&r->session, refs, r->wishes_count, r->now.mono));
    return true;
}

static ohm_cosem_ref profile_ref(const ohm_cosem_reader *r, int8_t index)
{
    ohm_cosem_ref ref = { .class_id = OHM_CLASS_PROFILE, .index = index };
    memcpy(ref.obis, r->settings.profiles[r->profile], OHM_OBIS_LEN);
    return ref;
}

/* An instant as the meter's own clock would say it. */
static void meter_time(const ohm_cosem_reader *r, ohm_ms utc_ms, uint8_t out[OHM_DLMS_TIME_LEN])
{
    ohm_tz utc;
    ohm_dlms_time time;
    ohm_tz_utc(&utc);
    if (r->has_deviation) {
        time = ohm_dlms_time_from_utc(&utc, utc_ms - r->deviation_min * (ohm_ms)OHM_MINUTE_MS);
        time.deviation_min = r->deviation_min;
    } else {
        time = ohm_dlms_time_from_utc(r->config.tz ? r->config.tz : &utc, utc_ms);
        time.has_deviation = !r->clock_seen;
    }
    ohm_dlms_time_write(&time, out);
}

/* Only what is new: from the last row on, whose second may have brought another since. */
static void ask_buffer(ohm_cosem_reader *r)
{
    uint8_t bytes[96], from[OHM_DLMS_TIME_LEN], to[OHM_DLMS_TIME_LEN];
    ohm_writer access = ohm_writer_over(bytes, sizeof bytes);
    ohm_cosem_profile *p = &r->profiles[r->profile];
    const ohm_cosem_settings *s = &r->settings;
    const ohm_cosem_ref buffer = profile_ref(r, 2);
    ohm_cosem_reader_since(r, p);
    bool selective = (r->session.agreed.conformance & OHM_COSEM_SELECTIVE) != 0;
    ohm_ms now_ms = r->now.utc_ms;
    ohm_ms from_ms = p->last_ms != OHM_NO_MS ? p->last_ms : s->from_ms;
    if (from_ms == OHM_NO_MS && now_ms != OHM_NO_MS)
        from_ms = now_ms - s->days * (24 * (ohm_ms)OHM_HOUR_MS);
    ohm_ms to_ms = s->to_ms != OHM_NO_MS ? s->to_ms
                   : now_ms != OHM_NO_MS ? now_ms + OHM_COSEM_FUTURE_MS
                                         : OHM_NO_MS;
    if (selective && s->first > 0) {
        ohm_cosem_put_entries(&access, s->first, s->last);
    } else if (selective && p->columns.clock >= 0 && from_ms != OHM_NO_MS && to_ms > from_ms) {
        meter_time(r, from_ms, from);
        meter_time(r, to_ms, to);
        ohm_cosem_put_range(&access, &p->columns.refs[p->columns.clock], from, to);
    }
    assert(!access.full);
    ask(r, &buffer, ohm_writer_span(&access));
}

static void ask_setting(ohm_cosem_reader *r)
{
    ohm_cosem_ref ref = { .class_id = OHM_CLASS_CLOCK, .index = 2 };
    uint8_t bytes[32];
    ohm_writer w = ohm_writer_over(bytes, sizeof bytes);
    if (r->config.deeds.relay != OHM_SWITCH_LEAVE) {
        assert(r->config.deeds.allow_disconnect);
        ref.class_id = OHM_CLASS_DISCONNECTOR;
        ref.index = r->config.deeds.relay == OHM_SWITCH_DISCONNECT ? 1 : 2;
        memcpy(ref.obis, code_relay, OHM_OBIS_LEN);
        ohm_axdr_put_i8(&w, 0);
        sent(r, ohm_cosem_act(&r->session, &ref, ohm_writer_span(&w), r->now.mono));
        return;
    }
    assert(r->config.tz);
    const ohm_dlms_time time = ohm_dlms_time_from_utc(r->config.tz, r->now.utc_ms);
    memcpy(ref.obis, code_clock, OHM_OBIS_LEN);
    ohm_axdr_put_time(&w, &time);
    sent(r, ohm_cosem_set(&r->session, &ref, ohm_writer_span(&w), r->now.mono));
}

/* --- the order of things ------------------------------------------------------------------------
 */

static void next_profile(ohm_cosem_reader *r)
{
    ohm_cosem_ref captures;
    r->next = 0;
    if (r->profile == r->settings.profiles_count) {
        ohm_cosem_reader_close(r);
        return;
    }
    captures = profile_ref(r, 3);
    if (r->profiles[r->profile].known) {
        r->phase = OHM_COSEM_BUFFER;
        ask_buffer(r);
        return;
    }
    r->phase = OHM_COSEM_CAPTURES;
    ask(r, &captures, none);
}

static void begin_reading(ohm_cosem_reader *r)
{
    choose_registers(r);
    r->phase = OHM_COSEM_READING;
    r->next = 0;
    r->values_round = false;
    r->texts_len = 0;
    ohm_cosem_reader_message(r, false);
    r->message.dlms.id = none;
    ohm_cosem_reader_go_on(r);
}

static void read_on(ohm_cosem_reader *r)
{
    if (ask_wishes(r, wish_registers))
        return;
    if (!r->values_round) {
        r->values_round = true;
        r->next = 0;
        read_on(r); /* once: the flag is set now */
        return;
    }
    note_device(r);
    r->message_ready = r->message.dlms.count > 0;
    r->counts.messages += r->message_ready;
    r->profile = 0;
    r->phase = OHM_COSEM_GIVING;
    r->rows.left = 0;
}

void ohm_cosem_reader_go_on(ohm_cosem_reader *r)
{
    const ohm_meter_deeds *deeds = &r->config.deeds;
    bool setting =
        deeds->relay != OHM_SWITCH_LEAVE || (deeds->set_clock && r->now.utc_ms != OHM_NO_MS);
    bool listing = r->settings.browse || (r->settings.registers_count == 0 && !r->listed);
    switch ((int)r->phase) {
    case OHM_COSEM_OPENING:
        r->phase = OHM_COSEM_SETTING;
        if (setting) {
            ask_setting(r);
            return;
        }
        /* fall through */
    case OHM_COSEM_SETTING:
        r->phase = OHM_COSEM_LISTING;
        if (listing)
            ask(r, &object_list, none);
        else
            begin_reading(r);
        return;
    case OHM_COSEM_READING:
        read_on(r);
        return;
    case OHM_COSEM_SCALES:
        if (ask_wishes(r, wish_scales))
            return;
        r->profiles[r->profile].known = true;
        r->phase = OHM_COSEM_BUFFER;
        ask_buffer(r);
        return;
    case OHM_COSEM_GIVING: /* everything that was ready is out */
        next_profile(r);
        return;
    default:
        return;
    }
}

/* --- answers ------------------------------------------------------------------------------------
 */

static void take_value(ohm_cosem_reader *r, ohm_cosem_register *g, ohm_span item)
{
    ohm_axdr c = ohm_axdr_over(item);
    ohm_axdr_item first;
    ohm_dlms_time said;
    ohm_span kept = keep(r, item);
    if (kept.len == 0 || ohm_cosem_value_add(&r->message.dlms, &g->ref, kept, &g->scale) != OHM_OK)
        return;
    if (memcmp(g->ref.obis, code_clock, OHM_OBIS_LEN) != 0 || ohm_axdr_next(&c, &first) != OHM_OK ||
        first.bytes.len != OHM_DLMS_TIME_LEN ||
        ohm_dlms_time_parse(first.bytes.ptr, &said) != OHM_OK || !said.present)
        return;
    r->message.dlms.time = said;
    r->clock_seen = true;
    r->has_deviation = said.has_deviation;
    r->deviation_min = said.deviation_min;
}

static void take_wish(ohm_cosem_reader *r, const ohm_cosem_wish *w, uint8_t error, ohm_span item)
{
    ohm_cosem_scale scale = { .known = false };
    bool column = r->phase == OHM_COSEM_SCALES;
    ohm_cosem_register *g = column ? NULL : &r->registers[w->index];
    if (g && error != 0)
        g->absent = error == NO_OBJECT || error == OTHER_CLASS;
    r->counts.refused += error != 0;
    if (w->scale && error == 0 && ohm_cosem_scale_parse(item, &scale) != OHM_OK)
        scale.known = false;
    if (w->scale && column) {
        r->profiles[r->profile].scales[w->index] = scale;
    } else if (w->scale) {
        g->scale = scale;
        g->asked_scale = true;
    } else if (error == 0) {
        take_value(r, g, item);
    }
}

static void take_wishes(ohm_cosem_reader *r)
{
    const ohm_cosem_answer *a = &r->session.answer;
    ohm_cosem_list cursor = { 0, 0 };
    uint8_t error = a->error;
    ohm_span item = a->data;
    if (a->form != OHM_COSEM_LIST && r->wishes_count > 1) {
        r->one_by_one = true;
        r->next = r->wishes[0].index;
        ohm_cosem_reader_go_on(r);
        return;
    }
    if (a->form == OHM_COSEM_REFUSED)
        error = 1;
    for (int i = 0; i < r->wishes_count; i++) {
        if (a->form == OHM_COSEM_LIST &&
            ohm_cosem_list_next(a->data, &cursor, &error, &item) != OHM_OK) {
            ohm_cosem_reader_fail(r, OHM_BAD_FORMAT, OHM_METER_REFUSED,
                                  "a list of answers that does not follow its format");
            return;
        }
        take_wish(r, &r->wishes[i], error, item);
    }
    ohm_cosem_reader_go_on(r);
}

/* The objects: as registers, or, to be browsed, as they are. */
static void take_objects(ohm_cosem_reader *r)
{
    const ohm_cosem_answer *a = &r->session.answer;
    ohm_span list = r->session.answer.data;
    ohm_cosem_ref ref;
    uint8_t version = 0;
    bool good = a->error == 0 && a->form == OHM_COSEM_RESULT && list.len <= sizeof r->expanded;
    if (good) {
        memcpy(r->expanded, list.ptr, list.len);
        good = ohm_cosem_objects_init(&r->objects, ohm_span_of(r->expanded, list.len)) == OHM_OK;
    }
    r->listed = true;
    if (!r->settings.browse) {
        while (good && ohm_cosem_objects_next(&r->objects, &ref, &version) == OHM_OK)
            if (is_wanted(&ref))
                add_register(r, ref);
        begin_reading(r);
        return;
    }
    if (!good) {
        ohm_cosem_reader_fail(r, OHM_DENIED, OHM_METER_REFUSED,
                              "the meter does not show its list of objects to this client");
        return;
    }
    r->browsing = true;
    r->profile = r->settings.profiles_count;
    r->phase = OHM_COSEM_GIVING;
}

static void refused_profile(ohm_cosem_reader *r, ohm_code code, const char *what)
{
    ohm_cosem_reader_lack(r, code, what);
    r->profile++;
    next_profile(r);
}

static void take_captures(ohm_cosem_reader *r)
{
    ohm_cosem_profile *p = &r->profiles[r->profile];
    const ohm_cosem_answer *a = &r->session.answer;
    const ohm_cosem_ref period = profile_ref(r, 4);
    if (a->form != OHM_COSEM_RESULT || a->error != 0) {
        refused_profile(r, OHM_DENIED, "the meter does not say what its profile records");
        return;
    }
    ohm_code code = ohm_cosem_columns_parse(a->data, &p->columns);
    if (code != OHM_OK) {
        refused_profile(r, code, "a profile with columns that can't be read");
        return;
    }
    memset(p->scales, 0, sizeof p->scales);
    r->phase = OHM_COSEM_PERIOD;
    ask(r, &period, none);
}

static void take_period(ohm_cosem_reader *r)
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
    ohm_cosem_reader_go_on(r);
}

static void take_buffer(ohm_cosem_reader *r)
{
    ohm_cosem_profile *p = &r->profiles[r->profile];
    const ohm_cosem_answer *a = &r->session.answer;
    size_t len = 0;
    if (a->form != OHM_COSEM_RESULT || a->error != 0) {
        refused_profile(r, OHM_DENIED, "the meter refuses the rows of its profile");
        return;
    }
    if (ohm_axdr_expand(a->data, r->expanded, sizeof r->expanded, &len) != OHM_OK ||
        ohm_cosem_rows_init(&r->rows, &p->columns, p->period_s, ohm_span_of(r->expanded, len)) !=
            OHM_OK) {
        refused_profile(r, OHM_BAD_FORMAT, OHM_COSEM_ROWS_DAMAGED);
        return;
    }
    r->phase = OHM_COSEM_GIVING;
}

static void take_setting(ohm_cosem_reader *r)
{
    const ohm_cosem_answer *a = &r->session.answer;
    if (a->form != OHM_COSEM_RESULT || a->error != 0) {
        ohm_cosem_reader_fail(r, OHM_DENIED, OHM_METER_REFUSED,
                              r->config.deeds.relay != OHM_SWITCH_LEAVE
                                  ? "the meter refuses to move its disconnector"
                                  : "the meter refuses to have its clock set");
        return;
    }
    ohm_cosem_reader_go_on(r);
}

void ohm_cosem_reader_answer(ohm_cosem_reader *r)
{
    switch ((int)r->phase) {
    case OHM_COSEM_SETTING:
        take_setting(r);
        return;
    case OHM_COSEM_LISTING:
        take_objects(r);
        return;
    case OHM_COSEM_READING:
    case OHM_COSEM_SCALES:
        take_wishes(r);
        return;
    case OHM_COSEM_CAPTURES:
        take_captures(r);
        return;
    case OHM_COSEM_PERIOD:
        take_period(r);
        return;
    case OHM_COSEM_BUFFER:
        take_buffer(r);
        return;
    default: /* nothing would be asked any more, and nothing end it */
        ohm_cosem_reader_fail(r, OHM_BAD_FORMAT, OHM_METER_REFUSED,
                              "the meter answers what was not asked");
        return;
    }
}
