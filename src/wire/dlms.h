/* The decoder of DLMS/COSEM pushes: bytes of a meter's customer interface in, messages out.
 *
 * It takes bytes in any split and has no clock: a message is complete when its last block,
 * segment or byte has come. It finds by itself
 *   - the framing: HDLC (7E), M-Bus long frames (68), TCP wrapper (00 01), bare APDUs;
 *   - the transport: HDLC segments, general-block-transfer, several APDUs in one frame;
 *   - the ciphering: general-glo-ciphering with suites 0 to 2, tag checked before parsing;
 *   - the layout of the body, and by a meter profile what the body leaves out.
 *
 * Checksummed framings resynchronise at any byte and lose no good frame after junk. The two
 * framings without a checksum (wrapper, bare APDU) are only believed at the very start of a
 * stream, after a silence, or right after a unit of their own kind, so that a damaged frame is
 * never read as a bare one. The first good unit decides the framing of the stream. A wrapper
 * stream that lost or gained a byte goes on at the next header between the same two ports that
 * another one follows.
 *
 * Bytes lost or added inside a unit without a checksum show only by what stands behind it. Such a
 * unit is held until the next one begins exactly at its end, or nothing stands there and the line
 * fell silent (ohm_dlms_quiet) or ended. With an authentication key nothing is held: the tag
 * proves the message. A bare APDU has not even a length of its own: it is for captures, and for
 * what a tag proves. What no length shows stays unseen: bytes that were changed for as many
 * others, which only the checksum of TCP guards.
 *
 * Call order:
 *     ohm_dlms_init(d, &config);
 *     for each chunk: do { code = ohm_dlms_next(d, &chunk, &message, &reject); … }
 *                     while (code != OHM_MORE);
 *     at the end of a file: ohm_dlms_finish(d); then ohm_dlms_next until OHM_END.
 *     when a network has been silent for a moment: ohm_dlms_quiet(d); then ohm_dlms_next with
 *                           no bytes until OHM_MORE. No framing with a checksum needs it.
 *     when a line was lost: ohm_dlms_reset(d).
 *
 * The caller owns the ohm_dlms (about 230 KiB, of which a usual push touches 20; it points into
 * itself: don't copy it) and everything the configuration points to. A message and all its
 * spans are borrowed until the next call. A rejected message never shows a value.
 *
 * Standards: IEC 62056-46 (HDLC), IEC 62056-47 (wrapper), IEC 62056-5-3 (APDUs, general-block-
 * transfer, ciphering, A-XDR), IEC 62056-6-2 (objects), EN 13757-2 (long frame). */
#ifndef OHM_WIRE_DLMS_H
#define OHM_WIRE_DLMS_H

#include "base/aead.h"
#include "wire/axdr.h"
#include "wire/dlms_time.h"
#include "wire/dlms_unit.h"
#include "wire/gbt.h"
#include "wire/meter_profile.h"
#include "wire/replay_guard.h"

enum {
    OHM_DLMS_VALUES_MAX = 128,
    OHM_DLMS_APDU_MAX = 65536,
    OHM_DLMS_WINDOW_MAX = 65536 + 16, /* a whole wrapper unit */
    OHM_DLMS_KEY_MAX = 32,
    OHM_DLMS_EXPANDED_MAX = 16384, /* a body whose compact arrays are written out */
};

/* Framings that a decoder may believe; bits. */
enum {
    OHM_DLMS_HDLC = 1,
    OHM_DLMS_MBUS = 2,
    OHM_DLMS_WRAPPER = 4,
    OHM_DLMS_APDU = 8,
    OHM_DLMS_ANY = 15,
    OHM_DLMS_LINE = OHM_DLMS_HDLC | OHM_DLMS_MBUS, /* a serial line, joined anywhere */
};

