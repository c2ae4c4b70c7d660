/* A device's side of Modbus: requests in, answers out. It serves the simulator, and whoever
 * wants to be read as a Modbus device. Pure: the tables are behind functions of the caller.
 *
 * RTU: a request to another unit is taken and not answered; one to unit 0 is done and not
 * answered (Serial Line V1.02 §2.1). TCP: a unit that is not ours gets exception 11 from here,
 * as a gateway would answer. */
#ifndef OHM_WIRE_MODBUS_SERVE_H
#define OHM_WIRE_MODBUS_SERVE_H

#include "wire/modbus.h"

typedef struct ohm_modbus_device {
    bool (*has_unit)(void *ctx, uint8_t unit);
    /* Fills `out`: registers high byte first, or packed bits, as long as the count needs. */
    ohm_modbus_exception (*read)(void *ctx, const ohm_modbus_frame *request, uint8_t *out);
    ohm_modbus_exception (*write)(void *ctx, const ohm_modbus_frame *request);
    /* The identification object of that id, or an empty span. NULL: no identification. */
    ohm_span (*identity)(void *ctx, uint8_t unit, uint8_t id);
    void *ctx;
} ohm_modbus_device;

typedef struct ohm_modbus_server {
    ohm_modbus_framing framing;
    bool broken; /* TCP: no header where one should be */
    size_t len;
    uint64_t requests, refused, noise_bytes;
    uint8_t window[OHM_MODBUS_ADU_MAX];
} ohm_modbus_server;

void ohm_modbus_server_init(ohm_modbus_server *server, ohm_modbus_framing framing);

/* Takes bytes from the front of *in. OHM_OK: a request was served; send reply[0..*ret_len),
 * which may be nothing, and call again. OHM_MORE: all is taken. OHM_BAD_FORMAT (TCP): close the
 * connection. */
OHM_MUST_CHECK ohm_code ohm_modbus_serve(ohm_modbus_server *server, ohm_span *in,
                                         const ohm_modbus_device *device,
                                         uint8_t reply[static OHM_MODBUS_ADU_MAX], size_t *ret_len);

/* RTU: 3.5 characters of silence. What is in the window is a frame or nothing: a request of an
 * unknown function is refused now. The result is the length of the reply, often 0. */
size_t ohm_modbus_serve_silence(ohm_modbus_server *server, const ohm_modbus_device *device,
                                uint8_t reply[static OHM_MODBUS_ADU_MAX]);

#endif
