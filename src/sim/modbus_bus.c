#include "sim/modbus_bus.h"

#include "sim/registers.h"

/* --- registers ----------------------------------------------------------------------------------
 */

/* The number that the registers hold: value / (scale × 10^scale_exponent). */
static ohm_modbus_decimal unscaled(const ohm_modbus_point *p, ohm_modbus_decimal v)
{
    enum { MORE = 6, MILLION = 1000000 };
    v.exponent -= p->scale_exponent;
    if (p->scale == -1)
        v.mantissa = -v.mantissa;
    else if (p->scale != 1 && !__builtin_mul_overflow(v.mantissa, MILLION, &v.mantissa)) {
        v.mantissa /= p->scale;
        v.exponent -= MORE;
    }
    return v;
}

/* The bytes of a point at one of its addresses, as the profile wants them. */
static void show(const ohm_sim_modbus_device *d, const ohm_modbus_point *p, bool first,
                 uint8_t out[static 2 * OHM_MODBUS_STRING_WORDS_MAX])
{
    ohm_modbus_decimal none = { 0, 0 };
    size_t len = 2u * p->words;
    memset(out, 0, len);
    if (p->type == OHM_MODBUS_STRING) {
        for (size_t i = 0; i < len && i < strlen(p->name); i++)
            out[i] = (uint8_t)p->name[i];
        return;
    }
    bool has = p->quantity != OHM_Q_NONE && d->values[p->quantity].has;
    ohm_modbus_decimal v = has ? unscaled(p, d->values[p->quantity].value) : none;
    if (!first)
        v = none; /* a sum lies in its first register alone */
    if (!has && p->has_absent) {
        uint64_t raw = p->absent;
        ohm_modbus_decimal bits = { (int64_t)raw, 0 };
        ohm_modbus_type type = p->words == 1   ? OHM_MODBUS_UINT16
                               : p->words == 2 ? OHM_MODBUS_UINT32
                                               : OHM_MODBUS_INT64;
        if (ohm_modbus_registers_of(type, (ohm_modbus_order)p->order, bits, out) == OHM_OK)
            return;
    }
    if (ohm_modbus_registers_of((ohm_modbus_type)p->type, (ohm_modbus_order)p->order, v, out) !=
        OHM_OK)
        memset(out, 0xff, len); /* over its range, as a device with too few digits */
}

/* Puts the registers of a point into what was asked for. */
static bool put_point(const ohm_sim_modbus_device *d, const ohm_modbus_point *p, size_t part,
                      const ohm_modbus_frame *request, uint8_t *out)
{
    uint8_t bytes[2 * OHM_MODBUS_STRING_WORDS_MAX];
    uint16_t address = part == 0 ? p->address : p->adds[part - 1];
    bool touched = false;
    bool says = p->quantity == OHM_Q_NONE ? p->type == OHM_MODBUS_STRING
                                          : d->values[p->quantity].has || p->has_absent;
    show(d, p, part == 0, bytes);
    for (unsigned i = 0; i < p->words; i++) {
        uint32_t at = (uint32_t)address + i;
        if (at < request->address || at >= (uint32_t)request->address + request->count)
            continue;
        if (says) /* else what another point says of the same register stays */
            memcpy(out + 2 * (at - request->address), bytes + 2 * (size_t)i, 2);
        touched = true;
    }
    return touched;
}

static bool covered(const ohm_modbus_profile *profile, uint8_t function, uint32_t address)
{
    for (size_t i = 0; i < profile->points_count; i++) {
        const ohm_modbus_point *p = &profile->points[i];
        for (size_t k = 0; p->function == function && k <= p->adds_count; k++) {
            uint16_t from = k == 0 ? p->address : p->adds[k - 1];
            if (address >= from && address < (uint32_t)from + p->words)
                return true;
        }
    }
    return false;
}

static ohm_modbus_exception read_image(const ohm_sim_modbus_device *d,
                                       const ohm_modbus_frame *request, uint8_t *out)
{
    bool inside = request->function == OHM_MODBUS_READ_HOLDING &&
                  request->address >= d->image_from &&
                  request->address + request->count <= d->image_from + d->image_count;
    for (unsigned i = 0; inside && i < request->count; i++)
        ohm_put_be16(out + 2 * (size_t)i, d->image[request->address - d->image_from + i]);
    return inside ? OHM_MODBUS_NO_EXCEPTION : OHM_MODBUS_ILLEGAL_ADDRESS;
}

