/* ohmstead doctor: what of this machine would keep the daemon from working, and what to do. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/number.h"
#include "cmd/abort_record.h"
#include "cmd/cmd.h"
#include "cmd/doctor.h"
#include "cmd/options.h"
#include "cmd/redact.h"
#include "cmd/site_build.h"
#include "cmd/site_check.h"
#include "cmd/verbs.h"
#include "host/clock.h"
#include "host/paths.h"
#include "host/syserr.h"
#include "host/tzdata.h"
#include "store/backup.h"
#include "store/reader.h"

enum { DETAIL_MAX = 256, FREE_MIB_MIN = 200, LINE_MAX = 2048, WAIT_S = 15, WAIT_S_MAX = 3600 };

void ohm_doctor_say(ohm_doctor *d, ohm_verdict v, const char *what, const char *detail,
                    const char *cure)
{
    static const char *const words[] = { "ok", "warning", "failed" };
    char hidden[OHM_PATH_MAX + DETAIL_MAX], hidden_cure[DETAIL_MAX];
    d->counts[v]++;
    if (d->share) {
        (void)ohm_redact(detail, hidden, sizeof hidden);
        (void)ohm_redact(cure ? cure : "", hidden_cure, sizeof hidden_cure);
        detail = hidden;
        cure = cure ? hidden_cure : NULL;
    }
    if (!d->json) {
        (void)fprintf(d->out, "%-8s %-14s %s%s%s%s\n", words[v], what, detail, cure ? " (" : "",
                      cure ? cure : "", cure ? ")" : "");
        return;
    }
    char line[LINE_MAX];
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
        (void)fprintf(d->out, "%.*s\n", (int)len, line);
}

static void check_clock(ohm_doctor *d)
{
    switch (ohm_clock_trust_of()) {
    case OHM_CLOCK_SYNCED:
        ohm_doctor_say(d, OHM_VERDICT_GOOD, "clock", "set and synchronised", NULL);
        break;
    case OHM_CLOCK_PLAUSIBLE:
        ohm_doctor_say(d, OHM_VERDICT_WARNING, "clock",
                       "set, but the kernel knows of no synchronisation",
                       "install systemd-timesyncd or chrony");
        break;
    case OHM_CLOCK_UNSET:
        ohm_doctor_say(d, OHM_VERDICT_BAD, "clock",
                       "shows a date before 2024: nothing is priced or shed by the calendar",
                       "install systemd-timesyncd or chrony");
    }
}

static void check_zone(ohm_doctor *d, const char *name)
{
    ohm_tz *tz = malloc(sizeof *tz);
    char detail[DETAIL_MAX];
    ohm_err err = tz ? ohm_tzdata_load(name, tz) : ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    (void)snprintf(detail, sizeof detail, "%s: %s", name, ohm_failed(err) ? err.what : "found");
    ohm_doctor_say(d, ohm_failed(err) ? OHM_VERDICT_BAD : OHM_VERDICT_GOOD, "time zone", detail,
                   ohm_failed(err) ? "install the package tzdata" : NULL);
    free(tz);
}

static void check_user(ohm_doctor *d)
{
    if (geteuid() == 0)
        ohm_doctor_say(d, OHM_VERDICT_WARNING, "user", "root: serve refuses to run as root",
                       "use an ordinary user");
    else
        ohm_doctor_say(d, OHM_VERDICT_GOOD, "user", "not root", NULL);
}

static void check_folder(ohm_doctor *d, const char *folder)
{
    struct stat st;
    struct statvfs fs;
    char detail[OHM_PATH_MAX + DETAIL_MAX];
    if (stat(folder, &st)) {
        bool absent = errno == ENOENT; /* serve makes it */
        (void)snprintf(detail, sizeof detail, "%s: %s", folder,
                       absent ? "not there yet" : ohm_err_errno(errno).what);
        ohm_doctor_say(d, absent ? OHM_VERDICT_GOOD : OHM_VERDICT_BAD, "state folder", detail,
                       absent ? NULL : "check the folders above it");
        return;
    }
    bool open_to_others = (st.st_mode & 077) != 0;
    (void)snprintf(detail, sizeof detail, "%s mode %04o", folder, st.st_mode & 07777u);
    ohm_doctor_say(d, open_to_others ? OHM_VERDICT_WARNING : OHM_VERDICT_GOOD, "state folder",
                   detail, open_to_others ? "chmod 700: it holds accounts and readings" : NULL);
    if (!S_ISDIR(st.st_mode) || access(folder, W_OK))
        ohm_doctor_say(d, OHM_VERDICT_BAD, "state folder",
                       "is no folder that this user can write to", "check its owner");
    if (statvfs(folder, &fs))
        return;
    unsigned long long mib = (unsigned long long)fs.f_bavail * fs.f_frsize >> 20;
    (void)snprintf(detail, sizeof detail, "%llu MiB free", mib);
    ohm_doctor_say(d, mib < FREE_MIB_MIN ? OHM_VERDICT_WARNING : OHM_VERDICT_GOOD, "disk", detail,
                   mib < FREE_MIB_MIN ? "make room: readings need some MB a day" : NULL);
}

