/* ohmstead signal: the body of a service as intervals, in CSV. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "cmd/cmd.h"
#include "cmd/verbs.h"
#include "fetch/pv_own.h"
#include "host/file.h"
#include "host/tzdata.h"

static const char usage_start[] =
    "usage: ohmstead signal --source NAME [--timezone ZONE] [--series NAME] FILE|-\n"
    "\n"
    "Reads a body as the service answered it ('-': standard input) and prints its intervals:\n"
    "\n"
    "  utc_start,utc_end,value\n"
    "  2026-11-22T05:00:00Z,2026-11-23T05:00:00Z,BLUE\n"
    "\n"
    "Values are exact, as published, in the unit of the source. What the body leaves open (a "
    "null,\n"
    "a colour of tomorrow that is not known yet) is no line.\n"
    "\n"
    "  --timezone ZONE   the zone of dates and times without one (Europe/Paris)\n"
    "  --pointer, --start, --end, --value POINTER, --unit UNIT, --at TIME\n"
    "                    of generic: where a number or a list of objects is in the JSON, in an\n"
    "                    object its start, end and value; of one number its time (an hour)\n"
    "  --series NAME     which of the body's series, where it has several\n"
    "  --panels LAT,LON,TILT,AZIMUTH,KWP\n"
    "                    of open-meteo: what panels make of its radiation, W (azimuth 0 is south,\n"
    "                    -90 east)\n"
    "  --source NAME     whose body it is:\n";

static const char usage_end[] =
    "\n"
    "Exit status: 0, 1 when the body is refused (with the reason), 2 for wrong use.\n";

typedef struct options {
    const char *source_name, *zone, *series, *at, *file, *panels;
    ohm_pv_plant plant;
    ohm_answer_generic generic;
    ohm_source source;
    bool help;
} options;

/* "48.85,2.35,35,0,3" */
static bool read_panels(options *o)
{
    static const int64_t most[] = { 900000, 1800000, 900000, 1800000, INT64_C(10000000000) };
    double *const out[] = { &o->plant.latitude_deg, &o->plant.longitude_deg, &o->plant.tilt_deg,
                            &o->plant.azimuth_deg, &o->plant.peak_w };
    enum { COUNT = sizeof out / sizeof *out };
    const char *text = o->panels;
    for (int i = 0; i < COUNT; i++) {
        size_t len = strcspn(text, ",");
        int64_t e4;
        if (ohm_number_scaled(ohm_span_of(text, len), 4, &e4) != OHM_OK || e4 > most[i] ||
            e4 < -most[i] || (text[len] == ',') != (i + 1 < COUNT))
            return false;
        *out[i] = (double)e4 / 1e4;
        text += len + 1;
    }
    o->plant.peak_w *= 1000;
    return o->plant.tilt_deg >= 0 && o->plant.peak_w > 0;
}

static int check_options(int argc, char **argv, options *out)
{
    if (!out->source_name)
        return ohm_cmd_usage("signal", "--source is missing (ecowatt, tempo…)", NULL);
    if (ohm_source_find(ohm_span_text(out->source_name), &out->source) != OHM_OK ||
        !ohm_answer_reads(out->source))
        return ohm_cmd_usage("signal", "the source is not known:", out->source_name);
    if (optind == argc)
        return ohm_cmd_usage("signal", "the file is missing ('-' is standard input)", NULL);
    if (optind + 1 < argc)
        return ohm_cmd_usage("signal", "one file at a time, not also", argv[optind + 1]);
    if (out->at && ohm_failed(ohm_rfc3339_parse(ohm_span_text(out->at), &out->generic.at_ms)))
        return ohm_cmd_usage("signal", "the time is not one (2026-01-15T12:00:00Z):", out->at);
    if (out->panels && (out->source != OHM_SOURCE_OPEN_METEO || !read_panels(out)))
        return ohm_cmd_usage("signal",
                             "--panels is of open-meteo, as 48.85,2.35,35,0,3 (latitude, "
                             "longitude, tilt, azimuth, kWp), not",
                             out->panels);
    out->file = argv[optind];
    return OHM_EXIT_OK;
}

