#include "meter/tic_readings.h"

#include "base/number.h"
#include "meter/readings.h"

enum { VOLTS_OF_CONTRACT = 200 };

/* --- what follows from several labels -----------------------------------------------------------
 */

unsigned ohm_tic_tariff_index(const ohm_tic_message *message)
{
    ohm_tic_value v;
    int64_t index = 0;
    if (ohm_tic_find(message, "NTARF", &v) && ohm_number_int(v.text, &index) == OHM_OK)
        return index > 0 && index <= 10 ? (unsigned)index : 0;
    if (!ohm_tic_find(message, "PTEC", &v))
        return 0;
    const ohm_tic_period *period = ohm_tic_period_find(v.text);
    return period ? period->index : 0;
}

ohm_span ohm_tic_period_name(const ohm_tic_message *message)
{
    ohm_tic_value v;
    if (ohm_tic_find(message, "LTARF", &v))
        return ohm_tic_trimmed(v.text);
    return ohm_tic_find(message, "PTEC", &v) ? v.text : ohm_span_of(NULL, 0);
}

static bool contains(ohm_span text, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= text.len; i++)
        if (memcmp(text.ptr + i, word, len) == 0)
            return true;
    return false;
}

/* In standard mode the colours are there whatever the contract: only its name, or a colour,
 * shows that they mean something. */
static bool standard_tempo(const ohm_tic_message *m, ohm_tempo *ret_today, ohm_tempo *ret_tomorrow)
{
    if (!m->has_stge)
        return false;
    *ret_today = (ohm_tempo)ohm_tic_stge_get(&m->stge, OHM_STGE_TEMPO_TODAY);
    *ret_tomorrow = (ohm_tempo)ohm_tic_stge_get(&m->stge, OHM_STGE_TEMPO_TOMORROW);
    return *ret_today != OHM_TEMPO_UNKNOWN || *ret_tomorrow != OHM_TEMPO_UNKNOWN ||
           contains(m->contract, "TEMPO");
}

bool ohm_tic_tempo(const ohm_tic_message *message, ohm_tempo *ret_today, ohm_tempo *ret_tomorrow)
{
    ohm_tic_value v;
    ohm_tempo today = OHM_TEMPO_UNKNOWN, tomorrow = OHM_TEMPO_UNKNOWN;
    bool is_tempo = false;
    if (message->mode == OHM_TIC_STANDARD) {
        is_tempo = standard_tempo(message, &today, &tomorrow);
    } else {
        const ohm_tic_period *period =
            ohm_tic_find(message, "PTEC", &v) ? ohm_tic_period_find(v.text) : NULL;
        if (period)
            today = (ohm_tempo)period->colour;
        bool announced = ohm_tic_find(message, "DEMAIN", &v);
        if (announced)
            tomorrow = ohm_tic_tomorrow(v.text);
        is_tempo = announced || today != OHM_TEMPO_UNKNOWN;
    }
    if (!is_tempo)
        return false;
    *ret_today = today;
    *ret_tomorrow = tomorrow;
    return true;
}

static bool is_register(const ohm_tic_value *v)
{
    return v->has_number && v->known->quantity >= OHM_Q_ENERGY_IMPORT &&
           ohm_quantity_get((ohm_quantity_id)v->known->quantity)->kind == OHM_COUNTER;
}

/* The sum of a historic contract's registers; false unless all of them are in the frame. */
static bool total_of(const ohm_tic_message *m, int64_t *ret_wh)
{
    for (size_t i = 0; i < ohm_tic_contracts_count; i++) {
        const ohm_tic_contract *contract = &ohm_tic_contracts[i];
        ohm_tic_value v;
        int64_t sum_wh = 0;
        int found = 0;
        while (found < contract->count && ohm_tic_find(m, contract->registers[found], &v) &&
               is_register(&v)) {
            sum_wh += v.number;
            found++;
        }
        if (found == contract->count) {
            *ret_wh = sum_wh;
            return true;
        }
    }
    return false;
}

/* --- readings -----------------------------------------------------------------------------------
 */

/* Nothing on a TIC proves who said it. */
static void add(ohm_frame *out, ohm_quantity_id id, int64_t value)
{
    ohm_readings_put(out, id, value, OHM_QUALITY_UNAUTHENTICATED);
}