typedef struct ohm_dlms_config {
    unsigned framings; /* 0: OHM_DLMS_ANY */
    /* The meter's encryption key (GUEK) as a ready cipher, or NULL: ciphered pushes are then
     * rejected with OHM_NO_KEY. With it, what is neither encrypted nor proven by the
     * authentication key is refused. */
    const ohm_aead *aead;
    uint32_t key_id; /* any number that changes with the key; for the replay guard */
    /* The authentication key (GAK). With it, only messages whose tag is right are accepted. */
    uint8_t auth_key[OHM_DLMS_KEY_MAX];
    uint8_t auth_key_len; /* 0, 16 or 32 */
    /* The meter's system title, for pushes that leave it out. With pin_title any other is
     * refused. pin_first: any but the first that proved the key, as the guard
     * remembers it. */
    bool has_title;
    bool pin_title, pin_first;
    uint8_t title[OHM_SYSTEM_TITLE_LEN];
    /* NULL: no replay protection. Only counters that a key proves are looked at and kept. */
    ohm_replay_guard *guard;
    const ohm_meter_profile *profiles;
    size_t profiles_count;
    const ohm_meter_profile *profile; /* always this one; NULL: choose */
} ohm_dlms_config;

typedef enum ohm_dlms_kind {
    OHM_DLMS_NULL,     /* the meter sends the place, but no value */
    OHM_DLMS_INTEGER,  /* raw */
    OHM_DLMS_UNSIGNED, /* above INT64_MAX: raw holds its 64 bits */
    OHM_DLMS_BOOL,     /* raw: 0 or 1 */
    OHM_DLMS_ENUM,     /* raw */
    OHM_DLMS_FLOAT,    /* real */
    OHM_DLMS_TEXT,     /* bytes: printable, without trailing zeros */
    OHM_DLMS_OCTETS,   /* bytes */
    OHM_DLMS_BITS,     /* bytes; raw: number of bits */
    OHM_DLMS_DATETIME, /* bytes: 12, see wire/dlms_time.h */
    OHM_DLMS_COMPLEX,  /* an array or a structure: bytes are its A-XDR */
} ohm_dlms_kind;

typedef enum ohm_scaler_source {
    OHM_SCALER_NONE, /* nobody says: `raw` stands, but no scaled value follows from it */
    OHM_SCALER_PUSH,
    OHM_SCALER_PROFILE,
} ohm_scaler_source;

/* One value: raw × 10^scaler in `unit`. */
typedef struct ohm_dlms_value {
    uint8_t obis[OHM_OBIS_LEN];
    bool has_obis;
    uint8_t kind; /* ohm_dlms_kind */
    uint8_t unit; /* DLMS code, OHM_UNIT_UNKNOWN */
    int8_t scaler;
    uint8_t scaler_source; /* ohm_scaler_source */
    uint8_t attribute;     /* 0: not said */
    uint8_t part;          /* ohm_value_part */
    uint16_t class_id;     /* 0: not said */
    uint16_t position;     /* of the element in the body */
    uint16_t quantity;     /* ohm_quantity_id */
    union {
        int64_t raw;
        double real;
    };
    ohm_span bytes;
} ohm_dlms_value;

typedef struct ohm_dlms_security {
    bool present;       /* the message was ciphered or authenticated */
    bool authenticated; /* its tag was checked and is right */
    uint8_t control;
    uint32_t counter;
} ohm_dlms_security;

typedef struct ohm_dlms_message {
    uint64_t offset; /* in the stream, of the frame that completed it */
    bool has_title;
    uint8_t title[OHM_SYSTEM_TITLE_LEN];
    ohm_dlms_security security;
    uint32_t invoke_id;
    ohm_dlms_time time; /* of the notification's header */
    ohm_push_layout layout;
    const ohm_meter_profile *profile; /* or NULL */
    ohm_span id; /* logical device name, else the serial number; may be empty */
    ohm_span list_id;
    uint16_t count;
    ohm_dlms_value values[OHM_DLMS_VALUES_MAX];
} ohm_dlms_message;

