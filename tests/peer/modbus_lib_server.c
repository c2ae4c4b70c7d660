/* A server built on libmodbus, for tests: one device whose input registers hold floats as an
 * SDM630 has them, over TCP on a free port of 127.0.0.1 or over a serial port.
 *
 * usage: modbus_lib_server tcp | modbus_lib_server DEVICE UNIT */
#include <modbus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <sys/socket.h>

enum { REGISTERS = 400 };

static void fill(modbus_mapping_t *map)
{
    static const struct {
        int address;
        float value;
    } rows[] = { { 0, 230.1F },   { 2, 231.2F },  { 4, 229.9F },  { 6, 1.5F },
                 { 52, 1234.5F }, { 70, 50.02F }, { 72, 5432.1F } };
    /* Not by modbus_set_float_abcd, which in libmodbus 3.1.6 turns the bytes around. */
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t bits;
        memcpy(&bits, &rows[i].value, sizeof bits);
        map->tab_input_registers[rows[i].address] = (uint16_t)(bits >> 16);
        map->tab_input_registers[rows[i].address + 1] = (uint16_t)bits;
    }
}

/* A free port, which libmodbus does not say: bound here, then given to it. */
static int free_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        exit(EXIT_FAILURE);
    (void)close(fd);
    return ntohs(address.sin_port);
}

static void serve(modbus_t *modbus, modbus_mapping_t *map)
{
    uint8_t query[MODBUS_MAX_ADU_LENGTH];
    int len;
    while ((len = modbus_receive(modbus, query)) >= 0)
        if (len > 0 && modbus_reply(modbus, query, len, map) < 0)
            return;
}

int main(int argc, char **argv)
{
    modbus_mapping_t *map = modbus_mapping_new(0, 0, 0, REGISTERS);
    if (argc < 2 || !map)
        return EXIT_FAILURE;
    fill(map);
    if (!strcmp(argv[1], "tcp")) {
        int port = free_port(), listener = -1;
        modbus_t *modbus = modbus_new_tcp("127.0.0.1", port);
        listener = modbus_tcp_listen(modbus, 1);
        if (listener < 0)
            return EXIT_FAILURE;
        (void)printf("%d\n", port);
        (void)fflush(stdout);
        while (modbus_tcp_accept(modbus, &listener) >= 0) {
            serve(modbus, map);
            modbus_close(modbus);
        }
        return EXIT_FAILURE;
    }
    modbus_t *modbus = modbus_new_rtu(argv[1], 19200, 'N', 8, 1);
    if (!modbus || argc < 3 || modbus_set_slave(modbus, atoi(argv[2])) != 0 ||
        modbus_connect(modbus) != 0)
        return EXIT_FAILURE;
    (void)printf("up\n");
    (void)fflush(stdout);
    for (;;) /* noise and silence end a query, not the server */
        serve(modbus, map);
}
