/** What a Chromium says of a data channel, candidates included; addresses are of documentation's ranges or made up. */
function description(setup: 'actpass' | 'active', address: string): string {
  const fingerprint = Array.from({ length: 32 }, (_, index) => (16 + 7 * index).toString(16).slice(-2))
  return [
    'v=0',
    'o=- 4611731400430051336 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'a=extmap-allow-mixed',
    'a=msid-semantic: WMS',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    'a=candidate:3868201107 1 udp 2113937151 7f3e1c1a-40c5-4a52-9f0f-2a4f9f1f2c11.local 51234 typ host generation 0 network-cost 999',
    `a=candidate:842163049 1 udp 1677729535 ${address} 51234 typ srflx raddr 0.0.0.0 rport 0 generation 0 network-cost 999`,
    'a=candidate:1920432106 1 udp 2113939711 2a02:8070:6180:1c00:45ab:cdef:1234:5678 51235 typ host generation 0 network-cost 999',
    'a=candidate:2162486046 1 tcp 1518280447 192.168.178.23 9 typ host tcptype active generation 0 network-cost 999',
    'a=ice-ufrag:yT4q',
    'a=ice-pwd:8n0bWnUZ5nN3RrXkYb3H4mJd',
    'a=ice-options:trickle',
    `a=fingerprint:sha-256 ${fingerprint.join(':').toUpperCase()}`,
    `a=setup:${setup}`,
    'a=mid:0',
    'a=sctp-port:5000',
    'a=max-message-size:262144',
    '',
  ].join('\r\n')
}

/** About a thousand characters, four candidates, of which two are to be passed on. */
export const OFFER_SDP: string = description('actpass', '91.64.17.203')
export const ANSWER_SDP: string = description('active', '84.115.9.77')
