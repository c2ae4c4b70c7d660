#include "fetch/fetcher_own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/token.h"
#include "host/log.h"
#include "host/random.h"

enum {
    TOKEN_MARGIN_S = 60,              /* a token is not used in its last minute */
    STALE_PAST_MS = 48 * OHM_HOUR_MS, /* older segments are not carried along */
};

static uint32_t random_number(void)
{
    uint32_t number;
    ohm_random(&number, sizeof number);
    return number;
}

/* --- status --------------------------------------------------------------------------------- */

static void tell(ohm_fetcher *e)
{
    if (e->on_status)
        e->on_status(e->ctx, &e->status);
}

/* A transition is logged; the same error again is not. */
static void set_error(ohm_fetcher *e, const char *error, const char *detail)
{
    char quoted[OHM_FETCH_DETAIL_MAX + 16];
    bool changed = strcmp(e->status.error, error) != 0;
    if (changed && error[0])
        ohm_log(OHM_LOG_WARNING, "signal_failed source=%s error=%s detail=%s", e->name, error,
                ohm_log_quote(detail, quoted, sizeof quoted));
    else if (changed)
        ohm_log(OHM_LOG_NOTICE, "signal_back source=%s after=%s", e->name, e->status.error);
    (void)snprintf(e->status.error, sizeof e->status.error, "%s", error);
    (void)snprintf(e->status.detail, sizeof e->status.detail, "%s", detail);
}

static ohm_segments hand_of(const ohm_fetcher *e)
{
    return (ohm_segments){ e->hand.segments, e->hand.count };
}

/* --- asking --------------------------------------------------------------------------------- */

static void plan(ohm_fetcher *e, ohm_ms now_ms, ohm_mono_ms now)
{
    ohm_mono_ms next =
        ohm_schedule_next(&e->schedule, ohm_segments_end(hand_of(e)), &e->tz, now_ms, now);
    int64_t wait_ms = ohm_mono_since(next, now);
    e->status.next_ms = now_ms + (wait_ms > 0 ? wait_ms : 0);
}

static void end_call(ohm_fetcher *e, ohm_call_outcome outcome, ohm_ms now_ms, ohm_mono_ms now)
{
    e->phase = IDLE;
    ohm_schedule_ended(&e->schedule, outcome, e->answer.retry_after_s, random_number(), now);
    (void)ohm_fetcher_keep_schedule(e, now_ms, now);
    plan(e, now_ms, now);
    tell(e);
}

