/* The parts of the laboratory's loop; only its own files include this. */
#ifndef OHM_SIM_LAB_OWN_H
#define OHM_SIM_LAB_OWN_H

#include "plan/heating.h"
#include "sim/lab.h"

/* The zone as lines: what is `rest` in a step, per kelvin of the mass at its start, per kW. */
typedef struct lines {
    double mass_of_mass, mass_of_kw, op_of_mass, op_of_kw;
} lines;

typedef struct lab {
    const ohm_lab_house *house;
    const ohm_lab_series *series;
    const ohm_lab_control *control;
    ohm_lab_sums *sums;
    ohm_zone_model model[OHM_LAB_HOURS]; /* by the hour, where the air is changed by it */
    lines lines[OHM_LAB_HOURS], mean;
    double *drift, *offset; /* of each step: the mass at its end and the operative mean, at 0 */
    /* The planner's view of the horizon. */
    double *cost_view, *drift_view, *offset_view;
    ohm_heating_plan plan;
    void *memory;
    bool planned;
    /* The same of the meter, in kW and EUR/kWh: without the battery, and prices. */
    double *need_view, *import_view, *export_view, *room;
    int day_steps;
    double mass_c, operative_c, stored_kwh;
    bool heats;
} lab;

/* The step whose weather, or price, stands for step j when k is now. */
int lab_weather_like(const lab *l, int k, int j);
int lab_price_like(const lab *l, int k, int j);

/* Of net kW that the house needs (< 0: has too much), what the battery takes; > 0 charges. */
double lab_battery_kw(lab *l, int k, double net_kw);

#endif
