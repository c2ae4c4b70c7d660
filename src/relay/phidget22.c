#include "relay/phidget22.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct symbol {
    const char *name;
    size_t offset;
} symbol;

static const symbol symbols[] = {
    { "PhidgetDigitalOutput_create", offsetof(ohm_phidget22, create) },
    { "PhidgetDigitalOutput_delete", offsetof(ohm_phidget22, delete_) },
    { "Phidget_setDeviceSerialNumber", offsetof(ohm_phidget22, set_serial) },
    { "Phidget_setChannel", offsetof(ohm_phidget22, set_channel) },
    { "Phidget_setIsLocal", offsetof(ohm_phidget22, set_local) },
    { "Phidget_setIsRemote", offsetof(ohm_phidget22, set_remote) },
    { "Phidget_setServerName", offsetof(ohm_phidget22, set_server) },
    { "Phidget_setOnAttachHandler", offsetof(ohm_phidget22, on_attach) },
    { "Phidget_setOnDetachHandler", offsetof(ohm_phidget22, on_detach) },
    { "Phidget_setOnErrorHandler", offsetof(ohm_phidget22, on_error) },
    { "Phidget_open", offsetof(ohm_phidget22, open) },
    { "Phidget_close", offsetof(ohm_phidget22, close) },
    { "PhidgetDigitalOutput_setState", offsetof(ohm_phidget22, set_state) },
    { "PhidgetDigitalOutput_enableFailsafe", offsetof(ohm_phidget22, enable_failsafe) },
    { "PhidgetDigitalOutput_resetFailsafe", offsetof(ohm_phidget22, reset_failsafe) },
    { "PhidgetNet_addServer", offsetof(ohm_phidget22, add_server) },
    { "PhidgetNet_removeServer", offsetof(ohm_phidget22, remove_server) },
};

static void *open_library(void)
{
    const char *path = getenv("OHMSTEAD_PHIDGET22");
    const char *const names[] = { path ? path : "libphidget22.so.0", "libphidget22.so.0",
                                  "libphidget22.so" };
    void *library = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++)
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    return library;
}

ohm_err ohm_phidget22_load(ohm_phidget22 *out)
{
    void *library = open_library();
    if (!library)
        return ohm_fail(OHM_UNKNOWN, 0,
                        "the vendor's library libphidget22 is not installed (phidgets.com)");
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        void *address = dlsym(library, symbols[i].name);
        if (!address) {
            (void)dlclose(library); /* nothing of it was called */
            return ohm_fail(OHM_UNKNOWN, 0, "libphidget22 is too old: a call is missing");
        }
        memcpy((char *)out + symbols[i].offset, &address, sizeof address);
    }
    return ohm_ok();
}
