#include "wire/modbus_map.h"

/* --- units --------------------------------------------------------------------------------------
 */

bool ohm_modbus_unit(ohm_span text, const char **ret_base, int *ret_exponent)
{
    static const char *const bases[] = { "W", "Wh", "var", "varh", "VA", "VAh", "V",
                                         "A", "Hz", "C",   "%",    "1",  "" };
    static const struct {
        char letter;
        int exponent;
    } prefixes[] = { { 'k', 3 }, { 'M', 6 }, { 'G', 9 }, { 'm', -3 } };
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        if (ohm_span_is(text, bases[i])) {
            *ret_base = bases[i];
            *ret_exponent = 0;
            return true;
        }
    }
    for (size_t i = 0; text.len > 1 && i < sizeof prefixes / sizeof *prefixes; i++) {
        ohm_span rest = ohm_span_part(text, 1, text.len - 1);
        if (text.ptr[0] != prefixes[i].letter)
            continue;
        for (size_t k = 0; k < 9; k++) { /* up to Hz: nobody has m% */
            if (ohm_span_is(rest, bases[k])) {
                *ret_base = bases[k];
                *ret_exponent = prefixes[i].exponent;
                return true;
            }
        }
    }
    return false;
}

/* --- planning -----------------------------------------------------------------------------------
 */

static bool of_bits(uint8_t function)
{
    return function <= OHM_MODBUS_READ_DISCRETE;
}

static size_t pool_bytes(const ohm_modbus_part *part)
{
    return of_bits(part->function) ? 1 : 2u * part->words;
}

static bool comes_before(const ohm_modbus_part *a, const ohm_modbus_part *b)
{
    if (a->function != b->function)
        return a->function < b->function;
    return a->address < b->address;
}

static ohm_code add_part(ohm_modbus_plan *plan, size_t point, uint16_t address, bool factor,
                         size_t *pool)
{
    const ohm_modbus_point *p = &plan->profile->points[point];
    ohm_modbus_part part = { .function = p->function,
                             .address = address,
                             .words = factor ? 1 : p->words,
                             .point = (uint16_t)point,
                             .pool = (uint16_t)*pool,
                             .factor = factor };
    if (plan->parts_count == OHM_MODBUS_SPANS_MAX ||
        pool_bytes(&part) > OHM_MODBUS_POOL_MAX - *pool)
        return OHM_TOO_BIG;
    *pool += pool_bytes(&part);
    size_t at = plan->parts_count++;
    for (; at > 0 && comes_before(&part, &plan->parts[at - 1]); at--)
        plan->parts[at] = plan->parts[at - 1];
    plan->parts[at] = part;
    return OHM_OK;
}

static uint32_t end_of(const ohm_modbus_part *part)
{
    return (uint32_t)part->address + part->words;
}

/* From the lowest address up, each read takes as much as it may: no other choice needs fewer,
 * since every value must be in some read and a read that began earlier would end earlier. */
static void make_reads(ohm_modbus_plan *plan)
{
    const ohm_modbus_profile *profile = plan->profile;
    plan->reads_count = 0;
    for (size_t i = 0; i < plan->parts_count;) {
        const ohm_modbus_part *first = &plan->parts[i];
        uint32_t most =
            of_bits(first->function) ? 16u * profile->registers_max : profile->registers_max;
        uint32_t end = end_of(first);
        size_t next = i + 1;
        for (; next < plan->parts_count; next++) {
            const ohm_modbus_part *p = &plan->parts[next];
            uint32_t reach = end_of(p) > end ? end_of(p) : end;
            if (p->function != first->function || p->address > end + profile->gap ||
                reach - first->address > most)
                break;
            end = reach;
        }
        plan->reads[plan->reads_count++] =
            (ohm_modbus_read){ .function = first->function,
                               .address = first->address,
                               .count = (uint16_t)(end - first->address),
                               .first = (uint16_t)i,
                               .parts = (uint16_t)(next - i) };
        i = next;
    }
}

