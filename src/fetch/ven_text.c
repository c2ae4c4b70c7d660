/* What a VEN asks and keeps, as text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fetch/answer_parts.h"
#include "fetch/json_body.h"
#include "fetch/ven_own.h"

const char *ohm_ven_resource(const ohm_ven *v)
{
    return v->ask->resource[0] ? v->ask->resource : v->ask->ven_name;
}

/* A VTN's id, which comes to stand in an address (escaped there). */
bool ohm_ven_id(const json_t *object, const char *key, char out[static OHM_VEN_ID_MAX])
{
    const json_t *id = json_object_get(object, key);
    if (!json_is_string(id) || json_string_length(id) == 0 ||
        json_string_length(id) >= OHM_VEN_ID_MAX)
        return false;
    memcpy(out, json_string_value(id), json_string_length(id) + 1);
    return true;
}

/* --- what is kept --- */

/* NULL: it is too long. */
static char *write_record(const ohm_ven *v)
{
    json_t *record = json_pack(
        "{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:I,s:O,s:O}", "url", v->ask->url, "name",
        v->ask->ven_name, "resource_name", v->ask->resource, "area", v->ask->area, "ven", v->ven_id,
        "resource", v->resource_id, "program", v->program_id, "form", (int)v->form, "checked",
        (json_int_t)v->checked_ms, "described", v->described, "sent", v->sent);
    char *text = record ? json_dumps(record, JSON_COMPACT) : NULL;
    json_decref(record);
    if (text && strlen(text) <= OHM_VEN_RECORD_MAX)
        return text;
    free(text);
    return NULL;
}

char *ohm_ven_save(ohm_ven *v)
{
    char *text = write_record(v);
    if (!text && json_object_size(v->described) > 0) { /* can be asked for again */
        (void)json_object_clear(v->described);
        v->checked_ms = OHM_NO_MS;
        text = write_record(v);
    }
    v->changed = false;
    return text;
}

static bool is_ours(const ohm_ven *v, const json_t *record)
{
    return ohm_answer_says(record, "url", v->ask->url) &&
           ohm_answer_says(record, "name", v->ask->ven_name) &&
           ohm_answer_says(record, "resource_name", v->ask->resource) &&
           ohm_answer_says(record, "area", v->ask->area);
}

void ohm_ven_restore(ohm_ven *v, ohm_span text)
{
    json_t *record = NULL;
    if (ohm_failed(ohm_json_body_load(text, OHM_VEN_RECORD_MAX, &record)))
        return;
    json_t *described = json_object_get(record, "described");
    json_t *sent = json_object_get(record, "sent");
    int64_t form = 0;
    if (is_ours(v, record) && json_is_object(described) && json_is_object(sent)) {
        (void)ohm_ven_id(record, "ven", v->ven_id);
        (void)ohm_ven_id(record, "resource", v->resource_id);
        (void)ohm_ven_id(record, "program", v->program_id);
        if (ohm_json_body_int(record, "form", FORM_30, FORM_31, &form) == OHM_OK)
            v->form = (ven_form)form;
        if (ohm_json_body_int(record, "checked", 0, INT64_MAX, &v->checked_ms) != OHM_OK)
            v->checked_ms = OHM_NO_MS;
        json_decref(v->described);
        v->described = json_incref(described);
        json_decref(v->sent);
        v->sent = json_incref(sent);
    }
    json_decref(record);
}

/* --- requests ------------------------------------------------------------------------------- */

static void add_targets(const ohm_ven *v, ohm_ask_text *url)
{
    const char *list = v->ask->targets;
    if (!list[0])
        return;
    if (v->ask->target_type[0]) {
        ohm_ask_text_add(url, "&targetType=");
        ohm_ask_text_escape(url, v->ask->target_type);
    }
    while (*list) {
        char one[OHM_ASK_TEXT_MAX];
        size_t len = strcspn(list, ",");
        (void)snprintf(one, sizeof one, "%.*s", (int)len, list);
        ohm_ask_text_add(url, v->ask->target_type[0] ? "&targetValues=" : "&targets=");
        ohm_ask_text_escape(url, one);
        list += len + (list[len] == ',');
    }
}

