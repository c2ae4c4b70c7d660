/* Rows of a table of fields (config/schema.h), for the files that hold one. */
#ifndef OHM_CONFIG_FIELD_ROWS_H
#define OHM_CONFIG_FIELD_ROWS_H

#include "config/schema.h"

#define TEXT(name, struct_type, member, must, text)                                                \
    {                                                                                              \
        .key = name, .type = OHM_FIELD_TEXT, .offset = offsetof(struct_type, member),              \
        .size = sizeof(((struct_type *)0)->member), .required = must, .help = text                 \
    }
#define PATH(name, struct_type, member, text)                                                      \
    {                                                                                              \
        .key = name, .type = OHM_FIELD_PATH, .offset = offsetof(struct_type, member),              \
        .size = sizeof(((struct_type *)0)->member), .help = text                                   \
    }
#define INT(name, struct_type, member, least, most, must, text)                                    \
    {                                                                                              \
        .key = name, .type = OHM_FIELD_INT, .offset = offsetof(struct_type, member), .min = least, \
        .max = most, .required = must, .help = text                                                \
    }
#define BOOL(name, struct_type, member, text)                                                      \
    {                                                                                              \
        .key = name, .type = OHM_FIELD_BOOL, .offset = offsetof(struct_type, member), .help = text \
    }
#define CHOICE(name, struct_type, member, list, text)                                              \
    {                                                                                              \
        .key = name, .type = OHM_FIELD_CHOICE, .offset = offsetof(struct_type, member),            \
        .choices = list, .help = text                                                              \
    }
#define PRICE(name, member, most, text)                                                            \
    {                                                                                              \
        .key = name, .type = OHM_FIELD_DECIMAL, .offset = offsetof(ohm_site_price, member),        \
        .decimals = 6, .max = most, .help = text                                                   \
    }
#define SECRET(prefix, struct_type, member, what)                                                  \
    PATH(prefix "_file", struct_type, member.file, what ": file, mode 0600"),                      \
        TEXT(prefix "_env", struct_type, member.env, false, what ": environment variable"),        \
        TEXT(prefix "_credential", struct_type, member.credential, false,                          \
             what ": name of a systemd credential")

#endif
