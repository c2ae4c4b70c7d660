#include "store/inbox.h"

#include <stdlib.h>
#include <time.h>

#include "host/pages.h"

enum {
    RETRY_FIRST_MS = 1000,
    RETRY_MAX_MS = 60000,
};

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* the clock of the condition's wait */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

ohm_err ohm_store_inbox_init(ohm_store_inbox *inbox, size_t bulk_bytes, int64_t group_commit_ms)
{
    *inbox = (ohm_store_inbox){ .group_commit_ms = group_commit_ms,
                                .due_ms = INT64_MAX,
                                .tidy_ms = now_ms() };
    inbox->bytes = malloc(bulk_bytes + OHM_INBOX_JOURNAL_BYTES);
    if (!inbox->bytes)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_ring_init(&inbox->bulk, inbox->bytes, bulk_bytes);
    ohm_ring_init(&inbox->journal, inbox->bytes + bulk_bytes, OHM_INBOX_JOURNAL_BYTES);

    /* None of these can fail on Linux: they fill in a few words. */
    pthread_condattr_t attr;
    int failed = pthread_mutex_init(&inbox->lock, NULL);
    failed |= pthread_condattr_init(&attr);
    failed |= pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    failed |= pthread_cond_init(&inbox->wake, &attr);
    failed |= pthread_condattr_destroy(&attr);
    assert(!failed);
    return ohm_ok();
}

static void free_states(ohm_state_value *list)
{
    while (list) {
        ohm_state_value *next = list->next;
        free(list);
        list = next;
    }
}

void ohm_store_inbox_release(ohm_store_inbox *inbox)
{
    free_states(inbox->states);
    free(inbox->bytes);
    pthread_cond_destroy(&inbox->wake);
    pthread_mutex_destroy(&inbox->lock);
}

/* --- producers: all of these hold the lock ------------------------------------------------ */

/* Something waits now: it is due a group commit's time after the first of its group. */
static void schedule(ohm_store_inbox *inbox)
{
    if (inbox->due_ms != INT64_MAX)
        return;
    inbox->due_ms = now_ms() + inbox->group_commit_ms;
    pthread_cond_signal(&inbox->wake);
}

static void hurry(ohm_store_inbox *inbox)
{
    inbox->urgent = true;
    pthread_cond_signal(&inbox->wake);
}

static bool half_full(const ohm_store_inbox *inbox)
{
    return ohm_ring_used(&inbox->bulk) > inbox->bulk.capacity / 2;
}

ohm_code ohm_store_inbox_bulk(ohm_store_inbox *inbox, ohm_span head, ohm_span body, bool is_frame)
{
    pthread_mutex_lock(&inbox->lock);
    bool was_half_full = half_full(inbox);
    ohm_code code = ohm_ring_push(&inbox->bulk, head, body);
    if (code == OHM_OK) {
        schedule(inbox);
        if (!was_half_full && half_full(inbox))
            pthread_cond_signal(&inbox->wake);
    } else if (is_frame) {
        inbox->dropped_frames++;
    } else {
        inbox->dropped_events++;
    }
    pthread_mutex_unlock(&inbox->lock);
    return code;
}

ohm_code ohm_store_inbox_journal(ohm_store_inbox *inbox, ohm_span head, ohm_span body)
{
    pthread_mutex_lock(&inbox->lock);
    ohm_code code = ohm_ring_push(&inbox->journal, head, body);
    if (code == OHM_OK) {
        schedule(inbox);
        hurry(inbox);
    }
    pthread_mutex_unlock(&inbox->lock);
    return code;
}

static ohm_state_value **find(ohm_state_value **list, const char *key)
{
    while (*list && strcmp((*list)->key, key) != 0)
        list = &(*list)->next;
    return list;
}

static void forget(ohm_store_inbox *inbox, ohm_state_value *value)
{
    inbox->states_count--;
    inbox->states_bytes -= value->len;
    free(value);
}

static ohm_code add_waiter(ohm_store_inbox *inbox, const ohm_waiter *waiter)
{
    if (inbox->waiters_count == OHM_STORE_WAITERS_MAX)
        return OHM_BUSY;
    inbox->waiters[inbox->waiters_count++] = *waiter;
    hurry(inbox);
    return OHM_OK;
}

/* Puts a value in its place, in that of an older one of the same name. */
static ohm_code add_state(ohm_store_inbox *inbox, ohm_state_value *value, const ohm_waiter *waiter)
{
    ohm_state_value **older = find(&inbox->states, value->key);
    size_t count = inbox->states_count - (*older ? 1 : 0);
    size_t bytes = inbox->states_bytes - (*older ? (*older)->len : 0);
    if (count == OHM_STORE_STATES_PENDING_MAX || value->len > OHM_INBOX_STATE_BYTES - bytes)
        return OHM_BUSY;
    if (waiter && add_waiter(inbox, waiter) != OHM_OK)
        return OHM_BUSY;
    if (*older) {
        ohm_state_value *gone = *older;
        *older = gone->next;
        forget(inbox, gone);
    }
    value->next = inbox->states;
    inbox->states = value;
    inbox->states_count++;
    inbox->states_bytes += value->len;
    schedule(inbox);
    return OHM_OK;
}

