#include "link/mqtt.h"

#include <errno.h>
#include <mosquitto.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "base/number.h"
#include "host/fault_stack.h"
#include "host/queue.h"
#include "host/random.h"
#include "host/syserr.h"

enum {
    QUEUE_LEN = 256 * 1024,
    STACK_LEN = 512 * 1024,
    TURN_MS = 1000, /* of the library's own loop; what we send wakes it */
    CONNECT_TURNS_MAX = 10,
    FAREWELL_TURNS = 10, /* for the last packet to go out */
    FAREWELL_MS = 20,
    RETRY_MS_MIN = 1000,
    RETRY_MS_MAX = 60000,
};

typedef enum event_kind { EVENT_MESSAGE, EVENT_UP, EVENT_DOWN } event_kind;

/* What the thread tells the loop; a message's topic and payload follow. */
typedef struct event {
    event_kind kind;
    bool retained, was_up;
    ohm_err why;
    size_t topic_len; /* with its end */
} event;

struct ohm_mqtt {
    uv_loop_t *loop;
    uv_poll_t poll;
    ohm_mqtt_hooks hooks;
    ohm_mqtt_config config; /* its texts are below */
    char *user, *password, *ca_file;
    char client_id[24];
    struct mosquitto *client;
    pthread_t thread;
    ohm_queue *to_loop, *to_thread; /* to_thread: only to wake up */
    uint8_t *message;               /* of the loop: one event with its bytes */
    bool closed;
    atomic_bool stop;
    atomic_int unsent; /* below 0 for a moment when a connection ends: harmless */
    atomic_ullong dropped;

    pthread_mutex_t lock; /* of the filters, and of up's rise */
    char *filters[OHM_MQTT_FILTERS_MAX];
    size_t filters_count;
    atomic_bool up; /* the broker let us in; the thread alone writes it */

    int refusal; /* of the broker; 0: none; of the thread alone */
};

/* --- addresses and topics --------------------------------------------------------------------- */

static bool take_prefix(const char **text, const char *prefix)
{
    size_t len = strlen(prefix);
    if (strncmp(*text, prefix, len) != 0)
        return false;
    *text += len;
    return true;
}

ohm_err ohm_mqtt_address_parse(const char *text, ohm_mqtt_address *out, const char **ret_rest)
{
    ohm_mqtt_address a = { .port = 1883 };
    const char *p = text;
    if (take_prefix(&p, "mqtts://"))
        a = (ohm_mqtt_address){ .port = 8883, .tls = true };
    else if (!take_prefix(&p, "mqtt://"))
        return ohm_fail(OHM_BAD_FORMAT, 0, "a broker is mqtt://host[:port] or mqtts://host[:port]");
    bool bracket = *p == '[';
    p += bracket;
    size_t len = strcspn(p, bracket ? "]" : ":/");
    if (len == 0 || len >= sizeof a.host || memchr(p, '@', len) || (bracket && p[len] != ']'))
        return ohm_fail(OHM_BAD_FORMAT, (uint32_t)(p - text), "the broker's host is not a name");
    memcpy(a.host, p, len);
    p += len + bracket;
    if (*p == ':') {
        int64_t port = 0;
        size_t digits = strcspn(++p, "/");
        if (ohm_number_int(ohm_span_of(p, digits), &port) != OHM_OK || port < 1 || port > 65535)
            return ohm_fail(OHM_RANGE, (uint32_t)(p - text), "a port is 1 to 65535");
        a.port = (uint16_t)port;
        p += digits;
    }
    if (*p != '\0' && *p != '/')
        return ohm_fail(OHM_BAD_FORMAT, (uint32_t)(p - text), "the broker's host is not a name");
    *out = a;
    *ret_rest = p;
    return ohm_ok();
}

bool ohm_mqtt_covers(const char *filter, const char *topic)
{
    bool covers = false;
    return mosquitto_topic_matches_sub(filter, topic, &covers) == MOSQ_ERR_SUCCESS && covers;
}

/* --- the thread --------------------------------------------------------------------------------
 */

static void tell(ohm_mqtt *m, const event *e)
{
    /* Full of messages: the loop is behind by 256 KiB. It learns the state by the next event. */
    if (ohm_queue_push(m->to_loop, ohm_span_of(e, sizeof *e)) != OHM_OK)
        atomic_fetch_add(&m->dropped, 1);
}

static void on_connect(struct mosquitto *client, void *ctx, int refusal)
{
    ohm_mqtt *m = ctx;
    m->refusal = refusal;
    if (refusal)
        return;
    (void)pthread_mutex_lock(&m->lock);
    atomic_store(&m->up, true);
    for (size_t i = 0; i < m->filters_count; i++)
        (void)mosquitto_subscribe(client, NULL, m->filters[i], 1);
    (void)pthread_mutex_unlock(&m->lock);
    tell(m, &(event){ .kind = EVENT_UP }); /* what its owner publishes comes after these */
}

