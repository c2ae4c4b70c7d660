/* Options of a verb: a table of long options, one reader, one help. */
#ifndef OHM_CMD_OPTIONS_H
#define OHM_CMD_OPTIONS_H

#include <stdbool.h>

typedef struct ohm_option {
    const char *name;  /* "--state" */
    const char *value; /* "DIR": takes a value, shown in the help; NULL: a flag */
    const char **text; /* where the value goes */
    bool *flag;        /* where a flag goes */
    const char *help;
} ohm_option;

/* An option that may come any number of times. */
typedef struct ohm_option_list {
    const char *name, *value; /* as above; always with a value */
    const char **items;       /* where values go, in their order */
    int max;
    int *count;
    const char *help;
} ohm_option_list;

typedef struct ohm_verb {
    const char *name;
    const char *arguments;        /* "FILE|-" or "" */
    const char *about;            /* a paragraph */
    const ohm_option *options;    /* ended by a NULL name */
    const ohm_option_list *lists; /* the same; NULL: none */
    int arguments_min, arguments_max;
} ohm_verb;

/* The rule of every verb that looks into a state folder, for its help. */
#define OHM_STATE_ABOUT                                                                            \
    "The state folder is the site's, as 'serve --config' chooses it; with --demo that of the\n"    \
    "demo house; or the one that --state names."

/* Reads argv (argv[0] is the verb). Plain arguments are gathered into `arguments`, which has room
 * for arguments_max; "-" is one of them, and everything after "--". Returns their number, or -1
 * when the process should end with *ret_status: help was asked for, or the use was wrong. */
int ohm_options_read(const ohm_verb *verb, int argc, char **argv, const char **arguments,
                     int *ret_status);

#endif
