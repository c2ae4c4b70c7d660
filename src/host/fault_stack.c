#include "host/fault_stack.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

/* What the kernel saves of the widest registers of today is below 12 kB (getauxval(3),
 * AT_MINSIGSTKSZ); what is never used is never given memory. */
enum { STACK_LEN = 32 << 10 };

static const int numbers[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP };

void ohm_fault_stack(void)
{
    static _Thread_local _Alignas(16) uint8_t stack[STACK_LEN];
    stack_t now, ours = { .ss_sp = stack, .ss_size = sizeof stack };
    /* Somebody else's (a sanitizer's) does as well. */
    if (sigaltstack(NULL, &now) == 0 && now.ss_flags & SS_DISABLE)
        (void)sigaltstack(&ours, NULL);
    sigset_t faults;
    (void)sigemptyset(&faults);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        (void)sigaddset(&faults, numbers[i]);
    (void)pthread_sigmask(SIG_UNBLOCK, &faults, NULL);
}
