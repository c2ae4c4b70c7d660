/* A simulated DLMS meter for tests that drive the program: says its address, then answers until
 * its standard input ends, and says "relay: …" and "clock: …" as it was left.
 *
 * usage: cosem_meter pty|tcp [KEY=VALUE…]
 * line= (hdlc, wrapper, mode-e) auth= (0 to 6) control= ways= pdu= info= window= client= physical=
 * (numbers) secret= (text); the keys are 00 01 … 0f and d0 d1 … df. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "host/crypto_aead.h"
#include "host/crypto_digest.h"
#include "sim/cosem_server.h"
#include "sim/ends.h"

static ohm_cosem_server meter;
static ohm_sim_end *end;
static ohm_crypto_aead *dedicated;
static uint8_t said[1 << 17];

static const ohm_aead *dedicate(void *ctx, ohm_span key)
{
    (void)ctx;
    ohm_crypto_aead_free(dedicated);
    dedicated = NULL;
    return ohm_crypto_aead_new(key, &dedicated) == OHM_OK ? ohm_crypto_aead_table(dedicated) : NULL;
}

static bool set(const char *word)
{
    const char *value = strchr(word, '=');
    if (!value)
        return false;
    size_t len = (size_t)(value++ - word);
    unsigned long n = strtoul(value, NULL, 0);
    if (!strncmp(word, "line", len))
        meter.line = !strcmp(value, "wrapper")  ? OHM_SERVER_WRAPPER
                     : !strcmp(value, "mode-e") ? OHM_SERVER_MODE_E
                                                : OHM_SERVER_HDLC;
    else if (!strncmp(word, "auth", len))
        meter.auth = (uint8_t)n;
    else if (!strncmp(word, "control", len))
        meter.control = (uint8_t)n;
    else if (!strncmp(word, "ways", len))
        meter.ways = (unsigned)n;
    else if (!strncmp(word, "pdu", len))
        meter.pdu_max = (uint16_t)n;
    else if (!strncmp(word, "info", len))
        meter.info_max = (uint16_t)n;
    else if (!strncmp(word, "window", len))
        meter.window = (uint8_t)n;
    else if (!strncmp(word, "client", len))
        meter.client = (uint8_t)n;
    else if (!strncmp(word, "physical", len))
        meter.physical = (uint16_t)n;
    else if (!strncmp(word, "secret", len))
        (void)snprintf(meter.secret, sizeof meter.secret, "%s", value);
    else
        return false;
    return true;
}

static void on_bytes(void *ctx, ohm_span bytes)
{
    ohm_writer out = ohm_writer_over(said, sizeof said);
    (void)ctx;
    ohm_cosem_server_input(&meter, bytes, &out);
    if (out.len > 0 && ohm_sim_end_send(end, ohm_writer_span(&out)) != OHM_OK)
        (void)fprintf(stderr, "cosem_meter: an answer is too long for the line\n");
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
    ohm_crypto_aead *cipher = NULL;
    uint8_t key[16];
    ohm_cosem_server_init(&meter);
    for (uint8_t i = 0; i < 16; i++) {
        key[i] = i;
        meter.auth_key[i] = (uint8_t)(0xd0 + i);
    }
    for (int i = 2; i < argc; i++)
        if (!set(argv[i]))
            return 2;
    if (argc < 2 || ohm_crypto_aead_new(ohm_span_of(key, sizeof key), &cipher) != OHM_OK)
        return 2;
    meter.aead = ohm_crypto_aead_table(cipher);
    meter.dedicate = dedicate;
    meter.digests = &ohm_crypto_digests;
    ohm_sim_line line = strcmp(argv[1], "tcp") ? OHM_SIM_PTY : OHM_SIM_TCP;
    if (ohm_failed(ohm_sim_end_open(loop, line, 0, &end)) ||
        ohm_failed(ohm_sim_end_listen(end, on_bytes, NULL)))
        return 1;
    (void)printf("%s\n", ohm_sim_end_address(end));
    (void)fflush(stdout);
    (void)uv_pipe_init(loop, &input, 0);
    if (uv_pipe_open(&input, 0) < 0 || uv_read_start((uv_stream_t *)&input, room_for, on_input) < 0)
        return 1;
    (void)uv_run(loop, UV_RUN_DEFAULT);
    (void)printf("relay: %s\nclock: %lld\n", meter.connected ? "connected" : "disconnected",
                 (long long)meter.time_ms);
    ohm_crypto_aead_free(cipher);
    ohm_crypto_aead_free(dedicated);
    return 0;
}
