import type { LiveText, OfferText } from './text.ts'

export const offer: OfferText = {
  heading: 'Sé un puente frente a la censura',
  short: 'Sé un puente',
  description:
    'Mientras esta pestaña siga abierta, tu navegador transmite tráfico cifrado de personas cuya red está censurada. Apágalo o cierra la pestaña, y se detiene.',
  promise: 'No eres un nodo de salida: los sitios nunca ven tu dirección.',
  off: 'Apagado. No se ejecuta nada.',
  on: 'Encendido.',
  failed: 'No se pudo encender.',
  unseen:
    'No se pudo encender: el interruptor está oculto, atenuado o tapado. Haz que se vea entero y púlsalo otra vez.',
  how: 'Cómo funciona',
  limits: 'Tus límites',
  close: 'Cerrar',
  dismiss: 'Ahora no',
}

export const live: LiveText = {
  testing: 'Comprobando si este navegador puede ayudar…',
  connecting: 'Conectando con la red…',
  waiting: 'Listo. Nadie necesita ayuda ahora mismo.',
  helping: {
    one: 'Ayudas a una persona.',
    many: 'Ayudas a {count} de personas.',
    other: 'Ayudas a {count} personas.',
  },
  paused: 'En pausa.',
  unsuitable: 'Este navegador no puede ayudar.',
  reasons: {
    'connection-budget':
      'En pausa: esta pestaña ya ha ayudado tantas veces seguidas como permite el navegador. Pronto seguirá sola; si la recargas, enseguida.',
    'day-quota': 'En pausa: se agotaron los datos de hoy. Sigue mañana.',
    'month-quota': 'En pausa: se agotaron los datos de este mes. Sigue el mes que viene.',
    hours: 'En pausa: estamos fuera del horario que elegiste.',
    'save-data': 'En pausa: tu navegador está en modo de ahorro de datos.',
    cellular: 'En pausa mientras uses datos móviles.',
    battery: 'En pausa: queda poca batería. Sigue cuando se esté cargando.',
    descriptor:
      'En pausa: la red no está bien configurada y debe arreglarlo quien la gestiona. Después seguirá sola.',
    unreachable: 'No se puede llegar a la red. Reintentando…',
    'no-webrtc': 'Este navegador no puede ayudar: WebRTC falta o está desactivado.',
    'udp-blocked': 'Esta conexión bloquea UDP y no puede ayudar. Otra quizá sí.',
    'censored-country':
      'Parece que estás en un lugar donde ayudar podría ponerte en peligro, así que no se te enviará a nadie. Gracias por querer hacerlo.',
    version: 'Esta página está desactualizada. Recárgala para seguir.',
  },

  howSealed:
    'Tu navegador lleva paquetes sellados entre una persona tras la censura y un servidor de salida. No puede abrirlos ni saber para qué sitios son.',
  howSeen:
    'La persona a la que ayudas y los servidores de la red ven tu dirección IP, como en cualquier llamada entre navegadores. A nadie se le dice quién eres.',
  howCost: 'Usa parte de tu conexión y de tu batería. Los límites los pones tú.',
  howKept:
    'Tu decisión se guarda 30 días en este navegador y se retoma en tu próxima visita. Al apagarlo se borra.',

  now: 'Ayudas ahora',
  times: 'Veces que ayudaste',
  passedOn: 'Transmitido',
  duration: 'Tiempo encendido',

  people: 'Personas a la vez',
  peopleCount: { one: '{count} persona', many: '{count} de personas', other: '{count} personas' },
  rate: 'Velocidad, entre todas',
  day: 'Datos al día',
  month: 'Datos al mes',
  hours: 'Horario',
  unlimited: 'Sin límite',
  voiceCall: 'como una llamada de voz',
  videoCall: 'como una videollamada',
  film: 'como una película en HD',
  sharpFilm: 'como una película en 4K',
  download: 'como una descarga grande',
  ofVideo: 'cerca de {time} de vídeo',
  anyTime: 'A cualquier hora',
  onlyBetween: 'Solo en este horario',
  from: 'Desde',
  until: 'Hasta',
  siteAllows: 'Este sitio permite como máximo {value}.',
  limitsKept:
    'Los cambios se aplican al momento y se guardan en este navegador. Con datos móviles, poca batería o ahorro de datos se pausa por sí solo, si el navegador lo indica.',
}
