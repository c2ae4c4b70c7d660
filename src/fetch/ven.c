#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/answer_parts.h"
#include "fetch/json_body.h"
#include "fetch/ven_own.h"

enum {
    PAGES_MAX = 12,
    REPORTS_MAX = 16,      /* of a round */
    LATE_MS = OHM_HOUR_MS, /* a reading that comes later does not come for a report */
    DESCRIBED_MAX = 32,
    CHECK_MS = 24 * OHM_HOUR_MS, /* registration and programs are looked at again */
};

static void note(ohm_ven *v, const char *code, const char *words)
{
    v->code = code;
    v->words = words;
}

const char *ohm_ven_note(const ohm_ven *v, const char **ret_words)
{
    *ret_words = v->words;
    return v->code;
}

/* --- what is kept --------------------------------------------------------------------------- */

ohm_ven *ohm_ven_new(const ohm_ask *ask, ohm_ven_measure *measure, void *ctx)
{
    ohm_ven *v = calloc(1, sizeof *v);
    if (!v)
        return NULL;
    *v = (ohm_ven){ .ask = ask, .measure = measure, .ctx = ctx, .checked_ms = OHM_NO_MS };
    v->described = json_object();
    v->sent = json_object();
    v->later = json_object();
    v->code = v->words = "";
    v->stage = END;
    if (v->described && v->sent && v->later)
        return v;
    ohm_ven_free(v);
    return NULL;
}

void ohm_ven_free(ohm_ven *v)
{
    if (!v)
        return;
    json_decref(v->described);
    json_decref(v->sent);
    json_decref(v->later);
    json_decref(v->events);
    free(v->post);
    free(v);
}

bool ohm_ven_is_changed(const ohm_ven *v)
{
    return v->changed;
}

/* --- the round ------------------------------------------------------------------------------ */

static void go(ohm_ven *v, ven_stage stage)
{
    v->stage = stage;
    v->skip = v->pages = 0;
    v->first_id[0] = '\0';
    v->old_form = v->form == FORM_30;
}

static bool is_wanted(const ohm_ven *v, ven_stage stage)
{
    bool named = v->ask->ven_name[0] != '\0';
    switch (stage) {
    case FIND_VEN:
        return named && v->checking;
    case FIND_RESOURCE:
        return v->ask->resource[0] && v->ven_id[0] && (v->checking || !v->resource_id[0]);
    case PROGRAMS:
        return v->checking;
    case EVENTS:
        return true;
    case MEASURE:
        return named && v->ask->reports && v->measure && !v->no_reports &&
               v->reported < REPORTS_MAX;
    case MAKE_VEN:
    case MAKE_RESOURCE:
    case FIND_REPORT:
    case SEND_REPORT:
    case END:
        break;
    }
    return false;
}

/* The next stage that something asks for. */
static void go_on(ohm_ven *v, ven_stage from)
{
    static const ven_stage order[] = { FIND_VEN, FIND_RESOURCE, PROGRAMS, EVENTS, MEASURE };
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (order[i] >= from && is_wanted(v, order[i])) {
            go(v, order[i]);
            return;
        }
    go(v, END);
}

void ohm_ven_begin(ohm_ven *v)
{
    json_decref(v->events);
    v->events = NULL;
    (void)json_object_clear(v->later);
    v->told = v->found = v->no_reports = false;
    v->reported = 0;
    note(v, "", "");
    v->stage = FIND_VEN;
    v->checking = true; /* until the clock is known: ohm_ven_next */
    v->pages = SIZE_MAX;
}

/* The first question of a round: is it time to look at the registration? */
static void set_out(ohm_ven *v, ohm_ms now_ms)
{
    v->checking = v->checked_ms == OHM_NO_MS || v->checked_ms > now_ms ||
                  now_ms - v->checked_ms >= CHECK_MS || (v->ask->ven_name[0] && !v->ven_id[0]);
    go_on(v, FIND_VEN);
}

/* What ended just now may be known with the meter's next reading, or the store's next commit. */
static bool is_early(const ohm_ven *v, ohm_ms now_ms)
{
    const ohm_ven_reading *last = &v->readings[v->due.last - v->due.first];
    return !last->known && last->waits && now_ms - last->when.to_ms < LATE_MS;
}

/* The next report that is due is measured; none is: the end. */
static ohm_code measure(ohm_ven *v, ohm_ms now_ms)
{
    const char *refused;
    if (ohm_ven_due_next(v->events, v->sent, v->later, ohm_ven_resource(v), now_ms, &v->due,
                         &refused) != OHM_OK ||
        ohm_ven_due_times(&v->due, v->readings) != OHM_OK) {
        if (refused && !v->code[0])
            note(v, "report_unknown", refused);
        go(v, END);
        return OHM_OK;
    }
    ohm_code code = v->measure(v->ctx, v->readings, v->due.last - v->due.first + 1);
    if (code == OHM_MORE)
        return code;
    if (code != OHM_OK) {
        go(v, END);
        note(v, "not_measured", "the readings of a report can't be read");
        return OHM_OK;
    }
    if (!is_early(v, now_ms)) {
        go(v, FIND_REPORT);
        return OHM_OK;
    }
    if (json_object_set_new(v->later, v->due.of, json_integer((json_int_t)v->due.last)) != 0)
        go(v, END);
    return OHM_OK; /* still at it: the next one */
}

