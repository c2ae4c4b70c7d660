#include "sim/e450.h"

#include <math.h>

enum {
    BODY_MAX = 1024,
    INFO_MAX = 129, /* of one frame: the meter's buffer */
    CLASS_DATA = 1,
    CLASS_REGISTER = 3,
    CLASS_CLOCK = 8,
    CLASS_PUSH = 40,
    CONTROL = 0x30, /* authenticated and encrypted, suite 0 */
};

/* How a value is written. */
typedef enum form { FORM_U16, FORM_U32, FORM_I16 } form;

/* What the house can show. */
typedef enum what {
    W_IN,  /* power taken from the grid */
    W_OUT, /* power given to it */
    VAR_IN,
    VAR_OUT,
    VOLTS,
    AMPERES,
    FACTOR,
    WH_IN,
    WH_IN_T1,
    WH_IN_T2,
    WH_OUT,
    VARH_Q1, /* by quadrant */
    VARH_Q2,
    VARH_Q3,
    VARH_Q4,
    VARH_IN,
    VARH_OUT,
} what;

/* One register of a list: raw x 10^scaler, what a reader must know by itself. */
typedef struct row {
    uint8_t lists;
    uint8_t obis[OHM_OBIS_LEN];
    uint8_t form;
    int8_t scaler;
    uint8_t what, phase; /* what the house shows; phase 1 to 3, 0 = all of it */
    uint16_t quantity;
} row;

