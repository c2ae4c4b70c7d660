/* What `ohmstead simulate --start …` was asked, as the options say it. */
#ifndef OHM_CMD_LAB_ASK_H
#define OHM_CMD_LAB_ASK_H

#include "cmd/lab.h"

enum { OHM_LAB_VALUES_MAX = 64 };

/* A figure of --vary and its values. */
typedef struct ohm_lab_vary {
    char text[OHM_LAB_TEXT_MAX]; /* cut into key and values */
    const char *value[OHM_LAB_VALUES_MAX];
    int values;
} ohm_lab_vary;

typedef struct ohm_lab_request {
    const char *start, *end, *mode, *world, *weather, *tariff, *out, *output, *html, *forecast;
    const char *horizon_text, *step_text, *zone, *colours, *load, *plan, *seed_text, *state,
        *device, *place_text, *prices, *language, *co2;
    ohm_place place;
    const char *vary_text[OHM_LAB_VARIES_MAX];
    int varies;
    bool reset, json, demo, french;
    ohm_lab_vary vary[OHM_LAB_VARIES_MAX];
    int64_t horizon_h, step_s, seed;
} ohm_lab_request;

/* Reads and checks the options by themselves. False: the process ends with *ret_status. */
bool ohm_lab_ask(int argc, char **argv, ohm_lab_request *out, int *ret_status);

/* The days or hours that were asked for, and in what zone. */
int ohm_lab_ask_when(const ohm_lab_request *request, ohm_lab_frame *frame, int *ret_days);

/* What a site used itself: its heating is in it. */
bool ohm_lab_ask_own_load(const ohm_lab_request *request);

/* The scenario's place among the values of one figure: the last figure turns fastest. */
int ohm_lab_ask_turn(const ohm_lab_request *request, int scenario, int figure);

#endif
