/* A stream of bytes whose protocol is given, or found out.
 *
 * With several candidates all of them look at the bytes side by side, until the first whole
 * message of one of them, or the first whole frame that only lacks a key or a profile; that one
 * stays, and the others are forgotten with all that they refused. What the winner refused before
 * is then told in its order (at most the first OHM_DECODER_HELD_MAX of them, and that there was
 * more). Of two that accept in the same bytes, the one that needed fewer of them wins.
 *
 *     ohm_decoder_new(…, &d);
 *     for each chunk: do { code = ohm_decoder_next(d, &chunk, &message, &reject); … }
 *                     while (code != OHM_MORE);
 *     at the end of a file: ohm_decoder_finish(d); then ohm_decoder_next until OHM_END.
 *
 * When a stream ends and nobody was believed, the refusals of the most plausible candidate are
 * told: that with most good frames, then with most damaged ones. Nothing is allocated between
 * ohm_decoder_new and the end but by ohm_decoder_forget. */
#ifndef OHM_METER_DECODER_H
#define OHM_METER_DECODER_H

#include "meter/protocol.h"

enum {
    OHM_DECODER_CANDIDATES_MAX = 16,
    OHM_DECODER_HELD_MAX = 32,
};

typedef struct ohm_decoder ohm_decoder;

/* Decodes one of `protocols`. Candidates that the configuration does not fit (no profile of that
 * name) are left out; it is an error if none is left. The configuration is copied, what it points
 * to is not. */
OHM_MUST_CHECK ohm_err ohm_decoder_new(const ohm_protocol *const *protocols, size_t count,
                                       const ohm_protocol_config *config,
                                       ohm_decoder **ret_decoder);
/* The protocol of that name; "auto" and "": any of the table. OHM_UNSUPPORTED: no such name. */
OHM_MUST_CHECK ohm_err ohm_decoder_open(const char *name, const ohm_protocol_config *config,
                                        ohm_decoder **ret_decoder);
void ohm_decoder_free(ohm_decoder *decoder); /* takes NULL */

/* As ohm_protocol.next. The message is one of ohm_decoder_protocol. */
OHM_MUST_CHECK ohm_code ohm_decoder_next(ohm_decoder *decoder, ohm_span *in, const void **message,
                                         ohm_protocol_reject *reject);
void ohm_decoder_finish(ohm_decoder *decoder);
/* The network has been silent for a moment (ohm_protocol.quiet): then ohm_decoder_next with no
 * bytes until OHM_MORE. */
void ohm_decoder_quiet(ohm_decoder *decoder);
/* All bytes are taken and all messages done with: what is not wanted until more come goes back to
 * the system. */
void ohm_decoder_rest(ohm_decoder *decoder);
void ohm_decoder_reset(ohm_decoder *decoder);
/* The line may speak something else now: finds out again, where several were given. */
void ohm_decoder_forget(ohm_decoder *decoder);

/* NULL as long as it is not known. */
const ohm_protocol *ohm_decoder_protocol(const ohm_decoder *decoder);
/* Those of the protocol, or of the most plausible candidate; all of *out but `reconnects`. */
void ohm_decoder_count(const ohm_decoder *decoder, ohm_meter_counters *out);

#endif
