/* A simulated M-Bus for tests that drive the program: says its address, then answers until its
 * standard input ends.
 *
 * usage: mbus_bus LINE METERS…     LINE: pty or tcp, with "+echo" behind it
 *
 * A meter is KIND:PRIMARY:NUMBER[:MORE]: e, w, h or g for electricity, water, heat or gas; MORE
 * are letters: d dead, m three telegrams, b busy, x bad checksums, t two thirds of the time that
 * a master waits, k enciphered under a key of ours. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "host/crypto_digest.h"
#include "sim/mbus_end.h"

static ohm_sim_mbus_meter meters[OHM_SIM_MBUS_METERS_MAX];
static ohm_sim_mbus bus;

static const ohm_mbus_cipher cipher = { &ohm_crypto_digests, "not any meter's" };

static bool take_meter(const char *text, ohm_sim_mbus_meter *out)
{
    static const char kinds[] = "ewhg";
    unsigned primary = 0, number = 0;
    char more[8] = "";
    const char *kind = strchr(kinds, text[0]);
    if (!kind || !*kind || sscanf(text + 1, ":%u:%u:%7s", &primary, &number, more) < 2)
        return false;
    *out = ohm_sim_mbus_make((ohm_sim_mbus_kind)(kind - kinds), (uint8_t)primary, number);
    out->dead = strchr(more, 'd') != NULL;
    out->busy = strchr(more, 'b') != NULL;
    out->bad_checksum = strchr(more, 'x') != NULL;
    out->telegrams = strchr(more, 'm') ? 3 : 1;
    out->cipher = strchr(more, 'k') ? &cipher : NULL;
    out->slow_ms = strchr(more, 't') ? 120 : 0;
    return true;
}

static void room_for(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    static char nothing[16];
    (void)handle;
    (void)suggested;
    *out = uv_buf_init(nothing, sizeof nothing);
}

static void on_input(uv_stream_t *input, ssize_t got, const uv_buf_t *buffer)
{
    (void)buffer;
    if (got < 0)
        uv_stop(input->loop);
}

int main(int argc, char **argv)
{
    uv_loop_t *loop = uv_default_loop();
    uv_pipe_t input;
    ohm_sim_mbus_end *end = NULL;
    if (argc < 2 || argc - 2 > OHM_SIM_MBUS_METERS_MAX)
        return 2;
    for (int i = 2; i < argc; i++)
        if (!take_meter(argv[i], &meters[i - 2]))
            return 2;
    ohm_sim_mbus_init(&bus, meters, (size_t)(argc - 2));
    bus.echo = strstr(argv[1], "+echo") != NULL;
    ohm_sim_line line = strncmp(argv[1], "tcp", 3) ? OHM_SIM_PTY : OHM_SIM_TCP;
    ohm_err err = ohm_sim_mbus_end_open(loop, line, 0, &bus, 1795176000000, &end);
    if (ohm_failed(err)) {
        (void)fprintf(stderr, "mbus_bus: %s\n", err.what);
        return 1;
    }
    (void)printf("%s\n", ohm_sim_mbus_end_address(end));
    (void)fflush(stdout);
    (void)uv_pipe_init(loop, &input, 0);
    if (uv_pipe_open(&input, 0) < 0 || uv_read_start((uv_stream_t *)&input, room_for, on_input) < 0)
        return 1;
    (void)uv_run(loop, UV_RUN_DEFAULT);
    return 0;
}
