/* A DLMS meter that is asked, as a conversation (meter/poller.h): sign-on, association, then what
 * the settings want (registers, rows of profiles, the list of objects), and an orderly end.
 *
 * Values come as the same messages that a push gives (wire/dlms.h): one of the present registers,
 * with the meter's clock, and one for each row of a profile, with the row's own. Of a profile only
 * rows are asked for that are newer than the last one given out; a gap stays a gap.
 *
 *   cosem_reader.c         the poller: bytes and times in, steps out
 *   cosem_reader_ask.c     what is asked next, and what the answers mean
 *   cosem_reader_profile.c the same of profiles, whose rows come in pieces
 *   cosem_reader_give.c    rows and objects, one message after the other
 *   cosem_reader_counter.c invocation counters and what is kept of them */
#ifndef OHM_METER_COSEM_READER_H
#define OHM_METER_COSEM_READER_H

#include "host/crypto_aead.h"
#include "meter/cosem_settings.h"
#include "meter/poller.h"
#include "wire/cosem_rows.h"

enum {
    OHM_COSEM_BATCH_MAX = 8, /* attributes in one question */
    OHM_COSEM_TEXTS_MAX = 4096,
    OHM_COSEM_DEVICE_MAX = 32,
    OHM_COSEM_FUTURE_MS = OHM_HOUR_MS, /* so far the meter's clock may be fast: rows are asked for
                                          up to here, and not believed beyond */
    OHM_COSEM_EXPANDED_MAX = 131072,
    OHM_COSEM_SEEN_MAX = 8, /* rows of one instant that are told apart */
    OHM_COSEM_SAVED_EACH = OHM_OBIS_LEN + 8 + 1 + OHM_COSEM_SEEN_MAX * 8, /* a profile */
    OHM_COSEM_SAVED_PEER = 1 + OHM_SYSTEM_TITLE_LEN + 4 + 4,
    OHM_COSEM_SAVED_MAX =
        1 + 4 + OHM_COSEM_SAVED_PEER + OHM_COSEM_PROFILES_MAX * OHM_COSEM_SAVED_EACH,
};

#define OHM_COSEM_ROWS_DAMAGED "rows of a profile that do not follow their format"

/* The dlms message comes first, so that a pointer to the one is a pointer to the other. */
typedef struct ohm_cosem_message {
    ohm_dlms_message dlms;
    bool recorded; /* a row: what was, not what is */
    bool browsed;  /* objects without values (settings: browse) */
} ohm_cosem_message;

typedef struct ohm_cosem_register {
    ohm_cosem_ref ref; /* of the value */
    ohm_cosem_scale scale;
    bool asked_scale;
    bool absent; /* the meter knows no such object, or does not show it to us */
} ohm_cosem_register;

typedef enum ohm_cosem_phase {
    OHM_COSEM_AT_REST,
    OHM_COSEM_SIGNING_ON,
    OHM_COSEM_RECOVERING, /* the invocation counter, as the public client */
    OHM_COSEM_OPENING,
    OHM_COSEM_SETTING,  /* clock or disconnector */
    OHM_COSEM_LISTING,  /* the objects */
    OHM_COSEM_READING,  /* scales, then values */
    OHM_COSEM_CAPTURES, /* of a profile: its columns, */
    OHM_COSEM_PERIOD,
    OHM_COSEM_SCALES, /* their scales, */
    OHM_COSEM_BUFFER, /* its rows */
    OHM_COSEM_GIVING, /* which go out one by one */
    OHM_COSEM_CLOSING,
} ohm_cosem_phase;

typedef struct ohm_cosem_profile {
    ohm_cosem_columns columns;
    ohm_cosem_scale scales[OHM_COSEM_COLUMNS_MAX];
    bool known; /* columns and scales */
    uint32_t period_s;
    ohm_ms last_ms;  /* of the newest row that was given out; OHM_NO_MS */
    ohm_ms since_ms; /* and of conversations before this answer */
    /* Rows of last_ms that were given out, by a digest of their content, and of since_ms. None are
     * known of what an older version saved. */
    uint8_t seen_count, before_count;
    uint64_t seen[OHM_COSEM_SEEN_MAX], before[OHM_COSEM_SEEN_MAX];
} ohm_cosem_profile;

