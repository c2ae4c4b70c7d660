/* ohmstead import: files of other systems into the store. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/import_input.h"
#include "cmd/intake.h"
#include "cmd/options.h"
#include "cmd/site_build.h"
#include "cmd/verbs.h"
#include "host/clock.h"
#include "host/paths.h"
#include "host/syserr.h"
#include "host/tzdata.h"

enum { MAP_BYTES_MAX = 1 << 20, NAME_MAX_LEN = 64 };

typedef struct request {
    const char *format, *map, *into, *main, *timezone, *config, *state, *file;
    const char *separator, *times, *decimal, *precision;
    const char *columns[OHM_INTAKE_RULES_MAX];
    int columns_count;
    bool demo, only, dry_run, replace, meter_change, json;
    ohm_input_options input;
    ohm_tz tz;
    ohm_site site;
    char site_main[OHM_SERIES_KEY_MAX], name[NAME_MAX_LEN], store[OHM_PATH_MAX];
    ohm_intake_rule *rules;
    size_t rules_count;
} request;

/* --- what was asked -------------------------------------------------------------------------- */

static int usage(const char *why, const char *offending)
{
    return ohm_cmd_usage("import", why, offending);
}

/* One of a list of words; its place, -1: none. */
static int word_of(const char *word, const char *const *words)
{
    for (int i = 0; words[i]; i++)
        if (!strcmp(words[i], word))
            return i;
    return -1;
}

static int read_forms(request *q)
{
    static const char *const formats[] = { "auto",   "csv",       "enedis", "homeassistant",
                                           "influx", "prototype", NULL };
    static const char *const times[] = { "auto", "dmy", "mdy", "s", "ms", "us", "ns", NULL };
    static const char *const precisions[] = { "s", "ms", "us", "ns", NULL };
    static const int64_t per_second[] = { 1, 1000, 1000000, 1000000000 };
    static const char *const separators[] = { ",", ";", "tab", NULL };
    int format = word_of(q->format, formats), time = word_of(q->times, times);
    int precision = word_of(q->precision, precisions);
    int separator = q->separator ? word_of(q->separator, separators) : 0;
    if (format < 0)
        return usage("the format is not auto, csv, enedis, homeassistant, influx or prototype:",
                     q->format);
    if (time < 0)
        return usage("times are not auto, dmy, mdy, s, ms, us or ns:", q->times);
    if (precision < 0)
        return usage("the precision is not s, ms, us or ns:", q->precision);
    if (separator < 0)
        return usage("the separator is not ',', ';' or tab:", q->separator);
    if (q->decimal && strcmp(q->decimal, ".") != 0 && strcmp(q->decimal, ",") != 0)
        return usage("the decimal sign is not '.' or ',':", q->decimal);
    q->input.format = (ohm_input_format)format;
    q->input.table.form = (ohm_when_form)time;
    q->input.per_second = per_second[precision];
    q->input.separator = q->separator ? ",;\t"[separator] : 0;
    q->input.table.decimal = q->decimal ? q->decimal[0] : 0;
    return OHM_EXIT_OK;
}

/* Rules of --map, one a line, '#' before what is no rule; then those of --column, which win. */
static int read_map(request *q)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    unsigned line = 0;
    int status = OHM_EXIT_OK;
    ohm_err err = ohm_file_read(q->map, MAP_BYTES_MAX, &bytes, &len);
    if (ohm_failed(err))
        return ohm_cmd_fail(q->map, err.what, NULL);
    for (size_t at = 0; at < len && status == OHM_EXIT_OK;) {
        const uint8_t *end = memchr(bytes + at, '\n', len - at);
        size_t n = end ? (size_t)(end - bytes) - at : len - at;
        ohm_span text = ohm_trim(ohm_span_of(bytes + at, n));
        at += n + 1;
        line++;
        if (text.len == 0 || text.ptr[0] == '#')
            continue;
        if (q->rules_count < OHM_INTAKE_RULES_MAX &&
            ohm_intake_rule_parse((const char *)text.ptr, text.len, &q->rules[q->rules_count])) {
            q->rules_count++;
            continue;
        }
        char where[OHM_PATH_MAX + 16];
        (void)snprintf(where, sizeof where, "%s:%u", q->map, line);
        status = ohm_cmd_fail(where, "not a rule, or one too many",
                              "SOURCE=SERIES[:UNIT], as 'Puissance=power_import:kW'");
    }
    free(bytes);
    return status;
}

