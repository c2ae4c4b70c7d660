/* SunSpec: devices that describe themselves. A map of holding registers begins with the marker
 * "SunS" at 40000, 50000 or 0; behind it lie models, each with its number, its length and its
 * points, up to model FFFFh. What the points of a model mean is a table here.
 *
 *     ohm_sunspec_begin(&walk);
 *     while (ohm_sunspec_next(&walk, &address, &count))
 *         read holding registers; ohm_sunspec_take(&walk, data, or an empty span if refused);
 *     if (walk.found) ohm_sunspec_profile(&walk, &profile);
 *
 * The profile then is as any other: points at the addresses that were found, with factors in
 * registers where the model has them. Sources: SunSpec Alliance, Device Information Model
 * Specification V1.0, and the models 1, 101-103, 111-113, 120-124, 160, 201-204 and 211-214
 * (github.com/sunspec/models). */
#ifndef OHM_WIRE_SUNSPEC_H
#define OHM_WIRE_SUNSPEC_H

#include "wire/modbus_map.h"

enum { OHM_SUNSPEC_MODELS_MAX = 40 };

typedef struct ohm_sunspec_model {
    uint16_t id, address, length; /* address of the model's number; length behind its header */
} ohm_sunspec_model;

typedef struct ohm_sunspec_walk {
    uint8_t base;      /* which of the places is looked at */
    bool found, ended; /* the marker is there; nothing is left to read */
    bool cut;          /* the map does not end as it should */
    uint32_t at;       /* of the next model's header */
    uint16_t count;
    ohm_sunspec_model models[OHM_SUNSPEC_MODELS_MAX];
} ohm_sunspec_walk;

void ohm_sunspec_begin(ohm_sunspec_walk *walk);

/* What to read next; false: the walk is over. */
bool ohm_sunspec_next(const ohm_sunspec_walk *walk, uint16_t *ret_address, uint16_t *ret_count);

/* The registers that were read, or nothing if the device refused. */
void ohm_sunspec_take(ohm_sunspec_walk *walk, ohm_span data);

/* The points of all models that are known. Of a quantity that several have, the first counts; a
 * model that is shorter than its table gives the points that it has. `out` keeps its name, label
 * and limits. */
void ohm_sunspec_profile(const ohm_sunspec_walk *walk, ohm_modbus_profile *out);

/* "three-phase inverter" for 103; NULL for models that have no row. */
const char *ohm_sunspec_model_name(uint16_t id);

#endif
