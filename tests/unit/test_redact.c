#include "cmd/redact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void what_is_hidden_and_what_is_not(void **state)
{
    (void)state;
    static const struct {
        const char *why, *text, *want;
    } rows[] = {
        { "a delivery point", "PRM 09123456789012: quiet", "PRM 09***: quiet" },
        { "an M-Bus address", "mbus 12345678", "mbus 12***" },
        { "a meter's number", "LGZ1030655933512 says", "LG*** says" },
        { "a key", "key 000102030405060708090A0B0C0D0E0F", "key 00***" },
        { "an adapter's number",
          "serial:/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0",
          "serial:/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A5***-if00-port0" },
        { "one without digits", "usb-Prolific_Cable_ABCDEFGH-if00",
          "usb-Prolific_Cable_AB***-if00" },
        { "a short one", "usb-1a86_USB_Serial_7-if00", "usb-1a86_USB_Serial_7***-if00" },
        { "a time", "2026-11-22T09:30:00.123Z", "2026-11-22T09:30:00.123Z" },
        { "an address and a port", "tcp:192.168.178.200:10001", "tcp:192.168.178.200:10001" },
        { "a device", "serial:/dev/ttyUSB10", "serial:/dev/ttyUSB10" },
        { "a size", "sound, 123.4 MB, 123456 frames", "sound, 123.4 MB, 123456 frames" },
        { "a version", "ohmstead 0.1.0", "ohmstead 0.1.0" },
        { "nothing", "", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char got[128];
        size_t len = ohm_redact(rows[i].text, got, sizeof got);
        if (strcmp(got, rows[i].want) != 0 || len != strlen(got))
            fail_msg("%s: '%s'", rows[i].why, got);
    }
    char small[8];
    assert_int_equal(ohm_redact("abc 12345678", small, sizeof small), 7);
    assert_string_equal(small, "abc 12*");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_hidden_and_what_is_not) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
