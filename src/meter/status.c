#include "meter/status.h"

#include <assert.h>
#include <string.h>

static const struct {
    const char *code, *english, *french;
} states[OHM_METER_STATES_COUNT] = {
    [OHM_METER_STARTING] = { "starting", "The line is open; waiting for the meter's first message.",
                             "La liaison est ouverte ; en attente du premier message du "
                             "compteur." },
    [OHM_METER_OK] = { "ok", "The meter is being read.", "Le compteur est lu." },
    [OHM_METER_UNREACHABLE] = { "unreachable",
                                "The meter's port or address can't be opened. Check that the "
                                "adapter is plugged in, its name in the configuration, the "
                                "network, and that no other program uses it.",
                                "Le port ou l'adresse du compteur ne s'ouvre pas. Vérifiez que "
                                "l'adaptateur est branché, son nom dans la configuration, le "
                                "réseau, et qu'aucun autre programme ne l'utilise." },
    [OHM_METER_NO_BYTES] = { "no_bytes",
                             "The line is open, but nothing comes. Check the cable to the meter "
                             "and its plug, and ask the grid operator whether the customer "
                             "interface is switched on.",
                             "La liaison est ouverte, mais rien n'arrive. Vérifiez le câble du "
                             "compteur et sa prise, et demandez au gestionnaire de réseau si "
                             "l'interface client est activée." },
    [OHM_METER_NO_FRAME] = { "no_frame",
                             "Something comes, but it makes no sense. The speed or the parity is "
                             "probably wrong (often 2400 8E1 or 9600 8N1), or the adapter turns "
                             "the signal upside down.",
                             "Quelque chose arrive, mais c'est illisible. La vitesse ou la parité "
                             "est sans doute fausse (souvent 2400 8E1 ou 9600 8N1), ou bien "
                             "l'adaptateur inverse le signal." },
    [OHM_METER_NO_KEY] = { "no_key",
                           "The meter's messages are encrypted and no key is configured. Ask the "
                           "grid operator for the key of the customer interface.",
                           "Les messages du compteur sont chiffrés et aucune clé n'est "
                           "configurée. Demandez au gestionnaire de réseau la clé de l'interface "
                           "client." },
    [OHM_METER_WRONG_KEY] = { "wrong_key",
                              "The meter's messages arrive whole, but the configured keys do not "
                              "open them. Check both keys, the encryption and the authentication "
                              "key, and that they belong to this meter.",
                              "Les messages du compteur arrivent entiers, mais les clés "
                              "configurées ne les ouvrent pas. Vérifiez les deux clés, celle de "
                              "chiffrement et celle d'authentification, et qu'elles sont bien "
                              "celles de ce compteur." },
    [OHM_METER_UNPROTECTED] = { "unprotected",
                                "The meter's messages lack the protection that the configured "
                                "keys promise, so they are not believed. If the meter really sends "
                                "in the clear, take the key out of the configuration; else ask the "
                                "grid operator to switch encryption on.",
                                "Les messages du compteur n'ont pas la protection que les clés "
                                "configurées promettent : ils ne sont pas crus. Si le compteur "
                                "émet vraiment en clair, retirez la clé de la configuration ; "
                                "sinon demandez au gestionnaire de réseau d'activer le "
                                "chiffrement." },
    [OHM_METER_REPLAYED] = { "replayed",
                             "The counter of the meter's messages is not above the last one, so "
                             "they are not believed. After a power cut this ends by itself within "
                             "a few messages; after a change of meter, stop ohmstead and run "
                             "'ohmstead meter reset NAME'.",
                             "Le numéro des messages du compteur ne dépasse pas le dernier connu : "
                             "ils ne sont pas crus. Après une coupure de courant, cela cesse de "
                             "soi-même au bout de quelques messages ; après un changement de "
                             "compteur, arrêtez ohmstead et lancez « ohmstead meter reset NOM »." },
    [OHM_METER_OTHER_METER] = { "other_meter",
                                "Another meter speaks on this line: its system title is not the "
                                "one that is configured or that was seen first, so it is not "
                                "believed. If the meter was changed, stop ohmstead and run "
                                "'ohmstead meter reset NAME'.",
                                "Un autre compteur parle sur cette liaison : son identifiant "
                                "(system title) n'est pas celui qui est configuré ou qui a été vu "
                                "en premier, il n'est donc pas cru. Si le compteur a été changé, "
                                "arrêtez ohmstead et lancez « ohmstead meter reset NOM »." },
    [OHM_METER_UNKNOWN_LAYOUT] = { "unknown_layout",
                                   "The meter is understood, but it sends bare values without "
                                   "saying what they are. Choose the meter's profile in the "
                                   "configuration, or add one.",
                                   "Le compteur est compris, mais il envoie des valeurs sans dire "
                                   "ce qu'elles sont. Choisissez le profil du compteur dans la "
                                   "configuration, ou ajoutez-en un." },
    [OHM_METER_NO_ANSWER] = { "no_answer",
                              "The device does not answer. Check its address, its supply and its "
                              "wires (on RS-485, A and B may be exchanged), and the speed; the "
                              "others on the line are not held up by it.",
                              "L'appareil ne répond pas. Vérifiez son adresse, son alimentation et "
                              "ses fils (en RS-485, A et B peuvent être inversés), et la vitesse ; "
                              "les autres de la ligne ne l'attendent pas." },
    [OHM_METER_REFUSED] = { "refused",
                            "The device answers, but refuses what it is asked for. Its profile is "
                            "probably that of another model, or it wants a password.",
                            "L'appareil répond, mais refuse ce qui lui est demandé. Son profil est "
                            "sans doute celui d'un autre modèle, ou bien il veut un mot de "
                            "passe." },
    [OHM_METER_WRONG_PROFILE] = { "wrong_profile",
                                  "The device answers, but its values can't be: a voltage of a few "
                                  "volts, a power of gigawatts. Its profile is probably that of "
                                  "another model; nothing is recorded.",
                                  "L'appareil répond, mais ses valeurs sont impossibles : une "
                                  "tension de quelques volts, une puissance de gigawatts. Son "
                                  "profil est sans doute celui d'un autre modèle ; rien n'est "
                                  "enregistré." },
    [OHM_METER_STALE] = { "stale",
                          "The meter was being read, but has said nothing new for too long. Check "
                          "the cable and the meter; the values shown are old.",
                          "Le compteur était lu, mais n'a plus rien dit de nouveau depuis trop "
                          "longtemps. Vérifiez le câble et le compteur ; les valeurs affichées "
                          "sont anciennes." },
    [OHM_METER_PARTLY] = { "partly",
                           "The meter is being read, but the last time its answer broke off before "
                           "the end: what came is kept, the rest is asked for again. If this "
                           "lasts, "
                           "check the cable, the optical head or the network.",
                           "Le compteur est lu, mais la dernière fois sa réponse s'est interrompue "
                           "avant la fin : ce qui est arrivé est gardé, le reste est redemandé. Si "
                           "cela dure, vérifiez le câble, la tête optique ou le réseau." },
    [OHM_METER_NO_PROFILE] = { "no_profile",
                               "The meter's present values are read, but not what it recorded (its "
                               "load profile or its logs): it refuses, or its answer can't be "
                               "used. "
                               "Check the profile's code in the settings and what this client may "
                               "read; the gaps in the curve stay.",
                               "Les valeurs présentes du compteur sont lues, mais pas ce qu'il a "
                               "enregistré (sa courbe de charge ou ses journaux) : il refuse, ou "
                               "sa "
                               "réponse est inutilisable. Vérifiez le code du profil dans les "
                               "réglages et ce que ce client a le droit de lire ; les trous de la "
                               "courbe restent." },
};

