/* What lets a fault be told, in each thread: a stack of its own for the handler (one that has used
 * up its stack has no room left to run it on, sigaltstack(2)), and no fault that is blocked, which
 * would end the process without a word (a thread that leaves all signals to others blocks these,
 * too). */
#ifndef OHM_HOST_FAULT_STACK_H
#define OHM_HOST_FAULT_STACK_H

/* First in every thread that we start. Once for all of its time, however often it is called; a
 * handler is installed with SA_ONSTACK. A thread that a library starts has none: a stack that is
 * used up there ends the process by SIGSEGV before the handler (docs/supervisor.md). */
void ohm_fault_stack(void);

#endif
