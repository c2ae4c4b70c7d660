#include "host/pages.h"

#include <malloc.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

void ohm_pages_give_back(void *memory, size_t len)
{
    long page = sysconf(_SC_PAGESIZE);
    if (page <= 0)
        return;
    size_t size = (size_t)page, skip = (size - (uintptr_t)memory % size) % size;
    if (len < skip || (len - skip) / size == 0)
        return;
    /* Where the system can't, the memory is only kept. */
    (void)madvise((char *)memory + skip, (len - skip) / size * size, MADV_DONTNEED);
}

void ohm_pages_give_back_freed(void)
{
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}
