/* The three parts of the simulated meter: line, association and services, objects. Private. */
#ifndef OHM_SIM_COSEM_SERVER_OWN_H
#define OHM_SIM_COSEM_SERVER_OWN_H

#include "sim/cosem_server.h"

/* Services: s->request to s->answer; an empty answer is none. */
void ohm_server_serve(ohm_cosem_server *s);

/* The answer behind its first `from` bytes as the first block of a transfer, where it is long and
 * the client can; and what comes of a client's block: true, it was one. */
void ohm_server_transfer(ohm_cosem_server *s, size_t from);
bool ohm_server_transfer_on(ohm_cosem_server *s, ohm_span request, ohm_writer *w);

/* Objects. The value of an attribute as A-XDR; 0, or a data-access-result. `access` is what a
 * request says of selective access, empty where nothing. */
uint8_t ohm_server_get(ohm_cosem_server *s, uint16_t class_id, const uint8_t *obis, uint8_t index,
                       ohm_span access, ohm_writer *w);
uint8_t ohm_server_set(ohm_cosem_server *s, uint16_t class_id, const uint8_t *obis, uint8_t index,
                       ohm_span value);
uint8_t ohm_server_act(ohm_cosem_server *s, uint16_t class_id, const uint8_t *obis, uint8_t index);

#endif