#define P OHM_E450_POWERS
#define R OHM_E450_REGISTERS
#define A OHM_E450_AUSTRIAN
/* clang-format off */
static const row rows[] = {
    { P, { 1, 0, 1, 7, 0, 255 }, FORM_U32, 0, W_IN, 0, OHM_Q_POWER_IMPORT },
    { P, { 1, 0, 2, 7, 0, 255 }, FORM_U32, 0, W_OUT, 0, OHM_Q_POWER_EXPORT },
    { P, { 1, 0, 21, 7, 0, 255 }, FORM_U32, 0, W_IN, 1, OHM_Q_POWER_IMPORT_L1 },
    { P, { 1, 0, 41, 7, 0, 255 }, FORM_U32, 0, W_IN, 2, OHM_Q_POWER_IMPORT_L2 },
    { P, { 1, 0, 61, 7, 0, 255 }, FORM_U32, 0, W_IN, 3, OHM_Q_POWER_IMPORT_L3 },
    { P, { 1, 0, 22, 7, 0, 255 }, FORM_U32, 0, W_OUT, 1, OHM_Q_POWER_EXPORT_L1 },
    { P, { 1, 0, 42, 7, 0, 255 }, FORM_U32, 0, W_OUT, 2, OHM_Q_POWER_EXPORT_L2 },
    { P, { 1, 0, 62, 7, 0, 255 }, FORM_U32, 0, W_OUT, 3, OHM_Q_POWER_EXPORT_L3 },
    { P, { 1, 0, 32, 7, 0, 255 }, FORM_U16, 0, VOLTS, 1, OHM_Q_VOLTAGE_L1 },
    { P, { 1, 0, 52, 7, 0, 255 }, FORM_U16, 0, VOLTS, 2, OHM_Q_VOLTAGE_L2 },
    { P, { 1, 0, 72, 7, 0, 255 }, FORM_U16, 0, VOLTS, 3, OHM_Q_VOLTAGE_L3 },
    { P, { 1, 0, 31, 7, 0, 255 }, FORM_U16, -2, AMPERES, 1, OHM_Q_CURRENT_L1 },
    { P, { 1, 0, 51, 7, 0, 255 }, FORM_U16, -2, AMPERES, 2, OHM_Q_CURRENT_L2 },
    { P, { 1, 0, 71, 7, 0, 255 }, FORM_U16, -2, AMPERES, 3, OHM_Q_CURRENT_L3 },
    { R, { 1, 0, 3, 7, 0, 255 }, FORM_U32, 0, VAR_IN, 0, OHM_Q_REACTIVE_POWER_IMPORT },
    { R, { 1, 0, 4, 7, 0, 255 }, FORM_U32, 0, VAR_OUT, 0, OHM_Q_REACTIVE_POWER_EXPORT },
    { R, { 1, 1, 1, 8, 0, 255 }, FORM_U32, 0, WH_IN, 0, OHM_Q_ENERGY_IMPORT },
    { R, { 1, 1, 1, 8, 1, 255 }, FORM_U32, 0, WH_IN_T1, 0, OHM_Q_ENERGY_IMPORT_T1 },
    { R, { 1, 1, 1, 8, 2, 255 }, FORM_U32, 0, WH_IN_T2, 0, OHM_Q_ENERGY_IMPORT_T2 },
    { R, { 1, 1, 2, 8, 0, 255 }, FORM_U32, 0, WH_OUT, 0, OHM_Q_ENERGY_EXPORT },
    { R, { 1, 1, 5, 8, 0, 255 }, FORM_U32, 0, VARH_Q1, 0, OHM_Q_REACTIVE_ENERGY_Q1 },
    { R, { 1, 1, 6, 8, 0, 255 }, FORM_U32, 0, VARH_Q2, 0, OHM_Q_REACTIVE_ENERGY_Q2 },
    { R, { 1, 1, 7, 8, 0, 255 }, FORM_U32, 0, VARH_Q3, 0, OHM_Q_REACTIVE_ENERGY_Q3 },
    { R, { 1, 1, 8, 8, 0, 255 }, FORM_U32, 0, VARH_Q4, 0, OHM_Q_REACTIVE_ENERGY_Q4 },
    { R, { 1, 0, 13, 7, 0, 255 }, FORM_I16, -3, FACTOR, 0, OHM_Q_POWER_FACTOR },
    { A, { 1, 0, 1, 8, 0, 255 }, FORM_U32, 0, WH_IN, 0, OHM_Q_ENERGY_IMPORT },
    { A, { 1, 0, 1, 8, 1, 255 }, FORM_U32, 0, WH_IN_T1, 0, OHM_Q_ENERGY_IMPORT_T1 },
    { A, { 1, 0, 1, 8, 2, 255 }, FORM_U32, 0, WH_IN_T2, 0, OHM_Q_ENERGY_IMPORT_T2 },
    { A, { 1, 0, 1, 7, 0, 255 }, FORM_U32, 0, W_IN, 0, OHM_Q_POWER_IMPORT },
    { A, { 1, 0, 2, 8, 0, 255 }, FORM_U32, 0, WH_OUT, 0, OHM_Q_ENERGY_EXPORT },
    { A, { 1, 0, 2, 7, 0, 255 }, FORM_U32, 0, W_OUT, 0, OHM_Q_POWER_EXPORT },
    { A, { 1, 0, 3, 8, 0, 255 }, FORM_U32, 0, VARH_IN, 0, OHM_Q_REACTIVE_ENERGY_IMPORT },
    { A, { 1, 0, 3, 7, 0, 255 }, FORM_U32, 0, VAR_IN, 0, OHM_Q_REACTIVE_POWER_IMPORT },
    { A, { 1, 0, 4, 8, 0, 255 }, FORM_U32, 0, VARH_OUT, 0, OHM_Q_REACTIVE_ENERGY_EXPORT },
    { A, { 1, 0, 4, 7, 0, 255 }, FORM_U32, 0, VAR_OUT, 0, OHM_Q_REACTIVE_POWER_EXPORT },
};
/* clang-format on */
enum { ROWS_COUNT = sizeof rows / sizeof *rows };

static const uint8_t obis_lists[][OHM_OBIS_LEN] = {
    [OHM_E450_POWERS] = { 0, 8, 25, 9, 0, 255 },
    [OHM_E450_REGISTERS] = { 0, 9, 25, 9, 0, 255 },
};
static const uint8_t obis_device[OHM_OBIS_LEN] = { 0, 0, 42, 0, 0, 255 };
static const uint8_t obis_serial[OHM_OBIS_LEN] = { 0, 0, 96, 1, 1, 255 };
static const uint8_t obis_clock[OHM_OBIS_LEN] = { 0, 0, 1, 0, 0, 255 };
static const uint8_t obis_tariff[OHM_OBIS_LEN] = { 0, 0, 96, 14, 0, 255 };

/* --- the house, register by register ---------------------------------------------------------- */

static int64_t positive(double x)
{
    return x > 0 ? (int64_t)x : 0;
}

/* A phase, or the sum of all as the meter nets them. */
static double part(const double by_phase[static OHM_HOUSE_PHASES], int phase)
{
    return phase ? by_phase[phase - 1] : by_phase[0] + by_phase[1] + by_phase[2];
}

