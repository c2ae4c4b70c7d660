#include "store_server.h"

#include <dirent.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <curl/curl.h>

#include "store_bench.h"

enum { STABLE_LOOKS = 25, LOOKS_MAX = 300, LOOK_US = 200000 };

bool server_find(const char *variable, server *out, const char **why)
{
    const char *place = getenv(variable);
    int pid;
    *why = "its server was not started: scripts/bench_store.py does";
    if (!place || sscanf(place, "%d\t%199[^\t]\t%299[^\t]", &pid, out->url, out->folder) != 3)
        return false;
    out->pid = pid;
    return true;
}

/* --- what it takes from the machine --------------------------------------------------------- */

/* Adds up a number of each of its processes. */
static double sum_of(const server *s, double (*number)(int pid))
{
    double sum = 0;
    DIR *all = opendir("/proc");
    for (struct dirent *one; all && (one = readdir(all));) {
        char path[300], stat[512] = "";
        int pid = atoi(one->d_name), parent = 0;
        if (pid <= 0)
            continue;
        (void)snprintf(path, sizeof path, "/proc/%d/stat", pid);
        FILE *file = fopen(path, "r");
        if (!file)
            continue;
        const char *end = fgets(stat, sizeof stat, file) ? strrchr(stat, ')') : NULL;
        (void)fclose(file);
        bool known = end && sscanf(end, ") %*c %d", &parent) == 1;
        if (pid == s->pid || (known && parent == s->pid))
            sum += number(pid);
    }
    if (all)
        (void)closedir(all);
    return sum;
}

/* A number of /proc/PID/NAME that stands behind a word. */
static double number_of(int pid, const char *name, const char *word)
{
    char path[64], line[256];
    double number = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, word, strlen(word)))
            number = strtod(line + strlen(word), NULL);
    if (file)
        (void)fclose(file);
    return number;
}

static double cpu_of(int pid)
{
    char path[64], line[512] = "";
    unsigned long user = 0, system = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    const char *end = file && fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
    if (end)
        (void)sscanf(end, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    if (file)
        (void)fclose(file);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static double written_of(int pid)
{
    return number_of(pid, "io", "wchar:");
}

static double peak_of(int pid)
{
    return number_of(pid, "status", "VmHWM:") / 1024;
}

double server_cpu_s(const server *s)
{
    return sum_of(s, cpu_of);
}

double server_written_bytes(const server *s)
{
    return sum_of(s, written_of);
}

double server_peak_mb(const server *s)
{
    return sum_of(s, peak_of);
}

static double folder_bytes;

static int add_file(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)path;
    (void)where;
    if (kind == FTW_F)
        folder_bytes += (double)st->st_blocks * 512;
    return 0;
}

double server_bytes(const server *s)
{
    double before = -1;
    for (int same = 0, i = 0; same < STABLE_LOOKS && i < LOOKS_MAX; i++) {
        folder_bytes = 0;
        (void)nftw(s->folder, add_file, 32, FTW_PHYS); /* files come and go meanwhile */
        same = folder_bytes == before ? same + 1 : 0;
        before = folder_bytes;
        (void)usleep(LOOK_US);
    }
    return folder_bytes;
}

/* --- talking to it -------------------------------------------------------------------------- */

static void make_room(text *t, size_t more)
{
    if (t->len + more <= t->cap)
        return;
    t->cap = 2 * (t->len + more);
    t->bytes = realloc(t->bytes, t->cap);
    if (!t->bytes)
        bench_stop("memory", "none is left");
}

void text_add(text *t, const char *format, ...)
{
    va_list args;
    make_room(t, 512);
    va_start(args, format);
    int n = vsnprintf(t->bytes + t->len, t->cap - t->len, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= t->cap - t->len)
        bench_stop("a line", "longer than it can be");
    t->len += (size_t)n;
}

static size_t take(char *bytes, size_t size, size_t count, void *ctx)
{
    text *t = ctx;
    make_room(t, size * count + 1);
    memcpy(t->bytes + t->len, bytes, size * count);
    t->len += size * count;
    t->bytes[t->len] = '\0';
    return size * count;
}

void server_ask(const server *s, const char *path, const text *body, text *answer)
{
    static CURL *line; /* one for all: connections are kept by their address */
    char url[600];
    long status = 0;
    if (!line)
        line = curl_easy_init();
    if (!line)
        bench_stop("memory", "none is left");
    curl_easy_reset(line);
    (void)snprintf(url, sizeof url, "%s%s", s->url, path);
    answer->len = 0;
    (void)curl_easy_setopt(line, CURLOPT_URL, url);
    (void)curl_easy_setopt(line, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(line, CURLOPT_WRITEFUNCTION, take);
    (void)curl_easy_setopt(line, CURLOPT_WRITEDATA, answer);
    if (body) {
        (void)curl_easy_setopt(line, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(line, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
        (void)curl_easy_setopt(line, CURLOPT_POSTFIELDS, body->len ? body->bytes : "");
    }
    CURLcode code = curl_easy_perform(line);
    (void)curl_easy_getinfo(line, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK || status >= 300)
        bench_stop(url, code != CURLE_OK ? curl_easy_strerror(code)
                                         : (answer->len ? answer->bytes : "refused"));
}

/* --- line protocol -------------------------------------------------------------------------- */

void line_frame(text *out, const char *table, unsigned device, const ohm_frame *frame)
{
    text_add(out, "%s,device=m%u ", table, device);
    for (uint16_t i = 0; i < frame->count; i++) {
        ohm_quantity_id q = (ohm_quantity_id)frame->values[i].quantity;
        text_add(out, "%ss%d=%.15g", i ? "," : "", i,
                 ohm_quantity_value(q, frame->values[i].value));
    }
    text_add(out, " %lld\n", (long long)frame->time_ms);
}

void line_points(text *out, const char *table, int series, const ohm_point *points, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_add(out, "%s,device=m0 s%d=%.15g %lld\n", table, series,
                 ohm_quantity_value(bench_quantities[series], points[i].value),
                 (long long)points[i].time_ms);
}
