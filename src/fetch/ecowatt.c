#include "fetch/ecowatt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "fetch/ecowatt_body.h"
#include "fetch/token.h"
#include "grid/schedule.h"
#include "host/log.h"
#include "host/random.h"

static const char token_path[] = "/token/oauth/";
static const char signals_path[] = "/open_api/ecowatt/v5/signals";
static const char schedule_key[] = "ecowatt/schedule";
static const char body_key[] = "ecowatt/body"; /* "fetched_ms\n" and then the body as it came */

enum {
    URL_MAX = 512,
    TOKEN_MARGIN_S = 60, /* a token is not used in its last minute */
    BEARER_MAX = OHM_TOKEN_MAX + 32,
    FETCHED_DIGITS_MAX = 24,
};

/* KEEPING: the time of the call is on its way to the disk. */
typedef enum phase { IDLE, KEEPING, ASKING_TOKEN, ASKING_SIGNALS } phase;

/* An answer that waits for the next tick. */
typedef struct answer {
    bool here;
    ohm_http_result result;
    const char *what;
    int status;
    int64_t retry_after_s;
    uint8_t *body;
    size_t body_len;
} answer;

struct ohm_ecowatt {
    ohm_http *http;
    ohm_fetch_state state;
    ohm_tz tz;
    char token_url[URL_MAX], signals_url[URL_MAX];
    char basic[OHM_BASIC_MAX];
    char bearer[BEARER_MAX]; /* "" = no token */
    ohm_mono_ms bearer_until;
    void (*on_signals)(void *ctx, const ohm_signal_set *set);
    void (*on_status)(void *ctx, const ohm_fetch_status *status);
    void *ctx;

    phase phase;
    ohm_code kept; /* in KEEPING: whether the state took the time of the call */
    uint64_t request;
    answer answer;
    bool ticked;   /* the restored set was handed over */
    bool restored; /* the schedule was taken from the state */
    ohm_schedule schedule;
    ohm_signal_set set;
    ohm_fetch_status status;
};

static uint32_t random_number(void)
{
    uint32_t number;
    ohm_random(&number, sizeof number);
    return number;
}

/* --- status --------------------------------------------------------------------------------- */

static void tell(ohm_ecowatt *e)
{
    if (e->on_status)
        e->on_status(e->ctx, &e->status);
}

/* A transition is logged; the same error again is not. */
static void set_error(ohm_ecowatt *e, const char *error, const char *detail)
{
    char quoted[OHM_FETCH_DETAIL_MAX + 16];
    bool changed = strcmp(e->status.error, error) != 0;
    if (changed && error[0])
        ohm_log(OHM_LOG_WARNING, "ecowatt_failed error=%s detail=%s", error,
                ohm_log_quote(detail, quoted, sizeof quoted));
    else if (changed)
        ohm_log(OHM_LOG_NOTICE, "ecowatt_back after=%s", e->status.error);
    (void)snprintf(e->status.error, sizeof e->status.error, "%s", error);
    (void)snprintf(e->status.detail, sizeof e->status.detail, "%s", detail);
}

/* --- what survives a restart ---------------------------------------------------------------- */

static ohm_code keep(ohm_ecowatt *e, const char *key, ohm_span value)
{
    ohm_code code = e->state.put(e->state.ctx, key, value);
    if (code != OHM_OK)
        ohm_log(OHM_LOG_WARNING, "ecowatt_not_kept key=%s why=%s", key, ohm_code_name(code));
    return code;
}

static ohm_code keep_schedule(ohm_ecowatt *e, ohm_ms now_ms, ohm_mono_ms now)
{
    char record[OHM_SCHEDULE_RECORD_MAX];
    size_t len = ohm_schedule_save(&e->schedule, now_ms, now, record);
    return keep(e, schedule_key, ohm_span_of(record, len));
}