ohm_code ohm_ven_next(ohm_ven *v, ohm_ms now_ms, ohm_ven_step *ret_step, ohm_ven_question *out)
{
    if (v->stage == FIND_VEN && v->pages == SIZE_MAX)
        set_out(v, now_ms);
    while (v->stage == MEASURE)
        if (measure(v, now_ms) == OHM_MORE) {
            *ret_step = OHM_VEN_WAIT;
            return OHM_OK;
        }
    *ret_step = v->stage == END ? OHM_VEN_END : OHM_VEN_ASK;
    return v->stage == END ? OHM_OK : ohm_ven_write(v, out);
}

/* --- answers -------------------------------------------------------------------------------- */

static bool is_made(int status)
{
    return status == 200 || status == 201;
}

/* The member of a list whose `key` is that name. */
static const json_t *find_named(const json_t *list, const char *key, const char *name)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (ohm_answer_says(json_array_get(list, i), key, name))
            return json_array_get(list, i);
    return NULL;
}

static void learn(ohm_ven *v, ven_form form)
{
    v->changed = v->changed || v->form != form;
    v->form = form;
}

static void take_found_ven(ohm_ven *v, int status, const json_t *body)
{
    const json_t *ven = find_named(body, "venName", v->ask->ven_name);
    char before[OHM_VEN_ID_MAX];
    memcpy(before, v->ven_id, OHM_VEN_ID_MAX);
    if (status == 200 && ven && ohm_ven_id(ven, "id", v->ven_id)) {
        v->changed = true;
        if (strcmp(before, v->ven_id) != 0)
            v->resource_id[0] = '\0';
        go_on(v, FIND_RESOURCE);
        return;
    }
    if (status != 200 && v->ven_id[0]) { /* no word about it is no reason to make another one */
        go_on(v, FIND_RESOURCE);
        return;
    }
    v->ven_id[0] = v->resource_id[0] = '\0';
    go(v, MAKE_VEN); /* also where reading is not allowed: writing may be */
}

static void take_made_ven(ohm_ven *v, int status, const json_t *body)
{
    if (status == 400 && !v->old_form) {
        v->old_form = true; /* 3.0 knows no requests of that type */
        return;
    }
    if (is_made(status) && ohm_ven_id(body, "id", v->ven_id)) {
        learn(v, v->old_form ? FORM_30 : FORM_31);
        v->changed = true;
    } else if (status == 409) {
        note(v, "ven_taken",
             "another client of the VTN has the name of this node: choose another ven_name");
    } else {
        note(v, "ven_refused", "the VTN does not register this node: ask its operator");
    }
    go_on(v, FIND_RESOURCE);
}

static void take_found_resource(ohm_ven *v, int status, const json_t *body)
{
    const json_t *resource = find_named(body, "resourceName", v->ask->resource);
    if (status == 404 && !v->old_form) {
        v->old_form = true; /* no /resources: 3.0 */
        return;
    }
    if (status == 200)
        learn(v, v->old_form ? FORM_30 : FORM_31);
    if (resource && ohm_ven_id(resource, "id", v->resource_id)) {
        v->changed = true;
        go_on(v, PROGRAMS);
        return;
    }
    v->resource_id[0] = '\0';
    go(v, MAKE_RESOURCE);
}

static void take_made_resource(ohm_ven *v, int status, const json_t *body)
{
    if ((status == 400 || status == 404) && !v->old_form) {
        v->old_form = true;
        return;
    }
    if (is_made(status) && ohm_ven_id(body, "id", v->resource_id))
        v->changed = true;
    else
        note(v, "resource_refused", "the VTN does not take the resource: ask its operator");
    go_on(v, PROGRAMS);
}

/* Whether a list is a whole page that the next one follows. */
static bool next_page(ohm_ven *v, const json_t *list)
{
    char id[OHM_VEN_ID_MAX] = "";
    (void)ohm_ven_id(json_array_get(list, 0), "id", id);
    bool again = id[0] && !strcmp(id, v->first_id); /* skip is not known there */
    memcpy(v->first_id, id, OHM_VEN_ID_MAX);
    v->skip += json_array_size(list);
    return json_array_size(list) >= OHM_VEN_PAGE && ++v->pages < PAGES_MAX && !again;
}

