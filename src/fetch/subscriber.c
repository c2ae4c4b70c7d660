#include "fetch/subscriber.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/number.h"
#include "fetch/fetcher.h"
#include "host/log.h"
#include "host/random.h"

enum {
    USUAL_MS = 15 * OHM_MINUTE_MS,
    KEEP_MS = OHM_MINUTE_MS, /* between two writes of what is kept */
    STAMP_MAX = 24,          /* "fetched_ms\n" before it */
};

struct ohm_subscriber {
    char name[OHM_FETCH_NAME_MAX];
    ohm_fetch_state state;
    ohm_ask ask;
    ohm_tz tz;
    int64_t hold_ms;
    ohm_mqtt *mqtt;
    ohm_fetch_status status;
    ohm_answer hand;
    ohm_ms fetched_ms;
    /* The newest message, until the next tick reads it. */
    uint8_t *waiting;
    size_t waiting_len;
    bool waiting_kept; /* by the broker */
    /* The newest that was good, until it is kept. */
    uint8_t *good;
    size_t good_len;
    bool put_once;
    ohm_mono_ms put;
};

static void say(ohm_subscriber *t, const char *code, const char *detail)
{
    (void)snprintf(t->status.error, sizeof t->status.error, "%s", code);
    (void)snprintf(t->status.detail, sizeof t->status.detail, "%s", detail);
}

/* --- bodies ----------------------------------------------------------------------------------- */

static bool is_list_or_object(ohm_span body)
{
    for (size_t i = 0; i < body.len; i++)
        if (body.ptr[i] != ' ' && body.ptr[i] != '\t' && body.ptr[i] != '\r' && body.ptr[i] != '\n')
            return body.ptr[i] == '{' || body.ptr[i] == '[';
    return false;
}

/* A number alone is a body too: {"value": 0.2145}. */
static ohm_code read_body(const ohm_subscriber *t, ohm_span body, ohm_ms at_ms, ohm_answer *out,
                          ohm_refusal *ret_why)
{
    static const char front[] = "{\"value\":", back[] = "}";
    bool whole = is_list_or_object(body);
    const ohm_answer_generic generic = { whole ? t->ask.pointer : "/value",
                                         t->ask.start,
                                         t->ask.end,
                                         t->ask.value,
                                         t->ask.unit,
                                         at_ms,
                                         t->hold_ms };
    const ohm_answer_options options = { .tz = &t->tz, .generic = &generic };
    if (whole)
        return ohm_answer_read(OHM_SOURCE_GENERIC, body, &options, out, ret_why);
    size_t len = sizeof front - 1 + body.len + sizeof back - 1;
    uint8_t *text = malloc(len);
    *ret_why =
        (ohm_refusal){ .err = ohm_fail(OHM_NO_MEMORY, 0, "out of memory"), .when_ms = OHM_NO_MS };
    if (!text)
        return OHM_NO_MEMORY;
    memcpy(text, front, sizeof front - 1);
    if (body.len)
        memcpy(text + sizeof front - 1, body.ptr, body.len);
    memcpy(text + len - 1, back, sizeof back - 1);
    ohm_code code =
        ohm_answer_read(OHM_SOURCE_GENERIC, ohm_span_of(text, len), &options, out, ret_why);
    free(text);
    return code;
}

static const char *key_of(const ohm_subscriber *t, char out[static 2 * OHM_FETCH_NAME_MAX])
{
    (void)snprintf(out, 2 * OHM_FETCH_NAME_MAX, "%s/message", t->name);
    return out;
}

static void restore(ohm_subscriber *t, ohm_ms now_ms)
{
    char key[2 * OHM_FETCH_NAME_MAX];
    uint8_t *bytes;
    size_t len;
    ohm_refusal why;
    if (ohm_failed(t->state.get(t->state.ctx, key_of(t, key), &bytes, &len)))
        return;
    const uint8_t *end = len ? memchr(bytes, '\n', len) : NULL;
    size_t digits = end ? (size_t)(end - bytes) : 0;
    ohm_ms came_ms;
    if (end && ohm_number_int(ohm_span_of(bytes, digits), &came_ms) == OHM_OK &&
        came_ms <= now_ms &&
        read_body(t, ohm_span_of(end + 1, len - digits - 1), came_ms, &t->hand, &why) == OHM_OK)
        t->fetched_ms = came_ms;
    free(bytes);
}

static void put(ohm_subscriber *t, ohm_mono_ms now)
{
    char key[2 * OHM_FETCH_NAME_MAX];
    uint8_t *value = malloc(STAMP_MAX + t->good_len);
    if (!value)
        return; /* a restart knows less */
    int digits = snprintf((char *)value, STAMP_MAX, "%lld\n", (long long)t->fetched_ms);
    memcpy(value + digits, t->good, t->good_len);
    if (t->state.put(t->state.ctx, key_of(t, key),
                     ohm_span_of(value, (size_t)digits + t->good_len)) == OHM_OK) {
        t->put = now;
        t->put_once = true;
        free(t->good);
        t->good = NULL;
    }
    free(value);
}

