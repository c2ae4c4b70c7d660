/* DLMS meters that are asked, as a row of the table: their messages are those of a push, and are
 * told and read in the same way. */
#include "meter/cosem_reader.h"
#include "meter/meter_time.h"

static void json(ohm_json *json, const void *message, const ohm_meter_clock *clock)
{
    ohm_protocol_dlms.json(json, message, clock);
}

static void sender(const void *message, ohm_protocol_sender *out)
{
    ohm_protocol_dlms.sender(message, out);
}

static bool recorded(const void *message)
{
    return ((const ohm_cosem_message *)message)->recorded;
}

/* Until the end of the conversation (ohm_meter_watch.on_end). */
static bool continues(const void *message)
{
    (void)message;
    return true;
}

/* A row is as old as it says; that it is not from now makes it no less true. */
static ohm_ms time_of(const void *message, const ohm_meter_clock *clock, ohm_ms now_ms)
{
    const ohm_cosem_message *m = message;
    if (!m->recorded)
        return ohm_protocol_dlms.time_of(message, clock, now_ms);
    return m->dlms.time.present ? ohm_meter_time_resolve(clock, &m->dlms, &m->dlms.time, OHM_NO_MS)
                                : OHM_NO_MS;
}

static void readings(const void *message, uint16_t device, ohm_ms time_ms, ohm_frame *out)
{
    ohm_protocol_dlms.readings(message, device, time_ms, out);
}

static bool wanted(const void *message)
{
    return ohm_protocol_dlms.wanted(message);
}

static void heading(const void *message, ohm_ms time_ms, char *out, size_t cap)
{
    ohm_protocol_dlms.heading(message, time_ms, out, cap);
}

static bool item(const void *message, size_t index, const ohm_meter_clock *clock, ohm_json *value,
                 ohm_protocol_item *out)
{
    return ohm_protocol_dlms.item(message, index, clock, value, out);
}

const ohm_protocol ohm_protocol_cosem = {
    .name = "cosem",
    .label = "DLMS/COSEM, asked",
    .baud = 9600,
    .framing = "8N1",
    .poller = &ohm_cosem_poller,
    .json = json,
    .sender = sender,
    .recorded = recorded,
    .continues = continues,
    .time_of = time_of,
    .readings = readings,
    .wanted = wanted,
    .heading = heading,
    .item = item,
};
