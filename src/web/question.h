/* What a request asks of the loop thread, which alone knows: the last frame of a meter, and how a
 * source would do. Answered with ohm_web_answer_json. */
#ifndef OHM_WEB_QUESTION_H
#define OHM_WEB_QUESTION_H

#include <stdint.h>

enum {
    OHM_TRIAL_S_MAX = 60,
    OHM_TRIAL_EVERY_S_MAX = 86400,
    OHM_TRIAL_S = 20,
    OHM_TRIAL_WITH_MAX = 4
};

typedef enum ohm_question_kind {
    OHM_QUESTION_FRAME, /* of `device` */
    OHM_QUESTION_TRIAL,
    OHM_QUESTION_PORTS, /* serial ports of this machine */
} ohm_question_kind;

/* A source to be tried for a while; texts as in the configuration, "" = not given. */
typedef struct ohm_trial {
    char port[256], protocol[16], framing[4], profile[64], timezone[64], address[64];
    char system_title[17], key[65], auth_key[65], password[64];
    char user[64], preset[32]; /* of MQTT and HTTP */
    char settings[256];        /* what else the protocol wants to know */
    struct {
        char key[32], value[96];
    } with[OHM_TRIAL_WITH_MAX]; /* the preset's parameters, up to the first without a key */
    int64_t baud;               /* 0 = as usual */
    int64_t every_s;            /* asked this often; 0 = as usual, or listened to */
    int64_t seconds;
} ohm_trial;

typedef struct ohm_question {
    uint64_t id;
    ohm_question_kind kind;
    uint16_t device;
    ohm_trial trial;
} ohm_question;

#endif
