/* Commands to the loop, and the exchanges that wait for their outcome. */
#ifndef OHM_WEB_COMMAND_H
#define OHM_WEB_COMMAND_H

#include "web/exchange.h"
#include "web/history.h"
#include "web/inbox.h"

enum {
    OHM_COMMAND_PATIENCE_MS = 12 * OHM_SECOND_MS, /* longer than the store's own */
    OHM_HISTORY_PATIENCE_MS = 60 * OHM_SECOND_MS,
    OHM_CLIENT_LOOK_MS = OHM_SECOND_MS, /* how often a client that waits is looked for */
};

/* Gives the command an id and the actor of the exchange, hands it over and suspends the exchange;
 * `then` answers, when the loop has said what came of it. OHM_MORE as the outcome: it said nothing
 * in time. Answers a fault at once when the loop does not take it. */
void ohm_command_send(ohm_exchange *x, ohm_command *command,
                      void (*then)(ohm_exchange *x, ohm_code outcome));

/* The same for a question, which the loop may take `patience_ms` to answer; an outcome of OHM_OK
 * has its JSON in x->answer. */
void ohm_question_send(ohm_exchange *x, ohm_question *question, int64_t patience_ms,
                       void (*then)(ohm_exchange *x, ohm_code outcome));

/* The same for a question to the store (history.h). What runs ends when the client leaves. */
void ohm_history_send(ohm_exchange *x, ohm_history_answer *run, const void *query, size_t len,
                      void (*then)(ohm_exchange *x, ohm_code outcome));

/* The same on another thread, for what reads and prices years: charts and the bill of a month don't
 * wait for it. */
void ohm_years_send(ohm_exchange *x, ohm_history_answer *run, const void *query, size_t len,
                    void (*then)(ohm_exchange *x, ohm_code outcome));

/* The same for a question to an engine elsewhere (store/remote.h), which may be slow or away: the
 * store's own questions don't wait for it. Its reader is NULL. */
void ohm_remote_send(ohm_exchange *x, ohm_history_answer *run, const void *query, size_t len,
                     void (*then)(ohm_exchange *x, ohm_code outcome));

/* The loop said what came of a command or question: its exchange goes on and takes the answer. */
void ohm_command_answered(ohm_web *web, const ohm_inbox_answer *answer);
/* Lets go on what has waited too long; when the next one will have, INT64_MAX if none waits. */
ohm_mono_ms ohm_command_tick(ohm_web *web);
/* At the end: everything that waits goes on. */
void ohm_command_release(ohm_web *web);
/* The exchange ends, whatever it waits for. */
void ohm_command_forget(ohm_exchange *x);

#endif
