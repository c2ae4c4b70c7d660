#include "wire/tic.h"

#include "wire/tic_group.h"

enum { STX = 0x02, ETX = 0x03, EOT = 0x04, LF = 0x0a, CR = 0x0d, ROW_NONE = UINT8_MAX };

/* The bytes that cut a stream, of those below 0x20. */
#define CUTS (1u << STX | 1u << ETX | 1u << EOT | 1u << LF | 1u << CR)

const char *ohm_tic_mode_name(ohm_tic_mode mode)
{
    static const char *const names[] = { NULL, "historique", "standard" };
    assert((unsigned)mode < sizeof names / sizeof *names);
    return names[mode];
}

/* --- a message, taken apart ---------------------------------------------------------------------
 */

static void read_number(ohm_tic_value *v)
{
    if (!v->known || !v->known->unit[0] || v->text.len == 0 || v->text.len > 15)
        return;
    int64_t number = 0;
    for (size_t i = 0; i < v->text.len; i++) {
        if (v->text.ptr[i] < '0' || v->text.ptr[i] > '9')
            return;
        number = number * 10 + (v->text.ptr[i] - '0');
    }
    v->has_number = true;
    v->number = number;
}

ohm_tic_value ohm_tic_at(const ohm_tic_message *message, unsigned index)
{
    assert(index < message->count);
    const ohm_tic_item *item = &message->items[index];
    const uint8_t *p = message->text + item->at;
    size_t before = item->label_len + (item->date_len ? item->date_len + 1u : 0u) + 1u;
    ohm_tic_value v = {
        .label = { p, item->label_len },
        .date = { p + item->label_len + 1, item->date_len },
        .text = { p + before, item->text_len },
        .known = item->row == ROW_NONE ? NULL : &ohm_tic_labels[item->row],
        .time_ms = OHM_NO_MS,
    };
    if (item->date_len > 0)
        (void)ohm_tic_date_parse(v.date, &v.time_ms, &v.degraded);
    read_number(&v);
    return v;
}

bool ohm_tic_find(const ohm_tic_message *message, const char *label, ohm_tic_value *out)
{
    for (unsigned i = 0; i < message->count; i++) {
        const ohm_tic_item *item = &message->items[i];
        if (ohm_span_is(ohm_span_of(message->text + item->at, item->label_len), label)) {
            *out = ohm_tic_at(message, i);
            return true;
        }
    }
    return false;
}

/* --- frames -------------------------------------------------------------------------------------
 */

static void begin(ohm_tic *d)
{
    d->message = (ohm_tic_message){
        .kind = OHM_TIC_FRAME,
        .offset = d->offset,
        .time_ms = OHM_NO_MS,
        .items = d->items,
        .text = d->text,
    };
    d->traits = (ohm_tic_traits){ 0 };
    d->text_len = 0;
    d->open = d->given = false;
    d->clean = true;
}

/* What an undamaged whole frame lacks, the meter is not. */
static void settle_kind(ohm_tic *d)
{
    const ohm_tic_message *m = &d->message;
    bool whole = m->complete && d->clean && m->rejected == 0;
    if (d->traits.three)
        d->phases = 3;
    else if (m->complete && (d->phases == 0 || (whole && d->traits.one)))
        d->phases = 1;
    if (d->traits.producer)
        d->producer = true;
    else if (whole && d->traits.one)
        d->producer = false;
    if (m->overrun)
        d->overrun = true;
    else if (whole)
        d->overrun = false;
}

static ohm_code give(ohm_tic *d, const ohm_tic_message **message)
{
    ohm_tic_message *m = &d->message;
    settle_kind(d);
    m->phases = d->phases;
    m->producer = d->producer;
    m->joined = d->fresh && !d->open;
    d->fresh = false;
    if (m->id.len == 0)
        m->id = ohm_span_of(d->id, d->id_len);
    d->given = true;
    d->counters.messages++;
    *message = m;
    return OHM_OK;
}

/* The frame ends here, or is abandoned; OHM_MORE if there is nothing in it to give. */
static ohm_code end_frame(ohm_tic *d, bool complete, const ohm_tic_message **message)
{
    d->message.complete = complete && d->open;
    if (d->message.count > 0)
        return give(d, message);
    begin(d);
    return OHM_MORE;
}

/* --- groups -------------------------------------------------------------------------------------
 */

static uint8_t *group_of(ohm_tic *d)
{
    return d->text + d->text_len;
}

