/* First inputs of fuzz_switch: usage: seed_switch FOLDER */
#include "seed.h"

int main(int argc, char **argv)
{
    if (argc != 2)
        return EXIT_FAILURE;
    seed_write(argv[1], "status", ohm_span_text("{\"id\":7,\"result\":{\"output\":true}}"));
    seed_write(argv[1], "done", ohm_span_text("{\"id\":7,\"result\":{\"was_on\":false}}"));
    seed_write(argv[1], "event", ohm_span_text("{\"params\":{\"switch:2\":{\"output\":false}}}"));
    seed_write(argv[1], "on", ohm_span_text("ON"));
    seed_write(argv[1], "side", ohm_span_text("{\"state_2\":\"OFF\"}"));
    seed_write(argv[1], "online", ohm_span_text("{\"state\":\"online\"}"));
    return EXIT_SUCCESS;
}
