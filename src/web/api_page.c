/* The page's files out of the binary, the description of the API, and the sign of life. */
#include <stdio.h>

#include "host/assets.h"
#include "web/api.h"
#include "web/inner.h"

enum { ETAG_MAX = 64, NAME_MAX_BYTES = OHM_TARGET_MAX + 16, STALLED_MS = 15 * OHM_SECOND_MS };

/* The bytes as they are, or compressed where the client takes that. Both have their own entity
 * tag, since their bytes differ. */
static void reply_asset(ohm_exchange *x, const ohm_asset *asset)
{
    bool packed = asset->gzip.len && ohm_accepts_gzip(x->fields[OHM_FIELD_ACCEPT_ENCODING]);
    ohm_span bytes = packed ? asset->gzip : asset->bytes;
    char etag[ETAG_MAX], quoted[ETAG_MAX + 2];
    (void)snprintf(etag, sizeof etag, "%s%s", asset->hash, packed ? "-gz" : "");
    (void)snprintf(quoted, sizeof quoted, "\"%s\"", etag);
    bool same = ohm_etag_matches(x->fields[OHM_FIELD_IF_NONE_MATCH], etag);
    if (same)
        bytes.len = 0;

    struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls(
        bytes.len, (void *)(uintptr_t)bytes.ptr, NULL, NULL);
    if (response) {
        (void)MHD_add_response_header(response, "ETag", quoted);
        (void)MHD_add_response_header(response, "Content-Type", asset->type);
        if (asset->gzip.len)
            (void)MHD_add_response_header(response, "Vary", "Accept-Encoding");
        if (packed && !same)
            (void)MHD_add_response_header(response, "Content-Encoding", "gzip");
    }
    ohm_reply(x, same ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, response,
              asset->immutable ? OHM_IMMUTABLE : OHM_REVALIDATE);
}

static const ohm_asset *find(const char *folder, const char *path)
{
    char name[NAME_MAX_BYTES];
    int n = snprintf(name, sizeof name, "%s%s", folder, path);
    return n > 0 && (size_t)n < sizeof name ? ohm_asset_find(ohm_span_text(name)) : NULL;
}

bool ohm_page_has(const ohm_exchange *x)
{
    return find("page", x->target.path) != NULL;
}

void ohm_page_file(ohm_exchange *x)
{
    reply_asset(x, find("page", x->target.path));
}

/* In place of a page that was not built in. */
static void reply_no_page(ohm_exchange *x)
{
    static const char text[] =
        "ohmstead " OHM_VERSION "\n"
        "\n"
        "This binary was built without its page (-Dpage=false); ./dev build makes one with it.\n"
        "Ce programme a été construit sans sa page (-Dpage=false) ; ./dev build en fait un avec.\n"
        "\n"
        "The data is at /api/v1/state, the description of the API at /api/v1/openapi.json.\n"
        "Les données sont à /api/v1/state, la description de l’API à /api/v1/openapi.json.\n";
    struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls(
        sizeof text - 1, (void *)(uintptr_t)text, NULL, NULL);
    if (response)
        (void)MHD_add_response_header(response, "Content-Type", "text/plain; charset=utf-8");
    ohm_reply(x, MHD_HTTP_OK, response, OHM_REVALIDATE);
}

static void write_message(ohm_json *json, const void *ctx)
{
    (void)ctx;
    ohm_json_object(json);
    ohm_json_key_str(json, "message", "API de gestion du délestage énergétique");
    ohm_json_end(json);
}

void ohm_api_home(ohm_exchange *x)
{
    const ohm_asset *page = find("page", "/index.html");
    if (ohm_prefers_json(x->fields[OHM_FIELD_ACCEPT]))
        ohm_reply_json(x, MHD_HTTP_OK, write_message, NULL);
    else if (page)
        reply_asset(x, page);
    else
        reply_no_page(x);
}

void ohm_api_docs(ohm_exchange *x)
{
    const ohm_asset *page = find("page", "/docs.html");
    if (page)
        reply_asset(x, page);
    else
        reply_no_page(x);
}

void ohm_api_openapi(ohm_exchange *x)
{
    reply_asset(x, find("data/api", "/openapi.json"));
}

/* Alive means: the loop has shown something lately. Before its first view it is starting. */
static void write_health(ohm_json *json, const void *ctx)
{
    ohm_json_object(json);
    ohm_json_key_str(json, "status", ctx);
    ohm_json_end(json);
}

void ohm_api_health(ohm_exchange *x)
{
    const ohm_web *web = x->web;
    bool stalled = web->has_view && ohm_mono_since(web->now, web->view_came) > STALLED_MS;
    const char *status = stalled ? "stalled" : web->has_view ? "ok" : "starting";
    ohm_reply_json(x, stalled ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_OK, write_health, status);
}