static ohm_modbus_exception read_profile(const ohm_sim_modbus_device *d,
                                         const ohm_modbus_frame *request, uint8_t *out)
{
    bool touched = false;
    for (unsigned i = 0; d->strict && i < request->count; i++)
        if (!covered(d->profile, request->function, (uint32_t)request->address + i))
            return OHM_MODBUS_ILLEGAL_ADDRESS;
    for (size_t sums = 2; sums-- > 0;) /* sums first: a phase of its own says what it is */
        for (size_t i = 0; i < d->profile->points_count; i++) {
            const ohm_modbus_point *p = &d->profile->points[i];
            if (p->function != request->function || (p->adds_count > 0) != (sums > 0))
                continue;
            for (size_t k = 0; k <= p->adds_count; k++)
                touched = put_point(d, p, k, request, out) || touched;
        }
    return touched ? OHM_MODBUS_NO_EXCEPTION : OHM_MODBUS_ILLEGAL_ADDRESS;
}

/* --- the server's questions ---------------------------------------------------------------------
 */

static ohm_sim_modbus_device *find(ohm_sim_modbus *bus, uint8_t unit)
{
    for (size_t i = 0; i < bus->count; i++)
        if (bus->devices[i].unit == unit)
            return &bus->devices[i];
    return NULL;
}

static bool has_unit(void *ctx, uint8_t unit)
{
    ohm_sim_modbus *bus = ctx;
    bus->current = find(bus, unit);
    return bus->current != NULL;
}

static ohm_modbus_exception read_table(void *ctx, const ohm_modbus_frame *request, uint8_t *out)
{
    const ohm_sim_modbus_device *d = ((ohm_sim_modbus *)ctx)->current;
    if (!d)
        return OHM_MODBUS_ILLEGAL_ADDRESS; /* a broadcast: nobody in particular */
    if (d->fault == OHM_SIM_MODBUS_BUSY)
        return OHM_MODBUS_DEVICE_BUSY;
    if (d->fault == OHM_SIM_MODBUS_FAILING)
        return OHM_MODBUS_DEVICE_FAILURE;
    if (request->function <= OHM_MODBUS_READ_DISCRETE)
        return OHM_MODBUS_ILLEGAL_FUNCTION;
    if (d->image)
        return read_image(d, request, out);
    return d->profile ? read_profile(d, request, out) : OHM_MODBUS_ILLEGAL_ADDRESS;
}

static ohm_span identity(void *ctx, uint8_t unit, uint8_t id)
{
    const ohm_sim_modbus_device *d = ((ohm_sim_modbus *)ctx)->current;
    (void)unit;
    return d && id < 3 && d->identity[id] ? ohm_span_text(d->identity[id]) : ohm_span_of(NULL, 0);
}

/* --- what goes wrong ----------------------------------------------------------------------------
 */

static void spoil(ohm_sim_modbus *bus, ohm_sim_modbus_device *d, ohm_sim_modbus_answer *answer)
{
    bool tcp = bus->server.framing == OHM_MODBUS_TCP;
    ohm_modbus_frame reply;
    switch ((ohm_sim_modbus_fault)d->fault) {
    case OHM_SIM_MODBUS_GOOD:
    case OHM_SIM_MODBUS_BUSY:
    case OHM_SIM_MODBUS_FAILING:
        break;
    case OHM_SIM_MODBUS_DEAD:
        answer->len = 0;
        break;
    case OHM_SIM_MODBUS_OTHER_UNIT:
        if (ohm_modbus_parse(bus->server.framing, ohm_span_of(answer->bytes, answer->len), true,
                             &reply) == OHM_OK) {
            uint8_t copy[OHM_MODBUS_ADU_MAX];
            reply.unit ^= 0x40;
            answer->len = ohm_modbus_encode(bus->server.framing, &reply, copy);
            memcpy(answer->bytes, copy, answer->len);
        }
        break;
    case OHM_SIM_MODBUS_NOISY:
        if (!tcp) {
            memmove(answer->bytes + 3, answer->bytes, answer->len);
            memcpy(answer->bytes, "\x00\xff\x55", 3);
            answer->len += 3;
        }
        break;
    case OHM_SIM_MODBUS_DAMAGED:
        answer->bytes[tcp ? 5 : answer->len - 1] ^= 1;
        break;
    case OHM_SIM_MODBUS_CUT:
        answer->len /= 2;
        break;
    }
    if (d->faults_left > 0 && --d->faults_left == 0)
        d->fault = OHM_SIM_MODBUS_GOOD;
}

