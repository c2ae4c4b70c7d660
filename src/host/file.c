#include "host/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/random.h"
#include "host/syserr.h"

enum { READ_STEP = 16384 };

static ohm_err write_all(int fd, ohm_span bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ohm_err_errno(errno);
        bytes = ohm_span_part(bytes, (size_t)n, bytes.len - (size_t)n);
    }
    return ohm_ok();
}

/* The directory part of a path: "." when there is none. */
static ohm_err dir_of(const char *path, char dir[static OHM_PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t len = slash ? (size_t)(slash - path) : 0;
    if (slash == path)
        len = 1;
    if (len >= OHM_PATH_MAX)
        return ohm_fail(OHM_TOO_BIG, 0, "the path is too long");
    memcpy(dir, len ? path : ".", len ? len : 1);
    dir[len ? len : 1] = '\0';
    return ohm_ok();
}

ohm_err ohm_file_sync_dir(const char *path)
{
    char dir[OHM_PATH_MAX];
    OHM_TRY(dir_of(path, dir));
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return ohm_err_errno(errno);
    /* Some file systems can't sync a directory and say EINVAL: then there is nothing to do. */
    ohm_err err = fsync(fd) < 0 && errno != EINVAL ? ohm_err_errno(errno) : ohm_ok();
    (void)close(fd);
    return err;
}

static ohm_err fill(int fd, ohm_span bytes, mode_t mode)
{
    ohm_err err = write_all(fd, bytes);
    if (!ohm_failed(err) && fchmod(fd, mode) < 0)
        err = ohm_err_errno(errno);
    if (!ohm_failed(err) && fsync(fd) < 0)
        err = ohm_err_errno(errno);
    if (close(fd) < 0 && !ohm_failed(err))
        err = ohm_err_errno(errno);
    return err;
}

ohm_err ohm_file_write(const char *path, ohm_span bytes, mode_t mode)
{
    char tmp[OHM_PATH_MAX];
    int n = snprintf(tmp, sizeof tmp, "%s.XXXXXX", path);
    if (n < 0 || (size_t)n >= sizeof tmp)
        return ohm_fail(OHM_TOO_BIG, 0, "the path is too long");

    int fd = mkostemp(tmp, O_CLOEXEC); /* 0600 until it is whole */
    if (fd < 0)
        return ohm_err_errno(errno);
    ohm_err err = fill(fd, bytes, mode);
    if (!ohm_failed(err) && rename(tmp, path) < 0)
        err = ohm_err_errno(errno);
    if (ohm_failed(err)) {
        (void)unlink(tmp);
        return err;
    }
    return ohm_file_sync_dir(path);
}

/* Reads to the end into *buf, growing it; *len is right even after a failure. It may be a
 * secret, so a buffer that became too small is wiped, not left to realloc. */
static ohm_err read_all(int fd, size_t max, uint8_t **buf, size_t *ret_len)
{
    size_t cap = 0;
    *ret_len = 0;
    for (;;) {
        if (*ret_len + 1 >= cap) {
            size_t more = cap ? 2 * cap : READ_STEP;
            uint8_t *bigger = malloc(more);
            if (!bigger)
                return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
            if (*ret_len > 0)
                memcpy(bigger, *buf, *ret_len);
            ohm_secret_free(*buf, *ret_len);
            *buf = bigger;
            cap = more;
        }
        ssize_t n = read(fd, *buf + *ret_len, cap - 1 - *ret_len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ohm_err_errno(errno);
        if (n == 0)
            break;
        *ret_len += (size_t)n;
        if (*ret_len > max)
            return ohm_fail(OHM_TOO_BIG, 0, "the file is too big");
    }
    (*buf)[*ret_len] = '\0';
    return ohm_ok();
}

static bool in_credentials_dir(const char *path)
{
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    size_t len = dir ? strlen(dir) : 0;
    return len > 0 && strncmp(path, dir, len) == 0 && path[len] == '/' && !strstr(path, "/../");
}

static ohm_err check_private(int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return ohm_err_errno(errno);
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return ohm_fail(OHM_DENIED, 0,
                        "others may read this secret file: chmod 600 it and change the secret");
    return ohm_ok();
}

static ohm_err read_file(const char *path, size_t max, bool secret, uint8_t **ret_bytes,
                         size_t *ret_len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ohm_err_errno(errno);
    uint8_t *buf = NULL;
    size_t len = 0;
    ohm_err err = secret && !in_credentials_dir(path) ? check_private(fd) : ohm_ok();
    if (!ohm_failed(err))
        err = read_all(fd, max, &buf, &len);
    (void)close(fd);
    if (ohm_failed(err)) {
        ohm_secret_free(buf, len);
        return err;
    }
    *ret_bytes = buf;
    *ret_len = len;
    return ohm_ok();
}

ohm_err ohm_file_read(const char *path, size_t max, uint8_t **ret_bytes, size_t *ret_len)
{
    return read_file(path, max, false, ret_bytes, ret_len);
}

ohm_err ohm_file_read_fd(int fd, size_t max, uint8_t **ret_bytes, size_t *ret_len)
{
    uint8_t *buf = NULL;
    size_t len = 0;
    ohm_err err = read_all(fd, max, &buf, &len);
    if (ohm_failed(err)) {
        ohm_secret_free(buf, len);
        return err;
    }
    *ret_bytes = buf;
    *ret_len = len;
    return ohm_ok();
}

ohm_err ohm_secret_read(const char *path, size_t max, uint8_t **ret_bytes, size_t *ret_len)
{
    OHM_TRY(read_file(path, max, true, ret_bytes, ret_len));
    size_t len = *ret_len;
    if (len > 0 && (*ret_bytes)[len - 1] == '\n')
        len--;
    (*ret_bytes)[len] = '\0';
    *ret_len = len;
    return ohm_ok();
}

void ohm_secret_free(uint8_t *bytes, size_t len)
{
    if (bytes)
        ohm_wipe(bytes, len);
    free(bytes);
}

ohm_err ohm_credential_path(const char *name, char ret_path[static OHM_PATH_MAX])
{
    if (!*name || strchr(name, '/') || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return ohm_fail(OHM_BAD_FORMAT, 0, "a credential's name is a plain file name");
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    if (!dir || !*dir)
        return ohm_fail(OHM_UNKNOWN, 0, "CREDENTIALS_DIRECTORY is not set");

    char path[OHM_PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%s", dir, name);
    if (n < 0 || (size_t)n >= sizeof path)
        return ohm_fail(OHM_TOO_BIG, 0, "the path is too long");
    if (access(path, F_OK) < 0)
        return ohm_err_errno(errno);
    memcpy(ret_path, path, (size_t)n + 1);
    return ohm_ok();
}

static ohm_err check_dir(const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return ohm_err_errno(errno);
    if (!S_ISDIR(st.st_mode))
        return ohm_err_errno(ENOTDIR);
    if (st.st_mode & S_IWOTH)
        return ohm_fail(OHM_DENIED, 0, "everybody may write to this directory: chmod 700 it");
    return ohm_ok();
}

ohm_err ohm_dir_ensure(const char *path)
{
    char part[OHM_PATH_MAX];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof part)
        return ohm_fail(OHM_TOO_BIG, 0, "the path is empty or too long");
    memcpy(part, path, len + 1);

    for (size_t i = 1; i <= len; i++) {
        if (part[i] != '/' && part[i] != '\0')
            continue;
        part[i] = '\0';
        int error = mkdir(part, 0700) < 0 ? errno : 0;
        if (error && error != EEXIST && access(part, F_OK) < 0)
            return ohm_err_errno(error);
        part[i] = path[i];
    }
    return check_dir(path);
}

ohm_err ohm_file_lock(const char *path, int *ret_fd)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return ohm_err_errno(errno);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        ohm_err err = errno == EWOULDBLOCK ? ohm_fail(OHM_BUSY, 0, "another process holds the lock")
                                           : ohm_err_errno(errno);
        (void)close(fd);
        return err;
    }
    *ret_fd = fd;
    return ohm_ok();
}
