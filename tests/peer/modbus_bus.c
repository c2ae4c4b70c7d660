/* Simulated Modbus devices for tests that drive the program: says their address, then answers
 * until its standard input ends.
 *
 * usage: modbus_bus LINE DEVICE…     LINE: pty, tcp, or tcp+rtu (serial frames inside TCP), with
 *                                    "+echo" behind it
 *
 * A device is PROFILE:UNIT[:MORE]; MORE are letters: d dead, b busy, o answers in another's name,
 * n noise before each answer, x damaged answers, c half answers, s strict about addresses,
 * v a voltage of 3 V, i says who it is. Each shows 230.1 V, 1234.5 W, 50 Hz and 5432100 Wh. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "meter/modbus_profiles.h"
#include "sim/modbus_end.h"

enum { DEVICES_MAX = 100 };

static ohm_sim_modbus_device devices[DEVICES_MAX];
static ohm_modbus_profiles *profiles;
static ohm_sim_modbus bus;

static bool take_device(const char *text, ohm_sim_modbus_device *out)
{
    static const ohm_quantity_id volts[] = { OHM_Q_VOLTAGE, OHM_Q_VOLTAGE_L1, OHM_Q_VOLTAGE_L2,
                                             OHM_Q_VOLTAGE_L3 };
    static const struct {
        char letter;
        ohm_sim_modbus_fault fault;
    } faults[] = { { 'd', OHM_SIM_MODBUS_DEAD },       { 'b', OHM_SIM_MODBUS_BUSY },
                   { 'o', OHM_SIM_MODBUS_OTHER_UNIT }, { 'n', OHM_SIM_MODBUS_NOISY },
                   { 'x', OHM_SIM_MODBUS_DAMAGED },    { 'c', OHM_SIM_MODBUS_CUT } };
    char name[OHM_MODBUS_NAME_MAX], more[8] = "";
    unsigned unit = 0;
    if (sscanf(text, "%31[^:]:%u:%7s", name, &unit, more) < 2 || unit > UINT8_MAX)
        return false;
    out->profile = ohm_modbus_profiles_find(profiles, name);
    out->unit = (uint8_t)unit;
    out->strict = strchr(more, 's') != NULL;
    if (strchr(more, 'i')) {
        static const char *const identity[] = { "Maker", "M-3", "1.0" };
        memcpy(out->identity, identity, sizeof identity);
    }
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (strchr(more, faults[i].letter))
            out->fault = (uint8_t)faults[i].fault;
    for (size_t i = 0; i < 4; i++)
        ohm_sim_modbus_set(out, volts[i], strchr(more, 'v') ? 30 : 2301, -1);
    ohm_sim_modbus_set(out, OHM_Q_POWER, 12345, -1);
    ohm_sim_modbus_set(out, OHM_Q_FREQUENCY, 50, 0);
    ohm_sim_modbus_set(out, OHM_Q_ENERGY_IMPORT, 5432100, 0);
    return out->profile != NULL;
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
    ohm_sim_modbus_end *end = NULL;
    ohm_profile_fault fault;
    if (argc < 2 || argc - 2 > DEVICES_MAX ||
        ohm_modbus_profiles_load(NULL, &profiles, &fault) != OHM_OK)
        return 2;
    for (int i = 2; i < argc; i++)
        if (!take_device(argv[i], &devices[i - 2]))
            return 2;
    bool tcp = !strncmp(argv[1], "tcp", 3), rtu = !tcp || strstr(argv[1], "+rtu");
    ohm_sim_modbus_init(&bus, rtu ? OHM_MODBUS_RTU : OHM_MODBUS_TCP, devices, (size_t)(argc - 2));
    bus.echo = strstr(argv[1], "+echo") != NULL;
    ohm_err err = ohm_sim_modbus_end_open(loop, tcp ? OHM_SIM_TCP : OHM_SIM_PTY, 0, &bus, &end);
    if (ohm_failed(err)) {
        (void)fprintf(stderr, "modbus_bus: %s\n", err.what);
        return 1;
    }
    (void)printf("%s\n", ohm_sim_modbus_end_address(end));
    (void)fflush(stdout);
    (void)uv_pipe_init(loop, &input, 0);
    if (uv_pipe_open(&input, 0) < 0 || uv_read_start((uv_stream_t *)&input, room_for, on_input) < 0)
        return 1;
    (void)uv_run(loop, UV_RUN_DEFAULT);
    return 0;
}