/* --- the bus ------------------------------------------------------------------------------------
 */

void ohm_sim_modbus_init(ohm_sim_modbus *bus, ohm_modbus_framing framing,
                         ohm_sim_modbus_device *devices, size_t count)
{
    *bus = (ohm_sim_modbus){ .devices = devices, .count = count };
    ohm_modbus_server_init(&bus->server, framing);
}

void ohm_sim_modbus_reset(ohm_sim_modbus *bus)
{
    ohm_modbus_server_init(&bus->server, bus->server.framing);
}

bool ohm_sim_modbus_take(ohm_sim_modbus *bus, ohm_span *in, ohm_sim_modbus_answer *answer)
{
    const ohm_modbus_device device = { has_unit, read_table, NULL, identity, bus };
    const uint8_t *from = in->ptr;
    bus->current = NULL;
    *answer = (ohm_sim_modbus_answer){ .len = 0 };
    ohm_code code = ohm_modbus_serve(&bus->server, in, &device, answer->bytes, &answer->len);
    if (code == OHM_BAD_FORMAT)
        ohm_sim_modbus_reset(bus);
    size_t taken = (size_t)(in->ptr - from);
    if (code == OHM_OK && bus->current) {
        bus->current->asked++;
        answer->delay_ms = bus->current->slow_ms;
        if (answer->len > 0)
            spoil(bus, bus->current, answer);
    }
    if (bus->echo && taken + answer->len <= sizeof answer->bytes) {
        memmove(answer->bytes + taken, answer->bytes, answer->len);
        memcpy(answer->bytes, from, taken);
        answer->len += taken;
    }
    return answer->len > 0;
}

void ohm_sim_modbus_set(ohm_sim_modbus_device *device, ohm_quantity_id id, int64_t mantissa,
                        int exponent)
{
    device->values[id].has = true;
    device->values[id].value = (ohm_modbus_decimal){ mantissa, exponent };
}

void ohm_sim_modbus_house(ohm_sim_modbus_device *device, const ohm_house *house, int share)
{
    static const ohm_quantity_id powers[] = { OHM_Q_POWER_L1, OHM_Q_POWER_L2, OHM_Q_POWER_L3 };
    static const ohm_quantity_id volts[] = { OHM_Q_VOLTAGE_L1, OHM_Q_VOLTAGE_L2, OHM_Q_VOLTAGE_L3 };
    static const ohm_quantity_id amps[] = { OHM_Q_CURRENT_L1, OHM_Q_CURRENT_L2, OHM_Q_CURRENT_L3 };
    ohm_sim_registers r = ohm_sim_registers_of(house);
    for (int i = 0; i < OHM_HOUSE_PHASES; i++) {
        ohm_sim_modbus_set(device, powers[i], r.phase_w[i] * share, -2);
        ohm_sim_modbus_set(device, volts[i], r.phase_dv[i], -1);
        ohm_sim_modbus_set(device, amps[i], r.phase_ca[i] * share, -4);
    }
    ohm_sim_modbus_set(device, OHM_Q_POWER, r.power_w * share, -2);
    ohm_sim_modbus_set(device, OHM_Q_VOLTAGE, r.phase_dv[0], -1);
    ohm_sim_modbus_set(device, OHM_Q_CURRENT, r.phase_ca[0] * share, -4);
    ohm_sim_modbus_set(device, OHM_Q_FREQUENCY, 50, 0);
    ohm_sim_modbus_set(device, OHM_Q_ENERGY_IMPORT, r.import_wh * share, -2);
    ohm_sim_modbus_set(device, OHM_Q_ENERGY_EXPORT, r.export_wh * share, -2);
}
