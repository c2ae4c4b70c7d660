#include "cmd/options.h"

#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"

static void help_row(const char *name, const char *value, const char *text)
{
    char left[64];
    (void)snprintf(left, sizeof left, "%s%s%s", name, value ? " " : "", value ? value : "");
    printf("  %-24s %s\n", left, text);
}

static void help(const ohm_verb *verb)
{
    printf("usage: ohmstead %s [options]%s%s\n\n%s\n\n", verb->name, verb->arguments[0] ? " " : "",
           verb->arguments, verb->about);
    for (const ohm_option_list *l = verb->lists; l && l->name; l++)
        help_row(l->name, l->value, l->help);
    for (const ohm_option *o = verb->options; o->name; o++)
        help_row(o->name, o->value, o->help);
    help_row("--help", NULL, "this text");
}

static bool takes(const ohm_verb *verb, const char *option)
{
    for (const ohm_option *o = verb->options; o->name; o++)
        if (!strcmp(o->name, option))
            return true;
    return false;
}

/* A value of a list; true: the word was one of its. */
static bool take_item(const ohm_verb *verb, const char *name, size_t len, const char *value,
                      int *ret_status)
{
    for (const ohm_option_list *l = verb->lists; l && l->name; l++) {
        if (strlen(l->name) != len || strncmp(l->name, name, len) != 0)
            continue;
        if (!value)
            *ret_status = ohm_cmd_usage(verb->name, "a value is missing after", l->name);
        else if (*l->count == l->max)
            *ret_status = ohm_cmd_usage(verb->name, "comes too often:", l->name);
        else
            l->items[(*l->count)++] = value;
        return true;
    }
    return false;
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
    const char *next = *i + 1 < argc ? argv[*i + 1] : NULL;
    *ret_status = OHM_EXIT_OK;
    if (!take_item(verb, word, len, equals ? equals + 1 : next, ret_status)) {
        *ret_status = ohm_cmd_usage(verb->name, "unknown option", word);
        return false;
    }
    *i += !equals;
    return *ret_status == OHM_EXIT_OK;
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
            *ret_status = ohm_cmd_usage(
                verb->name,
                takes(verb, "--csv") ? "a file is told by --csv:" : "one argument too many:", word);
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