static void on_publish(struct mosquitto *client, void *ctx, int id)
{
    ohm_mqtt *m = ctx;
    (void)client;
    (void)id;
    atomic_fetch_sub(&m->unsent, 1);
}

static void on_message(struct mosquitto *client, void *ctx, const struct mosquitto_message *got)
{
    ohm_mqtt *m = ctx;
    struct {
        event head;
        char topic[OHM_MQTT_TOPIC_MAX];
    } note = { .head = { .kind = EVENT_MESSAGE, .retained = got->retain } };
    (void)client;
    size_t len = strlen(got->topic);
    bool fits =
        len < sizeof note.topic && got->payloadlen >= 0 && got->payloadlen <= OHM_MQTT_PAYLOAD_MAX;
    if (fits) {
        memcpy(note.topic, got->topic, len + 1);
        note.head.topic_len = len + 1;
        size_t head_len = offsetof(__typeof__(note), topic) + len + 1;
        fits = ohm_queue_push2(m->to_loop, ohm_span_of(&note, head_len),
                               ohm_span_of(got->payload, (size_t)got->payloadlen)) == OHM_OK;
    }
    if (!fits)
        atomic_fetch_add(&m->dropped, 1);
}

/* CONNACK return codes, clause 3.2.2.3. */
static const char *refusal_text(int refusal)
{
    static const char *const texts[] = {
        "",
        "the broker does not speak MQTT 3.1.1",
        "the broker refuses our client name",
        "the broker is not available",
        "the broker refuses the user or the password",
        "the broker does not let us in",
    };
    bool known = refusal > 0 && (size_t)refusal < sizeof texts / sizeof *texts;
    return known ? texts[refusal] : "the broker refuses the connection";
}

static ohm_err why_down(const ohm_mqtt *m, int result)
{
    if (m->refusal)
        return ohm_fail(OHM_DENIED, (uint32_t)m->refusal, refusal_text(m->refusal));
    if (result == MOSQ_ERR_TLS)
        return ohm_fail(OHM_DENIED, 0, "the broker could not prove who it is (TLS)");
    if (result == MOSQ_ERR_EAI)
        return ohm_fail(OHM_IO, 0, "the broker's name is not known");
    if (result == MOSQ_ERR_ERRNO)
        return ohm_err_errno(errno);
    if (result == MOSQ_ERR_SUCCESS)
        return ohm_fail(OHM_IO, 0, "the broker does not answer");
    return ohm_fail(OHM_IO, 0, "the broker closed the connection");
}

/* One connection, from its first byte to its last. The library would send what another thread gives
 * it between the TCP connection and CONNECT, which must come first (MQTT 3.1.1, clause 3.1): hence
 * nothing is given to it before up. */
static int converse(ohm_mqtt *m)
{
    m->refusal = 0;
    errno = 0;
    int result = mosquitto_connect_async(m->client, m->config.address.host, m->config.address.port,
                                         OHM_MQTT_KEEPALIVE_S);
    uint64_t begun = uv_hrtime();
    while (result == MOSQ_ERR_SUCCESS && !atomic_load(&m->stop)) {
        result = mosquitto_loop(m->client, TURN_MS, 1);
        bool late = uv_hrtime() - begun > CONNECT_TURNS_MAX * UINT64_C(1000000) * TURN_MS;
        if (m->refusal || (!atomic_load(&m->up) && late))
            break;
    }
    return result;
}

static void *run(void *ctx)
{
    ohm_mqtt *m = ctx;
    int pause_ms = RETRY_MS_MIN;
    ohm_fault_stack();
    while (!atomic_load(&m->stop)) {
        int result = converse(m);
        ohm_err why = why_down(m, result);
        bool was_up = atomic_exchange(&m->up, false);
        (void)mosquitto_disconnect(m->client);
        for (int i = 0; i < FAREWELL_TURNS && mosquitto_socket(m->client) >= 0; i++)
            if (mosquitto_loop(m->client, FAREWELL_MS, 1) != MOSQ_ERR_SUCCESS)
                break;
        atomic_store(&m->unsent, 0);
        if (atomic_load(&m->stop))
            break;
        tell(m, &(event){ .kind = EVENT_DOWN, .was_up = was_up, .why = why });
        pause_ms = was_up ? RETRY_MS_MIN : pause_ms;
        (void)ohm_queue_wait(m->to_thread, pause_ms);
        pause_ms = pause_ms * 2 < RETRY_MS_MAX ? pause_ms * 2 : RETRY_MS_MAX;
    }
    return NULL;
}