/* The database may be whole and what lies in it not: each reading is decoded, as for a backup. What
 * lies elsewhere is left to its own server. */
static void check_contents(ohm_doctor *d, ohm_reader *reader, const char *path,
                           const ohm_store_size *size)
{
    char detail[DETAIL_MAX];
    int64_t far_bytes;
    ohm_backup_contents contents = { .readings = 0 };
    ohm_err err = ohm_ok();
    if (ohm_reader_far_bytes(reader, &far_bytes).code == OHM_END)
        err = ohm_backup_verify(path, &contents);
    bool bad = ohm_failed(err) || contents.damaged > 0 || size->damaged_count > 0;
    if (ohm_failed(err))
        (void)snprintf(detail, sizeof detail, "%s", err.what);
    else if (bad)
        (void)snprintf(
            detail, sizeof detail,
            "%llu parts of the history can't be read, %llu are put aside; all else is sound",
            (unsigned long long)contents.damaged, (unsigned long long)size->damaged_count);
    else
        (void)snprintf(detail, sizeof detail, "sound, %.1f MB, %llu frames, %llu readings",
                       (double)(size->db_bytes + size->wal_bytes) / 1e6,
                       (unsigned long long)size->frames_count,
                       (unsigned long long)contents.readings);
    ohm_doctor_say(d, bad ? OHM_VERDICT_BAD : OHM_VERDICT_GOOD, "store", detail,
                   bad ? "an import of a backup's export brings back what it had" : NULL);
}

static void check_store(ohm_doctor *d, const char *folder)
{
    char path[OHM_PATH_MAX], detail[DETAIL_MAX], damage[DETAIL_MAX] = "";
    ohm_reader *reader = NULL;
    ohm_store_size size;
    if (ohm_failed(ohm_path_join(folder, OHM_STORE_FILE, path)))
        return;
    ohm_err err = ohm_reader_open(path, &reader);
    if (err.code == OHM_UNKNOWN) {
        ohm_doctor_say(d, OHM_VERDICT_GOOD, "store", "none yet: serve makes it", NULL);
        return;
    }
    if (!ohm_failed(err))
        err = ohm_reader_check(reader, damage, sizeof damage);
    if (!ohm_failed(err))
        err = ohm_reader_size(reader, &size);
    if (ohm_failed(err)) {
        (void)snprintf(detail, sizeof detail, "%s%s%.100s", err.what, damage[0] ? ": " : "",
                       damage);
        ohm_doctor_say(d, OHM_VERDICT_BAD, "store", detail,
                       "restore a backup, or move the file away");
    } else {
        check_contents(d, reader, path, &size);
    }
    if (!ohm_failed(err) && (err = ohm_reader_far(reader, detail, sizeof detail)).code != OHM_END)
        ohm_doctor_say(d, ohm_failed(err) ? OHM_VERDICT_BAD : OHM_VERDICT_GOOD, "history", detail,
                       ohm_failed(err) ? "what comes waits in the file; start the server" : NULL);
    ohm_reader_close(reader);
}

