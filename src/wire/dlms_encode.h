/* Writing what wire/dlms.h reads: A-XDR items, data-notifications, general-glo-ciphering,
 * general-block-transfer, HDLC and M-Bus frames. The simulated meters use it, and the tests
 * hold decode(encode(x)) = x.
 *
 * Everything is appended to an ohm_writer over the caller's buffer. A writer that is full
 * takes nothing more and says so once at the end; counts and sizes are the caller's promises
 * and are asserted. */
#ifndef OHM_WIRE_DLMS_ENCODE_H
#define OHM_WIRE_DLMS_ENCODE_H

#include "base/aead.h"
#include "wire/dlms_time.h"
#include "wire/obis.h"
#include "wire/replay_guard.h"

typedef struct ohm_writer {
    uint8_t *ptr;
    size_t cap, len;
    bool full; /* something did not fit: the bytes are of no use */
} ohm_writer;

static inline ohm_writer ohm_writer_over(uint8_t *ptr, size_t cap)
{
    return (ohm_writer){ .ptr = ptr, .cap = cap };
}

static inline ohm_span ohm_writer_span(const ohm_writer *w)
{
    return (ohm_span){ w->ptr, w->len };
}

void ohm_put_bytes(ohm_writer *w, ohm_span bytes);
void ohm_put_u8(ohm_writer *w, uint8_t v);
void ohm_put_u16(ohm_writer *w, uint16_t v);
void ohm_put_u32(ohm_writer *w, uint32_t v);

/* A-XDR items, each with its tag. Elements of an array or a structure follow their header. */
void ohm_axdr_put_length(ohm_writer *w, size_t length); /* BER: 1, 2 or 3 bytes */
void ohm_axdr_put_null(ohm_writer *w);
void ohm_axdr_put_array(ohm_writer *w, size_t count);
void ohm_axdr_put_structure(ohm_writer *w, size_t count);
void ohm_axdr_put_bool(ohm_writer *w, bool v);
void ohm_axdr_put_enum(ohm_writer *w, uint8_t v);
void ohm_axdr_put_i8(ohm_writer *w, int8_t v);
void ohm_axdr_put_i16(ohm_writer *w, int16_t v);
void ohm_axdr_put_i32(ohm_writer *w, int32_t v);
void ohm_axdr_put_i64(ohm_writer *w, int64_t v);
void ohm_axdr_put_u8(ohm_writer *w, uint8_t v);
void ohm_axdr_put_u16(ohm_writer *w, uint16_t v);
void ohm_axdr_put_u32(ohm_writer *w, uint32_t v);
void ohm_axdr_put_u64(ohm_writer *w, uint64_t v);
void ohm_axdr_put_f32(ohm_writer *w, float v);
void ohm_axdr_put_f64(ohm_writer *w, double v);
void ohm_axdr_put_octets(ohm_writer *w, ohm_span bytes);
void ohm_axdr_put_text(ohm_writer *w, ohm_span text);
void ohm_axdr_put_bits(ohm_writer *w, ohm_span bytes, size_t bits);
void ohm_axdr_put_obis(ohm_writer *w, const uint8_t obis[static OHM_OBIS_LEN]);
void ohm_axdr_put_time(ohm_writer *w, const ohm_dlms_time *time); /* octet-string of 12 */
void ohm_axdr_put_scaler_unit(ohm_writer *w, int8_t scaler, uint8_t unit);

/* An entry of a self-describing list: {class, OBIS, attribute, 0}. */
void ohm_axdr_put_object(ohm_writer *w, uint16_t class_id, const uint8_t obis[static OHM_OBIS_LEN],
                         int8_t attribute);

/* How a notification's date-time is written. */
typedef enum ohm_time_form {
    OHM_TIME_ABSENT,     /* 00 */
    OHM_TIME_PLAIN,      /* 0C and 12 bytes */
    OHM_TIME_TAGGED,     /* 09 0C and 12 bytes: Kaifa and older Kamstrup in Norway */
    OHM_TIME_TAGGED_ONE, /* 19 and 12 bytes */
} ohm_time_form;

/* The head of a data-notification; one A-XDR item, the body, follows. */
void ohm_put_notification(ohm_writer *w, uint32_t invoke_id, ohm_time_form form,
                          const ohm_dlms_time *time);

typedef struct ohm_glo_seal {
    const ohm_aead *aead;
    ohm_span title; /* 8 bytes; or empty: the receiver is configured with it */
    uint8_t nonce_title[OHM_SYSTEM_TITLE_LEN]; /* of the nonce: the sender's */
    uint8_t control;                           /* 0x10, 0x20 or 0x30, plus the suite */
    uint32_t counter;
    ohm_span auth_key; /* for 0x10 and 0x30 */
} ohm_glo_seal;

/* general-glo-ciphering of `apdu`. OHM_OK, OHM_TOO_BIG if it does not fit, or what the cipher
 * says. Nothing is written unless OHM_OK. */
OHM_MUST_CHECK ohm_code ohm_put_glo(ohm_writer *w, const ohm_glo_seal *seal, ohm_span apdu);

/* Addresses of an HDLC frame, as on the wire. */
typedef struct ohm_hdlc_addresses {
    ohm_span destination; /* 1, 2 or 4 bytes, the last one odd */
    ohm_span source;
    uint8_t control; /* 0x13: unnumbered information */
} ohm_hdlc_addresses;

/* The addresses of an E450: CE FF, 03, UI. */
ohm_hdlc_addresses ohm_hdlc_e450(void);

/* One frame with both flags. An empty information has no HCS. */
void ohm_put_hdlc(ohm_writer *w, const ohm_hdlc_addresses *to, bool segment, ohm_span info);

/* An APDU behind the LLC header in frames of at most `info_max` bytes of information: one
 * frame, or several by HDLC segmentation. */
void ohm_put_hdlc_push(ohm_writer *w, const ohm_hdlc_addresses *to, ohm_span apdu, size_t info_max);

/* The same by general-block-transfer, one block a frame, as an E450 does with 129 bytes. */
void ohm_put_gbt_push(ohm_writer *w, const ohm_hdlc_addresses *to, ohm_span apdu, size_t info_max);

/* An APDU in M-Bus long frames with `data_max` bytes of it in each (an AT meter: 245). */
void ohm_put_mbus_push(ohm_writer *w, ohm_span apdu, size_t data_max);

/* An APDU behind the TCP wrapper's header. */
void ohm_put_wrapper(ohm_writer *w, uint16_t source, uint16_t destination, ohm_span apdu);

#endif
