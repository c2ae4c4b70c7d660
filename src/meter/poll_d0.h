/* A meter that is asked for its data readout (IEC 62056-21, modes A to C): a poller over an
 * optical head or a current loop.
 *
 *     we     /?address!<CR><LF>                      300 baud 7E1, or as the line is set
 *     meter  /XXXZidentification<CR><LF>             Z: what speed it offers, and the mode
 *     we     <ACK>0Z0<CR><LF>                        mode C: and both change over
 *     meter  <STX>data!<CR><LF><ETX>check            at that speed
 *
 * In mode B the meter changes over by itself, in mode A nobody does. A readout whose block check
 * is wrong is asked for again (<NAK>), at most twice; one without a block check is refused. */
#ifndef OHM_METER_POLL_D0_H
#define OHM_METER_POLL_D0_H

#include "meter/poller.h"

extern const ohm_poller ohm_poller_d0;

#endif
