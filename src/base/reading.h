/* A reading: one quantised value of one series at one time.
 *
 * A series is one quantity of one device in one zone of one site, with the key
 * "site/zone/device/quantity". Inside the process a device is its index in the configuration
 * and the series is (device, quantity).
 *
 * A frame is what one device said at one time: its readings travel together, are stored
 * together and reach the engine as one event. A bad read publishes no frame. */
#ifndef OHM_BASE_READING_H
#define OHM_BASE_READING_H

#include "base/quantity.h"
#include "base/time.h"

enum {
    OHM_DEVICES_MAX = 512,
    OHM_FRAME_VALUES_MAX = 96,
};

typedef enum ohm_quality {
    OHM_QUALITY_GOOD,
    OHM_QUALITY_UNAUTHENTICATED, /* good, but the wire cannot prove who said it */
    OHM_QUALITY_SUSPECT,         /* implausible: kept, shown, never decided upon */
    OHM_QUALITY_ESTIMATED,
} ohm_quality;

typedef struct ohm_value {
    uint16_t quantity; /* ohm_quantity_id */
    uint8_t quality;   /* ohm_quality */
    int64_t value;     /* quantised, see base/quantity.h */
} ohm_value;

typedef struct ohm_frame {
    uint16_t device;
    uint16_t count;
    ohm_ms time_ms; /* the meter's time where it is sure, else the time of reception */
    ohm_value values[OHM_FRAME_VALUES_MAX];
} ohm_frame;

#endif
