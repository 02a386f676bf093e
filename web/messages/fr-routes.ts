import type { enRoutes } from './en-routes.ts';

/** Les mots français de qui peut fabriquer une pièce et pourquoi d’autres ne peuvent pas ; une partie de `fr.ts`. */
export const frRoutes: Readonly<Record<keyof typeof enRoutes, string>> = {
  'routes.title': 'Qui peut le fabriquer',
  'routes.queue':
    '{count, plural, =0 {libre maintenant} one {# travail avant le vôtre} other {# travaux avant le vôtre}}',
  'routes.best': 'convient le mieux',
  'routes.nobody': 'Personne ne peut fabriquer cette pièce pour le moment.',
  'routes.others':
    '{count, plural, one {Pourquoi # autre machine ne peut pas} other {Pourquoi # autres machines ne peuvent pas}}',
  'routes.nearMisses':
    'Il manque si peu que vous trouverez peut-être ensemble ; le travail ne leur est pas confié :',
  'routes.points': '{points} points',
  'routes.term.distance': 'à {km} km',
  'routes.term.queue':
    '{count, plural, one {# minute de travail avant le vôtre} other {# minutes de travail avant le vôtre}}',
  'routes.term.cost': 'sa plaque coûte {money} de plus',
  'routes.term.share': 'son atelier a reçu {percent} du travail récent',
  'routes.term.failures': '{percent} de ses passages risquent d’échouer',
  'routes.term.emptyRoom': '{percent} de sa place reste vide',
  'routes.termPoints': '{what} : {points}',
  'routes.weights':
    'Le moins de points d’abord, selon les poids de la communauté : {distance} pour 100 km, {queue} pour une heure d’attente, {cost} pour {money} de matière en plus, {share} pour un atelier qui a tout le travail récent, {failures} pour une machine qui échoue toujours, {emptyRoom} pour un plateau laissé vide.',
  'refusal.of': '{who} : {why}',
  'refusal.further': '{first} ; {further}',
  'refusal.other-thickness': 'pas de {material} en stock, mais {others} mm',
  'refusal.nozzle-too-narrow': 'la buse de {nozzle} mm est trop fine pour des couches de {layer} mm',
  'refusal.too-coarse': 'tient les cotes à ±{tolerance} mm ; on demande ±{needs} mm',
  'refusal.not-stated':
    '{what, select, cutter {ne dit pas le diamètre de sa fraise} other {ne dit pas à quelle précision elle tient les cotes}}',
  'refusal.wrong-process':
    'il faut {needs, select, cut {une machine de découpe} print {une imprimante} other {une autre machine}}',
  'refusal.material-not-worked': 'ne travaille pas cette matière ({material})',
  'refusal.out-of-stock': 'pas assez de {material} en stock',
  'refusal.too-small': 'il manque {short} mm en {axis}',
  'refusal.cutter-too-wide': 'la fraise de {cutter} mm n’entre pas dans l’ouverture de {opening} mm',
  'refusal.lab-closed': 'l’atelier est fermé',
  'refusal.offline': 'pas connectée',
  'refusal.declined': 'a refusé ({reason})',
  'help.nozzle-too-narrow': '{lab} peut monter une buse plus large',
  'help.too-coarse': 'Un atelier avec une machine plus précise pourrait se joindre',
  'help.not-stated': '{lab} peut le mesurer et l’indiquer',
  'help.wrong-process': 'Un atelier équipé d’une telle machine pourrait se joindre',
  'help.material-not-worked': 'Un atelier qui travaille cette matière pourrait se joindre',
  'help.out-of-stock': '{lab} peut en acheter et refaire son inventaire',
  'help.too-small': 'Réduisez la taille, ou trouvez un atelier avec une machine plus grande',
  'help.cutter-too-wide': '{lab} peut monter une fraise plus fine',
  'help.lab-closed': '{lab} peut rouvrir',
  'help.offline': '{lab} peut allumer la machine et sa passerelle',
  'help.declined': 'Un autre atelier peut le prendre',
};
