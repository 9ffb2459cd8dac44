import type { LiveText, OfferText } from './text.ts'

export const offer: OfferText = {
  heading: 'Seja uma ponte contra a censura',
  short: 'Ser uma ponte',
  description:
    'Enquanto esta aba ficar aberta, seu navegador transmite tráfego criptografado de pessoas cuja rede é censurada. Desligue ou feche a aba, e tudo para.',
  promise: 'Você não é um nó de saída: os sites nunca veem o seu endereço.',
  off: 'Desligado. Nada está em execução.',
  on: 'Ligado.',
  failed: 'Não foi possível ligar.',
  unseen:
    'Não foi possível ligar: o interruptor está oculto, apagado ou coberto. Deixe-o totalmente visível e pressione-o de novo.',
  how: 'Como funciona',
  limits: 'Seus limites',
  close: 'Fechar',
  dismiss: 'Agora não',
}

export const live: LiveText = {
  testing: 'Verificando se este navegador pode ajudar…',
  connecting: 'Conectando à rede…',
  waiting: 'Pronto. Ninguém precisa de ajuda agora.',
  helping: {
    one: 'Ajudando {count} pessoa.',
    many: 'Ajudando {count} de pessoas.',
    other: 'Ajudando {count} pessoas.',
  },
  paused: 'Em pausa.',
  unsuitable: 'Este navegador não pode ajudar.',
  reasons: {
    'connection-budget':
      'Em pausa: esta aba já ajudou tantas vezes seguidas quanto um navegador permite. Logo continua sozinha; se você recarregar, na hora.',
    'day-quota': 'Em pausa: os dados de hoje acabaram. Continua amanhã.',
    'month-quota': 'Em pausa: os dados deste mês acabaram. Continua no mês que vem.',
    hours: 'Em pausa: agora está fora do horário que você escolheu.',
    'save-data': 'Em pausa: seu navegador está economizando dados.',
    cellular: 'Em pausa enquanto você usa dados móveis.',
    battery: 'Em pausa: a bateria está fraca. Continua quando estiver carregando.',
    descriptor:
      'Em pausa: a rede não está bem configurada, e quem a opera precisa corrigir. Depois continua sozinha.',
    unreachable: 'Não é possível alcançar a rede. Tentando de novo…',
    'no-webrtc': 'Este navegador não pode ajudar: o WebRTC está ausente ou desativado.',
    'udp-blocked': 'Esta conexão bloqueia UDP e não pode ajudar. Outra talvez possa.',
    'censored-country':
      'Parece que você está num lugar onde ajudar pode colocá-lo em risco, por isso ninguém será enviado a você. Obrigado por querer ajudar.',
    version: 'Esta página está desatualizada. Recarregue-a para continuar.',
  },

  howSealed:
    'Seu navegador leva pacotes lacrados entre uma pessoa sob censura e um servidor de saída. Ele não consegue abri-los nem saber a que sites se destinam.',
  howSeen:
    'A pessoa que você ajuda e os servidores da rede veem o seu endereço IP, como em qualquer chamada entre navegadores. Ninguém é informado de quem você é.',
  howCost: 'Usa parte da sua conexão e da sua bateria. Quem define os limites é você.',
  howKept:
    'Sua escolha fica guardada neste navegador por 30 dias e continua na próxima visita. Desligar a apaga.',

  now: 'Ajudando agora',
  times: 'Vezes que ajudou',
  passedOn: 'Transmitido',
  duration: 'Tempo ligado',

  people: 'Pessoas ao mesmo tempo',
  peopleCount: { one: '{count} pessoa', many: '{count} de pessoas', other: '{count} pessoas' },
  rate: 'Velocidade, no total',
  day: 'Dados por dia',
  month: 'Dados por mês',
  hours: 'Horário',
  unlimited: 'Sem limite',
  voiceCall: 'como uma chamada de voz',
  videoCall: 'como uma chamada de vídeo',
  film: 'como um filme em HD',
  sharpFilm: 'como um filme em 4K',
  download: 'como um download grande',
  ofVideo: 'cerca de {time} de vídeo',
  anyTime: 'A qualquer hora',
  onlyBetween: 'Somente no horário',
  from: 'Das',
  until: 'Às',
  siteAllows: 'Este site permite no máximo {value}.',
  limitsKept:
    'As mudanças valem na hora e ficam guardadas neste navegador. Com dados móveis, bateria fraca ou economia de dados, ele pausa sozinho, se o navegador avisar.',
}