ohm_code ohm_store_inbox_state(ohm_store_inbox *inbox, const char *key, ohm_span value,
                               const ohm_waiter *waiter)
{
    if (strlen(key) >= OHM_STORE_KEY_MAX || value.len > OHM_STORE_STATE_MAX)
        return OHM_TOO_BIG;
    assert(value.ptr || value.len == 0);
    ohm_state_value *copy = malloc(sizeof *copy + value.len);
    if (!copy)
        return OHM_NO_MEMORY;
    *copy = (ohm_state_value){ .remove = !value.ptr, .withdraw = waiter, .len = value.len };
    memcpy(copy->key, key, strlen(key) + 1);
    if (value.len > 0)
        memcpy(copy->bytes, value.ptr, value.len);

    pthread_mutex_lock(&inbox->lock);
    ohm_code code = add_state(inbox, copy, waiter);
    pthread_mutex_unlock(&inbox->lock);
    if (code != OHM_OK)
        free(copy);
    return code;
}

ohm_code ohm_store_inbox_wait_for_commit(ohm_store_inbox *inbox, const ohm_waiter *waiter)
{
    pthread_mutex_lock(&inbox->lock);
    ohm_code code = add_waiter(inbox, waiter);
    pthread_mutex_unlock(&inbox->lock);
    return code;
}

void ohm_store_inbox_stop(ohm_store_inbox *inbox)
{
    pthread_mutex_lock(&inbox->lock);
    inbox->stop = true;
    pthread_cond_signal(&inbox->wake);
    pthread_mutex_unlock(&inbox->lock);
}

/* --- the writer --------------------------------------------------------------------------- */

/* A disk that refuses is tried again when its time has come, or when somebody waits for the
 * answer; a ring that fills up is no reason to hurry then. */
static bool due(const ohm_store_inbox *inbox)
{
    if (inbox->stop || inbox->urgent)
        return true;
    return now_ms() >= inbox->due_ms || (inbox->retry_ms == 0 && half_full(inbox));
}

static bool wait_until_due(ohm_store_inbox *inbox)
{
    while (!due(inbox)) {
        int64_t next_ms = inbox->due_ms < inbox->tidy_ms ? inbox->due_ms : inbox->tidy_ms;
        if (now_ms() >= inbox->tidy_ms)
            return false;
        struct timespec until = {
            .tv_sec = (time_t)(next_ms / 1000),
            .tv_nsec = (long)(next_ms % 1000) * 1000000,
        };
        (void)pthread_cond_timedwait(&inbox->wake, &inbox->lock, &until);
    }
    return true;
}

void ohm_store_inbox_tidy_in(ohm_store_inbox *inbox, int64_t in_ms)
{
    pthread_mutex_lock(&inbox->lock);
    inbox->tidy_ms = now_ms() + in_ms;
    pthread_cond_signal(&inbox->wake); /* who sets it may be another thread than who waits */
    pthread_mutex_unlock(&inbox->lock);
}

bool ohm_store_inbox_take(ohm_store_inbox *inbox, ohm_batch *ret_batch)
{
    pthread_mutex_lock(&inbox->lock);
    if (!wait_until_due(inbox)) {
        pthread_mutex_unlock(&inbox->lock);
        return false;
    }
    ret_batch->bulk_end = inbox->bulk.tail;
    ret_batch->journal_end = inbox->journal.tail;
    ret_batch->states = inbox->states;
    ret_batch->waiters_count = inbox->waiters_count;
    memcpy(ret_batch->waiters, inbox->waiters, inbox->waiters_count * sizeof *inbox->waiters);
    ret_batch->last = inbox->stop;
    inbox->states = NULL;
    inbox->waiters_count = 0;
    inbox->urgent = false;
    inbox->due_ms = INT64_MAX;
    pthread_mutex_unlock(&inbox->lock);
    return true;
}

void ohm_store_inbox_committed(ohm_store_inbox *inbox, ohm_batch *batch)
{
    pthread_mutex_lock(&inbox->lock);
    ohm_ring_discard(&inbox->bulk, batch->bulk_end);
    ohm_ring_discard(&inbox->journal, batch->journal_end);
    if (ohm_ring_used(&inbox->bulk) == 0 && ohm_ring_used(&inbox->journal) == 0)
        ohm_pages_give_back(inbox->bytes, inbox->bulk.capacity + inbox->journal.capacity);
    while (batch->states) {
        ohm_state_value *value = batch->states;
        batch->states = value->next;
        forget(inbox, value);
    }
    inbox->retry_ms = 0;
    pthread_mutex_unlock(&inbox->lock);
}

/* Values come back unless they were withdrawn or a newer one has taken their place. */
static void take_back(ohm_store_inbox *inbox, ohm_batch *batch)
{
    while (batch->states) {
        ohm_state_value *value = batch->states;
        batch->states = value->next;
        if (value->withdraw || *find(&inbox->states, value->key)) {
            forget(inbox, value);
            continue;
        }
        value->next = inbox->states;
        inbox->states = value;
    }
}

void ohm_store_inbox_failed(ohm_store_inbox *inbox, ohm_batch *batch)
{
    pthread_mutex_lock(&inbox->lock);
    take_back(inbox, batch);
    int64_t step = inbox->retry_ms ? 2 * inbox->retry_ms : RETRY_FIRST_MS;
    inbox->retry_ms = step < RETRY_MAX_MS ? step : RETRY_MAX_MS;
    inbox->due_ms = now_ms() + inbox->retry_ms;
    pthread_mutex_unlock(&inbox->lock);
}
