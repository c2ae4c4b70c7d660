/* The real fetcher and the real HTTP client under a clock of the test's own.
 *
 * usage: fetch_driver SOURCE URL STATE_FOLDER
 *
 * Commands on standard input, one a line: new ID SECRET · free · tick UTC MONO_S SET · wait (lets
 * answers come, at most ten seconds, and ticks again at the same time) · disk now|later|full (when
 * what is put is kept) · node VEN RESOURCE AREA TARGET_TYPE TARGETS REPORTS ("-": none; before
 * new). What a report asks is measured at its second question, and known ten minutes after its end:
 * 250 Wh, 500 Wh and so on, the third never. Answers on standard output: {"signals":…} and
 * {"status":…} as they happen, then
 * {"done":…} for each command. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "fetch/fetcher.h"
#include "host/file.h"
#include "host/tzdata.h"

static const char *folder;
static ohm_http *http;
static ohm_fetcher *fetcher;
static ohm_source source;
static ohm_tz paris;
static ohm_ms now_ms;
static ohm_mono_ms now;
static bool clock_set;

static void path_of(const char *key, char path[static OHM_PATH_MAX])
{
    int n = snprintf(path, OHM_PATH_MAX, "%s/%s", folder, key);
    for (char *p = path + strlen(folder) + 1; n > 0 && *p; p++)
        if (*p == '/')
            *p = '_';
}

static ohm_err get(void *ctx, const char *key, uint8_t **ret_bytes, size_t *ret_len)
{
    (void)ctx;
    char path[OHM_PATH_MAX];
    path_of(key, path);
    return ohm_file_read(path, 1 << 20, ret_bytes, ret_len);
}

static ohm_code put(void *ctx, const char *key, ohm_span value)
{
    (void)ctx;
    char path[OHM_PATH_MAX];
    path_of(key, path);
    return ohm_file_write(path, value, 0600).code;
}

static ohm_code disk = OHM_OK;

static ohm_code kept(void *ctx)
{
    (void)ctx;
    return disk;
}

static void print(ohm_json *json, const char *text)
{
    size_t len = 0;
    if (ohm_json_finish(json, &len) != OHM_OK)
        abort();
    printf("%.*s\n", (int)len, text);
}

/* How many segments are in hand, and the first and the last of them. */
static void on_answer(void *ctx, const ohm_fetcher *from)
{
    (void)ctx;
    char text[512], value[OHM_SEGMENT_VALUE_MAX];
    ohm_json json;
    ohm_ms fetched_ms;
    const ohm_answer *hand = ohm_fetcher_hand(from, &fetched_ms);
    ohm_json_init(&json, text, sizeof text);
    ohm_json_object(&json);
    ohm_json_key_int(&json, "signals", (int64_t)hand->count);
    ohm_json_key_time(&json, "made", hand->made_ms);
    ohm_json_key_time(&json, "fetched", fetched_ms);
    if (hand->count) {
        const ohm_segment *last = &hand->segments[hand->count - 1];
        ohm_json_key_time(&json, "from", hand->segments[0].when.from_ms);
        ohm_json_key_time(&json, "to", last->when.to_ms);
        (void)ohm_segment_write(last, hand->unit, value);
        ohm_json_key_str(&json, "last", value);
    }
    ohm_json_end(&json);
    print(&json, text);
}

static void on_status(void *ctx, const ohm_fetch_status *status)
{
    (void)ctx;
    char text[1024];
    ohm_json json;
    ohm_json_init(&json, text, sizeof text);
    ohm_json_object(&json);
    ohm_json_key_str(&json, "status", status->error);
    ohm_json_key_str(&json, "detail", status->detail);
    ohm_json_key_time(&json, "next", status->next_ms);
    ohm_json_key_int(&json, "calls", status->calls);
    ohm_json_end(&json);
    print(&json, text);
}

static ohm_ask node; /* what of it is OpenADR's */
static bool asked;

static void take_word(char **rest, char *out, size_t cap)
{
    const char *word = strtok_r(NULL, " \n", rest);
    (void)snprintf(out, cap, "%s", word && strcmp(word, "-") != 0 ? word : "");
}