static int64_t raw_of(const row *r, const ohm_house *h)
{
    double power_w = part(h->phase_w, r->phase), reactive_var = part(h->phase_var, r->phase);
    double apparent_va = sqrt(power_w * power_w + reactive_var * reactive_var);
    switch ((what)r->what) {
    case W_IN:
        return positive(power_w);
    case W_OUT:
        return positive(-power_w);
    case VAR_IN:
        return positive(reactive_var);
    case VAR_OUT:
        return positive(-reactive_var);
    case VOLTS:
        return (int64_t)(h->phase_v[r->phase - 1] + 0.5);
    case AMPERES:
        return (int64_t)(100 * apparent_va / h->phase_v[r->phase - 1] + 0.5);
    case FACTOR:
        return apparent_va > 0 ? (int64_t)(1000 * fabs(power_w) / apparent_va + 0.5) : 1000;
    case WH_IN:
        return ohm_house_wh(h->import_mj);
    case WH_IN_T1:
        return ohm_house_wh(h->import_t1_mj);
    case WH_IN_T2:
        return ohm_house_wh(h->import_t2_mj);
    case WH_OUT:
        return ohm_house_wh(h->export_mj);
    case VARH_Q1:
    case VARH_Q2:
    case VARH_Q3:
    case VARH_Q4:
        return ohm_house_wh(h->reactive_mj[r->what - VARH_Q1]);
    case VARH_IN:
        return ohm_house_wh(h->reactive_mj[0] + h->reactive_mj[1]);
    case VARH_OUT:
        return ohm_house_wh(h->reactive_mj[2] + h->reactive_mj[3]);
    }
    assert(!"a row names what the house shows");
    return 0;
}

void ohm_e450_frame(unsigned lists, const ohm_house *house, uint16_t device, ohm_frame *out)
{
    out->device = device;
    out->time_ms = house->time_ms;
    out->count = 0;
    for (int i = 0; i < ROWS_COUNT; i++) {
        if (!(rows[i].lists & lists))
            continue;
        ohm_value *v = &out->values[out->count++];
        ohm_code code = ohm_quantity_quantise(rows[i].quantity, raw_of(&rows[i], house),
                                              rows[i].scaler, &v->value);
        assert(code == OHM_OK);
        (void)code;
        v->quantity = rows[i].quantity;
        v->quality = OHM_QUALITY_GOOD;
    }
}

/* --- the bodies ---------------------------------------------------------------------------------
 */

static void put_raw(ohm_writer *w, const row *r, const ohm_house *house)
{
    int64_t raw = raw_of(r, house);
    if (r->form == FORM_U16)
        ohm_axdr_put_u16(w, (uint16_t)raw);
    else if (r->form == FORM_I16)
        ohm_axdr_put_i16(w, (int16_t)raw);
    else
        ohm_axdr_put_u32(w, (uint32_t)raw);
}

static size_t rows_of(unsigned list)
{
    size_t count = 0;
    for (int i = 0; i < ROWS_COUNT; i++)
        count += rows[i].lists == list;
    return count;
}

/* Local time as this meter says it: no deviation; the season only in its clock object. */
static ohm_dlms_time local_time(const ohm_house *house, const ohm_tz *tz, bool season)
{
    ohm_civil local = ohm_civil_from_utc(tz, house->time_ms);
    bool summer = season && ohm_tz_is_dst(tz, house->time_ms);
    local.ms = 0;
    return (ohm_dlms_time){
        .present = true,
        .weekday = (uint8_t)ohm_date_weekday(local.date),
        .status = summer ? OHM_DLMS_TIME_SUMMER : 0,
        .local = local,
    };
}

/* What the list of registers says besides them. */
static void put_identity_objects(ohm_writer *w)
{
    ohm_axdr_put_object(w, CLASS_DATA, obis_device, 2);
    ohm_axdr_put_object(w, CLASS_DATA, obis_serial, 2);
    ohm_axdr_put_object(w, CLASS_CLOCK, obis_clock, 2);
    ohm_axdr_put_object(w, CLASS_DATA, obis_tariff, 2);
}

static void put_identity(ohm_writer *w, const ohm_e450 *meter, const ohm_house *house,
                         const ohm_tz *tz)
{
    ohm_dlms_time clock = local_time(house, tz, true);
    ohm_axdr_put_octets(w, ohm_span_text(meter->device));
    ohm_axdr_put_octets(w, ohm_span_text(meter->device + 9)); /* its last seven digits */
    ohm_axdr_put_time(w, &clock);
    ohm_axdr_put_octets(w, ohm_span_text(house->off_peak ? "RATE2" : "RATE1"));
}