static void add_value(ohm_frame *out, const ohm_tic_value *v)
{
    ohm_quantity_id id = v->known ? (ohm_quantity_id)v->known->quantity : OHM_Q_NONE;
    ohm_kind kind = ohm_quantity_get(id)->kind;
    int64_t quantised = 0;
    if (kind == OHM_STATE && ohm_number_int(v->text, &quantised) == OHM_OK)
        add(out, id, quantised);
    if (kind == OHM_TEXT || kind == OHM_STATE || !v->has_number)
        return;
    if (ohm_quantity_quantise(id, v->number, v->known->exponent, &quantised) == OHM_OK)
        add(out, id, quantised);
}

/* What the status register says; kept apart from what historic labels say. */
static void add_status(ohm_frame *out, const ohm_tic_stge *stge)
{
    /* As DLMS counts: 1 connected, 0 not. */
    add(out, OHM_Q_DISCONNECTOR, ohm_tic_stge_get(stge, OHM_STGE_BREAKER) == 0);
    add(out, OHM_Q_PEAK, ohm_tic_stge_get(stge, OHM_STGE_PEAK));
    add(out, OHM_Q_PEAK_NOTICE, ohm_tic_stge_get(stge, OHM_STGE_PEAK_NOTICE));
    add(out, OHM_Q_OVERRUN, ohm_tic_stge_get(stge, OHM_STGE_OVERRUN));
}

/* EJP: the peak hours, and their notice of half an hour (PEJP). */
static void add_peak(ohm_frame *out, const ohm_tic_message *m)
{
    ohm_tic_value v;
    if (!ohm_tic_find(m, "PTEC", &v))
        return;
    const ohm_tic_period *period = ohm_tic_period_find(v.text);
    bool ejp = ohm_span_is(v.text, "HN..") || ohm_span_is(v.text, "PM..");
    if (!period || !ejp)
        return;
    add(out, OHM_Q_PEAK, period->peak);
    add(out, OHM_Q_PEAK_NOTICE, ohm_tic_find(m, "PEJP", &v));
}

static void add_historic(ohm_frame *out, const ohm_tic_message *m)
{
    ohm_tic_value v;
    int64_t total_wh = 0;
    unsigned index = ohm_tic_tariff_index(m);
    if (total_of(m, &total_wh))
        add(out, OHM_Q_ENERGY_IMPORT, total_wh);
    if (index > 0)
        add(out, OHM_Q_TARIFF_INDEX, index);
    add_peak(out, m);
    if (m->phases > 0 && ohm_tic_find(m, "ISOUSC", &v) && v.has_number && v.number < 1000)
        ohm_readings_put(out, OHM_Q_SUBSCRIBED_POWER, v.number * VOLTS_OF_CONTRACT * m->phases,
                         OHM_QUALITY_ESTIMATED);
    if (m->overrun || (m->complete && m->rejected == 0))
        add(out, OHM_Q_OVERRUN, m->overrun);
}

void ohm_tic_readings(const ohm_tic_message *message, uint16_t device, ohm_ms time_ms,
                      ohm_frame *out)
{
    ohm_tempo today, tomorrow;
    *out = (ohm_frame){ .device = device, .time_ms = time_ms };
    if (message->kind == OHM_TIC_OVERRUN) {
        add(out, OHM_Q_OVERRUN, 1);
        return;
    }
    for (unsigned i = 0; i < message->count; i++) {
        ohm_tic_value v = ohm_tic_at(message, i);
        add_value(out, &v);
    }
    if (message->mode == OHM_TIC_HISTORIC)
        add_historic(out, message);
    if (message->has_stge)
        add_status(out, &message->stge);
    if (ohm_tic_tempo(message, &today, &tomorrow)) {
        add(out, OHM_Q_TEMPO_TODAY, today);
        add(out, OHM_Q_TEMPO_TOMORROW, tomorrow);
    }
}

bool ohm_tic_wanted(const ohm_tic_message *message)
{
    for (unsigned i = 0; i < message->count; i++) {
        ohm_tic_value v = ohm_tic_at(message, i);
        if (v.has_number)
            return true;
    }
    return false;
}
