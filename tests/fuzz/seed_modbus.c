/* Captured pairs of both framings as first inputs: usage: seed_modbus FOLDER */
#include "../modbus_streams.h"
#include "seed.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    for (int framing = OHM_MODBUS_RTU; framing <= OHM_MODBUS_TCP; framing++) {
        const ohm_modbus_frame coil = { .unit = 3,
                                        .function = 5,
                                        .address = 9,
                                        .count = 1,
                                        .data = { (const uint8_t *)"\xff\x00", 2 } };
        const ohm_modbus_frame no = { .reply = true, .unit = 3, .function = 5, .exception = 2 };
        stream s = { 0 };
        stream_pair(&s, (ohm_modbus_framing)framing, 1, 0, 60);
        stream_add(&s, (ohm_modbus_framing)framing, &coil);
        stream_add(&s, (ohm_modbus_framing)framing, &no);
        stream_pair(&s, (ohm_modbus_framing)framing, 2, 342, 2);
        seed_write(argv[1], framing == OHM_MODBUS_RTU ? "rtu" : "tcp", ohm_span_of(s.bytes, s.len));
    }
    return EXIT_SUCCESS;
}