typedef enum ohm_dlms_stage {
    OHM_DLMS_AT_FRAME,
    OHM_DLMS_AT_SEGMENT,
    OHM_DLMS_AT_BLOCK,
    OHM_DLMS_AT_CIPHER,
    OHM_DLMS_AT_APDU,
    OHM_DLMS_AT_BODY,
    OHM_DLMS_STAGES_COUNT
} ohm_dlms_stage;

/* Why something was not believed. */
typedef struct ohm_dlms_reject {
    uint64_t offset; /* in the stream, of the frame concerned */
    ohm_dlms_stage stage;
    ohm_code code;
    const char *what; /* static */
    bool has_title;
    uint8_t title[OHM_SYSTEM_TITLE_LEN];
    bool has_counter;
    uint8_t control; /* with the counter */
    uint32_t counter;
} ohm_dlms_reject;

typedef struct ohm_dlms_counters {
    uint64_t bytes;
    uint64_t frames;       /* whole and with good checksums */
    uint64_t messages;     /* given out */
    uint64_t bad_fcs;      /* frames whose HCS, FCS, checksum or closing flag is wrong */
    uint64_t gaps;         /* a block or segment missing, repeated out of order, or cut short */
    uint64_t abandoned;    /* transfers that a new one replaced before their end */
    uint64_t tag_failures; /* wrong tag, or decrypted nonsense: a wrong key or a forgery */
    uint64_t no_key;
    uint64_t replays;
    uint64_t refused;     /* without the protection that a key asks for, or another title */
    uint64_t strangers;   /* of the refused: another title */
    uint64_t unprotected; /* of these: not encrypted, or not authenticated, though a key is set */
    uint64_t unknown_layout;
    uint64_t bad_format;    /* APDUs that don't follow their format */
    uint64_t not_push;      /* good frames or APDUs of another service */
    uint64_t bytes_skipped; /* outside any good frame */
} ohm_dlms_counters;

/* How a stream is cut into units. Private to wire/dlms*.c. */
typedef struct ohm_dlms_stream {
    uint64_t offset; /* of window[head] */
    size_t head, tail;
    uint8_t framing;  /* decided: one bit, or 0 */
    bool at_unit;     /* head is the stream's start or follows a unit without checksum */
    bool after_frame; /* head is the closing flag of a good HDLC frame */
    bool flag_aside;  /* that flag, which may begin the next frame, is not in the window */
    bool damaged;     /* bytes were lost since the last good frame */
    bool finished;
    bool told;            /* something was rejected: no need to say that there was nothing */
    uint8_t first;        /* the first byte of all */
    bool quiet;           /* nothing has come since the line fell silent */
    bool unchecked;       /* as far as is known, its units have no checksum */
    bool is_wrapper;      /* wrapper units were seen, whole or not */
    bool has_ports;       /* one was believed, between these two ports */
    uint8_t wrapper[6];   /* its version, source and destination */
    size_t held;          /* of the bare APDU at `head`, whole, that waits; 0: none */
    uint64_t paused_at;   /* where the line fell silent last */
    uint64_t muted_until; /* damage before this offset was reported already */
    uint64_t junk;        /* bytes skipped since the last good frame */
    ohm_axdr_walk walk;   /* how far a bare APDU's body was looked at */
} ohm_dlms_stream;

/* Segments of HDLC, or frames of M-Bus, as they come together. */
typedef struct ohm_dlms_segments {
    bool open;
    bool orphaned;
    uint8_t next; /* M-Bus: the number that must follow; HDLC: likewise of I-frames */
    size_t from;  /* where the last piece begins */
    size_t len;
} ohm_dlms_segments;

/* What was found out for the messages before. A meter repeats itself every few seconds, and the
 * same sender, list and register get the same answer; nothing depends on it but time. */
enum {
    OHM_PUSH_MEMO_REGISTERS = 256,
    OHM_PUSH_MEMO_NAME_MAX = 32,
    OHM_PUSH_MEMO_LIST_MAX = 1200, /* bytes of a list of 64 objects */
    OHM_PUSH_MEMO_OBJECTS = 64,
};

