/** French words of the check of the whole ledger; a part of `fr.ts`. */
export const frWholeLog = {
  'whole.title': 'Le registre entier',
  'whole.about':
    'Votre navigateur lit chaque écriture et la vérifie comme le ferait un inconnu : son empreinte, sa place, ses signatures et les règles de la communauté. Rien n’est cru sur parole, sauf la clé du registre.',
  'whole.start': '{count, plural, one {Vérifier l’unique écriture} other {Vérifier les {shown} écritures}}',
  'whole.again': 'Vérifier depuis le début',
  'whole.stop': 'Arrêter',
  'whole.forget': 'Oublier et recommencer',
  'whole.forgetWhy':
    'Ce navigateur se souvient d’un autre état du registre. S’il a été recommencé exprès, laissez-le partir.',
  'whole.remembered':
    'Ce navigateur a vérifié ici {count, plural, one {une écriture} other {{shown} écritures}}, le {date}. Le registre doit en être la suite.',
  'whole.grown':
    'Il est la suite {count, plural, one {de l’écriture vérifiée} other {des {shown} écritures vérifiées}} par ce navigateur le {date}.',
  'whole.progress': 'Avancement de la vérification',
  'whole.progressOf': '{done} écritures sur {total}',
  'whole.phase.checkpoint': 'Lecture du point de contrôle signé',
  'whole.phase.entries': 'Vérification des écritures et des signatures',
  'whole.phase.root': 'Comparaison de la racine',
  'whole.good':
    '{count, plural, one {L’unique écriture est telle qu’elle a été signée} other {Les {shown} écritures sont telles qu’elles ont été signées}}',
  'whole.bad': 'Le registre ne se vérifie pas',
  'whole.unsaid': 'Le registre n’a pas pu être lu',
  'whole.follows': 'Les nouvelles écritures sont vérifiées à leur arrivée.',
  'whole.triesAgain': 'La page réessaie d’elle-même.',
  'whole.stopped':
    'Arrêté. {count, plural, =0 {Aucune écriture n’a été vérifiée.} one {Rien de faux n’a été trouvé dans la première écriture.} other {Rien de faux n’a été trouvé dans les {shown} premières écritures.}}',
  'whole.failed': 'C’est la vérification qui a échoué ; cela ne dit rien du registre.',
  'whole.upTo': 'Vérifié jusqu’à',
  'whole.upToSize': '{count, plural, one {une écriture} other {{shown} écritures}}, {ago}',
  'whole.signatures': 'Signatures vérifiées',
  'whole.root': 'Racine signée',
  'whole.key': 'Clé du registre',
  'whole.keyOwn': 'nommée par le registre lui-même, et retenue ici désormais',
  'whole.keyGiven': 'celle que ce navigateur a retenue',
  'whole.witnesses': 'Cosigné par',
  'whole.noWitness': 'aucun témoin',
  'whole.unknown':
    '{count, plural, one {Une écriture est d’un type que cette page ne connaît pas} other {{shown} écritures sont de types que cette page ne connaît pas}} : ce qui y est dit n’a pas été jugé.',
  'whole.openEntry': 'Ouvrir l’écriture {index}',
  'whole.evidence': 'Enregistrer les deux points de contrôle',
  'whole.evidenceWhy': 'Tous deux sont signés par le registre. Qui les détient peut montrer ce qu’il a fait.',
  'whole.all': 'Vérifier le registre entier',
  'whole.slimGood':
    '{count, plural, one {Une écriture vérifiée} other {Les {shown} écritures sont vérifiées}}, {ago}',
  'whole.slimRunning': 'Vérification du registre entier : {share}',

  'tree.checked': 'vérifié',
  'tree.toCome': 'à venir',
  'tree.atFault': 'en faute',
  'tree.signed':
    '{count, plural, one {Point de contrôle sur une écriture} other {Point de contrôle sur {shown} écritures}}',
  'tree.unit': '{count, plural, one {une écriture} other {{shown} écritures}}',
  'tree.heard':
    'Dessin de l’arbre des empreintes sur {shown} écritures : {parts, plural, one {une plaque} other {# plaques}} d’au plus {unit, plural, one {une écriture} other {# écritures}}, dont {good} {good, plural, one {vérifiée} other {vérifiées}}. {end, select, good {Elles mènent à la racine signée.} bad {La faute est marquée, avec le chemin qui mène d’elle à la racine.} other {La racine n’est pas encore atteinte.}}',

  'fault.unreachable': 'Le serveur ne répond pas',
  'fault.oversized': 'Le serveur a envoyé un fichier plus long qu’aucun de ce genre ne peut l’être',
  'fault.bad-policy': 'Le registre ne dit pas lisiblement par quelle clé il est signé',
  'fault.bad-checkpoint': 'Le point de contrôle signé est illisible',
  'fault.wrong-log': 'Le point de contrôle est celui d’un autre registre que prévu',
  'fault.bad-signature': 'Le point de contrôle n’est pas signé avec la clé voulue',
  'fault.no-quorum': 'Trop peu de témoins ont signé le point de contrôle',
  'fault.stale': 'Le serveur montre un état du registre plus ancien que celui que ce navigateur a vu',
  'fault.rollback': 'Des écritures que ce navigateur avait vérifiées ont disparu',
  'fault.fork': 'Le registre montre une autre histoire que celle que ce navigateur avait vérifiée',
  'fault.missing': 'Il manque quelque chose que le point de contrôle signé couvre',
  'fault.broken-bundle': 'Une page d’écritures a été coupée, ou quelque chose y a été ajouté',
  'fault.reordered': 'Les écritures ne sont pas dans l’ordre où elles ont été signées',
  'fault.changed-entry': 'Une écriture n’est pas celle qui a été signée',
  'fault.bad-tile': 'Une empreinte de l’arbre n’est pas celle que donnent ses écritures',
  'fault.bad-root': 'Les écritures mènent à une autre racine que celle qui est signée',
  'fault.not-canonical': 'Une écriture n’a pas la seule forme que le registre admet',
  'fault.no-entry': 'Le registre contient quelque chose qui n’est pas une écriture',
  'fault.bad-entry-signature': 'La signature d’une écriture manque ou est fausse',
  'fault.broken-chain': 'Une écriture ne suit pas la précédente sur le même sujet',
  'fault.time-runs-back': 'Une écriture est plus ancienne que celle qui la précède',
  'fault.repeated-id': 'Une écriture porte l’identifiant d’une écriture antérieure',
  'fault.broken-rule': 'Une écriture dit ce que les règles de la communauté ne permettent pas',

  'receipt.save': 'Enregistrer un reçu',
  'receipt.why': 'Prouve hors ligne que cette écriture est dans le registre (C2SP tlog-proof).',
} as const;
