/* A weather file of two hours: usage: seed_epw FOLDER */
#include "seed.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    seed_write(argv[1], "hours",
               ohm_span_text("LOCATION,X,Y,Z,TMY3,1,45.5,-3.25,1.0,12.0\n2\n3\n4\n5\n6\n7\n8\n"
                             "2001,3,1,1,0,?,5.5,1,80,96000,0,0,300,0,250,40,0\n"
                             "2001,3,1,2,0,?,-5.5,1,80,96000,0,0,300,0,0,0,0\n"));
    return EXIT_SUCCESS;
}
