/* A simulated DLMS/COSEM meter that answers questions: HDLC, TCP wrapper, or HDLC behind an
 * optical head's sign-on (IEC 62056-46, -47, -21 mode E); associations without authentication,
 * with a password, or with a challenge; in the clear or ciphered; long answers in segments and
 * blocks; a load profile, a billing profile and an event log.
 *
 * Written against the standards, not against our client: it shares with it only the frame and
 * A-XDR encoders, which have their own tests. Pure: bytes in, bytes out; the answers to what came
 * are appended at once. What a lossy line does to them is for the caller. */
#ifndef OHM_SIM_COSEM_SERVER_H
#define OHM_SIM_COSEM_SERVER_H

#include "base/civil.h"
#include "base/digest.h"
#include "wire/dlms_encode.h"

enum {
    OHM_COSEM_SERVER_ROWS_MAX = 4096,
    OHM_COSEM_SERVER_APDU_MAX = 65536,
    OHM_COSEM_SERVER_INPUT_MAX = 4200,
    OHM_COSEM_SERVER_PERIOD_MS = 15 * OHM_MINUTE_MS,
    OHM_COSEM_SERVER_SECRET_MAX = 64,
    OHM_COSEM_SERVER_NAME_LEN = 16,
};

typedef enum ohm_cosem_server_line {
    OHM_SERVER_HDLC,
    OHM_SERVER_WRAPPER,
    OHM_SERVER_MODE_E,
} ohm_cosem_server_line;

/* Ways of real meters that a reader must put up with; bits. */
enum {
    OHM_SERVER_UA_BARE = 1,      /* UA without parameters */
    OHM_SERVER_JUNK = 2,         /* bytes after a complete value */
    OHM_SERVER_DOUBLE_HEAD = 4,  /* the block's head once more inside the block */
    OHM_SERVER_NULL_ROWS = 8,    /* what is as in the row before is left out */
    OHM_SERVER_COMPACT = 16,     /* rows as a compact array */
    OHM_SERVER_SILENT_ACK = 32,  /* mode E: changes over without a word */
    OHM_SERVER_ECHO = 64,        /* the head sends back what it hears */
    OHM_SERVER_NO_HDLC = 128,    /* mode E is not offered */
    OHM_SERVER_SLOW = 256,       /* answers RR once, before the answer is ready */
    OHM_SERVER_NO_LISTS = 512,   /* no GET with a list, no selective access */
    OHM_SERVER_LIST_LIAR = 2048, /* offers GET with a list, and answers an exception */
    OHM_SERVER_TRANSFER = 4096,  /* long answers in general-block-transfer, where that is offered */
    OHM_SERVER_LOSES = 8192,     /* and a block of it goes missing now and then */
    OHM_SERVER_LIAR = 1024,      /* its proof (pass 4) is wrong */
    OHM_SERVER_PAIRS = 32768,    /* two events bear one time */
    OHM_SERVER_FUTURE = 65536,   /* row 95 of the load profile is of 2099 */
    OHM_SERVER_CURT = 16384,     /* refuses a proof by an exception */
    OHM_SERVER_DENIES = 1 << 17, /* the rows of its profiles */
    OHM_SERVER_BAD_ROW = 1 << 18,      /* the tenth row breaks off */
    OHM_SERVER_NO_DEVIATION = 1 << 24, /* its times don't say theirs */
    OHM_SERVER_ZERO = 1 << 23,         /* row 50 says 0, as some do after a power cut */
    OHM_SERVER_LATE = 1 << 22,         /* every 17th answer comes with the next one, too late */
    OHM_SERVER_LOCAL = 1 << 20,     /* compares what its clock shows, and looks at no deviation */
    OHM_SERVER_MOODY = 1 << 21,     /* does not say its units, for the moment */
    OHM_SERVER_HANGS = 1 << 19,     /* says nothing when it is asked for rows */
    OHM_SERVER_NO_RANGES = 1 << 25, /* no selector 1, whatever it says of itself */
    OHM_SERVER_PUSHES = 1 << 26,    /* tells something unasked before each answer */
    OHM_SERVER_OLD_TAG = 1 << 27,   /* of the conformance: in one byte */
    OHM_SERVER_LIST_CURT = 1 << 28, /* refuses a list as it refuses one attribute */
    OHM_SERVER_EASTERN = 1 << 29,   /* writes its deviation the other way round */
    OHM_SERVER_LONG_LIST =
        1 << 30, /* tells its objects so often that 64 KiB hold them without rights only */
};

