#include "meter/modbus_report.h"

#include "meter/readings.h"

size_t ohm_modbus_report_points(const ohm_modbus_report *report)
{
    return report->profile ? report->profile->points_count : 0;
}

void ohm_modbus_report_value(const ohm_modbus_report *report, size_t point, ohm_modbus_value *out)
{
    const ohm_modbus_message *m = report->captured;
    if (report->plan)
        ohm_modbus_plan_value(report->plan, point, out);
    else if (m->has_request && m->has_reply) /* else nobody knows the address */
        ohm_modbus_reply_value(&report->profile->points[point], &m->reply, out);
    else
        *out = (ohm_modbus_value){ .kind = OHM_MODBUS_NO_VALUE };
}

void ohm_modbus_report_readings(const ohm_modbus_report *report, uint16_t device, ohm_ms time_ms,
                                ohm_frame *out)
{
    out->device = device;
    out->time_ms = time_ms;
    out->count = 0;
    for (size_t i = 0; i < ohm_modbus_report_points(report); i++) {
        ohm_quantity_id id = (ohm_quantity_id)report->profile->points[i].quantity;
        ohm_modbus_value v;
        int64_t quantised = 0;
        if (id == OHM_Q_NONE || ohm_quantity_get(id)->kind == OHM_TEXT)
            continue;
        ohm_modbus_report_value(report, i, &v);
        if (v.kind == OHM_MODBUS_NUMBER &&
            ohm_quantity_quantise(id, v.number.mantissa, v.number.exponent, &quantised) == OHM_OK)
            ohm_readings_put(out, id, quantised, OHM_QUALITY_UNAUTHENTICATED);
    }
}

/* --- plausibility -------------------------------------------------------------------------------
 */

static double real_of(const ohm_modbus_decimal *d)
{
    double value = (double)d->mantissa;
    for (int i = 0; i < d->exponent; i++)
        value *= 10;
    for (int i = 0; i > d->exponent; i--)
        value /= 10;
    return value;
}

/* Of the grid: those of a battery or a string of modules may be anything. */
static bool is_mains(ohm_quantity_id id)
{
    return (id >= OHM_Q_VOLTAGE && id <= OHM_Q_VOLTAGE_L3) ||
           (id >= OHM_Q_VOLTAGE_L1_L2 && id <= OHM_Q_VOLTAGE_L3_L1);
}

static bool is_odd(const ohm_modbus_point *p, double real)
{
    static const struct {
        const char *unit;
        double low, high;
    } limits[] = {
        { "W", -1e8, 1e8 }, { "var", -1e8, 1e8 }, { "VA", -1e8, 1e8 },  { "V", -1e4, 5e5 },
        { "A", -1e5, 1e5 }, { "Hz", 10, 100 },    { "1", -1.05, 1.05 }, { "C", -90, 200 },
        { "Wh", 0, 1e15 },  { "varh", 0, 1e15 },  { "VAh", 0, 1e15 },   { "%", 0, 100 },
    };
    if (p->quantity == OHM_Q_NONE || real == 0)
        return false; /* what stands still says nothing against the profile */
    if (is_mains((ohm_quantity_id)p->quantity) && real < 0)
        return true;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (!strcmp(limits[i].unit, p->unit))
            return real < limits[i].low || real > limits[i].high;
    return false;
}

bool ohm_modbus_report_wrong(const ohm_modbus_report *report, size_t *ret_point)
{
    enum { ODD_MIN = 2, SHARE = 4, MAINS_MIN_V = 50 };
    size_t numbers = 0, odd = 0, odd_at = 0, mains = 0, low_at = 0;
    bool alive = false;
    for (size_t i = 0; i < ohm_modbus_report_points(report); i++) {
        const ohm_modbus_point *p = &report->profile->points[i];
        ohm_modbus_value v;
        ohm_modbus_report_value(report, i, &v);
        if (v.kind != OHM_MODBUS_NUMBER && !v.wrong)
            continue;
        double real = real_of(&v.number);
        numbers++;
        if (v.wrong || is_odd(p, real)) {
            odd_at = odd ? odd_at : i;
            odd++;
        } else if (is_mains((ohm_quantity_id)p->quantity) && real != 0) {
            alive = alive || real >= MAINS_MIN_V;
            low_at = mains ? low_at : i;
            mains++; /* a phase that is not wired may show a few volts, all of them can't */
        }
    }
    bool too_low = mains > 0 && !alive;
    bool wrong = odd >= ODD_MIN || odd * SHARE >= numbers + (odd == 0) || too_low;
    if (wrong && numbers > 0)
        *ret_point = odd > 0 ? odd_at : low_at;
    return wrong && numbers > 0;
}

/* --- JSON ---------------------------------------------------------------------------------------
 */

static void put_meter(ohm_json *json, const ohm_modbus_report *report)
{
    ohm_json_key(json, "meter");
    ohm_json_object(json);
    ohm_json_key_null(json, "system_title");
    ohm_json_key_str(json, "id", report->id);
    ohm_json_key_str(json, "profile", report->profile ? report->profile->name : NULL);
    ohm_json_key_int(json, "unit", report->unit);
    ohm_json_end(json);
}

static void put_data(ohm_json *json, const ohm_modbus_frame *f, bool bits)
{
    size_t count = f->count ? f->count : bits ? 8 * f->data.len : f->data.len / 2;
    ohm_json_array(json);
    for (size_t i = 0; i < count; i++)
        if (bits && i / 8 < f->data.len)
            ohm_json_int(json, ohm_modbus_bit(f->data, i));
        else if (!bits && 2 * i + 1 < f->data.len)
            ohm_json_int(json, ohm_be16(f->data.ptr + 2 * i));
    ohm_json_end(json);
}