/* What ended the daemon when nobody asked it to. */
static void check_aborts(ohm_doctor *d, const char *folder)
{
    ohm_abort_record r;
    char detail[DETAIL_MAX], when[OHM_RFC3339_MAX], name[16];
    ohm_err err = ohm_aborts_read(folder, &r);
    if (ohm_failed(err)) {
        ohm_doctor_say(d, OHM_VERDICT_WARNING, "aborts", err.what,
                       "the daemon puts the file aside at its next start");
        return;
    }
    if (r.count == 0) {
        ohm_doctor_say(d, OHM_VERDICT_GOOD, "aborts", "none", NULL);
        return;
    }
    const ohm_abort *a = &r.items[0];
    (void)ohm_rfc3339_write(a->utc_ms, when);
    ohm_abort_signal_name(a->signal, name);
    (void)snprintf(detail, sizeof detail, "%u, the last one at %s: %s%s%s after %u s, outputs %s%s",
                   r.total, when, ohm_abort_cause_name(a->cause), name[0] ? " " : "", name,
                   a->ran_s, ohm_abort_outputs_name(a->outputs),
                   r.mode == OHM_RUN_NORMAL ? "" : "; in safe mode");
    bool safe = r.mode != OHM_RUN_NORMAL;
    ohm_doctor_say(d, safe ? OHM_VERDICT_BAD : OHM_VERDICT_WARNING, "aborts", detail,
                   safe ? "'ohmstead safe --leave' once its cause is gone"
                        : "'ohmstead safe' tells more");
}

void ohm_doctor_machine(ohm_doctor *d, const char *zone, const char *folder)
{
    check_clock(d);
    check_zone(d, zone);
    check_user(d);
    if (folder) {
        check_folder(d, folder);
        check_store(d, folder);
        check_aborts(d, folder);
    } else {
        ohm_doctor_say(d, OHM_VERDICT_BAD, "state folder", "no place for it",
                       "give one with --state DIR");
    }
}

static bool check_config(ohm_doctor *d, const char *file, ohm_site *site)
{
    bool good = ohm_site_is_good(file, site);
    if (!good)
        ohm_doctor_say(d, OHM_VERDICT_BAD, "configuration", file,
                       "see the lines on standard error, and docs/configuration.md");
    else
        ohm_doctor_say(d, OHM_VERDICT_GOOD, "configuration", file, NULL);
    return good;
}

int ohm_cmd_doctor(int argc, char **argv)
{
    const char *config = NULL, *state = NULL, *wait = NULL;
    bool demo = false;
    int64_t wait_s = WAIT_S;
    ohm_doctor d = { .out = stdout };
    const ohm_option table[] = {
        { "--config", "FILE", &config, NULL, "the configuration to look at" },
        { "--state", "DIR", &state, NULL, "another state folder than the site's" },
        { "--demo", NULL, NULL, &demo, "the state folder of the demo house" },
        { "--wait", "SECONDS", &wait, NULL, "for the configuration's meters to speak (15)" },
        { "--share", NULL, NULL, &d.share, "hide serial numbers and keys: a report for others" },
        { "--json", NULL, NULL, &d.json, "one JSON object a line" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "doctor",
        .arguments = "",
        .about = "Looks at this machine: clock, time zones, user, state folder, store, serial\n"
                 "ports and, if given, a configuration: each of its meters is read, and its state\n"
                 "told. Exit status 1 if anything failed.\n"
                 "\n" OHM_STATE_ABOUT,
        .options = table,
    };
    int status;
    if (ohm_options_read(&verb, argc, argv, NULL, &status) < 0)
        return status;
    if (demo && (config || state))
        return ohm_cmd_usage("doctor", "--demo excludes --config and --state", NULL);
    if (wait && (ohm_number_int(ohm_span_text(wait), &wait_s) != OHM_OK || wait_s < 1 ||
                 wait_s > WAIT_S_MAX))
        return ohm_cmd_usage("doctor", "not a number of seconds:", wait);
    ohm_site *site = calloc(1, sizeof *site);
    char folder[OHM_PATH_MAX];
    if (!site)
        return ohm_cmd_fail("doctor", "out of memory", NULL);
    ohm_site_defaults(site);
    bool usable = config && check_config(&d, config, site);
    bool have = state ? (size_t)snprintf(folder, sizeof folder, "%s", state) < sizeof folder
                      : !ohm_failed(ohm_path_state(demo, folder));
    ohm_doctor_machine(&d, site->timezone, have ? folder : NULL);
    ohm_doctor_ports(&d);
    if (usable)
        ohm_doctor_meters(&d, site, have ? folder : NULL, wait_s);
    free(site);
    if (!d.json)
        printf("%d ok, %d warnings, %d failed\n", d.counts[OHM_VERDICT_GOOD],
               d.counts[OHM_VERDICT_WARNING], d.counts[OHM_VERDICT_BAD]);
    return d.counts[OHM_VERDICT_BAD] ? OHM_EXIT_FAILED : OHM_EXIT_OK;
}
