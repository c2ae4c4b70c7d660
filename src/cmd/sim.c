/* ohmstead sim: what a house would send, for those who have none at hand. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/number.h"
#include "cmd/cmd.h"
#include "cmd/meter_keys.h"
#include "cmd/options.h"
#include "cmd/verbs.h"
#include "host/clock.h"
#include "host/random.h"
#include "host/tzdata.h"
#include "sim/sensors_end.h"

enum { EVERY_MS = 5000, EVERY_MS_MAX = 86400000, ROUNDS_MAX = 1000000000 };

typedef struct options {
    const char *broker, *every, *rounds, *seed, *user, *password_file, *zone;
    bool print_config;
} options;

typedef struct simulator {
    uv_loop_t loop;
    uv_signal_t on_term, on_int;
    ohm_sim_sensors_end *end;
    ohm_tz tz;
    const char *broker;
    bool done;
    int status;
} simulator;

static void finish(simulator *s, int status)
{
    if (s->done)
        return;
    s->done = true;
    s->status = status;
    uv_close((uv_handle_t *)&s->on_term, NULL);
    uv_close((uv_handle_t *)&s->on_int, NULL);
    ohm_sim_sensors_close(s->end);
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    finish(handle->data, OHM_EXIT_OK);
}

static void on_up(void *ctx)
{
    simulator *s = ctx;
    (void)fprintf(stderr, "ohmstead: %s: the sensors speak\n", s->broker);
}

/* It tries again by itself. */
static void on_down(void *ctx, bool was_up, ohm_err why)
{
    simulator *s = ctx;
    (void)was_up;
    (void)ohm_cmd_fail(s->broker, why.what, NULL);
}

static void on_done(void *ctx)
{
    finish(ctx, OHM_EXIT_OK);
}

static ohm_ms utc_now(void *ctx)
{
    (void)ctx;
    return ohm_clock_utc();
}

/* The site that reads them all. */
static int print_config(const char *broker)
{
    const ohm_sim_sensor *device;
    puts("# The sensors of 'ohmstead sim sensors', by their presets.\nsite: {id: sim, name: Maison "
         "simulée}\nmeters:");
    for (size_t i = 0; (device = ohm_sim_sensors_device(i)) != NULL; i++)
        printf("  - {id: %s, zone: %s, port: \"%s\", preset: %s, with: %s}\n", device->id,
               device->zone, broker, device->preset, device->with);
    return fflush(stdout) == 0 ? OHM_EXIT_OK : ohm_cmd_fail("standard output", "write error", NULL);
}

/* Seconds, with at most three decimals: in milliseconds. */
static bool read_every(const char *text, int64_t *ret_ms)
{
    int64_t mantissa = 0;
    int exponent = 0;
    if (!text)
        return true;
    if (ohm_number_decimal(ohm_span_text(text), &mantissa, &exponent) != OHM_OK || exponent < -3 ||
        exponent > 0 || mantissa < 0 || mantissa > EVERY_MS_MAX)
        return false;
    for (int i = exponent + 3; i > 0; i--)
        mantissa *= 10;
    *ret_ms = mantissa;
    return mantissa >= 10 && mantissa <= EVERY_MS_MAX;
}

static bool read_number(const char *text, int64_t most, int64_t *out)
{
    return !text ||
           (ohm_number_int(ohm_span_text(text), out) == OHM_OK && *out >= 1 && *out <= most);
}

