/* ohmstead doctor: what of this machine would keep the daemon from working, and what to do. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/site_build.h"
#include "cmd/site_check.h"
#include "cmd/verbs.h"
#include "host/clock.h"
#include "host/paths.h"
#include "host/syserr.h"
#include "host/tzdata.h"
#include "store/reader.h"

typedef enum verdict { GOOD, WARNING, BAD } verdict;

enum { DETAIL_MAX = 256, FREE_MIB_MIN = 200 };

typedef struct doctor {
    bool json;
    int counts[3];
} doctor;

static void say(doctor *d, verdict v, const char *what, const char *detail, const char *cure)
{
    static const char *const words[] = { "ok", "warning", "failed" };
    d->counts[v]++;
    if (!d->json) {
        printf("%-8s %-14s %s%s%s%s\n", words[v], what, detail, cure ? " (" : "", cure ? cure : "",
               cure ? ")" : "");
        return;
    }
    char line[1024];
    size_t len = 0;
    ohm_json j;
    ohm_json_init(&j, line, sizeof line);
    ohm_json_object(&j);
    ohm_json_key_str(&j, "check", what);
    ohm_json_key_str(&j, "verdict", words[v]);
    ohm_json_key_str(&j, "detail", detail);
    ohm_json_key_str(&j, "cure", cure);
    ohm_json_end(&j);
    if (ohm_json_finish(&j, &len) == OHM_OK)
        printf("%.*s\n", (int)len, line);
}

static void check_clock(doctor *d)
{
    switch (ohm_clock_trust_of()) {
    case OHM_CLOCK_SYNCED:
        say(d, GOOD, "clock", "set and synchronised", NULL);
        break;
    case OHM_CLOCK_PLAUSIBLE:
        say(d, WARNING, "clock", "set, but the kernel knows of no synchronisation",
            "install systemd-timesyncd or chrony");
        break;
    case OHM_CLOCK_UNSET:
        say(d, BAD, "clock", "shows a date before 2024: nothing is priced or shed by the calendar",
            "install systemd-timesyncd or chrony");
    }
}

static void check_zone(doctor *d, const char *name)
{
    ohm_tz *tz = malloc(sizeof *tz);
    char detail[DETAIL_MAX];
    ohm_err err = tz ? ohm_tzdata_load(name, tz) : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    (void)snprintf(detail, sizeof detail, "%s: %s", name, ohm_failed(err) ? err.what : "found");
    say(d, ohm_failed(err) ? BAD : GOOD, "time zone", detail,
        ohm_failed(err) ? "install the package tzdata" : NULL);
    free(tz);
}

static void check_user(doctor *d)
{
    if (geteuid() == 0)
        say(d, WARNING, "user", "root: serve refuses to run as root", "use an ordinary user");
    else
        say(d, GOOD, "user", "not root", NULL);
}

static void check_folder(doctor *d, const char *folder)
{
    struct stat st;
    struct statvfs fs;
    char detail[OHM_PATH_MAX + DETAIL_MAX];
    if (stat(folder, &st)) {
        bool absent = errno == ENOENT; /* serve makes it */
        (void)snprintf(detail, sizeof detail, "%s: %s", folder,
                       absent ? "not there yet" : ohm_err_errno(errno).what);
        say(d, absent ? GOOD : BAD, "state folder", detail,
            absent ? NULL : "check the folders above it");
        return;
    }
    bool open_to_others = (st.st_mode & 077) != 0;
    (void)snprintf(detail, sizeof detail, "%s mode %04o", folder, st.st_mode & 07777u);
    say(d, open_to_others ? WARNING : GOOD, "state folder", detail,
        open_to_others ? "chmod 700: it holds accounts and readings" : NULL);
    if (!S_ISDIR(st.st_mode) || access(folder, W_OK))
        say(d, BAD, "state folder", "is no folder that this user can write to", "check its owner");
    if (statvfs(folder, &fs))
        return;
    unsigned long long mib = (unsigned long long)fs.f_bavail * fs.f_frsize >> 20;
    (void)snprintf(detail, sizeof detail, "%llu MiB free", mib);
    say(d, mib < FREE_MIB_MIN ? WARNING : GOOD, "disk", detail,
        mib < FREE_MIB_MIN ? "make room: readings need some MB a day" : NULL);
}

