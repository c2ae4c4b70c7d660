/* ohmstead backup and restore: the whole store as one file, and back. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/civil.h"
#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/series_pick.h"
#include "cmd/verbs.h"
#include "host/clock.h"
#include "host/paths.h"
#include "store/backup.h"

typedef struct request {
    const char *file, *state;
    bool demo, json, force, damaged_too, check;
    char store[OHM_PATH_MAX];
} request;

static void show_pages(void *ctx, unsigned done, unsigned total)
{
    int64_t *next_ms = ctx, now_ms = ohm_clock_mono().v;
    if (now_ms < *next_ms)
        return;
    *next_ms = now_ms + 500;
    (void)fprintf(stderr, "\r%u of %u pages\033[K", done, total);
}

static int say(const request *q, const char *done, const ohm_backup_contents *c)
{
    char line[1024];
    ohm_json j;
    size_t len;
    if (!q->json) {
        printf("%s: %" PRIu64 " readings in %" PRIu64 " series, %" PRIu64
               " journal records, %" PRIu64 " events, %" PRIu64 " bytes, all read back\n",
               done, c->readings, c->series, c->journal, c->events, c->bytes);
    } else {
        ohm_json_init(&j, line, sizeof line);
        ohm_json_object(&j);
        ohm_json_key_str(&j, "file", done);
        ohm_json_key_int(&j, "series", (int64_t)c->series);
        ohm_json_key_int(&j, "readings", (int64_t)c->readings);
        ohm_json_key_int(&j, "journal", (int64_t)c->journal);
        ohm_json_key_int(&j, "events", (int64_t)c->events);
        ohm_json_key_int(&j, "states", (int64_t)c->states);
        ohm_json_key_int(&j, "bytes", (int64_t)c->bytes);
        ohm_json_key_int(&j, "damaged", (int64_t)c->damaged);
        ohm_json_end(&j);
        if (ohm_json_finish(&j, &len) == OHM_OK)
            printf("%.*s\n", (int)len, line);
    }
    if (fflush(stdout) != 0)
        return ohm_cmd_fail("standard output", "write error", NULL);
    if (c->damaged == 0)
        return OHM_EXIT_OK;
    char why[96];
    (void)snprintf(why, sizeof why, "%" PRIu64 " parts are damaged; all others are there",
                   c->damaged);
    return ohm_cmd_fail(done, why, NULL);
}

/* --- backup ---------------------------------------------------------------------------------- */

static int back_up(request *q)
{
    int64_t next_ms = 0;
    const ohm_backup_progress progress = { .pages = show_pages, .ctx = &next_ms };
    bool terminal = isatty(STDERR_FILENO);
    ohm_backup_contents contents;
    struct stat st;
    if (!q->force && lstat(q->file, &st) == 0)
        return ohm_cmd_fail(q->file, "there is such a file already",
                            "--force puts the copy in its place");
    ohm_err err =
        ohm_backup_write(q->store, q->file, q->damaged_too, terminal ? &progress : NULL, &contents);
    if (next_ms)
        (void)fprintf(stderr, "\r\033[K");
    if (err.code == OHM_UNKNOWN)
        return ohm_cmd_fail(q->store, err.what, "--state DIR names another folder");
    if (err.code == OHM_BAD_FORMAT)
        return ohm_cmd_fail(q->store, err.what, "--damaged-too copies what there is");
    if (ohm_failed(err))
        return ohm_cmd_fail(q->file, err.what, NULL);
    return say(q, q->file, &contents);
}

