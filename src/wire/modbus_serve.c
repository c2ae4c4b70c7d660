#include "wire/modbus_serve.h"

void ohm_modbus_server_init(ohm_modbus_server *server, ohm_modbus_framing framing)
{
    *server = (ohm_modbus_server){ .framing = framing };
}

static void drop(ohm_modbus_server *s, size_t len)
{
    assert(len <= s->len);
    memmove(s->window, s->window + len, s->len - len);
    s->len -= len;
}

/* --- identification (43/14) ---------------------------------------------------------------------
 */

/* Objects from `from` up to `last` as far as they fit one PDU; Application Protocol §6.21. */
static ohm_modbus_exception identify(const ohm_modbus_device *device,
                                     const ohm_modbus_frame *request, ohm_modbus_frame *reply,
                                     uint8_t out[static OHM_MODBUS_PDU_MAX])
{
    enum { HEAD = 5, ROOM = OHM_MODBUS_PDU_MAX - 2, REGULAR_LAST = 6, ONE = 4 };
    if (!device->identity)
        return OHM_MODBUS_ILLEGAL_FUNCTION;
    bool one = request->count == ONE;
    unsigned last = one ? request->address : request->count == 1 ? 2 : REGULAR_LAST;
    size_t len = HEAD;
    uint8_t number = 0, next = 0;
    for (unsigned id = request->address; id <= last && !next; id++) {
        ohm_span text = device->identity(device->ctx, request->unit, (uint8_t)id);
        if (text.len == 0 || text.len > ROOM - HEAD - 2)
            continue;
        if (len + 2 + text.len > ROOM) {
            next = (uint8_t)id;
            break;
        }
        out[len] = (uint8_t)id;
        out[len + 1] = (uint8_t)text.len;
        memcpy(out + len + 2, text.ptr, text.len);
        len += 2 + text.len;
        number++;
    }
    if (number == 0)
        return OHM_MODBUS_ILLEGAL_ADDRESS;
    const uint8_t head[HEAD] = { (uint8_t)request->count, 0x82, next ? 0xff : 0, next, number };
    memcpy(out, head, HEAD);
    reply->data = ohm_span_of(out, len);
    return OHM_MODBUS_NO_EXCEPTION;
}

/* --- requests -----------------------------------------------------------------------------------
 */

static ohm_modbus_exception perform(const ohm_modbus_device *device,
                                    const ohm_modbus_frame *request, ohm_modbus_frame *reply,
                                    uint8_t data[static OHM_MODBUS_PDU_MAX])
{
    ohm_modbus_exception wrong = ohm_modbus_request_check(request);
    if (wrong)
        return wrong;
    if (request->function == OHM_MODBUS_IDENTIFY)
        return identify(device, request, reply, data);
    if (request->function > OHM_MODBUS_READ_INPUT) {
        if (request->function == OHM_MODBUS_WRITE_COIL ||
            request->function == OHM_MODBUS_WRITE_REGISTER)
            reply->data = request->data;
        return device->write ? device->write(device->ctx, request) : OHM_MODBUS_ILLEGAL_FUNCTION;
    }
    bool bits = request->function <= OHM_MODBUS_READ_DISCRETE;
    size_t len = bits ? (request->count + 7u) / 8 : 2u * request->count;
    memset(data, 0, len);
    reply->data = ohm_span_of(data, len);
    return device->read(device->ctx, request, data);
}

/* `known`: the function is one of ours and the request was read. Returns the reply's length. */
static size_t answer(ohm_modbus_server *s, const ohm_modbus_device *device,
                     const ohm_modbus_frame *request, bool known,
                     uint8_t out[static OHM_MODBUS_ADU_MAX])
{
    uint8_t data[OHM_MODBUS_PDU_MAX];
    bool broadcast = s->framing == OHM_MODBUS_RTU && request->unit == 0;
    bool ours = broadcast || device->has_unit(device->ctx, request->unit);
    if (!ours && s->framing == OHM_MODBUS_RTU)
        return 0;
    ohm_modbus_frame reply = { .transaction = request->transaction,
                               .reply = true,
                               .unit = request->unit,
                               .function = request->function,
                               .address = request->address,
                               .count = request->count };
    ohm_modbus_exception wrong = OHM_MODBUS_GATEWAY_SILENT;
    if (ours)
        wrong = known ? perform(device, request, &reply, data) : OHM_MODBUS_ILLEGAL_FUNCTION;
    s->requests++;
    s->refused += wrong != OHM_MODBUS_NO_EXCEPTION;
    if (broadcast || reply.function == 0)
        return 0;
    reply.exception = (uint8_t)wrong;
    return ohm_modbus_encode(s->framing, &reply, out);
}

static void fill(ohm_modbus_server *s, ohm_span *in)
{
    size_t room = sizeof s->window - s->len;
    size_t len = in->len < room ? in->len : room;
    if (len > 0)
        memcpy(s->window + s->len, in->ptr, len);
    s->len += len;
    *in = ohm_span_part(*in, len, in->len - len);
}

ohm_code ohm_modbus_serve(ohm_modbus_server *server, ohm_span *in, const ohm_modbus_device *device,
                          uint8_t reply[static OHM_MODBUS_ADU_MAX], size_t *ret_len)
{
    ohm_modbus_server *s = server;
    bool tcp = s->framing == OHM_MODBUS_TCP;
    while (!s->broken) {
        ohm_modbus_frame request;
        fill(s, in);
        ohm_code code =
            ohm_modbus_parse(s->framing, ohm_span_of(s->window, s->len), false, &request);
        if (code == OHM_MORE && in->len == 0)
            return OHM_MORE;
        if (code == OHM_OK || (tcp && code == OHM_UNSUPPORTED)) {
            *ret_len = answer(s, device, &request, code == OHM_OK, reply);
            drop(s, request.size);
            return OHM_OK;
        }
        /* Only silence tells where a frame of an unknown function ends; noise has no end. */
        bool ours = code == OHM_UNSUPPORTED && device->has_unit(device->ctx, s->window[0]);
        if (ours && in->len == 0 && s->len < sizeof s->window)
            return OHM_MORE;
        s->broken = tcp;
        s->noise_bytes++;
        if (!tcp)
            drop(s, 1);
    }
    *in = ohm_span_part(*in, in->len, 0);
    return OHM_BAD_FORMAT;
}

size_t ohm_modbus_serve_silence(ohm_modbus_server *server, const ohm_modbus_device *device,
                                uint8_t reply[static OHM_MODBUS_ADU_MAX])
{
    ohm_modbus_frame request;
    size_t len = 0;
    if (server->framing != OHM_MODBUS_RTU)
        return 0;
    ohm_code code =
        ohm_modbus_parse_whole(ohm_span_of(server->window, server->len), false, &request);
    if (code == OHM_OK || code == OHM_UNSUPPORTED)
        len = answer(server, device, &request, code == OHM_OK, reply);
    else
        server->noise_bytes += server->len;
    server->len = 0;
    return len;
}