typedef struct ohm_cosem_server {
    /* Set by the owner, after ohm_cosem_server_init. */
    ohm_cosem_server_line line;
    unsigned ways;
    uint16_t server, physical;
    uint8_t client; /* who may associate by `auth`; 16 may always, without */
    uint8_t auth;   /* last arc of the mechanism's name: 0 none, 1 low, 2 to 6 */
    char secret[OHM_COSEM_SERVER_SECRET_MAX];
    uint8_t control; /* security policy: 0, 0x10, 0x20, 0x30 */
    const ohm_aead *aead;
    uint8_t auth_key[16];
    /* The cipher of a dedicated key, which comes with the association. */
    const ohm_aead *(*dedicate)(void *ctx, ohm_span key);
    void *ctx;
    const ohm_digests *digests;
    uint8_t title[OHM_SYSTEM_TITLE_LEN];
    uint16_t info_max, pdu_max;
    uint8_t window;
    ohm_ms time_ms;         /* of the meter's clock */
    ohm_ms first_row_ms;    /* of the load profile's oldest row */
    uint32_t rows, events;  /* of the load profile and of the event log */
    uint32_t heard_counter; /* the highest invocation counter of the client's */
    bool connected;         /* the disconnector */
    char name[OHM_COSEM_SERVER_NAME_LEN + 1];
    bool kilo;        /* its energies are whole kilos, and say so */
    bool swapped;     /* A- stands before A+ in its profiles */
    const ohm_tz *tz; /* of its clock; NULL: UTC+1 all year */

    /* The rest is its own. */
    uint32_t counter; /* of its own messages */
    uint8_t challenge[16];
    uint32_t associations;
    uint32_t counter_floor; /* the client's, when the association began */
    bool linked, associated, proven;
    uint8_t caller; /* client address of the present association */
    uint8_t caller_title[OHM_SYSTEM_TITLE_LEN];
    uint8_t caller_challenge[64];
    size_t caller_challenge_len;
    bool ciphered;
    const ohm_aead *dedicated;
    bool by_dedicated; /* the present request came under that key */
    uint16_t caller_pdu_max;
    uint8_t phase; /* of mode E */
    bool slow_next;
    uint8_t vs, vr, va, window_now;
    uint16_t send_max;
    size_t request_len, answer_len, answer_at;
    size_t long_len, long_at; /* a value given in blocks */
    uint32_t block;
    bool long_list;
    bool transfers; /* the caller can general-block-transfer */
    size_t transfer_len;
    uint16_t transfer_number, transfer_lost;
    uint32_t turns; /* in which it had something to say */
    size_t late_len;
    size_t input_len;
    uint8_t input[OHM_COSEM_SERVER_INPUT_MAX];
    uint8_t late[OHM_COSEM_SERVER_INPUT_MAX];
    uint8_t request[OHM_COSEM_SERVER_APDU_MAX];
    uint8_t answer[OHM_COSEM_SERVER_APDU_MAX];
    uint8_t value[2 * OHM_COSEM_SERVER_APDU_MAX];
    uint8_t expanded[2 * OHM_COSEM_SERVER_APDU_MAX];
    uint8_t transfer[OHM_COSEM_SERVER_APDU_MAX];
} ohm_cosem_server;

/* A meter with HDLC, server address 1, no authentication, 96 rows from 2026-01-15T00:00Z on. */
void ohm_cosem_server_init(ohm_cosem_server *s);

/* Takes bytes and appends what the meter says to them. */
void ohm_cosem_server_input(ohm_cosem_server *s, ohm_span bytes, ohm_writer *out);

/* The connection was closed. */
void ohm_cosem_server_reset(ohm_cosem_server *s);

/* What row `i` of the load profile must read as: A+ and A- in Wh. */
uint32_t ohm_cosem_server_import_wh(uint32_t row);
uint32_t ohm_cosem_server_export_wh(uint32_t row);

#endif
