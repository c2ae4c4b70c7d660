#include "cmd/abort_record.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { BOOT = 7, OTHER_BOOT = 8 };

static ohm_abort abort_at(int64_t minute, ohm_abort_cause cause, ohm_run_mode mode)
{
    return (ohm_abort){
        .utc_ms = 1700000000000 + minute * OHM_MINUTE_MS,
        .mono = { minute * OHM_MINUTE_MS },
        .boot_id = BOOT,
        .cause = cause,
        .signal = SIGSEGV,
        .mode = mode,
        .build = "0123",
    };
}

/* Each row is a story: what ended the daemon at which minute, and how the next run has to be. A
 * letter is an abort: f, m, h, e count, k only with others, u with others or in a slow loop, o is a
 * fault of another boot, L is a person who leaves the safe mode, Q a quiet time that is over. */
static void a_crash_loop_ends_in_safe_mode(void **state)
{
    (void)state;
    static const struct {
        const char *why, *story;
        int minutes[8];
        ohm_run_mode mode;
        unsigned quiet_h;
    } rows[] = {
        { "nothing happened", "", { 0 }, OHM_RUN_NORMAL, 6 },
        { "two are not three", "ff", { 1, 2 }, OHM_RUN_NORMAL, 6 },
        { "three within ten minutes", "ffh", { 1, 5, 11 }, OHM_RUN_SAFE, 6 },
        { "of whatever cause", "mhe", { 1, 2, 3 }, OHM_RUN_SAFE, 6 },
        { "not within ten minutes", "fff", { 1, 5, 12 }, OHM_RUN_NORMAL, 6 },
        { "killed from outside four times", "kkkk", { 1, 1, 2, 2 }, OHM_RUN_NORMAL, 6 },
        { "over and over: it may be its own fault", "kkkkk", { 1, 1, 1, 2, 2 }, OHM_RUN_SAFE, 6 },
        { "not within ten minutes", "kkkkk", { 1, 1, 1, 2, 12 }, OHM_RUN_NORMAL, 6 },
        { "killed with faults between", "kfkfk", { 1, 1, 2, 2, 3 }, OHM_RUN_SAFE, 6 },
        { "each hour or so", "fffff", { 1, 80, 160, 280, 361 }, OHM_RUN_SAFE, 6 },
        { "not within six hours", "fffff", { 1, 80, 160, 280, 362 }, OHM_RUN_NORMAL, 6 },
        { "kills are no slow loop", "kkfff", { 1, 80, 160, 280, 300 }, OHM_RUN_NORMAL, 6 },
        { "ends that nobody saw", "uuu", { 1, 2, 3 }, OHM_RUN_NORMAL, 6 },
        { "over and over", "uuuuu", { 1, 2, 3, 4, 5 }, OHM_RUN_SAFE, 6 },
        { "each hour or so", "uufuu", { 1, 80, 160, 280, 361 }, OHM_RUN_SAFE, 6 },
        { "with kills among them", "uukuu", { 1, 80, 160, 280, 361 }, OHM_RUN_NORMAL, 6 },
        { "unseen in safe mode", "fffuu", { 1, 2, 3, 4, 5 }, OHM_RUN_BARE, 6 },
        { "unseen within the hour", "fffQu", { 1, 2, 3, 363, 364 }, OHM_RUN_SAFE, 12 },
        { "between two kills", "fkfkf", { 1, 1, 2, 2, 3 }, OHM_RUN_SAFE, 6 },
        { "a reboot between them", "oof", { 1, 1, 2 }, OHM_RUN_NORMAL, 6 },
        { "one in safe mode", "ffff", { 1, 2, 3, 4 }, OHM_RUN_SAFE, 6 },
        { "two in safe mode: not even meters", "fffff", { 1, 2, 3, 4, 5 }, OHM_RUN_BARE, 6 },
        { "two of it, hours apart", "fffff", { 1, 2, 3, 400, 800 }, OHM_RUN_SAFE, 6 },
        { "killed in safe mode", "fffkkk", { 1, 2, 3, 4, 5, 6 }, OHM_RUN_SAFE, 6 },
        { "a person leaves it", "fffL", { 1, 2, 3, 4 }, OHM_RUN_NORMAL, 6 },
        { "what was before counts no more", "fffLff", { 1, 2, 3, 4, 5, 6 }, OHM_RUN_NORMAL, 6 },
        { "three more do", "fffLfff", { 1, 2, 3, 4, 5, 6, 7 }, OHM_RUN_SAFE, 6 },
        { "quiet for long", "fffQ", { 1, 2, 3, 363 }, OHM_RUN_NORMAL, 6 },
        { "once more within the hour", "fffQf", { 1, 2, 3, 363, 423 }, OHM_RUN_SAFE, 12 },
        { "later it is one of three", "fffQf", { 1, 2, 3, 363, 424 }, OHM_RUN_NORMAL, 6 },
        { "killed within the hour", "fffQk", { 1, 2, 3, 363, 364 }, OHM_RUN_NORMAL, 6 },
        { "a day at the most", "fffQfQfQf", { 1, 2, 3, 4, 5, 6, 7, 8 }, OHM_RUN_SAFE, 24 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_abort_record r;
        ohm_aborts_init(&r);
        for (size_t k = 0; rows[i].story[k]; k++) {
            static const char causes[] = "fkmheu";
            char what = rows[i].story[k];
            int64_t minute = k < 8 ? rows[i].minutes[k] : 9;
            const char *cause = strchr(causes, what);
            ohm_abort a = abort_at(
                minute, cause ? (ohm_abort_cause)(cause - causes) : OHM_ABORT_FAULT, r.mode);
            a.boot_id = what == 'o' ? OTHER_BOOT : BOOT;
            if (what == 'L')
                ohm_aborts_leave(&r, BOOT, a.mono);
            else if (what == 'Q')
                ohm_aborts_calm(&r, BOOT, a.mono);
            else
                ohm_aborts_add(&r, &a);
        }
        if (r.mode != rows[i].mode || r.quiet_h != rows[i].quiet_h)
            fail_msg("%s: %s, %u h", rows[i].why, ohm_run_mode_name(r.mode), r.quiet_h);
    }
}

/* A service that was started again at once: the new daemon and the last one's supervisor both
 * write its end down. */
static void an_end_that_two_tell_is_one(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int first_ran_s, second_ran_s, apart_s;
        bool first_knows, second_knows;
        unsigned total;
    } rows[] = {
        { "the start first", 101, 100, 1, false, true, 1 },
        { "the supervisor first", 100, 105, -5, true, false, 1 },
        { "two runs, one after the other", 100, 3, -5, true, false, 2 },
        { "two that were both seen", 100, 100, 0, true, true, 2 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_abort_record r;
        ohm_aborts_init(&r);
        ohm_abort first = abort_at(10, OHM_ABORT_KILLED, OHM_RUN_NORMAL);
        ohm_abort second = abort_at(10, OHM_ABORT_KILLED, OHM_RUN_NORMAL);
        first.ran_s = (uint32_t)rows[i].first_ran_s;
        second.ran_s = (uint32_t)rows[i].second_ran_s;
        second.mono.v -= rows[i].apart_s * OHM_SECOND_MS;
        if (!rows[i].first_knows)
            first.build[0] = '\0';
        if (!rows[i].second_knows)
            second.build[0] = '\0';
        else
            second.cause = OHM_ABORT_FAULT;
        first.outputs = OHM_ABORT_OUTPUTS_RESTORED;
        second.outputs = OHM_ABORT_OUTPUTS_LEFT;
        ohm_aborts_add(&r, &first);
        ohm_aborts_add(&r, &second);
        if (r.total != rows[i].total || (r.total == 1 && !r.items[0].build[0]))
            fail_msg("%s: %u", rows[i].why, r.total);
        if (!rows[i].first_knows) /* and what it knew of the outputs stays */
            assert_int_equal(r.items[0].outputs, OHM_ABORT_OUTPUTS_RESTORED);
    }
}

static void the_newest_are_kept(void **state)
{
    (void)state;
    ohm_abort_record r;
    ohm_aborts_init(&r);
    for (int i = 0; i < 20; i++) {
        ohm_abort a = abort_at(100 * i, OHM_ABORT_FAULT, OHM_RUN_NORMAL);
        ohm_aborts_add(&r, &a);
    }
    assert_int_equal(r.total, 20);
    assert_int_equal(r.count, OHM_ABORTS_KEPT);
    assert_int_equal(r.items[0].mono.v, INT64_C(1900) * OHM_MINUTE_MS);
    assert_int_equal(r.items[7].mono.v, INT64_C(1200) * OHM_MINUTE_MS);
}

static ohm_abort_record full_record(void)
{
    ohm_abort_record r;
    ohm_aborts_init(&r);
    for (int i = 0; i < OHM_ABORTS_KEPT; i++) {
        ohm_abort a = abort_at(i, OHM_ABORT_HUNG, OHM_RUN_SAFE);
        a.outputs = OHM_ABORT_OUTPUTS_PARTLY;
        a.ran_s = UINT32_MAX;
        a.events_count = OHM_ABORT_EVENTS;
        for (int k = 0; k < OHM_ABORT_EVENTS; k++)
            a.events[k] = (ohm_abort_event){ (uint8_t)k, 0xffff, (uint32_t)k };
        memset(a.build, 'a', sizeof a.build - 1);
        ohm_aborts_add(&r, &a);
    }
    r.seq = 41;
    r.told = 3;
    return r;
}

static void a_copy_is_read_as_it_was_written(void **state)
{
    (void)state;
    static uint8_t bytes[OHM_ABORTS_BYTES], again[OHM_ABORTS_BYTES];
    ohm_abort_record r = full_record(), read;
    ohm_aborts_encode(&r, bytes);
    assert_int_equal(ohm_aborts_decode(ohm_span_of(bytes, sizeof bytes), &read), OHM_OK);
    ohm_aborts_encode(&read, again);
    assert_memory_equal(bytes, again, sizeof bytes);
    assert_int_equal(read.items[0].events[7].device, 0xffff);
    assert_int_equal(read.told, 3);
}

static void a_damaged_copy_is_none(void **state)
{
    (void)state;
    static uint8_t bytes[OHM_ABORTS_BYTES];
    ohm_abort_record r = full_record(), read = { .seq = 99 };
    ohm_aborts_encode(&r, bytes);
    for (size_t at = 0; at < sizeof bytes; at += 7) {
        bytes[at] ^= 0x10;
        assert_int_not_equal(ohm_aborts_decode(ohm_span_of(bytes, sizeof bytes), &read), OHM_OK);
        bytes[at] ^= 0x10;
    }
    for (size_t len = 0; len < sizeof bytes; len += 511)
        assert_int_not_equal(ohm_aborts_decode(ohm_span_of(bytes, len), &read), OHM_OK);
    assert_int_equal(read.seq, 99);
}

static void add_one(ohm_abort_record *record, void *ctx)
{
    ohm_abort a = abort_at(*(int *)ctx, OHM_ABORT_FAULT, OHM_RUN_NORMAL);
    ohm_aborts_add(record, &a);
}

/* As far as it can be read. */
static void load(const char *folder, ohm_abort_record *out)
{
    ohm_err err = ohm_aborts_read(folder, out);
    assert_true(!ohm_failed(err) || out->total == 0);
}

static void change_byte(const char *path, long at)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_equal(fseek(file, at, SEEK_SET), 0);
    assert_int_equal(fputc(byte ^ 1, file), byte ^ 1);
    assert_int_equal(fclose(file), 0);
}

