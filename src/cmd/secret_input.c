#include "cmd/secret_input.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "host/random.h"

/* One line from stdin, byte by byte: nothing after it is taken. */
static ohm_err read_line(char *out, size_t cap)
{
    size_t len = 0;
    char c;
    ssize_t n;
    while ((n = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n') {
        if (len + 1 == cap)
            return ohm_fail(OHM_TOO_BIG, 0, "the password is too long");
        out[len++] = c;
    }
    if (n < 0)
        return ohm_fail(OHM_IO, 0, "standard input can't be read");
    if (len && out[len - 1] == '\r')
        len--;
    out[len] = '\0';
    if (strlen(out) != len)
        return ohm_fail(OHM_BAD_FORMAT, 0, "a password holds no NUL");
    return len ? ohm_ok() : ohm_fail(OHM_BAD_FORMAT, 0, "no password was given");
}

static ohm_err ask(const char *prompt, const char *again, char *out, size_t cap)
{
    (void)fprintf(stderr, "%s%s: ", prompt, again);
    (void)fflush(stderr);
    ohm_err err = read_line(out, cap);
    (void)fputc('\n', stderr);
    return err;
}

static ohm_err ask_twice(const char *prompt, char *out, size_t cap)
{
    char second[1024];
    OHM_TRY(ask(prompt, "", out, cap));
    ohm_err err = ask(prompt, ", again", second, sizeof second);
    if (!ohm_failed(err) && strcmp(out, second) != 0)
        err = ohm_fail(OHM_BAD_FORMAT, 0, "the two passwords differ");
    ohm_wipe(second, sizeof second);
    return err;
}

ohm_err ohm_secret_input(const char *prompt, char *out, size_t cap)
{
    struct termios before, silent;
    if (tcgetattr(STDIN_FILENO, &before))
        return read_line(out, cap); /* no terminal */
    silent = before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent))
        return ohm_fail(OHM_IO, 0, "the terminal does not stop showing what is typed");
    ohm_err err = ask_twice(prompt, out, cap);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    return err;
}
