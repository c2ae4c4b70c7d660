/* Invocation counters that outlive a run: nobody gets a number twice, whoever asks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>

#include "host/paths.h"
#include "meter/counter_folder.h"

enum { BORROWERS = 4, LOANS = 5, COUNT = 100, FIRST = 5000, KEY = 0x1234abcd };

static const uint8_t title[OHM_COUNTER_TITLE_LEN] = "OHM\x01\x02\x03\x04\x05";
static char root[] = "/tmp/ohm-counters-XXXXXX";
static ohm_counter_folder folder;
static ohm_counter_lender lender;

static void remove_file(const char *name)
{
    char path[OHM_PATH_MAX];
    if (!ohm_failed(ohm_path_join(folder.path, name, path)))
        (void)unlink(path);
}

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(root, sizeof root, "%s", "/tmp/ohm-counters-XXXXXX");
    if (!mkdtemp(root) || ohm_failed(ohm_counter_folder_init(&folder, root)))
        return -1;
    lender = ohm_counter_folder_lender(&folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    remove_file("lock");
    remove_file("title");
    remove_file("4f484d0102030405-1234abcd");
    remove_file("4f484d0102030405-00000001");
    (void)rmdir(folder.path);
    ohm_counter_folder_release(&folder);
    return rmdir(root);
}

static ohm_code lend(uint32_t key_id, uint32_t at_least, uint32_t *ret_first)
{
    return lender.lend(lender.ctx, title, key_id, at_least, COUNT, ret_first).code;
}

static void write_file(const char *name, const char *text)
{
    char path[OHM_PATH_MAX];
    assert_false(ohm_failed(ohm_path_join(folder.path, name, path)));
    assert_false(ohm_failed(ohm_file_write(path, ohm_span_text(text), 0600)));
}

static void stretches_follow_each_other(void **state)
{
    (void)state;
    uint32_t first = 0;
    assert_int_equal(lend(KEY, 0, &first), OHM_UNKNOWN); /* nobody knows any: no guess */
    assert_int_equal(lend(KEY, FIRST, &first), OHM_OK);
    assert_int_equal(first, FIRST);
    assert_int_equal(lend(KEY, FIRST, &first), OHM_OK); /* whoever thinks that it is the next */
    assert_int_equal(first, FIRST + COUNT);
    assert_int_equal(lend(KEY, 0, &first), OHM_OK);
    assert_int_equal(first, FIRST + 2 * COUNT);
    assert_int_equal(lend(KEY, 9000, &first), OHM_OK); /* a meter waits for that */
    assert_int_equal(first, 9000);
    assert_int_equal(lend(1, FIRST, &first), OHM_OK); /* another key has its own */
    assert_int_equal(first, FIRST);
    assert_int_equal(lend(KEY, UINT32_MAX - COUNT + 1, &first), OHM_RANGE);
    assert_int_equal(lend(KEY, 0, &first), OHM_OK);
    assert_int_equal(first, 9000 + COUNT);
}

static void what_is_damaged_is_not_guessed(void **state)
{
    (void)state;
    static const char *const texts[] = { "",     "\n",  "5000",         "x\n",
                                         "-1\n", "0\n", "4294967296\n", "5000\n6000\n" };
    uint32_t first = 0;
    uint8_t ours[OHM_COUNTER_TITLE_LEN];
    assert_int_equal(lend(KEY, FIRST, &first), OHM_OK);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_file("4f484d0102030405-1234abcd", texts[i]);
        assert_int_equal(lend(KEY, FIRST, &first), OHM_BAD_FORMAT);
        write_file("title", texts[i]);
        assert_int_equal(lender.title(lender.ctx, ours).code, OHM_BAD_FORMAT);
    }
    write_file("title", "4f484d01020304zz\n");
    assert_int_equal(lender.title(lender.ctx, ours).code, OHM_BAD_FORMAT);
}

static void a_title_is_made_once(void **state)
{
    (void)state;
    uint8_t ours[OHM_COUNTER_TITLE_LEN], again[OHM_COUNTER_TITLE_LEN];
    assert_false(ohm_failed(lender.title(lender.ctx, ours)));
    assert_memory_equal(ours, "OHM", 3);
    assert_false(ohm_failed(lender.title(lender.ctx, again)));
    assert_memory_equal(ours, again, sizeof ours);
    remove_file("title");
    assert_false(ohm_failed(lender.title(lender.ctx, again)));
    assert_memory_not_equal(ours, again, sizeof ours);
}

static void *borrow(void *ctx)
{
    uint32_t *firsts = ctx;
    for (int i = 0; i < LOANS; i++)
        firsts[i] = lend(KEY, FIRST, &firsts[i]) == OHM_OK ? firsts[i] : 0;
    return NULL;
}

static void nobody_gets_a_number_twice(void **state)
{
    (void)state;
    static uint32_t firsts[BORROWERS][LOANS];
    pthread_t threads[BORROWERS];
    bool taken[BORROWERS * LOANS] = { false };
    for (int i = 0; i < BORROWERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, borrow, firsts[i]), 0);
    for (int i = 0; i < BORROWERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < BORROWERS * LOANS; i++) {
        uint32_t at = firsts[i / LOANS][i % LOANS] - FIRST;
        assert_true(at % COUNT == 0 && at / COUNT < BORROWERS * LOANS && !taken[at / COUNT]);
        taken[at / COUNT] = true;
    }
}

static void a_folder_that_cannot_be(void **state)
{
    (void)state;
    uint32_t first = 0;
    ohm_counter_folder nowhere;
    assert_false(ohm_failed(ohm_counter_folder_init(&nowhere, "/dev/null")));
    const ohm_counter_lender l = ohm_counter_folder_lender(&nowhere);
    const ohm_err err = l.lend(l.ctx, title, KEY, FIRST, COUNT, &first);
    assert_string_equal(err.what, "the state folder can't keep the invocation counters");
    ohm_counter_folder_release(&nowhere);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(stretches_follow_each_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_damaged_is_not_guessed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_title_is_made_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_gets_a_number_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_that_cannot_be, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
