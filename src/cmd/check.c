#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/site_build.h"
#include "cmd/verbs.h"

static void print_line(void *ctx, const char *text)
{
    (void)ctx;
    puts(text);
}

/* What the file alone can't tell: zones, boards, secrets that must be there. */
static int check_world(const ohm_site *site, const char *file)
{
    int wrong = 0;
    ohm_engine_config *config = malloc(sizeof *config);
    if (!config)
        return ohm_cmd_fail("check", "out of memory", NULL);
    ohm_err err = ohm_build_engine(site, file, config);
    free(config);
    if (ohm_failed(err))
        wrong += ohm_cmd_fail(file, err.what, NULL);
    for (int i = 0; i < site->boards_count; i++) {
        ohm_board_config board;
        err = ohm_build_board(site, i, &board);
        if (ohm_failed(err)) {
            (void)fprintf(stderr, "%s:%u: boards.%s: %s\n", file, err.at, site->boards[i].id,
                          err.what);
            wrong++;
        }
    }
    for (int i = 0; i < site->meters_count; i++) {
        char detail[OHM_SITE_PATH_MAX] = "";
        ohm_meter_config meter;
        err = ohm_build_meter(site, i, &meter, detail, sizeof detail);
        if (ohm_failed(err)) {
            (void)fprintf(stderr, "%s:%u: %s: %s\n", file, site->meters[i].line, detail, err.what);
            wrong++;
        }
    }
    return wrong ? OHM_EXIT_FAILED : OHM_EXIT_OK;
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
        .about =
            "Checks a configuration whole and says every mistake, with file, line and column.\n"
            "Nothing is started; secrets must be readable, and are not shown.",
        .options = table,
        .arguments_max = 1,
    };
    const char *file = NULL;
    int status;
    int count = ohm_options_read(&verb, argc, argv, &file, &status);
    if (count < 0)
        return status;
    if (reference) {
        ohm_schema_reference(ohm_site_fields, 0, print_line, NULL);
        return OHM_EXIT_OK;
    }
    if (count == 0)
        return ohm_cmd_usage("check", "an argument is missing:", "FILE");
    ohm_site *site = malloc(sizeof *site);
    if (!site)
        return ohm_cmd_fail("check", "out of memory", NULL);
    status = ohm_build_site(file, site) == OHM_OK ? check_world(site, file) : OHM_EXIT_FAILED;
    if (status == OHM_EXIT_OK)
        printf("%s: %u meters, %u loads: good\n", file, site->meters_count, site->loads_count);
    free(site);
    return status;
}