ohm_code ohm_modbus_plan_make(const ohm_modbus_profile *profile, ohm_modbus_plan *out)
{
    size_t pool = 0;
    *out = (ohm_modbus_plan){ .profile = profile };
    for (size_t i = 0; i < profile->points_count; i++) {
        const ohm_modbus_point *p = &profile->points[i];
        ohm_code code = add_part(out, i, p->address, false, &pool);
        for (size_t k = 0; code == OHM_OK && k < p->adds_count; k++)
            code = add_part(out, i, p->adds[k], false, &pool);
        if (code == OHM_OK && p->has_factor)
            code = add_part(out, i, p->factor, true, &pool);
        if (code != OHM_OK)
            return code;
    }
    for (size_t i = 0; i < out->parts_count; i++) {
        const ohm_modbus_part *part = &out->parts[i];
        if (!part->factor && part->address == profile->points[part->point].address)
            out->own[part->point] = (uint16_t)i;
    }
    make_reads(out);
    return OHM_OK;
}

void ohm_modbus_plan_keep(ohm_modbus_plan *plan, size_t index, ohm_span data)
{
    assert(index < plan->reads_count);
    const ohm_modbus_read *read = &plan->reads[index];
    for (size_t i = read->first; i < (size_t)read->first + read->parts; i++) {
        ohm_modbus_part *part = &plan->parts[i];
        size_t from = (size_t)(part->address - read->address);
        if (of_bits(read->function)) {
            assert(from / 8 < data.len);
            plan->pool[part->pool] = ohm_modbus_bit(data, from);
        } else {
            assert(2 * from + 2u * part->words <= data.len);
            memcpy(plan->pool + part->pool, data.ptr + 2 * from, 2u * part->words);
        }
        part->have = true;
    }
}

/* Parts at the same place are read together. */
static size_t same_place(const ohm_modbus_plan *plan, size_t from, size_t end)
{
    size_t n = 1;
    while (from + n < end && plan->parts[from + n].address == plan->parts[from].address)
        n++;
    return n;
}

bool ohm_modbus_plan_refused(ohm_modbus_plan *plan, size_t index)
{
    assert(index < plan->reads_count);
    ohm_modbus_read old = plan->reads[index];
    size_t end = (size_t)old.first + old.parts;
    bool single = same_place(plan, old.first, end) == old.parts;

    ohm_modbus_read fresh[OHM_MODBUS_SPANS_MAX];
    size_t count = 0;
    for (size_t i = old.first; i < end && !single;) {
        size_t n = same_place(plan, i, end);
        uint16_t words = 0;
        for (size_t k = i; k < i + n; k++)
            words = plan->parts[k].words > words ? plan->parts[k].words : words;
        fresh[count++] = (ohm_modbus_read){ .function = old.function,
                                            .address = plan->parts[i].address,
                                            .count = words,
                                            .first = (uint16_t)i,
                                            .parts = (uint16_t)n };
        i += n;
    }
    for (size_t i = old.first; i < end; i++) {
        plan->parts[i].alone = true;
        plan->parts[i].refused = single;
    }
    /* Every read has parts of its own, so there are never more reads than parts. */
    memmove(&plan->reads[index + count], &plan->reads[index + 1],
            (plan->reads_count - index - 1) * sizeof *plan->reads);
    memcpy(&plan->reads[index], fresh, count * sizeof *fresh);
    plan->reads_count = (uint16_t)(plan->reads_count - 1 + count);
    return count > 0;
}

void ohm_modbus_plan_note(const ohm_modbus_plan *plan, uint8_t *out)
{
    for (size_t i = 0; i < plan->parts_count; i++)
        out[i] = (uint8_t)(plan->parts[i].alone + plan->parts[i].refused);
}

