/* What makes a bill: its stretches, filled from the uses (bill.c,
 * bill_professional.c), then turned into lines (bill_lines.c). For these files only. */
#ifndef OHM_TARIFF_BILL_OWN_H
#define OHM_TARIFF_BILL_OWN_H

#include "tariff/bill.h"

enum {
    YEARS_LCM = 365 * 366, /* shares of years of both lengths */
    SEGMENTS_MAX = OHM_BILL_SEGMENTS_MAX,
};

/* The least common multiple of 28, 29, 30 and 31. */
#define MONTH_SHARES INT64_C(377580)
#define CENT_PEUR    INT64_C(10000000000)
#define MICRO        INT64_C(1000000)

/* A stretch of days with one price row, one VAT, one set of charges. */
typedef struct ohm_bill_segment {
    ohm_interval when; /* inside the bill's period */
    int8_t row, vat;
    int32_t days;                       /* whose midnight lies inside */
    int64_t shares;                     /* of those days, in parts of the LCM */
    uint32_t charges;                   /* bits */
    int64_t import_mwh;                 /* of all periods */
    int64_t export_mwh;                 /* OHM_NO_USE: never measured */
    int64_t spot_peur;                  /* of the spot period */
    int64_t active_mwh, reactive_mvarh; /* in the hours when reactive energy counts */
    int64_t overrun_hours, overrun_va;
    int64_t period_mwh[OHM_PERIODS_MAX], estimated_mwh[OHM_PERIODS_MAX];
} ohm_bill_segment;

typedef struct ohm_bill_making {
    const ohm_bill_request *q;
    const ohm_contract *c;
    ohm_bill *bill;
    uint16_t count;
    ohm_bill_segment segments[SEGMENTS_MAX];
    /* While going through the uses. */
    uint16_t at; /* of the segments */
    ohm_day_plan plan;
    size_t spot;
    uint8_t flags;        /* of the use at hand */
    bool shared;          /* the use lies across a border */
    int64_t overrun_hour; /* the last one counted */
    ohm_ms covered_to_ms;
} ohm_bill_making;

/* The error, with its place in the bill. */
ohm_err ohm_bill_fail(ohm_bill_making *m, ohm_code code, const char *what, ohm_ms at_ms);

/* all × part / whole, part within 0..whole; exact at both ends, and never falling. */
int64_t ohm_bill_share(int64_t all, int64_t part, int64_t whole);
/* Moves on to the day and the segment of an instant. */
void ohm_bill_move_to(ohm_bill_making *m, ohm_ms at_ms);

/* bill_professional.c: what only professional contracts ask for, of a use inside the period. */
OHM_MUST_CHECK ohm_err ohm_bill_professional(ohm_bill_making *m, const ohm_use *use);

/* bill_lines.c */
OHM_MUST_CHECK ohm_err ohm_bill_lines(ohm_bill_making *m);

#endif
