#include "web/guard.h"

#include "web/api.h"
#include "web/inner.h"

static bool is_own_name(const ohm_web *web, ohm_span name)
{
    if (ohm_text_same(name, ohm_span_text("localhost")))
        return true;
    const char *const *allowed = web->options.allowed_hosts;
    for (int i = 0; allowed && allowed[i]; i++)
        if (ohm_text_same(name, ohm_span_text(allowed[i])))
            return true;
    /* The certificate is for these, so that no other server can be meant by them. */
    for (int i = 0; web->tls.identity && i < web->tls.names.count; i++)
        if (ohm_text_same(name, ohm_span_text(web->tls.names.text[i])))
            return true;
    ohm_origin origin;
    ohm_host host;
    return web->options.public_origin &&
           ohm_origin_parse(ohm_span_text(web->options.public_origin), &origin) == OHM_OK &&
           ohm_host_parse(origin.host, &host) == OHM_OK && ohm_text_same(name, host.name);
}

static bool is_configured_origin(const ohm_exchange *x)
{
    const char *const *origins = x->web->options.cors_origins;
    for (int i = 0; origins && origins[i]; i++)
        if (ohm_text_same(x->fields[OHM_FIELD_ORIGIN], ohm_span_text(origins[i])))
            return true;
    return false;
}

bool ohm_guard_host(ohm_exchange *x)
{
    ohm_host host;
    x->cors = x->fields[OHM_FIELD_ORIGIN].ptr && is_configured_origin(x);
    if (ohm_host_parse(x->fields[OHM_FIELD_HOST], &host) != OHM_OK) {
        ohm_reply_fault(x, OHM_FAULT_FIELDS, "Host");
        return false;
    }
    if (!host.is_address && !is_own_name(x->web, host.name)) {
        ohm_reply_fault(x, OHM_FAULT_HOST, NULL);
        return false;
    }
    return true;
}

/* Is the Origin the page that this request's Host serves? */
static bool is_own_origin(const ohm_exchange *x)
{
    const ohm_web *web = x->web;
    ohm_origin origin;
    if (ohm_origin_parse(x->fields[OHM_FIELD_ORIGIN], &origin) != OHM_OK)
        return false;
    if (web->options.public_origin &&
        ohm_text_same(x->fields[OHM_FIELD_ORIGIN], ohm_span_text(web->options.public_origin)))
        return true;
    bool scheme = origin.https == web->is_https || web->options.behind_proxy;
    return scheme && ohm_text_same(origin.host, x->fields[OHM_FIELD_HOST]);
}

/* --- may they ------------------------------------------------------------------------- */

/* What changes something, and a WebSocket, which no browser keeps from a page of another site. */
static bool needs_own_page(const ohm_exchange *x)
{
    return x->method != OHM_GET || x->route->handle == ohm_api_ws;
}

/* Is this a request that a page of another site made a browser send? */
static bool is_cross_site(const ohm_exchange *x)
{
    ohm_span site = x->fields[OHM_FIELD_FETCH_SITE];
    if (site.ptr && !ohm_span_is(site, "same-origin") && !ohm_span_is(site, "none"))
        return true;
    return x->fields[OHM_FIELD_ORIGIN].ptr && !is_own_origin(x);
}

/* A session also shows what only a page of ours can know. */
static bool lacks_csrf(const ohm_exchange *x)
{
    if (x->who.proof != OHM_PROOF_SESSION || (x->route->flags & OHM_ROUTE_PROVES) ||
        x->method == OHM_GET)
        return false;
    const ohm_session *session =
        ohm_session_get(&x->web->auth.sessions, x->who.session, x->web->now);
    return !session || !ohm_session_csrf_is(session, x->fields[OHM_FIELD_CSRF]);
}

bool ohm_guard_request(ohm_exchange *x)
{
    const ohm_route *route = x->route;
    if (!ohm_auth_identify(x)) {
        ohm_reply_fault(x, OHM_FAULT_TOKEN, NULL);
    } else if ((route->flags & OHM_ROUTE_TOKEN) && x->who.proof != OHM_PROOF_TOKEN) {
        ohm_reply_fault(x, OHM_FAULT_TOKEN_NEEDED, NULL);
    } else if (needs_own_page(x) && x->who.proof != OHM_PROOF_TOKEN && is_cross_site(x)) {
        ohm_reply_fault(x, OHM_FAULT_ORIGIN, NULL);
    } else if (lacks_csrf(x)) {
        ohm_reply_fault(x, OHM_FAULT_CSRF, NULL);
    } else if (route->right & ~x->who.rights) {
        bool known = x->who.role != OHM_ROLE_NONE;
        ohm_reply_fault(x, known ? OHM_FAULT_FORBIDDEN : OHM_FAULT_LOGIN, NULL);
    }
    return !x->replied;
}