/* No record is a first start. One that can't be read may hide a call of a minute ago. */
static void restore_schedule(ohm_ecowatt *e, ohm_ms now_ms, ohm_mono_ms now)
{
    uint8_t *record = NULL;
    size_t len = 0;
    ohm_err err = e->state.get(e->state.ctx, schedule_key, &record, &len);
    if (err.code != OHM_UNKNOWN) {
        ohm_span text = ohm_failed(err) ? ohm_span_of(NULL, 0) : ohm_span_of(record, len);
        if (ohm_schedule_restore(&e->schedule, text, now_ms, now) != OHM_OK)
            ohm_log(OHM_LOG_WARNING, "ecowatt_schedule_lost code=%s", ohm_code_name(err.code));
    }
    free(record);
    e->restored = true;
}

static void keep_body(ohm_ecowatt *e, ohm_ms fetched_ms)
{
    size_t cap = FETCHED_DIGITS_MAX + e->answer.body_len;
    char *value = malloc(cap);
    if (!value) {
        ohm_log(OHM_LOG_WARNING, "ecowatt_not_kept key=%s why=OHM_NO_MEMORY", body_key);
        return;
    }
    int digits = snprintf(value, FETCHED_DIGITS_MAX, "%lld\n", (long long)fetched_ms);
    memcpy(value + digits, e->answer.body, e->answer.body_len);
    (void)keep(e, body_key, ohm_span_of(value, (size_t)digits + e->answer.body_len));
    free(value);
}

static void restore_body(ohm_ecowatt *e)
{
    uint8_t *value = NULL;
    size_t len = 0;
    if (ohm_failed(e->state.get(e->state.ctx, body_key, &value, &len)))
        return;
    const uint8_t *end = len ? memchr(value, '\n', len) : NULL;
    int64_t fetched_ms = OHM_NO_MS;
    size_t at = end ? (size_t)(end - value) + 1 : 0;
    if (end && ohm_number_int(ohm_span_of(value, at - 1), &fetched_ms) == OHM_OK) {
        ohm_err err =
            ohm_ecowatt_body_to_set(ohm_span_of(value + at, len - at), &e->tz, fetched_ms, &e->set);
        if (ohm_failed(err))
            ohm_log(OHM_LOG_WARNING, "ecowatt_body_lost why=\"%s\"", err.what);
    }
    free(value);
}

/* --- asking --------------------------------------------------------------------------------- */

static void plan(ohm_ecowatt *e, ohm_ms now_ms, ohm_mono_ms now)
{
    ohm_mono_ms next = ohm_schedule_next(&e->schedule, &e->set, &e->tz, now_ms, now);
    int64_t wait_ms = ohm_mono_since(next, now);
    e->status.next_ms = now_ms + (wait_ms > 0 ? wait_ms : 0);
}

static void end_call(ohm_ecowatt *e, ohm_call_outcome outcome, ohm_ms now_ms, ohm_mono_ms now)
{
    e->phase = IDLE;
    ohm_schedule_ended(&e->schedule, outcome, e->answer.retry_after_s, random_number(), now);
    (void)keep_schedule(e, now_ms, now);
    plan(e, now_ms, now);
    tell(e);
}

static void on_answer(void *ctx, const ohm_http_response *response)
{
    ohm_ecowatt *e = ctx;
    e->answer = (answer){ .here = true,
                          .result = response->result,
                          .what = response->what,
                          .status = response->status,
                          .retry_after_s = response->retry_after_s };
    if (response->body.len == 0)
        return;
    e->answer.body = malloc(response->body.len);
    if (!e->answer.body) {
        e->answer.result = OHM_HTTP_TOO_BIG;
        e->answer.what = "no memory for the answer";
        return;
    }
    memcpy(e->answer.body, response->body.ptr, response->body.len);
    e->answer.body_len = response->body.len;
}

