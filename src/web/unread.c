/* Answers to requests that MHD could not read: too long, malformed, without a host.
 *
 * MHD refuses them by itself, with a page of HTML that has none of the headers every answer of
 * ours has, and offers no hook. But it queues that page as a program would, through the public
 * MHD_queue_response and the dynamic linker: the definition below stands in front of the
 * library's for the library too (ld.so(8), symbol lookup: the program comes first), and puts an
 * answer with our headers in the page's place. It has no body, since libmicrohttpd 0.9.75 writes
 * the head of some of these twice, and a body would begin with the second. Where a libmicrohttpd
 * was linked so that this does not work, its pages come through and tests/peer/web_api.py says
 * so. */
#include <dlfcn.h>
#include <stdatomic.h>

#include "web/exchange.h"

typedef enum MHD_Result queue_function(struct MHD_Connection *connection, unsigned status,
                                       struct MHD_Response *response);

static queue_function *library_queue(void)
{
    static _Atomic(queue_function *) known;
    queue_function *found = atomic_load(&known);
    if (!found) {
        void *symbol = dlsym(RTLD_NEXT, "MHD_queue_response");
        assert(symbol);                        /* linked with it */
        memcpy(&found, &symbol, sizeof found); /* POSIX: a symbol may be a function's */
        atomic_store(&known, found);
    }
    return found;
}

static struct MHD_Response *unread_response(struct MHD_Connection *connection)
{
    static char nothing[1];
    struct MHD_Response *response =
        MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return NULL;
    (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    ohm_response_protect(
        response, MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION) != NULL);
    return response;
}

enum MHD_Result MHD_queue_response(struct MHD_Connection *connection, unsigned status,
                                   struct MHD_Response *response)
{
    queue_function *queue = library_queue();
    if (MHD_get_response_header(response, "X-Content-Type-Options"))
        return queue(connection, status, response); /* one of ours */
    struct MHD_Response *better = unread_response(connection);
    if (!better)
        return MHD_NO; /* the connection is closed */
    enum MHD_Result result = queue(connection, status, better);
    MHD_destroy_response(better);
    return result;
}
