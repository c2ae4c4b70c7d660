#include "web/command.h"

#include <poll.h>
#include <stdlib.h>

#include "web/inner.h"

static void unlink_waiting(ohm_exchange *x)
{
    ohm_exchange **at = &x->web->waiting;
    while (*at && *at != x)
        at = &(*at)->next;
    assert(*at == x);
    *at = x->next;
    x->web->waiting_count--;
    if (x->asked)
        ohm_history_cancel(x->asked, x->command_id);
    x->asked = NULL;
    x->command_id = 0;
}

static void go_on(ohm_exchange *x, ohm_code outcome)
{
    unlink_waiting(x);
    x->outcome = outcome;
    MHD_resume_connection(x->connection);
}

static void wait_for(ohm_exchange *x, int64_t patience_ms,
                     void (*then)(ohm_exchange *x, ohm_code outcome))
{
    ohm_web *web = x->web;
    x->command_id = web->next_command_id++;
    x->resume = then;
    x->deadline = ohm_mono_after(web->now, patience_ms);
    ohm_web_due(web, x->deadline);
    x->next = web->waiting;
    web->waiting = x;
    web->waiting_count++;
    MHD_suspend_connection(x->connection);
}

void ohm_command_send(ohm_exchange *x, ohm_command *command,
                      void (*then)(ohm_exchange *x, ohm_code outcome))
{
    ohm_web *web = x->web;
    command->id = web->next_command_id;
    memcpy(command->actor, x->who.actor, sizeof command->actor);
    if (web->waiting_count == OHM_COMMANDS_WAITING_MAX ||
        web->options.submit(web->options.ctx, command) != OHM_OK)
        ohm_reply_fault(x, OHM_FAULT_BUSY, NULL);
    else
        wait_for(x, web->options.command_patience_ms, then);
}

void ohm_question_send(ohm_exchange *x, ohm_question *question, int64_t patience_ms,
                       void (*then)(ohm_exchange *x, ohm_code outcome))
{
    ohm_web *web = x->web;
    question->id = web->next_command_id;
    if (web->waiting_count == OHM_COMMANDS_WAITING_MAX ||
        web->options.ask(web->options.ctx, question) != OHM_OK)
        ohm_reply_fault(x, OHM_FAULT_BUSY, NULL);
    else
        wait_for(x, patience_ms, then);
}

/* A question to a thread that may wait. */
typedef struct long_question {
    ohm_history_answer *run;
    const void *query;
    size_t len;
} long_question;

static void send_long(ohm_exchange *x, ohm_history **thread, const char *path,
                      const long_question *q, void (*then)(ohm_exchange *x, ohm_code outcome))
{
    ohm_web *web = x->web;
    if (!*thread && ohm_failed(ohm_history_new(path, &web->inbox, thread))) {
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
        return;
    }
    if (web->waiting_count == OHM_COMMANDS_WAITING_MAX ||
        ohm_history_ask(*thread, web->next_command_id, q->run, q->query, q->len) != OHM_OK) {
        ohm_reply_fault(x, OHM_FAULT_BUSY, NULL);
        return;
    }
    x->asked = *thread;
    wait_for(x, OHM_HISTORY_PATIENCE_MS, then);
    ohm_web_due(web, ohm_mono_after(web->now, OHM_CLIENT_LOOK_MS));
}

void ohm_history_send(ohm_exchange *x, ohm_history_answer *run, const void *query, size_t len,
                      void (*then)(ohm_exchange *x, ohm_code outcome))
{
    const long_question q = { run, query, len };
    send_long(x, &x->web->history, x->web->options.store_path, &q, then);
}

void ohm_years_send(ohm_exchange *x, ohm_history_answer *run, const void *query, size_t len,
                    void (*then)(ohm_exchange *x, ohm_code outcome))
{
    const long_question q = { run, query, len };
    send_long(x, &x->web->years, x->web->options.store_path, &q, then);
}

void ohm_remote_send(ohm_exchange *x, ohm_history_answer *run, const void *query, size_t len,
                     void (*then)(ohm_exchange *x, ohm_code outcome))
{
    const long_question q = { run, query, len };
    send_long(x, &x->web->remote, NULL, &q, then);
}

/* MHD does not look at a connection that is suspended. */
static bool has_left(const ohm_exchange *x)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct pollfd at = { .fd = info ? info->connect_fd : -1, .events = POLLRDHUP };
    return poll(&at, 1, 0) > 0 && (at.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void ohm_command_answered(ohm_web *web, const ohm_inbox_answer *answer)
{
    ohm_exchange *x = web->waiting;
    while (x && x->command_id != answer->command_id)
        x = x->next;
    if (!x) { /* it has given up, or its client has */
        free(answer->json);
        return;
    }
    x->answer = answer->json;
    x->answer_len = answer->json_len;
    go_on(x, answer->result);
}

ohm_mono_ms ohm_command_tick(ohm_web *web)
{
    ohm_mono_ms next = { INT64_MAX };
    ohm_exchange *following;
    for (ohm_exchange *x = web->waiting; x; x = following) {
        following = x->next;
        ohm_mono_ms look = ohm_mono_after(web->now, OHM_CLIENT_LOOK_MS);
        ohm_mono_ms due = x->asked && look.v < x->deadline.v ? look : x->deadline;
        if (x->deadline.v <= web->now.v || (x->asked && has_left(x)))
            go_on(x, OHM_MORE);
        else if (due.v < next.v)
            next = due;
    }
    return next;
}

void ohm_command_release(ohm_web *web)
{
    while (web->waiting)
        go_on(web->waiting, OHM_MORE);
}

void ohm_command_forget(ohm_exchange *x)
{
    if (x->command_id)
        unlink_waiting(x);
}
