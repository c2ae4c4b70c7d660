/* The options of ohm_web_start, kept beyond the call: one block of memory with all the text. */
#ifndef OHM_WEB_OPTIONS_H
#define OHM_WEB_OPTIONS_H

#include "web/web.h"

/* A copy that borrows from *ret_memory alone, which the caller frees after the last use. */
OHM_MUST_CHECK ohm_err ohm_options_copy(const ohm_web_options *options, ohm_web_options *ret_copy,
                                        void **ret_memory);

#endif
