#include "cmd/rule_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/daemon.h"
#include "host/paths.h"

ohm_code ohm_own_rules_keep(const char *folder, const ohm_own_rules *own, bool bad)
{
    char path[OHM_PATH_MAX], aside[OHM_PATH_MAX];
    char *text = malloc(OHM_OWN_RULES_YAML_MAX);
    size_t len = 0;
    ohm_code code =
        text ? ohm_own_rules_write(own, text, OHM_OWN_RULES_YAML_MAX, &len) : OHM_NO_MEMORY;
    if (code == OHM_OK && (ohm_failed(ohm_path_join(folder, OHM_RULES_FILE, path)) ||
                           ohm_failed(ohm_path_join(folder, OHM_RULES_FILE ".bad", aside))))
        code = OHM_IO;
    if (code == OHM_OK && bad && rename(path, aside) && errno != ENOENT)
        code = OHM_IO;
    if (code == OHM_OK && ohm_failed(ohm_file_write(path, ohm_span_of(text, len), 0600)))
        code = OHM_IO;
    free(text);
    return code;
}
