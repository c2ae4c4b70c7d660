/* Simulated Modbus devices behind one line or one address, that answer real bytes.
 *
 * Pure: bytes of the master in, bytes of the bus out, with the time that passes before them. A
 * device holds a value for each quantity of the house's table and shows them in the registers of
 * its profile, or has registers of its own (`image`), as a SunSpec device. It can be told to
 * misbehave. */
#ifndef OHM_SIM_MODBUS_BUS_H
#define OHM_SIM_MODBUS_BUS_H

#include "sim/house.h"
#include "wire/modbus_map.h"
#include "wire/modbus_serve.h"

enum { OHM_SIM_MODBUS_OUT_MAX = 2 * OHM_MODBUS_ADU_MAX };

typedef enum ohm_sim_modbus_fault {
    OHM_SIM_MODBUS_GOOD,
    OHM_SIM_MODBUS_DEAD,       /* says nothing */
    OHM_SIM_MODBUS_BUSY,       /* exception 6 */
    OHM_SIM_MODBUS_FAILING,    /* exception 4 */
    OHM_SIM_MODBUS_OTHER_UNIT, /* answers in another's name */
    OHM_SIM_MODBUS_NOISY,      /* junk before the answer */
    OHM_SIM_MODBUS_DAMAGED,    /* a wrong checksum; TCP: a wrong length */
    OHM_SIM_MODBUS_CUT,        /* half an answer */
} ohm_sim_modbus_fault;

typedef struct ohm_sim_modbus_device {
    const ohm_modbus_profile *profile; /* NULL: has an image alone */
    uint8_t unit;
    uint8_t fault;         /* ohm_sim_modbus_fault */
    uint8_t faults_left;   /* it is gone after so many answers; 0: it stays */
    uint16_t slow_ms;      /* before each answer */
    bool strict;           /* refuses addresses between those of its profile */
    const uint16_t *image; /* of holding registers; NULL: none */
    uint16_t image_from, image_count;
    const char *identity[3]; /* vendor, product code, revision; NULL: none */
    uint32_t asked;

    struct {
        bool has;
        ohm_modbus_decimal value;
    } values[OHM_QUANTITIES_COUNT];
} ohm_sim_modbus_device;

typedef struct ohm_sim_modbus {
    ohm_sim_modbus_device *devices; /* the owner's */
    size_t count;
    bool echo; /* RTU: an adapter that gives back what the master says */
    /* The bus's own. */
    ohm_sim_modbus_device *current;
    ohm_modbus_server server;
} ohm_sim_modbus;

typedef struct ohm_sim_modbus_answer {
    uint32_t delay_ms; /* before its first byte */
    size_t len;        /* 0: silence */
    uint8_t bytes[OHM_SIM_MODBUS_OUT_MAX];
} ohm_sim_modbus_answer;

void ohm_sim_modbus_init(ohm_sim_modbus *bus, ohm_modbus_framing framing,
                         ohm_sim_modbus_device *devices, size_t count);

/* What a device shows from now on. */
void ohm_sim_modbus_set(ohm_sim_modbus_device *device, ohm_quantity_id id, int64_t mantissa,
                        int exponent);
/* All that a meter of that house would show; `share` percent of its power and energy, as a
 * machine's. */
void ohm_sim_modbus_house(ohm_sim_modbus_device *device, const ohm_house *house, int share);

/* Takes what the master sends, to the end of a request or of *in. True: *answer is what comes
 * of it; call again while *in has bytes. */
bool ohm_sim_modbus_take(ohm_sim_modbus *bus, ohm_span *in, ohm_sim_modbus_answer *answer);

/* A TCP connection was closed: what it began is forgotten. */
void ohm_sim_modbus_reset(ohm_sim_modbus *bus);

#endif