static void on_answer(void *ctx, const ohm_http_response *response)
{
    ohm_fetcher *e = ctx;
    e->answer = (waiting){ .here = true,
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

/* The address and what is posted to it. */
static ohm_code write_request(ohm_fetcher *e, bool token, ohm_ms now_ms)
{
    e->post[0] = '\0';
    if (!token) {
        (void)snprintf(e->post, sizeof e->post, "%s", ohm_ask_post(e->ask.source));
        return ohm_ask_url(&e->ask, hand_of(e), &e->tz, now_ms, e->url);
    }
    ohm_code code = ohm_ask_token_post(&e->ask, e->post);
    return code == OHM_OK ? ohm_ask_token_url(&e->ask, e->url) : code;
}

static void send_question(ohm_fetcher *e, phase asking, ohm_code code, const char *body,
                          ohm_ms now_ms, ohm_mono_ms now)
{
    bool token = asking == ASKING_TOKEN, post = body != NULL;
    const char *type = token  ? "Content-Type: application/x-www-form-urlencoded"
                       : post ? "Content-Type: application/json"
                              : "Accept: application/json, application/xml";
    const char *auth = token ? e->basic : e->bearer;
    ohm_http_request request = {
        .url = e->url,
        .headers = { type, auth[0] ? auth : NULL },
        .post = post,
        .body = ohm_span_text(body ? body : ""),
        .body_max = token ? OHM_TOKEN_BODY_MAX : OHM_FETCH_BODY_MAX,
        .done = on_answer,
        .ctx = e,
    };
    if (code == OHM_OK)
        code = ohm_http_send(e->http, &request, &e->request);
    ohm_wipe(e->url, sizeof e->url);
    ohm_wipe(e->post, sizeof e->post);
    if (code != OHM_OK) {
        e->answer.retry_after_s = -1;
        set_error(e, "not_sent", ohm_code_text(code));
        end_call(e, OHM_CALL_OFFLINE, now_ms, now);
        return;
    }
    e->phase = asking;
}

/* A round of talk with a VTN goes on: the next question, a pause, or the end. */
static void send_ven(ohm_fetcher *e, ohm_ms now_ms, ohm_mono_ms now)
{
    ohm_ven_question question = { .post = NULL };
    ohm_ven_step step = OHM_VEN_END;
    const char *words;
    ohm_code code = ohm_ven_next(e->ven, now_ms, &step, &question);
    ohm_fetcher_keep_ven(e);
    if (code == OHM_OK && step == OHM_VEN_WAIT) {
        e->phase = MEASURING;
        return;
    }
    if (code == OHM_OK && step == OHM_VEN_END) {
        const char *note = ohm_ven_note(e->ven, &words);
        set_error(e, note, words);
        end_call(e, OHM_CALL_DONE, now_ms, now);
        return;
    }
    (void)snprintf(e->url, sizeof e->url, "%s", question.url);
    send_question(e, ASKING_BODY, code, question.post, now_ms, now);
}

static void send_request(ohm_fetcher *e, phase asking, ohm_ms now_ms, ohm_mono_ms now)
{
    bool token = asking == ASKING_TOKEN;
    if (!token && e->ven) {
        send_ven(e, now_ms, now);
        return;
    }
    ohm_code code = write_request(e, token, now_ms);
    send_question(e, asking, code, token || e->post[0] ? e->post : NULL, now_ms, now);
}

static bool uses_oauth(const ohm_fetcher *e)
{
    return ohm_ask_auth_of(e->ask.source) == OHM_AUTH_OAUTH;
}

static void wipe_token(ohm_fetcher *e)
{
    ohm_wipe(e->bearer, sizeof e->bearer);
}

static void begin_call(ohm_fetcher *e, ohm_ms now_ms, ohm_mono_ms now)
{
    ohm_schedule_started(&e->schedule, now);
    e->status.next_ms = OHM_NO_MS;
    e->phase = KEEPING;
    e->kept = ohm_fetcher_keep_schedule(e, now_ms, now);
}

/* A call whose time may be forgotten is not made: after a crash another one could come early. */
static void go_on(ohm_fetcher *e, ohm_ms now_ms, ohm_mono_ms now)
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
    bool oauth = uses_oauth(e);
    if (e->ven)
        ohm_ven_begin(e->ven);
    if (oauth && e->bearer[0] && ohm_mono_since(e->bearer_until, now) <= 0)
        wipe_token(e);
    send_request(e, oauth && !e->bearer[0] ? ASKING_TOKEN : ASKING_BODY, now_ms, now);
    if (e->phase != IDLE)
        tell(e);
}

/* --- answers -------------------------------------------------------------------------------- */

/* Does this replace what is in hand? An empty list or an older file tells nothing new while what
 * is in hand lasts; of events an empty list is an answer: there are none. */
static bool is_news(const ohm_fetcher *e, const ohm_answer *answer, ohm_ms now_ms)
{
    if (e->ask.source == OHM_SOURCE_OPENADR)
        return true;
    ohm_ms end_ms = ohm_segments_end(hand_of(e));
    if (end_ms == OHM_NO_MS || end_ms <= now_ms)
        return answer->count > 0 || e->hand.count == 0;
    bool hand_is_sane = e->hand.made_ms != OHM_NO_MS && e->hand.made_ms <= now_ms + OHM_HOUR_MS;
    bool older = answer->made_ms != OHM_NO_MS && answer->made_ms < e->hand.made_ms;
    return answer->count > 0 && !(hand_is_sane && older);
}

/* Nord Pool answers a day at a time: what is in hand and starts earlier goes before the new. */
static bool carry_along(ohm_fetcher *e, ohm_answer *answer, ohm_ms now_ms)
{
    if (e->ask.source != OHM_SOURCE_NORDPOOL || answer->count == 0)
        return true;
    size_t from = 0, to = 0;
    while (to < e->hand.count &&
           e->hand.segments[to].when.to_ms <= answer->segments[0].when.from_ms)
        to++;
    while (from < to && e->hand.segments[from].when.to_ms <= now_ms - STALE_PAST_MS)
        from++;
    size_t count = to - from;
    ohm_segment *both = realloc(answer->segments, (count + answer->count) * sizeof *both);
    if (!both)
        return false;
    memmove(both + count, both, answer->count * sizeof *both);
    if (count)
        memcpy(both, e->hand.segments + from, count * sizeof *both);
    answer->segments = both;
    answer->count += count;
    return true;
}

static ohm_call_outcome take_answer_body(ohm_fetcher *e, ohm_span body, ohm_ms now_ms)
{
    ohm_answer answer;
    ohm_refusal why;
    if (ohm_fetcher_read_body(e, body, NULL, now_ms, &answer, &why) != OHM_OK) {
        char text[OHM_FETCH_DETAIL_MAX];
        (void)ohm_refusal_text(&why, text, sizeof text);
        set_error(e, "bad_body", text);
        return OHM_CALL_FAILED;
    }
    if (!e->ven) /* else the end of the round says how it went */
        set_error(e, "", "");
    if (is_news(e, &answer, now_ms) && carry_along(e, &answer, now_ms) &&
        ohm_fetcher_take_body(e, body)) {
        ohm_answer_release(&e->hand);
        e->hand = answer;
        e->fetched_ms = now_ms;
        ohm_fetcher_keep_body(e);
        e->on_answer(e->ctx, e);
    } else {
        ohm_answer_release(&answer);
    }
    return OHM_CALL_DONE;
}

/* An answer below HTTP: no connection, no certificate, no end. */
static ohm_call_outcome take_failure(ohm_fetcher *e)
{
    static const char *const codes[] = {
        [OHM_HTTP_ANSWERED] = "",        [OHM_HTTP_OFFLINE] = "offline",
        [OHM_HTTP_TLS] = "tls",          [OHM_HTTP_TIMEOUT] = "timeout",
        [OHM_HTTP_TOO_BIG] = "bad_body", [OHM_HTTP_BROKEN] = "broken"
    };
    set_error(e, codes[e->answer.result], e->answer.what);
    return e->answer.result == OHM_HTTP_OFFLINE ? OHM_CALL_OFFLINE : OHM_CALL_FAILED;
}

/* Answers that say "not yet" in their status: nothing is wrong, and nothing new. */
static bool is_not_yet(ohm_fetcher *e)
{
    ohm_answer answer;
    ohm_refusal why;
    ohm_span body = ohm_span_of(e->answer.body, e->answer.body_len);
    bool refused = e->ask.source == OHM_SOURCE_TEMPO && e->answer.status == 400;
    bool empty =
        refused && ohm_fetcher_read_body(e, body, NULL, OHM_NO_MS, &answer, &why) == OHM_OK;
    if (empty)
        ohm_answer_release(&answer);
    if (empty || e->answer.status == 204)
        set_error(e, "", "");
    return empty || e->answer.status == 204;
}

static ohm_call_outcome take_status(ohm_fetcher *e, bool token)
{
    int status = e->answer.status;
    char code[OHM_FETCH_ERROR_MAX];
    (void)snprintf(code, sizeof code, "http_%d", status);
    bool refused = status == 403 || (token && (status == 400 || status == 401));
    set_error(e, refused && token ? "token_refused" : code,
              ohm_fetch_words(e->ask.source, status, token));
    if (uses_oauth(e) && (status == 401 || status == 403))
        wipe_token(e); /* a token of before a change of subscription would live for two hours */
    if (refused)
        return OHM_CALL_FORBIDDEN;
    if (status == 401)
        return OHM_CALL_UNAUTHORISED;
    return status == 429 ? OHM_CALL_TOO_MANY : OHM_CALL_FAILED;
}

/* A token leads on to the signals; everything else ends the call. */
static bool take_token(ohm_fetcher *e, ohm_mono_ms now, ohm_call_outcome *ret_outcome)
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

/* An answer of a VTN leads on to the next question, unless it ends the round. */
static bool take_ven(ohm_fetcher *e, ohm_ms now_ms, ohm_call_outcome *ret_outcome)
{
    ohm_span body = ohm_span_of(e->answer.body, e->answer.body_len);
    if (!ohm_ven_take(e->ven, e->answer.status, body, now_ms)) {
        *ret_outcome =
            e->answer.status == 200 ? take_answer_body(e, body, now_ms) : take_status(e, false);
        return false;
    }
    char *events = ohm_ven_events(e->ven);
    *ret_outcome = events ? take_answer_body(e, ohm_span_text(events), now_ms) : OHM_CALL_DONE;
    free(events);
    return *ret_outcome == OHM_CALL_DONE;
}

static void take_answer(ohm_fetcher *e, ohm_ms now_ms, ohm_mono_ms now)
{
    bool token = e->phase == ASKING_TOKEN;
    ohm_call_outcome outcome = OHM_CALL_FAILED;
    bool go_on = false;
    if (e->answer.result != OHM_HTTP_ANSWERED)
        outcome = take_failure(e);
    else if (!token && e->ven)
        go_on = take_ven(e, now_ms, &outcome);
    else if (!token && is_not_yet(e))
        outcome = OHM_CALL_DONE;
    else if (e->answer.status != 200)
        outcome = take_status(e, token);
    else if (token)
        go_on = take_token(e, now, &outcome);
    else
        outcome = take_answer_body(e, ohm_span_of(e->answer.body, e->answer.body_len), now_ms);

    if (e->answer.body)
        ohm_wipe(e->answer.body, e->answer.body_len); /* it may hold a token */
    free(e->answer.body);
    e->answer.body = NULL;
    e->answer.here = false;
    if (go_on)
        send_request(e, ASKING_BODY, now_ms, now);
    else
        end_call(e, outcome, now_ms, now);
}

/* --- the object ----------------------------------------------------------------------------- */

static ohm_err set_credentials(ohm_fetcher *e)
{
    OHM_TRY(ohm_ask_check(&e->ask));
    bool own = e->ask.source == OHM_SOURCE_GENERIC && e->ask.secret[0];
    if (own || ohm_ask_auth_of(e->ask.source) == OHM_AUTH_BEARER)
        (void)snprintf(e->bearer, sizeof e->bearer, "Authorization: Bearer %s", e->ask.secret);
    if (!uses_oauth(e))
        return ohm_ok();
    ohm_code code = ohm_basic_header(e->ask.client_id, e->ask.secret, e->basic);
    if (code == OHM_TOO_BIG)
        return ohm_fail(code, 0, "the client id and secret are too long");
    return code == OHM_OK ? ohm_ok() : ohm_fail(code, 0, "the client id has a colon");
}

ohm_err ohm_fetcher_new(const ohm_fetcher_options *options, ohm_mono_ms now,
                        ohm_fetcher **ret_fetcher)
{
    ohm_fetcher *e = calloc(1, sizeof *e);
    if (!e)
        return ohm_fail(OHM_NO_MEMORY, 0, "no memory for a fetcher");
    e->http = options->http;
    e->state = options->state;
    e->tz = *options->tz;
    e->ask = *options->ask;
    e->on_answer = options->on_answer;
    e->on_status = options->on_status;
    e->ctx = options->ctx;
    e->status.asked_ms = OHM_NO_MS;
    e->status.next_ms = OHM_NO_MS;
    e->hand.made_ms = OHM_NO_MS;
    e->fetched_ms = OHM_NO_MS;
    (void)snprintf(e->name, sizeof e->name, "%s", options->name);
    ohm_schedule_init(&e->schedule, ohm_pace_of(e->ask.source), options->every_ms, random_number(),
                      now);
    ohm_err err = set_credentials(e);
    if (!ohm_failed(err) && e->ask.source == OHM_SOURCE_OPENADR) {
        e->ven = ohm_ven_new(&e->ask, options->measure, options->ctx);
        err = e->ven ? ohm_ok() : ohm_fail(OHM_NO_MEMORY, 0, "no memory for a fetcher");
    }
    if (ohm_failed(err)) {
        ohm_fetcher_free(e);
        return err;
    }
    ohm_fetcher_restore_body(e);
    if (e->ven)
        ohm_fetcher_restore_ven(e);
    *ret_fetcher = e;
    return ohm_ok();
}

void ohm_fetcher_free(ohm_fetcher *e)
{
    if (!e)
        return;
    bool asking = e->phase == ASKING_TOKEN || e->phase == ASKING_BODY;
    if (asking && !e->answer.here)
        ohm_http_cancel(e->http, e->request);
    if (e->answer.body)
        ohm_wipe(e->answer.body, e->answer.body_len);
    free(e->answer.body);
    free(e->body);
    free(e->hand.segments);
    ohm_ven_free(e->ven);
    ohm_wipe(e, sizeof *e);
    free(e);
}

void ohm_fetcher_tick(ohm_fetcher *e, ohm_ms now_ms, ohm_mono_ms now, bool clock_set)
{
    if (!e->ticked && e->hand.count > 0)
        e->on_answer(e->ctx, e);
    e->ticked = true;
    if (e->answer.here)
        take_answer(e, now_ms, now);
    if (e->phase == KEEPING)
        go_on(e, now_ms, now);
    if (e->phase == MEASURING)
        send_ven(e, now_ms, now);
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
        ohm_fetcher_restore_schedule(e, now_ms, now);
    if (was_unset || e->status.next_ms == OHM_NO_MS) {
        plan(e, now_ms, now);
        tell(e);
    }
    if (ohm_mono_since(now, ohm_schedule_next(&e->schedule, ohm_segments_end(hand_of(e)), &e->tz,
                                              now_ms, now)) >= 0) {
        begin_call(e, now_ms, now);
        go_on(e, now_ms, now);
    }
}

const ohm_fetch_status *ohm_fetcher_status_of(const ohm_fetcher *e)
{
    return &e->status;
}

const ohm_answer *ohm_fetcher_hand(const ohm_fetcher *e, ohm_ms *ret_fetched_ms)
{
    if (ret_fetched_ms)
        *ret_fetched_ms = e->fetched_ms;
    return &e->hand;
}

ohm_code ohm_fetcher_read(const ohm_fetcher *e, const char *series, ohm_answer *out)
{
    ohm_refusal why;
    if (!e->body)
        return OHM_UNKNOWN;
    return ohm_fetcher_read_body(e, ohm_span_of(e->body, e->body_len), series, e->fetched_ms, out,
                                 &why);
}
