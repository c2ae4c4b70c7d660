#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/verbs.h"

int ohm_cmd_version(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    puts("ohmstead " OHM_VERSION);
    return OHM_EXIT_OK;
}
