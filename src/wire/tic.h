/* Télé-information client (TIC): what a French meter says at its customer output, for ever and
 * unasked. A Linky and its electronic predecessors; bytes in, frames out.
 *
 *   historic mode, 1200 Bd 7E1:   <LF> label <SP> value <SP> checksum <CR>
 *   standard mode, 9600 Bd 7E1:   <LF> label <HT> [date <HT>] value <HT> checksum <CR>
 *
 * A frame is groups between STX and ETX; EOT cuts it short when the meter is read another way.
 * The decoder finds the mode by itself: each group shows it by its separator, and the first good
 * one decides for its frame. The checksum and a value may hold spaces, so a group is read from
 * its ends. A group is believed when its own checksum is right, whatever became of its frame:
 * a frame gives what was good in it, what was bad is refused one by one with its place. A frame
 * is complete when both its ends were seen. Bytes outside groups only count. The parity bit of
 * a line that is read as 8N1 is looked at and dropped. A terminal that turned CR into LF does no
 * harm.
 *
 * Single- or three-phase, consumer or producer is remembered from frame to frame, so that a
 * damaged group does not make the meter another one: a label that only the one kind has decides
 * at once, an undamaged whole frame without it decides back.
 *
 * A meter that exceeds its contract says so in mid-frame (ADPS, ADIR1 to 3, bit 7 of STGE). With
 * `events` the first such group of an overrun is a message by itself, at once; the frame that it
 * belongs to still has it.
 *
 * Call order as of wire/dlms.h: init, next until OHM_MORE, finish and next until OHM_END. A
 * message and its spans are borrowed until the next call.
 *
 * Standards: Enedis-NOI-CPT_54E (Linky), ERDF-NOI-CPT_02E (before). No allocation; an ohm_tic
 * takes about 4 KiB and points into itself: don't copy it. */
#ifndef OHM_WIRE_TIC_H
#define OHM_WIRE_TIC_H

#include "base/civil.h"
#include "wire/tic_label.h"
#include "wire/tic_stge.h"

enum {
    OHM_TIC_GROUP_MAX = 128, /* bytes between LF and CR; PJOURF+1 takes 109 */
    OHM_TIC_VALUES_MAX = 80, /* of a frame; a three-phase producer sends 66 */
    OHM_TIC_TEXT_MAX = 2048, /* groups of a frame; a three-phase producer's take 1242 */
    OHM_TIC_ID_MAX = 16,     /* of an address: 12 digits */
    OHM_TIC_DATE_LEN = 13,   /* SAAMMJJhhmmss */
};

typedef enum ohm_tic_mode {
    OHM_TIC_UNDECIDED,
    OHM_TIC_HISTORIC,
    OHM_TIC_STANDARD,
} ohm_tic_mode;

typedef enum ohm_tic_kind {
    OHM_TIC_FRAME,
    OHM_TIC_OVERRUN, /* the group that says it, alone and at once */
} ohm_tic_kind;

typedef struct ohm_tic_config {
    bool events; /* overruns as messages of their own */
} ohm_tic_config;

/* Where a group stands in the text of its frame; see ohm_tic_at. */
typedef struct ohm_tic_item {
    uint16_t at;
    uint8_t label_len, date_len, text_len;
    uint8_t row; /* of the table of labels; UINT8_MAX: none */
} ohm_tic_item;

typedef struct ohm_tic_message {
    ohm_tic_kind kind;
    ohm_tic_mode mode;
    uint64_t offset; /* in the stream, of its STX or its first group */
    uint8_t phases;  /* 1, 3; 0: not known yet */
    bool producer;   /* it has labels of those who inject */
    bool complete;   /* both ends were seen */
    bool joined;     /* the first of a stream that was joined in mid-frame: some of it was missed */
    bool interrupted; /* EOT */
    bool overrun;     /* a group says that the contract is exceeded */
    bool degraded;    /* its DATE is of a clock that the meter is not sure of */
    bool has_stge;
    ohm_tic_stge stge;
    ohm_ms time_ms;    /* its DATE; OHM_NO_MS in historic mode */
    ohm_span id;       /* ADCO or ADSC; of an earlier frame where this one lacks it */
    ohm_span contract; /* OPTARIF as sent, NGTF without its padding */
    uint16_t rejected; /* groups of this frame that were refused */
    uint16_t count;
    const ohm_tic_item *items;
    const uint8_t *text;
} ohm_tic_message;

