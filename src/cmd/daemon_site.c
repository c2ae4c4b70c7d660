/* What the running daemon keeps of its configuration: the names of the devices. How each is
 * reached, its values and where its secrets are is only for the start. */
#include <stdlib.h>

#include "cmd/daemon.h"

static const char *keep(char **at, const char *text)
{
    size_t len = strlen(text) + 1;
    char *kept = memcpy(*at, text, len);
    *at += len;
    return kept;
}

bool ohm_daemon_names_make(ohm_daemon *d)
{
    size_t len = 1;
    const ohm_site_meter *meters = d->site->meters;
    for (int i = 0; i < d->site->meters_count; i++)
        len += strlen(meters[i].id) + strlen(meters[i].zone) + strlen(meters[i].name) +
               strlen(meters[i].port) + 4;
    d->names = malloc(len);
    d->devices = calloc((size_t)d->site->meters_count + 1, sizeof *d->devices);
    if (!d->names || !d->devices)
        return false;
    char *at = d->names;
    for (int i = 0; i < d->site->meters_count; i++)
        d->devices[i] = (ohm_daemon_device){
            .id = keep(&at, meters[i].id),
            .zone = keep(&at, meters[i].zone),
            .name = keep(&at, meters[i].name),
            .port = keep(&at, meters[i].port),
            .place = ohm_build_place(d->site, i),
            .machine = (ohm_site_machine)meters[i].machine,
        };
    return true;
}

void ohm_daemon_site_shrink(ohm_daemon *d)
{
    ohm_site *smaller = realloc(d->site, offsetof(ohm_site, meters));
    if (smaller)
        d->site = smaller;
}
