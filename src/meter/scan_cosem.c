/* What a DLMS meter has: the list of objects of its association (IEC 62056-6-2, class 15), as the
 * conversation of meter/cosem_reader.h reads it; here one note an object. */
#include <stdio.h>

#include "meter/cosem_reader.h"
#include "meter/scan.h"

enum { NEXT_MS = 1 };

typedef struct browser {
    ohm_scan_note note;
    const ohm_dlms_message *list; /* whose objects are told one by one */
    uint16_t at;
    char settings[OHM_COSEM_SETTINGS_MAX];
    ohm_cosem_reader reader;
} browser;

static const struct {
    uint16_t class_id;
    const char *name;
} classes[] = {
    { 1, "data" },
    { 3, "register" },
    { 4, "extended register" },
    { 5, "demand register" },
    { 6, "register activation" },
    { 7, "profile" },
    { 8, "clock" },
    { 9, "script table" },
    { 11, "special days" },
    { 15, "association" },
    { 17, "SAP assignment" },
    { 18, "image transfer" },
    { 20, "activity calendar" },
    { 21, "register monitor" },
    { 22, "single action schedule" },
    { 23, "HDLC setup" },
    { 40, "push setup" },
    { 64, "security setup" },
    { 70, "disconnect control" },
    { 71, "limiter" },
    { 72, "M-Bus client" },
};

static const char *class_name(uint16_t class_id)
{
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (classes[i].class_id == class_id)
            return classes[i].name;
    return "";
}

/* --- the conversation ---------------------------------------------------------------------------
 */

static ohm_err init(void *state, const ohm_protocol_config *config)
{
    browser *b = state;
    ohm_protocol_config own = *config;
    int len = snprintf(b->settings, sizeof b->settings, "%s browse=yes",
                       config->settings ? config->settings : "");
    if (len < 0 || (size_t)len >= sizeof b->settings)
        return ohm_fail(OHM_TOO_BIG, 0, "the settings are too long");
    own.settings = b->settings;
    return ohm_cosem_poller.init(&b->reader, &own);
}

static void release(void *state)
{
    browser *b = state;
    ohm_cosem_poller.release(&b->reader);
}

/* The next object. */
static ohm_poll_step tell(browser *b)
{
    const ohm_dlms_value *v = &b->list->values[b->at];
    ohm_poll_step step = ohm_poll_wait(NEXT_MS);
    char code[OHM_OBIS_TEXT_MAX];
    (void)ohm_obis_write(v->obis, code);
    (void)snprintf(b->note.where, sizeof b->note.where, "%u/%s", v->class_id, code);
    b->note.kind = OHM_SCAN_FOUND;
    b->note.message = v;
    b->at++;
    step.message = &b->note;
    return step;
}

static ohm_poll_step take(browser *b, ohm_poll_step step)
{
    const ohm_cosem_message *m = step.message;
    if (!m)
        return step;
    b->list = &m->dlms;
    b->at = 0;
    return tell(b); /* the reader waits for its turn, as its step says */
}

static ohm_poll_step begin(void *state, bool probe, ohm_poll_time now)
{
    browser *b = state;
    b->list = NULL;
    return take(b, ohm_cosem_poller.begin(&b->reader, probe, now));
}

static ohm_poll_step on_bytes(void *state, ohm_span *in, ohm_poll_time now)
{
    browser *b = state;
    return take(b, ohm_cosem_poller.on_bytes(&b->reader, in, now));
}

static ohm_poll_step on_timeout(void *state, ohm_poll_time now)
{
    browser *b = state;
    if (b->list && b->at < b->list->count)
        return tell(b);
    b->list = NULL;
    return take(b, ohm_cosem_poller.on_timeout(&b->reader, now));
}

static void reset(void *state)
{
    browser *b = state;
    b->list = NULL;
    ohm_cosem_poller.reset(&b->reader);
}

static void count(const void *state, ohm_meter_counters *out)
{
    ohm_cosem_poller.count(&((const browser *)state)->reader, out);
}

/* --- notes --------------------------------------------------------------------------------------
 */

static void json(ohm_json *json, const ohm_scan_note *note)
{
    const ohm_dlms_value *v = note->message;
    char code[OHM_OBIS_TEXT_MAX];
    const char *name = class_name(v->class_id);
    (void)ohm_obis_write(v->obis, code);
    ohm_json_object(json);
    ohm_json_key_str(json, "address", note->where);
    ohm_json_key_str(json, "protocol", "dlms");
    ohm_json_key_int(json, "class", v->class_id);
    ohm_json_key_str(json, "class_name", *name ? name : NULL);
    ohm_json_key_int(json, "version", v->attribute);
    ohm_json_key_str(json, "obis", code);
    ohm_json_key_str(json, "quantity",
                     v->quantity ? ohm_quantity_get((ohm_quantity_id)v->quantity)->name : NULL);
    ohm_json_end(json);
}

static void text(const ohm_scan_note *note, char *out, size_t cap)
{
    const ohm_dlms_value *v = note->message;
    (void)snprintf(out, cap, "%-24s %-24s %s", note->where, class_name(v->class_id),
                   v->quantity ? ohm_quantity_get((ohm_quantity_id)v->quantity)->name : "");
}

static const ohm_poller poller = {
    .state_size = sizeof(browser),
    .every_s = 1,
    .pause_ms = 100,
    .limit_ms = 20 * 60 * 1000,
    .init = init,
    .release = release,
    .begin = begin,
    .on_bytes = on_bytes,
    .on_timeout = on_timeout,
    .reset = reset,
    .count = count,
};

/* A push has another speed than a port that answers. */
static const ohm_protocol asked = {
    .name = "dlms", .label = "DLMS/COSEM", .baud = 9600, .framing = "8N1"
};

const ohm_scanner ohm_scanner_dlms = {
    .protocol = &asked,
    .poller = &poller,
    .where = "nothing: see --settings",
    .json = json,
    .text = text,
};

const ohm_scanner ohm_scanner_cosem = {
    .protocol = &ohm_protocol_cosem,
    .poller = &poller,
    .where = "likewise",
    .json = json,
    .text = text,
};
