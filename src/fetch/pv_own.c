#include "fetch/pv_own.h"

#include <math.h>
#include <stdlib.h>

#define RADIANS 0.017453292519943295
#define ALBEDO  0.2
#define LOSSES  0.14
/* The Unix epoch before noon of 2000-01-01. */
#define J2000_DAYS 10957.5

enum { LOOK_MS = 5 * OHM_MINUTE_MS }; /* how often the sun is looked for in an interval */

static double value_of(const ohm_segment *segment)
{
    double value = (double)segment->mantissa;
    for (int i = segment->exponent; i < 0; i++)
        value /= 10;
    for (int i = 0; i < segment->exponent; i++)
        value *= 10;
    return value;
}

static const ohm_segment *at(ohm_segments list, ohm_ms at_ms)
{
    return ohm_segments_at(list, at_ms);
}

/* Sines of the sun's height, and of the angle between its rays and the panels. */
typedef struct sun {
    double height, beam;
} sun;

static sun sun_at(const ohm_pv_plant *plant, ohm_ms at_ms)
{
    double n = (double)at_ms / (24.0 * OHM_HOUR_MS) - J2000_DAYS;
    double anomaly = (357.528 + 0.9856003 * n) * RADIANS;
    double longitude =
        (280.460 + 0.9856474 * n + 1.915 * sin(anomaly) + 0.020 * sin(2 * anomaly)) * RADIANS;
    double tilt_of_earth = (23.439 - 4e-7 * n) * RADIANS;
    double ascension = atan2(cos(tilt_of_earth) * sin(longitude), cos(longitude));
    double declination = asin(sin(tilt_of_earth) * sin(longitude));
    double sidereal = fmod(280.46062 + 360.98564737 * n, 360.0) * RADIANS;
    double hour = sidereal + plant->longitude_deg * RADIANS - ascension;
    double phi = plant->latitude_deg * RADIANS, beta = plant->tilt_deg * RADIANS,
           gamma = plant->azimuth_deg * RADIANS;
    double height = sin(phi) * sin(declination) + cos(phi) * cos(declination) * cos(hour);
    double beam =
        sin(declination) * (sin(phi) * cos(beta) - cos(phi) * sin(beta) * cos(gamma)) +
        cos(declination) * cos(hour) * (cos(phi) * cos(beta) + sin(phi) * sin(beta) * cos(gamma)) +
        cos(declination) * sin(beta) * sin(gamma) * sin(hour);
    return (sun){ height, beam > 0 ? beam : 0 };
}

/* Means over the part of an interval in which the sun is up: its beam's energy fell then. */
static sun mean_sun(const ohm_pv_plant *plant, ohm_interval when)
{
    sun sum = { 0, 0 };
    int count = 0;
    for (ohm_ms t = when.from_ms; t < when.to_ms; t += LOOK_MS) {
        ohm_ms end_ms = t + LOOK_MS < when.to_ms ? t + LOOK_MS : when.to_ms;
        sun s = sun_at(plant, t + (end_ms - t) / 2);
        if (s.height <= 0)
            continue;
        sum.height += s.height;
        sum.beam += s.beam;
        count++;
    }
    return count ? (sun){ sum.height / count, sum.beam / count } : sum;
}

static int64_t power_w(const ohm_pv_plant *plant, ohm_interval when, double direct, double diffuse,
                       const ohm_segment *temperature)
{
    sun s = mean_sun(plant, when);
    double cosine = cos(plant->tilt_deg * RADIANS), flat = direct * s.height + diffuse;
    double on_panel =
        direct * s.beam + diffuse * (1 + cosine) / 2 + ALBEDO * flat * (1 - cosine) / 2;
    double warmth = temperature ? value_of(temperature) + 0.03 * on_panel - 25 : 0;
    double power = plant->peak_w * on_panel / 1000 * (1 - 0.004 * warmth) * (1 - LOSSES);
    return power > 0 ? llround(power < 1e12 ? power : 1e12) : 0;
}

/* The temperature of a time, or the nearest one of three hours before or after: it changes slowly,
 * and radiation is told of an hour more. NULL: none is known. */
static const ohm_segment *warmth_at(ohm_segments temperature, ohm_ms at_ms)
{
    enum { NEAR_MS = 3 * OHM_HOUR_MS };
    const ohm_segment *found = at(temperature, at_ms);
    for (int64_t off_ms = OHM_HOUR_MS; !found && off_ms <= NEAR_MS; off_ms += OHM_HOUR_MS) {
        found = at(temperature, at_ms - off_ms);
        found = found ? found : at(temperature, at_ms + off_ms);
    }
    return found;
}

ohm_code ohm_pv_forecast(const ohm_pv_plant *plant, ohm_segments direct, ohm_segments diffuse,
                         ohm_segments temperature, ohm_answer *out)
{
    ohm_answer answer = { .unit = OHM_UNIT_W, .made_ms = OHM_NO_MS };
    answer.segments = calloc(direct.count + 1, sizeof *answer.segments);
    if (!answer.segments)
        return OHM_NO_MEMORY;
    for (size_t i = 0; i < direct.count; i++) {
        ohm_interval when = direct.items[i].when;
        const ohm_segment *sky = at(diffuse, when.from_ms);
        const ohm_segment *warmth = warmth_at(temperature, when.from_ms);
        bool unknown = temperature.count && !warmth;
        if (!sky || unknown || when.to_ms - when.from_ms > 24 * OHM_HOUR_MS)
            continue;
        /* Radiation is never negative; weather models make a little of it at night. */
        double beam = fmax(value_of(&direct.items[i]), 0), rest = fmax(value_of(sky), 0);
        answer.segments[answer.count++] =
            (ohm_segment){ when, power_w(plant, when, beam, rest, warmth), 0 };
    }
    if (!answer.count) {
        ohm_answer_release(&answer);
        return OHM_UNKNOWN;
    }
    *out = answer;
    return OHM_OK;
}

ohm_code ohm_pv_from_body(const ohm_pv_plant *plant, ohm_span body, const ohm_tz *tz,
                          ohm_answer *out, ohm_refusal *ret_why)
{
    static const char *const names[] = { "direct_normal_irradiance", "diffuse_radiation",
                                         "temperature_2m" };
    enum { DIRECT, DIFFUSE, TEMPERATURE, COUNT };
    ohm_answer parts[COUNT];
    ohm_code code = OHM_OK;
    int read = 0;
    for (; read < COUNT && code == OHM_OK; read++) {
        const ohm_answer_options how = { .tz = tz, .series = names[read] };
        parts[read] = (ohm_answer){ .made_ms = OHM_NO_MS };
        code = ohm_answer_read(OHM_SOURCE_OPEN_METEO, body, &how, &parts[read], ret_why);
    }
    if (code == OHM_OK) {
        code = ohm_pv_forecast(
            plant, (ohm_segments){ parts[DIRECT].segments, parts[DIRECT].count },
            (ohm_segments){ parts[DIFFUSE].segments, parts[DIFFUSE].count },
            (ohm_segments){ parts[TEMPERATURE].segments, parts[TEMPERATURE].count }, out);
        if (code != OHM_OK)
            *ret_why = (ohm_refusal){ .err = ohm_fail(code, 0, "no radiation is known"),
                                      .when_ms = OHM_NO_MS };
    }
    while (read-- > 0)
        ohm_answer_release(&parts[read]);
    return code;
}
