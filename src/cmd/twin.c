/* ohmstead twin: a zone's temperatures and heat, step by step, under what acts on it. */
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/building_input.h"
#include "cmd/cmd.h"
#include "cmd/twin_input.h"
#include "cmd/twin_weather.h"
#include "cmd/verbs.h"
#include "host/language.h"
#include "host/syserr.h"

static const char usage[] =
    "usage: ohmstead twin --params ZONE.json --input FILE.csv [--control open|ideal|hysteresis]\n"
    "       ohmstead twin --params BUILDING.json --weather FILE.epw [--control ideal|open]\n"
    "                     [--summary]\n"
    "\n"
    "Runs the thermal twin of one zone (ISO 13790, 5R1C) over the rows of a CSV, a row a step, "
    "and\n"
    "prints what becomes of it, also in CSV: step (from 0), the mass at the start and the end\n"
    "(t_m_prev, t_m_next) and its mean (t_m), surfaces (t_s), air (t_air), operative temperature\n"
    "(t_op), °C, and the power of the heating or, below 0, of the cooling (demand), W.\n"
    "\n"
    "  --params FILE     the zone: h_tr_em, h_tr_w, h_tr_ms, h_tr_is, h_ve_adj (W/K), c_m (J/K),\n"
    "                    mass_area, A_t (m2), t_m0 (°C), dt_s (s), and, where they matter:\n"
    "                    heat_node, cool_node (air, surface, mass; air), max_heating_w and\n"
    "                    max_cooling_w (null: any), t_set_heating, t_set_cooling (°C; none),\n"
    "                    hysteresis_k (half of a thermostat's band; 0.5), t_air0 (t_m0)\n"
    "  --input FILE      columns t_out (°C), solar_gain, int_gain (W), and where there are such\n"
    "                    t_supply (°C of the air let in; t_out) and demand (W)\n"
    "  --weather FILE    an EPW file, for a building: floor_area and surfaces (area, u, and of\n"
    "                    windows g), with what docs/twin.md lists; the rules of ISO 13790 make\n"
    "                    a zone of it, and the rows have t_out, solar_gain, int_gain, too\n"
    "  --summary         of a building: energy, peaks and temperatures, as one JSON object\n"
    "  --control HOW     open: the column demand (of a building: nothing); ideal: what holds the "
    "set points, within the\n"
    "                    limits; hysteresis: a thermostat that looks at the air of the last step\n"
    "                    and switches max_heating_w (ideal; open where there is a demand)\n"
    "\n"
    "Exit status: 0, 1 when a file is refused (with where and why), 2 for wrong use.\n";

typedef enum control { AUTO, OPEN, IDEAL, HYSTERESIS, CONTROLS_COUNT } control;
static const char *const control_names[CONTROLS_COUNT] = { "", "open", "ideal", "hysteresis" };

typedef struct run {
    const char *params, *input, *weather;
    bool summary;
    control control;
    ohm_twin_zone zone;
    ohm_zone_model model;
    ohm_twin_columns columns;
    double mass_c, air_c; /* of the last step */
    bool heats;           /* the thermostat's */
    unsigned long long step;
} run;

