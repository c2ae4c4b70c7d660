/* The command line: one verb a file, one table that dispatches and prints the help.
 *
 * A verb gets its own arguments (argv[0] is the verb) and returns the exit status: 0 done,
 * 1 failed, 2 wrong use. It prints results on stdout, and errors on stderr in one form:
 * "ohmstead: what: why (what to do)". */
#ifndef OHM_CMD_CMD_H
#define OHM_CMD_CMD_H

#include <stdbool.h>

#include "base/err.h"

enum {
    OHM_EXIT_OK = 0,
    OHM_EXIT_FAILED = 1,
    OHM_EXIT_USAGE = 2,
};

typedef struct ohm_cmd {
    const char *name;
    const char *summary; /* one line of the general help */
    int (*run)(int argc, char **argv);
} ohm_cmd;

/* Runs the verb that argv names; returns the exit status of the process. */
int ohm_cmd_main(int argc, char **argv);

/* Whether what is wrong is said in French from here on, where there are words for it
 * (cmd/words.c); and such words: `en`, or what stands for it. */
void ohm_cmd_speak(bool french);
const char *ohm_cmd_say(const char *en);

/* Prints "ohmstead: what: why (hint)" on stderr; hint may be NULL. Returns OHM_EXIT_FAILED. */
int ohm_cmd_fail(const char *what, const char *why, const char *hint);

/* Says that the command line is wrong, and where help is. Returns OHM_EXIT_USAGE. */
int ohm_cmd_usage(const char *verb, const char *why, const char *offending);

#endif
