#include "web/command.h"

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
        if (x->deadline.v <= web->now.v)
            go_on(x, OHM_MORE);
        else if (x->deadline.v < next.v)
            next = x->deadline;
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