static void send_request(ohm_ecowatt *e, phase asking, ohm_ms now_ms, ohm_mono_ms now)
{
    bool token = asking == ASKING_TOKEN;
    ohm_http_request request = {
        .url = token ? e->token_url : e->signals_url,
        .headers = { token ? e->basic : e->bearer,
                     token ? "Content-Type: application/x-www-form-urlencoded" : NULL },
        .post = token,
        .body_max = token ? OHM_TOKEN_BODY_MAX : OHM_ECOWATT_BODY_MAX,
        .done = on_answer,
        .ctx = e,
    };
    ohm_code code = ohm_http_send(e->http, &request, &e->request);
    if (code != OHM_OK) {
        e->answer.retry_after_s = -1;
        set_error(e, "not_sent", ohm_code_text(code));
        end_call(e, OHM_CALL_OFFLINE, now_ms, now);
        return;
    }
    e->phase = asking;
}

static void wipe_token(ohm_ecowatt *e)
{
    ohm_wipe(e->bearer, sizeof e->bearer);
}

static void begin_call(ohm_ecowatt *e, ohm_ms now_ms, ohm_mono_ms now)
{
    ohm_schedule_started(&e->schedule, now);
    e->status.next_ms = OHM_NO_MS;
    e->phase = KEEPING;
    e->kept = keep_schedule(e, now_ms, now);
}

/* A call whose time may be forgotten is not made: after a crash another one could come early. */
static void go_on(ohm_ecowatt *e, ohm_ms now_ms, ohm_mono_ms now)
{
    ohm_code code = e->kept;
    if (code == OHM_OK && e->state.kept)
        code = e->state.kept(e->state.ctx);
    if (code == OHM_MORE)
        return;
    if (code != OHM_OK) {
        e->answer.retry_after_s = -1;
        set_error(e, "not_kept", "the time of the call can't be kept: nothing is asked");
        end_call(e, OHM_CALL_FAILED, now_ms, now);
        return;
    }
    e->status.calls++;
    e->status.asked_ms = now_ms;
    if (e->bearer[0] && ohm_mono_since(e->bearer_until, now) <= 0)
        wipe_token(e);
    send_request(e, e->bearer[0] ? ASKING_SIGNALS : ASKING_TOKEN, now_ms, now);
    if (e->phase != IDLE)
        tell(e);
}

/* --- answers -------------------------------------------------------------------------------- */

/* Is this set to replace the one in hand? An empty list or an older file than the one in hand
 * tells nothing new while that one's hours last. */
static bool is_news(const ohm_signal_set *set, const ohm_signal_set *hand, ohm_ms now_ms)
{
    if (ohm_signal_state_of(hand, now_ms) == OHM_SIGNAL_NONE)
        return true;
    bool hand_is_sane = hand->made_ms != OHM_NO_MS && hand->made_ms <= now_ms + OHM_HOUR_MS;
    bool older = set->made_ms != OHM_NO_MS && set->made_ms < hand->made_ms;
    return set->count > 0 && !(hand_is_sane && older);
}

static ohm_call_outcome take_signals(ohm_ecowatt *e, ohm_ms now_ms)
{
    ohm_signal_set set;
    ohm_err err = ohm_ecowatt_body_to_set(ohm_span_of(e->answer.body, e->answer.body_len), &e->tz,
                                          now_ms, &set);
    if (ohm_failed(err)) {
        set_error(e, "bad_body", err.what);
        return OHM_CALL_FAILED;
    }
    set_error(e, "", "");
    if (is_news(&set, &e->set, now_ms)) {
        e->set = set;
        keep_body(e, now_ms);
        e->on_signals(e->ctx, &e->set);
    }
    return OHM_CALL_DONE;
}

/* An answer below HTTP: no connection, no certificate, no end. */
static ohm_call_outcome take_failure(ohm_ecowatt *e)
{
    static const char *const codes[] = {
        [OHM_HTTP_ANSWERED] = "",        [OHM_HTTP_OFFLINE] = "offline",
        [OHM_HTTP_TLS] = "tls",          [OHM_HTTP_TIMEOUT] = "timeout",
        [OHM_HTTP_TOO_BIG] = "bad_body", [OHM_HTTP_BROKEN] = "broken"
    };
    set_error(e, codes[e->answer.result], e->answer.what);
    return e->answer.result == OHM_HTTP_OFFLINE ? OHM_CALL_OFFLINE : OHM_CALL_FAILED;
}

