#include "cmd/weather_input.h"

#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "host/file.h"

enum { EPW_BYTES_MAX = 16 << 20 };

static int take_lines(const char *path, ohm_span text, ohm_weather *w)
{
    ohm_epw epw;
    ohm_epw_init(&epw);
    while (text.len) {
        const uint8_t *end = memchr(text.ptr, '\n', text.len);
        size_t len = end ? (size_t)(end - text.ptr) : text.len;
        ohm_span line = ohm_span_part(text, 0, len && text.ptr[len - 1] == '\r' ? len - 1 : len);
        text = end ? ohm_span_part(text, len + 1, text.len - len - 1) : ohm_span_of(NULL, 0);
        ohm_epw_hour hour;
        ohm_err err = ohm_epw_line(&epw, line, &hour);
        if (err.code == OHM_MORE)
            continue;
        if (!ohm_failed(err) && w->hours >= OHM_EPW_HOURS_MAX)
            err = ohm_fail(OHM_TOO_BIG, epw.lines,
                           "more rows than a year has hours: only hourly "
                           "files are taken");
        if (ohm_failed(err)) {
            char where[40];
            (void)snprintf(where, sizeof where, "line %u", err.at);
            return ohm_cmd_fail(path, err.what, where);
        }
        w->hour[w->hours++] = hour;
    }
    w->place = epw.place;
    w->zone_h = epw.zone_h;
    return w->hours ? OHM_EXIT_OK : ohm_cmd_fail(path, "holds no hour of weather", "an EPW file");
}

int ohm_weather_read_epw(const char *path, ohm_weather *out)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    ohm_err err = ohm_file_read(path, EPW_BYTES_MAX, &bytes, &len);
    if (ohm_failed(err))
        return ohm_cmd_fail(path, err.what, NULL);
    ohm_weather w = { .hour = calloc(OHM_EPW_HOURS_MAX, sizeof *w.hour) };
    int status = w.hour ? take_lines(path, ohm_span_of(bytes, len), &w)
                        : ohm_cmd_fail(path, "out of memory", NULL);
    free(bytes);
    if (status == OHM_EXIT_OK)
        *out = w;
    else
        free(w.hour);
    return status;
}

void ohm_weather_release(ohm_weather *weather)
{
    free(weather->hour);
    weather->hour = NULL;
}

int ohm_weather_hour_of_day(const ohm_weather *weather, ohm_ms utc_ms)
{
    int64_t local = utc_ms + (int64_t)(weather->zone_h * OHM_HOUR_MS);
    int64_t hour = local / OHM_HOUR_MS % 24;
    return (int)(hour < 0 ? hour + 24 : hour);
}
