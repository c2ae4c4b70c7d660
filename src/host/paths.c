#include "host/paths.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ohm_err ohm_path_join(const char *folder, const char *name, char ret_path[static OHM_PATH_MAX])
{
    char path[OHM_PATH_MAX];
    size_t len = strlen(folder);
    const char *slash = len && folder[len - 1] == '/' ? "" : "/";
    int n = snprintf(path, sizeof path, "%s%s%s", folder, slash, name);
    if (n < 0 || (size_t)n >= sizeof path)
        return ohm_fail(OHM_TOO_BIG, 0, "the path is too long");
    memcpy(ret_path, path, (size_t)n + 1);
    return ohm_ok();
}

/* systemd may name several folders, separated by colons: the first is ours. */
static ohm_err from_systemd(const char *folders, bool demo, char ret_path[static OHM_PATH_MAX])
{
    char first[OHM_PATH_MAX];
    size_t len = strcspn(folders, ":");
    if (len >= sizeof first)
        return ohm_fail(OHM_TOO_BIG, 0, "the path is too long");
    memcpy(first, folders, len);
    first[len] = '\0';
    if (demo)
        return ohm_path_join(first, "demo", ret_path);
    memcpy(ret_path, first, len + 1);
    return ohm_ok();
}

static const char *home(void)
{
    const char *path = getenv("HOME");
    if (path && path[0] == '/')
        return path;
    const struct passwd *user = getpwuid(getuid());
    return user && user->pw_dir && user->pw_dir[0] == '/' ? user->pw_dir : NULL;
}

ohm_err ohm_path_state(bool demo, char ret_path[static OHM_PATH_MAX])
{
    const char *name = demo ? "ohmstead-demo" : "ohmstead";
    const char *folder = getenv("STATE_DIRECTORY");
    if (folder && folder[0] == '/')
        return from_systemd(folder, demo, ret_path);
    folder = getenv("XDG_STATE_HOME");
    if (folder && folder[0] == '/') /* the specification ignores relative ones */
        return ohm_path_join(folder, name, ret_path);
    folder = home();
    if (!folder)
        return ohm_fail(OHM_UNKNOWN, 0, "neither $STATE_DIRECTORY nor a home folder is known");
    char state[OHM_PATH_MAX];
    OHM_TRY(ohm_path_join(folder, ".local/state", state));
    return ohm_path_join(state, name, ret_path);
}
