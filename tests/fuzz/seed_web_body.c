/* Stored accounts, bodies of requests and a token, as first inputs: usage: seed_web_body FOLDER */
#include "seed.h"
#include "web/accounts.h"

int main(int argc, char **argv)
{
    static ohm_accounts accounts;
    static char text[8 << 10];
    char token[OHM_ACCESS_TOKEN_LEN + 1];
    ohm_user user = { .name = "marie", .role = OHM_ROLE_ADMIN, .hash = "$argon2id$v=19$x" };
    ohm_json json;
    size_t len;
    if (argc < 2 || ohm_accounts_add_user(&accounts, &user) != OHM_OK ||
        ohm_accounts_add_token(&accounts, "ha", OHM_RIGHT_READ, 1795305600000, OHM_NO_MS, token) !=
            OHM_OK)
        return 1;
    ohm_json_init(&json, text, sizeof text);
    ohm_accounts_write(&json, &accounts);
    if (ohm_json_finish(&json, &len) != OHM_OK)
        return 1;
    seed_write(argv[1], "accounts", ohm_span_of(text, len));
    seed_write(argv[1], "token", ohm_span_text(token));
    seed_write(argv[1], "override", ohm_span_text("{\"state\":\"shed\",\"minutes\":5}"));
    seed_write(argv[1], "login", ohm_span_text("{\"user\":\"marie\",\"password\":\"\\u00e9\"}"));
    return 0;
}
