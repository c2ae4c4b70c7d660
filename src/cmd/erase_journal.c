#include "cmd/erase_journal.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/codec.h"
#include "store/redact.h"

typedef struct erasure {
    const ohm_erase_lines *lines;
    bool asks; /* changes nothing */
    bool doubt;
    uint8_t encoded[OHM_ACTION_BYTES_MAX];
    char json[OHM_ACTION_JSON_MAX];
} erasure;

/* Is "site/zone/device/quantity" of the device, and the quantity, that a notice names? */
static bool is_of(const char *key, const char *device, const char *quantity)
{
    const char *slash = strrchr(key, '/');
    size_t len = strlen(device);
    bool ends = slash && (size_t)(slash - key) > len && slash[-(ptrdiff_t)len - 1] == '/' &&
                !strncmp(slash - len, device, len);
    return ends && (!quantity || !strcmp(slash + 1, quantity));
}

/* Does the place of a key that ends in this device say so, too? A site that has no such meter (it
 * was taken out, or renamed) tells nothing against it. */
static bool stands_there(const ohm_site *site, const char *key, const char *device)
{
    char place[OHM_SERIES_KEY_MAX];
    const ohm_site_meter *meter = NULL;
    for (uint16_t i = 0; i < site->meters_count && !meter; i++)
        if (!strcmp(site->meters[i].id, device))
            meter = &site->meters[i];
    if (!meter)
        return true;
    (void)snprintf(place, sizeof place, "%s/%s/%s/", site->id, meter->zone, device);
    return !strncmp(key, place, strlen(place));
}

/* Another meter of the same id, elsewhere, that stays. */
static bool is_another(const ohm_erase_lines *l, const char *device, const char *key)
{
    size_t place = (size_t)(strrchr(key, '/') - key);
    for (size_t i = 0; i < l->stays->count; i++) {
        const char *other = l->stays->extents[i].info.key;
        if (is_of(other, device, NULL) && strncmp(other, key, place + 1) != 0)
            return true;
    }
    return false;
}

static bool is_meant(erasure *e, json_t *line)
{
    const ohm_erase_lines *l = e->lines;
    const char *device = json_string_value(json_object_get(line, "device"));
    const char *quantity = json_string_value(json_object_get(line, "quantity"));
    if (!device || (!quantity && !l->devices))
        return false;
    for (size_t i = 0; i < l->list->count; i++) {
        const char *key = l->list->extents[i].info.key;
        if (!is_of(key, device, l->devices ? NULL : quantity))
            continue;
        e->doubt |= !l->site && is_another(l, device, key);
        if (!l->site || stands_there(l->site, key, device))
            return true;
    }
    return false;
}

static bool tell_json(erasure *e, json_t *line, ohm_span *ret_json)
{
    int failed = json_object_set_new(line, "device", json_null());
    failed |= json_object_set_new(line, "quantity", json_null());
    failed |= json_object_set_new(line, "actor", json_null());
    failed |= json_object_set_new(line, "detail", json_integer(0));
    size_t len = failed ? 0 : json_dumpb(line, e->json, sizeof e->json, JSON_COMPACT);
    *ret_json = ohm_span_of(e->json, len);
    return len > 0 && len <= sizeof e->json;
}

/* What can't be decoded any more says nothing any more. */
static ohm_span tell_encoded(erasure *e, ohm_span encoded)
{
    ohm_action action;
    size_t len;
    if (ohm_failed(ohm_action_decode(encoded, &action)))
        return (ohm_span){ 0 };
    action.device = OHM_DEVICE_NONE;
    action.quantity = OHM_Q_NONE;
    action.detail = 0;
    memset(action.actor, 0, sizeof action.actor);
    if (ohm_action_encode(&action, e->encoded, sizeof e->encoded, &len) != OHM_OK)
        return (ohm_span){ 0 };
    return ohm_span_of(e->encoded, len);
}

static bool tell(void *ctx, const ohm_record *record, ohm_span *ret_encoded, ohm_span *ret_json)
{
    erasure *e = ctx;
    json_t *line = json_loadb((const char *)record->json.ptr, record->json.len, 0, NULL);
    bool anew = line && is_meant(e, line) && !e->asks && tell_json(e, line, ret_json);
    json_decref(line);
    if (anew)
        *ret_encoded = tell_encoded(e, record->encoded);
    return anew;
}

ohm_err ohm_erase_journal(const char *store, const ohm_erase_lines *lines, uint64_t *ret_lines)
{
    erasure *e = malloc(sizeof *e);
    if (!e)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    e->lines = lines;
    e->asks = !lines->site;
    e->doubt = false;
    ohm_err err = ohm_ok();
    if (e->asks)
        err = ohm_redact_journal(store, lines->range, tell, e, ret_lines);
    if (!ohm_failed(err) && e->doubt)
        err = ohm_fail(OHM_CONFLICT, 0, "the journal may speak of another meter of the same name");
    e->asks = false;
    if (!ohm_failed(err))
        err = ohm_redact_journal(store, lines->range, tell, e, ret_lines);
    free(e);
    return err;
}