/* Which rows one question asks for: longer answers than can be held are asked for in halves. */
typedef enum ohm_cosem_piece_way {
    OHM_COSEM_NO_PIECE,
    OHM_COSEM_WHOLE,
    OHM_COSEM_BY_TIME,
    OHM_COSEM_BY_ENTRY,
} ohm_cosem_piece_way;

typedef struct ohm_cosem_piece {
    ohm_cosem_piece_way way;
    ohm_ms from_ms, to_ms, end_ms; /* this piece, and the end of all */
    ohm_ms least_ms, most_ms;      /* what is wanted of it; OHM_NO_MS: whatever comes */
    int64_t span_ms;               /* longest; 0: all at once */
    uint32_t first, last;          /* entries, from 1 on; last 0: to the end */
    uint32_t span;                 /* most rows; 0: all at once */
    uint32_t got;
} ohm_cosem_piece;

/* Whose messages were heard last, under which key, and up to which counter: an association that
 * is recorded and played back is not believed. */
typedef struct ohm_cosem_heard {
    bool known, fresh; /* fresh: not saved yet */
    uint8_t title[OHM_SYSTEM_TITLE_LEN];
    uint32_t key_id, last;
} ohm_cosem_heard;

/* With what the association that opens once more goes on: an answer too long to be held ends it. */
typedef enum ohm_cosem_resumption {
    OHM_COSEM_ANEW, /* it opens for the first time */
    OHM_COSEM_WITH_PIECE,
    OHM_COSEM_WITH_LIST,
    OHM_COSEM_WITHOUT_LIST,
} ohm_cosem_resumption;

/* What a question of a batch was about. */
typedef struct ohm_cosem_wish {
    ohm_cosem_ref ref;
    bool scale;
    uint8_t index; /* of registers[] or of the profile's columns */
} ohm_cosem_wish;

typedef struct ohm_cosem_reader {
    ohm_cosem_settings settings;
    ohm_protocol_config config; /* what it points to is the meter's */
    ohm_crypto_aead *dedicated;
    uint8_t dedicated_key[16];
    ohm_cosem_phase phase;
    ohm_poll_time now;
    bool probe;
    /* Counters of the client's messages: the next, and the end of those that are in store. */
    uint32_t counter, counter_end;
    bool counter_known, unsaved;
    bool recovering, recovered;
    ohm_cosem_heard heard;
    /* Registers, and what is known of them from conversations before. */
    uint8_t registers_count;
    ohm_cosem_register registers[OHM_COSEM_REGISTERS_MAX];
    bool listed;
    bool brief; /* this conversation's list is asked for without access rights */
    uint8_t next, wishes_count;
    bool values_round; /* READING: scales are through */
    bool one_by_one;   /* the meter offers lists, and refuses them */
    /* When units were asked for last, and of which meter. */
    bool renewed, changed;
    ohm_mono_ms renewed_at;
    uint8_t device_len, device[OHM_COSEM_DEVICE_MAX];
    uint8_t profile;
    bool unsure; /* of a profile's units */
    ohm_cosem_piece piece;
    ohm_cosem_resumption resume;
    ohm_cosem_profile *profiles; /* settings.profiles_count of them */
    ohm_cosem_objects objects;
    bool browsing;
    bool has_deviation; /* of the meter's clock, */
    int16_t deviation_min;
    bool opposite; /* it writes that the other way round */
    bool clock_seen;
    bool message_ready;
    bool finished, failed;
    ohm_code code;
    const char *why;
    ohm_meter_state state;
    const char
        *lack; /* what did not come in a conversation that is good otherwise; NULL: nothing */
    ohm_code lack_code;
    ohm_meter_state lack_state;
    struct {
        uint64_t messages, refused, tag_failures, bad_fcs, frames, skipped, late;
    } counts;
    size_t texts_len, send_len;
    bool change_line;
    uint32_t baud;
    char framing[4];
    /* From here on of a conversation: between two nobody wants it (ohm_poller.kept_size). */
    ohm_cosem_message message;
    ohm_mode_e sign_on;
    ohm_cosem_wish wishes[OHM_COSEM_BATCH_MAX];
    ohm_cosem_rows rows;
    uint8_t texts[OHM_COSEM_TEXTS_MAX];
    uint8_t send[OHM_POLL_SEND_MAX];
    uint8_t expanded[OHM_COSEM_EXPANDED_MAX];
    ohm_cosem session;
} ohm_cosem_reader;

