/* ohmstead signal: the body of a service as intervals, in CSV. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/verbs.h"
#include "fetch/ecowatt_body.h"
#include "host/file.h"
#include "host/tzdata.h"

enum { FILE_LEN_MAX = 8 << 20 }; /* what is longer than RTE's own limit of 7 MB is not read */

static const char usage[] =
    "usage: ohmstead signal --source ecowatt [--timezone ZONE] FILE|-\n"
    "\n"
    "Reads a body as the service answered it ('-': standard input) and prints its hours:\n"
    "\n"
    "  utc_start,utc_end,value\n"
    "  2026-11-22T23:00:00Z,2026-11-23T00:00:00Z,1\n"
    "\n"
    "Values are as published. Ecowatt: 0 abundant, 1 normal, 2 tense, 3 very tense.\n"
    "\n"
    "  --source NAME     whose body it is: ecowatt (v4 or v5)\n"
    "  --timezone ZONE   the zone of the service's hours (Europe/Paris)\n"
    "\n"
    "Exit status: 0, 1 when the body is refused (with the reason), 2 for wrong use.\n";

typedef struct options {
    const char *source, *zone, *file;
    bool help;
} options;

static int read_options(int argc, char **argv, options *out)
{
    static const struct option longs[] = { { "source", required_argument, NULL, 's' },
                                           { "timezone", required_argument, NULL, 'z' },
                                           { "help", no_argument, NULL, 'h' },
                                           { NULL, 0, NULL, 0 } };
    *out = (options){ .zone = "Europe/Paris" };
    opterr = 0;
    optind = 0; /* the C library starts over */
    for (int c; (c = getopt_long(argc, argv, "h", longs, NULL)) != -1;) {
        if (c == 's')
            out->source = optarg;
        else if (c == 'z')
            out->zone = optarg;
        else if (c == 'h')
            out->help = true;
        else
            return ohm_cmd_usage("signal",
                                 "no such option, or its value is missing:", argv[optind - 1]);
    }
    if (out->help)
        return OHM_EXIT_OK;
    if (!out->source)
        return ohm_cmd_usage("signal", "--source is missing (ecowatt)", NULL);
    if (strcmp(out->source, "ecowatt") != 0)
        return ohm_cmd_usage("signal", "the source is not known (ecowatt is):", out->source);
    if (optind == argc)
        return ohm_cmd_usage("signal", "the file is missing ('-' is standard input)", NULL);
    if (optind + 1 < argc)
        return ohm_cmd_usage("signal", "one file at a time, not also", argv[optind + 1]);
    out->file = argv[optind];
    return OHM_EXIT_OK;
}

static void print_set(const ohm_signal_set *set)
{
    for (uint16_t i = 0; i < set->count; i++) {
        const ohm_signal_interval *item = &set->intervals[i];
        char from[OHM_RFC3339_MAX], to[OHM_RFC3339_MAX];
        (void)ohm_rfc3339_write(item->when.from_ms, from);
        (void)ohm_rfc3339_write(item->when.to_ms, to);
        printf("%s,%s,%d\n", from, to, item->level);
    }
}

static int refuse(const char *file, ohm_err err)
{
    if (err.at == 0)
        return ohm_cmd_fail(file, err.what, NULL);
    char where[32];
    (void)snprintf(where, sizeof where, "at byte %u", err.at);
    return ohm_cmd_fail(file, err.what, where);
}

int ohm_cmd_signal(int argc, char **argv)
{
    options o;
    int status = read_options(argc, argv, &o);
    if (status != OHM_EXIT_OK)
        return status;
    if (o.help) {
        (void)fputs(usage, stdout);
        return OHM_EXIT_OK;
    }
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
    err = from_stdin ? ohm_file_read_fd(STDIN_FILENO, FILE_LEN_MAX, &bytes, &len)
                     : ohm_file_read(o.file, FILE_LEN_MAX, &bytes, &len);
    if (ohm_failed(err))
        return ohm_cmd_fail(name, err.what, NULL);

    puts("utc_start,utc_end,value");
    ohm_signal_set set;
    err = ohm_ecowatt_body_to_set(ohm_span_of(bytes, len), &tz, OHM_NO_MS, &set);
    free(bytes);
    if (ohm_failed(err))
        return refuse(name, err);
    print_set(&set);
    return fflush(stdout) == 0 ? OHM_EXIT_OK : ohm_cmd_fail("standard output", "write error", NULL);
}
