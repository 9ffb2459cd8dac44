import type { LiveText, OfferText } from './text.ts'

export const offer: OfferText = {
  heading: 'Soyez un pont face à la censure',
  short: 'Être un pont',
  description:
    'Tant que cet onglet reste ouvert, votre navigateur relaie du trafic chiffré pour des personnes dont le réseau est censuré. Désactivez-le ou fermez l’onglet, et tout s’arrête.',
  promise: 'Vous n’êtes pas un nœud de sortie : les sites ne voient jamais votre adresse.',
  off: 'Désactivé. Rien ne tourne.',
  on: 'Activé.',
  failed: 'L’activation a échoué.',
  unseen:
    'L’activation a échoué : l’interrupteur est masqué, estompé ou recouvert. Affichez-le en entier, puis appuyez de nouveau.',
  how: 'Comment ça marche',
  limits: 'Vos limites',
  close: 'Fermer',
  dismiss: 'Pas maintenant',
}

export const live: LiveText = {
  testing: 'Vérification : ce navigateur peut-il aider ?',
  connecting: 'Connexion au réseau…',
  waiting: 'Prêt. Personne n’a besoin d’aide pour le moment.',
  helping: {
    one: 'Vous aidez {count} personne.',
    many: 'Vous aidez {count} de personnes.',
    other: 'Vous aidez {count} personnes.',
  },
  paused: 'En pause.',
  unsuitable: 'Ce navigateur ne peut pas aider.',
  reasons: {
    'connection-budget':
      'En pause : cet onglet a aidé autant de fois de suite qu’un navigateur le permet. Il reprendra bientôt de lui-même, ou aussitôt si vous le rechargez.',
    'day-quota': 'En pause : les données du jour sont épuisées. Reprise demain.',
    'month-quota': 'En pause : les données du mois sont épuisées. Reprise le mois prochain.',
    hours: 'En pause : ce n’est pas l’une des heures que vous avez choisies.',
    'save-data': 'En pause : votre navigateur économise les données.',
    cellular: 'En pause tant que vous êtes sur un réseau mobile.',
    battery: 'En pause : la batterie est faible. Reprise dès qu’elle se recharge.',
    descriptor:
      'En pause : le réseau est mal configuré, ce que son exploitant doit corriger. La reprise se fera ensuite d’elle-même.',
    unreachable: 'Le réseau est injoignable. Nouvel essai en cours…',
    'no-webrtc': 'Ce navigateur ne peut pas aider : WebRTC y est absent ou désactivé.',
    'udp-blocked': 'Cette connexion bloque UDP et ne peut pas aider. Une autre le pourra peut-être.',
    'censored-country':
      'Là où vous semblez être, aider pourrait vous mettre en danger ; personne ne vous sera donc envoyé. Merci de l’avoir voulu.',
    version: 'Cette page n’est plus à jour. Rechargez-la pour continuer.',
  },

  howSealed:
    'Votre navigateur transmet des paquets scellés entre une personne censurée et un serveur de sortie. Il ne peut ni les ouvrir ni savoir à quels sites ils sont destinés.',
  howSeen:
    'La personne aidée et les serveurs du réseau voient votre adresse IP, comme dans tout appel entre navigateurs. Personne n’apprend qui vous êtes.',
  howCost: 'Une part de votre connexion et de votre batterie est utilisée. C’est vous qui fixez les limites.',
  howKept:
    'Votre choix est gardé 30 jours dans ce navigateur et reprend à votre prochaine visite. Désactiver l’efface.',

  now: 'Aidées en ce moment',
  times: 'Aides apportées',
  passedOn: 'Relayé',
  duration: 'Durée d’activité',

  people: 'Personnes à la fois',
  peopleCount: { one: '{count} personne', many: '{count} de personnes', other: '{count} personnes' },
  rate: 'Débit, pour l’ensemble',
  day: 'Données par jour',
  month: 'Données par mois',
  hours: 'Horaires',
  unlimited: 'Sans limite',
  voiceCall: 'environ un appel vocal',
  videoCall: 'environ un appel vidéo',
  film: 'environ un film en HD',
  sharpFilm: 'environ un film en 4K',
  download: 'environ un gros téléchargement',
  ofVideo: 'environ {time} de vidéo',
  anyTime: 'À toute heure',
  onlyBetween: 'Seulement entre',
  from: 'De',
  until: 'À',
  siteAllows: 'Maximum sur ce site : {value}.',
  limitsKept:
    'Les changements s’appliquent aussitôt et sont gardés dans ce navigateur. Sur réseau mobile, batterie faible ou économie de données, une pause se fait d’elle-même, si le navigateur le signale.',
}