const char *ohm_meter_state_code(ohm_meter_state state)
{
    assert(state >= 0 && state < OHM_METER_STATES_COUNT);
    return states[state].code;
}

const char *ohm_meter_state_text(ohm_meter_state state, bool french)
{
    assert(state >= 0 && state < OHM_METER_STATES_COUNT);
    return french ? states[state].french : states[state].english;
}

bool ohm_meter_state_trouble(ohm_meter_state s)
{
    return s > OHM_METER_OK && s < OHM_METER_STATES_COUNT && s != OHM_METER_UNREACHABLE &&
           s != OHM_METER_NO_BYTES && s != OHM_METER_STALE && !ohm_meter_state_read(s);
}

bool ohm_meter_state_read(ohm_meter_state s)
{
    return s == OHM_METER_OK || s == OHM_METER_PARTLY || s == OHM_METER_NO_PROFILE;
}

bool ohm_meter_state_hopeless(ohm_meter_state s)
{
    return s == OHM_METER_NO_KEY || s == OHM_METER_WRONG_KEY || s == OHM_METER_UNPROTECTED ||
           s == OHM_METER_OTHER_METER || s == OHM_METER_UNKNOWN_LAYOUT || s == OHM_METER_NO_FRAME ||
           s == OHM_METER_NO_ANSWER || s == OHM_METER_REFUSED || s == OHM_METER_WRONG_PROFILE;
}

