#include "host/fault_stack.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

/* What the kernel saves of the widest registers of today is below 12 kB (getauxval(3),
 * AT_MINSIGSTKSZ); what is never used is never given memory. */
enum { STACK_LEN = 32 << 10 };

static const int numbers[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool has_key;

/* As the thread ends. */
static void give_back(void *stack)
{
    const stack_t none = { .ss_flags = SS_DISABLE };
    (void)sigaltstack(&none, NULL);
    (void)munmap(stack, STACK_LEN);
}

static void make_key(void)
{
    has_key = pthread_key_create(&key, give_back) == 0;
}

/* Mapped rather than in the thread's own static memory, of which every thread of every library
 * would have its share. One that gets none is as those are. */
static void take_stack(void)
{
    (void)pthread_once(&once, make_key);
    void *stack = has_key ? mmap(NULL, STACK_LEN, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0)
                          : MAP_FAILED;
    const stack_t ours = { .ss_sp = stack, .ss_size = STACK_LEN };
    if (stack == MAP_FAILED)
        return;
    if (sigaltstack(&ours, NULL))
        (void)munmap(stack, STACK_LEN);
    else if (pthread_setspecific(key, stack)) /* it would outlive the thread */
        give_back(stack);
}

void ohm_fault_stack(void)
{
    stack_t now;
    /* Somebody else's (a sanitizer's) does as well. */
    if (sigaltstack(NULL, &now) == 0 && now.ss_flags & SS_DISABLE)
        take_stack();
    sigset_t faults;
    (void)sigemptyset(&faults);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        (void)sigaddset(&faults, numbers[i]);
    (void)pthread_sigmask(SIG_UNBLOCK, &faults, NULL);
}
