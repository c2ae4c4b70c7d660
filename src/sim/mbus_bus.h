/* A simulated M-Bus: meters behind one level converter that answer real bytes (EN 13757-2, -3).
 *
 * Pure: bytes of the master in, bytes of the bus out, with the time that passes before them. A
 * request that several meters answer makes what current loops make of it: a bit is 0 where any
 * of them sends 0, so equal answers look like one and others are damaged; or, as it is set, what
 * level converters make of it that keep answers apart. Each meter keeps its
 * own FCB as the standard wants it, repeats a telegram that is asked for again, is selected and
 * deselected, and can be told to misbehave. Its registers grow with the time of the bus. */
#ifndef OHM_SIM_MBUS_BUS_H
#define OHM_SIM_MBUS_BUS_H

#include "wire/mbus_master.h"

enum {
    OHM_SIM_MBUS_METERS_MAX = 256,
    OHM_SIM_MBUS_OUT_MAX = 2 * OHM_MBUS_LONG_MAX,
};

typedef enum ohm_sim_mbus_kind {
    OHM_SIM_MBUS_ELECTRICITY,
    OHM_SIM_MBUS_WATER,
    OHM_SIM_MBUS_HEAT,
    OHM_SIM_MBUS_GAS,
} ohm_sim_mbus_kind;

typedef struct ohm_sim_mbus_meter {
    uint8_t kind;        /* ohm_sim_mbus_kind */
    uint8_t primary;     /* 0 to 250 */
    uint8_t identity[8]; /* as ohm_mbus_message.secondary */
    uint8_t telegrams;   /* of one readout; 0 counts as 1 */
    bool dead;           /* says nothing */
    bool busy;           /* answers with an application error */
    bool alarm;          /* has one, and says so with ACD */
    bool no_reset_ack;   /* keeps quiet on SND_NKE */
    bool sticky_fcb;     /* never goes on to the next telegram */
    bool bad_checksum;   /* of each answer */
    bool nibbles;        /* takes F for any digit of manufacturer, version and medium too */
    uint16_t slow_ms;    /* in addition to the usual time before an answer */
    const ohm_mbus_cipher *cipher; /* it enciphers with this key, by mode 5; NULL: in the clear */
    uint32_t fabrication;          /* of an extended selection; 0: its identification */

    /* The bus keeps these. */
    bool selected;
    bool fcb_known, fcb;
    uint8_t at; /* telegram */
    uint8_t access;
    uint32_t asked; /* how often it answered with data */
} ohm_sim_mbus_meter;

/* What becomes of several answers to one request. */
typedef enum ohm_sim_mbus_several {
    OHM_SIM_MBUS_TOGETHER, /* a bit is 0 where any of them sends 0 */
    OHM_SIM_MBUS_IN_TURN,  /* the level converter gives them one after the other */
    OHM_SIM_MBUS_LOUDEST,  /* one drowns the others */
} ohm_sim_mbus_several;

typedef struct ohm_sim_mbus {
    ohm_sim_mbus_meter *meters; /* the owner's */
    size_t count;
    bool echo;          /* the level converter gives back what the master says */
    uint8_t acks, data; /* ohm_sim_mbus_several: of acknowledgements, and of telegrams */
    /* The owner's: local time, for registers and clocks. */
    int64_t now_ms;
    /* The bus's own. */
    uint8_t in[OHM_MBUS_LONG_MAX];
    size_t in_len;
} ohm_sim_mbus;

typedef struct ohm_sim_mbus_answer {
    uint32_t delay_ms; /* before its first byte */
    size_t len;        /* 0: silence */
    uint8_t bytes[OHM_SIM_MBUS_OUT_MAX];
} ohm_sim_mbus_answer;

void ohm_sim_mbus_init(ohm_sim_mbus *bus, ohm_sim_mbus_meter *meters, size_t count);

/* A meter of that kind: its primary address, its identification from a number. */
ohm_sim_mbus_meter ohm_sim_mbus_make(ohm_sim_mbus_kind kind, uint8_t primary, uint32_t number);

/* Takes what the master sends, to the end of a request or of *in. True: *answer is what comes
 * of it; call again while *in has bytes. */
bool ohm_sim_mbus_take(ohm_sim_mbus *bus, ohm_span *in, ohm_sim_mbus_answer *answer);

/* What a meter's register says at a time: Wh, or litres. */
int64_t ohm_sim_mbus_register(const ohm_sim_mbus_meter *meter, int64_t now_ms);

#endif
