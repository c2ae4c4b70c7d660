/* Simulated Modbus devices on a line that a master can open: a bus (sim/modbus_bus.h) at a
 * pseudo-terminal or at a TCP server on 127.0.0.1. Answers begin when their device is ready and
 * come at the line's pace. Driven by the loop's thread. */
#ifndef OHM_SIM_MODBUS_END_H
#define OHM_SIM_MODBUS_END_H

#include "sim/ends.h"
#include "sim/modbus_bus.h"

typedef struct ohm_sim_modbus_end ohm_sim_modbus_end;

/* `bus` is the owner's and must stay until the end is closed. `baud` 0: at once. */
OHM_MUST_CHECK ohm_err ohm_sim_modbus_end_open(struct uv_loop_s *loop, ohm_sim_line line,
                                               uint32_t baud, ohm_sim_modbus *bus,
                                               ohm_sim_modbus_end **ret_end);
const char *ohm_sim_modbus_end_address(const ohm_sim_modbus_end *end);
void ohm_sim_modbus_end_close(ohm_sim_modbus_end *end); /* takes NULL */

#endif
