import type { ErrorCode } from '@footbridge/shared'

const CODE_OF_ERRNO: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETDOWN: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  EAFNOSUPPORT: 'unreachable',
  EINVAL: 'unreachable',
  ETIMEDOUT: 'timeout',
  ECONNRESET: 'reset',
  ECONNABORTED: 'reset',
  EPIPE: 'reset',
  // A firewall rule of the egress's own machine.
  EACCES: 'not-allowed',
  EPERM: 'not-allowed',
  // Out of descriptors, buffers or local ports.
  EMFILE: 'limit',
  ENFILE: 'limit',
  ENOBUFS: 'limit',
  EADDRINUSE: 'limit',
}

/** What a TCP socket's error means here. The error itself names an address and so must go no further. */
export function errorCodeOfSocket(error: NodeJS.ErrnoException): ErrorCode {
  return CODE_OF_ERRNO[error.code ?? ''] ?? 'unavailable'
}
