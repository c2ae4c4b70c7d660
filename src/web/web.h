/* The web thread: HTTP API, live events, sessions, and the embedded page.
 *
 * The loop thread publishes views and events; requests that change something come back to it as
 * commands through a bounded queue and are answered when the loop says so (after the commit).
 * The web thread owns its connections, its sessions and its own read-only reader. */
#ifndef OHM_WEB_WEB_H
#define OHM_WEB_WEB_H

#include "base/err.h"
#include "engine/engine.h"
#include "store/reader.h"
#include "store/store.h"
#include "tariff/bill.h"
#include "web/car_wish.h"
#include "web/question.h"
#include "web/replay.h"
#include "web/rule_desk.h"
#include "web/tariffs.h"
#include "web/view.h"
#include "web/watch.h"
#include "web/written.h"

typedef struct ohm_web ohm_web;

typedef struct ohm_web_options {
    const char *address; /* "127.0.0.1", "::1", "0.0.0.0" */
    uint16_t port;       /* 0 = any free one, see ohm_web_port */
    bool behind_proxy;   /* a declared TLS proxy: plain HTTP, and nobody but the proxy connects */
    /* The proxy's IP addresses, NULL-terminated; this machine's loopback is always one. */
    const char *const *trusted_proxies;
    const char *const *allowed_hosts; /* further Host values, NULL-terminated; may be NULL */
    const char *public_origin;        /* "https://ohm.example" behind a proxy; may be NULL */
    /* Origins of other pages that may read the API with a token, NULL-terminated; NULL = none.
     * Never with cookies, never "*". */
    const char *const *cors_origins;
    const char *state_dir;  /* own CA and certificate live here; the lock of the accounts too */
    const char *store_path; /* read by a connection of the web thread's own */
    bool demo;
    int64_t command_patience_ms; /* how long a command waits for its answer; 0 = 12 s */
    /* Called on the web thread: hand the command to the loop. Returns OHM_BUSY if its queue is
     * full. The loop answers each accepted command once with ohm_web_answer. */
    ohm_code (*submit)(void *ctx, const ohm_command *command);
    /* Called on the web thread: hand the question to the loop, which answers each accepted one
     * once with ohm_web_answer_json, or with ohm_web_answer and why not. */
    ohm_code (*ask)(void *ctx, const ohm_question *question);
    /* Called on the web thread: write a state value (users, tokens) and commit; blocking is
     * allowed there, it waits for the writer's answer. */
    ohm_err (*put_state)(void *ctx, const char *key, ohm_span value);
    /* Called on the thread of long questions: the contracts that bills are made of, which live as
     * long as the web does. NULL: out of memory. NULL as a function: there are none. */
    const ohm_web_tariffs *(*tariffs)(void *ctx);
    /* The loads as configured, on any thread: they live as long as the web does. NULL as a
     * function: there are none. */
    const ohm_load *(*loads)(void *ctx, uint16_t *ret_count);
    /* Called on the thread of long questions: the measured use with panels and a battery that are
     * not there (replay.h). NULL as a function: nobody simulates. */
    ohm_replay_run *replay;
    /* The desk of the household's rules (rule_desk.h); NULL as functions: there is none. Reading
     * and writing are on the web thread, `tried` is on that of questions. */
    ohm_code (*rules_read)(void *ctx, ohm_span yaml, ohm_rules_draft *out,
                           char why[static OHM_CONTRACT_WHY_MAX]);
    void (*rules_tried)(void *ctx, const uint64_t *versions, uint16_t count);
    ohm_code (*rules_list)(void *ctx, ohm_rules_shelf *out);
    ohm_code (*rules_write)(void *ctx, const ohm_rule_deed *deed,
                            char why[static OHM_CONTRACT_WHY_MAX]);
    /* Called on the thread of questions to engines: where the mirror of that id has the readings of
     * a site. OHM_UNKNOWN: there is no such mirror. Holds secrets: wiped after use. NULL as a
     * function: there are no mirrors. */
    ohm_err (*mirror)(void *ctx, const char *id, const char *site, ohm_mirror_config *out);
    /* The site's contract as it is now, for bills: on the thread of long questions. OHM_UNKNOWN:
     * it has none. NULL as a function: that of the tariffs. */
    ohm_code (*contract_own)(void *ctx, ohm_contract *out);
    /* The same with its text, on the web thread; NULL as functions: nobody keeps one. */
    ohm_err (*contract_read)(void *ctx, ohm_written *out);
    /* Checks a contract's YAML ("": takes it back), and keeps it, as written by `actor` (NULL:
     * checks alone). OHM_IO: it could not be kept; others: what is wrong, in lines. */
    ohm_code (*contract_write)(void *ctx, ohm_span yaml, const char *actor,
                               char why[static OHM_CONTRACT_WHY_MAX]);
    /* Called on the thread of long questions: what `ohmstead doctor --share` says of this machine,
     * malloc'ed text for others to read; `house` are lines about the house, each with its end, to
     * stand in it. NULL as a function: there is none. */
    ohm_code (*report)(void *ctx, const char *house, char **ret_text, size_t *ret_len);
    /* Called on the web thread: what ended the daemon before, malloc'ed JSON; and leaving the safe
     * mode (OHM_CONFLICT: there is none; OHM_IO). NULL as functions: nobody watches. */
    ohm_code (*safe_read)(void *ctx, char **ret_text, size_t *ret_len);
    ohm_code (*safe_leave)(void *ctx);
    /* Called on the web thread, without waiting: the plan of the coming day, malloc'ed JSON.
     * OHM_MORE: there is none yet. NULL as a function: nothing is planned here. */
    ohm_code (*plan)(void *ctx, char **ret_text, size_t *ret_len);
    /* Called on the web thread, which may wait: what somebody asks of the car, kept when it
     * returns; NULL: nothing any more. OHM_UNKNOWN: no car is planned; OHM_RANGE; OHM_IO. */
    ohm_code (*car_ask)(void *ctx, const ohm_day_wish *wish);
    /* Called on the web thread, without waiting: the forecast of a register, or, of none (NULL),
     * the list of those that are watched, malloc'ed JSON. OHM_UNKNOWN: it is not watched; OHM_MORE:
     * it is being learnt. NULL as a function: nothing is watched here, nor below. */
    ohm_code (*forecast)(void *ctx, const char *series, char **ret_text, size_t *ret_len);
    /* Called on the thread of long questions: what a device ("home/ground/main") will use by the
     * hour from its last midnight on, ascending; how many, 0 where nothing good is forecast. NULL
     * as a function: nothing is. */
    size_t (*uses_ahead)(void *ctx, const char *device, ohm_use *out, size_t cap);
    /* The same of alarms. OHM_UNKNOWN: there is none of that number. */
    ohm_code (*alarms)(void *ctx, const ohm_alarms_ask *asked, char **ret_text, size_t *ret_len);
    /* Called on the web thread, which may wait: what `actor` says of an alarm, kept when it
     * returns. OHM_UNKNOWN: no such alarm; OHM_TOO_BIG: no more can be taught; OHM_IO. */
    ohm_code (*alarm_do)(void *ctx, uint32_t id, ohm_alarm_act act, const char *actor);
    ohm_store_keep keep[OHM_STORE_KEEP_MAX]; /* how long readings are kept, to be told */
    int keep_count;
    void *ctx;
} ohm_web_options;

