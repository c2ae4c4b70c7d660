#include "sim/mbus_bus.h"

#include "sim/mbus_telegram.h"

enum {
    ANSWER_MS = 5, /* 11 bit times at 2400 baud */
    CI_SELECT = 0x52,
    CI_SET = 0x51,
    RSP_UD = 0x08,
};

void ohm_sim_mbus_init(ohm_sim_mbus *bus, ohm_sim_mbus_meter *meters, size_t count)
{
    assert(count <= OHM_SIM_MBUS_METERS_MAX);
    *bus = (ohm_sim_mbus){ .meters = meters, .count = count };
}

ohm_sim_mbus_meter ohm_sim_mbus_make(ohm_sim_mbus_kind kind, uint8_t primary, uint32_t number)
{
    static const uint8_t media[] = { 0x02, 0x07, 0x04, 0x03 };
    static const uint16_t makers[] = { 0x15b5, 0x0477, 0x4024, 0x32a7 };
    ohm_sim_mbus_meter m = { .kind = (uint8_t)kind, .primary = primary, .telegrams = 1 };
    for (int i = 3; i >= 0; i--, number /= 100)
        m.identity[i] = (uint8_t)(number / 10 % 10 << 4 | number % 10);
    m.identity[4] = (uint8_t)makers[kind];
    m.identity[5] = (uint8_t)(makers[kind] >> 8);
    m.identity[6] = (uint8_t)(1 + kind);
    m.identity[7] = media[kind];
    return m;
}

/* --- one meter ---------------------------------------------------------------------------------
 */

static bool fits_fabrication(const ohm_sim_mbus_meter *m, ohm_span extension)
{
    if (extension.len == 0)
        return true;
    int64_t wanted = 0;
    for (size_t i = extension.len; i-- > 2;)
        wanted = wanted * 100 + (extension.ptr[i] >> 4) * 10 + (extension.ptr[i] & 0xf);
    return m->fabrication != 0 && wanted == m->fabrication;
}

/* CI 52h: identification with its first digits last, manufacturer, version, medium. */
static bool fits(const ohm_sim_mbus_meter *m, ohm_span data)
{
    uint8_t mask[8];
    if (data.len != 8 && data.len != 14)
        return false;
    for (size_t i = 0; i < 4; i++)
        mask[i] = data.ptr[3 - i];
    memcpy(mask + 4, data.ptr + 4, 4);
    return ohm_mbus_mask_fits(mask, m->identity, m->nibbles) &&
           fits_fabrication(m, ohm_span_part(data, 8, data.len - 8));
}

static size_t put_ack(uint8_t *out)
{
    out[0] = OHM_MBUS_ACK;
    return 1;
}

/* A telegram of class 2 data. The same FCB as before asks for the same one again. */
static size_t put_data(ohm_sim_mbus_meter *m, bool fcb, int64_t now_ms, uint8_t *out)
{
    uint8_t telegrams = m->telegrams ? m->telegrams : 1;
    bool again = m->fcb_known && m->fcb == fcb;
    if (m->fcb_known && !again && !m->sticky_fcb)
        m->at = (uint8_t)((m->at + 1) % telegrams);
    if (!again)
        m->access++;
    m->fcb_known = true;
    m->fcb = fcb;
    m->asked++;
    return ohm_sim_mbus_telegram(m, now_ms, out);
}

static size_t put_alarm(ohm_sim_mbus_meter *m, uint8_t *out)
{
    static const uint8_t alarm = 0x01;
    if (!m->alarm)
        return put_ack(out);
    m->alarm = false;
    return ohm_mbus_put_long(RSP_UD, m->primary, 0x71, ohm_span_of(&alarm, 1), out);
}

static void reset(ohm_sim_mbus_meter *m)
{
    m->fcb_known = false;
    m->at = 0;
}

static size_t on_short(ohm_sim_mbus_meter *m, const ohm_mbus_link *unit, int64_t now_ms,
                       uint8_t *out)
{
    bool fcb = (unit->control & OHM_MBUS_FCB) != 0;
    switch (unit->control & ~OHM_MBUS_FCB) {
    case OHM_MBUS_SND_NKE:
        reset(m);
        if (unit->address == OHM_MBUS_SELECTED)
            m->selected = false;
        return m->no_reset_ack ? 0 : put_ack(out);
    case OHM_MBUS_REQ_UD2:
        return put_data(m, fcb, now_ms, out);
    case OHM_MBUS_REQ_UD1:
        return put_alarm(m, out);
    default:
        return 0;
    }
}

