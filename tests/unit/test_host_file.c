#include "host/file.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/random.h"
#include "host/syserr.h"

static char dir[] = "/tmp/ohm_file_XXXXXX";

static const char *in_dir(const char *name)
{
    static char path[OHM_PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void writes_atomically_with_the_mode(void **state)
{
    (void)state;
    const char *path = in_dir("value");
    assert_int_equal(ohm_file_write(path, ohm_span_text("one"), 0644).code, OHM_OK);
    assert_int_equal(ohm_file_write(path, ohm_span_text("three"), 0600).code, OHM_OK);

    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);

    uint8_t *bytes = NULL;
    size_t len = 0;
    assert_int_equal(ohm_file_read(path, 5, &bytes, &len).code, OHM_OK);
    assert_int_equal(len, 5);
    assert_string_equal((const char *)bytes, "three");
    free(bytes);
    assert_int_equal(ohm_file_read(path, 4, &bytes, &len).code, OHM_TOO_BIG);
}

static void a_failed_write_leaves_the_old_file_and_no_other(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_dir("full"), 0700), 0);
    assert_int_equal(mkdir(in_dir("full/target"), 0700), 0); /* rename over it fails */
    ohm_err err = ohm_file_write(in_dir("full/target"), ohm_span_text("x"), 0600);
    assert_int_equal(err.code, OHM_IO);
    assert_int_equal(err.at, EISDIR);
    assert_int_equal(rmdir(in_dir("full/target")), 0);
    assert_int_equal(rmdir(in_dir("full")), 0); /* empty: the temporary file is gone */
}

static void errors_say_what_the_system_said(void **state)
{
    (void)state;
    uint8_t *bytes = NULL;
    size_t len = 0;
    ohm_err err = ohm_file_read(in_dir("absent"), 100, &bytes, &len);
    assert_int_equal(err.code, OHM_UNKNOWN);
    assert_int_equal(err.at, ENOENT);
    assert_string_equal(err.what, "No such file or directory");
    assert_null(bytes);

    int full = open("/dev/full", O_WRONLY);
    assert_true(full >= 0);
    assert_int_equal(write(full, "x", 1), -1);
    assert_true(ohm_err_is_full(ohm_err_errno(errno)));
    assert_false(ohm_err_is_full(ohm_err_errno(EIO)));
    close(full);
}

static void a_long_read_is_whole(void **state)
{
    (void)state;
    enum { LEN = 100000 };
    uint8_t *wrote = malloc(LEN);
    assert_non_null(wrote);
    ohm_random(wrote, LEN);
    const char *path = in_dir("long");
    assert_int_equal(ohm_file_write(path, ohm_span_of(wrote, LEN), 0600).code, OHM_OK);
    uint8_t *bytes = NULL;
    size_t len = 0;
    assert_int_equal(ohm_file_read(path, LEN, &bytes, &len).code, OHM_OK);
    assert_int_equal(len, LEN);
    assert_memory_equal(bytes, wrote, LEN);
    free(bytes);
    free(wrote);
}

static void a_secret_must_be_private(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        mode_t mode;
        ohm_code code;
    } rows[] = {
        { "owner only", 0600, OHM_OK },
        { "owner may only read", 0400, OHM_OK },
        { "the group may read", 0640, OHM_DENIED },
        { "others may read", 0604, OHM_DENIED },
        { "others may write", 0602, OHM_DENIED },
    };
    const char *path = in_dir("secret");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(ohm_file_write(path, ohm_span_text("s3cret\n"), rows[i].mode).code,
                         OHM_OK);
        uint8_t *bytes = NULL;
        size_t len = 0;
        ohm_err err = ohm_secret_read(path, 100, &bytes, &len);
        if (err.code != rows[i].code)
            fail_msg("%s: %s", rows[i].why, err.what);
        if (err.code == OHM_OK)
            assert_string_equal((const char *)bytes, "s3cret");
        ohm_secret_free(bytes, len);
    }
}

