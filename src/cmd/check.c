#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/site_build.h"
#include "cmd/site_check.h"
#include "cmd/verbs.h"

static void print_line(void *ctx, const char *text)
{
    (void)ctx;
    puts(text);
}

int ohm_cmd_check(int argc, char **argv)
{
    bool reference = false;
    const ohm_option table[] = {
        { "--reference", NULL, NULL, &reference, "print every key there is, with its meaning" },
        { 0 },
    };
    const ohm_verb verb = {
        .name = "check",
        .arguments = "FILE",
        .about = "Checks a configuration whole and says every mistake, with its file and line.\n"
                 "Nothing is started; secrets must be readable, and are not shown.",
        .options = table,
        .arguments_max = 1,
    };
    const char *file = NULL;
    int status;
    int count = ohm_options_read(&verb, argc, argv, &file, &status);
    if (count < 0)
        return status;
    if (reference && count > 0)
        return ohm_cmd_usage("check", "--reference takes no file:", file);
    if (reference) {
        ohm_schema_reference(ohm_site_fields, 0, print_line, NULL);
        return OHM_EXIT_OK;
    }
    if (count == 0)
        return ohm_cmd_usage("check", "an argument is missing:", "FILE");
    ohm_site *site = malloc(sizeof *site);
    if (!site)
        return ohm_cmd_fail("check", "out of memory", NULL);
    bool good = ohm_site_is_good(file, site);
    status = good ? OHM_EXIT_OK : OHM_EXIT_FAILED;
    unsigned meters = 0; /* not what stands for others, or for their rest */
    for (int i = 0; good && i < site->meters_count; i++)
        meters += !ohm_site_is_made(&site->meters[i]);
    if (status == OHM_EXIT_OK)
        printf("%s: %u meter%s, %u load%s: good\n", file, meters, meters == 1 ? "" : "s",
               site->loads_count, site->loads_count == 1 ? "" : "s");
    free(site);
    return status;
}
