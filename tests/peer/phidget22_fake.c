/* A stand-in for the vendor's library, with the same symbols: one board of relays, serial 1017,
 * whose plug is the file `attached` of the folder $PHIDGET22_FAKE, and whose failsafe timer trips
 * when `trip` is there; while `busy` is there no channel opens. What is called goes to its file
 * `log`, a line a call. As the real one it tells of attaching from a thread of its own, and loses
 * its states while it is unplugged. */
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SERIAL = 1017,
    CHANNELS = 8,
    OPEN_MAX = 32,
    BUSY = 16,
    NOT_ATTACHED = 52,
    FAILSAFE = 59,
    LOOK_US = 20000
};

typedef void handler(void *, void *);
typedef void error_handler(void *, void *, int, const char *);

typedef struct channel {
    bool used, open, attached, armed, tripped;
    int serial, number;
    handler *attach, *detach;
    error_handler *error;
    void *attach_ctx, *detach_ctx, *error_ctx;
} channel;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t calling = PTHREAD_MUTEX_INITIALIZER; /* a handler: none is after its close */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static channel channels[OPEN_MAX];

int PhidgetDigitalOutput_create(channel **ret);
int PhidgetDigitalOutput_delete(channel **c);
int PhidgetDigitalOutput_setState(channel *c, int state);
int PhidgetDigitalOutput_enableFailsafe(channel *c, uint32_t ms);
int PhidgetDigitalOutput_resetFailsafe(channel *c);
int Phidget_setDeviceSerialNumber(channel *c, int32_t serial);
int Phidget_setChannel(channel *c, int number);
int Phidget_setIsLocal(channel *c, int local);
int Phidget_setIsRemote(channel *c, int remote);
int Phidget_setServerName(channel *c, const char *name);
int Phidget_setOnAttachHandler(channel *c, handler *h, void *ctx);
int Phidget_setOnDetachHandler(channel *c, handler *h, void *ctx);
int Phidget_setOnErrorHandler(channel *c, error_handler *h, void *ctx);
int Phidget_open(channel *c);
int Phidget_close(channel *c);
int PhidgetNet_addServer(const char *name, const char *host, int port, const char *password,
                         int flags);
int PhidgetNet_removeServer(const char *name);

static const char *path_of(const char *name, char out[static 512])
{
    const char *folder = getenv("PHIDGET22_FAKE");
    (void)snprintf(out, 512, "%s/%s", folder ? folder : ".", name);
    return out;
}

static bool is_there(const char *name)
{
    char path[512];
    return access(path_of(name, path), F_OK) == 0;
}

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
    char path[512], line[256];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    line[len++] = '\n';
    int fd = open(path_of("log", path), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, line, (size_t)len) != len)
        abort();
    (void)close(fd);
}

/* What came of it since the last look, told without the lock. */
static void look(channel *c)
{
    (void)pthread_mutex_lock(&calling);
    (void)pthread_mutex_lock(&lock);
    bool there = is_there("attached") && c->serial == SERIAL && c->number < CHANNELS;
    bool came = c->open && there && !c->attached, went = c->open && !there && c->attached;
    bool trips = c->open && c->attached && c->armed && !c->tripped && is_there("trip");
    c->attached = c->open && there;
    c->armed = c->armed && c->attached;
    c->tripped = c->tripped || trips;
    const channel told = *c;
    (void)pthread_mutex_unlock(&lock);
    if (came && told.attach)
        told.attach(c, told.attach_ctx);
    if (went && told.detach)
        told.detach(c, told.detach_ctx);
    if (trips && told.error)
        told.error(c, told.error_ctx, 4108, "Failsafe");
    (void)pthread_mutex_unlock(&calling);
}

static void *watch(void *ctx)
{
    (void)ctx;
    while (true) {
        for (int i = 0; i < OPEN_MAX; i++)
            look(&channels[i]);
        (void)usleep(LOOK_US);
    }
    return NULL;
}

static void begin(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, watch, NULL) != 0)
        abort();
    (void)pthread_detach(thread);
}