static void add_pair(ohm_ask_text *url, const char *before, const char *value)
{
    ohm_ask_text_add(url, before);
    ohm_ask_text_escape(url, value);
}

static void add_page(const ohm_ven *v, ohm_ask_text *url)
{
    char text[48];
    (void)snprintf(text, sizeof text, "skip=%zu&limit=%d", v->skip, OHM_VEN_PAGE);
    ohm_ask_text_add(url, text);
}

static void write_events(const ohm_ven *v, ohm_ask_text *url)
{
    ohm_ask_text_add(url, "/events?");
    add_page(v, url);
    if (v->ask->area[0])
        add_pair(url, "&programID=", v->program_id[0] ? v->program_id : v->ask->area);
    add_targets(v, url);
}

/* 3.0 keeps resources below their VEN. */
static void write_resources(const ohm_ven *v, ohm_ask_text *url)
{
    ohm_ask_text_add(url, v->old_form ? "/vens/" : "/resources");
    if (v->old_form) {
        ohm_ask_text_escape(url, v->ven_id);
        ohm_ask_text_add(url, "/resources");
    }
    if (v->stage == MAKE_RESOURCE)
        return;
    add_pair(url, "?resourceName=", v->ask->resource);
    if (!v->old_form)
        add_pair(url, "&venID=", v->ven_id);
}

static void write_url(const ohm_ven *v, ohm_ask_text *url)
{
    switch (v->stage) {
    case FIND_VEN:
        add_pair(url, "/vens?venName=", v->ask->ven_name);
        return;
    case MAKE_VEN:
        ohm_ask_text_add(url, "/vens");
        return;
    case FIND_RESOURCE:
    case MAKE_RESOURCE:
        write_resources(v, url);
        return;
    case PROGRAMS:
        ohm_ask_text_add(url, "/programs?");
        add_page(v, url);
        add_targets(v, url);
        return;
    case EVENTS:
        write_events(v, url);
        return;
    case FIND_REPORT:
        add_pair(url, "/reports?eventID=", json_string_value(json_object_get(v->due.event, "id")));
        add_pair(url, "&clientName=", v->ask->ven_name);
        return;
    case SEND_REPORT:
        ohm_ask_text_add(url, "/reports");
        return;
    case MEASURE:
    case END:
        break;
    }
}

static json_t *write_body(const ohm_ven *v)
{
    if (v->stage == MAKE_VEN)
        return v->old_form ? json_pack("{s:s}", "venName", v->ask->ven_name)
                           : json_pack("{s:s,s:s}", "objectType", "VEN_VEN_REQUEST", "venName",
                                       v->ask->ven_name);
    if (v->stage == MAKE_RESOURCE)
        return v->old_form ? json_pack("{s:s}", "resourceName", v->ask->resource)
                           : json_pack("{s:s,s:s,s:s}", "objectType", "VEN_RESOURCE_REQUEST",
                                       "resourceName", v->ask->resource, "venID", v->ven_id);
    return ohm_ven_due_write(&v->due, v->readings, v->ask->ven_name, ohm_ven_resource(v),
                             v->form != FORM_31 || v->old_form);
}

ohm_code ohm_ven_write(ohm_ven *v, ohm_ven_question *out)
{
    bool post = v->stage == MAKE_VEN || v->stage == MAKE_RESOURCE || v->stage == SEND_REPORT;
    ohm_ask_text url = { out->url, 0, false };
    ohm_ask_text_base(&url, v->ask);
    write_url(v, &url);
    out->post = NULL;
    if (url.cut)
        return OHM_TOO_BIG;
    if (!post)
        return OHM_OK;
    json_t *body = write_body(v);
    free(v->post);
    v->post = body ? json_dumps(body, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
    json_decref(body);
    out->post = v->post;
    return v->post ? OHM_OK : OHM_NO_MEMORY;
}
