/* What the view shows: the state, the grid's levels, the relays. */
#include <stdio.h>

#include "web/api.h"
#include "web/inner.h"
#include "web/view_json.h"
#include "web/view_signals.h"

static void release_blob(void *blob)
{
    ohm_blob_unref(blob);
}

/* The newest view, or NULL with the fault "starting" answered. */
static const ohm_view *view_of(ohm_exchange *x)
{
    const ohm_view *view = ohm_web_view(x->web);
    if (!view)
        ohm_reply_fault(x, OHM_FAULT_STARTING, NULL);
    return view;
}

static bool has_no_query(ohm_exchange *x)
{
    if (!x->target.pairs_count)
        return true;
    ohm_reply_fault(x, OHM_FAULT_QUERY, x->target.keys[0]);
    return false;
}

void ohm_api_state(ohm_exchange *x)
{
    if (!has_no_query(x) || !view_of(x))
        return;
    ohm_blob *blob = ohm_web_state(x->web);
    if (!blob) {
        ohm_reply_fault(x, OHM_FAULT_MEMORY, NULL);
        return;
    }
    struct MHD_Response *response = MHD_create_response_from_buffer_with_free_callback_cls(
        blob->len, blob->bytes, release_blob, ohm_blob_ref(blob));
    if (!response)
        ohm_blob_unref(blob);
    else
        (void)MHD_add_response_header(response, "Content-Type", "application/json");
    ohm_reply(x, MHD_HTTP_OK, response, OHM_NO_STORE);
}

typedef struct one_meter {
    const ohm_view *view;
    uint16_t index;
} one_meter;

static void write_meter(ohm_json *json, const void *ctx)
{
    const one_meter *m = ctx;
    ohm_view_write_meter(json, m->view, m->index, true);
}

void ohm_api_meter(ohm_exchange *x)
{
    const ohm_view *view = has_no_query(x) ? view_of(x) : NULL;
    if (!view)
        return;
    int index = ohm_view_find_meter(view, x->params[0]);
    if (index < 0) {
        ohm_reply_fault(x, OHM_FAULT_METER, NULL);
        return;
    }
    const one_meter m = { view, (uint16_t)index };
    ohm_reply_json(x, MHD_HTTP_OK, write_meter, &m);
}

static void write_loads(ohm_json *json, const void *view)
{
    ohm_json_object(json);
    ohm_json_key(json, "items");
    ohm_view_write_loads(json, view);
    ohm_json_end(json);
}

void ohm_api_loads(ohm_exchange *x)
{
    const ohm_view *view = has_no_query(x) ? view_of(x) : NULL;
    if (view)
        ohm_reply_json(x, MHD_HTTP_OK, write_loads, view);
}

typedef struct one_load {
    const ohm_view *view;
    uint16_t index;
} one_load;

static void write_load(ohm_json *json, const void *ctx)
{
    const one_load *l = ctx;
    ohm_view_write_load(json, l->view, l->index);
}

void ohm_api_load(ohm_exchange *x)
{
    const ohm_view *view = has_no_query(x) ? view_of(x) : NULL;
    if (!view)
        return;
    int index = ohm_view_find_load(view, x->params[0]);
    if (index < 0) {
        ohm_reply_fault(x, OHM_FAULT_LOAD, NULL);
        return;
    }
    const one_load l = { view, (uint16_t)index };
    ohm_reply_json(x, MHD_HTTP_OK, write_load, &l);
}

static void write_ecowatt(ohm_json *json, const void *view)
{
    ohm_view_write_ecowatt(json, view);
}

void ohm_api_ecowatt(ohm_exchange *x)
{
    if (!has_no_query(x))
        return;
    const ohm_view *view = view_of(x);
    if (view)
        ohm_reply_json(x, MHD_HTTP_OK, write_ecowatt, view);
}

static void write_signals(ohm_json *json, const void *view)
{
    ohm_view_write_signals(json, view);
}

void ohm_api_signals(ohm_exchange *x)
{
    if (!has_no_query(x))
        return;
    const ohm_view *view = view_of(x);
    if (view)
        ohm_reply_json(x, MHD_HTTP_OK, write_signals, view);
}

typedef struct critical {
    const ohm_view *view;
    int32_t threshold;
} critical;

static void write_critical(ohm_json *json, const void *ctx)
{
    const critical *c = ctx;
    ohm_view_write_critical(json, c->view, c->threshold);
}

void ohm_api_critical(ohm_exchange *x)
{
    const char *text = ohm_target_query(&x->target, "threshold");
    uint64_t threshold = OHM_LEVEL_SHED_MIN;
    bool good = !text || ohm_text_uint(text, OHM_LEVEL_MAX, &threshold) == OHM_OK;
    if (!good || x->target.pairs_count > (text ? 1 : 0)) {
        ohm_reply_fault(x, OHM_FAULT_QUERY, good ? x->target.keys[0] : "threshold");
        return;
    }
    critical c = { view_of(x), (int32_t)threshold };
    if (c.view)
        ohm_reply_json(x, MHD_HTTP_OK, write_critical, &c);
}

/* The prototype's route: {"1": true, … "8": false}, true where the relay's coil is energised. Eight
 * at least, as it had. */
static void write_relays(ohm_json *json, const void *ctx)
{
    const ohm_view *view = ctx;
    int count = view->relays_count > 8 ? view->relays_count : 8;
    ohm_json_object(json);
    for (int i = 0; i < count; i++) {
        char key[8];
        (void)snprintf(key, sizeof key, "%d", i + 1);
        ohm_json_key_bool(json, key, i < view->relays_count && view->relays[i].coil);
    }
    ohm_json_end(json);
}

void ohm_api_relays(ohm_exchange *x)
{
    const ohm_view *view = view_of(x);
    if (view)
        ohm_reply_json(x, MHD_HTTP_OK, write_relays, view);
}
