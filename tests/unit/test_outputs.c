#include "cmd/outputs.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/clock.h"
#include "host/file.h"

typedef struct folder {
    char path[64], lock[128], config[128];
} folder;

static int set_up(void **state)
{
    folder *f = calloc(1, sizeof *f);
    assert_non_null(f);
    (void)snprintf(f->path, sizeof f->path, "/tmp/ohm-outputs-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    (void)snprintf(f->lock, sizeof f->lock, "%s/%s", f->path, OHM_OUTPUTS_LOCK);
    (void)snprintf(f->config, sizeof f->config, "%s/%s", f->path, OHM_OUTPUTS_CONFIG);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    folder *f = *state;
    char aborts[128];
    (void)snprintf(aborts, sizeof aborts, "%s/%s", f->path, OHM_ABORTS_FILE);
    (void)unlink(aborts);
    (void)unlink(f->lock);
    (void)unlink(f->config);
    assert_int_equal(rmdir(f->path), 0);
    free(f);
    return 0;
}

/* What one says is what the next one hears. */
static ohm_outputs_said said_again(const folder *f, const ohm_outputs_said *what)
{
    ohm_outputs o;
    assert_false(ohm_failed(ohm_outputs_take(f->path, true, &o)));
    assert_false(ohm_failed(ohm_outputs_say(&o, what)));
    ohm_outputs_drop(&o);
    assert_false(ohm_failed(ohm_outputs_take(f->path, false, &o)));
    ohm_outputs_drop(&o);
    return o.said;
}

static void what_is_said_is_heard(void **state)
{
    const folder *f = *state;
    ohm_outputs o;
    assert_int_equal(ohm_outputs_take(f->path, false, &o).code, OHM_UNKNOWN);
    assert_int_equal(ohm_outputs_look(f->path, &o.said).code, OHM_UNKNOWN);
    for (int word = OHM_OUTPUTS_FREE; word <= OHM_OUTPUTS_STOPS; word++)
        for (int mode = 0; mode < OHM_RUN_MODES_COUNT; mode++) {
            const ohm_outputs_said what = { .word = (ohm_outputs_word)word,
                                            .boot_id = UINT64_MAX - 1,
                                            .begun = { 123456 },
                                            .mode = (ohm_run_mode)mode,
                                            .config = UINT64_MAX };
            ohm_outputs_said heard = said_again(f, &what);
            assert_int_equal(heard.word, what.word);
            assert_int_equal(heard.mode, what.mode);
            assert_int_equal(heard.begun.v, what.begun.v);
            assert_true(heard.boot_id == what.boot_id && heard.config == what.config);
        }
}

/* Who looks takes no lock, and needs none: a supervisor asks for it once. */
static void what_is_held_is_seen(void **state)
{
    const folder *f = *state;
    const ohm_outputs_said what = { .word = OHM_OUTPUTS_HELD, .boot_id = 7, .begun = { 9 } };
    ohm_outputs held;
    ohm_outputs_said seen;
    assert_false(ohm_failed(ohm_outputs_take(f->path, true, &held)));
    assert_false(ohm_failed(ohm_outputs_say(&held, &what)));
    assert_false(ohm_failed(ohm_outputs_look(f->path, &seen)));
    ohm_outputs_drop(&held);
    assert_int_equal(seen.word, OHM_OUTPUTS_HELD);
    assert_true(seen.boot_id == 7);
}

/* Of a version that said neither mode nor configuration; and what is nobody's. */
static void older_and_damaged_ones_are_heard(void **state)
{
    const folder *f = *state;
    static const struct {
        const char *why, *text;
        size_t len;
        ohm_outputs_word word;
        int64_t begun;
    } rows[] = {
        { "of an older version", "held 0000000000000007 0000000000000009\n", 40, OHM_OUTPUTS_HELD,
          9 },
        { "an older version's over a newer one's",
          "held 0000000000000007 0000000000000009\n\0"
          "1 00000000000000ff\n",
          58, OHM_OUTPUTS_HELD, 9 },
        { "cut short", "held 0000000000000007", 21, OHM_OUTPUTS_FREE, 0 },
        { "nothing", "", 0, OHM_OUTPUTS_FREE, 0 },
        { "a mode that nobody knows", "held 0000000000000007 0000000000000009 9 00000000000000ff\n",
          58, OHM_OUTPUTS_HELD, 9 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ohm_outputs o;
        int fd = open(f->lock, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_true(write(fd, rows[i].text, rows[i].len) == (ssize_t)rows[i].len);
        (void)close(fd);
        assert_false(ohm_failed(ohm_outputs_take(f->path, true, &o)));
        ohm_outputs_drop(&o);
        if (o.said.word != rows[i].word || o.said.begun.v != rows[i].begun ||
            o.said.mode != OHM_RUN_NORMAL || o.said.config != 0)
            fail_msg("%s: word %d", rows[i].why, o.said.word);
    }
}

static void a_configuration_is_kept_with_its_mark(void **state)
{
    const folder *f = *state;
    const ohm_span first = ohm_span_text("site: {id: a}\n"),
                   second = ohm_span_text("site: {id: b}");
    uint64_t mark = 0, other = 0;
    uint8_t *yaml = NULL;
    size_t len = 0;
    struct stat before, after;
    assert_int_equal(ohm_outputs_kept(f->path, 0, &yaml, &len).code, OHM_UNKNOWN);
    assert_false(ohm_failed(ohm_outputs_keep(f->path, first, &mark)));
    assert_true(mark != 0 && mark == ohm_outputs_mark(first));
    assert_int_equal(stat(f->config, &before), 0);
    assert_int_equal(before.st_mode & 0777, 0600);
    assert_false(ohm_failed(ohm_outputs_keep(f->path, first, &mark)));
    assert_int_equal(stat(f->config, &after), 0);
    assert_true(before.st_ino == after.st_ino); /* a card is not worn by the same again */
    assert_false(ohm_failed(ohm_outputs_kept(f->path, mark, &yaml, &len)));
    assert_true(ohm_span_equal(ohm_span_of(yaml, len), first));
    free(yaml);
    assert_false(ohm_failed(ohm_outputs_keep(f->path, second, &other)));
    assert_true(other != mark);
    assert_int_equal(ohm_outputs_kept(f->path, mark, &yaml, &len).code, OHM_UNKNOWN);
    assert_int_equal(ohm_outputs_kept(f->path, 0, &yaml, &len).code, OHM_UNKNOWN);
}

static void change_nothing(ohm_abort_record *record, void *ctx)
{
    (void)record;
    (void)ctx;
}

/* The end that nobody saw has the mode of its run; one that was being stopped was killed. */
static void an_end_that_nobody_saw_is_noted_as_it_was(void **state)
{
    const folder *f = *state;
    static const struct {
        const char *why;
        ohm_outputs_word word;
        bool other_boot;
        unsigned total;
        ohm_abort_cause cause;
    } rows[] = {
        { "let go of", OHM_OUTPUTS_FREE, false, 0, OHM_ABORT_UNSEEN },
        { "restored, but for one", OHM_OUTPUTS_PARTLY, false, 0, OHM_ABORT_UNSEEN },
        { "a power cut", OHM_OUTPUTS_HELD, true, 0, OHM_ABORT_UNSEEN },
        { "in its work", OHM_OUTPUTS_HELD, false, 1, OHM_ABORT_UNSEEN },
        { "as it stopped", OHM_OUTPUTS_STOPS, false, 2, OHM_ABORT_KILLED },
    };
    ohm_abort_record r;
    assert_false(ohm_failed(ohm_aborts_change(f->path, change_nothing, NULL, NULL)));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const ohm_outputs o = {
            .lock = -1,
            .said = { .word = rows[i].word,
                      .boot_id = ohm_clock_boot_id() + rows[i].other_boot,
                      .begun = { ohm_clock_mono().v - (int64_t)i * OHM_MINUTE_MS },
                      .mode = OHM_RUN_SAFE },
        };
        ohm_outputs_note_end(f->path, &o, OHM_ABORT_OUTPUTS_LEFT, NULL);
        assert_false(ohm_failed(ohm_aborts_read(f->path, &r)));
        if (r.total != rows[i].total ||
            (r.total > 0 && (r.items[0].cause != rows[i].cause || r.items[0].mode != OHM_RUN_SAFE)))
            fail_msg("%s: %u", rows[i].why, r.total);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_said_is_heard, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_held_is_seen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(older_and_damaged_ones_are_heard, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_configuration_is_kept_with_its_mark, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_end_that_nobody_saw_is_noted_as_it_was, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