static void put_exception(ohm_json *json, uint8_t exception)
{
    ohm_json_key(json, "exception");
    if (exception == 0) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    ohm_json_key_int(json, "code", exception);
    ohm_json_key_str(json, "text", ohm_modbus_exception_text(exception));
    ohm_json_end(json);
}

static void key_int_if(ohm_json *json, const char *key, bool known, int64_t value)
{
    if (known)
        ohm_json_key_int(json, key, value);
    else
        ohm_json_key_null(json, key);
}

/* The half that holds data: the answer to a read, the request of a write. */
static void put_transaction(ohm_json *json, const ohm_modbus_message *m)
{
    const ohm_modbus_frame none = { 0 };
    const ohm_modbus_frame *any = !m ? &none : m->has_reply ? &m->reply : &m->request;
    const ohm_modbus_frame *data = any;
    if (m && m->has_request && m->request.data.len > 0)
        data = &m->request;
    bool writes =
        m &&
        (any->function == OHM_MODBUS_WRITE_COIL || any->function == OHM_MODBUS_WRITE_REGISTER ||
         any->function == OHM_MODBUS_WRITE_COILS || any->function == OHM_MODBUS_WRITE_REGISTERS);
    bool placed = m && any->function != OHM_MODBUS_IDENTIFY && (m->has_request || writes) &&
                  !(any->exception && !m->has_request);
    bool bits = any->function == OHM_MODBUS_READ_COILS ||
                any->function == OHM_MODBUS_READ_DISCRETE ||
                any->function == OHM_MODBUS_WRITE_COILS;
    bool has_data = m && data->data.len > 0 && any->function != OHM_MODBUS_IDENTIFY;
    key_int_if(json, "function", m != NULL, any->function);
    key_int_if(json, "address", placed, any->address);
    key_int_if(json, "count", placed, any->count);
    ohm_json_key(json, "registers");
    if (has_data && !bits && any->function != OHM_MODBUS_WRITE_COIL)
        put_data(json, data, false);
    else
        ohm_json_null(json);
    ohm_json_key(json, "bits");
    if (has_data && any->function == OHM_MODBUS_WRITE_COIL) {
        ohm_json_array(json);
        ohm_json_int(json, data->data.ptr[0] == 0xff);
        ohm_json_end(json);
    } else if (has_data && bits) {
        put_data(json, data, true);
    } else {
        ohm_json_null(json);
    }
    put_exception(json, any->exception);
    if (m)
        ohm_json_key_bool(json, "answered", m->has_reply);
    else
        ohm_json_key_null(json, "answered");
}

/* Objects of an identification by their names. */
static void put_identity(ohm_json *json, const ohm_modbus_message *m)
{
    static const char *const names[] = { "vendor",  "product_code", "revision",   "url",
                                         "product", "model",        "application" };
    size_t at = 0;
    uint8_t id;
    ohm_span text;
    bool has = m && m->has_reply && m->reply.function == OHM_MODBUS_IDENTIFY && !m->reply.exception;
    ohm_json_key(json, "identification");
    if (!has) {
        ohm_json_null(json);
        return;
    }
    ohm_json_object(json);
    while (ohm_modbus_identity_next(m->reply.data, &at, &id, &text) == OHM_OK)
        if (id < sizeof names / sizeof *names)
            ohm_json_key_span(json, names[id], text);
    ohm_json_end(json);
}

static void put_value(ohm_json *json, const ohm_modbus_point *p, const ohm_modbus_value *v)
{
    bool known = p->quantity != OHM_Q_NONE;
    ohm_json_object(json);
    ohm_json_key_str(json, "name", p->name);
    ohm_json_key_str(json, "quantity",
                     known ? ohm_quantity_get((ohm_quantity_id)p->quantity)->name : NULL);
    if (v->kind == OHM_MODBUS_NUMBER)
        ohm_json_key_decimal(json, "value", v->number.mantissa, v->number.exponent);
    else
        ohm_json_key_str(json, "value", v->kind == OHM_MODBUS_TEXT ? v->text : NULL);
    ohm_json_key_str(json, "unit", *p->unit ? p->unit : NULL);
    ohm_json_key_int(json, "function", p->function);
    ohm_json_key_int(json, "address", p->address);
    ohm_json_end(json);
}

/* Of a poll every point is shown, of a transaction those that it holds. */
static bool is_shown(const ohm_modbus_report *report, const ohm_modbus_value *v)
{
    return report->plan != NULL || v->kind != OHM_MODBUS_NO_VALUE || v->wrong;
}

void ohm_modbus_report_json(ohm_json *json, const ohm_modbus_report *report)
{
    ohm_json_object(json);
    ohm_json_key_str(json, "protocol", "modbus");
    put_meter(json, report);
    ohm_json_key_null(json, "time");
    ohm_json_key_null(json, "security");
    ohm_json_key_int(json, "unit", report->unit);
    put_transaction(json, report->captured);
    put_identity(json, report->captured);
    ohm_json_key(json, "values");
    ohm_json_array(json);
    for (size_t i = 0; i < ohm_modbus_report_points(report); i++) {
        ohm_modbus_value v;
        ohm_modbus_report_value(report, i, &v);
        if (is_shown(report, &v))
            put_value(json, &report->profile->points[i], &v);
    }
    ohm_json_end(json);
    ohm_json_end(json);
}