static void take_program(ohm_ven *v, const json_t *program)
{
    char id[OHM_VEN_ID_MAX];
    json_t *described = json_object_get(program, "payloadDescriptors");
    bool asked = ohm_answer_says(program, "id", v->ask->area) ||
                 ohm_answer_says(program, "programName", v->ask->area);
    if (!ohm_ven_id(program, "id", id))
        return;
    if (json_is_array(described) && json_object_size(v->described) < DESCRIBED_MAX &&
        (asked || !v->ask->area[0]))
        (void)json_object_set(v->described, id, described);
    if (!asked)
        return;
    memcpy(v->program_id, id, OHM_VEN_ID_MAX);
    v->found = true;
}

static void take_programs(ohm_ven *v, int status, const json_t *body, ohm_ms now_ms)
{
    if (status == 200 && v->skip == 0)
        (void)json_object_clear(v->described);
    for (size_t i = 0; status == 200 && i < json_array_size(body); i++)
        take_program(v, json_array_get(body, i));
    if (status == 200 && next_page(v, body))
        return;
    if (v->ask->area[0] && !v->found && !v->code[0])
        note(v, "program_unknown",
             "the VTN shows no program of that id or name (area): its events are asked all the "
             "same");
    v->checked_ms = now_ms;
    v->changed = true;
    go_on(v, EVENTS);
}

/* Prices may be described by their program alone. */
static void inherit(const ohm_ven *v, json_t *event)
{
    const json_t *program = json_object_get(event, "programID");
    json_t *described =
        json_is_string(program) ? json_object_get(v->described, json_string_value(program)) : NULL;
    if (described && json_array_size(ohm_answer_array(event, "payloadDescriptors")) == 0)
        (void)json_object_set(event, "payloadDescriptors", described);
}

static bool take_events(ohm_ven *v, int status, json_t *body)
{
    if (status != 200)
        return false;
    if (!v->events || !json_is_array(body) || !json_is_array(v->events)) {
        json_decref(v->events);
        v->events = json_incref(body); /* what is no list the parser will refuse */
    } else if (!ohm_answer_says(json_array_get(body, 0), "id", v->first_id)) {
        (void)json_array_extend(v->events, body);
    }
    for (size_t i = 0; i < json_array_size(body); i++)
        inherit(v, json_array_get(body, i));
    if (json_is_array(body) && next_page(v, body))
        return true;
    v->changed = ohm_ven_forget(v->sent, v->events) || v->changed;
    go_on(v, MEASURE);
    return true;
}

static void add_sent(ohm_ven *v)
{
    (void)json_object_set_new(v->sent, v->due.of, json_integer((json_int_t)v->due.last));
    v->changed = true;
    v->reported++;
    go_on(v, MEASURE);
}

static void take_found_report(ohm_ven *v, int status, const json_t *body)
{
    if (status == 200 && find_named(body, "reportName", v->due.key))
        add_sent(v);
    else
        go(v, SEND_REPORT);
}

static void take_sent_report(ohm_ven *v, int status)
{
    if (status == 400 && v->form == FORM_31 && !v->old_form) {
        v->old_form = true; /* it may want the program's id after all */
        return;
    }
    bool there = is_made(status) || status == 409;
    if (!there)
        note(v, "report_refused",
             status == 404 ? "the event of a report is gone at the VTN"
                           : "the VTN does not take a report");
    v->no_reports = status == 403;
    if (status == 403)
        go_on(v, MEASURE); /* tried again in the next round: rights can be given */
    else
        add_sent(v);
}

static void dispatch(ohm_ven *v, int status, const json_t *body, ohm_ms now_ms)
{
    switch (v->stage) {
    case FIND_VEN:
        take_found_ven(v, status, body);
        return;
    case MAKE_VEN:
        take_made_ven(v, status, body);
        return;
    case FIND_RESOURCE:
        take_found_resource(v, status, body);
        return;
    case MAKE_RESOURCE:
        take_made_resource(v, status, body);
        return;
    case PROGRAMS:
        take_programs(v, status, body, now_ms);
        return;
    case FIND_REPORT:
        take_found_report(v, status, body);
        return;
    case SEND_REPORT:
        take_sent_report(v, status);
        return;
    case EVENTS:
    case MEASURE:
    case END:
        break;
    }
}

bool ohm_ven_take(ohm_ven *v, int status, ohm_span body, ohm_ms now_ms)
{
    json_t *root = NULL;
    if (status == 401 || status == 408 || status == 429 || status >= 500)
        return false; /* of the token or of the server: nothing more now */
    ohm_err err = ohm_json_body_load_any(body, OHM_VEN_ANSWER_MAX, &root);
    if (v->stage == EVENTS && ohm_failed(err))
        return false; /* the parser tells what is wrong with it */
    bool on = true;
    if (v->stage == EVENTS)
        on = take_events(v, status, root);
    else
        dispatch(v, status, root, now_ms);
    json_decref(root);
    return on;
}

char *ohm_ven_events(ohm_ven *v)
{
    if (v->told || !v->events || v->stage <= EVENTS)
        return NULL;
    v->told = true;
    return json_dumps(v->events, JSON_COMPACT | JSON_REAL_PRECISION(15));
}
