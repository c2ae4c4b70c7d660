/* A folder for a test's database: in memory where there is such a place, since nothing here cuts
 * the power and an fsync of a busy disk takes its time. */
#ifndef OHM_TEST_STORE_FOLDER_H
#define OHM_TEST_STORE_FOLDER_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { STORE_FOLDER_MAX = 32 };

static inline bool store_folder_make(char folder[static STORE_FOLDER_MAX])
{
    const char *place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(folder, STORE_FOLDER_MAX, "%s/ohm_store_XXXXXX", place);
    return mkdtemp(folder) != NULL;
}

static inline bool store_folder_remove(const char *folder)
{
    char command[64];
    (void)snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command) == 0;
}

#endif
