#include "cmd/cmd.h"

int main(int argc, char **argv)
{
    return ohm_cmd_main(argc, argv);
}
