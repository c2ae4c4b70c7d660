/* A simulated Linky at its customer output: a house in, the bytes of the télé-information out.
 *
 * Pure. Historic or standard mode, one phase or three, with or without injection, and every kind
 * of contract: base, off-peak hours, EJP, Tempo, and a supplier's calendar of its own (which a
 * real one shows as base in historic mode). The registers of the contract add up to the house's
 * import. Above the subscribed power it warns: ADPS on one phase; on three, twenty short frames
 * with ADIR for each long one; bit 7 of STGE in standard mode.
 *
 * Colours and peak days are made up from the date: red and white on winter weekdays. The caller
 * advances the house, calls ohm_linky_push at the pace of ohm_linky_period_ms, and sends the
 * bytes (sim/ends.h). Source of the frames: Enedis-NOI-CPT_54E §5 and §6. */
#ifndef OHM_SIM_LINKY_H
#define OHM_SIM_LINKY_H

#include "sim/house.h"
#include "wire/tic_encode.h"

enum {
    OHM_LINKY_FRAME_MAX = 1600, /* bytes; a three-phase producer's is the longest */
    OHM_LINKY_INDEXES = 10,
    OHM_LINKY_MAXIMA = 5, /* the sum, each phase, and injection */
};

typedef enum ohm_linky_contract {
    OHM_LINKY_BASE,
    OHM_LINKY_OFF_PEAK,
    OHM_LINKY_EJP,
    OHM_LINKY_TEMPO,
    OHM_LINKY_WEEKEND, /* a supplier's: off-peak hours and weekends */
    OHM_LINKY_CONTRACTS_COUNT
} ohm_linky_contract;

/* The largest apparent power of a day and when it was. */
typedef struct ohm_linky_maximum {
    int64_t va;
    ohm_ms at_ms;
} ohm_linky_maximum;

typedef struct ohm_linky {
    ohm_tic_mode mode;
    ohm_linky_contract contract;
    bool three_phase, producer;
    bool clock_degraded;
    uint8_t power_kva; /* subscribed; of all phases together */
    char id[13];       /* ADCO, ADSC: 12 digits */
    char prm[15];      /* 14 digits */

    /* What it counted so far. */
    bool started;
    int64_t import_mj; /* of the house, when it was looked at last */
    int64_t index_mj[OHM_LINKY_INDEXES];
    int64_t day;
    ohm_linky_maximum today[OHM_LINKY_MAXIMA], yesterday[OHM_LINKY_MAXIMA];
    int64_t max_a[OHM_HOUSE_PHASES], max_w;
    ohm_ms half_hour_ms; /* of the load curve */
    int64_t half_hour_mj, half_hour_export_mj;
    int64_t mean_w[2], mean_export_w[2]; /* of the last half hour, and of that before */
    unsigned shorts;                     /* short frames since the last long one */
} ohm_linky;

/* One phase, historic mode, off-peak hours, 9 kVA; the caller may change any of its upper fields
 * before the first push. */
void ohm_linky_init(ohm_linky *linky);

/* From the start of one frame to that of the next, at the speed of its mode. */
int64_t ohm_linky_period_ms(const ohm_linky *linky);

/* 1200 or 9600. */
uint32_t ohm_linky_baud(const ohm_linky *linky);

/* Appends the frame of house->time_ms. OHM_TOO_BIG if `out` is too small: it is then of no use. */
OHM_MUST_CHECK ohm_code ohm_linky_push(ohm_linky *linky, const ohm_house *house, const ohm_tz *tz,
                                       ohm_writer *out);

#endif