static const char *detail_of(int status, bool token)
{
    if (token && (status == 400 || status == 401 || status == 403))
        return "RTE refuses the client id or secret: check them in the portal data.rte-france.com";
    switch (status) {
    case 401:
        return "RTE refuses the token: a new one will be asked for";
    case 403:
        return "RTE refuses this application: subscribe it to Ecowatt v5 (keys of v4 do not work)";
    case 404:
        return "RTE's service is not at this address: check ecowatt.url";
    case 429:
        return "RTE was asked too often by this application: do others use the same key?";
    default:
        return status >= 500 ? "RTE's service is out of order" : "RTE gives an unexpected answer";
    }
}

static ohm_call_outcome take_status(ohm_ecowatt *e, bool token)
{
    int status = e->answer.status;
    char code[OHM_FETCH_ERROR_MAX];
    (void)snprintf(code, sizeof code, "http_%d", status);
    bool refused = status == 403 || (token && (status == 400 || status == 401));
    set_error(e, refused && token ? "token_refused" : code, detail_of(status, token));
    if (status == 401 || status == 403)
        wipe_token(e); /* a token of before a change of subscription would live for two hours */
    if (refused)
        return OHM_CALL_FORBIDDEN;
    if (status == 401)
        return OHM_CALL_UNAUTHORISED;
    return status == 429 ? OHM_CALL_TOO_MANY : OHM_CALL_FAILED;
}

/* A token leads on to the signals; everything else ends the call. */
static bool take_token(ohm_ecowatt *e, ohm_mono_ms now, ohm_call_outcome *ret_outcome)
{
    ohm_token token;
    ohm_err err = ohm_token_parse(ohm_span_of(e->answer.body, e->answer.body_len), &token);
    if (ohm_failed(err)) {
        set_error(e, "bad_token", err.what);
        *ret_outcome = OHM_CALL_FAILED;
        return false;
    }
    (void)snprintf(e->bearer, sizeof e->bearer, "Authorization: Bearer %s", token.text);
    e->bearer_until =
        ohm_mono_after(now, (token.expires_in_s - TOKEN_MARGIN_S) * (int64_t)OHM_SECOND_MS);
    ohm_wipe(&token, sizeof token);
    return true;
}

static void take_answer(ohm_ecowatt *e, ohm_ms now_ms, ohm_mono_ms now)
{
    bool token = e->phase == ASKING_TOKEN;
    ohm_call_outcome outcome = OHM_CALL_FAILED;
    bool go_on = false;
    if (e->answer.result != OHM_HTTP_ANSWERED)
        outcome = take_failure(e);
    else if (e->answer.status != 200)
        outcome = take_status(e, token);
    else if (token)
        go_on = take_token(e, now, &outcome);
    else
        outcome = take_signals(e, now_ms);

    if (e->answer.body)
        ohm_wipe(e->answer.body, e->answer.body_len); /* it may hold a token */
    free(e->answer.body);
    e->answer.body = NULL;
    e->answer.here = false;
    if (go_on)
        send_request(e, ASKING_SIGNALS, now_ms, now);
    else
        end_call(e, outcome, now_ms, now);
}

/* --- the object ----------------------------------------------------------------------------- */

static ohm_err set_urls(ohm_ecowatt *e, const char *base)
{
    size_t len = strlen(base);
    while (len > 0 && base[len - 1] == '/')
        len--;
    if (!ohm_http_is_private(base))
        return ohm_fail(OHM_BAD_FORMAT, 0, "the address must start with https://");
    if (len + sizeof signals_path > URL_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "the address is too long");
    (void)snprintf(e->token_url, URL_MAX, "%.*s%s", (int)len, base, token_path);
    (void)snprintf(e->signals_url, URL_MAX, "%.*s%s", (int)len, base, signals_path);
    return ohm_ok();
}

