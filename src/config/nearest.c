#include "config/nearest.h"

#include <stdio.h>

enum { WORD_MAX = 40 };

/* Levenshtein's distance with two rows; WORD_MAX if either word is too long to compare. */
static unsigned distance(ohm_span a, ohm_span b)
{
    if (a.len >= WORD_MAX || b.len >= WORD_MAX)
        return WORD_MAX;
    unsigned rows[2][WORD_MAX];
    for (unsigned j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned *above = rows[(i - 1) & 1], *row = rows[i & 1];
        row[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            unsigned replaced = above[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);
            unsigned removed = above[j] + 1, added = row[j - 1] + 1;
            unsigned least = removed < added ? removed : added;
            row[j] = replaced < least ? replaced : least;
        }
    }
    return rows[a.len & 1][b.len];
}

const char *ohm_nearest_pick(ohm_span word, const char *candidate, const char *best)
{
    unsigned d = distance(word, ohm_span_text(candidate));
    if (d > 1 + word.len / 3)
        return best;
    return !best || d < distance(word, ohm_span_text(best)) ? candidate : best;
}

void ohm_nearest_list(const char *const *words, char *out, size_t cap)
{
    size_t len = 0;
    out[0] = '\0';
    for (int i = 0; words[i] && len < cap; i++) {
        int n = snprintf(out + len, cap - len, "%s%s", i ? ", " : "", words[i]);
        if (n < 0)
            return;
        len += (size_t)n;
    }
}
