#include "web/inbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/pages.h"
#include "host/syserr.h"

static ohm_inbox_action *new_actions(void)
{
    return calloc(OHM_INBOX_ACTIONS_MAX, sizeof(ohm_inbox_action));
}

ohm_err ohm_inbox_init(ohm_inbox *inbox)
{
    *inbox = (ohm_inbox){ .wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
    if (inbox->wake_fd < 0)
        return ohm_err_errno(errno);
    (void)pthread_mutex_init(&inbox->lock, NULL);
    inbox->written = calloc(1, sizeof(ohm_view));
    inbox->read = calloc(1, sizeof(ohm_view));
    inbox->actions = new_actions();
    if (inbox->written && inbox->read && inbox->actions)
        return ohm_ok();
    ohm_inbox_release(inbox);
    return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
}

void ohm_inbox_release(ohm_inbox *inbox)
{
    if (inbox->wake_fd < 0)
        return;
    for (int i = 0; i < inbox->answers_count; i++)
        free(inbox->answers[i].json);
    free(inbox->written);
    free(inbox->read);
    free(inbox->actions);
    (void)pthread_mutex_destroy(&inbox->lock);
    (void)close(inbox->wake_fd);
    *inbox = (ohm_inbox){ .wake_fd = -1 };
}

void ohm_inbox_wake(ohm_inbox *inbox)
{
    uint64_t one = 1;
    ssize_t n = write(inbox->wake_fd, &one, sizeof one);
    (void)n; /* a counter that is full is as good a wake-up */
}

ohm_view *ohm_inbox_begin_view(ohm_inbox *inbox)
{
    (void)pthread_mutex_lock(&inbox->lock);
    return inbox->written;
}

void ohm_inbox_end_view(ohm_inbox *inbox)
{
    inbox->fresh = true;
    (void)pthread_mutex_unlock(&inbox->lock);
    ohm_inbox_wake(inbox);
}

void ohm_inbox_put_view(ohm_inbox *inbox, const ohm_view *view)
{
    ohm_view *to = ohm_inbox_begin_view(inbox);
    memcpy(to, view, offsetof(ohm_view, loads));
    memcpy(to->loads, view->loads, view->loads_count * sizeof *view->loads);
    memcpy(to->load_states, view->load_states, view->loads_count * sizeof *view->load_states);
    memcpy(to->segments, view->segments, view->segments_count * sizeof *view->segments);
    memcpy(to->meters, view->meters, view->meters_count * sizeof *view->meters);
    memcpy(to->values, view->values, view->values_count * sizeof *view->values);
    ohm_inbox_end_view(inbox);
}

void ohm_inbox_put_action(ohm_inbox *inbox, bool decision, ohm_span json)
{
    assert(json.len <= OHM_ACTION_JSON_MAX);
    (void)pthread_mutex_lock(&inbox->lock);
    if (inbox->actions_count < OHM_INBOX_ACTIONS_MAX) {
        ohm_inbox_action *action = &inbox->actions[inbox->actions_count++];
        action->decision = decision;
        action->len = (uint16_t)json.len;
        memcpy(action->json, json.ptr, json.len);
    } else {
        inbox->dropped++;
    }
    (void)pthread_mutex_unlock(&inbox->lock);
    ohm_inbox_wake(inbox);
}

void ohm_inbox_put_answer(ohm_inbox *inbox, uint64_t command_id, ohm_code result, char *json,
                          size_t json_len)
{
    const ohm_inbox_answer answer = { command_id, result, json, json_len };
    (void)pthread_mutex_lock(&inbox->lock);
    bool room = inbox->answers_count < OHM_INBOX_ANSWERS_MAX;
    if (room)
        inbox->answers[inbox->answers_count++] = answer;
    else
        inbox->dropped++; /* more answers than commands: nobody waits for this one */
    (void)pthread_mutex_unlock(&inbox->lock);
    if (!room)
        free(json);
    ohm_inbox_wake(inbox);
}

ohm_err ohm_inbox_batch_init(ohm_inbox_batch *batch)
{
    *batch = (ohm_inbox_batch){ .actions = new_actions() };
    return batch->actions ? ohm_ok() : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
}

void ohm_inbox_batch_release(ohm_inbox_batch *batch)
{
    free(batch->actions);
    batch->actions = NULL;
}

/* Under the lock. */
static bool swap_view(ohm_inbox *inbox)
{
    bool fresh = inbox->fresh;
    if (fresh) {
        ohm_view *view = inbox->written;
        inbox->written = inbox->read;
        inbox->read = view;
        inbox->fresh = false;
        /* Nobody reads the older one any more, and the next is written whole. */
        ohm_pages_give_back(inbox->written->loads, sizeof *view - offsetof(ohm_view, loads));
    }
    return fresh;
}

bool ohm_inbox_take_view(ohm_inbox *inbox)
{
    (void)pthread_mutex_lock(&inbox->lock);
    bool fresh = swap_view(inbox);
    (void)pthread_mutex_unlock(&inbox->lock);
    return fresh;
}

void ohm_inbox_take(ohm_inbox *inbox, ohm_inbox_batch *batch)
{
    uint64_t count;
    ssize_t n = read(inbox->wake_fd, &count, sizeof count);
    (void)n; /* nothing to read: nothing new, the look below is cheap */

    ohm_inbox_action *spare = batch->actions;
    (void)pthread_mutex_lock(&inbox->lock);
    batch->fresh = swap_view(inbox);
    batch->actions = inbox->actions;
    batch->actions_count = inbox->actions_count;
    batch->answers_count = inbox->answers_count;
    if (inbox->answers_count)
        memcpy(batch->answers, inbox->answers, inbox->answers_count * sizeof inbox->answers[0]);
    batch->dropped = inbox->dropped;
    inbox->actions = spare;
    inbox->actions_count = 0;
    inbox->answers_count = 0;
    inbox->dropped = 0;
    (void)pthread_mutex_unlock(&inbox->lock);
}
