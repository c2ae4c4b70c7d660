#include "store/pending.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { WAIT_S = 10 };

struct ohm_pending {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int owners;
    bool done;
    ohm_err result;
};

ohm_pending *ohm_pending_new(void)
{
    ohm_pending *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    pthread_condattr_t attr;
    int failed = pthread_mutex_init(&p->lock, NULL);
    failed |= pthread_condattr_init(&attr);
    failed |= pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    failed |= pthread_cond_init(&p->changed, &attr);
    failed |= pthread_condattr_destroy(&attr);
    assert(!failed); /* as in the inbox: nothing that could run out */
    p->owners = 2;
    return p;
}

void ohm_pending_drop(ohm_pending *p, int owners)
{
    pthread_mutex_lock(&p->lock);
    p->owners -= owners;
    bool last = p->owners == 0;
    pthread_mutex_unlock(&p->lock);
    if (!last)
        return;
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

void ohm_pending_done(void *ctx, ohm_err result)
{
    ohm_pending *p = ctx;
    pthread_mutex_lock(&p->lock);
    p->done = true;
    p->result = result;
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
    ohm_pending_drop(p, 1);
}

ohm_err ohm_pending_wait(ohm_pending *p)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += WAIT_S;
    pthread_mutex_lock(&p->lock);
    int late = 0;
    while (!p->done && late != ETIMEDOUT)
        late = pthread_cond_timedwait(&p->changed, &p->lock, &until);
    ohm_err result =
        p->done ? p->result : ohm_fail(OHM_BUSY, 0, "the disk does not answer in time");
    pthread_mutex_unlock(&p->lock);
    ohm_pending_drop(p, 1);
    return result;
}
