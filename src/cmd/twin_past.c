#include "cmd/twin_past.h"

#include <math.h>
#include <string.h>

enum { VERSION = 1, HEAD = 16, STEP_BYTES = 8, LEAST_STEPS = 8 };

static int16_t centi(double c)
{
    return c > -100 && c < 100 ? (int16_t)lround(c * 100) : OHM_TWIN_NONE;
}

static uint16_t watts(double w)
{
    return w <= 0 ? 0 : w >= UINT16_MAX ? UINT16_MAX : (uint16_t)lround(w);
}

static void begin(ohm_twin_past *past, int64_t step)
{
    past->step = step;
    past->indoor_sum = past->outdoor_sum = past->heat_sum = past->sun_sum = 0;
    past->ms = past->indoor_ms = past->weather_ms = 0;
}

static void append(ohm_twin_past *past, ohm_twin_step step)
{
    if (past->count == OHM_TWIN_STEPS_MAX) {
        memmove(past->steps, past->steps + 1, (OHM_TWIN_STEPS_MAX - 1) * sizeof *past->steps);
        past->first++;
        past->count--;
    }
    past->steps[past->count++] = step;
}

/* The step under way is over. */
static void end(ohm_twin_past *past)
{
    if (past->ms <= 0)
        return;
    bool weather = past->weather_ms > 0;
    ohm_twin_step step = {
        .indoor_cc =
            past->indoor_ms > 0 ? centi(past->indoor_sum / past->indoor_ms) : OHM_TWIN_NONE,
        .outdoor_cc = weather ? centi(past->outdoor_sum / past->weather_ms) : OHM_TWIN_NONE,
        .heat_w = watts(past->heat_sum / past->ms),
        .sun_w = weather ? watts(past->sun_sum / past->weather_ms) : 0,
    };
    int64_t missing = past->count > 0 ? past->step - past->first - past->count : 0;
    past->held = weather ? 0 : past->held + 1;
    if (missing < 0 || missing > OHM_TWIN_HELD_STEPS || past->held > OHM_TWIN_HELD_STEPS)
        past->count = 0; /* the clock went back, or nobody was there */
    if (past->count == 0 && !weather)
        return;
    if (past->count == 0)
        past->first = past->step;
    while (past->count > 0 && past->first + past->count < past->step) {
        ohm_twin_step held = past->steps[past->count - 1];
        held.indoor_cc = OHM_TWIN_NONE;
        append(past, held);
    }
    if (!weather) { /* that of before */
        step.outdoor_cc = past->steps[past->count - 1].outdoor_cc;
        step.sun_w = past->steps[past->count - 1].sun_w;
    }
    append(past, step);
}

void ohm_twin_add(ohm_twin_past *past, ohm_ms utc_ms, int64_t ms, const ohm_twin_now *now)
{
    int64_t step = utc_ms / OHM_TWIN_STEP_MS;
    if (step != past->step) {
        end(past);
        begin(past, step);
    }
    double d = (double)ms;
    past->ms += d;
    past->heat_sum += d * now->heat_w;
    if (!isnan(now->indoor_c)) {
        past->indoor_sum += d * now->indoor_c;
        past->indoor_ms += d;
    }
    if (!isnan(now->outdoor_c) && !isnan(now->sun_w)) {
        past->outdoor_sum += d * now->outdoor_c;
        past->sun_sum += d * now->sun_w;
        past->weather_ms += d;
    }
}

/* --- as bytes ------------------------------------------------------------------------------ */

static void put16(uint8_t *out, uint16_t value)
{
    out[0] = (uint8_t)value;
    out[1] = (uint8_t)(value >> 8);
}

static uint16_t get16(const uint8_t *in)
{
    return (uint16_t)(in[0] | in[1] << 8);
}

size_t ohm_twin_write(const ohm_twin_past *past, uint8_t out[static OHM_TWIN_BYTES_MAX])
{
    memset(out, 0, HEAD);
    out[0] = VERSION;
    put16(out + 2, (uint16_t)past->count);
    for (int i = 0; i < 8; i++)
        out[8 + i] = (uint8_t)((uint64_t)past->first >> 8 * i);
    for (int k = 0; k < past->count; k++) {
        const ohm_twin_step *s = &past->steps[k];
        uint8_t *at = out + HEAD + k * STEP_BYTES;
        put16(at, (uint16_t)s->indoor_cc);
        put16(at + 2, (uint16_t)s->outdoor_cc);
        put16(at + 4, s->heat_w);
        put16(at + 6, s->sun_w);
    }
    return (size_t)(HEAD + past->count * STEP_BYTES);
}

ohm_err ohm_twin_read(ohm_twin_past *past, ohm_span bytes)
{
    if (bytes.len < HEAD || bytes.ptr[0] != VERSION)
        return ohm_fail(OHM_BAD_FORMAT, 0, "this is no past of a zone");
    int count = get16(bytes.ptr + 2);
    uint64_t first = 0;
    for (int i = 0; i < 8; i++)
        first |= (uint64_t)bytes.ptr[8 + i] << 8 * i;
    if (count > OHM_TWIN_STEPS_MAX || bytes.len != (size_t)(HEAD + count * STEP_BYTES))
        return ohm_fail(OHM_BAD_FORMAT, 2, "a past of a zone is longer or shorter than it says");
    if (first > INT64_MAX / OHM_TWIN_STEP_MS)
        return ohm_fail(OHM_RANGE, 8, "a past of a zone is of no time");
    memset(past, 0, sizeof *past);
    past->first = (int64_t)first;
    past->count = count;
    for (int k = 0; k < count; k++) {
        const uint8_t *at = bytes.ptr + HEAD + k * STEP_BYTES;
        ohm_twin_step s = { .indoor_cc = (int16_t)get16(at),
                            .outdoor_cc = (int16_t)get16(at + 2),
                            .heat_w = get16(at + 4),
                            .sun_w = get16(at + 6) };
        bool indoor = s.indoor_cc == OHM_TWIN_NONE || (s.indoor_cc > -10000 && s.indoor_cc < 10000);
        if (!indoor || s.outdoor_cc <= -10000 || s.outdoor_cc >= 10000) {
            past->count = 0;
            return ohm_fail(OHM_RANGE, (uint32_t)(HEAD + k * STEP_BYTES),
                            "a past of a zone has no temperature");
        }
        past->steps[k] = s;
    }
    return ohm_ok();
}

/* --- as a series --------------------------------------------------------------------------- */

bool ohm_twin_series(const ohm_twin_past *past, double *columns, ohm_identify_series *ret_series)
{
    double *to[5];
    for (int c = 0; c < 5; c++)
        to[c] = columns + c * OHM_TWIN_STEPS_MAX;
    for (int k = 0; k < past->count; k++) {
        const ohm_twin_step *s = &past->steps[k];
        to[0][k] = s->indoor_cc == OHM_TWIN_NONE ? (double)NAN : s->indoor_cc / 100.0;
        to[1][k] = s->outdoor_cc / 100.0;
        to[2][k] = s->heat_w;
        to[3][k] = s->sun_w;
        to[4][k] = 0;
    }
    *ret_series = (ohm_identify_series){ .steps = past->count,
                                         .step_s = OHM_TWIN_STEP_MS / 1000.0,
                                         .indoor_c = to[0],
                                         .outdoor_c = to[1],
                                         .heat_w = to[2],
                                         .solar = to[3],
                                         .gain_w = to[4] };
    return past->count >= LEAST_STEPS;
}