/* What is otherwise for sensors and plugs of a network, and for devices that are asked. */
static const struct {
    ohm_meter_state state;
    const char *protocol; /* NULL: of mqtt and http */
    const char *english, *french;
} of_protocols[] = {
    { OHM_METER_NO_FRAME, "modbus",
      "Something answers, but not in Modbus TCP. Check the number of the port (usually 502): it "
      "may "
      "be a web page's. A gateway that carries serial frames inside TCP wants the protocol "
      "modbus-rtu.",
      "Quelque chose répond, mais pas en Modbus TCP. Vérifiez le numéro du port (502 le plus "
      "souvent) : c'est peut-être celui d'une page web. Une passerelle qui transporte des trames "
      "série dans TCP demande le protocole modbus-rtu." },
    { OHM_METER_NO_FRAME, "d0",
      "The meter answers, but its readouts come damaged. Clean the optical head and sit it "
      "straight; else the speed or the parity is wrong (usually 300 7E1).",
      "Le compteur répond, mais ses relevés arrivent abîmés. Nettoyez la tête optique et posez-la "
      "bien droite ; sinon la vitesse ou la parité est fausse (300 7E1 le plus souvent)." },
    { OHM_METER_UNREACHABLE, "mqtt",
      "The MQTT broker can't be reached. Check its address and port, that it runs, and the user "
      "and "
      "password that it wants.",
      "Le serveur MQTT est injoignable. Vérifiez son adresse et son port, qu'il est en marche, et "
      "l'utilisateur et le mot de passe qu'il demande." },
    { OHM_METER_NO_BYTES, "mqtt",
      "The broker answers, but nothing is published on this topic. Check the topic and the "
      "device's "
      "name, letter by letter. A sensor on batteries speaks only when something changes: press its "
      "button, or warm it in your hand.",
      "Le serveur répond, mais rien n'est publié sur ce sujet. Vérifiez le sujet et le nom de "
      "l'appareil, à la lettre près. Un capteur à pile ne parle que quand quelque chose change : "
      "appuyez sur son bouton ou réchauffez-le dans la main." },
    { OHM_METER_NO_BYTES, "d0",
      "The line is open, but nothing comes. Most meters with an optical port wait to be called: "
      "say "
      "how often (every_s; --every of read). Is the head in its place?",
      "La ligne est ouverte, mais rien n'arrive. La plupart des compteurs à port optique attendent "
      "qu'on les appelle : dites à quel rythme (every_s ; --every pour read). La tête est-elle "
      "bien "
      "en place ?" },
    { OHM_METER_NO_ANSWER, "d0",
      "The meter does not answer its call. Is the head in its place, its cable downwards? Some "
      "meters "
      "answer their address only, which is on their plate.",
      "Le compteur ne répond pas à son appel. La tête est-elle bien en place, le câble vers le bas "
      "? "
      "Certains compteurs ne répondent qu'à leur adresse, qui est sur leur plaque." },
    { OHM_METER_NO_ANSWER, "http",
      "The device does not answer. Check its address on your network, and that it is switched on.",
      "L'appareil ne répond pas. Vérifiez son adresse sur votre réseau et qu'il est allumé." },
    { OHM_METER_REFUSED, "http",
      "The device answers, but refuses: the path of the address is not one of its own, or it wants "
      "a "
      "user and a password.",
      "L'appareil répond, mais refuse : le chemin de l'adresse n'est pas l'un des siens, ou bien "
      "il "
      "veut un utilisateur et un mot de passe." },
    { OHM_METER_UNKNOWN_LAYOUT, NULL,
      "Something comes, but none of the values that are looked for is in it. The preset is "
      "probably "
      "that of another device; the last frame, below, shows what it says.",
      "Quelque chose arrive, mais aucune des valeurs cherchées n'y est. Le préréglage est sans "
      "doute "
      "celui d'un autre appareil ; la dernière trame, plus bas, montre ce qu'il dit." },
    { OHM_METER_STALE, NULL,
      "The device has said nothing for too long. Its battery may be empty, or it is out of reach; "
      "the "
      "values shown are old.",
      "L'appareil n'a rien dit depuis trop longtemps. Sa pile est peut-être vide, ou il est hors "
      "de "
      "portée ; les valeurs affichées sont anciennes." },
};

const char *ohm_meter_state_text_for(const char *protocol, ohm_meter_state state, bool french)
{
    bool network = !strcmp(protocol, "mqtt") || !strcmp(protocol, "http");
    for (size_t i = 0; i < sizeof of_protocols / sizeof *of_protocols; i++) {
        const char *of = of_protocols[i].protocol;
        if (of_protocols[i].state == state && (of ? !strcmp(of, protocol) : network))
            return french ? of_protocols[i].french : of_protocols[i].english;
    }
    return ohm_meter_state_text(state, french);
}

ohm_meter_counters ohm_meter_counters_sum(const ohm_meter_counters *a, const ohm_meter_counters *b)
{
    ohm_meter_counters sum = {
        .bytes = a->bytes + b->bytes,
        .frames = a->frames + b->frames,
        .messages = a->messages + b->messages,
        .bad_fcs = a->bad_fcs + b->bad_fcs,
        .gaps = a->gaps + b->gaps,
        .tag_failures = a->tag_failures + b->tag_failures,
        .replays = a->replays + b->replays,
        .unknown_layout = a->unknown_layout + b->unknown_layout,
        .no_key = a->no_key + b->no_key,
        .bytes_skipped = a->bytes_skipped + b->bytes_skipped,
        .reconnects = a->reconnects + b->reconnects,
        .requests = a->requests + b->requests,
        .timeouts = a->timeouts + b->timeouts,
        .late = a->late + b->late,
        .refused = a->refused + b->refused,
    };
    return sum;
}
