/* Expressions as first inputs: usage: seed_expr FOLDER */
#include "seed.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    seed_write(argv[1], "difference", ohm_span_text("{a/b/c/d} - -{e} * (2.5 + {a/b/c/d})"));
    seed_write(argv[1], "functions", ohm_span_text("max(min({a}, {b}), abs({c}) / 3)"));
    return EXIT_SUCCESS;
}
