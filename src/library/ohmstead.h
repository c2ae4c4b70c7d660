/* libohmstead: what electricity, gas, water and heat meters say, as values.
 *
 * Two ways in, over the same codecs as the ohmstead daemon (DLMS/COSEM, M-Bus, Linky TIC, SML, P1,
 * IEC 62056-21, Modbus):
 *
 *   decode   bytes of a meter, in any split, to messages:
 *
 *       ohmstead_options options = { .size = sizeof options, .protocol = "auto" };
 *       ohmstead_error error = { .size = sizeof error };
 *       ohmstead_decoder *decoder;
 *       int code = ohmstead_decoder_new(&options, &decoder, &error);
 *       ... for each piece:
 *       code = ohmstead_decoder_push(decoder, bytes, len, &error);
 *       while ((code = ohmstead_decoder_next(decoder, &message, &error)) != OHMSTEAD_MORE)
 *           if (code == OHMSTEAD_OK) { ...; ohmstead_message_free(message); }
 *           else ... error.text says what was refused, and where; go on
 *       ... at the end: ohmstead_decoder_finish(decoder); then next until OHMSTEAD_END
 *
 *   read     one meter on a serial line, TCP, UDP, or by an HTTP or MQTT address: waits for its
 *            first whole message, or asks for it.
 *
 * Handles are opaque and belong to one thread at a time; several may be used side by side. The
 * library has no state of its own, prints nothing and leaves signals alone. Texts are UTF-8.
 *
 * The binary interface is stable: options and errors begin with the size that the caller knows,
 * everything else is behind functions; the number of the shared object changes when one of them
 * does. */
#ifndef OHMSTEAD_H
#define OHMSTEAD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define OHMSTEAD_API __attribute__((visibility("default")))
#else
#define OHMSTEAD_API
#endif

/* What a call comes to. Negative: refused; the error then has the words. */
enum ohmstead_code {
    OHMSTEAD_OK = 0,
    OHMSTEAD_MORE = 1, /* more bytes are needed */
    OHMSTEAD_END = 2,  /* nothing is left */

    OHMSTEAD_BAD_FORMAT = -1,   /* not as its standard wants it */
    OHMSTEAD_BAD_CHECKSUM = -2, /* damaged on its way */
    OHMSTEAD_TOO_BIG = -3,
    OHMSTEAD_RANGE = -4,
    OHMSTEAD_UNSUPPORTED = -5,
    OHMSTEAD_UNKNOWN = -6,  /* no such protocol, profile, time zone */
    OHMSTEAD_NO_KEY = -7,   /* encrypted, and no key is given */
    OHMSTEAD_BAD_TAG = -8,  /* the keys don't open it */
    OHMSTEAD_REPLAYED = -9, /* seen before */
    OHMSTEAD_GAP = -10,     /* a part is missing */
    OHMSTEAD_DENIED = -11,
    OHMSTEAD_CONFLICT = -12,
    OHMSTEAD_BUSY = -13,
    OHMSTEAD_IO = -14, /* the system says no: the text has its words */
    OHMSTEAD_NO_MEMORY = -15,
    OHMSTEAD_TIMEOUT = -16,  /* no whole message in time */
    OHMSTEAD_METER = -17,    /* the meter, or its line, is in a state that waiting won't cure */
    OHMSTEAD_WRONG_USE = -18 /* a NULL, a size, a number that no caller should give */
};

/* Why something was refused. Set `size` before the first call; NULL: nobody asks. */
typedef struct ohmstead_error {
    size_t size;     /* sizeof(ohmstead_error) */
    int32_t code;    /* enum ohmstead_code */
    uint64_t offset; /* decoding: of the frame, in all the bytes pushed so far */
    char text[256];  /* "frame: a checksum does not match" */
} ohmstead_error;

/* How to decode, and what to read. Zero is everywhere what is usual; texts may be NULL. Nothing is
 * kept of it but copies. */
typedef struct ohmstead_options {
    size_t size;          /* sizeof(ohmstead_options) */
    const char *protocol; /* "dlms", "cosem", "mbus", "tic"… (`ohmstead read --help`), or "auto" */
    const uint8_t *key;   /* encryption key, 16 or 32 bytes */
    size_t key_len;
    const uint8_t *auth_key; /* authentication key */
    size_t auth_key_len;
    const char *system_title; /* 16 hex digits: the meter's; any other is refused */
    const char *profile;      /* of the meter; NULL: as it fits */
    const char *profiles;     /* a folder of more profiles */
    const char *timezone;     /* of the meter's clock: "Europe/Zurich" */

    /* Reading only. */
    const char *port;    /* "serial:/dev/…", "tcp:host:port", "udp:host:port", "file:PATH" */
    uint32_t baud;       /* of a serial line */
    const char *framing; /* "8E1" */
    const char *address; /* of the device that is asked: "5", a secondary address, a unit */
    const char *password;
    const char *settings; /* how a DLMS meter is asked: "client=1 auth=low" */
    int32_t drop_echo;    /* the line gives back what is sent */
    int32_t timeout_ms;   /* 0: 60 000 */
    /* A folder that keeps the invocation counters of ciphered DLMS meters from call to call, so
     * that no nonce is used twice; made where it is missing, and shared with whom you like. NULL:
     * nothing is kept, and each call has another system title; one in `settings` is then taken only
     * with counter=. */
    const char *state;
} ohmstead_options;

