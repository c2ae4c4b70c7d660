/* The serial ports of this machine: adapters by their stable names first, then plain ones. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/doctor.h"
#include "host/file.h"

enum { NAMED_MAX = 32 };

typedef struct ports {
    ohm_doctor *doctor;
    int found;
    int named_count;
    char named[NAMED_MAX][64]; /* "ttyUSB0": what the stable names stand for */
} ports;

static const char by_id[] = "/dev/serial/by-id";
static const char group_cure[] = "add the user to the group dialout";

static void tell(ports *p, const char *path, const char *hint)
{
    char detail[PATH_MAX + 16];
    (void)snprintf(detail, sizeof detail, "serial:%s", path);
    bool usable = access(path, R_OK | W_OK) == 0;
    p->found++;
    ohm_doctor_say(p->doctor, usable ? OHM_VERDICT_GOOD : OHM_VERDICT_BAD, "serial port", detail,
                   usable ? hint : group_cure);
}

static void remember(ports *p, const char *path)
{
    char target[PATH_MAX];
    if (p->named_count == NAMED_MAX || !realpath(path, target))
        return;
    const char *name = strrchr(target, '/') + 1;
    (void)snprintf(p->named[p->named_count++], sizeof p->named[0], "%.63s", name);
}

static bool is_named(const ports *p, const char *name)
{
    for (int i = 0; i < p->named_count; i++)
        if (!strcmp(p->named[i], name))
            return true;
    return false;
}

/* The kernel makes ttyS nodes for chips that are not there: their type is 0. */
static bool is_there(const char *name)
{
    char path[128];
    uint8_t *text = NULL;
    size_t len = 0;
    if (strncmp(name, "ttyS", 4) != 0)
        return true;
    (void)snprintf(path, sizeof path, "/sys/class/tty/%.64s/type", name);
    if (ohm_failed(ohm_file_read(path, 64, &text, &len)))
        return false;
    bool there = len > 0 && text[0] != '0';
    free(text);
    return there;
}

static void look(ports *p, const char *folder, void (*port)(ports *p, const char *name))
{
    DIR *dir = opendir(folder);
    for (const struct dirent *e = dir ? readdir(dir) : NULL; e; e = readdir(dir))
        if (e->d_name[0] != '.')
            port(p, e->d_name);
    if (dir)
        (void)closedir(dir);
}

static void named_port(ports *p, const char *name)
{
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", by_id, name);
    remember(p, path);
    tell(p, path, NULL);
}

static void plain_port(ports *p, const char *name)
{
    static const char *const kinds[] = { "ttyUSB", "ttyACM", "ttyAMA", "ttyS" };
    char path[PATH_MAX];
    bool serial = false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        serial = serial || strncmp(name, kinds[i], strlen(kinds[i])) == 0;
    if (!serial || is_named(p, name) || !is_there(name))
        return;
    (void)snprintf(path, sizeof path, "/dev/%s", name);
    bool usb = !strncmp(name, "ttyUSB", 6) || !strncmp(name, "ttyACM", 6);
    tell(p, path, usb ? "its number may change: no stable name, see udev" : NULL);
}

void ohm_doctor_ports(ohm_doctor *d)
{
    ports p = { .doctor = d };
    look(&p, by_id, named_port);
    look(&p, "/dev", plain_port);
    if (p.found == 0)
        ohm_doctor_say(d, OHM_VERDICT_GOOD, "serial port", "none, and no USB adapter is plugged in",
                       NULL);
}
