#include "web/backup_job.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/fault_stack.h"
#include "host/log.h"

struct ohm_backup_job {
    char *store_path, *file_path;
    pthread_t thread;
    bool has_thread; /* to be joined; the web thread's own */
    atomic_bool stop;
    pthread_mutex_t lock;
    ohm_backup_status status;
};

ohm_backup_job *ohm_backup_job_new(const char *store_path, const char *file_path)
{
    ohm_backup_job *job = calloc(1, sizeof *job);
    if (!job)
        return NULL;
    (void)pthread_mutex_init(&job->lock, NULL);
    job->store_path = strdup(store_path);
    job->file_path = strdup(file_path);
    if (job->store_path && job->file_path)
        return job;
    ohm_backup_job_free(job);
    return NULL;
}

static void join(ohm_backup_job *job)
{
    if (job->has_thread)
        (void)pthread_join(job->thread, NULL);
    job->has_thread = false;
}

void ohm_backup_job_free(ohm_backup_job *job)
{
    if (!job)
        return;
    atomic_store(&job->stop, true);
    join(job);
    (void)pthread_mutex_destroy(&job->lock);
    free(job->store_path);
    free(job->file_path);
    free(job);
}

static void note_pages(void *ctx, unsigned done, unsigned total)
{
    ohm_backup_job *job = ctx;
    (void)pthread_mutex_lock(&job->lock);
    job->status.pages_done = done;
    job->status.pages_total = total;
    (void)pthread_mutex_unlock(&job->lock);
}

static bool is_stopped(void *ctx)
{
    ohm_backup_job *job = ctx;
    return atomic_load_explicit(&job->stop, memory_order_relaxed);
}

static void *run(void *arg)
{
    ohm_backup_job *job = arg;
    ohm_backup_contents contents = { 0 };
    const ohm_backup_progress progress = { note_pages, is_stopped, job };
    ohm_err err = ohm_backup_write(job->store_path, job->file_path, false, &progress, &contents);
    ohm_fault_stack();
    (void)pthread_mutex_lock(&job->lock);
    job->status.state = ohm_failed(err) ? OHM_BACKUP_FAILED : OHM_BACKUP_DONE;
    job->status.contents = contents;
    (void)snprintf(job->status.why, sizeof job->status.why, "%s", ohm_failed(err) ? err.what : "");
    (void)pthread_mutex_unlock(&job->lock);
    if (ohm_failed(err))
        ohm_log(OHM_LOG_WARNING, "backup_failed why=\"%s\"", err.what);
    else
        ohm_log(OHM_LOG_NOTICE, "backup_made readings=%llu bytes=%llu",
                (unsigned long long)contents.readings, (unsigned long long)contents.bytes);
    return NULL;
}

ohm_code ohm_backup_job_start(ohm_backup_job *job, ohm_ms now_ms)
{
    sigset_t all, before;
    if (ohm_backup_job_status(job).state == OHM_BACKUP_RUNS)
        return OHM_BUSY;
    join(job); /* it has ended, or is about to */
    (void)pthread_mutex_lock(&job->lock);
    job->status = (ohm_backup_status){ .state = OHM_BACKUP_RUNS, .started_ms = now_ms };
    (void)pthread_mutex_unlock(&job->lock);
    (void)sigfillset(&all); /* signals belong to the loop thread */
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    job->has_thread = pthread_create(&job->thread, NULL, run, job) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (job->has_thread) {
        (void)pthread_setname_np(job->thread, "ohm-backup");
        return OHM_OK;
    }
    (void)pthread_mutex_lock(&job->lock);
    job->status.state = OHM_BACKUP_NONE;
    (void)pthread_mutex_unlock(&job->lock);
    return OHM_NO_MEMORY;
}

ohm_backup_status ohm_backup_job_status(ohm_backup_job *job)
{
    (void)pthread_mutex_lock(&job->lock);
    ohm_backup_status status = job->status;
    (void)pthread_mutex_unlock(&job->lock);
    return status;
}

const char *ohm_backup_job_file(const ohm_backup_job *job)
{
    return job->file_path;
}
