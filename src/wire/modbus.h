/* Modbus frames: what a master asks and what a device answers, on a serial line (RTU, also
 * inside TCP) and in TCP with its own header (MBAP).
 *
 * Sources: MODBUS Application Protocol Specification V1.1b3 (functions, exceptions), MODBUS over
 * Serial Line V1.02 (RTU: unit, PDU, CRC; silence between frames), MODBUS Messaging on TCP/IP
 * Implementation Guide V1.0b (MBAP: transaction, protocol 0, length, unit).
 *
 * Addresses here are those of the wire: from 0. Documents that say "register 30001" or
 * "register 1" mean address 0.
 *
 * Both sides are here: ohm_modbus_encode writes requests and replies, ohm_modbus_parse reads
 * them. A request does not tell itself from a reply; the caller says which it expects. Nothing
 * is kept between calls; spans are borrowed from what was given. Streams that hold both are
 * wire/modbus_stream.h, a master's question and answer is wire/modbus_ask.h, a device's answer
 * is wire/modbus_serve.h. */
#ifndef OHM_WIRE_MODBUS_H
#define OHM_WIRE_MODBUS_H

#include "base/err.h"
#include "base/span.h"

enum {
    OHM_MODBUS_PDU_MAX = 253,
    OHM_MODBUS_ADU_MAX = 260, /* MBAP; RTU frames are at most 256 */
    OHM_MODBUS_MBAP_LEN = 7,
    OHM_MODBUS_READ_REGISTERS_MAX = 125,
    OHM_MODBUS_READ_BITS_MAX = 2000,
    OHM_MODBUS_WRITE_REGISTERS_MAX = 123,
    OHM_MODBUS_WRITE_BITS_MAX = 1968,
    OHM_MODBUS_UNIT_MAX = 247, /* 0 is broadcast on a serial line */
};

typedef enum ohm_modbus_function {
    OHM_MODBUS_READ_COILS = 1,
    OHM_MODBUS_READ_DISCRETE = 2,
    OHM_MODBUS_READ_HOLDING = 3,
    OHM_MODBUS_READ_INPUT = 4,
    OHM_MODBUS_WRITE_COIL = 5,
    OHM_MODBUS_WRITE_REGISTER = 6,
    OHM_MODBUS_WRITE_COILS = 15,
    OHM_MODBUS_WRITE_REGISTERS = 16,
    OHM_MODBUS_IDENTIFY = 43, /* with MEI type 14: read device identification */
} ohm_modbus_function;

typedef enum ohm_modbus_exception {
    OHM_MODBUS_NO_EXCEPTION,
    OHM_MODBUS_ILLEGAL_FUNCTION,
    OHM_MODBUS_ILLEGAL_ADDRESS,
    OHM_MODBUS_ILLEGAL_VALUE,
    OHM_MODBUS_DEVICE_FAILURE,
    OHM_MODBUS_ACKNOWLEDGE,
    OHM_MODBUS_DEVICE_BUSY,
    OHM_MODBUS_GATEWAY_PATH = 10,
    OHM_MODBUS_GATEWAY_SILENT = 11,
} ohm_modbus_exception;

typedef enum ohm_modbus_framing {
    OHM_MODBUS_RTU,
    OHM_MODBUS_TCP,
} ohm_modbus_framing;

/* A request or a reply.
 *
 *   function            request                       reply
 *   reads (1 to 4)      address, count                data: packed bits or registers
 *   write one (5, 6)    address, data: 2 bytes        the same
 *   write many (15, 16) address, count, data          address, count
 *   identify (43)       address: object, count: code  data: behind the MEI type
 *
 * Registers are two bytes each, high byte first; bits are packed from the lowest. */
typedef struct ohm_modbus_frame {
    uint16_t transaction; /* TCP */
    bool reply;
    uint8_t unit;
    uint8_t function;  /* without the bit that marks an exception */
    uint8_t exception; /* of a reply; 0: none, and `data` is what was asked */
    uint16_t address, count;
    ohm_span data;
    size_t size; /* of the whole frame, where it was read */
} ohm_modbus_frame;

/* Writes a frame; returns its length. The counts must be within the limits of the function and
 * fit the data (asserted). */
size_t ohm_modbus_encode(ohm_modbus_framing framing, const ohm_modbus_frame *frame,
                         uint8_t out[static OHM_MODBUS_ADU_MAX]);

/* Reads the frame that `window` begins with, as a request or as a reply (`reply`). OHM_OK;
 * OHM_MORE: a longer window is needed; OHM_BAD_FORMAT; OHM_BAD_CHECKSUM; OHM_UNSUPPORTED: a
 * function we don't know, whose length RTU can't tell; in TCP out->size, unit, function and
 * transaction are then set, so that it can be skipped or refused.
 *
 * Counts and addresses of requests are given as they are: ohm_modbus_request_check judges them,
 * because a device must answer a wrong one. */
OHM_MUST_CHECK ohm_code ohm_modbus_parse(ohm_modbus_framing framing, ohm_span window, bool reply,
                                         ohm_modbus_frame *out);

/* RTU by silence: `bytes` are all that came between two silences of 3.5 characters. As
 * ohm_modbus_parse, but OHM_UNSUPPORTED fills unit, function and size here too, and what is
 * longer or shorter than its frame is OHM_BAD_FORMAT. */
OHM_MUST_CHECK ohm_code ohm_modbus_parse_whole(ohm_span bytes, bool reply, ohm_modbus_frame *out);

/* What a device must answer to a request with this address and count: 0 if they can be served
 * (MODBUS Application Protocol V1.1b3 §6). */
ohm_modbus_exception ohm_modbus_request_check(const ohm_modbus_frame *request);

/* Does `reply` answer `asked`? OHM_OK, and reply->address and ->count say of what; else
 * OHM_CONFLICT with the reason. An exception of the right unit and function is an answer. */
OHM_MUST_CHECK ohm_code ohm_modbus_match(const ohm_modbus_frame *asked, ohm_modbus_frame *reply,
                                         const char **what);

/* Bit `index` of packed bits; `index` must be below 8 × data.len. */
bool ohm_modbus_bit(ohm_span data, size_t index);

/* The length of a silence that ends an RTU frame, in microseconds: 3.5 characters of 11 bits,
 * 1750 µs above 19200 baud (Serial Line V1.02 §2.5.1.1). */
int64_t ohm_modbus_silence_us(uint32_t baud);

/* "illegal data address"; "exception" for codes that have no name. */
const char *ohm_modbus_exception_text(uint8_t exception);

/* One object of a device identification (43/14): id 0 vendor, 1 product code, 2 revision,
 * 4 product name… *at is 0 at first; OHM_END after the last, OHM_BAD_FORMAT for lengths that
 * don't fit. `data` is that of the reply. */
OHM_MUST_CHECK ohm_code ohm_modbus_identity_next(ohm_span data, size_t *at, uint8_t *ret_id,
                                                 ohm_span *ret_text);

#endif
