#include "host/queue.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/syserr.h"

enum { LENGTH_BYTES = 4 };

struct ohm_queue {
    pthread_mutex_t lock;
    int fd;
    uint64_t drops;
    size_t capacity;
    size_t head; /* where the oldest message starts */
    size_t used;
    uint8_t ring[];
};

ohm_err ohm_queue_new(size_t capacity, ohm_queue **ret_queue)
{
    assert(capacity > LENGTH_BYTES);
    ohm_queue *queue = malloc(sizeof *queue + capacity);
    if (!queue)
        return ohm_fail(OHM_NO_MEMORY, 0, "out of memory");
    queue->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (queue->fd < 0) {
        ohm_err err = ohm_err_errno(errno);
        free(queue);
        return err;
    }
    queue->drops = 0;
    queue->capacity = capacity;
    queue->head = 0;
    queue->used = 0;
    int failed = pthread_mutex_init(&queue->lock, NULL);
    assert(!failed); /* a default mutex needs nothing that could run out on Linux */
    *ret_queue = queue;
    return ohm_ok();
}

void ohm_queue_free(ohm_queue *queue)
{
    if (!queue)
        return;
    pthread_mutex_destroy(&queue->lock);
    (void)close(queue->fd);
    free(queue);
}

/* Copies into the ring after what is used, around its end. */
static void put(ohm_queue *queue, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    size_t at = (queue->head + queue->used) % queue->capacity;
    size_t first = queue->capacity - at < len ? queue->capacity - at : len;
    memcpy(queue->ring + at, bytes, first);
    if (len > first)
        memcpy(queue->ring, (const uint8_t *)bytes + first, len - first);
    queue->used += len;
}

static void look(const ohm_queue *queue, size_t skip, void *out, size_t len)
{
    if (len == 0)
        return;
    size_t at = (queue->head + skip) % queue->capacity;
    size_t first = queue->capacity - at < len ? queue->capacity - at : len;
    memcpy(out, queue->ring + at, first);
    if (len > first)
        memcpy((uint8_t *)out + first, queue->ring, len - first);
}

/* Both under the lock, so that the eventfd always tells the truth. Neither call can block. */
static void set_readable(ohm_queue *queue)
{
    uint64_t one = 1;
    ssize_t n = write(queue->fd, &one, sizeof one);
    assert(n == (ssize_t)sizeof one);
}

static void set_empty(ohm_queue *queue)
{
    uint64_t count;
    ssize_t n = read(queue->fd, &count, sizeof count);
    assert(n == (ssize_t)sizeof count);
}

ohm_code ohm_queue_push2(ohm_queue *queue, ohm_span head, ohm_span body)
{
    size_t room = queue->capacity - LENGTH_BYTES;
    if (head.len > room || body.len > room - head.len || head.len + body.len > UINT32_MAX)
        return OHM_TOO_BIG;
    uint32_t len = (uint32_t)(head.len + body.len);

    pthread_mutex_lock(&queue->lock);
    bool fits = LENGTH_BYTES + (size_t)len <= queue->capacity - queue->used;
    if (fits) {
        bool was_empty = queue->used == 0;
        put(queue, &len, sizeof len);
        put(queue, head.ptr, head.len);
        put(queue, body.ptr, body.len);
        if (was_empty)
            set_readable(queue);
    } else {
        queue->drops++;
    }
    pthread_mutex_unlock(&queue->lock);
    return fits ? OHM_OK : OHM_BUSY;
}

ohm_code ohm_queue_push(ohm_queue *queue, ohm_span message)
{
    return ohm_queue_push2(queue, message, ohm_span_of(NULL, 0));
}

ohm_code ohm_queue_pop(ohm_queue *queue, void *out, size_t cap, size_t *ret_len)
{
    ohm_code code = OHM_END;
    pthread_mutex_lock(&queue->lock);
    if (queue->used > 0) {
        uint32_t len;
        look(queue, 0, &len, sizeof len);
        *ret_len = len;
        code = len <= cap ? OHM_OK : OHM_TOO_BIG;
        if (code == OHM_OK) {
            look(queue, LENGTH_BYTES, out, len);
            queue->head = (queue->head + LENGTH_BYTES + len) % queue->capacity;
            queue->used -= LENGTH_BYTES + len;
            if (queue->used == 0)
                set_empty(queue);
        }
    }
    pthread_mutex_unlock(&queue->lock);
    return code;
}

bool ohm_queue_wait(ohm_queue *queue, int timeout_ms)
{
    struct pollfd p = { .fd = queue->fd, .events = POLLIN };
    return poll(&p, 1, timeout_ms) > 0; /* a signal ends the wait early: the caller waits again */
}

int ohm_queue_fd(const ohm_queue *queue)
{
    return queue->fd;
}

uint64_t ohm_queue_drops(ohm_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    uint64_t drops = queue->drops;
    pthread_mutex_unlock(&queue->lock);
    return drops;
}