static void read_node(char **rest)
{
    char reports[8];
    take_word(rest, node.ven_name, sizeof node.ven_name);
    take_word(rest, node.resource, sizeof node.resource);
    take_word(rest, node.area, sizeof node.area);
    take_word(rest, node.target_type, sizeof node.target_type);
    take_word(rest, node.targets, sizeof node.targets);
    take_word(rest, reports, sizeof reports);
    node.reports = reports[0] == '1';
}

static ohm_code measure(void *ctx, ohm_ven_reading *readings, size_t count)
{
    (void)ctx;
    asked = !asked;
    if (asked)
        return OHM_MORE;
    for (size_t i = 0; i < count; i++) {
        readings[i].wh = 250 * ((int64_t)i + 1);
        bool stored = now_ms - readings[i].when.to_ms >= 10 * OHM_MINUTE_MS;
        readings[i].known = stored && i != 2;
        readings[i].waits = !stored || i == 2;
    }
    return OHM_OK;
}

static ohm_err start(const char *url, const char *id, const char *secret)
{
    ohm_ask ask = node;
    ask.source = source;
    ask.latitude_e4 = 488534;
    ask.longitude_e4 = 23488;
    ask.tilt_deg = 35;
    ask.power_w = 3000;
    (void)snprintf(ask.url, sizeof ask.url, "%s", url);
    (void)snprintf(ask.client_id, sizeof ask.client_id, "%s", id);
    (void)snprintf(ask.secret, sizeof ask.secret, "%s", secret);
    const ohm_fetcher_options options = { .http = http,
                                          .state = { NULL, get, put, kept },
                                          .name = ohm_source_of(source)->name,
                                          .ask = &ask,
                                          .tz = &paris,
                                          .on_answer = on_answer,
                                          .on_status = on_status,
                                          .measure = measure };
    return ohm_fetcher_new(&options, now, &fetcher);
}

/* Answers come until the fetcher has none under way. */
static void wait_for_answers(void)
{
    struct pollfd ready = { .fd = ohm_http_fd(http), .events = POLLIN };
    while (clock_set && ohm_fetcher_status_of(fetcher)->next_ms == OHM_NO_MS &&
           poll(&ready, 1, asked ? 0 : 60000) >= 0) {
        ohm_http_dispatch(http);
        ohm_fetcher_tick(fetcher, now_ms, now, clock_set);
    }
}

static bool command(const char *url, char *line)
{
    char *rest = NULL;
    const char *verb = strtok_r(line, " \n", &rest);
    if (verb && !strcmp(verb, "node")) {
        read_node(&rest);
        return true;
    }
    const char *a = strtok_r(NULL, " \n", &rest);
    const char *b = strtok_r(NULL, " \n", &rest);
    const char *c = strtok_r(NULL, " \n", &rest);
    if (verb && !strcmp(verb, "new") && b) {
        return !ohm_failed(start(url, a, b));
    } else if (verb && !strcmp(verb, "free")) {
        ohm_fetcher_free(fetcher);
        fetcher = NULL;
    } else if (verb && !strcmp(verb, "tick") && c) {
        if (ohm_failed(ohm_rfc3339_parse(ohm_span_text(a), &now_ms)))
            return false;
        now = (ohm_mono_ms){ atoll(b) * OHM_SECOND_MS };
        clock_set = !strcmp(c, "1");
        ohm_fetcher_tick(fetcher, now_ms, now, clock_set);
    } else if (verb && !strcmp(verb, "disk") && a) {
        disk = !strcmp(a, "later") ? OHM_MORE : !strcmp(a, "full") ? OHM_IO : OHM_OK;
    } else if (verb && !strcmp(verb, "wait")) {
        wait_for_answers();
    } else {
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    char line[512];
    if (argc != 4 || ohm_source_find(ohm_span_text(argv[1]), &source) != OHM_OK ||
        ohm_failed(ohm_tzdata_load("Europe/Paris", &paris)) ||
        ohm_failed(ohm_http_new(NULL, &http)))
        return 2;
    folder = argv[3];
    while (fgets(line, sizeof line, stdin)) {
        printf("{\"done\":%s}\n", command(argv[2], line) ? "true" : "false");
        (void)fflush(stdout);
    }
    ohm_fetcher_free(fetcher);
    ohm_http_free(http);
    return 0;
}