typedef struct ohm_push_memo {
    struct {
        bool valid;
        uint8_t layout;
        uint8_t lens[6]; /* of title, destination, source, device, list_id, types */
        uint8_t bytes[6][OHM_PUSH_MEMO_NAME_MAX];
        const ohm_meter_profile *profile;
    } choice;
    /* The object list that a self-describing body began with. */
    struct {
        uint16_t len; /* 0: none */
        uint16_t count, first, values;
        struct {
            uint16_t class_id;
            uint16_t obis_at;
            uint8_t attribute;
        } objects[OHM_PUSH_MEMO_OBJECTS];
        uint8_t bytes[OHM_PUSH_MEMO_LIST_MAX];
    } list;
    const ohm_meter_profile *profile; /* of the registers below */
    struct {
        uint64_t key; /* 0: free */
        uint16_t quantity;
        uint8_t unit;
        uint8_t scaler_source;
        int8_t scaler;
    } registers[OHM_PUSH_MEMO_REGISTERS];
} ohm_push_memo;

/* What is left of the information of the present unit: it may hold several APDUs. */
typedef struct ohm_dlms_rest {
    uint8_t *ptr;
    size_t len;
    bool exact; /* nothing but APDUs may be in it */
    uint8_t destination[OHM_PROFILE_ADDRESS_MAX], source[OHM_PROFILE_ADDRESS_MAX];
    uint8_t destination_len, source_len;
} ohm_dlms_rest;

typedef struct ohm_dlms {
    ohm_dlms_config config;
    ohm_dlms_counters counters;
    ohm_dlms_stream stream;
    uint64_t unit_offset; /* of the present unit */
    ohm_dlms_segments segments;
    ohm_gbt_transfer blocks;
    ohm_dlms_rest rest;
    /* From here on not wanted while it naps. */
    ohm_push_memo memo;
    ohm_dlms_message message;
    uint8_t window[OHM_DLMS_WINDOW_MAX];
    uint8_t segment_bytes[OHM_DLMS_APDU_MAX];
    uint8_t block_bytes[OHM_DLMS_APDU_MAX];
    uint8_t expanded[OHM_DLMS_EXPANDED_MAX];
} ohm_dlms;

void ohm_dlms_init(ohm_dlms *d, const ohm_dlms_config *config);

/* Takes bytes from the front of *in, as many as it needs. OHM_OK: *message is set. OHM_MORE:
 * all of *in is taken and no message is complete. OHM_END: after ohm_dlms_finish, nothing is
 * left. Any other code: *reject says what was refused; go on calling. */
OHM_MUST_CHECK ohm_code ohm_dlms_next(ohm_dlms *d, ohm_span *in, const ohm_dlms_message **message,
                                      ohm_dlms_reject *reject);

/* No more bytes will come: what is incomplete is rejected by the following calls. */
void ohm_dlms_finish(ohm_dlms *d);

/* The line is silent: what is whole and waits only for what may stand behind it is good. To be
 * called some 100 ms after the last bytes, when nothing more lies unread. */
void ohm_dlms_quiet(ohm_dlms *d);

/* Nothing is under way: what lies behind `rest`, and with it the last message, may read as zeros
 * from now on. False: bytes are held. */
bool ohm_dlms_nap(ohm_dlms *d);

/* The line broke: forgets partial frames and transfers. Counters and replay guard stay. */
void ohm_dlms_reset(ohm_dlms *d);

/* "frame", "segment", "block", "cipher", "apdu", "body". */
const char *ohm_dlms_stage_name(ohm_dlms_stage stage);

/* raw (or real) × 10^scaler as a quantised value of the house (base/quantity.h): OHM_OK,
 * OHM_UNKNOWN if the value is not a number of a known quantity and scale, OHM_RANGE. */
OHM_MUST_CHECK ohm_code ohm_dlms_value_quantise(const ohm_dlms_value *value, int64_t *out);

#endif