int ohm_cmd_backup(int argc, char **argv)
{
    request q = { 0 };
    const ohm_option options[] = {
        { "--state", "DIR", &q.state, NULL, "another state folder than the site's" },
        { "--demo", NULL, NULL, &q.demo, "the state folder of the demo house" },
        { "--force", NULL, NULL, &q.force, "in the place of a file that is there already" },
        { "--damaged-too", NULL, NULL, &q.damaged_too, "keep a copy that is damaged in parts" },
        { "--json", NULL, NULL, &q.json, "what it holds as a JSON object" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "backup",
        .arguments = "FILE",
        .about =
            "Copies the store (readings, journal, accounts, everything ohmstead remembers)\n"
            "into one file, of one moment, beside a running daemon. The copy is read back\n"
            "whole before it takes its name; it is for its owner alone (mode 0600): it says how\n"
            "people live, and holds the hashes of passwords. A file that is there already stays\n"
            "as it is, unless --force is given: it then goes when the copy is whole.\n"
            "\n" OHM_STATE_ABOUT,
        .options = options,
        .arguments_min = 1,
        .arguments_max = 1,
    };
    int status;
    if (ohm_options_read(&verb, argc, argv, &q.file, &status) < 0)
        return status;
    status = ohm_state_file("backup", q.state, q.demo, q.store);
    return status == OHM_EXIT_OK ? back_up(&q) : status;
}

/* --- restore --------------------------------------------------------------------------------- */

/* "ohmstead.db.before-20261122T093000.123Z", beside the store. */
static bool aside_name(const char *store, char out[static OHM_PATH_MAX])
{
    char time[OHM_RFC3339_MAX], plain[OHM_RFC3339_MAX];
    size_t n = 0;
    (void)ohm_rfc3339_write(ohm_clock_utc(), time);
    for (const char *p = time; *p; p++)
        if (*p != '-' && *p != ':')
            plain[n++] = *p;
    plain[n] = '\0';
    int len = snprintf(out, OHM_PATH_MAX, "%s.before-%s", store, plain);
    return len > 0 && len < OHM_PATH_MAX;
}

static int put_back(const request *q, bool there)
{
    char aside[OHM_PATH_MAX];
    ohm_backup_contents contents;
    if (!aside_name(q->store, aside))
        return ohm_cmd_fail(q->store, "the path is too long", NULL);
    ohm_err err = ohm_backup_put(q->file, q->store, aside, &contents);
    if (ohm_failed(err))
        return ohm_cmd_fail(q->file, err.what, "the store is as it was");
    if (there && !q->json)
        printf("what was there: %s\n", aside);
    return say(q, q->store, &contents);
}

/* Nobody else may come between: the lock is the daemon's. */
static int restore_locked(const request *q)
{
    char lock[OHM_PATH_MAX + 8], folder[OHM_PATH_MAX];
    struct stat st;
    int fd = -1;
    (void)snprintf(folder, sizeof folder, "%s", q->store);
    *strrchr(folder, '/') = '\0'; /* it ends with the store's name */
    ohm_err err = ohm_dir_ensure(folder);
    (void)snprintf(lock, sizeof lock, "%s.lock", q->store);
    if (!ohm_failed(err))
        err = ohm_file_lock(lock, &fd);
    if (err.code == OHM_BUSY)
        return ohm_cmd_fail(q->store, "a daemon uses it", "stop it first: systemctl stop ohmstead");
    if (ohm_failed(err))
        return ohm_cmd_fail(folder, err.what, NULL);
    bool there = stat(q->store, &st) == 0;
    int status = there && !q->force
                     ? ohm_cmd_fail(q->store, "there is a store already",
                                    "--force puts the copy in its place, and keeps it beside")
                     : put_back(q, there);
    (void)close(fd);
    return status;
}

static int restore(const request *q)
{
    ohm_backup_contents contents;
    ohm_err err = ohm_backup_verify(q->file, &contents);
    if (ohm_failed(err))
        return ohm_cmd_fail(q->file, err.what, "nothing was changed");
    if (contents.damaged > 0 && !q->damaged_too)
        return ohm_cmd_fail(q->file, "parts of it cannot be read", "--damaged-too takes it so");
    return q->check ? say(q, q->file, &contents) : restore_locked(q);
}

int ohm_cmd_restore(int argc, char **argv)
{
    request q = { 0 };
    const ohm_option options[] = {
        { "--check", NULL, NULL, &q.check, "read all of the copy, and change nothing" },
        { "--force", NULL, NULL, &q.force, "where a store is already: it is kept beside" },
        { "--state", "DIR", &q.state, NULL, "another state folder than the site's" },
        { "--demo", NULL, NULL, &q.demo, "the state folder of the demo house" },
        { "--damaged-too", NULL, NULL, &q.damaged_too, "take a copy that is damaged in parts" },
        { "--json", NULL, NULL, &q.json, "what it holds as a JSON object" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "restore",
        .arguments = "FILE",
        .about =
            "Puts a copy that 'ohmstead backup' made in the place of the store. The copy is read\n"
            "whole first. The daemon must be stopped; a store that is there already stays, under\n"
            "another name beside it.\n"
            "\n" OHM_STATE_ABOUT,
        .options = options,
        .arguments_min = 1,
        .arguments_max = 1,
    };
    int status;
    if (ohm_options_read(&verb, argc, argv, &q.file, &status) < 0)
        return status;
    status = ohm_state_file("restore", q.state, q.demo, q.store);
    return status == OHM_EXIT_OK ? restore(&q) : status;
}
