/* Lines of settings as first inputs: usage: seed_cosem_settings FOLDER */
#include "seed.h"

int main(int argc, char **argv)
{
    static const char *const lines[] = {
        "line=hdlc client=1 server=1 physical=17 auth=gmac security=both suite=0 window=3",
        "read=1-0:1.8.0,4/1-0:1.6.0/5 profile=1-0:99.1.0 from=2026-01-15T00:00:00Z entries=1-96",
        "line=mode-e call=12345 baud-max=9600 title=4f484d0000000042 counter=0-0:43.1.0 days=7",
    };
    char name[8];
    if (argc != 2)
        return EXIT_FAILURE;
    for (int i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "%d", i);
        seed_write(argv[1], name, ohm_span_text(lines[i]));
    }
    return EXIT_SUCCESS;
}