/* A power cut in the middle of a write leaves the copy of before. */
static void one_of_two_copies_is_enough(void **state)
{
    (void)state;
    char folder[] = "/tmp/ohm-aborts-XXXXXX", path[64];
    struct stat st;
    ohm_abort_record r;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/" OHM_ABORTS_FILE, folder);
    load(folder, &r);
    assert_int_equal(r.total, 0);
    for (int i = 1; i <= 2; i++) {
        assert_false(ohm_failed(ohm_aborts_change(folder, add_one, &i, &r)));
        assert_int_equal(r.total, i);
        assert_int_equal(stat(path, &st), 0); /* all its room from the first time on */
        assert_int_equal(st.st_size, 2 * OHM_ABORTS_BYTES);
        assert_int_equal(st.st_mode & 07777, 0600);
    }
    load(folder, &r);
    assert_int_equal(r.total, 2);
    assert_int_equal(r.seq, 3);
    change_byte(path, (long)(r.seq % 2) * OHM_ABORTS_BYTES + 100);
    load(folder, &r);
    assert_int_equal(r.total, 1);
    change_byte(path, (long)(r.seq % 2) * OHM_ABORTS_BYTES + 100);
    load(folder, &r);
    assert_int_equal(r.total, 0);
    assert_int_equal(r.mode, OHM_RUN_NORMAL);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* A folder with a record of two aborts. */
static void record_of_two(char folder[static 32], char path[static 64])
{
    (void)snprintf(folder, 32, "/tmp/ohm-aborts-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, 64, "%s/" OHM_ABORTS_FILE, folder);
    for (int i = 1; i <= 2; i++)
        assert_false(ohm_failed(ohm_aborts_change(folder, add_one, &i, NULL)));
}

/* What is there is neither erased nor forgotten. */
static void what_cannot_be_read_is_kept(void **state)
{
    (void)state;
    char folder[32], path[64], aside[64], before[OHM_ABORTS_BYTES], after[OHM_ABORTS_BYTES];
    ohm_abort_record r;
    int minute = 3;
    record_of_two(folder, path);
    assert_false(ohm_failed(ohm_aborts_put_aside(folder))); /* it is good */
    change_byte(path, 100);
    change_byte(path, OHM_ABORTS_BYTES + 100);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(pread(fd, before, sizeof before, 0), sizeof before);
    assert_int_equal(ohm_aborts_change(folder, add_one, &minute, &r).code, OHM_BAD_FORMAT);
    assert_int_equal(r.total, 1);
    assert_int_equal(pread(fd, after, sizeof after, 0), sizeof after);
    assert_memory_equal(before, after, sizeof after);
    assert_int_equal(ohm_aborts_put_aside(folder).code, OHM_BAD_FORMAT);
    assert_int_equal(close(fd), 0);
    assert_false(ohm_failed(ohm_aborts_change(folder, add_one, &minute, &r)));
    assert_int_equal(unlink(path), 0);
    (void)snprintf(aside, sizeof aside, "%s/" OHM_ABORTS_ASIDE, folder);
    assert_int_equal(unlink(aside), 0);
    assert_int_equal(rmdir(folder), 0);
}

/* One that can't be written now is followed all the same: two before and this one are three. */
static void what_cannot_be_written_is_read(void **state)
{
    (void)state;
    char folder[32], path[64];
    ohm_abort_record r;
    int minute = 3;
    record_of_two(folder, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0); /* by one who was stopped */
    assert_int_equal(ohm_aborts_change_now(folder, add_one, &minute, &r).code, OHM_BUSY);
    assert_int_equal(r.total, 3);
    assert_int_equal(r.mode, OHM_RUN_SAFE);
    assert_int_equal(close(fd), 0);
    load(folder, &r);
    assert_int_equal(r.total, 2);
    assert_int_equal(chmod(path, 0400), 0);
    if (geteuid() != 0) /* whom no mode keeps out */
        assert_true(ohm_failed(ohm_aborts_change(folder, add_one, &minute, &r)));
    else
        assert_false(ohm_failed(ohm_aborts_change(folder, add_one, &minute, &r)));
    assert_int_equal(r.mode, OHM_RUN_SAFE);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void signals_have_names(void **state)
{
    (void)state;
    static const struct {
        uint8_t number;
        const char *name;
    } rows[] = { { 0, "" }, { SIGSEGV, "SIGSEGV" }, { SIGKILL, "SIGKILL" }, { 200, "200" } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[16];
        ohm_abort_signal_name(rows[i].number, name);
        assert_string_equal(name, rows[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crash_loop_ends_in_safe_mode),
        cmocka_unit_test(an_end_that_two_tell_is_one),
        cmocka_unit_test(the_newest_are_kept),
        cmocka_unit_test(a_copy_is_read_as_it_was_written),
        cmocka_unit_test(a_damaged_copy_is_none),
        cmocka_unit_test(one_of_two_copies_is_enough),
        cmocka_unit_test(what_cannot_be_read_is_kept),
        cmocka_unit_test(what_cannot_be_written_is_read),
        cmocka_unit_test(signals_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