static void credentials_come_from_their_directory(void **state)
{
    (void)state;
    char path[OHM_PATH_MAX];
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_int_equal(ohm_credential_path("key", path).code, OHM_UNKNOWN);

    assert_int_equal(mkdir(in_dir("creds"), 0700), 0);
    /* systemd's access list shows as group bits: allowed there. */
    assert_int_equal(ohm_file_write(in_dir("creds/key"), ohm_span_text("k"), 0440).code, OHM_OK);
    setenv("CREDENTIALS_DIRECTORY", in_dir("creds"), 1);
    assert_int_equal(ohm_credential_path("key", path).code, OHM_OK);
    assert_int_equal(ohm_credential_path("other", path).code, OHM_UNKNOWN);
    assert_int_equal(ohm_credential_path("../creds/key", path).code, OHM_BAD_FORMAT);
    assert_int_equal(ohm_credential_path("..", path).code, OHM_BAD_FORMAT);

    uint8_t *bytes = NULL;
    size_t len = 0;
    assert_int_equal(ohm_secret_read(path, 100, &bytes, &len).code, OHM_OK);
    assert_string_equal((const char *)bytes, "k");
    ohm_secret_free(bytes, len);
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_int_equal(ohm_secret_read(path, 100, &bytes, &len).code, OHM_DENIED);
}

static void makes_private_directories(void **state)
{
    (void)state;
    struct stat st;
    assert_int_equal(ohm_dir_ensure(in_dir("a/b//c/")).code, OHM_OK);
    assert_int_equal(ohm_dir_ensure(in_dir("a/b/c")).code, OHM_OK);
    assert_int_equal(stat(in_dir("a/b/c"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);

    assert_int_equal(ohm_file_write(in_dir("a/file"), ohm_span_text(""), 0600).code, OHM_OK);
    assert_int_equal(ohm_dir_ensure(in_dir("a/file")).code, OHM_UNKNOWN);
    assert_int_equal(ohm_dir_ensure(in_dir("a/file/below")).code, OHM_UNKNOWN);
    assert_int_equal(chmod(in_dir("a/b/c"), 0777), 0);
    assert_int_equal(ohm_dir_ensure(in_dir("a/b/c")).code, OHM_DENIED);
    assert_int_equal(ohm_dir_ensure("").code, OHM_TOO_BIG);
}

static void a_lock_has_one_owner(void **state)
{
    (void)state;
    int fd = -1, other = -1;
    assert_int_equal(ohm_file_lock(in_dir("lock"), &fd).code, OHM_OK);
    assert_int_equal(ohm_file_lock(in_dir("lock"), &other).code, OHM_BUSY);
    close(fd);
    assert_int_equal(ohm_file_lock(in_dir("lock"), &other).code, OHM_OK);
    close(other);
    assert_int_equal(ohm_file_lock(in_dir("absent/lock"), &fd).code, OHM_UNKNOWN);
}

static void wiping_clears(void **state)
{
    (void)state;
    uint8_t secret[32], zero[32] = { 0 };
    ohm_random(secret, sizeof secret);
    assert_memory_not_equal(secret, zero, sizeof secret); /* fails once in 2^256 runs */
    ohm_wipe(secret, sizeof secret);
    assert_memory_equal(secret, zero, sizeof secret);
}

static int make_dir(void **state)
{
    (void)state;
    umask(022);
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    (void)state;
    char command[OHM_PATH_MAX];
    snprintf(command, sizeof command, "rm -r '%s'", dir);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_atomically_with_the_mode),
        cmocka_unit_test(a_failed_write_leaves_the_old_file_and_no_other),
        cmocka_unit_test(errors_say_what_the_system_said),
        cmocka_unit_test(a_long_read_is_whole),
        cmocka_unit_test(a_secret_must_be_private),
        cmocka_unit_test(credentials_come_from_their_directory),
        cmocka_unit_test(makes_private_directories),
        cmocka_unit_test(a_lock_has_one_owner),
        cmocka_unit_test(wiping_clears),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
