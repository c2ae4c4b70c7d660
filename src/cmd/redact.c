#include "cmd/redact.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

enum { WORD_MIN = 7, DIGITS_MIN = 4, KEPT = 2 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The bytes of the word of letters and digits at the front, and how many are digits. */
static size_t word_at(const char *text, size_t *digits)
{
    size_t n = 0;
    for (*digits = 0; is_digit(text[n]) || is_letter(text[n]); n++)
        *digits += is_digit(text[n]);
    return n;
}

/* Names of adapters end with their serial number: "usb-FTDI_FT232R_USB_UART_A50285BI-if00". It
 * may be of letters alone. */
static bool is_adapter_serial(const char *text, const char *word, size_t len)
{
    return word > text && word[-1] == '_' && !strncmp(word + len, "-if", 3);
}

static void put(char *out, size_t cap, size_t *len, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n && *len + 1 < cap; i++)
        out[(*len)++] = bytes[i];
}

size_t ohm_redact(const char *text, char *out, size_t cap)
{
    size_t len = 0, digits;
    assert(cap > 0);
    for (const char *at = text; *at;) {
        size_t n = word_at(at, &digits);
        bool hide =
            (n >= WORD_MIN && digits >= DIGITS_MIN) || (n > 0 && is_adapter_serial(text, at, n));
        if (n == 0)
            n = 1;
        put(out, cap, &len, at, hide && n > KEPT ? KEPT : n);
        if (hide)
            put(out, cap, &len, "***", 3);
        at += n;
    }
    out[len] = '\0';
    return len;
}