static int read_options(int argc, char **argv, run *r, bool *ret_help)
{
    static const struct option longs[] = { { "params", required_argument, NULL, 'p' },
                                           { "input", required_argument, NULL, 'i' },
                                           { "control", required_argument, NULL, 'c' },
                                           { "weather", required_argument, NULL, 'w' },
                                           { "summary", no_argument, NULL, 's' },
                                           { "help", no_argument, NULL, 'h' },
                                           { NULL, 0, NULL, 0 } };
    opterr = 0;
    optind = 0; /* the C library starts over */
    const char *how = NULL;
    for (int c; (c = getopt_long(argc, argv, "h", longs, NULL)) != -1;) {
        *ret_help = *ret_help || c == 'h';
        r->params = c == 'p' ? optarg : r->params;
        r->input = c == 'i' ? optarg : r->input;
        r->weather = c == 'w' ? optarg : r->weather;
        r->summary = r->summary || c == 's';
        how = c == 'c' ? optarg : how;
        if (c == '?')
            return ohm_cmd_usage("twin",
                                 "no such option, or its value is missing:", argv[optind - 1]);
    }
    if (*ret_help)
        return OHM_EXIT_OK;
    if (!r->params || (!r->input && !r->weather))
        return ohm_cmd_usage("twin", r->params ? "--input is missing" : "--params is missing",
                             NULL);
    if (r->weather ? r->input != NULL : r->summary)
        return ohm_cmd_usage(
            "twin", r->weather ? "--weather goes without --input" : "--summary goes with --weather",
            NULL);
    if (optind < argc)
        return ohm_cmd_usage("twin", "only options are taken, not", argv[optind]);
    for (int i = OPEN; i < CONTROLS_COUNT; i++)
        if (how && !strcmp(how, control_names[i]))
            r->control = (control)i;
    return how && r->control == AUTO
               ? ohm_cmd_usage("twin", "--control takes open, ideal or hysteresis, not", how)
               : OHM_EXIT_OK;
}

/* What the chosen control needs of the zone. */
static int check_control(const run *r)
{
    if (r->control != HYSTERESIS)
        return OHM_EXIT_OK;
    if (isnan(r->zone.set.heating_c))
        return ohm_cmd_fail(r->params, "a thermostat needs \"t_set_heating\"", NULL);
    if (isinf(r->zone.zone.heating_w_max))
        return ohm_cmd_fail(r->params, "a thermostat switches \"max_heating_w\": it is missing",
                            NULL);
    return OHM_EXIT_OK;
}

static int start(run *r, const ohm_csv_record *head)
{
    int status = ohm_twin_read_head(r->input, head, r->control == OPEN, &r->columns);
    if (status != OHM_EXIT_OK)
        return status;
    if (r->control == AUTO)
        r->control = r->columns.demand >= 0 ? OPEN : IDEAL;
    return check_control(r);
}

static ohm_zone_output one_step(run *r, const ohm_zone_input *in, double demand_w)
{
    if (r->control == IDEAL)
        return ohm_zone_ideal(&r->model, r->mass_c, in, r->zone.set);
    if (r->control == HYSTERESIS) {
        double set_c = r->zone.set.heating_c;
        r->heats =
            r->heats ? r->air_c <= set_c + r->zone.band_k : r->air_c < set_c - r->zone.band_k;
        demand_w = r->heats ? r->zone.zone.heating_w_max : 0;
    }
    return ohm_zone_step(&r->model, r->mass_c, in, demand_w);
}

/* Once, and not before a row is good: a pipe must not take a refused file for an empty one. */
static void print_head(const run *r)
{
    if (r->step == 0)
        puts("step,t_m_prev,t_m_next,t_m,t_s,t_air,t_op,demand");
}

static int take_row(run *r, const ohm_csv_record *row)
{
    ohm_zone_input in;
    double demand_w;
    int status = ohm_twin_read_row(r->input, row, &r->columns, &in, &demand_w);
    if (status != OHM_EXIT_OK)
        return status;
    ohm_zone_output out = one_step(r, &in, demand_w);
    print_head(r);
    printf("%llu,%.15g,%.15g,%.15g,%.15g,%.15g,%.15g,%.15g\n", r->step, r->mass_c, out.mass_end_c,
           out.mass_c, out.surface_c, out.air_c, out.operative_c, out.hvac_w);
    r->mass_c = out.mass_end_c;
    r->air_c = out.air_c;
    r->step++;
    return OHM_EXIT_OK;
}

static int refuse(const run *r, const ohm_csv *csv, ohm_code code)
{
    char where[40];
    (void)snprintf(where, sizeof where, "line %llu", (unsigned long long)csv->record.line);
    return ohm_cmd_fail(r->input, ohm_code_text(code), where);
}

