#include "cmd/lab_out.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "host/file.h"
#include "host/syserr.h"

static const char magic[16] = "SQLite format 3"; /* with its NUL: fileformat2.html §1.3.1 */

static bool is_database(const char *path)
{
    char head[sizeof magic] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool is = fd >= 0 && read(fd, head, sizeof head) == (ssize_t)sizeof head &&
              memcmp(head, magic, sizeof head) == 0;
    if (fd >= 0)
        (void)close(fd);
    return is;
}

/* A database with no table but that of steps. */
static bool is_ours(const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *ask = NULL;
    bool ours = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
                sqlite3_prepare_v2(db,
                                   "SELECT count(*) = 1 AND max(name) = 'steps' FROM "
                                   "sqlite_schema WHERE type = 'table'",
                                   -1, &ask, NULL) == SQLITE_OK &&
                sqlite3_step(ask) == SQLITE_ROW && sqlite3_column_int(ask, 0) == 1;
    (void)sqlite3_finalize(ask);
    (void)sqlite3_close(db);
    return ours;
}

/* The folder that a new file would lie in. */
static int check_folder(const char *path)
{
    char folder[OHM_PATH_MAX];
    const char *slash = strrchr(path, '/');
    int len = snprintf(folder, sizeof folder, "%.*s",
                       slash == path ? 1
                       : slash       ? (int)(slash - path)
                                     : 1,
                       slash ? path : ".");
    if (len < 0 || (size_t)len >= sizeof folder)
        return ohm_cmd_fail(path, "the path is too long", NULL);
    return access(folder, W_OK | X_OK) == 0 ? OHM_EXIT_OK
                                            : ohm_cmd_fail(path, ohm_err_errno(errno).what, folder);
}

int ohm_lab_out_check(const char *path, bool replace, bool database)
{
    struct stat there;
    if (stat(path, &there) < 0)
        return errno == ENOENT ? check_folder(path)
                               : ohm_cmd_fail(path, ohm_err_errno(errno).what, NULL);
    if (S_ISDIR(there.st_mode))
        return ohm_cmd_fail(path, ohm_err_errno(EISDIR).what, "a file in it");
    if (!S_ISREG(there.st_mode))
        return database ? ohm_cmd_fail(path, "is no file that a database can be in", NULL)
                        : OHM_EXIT_OK;
    if (!replace)
        return ohm_cmd_fail(path, "is there already", "--reset replaces it");
    if (is_database(path) && !is_ours(path))
        return ohm_cmd_fail(path, "is a database of something else: it is not replaced",
                            "another name");
    return check_folder(path);
}

int ohm_lab_out_remove(const char *path)
{
    struct stat there;
    bool regular = stat(path, &there) == 0 && S_ISREG(there.st_mode);
    return !regular || unlink(path) == 0 ? OHM_EXIT_OK
                                         : ohm_cmd_fail(path, ohm_err_errno(errno).what, NULL);
}

bool ohm_lab_out_begin(ohm_lab_out *out)
{
    *out = (ohm_lab_out){ NULL, NULL, 0 };
    out->to = open_memstream(&out->text, &out->len);
    return out->to != NULL;
}

/* To a device or a pipe, as it is. */
static ohm_err pass_on(const char *path, ohm_span bytes)
{
    FILE *to = fopen(path, "wb");
    if (!to)
        return ohm_err_errno(errno);
    ohm_err err = ohm_ok();
    if (fwrite(bytes.ptr, 1, bytes.len, to) != bytes.len || fflush(to) != 0)
        err = ohm_err_errno(errno);
    if (fclose(to) != 0 && !ohm_failed(err))
        err = ohm_err_errno(errno);
    return err;
}

int ohm_lab_out_put(const char *path, ohm_span bytes)
{
    struct stat there;
    bool streams = stat(path, &there) == 0 && !S_ISREG(there.st_mode);
    ohm_err err = streams ? pass_on(path, bytes)
                          : ohm_file_write(path, bytes, S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
    if (!ohm_failed(err))
        return OHM_EXIT_OK;
    return ohm_cmd_fail(path, err.what, streams ? NULL : "what was there is as it was");
}

int ohm_lab_out_end(ohm_lab_out *out, const char *path)
{
    bool whole = !ferror(out->to);
    whole = fclose(out->to) == 0 && whole;
    int status = whole ? ohm_lab_out_put(path, ohm_span_of(out->text, out->len))
                       : ohm_cmd_fail(path, "out of memory", NULL);
    free(out->text);
    return status;
}
