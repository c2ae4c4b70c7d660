/* A meter in a few lines of C: what captured bytes say, or what a meter answers now.
 *
 *     meter decode PROTOCOL FILE            every message of a capture
 *     meter read PROTOCOL PORT [ADDRESS]    one reading of one meter
 */
#include <ohmstead.h>
#include <stdio.h>
#include <string.h>

static const char *text(const char *said)
{
    return said ? said : "-";
}

static void show(const ohmstead_message *message)
{
    static const char *const codes[] = { "1.8.0", "2.8.0", "16.7.0" };
    printf("%s %s\n", ohmstead_message_protocol(message), text(ohmstead_message_meter_id(message)));
    for (size_t i = 0; i < ohmstead_message_count(message); i++) {
        const ohmstead_value *v = ohmstead_message_value(message, i);
        const char *code =
            ohmstead_value_obis(v) ? ohmstead_value_obis(v) : ohmstead_value_label(v);
        printf("  %-18s %-24s %14s %s\n", text(code), text(ohmstead_value_quantity(v)),
               text(ohmstead_value_text(v)), text(ohmstead_value_unit(v)));
    }
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        double value;
        const char *unit;
        if (ohmstead_message_answer(message, codes[i], &value, &unit))
            printf("%s: %.3f %s\n", codes[i], value, unit);
    }
}

/* All that the decoder has to say so far. Returns how much was refused. */
static int drain(ohmstead_decoder *decoder)
{
    int code, refused = 0;
    ohmstead_message *message;
    ohmstead_error error = { .size = sizeof error };
    while ((code = ohmstead_decoder_next(decoder, &message, &error)) != OHMSTEAD_MORE &&
           code != OHMSTEAD_END) {
        if (code == OHMSTEAD_OK) {
            show(message);
            ohmstead_message_free(message);
            continue;
        }
        fprintf(stderr, "at byte %llu: %s\n", (unsigned long long)error.offset, error.text);
        refused++;
    }
    return refused;
}

static int decode(const char *protocol, FILE *file)
{
    char bytes[4096];
    size_t len;
    int refused = 0;
    const ohmstead_options options = { .size = sizeof options, .protocol = protocol };
    ohmstead_error error = { .size = sizeof error };
    ohmstead_decoder *decoder;
    if (ohmstead_decoder_new(&options, &decoder, &error) != OHMSTEAD_OK) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    while ((len = fread(bytes, 1, sizeof bytes, file)) > 0) {
        if (ohmstead_decoder_push(decoder, bytes, len, &error) != OHMSTEAD_OK) {
            fprintf(stderr, "%s\n", error.text);
            refused++;
            break;
        }
        refused += drain(decoder);
    }
    ohmstead_decoder_finish(decoder);
    refused += drain(decoder);
    ohmstead_decoder_free(decoder);
    return refused > 0;
}

static int read_meter(const char *protocol, const char *port, const char *address)
{
    const ohmstead_options options = {
        .size = sizeof options,
        .protocol = protocol,
        .port = port,
        .address = address,
        .timeout_ms = 30000,
    };
    ohmstead_error error = { .size = sizeof error };
    ohmstead_message *message;
    if (ohmstead_read(&options, &message, &error) != OHMSTEAD_OK) {
        fprintf(stderr, "%s: %s\n", port, error.text);
        return 1;
    }
    for (const ohmstead_message *m = message; m; m = ohmstead_message_following(m))
        show(m);
    ohmstead_message_free(message);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 4 && !strcmp(argv[1], "decode")) {
        FILE *file = fopen(argv[3], "rb");
        if (!file) {
            perror(argv[3]);
            return 1;
        }
        int status = decode(argv[2], file);
        fclose(file);
        return status;
    }
    if ((argc == 4 || argc == 5) && !strcmp(argv[1], "read"))
        return read_meter(argv[2], argv[3], argv[4]);
    fprintf(stderr, "usage: meter decode PROTOCOL FILE | meter read PROTOCOL PORT [ADDRESS]\n");
    return 2;
}