/* One group, taken apart. */
typedef struct ohm_tic_value {
    ohm_span label, date, text; /* as sent; `date` is empty where there is none */
    const ohm_tic_label *known; /* what the label means; NULL: in no standard that we know */
    ohm_ms time_ms;             /* of `date`; OHM_NO_MS: none, or one without a season */
    bool degraded;              /* the clock of `date` */
    bool has_number;            /* the label has a unit, and the text is a number */
    int64_t number;             /* in known->unit */
} ohm_tic_value;

/* Why a group was not believed. */
typedef struct ohm_tic_reject {
    uint64_t offset; /* in the stream, of the group's LF */
    ohm_code code;
    const char *what; /* static */
    char expected;    /* the checksum that it should have had; 0: there is none to say */
    char label[OHM_TIC_LABEL_MAX + 1]; /* what stands in its place, or "" */
} ohm_tic_reject;

typedef struct ohm_tic_counters {
    uint64_t bytes;
    uint64_t frames;   /* with a good group, that reached their ETX */
    uint64_t messages; /* given out */
    uint64_t groups;   /* good ones */
    uint64_t bad_checksum, bad_format;
    uint64_t interrupted;   /* by EOT */
    uint64_t bytes_skipped; /* outside groups, and in bad ones */
} ohm_tic_counters;

/* What the labels of a frame say of the meter. */
typedef struct ohm_tic_traits {
    bool three, one, producer, id;
} ohm_tic_traits;

typedef struct ohm_tic {
    ohm_tic_config config;
    ohm_tic_counters counters;
    uint64_t offset;       /* of the next byte */
    uint64_t group_offset; /* of its LF */
    uint16_t text_len;
    uint8_t group_len;
    bool in_group, too_long;
    bool held;  /* the group waits: the frame before is given out first */
    bool given; /* the message was given out: the next call begins a new one */
    bool open;  /* STX came */
    bool clean; /* nothing was lost since */
    bool fresh; /* no frame ended yet */
    bool finished, told;
    ohm_tic_traits traits;

    /* What stays from frame to frame. */
    uint8_t phases, id_len;
    bool producer, overrun;
    uint8_t id[OHM_TIC_ID_MAX];

    /* From here on not wanted while it naps. */
    ohm_tic_message message, event;
    ohm_tic_item items[OHM_TIC_VALUES_MAX];
    uint8_t text[OHM_TIC_TEXT_MAX + OHM_TIC_GROUP_MAX]; /* the group under way is its end */
} ohm_tic;

void ohm_tic_init(ohm_tic *d, const ohm_tic_config *config);

/* OHM_OK: *message is set. OHM_MORE: all of *in is taken. OHM_END: after ohm_tic_finish, nothing
 * is left. Any other code: *reject says what was refused; go on calling. */
OHM_MUST_CHECK ohm_code ohm_tic_next(ohm_tic *d, ohm_span *in, const ohm_tic_message **message,
                                     ohm_tic_reject *reject);

/* No more bytes will come: what there is of a frame is given out. */
void ohm_tic_finish(ohm_tic *d);

/* Is no frame under way? Then what lies behind `id` may be forgotten until the next byte. */
bool ohm_tic_rest(ohm_tic *d);

/* The line broke: forgets the frame under way. What kind of meter it is stays. */
void ohm_tic_reset(ohm_tic *d);

/* Group `index`, below message->count. */
ohm_tic_value ohm_tic_at(const ohm_tic_message *message, unsigned index);

/* The first group of that label; false if there is none. */
bool ohm_tic_find(const ohm_tic_message *message, const char *label, ohm_tic_value *out);

/* Without the spaces before and behind it. */
ohm_span ohm_tic_trimmed(ohm_span text);

/* The checksum of a group: over label to value in historic mode, over label to the separator
 * behind the value in standard mode. */
uint8_t ohm_tic_checksum(ohm_span bytes);

/* "historique", "standard", as Enedis calls them; NULL for undecided. */
const char *ohm_tic_mode_name(ohm_tic_mode mode);

#endif
