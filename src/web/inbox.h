/* What the loop hands to the web thread: the newest view, actions, answers.
 *
 * Producers copy in under a lock that is held for the copy alone and wake the web thread through
 * an eventfd. The view is a value that the newest replaces; actions queue up to a limit, above
 * which they are counted and dropped (a stream's reader sees the next state); answers queue to
 * the number of commands that may wait. */
#ifndef OHM_WEB_INBOX_H
#define OHM_WEB_INBOX_H

#include <pthread.h>

#include "engine/codec.h"
#include "web/view.h"

enum {
    OHM_INBOX_ACTIONS_MAX = 256,
    OHM_INBOX_ANSWERS_MAX = 64,
};

typedef struct ohm_inbox_action {
    bool decision;
    uint16_t len;
    char json[OHM_ACTION_JSON_MAX];
} ohm_inbox_action;

typedef struct ohm_inbox_answer {
    uint64_t command_id;
    ohm_code result;
    char *json; /* to a question; its taker frees it. NULL: none */
    size_t json_len;
} ohm_inbox_answer;

typedef struct ohm_inbox {
    pthread_mutex_t lock;
    int wake_fd;
    bool fresh;
    ohm_view *written, *read; /* the producers', the web thread's */
    uint16_t actions_count, answers_count;
    uint64_t dropped;
    ohm_inbox_action *actions; /* OHM_INBOX_ACTIONS_MAX of them */
    ohm_inbox_answer answers[OHM_INBOX_ANSWERS_MAX];
} ohm_inbox;

OHM_MUST_CHECK ohm_err ohm_inbox_init(ohm_inbox *inbox);
void ohm_inbox_release(ohm_inbox *inbox);

/* Producers, any thread. */
void ohm_inbox_put_view(ohm_inbox *inbox, const ohm_view *view);
/* The same without a copy: the view is made in what begin returns, and nothing else may be asked
 * of the inbox before its end. */
ohm_view *ohm_inbox_begin_view(ohm_inbox *inbox);
void ohm_inbox_end_view(ohm_inbox *inbox);
void ohm_inbox_put_action(ohm_inbox *inbox, bool decision, ohm_span json);
/* Takes `json`, which is malloc'ed, or NULL. */
void ohm_inbox_put_answer(ohm_inbox *inbox, uint64_t command_id, ohm_code result, char *json,
                          size_t json_len);
void ohm_inbox_wake(ohm_inbox *inbox);

/* The web thread. What came in an order stays in that order: an answer is never seen before the
 * view that was put before it. */
typedef struct ohm_inbox_batch {
    bool fresh; /* inbox->read is a newer view */
    uint64_t dropped;
    uint16_t actions_count, answers_count;
    ohm_inbox_action *actions; /* OHM_INBOX_ACTIONS_MAX of them, swapped with the inbox's */
    ohm_inbox_answer answers[OHM_INBOX_ANSWERS_MAX];
} ohm_inbox_batch;
OHM_MUST_CHECK ohm_err ohm_inbox_batch_init(ohm_inbox_batch *batch);
void ohm_inbox_batch_release(ohm_inbox_batch *batch);
void ohm_inbox_take(ohm_inbox *inbox, ohm_inbox_batch *batch);
/* The view alone; all else stays. True: inbox->read is a newer one. */
bool ohm_inbox_take_view(ohm_inbox *inbox);

#endif
