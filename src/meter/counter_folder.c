#include "meter/counter_folder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/number.h"
#include "host/paths.h"
#include "host/random.h"

enum {
    NAME_MAX_LEN = 32,
    FILE_MAX = 64,
    LOCK_TRIES = 200,
    LOCK_PAUSE_NS = 10 * 1000 * 1000,
    TITLE_MAKER = 3, /* letters of the manufacturer, before what tells its devices apart */
};

static const uint8_t maker[TITLE_MAKER] = { 'O', 'H', 'M' };

ohm_err ohm_counter_folder_init(ohm_counter_folder *folder, const char *state)
{
    char path[OHM_PATH_MAX];
    *folder = (ohm_counter_folder){ NULL };
    OHM_TRY(ohm_path_join(state, "dlms", path));
    folder->path = strdup(path);
    return folder->path ? ohm_ok() : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
}

void ohm_counter_folder_release(ohm_counter_folder *folder)
{
    free(folder->path);
    folder->path = NULL;
}

/* --- one at a time ---------------------------------------------------------------------------- */

/* Who holds it writes one small file: it is waited for, but not for ever. */
static ohm_err lock(const ohm_counter_folder *folder, int *ret_fd)
{
    const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };
    char path[OHM_PATH_MAX];
    OHM_TRY(ohm_path_join(folder->path, "lock", path));
    ohm_err err = ohm_dir_ensure(folder->path);
    if (!ohm_failed(err))
        err = ohm_file_lock(path, ret_fd);
    for (int i = 0; err.code == OHM_BUSY && i < LOCK_TRIES; i++) {
        (void)nanosleep(&pause, NULL);
        err = ohm_file_lock(path, ret_fd);
    }
    if (ohm_failed(err) && err.code != OHM_BUSY)
        return ohm_fail(err.code, err.at, "the state folder can't keep the invocation counters");
    return err;
}

/* The content of a small file of ours without its newline; OHM_UNKNOWN: there is none yet. */
static ohm_err read_line(const char *path, char ret_text[static FILE_MAX])
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    if (access(path, F_OK) != 0)
        return ohm_fail(OHM_UNKNOWN, 0, "nothing is kept yet");
    OHM_TRY(ohm_file_read(path, FILE_MAX - 1, &bytes, &len));
    bool whole = len > 1 && bytes[len - 1] == '\n';
    if (whole) {
        memcpy(ret_text, bytes, len - 1);
        ret_text[len - 1] = 0;
    }
    free(bytes);
    return whole ? ohm_ok() : ohm_fail(OHM_BAD_FORMAT, 0, "the kept counters are damaged");
}

static ohm_err write_line(const char *path, const char *text)
{
    char line[FILE_MAX + 1];
    int len = snprintf(line, sizeof line, "%s\n", text);
    return ohm_file_write(path, ohm_span_of(line, (size_t)len), 0600);
}

/* --- numbers ---------------------------------------------------------------------------------- */

static void title_text(const uint8_t title[static OHM_COUNTER_TITLE_LEN],
                       char out[static 2 * OHM_COUNTER_TITLE_LEN + 1])
{
    for (size_t i = 0; i < OHM_COUNTER_TITLE_LEN; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", title[i]);
}

static ohm_err lend_locked(const char *path, uint32_t at_least, uint32_t count, uint32_t *ret_first)
{
    char text[FILE_MAX];
    int64_t kept = 0;
    ohm_err err = read_line(path, text);
    if (ohm_failed(err) && err.code != OHM_UNKNOWN)
        return err;
    bool known = !ohm_failed(err);
    if (known &&
        (ohm_number_int(ohm_span_text(text), &kept) != OHM_OK || kept < 1 || kept > UINT32_MAX))
        return ohm_fail(OHM_BAD_FORMAT, 0, "the kept counters are damaged");
    if (!known && at_least == 0)
        return err;
    uint32_t first = (uint32_t)kept > at_least ? (uint32_t)kept : at_least;
    if (count > UINT32_MAX - first)
        return ohm_fail(OHM_RANGE, 0, "all counters of this key are used: it must be changed");
    (void)snprintf(text, sizeof text, "%" PRIu32, first + count);
    OHM_TRY(write_line(path, text));
    *ret_first = first;
    return ohm_ok();
}

static ohm_err lend(void *ctx, const uint8_t title[static OHM_COUNTER_TITLE_LEN], uint32_t key_id,
                    uint32_t at_least, uint32_t count, uint32_t *ret_first)
{
    const ohm_counter_folder *folder = ctx;
    char path[OHM_PATH_MAX], name[NAME_MAX_LEN], hex[2 * OHM_COUNTER_TITLE_LEN + 1];
    int fd = -1;
    title_text(title, hex);
    (void)snprintf(name, sizeof name, "%s-%08" PRIx32, hex, key_id);
    OHM_TRY(ohm_path_join(folder->path, name, path));
    OHM_TRY(lock(folder, &fd));
    ohm_err err = lend_locked(path, at_least, count, ret_first);
    (void)close(fd);
    return err;
}

/* --- the title -------------------------------------------------------------------------------- */

static bool parse_title(const char *text, uint8_t out[static OHM_COUNTER_TITLE_LEN])
{
    uint8_t title[OHM_COUNTER_TITLE_LEN] = { 0 };
    if (strlen(text) != 2 * sizeof title || strspn(text, "0123456789abcdef") != 2 * sizeof title)
        return false;
    for (size_t i = 0; i < 2 * sizeof title; i++) {
        int digit = text[i] <= '9' ? text[i] - '0' : text[i] - 'a' + 10;
        title[i / 2] = (uint8_t)(title[i / 2] << 4 | digit);
    }
    memcpy(out, title, sizeof title);
    return true;
}

static ohm_err title_locked(const char *path, uint8_t ret_title[static OHM_COUNTER_TITLE_LEN])
{
    char text[FILE_MAX];
    uint8_t made[OHM_COUNTER_TITLE_LEN];
    ohm_err err = read_line(path, text);
    if (!ohm_failed(err))
        return parse_title(text, ret_title)
                   ? err
                   : ohm_fail(OHM_BAD_FORMAT, 0, "the kept system title is damaged");
    if (err.code != OHM_UNKNOWN)
        return err;
    ohm_random(made, sizeof made);
    memcpy(made, maker, sizeof maker);
    title_text(made, text);
    OHM_TRY(write_line(path, text));
    memcpy(ret_title, made, sizeof made);
    return ohm_ok();
}

static ohm_err title(void *ctx, uint8_t ret_title[static OHM_COUNTER_TITLE_LEN])
{
    const ohm_counter_folder *folder = ctx;
    char path[OHM_PATH_MAX];
    int fd = -1;
    OHM_TRY(ohm_path_join(folder->path, "title", path));
    OHM_TRY(lock(folder, &fd));
    ohm_err err = title_locked(path, ret_title);
    (void)close(fd);
    return err;
}

ohm_counter_lender ohm_counter_folder_lender(ohm_counter_folder *folder)
{
    return (ohm_counter_lender){ .lend = lend, .title = title, .ctx = folder };
}
