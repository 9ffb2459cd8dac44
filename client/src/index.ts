export {
  type Datagram,
  type ErrorCode,
  FootbridgeError,
  isFootbridgeError,
  type NetworkDescriptor,
  type Target,
} from '@footbridge/shared'
export type { BridgeStatus, CarrierKind } from './attached-bridge.ts'
export {
  type ClientState,
  type ClientStatus,
  type ConnectOptions,
  connect,
  FootbridgeClient,
  openClient,
  type ProxyOptions,
} from './client.ts'
export type { Datagrams } from './datagrams.ts'
export { type ProbeOptions, probe } from './probe.ts'
export type { ProxyPassword } from './proxy-password.ts'
export type { ProxyServer } from './proxy-server.ts'
