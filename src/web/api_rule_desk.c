/* The household's rules: those of the configuration as they are, those of the page written, armed,
 * disarmed and removed (rule_desk.h). */
#include <stdlib.h>

#include "web/api.h"
#include "web/auth.h"
#include "web/body.h"
#include "web/command.h"
#include "web/inner.h"
#include "web/view_json.h"

typedef struct listing {
    const ohm_view *view;
    ohm_rules_shelf shelf;
} listing;

static void write_listing(ohm_json *json, const void *ctx)
{
    const listing *l = ctx;
    ohm_view_write_rules(json, l->view, &l->shelf);
}

static bool has_desk(ohm_exchange *x)
{
    const ohm_web_options *options = &x->web->options;
    if (!ohm_web_view(x->web))
        ohm_reply_fault(x, OHM_FAULT_STARTING, NULL);
    else if (!options->rules_list || !options->rules_write)
        ohm_reply_fault(x, OHM_FAULT_REFUSED, NULL);
    else
        return true;
    return false;
}

/* Answers with all rules as they are now. */
static void reply_rules(ohm_exchange *x)
{
    const ohm_web_options *options = &x->web->options;
    listing *l = malloc(sizeof *l);
    if (l && options->rules_list(options->ctx, &l->shelf) == OHM_OK) {
        l->view = ohm_web_view(x->web);
        ohm_reply_json(x, MHD_HTTP_OK, write_listing, l);
        free(l->shelf.yaml);
    } else {
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
    }
    free(l);
}

void ohm_api_rules(ohm_exchange *x)
{
    if (x->target.pairs_count)
        ohm_reply_fault(x, OHM_FAULT_QUERY, x->target.keys[0]);
    else if (has_desk(x))
        reply_rules(x);
}

static void reply_refusal(ohm_exchange *x, ohm_code code, const char *why)
{
    static const struct {
        ohm_code code;
        ohm_fault fault;
    } rows[] = {
        { OHM_UNKNOWN, OHM_FAULT_RULE },     { OHM_DENIED, OHM_FAULT_RULE_FILE },
        { OHM_CONFLICT, OHM_FAULT_UNTRIED }, { OHM_TOO_BIG, OHM_FAULT_FULL },
        { OHM_BUSY, OHM_FAULT_BUSY },        { OHM_IO, OHM_FAULT_STORE },
        { OHM_NO_MEMORY, OHM_FAULT_MEMORY },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].code == code) {
            ohm_reply_fault(x, rows[i].fault, NULL);
            return;
        }
    ohm_reply_fault_lines(x, OHM_FAULT_BAD_RULES, "/yaml", why);
}

static void carry_out(ohm_exchange *x, ohm_rule_deed *deed, const char *event)
{
    const ohm_web_options *options = &x->web->options;
    char why[OHM_CONTRACT_WHY_MAX];
    deed->id = x->params[0];
    deed->actor = x->who.actor;
    deed->at_ms = ohm_web_view(x->web)->time_ms;
    ohm_code code = options->rules_write(options->ctx, deed, why);
    if (code != OHM_OK) {
        reply_refusal(x, code, why);
        return;
    }
    ohm_auth_audit(x, event, deed->id);
    reply_rules(x);
}

/* A member that may be there, true or false. False: answered. */
static bool read_bool(ohm_exchange *x, const json_t *body, const char *name, bool *out)
{
    const json_t *member = json_object_get(body, name);
    if (member && !json_is_boolean(member)) {
        ohm_body_fault(x, OHM_FAULT_MEMBER, name);
        return false;
    }
    if (member)
        *out = json_is_true(member);
    return true;
}

void ohm_api_rule_put(ohm_exchange *x)
{
    static const char *const members[] = { "yaml", "armed", "anyway", NULL };
    json_t *body = has_desk(x) ? ohm_body_read(x, members) : NULL;
    const char *yaml = body ? ohm_body_text(x, body, "yaml", OHM_CONTRACT_YAML_MAX) : NULL;
    ohm_rule_deed deed = { .kind = OHM_RULE_WRITE };
    if (yaml && read_bool(x, body, "armed", &deed.armed) &&
        read_bool(x, body, "anyway", &deed.anyway)) {
        deed.yaml = ohm_span_text(yaml);
        carry_out(x, &deed, deed.armed ? "web_rule_armed" : "web_rule_written");
    }
    json_decref(body);
}

void ohm_api_rule_arm(ohm_exchange *x)
{
    static const char *const members[] = { "armed", "anyway", NULL };
    json_t *body = has_desk(x) ? ohm_body_read(x, members) : NULL;
    ohm_rule_deed deed = { .kind = OHM_RULE_DISARM };
    if (!body)
        return;
    if (!json_is_boolean(json_object_get(body, "armed"))) {
        ohm_body_fault(x, OHM_FAULT_MEMBER, "armed");
    } else if (read_bool(x, body, "armed", &deed.armed) &&
               read_bool(x, body, "anyway", &deed.anyway)) {
        deed.kind = deed.armed ? OHM_RULE_ARM : OHM_RULE_DISARM;
        carry_out(x, &deed, deed.armed ? "web_rule_armed" : "web_rule_disarmed");
    }
    json_decref(body);
}

void ohm_api_rule_delete(ohm_exchange *x)
{
    ohm_rule_deed deed = { .kind = OHM_RULE_REMOVE };
    if (has_desk(x))
        carry_out(x, &deed, "web_rule_removed");
}

/* --- who is at home -------------------------------------------------------------------- */

static void presence_done(ohm_exchange *x, ohm_code outcome)
{
    if (outcome != OHM_OK)
        ohm_reply_outcome(x, outcome);
    else if (has_desk(x))
        reply_rules(x);
}

void ohm_api_presence_put(ohm_exchange *x)
{
    static const char *const members[] = { "home", NULL };
    json_t *body = has_desk(x) ? ohm_body_read(x, members) : NULL;
    ohm_command command = { .kind = OHM_COMMAND_PRESENCE };
    if (!body)
        return;
    if (json_is_boolean(json_object_get(body, "home"))) {
        command.fed = json_is_true(json_object_get(body, "home"));
        ohm_command_send(x, &command, presence_done);
    } else {
        ohm_body_fault(x, OHM_FAULT_MEMBER, "home");
    }
    json_decref(body);
}

void ohm_api_presence_delete(ohm_exchange *x)
{
    ohm_command command = { .kind = OHM_COMMAND_PRESENCE_CLEAR };
    if (has_desk(x))
        ohm_command_send(x, &command, presence_done);
}
