/* What a main meter counts and none of its sub-meters does: "divers". Pure.
 *
 * Power is the main meter's minus the sum of its sub-meters', at the time of the main meter's
 * frame, where every sub-meter was heard lately; energy is the difference of the registers. Where
 * one of them is silent there is no residue: gaps stay gaps.
 *
 * A residue below zero can't be: the meters were read at different moments, one is wired the other
 * way round, or it is no sub-meter at all. It comes out as it is, as OHM_QUALITY_SUSPECT, and is
 * told; small ones, as reading at different moments makes them, are not told. The register of the
 * residue never goes down: while the difference is below what was said before, it is a gap. */
#ifndef OHM_METER_RESIDUE_H
#define OHM_METER_RESIDUE_H

#include "base/reading.h"

enum {
    OHM_RESIDUE_SUBS_MAX = 64,
    OHM_RESIDUE_SLACK_W = 50,     /* below zero by less is nothing to tell */
    OHM_RESIDUE_SLACK_SHARE = 20, /* or by less than this part of the main meter's power */
    OHM_RESIDUE_TELL_AFTER = 3,   /* in a row */
};

typedef struct ohm_residue_meter {
    uint16_t device;
    int64_t stale_after_ms;
} ohm_residue_meter;

typedef struct ohm_residue_config {
    uint16_t device; /* that the readings are of */
    ohm_residue_meter main;
    uint16_t subs_count;
    ohm_residue_meter subs[OHM_RESIDUE_SUBS_MAX];
} ohm_residue_config;

/* What one meter said last. */
typedef struct ohm_residue_slot {
    bool has_power, has_import, has_export, has_energy;
    bool unproven, suspect;
    int64_t power, import, export, energy; /* quantised */
    ohm_mono_ms power_heard, energy_heard;
} ohm_residue_slot;

typedef struct ohm_residue {
    ohm_residue_config config;
    ohm_residue_slot main, subs[OHM_RESIDUE_SUBS_MAX];
    bool counted; /* `last_energy` came out */
    int64_t last_energy;
    unsigned below; /* frames below zero, in a row */
    bool negative;  /* it is told so */
} ohm_residue;

typedef enum ohm_residue_news {
    OHM_RESIDUE_NO_NEWS,
    OHM_RESIDUE_BELOW_ZERO, /* and was not before */
    OHM_RESIDUE_GOOD_AGAIN,
} ohm_residue_news;

void ohm_residue_init(ohm_residue *residue, const ohm_residue_config *config);

/* Takes a frame of any device, heard now. out->count may be 0. */
ohm_residue_news ohm_residue_take(ohm_residue *residue, const ohm_frame *frame, ohm_mono_ms now,
                                  ohm_frame *out);

#endif
