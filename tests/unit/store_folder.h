/* A folder for a test's database: in memory where there is such a place, since nothing here cuts
 * the power and an fsync of a busy disk takes its time. */
#ifndef OHM_TEST_STORE_FOLDER_H
#define OHM_TEST_STORE_FOLDER_H

#include <ftw.h>
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

static inline int store_folder_drop(const char *path, const struct stat *st, int kind,
                                    struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

/* Not by a shell, which costs more than most tests. */
static inline bool store_folder_remove(const char *folder)
{
    return nftw(folder, store_folder_drop, 8, FTW_DEPTH | FTW_PHYS) == 0;
}

#endif
