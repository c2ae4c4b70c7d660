/* The parts of the laboratory's loop; only its own files include this. */
#ifndef OHM_SIM_LAB_OWN_H
#define OHM_SIM_LAB_OWN_H

#include "plan/heating.h"
#include "plan/home.h"
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
    /* Car and tank: the home planner's, and where it stands. */
    ohm_home home;
    ohm_home_plan *home_plan;
    ohm_home_controls controls;
    void *home_memory;
    double *load_view, *pv_view, *draw_view, *here_view;
    int planned_at; /* -1: not yet */
    bool was_here, water_heats;
    double got_kwh, water_kwh;
    int day_steps;
    double mass_c, operative_c, stored_kwh;
    bool heats;
} lab;

/* Step j, or the one of the last day that stands for it beyond that. */
int lab_within(const lab *l, int j);
/* The step whose weather, or price, stands for step j when k is now. */
int lab_weather_like(const lab *l, int k, int j);
int lab_price_like(const lab *l, int k, int j);

static inline bool lab_has_devices(const ohm_lab_house *house)
{
    return house->car_need_kwh > 0 || house->tank_kw > 0;
}

/* What heating draws in the step after i of the plan's, where the weather is as in step w; 0 where
 * nothing is heated. */
double lab_heating_kw(const lab *l, int i, int w);

/* Car and tank in step k; what they draw, kW. Before the first step: lab_start_devices. */
void lab_start_devices(lab *l);
double lab_devices_kw(lab *l, int k, double heating_kw, ohm_lab_step *o);

/* Of net kW that the house needs (< 0: has too much), what the battery takes; > 0 charges. */
double lab_battery_kw(lab *l, int k, double net_kw);

#endif
