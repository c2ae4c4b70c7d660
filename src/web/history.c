#include "web/history.h"

#include <errno.h>
#include <signal.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "host/fault_stack.h"
#include "host/log.h"
#include "host/syserr.h"

typedef struct job {
    uint64_t id;
    ohm_history_answer *run;
    alignas(max_align_t) uint8_t query[OHM_HISTORY_QUERY_MAX];
} job;

struct ohm_history {
    char *path;
    ohm_inbox *inbox;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t came;
    bool ending;
    uint64_t running; /* its id; 0: none */
    size_t count;
    job jobs[OHM_HISTORY_QUEUE_MAX];
    job present;      /* the thread's own, as is the reader */
    atomic_bool stop; /* the present one */
    ohm_reader *reader;
};

/* Waits for the next question. False: it is the end. */
static bool next_job(ohm_history *h)
{
    (void)pthread_mutex_lock(&h->lock);
    h->running = 0;
    while (!h->ending && h->count == 0)
        (void)pthread_cond_wait(&h->came, &h->lock);
    bool found = !h->ending;
    if (found) {
        h->present = h->jobs[0];
        h->count--;
        memmove(h->jobs, h->jobs + 1, h->count * sizeof h->jobs[0]);
        h->running = h->present.id;
        atomic_store(&h->stop, false);
    }
    (void)pthread_mutex_unlock(&h->lock);
    return found;
}

static void answer(ohm_history *h)
{
    char *json = NULL;
    size_t len = 0;
    ohm_code code = OHM_OK;
    if (!h->reader && h->path) {
        ohm_err err = ohm_reader_open(h->path, &h->reader);
        code = err.code;
        if (ohm_failed(err))
            ohm_log(OHM_LOG_ERROR, "web_store_unreadable why=\"%s\"", err.what);
    }
    if (code == OHM_OK)
        code = h->present.run(h->reader, h->present.query, &h->stop, &json, &len);
    else
        code = OHM_IO; /* whatever it is: not that there is no such series */
    ohm_inbox_put_answer(h->inbox, h->present.id, code, json, len);
}

static void *run(void *arg)
{
    ohm_history *h = arg;
    ohm_fault_stack();
    while (next_job(h))
        answer(h);
    ohm_reader_close(h->reader);
    return NULL;
}

/* Signals belong to the loop thread. */
static int start_thread(ohm_history *h)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, OHM_HISTORY_STACK_BYTES);
    int error = pthread_create(&h->thread, &attributes, run, h);
    (void)pthread_attr_destroy(&attributes);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!error)
        (void)pthread_setname_np(h->thread, "ohm-history");
    return error;
}

static void release(ohm_history *h)
{
    (void)pthread_cond_destroy(&h->came);
    (void)pthread_mutex_destroy(&h->lock);
    free(h->path);
    free(h);
}

ohm_err ohm_history_new(const char *store_path, ohm_inbox *inbox, ohm_history **ret_history)
{
    ohm_history *h = calloc(1, sizeof *h);
    if (!h)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    h->inbox = inbox;
    h->path = store_path ? strdup(store_path) : NULL;
    (void)pthread_mutex_init(&h->lock, NULL);
    (void)pthread_cond_init(&h->came, NULL);
    int error = h->path || !store_path ? start_thread(h) : ENOMEM;
    if (error) {
        release(h);
        return ohm_err_errno(error);
    }
    *ret_history = h;
    return ohm_ok();
}

void ohm_history_free(ohm_history *h)
{
    if (!h)
        return;
    (void)pthread_mutex_lock(&h->lock);
    h->ending = true;
    atomic_store(&h->stop, true);
    (void)pthread_cond_signal(&h->came);
    (void)pthread_mutex_unlock(&h->lock);
    (void)pthread_join(h->thread, NULL);
    release(h);
}

ohm_code ohm_history_ask(ohm_history *h, uint64_t id, ohm_history_answer *run_it, const void *query,
                         size_t len)
{
    assert(id != 0);
    assert(len <= OHM_HISTORY_QUERY_MAX);
    (void)pthread_mutex_lock(&h->lock);
    bool room = h->count < OHM_HISTORY_QUEUE_MAX;
    if (room) {
        job *new = &h->jobs[h->count++];
        *new = (job){ .id = id, .run = run_it };
        memcpy(new->query, query, len);
        (void)pthread_cond_signal(&h->came);
    }
    (void)pthread_mutex_unlock(&h->lock);
    return room ? OHM_OK : OHM_BUSY;
}

void ohm_history_cancel(ohm_history *h, uint64_t id)
{
    (void)pthread_mutex_lock(&h->lock);
    size_t at = 0;
    while (at < h->count && h->jobs[at].id != id)
        at++;
    if (at < h->count) {
        h->count--;
        memmove(h->jobs + at, h->jobs + at + 1, (h->count - at) * sizeof h->jobs[0]);
    } else if (h->running == id) {
        atomic_store(&h->stop, true);
    }
    (void)pthread_mutex_unlock(&h->lock);
}
