#include "meter/cosem_reader.h"
#include "meter/meter_time.h"

enum { /* Data-access-results (IEC 62056-5-3). */
       HARDWARE_FAULT = 1,
       TEMPORARY_FAILURE = 2,
       DENIED = 3,
       NO_OBJECT = 4,
       OTHER_CLASS = 9,
       OTHER_REASON = 250,
};
static const int64_t RENEW_MS = 24 * (int64_t)OHM_HOUR_MS; /* so long units are taken as known */

static const uint8_t code_device[] = { 0, 0, 42, 0, 0, 255 };
static const uint8_t code_clock[] = { 0, 0, 1, 0, 0, 255 };
static const uint8_t code_relay[] = { 0, 0, 96, 3, 10, 255 };
static const ohm_cosem_ref object_list = { OHM_CLASS_ASSOCIATION, { 0, 0, 40, 0, 0, 255 }, 2 };
static const ohm_span none = { NULL, 0 };
/* Of object_list (IEC 62056-6-2, class 15): selector 1, null-data, leaves out the access rights. */
static const uint8_t without_rights[] = { 1, 0 };

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

/* Is it another meter than the last time? What was known of that one is not true of this. */
static bool is_another(ohm_cosem_reader *r)
{
    ohm_span id = r->message.dlms.id;
    size_t len = id.len < sizeof r->device ? id.len : sizeof r->device;
    bool another = r->device_len > 0 && !ohm_span_equal(ohm_span_of(r->device, r->device_len),
                                                        ohm_span_part(id, 0, len));
    if (len == 0)
        return false;
    memcpy(r->device, id.ptr, len);
    r->device_len = (uint8_t)len;
    return another;
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

static bool is_same(const ohm_cosem_ref *a, const ohm_cosem_ref *b) /* not of what pads them */
{
    return a->class_id == b->class_id && a->index == b->index &&
           !memcmp(a->obis, b->obis, sizeof a->obis);
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
        if (is_same(&r->registers[i].ref, &ref))
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

void ohm_cosem_reader_ask(ohm_cosem_reader *r, const ohm_cosem_ref *ref, ohm_span access)
{
    sent(r, ohm_cosem_get(&r->session, ref, access, r->now.mono));
}

void ohm_cosem_reader_wish(ohm_cosem_reader *r, const ohm_cosem_ref *ref, int8_t index, bool scale,
                           int which)
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
        if (!r->values_round && scale != 0 && !g->asked_scale)
            ohm_cosem_reader_wish(r, &g->ref, scale, true, r->next);
        else if (r->values_round && scale != 0 && !g->asked_scale)
            ohm_cosem_reader_lack(r, OHM_METER_PARTLY, OHM_BUSY,
                                  "the meter does not say now in which unit a register counts");
        else if (r->values_round)
            ohm_cosem_reader_wish(r, &g->ref, g->ref.index, false, r->next);
    }
}

/* How many attributes a question may name: ten bytes each, in what the meter takes at once. */
static int batch_of(const ohm_cosem_reader *r)
{
    enum { REF_BYTES = 10, HEAD_BYTES = 4 + OHM_COSEM_SEAL_EXTRA };
    int room = r->session.agreed.pdu_max > 0 ? r->session.agreed.pdu_max : OHM_COSEM_APDU_MAX;
    int fit = (room - HEAD_BYTES) / REF_BYTES;
    bool lists = (r->session.agreed.conformance & OHM_COSEM_MULTIPLE) != 0 && !r->one_by_one;
    if (!lists || fit < 1)
        return 1;
    return fit < OHM_COSEM_BATCH_MAX ? fit : OHM_COSEM_BATCH_MAX;
}