/* What was refused together stood in one read, so its first part tells of all of them. */
void ohm_modbus_plan_recall(ohm_modbus_plan *plan, const uint8_t *noted)
{
    for (size_t i = 0; i < plan->reads_count;) {
        const ohm_modbus_read *r = &plan->reads[i];
        bool single = same_place(plan, r->first, (size_t)r->first + r->parts) == r->parts;
        uint8_t refusals = noted[r->first];
        if (refusals > single)
            (void)ohm_modbus_plan_refused(plan, i);
        else
            i++;
    }
}

/* --- values -------------------------------------------------------------------------------------
 */

enum { EXPONENT_MIN = -18, EXPONENT_MAX = 18, NO_FACTOR = -32768, FACTOR_MAX = 10 };

/* × scale × 10^exponent, without zeros at the end of its fraction; digits beyond what anybody
 * measures are rounded off. */
static ohm_code scaled(ohm_modbus_decimal *v, int64_t scale, int exponent)
{
    if (__builtin_mul_overflow(v->mantissa, scale, &v->mantissa))
        return OHM_RANGE;
    v->exponent += exponent;
    while (v->exponent < 0 && v->mantissa != 0 &&
           (v->mantissa % 10 == 0 || v->exponent < EXPONENT_MIN)) {
        int64_t rest = v->mantissa % 10;
        v->mantissa = v->mantissa / 10 + (rest >= 5) - (rest <= -5);
        v->exponent++;
    }
    if (v->mantissa == 0)
        v->exponent = 0;
    return v->exponent <= EXPONENT_MAX ? OHM_OK : OHM_RANGE;
}

static uint64_t masked(uint64_t raw, uint64_t mask)
{
    return mask == 0 ? raw : (raw & mask) >> __builtin_ctzll(mask);
}

/* What the registers of one part say. */
static ohm_code number_of(const ohm_modbus_point *p, const uint8_t *registers,
                          ohm_modbus_decimal *out)
{
    ohm_modbus_type type = (ohm_modbus_type)p->type;
    uint64_t raw = type == OHM_MODBUS_BIT
                       ? registers[0]
                       : ohm_modbus_raw(type, (ohm_modbus_order)p->order, registers);
    if (p->has_absent && raw == p->absent)
        return OHM_UNKNOWN;
    return ohm_modbus_decimal_of(type, masked(raw, p->mask), out);
}

/* a + b, exactly. */
static ohm_code sum(ohm_modbus_decimal *a, ohm_modbus_decimal b)
{
    while (a->exponent > b.exponent) {
        if (__builtin_mul_overflow(a->mantissa, 10, &a->mantissa))
            return OHM_RANGE;
        a->exponent--;
    }
    while (b.exponent > a->exponent) {
        if (__builtin_mul_overflow(b.mantissa, 10, &b.mantissa))
            return OHM_RANGE;
        b.exponent--;
    }
    return __builtin_add_overflow(a->mantissa, b.mantissa, &a->mantissa) ? OHM_RANGE : OHM_OK;
}

/* The registers of a point, where they were found: NULL where they were not. */
typedef struct found {
    const uint8_t *parts[1 + OHM_MODBUS_ADDS_MAX];
    const uint8_t *factor;
} found;

static ohm_code number_from(const ohm_modbus_point *p, const found *f, ohm_modbus_decimal *out)
{
    ohm_modbus_decimal total = { 0, 0 };
    int exponent = p->scale_exponent;
    for (size_t i = 0; i <= p->adds_count; i++) {
        ohm_modbus_decimal v = { 0, 0 };
        ohm_code code = f->parts[i] ? number_of(p, f->parts[i], &v) : OHM_UNKNOWN;
        if (code == OHM_OK)
            code = sum(&total, v);
        if (code != OHM_OK)
            return code;
    }
    if (p->has_factor) {
        int16_t factor = f->factor ? (int16_t)ohm_be16(f->factor) : NO_FACTOR;
        if (factor == NO_FACTOR)
            return OHM_UNKNOWN;
        if (factor < -FACTOR_MAX || factor > FACTOR_MAX)
            return OHM_RANGE;
        exponent += factor;
    }
    ohm_code code = scaled(&total, p->scale, exponent);
    if (code == OHM_OK)
        *out = total;
    return code;
}

