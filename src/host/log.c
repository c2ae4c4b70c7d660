#include "host/log.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    SOURCES_MAX = 256, /* places in the code that log; above that they share the last slot */
    WINDOW_S = 60,
};

typedef struct source {
    const char *format;
    int64_t window_s; /* start of its minute */
    uint32_t written;
    uint32_t suppressed;
} source;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static source sources[SOURCES_MAX];
static ohm_log_level level_max = OHM_LOG_INFO;

void ohm_log_set_level(ohm_log_level level)
{
    pthread_mutex_lock(&lock);
    level_max = level;
    pthread_mutex_unlock(&lock);
}

static const char *level_name(ohm_log_level level)
{
    switch (level) {
    case OHM_LOG_ERROR:
        return "error";
    case OHM_LOG_WARNING:
        return "warning";
    case OHM_LOG_NOTICE:
        return "notice";
    case OHM_LOG_INFO:
        return "info";
    case OHM_LOG_DEBUG:
        return "debug";
    }
    return "info";
}

static source *source_of(const char *format)
{
    for (int i = 0; i < SOURCES_MAX - 1; i++) {
        if (!sources[i].format)
            sources[i].format = format;
        if (sources[i].format == format)
            return &sources[i];
    }
    return &sources[SOURCES_MAX - 1];
}

/* May this line be written? *ret_suppressed is how many of its kind were not, before it. */
static bool admit(ohm_log_level level, const char *format, uint32_t *ret_suppressed)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_BOOTTIME, &now); /* cannot fail: Linux >= 2.6.39 */

    pthread_mutex_lock(&lock);
    bool ok = level <= level_max;
    if (ok) {
        source *from = source_of(format);
        if (from->written == 0 || now.tv_sec - from->window_s >= WINDOW_S) {
            from->window_s = now.tv_sec;
            from->written = 0;
        }
        ok = from->written < OHM_LOG_BURST;
        if (ok) {
            *ret_suppressed = from->suppressed;
            from->suppressed = 0;
            from->written++;
        } else {
            from->suppressed++;
        }
    }
    pthread_mutex_unlock(&lock);
    return ok;
}

/* Adds to a line that always keeps room for its end. */
static size_t add(char *line, size_t len, size_t cap, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static size_t add(char *line, size_t len, size_t cap, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line + len, cap - len, format, args);
    va_end(args);
    if (n < 0)
        return len;
    return (size_t)n < cap - len ? len + (size_t)n : cap - 1;
}

void ohm_log(ohm_log_level level, const char *format, ...)
{
    int saved = errno;
    uint32_t suppressed = 0;
    if (!admit(level, format, &suppressed)) {
        errno = saved;
        return;
    }

    char line[OHM_LOG_LINE_MAX];
    size_t cap = sizeof line - 1; /* the newline's place */
    size_t len = 0;
    if (!isatty(STDERR_FILENO))
        len = add(line, len, cap, "<%d>", (int)level);
    len = add(line, len, cap, "%s ", level_name(level));

    va_list args;
    va_start(args, format);
    int n = vsnprintf(line + len, cap - len, format, args);
    va_end(args);
    if (n > 0)
        len = (size_t)n < cap - len ? len + (size_t)n : cap - 1;
    if (suppressed)
        len = add(line, len, cap, " suppressed=%u", suppressed);

    for (size_t i = 0; i < len; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = '?';
    line[len++] = '\n';
    (void)!write(STDERR_FILENO, line, len); /* a log that cannot be written has no other place */
    errno = saved;
}

const char *ohm_log_quote(const char *text, char *out, size_t cap)
{
    static const char hex[] = "0123456789abcdef";
    assert(cap >= 3); /* two quotes and the terminator */

    size_t len = 0;
    out[len++] = '"';
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        bool special = *p == '"' || *p == '\\';
        bool control = *p < 0x20 || *p == 0x7f;
        size_t need = control ? 4 : special ? 2 : 1;
        if (need > cap - 2 - len)
            break;
        if (control) {
            out[len++] = '\\';
            out[len++] = 'x';
            out[len++] = hex[*p >> 4];
            out[len++] = hex[*p & 15];
            continue;
        }
        if (special)
            out[len++] = '\\';
        out[len++] = (char)*p;
    }
    out[len++] = '"';
    out[len] = '\0';
    return out;
}