static void check_store(doctor *d, const char *folder)
{
    char path[OHM_PATH_MAX], detail[DETAIL_MAX], damage[DETAIL_MAX] = "";
    ohm_reader *reader = NULL;
    ohm_store_size size;
    if (ohm_failed(ohm_path_join(folder, OHM_STORE_FILE, path)))
        return;
    ohm_err err = ohm_reader_open(path, &reader);
    if (err.code == OHM_UNKNOWN) {
        say(d, GOOD, "store", "none yet: serve makes it", NULL);
        return;
    }
    if (!ohm_failed(err))
        err = ohm_reader_check(reader, damage, sizeof damage);
    if (!ohm_failed(err))
        err = ohm_reader_size(reader, &size);
    if (ohm_failed(err)) {
        (void)snprintf(detail, sizeof detail, "%s%s%.100s", err.what, damage[0] ? ": " : "",
                       damage);
        say(d, BAD, "store", detail, "restore a backup, or move the file away");
    } else {
        (void)snprintf(detail, sizeof detail, "sound, %.1f MB, %llu frames",
                       (double)(size.db_bytes + size.wal_bytes) / 1e6,
                       (unsigned long long)size.frames_count);
        say(d, GOOD, "store", detail, NULL);
    }
    ohm_reader_close(reader);
}

static void check_ports(doctor *d)
{
    DIR *dir = opendir("/dev/serial/by-id");
    char detail[OHM_PATH_MAX];
    int found = 0;
    for (const struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir)) {
        if (e->d_name[0] == '.')
            continue;
        found++;
        (void)snprintf(detail, sizeof detail, "serial:/dev/serial/by-id/%s", e->d_name);
        bool usable = !access(detail + strlen("serial:"), R_OK | W_OK);
        say(d, usable ? GOOD : BAD, "serial port", detail,
            usable ? NULL : "add the user to the group dialout");
    }
    if (dir)
        (void)closedir(dir);
    if (!found)
        say(d, GOOD, "serial port", "no USB adapter is plugged in", NULL);
}

static void check_config(doctor *d, const char *file, ohm_site *site)
{
    if (ohm_build_site(file, site) != OHM_OK || ohm_site_check(site, file) > 0)
        say(d, BAD, "configuration", file,
            "see the lines on standard error, and docs/configuration.md");
    else
        say(d, GOOD, "configuration", file, NULL);
}

int ohm_cmd_doctor(int argc, char **argv)
{
    const char *config = NULL, *state = NULL;
    doctor d = { 0 };
    const ohm_option table[] = {
        { "--config", "FILE", &config, NULL, "the configuration to look at" },
        { "--state", "DIR", &state, NULL, "the state folder to look at" },
        { "--json", NULL, NULL, &d.json, "one JSON object a line" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "doctor",
        .arguments = "",
        .about = "Looks at this machine: clock, time zones, user, state folder, store, serial\n"
                 "ports and, if given, a configuration. Exit status 1 if anything failed.",
        .options = table,
    };
    int status;
    if (ohm_options_read(&verb, argc, argv, NULL, &status) < 0)
        return status;
    ohm_site *site = calloc(1, sizeof *site);
    char folder[OHM_PATH_MAX];
    if (!site)
        return ohm_cmd_fail("doctor", "out of memory", NULL);
    ohm_site_defaults(site);
    if (config)
        check_config(&d, config, site);
    check_clock(&d);
    check_zone(&d, site->timezone);
    check_user(&d);
    bool have = state ? (size_t)snprintf(folder, sizeof folder, "%s", state) < sizeof folder
                      : !ohm_failed(ohm_path_state(config == NULL, folder));
    if (have) {
        check_folder(&d, folder);
        check_store(&d, folder);
    } else
        say(&d, BAD, "state folder", "no place for it", "give one with --state DIR");
    check_ports(&d);
    free(site);
    if (!d.json)
        printf("%d ok, %d warnings, %d failed\n", d.counts[GOOD], d.counts[WARNING], d.counts[BAD]);
    return d.counts[BAD] ? OHM_EXIT_FAILED : OHM_EXIT_OK;
}
