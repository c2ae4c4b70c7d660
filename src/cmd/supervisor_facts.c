#include "cmd/supervisor_facts.h"

#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/file.h"

enum { VMSTAT_MAX = 256 * 1024 };

uint64_t ohm_facts_kills_by_memory(void)
{
    static const char word[] = "\noom_kill ";
    uint8_t *text = NULL;
    size_t len = 0;
    uint64_t count = 0;
    if (ohm_failed(ohm_file_read("/proc/vmstat", VMSTAT_MAX, &text, &len)))
        return 0;
    const char *at = strstr((const char *)text, word);
    for (at = at ? at + strlen(word) : ""; *at >= '0' && *at <= '9'; at++)
        count = count * 10 + (uint64_t)(*at - '0');
    free(text);
    return count;
}

/* The build id is a note of the binary, which comes first among what is loaded. */
static int take_build(struct dl_phdr_info *info, size_t size, void *ctx)
{
    char *out = ctx;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        uintptr_t at = (uintptr_t)(info->dlpi_addr + p->p_vaddr), end = at + p->p_memsz;
        while (p->p_type == PT_NOTE && end - at >= sizeof(ElfW(Nhdr))) {
            const ElfW(Nhdr) *note = (const void *)at;
            const uint8_t *bytes = (const uint8_t *)(note + 1) + ((note->n_namesz + 3) & ~3U);
            for (unsigned k = 0; note->n_type == NT_GNU_BUILD_ID && k < note->n_descsz; k++)
                if (2 * k + 2 < OHM_ABORT_BUILD_MAX)
                    (void)snprintf(out + 2 * k, 3, "%02x", bytes[k]);
            at = (uintptr_t)bytes + ((note->n_descsz + 3) & ~3U);
        }
    }
    return 1;
}

void ohm_facts_build(char out[static OHM_ABORT_BUILD_MAX])
{
    (void)dl_iterate_phdr(take_build, out);
}

bool ohm_facts_is_held(pid_t pid)
{
    char path[64];
    uint8_t *text = NULL;
    size_t len = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (ohm_failed(ohm_file_read(path, 4096, &text, &len)))
        return false;
    const char *state = strrchr((const char *)text, ')'); /* "pid (name) T ..." */
    bool held = state && (!strncmp(state, ") T", 3) || !strncmp(state, ") t", 3));
    free(text);
    return held;
}
