#include "host/fault_stack.h"

#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

#include <cmocka.h>

typedef struct seen {
    bool calls;
    stack_t before, first, second;
    bool blocked; /* a fault, afterwards */
} seen;

static void *look(void *ctx)
{
    seen *s = ctx;
    sigset_t all, now;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_BLOCK, &all, &now);
    (void)sigaltstack(NULL, &s->before);
    if (s->calls)
        ohm_fault_stack();
    (void)sigaltstack(NULL, &s->first);
    if (s->calls)
        ohm_fault_stack();
    (void)sigaltstack(NULL, &s->second);
    (void)pthread_sigmask(SIG_SETMASK, NULL, &now);
    s->blocked = sigismember(&now, SIGSEGV) == 1;
    return NULL;
}

static seen of_a_thread(bool calls)
{
    seen s = { .calls = calls };
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, look, &s), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    return s;
}

/* Where nobody else (a sanitizer) gives each thread one. */
static void a_thread_has_one_and_gives_it_back(void **state)
{
    (void)state;
    seen ours = of_a_thread(true), foreign = of_a_thread(false);
    assert_false(ours.first.ss_flags & SS_DISABLE);
    assert_ptr_equal(ours.first.ss_sp, ours.second.ss_sp);
    assert_false(ours.blocked);
    assert_true(foreign.blocked);
    if (!(ours.before.ss_flags & SS_DISABLE))
        skip();
    unsigned char resident[64];
    assert_true(foreign.first.ss_flags & SS_DISABLE);
    assert_true(ours.first.ss_size >= 16384 && ours.first.ss_size <= 64 * 4096);
    assert_int_equal(mincore(ours.first.ss_sp, ours.first.ss_size, resident), -1);
    assert_int_equal(errno, ENOMEM);
}

static int add_static(struct dl_phdr_info *info, size_t size, void *ctx)
{
    size_t *sum = ctx;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_TLS)
            *sum += info->dlpi_phdr[i].p_memsz;
    return 1; /* the program alone, which comes first */
}

/* Every thread of every library has a copy of what is thread-local. */
static void foreign_threads_carry_nothing_of_it(void **state)
{
    (void)state;
    size_t sum = 0;
    (void)dl_iterate_phdr(add_static, &sum);
    assert_in_range(sum, 0, 16384); /* the lines' buffer is 4096 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_has_one_and_gives_it_back),
        cmocka_unit_test(foreign_threads_carry_nothing_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
