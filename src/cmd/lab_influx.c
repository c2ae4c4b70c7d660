#include "cmd/lab_influx.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "store/mirror_ask.h"

enum { BATCH_BYTES = 1 << 20, SAID_MAX = 160 };

/* What deletes, beside an address for writing; the query stays. InfluxDB 2: POST /api/v2/delete;
 * 1: DROP MEASUREMENT. */
static const struct {
    const char *write, *erase, *content, *body;
} engines[] = {
    { "/api/v2/write", "/api/v2/delete", "application/json",
      "{\"start\":\"1970-01-01T00:00:00Z\",\"stop\":\"2200-01-01T00:00:00Z\","
      "\"predicate\":\"_measurement=\\\"simulation\\\"\"}" },
    { "/write", "/query", "application/x-www-form-urlencoded", "q=DROP+MEASUREMENT+simulation" },
};
enum { ENGINES = sizeof engines / sizeof *engines };

bool ohm_lab_influx_is(const char *output)
{
    return !strncmp(output, "http://", 7) || !strncmp(output, "https://", 8);
}

/* Which of them; ENGINES: none. The address up to its path is *ret_base bytes. */
static size_t engine_of(const char *url, size_t *ret_base)
{
    size_t path = strcspn(url, "?");
    for (size_t i = 0; i < ENGINES; i++) {
        size_t len = strlen(engines[i].write);
        if (path > len && !strncmp(url + path - len, engines[i].write, len)) {
            *ret_base = path - len;
            return i;
        }
    }
    return ENGINES;
}

/* What a server said, on one line. */
static void tidy(const ohm_mirror_answer *a, char out[static SAID_MAX])
{
    int len = snprintf(out, SAID_MAX, "HTTP %d: %.120s", a->status, (const char *)a->body);
    for (int i = 0; i < len && i < SAID_MAX - 1; i++)
        if (!isprint((unsigned char)out[i]))
            out[i] = ' ';
}

/* One request; `content` NULL: lines. Only that somebody answers counts where `any`. */
static int ask(ohm_http *http, const char *url, const char *content, ohm_span body, bool any)
{
    char authorization[512] = "", said[SAID_MAX];
    const char *token = getenv("INFLUX_TOKEN");
    int len =
        token && *token ? snprintf(authorization, sizeof authorization, "Token %s", token) : 0;
    if (len < 0 || (size_t)len >= sizeof authorization)
        return ohm_cmd_fail("INFLUX_TOKEN", "is too long", NULL);
    if (len > 0 && !ohm_http_is_private(url))
        return ohm_cmd_fail(url, "a token goes over https: only", "INFLUX_TOKEN");
    const ohm_mirror_ask wish = {
        .http = http, .wake_fd = -1, .authorization = authorization, .content = content
    };
    ohm_mirror_answer a;
    ohm_err err = ohm_mirror_ask_wait(&wish, url, body, &a);
    if (ohm_failed(err))
        return ohm_cmd_fail(url, err.what, NULL);
    int status = OHM_EXIT_OK;
    tidy(&a, said);
    if (a.result != OHM_HTTP_ANSWERED)
        status = ohm_cmd_fail(url, a.what, "does the server run?");
    else if (!any && (a.status == 401 || a.status == 403))
        status = ohm_cmd_fail(url, said, "INFLUX_TOKEN is the token");
    else if (!any && a.status / 100 != 2)
        status = ohm_cmd_fail(url, said, NULL);
    free(a.body);
    return status;
}

static int open_client(const char *url, ohm_http **out)
{
    ohm_err err = ohm_http_new(NULL, out);
    return ohm_failed(err) ? ohm_cmd_fail(url, err.what, NULL) : OHM_EXIT_OK;
}

int ohm_lab_influx_check(const char *url)
{
    size_t base;
    ohm_http *http = NULL;
    if (engine_of(url, &base) == ENGINES)
        return ohm_cmd_usage("simulate",
                             "a server's address ends in /api/v2/write?org=O&bucket=B or "
                             "/write?db=D, not",
                             url);
    int status = open_client(url, &http);
    if (status == OHM_EXIT_OK)
        status = ask(http, url, NULL, ohm_span_of(NULL, 0), true);
    ohm_http_free(http);
    return status;
}

int ohm_lab_influx_reset(const char *url)
{
    char there[OHM_HTTP_URL_MAX];
    size_t base = 0, i = engine_of(url, &base);
    ohm_http *http = NULL;
    int len = snprintf(there, sizeof there, "%.*s%s%s", (int)base, url, engines[i].erase,
                       url + strcspn(url, "?"));
    if (len < 0 || (size_t)len >= sizeof there)
        return ohm_cmd_fail(url, "the address is too long", NULL);
    int status = open_client(url, &http);
    if (status == OHM_EXIT_OK)
        status = ask(http, there, engines[i].content, ohm_span_text(engines[i].body), false);
    ohm_http_free(http);
    return status;
}

int ohm_lab_influx_put(const char *url, ohm_span lines)
{
    ohm_http *http = NULL;
    int status = open_client(url, &http);
    for (size_t at = 0, end; status == OHM_EXIT_OK && at < lines.len; at = end) {
        end = lines.len - at > BATCH_BYTES ? at + BATCH_BYTES : lines.len;
        while (lines.ptr[end - 1] != '\n')
            end--;
        status = ask(http, url, NULL, ohm_span_of(lines.ptr + at, end - at), false);
    }
    ohm_http_free(http);
    return status;
}