static ohm_code refuse(ohm_tic *d, ohm_code code, const ohm_tic_fault *fault,
                       ohm_tic_reject *reject)
{
    if (code == OHM_BAD_CHECKSUM)
        d->counters.bad_checksum++;
    else
        d->counters.bad_format++;
    d->counters.bytes_skipped += d->group_len;
    d->message.rejected++;
    d->clean = false;
    d->told = true;
    *reject = (ohm_tic_reject){ d->group_offset, code, fault->what, fault->expected, "" };
    const uint8_t *p = group_of(d);
    for (size_t i = 0; i < d->group_len && i < OHM_TIC_LABEL_MAX && p[i] > ' ' && p[i] < 0x7f; i++)
        reject->label[i] = (char)p[i];
    return code;
}

/* Meters repeat themselves: what stood here in the frame before is looked at first. */
static uint8_t row_of(uint8_t hint, ohm_span label)
{
    if (hint < ohm_tic_labels_count && ohm_span_is(label, ohm_tic_labels[hint].name))
        return hint;
    const ohm_tic_label *known = ohm_tic_label_find(label);
    return known ? (uint8_t)(known - ohm_tic_labels) : ROW_NONE;
}

ohm_span ohm_tic_trimmed(ohm_span s)
{
    while (s.len > 0 && s.ptr[0] == ' ')
        s = ohm_span_part(s, 1, s.len - 1);
    while (s.len > 0 && s.ptr[s.len - 1] == ' ')
        s.len--;
    return s;
}

/* Another address is another meter. */
static void take_id(ohm_tic *d, ohm_span id)
{
    size_t len = id.len < OHM_TIC_ID_MAX ? id.len : OHM_TIC_ID_MAX;
    d->message.id = id;
    d->traits.id = true;
    if (ohm_span_equal(ohm_span_of(id.ptr, len), ohm_span_of(d->id, d->id_len)))
        return;
    memcpy(d->id, id.ptr, len);
    d->id_len = (uint8_t)len;
    d->phases = 0;
    d->producer = d->overrun = false;
}

/* What a label says besides its value. */
static void take_meaning(ohm_tic *d, const ohm_tic_value *v)
{
    unsigned says = v->known->says;
    ohm_tic_message *m = &d->message;
    if (says & OHM_TIC_IS_ID)
        take_id(d, v->text);
    if (says & OHM_TIC_IS_CONTRACT)
        m->contract = m->mode == OHM_TIC_STANDARD ? ohm_tic_trimmed(v->text) : v->text;
    if (says & OHM_TIC_IS_DATE) {
        m->time_ms = v->time_ms;
        m->degraded = v->degraded;
    }
    if (says & OHM_TIC_IS_STGE)
        m->has_stge = ohm_tic_stge_parse(v->text, &m->stge) == OHM_OK;
    bool stge_overrun =
        (says & OHM_TIC_IS_STGE) && m->has_stge && ohm_tic_stge_get(&m->stge, OHM_STGE_OVERRUN);
    m->overrun |= (says & OHM_TIC_IS_OVERRUN) || stge_overrun;
    d->traits.three |= (says & OHM_TIC_SAYS_THREE) != 0;
    d->traits.one |= (says & OHM_TIC_SAYS_ONE) != 0 || d->traits.three;
    d->traits.producer |= (says & OHM_TIC_SAYS_PRODUCER) != 0;
}

/* The first word of an overrun goes out at once. */
static ohm_code tell_overrun(ohm_tic *d, const ohm_tic_message **message)
{
    d->overrun = true;
    if (!d->config.events)
        return OHM_MORE;
    d->event = d->message;
    d->event.kind = OHM_TIC_OVERRUN;
    d->event.items = &d->items[d->message.count - 1];
    d->event.count = 1;
    d->event.phases = d->traits.three ? 3 : d->phases;
    d->event.producer = d->producer || d->traits.producer;
    if (d->event.id.len == 0)
        d->event.id = ohm_span_of(d->id, d->id_len);
    d->counters.messages++;
    *message = &d->event;
    return OHM_OK;
}

static ohm_code accept(ohm_tic *d, const ohm_tic_group *group, const ohm_tic_message **message)
{
    ohm_tic_message *m = &d->message;
    ohm_tic_item *item = &d->items[m->count];
    ohm_span label = ohm_span_of(group_of(d), group->label_len);
    if (m->count == 0 && !d->open)
        m->offset = d->group_offset;
    *item = (ohm_tic_item){
        .at = d->text_len,
        .label_len = group->label_len,
        .date_len = group->date_len,
        .text_len = group->text_len,
        .row = row_of(item->row, label),
    };
    m->mode = group->mode;
    m->count++;
    d->text_len = (uint16_t)(d->text_len + group->len);
    d->counters.groups++;
    if (item->row == ROW_NONE || ohm_tic_labels[item->row].says == 0)
        return OHM_MORE;
    ohm_tic_value v = ohm_tic_at(m, m->count - 1u);
    take_meaning(d, &v);
    return m->overrun && !d->overrun ? tell_overrun(d, message) : OHM_MORE;
}