static ohm_err set_credentials(ohm_ecowatt *e, const ohm_ecowatt_options *options)
{
    if (!options->client_id[0] || !options->client_secret[0])
        return ohm_fail(OHM_NO_KEY, 0, "the client id or secret is empty");
    ohm_code code = ohm_basic_header(options->client_id, options->client_secret, e->basic);
    if (code == OHM_TOO_BIG)
        return ohm_fail(code, 0, "the client id and secret are too long");
    return code == OHM_OK ? ohm_ok() : ohm_fail(code, 0, "the client id has a colon");
}

ohm_err ohm_ecowatt_new(const ohm_ecowatt_options *options, ohm_mono_ms now,
                        ohm_ecowatt **ret_ecowatt)
{
    ohm_ecowatt *e = calloc(1, sizeof *e);
    if (!e)
        return ohm_fail(OHM_NO_MEMORY, 0, "no memory for the Ecowatt fetcher");
    e->http = options->http;
    e->state = options->state;
    e->tz = *options->tz;
    e->on_signals = options->on_signals;
    e->on_status = options->on_status;
    e->ctx = options->ctx;
    e->status.asked_ms = OHM_NO_MS;
    e->status.next_ms = OHM_NO_MS;
    ohm_schedule_init(&e->schedule, options->every_ms ? options->every_ms : OHM_SCHEDULE_USUAL_MS,
                      random_number(), now);
    ohm_signal_init(&e->set, OHM_SIGNAL_ECOWATT);
    ohm_err err = set_urls(e, options->url && options->url[0] ? options->url : OHM_ECOWATT_URL);
    if (!ohm_failed(err))
        err = set_credentials(e, options);
    if (ohm_failed(err)) {
        ohm_ecowatt_free(e);
        return err;
    }
    restore_body(e);
    *ret_ecowatt = e;
    return ohm_ok();
}

void ohm_ecowatt_free(ohm_ecowatt *e)
{
    if (!e)
        return;
    if (e->phase > KEEPING && !e->answer.here)
        ohm_http_cancel(e->http, e->request);
    if (e->answer.body)
        ohm_wipe(e->answer.body, e->answer.body_len);
    free(e->answer.body);
    ohm_wipe(e, sizeof *e);
    free(e);
}

void ohm_ecowatt_tick(ohm_ecowatt *e, ohm_ms now_ms, ohm_mono_ms now, bool clock_set)
{
    if (!e->ticked && e->set.count > 0)
        e->on_signals(e->ctx, &e->set);
    e->ticked = true;
    if (e->answer.here)
        take_answer(e, now_ms, now);
    if (e->phase == KEEPING)
        go_on(e, now_ms, now);
    if (e->phase != IDLE)
        return;
    bool was_unset = strcmp(e->status.error, "clock_unset") == 0;
    if (!clock_set) {
        if (was_unset)
            return;
        set_error(e, "clock_unset", "the wall clock is not set: nothing is asked until it is");
        e->status.next_ms = OHM_NO_MS;
        tell(e);
        return;
    }
    if (was_unset)
        set_error(e, "", "");
    if (!e->restored)
        restore_schedule(e, now_ms, now);
    if (was_unset || e->status.next_ms == OHM_NO_MS) {
        plan(e, now_ms, now);
        tell(e);
    }
    if (ohm_mono_since(now, ohm_schedule_next(&e->schedule, &e->set, &e->tz, now_ms, now)) >= 0) {
        begin_call(e, now_ms, now);
        go_on(e, now_ms, now);
    }
}

const ohm_fetch_status *ohm_ecowatt_status_of(const ohm_ecowatt *e)
{
    return &e->status;
}