static int read_rules(request *q)
{
    q->rules = calloc(OHM_INTAKE_RULES_MAX, sizeof *q->rules);
    if (!q->rules)
        return ohm_cmd_fail("import", "out of memory", NULL);
    for (int i = 0; i < q->columns_count; i++)
        if (!ohm_intake_rule_parse(q->columns[i], strlen(q->columns[i]),
                                   &q->rules[q->rules_count++]))
            return usage("--column takes SOURCE=SERIES[:UNIT], not", q->columns[i]);
    return q->map ? read_map(q) : OHM_EXIT_OK;
}

/* Where series go: as asked, else into the site; with a configuration, exports of the distributor
 * to its main meter. */
static int read_site(request *q)
{
    if (q->config && ohm_build_site(q->config, &q->site) != OHM_OK)
        return OHM_EXIT_FAILED;
    int main_meter = q->config ? ohm_build_main_meter(&q->site) : -1;
    if (!q->into && main_meter >= 0) {
        (void)snprintf(q->site_main, sizeof q->site_main, "%s/%s/%s", q->site.id,
                       q->site.meters[main_meter].zone, q->site.meters[main_meter].id);
        q->main = q->site_main;
    }
    if (!q->into)
        q->into = q->site.id;
    /* The prototypes wrote datetime.utcnow(). */
    const char *zone = q->timezone                              ? q->timezone
                       : q->input.format == OHM_INPUT_PROTOTYPE ? "UTC"
                                                                : q->site.timezone;
    ohm_err err = ohm_tzdata_load(zone, &q->tz);
    if (ohm_failed(err))
        return ohm_cmd_fail(zone, err.what, "--timezone Europe/Paris");
    q->input.table.tz = &q->tz;
    return OHM_EXIT_OK;
}

/* "a/b" of letters, digits, '_' and '-', one to three parts. */
static bool is_place(const char *text)
{
    int parts = 1;
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-';
        bool between = c == '/' && i > 0 && i + 1 < len && text[i - 1] != '/';
        parts += between;
        if (!letter && !between)
            return false;
    }
    return len > 0 && parts <= 3;
}

/* The file's name without folders and ending: the device of what says none. */
static void read_name(request *q)
{
    const char *slash = strrchr(q->file, '/');
    const char *base = slash ? slash + 1 : q->file;
    const char *point = strrchr(base, '.');
    size_t len = point && point > base ? (size_t)(point - base) : strlen(base);
    if (ohm_name_fold(ohm_span_of(base, len), q->name, sizeof q->name) == 0)
        (void)snprintf(q->name, sizeof q->name, "imported");
}

/* --- the store ------------------------------------------------------------------------------- */

static int find_store(request *q)
{
    char folder[OHM_PATH_MAX];
    if (q->state && q->demo)
        return usage("--state and --demo exclude each other", NULL);
    ohm_err err = ohm_ok();
    if (!q->state)
        err = ohm_path_state(q->demo, folder);
    else if (snprintf(folder, sizeof folder, "%s", q->state) >= (int)sizeof folder)
        err = ohm_fail(OHM_TOO_BIG, 0, "the path is too long");
    if (!ohm_failed(err) && !q->dry_run)
        err = ohm_dir_ensure(folder);
    if (!ohm_failed(err))
        err = ohm_path_join(folder, OHM_STORE_FILE, q->store);
    if (ohm_failed(err))
        return ohm_cmd_fail("the state folder", err.what, "name it with --state");
    return OHM_EXIT_OK;
}

