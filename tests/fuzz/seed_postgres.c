/* Places as first inputs: usage: seed_postgres FOLDER */
#include "seed.h"

int main(int argc, char **argv)
{
    if (argc > 1)
        seed_write(
            argv[1], "place",
            ohm_span_text("host db.example\nport 5432\ndatabase energy\nuser ohm\nschema home\n"
                          "tls verify-full\nca_file /etc/ca\npassword file /etc/secret\n"));
    return 0;
}
