/* Rules that somebody wants to try: read as the configuration's are. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/daemon.h"
#include "cmd/rule_build.h"

static const char file_name[] = "rules.yaml"; /* in messages */

typedef struct lines {
    char *out;
    size_t len;
} lines;

static void keep_line(void *ctx, const char *text)
{
    lines *l = ctx;
    size_t left = OHM_CONTRACT_WHY_MAX - l->len;
    int n = snprintf(l->out + l->len, left, "%s%s", l->len ? "\n" : "", text);
    if (n > 0 && (size_t)n < left)
        l->len += (size_t)n;
    else
        l->out[l->len] = '\0'; /* the lines that fit will do */
}

/* Names and times that stay as they are from the start on. */
static ohm_code build(const ohm_daemon *d, const ohm_site_rules *written, ohm_rule_set *out,
                      ohm_schema_report *report)
{
    uint16_t count = d->site->meters_count;
    const char **ids = calloc(count + 1U, sizeof *ids);
    int64_t *stale_ms = calloc(count + 1U, sizeof *stale_ms);
    ohm_code code = OHM_NO_MEMORY;
    for (uint16_t i = 0; ids && stale_ms && i < count; i++) {
        ids[i] = d->devices[i].id;
        stale_ms[i] = d->latest[i].stale_after_ms;
    }
    const ohm_rule_names names = { ids, stale_ms, count, d->config->main_device,
                                   d->config->has_ecowatt };
    if (ids && stale_ms)
        code = ohm_build_named_rules(&names, written, file_name, d->config->loads,
                                     d->config->loads_count, out, report);
    free(ids);
    free(stale_ms);
    return code;
}

ohm_code ohm_daemon_rules_read(void *daemon, ohm_span yaml, ohm_rule_set *out,
                               char why[static OHM_CONTRACT_WHY_MAX])
{
    const ohm_daemon *d = daemon;
    lines l = { why, 0 };
    ohm_schema_report report = { keep_line, &l, 0 };
    ohm_site_rules *written = malloc(sizeof *written);
    ohm_code code = written ? OHM_OK : OHM_NO_MEMORY;
    why[0] = '\0';
    if (code == OHM_OK)
        code = ohm_site_rules_read(yaml, file_name, written, &report);
    if (code == OHM_OK)
        code = build(d, written, out, &report);
    free(written);
    return code;
}