/* --- reading --------------------------------------------------------------------------------- */

typedef struct progress {
    const ohm_intake *intake;
    bool shown, wanted;
    int64_t size, next_ms;
} progress;

/* On a terminal, a line that is written over about twice a second. */
static void show_progress(void *ctx, uint64_t bytes)
{
    progress *p = ctx;
    int64_t now_ms = ohm_clock_mono().v;
    if (!p->wanted || now_ms < p->next_ms)
        return;
    p->next_ms = now_ms + 500;
    p->shown = true;
    (void)fprintf(stderr, "\r%" PRIu64 " readings", ohm_intake_readings(p->intake));
    if (p->size > 0)
        (void)fprintf(stderr, ", %d %%", (int)(bytes * 100 / (uint64_t)p->size));
    (void)fprintf(stderr, "\033[K");
}

static int run(request *q, int fd, ohm_intake *intake)
{
    struct stat st;
    progress p = { .intake = intake, .wanted = isatty(STDERR_FILENO) };
    p.size = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? (int64_t)st.st_size : 0;
    const ohm_sample_sink sink = ohm_intake_sink(intake);
    q->input.progress = show_progress;
    q->input.progress_ctx = &p;
    ohm_err err = ohm_input_read(fd, &q->input, &sink);
    if (p.shown)
        (void)fprintf(stderr, "\r\033[K");
    if (ohm_failed(ohm_intake_error(intake)))
        return ohm_cmd_fail(q->store, ohm_intake_error(intake).what,
                            "what was written stays; the same import goes on from there");
    ohm_err finished = ohm_intake_finish(intake);
    if (ohm_failed(finished))
        return ohm_cmd_fail(q->store, finished.what, "the same import may be made again");
    uint64_t there = ohm_intake_report(intake, q->json, stdout);
    if (fflush(stdout) != 0)
        return ohm_cmd_fail("standard output", "write error", NULL);
    if (ohm_failed(err))
        return ohm_cmd_fail(q->file, err.what, ohm_input_cure(err));
    return there > 0 ? OHM_EXIT_OK : ohm_cmd_fail(q->file, "nothing in it became a reading", NULL);
}

