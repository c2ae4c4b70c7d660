/* A disk that refuses on demand: an SQLite VFS in front of the system's, and an allocator in
 * front of the C library's. The n-th write, sync or truncation fails (or the n-th allocation),
 * and all after it until the fault is cleared, if it is to last. For tests only. */
#ifndef OHM_TEST_FAULT_VFS_H
#define OHM_TEST_FAULT_VFS_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include <sqlite3.h>

typedef enum fault_kind {
    FAULT_NONE,
    FAULT_FULL, /* no space left: half of what was to be written is written */
    FAULT_IO,   /* the device reports an error */
    FAULT_MEMORY,
} fault_kind;

typedef struct fault_state {
    atomic_int kind;
    atomic_int left; /* calls until it strikes */
    atomic_bool lasting;
    atomic_int calls; /* that could have failed, since the last reset */
    sqlite3_vfs *real;
    sqlite3_mem_methods real_memory;
} fault_state;

static fault_state fault;

static inline void fault_set(fault_kind kind, int nth, bool lasting)
{
    fault.calls = 0;
    fault.left = nth;
    fault.lasting = lasting;
    fault.kind = kind;
}

static inline void fault_clear(void)
{
    fault.kind = FAULT_NONE;
}

/* Does this call fail? `memory`: it is an allocation. */
static inline bool fault_strikes(bool memory)
{
    int kind = fault.kind;
    fault.calls += memory == (kind == FAULT_MEMORY) ? 1 : 0;
    if (kind == FAULT_NONE || memory != (kind == FAULT_MEMORY))
        return false;
    int left = atomic_fetch_sub(&fault.left, 1);
    return left == 1 || (left < 1 && fault.lasting);
}

typedef struct fault_file {
    sqlite3_file base;
    sqlite3_file *real;
} fault_file;

static inline sqlite3_file *real_of(sqlite3_file *file)
{
    return ((fault_file *)file)->real;
}

static int fault_close(sqlite3_file *f)
{
    return real_of(f)->pMethods->xClose(real_of(f));
}

static int fault_read(sqlite3_file *f, void *out, int n, sqlite3_int64 at)
{
    return real_of(f)->pMethods->xRead(real_of(f), out, n, at);
}

static int fault_write(sqlite3_file *f, const void *in, int n, sqlite3_int64 at)
{
    if (!fault_strikes(false))
        return real_of(f)->pMethods->xWrite(real_of(f), in, n, at);
    if (fault.kind == FAULT_IO)
        return SQLITE_IOERR_WRITE;
    (void)real_of(f)->pMethods->xWrite(real_of(f), in, n / 2, at);
    return SQLITE_FULL;
}

static int fault_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    if (fault_strikes(false))
        return SQLITE_IOERR_TRUNCATE;
    return real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int fault_sync(sqlite3_file *f, int flags)
{
    if (fault_strikes(false))
        return SQLITE_IOERR_FSYNC;
    (void)f, (void)flags; /* no power cut is played here: a real sync would only cost time */
    return SQLITE_OK;
}

static int fault_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int fault_lock(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xLock(real_of(f), level);
}

static int fault_unlock(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int fault_reserved(sqlite3_file *f, int *out)
{
    return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}

static int fault_control(sqlite3_file *f, int op, void *arg)
{
    return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int fault_sector(sqlite3_file *f)
{
    return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int fault_device(sqlite3_file *f)
{
    return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int fault_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, out);
}

static int fault_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
    return real_of(f)->pMethods->xShmLock(real_of(f), at, n, flags);
}

static void fault_shm_barrier(sqlite3_file *f)
{
    real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int fault_shm_unmap(sqlite3_file *f, int erase)
{
    return real_of(f)->pMethods->xShmUnmap(real_of(f), erase);
}

static const sqlite3_io_methods fault_methods = {
    .iVersion = 2, /* no memory mapping: every write comes through here */
    .xClose = fault_close,
    .xRead = fault_read,
    .xWrite = fault_write,
    .xTruncate = fault_truncate,
    .xSync = fault_sync,
    .xFileSize = fault_size,
    .xLock = fault_lock,
    .xUnlock = fault_unlock,
    .xCheckReservedLock = fault_reserved,
    .xFileControl = fault_control,
    .xSectorSize = fault_sector,
    .xDeviceCharacteristics = fault_device,
    .xShmMap = fault_shm_map,
    .xShmLock = fault_shm_lock,
    .xShmBarrier = fault_shm_barrier,
    .xShmUnmap = fault_shm_unmap,
};

static int fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    (void)vfs;
    fault_file *f = (fault_file *)file;
    f->real = (sqlite3_file *)(f + 1);
    int result = fault.real->xOpen(fault.real, name, f->real, flags, out);
    f->base.pMethods = f->real->pMethods ? &fault_methods : NULL;
    return result;
}

static void *fault_malloc(int n)
{
    return fault_strikes(true) ? NULL : fault.real_memory.xMalloc(n);
}

static void *fault_realloc(void *old, int n)
{
    return fault_strikes(true) ? NULL : fault.real_memory.xRealloc(old, n);
}

/* Before anything else of SQLite. */
static inline bool fault_install(void)
{
    static sqlite3_vfs vfs;
    sqlite3_mem_methods memory;
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &fault.real_memory) != SQLITE_OK)
        return false;
    memory = fault.real_memory;
    memory.xMalloc = fault_malloc;
    memory.xRealloc = fault_realloc;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &memory) != SQLITE_OK)
        return false;
    fault.real = sqlite3_vfs_find(NULL);
    vfs = *fault.real;
    vfs.pNext = NULL;
    vfs.zName = "fault";
    vfs.szOsFile = (int)sizeof(fault_file) + fault.real->szOsFile;
    vfs.xOpen = fault_open;
    return sqlite3_vfs_register(&vfs, 1) == SQLITE_OK;
}

#endif
