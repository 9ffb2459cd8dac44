import type { LiveText, OfferText } from './text.ts'

export const offer: OfferText = {
  heading: 'Be a bridge around censorship',
  short: 'Be a bridge',
  description:
    'While this tab stays open, your browser passes on encrypted traffic for people whose network is censored. Turn it off or close the tab, and it stops.',
  promise: 'You are not an exit node: sites never see your address.',
  off: 'Off. Nothing runs.',
  on: 'On.',
  failed: 'It could not be turned on.',
  unseen:
    'It could not be turned on: the switch is hidden, faded or covered. Bring it into view and press again.',
  how: 'How this works',
  limits: 'Your limits',
  close: 'Close',
  dismiss: 'Not now',
}

export const live: LiveText = {
  testing: 'Testing whether this browser can help…',
  connecting: 'Connecting to the network…',
  waiting: 'Ready. Nobody needs help right now.',
  helping: { one: 'Helping one person.', other: 'Helping {count} people.' },
  paused: 'Paused.',
  unsuitable: 'This browser cannot help.',
  reasons: {
    'connection-budget':
      'Paused: this tab has helped as often as a browser allows at a stretch. It goes on by itself soon, or at once if you reload it.',
    'day-quota': 'Paused: today’s data is used up. It goes on tomorrow.',
    'month-quota': 'Paused: this month’s data is used up. It goes on next month.',
    hours: 'Paused: these are not the hours you chose.',
    'save-data': 'Paused: your browser is set to save data.',
    cellular: 'Paused while you are on mobile data.',
    battery: 'Paused: the battery is low. It goes on once it is charging.',
    descriptor:
      'Paused: the network is not set up right, which its operator has to mend. It goes on by itself then.',
    unreachable: 'The network cannot be reached. Trying again…',
    'no-webrtc': 'This browser cannot help: its WebRTC is missing or turned off.',
    'udp-blocked': 'This connection blocks UDP, so it cannot help. Another one may.',
    'censored-country':
      'Where you seem to be, helping could put you at risk, so nobody is sent to you. Thank you for wanting to.',
    version: 'This page is out of date. Reload it to go on.',
  },

  howSealed:
    'Your browser passes sealed packets between a person behind a censor and an exit server. It can neither open them nor see which sites they are for.',
  howSeen:
    'The person you help and the network’s servers see your IP address, as in any call between browsers. Nobody is told who you are.',
  howCost: 'It uses some of your connection and battery. You set the limits.',
  howKept:
    'Your choice is kept in this browser for 30 days, so it goes on at your next visit. Turning it off deletes it.',

  now: 'Helping now',
  times: 'Times helped',
  passedOn: 'Passed on',
  duration: 'Time on',

  people: 'People at once',
  peopleCount: { one: '{count} person', other: '{count} people' },
  rate: 'Speed, for all together',
  day: 'Data per day',
  month: 'Data per month',
  hours: 'Hours',
  unlimited: 'No limit',
  voiceCall: 'about one voice call',
  videoCall: 'about one video call',
  film: 'about one film in HD',
  sharpFilm: 'about one film in 4K',
  download: 'about one large download',
  ofVideo: 'about {time} of video',
  anyTime: 'Any time',
  onlyBetween: 'Only between',
  from: 'From',
  until: 'Until',
  siteAllows: 'This site allows {value} at most.',
  limitsKept:
    'Changes apply at once and are kept in this browser. On mobile data, on low battery, or when your browser saves data, it pauses by itself if the browser tells.',
}
