#include "meter/broker.h"

#include <stdlib.h>

#include "host/random.h"

struct ohm_broker {
    ohm_brokers *list; /* NULL: alone */
    ohm_broker *next;
    ohm_mqtt *mqtt;
    ohm_mqtt_address address;
    char *user, *password;
    bool up;
    ohm_broker_member *members;
    bool telling;
    ohm_broker_member *following; /* who is told next */
};

static bool same_text(const char *a, const char *b)
{
    return !strcmp(a ? a : "", b ? b : "");
}

static bool is_for(const ohm_broker *b, const ohm_mqtt_config *config)
{
    return !strcmp(b->address.host, config->address.host) &&
           b->address.port == config->address.port && b->address.tls == config->address.tls &&
           same_text(b->user, config->user) && same_text(b->password, config->password);
}

static void free_broker(ohm_broker *b)
{
    if (b->password)
        ohm_wipe(b->password, strlen(b->password));
    free(b->user);
    free(b->password);
    free(b);
}

/* --- telling the members -----------------------------------------------------------------------
 */

typedef struct news {
    const ohm_mqtt_message *message; /* NULL: of the line */
    bool up, was_up;
    ohm_err why;
} news;

static bool wants(const ohm_broker_member *m, const char *topic)
{
    for (int i = 0; i < OHM_BROKER_FILTERS_MAX && m->filters[i]; i++)
        if (ohm_mqtt_covers(m->filters[i], topic))
            return true;
    return false;
}

static void tell_one(ohm_broker_member *m, const news *n)
{
    if (n->message && wants(m, n->message->topic))
        m->on_message(m->ctx, n->message);
    else if (!n->message && n->up)
        m->on_up(m->ctx);
    else if (!n->message)
        m->on_down(m->ctx, n->was_up, n->why);
}

/* Any member may leave while it is told, itself and others; the last one takes the broker. */
static void tell(ohm_broker *b, const news *n)
{
    b->telling = true;
    for (ohm_broker_member *m = b->members; m; m = b->following) {
        b->following = m->next;
        tell_one(m, n);
    }
    b->telling = false;
    if (!b->members)
        free_broker(b);
}

static void on_message(void *ctx, const ohm_mqtt_message *message)
{
    tell(ctx, &(news){ .message = message });
}

static void on_up(void *ctx)
{
    ((ohm_broker *)ctx)->up = true;
    tell(ctx, &(news){ .up = true });
}

static void on_down(void *ctx, bool was_up, ohm_err why)
{
    ((ohm_broker *)ctx)->up = false;
    tell(ctx, &(news){ .was_up = was_up, .why = why });
}

/* --- joining and leaving -----------------------------------------------------------------------
 */

static ohm_err open_broker(struct uv_loop_s *loop, ohm_brokers *brokers,
                           const ohm_mqtt_config *config, ohm_broker **ret_broker)
{
    ohm_broker *b = calloc(1, sizeof *b);
    if (!b)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    b->list = brokers;
    b->address = config->address;
    b->user = config->user ? strdup(config->user) : NULL;
    b->password = config->password ? strdup(config->password) : NULL;
    const ohm_mqtt_hooks hooks = { on_message, on_up, on_down, b };
    ohm_err err = ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    if ((b->user || !config->user) && (b->password || !config->password))
        err = ohm_mqtt_open(loop, config, &hooks, &b->mqtt);
    if (ohm_failed(err)) {
        free_broker(b);
        return err;
    }
    if (brokers) {
        b->next = brokers->first;
        brokers->first = b;
    }
    *ret_broker = b;
    return ohm_ok();
}

static void close_broker(ohm_broker *b)
{
    for (ohm_broker **at = b->list ? &b->list->first : NULL; at && *at; at = &(*at)->next) {
        if (*at != b)
            continue;
        *at = b->next;
        break;
    }
    ohm_mqtt_close(b->mqtt);
    if (!b->telling)
        free_broker(b);
}

ohm_err ohm_broker_join(struct uv_loop_s *loop, ohm_brokers *brokers, const ohm_mqtt_config *config,
                        ohm_broker_member *member)
{
    ohm_broker *b = brokers ? brokers->first : NULL;
    while (b && !is_for(b, config))
        b = b->next;
    if (!b)
        OHM_TRY(open_broker(loop, brokers, config, &b));
    member->broker = b;
    member->next = b->members;
    b->members = member;
    for (int i = 0; i < OHM_BROKER_FILTERS_MAX && member->filters[i]; i++) {
        ohm_code code = ohm_mqtt_subscribe(b->mqtt, member->filters[i]);
        if (code == OHM_OK)
            continue;
        ohm_broker_leave(member);
        return ohm_fail(code, (uint32_t)i,
                        code == OHM_BAD_FORMAT ? "is not a topic of MQTT: + and # stand alone "
                                                 "between slashes, # comes last"
                                               : "the broker's topics are too many or too long");
    }
    return ohm_ok();
}

void ohm_broker_leave(ohm_broker_member *member)
{
    ohm_broker *b = member->broker;
    if (!b)
        return;
    member->broker = NULL;
    if (b->following == member)
        b->following = member->next;
    for (ohm_broker_member **at = &b->members; *at; at = &(*at)->next) {
        if (*at != member)
            continue;
        *at = member->next;
        break;
    }
    if (!b->members)
        close_broker(b);
}

bool ohm_broker_is_up(const ohm_broker_member *member)
{
    return member->broker && member->broker->up;
}
