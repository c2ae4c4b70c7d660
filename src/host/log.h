/* The log: one line on stderr per event, made for grep and for systemd's journal.
 *
 *     ohm_log(OHM_LOG_WARNING, "meter_silent device=%s age_s=%d", name, age_s);
 *  →  warning meter_silent device=main age_s=42
 *
 * The format starts with the event's name, then key=value pairs. Log transitions, not states;
 * never a secret. Text from outside goes through ohm_log_quote first. Control characters of the
 * whole line are replaced, so no input can forge a line. When stderr is not a terminal, a "<N>"
 * priority comes first (sd-daemon(3)).
 *
 * Any thread may log. Each place in the code (its format) may write OHM_LOG_BURST lines a
 * minute; what is above is counted and said with the first line of a later minute. */
#ifndef OHM_HOST_LOG_H
#define OHM_HOST_LOG_H

#include <stddef.h>

enum {
    OHM_LOG_LINE_MAX = 512, /* longer lines are cut */
    OHM_LOG_BURST = 20,
};

/* The numbers are syslog's. */
typedef enum ohm_log_level {
    OHM_LOG_ERROR = 3,
    OHM_LOG_WARNING = 4,
    OHM_LOG_NOTICE = 5,
    OHM_LOG_INFO = 6,
    OHM_LOG_DEBUG = 7,
} ohm_log_level;

/* Lines above this level are not written. OHM_LOG_INFO unless set. */
void ohm_log_set_level(ohm_log_level level);

/* `format` must be a string literal: its address names the source for the rate limit. */
void ohm_log(ohm_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Text from outside as a value: in double quotes, with quotes, backslashes and control
 * characters escaped, cut to fit. Returns `out`. */
const char *ohm_log_quote(const char *text, char *out, size_t cap);

#endif
