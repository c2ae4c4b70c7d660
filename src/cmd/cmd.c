#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

#include "cmd/supervisor.h"
#include "cmd/verbs.h"

static const ohm_cmd verbs[] = {
#define OHM_VERB(name, summary, run) { name, summary, run },
    OHM_VERBS(OHM_VERB)
#undef OHM_VERB
};

enum { VERBS_COUNT = sizeof verbs / sizeof *verbs };

int ohm_cmd_fail(const char *what, const char *why, const char *hint)
{
    (void)fprintf(stderr, hint ? "ohmstead: %s: %s (%s)\n" : "ohmstead: %s: %s\n",
                  ohm_cmd_say(what), ohm_cmd_say(why), ohm_cmd_say(hint));
    return OHM_EXIT_FAILED;
}

int ohm_cmd_usage(const char *verb, const char *why, const char *offending)
{
    (void)fprintf(stderr, "ohmstead: %s: %s%s%s%s (%s 'ohmstead %s --help')\n", verb,
                  ohm_cmd_say(why), offending ? " '" : "", offending ? offending : "",
                  offending ? "'" : "", ohm_cmd_say("see"), verb);
    return OHM_EXIT_USAGE;
}

static int help(void)
{
    puts("ohmstead: reads the meters, prices the energy, sheds the loads, says why.\n"
         "\n"
         "usage: ohmstead VERB [options]     (ohmstead VERB --help for each)\n");
    for (int i = 0; i < VERBS_COUNT; i++)
        printf("  %-10s %s\n", verbs[i].name, verbs[i].summary);
    puts("\nWith no configuration, 'ohmstead serve' runs the demo house on "
         "http://127.0.0.1:8420.");
    return OHM_EXIT_OK;
}

static int run_verb(int argc, char **argv)
{
    for (int i = 0; i < VERBS_COUNT; i++)
        if (!strcmp(argv[0], verbs[i].name))
            return verbs[i].run(argc, argv);
    (void)fprintf(stderr, "ohmstead: no such verb '%s' (see 'ohmstead --help')\n", argv[0]);
    return OHM_EXIT_USAGE;
}

/* "help serve" is "serve --help". */
static int help_with(char *verb)
{
    char option[] = "--help";
    char *words[] = { verb, option, NULL };
    return run_verb(2, words);
}

int ohm_cmd_main(int argc, char **argv)
{
    if (argc < 2) {
        (void)help();
        return OHM_EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
        return argc > 2 ? help_with(argv[2]) : help();
    if (!strcmp(argv[1], "--version")) {
        puts("ohmstead " OHM_VERSION);
        return OHM_EXIT_OK;
    }
    if (!strcmp(argv[1], OHM_SUPERVISOR_AGAIN)) /* no verb: nobody but the daemon says it */
        return ohm_supervisor_again();
    return run_verb(argc - 1, argv + 1);
}