/* A frame whose end was lost ends where the next one shows itself, or where no frame is longer. */
static bool begins_another(const ohm_tic *d, const ohm_tic_group *group)
{
    const ohm_tic_message *m = &d->message;
    if (m->count == OHM_TIC_VALUES_MAX || d->text_len + group->len > OHM_TIC_TEXT_MAX)
        return true;
    if (!d->traits.id)
        return false;
    ohm_span label = ohm_span_of(d->text + d->text_len, group->label_len);
    return ohm_span_is(label, "ADCO") || ohm_span_is(label, "ADSC");
}

/* Drops the eighth bits. They may be the parity of 7E1 read as 8N1: then it is even in all bytes
 * of a group, or in none (7O1); or they are all set (a mark). Else a byte was damaged, which the
 * checksum might not see: it does not know the seventh bit. */
static bool drop_parity(uint8_t *group, size_t len)
{
    size_t high = 0, odd = 0;
    for (size_t i = 0; i < len; i++)
        high += group[i] >> 7;
    if (high == 0)
        return true;
    for (size_t i = 0; i < len; i++) {
        odd += (unsigned)__builtin_parity(group[i]);
        group[i] &= 0x7f;
    }
    return odd == 0 || odd == len || high == len;
}

static ohm_code parse_group(ohm_tic *d, ohm_tic_group *group, ohm_tic_fault *fault)
{
    if (d->too_long) {
        *fault = (ohm_tic_fault){ "a group longer than any", 0 };
        return OHM_TOO_BIG;
    }
    if (!drop_parity(group_of(d), d->group_len)) {
        *fault = (ohm_tic_fault){ "a byte with a wrong parity", 0 };
        return OHM_BAD_CHECKSUM;
    }
    return ohm_tic_group_parse(ohm_span_of(group_of(d), d->group_len), group, fault);
}

/* The group's end: CR, or whatever cut it short. */
static ohm_code end_group(ohm_tic *d, uint8_t end, const ohm_tic_message **message,
                          ohm_tic_reject *reject)
{
    ohm_tic_group group;
    ohm_tic_fault fault;
    ohm_code code = parse_group(d, &group, &fault);
    d->in_group = false;
    if (code == OHM_OK && d->message.mode != OHM_TIC_UNDECIDED && d->message.mode != group.mode) {
        code = OHM_BAD_FORMAT;
        fault = (ohm_tic_fault){ "a group of the other mode inside a frame", 0 };
    }
    if (code != OHM_OK && end == EOT) { /* cut by the meter itself */
        d->counters.bytes_skipped += d->group_len;
        return OHM_MORE;
    }
    if (code != OHM_OK && end != CR)
        fault = (ohm_tic_fault){ "a group without an end", 0 };
    if (code != OHM_OK)
        return refuse(d, code, &fault, reject);
    if (begins_another(d, &group)) {
        d->held = true;
        return end_frame(d, false, message);
    }
    return accept(d, &group, message);
}

/* The group that waited for the frame before it to be given out. */
static ohm_code take_held(ohm_tic *d, uint16_t held_at, const ohm_tic_message **message)
{
    ohm_tic_group group;
    ohm_tic_fault fault;
    d->held = false;
    memmove(d->text, d->text + held_at, d->group_len);
    ohm_code code = ohm_tic_group_parse(ohm_span_of(d->text, d->group_len), &group, &fault);
    assert(code == OHM_OK);
    (void)code;
    return accept(d, &group, message);
}

/* --- the stream ---------------------------------------------------------------------------------
 */

/* Takes bytes up to the next one that cuts the stream, which stays. False if none comes. */
static bool take_bytes(ohm_tic *d, ohm_span *in, uint8_t *cut)
{
    size_t i = 0, len = d->group_len;
    uint8_t c = 0, *group = group_of(d);
    bool found = false;
    for (; i < in->len; i++) {
        c = in->ptr[i] & 0x7f;
        if (c < 0x20 && (CUTS >> c & 1)) {
            found = true;
            break;
        }
        if (len < OHM_TIC_GROUP_MAX)
            group[len++] = in->ptr[i]; /* outside a group it is not looked at */
        else
            d->too_long = true;
    }
    if (d->in_group) {
        d->group_len = (uint8_t)len;
    } else if (i > 0) {
        d->counters.bytes_skipped += i;
        d->clean = false;
        d->group_len = 0;
        d->too_long = false;
    }
    *in = ohm_span_part(*in, i, in->len - i);
    d->offset += i;
    d->counters.bytes += i;
    *cut = c;
    return found;
}