/* All records that are whole in the bytes at hand. */
static int take_bytes(run *r, ohm_csv *csv, ohm_span bytes, bool *began)
{
    const ohm_csv_record *record;
    for (;;) {
        ohm_code code = ohm_csv_next(csv, &bytes, &record);
        if (code == OHM_MORE || code == OHM_END)
            return OHM_EXIT_OK;
        if (code != OHM_OK)
            return refuse(r, csv, code);
        int status = *began ? take_row(r, record) : start(r, record);
        *began = true;
        if (status != OHM_EXIT_OK)
            return status;
    }
}

static int take_file(run *r, FILE *file, ohm_csv *csv)
{
    bool began = false;
    uint8_t bytes[1 << 14];
    int status = OHM_EXIT_OK;
    for (size_t n; status == OHM_EXIT_OK && (n = fread(bytes, 1, sizeof bytes, file)) > 0;)
        status = take_bytes(r, csv, ohm_span_of(bytes, n), &began);
    if (status != OHM_EXIT_OK)
        return status;
    if (ferror(file))
        return ohm_cmd_fail(r->input, ohm_err_errno(errno).what, NULL);
    ohm_csv_finish(csv);
    status = take_bytes(r, csv, ohm_span_of(NULL, 0), &began);
    if (status == OHM_EXIT_OK && !began)
        return ohm_cmd_fail(r->input, "the file is empty", "columns t_out, solar_gain, int_gain");
    if (status == OHM_EXIT_OK)
        print_head(r); /* of no rows */
    return status;
}

static int simulate(run *r)
{
    int status = ohm_twin_read_zone(r->params, &r->zone);
    if (status != OHM_EXIT_OK)
        return status;
    r->model = ohm_zone_prepare(&r->zone.zone, r->zone.step_s);
    r->mass_c = r->zone.mass_start_c;
    r->air_c = r->zone.air_start_c;
    bool from_stdin = !strcmp(r->input, "-");
    FILE *file = from_stdin ? stdin : fopen(r->input, "rb");
    if (!file)
        return ohm_cmd_fail(r->input, ohm_err_errno(errno).what, NULL);
    ohm_csv *csv = malloc(sizeof *csv);
    if (csv) {
        ohm_csv_init(csv, 0);
        status = take_file(r, file, csv);
    } else {
        status = ohm_cmd_fail(r->input, "out of memory", NULL);
    }
    free(csv);
    if (!from_stdin)
        (void)fclose(file);
    if (fflush(stdout) != 0 && status == OHM_EXIT_OK)
        status = ohm_cmd_fail("standard output", "write error", NULL);
    return status;
}

/* A building and the weather of a file. */
static int simulate_weather(const run *r)
{
    if (r->control == HYSTERESIS)
        return ohm_cmd_usage("twin", "with --weather --control takes open or ideal, not",
                             "hysteresis");
    json_t *root = ohm_json_file(r->params);
    if (!root)
        return OHM_EXIT_FAILED;
    const ohm_twin_weather_request request = { r->params, r->weather, r->control == OPEN,
                                               r->summary };
    int status =
        ohm_is_zones(root) ? ohm_twin_zones(&request, root)
        : ohm_is_building(root)
            ? ohm_twin_weather(&request, root)
            : ohm_cmd_fail(r->params, "weather acts on a building: \"surfaces\" is missing",
                           "a zone in W/K goes with --input");
    json_decref(root);
    return status;
}

int ohm_cmd_twin(int argc, char **argv)
{
    run r = { .control = AUTO };
    bool help = false;
    ohm_cmd_speak(ohm_language_french());
    int status = read_options(argc, argv, &r, &help);
    if (status != OHM_EXIT_OK)
        return status;
    if (!help)
        return r.weather ? simulate_weather(&r) : simulate(&r);
    (void)fputs(usage, stdout);
    return OHM_EXIT_OK;
}
