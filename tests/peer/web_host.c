/* The web room alone, around an invented house, for the tests of tests/peer/web_*.py.
 *
 * usage: web_host STATE_FOLDER [demo] [address=A] [proxy] [host=NAME] [origin=O] [cors=O]
 *                               [patience=MS] [due=SECONDS] [ledger]
 * ledger: the store tidies up all the time, and makes the energy ledger; the last one
 * due: the certificate is to be renewed so many seconds after the start
 *
 * Prints one JSON line when it listens; then obeys lines on stdin, answering each with "ok":
 *   tick            a second passes, the view is published
 *   action d|n JSON a line of the journal, with its "seq"
 *   frames N        N readings of the meter, ten seconds apart, the last one now
 *   burst N         N actions and a view
 *   value NAME N    the main meter says N of a quantity, in its unit of keeping
 *   mute            commands are taken and never answered
 *   result N        commands are answered with the ohm_code N (0: carried out)
 * The end of stdin ends it. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/paths.h"
#include "store/store.h"
#include "web/tls.h"
#include "web/web.h"
#include "web_house.h"

typedef struct host {
    ohm_web *web;
    ohm_store *store;
    ohm_view *view;
    int commands[2]; /* a pipe from the web thread */
    bool mute;
    ohm_code result;
} host;

static ohm_code submit(void *ctx, const ohm_command *command)
{
    const host *h = ctx;
    ssize_t n = write(h->commands[1], command, sizeof *command);
    return n == (ssize_t)sizeof *command ? OHM_OK : OHM_BUSY;
}

/* Answers at once, as a loop would: what was asked, and what a trial was told. */
static ohm_code ask(void *ctx, const ohm_question *question)
{
    const host *h = ctx;
    char json[512];
    int len = snprintf(json, sizeof json, "{\"kind\":%d,\"device\":%d,\"port\":\"%s\"}",
                       question->kind, question->device, question->trial.port);
    ohm_web_answer_json(h->web, question->id, ohm_span_of(json, (size_t)len));
    return OHM_OK;
}

/* Off-peak until six, local time. */
static uint16_t two_pieces(void *ctx, ohm_date date,
                           ohm_energy_piece out[static OHM_ENERGY_PIECES_MAX])
{
    ohm_ms midnight = ohm_date_interval(ctx, date).from_ms;
    out[0] = (ohm_energy_piece){ midnight, "hc" };
    out[1] = (ohm_energy_piece){ midnight + 6 * OHM_HOUR_MS, "hp" };
    return 2;
}

/* The store's clock is the house's; it goes back a little with each look, on the store's own
 * thread: a step of the clock is when the ledger looks for work, without waiting for an hour. */
static ohm_ms house_now(void)
{
    static ohm_ms looks_ms;
    return WEB_HOUSE_NOW - looks_ms++;
}

static ohm_code report(void *ctx, const char *house, char **ret_text, size_t *ret_len)
{
    (void)ctx;
    *ret_text = strdup(house);
    *ret_len = strlen(house);
    return *ret_text ? OHM_OK : OHM_NO_MEMORY;
}

static ohm_err put_state(void *ctx, const char *key, ohm_span value)
{
    const host *h = ctx;
    return ohm_store_put_wait(h->store, key, value);
}

static void obey_command(host *h)
{
    ohm_command command;
    if (read(h->commands[0], &command, sizeof command) != (ssize_t)sizeof command || h->mute)
        return;
    ohm_code result = h->result;
    if (result == OHM_OK)
        result = web_house_command(h->view, &command);
    ohm_web_publish(h->web, h->view);
    ohm_web_answer(h->web, command.id, result);
}

static void burst(host *h, int count)
{
    static unsigned seq = 1000;
    for (int i = 0; i < count; i++) {
        char json[1000];
        int n = snprintf(json, sizeof json, "{\"seq\":%u,\"load\":\"radiator\",\"pad\":\"%900s\"}",
                         seq++, "");
        ohm_web_action(h->web, true, ohm_span_of(json, (size_t)n));
    }
    ohm_web_publish(h->web, h->view);
}

static void must(bool done, const char *what)
{
    if (done)
        return;
    (void)fprintf(stderr, "web_host: %s\n", what);
    exit(2);
}

static void action(host *h, bool decision, const char *json)
{
    const char *seq = strstr(json, "\"seq\":");
    ohm_span line = ohm_span_text(json);
    must(seq, "an action needs its seq");
    must(ohm_store_journal(h->store, strtoull(seq + 6, NULL, 10), h->view->time_ms,
                           decision ? 'd' : 'n', line, line) == OHM_OK &&
             !ohm_failed(ohm_store_commit_wait(h->store)),
         "the journal does not take it");
    ohm_web_action(h->web, decision, line);
}

static void frames(host *h, int count)
{
    for (int i = 0; i < count; i++) {
        ohm_frame frame = { .count = 2, .time_ms = h->view->time_ms - (count - 1 - i) * 10000 };
        frame.values[0] = (ohm_value){ OHM_Q_POWER_IMPORT, OHM_QUALITY_GOOD, 10000 + i };
        frame.values[1] = (ohm_value){ OHM_Q_ENERGY_IMPORT, OHM_QUALITY_GOOD, 5000 + i };
        must(ohm_store_frame(h->store, &frame) == OHM_OK, "the store does not take it");
        if (i % 500 == 0)
            must(!ohm_failed(ohm_store_commit_wait(h->store)), "no commit");
    }
    must(!ohm_failed(ohm_store_commit_wait(h->store)), "no commit");
}

