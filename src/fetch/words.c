#include "fetch/fetcher.h"

const char *ohm_fetch_words(ohm_source source, int status, bool token)
{
    if (token && (status == 400 || status == 401 || status == 403))
        return "the service refuses the client id or secret: check them in its portal";
    switch (status) {
    case 401:
        return "the service refuses the token: a new one will be asked for, where there is one";
    case 403:
        return source == OHM_SOURCE_ECOWATT
                   ? "RTE refuses this application: subscribe it to Ecowatt v5 (keys of v4 do not "
                     "work)"
                   : "the service refuses this application: is it subscribed to this API?";
    case 404:
        return "the service is not at this address: check its url";
    case 429:
        return "the service was asked too often: do others use the same key or address?";
    default:
        return status >= 500 ? "the service is out of order"
                             : "the service gives an unexpected answer";
    }
}
