#include "sim/d0_meter.h"

#include "sim/registers.h"
#include "wire/readout_encode.h"

enum {
    STX = 0x02,
    ACK = 0x06,
    NAK = 0x15,
    PARITY = 0x80,
    ACK_LEN = 6,
};

void ohm_d0_meter_init(ohm_d0_meter *meter)
{
    *meter = (ohm_d0_meter){ .z = '5', .serial = "40012345" };
}

static void put_clock(ohm_writer *w, const ohm_tz *tz, ohm_ms at_ms)
{
    char text[OHM_READOUT_TIME_TEXT], part[OHM_READOUT_TIME_TEXT];
    const ohm_readout_time time = { .present = true, .local = ohm_civil_from_utc(tz, at_ms) };
    ohm_readout_time_write(&time, text);
    memcpy(part, text + 6, 7);
    ohm_readout_put_set(w, "0.9.1", part);
    text[6] = '\0';
    ohm_readout_put_set(w, "0.9.2", text);
}

static void put_number(ohm_writer *w, const char *address, const char *unit, int digits,
                       int decimals, int64_t raw)
{
    const ohm_readout_number_form form = { address, unit, digits, decimals };
    ohm_readout_put_number(w, &form, raw);
}

static void put_sets(ohm_writer *w, const ohm_d0_meter *meter, const ohm_house *house,
                     const ohm_tz *tz)
{
    static const char *const volts[] = { "32.7.0", "52.7.0", "72.7.0" };
    const ohm_sim_registers r = ohm_sim_registers_of(house);
    ohm_readout_put_set(w, "F.F", "00000000");
    ohm_readout_put_set(w, "C.1.0", meter->serial);
    put_clock(w, tz, house->time_ms);
    put_number(w, "1.8.0", "kWh", 6, 3, r.import_wh);
    put_number(w, "1.8.1", "kWh", 6, 3, r.import_t1_wh);
    put_number(w, "1.8.2", "kWh", 6, 3, r.import_t2_wh);
    put_number(w, "2.8.0", "kWh", 6, 3, r.export_wh);
    put_number(w, "16.7.0", "kW", 3, 3, r.power_w);
    for (int i = 0; i < OHM_HOUSE_PHASES; i++)
        put_number(w, volts[i], "V", 3, 1, r.phase_dv[i]);
}

static void put_ident(ohm_writer *w, const ohm_d0_meter *meter)
{
    ohm_put_text(w, "/OHM");
    ohm_put_u8(w, (uint8_t)meter->z);
    ohm_put_text(w, "SIM-D0\r\n");
}

ohm_code ohm_d0_meter_push(ohm_d0_meter *meter, const ohm_house *house, const ohm_tz *tz,
                           ohm_writer *out)
{
    put_ident(out, meter);
    ohm_put_text(out, "\r\n");
    put_sets(out, meter, house, tz);
    ohm_put_text(out, "!\r\n");
    meter->readouts++;
    return out->full ? OHM_TOO_BIG : OHM_OK;
}

/* The data between STX and block check, with what is wrong with them. */
static void put_readout(ohm_writer *w, ohm_d0_meter *meter, const ohm_house *house,
                        const ohm_tz *tz)
{
    size_t stx = w->len;
    unsigned ways = meter->ways;
    ohm_put_u8(w, STX);
    put_sets(w, meter, house, tz);
    bool bad = (ways & OHM_D0_METER_BAD_CHECK) != 0 ||
               ((ways & OHM_D0_METER_BAD_FIRST) != 0 && meter->readouts == 0);
    meter->readouts++;
    if ((ways & OHM_D0_METER_STOPS_SHORT) != 0)
        return;
    if ((ways & OHM_D0_METER_NO_CHECK) != 0)
        ohm_put_text(w, "!\r\n");
    else
        ohm_d0_put_end(w, stx);
    if (bad && !w->full)
        w->ptr[stx + 40] ^= 1;
}

/* "/?address!": is it us that is called? */
static bool is_call(const ohm_d0_meter *meter)
{
    enum { HEAD = 2, TAIL = 3 };
    size_t len = meter->len;
    if (len < HEAD + TAIL || memcmp(meter->line, "/?", HEAD) != 0 ||
        memcmp(meter->line + len - TAIL, "!\r\n", TAIL) != 0)
        return false;
    ohm_span called = ohm_span_of(meter->line + HEAD, len - HEAD - TAIL);
    return called.len == 0 || ohm_span_is(called, meter->address);
}

static bool is_ack(const ohm_d0_meter *meter)
{
    const uint8_t ack[ACK_LEN] = { ACK, '0', (uint8_t)meter->z, '0', '\r', '\n' };
    return meter->called && meter->len == ACK_LEN && !memcmp(meter->line, ack, ACK_LEN);
}

/* A whole line was heard. */
static void answer(ohm_d0_meter *meter, const ohm_house *house, const ohm_tz *tz, ohm_writer *out)
{
    if (is_call(meter)) {
        put_ident(out, meter);
        meter->called = meter->z >= '0' && meter->z <= '9';
        if (!meter->called) /* modes A and B go on by themselves */
            put_readout(out, meter, house, tz);
    } else if (is_ack(meter)) {
        put_readout(out, meter, house, tz);
    }
}

/* Even parity, as a port that reads eight bits sees it. */
static void add_parity(uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (__builtin_parity(bytes[i] & 0x7fu))
            bytes[i] |= PARITY;
}

ohm_code ohm_d0_meter_hear(ohm_d0_meter *meter, const ohm_house *house, const ohm_tz *tz,
                           ohm_span bytes, ohm_writer *out)
{
    size_t from = out->len;
    if ((meter->ways & OHM_D0_METER_ECHOES) != 0)
        ohm_put_bytes(out, bytes);
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t byte = bytes.ptr[i];
        if (byte == NAK) {
            put_readout(out, meter, house, tz);
            continue;
        }
        if (byte == '/' || byte == ACK || meter->len == sizeof meter->line)
            meter->len = 0;
        meter->line[meter->len++] = byte;
        if (byte == '\n')
            answer(meter, house, tz, out);
    }
    if ((meter->ways & OHM_D0_METER_PARITY) != 0 && !out->full)
        add_parity(out->ptr + from, out->len - from);
    return out->full ? OHM_TOO_BIG : OHM_OK;
}
