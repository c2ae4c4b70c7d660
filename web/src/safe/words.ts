/* The words of the safe mode's banner, in its own chunk. */
import { wordsOf } from '../i18n';
import type { Message } from '../i18n/fr';

export const safeFr = {
  'title': 'Mode de repli',
  'aborted': { one: 'ohmstead s’est interrompu {n} fois de façon imprévue. La dernière : {when}, {cause}.', other: 'ohmstead s’est interrompu {n} fois de façon imprévue. La dernière : {when}, {cause}.' },
  'asked': 'ohmstead a été démarré ainsi à la main.',
  'unread': 'Ce qui a interrompu ohmstead auparavant ne peut pas être lu.',
  'safe': 'Les sorties restent dans leur état de repli. Rien n’est piloté ni planifié ; les compteurs sont lus et enregistrés.',
  'bare': 'Les sorties restent dans leur état de repli. Rien n’est piloté, et les compteurs ne sont plus lus non plus.',
  'do': 'Que faire : « ohmstead safe » et « ohmstead doctor » disent ce qui s’est passé. Corrigez la cause ou mettez à jour, puis reprenez.',
  'ends': 'Sans nouvelle interruption, la marche normale reprend d’elle-même {when}.',
  'leave': 'Reprendre la marche normale',
  'leaving': 'ohmstead redémarre : la page revient dans quelques secondes.',
  'failed': 'La demande a échoué : {words}',
  'cause.fault': 'erreur du programme ({signal})',
  'cause.killed': 'arrêté de l’extérieur',
  'cause.memory': 'plus de mémoire sur cette machine',
  'cause.hung': 'programme figé',
  'cause.ended': 'fin inattendue',
  'cause.unseen': 'fin que personne n’a vue',
} satisfies Record<string, Message>;

export const safeEn: Record<keyof typeof safeFr, Message> = {
  'title': 'Safe mode',
  'aborted': { one: 'ohmstead ended unexpectedly, {n} time so far. The last one: {when}, {cause}.', other: 'ohmstead ended unexpectedly, {n} times so far. The last one: {when}, {cause}.' },
  'asked': 'ohmstead was started like this by hand.',
  'unread': 'What ended ohmstead before cannot be read.',
  'safe': 'Outputs stay in their fail-safe states. Nothing is steered or planned; meters are read and kept.',
  'bare': 'Outputs stay in their fail-safe states. Nothing is steered, and meters are not read either.',
  'do': 'What to do: “ohmstead safe” and “ohmstead doctor” tell what happened. Mend the cause or update, then go on.',
  'ends': 'If it does not end again, it returns to normal by itself {when}.',
  'leave': 'Return to normal',
  'leaving': 'ohmstead starts again: the page is back in a few seconds.',
  'failed': 'Could not be asked for: {words}',
  'cause.fault': 'a fault of the program ({signal})',
  'cause.killed': 'stopped from outside',
  'cause.memory': 'this machine was out of memory',
  'cause.hung': 'the program stood still',
  'cause.ended': 'an end without a reason',
  'cause.unseen': 'an end that nobody saw',
};

export const { say, has } = wordsOf(safeFr, safeEn);
