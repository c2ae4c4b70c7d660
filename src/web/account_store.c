#include "web/account_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/paths.h"
#include "host/syserr.h"

enum { LOCK_TRIES = 40, LOCK_PAUSE_NS = 50 * 1000 * 1000, JSON_MAX = 48 << 10 };

ohm_err ohm_account_store_load(ohm_reader *reader, ohm_accounts *out)
{
    uint8_t *bytes;
    size_t len;
    ohm_err err = ohm_reader_get(reader, OHM_ACCOUNTS_KEY, &bytes, &len);
    if (err.code == OHM_UNKNOWN) {
        *out = (ohm_accounts){ .users_count = 0 };
        return ohm_ok();
    }
    if (ohm_failed(err))
        return err;
    ohm_code code = ohm_accounts_parse(ohm_span_of(bytes, len), out);
    free(bytes);
    return code == OHM_OK ? ohm_ok() : ohm_fail(code, 0, "the stored accounts are damaged");
}

/* A verb run by root must leave nothing that the daemon's own user can't open. */
static void give_to_owner(const char *state_dir, int fd)
{
    struct stat folder;
    if (geteuid() == 0 && !stat(state_dir, &folder) && folder.st_uid != 0 &&
        fchown(fd, folder.st_uid, folder.st_gid))
        errno = 0; /* the daemon will say that it can't open it */
}

/* Others hold the lock for a write's time at most. */
static ohm_err take_lock(const char *state_dir, int *ret_fd)
{
    static const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };
    char path[OHM_PATH_MAX];
    OHM_TRY(ohm_path_join(state_dir, "accounts.lock", path));
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return ohm_err_errno(errno);
    give_to_owner(state_dir, fd);
    for (int i = 0; flock(fd, LOCK_EX | LOCK_NB); i++) {
        int error = errno;
        if ((error != EWOULDBLOCK && error != EINTR) || i == LOCK_TRIES) {
            (void)close(fd);
            return error == EWOULDBLOCK
                       ? ohm_fail(OHM_BUSY, 0, "another program is changing the accounts")
                       : ohm_err_errno(error);
        }
        (void)nanosleep(&pause, NULL);
    }
    *ret_fd = fd;
    return ohm_ok();
}

static ohm_err save(const ohm_account_change *change, const ohm_accounts *accounts)
{
    char *text = malloc(JSON_MAX);
    if (!text)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    ohm_json json;
    size_t len;
    ohm_json_init(&json, text, JSON_MAX);
    ohm_accounts_write(&json, accounts);
    ohm_err err = ohm_fail(OHM_TOO_BIG, 0, "too many accounts");
    if (ohm_json_finish(&json, &len) == OHM_OK)
        err = change->put(change->put_ctx, OHM_ACCOUNTS_KEY, ohm_span_of(text, len));
    free(text);
    return err;
}

static ohm_err change_locked(const ohm_account_change *change, ohm_accounts *accounts)
{
    OHM_TRY(ohm_account_store_load(change->reader, accounts));
    ohm_accounts before = *accounts;
    ohm_code code = change->change(accounts, change->ctx);
    ohm_err err = code == OHM_OK ? save(change, accounts) : ohm_fail(code, 0, ohm_code_text(code));
    if (ohm_failed(err))
        *accounts = before;
    return err;
}

ohm_err ohm_account_store_change(const ohm_account_change *change, ohm_accounts *accounts)
{
    int fd;
    OHM_TRY(take_lock(change->state_dir, &fd));
    ohm_err err = change_locked(change, accounts);
    (void)close(fd);
    return err;
}
