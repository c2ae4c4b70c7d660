/* What the files of `ohmstead doctor` share. */
#ifndef OHM_CMD_DOCTOR_H
#define OHM_CMD_DOCTOR_H

#include <stdbool.h>
#include <stdio.h>

#include "config/site.h"

typedef enum ohm_verdict { OHM_VERDICT_GOOD, OHM_VERDICT_WARNING, OHM_VERDICT_BAD } ohm_verdict;

typedef struct ohm_doctor {
    bool json;
    bool share;    /* the report is for others: no serial numbers in it */
    FILE *out;     /* where findings go */
    int counts[3]; /* of each verdict */
} ohm_doctor;

/* One finding: what was looked at, what was found, and the cure (NULL: none is needed). */
void ohm_doctor_say(ohm_doctor *d, ohm_verdict v, const char *what, const char *detail,
                    const char *cure);

/* The clock, the zone, the user, the state folder (NULL: no place for it) and the store in it. */
void ohm_doctor_machine(ohm_doctor *d, const char *timezone, const char *folder);

/* doctor_ports.c: the serial ports of this machine, and who may open them. */
void ohm_doctor_ports(ohm_doctor *d);

/* doctor_meters.c: reads every source of the site, all at once, for at most so long, and says the
 * state of each in the words of the page. `folder`: of the state, or NULL. */
void ohm_doctor_meters(ohm_doctor *d, const ohm_site *site, const char *folder, int64_t wait_s);

#endif