static void drop_byte(ohm_tic *d, ohm_span *in)
{
    *in = ohm_span_part(*in, 1, in->len - 1);
    d->offset++;
    d->counters.bytes++;
}

static void open_group(ohm_tic *d)
{
    d->group_offset = d->offset - 1;
    d->in_group = true;
    d->too_long = false;
    d->group_len = 0;
}

/* A byte that cuts the stream, in no group. */
static ohm_code take_cut(ohm_tic *d, uint8_t cut, ohm_span *in, const ohm_tic_message **message)
{
    d->in_group = false;
    if (cut == STX && (d->message.count > 0 || d->open))
        return end_frame(d, false, message); /* and again, with a new frame */
    drop_byte(d, in);
    switch (cut) {
    case LF:
        open_group(d);
        return OHM_MORE;
    case STX:
        begin(d);
        d->message.offset = d->offset - 1;
        d->open = true;
        return OHM_MORE;
    case ETX:
        d->counters.frames += d->message.count > 0;
        return end_frame(d, true, message);
    case EOT:
        d->counters.interrupted++;
        d->message.interrupted = true;
        return end_frame(d, false, message);
    default:
        return OHM_MORE; /* CR behind STX, or behind a CR that became LF */
    }
}

/* A file may end right behind a checksum; a group that it cuts is no fault of the line. */
static ohm_code end(ohm_tic *d, const ohm_tic_message **message, ohm_tic_reject *reject)
{
    if (d->in_group && d->group_len > 0) {
        ohm_code code = end_group(d, EOT, message, reject);
        if (code != OHM_MORE)
            return code;
    }
    if (end_frame(d, false, message) == OHM_OK)
        return OHM_OK;
    if (d->counters.bytes == 0 || d->counters.groups > 0 || d->told)
        return OHM_END;
    d->told = true;
    *reject = (ohm_tic_reject){
        .code = OHM_BAD_FORMAT,
        .what = "no TIC group in all these bytes: another protocol, or wrong speed and parity",
    };
    return OHM_BAD_FORMAT;
}

ohm_code ohm_tic_next(ohm_tic *d, ohm_span *in, const ohm_tic_message **message,
                      ohm_tic_reject *reject)
{
    if (d->given) {
        uint16_t held_at = d->text_len;
        begin(d);
        ohm_code code = d->held ? take_held(d, held_at, message) : OHM_MORE;
        if (code != OHM_MORE)
            return code;
    }
    uint8_t cut;
    while (take_bytes(d, in, &cut)) {
        ohm_code code;
        if (d->in_group && d->group_len > 0) {
            if (cut == CR)
                drop_byte(d, in);
            code = end_group(d, cut, message, reject);
        } else {
            code = take_cut(d, cut, in, message);
        }
        if (code != OHM_MORE)
            return code;
    }
    return d->finished ? end(d, message, reject) : OHM_MORE;
}

/* The next byte begins a frame as if the one before had just been given out. */
bool ohm_tic_rest(ohm_tic *d)
{
    const ohm_tic_message *m = &d->message;
    bool nothing = m->count == 0 && m->rejected == 0 && m->offset == d->offset && !d->open;
    if (d->in_group || d->held || !(d->given || nothing))
        return false;
    d->given = true;
    return true;
}

void ohm_tic_finish(ohm_tic *d)
{
    d->finished = true;
}

void ohm_tic_init(ohm_tic *d, const ohm_tic_config *config)
{
    /* The text stays as it is: untouched pages cost nothing. */
    d->config = *config;
    d->counters = (ohm_tic_counters){ 0 };
    d->offset = d->group_offset = 0;
    d->finished = d->told = false;
    d->phases = d->id_len = 0;
    d->producer = d->overrun = false;
    memset(d->items, 0, sizeof d->items); /* hints */
    ohm_tic_reset(d);
}

void ohm_tic_reset(ohm_tic *d)
{
    d->in_group = d->too_long = d->held = d->finished = false;
    d->group_len = 0;
    d->fresh = true;
    begin(d);
}
