/* A file of captured bytes: read to its end by libuv's workers. What can be polled (a FIFO, a
 * device, standard input from a pipe) is read as it comes. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "host/syserr.h"
#include "link/transport.h"

static void read_on(ohm_link *link);

static void got(uv_fs_t *request)
{
    ohm_link *link = request->data;
    ssize_t result = request->result;
    uv_fs_req_cleanup(request);
    link->reading = false;
    if (link->phase == OHM_LINK_UP && result > 0) {
        link->at += result;
        ohm_link_got(link, (size_t)result);
        if (link->phase == OHM_LINK_UP)
            read_on(link);
    } else if (link->phase == OHM_LINK_UP) {
        ohm_link_is_down(link, result < 0 ? ohm_err_uv((int)result)
                                          : ohm_fail(OHM_END, 0, "the file has ended"));
    }
    if (link->phase != OHM_LINK_UP)
        ohm_link_poll_stop(link);
    ohm_link_release(link);
}

static void read_on(ohm_link *link)
{
    if (!link->own)
        link->own = malloc(OHM_LINK_BUFFER_MAX);
    if (!link->fs)
        link->fs = calloc(1, sizeof *link->fs);
    if (!link->own || !link->fs) {
        ohm_link_is_down(link, ohm_fail(OHM_NO_MEMORY, 0, "out of memory"));
        return;
    }
    uv_buf_t buffer = uv_buf_init((char *)link->own, OHM_LINK_BUFFER_MAX);
    link->fs->data = link;
    int status = uv_fs_read(link->loop, link->fs, link->fd, &buffer, 1, link->at, got);
    if (status < 0) {
        ohm_link_is_down(link, ohm_err_uv(status));
        return;
    }
    link->reading = true;
    ohm_link_hold(link);
}

static void start(ohm_link *link)
{
    struct stat st;
    link->at = 0;
    /* Opened anew, standard input can be non-blocking for us and blocking for its other users. */
    const char *path = strcmp(link->name, "-") ? link->name : "/dev/stdin";
    link->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (link->fd < 0 || fstat(link->fd, &st) != 0) {
        ohm_link_is_down(link, ohm_err_errno(errno));
    } else if (S_ISDIR(st.st_mode)) {
        ohm_link_is_down(link, ohm_fail(OHM_BAD_FORMAT, EISDIR, "a folder, not a file"));
    } else if (S_ISREG(st.st_mode)) {
        ohm_link_is_up(link);
        if (link->phase == OHM_LINK_UP)
            read_on(link);
    } else {
        ohm_link_poll_start(link);
    }
}

/* A read under way still uses the descriptor: it stays open until that ends. */
static void stop(ohm_link *link)
{
    if (!link->reading)
        ohm_link_poll_stop(link);
}

const ohm_transport ohm_transport_file = { start, stop, NULL };
