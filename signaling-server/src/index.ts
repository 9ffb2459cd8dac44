export { DEFAULT_LIMITS, type Limits } from './limits.ts'
export {
  type SignalingServer,
  type SignalingServerOptions,
  startSignalingServer,
} from './signaling-server.ts'