static int run(simulator *s, const options *o, const ohm_mqtt_config *broker, int64_t every_ms)
{
    int64_t rounds = 0, seed = 1;
    if (!read_number(o->rounds, ROUNDS_MAX, &rounds))
        return ohm_cmd_usage("sim", "not a number of rounds:", o->rounds);
    if (!read_number(o->seed, INT32_MAX, &seed))
        return ohm_cmd_usage("sim", "not a seed:", o->seed);
    ohm_err err = ohm_tzdata_load(o->zone ? o->zone : "Europe/Paris", &s->tz);
    if (ohm_failed(err))
        return ohm_cmd_usage("sim", err.what, o->zone);
    if (uv_loop_init(&s->loop) != 0)
        return ohm_cmd_fail("sim", "out of memory", NULL);
    const ohm_sim_sensors_options simulated = {
        .broker = broker,
        .every_ms = every_ms,
        .rounds = (uint64_t)rounds,
        .seed = (uint64_t)seed,
        .tz = &s->tz,
        .utc_now = utc_now,
        .on_up = on_up,
        .on_down = on_down,
        .on_done = on_done,
        .ctx = s,
    };
    (void)uv_signal_init(&s->loop, &s->on_term);
    (void)uv_signal_init(&s->loop, &s->on_int);
    s->on_term.data = s->on_int.data = s;
    (void)uv_signal_start(&s->on_term, on_signal, SIGTERM);
    (void)uv_signal_start(&s->on_int, on_signal, SIGINT);
    err = ohm_sim_sensors_open(&s->loop, &simulated, &s->end);
    if (ohm_failed(err))
        finish(s, ohm_cmd_fail(o->broker, err.what, NULL));
    (void)uv_run(&s->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&s->loop);
    return s->status;
}

static int sensors(const options *o)
{
    ohm_mqtt_config broker = { .user = o->user };
    char password[OHM_METER_TEXT_MAX] = "";
    const char *rest = "";
    int64_t every_ms = EVERY_MS;
    if (!o->broker)
        return ohm_cmd_usage("sim", "--broker mqtt://host says where", NULL);
    ohm_err err = ohm_mqtt_address_parse(o->broker, &broker.address, &rest);
    if (ohm_failed(err) || rest[0])
        return ohm_cmd_usage("sim",
                             ohm_failed(err) ? err.what : "a broker alone, no topic:", o->broker);
    if (!read_every(o->every, &every_ms))
        return ohm_cmd_usage("sim", "not an interval of 0.01 to 86400 seconds:", o->every);
    if (o->print_config)
        return print_config(o->broker);
    int status = ohm_meter_password_read(o->password_file, password);
    simulator *s = status == OHM_EXIT_OK ? calloc(1, sizeof *s) : NULL;
    if (!s)
        return status == OHM_EXIT_OK ? ohm_cmd_fail("sim", "out of memory", NULL) : status;
    broker.password = password[0] ? password : NULL;
    s->broker = o->broker;
    status = run(s, o, &broker, every_ms);
    ohm_wipe(password, sizeof password);
    free(s);
    return status;
}

int ohm_cmd_sim(int argc, char **argv)
{
    options o = { 0 };
    int status = OHM_EXIT_OK;
    const char *what = NULL;
    const ohm_option rows[] = {
        { "--broker", "mqtt://HOST", &o.broker, NULL, "where they publish" },
        { "--every", "SECONDS", &o.every, NULL, "this often (5)" },
        { "--rounds", "N", &o.rounds, NULL, "and then no more (until Ctrl-C)" },
        { "--seed", "N", &o.seed, NULL, "another house (1)" },
        { "--user", "NAME", &o.user, NULL, "of the broker" },
        { "--password-file", "FILE", &o.password_file, NULL, "likewise" },
        { "--timezone", "ZONE", &o.zone, NULL, "of the house (Europe/Paris)" },
        { "--print-config", NULL, NULL, &o.print_config, "the site that reads them, and end" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "sim",
        .arguments = "sensors",
        .about = "Publishes on an MQTT broker what the sensors of a simulated house would: "
                 "thermostats,\n"
                 "thermometers, contacts, plugs and meters of several makes, production and\n"
                 "consumption. To see them on the page of a site of its own:\n"
                 "\n"
                 "  ohmstead sim sensors --broker mqtt://127.0.0.1 --print-config > sim.yaml\n"
                 "  ohmstead sim sensors --broker mqtt://127.0.0.1 &\n"
                 "  ohmstead serve --config sim.yaml --state sim-state",
        .options = rows,
        .arguments_min = 1,
        .arguments_max = 1,
    };
    if (ohm_options_read(&verb, argc, argv, &what, &status) < 0)
        return status;
    if (strcmp(what, "sensors") != 0)
        return ohm_cmd_usage("sim", "nothing to simulate has the name (sensors):", what);
    return sensors(&o);
}
