/* What the system and the binary tell a supervisor about the process it watches. */
#ifndef OHM_CMD_SUPERVISOR_FACTS_H
#define OHM_CMD_SUPERVISOR_FACTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cmd/abort_record.h"

/* How often the kernel ended a process for want of memory, since boot. */
uint64_t ohm_facts_kills_by_memory(void);
/* The build id of the binary; "" if it has none. */
void ohm_facts_build(char out[static OHM_ABORT_BUILD_MAX]);
/* Stopped by a person or by a debugger, not hanging. */
bool ohm_facts_is_held(pid_t pid);

#endif
