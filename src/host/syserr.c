#include "host/syserr.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static ohm_code code_of(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return OHM_UNKNOWN;
    case EACCES:
    case EPERM:
    case EROFS:
        return OHM_DENIED;
    case ENOMEM:
        return OHM_NO_MEMORY;
    default:
        return OHM_IO;
    }
}

ohm_err ohm_err_errno(int error)
{
    assert(error > 0);
    const char *text = strerrordesc_np(error); /* static text, unlike strerror's */
    return ohm_fail(code_of(error), (uint32_t)error, text ? text : "unknown system error");
}

bool ohm_err_is_full(ohm_err err)
{
    return err.code == OHM_IO && (err.at == ENOSPC || err.at == EDQUOT);
}