/* --- the loop ----------------------------------------------------------------------------------
 */

static void take(ohm_mqtt *m, size_t len)
{
    const event *e = (const event *)m->message;
    assert(len >= sizeof *e);
    if (e->kind == EVENT_UP && m->hooks.on_up)
        m->hooks.on_up(m->hooks.ctx);
    if (e->kind == EVENT_DOWN && m->hooks.on_down)
        m->hooks.on_down(m->hooks.ctx, e->was_up, e->why);
    if (e->kind != EVENT_MESSAGE)
        return;
    const uint8_t *bytes = m->message + sizeof *e;
    const ohm_mqtt_message message = {
        .topic = (const char *)bytes,
        .payload = ohm_span_of(bytes + e->topic_len, len - sizeof *e - e->topic_len),
        .retained = e->retained,
    };
    if (m->hooks.on_message)
        m->hooks.on_message(m->hooks.ctx, &message);
}

static void readable(uv_poll_t *poll, int status, int events)
{
    enum { TURN_MAX = 64 }; /* a babbling broker holds up no other */
    ohm_mqtt *m = poll->data;
    size_t len = 0;
    (void)status;
    (void)events;
    for (int i = 0; i < TURN_MAX && !m->closed; i++) {
        size_t cap = sizeof(event) + OHM_MQTT_TOPIC_MAX + OHM_MQTT_PAYLOAD_MAX;
        if (ohm_queue_pop(m->to_loop, m->message, cap, &len) != OHM_OK)
            return;
        take(m, len);
    }
}

static void wipe_text(char *text)
{
    if (text)
        ohm_wipe(text, strlen(text));
    free(text);
}

static void free_parts(ohm_mqtt *m)
{
    if (m->client)
        mosquitto_destroy(m->client);
    ohm_queue_free(m->to_loop);
    ohm_queue_free(m->to_thread);
    for (size_t i = 0; i < m->filters_count; i++)
        free(m->filters[i]);
    wipe_text(m->user);
    wipe_text(m->password);
    free(m->ca_file);
    free(m->message);
    (void)pthread_mutex_destroy(&m->lock);
    free(m);
    (void)mosquitto_lib_cleanup();
}

/* A copy, or NULL for NULL; *lost says that there was no memory. */
static char *copy(const char *text, bool *lost)
{
    char *out = text ? strdup(text) : NULL;
    *lost = *lost || (text && !out);
    return out;
}

static void name_client(ohm_mqtt *m, const char *wanted)
{
    uint8_t random[6];
    ohm_random(random, sizeof random);
    if (wanted)
        (void)snprintf(m->client_id, sizeof m->client_id, "%s", wanted);
    else /* 23 bytes at most are always allowed: clause 3.1.3.1 */
        (void)snprintf(m->client_id, sizeof m->client_id, "ohmstead%02x%02x%02x%02x%02x%02x",
                       random[0], random[1], random[2], random[3], random[4], random[5]);
}

static ohm_err set_up(ohm_mqtt *m, const ohm_mqtt_config *config)
{
    static const ohm_err no_memory = { OHM_NO_MEMORY, 0, "no memory for the MQTT client" };
    bool lost = false;
    m->config = *config;
    m->user = copy(config->user, &lost);
    m->password = copy(config->password, &lost);
    m->ca_file = copy(config->ca_file, &lost);
    m->message = malloc(sizeof(event) + OHM_MQTT_TOPIC_MAX + OHM_MQTT_PAYLOAD_MAX);
    name_client(m, config->client_id);
    m->client = mosquitto_new(m->client_id, true, m);
    if (lost || !m->message || !m->client)
        return no_memory;
    OHM_TRY(ohm_queue_new(QUEUE_LEN, &m->to_loop));
    OHM_TRY(ohm_queue_new(sizeof(int) * 4, &m->to_thread));
    mosquitto_connect_callback_set(m->client, on_connect);
    mosquitto_message_callback_set(m->client, on_message);
    mosquitto_publish_callback_set(m->client, on_publish);
    (void)mosquitto_threaded_set(m->client, true);
    int result = mosquitto_username_pw_set(m->client, m->user, m->password);
    if (result == MOSQ_ERR_SUCCESS && config->address.tls && m->ca_file)
        result = mosquitto_tls_set(m->client, m->ca_file, NULL, NULL, NULL, NULL);
    else if (result == MOSQ_ERR_SUCCESS && config->address.tls)
        result = mosquitto_int_option(m->client, MOSQ_OPT_TLS_USE_OS_CERTS, 1);
    return result == MOSQ_ERR_SUCCESS
               ? ohm_ok()
               : ohm_fail(OHM_BAD_FORMAT, 0, "the certificates to trust can't be read");
}