static int open_and_run(request *q)
{
    struct stat st;
    bool is_stdin = !strcmp(q->file, "-");
    int fd = is_stdin ? STDIN_FILENO : open(q->file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ohm_cmd_fail(q->file, ohm_err_errno(errno).what, NULL);
    q->input.path = is_stdin ? NULL : q->file;
    if (is_stdin)
        q->file = "standard input";
    const ohm_intake_options options = {
        .store = q->dry_run && stat(q->store, &st) != 0 ? NULL : q->store,
        .into = q->into,
        .main = q->main,
        .name = q->name,
        .file = q->file,
        .rules = q->rules,
        .rules_count = q->rules_count,
        .only = q->only,
        .dry_run = q->dry_run,
        .replace = q->replace,
        .meter_change = q->meter_change,
        .now_ms = ohm_clock_utc(),
    };
    ohm_intake *intake = NULL;
    ohm_err err = ohm_intake_open(&options, &intake);
    int status = ohm_failed(err) ? ohm_cmd_fail(q->store, err.what, NULL) : run(q, fd, intake);
    ohm_intake_close(intake);
    if (!is_stdin)
        (void)close(fd);
    return status;
}

static int import(request *q)
{
    ohm_site_defaults(&q->site);
    int status = read_forms(q);
    if (status == OHM_EXIT_OK)
        status = read_site(q);
    if (status == OHM_EXIT_OK && !is_place(q->into))
        status = usage("--into takes SITE, SITE/ZONE or SITE/ZONE/DEVICE, not", q->into);
    if (status == OHM_EXIT_OK)
        status = read_rules(q);
    if (status == OHM_EXIT_OK)
        status = find_store(q);
    if (status == OHM_EXIT_OK) {
        read_name(q);
        status = open_and_run(q);
    }
    free(q->rules);
    return status;
}

int ohm_cmd_import(int argc, char **argv)
{
    request *q = calloc(1, sizeof *q);
    if (!q)
        return ohm_cmd_fail("import", "out of memory", NULL);
    q->format = q->times = "auto";
    q->precision = "ns";
    q->input.prm = "";
    const ohm_option options[] = {
        { "--format", "FORM", &q->format, NULL,
          "auto, csv, enedis, homeassistant, influx, prototype (auto)" },
        { "--into", "PLACE", &q->into, NULL, "SITE, SITE/ZONE or SITE/ZONE/DEVICE (home/import)" },
        { "--map", "FILE", &q->map, NULL, "rules as of --column, one a line" },
        { "--only", NULL, NULL, &q->only, "leave out what has no rule" },
        { "--unit", "UNIT", &q->input.table.unit, NULL, "of columns that say none" },
        { "--timezone", "ZONE", &q->timezone, NULL, "of times without one (the site's)" },
        { "--times", "FORM", &q->times, NULL, "auto, dmy, mdy, or s, ms, us, ns of 1970 (auto)" },
        { "--decimal", "SIGN", &q->decimal, NULL, "'.' or ',' (as numbers show it)" },
        { "--separator", "SIGN", &q->separator, NULL, "',', ';' or tab (as the head shows it)" },
        { "--time-column", "NAME", &q->input.table.time, NULL, "the column of times (found)" },
        { "--clock-column", "NAME", &q->input.table.clock, NULL, "of times of day beside dates" },
        { "--series-column", "NAME", &q->input.table.series, NULL,
          "a row says of what it is: there" },
        { "--value-column", "NAME", &q->input.table.value, NULL, "and what it was: there" },
        { "--table", "NAME", &q->input.base_table, NULL, "of a SQLite file (those with times)" },
        { "--prm", "NUMBER", &q->input.prm, NULL, "enedis: this delivery point (the first)" },
        { "--precision", "UNIT", &q->precision, NULL, "influx: of times: s, ms, us, ns (ns)" },
        { "--replace", NULL, NULL, &q->replace, "other values than those there take their place" },
        { "--meter-change", NULL, NULL, &q->meter_change, "take registers that fall" },
        { "--dry-run", NULL, NULL, &q->dry_run, "say what would come in; write nothing" },
        { "--json", NULL, NULL, &q->json, "the report as one JSON object a line" },
        { "--config", "FILE", &q->config, NULL, "the site, its main meter and its time zone" },
        { "--state", "DIR", &q->state, NULL, "another state folder than the site's" },
        { "--demo", NULL, NULL, &q->demo, "the state folder of the demo house" },
        { 0 },
    };
    const ohm_option_list lists[] = {
        { "--column", "RULE", q->columns, OHM_INTAKE_RULES_MAX, &q->columns_count,
          "SOURCE=SERIES[:UNIT], any number of times" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "import",
        .arguments = "FILE|-",
        .about =
            "Takes readings of other systems into the store: tables of CSV, exports of Enedis,\n"
            "statistics of Home Assistant (its database, home-assistant_v2.db, or CSV), "
            "InfluxDB's\n"
            "line protocol and annotated CSV, SQLite tables of measurements. What a column is, "
            "its\n"
            "name and its unit say, or a rule: --column 'Puissance=power_import:kW' (SERIES: the\n"
            "last one to four parts of site/zone/device/quantity; - leaves it out).\n"
            "Works beside a running daemon. The same import may be made again: what is there\n"
            "already stays as it is.\n"
            "\n" OHM_STATE_ABOUT,
        .options = options,
        .lists = lists,
        .arguments_min = 1,
        .arguments_max = 1,
    };
    int status;
    if (ohm_options_read(&verb, argc, argv, &q->file, &status) >= 0)
        status = import(q);
    free(q);
    return status;
}