/* Opens the socket and starts the thread. Off loopback without a proxy TLS is always on. */
OHM_MUST_CHECK ohm_err ohm_web_start(const ohm_web_options *options, ohm_web **ret_web);
void ohm_web_stop(ohm_web *web); /* NULL allowed; joins the thread */

uint16_t ohm_web_port(const ohm_web *web);
/* "http://127.0.0.1:8420/", and where TLS is on the CA's SHA-256 fingerprint (else ""). */
const char *ohm_web_url(const ohm_web *web);
/* Listening on all addresses, with TLS: "https://pi:8443/ https://192.168.1.20:8443/", the names
 * and addresses of this machine that the certificate is for, as many as fit; else "". */
const char *ohm_web_reach(const ohm_web *web);
const char *ohm_web_ca_fingerprint(const ohm_web *web);
/* The claim code of a first run, to be printed on the console; "" when claimed or in the demo. */
const char *ohm_web_claim_code(const ohm_web *web);

/* From the loop thread. Neither blocks; both copy. An action comes as its line of the journal
 * (ohm_action_json), at most OHM_ACTION_JSON_MAX bytes: a decision, or a notice. */
void ohm_web_publish(ohm_web *web, const ohm_view *view);
/* The same without a copy: the view is made in what begin returns, at once, and published by end.
 */
ohm_view *ohm_web_begin_view(ohm_web *web);
void ohm_web_end_view(ohm_web *web);
void ohm_web_action(ohm_web *web, bool decision, ohm_span json);
/* The outcome of a command: OHM_OK, or why not (OHM_UNKNOWN: no such load, OHM_RANGE: its end,
 * OHM_CONFLICT: the load may not, OHM_BUSY: the store does not take it, OHM_IO: nor commit it).
 * From any thread; after the commit and after the view that shows the outcome. */
void ohm_web_answer(ohm_web *web, uint64_t command_id, ohm_code result);
/* The answer to a question: one JSON object, copied. From any thread. */
void ohm_web_answer_json(ohm_web *web, uint64_t question_id, ohm_span json);

#endif
