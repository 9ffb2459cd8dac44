export {
  type ErrorCode,
  FootbridgeError,
  isFootbridgeError,
  type NetworkDescriptor,
  type Target,
} from '@footbridge/shared'
export {
  type ClientState,
  type ClientStatus,
  type ConnectOptions,
  connect,
  FootbridgeClient,
  openClient,
  type PathStatus,
} from './client.ts'
export type { ProxyServer } from './proxy-server.ts'
