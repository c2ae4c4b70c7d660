/* What a meter says, behind a byte that chooses the conversation: usage: seed_cosem FOLDER */
#include "seed.h"

#include "../cosem_talk.h"

/* The meter's answer to one question of an open association. */
static void answer_to(const char *folder, const char *name, uint8_t first, ohm_span access)
{
    static const ohm_cosem_ref ref = { 7, { 1, 0, 99, 1, 0, 255 }, 2 };
    static talk t;
    static uint8_t seed[TALK_CHUNK_MAX + 1];
    ohm_cosem_server_line line = (first & 1) ? OHM_SERVER_WRAPPER : OHM_SERVER_HDLC;
    ohm_cosem_auth auth = (ohm_cosem_auth)((first >> 1) % OHM_COSEM_AUTHS_COUNT);
    talk_init(&t, line, auth, first & 0x30);
    ohm_cosem_config c = talk_config(&t, line, auth, first & 0x30);
    if (talk_open(&t, &c) != OHM_COSEM_READY ||
        ohm_cosem_get(&t.client, &ref, access, t.now) != OHM_OK)
        abort();
    size_t len = talk_to_meter(&t);
    seed[0] = first;
    memcpy(seed + 1, t.wire, len);
    seed_write(folder, name, ohm_span_of(seed, len + 1));
    talk_release(&t);
}

int main(int argc, char **argv)
{
    static const uint8_t two[] = { 2, 2, 4, 6, 0, 0, 0, 1, 6, 0, 0, 0, 2, 0x12, 0, 1, 0x12, 0, 0 };
    if (argc != 2)
        return EXIT_FAILURE;
    answer_to(argv[1], "hdlc", 0, ohm_span_of(two, sizeof two));
    answer_to(argv[1], "wrapper", 1, ohm_span_of(two, sizeof two));
    answer_to(argv[1], "ciphered", 0x31, ohm_span_of(two, sizeof two));
    answer_to(argv[1], "segments", 0, ohm_span_of(NULL, 0));
    return EXIT_SUCCESS;
}