static size_t on_long(ohm_sim_mbus_meter *m, const ohm_mbus_link *unit, uint8_t *out)
{
    if (unit->ci == CI_SET && unit->data.len == 3 && unit->data.ptr[0] == 0x01 &&
        unit->data.ptr[1] == 0x7a)
        m->primary = unit->data.ptr[2];
    return put_ack(out);
}

static bool is_addressed(const ohm_sim_mbus_meter *m, uint8_t address)
{
    enum { ALL = 0xfe };
    return address == ALL || address == m->primary || (address == OHM_MBUS_SELECTED && m->selected);
}

/* What one meter says to a request; 0: nothing. */
static size_t answer_of(ohm_sim_mbus_meter *m, const ohm_mbus_link *unit, int64_t now_ms,
                        uint8_t *out)
{
    size_t len = 0;
    bool select = unit->kind == OHM_MBUS_LINK_LONG && unit->ci == CI_SELECT &&
                  unit->address == OHM_MBUS_SELECTED;
    if (m->dead)
        return 0;
    if (select) {
        m->selected = fits(m, unit->data);
        if (m->selected)
            reset(m);
        len = m->selected ? put_ack(out) : 0;
    } else if (is_addressed(m, unit->address)) {
        len = unit->kind == OHM_MBUS_LINK_SHORT ? on_short(m, unit, now_ms, out)
                                                : on_long(m, unit, out);
    }
    if (m->bad_checksum && len > 2)
        out[len - 2] ^= 0x01;
    return len;
}

/* --- the bus -----------------------------------------------------------------------------------
 */

/* Two answers at once: a 0 of anyone is a 0. */
static void collide(ohm_sim_mbus_answer *answer, size_t from, const uint8_t *other, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        size_t at = from + i;
        answer->bytes[at] = at < answer->len ? answer->bytes[at] & other[i] : other[i];
    }
    if (from + len > answer->len)
        answer->len = from + len;
}

/* One more answer to a request whose answers begin at `from`. What finds no room is lost. */
static void add(const ohm_sim_mbus *bus, ohm_sim_mbus_answer *answer, size_t from,
                const uint8_t *said, size_t len)
{
    bool first = answer->len == from;
    switch ((ohm_sim_mbus_several)(len == 1 ? bus->acks : bus->data)) {
    case OHM_SIM_MBUS_TOGETHER:
        collide(answer, from, said, len);
        break;
    case OHM_SIM_MBUS_IN_TURN:
        if (len <= sizeof answer->bytes - answer->len)
            collide(answer, answer->len, said, len);
        break;
    case OHM_SIM_MBUS_LOUDEST:
        if (first)
            collide(answer, from, said, len);
        break;
    }
}

static void ask_all(ohm_sim_mbus *bus, const ohm_mbus_link *unit, ohm_sim_mbus_answer *answer)
{
    size_t from = answer->len; /* behind the echo */
    for (size_t i = 0; i < bus->count; i++) {
        uint8_t said[OHM_MBUS_LONG_MAX];
        ohm_sim_mbus_meter *m = &bus->meters[i];
        size_t len = answer_of(m, unit, bus->now_ms, said);
        if (len == 0)
            continue;
        add(bus, answer, from, said, len);
        uint32_t delay_ms = (uint32_t)ANSWER_MS + m->slow_ms;
        if (delay_ms > answer->delay_ms)
            answer->delay_ms = delay_ms;
    }
}

/* The units that the bus has heard so far; junk in front of one is dropped. */
static bool next_unit(ohm_sim_mbus *bus, ohm_mbus_link *unit)
{
    while (bus->in_len > 0) {
        size_t claimed = 0;
        ohm_code code = ohm_mbus_link_parse(ohm_span_of(bus->in, bus->in_len), unit, &claimed);
        if (code == OHM_OK)
            return true;
        if (code == OHM_MORE)
            return false;
        bus->in_len--;
        memmove(bus->in, bus->in + 1, bus->in_len);
    }
    return false;
}

bool ohm_sim_mbus_take(ohm_sim_mbus *bus, ohm_span *in, ohm_sim_mbus_answer *answer)
{
    *answer = (ohm_sim_mbus_answer){ .len = 0 };
    while (in->len > 0) {
        ohm_mbus_link unit;
        if (bus->in_len == sizeof bus->in)
            bus->in_len = 0;
        bus->in[bus->in_len++] = in->ptr[0];
        *in = ohm_span_part(*in, 1, in->len - 1);
        if (!next_unit(bus, &unit))
            continue;
        if (bus->echo) {
            memcpy(answer->bytes, bus->in, unit.size);
            answer->len = unit.size;
        }
        ask_all(bus, &unit, answer);
        bus->in_len = 0;
        return true;
    }
    return false;
}
