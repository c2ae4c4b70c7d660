/* What a mirror still has to send: for each device a tail that has not been sent yet and a few
 * intervals of late readings. Pure; the store keeps its record (docs/mirrors.md).
 *
 * A mirror holds no copy of readings: the store is the outbox. All that must survive is where
 * each device stands, so a week without the remote engine costs a few hundred bytes, and what is
 * sent is what the store holds at that time.
 *
 *     note     a reading is about to be stored
 *     take     the next piece to send; it stays owed until
 *     done     it is there, or
 *     fail     it is not: it will be taken again
 *
 * A device has one piece out at a time; those of many devices travel together. A reading noted
 * while its time is out is owed again, as late. */
#ifndef OHM_STORE_MIRROR_TODO_H
#define OHM_STORE_MIRROR_TODO_H

#include "base/err.h"
#include "base/reading.h"
#include "base/span.h"
#include "base/time.h"
#include "store/store.h"

enum {
    OHM_MIRROR_LATE_MAX = 16, /* a device's late intervals; further ones grow together */
    OHM_MIRROR_PIECE_MS = 24 * OHM_HOUR_MS,
    OHM_MIRROR_KEY_MAX = 128,     /* of a device's "site/zone/device", with its end */
    OHM_MIRROR_RECORD_MAX = 1024, /* bytes of a device's line */
};

typedef struct ohm_mirror_place {
    char key[OHM_MIRROR_KEY_MAX]; /* "" = no such device */
    ohm_ms first_ms;              /* of its oldest reading, as far as is known */
    ohm_ms through_ms;            /* what is older has been sent, but for `late` */
    ohm_ms tail_to_ms;            /* readings are known up to here */
    bool is_out, out_late;        /* a piece is out, of the tail or of `late` */
    bool out_again;               /* a late piece that is out became owed again */
    ohm_interval out;
    ohm_ms settled_ms;                    /* the engine shows what it took up to here */
    ohm_ms settling_ms;                   /* and up to here from settling_mono on */
    ohm_mono_ms settling_mono, late_mono; /* no late piece before that */
    uint16_t late_count;
    ohm_interval late[OHM_MIRROR_LATE_MAX]; /* ascending, apart */
} ohm_mirror_place;

typedef struct ohm_mirror_piece {
    uint16_t device;
    bool late; /* some of it may be there already */
    ohm_interval range;
} ohm_mirror_piece;

typedef struct ohm_mirror_todo {
    uint16_t count; /* places up to here may be used */
    bool changed;   /* the record is no longer what was written */
    uint16_t next;  /* the device whose turn it is */
    ohm_mirror_place places[OHM_DEVICES_MAX];
} ohm_mirror_todo;

void ohm_mirror_todo_init(ohm_mirror_todo *todo);

/* Names a device; its history from the first reading on is owed unless a record says more. */
void ohm_mirror_todo_device(ohm_mirror_todo *todo, uint16_t device, const char *key);

/* The store holds readings of the device up to `to_ms` (not included), from `from_ms` on. */
void ohm_mirror_todo_extent(ohm_mirror_todo *todo, uint16_t device, ohm_interval held);

/* A reading at this time is about to be stored. */
void ohm_mirror_todo_note(ohm_mirror_todo *todo, uint16_t device, ohm_ms time_ms);

/* All of this interval may have changed: an import, a correction. */
void ohm_mirror_todo_late(ohm_mirror_todo *todo, uint16_t device, ohm_interval range);

/* An engine takes a while to show what it has taken: late pieces, which are compared with what is
 * there, don't reach into what was sent less than `settle_ms` ago. Call before taking. */
void ohm_mirror_todo_settle(ohm_mirror_todo *todo, int64_t settle_ms, ohm_mono_ms now);

/* The next piece of at most a day that ends before `limit_ms`, of a device that has none out;
 * false: nothing is to be sent now. Tails before late intervals, one device after the other. */
bool ohm_mirror_todo_take(ohm_mirror_todo *todo, ohm_ms limit_ms, ohm_mono_ms now,
                          ohm_mirror_piece *out);
/* All the pieces that are out. `late_mono`: when what was sent now can be compared. */
void ohm_mirror_todo_done(ohm_mirror_todo *todo, ohm_mono_ms late_mono);
void ohm_mirror_todo_fail(ohm_mirror_todo *todo);

/* The oldest time owed before `limit_ms`; OHM_NO_MS: nothing is. */
ohm_ms ohm_mirror_todo_oldest(const ohm_mirror_todo *todo, ohm_ms limit_ms);

/* The line of a device, without an end; 0 while there is nothing to remember of it. */
size_t ohm_mirror_todo_save(const ohm_mirror_place *place, char out[static OHM_MIRROR_RECORD_MAX]);
/* The lines of a record, by the keys of the devices named before; others are forgotten. A line
 * that does not read is OHM_BAD_FORMAT with its number: then all of that device is owed. */
OHM_MUST_CHECK ohm_err ohm_mirror_todo_restore(ohm_mirror_todo *todo, ohm_span record);

#endif