/* The list of objects first, itself its first element; then the values at their positions. */
static void put_self_describing(ohm_writer *w, const ohm_e450 *meter, unsigned list,
                                const ohm_house *house, const ohm_tz *tz)
{
    bool identity = list == OHM_E450_REGISTERS;
    size_t count = 2 + (identity ? 4u : 0u) + rows_of(list);
    ohm_axdr_put_structure(w, count);
    ohm_axdr_put_array(w, count);
    ohm_axdr_put_object(w, CLASS_PUSH, obis_lists[list], 2);
    ohm_axdr_put_object(w, CLASS_PUSH, obis_lists[list], 1); /* the list's name */
    if (identity)
        put_identity_objects(w);
    for (int i = 0; i < ROWS_COUNT; i++)
        if (rows[i].lists == list)
            ohm_axdr_put_object(w, CLASS_REGISTER, rows[i].obis, 2);
    ohm_axdr_put_obis(w, obis_lists[list]);
    if (identity)
        put_identity(w, meter, house, tz);
    for (int i = 0; i < ROWS_COUNT; i++)
        if (rows[i].lists == list)
            put_raw(w, &rows[i], house);
}

static void put_pairs(ohm_writer *w, unsigned list, const ohm_house *house, const ohm_tz *tz)
{
    ohm_dlms_time clock = local_time(house, tz, false);
    ohm_axdr_put_structure(w, 1 + 2 * rows_of(list));
    ohm_axdr_put_time(w, &clock);
    for (int i = 0; i < ROWS_COUNT; i++) {
        if (rows[i].lists != list)
            continue;
        ohm_axdr_put_obis(w, rows[i].obis);
        put_raw(w, &rows[i], house);
    }
}

/* --- the pushes ---------------------------------------------------------------------------------
 */

static ohm_code put_list(ohm_e450 *meter, unsigned list, const ohm_house *house, const ohm_tz *tz,
                         ohm_writer *out)
{
    uint8_t plain_bytes[BODY_MAX], sealed_bytes[BODY_MAX];
    ohm_writer plain = ohm_writer_over(plain_bytes, sizeof plain_bytes);
    ohm_writer sealed = ohm_writer_over(sealed_bytes, sizeof sealed_bytes);
    ohm_dlms_time time = local_time(house, tz, false);

    meter->counter++;
    ohm_put_notification(&plain, meter->counter & 0xffffff, OHM_TIME_PLAIN, &time);
    if (list == OHM_E450_AUSTRIAN)
        put_pairs(&plain, list, house, tz);
    else
        put_self_describing(&plain, meter, list, house, tz);
    assert(!plain.full);

    ohm_span apdu = ohm_writer_span(&plain);
    if (meter->aead) {
        ohm_glo_seal seal = {
            .aead = meter->aead,
            .title = ohm_span_of(meter->title, sizeof meter->title),
            .control = CONTROL,
            .counter = meter->counter,
            .auth_key = ohm_span_of(meter->auth_key, sizeof meter->auth_key),
        };
        memcpy(seal.nonce_title, meter->title, sizeof seal.nonce_title);
        ohm_code code = ohm_put_glo(&sealed, &seal, apdu);
        if (code != OHM_OK)
            return code;
        apdu = ohm_writer_span(&sealed);
    }
    ohm_hdlc_addresses to = ohm_hdlc_e450();
    ohm_put_gbt_push(out, &to, apdu, INFO_MAX);
    return out->full ? OHM_TOO_BIG : OHM_OK;
}

void ohm_e450_init(ohm_e450 *meter)
{
    *meter = (ohm_e450){
        .layout = OHM_E450_SELF_DESCRIBING,
        .device = "LGZ0000000000450",
        .title = { 'L', 'G', 'Z', 0, 0, 0, 0x04, 0x50 },
        .counter = 1000,
    };
}

ohm_code ohm_e450_push(ohm_e450 *meter, const ohm_house *house, const ohm_tz *tz, ohm_writer *out)
{
    assert(house->time_ms % OHM_E450_PERIOD_MS == 0);
    if (meter->layout == OHM_E450_PAIRS)
        return put_list(meter, OHM_E450_AUSTRIAN, house, tz, out);
    ohm_code code = put_list(meter, OHM_E450_POWERS, house, tz, out);
    if (code == OHM_OK && house->time_ms % OHM_MINUTE_MS == 0)
        code = put_list(meter, OHM_E450_REGISTERS, house, tz, out);
    return code;
}
