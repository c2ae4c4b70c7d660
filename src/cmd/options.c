#include "cmd/options.h"

#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"

static void help(const ohm_verb *verb)
{
    printf("usage: ohmstead %s [options]%s%s\n\n%s\n\n", verb->name, verb->arguments[0] ? " " : "",
           verb->arguments, verb->about);
    for (const ohm_option *o = verb->options; o->name; o++) {
        char left[64];
        (void)snprintf(left, sizeof left, "%s%s%s", o->name, o->value ? " " : "",
                       o->value ? o->value : "");
        printf("  %-24s %s\n", left, o->help);
    }
    printf("  %-24s %s\n", "--help", "this text");
}

/* "--state DIR" and "--state=DIR"; `*i` moves on when the value is the next word. */
static bool take(const ohm_verb *verb, int argc, char **argv, int *i, int *ret_status)
{
    const char *word = argv[*i];
    const char *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) : strlen(word);
    for (const ohm_option *o = verb->options; o->name; o++) {
        if (strlen(o->name) != len || strncmp(o->name, word, len) != 0)
            continue;
        if (!o->value && !equals) {
            *o->flag = true;
            return true;
        }
        if (o->value && equals)
            *o->text = equals + 1;
        else if (o->value && *i + 1 < argc)
            *o->text = argv[++*i];
        else {
            *ret_status = ohm_cmd_usage(
                verb->name, o->value ? "a value is missing after" : "takes no value:", o->name);
            return false;
        }
        return true;
    }
    *ret_status = ohm_cmd_usage(verb->name, "unknown option", word);
    return false;
}

int ohm_options_read(const ohm_verb *verb, int argc, char **argv, const char **arguments,
                     int *ret_status)
{
    int count = 0;
    bool options = true;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (options && (!strcmp(word, "--help") || !strcmp(word, "-h"))) {
            help(verb);
            *ret_status = OHM_EXIT_OK;
            return -1;
        }
        if (options && !strcmp(word, "--")) {
            options = false;
        } else if (options && word[0] == '-' && word[1]) {
            if (!take(verb, argc, argv, &i, ret_status))
                return -1;
        } else if (count == verb->arguments_max) {
            *ret_status = ohm_cmd_usage(verb->name, "one argument too many:", word);
            return -1;
        } else {
            arguments[count++] = word;
        }
    }
    if (count < verb->arguments_min) {
        *ret_status = ohm_cmd_usage(verb->name, "an argument is missing:", verb->arguments);
        return -1;
    }
    return count;
}
