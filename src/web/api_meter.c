/* Meters from close by: the last frame, a source tried before it is configured, the ports. */
#include <stdio.h>

#include "host/random.h"
#include "web/api.h"
#include "web/body.h"
#include "web/command.h"
#include "web/inner.h"
#include "web/view_json.h"

enum { TRIAL_GRACE_MS = 10 * OHM_SECOND_MS }; /* for the loop to say what came of it */

static void answered(ohm_exchange *x, ohm_code outcome)
{
    if (outcome != OHM_OK || !x->answer) {
        ohm_reply_outcome(x, outcome == OHM_OK ? OHM_NO_MEMORY : outcome);
        return;
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(x->answer_len, x->answer, MHD_RESPMEM_MUST_COPY);
    if (response)
        (void)MHD_add_response_header(response, "Content-Type", "application/json");
    ohm_reply(x, MHD_HTTP_OK, response, OHM_NO_STORE);
}

void ohm_api_meter_frame(ohm_exchange *x)
{
    const ohm_view *view = ohm_web_view(x->web);
    int index = view ? ohm_view_find_meter(view, x->params[0]) : -1;
    if (x->target.pairs_count > 0) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, x->target.keys[0]);
        return;
    }
    if (index < 0) {
        ohm_reply_fault(x, view ? OHM_FAULT_METER : OHM_FAULT_STARTING, NULL);
        return;
    }
    ohm_question question = { .kind = OHM_QUESTION_FRAME, .device = (uint16_t)index };
    ohm_question_send(x, &question, x->web->options.command_patience_ms, answered);
}

void ohm_api_ports(ohm_exchange *x)
{
    ohm_question question = { .kind = OHM_QUESTION_PORTS };
    if (x->target.pairs_count > 0)
        ohm_reply_fault(x, OHM_FAULT_QUERY, x->target.keys[0]);
    else
        ohm_question_send(x, &question, x->web->options.command_patience_ms, answered);
}

/* --- trials ---------------------------------------------------------------------------------- */

/* The members that are text, and where they go. */
static const struct {
    const char *name;
    size_t offset, cap;
} texts[] = {
#define ROW(member)                                                                                \
    {                                                                                              \
#member, offsetof(ohm_trial, member), sizeof((ohm_trial *)0)->member                       \
    }
    ROW(port),    ROW(protocol),     ROW(framing),  ROW(profile),  ROW(timezone),
    ROW(address), ROW(system_title), ROW(key),      ROW(auth_key), ROW(password),
    ROW(user),    ROW(preset),       ROW(settings),
#undef ROW
};

static bool read_text(ohm_exchange *x, const json_t *body, size_t row, ohm_trial *out)
{
    const json_t *value = json_object_get(body, texts[row].name);
    if (!value || json_is_null(value))
        return true;
    if (json_is_string(value) && json_string_length(value) < texts[row].cap) {
        memcpy((char *)out + texts[row].offset, json_string_value(value),
               json_string_length(value) + 1);
        return true;
    }
    ohm_body_fault(x, OHM_FAULT_MEMBER, texts[row].name);
    return false;
}

/* The preset's parameters: an object of texts. */
static bool read_with(ohm_exchange *x, const json_t *body, ohm_trial *out)
{
    json_t *with = json_object_get(body, "with");
    const char *key;
    json_t *value;
    size_t count = 0;
    bool good = !with || (json_is_object(with) && json_object_size(with) <= OHM_TRIAL_WITH_MAX);
    if (with && good)
        json_object_foreach(with, key, value)
        {
            const char *text = json_string_value(value);
            good = good && text && key[0] && strlen(key) < sizeof out->with[0].key &&
                   strlen(text) < sizeof out->with[0].value &&
                   strlen(text) == json_string_length(value);
            if (!good)
                break;
            memcpy(out->with[count].key, key, strlen(key) + 1);
            memcpy(out->with[count++].value, text, strlen(text) + 1);
        }
    if (!good)
        ohm_body_fault(x, OHM_FAULT_MEMBER, "with");
    return good;
}

/* Lines of this machine and of its network. Files are not: what is in them is none of the web's
 * business. */
static bool port_is_line(const char *port)
{
    static const char *const starts[] = { "serial:/dev/", "tcp:",    "udp:",    "mqtt://",
                                          "mqtts://",     "http://", "https://" };
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (!strncmp(port, starts[i], strlen(starts[i])))
            return strstr(port, "..") == NULL;
    return false;
}

static bool read_trial(ohm_exchange *x, const json_t *body, ohm_trial *out)
{
    *out = (ohm_trial){ .seconds = OHM_TRIAL_S };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!read_text(x, body, i, out))
            return false;
    if (!read_with(x, body, out))
        return false;
    if (json_object_get(body, "baud") && !ohm_body_int(x, body, "baud", 50, 4000000, &out->baud))
        return false;
    if (json_object_get(body, "every_s") &&
        !ohm_body_int(x, body, "every_s", 1, OHM_TRIAL_EVERY_S_MAX, &out->every_s))
        return false;
    if (json_object_get(body, "seconds") &&
        !ohm_body_int(x, body, "seconds", 1, OHM_TRIAL_S_MAX, &out->seconds))
        return false;
    if (port_is_line(out->port))
        return true;
    ohm_body_fault(x, OHM_FAULT_MEMBER, "port");
    return false;
}

void ohm_api_meter_trial(ohm_exchange *x)
{
    static const char *const members[] = { "port",    "protocol", "baud",     "framing",
                                           "profile", "timezone", "address",  "system_title",
                                           "key",     "auth_key", "password", "seconds",
                                           "user",    "preset",   "with",     "settings",
                                           "every_s", NULL };
    json_t *body = ohm_body_read(x, members);
    ohm_question question = { .kind = OHM_QUESTION_TRIAL };
    if (!body)
        return;
    if (read_trial(x, body, &question.trial))
        ohm_question_send(x, &question, question.trial.seconds * OHM_SECOND_MS + TRIAL_GRACE_MS,
                          answered);
    json_decref(body);
    ohm_wipe(&question, sizeof question);
    ohm_wipe(x->body, x->body_len); /* keys were in it */
}
