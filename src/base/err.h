/* Errors are values: a code, the position of the fault in the input, and a static sentence.
 *
 * Three kinds of error, kept apart (see docs/architecture.md, "Errors"):
 *   - a programmer's mistake: assert(), compiled into releases too;
 *   - an expected outcome (bad input, nothing yet, too big): ohm_code or ohm_err;
 *   - the system's own errors: captured at once at the edge and turned into an ohm_err.
 *
 * `what` always points to static text, so an ohm_err owns nothing and can be copied freely.
 * `at` counts bytes, lines or items from the start of the input; the function says which. */
#ifndef OHM_BASE_ERR_H
#define OHM_BASE_ERR_H

#include <stdbool.h>
#include <stdint.h>

#define OHM_CODES(X)                                                                               \
    X(OHM_OK, "ok")                                                                                \
    X(OHM_MORE, "more input is needed")                                                            \
    X(OHM_END, "nothing is left")                                                                  \
    X(OHM_BAD_FORMAT, "the input does not follow its format")                                      \
    X(OHM_BAD_CHECKSUM, "a checksum does not match")                                               \
    X(OHM_TOO_BIG, "a limit is exceeded")                                                          \
    X(OHM_RANGE, "a value is out of its range")                                                    \
    X(OHM_UNSUPPORTED, "this form is not supported")                                               \
    X(OHM_UNKNOWN, "the name is not known")                                                        \
    X(OHM_NO_KEY, "a key is needed and none is configured")                                        \
    X(OHM_BAD_TAG, "the authentication tag does not match")                                        \
    X(OHM_REPLAYED, "the message was seen before")                                                 \
    X(OHM_GAP, "a part of the message is missing")                                                 \
    X(OHM_DENIED, "not permitted")                                                                 \
    X(OHM_CONFLICT, "in conflict with the present state")                                          \
    X(OHM_BUSY, "busy, try again later")                                                           \
    X(OHM_IO, "the system reports an error")                                                       \
    X(OHM_NO_MEMORY, "out of memory")

typedef enum ohm_code {
#define OHM_CODE_NAME(name, text) name,
    OHM_CODES(OHM_CODE_NAME)
#undef OHM_CODE_NAME
        OHM_CODES_COUNT
} ohm_code;

typedef struct ohm_err {
    ohm_code code;
    uint32_t at;
    const char *what;
} ohm_err;

#define OHM_MUST_CHECK __attribute__((warn_unused_result))

static inline ohm_err ohm_ok(void)
{
    return (ohm_err){ OHM_OK, 0, "ok" };
}

static inline ohm_err ohm_fail(ohm_code code, uint32_t at, const char *what)
{
    return (ohm_err){ code, at, what };
}

static inline bool ohm_failed(ohm_err err)
{
    return err.code != OHM_OK;
}

/* Returns from the calling function with the error, if there is one. */
#define OHM_TRY(expression)                                                                        \
    do {                                                                                           \
        ohm_err ohm_try_err = (expression);                                                        \
        if (ohm_failed(ohm_try_err))                                                               \
            return ohm_try_err;                                                                    \
    } while (0)

/* The name ("OHM_BAD_TAG") and the general sentence of a code; never NULL. */
const char *ohm_code_name(ohm_code code);
const char *ohm_code_text(ohm_code code);

#endif