static void value(host *h, char *text)
{
    char *number = strchr(text, ' ');
    must(number, "value NAME N");
    *number++ = '\0';
    must(web_house_value(h->view, text, strtoll(number, NULL, 10)), "no such quantity");
    ohm_web_publish(h->web, h->view);
}

static void obey_line(host *h, char *line)
{
    line[strcspn(line, "\n")] = '\0';
    if (!strcmp(line, "tick")) {
        h->view->time_ms += OHM_SECOND_MS;
        ohm_web_publish(h->web, h->view);
    } else if (!strncmp(line, "action ", 7) && strlen(line) > 9) {
        action(h, line[7] == 'd', line + 9);
    } else if (!strncmp(line, "frames ", 7)) {
        frames(h, atoi(line + 7));
    } else if (!strncmp(line, "value ", 6)) {
        value(h, line + 6);
    } else if (!strncmp(line, "burst ", 6)) {
        burst(h, atoi(line + 6));
    } else if (!strcmp(line, "mute")) {
        h->mute = true;
    } else if (!strncmp(line, "result ", 7)) {
        h->mute = false;
        h->result = (ohm_code)atoi(line + 7);
    } else {
        must(false, line);
    }
    puts("ok");
}

/* Until stdin ends. */
static void loop(host *h)
{
    static char line[4096];
    struct pollfd fds[2] = { { .fd = STDIN_FILENO, .events = POLLIN },
                             { .fd = h->commands[0], .events = POLLIN } };
    (void)setvbuf(stdin, NULL, _IONBF, 0); /* poll sees what fgets has not taken */
    while (poll(fds, 2, -1) > 0) {
        if (fds[1].revents & POLLIN)
            obey_command(h);
        if (!(fds[0].revents & (POLLIN | POLLHUP)))
            continue;
        if (!fgets(line, sizeof line, stdin))
            return;
        obey_line(h, line);
    }
}

/* Leaves a certificate that is to be renewed so many seconds from now. */
static void make_old_certificate(const char *state_dir, int due_s)
{
    static ohm_tls tls;
    const ohm_web_options options = { .state_dir = state_dir };
    ohm_ms now_ms = ohm_clock_utc();
    must(!ohm_failed(ohm_tls_init(&tls, &options, now_ms)), "no certificate");
    int64_t good_ms = tls.renew_ms - now_ms;
    ohm_tls_release(&tls);
    must(!ohm_failed(ohm_tls_init(&tls, &options, now_ms - good_ms + due_s * OHM_SECOND_MS)),
         "no old certificate");
    ohm_tls_release(&tls);
}

static void read_options(int argc, char **argv, ohm_web_options *options, const char **hosts,
                         const char **origins)
{
    for (int i = 2; i < argc; i++) {
        const char *value = strchr(argv[i], '=');
        value = value ? value + 1 : "";
        if (!strcmp(argv[i], "demo"))
            options->demo = true;
        else if (!strcmp(argv[i], "proxy"))
            options->behind_proxy = true;
        else if (!strncmp(argv[i], "address=", 8))
            options->address = value;
        else if (!strncmp(argv[i], "host=", 5))
            hosts[0] = value;
        else if (!strncmp(argv[i], "origin=", 7))
            options->public_origin = value;
        else if (!strncmp(argv[i], "patience=", 9))
            options->command_patience_ms = atoi(value);
        else if (!strncmp(argv[i], "due=", 4))
            make_old_certificate(argv[1], atoi(value));
        else if (!strncmp(argv[i], "cors=", 5))
            origins[0] = value;
    }
    options->allowed_hosts = hosts;
    options->cors_origins = origins;
}

int main(int argc, char **argv)
{
    static ohm_view view;
    static char store_path[OHM_PATH_MAX];
    static const char *hosts[2], *origins[2];
    host h = { .view = &view };
    ohm_web_options options = { .address = "127.0.0.1",
                                .submit = submit,
                                .ask = ask,
                                .put_state = put_state,
                                .report = report,
                                .keep = { { INT64_C(90) * 24 * OHM_HOUR_MS, OHM_MINUTE_MS } },
                                .keep_count = 1,
                                .ctx = &h,
                                .store_path = store_path,
                                .command_patience_ms = 60 * OHM_SECOND_MS };
    if (argc < 2)
        return 2;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    read_options(argc, argv, &options, hosts, origins);
    options.state_dir = argv[1];
    if (ohm_failed(ohm_path_join(argv[1], OHM_STORE_FILE, store_path)) || pipe(h.commands))
        return 1;
    web_house_init(&view, options.demo);
    ohm_store_options store_options = {
        .path = store_path,
        .now = house_now,
    };
    if (strstr(argv[argc - 1], "ledger")) { /* else nothing is tidied while a test runs */
        store_options.tidy_ms = 20;
        store_options.energy = (ohm_energy_plan){ &view.tz, "two", two_pieces, &view.tz };
    }
    must(!ohm_failed(ohm_store_open(&store_options, &h.store)), "no store");
    must(!ohm_failed(ohm_store_set_device(h.store, 0, "home/ground/main")), "no device");
    ohm_err err = ohm_web_start(&options, &h.web);
    if (ohm_failed(err)) {
        (void)fprintf(stderr, "web_host: %s: %s\n", ohm_code_name(err.code), err.what);
        return 1;
    }
    ohm_web_publish(h.web, h.view);
    printf("{\"url\":\"%s\",\"port\":%u,\"claim\":\"%s\",\"ca\":\"%s\"}\n", ohm_web_url(h.web),
           (unsigned)ohm_web_port(h.web), ohm_web_claim_code(h.web), ohm_web_ca_fingerprint(h.web));
    loop(&h);
    ohm_web_stop(h.web);
    ohm_store_close(h.store);
    return 0;
}