typedef struct ohmstead_decoder ohmstead_decoder;
typedef struct ohmstead_message ohmstead_message;
typedef struct ohmstead_value ohmstead_value;

/* "0.1.0"; and a static sentence for a code. Never NULL. */
OHMSTEAD_API const char *ohmstead_version(void);
OHMSTEAD_API const char *ohmstead_code_text(int code);

/* --- decoding -------------------------------------------------------------------------------- */

/* *ret_decoder is written on OHMSTEAD_OK only; free it. */
OHMSTEAD_API int ohmstead_decoder_new(const ohmstead_options *options,
                                      ohmstead_decoder **ret_decoder, ohmstead_error *error);
OHMSTEAD_API void ohmstead_decoder_free(ohmstead_decoder *decoder); /* takes NULL */
/* Takes a copy of the bytes. */
OHMSTEAD_API int ohmstead_decoder_push(ohmstead_decoder *decoder, const void *bytes, size_t len,
                                       ohmstead_error *error);
/* OHMSTEAD_OK: *ret_message is one more, to be freed. OHMSTEAD_MORE: push more. OHMSTEAD_END:
 * finished, and nothing is left. Negative: something was refused; call again. */
OHMSTEAD_API int ohmstead_decoder_next(ohmstead_decoder *decoder, ohmstead_message **ret_message,
                                       ohmstead_error *error);
/* No more bytes will come: what is whole without them is given out. */
OHMSTEAD_API void ohmstead_decoder_finish(ohmstead_decoder *decoder);

/* --- reading --------------------------------------------------------------------------------- */

/* Blocks until the meter's first whole message, trouble that waiting does not cure, or the
 * time-out. A reading of several messages comes as a chain (ohmstead_message_following); freeing
 * the first frees it all. *ret_message is written on OHMSTEAD_OK only. */
OHMSTEAD_API int ohmstead_read(const ohmstead_options *options, ohmstead_message **ret_message,
                               ohmstead_error *error);

/* --- messages -------------------------------------------------------------------------------- */

/* All that is returned lives as long as the message. Texts are NULL where nothing was said. */
OHMSTEAD_API void ohmstead_message_free(ohmstead_message *message); /* takes NULL */
OHMSTEAD_API const ohmstead_message *ohmstead_message_following(const ohmstead_message *message);
/* The whole message, as `ohmstead read --json` prints it. */
OHMSTEAD_API const char *ohmstead_message_json(const ohmstead_message *message);
OHMSTEAD_API const char *ohmstead_message_protocol(const ohmstead_message *message);
OHMSTEAD_API const char *ohmstead_message_meter_id(const ohmstead_message *message);
OHMSTEAD_API const char *ohmstead_message_profile(const ohmstead_message *message);
/* The meter's time: 1 and milliseconds since 1970 UTC, or 0 where it is not known. */
OHMSTEAD_API int ohmstead_message_time(const ohmstead_message *message, int64_t *ret_utc_ms);
/* As JSON: {"control":48,"counter":1001,"authenticated":true}; NULL: none. */
OHMSTEAD_API const char *ohmstead_message_security(const ohmstead_message *message);
/* 1: a key of the options proves who said it. */
OHMSTEAD_API int ohmstead_message_authenticated(const ohmstead_message *message);
/* The answer to a short code: "1.8.0" in kWh, "16.7.0" in W. 1 and the value and its unit, or 0
 * where the message has none. Either result may be NULL. */
OHMSTEAD_API int ohmstead_message_answer(const ohmstead_message *message, const char *code,
                                         double *ret_value, const char **ret_unit);

OHMSTEAD_API size_t ohmstead_message_count(const ohmstead_message *message);
/* NULL past the end. */
OHMSTEAD_API const ohmstead_value *ohmstead_message_value(const ohmstead_message *message,
                                                          size_t index);

/* --- values ---------------------------------------------------------------------------------- */

OHMSTEAD_API const char *ohmstead_value_obis(const ohmstead_value *value);     /* 1-0:1.8.0*255 */
OHMSTEAD_API const char *ohmstead_value_label(const ohmstead_value *value);    /* TIC: "EAST" */
OHMSTEAD_API const char *ohmstead_value_quantity(const ohmstead_value *value); /* energy_import */
OHMSTEAD_API const char *ohmstead_value_unit(const ohmstead_value *value);     /* "Wh" */
/* The value: exact decimal, text, or JSON of what is neither; NULL: the meter says none. */
OHMSTEAD_API const char *ohmstead_value_text(const ohmstead_value *value);
/* 1 and the nearest double, or 0 where the value is no number. */
OHMSTEAD_API int ohmstead_value_number(const ohmstead_value *value, double *ret_number);
/* What came: a number or bytes in hex, value = raw × 10^scaler where there is one (1, else 0). */
OHMSTEAD_API const char *ohmstead_value_raw(const ohmstead_value *value);
OHMSTEAD_API int ohmstead_value_scaler(const ohmstead_value *value, int *ret_scaler);
/* Its own time where it has one, RFC 3339 or as it was said. */
OHMSTEAD_API const char *ohmstead_value_time(const ohmstead_value *value);
/* All of it as JSON: what its protocol says besides (docs/). */
OHMSTEAD_API const char *ohmstead_value_json(const ohmstead_value *value);

#ifdef __cplusplus
}
#endif

#endif