static void value_from(const ohm_modbus_point *p, const found *f, ohm_modbus_value *out)
{
    *out = (ohm_modbus_value){ .kind = OHM_MODBUS_NO_VALUE };
    if (p->type == OHM_MODBUS_STRING) {
        ohm_span text = ohm_span_of(f->parts[0], f->parts[0] ? 2u * p->words : 0);
        if (ohm_modbus_text((ohm_modbus_order)p->order, text, out->text, sizeof out->text) > 0)
            out->kind = OHM_MODBUS_TEXT;
        return;
    }
    ohm_code code = number_from(p, f, &out->number);
    if (code == OHM_OK)
        out->kind = OHM_MODBUS_NUMBER;
    else
        out->wrong = code != OHM_UNKNOWN;
}

/* Which of the point's parts begins at an address: its own, one that is added. */
static size_t part_at(const ohm_modbus_point *p, uint16_t address)
{
    size_t i = 0;
    if (address == p->address)
        return 0;
    while (i < p->adds_count && p->adds[i] != address)
        i++;
    return 1 + i;
}

void ohm_modbus_plan_value(const ohm_modbus_plan *plan, size_t point, ohm_modbus_value *out)
{
    const ohm_modbus_point *p = &plan->profile->points[point];
    found f = { .factor = NULL };
    bool simple = p->adds_count == 0 && !p->has_factor;
    const ohm_modbus_part *own = &plan->parts[plan->own[point]];
    if (own->have)
        f.parts[0] = plan->pool + own->pool;
    for (size_t i = 0; !simple && i < plan->parts_count; i++) {
        const ohm_modbus_part *part = &plan->parts[i];
        if (part->point != point || !part->have)
            continue;
        if (part->factor)
            f.factor = plan->pool + part->pool;
        else
            f.parts[part_at(p, part->address)] = plan->pool + part->pool;
    }
    for (size_t i = 1; i <= p->adds_count; i++) /* the same address twice is twice the value */
        for (size_t k = 0; !f.parts[i] && k < i; k++)
            if (p->adds[i - 1] == (k == 0 ? p->address : p->adds[k - 1]))
                f.parts[i] = f.parts[k];
    value_from(p, &f, out);
}

/* The registers at `address` in an answer, or NULL if they are not all there. */
static const uint8_t *inside(const ohm_modbus_frame *reply, uint16_t address, unsigned words)
{
    bool there = address >= reply->address &&
                 (uint32_t)address + words <= (uint32_t)reply->address + reply->count &&
                 2u * reply->count <= reply->data.len;
    return there ? reply->data.ptr + 2 * (address - reply->address) : NULL;
}

void ohm_modbus_reply_value(const ohm_modbus_point *point, const ohm_modbus_frame *reply,
                            ohm_modbus_value *out)
{
    found f = { .factor = NULL };
    uint8_t bits[1 + OHM_MODBUS_ADDS_MAX];
    bool ours = !reply->exception && reply->function == point->function;
    for (size_t i = 0; ours && i <= point->adds_count; i++) {
        uint16_t address = i == 0 ? point->address : point->adds[i - 1];
        if (!of_bits(point->function)) {
            f.parts[i] = inside(reply, address, point->words);
        } else if (address >= reply->address && address - reply->address < reply->count &&
                   (size_t)(address - reply->address) / 8 < reply->data.len) {
            bits[i] = ohm_modbus_bit(reply->data, (size_t)(address - reply->address));
            f.parts[i] = &bits[i];
        }
    }
    if (ours && point->has_factor)
        f.factor = inside(reply, point->factor, 1);
    value_from(point, &f, out);
}