/* Signals are the loop thread's: none is delivered here. */
static ohm_err start_thread(ohm_mqtt *m)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    (void)sigfillset(&all);
    int error = pthread_attr_init(&attributes);
    if (error)
        return ohm_err_errno(error);
    (void)pthread_attr_setstacksize(&attributes, STACK_LEN);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&m->thread, &attributes, run, m);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    if (error)
        return ohm_err_errno(error);
    (void)pthread_setname_np(m->thread, "mqtt");
    return ohm_ok();
}

ohm_err ohm_mqtt_open(uv_loop_t *loop, const ohm_mqtt_config *config, const ohm_mqtt_hooks *hooks,
                      ohm_mqtt **ret_mqtt)
{
    if (mosquitto_lib_init() != MOSQ_ERR_SUCCESS)
        return ohm_fail(OHM_IO, 0, "the MQTT library does not start");
    ohm_mqtt *m = calloc(1, sizeof *m);
    if (!m)
        return ohm_fail(OHM_NO_MEMORY, 0, "no memory for the MQTT client");
    m->loop = loop;
    m->hooks = *hooks;
    (void)pthread_mutex_init(&m->lock, NULL);
    ohm_err err = set_up(m, config);
    if (!ohm_failed(err))
        err = start_thread(m);
    if (ohm_failed(err)) {
        free_parts(m);
        return err;
    }
    int result = uv_poll_init(loop, &m->poll, ohm_queue_fd(m->to_loop));
    assert(result == 0); /* an eventfd is always good for it */
    (void)result;
    m->poll.data = m;
    (void)uv_poll_start(&m->poll, UV_READABLE, readable);
    *ret_mqtt = m;
    return ohm_ok();
}

static void gone(uv_handle_t *poll)
{
    free_parts(poll->data);
}

void ohm_mqtt_close(ohm_mqtt *m)
{
    static const char wake = 0;
    if (!m || m->closed)
        return;
    m->closed = true;
    atomic_store(&m->stop, true);
    ohm_code pushed = ohm_queue_push(m->to_thread, ohm_span_of(&wake, sizeof wake));
    assert(pushed == OHM_OK); /* the only one ever */
    (void)pushed;
    (void)mosquitto_disconnect(m->client); /* wakes the library's own wait */
    (void)pthread_join(m->thread, NULL);
    uv_close((uv_handle_t *)&m->poll, gone);
}

ohm_code ohm_mqtt_subscribe(ohm_mqtt *m, const char *filter)
{
    if (mosquitto_sub_topic_check(filter) != MOSQ_ERR_SUCCESS || !*filter)
        return OHM_BAD_FORMAT;
    if (strlen(filter) >= OHM_MQTT_TOPIC_MAX)
        return OHM_TOO_BIG;
    char *own = strdup(filter);
    if (!own)
        return OHM_NO_MEMORY;
    ohm_code code = OHM_OK;
    bool known = false;
    (void)pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < m->filters_count && !known; i++)
        known = !strcmp(m->filters[i], filter);
    if (!known && m->filters_count == OHM_MQTT_FILTERS_MAX)
        code = OHM_TOO_BIG;
    else if (!known)
        m->filters[m->filters_count++] = own;
    bool now = atomic_load(&m->up); /* if not: asked for once the broker lets us in */
    (void)pthread_mutex_unlock(&m->lock);
    if (known || code != OHM_OK)
        free(own);
    else if (now)
        (void)mosquitto_subscribe(m->client, NULL, filter, 1);
    return code;
}

ohm_code ohm_mqtt_publish(ohm_mqtt *m, const char *topic, ohm_span payload, bool retain)
{
    if (mosquitto_pub_topic_check(topic) != MOSQ_ERR_SUCCESS || !*topic)
        return OHM_BAD_FORMAT;
    if (payload.len > OHM_MQTT_PAYLOAD_MAX)
        return OHM_TOO_BIG;
    if (!atomic_load(&m->up) || atomic_load(&m->unsent) >= OHM_MQTT_UNSENT_MAX)
        return OHM_BUSY;
    atomic_fetch_add(&m->unsent, 1);
    int result =
        mosquitto_publish(m->client, NULL, topic, (int)payload.len, payload.ptr, 0, retain);
    if (result == MOSQ_ERR_SUCCESS)
        return OHM_OK;
    atomic_fetch_sub(&m->unsent, 1);
    return result == MOSQ_ERR_NOMEM ? OHM_NO_MEMORY : OHM_BUSY;
}

uint64_t ohm_mqtt_dropped(ohm_mqtt *m)
{
    return atomic_load(&m->dropped);
}