/* One question for several wishes where the meter takes that. False: there are none left. */
bool ohm_cosem_reader_ask_wishes(ohm_cosem_reader *r, void (*gather)(ohm_cosem_reader *, int))
{
    ohm_cosem_ref refs[OHM_COSEM_BATCH_MAX];
    r->wishes_count = 0;
    gather(r, batch_of(r));
    if (r->wishes_count == 0)
        return false;
    for (int i = 0; i < r->wishes_count; i++)
        refs[i] = r->wishes[i].ref;
    if (r->wishes_count == 1)
        ohm_cosem_reader_ask(r, &refs[0], none);
    else
        sent(r, ohm_cosem_get_list(&r->session, refs, r->wishes_count, r->now.mono));
    return true;
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

/* A meter may be changed, or told to count in other units: what it said of them is asked again. */
static void renew(ohm_cosem_reader *r)
{
    r->renewed = true;
    r->renewed_at = r->now.mono;
    for (int i = 0; i < r->registers_count; i++)
        r->registers[i].asked_scale = r->registers[i].absent = false;
    for (int i = 0; i < r->settings.profiles_count; i++)
        r->profiles[i].known = false;
}

static void begin_reading(ohm_cosem_reader *r)
{
    choose_registers(r);
    if (!r->renewed || ohm_mono_since(r->now.mono, r->renewed_at) >= RENEW_MS)
        renew(r);
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
    if (ohm_cosem_reader_ask_wishes(r, wish_registers))
        return;
    if (!r->values_round) {
        r->values_round = true;
        r->next = 0;
        read_on(r); /* once: the flag is set now */
        return;
    }
    note_device(r);
    if (is_another(r) && !r->changed) {
        r->changed = true; /* once in a conversation */
        r->registers_count = 0;
        r->listed = r->renewed = false;
        r->phase = OHM_COSEM_SETTING;
        ohm_cosem_reader_go_on(r);
        return;
    }
    r->message_ready = r->message.dlms.count > 0;
    r->counts.messages += r->message_ready;
    r->profile = 0;
    r->piece.way = OHM_COSEM_NO_PIECE;
    r->phase = OHM_COSEM_GIVING;
    r->rows.left = 0;
}

static void ask_objects(ohm_cosem_reader *r)
{
    r->phase = OHM_COSEM_LISTING;
    ohm_cosem_reader_ask(r, &object_list,
                         r->brief ? ohm_span_of(without_rights, sizeof without_rights) : none);
}

/* The association is open once more. */
static void resume(ohm_cosem_reader *r)
{
    ohm_cosem_resumption with = r->resume;
    r->resume = OHM_COSEM_ANEW;
    if (with == OHM_COSEM_WITH_LIST)
        ask_objects(r);
    else if (with == OHM_COSEM_WITHOUT_LIST)
        begin_reading(r);
    else
        ohm_cosem_profile_resume(r);
}

void ohm_cosem_reader_go_on(ohm_cosem_reader *r)
{
    const ohm_meter_deeds *deeds = &r->config.deeds;
    bool setting =
        deeds->relay != OHM_SWITCH_LEAVE || (deeds->set_clock && r->now.utc_ms != OHM_NO_MS);
    bool listing = r->settings.browse || (r->settings.registers_count == 0 && !r->listed);
    switch ((int)r->phase) {
    case OHM_COSEM_OPENING:
        if (r->resume != OHM_COSEM_ANEW) {
            resume(r);
            return;
        }
        r->phase = OHM_COSEM_SETTING;
        if (setting) {
            ask_setting(r);
            return;
        }
        /* fall through */
    case OHM_COSEM_SETTING:
        if (listing)
            ask_objects(r);
        else
            begin_reading(r);
        return;
    case OHM_COSEM_READING:
        read_on(r);
        return;
    case OHM_COSEM_SCALES:
        ohm_cosem_profile_scales(r);
        return;
    case OHM_COSEM_GIVING: /* everything that was ready is out */
        ohm_cosem_profile_next(r);
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
    r->opposite = ohm_meter_time_is_opposite(r->config.tz, &said);
    r->has_deviation = said.has_deviation;
    r->deviation_min = (int16_t)(r->opposite ? -said.deviation_min : said.deviation_min);
}

/* A refusal that says nothing of the next time. */
static bool passes(uint8_t error)
{
    return error == HARDWARE_FAULT || error == TEMPORARY_FAILURE || error == OTHER_REASON;
}

static void take_wish(ohm_cosem_reader *r, const ohm_cosem_wish *w, uint8_t error, ohm_span item)
{
    ohm_cosem_scale scale = { .known = false };
    bool column = r->phase == OHM_COSEM_SCALES;
    ohm_cosem_register *g = column ? NULL : &r->registers[w->index];
    if (g && error != 0)
        g->absent = error == NO_OBJECT || error == OTHER_CLASS;
    r->counts.refused += error != 0;
    if (w->scale && passes(error)) {
        r->unsure |= column;
        return;
    }
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
        error = DENIED;
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

bool ohm_cosem_reader_unlisted(ohm_cosem_reader *r)
{
    if (r->settings.browse) {
        ohm_cosem_reader_fail(r, OHM_TOO_BIG, OHM_METER_REFUSED,
                              "its list of objects is longer than the 64 KiB that are held: browse "
                              "as a client that sees less of it (client=16), or read what you "
                              "look for by its code (read=)");
        return false;
    }
    r->listed = true;
    ohm_cosem_reader_lack(r, OHM_METER_REFUSED, OHM_TOO_BIG,
                          "its list of objects is longer than can be held: name its registers "
                          "(read=)");
    return true;
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
    if (!good && r->brief) {
        if (ohm_cosem_reader_unlisted(r))
            begin_reading(r);
        return;
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
    r->piece.way = OHM_COSEM_NO_PIECE;
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
        ohm_cosem_profile_captures(r);
        return;
    case OHM_COSEM_PERIOD:
        ohm_cosem_profile_period(r);
        return;
    case OHM_COSEM_BUFFER:
        ohm_cosem_profile_rows(r);
        return;
    default: /* nothing would be asked any more, and nothing end it */
        ohm_cosem_reader_fail(r, OHM_BAD_FORMAT, OHM_METER_REFUSED,
                              "the meter answers what was not asked");
        return;
    }
}
