/* The MQTT client on a loop of its own, driven by lines: "sub FILTER", "pub TOPIC PAYLOAD",
 * "keep TOPIC PAYLOAD" (retained), "quit". Prints what happens, a line each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "link/mqtt.h"

typedef struct driver {
    uv_loop_t loop;
    uv_poll_t input;
    ohm_mqtt *mqtt;
    char line[70000];
    size_t len;
} driver;

static void say(const char *what, const char *detail)
{
    printf("%s%s%s\n", what, detail[0] ? " " : "", detail);
    (void)fflush(stdout);
}

static void on_message(void *ctx, const ohm_mqtt_message *message)
{
    (void)ctx;
    printf("message %s %d %.*s\n", message->topic, message->retained, (int)message->payload.len,
           (const char *)message->payload.ptr);
    (void)fflush(stdout);
}

static void on_up(void *ctx)
{
    (void)ctx;
    say("up", "");
}

static void on_down(void *ctx, bool was_up, ohm_err why)
{
    (void)ctx;
    say(was_up ? "lost" : "down", why.what);
}

static void quit(driver *d)
{
    ohm_mqtt_close(d->mqtt);
    (void)uv_poll_stop(&d->input);
    uv_close((uv_handle_t *)&d->input, NULL);
}

static bool obey(driver *d, char *line)
{
    char *verb = strtok(line, " ");
    char *topic = strtok(NULL, " ");
    char *payload = strtok(NULL, "");
    ohm_code code = OHM_UNKNOWN;
    if (!verb || !strcmp(verb, "quit"))
        return false;
    if (topic && !strcmp(verb, "sub"))
        code = ohm_mqtt_subscribe(d->mqtt, topic);
    else if (topic && payload)
        code = ohm_mqtt_publish(d->mqtt, topic, ohm_span_text(payload), !strcmp(verb, "keep"));
    say(verb, ohm_code_name(code));
    return true;
}

static void readable(uv_poll_t *poll, int status, int events)
{
    driver *d = poll->data;
    (void)status;
    (void)events;
    ssize_t got = read(STDIN_FILENO, d->line + d->len, sizeof d->line - 1 - d->len);
    if (got <= 0) {
        quit(d);
        return;
    }
    d->len += (size_t)got;
    d->line[d->len] = '\0';
    for (char *end; (end = strchr(d->line, '\n')) != NULL;) {
        size_t taken = (size_t)(end - d->line) + 1;
        *end = '\0';
        if (!obey(d, d->line)) {
            quit(d);
            return;
        }
        d->len -= taken;
        memmove(d->line, d->line + taken, d->len + 1);
    }
}

int main(int argc, char **argv)
{
    ohm_mqtt_config config = { .ca_file = argc > 2 ? argv[2] : NULL,
                               .user = getenv("MQTT_USER"),
                               .password = getenv("MQTT_PASSWORD") };
    const ohm_mqtt_hooks hooks = { on_message, on_up, on_down, NULL };
    const char *rest = "";
    driver *d = calloc(1, sizeof *d);
    if (!d || argc < 2 || uv_loop_init(&d->loop) != 0)
        return 2;
    ohm_err err = ohm_mqtt_address_parse(argv[1], &config.address, &rest);
    if (!ohm_failed(err))
        err = ohm_mqtt_open(&d->loop, &config, &hooks, &d->mqtt);
    if (ohm_failed(err)) {
        (void)fprintf(stderr, "%s\n", err.what);
        return 1;
    }
    (void)uv_poll_init(&d->loop, &d->input, STDIN_FILENO);
    d->input.data = d;
    (void)uv_poll_start(&d->input, UV_READABLE, readable);
    (void)uv_run(&d->loop, UV_RUN_DEFAULT);
    int status = uv_loop_close(&d->loop) == 0 ? 0 : 3;
    free(d);
    return status;
}
