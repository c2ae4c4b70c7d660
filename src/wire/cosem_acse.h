/* Opening and closing an association (IEC 62056-5-3, §6 and §7.2: ACSE with BER, and the
 * xDLMS Initiate service inside it): AARQ and RLRQ written, AARE taken apart. */
#ifndef OHM_WIRE_COSEM_ACSE_H
#define OHM_WIRE_COSEM_ACSE_H

#include "wire/dlms_encode.h"

enum {
    OHM_COSEM_AARE = 0x61,
    OHM_COSEM_RLRE = 0x63,
    OHM_COSEM_CHALLENGE_MIN = 8, /* bytes (§5.7.2) */
    OHM_COSEM_CHALLENGE_MAX = 64,
    OHM_COSEM_AARQ_MAX = 320,
};

/* Mechanisms of authentication: the last arc of mechanism-name (§7.2.4). */
typedef enum ohm_cosem_auth {
    OHM_COSEM_NONE, /* lowest: nobody says who they are */
    OHM_COSEM_LOW,  /* a password, in the clear */
    OHM_COSEM_HIGH, /* of the manufacturer; in the field: the challenge under AES */
    OHM_COSEM_MD5,
    OHM_COSEM_SHA1,
    OHM_COSEM_GMAC,
    OHM_COSEM_SHA256,
    OHM_COSEM_AUTHS_COUNT
} ohm_cosem_auth;

/* "none", "low", "high", "md5", "sha1", "gmac", "sha256"; -1 if there is none such. */
const char *ohm_cosem_auth_name(ohm_cosem_auth auth);
int ohm_cosem_auth_find(ohm_span name);

typedef struct ohm_aarq {
    bool ciphered;  /* the context: logical names with ciphering */
    ohm_span title; /* of the caller: 8 bytes or none */
    ohm_cosem_auth auth;
    ohm_span value;    /* the password, or the challenge */
    ohm_span initiate; /* the Initiate request, ciphered where the context is */
} ohm_aarq;

void ohm_cosem_put_aarq(ohm_writer *w, const ohm_aarq *aarq);

/* xDLMS InitiateRequest (§7.3.4); `dedicated` is a key for this association, or empty. */
void ohm_cosem_put_initiate(ohm_writer *w, ohm_span dedicated, uint32_t conformance,
                            uint16_t pdu_max);

/* RLRQ with reason "normal"; `initiate` as in AARQ where the context is ciphered, else empty. */
void ohm_cosem_put_rlrq(ohm_writer *w, ohm_span initiate);

typedef struct ohm_aare {
    uint8_t result;     /* 0: accepted */
    uint8_t diagnostic; /* of the service user, or, with by_provider, of the provider */
    bool by_provider;
    bool ciphered;
    bool has_title;
    uint8_t title[OHM_SYSTEM_TITLE_LEN]; /* of the meter */
    ohm_span challenge;                  /* empty: none */
    ohm_span initiate;                   /* the Initiate response; may be empty */
} ohm_aare;

/* OHM_OK, OHM_BAD_FORMAT, OHM_UNSUPPORTED (no AARE). Spans borrow from `apdu`. */
OHM_MUST_CHECK ohm_code ohm_cosem_aare_parse(ohm_span apdu, ohm_aare *out);

/* "the password or proof is wrong"… */
const char *ohm_cosem_aare_text(const ohm_aare *aare);

typedef struct ohm_initiate {
    uint32_t conformance;
    uint16_t pdu_max; /* that the meter takes; 0: any */
} ohm_initiate;

/* InitiateResponse. OHM_OK, OHM_BAD_FORMAT, OHM_DENIED: a confirmed service error instead. */
OHM_MUST_CHECK ohm_code ohm_cosem_initiate_parse(ohm_span bytes, ohm_initiate *out);

#endif
