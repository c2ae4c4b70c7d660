#include "cmd/mirror_build.h"

#include <sodium.h>
#include <stdio.h>

#include "cmd/site_build.h"
#include "host/random.h"
#include "link/http.h"
#include "store/mirror_ask.h"

enum { SECRET_MAX = 256 };

_Static_assert((int)OHM_MIRROR_VICTORIAMETRICS == 0 && (int)OHM_MIRROR_INFLUXDB1 == 1 &&
                   (int)OHM_MIRROR_INFLUXDB2 == 2,
               "as ohm_site_mirror_kinds has them");

static uint64_t fnv1a(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return hash;
}

unsigned ohm_mirror_node_of(const char *site, const ohm_site_host *nodes, unsigned count)
{
    unsigned best = 0;
    uint64_t most = 0;
    for (unsigned i = 0; i < count; i++) {
        uint64_t hash = fnv1a(UINT64_C(14695981039346656037), site);
        hash = fnv1a(fnv1a(hash, " "), nodes[i].name);
        hash ^= hash >> 32; /* the high bits of short texts are alike */
        hash *= UINT64_C(0x9e3779b97f4a7c15);
        if (i == 0 || hash > most) {
            most = hash;
            best = i;
        }
    }
    return best;
}

/* A template with {site} and {node} filled in. */
static bool fill(const char *site, const ohm_site_mirror *m, const char *template, char *out,
                 size_t cap)
{
    size_t len = 0;
    for (const char *p = template; *p;) {
        bool is_site = !strncmp(p, "{site}", 6), is_node = !strncmp(p, "{node}", 6);
        if (is_site || is_node) {
            out[len] = '\0';
            if (is_site && !ohm_mirror_url_add(out, cap, site))
                return false;
            const char *node =
                m->nodes_count ? m->nodes[ohm_mirror_node_of(site, m->nodes, m->nodes_count)].name
                               : "";
            if (is_node && strlen(node) + len < cap)
                memcpy(out + len, node, strlen(node) + 1);
            len = strlen(out);
            p += 6;
            continue;
        }
        if (len + 1 >= cap)
            return false;
        out[len++] = *p++;
    }
    while (len > 0 && out[len - 1] == '/')
        len--;
    out[len] = '\0';
    return true;
}

static const char *bucket_of(const ohm_site_mirror *m)
{
    return m->bucket[0] ? m->bucket : "ohmstead";
}

/* What each engine's address for writing, or for questions, has in its query. */
static bool add_query(const ohm_site_mirror *m, ohm_mirror_kind kind, bool writes, char *url,
                      size_t cap)
{
    const char *database = m->database[0] ? m->database : "ohmstead";
    size_t len = strlen(url);
    int n = snprintf(url + len, cap - len, "%c%s", strchr(url, '?') ? '&' : '?',
                     writes ? "precision=ms" : "");
    if (n < 0 || (size_t)n >= cap - len)
        return false;
    struct {
        const char *name, *value;
    } rows[] = { { writes ? "&db=" : "db=", kind == OHM_MIRROR_INFLUXDB1 ? database : NULL },
                 { writes ? "&org=" : "org=", kind == OHM_MIRROR_INFLUXDB2 ? m->org : NULL },
                 { "&bucket=", writes && kind == OHM_MIRROR_INFLUXDB2 ? bucket_of(m) : NULL } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!rows[i].value)
            continue;
        len = strlen(url);
        n = snprintf(url + len, cap - len, "%s", rows[i].name);
        if (n < 0 || (size_t)n >= cap - len || !ohm_mirror_url_add(url, cap, rows[i].value))
            return false;
    }
    return true;
}

/* InfluxDB: the base address and its path for questions. */
static bool build_query_url(const ohm_site_mirror *m, const char *base, ohm_mirror_config *out)
{
    static const char *const paths[OHM_MIRROR_KINDS_COUNT] = { NULL, "/query", "/api/v2/query" };
    (void)snprintf(out->bucket, sizeof out->bucket, "%.*s", (int)sizeof out->bucket - 1,
                   bucket_of(m));
    if (!paths[out->kind])
        return true;
    int n = snprintf(out->query_url, sizeof out->query_url, "%s%s",
                     out->read_url[0] ? out->read_url : base, paths[out->kind]);
    return n >= 0 && (size_t)n < sizeof out->query_url &&
           add_query(m, out->kind, false, out->query_url, sizeof out->query_url);
}

