/* Files: whole, bounded, and atomic where they are ours.
 *
 * Errors are the system's (host/syserr.h: `at` is the errno) unless a line says otherwise.
 * Nothing here prints; the caller knows the path and says it. */
#ifndef OHM_HOST_FILE_H
#define OHM_HOST_FILE_H

#include <sys/types.h>

#include "base/err.h"
#include "base/span.h"

enum { OHM_PATH_MAX = 1024 };

/* Replaces the file, or leaves it as it was: a temporary file beside it, fsync, rename, fsync of
 * the directory. The new file has exactly `mode`. */
OHM_MUST_CHECK ohm_err ohm_file_write(const char *path, ohm_span bytes, mode_t mode);

/* The whole file in a malloc'ed buffer that the caller frees, with a NUL after its end that is
 * not counted. Works on pipes and devices too. OHM_TOO_BIG above `max` bytes. */
OHM_MUST_CHECK ohm_err ohm_file_read(const char *path, size_t max, uint8_t **ret_bytes,
                                     size_t *ret_len);

/* The rest of what an open descriptor gives (standard input); it stays open. */
OHM_MUST_CHECK ohm_err ohm_file_read_fd(int fd, size_t max, uint8_t **ret_bytes, size_t *ret_len);

/* As ohm_file_read, for a secret: refuses (OHM_DENIED) a file that its group or others may read or
 * write, save in the credentials directory, which systemd guards. One newline at the end is
 * dropped. Free with ohm_secret_free. */
OHM_MUST_CHECK ohm_err ohm_secret_read(const char *path, size_t max, uint8_t **ret_bytes,
                                       size_t *ret_len);
/* Wipes and frees. NULL is allowed. */
void ohm_secret_free(uint8_t *bytes, size_t len);

/* The path of a systemd credential: "$CREDENTIALS_DIRECTORY/name". OHM_UNKNOWN when the
 * directory is not set or holds no such file; OHM_BAD_FORMAT for a name with a slash. */
OHM_MUST_CHECK ohm_err ohm_credential_path(const char *name, char ret_path[static OHM_PATH_MAX]);

/* Makes a directory of our own and its missing parents, all with mode 0700. One that exists
 * must be a directory that others can't write to (OHM_DENIED). */
OHM_MUST_CHECK ohm_err ohm_dir_ensure(const char *path);

/* Takes the lock that a file stands for, made if it is missing, until the descriptor is closed or
 * the process ends. OHM_BUSY: another process has it. */
OHM_MUST_CHECK ohm_err ohm_file_lock(const char *path, int *ret_fd);

/* Makes a rename or a new file in the directory of `path` durable. */
OHM_MUST_CHECK ohm_err ohm_file_sync_dir(const char *path);

#endif
