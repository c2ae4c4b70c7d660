/* What can be wrong with a request: one row a fault, in both languages (RFC 9457).
 *
 * The type of a problem is "urn:ohmstead:fault:" and the row's word; the status says what HTTP
 * thinks of it; the sentence is for the person who reads it. */
#ifndef OHM_WEB_FAULT_H
#define OHM_WEB_FAULT_H

#include <stdbool.h>

/*     id                     status word                   English, French */
#define OHM_FAULTS(X)                                                                              \
    X(OHM_FAULT_TARGET, 400, "bad-target", "The address of the request is malformed.",             \
      "L’adresse de la requête est mal formée.")                                                   \
    X(OHM_FAULT_TARGET_LONG, 414, "long-target", "The address of the request is too long.",        \
      "L’adresse de la requête est trop longue.")                                                  \
    X(OHM_FAULT_FIELDS, 400, "bad-fields", "A header field is malformed, missing or there twice.", \
      "Un champ d’en-tête est mal formé, absent ou en double.")                                    \
    X(OHM_FAULT_HOST, 421, "unknown-host",                                                         \
      "This server does not answer to that name: add it to the allowed hosts.",                    \
      "Ce serveur ne répond pas à ce nom : ajoutez-le aux hôtes autorisés.")                       \
    X(OHM_FAULT_NOT_FOUND, 404, "not-found", "There is nothing at this address.",                  \
      "Il n’y a rien à cette adresse.")                                                            \
    X(OHM_FAULT_METHOD, 405, "method", "This address does not take that method.",                  \
      "Cette adresse n’accepte pas cette méthode.")                                                \
    X(OHM_FAULT_QUERY, 400, "bad-query", "A parameter is unknown or out of its range.",            \
      "Un paramètre est inconnu ou hors limites.")                                                 \
    X(OHM_FAULT_LENGTH, 411, "no-length", "The length of the body must be given.",                 \
      "La longueur du corps doit être donnée.")                                                    \
    X(OHM_FAULT_BODY_BIG, 413, "big-body", "The body is too long, or none is expected.",           \
      "Le corps est trop long, ou aucun n’est attendu.")                                           \
    X(OHM_FAULT_BODY_TYPE, 415, "body-type", "The body must be application/json.",                 \
      "Le corps doit être du type application/json.")                                              \
    X(OHM_FAULT_BODY_JSON, 400, "bad-json", "The body is not one JSON object.",                    \
      "Le corps n’est pas un objet JSON.")                                                         \
    X(OHM_FAULT_MEMBER, 422, "bad-member", "A member is missing, unknown, or out of its range.",   \
      "Un membre manque, est inconnu ou hors limites.")                                            \
    X(OHM_FAULT_UNTIL, 422, "bad-end", "An end is needed, between 1 minute and 7 days from now.",  \
      "Une fin est nécessaire, entre 1 minute et 7 jours à partir de maintenant.")                 \
    X(OHM_FAULT_HOURS, 422, "bad-hours", "The hours must lie between now and 7 days ahead.",       \
      "Les heures doivent se situer entre maintenant et 7 jours.")                                 \
    X(OHM_FAULT_LOGIN, 401, "not-logged-in", "Log in first, or send a token.",                     \
      "Connectez-vous d’abord, ou envoyez un jeton.")                                              \
    X(OHM_FAULT_TOKEN, 401, "bad-token", "The token is unknown, expired or revoked.",              \
      "Le jeton est inconnu, expiré ou révoqué.")                                                  \
    X(OHM_FAULT_TOKEN_NEEDED, 401, "token-needed", "This address needs a Bearer token.",           \
      "Cette adresse demande un jeton (Bearer).")                                                  \
    X(OHM_FAULT_PASSWORD, 401, "bad-login", "The name or the password is wrong.",                  \
      "Le nom ou le mot de passe est faux.")                                                       \
    X(OHM_FAULT_FORBIDDEN, 403, "forbidden", "Your role does not allow this.",                     \
      "Votre rôle ne le permet pas.")                                                              \
    X(OHM_FAULT_ORIGIN, 403, "cross-origin", "A page of another site may not do this.",            \
      "Une page d’un autre site n’a pas le droit de faire cela.")                                  \
    X(OHM_FAULT_CSRF, 403, "csrf", "The X-CSRF-Token field is missing or wrong: reload the page.", \
      "Le champ X-CSRF-Token manque ou est faux : rechargez la page.")                             \
    X(OHM_FAULT_CLAIM_CODE, 403, "bad-claim-code",                                                 \
      "The code is wrong: it is on the console of the server.",                                    \
      "Le code est faux : il est affiché sur la console du serveur.")                              \
    X(OHM_FAULT_CLAIMED, 409, "claimed", "There is nothing to claim here.",                        \
      "Il n’y a rien à revendiquer ici.")                                                          \
    X(OHM_FAULT_USER_EXISTS, 409, "user-exists", "There is a user of this name already.",          \
      "Il y a déjà un utilisateur de ce nom.")                                                     \
    X(OHM_FAULT_LAST_ADMIN, 409, "last-admin", "The last administrator must stay.",                \
      "Le dernier administrateur doit rester.")                                                    \
    X(OHM_FAULT_FULL, 409, "full", "There is no room for another one.",                            \
      "Il n’y a plus de place pour un de plus.")                                                   \
    X(OHM_FAULT_PASSWORD_SHORT, 422, "short-password",                                             \
      "A password needs 8 characters at least; 15 are better.",                                    \
      "Un mot de passe a au moins 8 caractères ; 15 valent mieux.")                                \
    X(OHM_FAULT_PASSWORD_LONG, 422, "long-password", "A password has 128 characters at most.",     \
      "Un mot de passe a au plus 128 caractères.")                                                 \
    X(OHM_FAULT_PASSWORD_COMMON, 422, "common-password",                                           \
      "Too many people use this password, or it is too easy to guess.",                            \
      "Trop de gens utilisent ce mot de passe, ou il est trop facile à deviner.")                  \
    X(OHM_FAULT_NOT_SAFE, 409, "no-safe-mode", "ohmstead does not run in safe mode.",              \
      "ohmstead n’est pas en mode de repli.")                                                      \
    X(OHM_FAULT_LOAD, 404, "unknown-load", "There is no load of this name.",                       \
      "Il n’y a pas de charge de ce nom.")                                                         \
    X(OHM_FAULT_LIMIT, 404, "unknown-limit", "There is no limit of this name.",                    \
      "Il n’y a pas de limite de ce nom.")                                                         \
    X(OHM_FAULT_ZONE, 404, "unknown-zone", "There is no zone of this name.",                       \
      "Il n’y a pas de zone de ce nom.")                                                           \
    X(OHM_FAULT_SET, 422, "bad-set-point",                                                         \
      "A set point is between 5 and 35 °C, until an end within 31 days.",                          \
      "Une consigne est entre 5 et 35 °C, avec une fin dans les 31 jours.")                        \
    X(OHM_FAULT_CAR, 422, "bad-car-request", "A car is asked for 0 to 200 kWh, within two days.",  \
      "Une voiture se demande pour 0 à 200 kWh, dans les deux jours.")                             \
    X(OHM_FAULT_NO_CAR, 404, "no-car", "No car is planned here.",                                  \
      "Aucune voiture n’est planifiée ici.")                                                       \
    X(OHM_FAULT_METER, 404, "unknown-meter", "There is no meter of this name.",                    \
      "Il n’y a pas de compteur de ce nom.")                                                       \
    X(OHM_FAULT_UNMEASURED, 404, "not-measured", "The meter does not say this, or is silent.",     \
      "Le compteur ne le dit pas, ou se tait.")                                                    \
    X(OHM_FAULT_ALARM, 404, "unknown-alarm", "There is no alarm of this number.",                  \
      "Il n’y a pas d’alerte de ce numéro.")                                                       \
    X(OHM_FAULT_SERIES, 404, "unknown-series", "There is no series of this name.",                 \
      "Il n’y a pas de série de ce nom.")                                                          \
    X(OHM_FAULT_POINTS, 422, "too-many-points",                                                    \
      "More than 10 000 points: take a longer step or a shorter time.",                            \
      "Plus de 10 000 points : prenez un pas plus long ou une durée plus courte.")                 \
    X(OHM_FAULT_SLOW, 503, "too-slow",                                                             \
      "This takes more than a minute: ask for a shorter time, or again later.",                    \
      "Cela prend plus d’une minute : demandez une durée plus courte, ou réessayez plus tard.")    \
    X(OHM_FAULT_MIRROR, 404, "unknown-source", "There is no mirror of this name to ask.",          \
      "Il n’y a pas de miroir de ce nom à interroger.")                                            \
    X(OHM_FAULT_ENERGY_FAR, 422, "energy-at-home",                                                 \
      "Energy comes from the registers at the site, not from an engine: ask without agg.",         \
      "L’énergie vient des index sur place, pas d’un moteur : demandez sans agg.")                 \
    X(OHM_FAULT_ENGINE, 502, "engine", "The engine does not answer, or not as it should.",         \
      "Le moteur ne répond pas, ou pas comme il devrait.")                                         \
    X(OHM_FAULT_CONTRACT, 404, "unknown-contract",                                                 \
      "No contract is configured, or there is none of this name.",                                 \
      "Aucun contrat n’est configuré, ou il n’y en a pas de ce nom.")                              \
    X(OHM_FAULT_BAD_CONTRACT, 422, "bad-contract", "The contract can't be used as it is written.", \
      "Le contrat ne peut pas être utilisé tel qu’il est écrit.")                                  \
    X(OHM_FAULT_BAD_RULES, 422, "bad-rules", "The rules can't be used as they are written.",       \
      "Les règles ne peuvent pas être utilisées telles qu’elles sont écrites.")                    \
    X(OHM_FAULT_RULE, 404, "unknown-rule", "The page has no rule of this name.",                   \
      "La page n’a pas de règle de ce nom.")                                                       \
    X(OHM_FAULT_RULE_FILE, 409, "rule-in-file",                                                    \
      "This rule is in the configuration file: it is changed there.",                              \
      "Cette règle est dans le fichier de configuration : c’est là qu’elle se change.")            \
    X(OHM_FAULT_UNTRIED, 409, "untried-rule",                                                      \
      "This rule was not simulated as it is now: try it first, or arm it anyway.",                 \
      "Cette règle n’a pas été simulée telle quelle : essayez-la, ou forcez.")                     \
    X(OHM_FAULT_LAST_BILL, 404, "no-last-bill", "Nobody said yet when the last bill came.",        \
      "Personne n’a encore dit quand la dernière facture est arrivée.")                            \
    X(OHM_FAULT_REGISTER, 422, "bad-register",                                                     \
      "The register of the last bill is above what the meter shows after it.",                     \
      "L’index de la dernière facture dépasse celui que le compteur montre ensuite.")              \
    X(OHM_FAULT_PRICE, 422, "no-price",                                                            \
      "A price or the colour of a day is not known for a part of that time.",                      \
      "Un prix ou la couleur d’un jour n’est pas connu pour une partie de cette période.")         \
    X(OHM_FAULT_FEW_DAYS, 422, "few-days", "Three whole days at least must be known first.",       \
      "Il faut d’abord connaître au moins trois jours entiers.")                                   \
    X(OHM_FAULT_REFUSED, 409, "refused", "The house does not allow this now.",                     \
      "La maison ne le permet pas maintenant.")                                                    \
    X(OHM_FAULT_UPGRADE, 426, "upgrade", "This address speaks WebSocket (RFC 6455) only.",         \
      "Cette adresse ne parle que WebSocket (RFC 6455).")                                          \
    X(OHM_FAULT_RATE, 429, "too-many-tries", "Too many tries: wait a little.",                     \
      "Trop d’essais : attendez un peu.")                                                          \
    X(OHM_FAULT_MEMORY, 503, "no-memory", "The server is out of memory.",                          \
      "Le serveur manque de mémoire.")                                                             \
    X(OHM_FAULT_STARTING, 503, "starting", "The house is starting.", "La maison démarre.")         \
    X(OHM_FAULT_BUSY, 503, "busy", "The server is busy: try again in a moment.",                   \
      "Le serveur est occupé : réessayez dans un instant.")                                        \
    X(OHM_FAULT_NO_ANSWER, 503, "no-answer",                                                       \
      "The command was taken, but its outcome is not known yet: see the journal.",                 \
      "La commande a été prise, mais son issue n’est pas encore connue : voyez le journal.")       \
    X(OHM_FAULT_NOT_KEPT, 503, "not-kept",                                                         \
      "It is in force, but could not be written down: a restart may forget it.",                   \
      "C’est en vigueur, mais n’a pas pu être noté : un redémarrage peut l’oublier.")              \
    X(OHM_FAULT_STORE, 503, "store", "The store does not work now: nothing was changed.",          \
      "Le stockage ne marche pas en ce moment : rien n’a été changé.")

typedef enum ohm_fault {
#define OHM_FAULT_ID(id, status, word, english, french) id,
    OHM_FAULTS(OHM_FAULT_ID)
#undef OHM_FAULT_ID
        OHM_FAULTS_COUNT
} ohm_fault;

typedef struct ohm_fault_row {
    unsigned status;
    const char *word;
    const char *english, *french;
} ohm_fault_row;

const ohm_fault_row *ohm_fault_get(ohm_fault fault);

#endif