/* Reads what waits. */
static void take(ohm_subscriber *t, ohm_ms now_ms)
{
    ohm_answer answer;
    ohm_refusal why;
    ohm_span body = ohm_span_of(t->waiting, t->waiting_len);
    ohm_code code = read_body(t, body, t->waiting_kept ? OHM_NO_MS : now_ms, &answer, &why);
    t->status.calls++;
    t->status.asked_ms = now_ms;
    if (code != OHM_OK) {
        char text[OHM_FETCH_DETAIL_MAX];
        (void)ohm_refusal_text(&why, text, sizeof text);
        bool of_unknown_age = t->waiting_kept && code == OHM_UNSUPPORTED;
        say(t, of_unknown_age ? "retained" : "bad_body",
            of_unknown_age ? "the broker kept that number: nobody knows how old it is" : text);
        free(t->waiting);
    } else {
        say(t, "", "");
        ohm_answer_release(&t->hand);
        t->hand = answer;
        t->fetched_ms = now_ms;
        free(t->good);
        t->good = t->waiting;
        t->good_len = t->waiting_len;
    }
    t->waiting = NULL;
}

void ohm_subscriber_tick(ohm_subscriber *t, ohm_ms now_ms, ohm_mono_ms now, bool clock_set)
{
    if (clock_set && t->waiting)
        take(t, now_ms);
    if (t->good && (!t->put_once || ohm_mono_since(now, t->put) >= KEEP_MS))
        put(t, now);
}

/* --- the broker ------------------------------------------------------------------------------- */

static void on_message(void *ctx, const ohm_mqtt_message *message)
{
    ohm_subscriber *t = ctx;
    uint8_t *copy = malloc(message->payload.len + 1);
    if (!copy)
        return;
    if (message->payload.len)
        memcpy(copy, message->payload.ptr, message->payload.len);
    free(t->waiting); /* the newest counts */
    t->waiting = copy;
    t->waiting_len = message->payload.len;
    t->waiting_kept = message->retained;
}

static void on_up(void *ctx)
{
    ohm_subscriber *t = ctx;
    say(t, "", "");
    ohm_log(OHM_LOG_NOTICE, "signal_up source=%s", t->name);
}

static void on_down(void *ctx, bool was_up, ohm_err why)
{
    ohm_subscriber *t = ctx;
    if (was_up || !t->status.error[0])
        ohm_log(OHM_LOG_WARNING, "signal_down source=%s why=\"%s\"", t->name, why.what);
    say(t, "offline", why.what);
}

static ohm_err open_broker(ohm_subscriber *t, struct uv_loop_s *loop)
{
    const ohm_mqtt_hooks hooks = { on_message, on_up, on_down, t };
    ohm_mqtt_config config = { .user = t->ask.client_id[0] ? t->ask.client_id : NULL,
                               .password = t->ask.secret[0] ? t->ask.secret : NULL };
    const char *topic = "";
    OHM_TRY(ohm_mqtt_address_parse(t->ask.url, &config.address, &topic));
    OHM_TRY(ohm_mqtt_open(loop, &config, &hooks, &t->mqtt));
    ohm_code code = ohm_mqtt_subscribe(t->mqtt, topic + 1);
    return code == OHM_OK ? ohm_ok() : ohm_fail(code, 0, "the topic is none");
}

ohm_err ohm_subscriber_new(const ohm_subscriber_options *options, ohm_subscriber **ret_subscriber)
{
    OHM_TRY(ohm_ask_check(options->ask));
    ohm_subscriber *t = calloc(1, sizeof *t);
    if (!t)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    t->state = options->state;
    t->ask = *options->ask;
    t->tz = *options->tz;
    t->hold_ms = 2 * (options->every_ms ? options->every_ms : USUAL_MS);
    t->hand.made_ms = t->fetched_ms = OHM_NO_MS;
    t->status.asked_ms = t->status.next_ms = OHM_NO_MS;
    (void)snprintf(t->name, sizeof t->name, "%s", options->name);
    restore(t, options->now_ms);
    ohm_err err = open_broker(t, options->loop);
    if (ohm_failed(err)) {
        ohm_subscriber_free(t);
        return err;
    }
    *ret_subscriber = t;
    return ohm_ok();
}

void ohm_subscriber_free(ohm_subscriber *t)
{
    if (!t)
        return;
    ohm_mqtt_close(t->mqtt);
    ohm_answer_release(&t->hand);
    free(t->waiting);
    free(t->good);
    ohm_wipe(&t->ask, sizeof t->ask);
    free(t);
}

const ohm_fetch_status *ohm_subscriber_status_of(const ohm_subscriber *t)
{
    return &t->status;
}

const ohm_answer *ohm_subscriber_hand(const ohm_subscriber *t, ohm_ms *ret_fetched_ms)
{
    if (ret_fetched_ms)
        *ret_fetched_ms = t->fetched_ms;
    return &t->hand;
}
