/* Points as first inputs: usage: seed_line_protocol FOLDER */
#include "seed.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    seed_write(argv[1], "points",
               ohm_span_text("# c\nCREATE DATABASE d\nm\\ n,a=1,b\\,c=2 x=1.5,y=2i,z=3u 17\n"
                             "m b=t,s=\"a \\\"b\\\\ \n c\",e=-1e3\n"));
    seed_write(argv[1], "faults", ohm_span_text("m\n,a=1 x=1\nm,a x=1\nm x=\"a\nb\" 1 2\n"));
    return EXIT_SUCCESS;
}
