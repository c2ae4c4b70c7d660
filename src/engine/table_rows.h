/* How tables of fields are written (engine/fields.h), for the files that hold them. */
#ifndef OHM_ENGINE_TABLE_ROWS_H
#define OHM_ENGINE_TABLE_ROWS_H

#include "engine/fields.h"
#include "engine/state.h"

/* One macro a kind of field; S is the struct, F the field, which is also its name. */
#define NAME(S, F) .name = #F, .offset = offsetof(S, F)
#define NUMBER(S, F, T)                                                                            \
    {                                                                                              \
        NAME(S, F), .type = OHM_FIELD_##T                                                          \
    }
#define BELOW(S, F, T, N)                                                                          \
    {                                                                                              \
        NAME(S, F), .type = OHM_FIELD_##T, .limit = (N)                                            \
    }
#define TEXT(S, F)                                                                                 \
    {                                                                                              \
        NAME(S, F), .type = OHM_FIELD_TEXT, .limit = sizeof(((S *)0)->F)                           \
    }
#define ITEMS(S, F)                                                                                \
    .limit = sizeof(((S *)0)->F) / sizeof(((S *)0)->F[0]), .item_size = sizeof(((S *)0)->F[0])
#define COUNTED(S, F, COUNT, ITEM, T)                                                              \
    {                                                                                              \
        NAME(S, F), .type = OHM_FIELD_##T, ITEMS(S, F), .count_offset = offsetof(S, COUNT),        \
                    .count_is_byte = sizeof(((S *)0)->COUNT) == 1, .items = &(ITEM)                \
    }
#define LIST(S, F, COUNT, ITEM) COUNTED(S, F, COUNT, ITEM, LIST)
#define MORE(S, F, COUNT, ITEM) COUNTED(S, F, COUNT, ITEM, MORE)
#define ROW(S, F, ITEM)                                                                            \
    {                                                                                              \
        NAME(S, F), .type = OHM_FIELD_ROW, ITEMS(S, F), .items = &(ITEM)                           \
    }
/* A struct inside: a row of one. */
#define PART(S, F, ITEM)                                                                           \
    {                                                                                              \
        NAME(S, F), .type = OHM_FIELD_ROW, .limit = 1, .item_size = sizeof(((S *)0)->F),           \
                    .items = &(ITEM)                                                               \
    }
/* There since a version (engine/fields.h). */
#define SINCE(V, S, F, T)                                                                          \
    {                                                                                              \
        NAME(S, F), .type = OHM_FIELD_##T, .since = (V)                                            \
    }
#define SINCE_BELOW(V, S, F, T, N)                                                                 \
    {                                                                                              \
        NAME(S, F), .type = OHM_FIELD_##T, .since = (V), .limit = (N)                              \
    }
#define MORE_SINCE(V, S, F, COUNT, ITEM)                                                           \
    {                                                                                              \
        NAME(S, F), .type = OHM_FIELD_MORE, ITEMS(S, F), .count_offset = offsetof(S, COUNT),       \
                    .since = (V), .items = &(ITEM)                                                 \
    }
#define PART_SINCE(V, S, F, ITEM)                                                                  \
    {                                                                                              \
        NAME(S, F), .type = OHM_FIELD_ROW, .limit = 1, .item_size = sizeof(((S *)0)->F),           \
                    .since = (V), .items = &(ITEM)                                                 \
    }
#define TABLE(list)                                                                                \
    {                                                                                              \
        sizeof(list) / sizeof *(list), list                                                        \
    }

#endif
