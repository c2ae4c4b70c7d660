/* A store in a folder of its own for each test, and small callbacks that collect rows. */
#ifndef OHM_TEST_STORE_FIXTURE_H
#define OHM_TEST_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "store/postgres.h"
#include "store/reader.h"
#include "store/store.h"
#include "store_folder.h"

typedef struct fixture {
    char dir[STORE_FOLDER_MAX];
    char path[64];
    ohm_store *store;
} fixture;

/* Nothing is committed unless asked for. */
static inline ohm_store *fixture_open(const fixture *f)
{
    ohm_store *store = NULL;
    ohm_store_options options = { .path = f->path, .group_commit_ms = 3600000 };
    ohm_err err = ohm_store_open(&options, &store);
    if (ohm_failed(err))
        fail_msg("open: %s", err.what);
    assert_int_equal(ohm_store_set_device(store, 0, "home/ground/main").code, OHM_OK);
    return store;
}

static inline ohm_reader *fixture_read(const fixture *f)
{
    ohm_reader *reader = NULL;
    ohm_err err = ohm_reader_open(f->path, &reader);
    if (ohm_failed(err))
        fail_msg("open to read: %s (%s %s)", err.what, f->dir,
                 access(f->dir, F_OK) ? "was removed by another program" : "is there");
    return reader;
}

/* OHM_TEST_POSTGRES="HOST PORT PASSWORD_FILE" (tests/peer/postgres.py): the same tests with the
 * history in a schema of its own on that server. */
static inline const ohm_postgres_config *fixture_place(const fixture *f, ohm_postgres_config *out)
{
    const char *place = getenv("OHM_TEST_POSTGRES");
    char file[200];
    if (!place)
        return NULL;
    *out = (ohm_postgres_config){ .database = "ohm", .user = "ohm", .tls = "disable" };
    assert_int_equal(sscanf(place, "%255s %7s %199s", out->host, out->port, file), 3);
    snprintf(out->password, sizeof out->password, "file %s", file);
    snprintf(out->schema, sizeof out->schema, "%s", strrchr(f->dir, '/') + 1);
    return out;
}

static inline bool fixture_far(const fixture *f)
{
    ohm_postgres_config config;
    ohm_store *store;
    ohm_store_options options = { .path = f->path, .postgres = fixture_place(f, &config) };
    if (!options.postgres)
        return true;
    ohm_err err = ohm_store_open(&options, &store);
    if (ohm_failed(err)) {
        print_error("with its history in PostgreSQL: %s\n", err.what);
        return false;
    }
    ohm_store_close(store);
    return true;
}

static inline int fixture_folder(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    if (!store_folder_make(f->dir))
        return -1;
    snprintf(f->path, sizeof f->path, "%s/ohmstead.db", f->dir);
    *state = f;
    return fixture_far(f) ? 0 : -1;
}

static inline int fixture_setup(void **state)
{
    if (fixture_folder(state) != 0)
        return -1;
    fixture *f = *state;
    f->store = fixture_open(f);
    return 0;
}

static inline int fixture_teardown(void **state)
{
    fixture *f = *state;
    ohm_store_close(f->store);
    bool removed = store_folder_remove(f->dir);
    free(f);
    return removed ? 0 : -1;
}

static inline void fixture_reopen(fixture *f)
{
    ohm_store_close(f->store);
    f->store = fixture_open(f);
}

static inline void fixture_commit(const fixture *f)
{
    assert_int_equal(ohm_store_commit_wait(f->store).code, OHM_OK);
}

static inline void fixture_frame(const fixture *f, ohm_ms time_ms, ohm_quantity_id quantity,
                                 int64_t value)
{
    ohm_frame frame = { .device = 0, .count = 1, .time_ms = time_ms };
    frame.values[0] = (ohm_value){ (uint16_t)quantity, OHM_QUALITY_GOOD, value };
    assert_int_equal(ohm_store_frame(f->store, &frame), OHM_OK);
}

typedef struct buckets {
    uint32_t count;
    ohm_bucket items[OHM_BUCKETS_MAX];
} buckets;

static inline bool collect_bucket(void *ctx, const ohm_bucket *bucket)
{
    buckets *all = ctx;
    assert_true(all->count < OHM_BUCKETS_MAX);
    all->items[all->count++] = *bucket;
    return true;
}

/* The store's time of tests: 2026-11-22T00:00:00Z. */
#define T0 INT64_C(1795305600000)

#endif
