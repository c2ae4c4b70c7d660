#include "host/queue.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/ring.h"
#include "host/syserr.h"

struct ohm_queue {
    pthread_mutex_t lock;
    int fd;
    uint64_t drops;
    ohm_ring ring;
    uint8_t bytes[];
};

ohm_err ohm_queue_new(size_t capacity, ohm_queue **ret_queue)
{
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
    ohm_ring_init(&queue->ring, queue->bytes, capacity);
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
    pthread_mutex_lock(&queue->lock);
    bool was_empty = ohm_ring_used(&queue->ring) == 0;
    ohm_code code = ohm_ring_push(&queue->ring, head, body);
    if (code == OHM_OK && was_empty)
        set_readable(queue);
    if (code == OHM_BUSY)
        queue->drops++;
    pthread_mutex_unlock(&queue->lock);
    return code;
}

ohm_code ohm_queue_push(ohm_queue *queue, ohm_span message)
{
    return ohm_queue_push2(queue, message, ohm_span_of(NULL, 0));
}

ohm_code ohm_queue_pop(ohm_queue *queue, void *out, size_t cap, size_t *ret_len)
{
    ohm_code code = OHM_END;
    pthread_mutex_lock(&queue->lock);
    uint64_t cursor = queue->ring.head;
    if (ohm_ring_used(&queue->ring) > 0)
        code = ohm_ring_peek(&queue->ring, &cursor, out, cap, ret_len);
    if (code == OHM_OK) {
        ohm_ring_discard(&queue->ring, cursor);
        if (ohm_ring_used(&queue->ring) == 0)
            set_empty(queue);
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
