/* A copy of the store for whoever may take it along, made on a thread of its own while everything
 * goes on: written, read back whole, and only then there (store/backup.h). One at a time; the copy
 * stays in the state folder until it is removed or the next one takes its place. */
#ifndef OHM_WEB_BACKUP_JOB_H
#define OHM_WEB_BACKUP_JOB_H

#include "base/time.h"
#include "store/backup.h"

typedef struct ohm_backup_job ohm_backup_job;

typedef enum ohm_backup_state {
    OHM_BACKUP_NONE, /* none was made since the start; a file may be there all the same */
    OHM_BACKUP_RUNS,
    OHM_BACKUP_DONE,
    OHM_BACKUP_FAILED,
} ohm_backup_state;

typedef struct ohm_backup_status {
    ohm_backup_state state;
    unsigned pages_done, pages_total; /* copied; then it is read back */
    ohm_ms started_ms;
    ohm_backup_contents contents; /* DONE */
    char why[128];                /* FAILED */
} ohm_backup_status;

/* The paths are copied. NULL: out of memory. */
ohm_backup_job *ohm_backup_job_new(const char *store_path, const char *file_path);
/* Stops what runs; takes NULL. */
void ohm_backup_job_free(ohm_backup_job *job);

/* OHM_BUSY: one runs already. */
OHM_MUST_CHECK ohm_code ohm_backup_job_start(ohm_backup_job *job, ohm_ms now_ms);
ohm_backup_status ohm_backup_job_status(ohm_backup_job *job);
/* Where the copy is, when it is there. */
const char *ohm_backup_job_file(const ohm_backup_job *job);

#endif
