/* Frames of both modes as first inputs: usage: seed_tic FOLDER */
#include "../tic_script.h"
#include "seed.h"

int main(int argc, char **argv)
{
    static const struct {
        const char *name, *script;
    } seeds[] = {
        { "historic",
          "^{ADCO 021861348497}{OPTARIF HC..}{HCHC 000000100}{PTEC HP..}{PAPP 02840}$" },
        { "short", "^{ADCO 021861348497}{ADIR1 001}{IINST1 031}{IINST2 009}{IINST3 000}$" },
        { "cut", "^{PAPP 02840}{ADPS 030}@^{PAPP 02850}$" },
        { "standard", "^{ADSC|021861348497}{DATE|E241011010531|}{STGE|013A0581}"
                      "{UMOY1|E241011010000|239}{PJOURF+1|00008002 0256C001 NONUTILE}$" },
        { "endless", "{ADCO 021861348497}{PAPP 02840}{ADCO 021861348497}{PAPP 02840}" },
        { "terminal", "^\nPAPP 02840 /\n\nIINST 012 Z\n$" },
    };
    if (argc != 2)
        return EXIT_FAILURE;
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        const tic_bytes b = tic_script(seeds[i].script);
        seed_write(argv[1], seeds[i].name, tic_span(&b));
    }
    return EXIT_SUCCESS;
}