static ohm_err build_urls(const char *site, const ohm_site_mirror *m, ohm_mirror_config *out)
{
    static const char *const paths[OHM_MIRROR_KINDS_COUNT] = { "/write", "/write",
                                                               "/api/v2/write" };
    static const ohm_err too_long = { OHM_TOO_BIG, 0, "is too long" };
    char base[OHM_MIRROR_URL_MAX];
    if (!fill(site, m, m->url, base, sizeof base) ||
        !fill(site, m, m->write, out->write_url, sizeof out->write_url) ||
        !fill(site, m, m->read, out->read_url, sizeof out->read_url) ||
        !fill(site, m, m->erase, out->delete_url, sizeof out->delete_url))
        return too_long;
    if (!out->write_url[0]) {
        int n = snprintf(out->write_url, sizeof out->write_url, "%s%s", base, paths[out->kind]);
        if (n < 0 || (size_t)n >= sizeof out->write_url)
            return too_long;
    }
    if (!out->read_url[0])
        memcpy(out->read_url, base, sizeof base);
    if (!build_query_url(m, base, out) ||
        !add_query(m, out->kind, true, out->write_url, sizeof out->write_url))
        return too_long;
    const char *urls[] = { out->write_url, out->read_url[0] ? out->read_url : out->write_url };
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++)
        if (strncmp(urls[i], "http://", 7) != 0 && strncmp(urls[i], "https://", 8) != 0)
            return ohm_fail(OHM_BAD_FORMAT, 0, "is not http://... or https://...");
    return ohm_ok();
}

static ohm_err build_authorization(const ohm_site_mirror *m, ohm_mirror_config *out)
{
    char secret[SECRET_MAX] = "", pair[SECRET_MAX + OHM_SITE_TEXT_MAX + 2] = "";
    bool token = m->token.file[0] || m->token.env[0] || m->token.credential[0];
    ohm_err err = ohm_ok();
    if (token || m->user[0])
        err = ohm_build_secret(token ? &m->token : &m->password, secret, sizeof secret);
    if (!ohm_failed(err) && token) {
        (void)snprintf(out->authorization, sizeof out->authorization, "%s %s",
                       out->kind == OHM_MIRROR_VICTORIAMETRICS ? "Bearer" : "Token", secret);
    } else if (!ohm_failed(err) && m->user[0]) {
        int len = snprintf(pair, sizeof pair, "%s:%s", m->user, secret);
        memcpy(out->authorization, "Basic ", 7);
        (void)sodium_bin2base64(out->authorization + 6, sizeof out->authorization - 6,
                                (const unsigned char *)pair, (size_t)len,
                                sodium_base64_VARIANT_ORIGINAL);
    }
    ohm_wipe(secret, sizeof secret);
    ohm_wipe(pair, sizeof pair);
    return err;
}

int ohm_mirror_named(const ohm_site *site, const char *id)
{
    for (int i = 0; i < site->mirrors_count; i++)
        if (!strcmp(site->mirrors[i].id, id))
            return i;
    return -1;
}

ohm_err ohm_build_mirror(const ohm_site *site, int index, ohm_mirror_config *out, char *detail,
                         size_t cap)
{
    return ohm_build_mirror_of(site, index, site->id, out, detail, cap);
}

ohm_err ohm_build_mirror_of(const ohm_site *site, int index, const char *other_site,
                            ohm_mirror_config *out, char *detail, size_t cap)
{
    const ohm_site_mirror *m = &site->mirrors[index];
    memset(out, 0, sizeof *out);
    (void)snprintf(out->id, sizeof out->id, "%.31s", m->id);
    out->kind = (ohm_mirror_kind)m->kind;
    out->every_ms = m->every_s * OHM_SECOND_MS;
    out->single_field = m->single_field;
    (void)snprintf(detail, cap, "mirrors.%s.url", m->id);
    OHM_TRY(build_urls(other_site, m, out));
    char path[OHM_SITE_PATH_MAX];
    bool token = m->token.file[0] || m->token.env[0] || m->token.credential[0];
    (void)snprintf(path, sizeof path, "mirrors.%s.%s", m->id, token ? "token" : "password");
    ohm_build_secret_place(token ? &m->token : &m->password, path, detail, cap);
    OHM_TRY(build_authorization(m, out));
    if (out->authorization[0] && (!ohm_http_is_private(out->write_url) ||
                                  (out->read_url[0] && !ohm_http_is_private(out->read_url)) ||
                                  (out->delete_url[0] && !ohm_http_is_private(out->delete_url)))) {
        (void)snprintf(detail, cap, "mirrors.%s.url", m->id);
        return ohm_fail(OHM_DENIED, 0, "a password or token goes over https: only");
    }
    return ohm_ok();
}