int PhidgetDigitalOutput_create(channel **ret)
{
    (void)pthread_once(&once, begin);
    (void)pthread_mutex_lock(&lock);
    for (int i = 0; i < OPEN_MAX && !*ret; i++)
        if (!channels[i].used)
            *ret = &channels[i];
    if (*ret)
        **ret = (channel){ .used = true };
    (void)pthread_mutex_unlock(&lock);
    return *ret ? 0 : 2;
}

int PhidgetDigitalOutput_delete(channel **c)
{
    (void)pthread_mutex_lock(&lock);
    **c = (channel){ .used = false };
    (void)pthread_mutex_unlock(&lock);
    *c = NULL;
    return 0;
}

#define SETTER(function, type, code)                                                               \
    int function(channel *c, type value)                                                           \
    {                                                                                              \
        (void)pthread_mutex_lock(&lock);                                                           \
        code;                                                                                      \
        (void)pthread_mutex_unlock(&lock);                                                         \
        return 0;                                                                                  \
    }

SETTER(Phidget_setDeviceSerialNumber, int32_t, c->serial = value)
SETTER(Phidget_setChannel, int, c->number = value)
SETTER(Phidget_setIsLocal, int, note("local %d %d", c->number, value))
SETTER(Phidget_setIsRemote, int, note("remote %d %d", c->number, value))
SETTER(Phidget_setServerName, const char *, note("server %d %s", c->number, value))

#define HANDLER(function, type, field)                                                             \
    int function(channel *c, type *h, void *ctx)                                                   \
    {                                                                                              \
        (void)pthread_mutex_lock(&lock);                                                           \
        c->field = h;                                                                              \
        c->field##_ctx = ctx;                                                                      \
        (void)pthread_mutex_unlock(&lock);                                                         \
        return 0;                                                                                  \
    }

HANDLER(Phidget_setOnAttachHandler, handler, attach)
HANDLER(Phidget_setOnDetachHandler, handler, detach)
HANDLER(Phidget_setOnErrorHandler, error_handler, error)

int Phidget_open(channel *c)
{
    if (is_there("crash"))
        abort();
    (void)pthread_mutex_lock(&lock);
    bool busy = is_there("busy");
    note("%s %d %d", busy ? "busy" : "open", c->number, c->serial);
    c->open = !busy;
    (void)pthread_mutex_unlock(&lock);
    return busy ? BUSY : 0;
}

int Phidget_close(channel *c)
{
    (void)pthread_mutex_lock(&lock);
    note("close %d", c->number);
    c->open = c->attached = false;
    (void)pthread_mutex_unlock(&lock);
    (void)pthread_mutex_lock(&calling);
    (void)pthread_mutex_unlock(&calling);
    return 0;
}

/* What a call to an attached channel comes to. */
static int when_attached(channel *c, const char *what, unsigned value)
{
    (void)pthread_mutex_lock(&lock);
    int code = !c->attached ? NOT_ATTACHED : c->tripped ? FAILSAFE : 0;
    if (code == 0)
        note("%s %d %u", what, c->number, value);
    if (code == 0 && strcmp(what, "failsafe") == 0)
        c->armed = true;
    (void)pthread_mutex_unlock(&lock);
    return code;
}

int PhidgetDigitalOutput_setState(channel *c, int state)
{
    return when_attached(c, "set", (unsigned)state);
}

int PhidgetDigitalOutput_enableFailsafe(channel *c, uint32_t ms)
{
    return is_there("old") ? 20 : when_attached(c, "failsafe", ms);
}

int PhidgetDigitalOutput_resetFailsafe(channel *c)
{
    return when_attached(c, "feed", 0);
}

int PhidgetNet_addServer(const char *name, const char *host, int port, const char *password,
                         int flags)
{
    note("add %s %s %d %zu %d", name, host, port, strlen(password), flags);
    return 0;
}

int PhidgetNet_removeServer(const char *name)
{
    note("remove %s", name);
    return 0;
}
