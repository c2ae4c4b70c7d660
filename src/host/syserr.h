/* The system's errors as values: `at` is the errno, `what` the C library's static sentence for
 * it ("No space left on device"). Call with errno at once after the failed call. */
#ifndef OHM_HOST_SYSERR_H
#define OHM_HOST_SYSERR_H

#include "base/err.h"

/* ENOENT and ENOTDIR become OHM_UNKNOWN, EACCES, EPERM and EROFS OHM_DENIED, ENOMEM
 * OHM_NO_MEMORY, everything else OHM_IO. `error` must not be 0. */
ohm_err ohm_err_errno(int error);

/* Is it "the disk (or the quota) is full"? */
bool ohm_err_is_full(ohm_err err);

#endif