extern const ohm_poller ohm_cosem_poller;

/* Between its files. */

/* What is asked after the answer of before, or that all is said. */
void ohm_cosem_reader_go_on(ohm_cosem_reader *r);
void ohm_cosem_reader_answer(ohm_cosem_reader *r);
void ohm_cosem_reader_ask(ohm_cosem_reader *r, const ohm_cosem_ref *ref, ohm_span access);
/* One wish more for the next question; and that question, for several where the meter takes that.
 * False: there are none left. */
void ohm_cosem_reader_wish(ohm_cosem_reader *r, const ohm_cosem_ref *ref, int8_t index, bool scale,
                           int which);
bool ohm_cosem_reader_ask_wishes(ohm_cosem_reader *r, void (*gather)(ohm_cosem_reader *, int));
/* Profiles: the next piece, the next one, or the end; its scales; answers. */
void ohm_cosem_profile_next(ohm_cosem_reader *r);
void ohm_cosem_profile_scales(ohm_cosem_reader *r);
void ohm_cosem_profile_captures(ohm_cosem_reader *r);
void ohm_cosem_profile_period(ohm_cosem_reader *r);
void ohm_cosem_profile_rows(ohm_cosem_reader *r);
/* The answer to a piece was longer than can be held: less of it, or the next profile; which an
 * association that opened again goes on with. */
void ohm_cosem_profile_too_long(ohm_cosem_reader *r);
void ohm_cosem_profile_resume(ohm_cosem_reader *r);
/* Begins the message anew. */
void ohm_cosem_reader_message(ohm_cosem_reader *r, bool recorded);
/* How far back the question for rows goes: what comes is new against what is known now. */
void ohm_cosem_reader_since(ohm_cosem_reader *r, ohm_cosem_profile *p);
/* The next row as the message; false: there is none. */
bool ohm_cosem_reader_row(ohm_cosem_reader *r);
void ohm_cosem_reader_fail(ohm_cosem_reader *r, ohm_code code, ohm_meter_state state,
                           const char *why);
void ohm_cosem_reader_close(ohm_cosem_reader *r);
/* A part of what was wanted does not come. */
void ohm_cosem_reader_lack(ohm_cosem_reader *r, ohm_meter_state state, ohm_code code,
                           const char *what);
/* The list of objects can't be had: what else is wanted may be read without (true), or, where
 * nothing else is (browse), the conversation has failed. */
bool ohm_cosem_reader_unlisted(ohm_cosem_reader *r);

/* Does what is sent bear invocation counters? */
bool ohm_cosem_counter_used(const ohm_cosem_settings *s);
/* Who we are: as the settings say, as who keeps our counters says, or somebody new each time. */
ohm_err ohm_cosem_counter_title(ohm_cosem_reader *r);
/* Counters: from what was saved, ahead of what is used. */
ohm_err ohm_cosem_counter_restore(ohm_cosem_reader *r, ohm_span saved);
/* Enough to begin with. OHM_UNKNOWN: none are known and the clock is not set. */
ohm_err ohm_cosem_counter_lend(ohm_cosem_reader *r);
/* More of them for the association, when they run short: a long answer takes one for each block. */
void ohm_cosem_counter_top_up(ohm_cosem_reader *r);
/* The meter says which one it waits for. False: it can't be believed. */
bool ohm_cosem_counter_raise(ohm_cosem_reader *r, uint32_t wanted);
/* The meter's counters: what an association begins with, and what it heard. */
void ohm_cosem_heard_give(const ohm_cosem_reader *r, ohm_cosem_security *security);
void ohm_cosem_heard_note(ohm_cosem_reader *r);
size_t ohm_cosem_counter_save(void *state, uint8_t *out, size_t cap);

#endif