static int read_options(int argc, char **argv, options *out)
{
    static const struct option longs[] = {
        { "source", required_argument, NULL, 's' }, { "timezone", required_argument, NULL, 'z' },
        { "series", required_argument, NULL, 'r' }, { "pointer", required_argument, NULL, 'p' },
        { "start", required_argument, NULL, 'f' },  { "end", required_argument, NULL, 't' },
        { "value", required_argument, NULL, 'v' },  { "unit", required_argument, NULL, 'u' },
        { "at", required_argument, NULL, 'a' },     { "panels", required_argument, NULL, 'w' },
        { "help", no_argument, NULL, 'h' },         { NULL, 0, NULL, 0 }
    };
    *out = (options){ .zone = "Europe/Paris",
                      .generic = { "", "/start", "", "/value", "", OHM_NO_MS, OHM_HOUR_MS } };
    const char **const texts[] = { ['s'] = &out->source_name,   ['z'] = &out->zone,
                                   ['r'] = &out->series,        ['a'] = &out->at,
                                   ['w'] = &out->panels,        ['p'] = &out->generic.pointer,
                                   ['f'] = &out->generic.start, ['t'] = &out->generic.end,
                                   ['v'] = &out->generic.value, ['u'] = &out->generic.unit };
    opterr = 0;
    optind = 0; /* the C library starts over */
    for (int c; (c = getopt_long(argc, argv, "h", longs, NULL)) != -1;) {
        if (c == 'h')
            out->help = true;
        else if (c > 0 && (size_t)c < sizeof texts / sizeof *texts && texts[c])
            *texts[c] = optarg;
        else
            return ohm_cmd_usage("signal",
                                 "no such option, or its value is missing:", argv[optind - 1]);
    }
    return out->help ? OHM_EXIT_OK : check_options(argc, argv, out);
}

static int print_help(void)
{
    (void)fputs(usage_start, stdout);
    for (int i = 0; i < OHM_SOURCES_COUNT; i++)
        if (ohm_answer_reads((ohm_source)i))
            printf("    %-20s%s\n", ohm_source_of((ohm_source)i)->name,
                   ohm_answer_about((ohm_source)i));
    (void)fputs(usage_end, stdout);
    return OHM_EXIT_OK;
}

static void print_body(const ohm_answer *body)
{
    for (size_t i = 0; i < body->count; i++) {
        const ohm_segment *segment = &body->segments[i];
        char from[OHM_RFC3339_MAX], to[OHM_RFC3339_MAX], value[OHM_SEGMENT_VALUE_MAX];
        (void)ohm_rfc3339_write(segment->when.from_ms, from);
        (void)ohm_rfc3339_write(segment->when.to_ms, to);
        (void)ohm_segment_write(segment, body->unit, value);
        printf("%s,%s,%s\n", from, to, value);
    }
}

static int print_bytes(const options *o, const ohm_tz *tz, const char *name, ohm_span bytes)
{
    ohm_answer body;
    ohm_refusal why;
    const ohm_answer_options how = { .tz = tz, .series = o->series, .generic = &o->generic };
    puts("utc_start,utc_end,value");
    ohm_code code = o->panels ? ohm_pv_from_body(&o->plant, bytes, tz, &body, &why)
                              : ohm_answer_read(o->source, bytes, &how, &body, &why);
    if (code != OHM_OK) {
        char text[256];
        (void)ohm_refusal_text(&why, text, sizeof text);
        return ohm_cmd_fail(name, text, NULL);
    }
    print_body(&body);
    ohm_answer_release(&body);
    return fflush(stdout) == 0 ? OHM_EXIT_OK : ohm_cmd_fail("standard output", "write error", NULL);
}

int ohm_cmd_signal(int argc, char **argv)
{
    options o;
    int status = read_options(argc, argv, &o);
    if (status != OHM_EXIT_OK)
        return status;
    if (o.help)
        return print_help();
    assert(o.file);
    ohm_tz tz;
    ohm_err err = ohm_tzdata_load(o.zone, &tz);
    if (ohm_failed(err))
        return err.code == OHM_IO ? ohm_cmd_fail(o.zone, err.what, NULL)
                                  : ohm_cmd_usage("signal", err.what, o.zone);

    bool from_stdin = strcmp(o.file, "-") == 0;
    const char *name = from_stdin ? "standard input" : o.file;
    uint8_t *bytes = NULL;
    size_t len = 0;
    err = from_stdin ? ohm_file_read_fd(STDIN_FILENO, OHM_ANSWER_MAX, &bytes, &len)
                     : ohm_file_read(o.file, OHM_ANSWER_MAX, &bytes, &len);
    if (ohm_failed(err))
        return ohm_cmd_fail(name, err.what, NULL);
    status = print_bytes(&o, &tz, name, ohm_span_of(bytes, len));
    free(bytes);
    return status;
}
